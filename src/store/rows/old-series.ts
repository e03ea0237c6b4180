import type { BlockRows } from '../../rows/frames/block.ts'
import { tableNamed } from '../../rows/tables/measurements.ts'
import type { Database } from '../database/database.ts'
import type { HistoryRow } from '../types.ts'
import type { RowBase } from './base.ts'
import { putSeries, windowNumber, type SeriesIndex } from './series.ts'

const IS_THERE = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'history'`
const UNQUEUE_KEY = 'DELETE FROM outbox WHERE series = ? AND time_ms = ?'
const OLD_ROWS = `
  SELECT time_ms, fields FROM history WHERE series = ? AND time_ms BETWEEN ? AND ? ORDER BY time_ms LIMIT ?`

/** The ids of old series by `oldKey`, which are numbered at the first call; undefined: nothing old is left. */
export function adoptOldSeries(base: Database, index: SeriesIndex): Map<number, number> | undefined {
  if (base.sql(IS_THERE).get() === undefined) return undefined
  if (base.sql('SELECT 1 FROM old_series').get() === undefined) numberOldSeries(base, index)
  const ids = new Map<number, number>()
  for (const row of base.sql('SELECT id, number, window FROM old_series').iterate()) {
    ids.set(oldKey(row['number'] as number, row['window'] as number), row['id'] as number)
  }
  if (ids.size > 0) return ids
  dropOldTables(base)
  return undefined
}

export function oldKey(number: number, window: number): number {
  return number * 65_536 + window
}

/** Ends what waits in the old outbox of the same series, windows and times as these rows. */
export function forgetOldEntries(base: RowBase, { keys, shared }: BlockRows, window: number): void {
  const { ledger, oldIds } = base
  if (ledger.queuedRows === 0) return
  for (const number of keys) {
    const id = oldIds?.get(oldKey(number, window))
    if (id === undefined || base.sql(UNQUEUE_KEY).run(id, shared).changes === 0) continue
    ledger.queuedRows -= 1
    ledger.supersededRows += 1
  }
}

type OldRow = Pick<HistoryRow, 'timeMs' | 'fields'>

/** Rows that the old history still has of a series and window, from `fromMs` to `toMs`, at most `limit`. */
export function oldRows(base: RowBase, key: number, span: readonly [number, number], order: '' | 'DESC'): OldRow[] {
  const id = base.oldIds?.get(key)
  if (id === undefined) return []
  const rows = base.sql(OLD_ROWS.replace('time_ms LIMIT', `time_ms ${order} LIMIT`)).all(id, ...span, OLD_READ)
  return rows.map((row) => ({ timeMs: row['time_ms'] as number, fields: parseFields(row['fields'] as string) }))
}

/** At most so many at a time. */
export const OLD_READ = 500

function numberOldSeries(base: Database, index: SeriesIndex): void {
  const numbers = new Map<string, number>()
  for (const { measurement, tags, number } of index.byNumber.values()) numbers.set(keyOf(measurement, tags), number)
  for (const row of base.sql('SELECT id, measurement, tags FROM series ORDER BY id').all()) {
    const measurement = row['measurement'] as string
    if (tableNamed(measurement) === undefined) continue
    const { window = '', ...tags } = JSON.parse(row['tags'] as string) as Record<string, string>
    const key = keyOf(measurement, tags)
    const number = numbers.get(key) ?? base.ledger.lastSeries + 1
    if (!numbers.has(key)) putSeries(base, index, [{ number, measurement, tags: JSON.stringify(tags) }])
    numbers.set(key, number)
    base
      .sql('INSERT INTO old_series VALUES (?, ?, ?)')
      .run(row['id'] as number, number, windowNumber(base, index, window))
  }
}

function keyOf(measurement: string, tags: Readonly<Record<string, string>>): string {
  return `${measurement}\n${JSON.stringify(tags)}`
}

export function dropOldTables(base: Database): void {
  for (const name of ['outbox', 'history', 'series']) base.db.exec(`DROP TABLE ${name}`)
  base.sql('DELETE FROM old_series').run()
  base.ledger.queuedRows = 0
}

export function parseFields(json: string): HistoryRow['fields'] {
  return JSON.parse(json) as HistoryRow['fields']
}
