/**
 * What the drain asks of the store's queue of rows. The store keeps these promises, or a correction can be lost:
 *
 * - The queue is keyed (measurement, tags, timeMs): it holds at most one row of a key. A newer row of a queued key takes the
 *   older one's place, with a **new id**, at the end of the queue. So an older revision is never sent after a newer one,
 *   whichever end of the queue is drained first.
 * - Ids rise and are never used again, not even over a restart. A newer row has a greater id.
 * - `dropRows` and `rejectRows` touch exactly the ids given. An id that is gone (its row was replaced while it was on its way,
 *   or it fell out) is passed over: the row that took its place stays queued.
 * - A row that was taken stays queued until it is dropped or rejected; taking it again gives it again.
 */
export interface RowOutbox {
  /** At most `limit` rows, by rising id, or by falling id with `newestFirst`. */
  takeRows(limit: number, newestFirst: boolean): Promise<QueuedRow[]>
  /** The database has these. */
  dropRows(ids: readonly number[]): Promise<void>
  /** No database will take these: they go to the dead letters, with the reason. */
  rejectRows(ids: readonly number[], reason: string): Promise<void>
}

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
