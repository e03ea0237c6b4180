/**
 * The rows that wait for a receiver, such as a database, as the receiver uses them. They lie in blocks
 * (rows/frames/block.ts) of rising numbers. A receiver reads on from where it is, in two places:
 *
 *     blocks    … | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15      commits append here
 *                 └─ backlog ──┘  ▲ passed  ▲ └──── live ────
 *                   it reads from the left  it reads from the left
 *
 * Without a backlog there is one place, live. When more rows than `LIVE_ROWS` wait there, all that waits becomes the
 * backlog and live goes on at the newest block. So newest rows need not wait for those of an outage. While there is a
 * backlog, live is not cut again.
 *
 * The store keeps these promises, or a correction can be lost:
 *
 * - A row supersedes an older one of the same table, window, time and series. Its commit sets the older one's bit for
 *   each receiver that has not passed that yet. So an older form is never taken after a newer one.
 * - What was taken stays until it is passed; taking again gives it again, without rows that were cleared meanwhile.
 * - A cleared row counts as superseded, or as rejected; every row that a receiver passes counts as done by it.
 * - Places survive a restart. Numbers of blocks rise and are never used again.
 *
 * An echo is a row that a receiver has passed and must write once more (send/influx/ghosts.ts). Echoes survive a
 * restart; a row that supersedes an echo ends it.
 */
export interface RowQueue {
  /** The next blocks at a place, with about `rows` rows in all, at least one block if there is any. */
  takeBlocks(receiver: string, place: QueuePlace, rows: number): Promise<QueuedBlock[]>
  /**
   * Suspects are rows that were written without an answer: they may still reach the receiver. Adds the rows that a
   * process may have been writing when it ended, and gives all suspects. Those are the next rows at both places: about
   * `rows` that wait at each, with the cleared ones between them. Suspects survive a restart.
   */
  takeSuspects(receiver: string, rows: number): Promise<QueuedBlock[]>
  /** Adds rows to the suspects. */
  noteSuspects(receiver: string, rows: readonly BlockRowsNamed[]): Promise<void>
  /** Ends all suspects: nothing can arrive any more. */
  dropSuspects(receiver: string): Promise<void>
  /** Moves a place on, behind row `toRow` - 1 of block `id`. `echoes`: passed rows that must be written once more. */
  passBlocks(receiver: string, place: QueuePlace, upTo: BlockPlace, echoes?: readonly BlockRowsNamed[]): Promise<void>
  /** Moves rows that the receiver will never take to the dead letters, with the reason, and clears their bits. */
  rejectRows(receiver: string, rows: readonly BlockRowsNamed[], reason: string): Promise<void>
  /** All echoes, block by block; rows without a bit are echoes. Rows named later for a block join those it has. */
  takeEchoes(receiver: string): Promise<QueuedBlock[]>
  /** Ends all echoes of these blocks: the receiver has written them. Ids that are gone are passed over. */
  dropEchoes(receiver: string, ids: readonly number[]): Promise<void>
}

export type QueuePlace = 'live' | 'backlog'

export interface BlockPlace {
  id: number
  /** The first row that is not passed; the number of the block's rows: all are. */
  toRow: number
}

/** Some rows of a block, by their places in it. */
export interface BlockRowsNamed {
  id: number
  rows: readonly number[]
}

/** Rows `fromRow` … `toRow` - 1 of a block, but for those whose bits are set in `cleared`. */
export interface QueuedBlock {
  id: number
  block: Uint8Array
  fromRow: number
  toRow: number
  /** Bit r & 7 of byte r >> 3 stands for row r; undefined: none is cleared. */
  cleared: Uint8Array | undefined
}

/** What a commit adds: blocks of frames, and the series in them that the store does not have yet. */
export interface NewRows {
  readonly blocks: readonly Uint8Array[]
  readonly series: readonly SavedSeries[]
  /** Rows that a newer one in the same commit replaced. */
  readonly superseded: number
}

/** A series as it is kept; see rows/frames/series.ts. */
export interface SavedSeries {
  readonly number: number
  readonly measurement: string
  /** JSON object, without `window`, keys in the table's order. */
  readonly tags: string
}
