import type { Database } from '../database/database.ts'
import type { SeriesIndex } from './series.ts'

/** What the store's thread keeps in memory about rows, besides the database. */
export interface RowBase extends Database {
  index: SeriesIndex
  receivers: RowReceiver[]
  /** Blocks of which a receiver has to write rows once more. */
  echoes: number
  /** How many rows may wait for a receiver. */
  queueLimit: number
  /** Ids of the old release's series by `oldKey`, as long as its tables are there. */
  oldIds: Map<number, number> | undefined
}

/** Where a receiver is; see queue-type.ts. */
export interface RowReceiver {
  readonly name: string
  live: QueueSpan
  back: Backlog | undefined
}

export interface QueueSpan {
  /** The first row that is not passed. */
  place: RowPlace
  /** Rows that wait: without those that are cleared. */
  rows: number
}

export interface RowPlace {
  readonly id: number
  readonly row: number
}

export interface Backlog extends QueueSpan {
  /** The first block that is not in the backlog. */
  endId: number
}

const PUT_BAD = 'INSERT INTO bad_block (origin, reason, block) VALUES (?, ?, ?)'
/** Beyond this the oldest are forgotten. */
const BAD_BLOCKS = 1_000
const FORGET_BAD = 'DELETE FROM bad_block WHERE id <= (SELECT max(id) FROM bad_block) - ?'

/** Keeps a block that cannot be read where someone may look at it, and counts it. */
export function keepBadBlock(base: Database, origin: string, block: Uint8Array, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  base.sql(PUT_BAD).run(origin, reason, block)
  base.sql(FORGET_BAD).run(BAD_BLOCKS)
  base.ledger.badBlocks += 1
}
