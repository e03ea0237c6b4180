/**
 * The store's queue of rows, as the drain uses it. The store keeps these promises, or a correction can be lost:
 *
 * - The queue is keyed (measurement, tags, timeMs): it holds at most one row of a key. A newer row of a queued key
 *   takes the older one's place, with a **new id**, at the end of the queue. So an older revision is never sent after a
 *   newer one, whichever end of the queue is drained first.
 * - Ids rise and are never used again, not even over a restart. A newer row has a greater id.
 * - `dropRows` and `rejectRows` touch exactly the ids given. They pass over an id that is gone: its row fell out, or
 *   was replaced while it was on its way. The row that took its place stays queued.
 * - A row that was taken stays queued until it is dropped or rejected; taking again returns it again.
 */
export interface RowOutbox {
  /** At most `limit` rows from one end of the queue: by rising id from the oldest, by falling id from the newest. */
  takeRows(limit: number, from: QueueEnd): Promise<QueuedRow[]>
  /** Takes these out of the queue: the database has them. */
  dropRows(ids: readonly number[]): Promise<void>
  /** Moves these, which no database will take, to the dead letters with the reason. */
  rejectRows(ids: readonly number[], reason: string): Promise<void>
}

export type QueueEnd = 'oldest' | 'newest'

export interface QueuedRow {
  id: number
  row: StoredRow
}

/** A row as the store keeps it. `tags` and `fields` are JSON objects, keys in the order of the row. */
export interface StoredRow {
  measurement: string
  tags: string
  fields: string
  /** Epoch ms. */
  timeMs: number
}
