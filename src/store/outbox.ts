import type { Database } from './database.ts'
import { putHistory, seriesOf, type SeriesIndex } from './history.ts'
import type { QueueEnd } from './outbox-type.ts'
import type { QueuedRow, StoredRow } from './types.ts'

/** Unless configured otherwise: 20 million rows, about 5 GB. */
export const QUEUED_ROWS = 20_000_000
/** Dead letters beyond this push the oldest out. */
const REJECTED_ROWS = 10_000
const TAKEN = 10_000

const UNQUEUE_KEY = 'DELETE FROM outbox WHERE series = ? AND time_ms = ?'
const QUEUE = 'INSERT INTO outbox (id, series, time_ms) VALUES (?, ?, ?)'
const DROP_OLDEST = 'DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ?)'
const OLDEST_FIRST = `
  SELECT outbox.id, measurement, tags, fields, outbox.time_ms FROM outbox
  CROSS JOIN history ON history.series = outbox.series AND history.time_ms = outbox.time_ms
  CROSS JOIN series ON series.id = outbox.series
  ORDER BY outbox.id LIMIT ?`
const NEWEST_FIRST = OLDEST_FIRST.replace('ORDER BY outbox.id', 'ORDER BY outbox.id DESC')
const DROP = 'DELETE FROM outbox WHERE id = ?'
const REJECT = `
  INSERT INTO rejected (measurement, tags, fields, time_ms, reason)
  SELECT measurement, tags, fields, outbox.time_ms, ? FROM outbox
  JOIN history ON history.series = outbox.series AND history.time_ms = outbox.time_ms
  JOIN series ON series.id = outbox.series
  WHERE outbox.id = ?`
const FORGET_REJECTED = 'DELETE FROM rejected WHERE id <= (SELECT max(id) FROM rejected) - ?'

/**
 * Writes rows to the local history and, with `most` above 0, queues their keys: the queue holds no row of its own. A
 * row of a queued key replaces the older one under a new id. Beyond `most` the oldest fall out of the queue.
 */
export function putRows(base: Database, index: SeriesIndex, rows: readonly StoredRow[], most: number): void {
  const { ledger } = base
  for (const row of rows) {
    const series = seriesOf(base, index, row)
    putHistory(base, series, row)
    if (most === 0) continue
    if (base.sql(UNQUEUE_KEY).run(series, row.timeMs).changes === 1) {
      ledger.supersededRows += 1
      ledger.queuedRows -= 1
    }
    ledger.lastRowId += 1
    ledger.queuedRows += 1
    base.sql(QUEUE).run(ledger.lastRowId, series, row.timeMs)
  }
  if (most > 0 && ledger.queuedRows > most) {
    const fallen = Number(base.sql(DROP_OLDEST).run(ledger.queuedRows - most).changes)
    ledger.queuedRows -= fallen
    ledger.droppedRows += fallen
  }
}

export function takeRows(base: Database, limit: number, from: QueueEnd): QueuedRow[] {
  const rows = base.sql(from === 'newest' ? NEWEST_FIRST : OLDEST_FIRST).all(Math.min(limit, TAKEN))
  return rows.map((row) => ({
    id: row['id'] as number,
    row: {
      measurement: row['measurement'] as string,
      tags: row['tags'] as string,
      fields: row['fields'] as string,
      timeMs: row['time_ms'] as number,
    },
  }))
}

/** Ids that are gone are passed over. */
export function dropRows(base: Database, ids: readonly number[]): void {
  for (const id of ids) base.ledger.queuedRows -= Number(base.sql(DROP).run(id).changes)
}

export function rejectRows(base: Database, ids: readonly number[], reason: string): void {
  for (const id of ids) base.ledger.rejectedRows += Number(base.sql(REJECT).run(reason.slice(0, 1_000), id).changes)
  dropRows(base, ids)
  base.sql(FORGET_REJECTED).run(REJECTED_ROWS)
}
