import { encodeFrame, type BlockRows } from '../../rows/frames/block.ts'
import { beginRow, createFrames, putCell, takeFrames } from '../../rows/frames/frame.ts'
import { shapeOf } from '../../rows/frames/shape.ts'
import { tableNamed, type Measurement } from '../../rows/tables/measurements.ts'
import { inTransaction, type Database } from '../database.ts'
import { keptFromMs } from './purge.ts'
import type { RowBase } from './base.ts'
import { hourOf, putChunk, type ChunkRows } from './chunks.ts'
import { putFrame } from './frames.ts'
import { limitQueue, saveReceivers } from './receivers.ts'
import { putSeries, windowNumber, type SeriesIndex } from './series.ts'

/**
 * What the release before frames left behind: `history` holds a row of JSON for each series and time, `outbox` the keys
 * of rows that wait for the database. It is brought over in slices beside the running fold:
 *
 *     open         each old series gets its number, its window goes to the frame (`old_series`)
 *     1 outbox     its rows become frames, which all receivers get; a new row of a key that waits there ends the old one
 *     2 history    its rows become chunks; a row of that time that is there already is newer and stays
 *     3            the old tables are dropped
 *
 * A slice is one transaction: what it brings over it deletes.
 */
const QUEUED = 500
const MOVED = 1_000
const DELETED = 5_000

const IS_THERE = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'history'`
const FIRST_QUEUED = `
  SELECT outbox.id, outbox.series, outbox.time_ms, fields FROM outbox
  LEFT JOIN history ON history.series = outbox.series AND history.time_ms = outbox.time_ms
  ORDER BY outbox.id LIMIT ?`
const UNQUEUE = 'DELETE FROM outbox WHERE id = ?'
const UNQUEUE_KEY = 'DELETE FROM outbox WHERE series = ? AND time_ms = ?'
const UNQUEUE_SOME = 'DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ?)'
const FIRST_SERIES = 'SELECT min(series) AS series FROM history'
const FIRST_ROWS = 'SELECT time_ms, fields FROM history WHERE series = ? ORDER BY time_ms LIMIT ?'
const MOVE = 'DELETE FROM history WHERE series = ? AND time_ms <= ?'
const DELETE_OLD = `
  DELETE FROM history WHERE series = ?1 AND time_ms IN (
    SELECT time_ms FROM history WHERE series = ?1 AND time_ms < ?2 ORDER BY time_ms LIMIT ?3)`
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

/** Brings over what is left, a slice at a time. */
export function* convertOldRows(base: RowBase, nowMs: number): Generator<void, void, void> {
  if (base.oldIds === undefined) return
  while (inTransaction(base, () => moveQueued(base))) yield
  while (inTransaction(base, () => moveHistory(base, nowMs))) yield
  inTransaction(base, () => dropOldTables(base))
  base.oldIds = undefined
  yield
}

/** Ends what waits in the old outbox of the same series, windows and times as these rows. */
export function forgetOldEntries({ sql, ledger, oldIds }: RowBase, { keys, shared }: BlockRows, window: number): void {
  if (ledger.queuedRows === 0) return
  for (const number of keys) {
    const id = oldIds?.get(oldKey(number, window))
    if (id === undefined || sql(UNQUEUE_KEY).run(id, shared).changes === 0) continue
    ledger.queuedRows -= 1
    ledger.supersededRows += 1
  }
}

export interface OldRow {
  timeMs: number
  fields: Record<string, number | string | boolean>
}

/** Rows that the old history still has of a series and window, from `fromMs` to `toMs`, at most `limit`. */
export function oldRows(base: RowBase, key: number, span: readonly [number, number], order: '' | 'DESC'): OldRow[] {
  const id = base.oldIds?.get(key)
  if (id === undefined) return []
  const rows = base.sql(OLD_ROWS.replace('time_ms LIMIT', `time_ms ${order} LIMIT`)).all(id, ...span, OLD_READ)
  return rows.map((row) => ({ timeMs: row['time_ms'] as number, fields: JSON.parse(row['fields'] as string) }))
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

interface OldSeries {
  number: number
  measurement: Measurement
  window: number
}

function oldSeries({ sql, index }: RowBase, id: number): OldSeries | undefined {
  const row = sql('SELECT number, window FROM old_series WHERE id = ?').get(id)
  const series = index.byNumber.get(row?.['number'] as number)
  return series && { number: series.number, measurement: series.measurement, window: row?.['window'] as number }
}

/** Turns the oldest entries of the old outbox into frames. Without a receiver they are forgotten. */
function moveQueued(base: RowBase): boolean {
  const { ledger, receivers } = base
  if (receivers.length === 0) {
    const gone = Number(base.sql(UNQUEUE_SOME).run(DELETED).changes)
    ledger.queuedRows -= gone
    return gone > 0
  }
  const entries = base.sql(FIRST_QUEUED).all(QUEUED)
  if (entries.length === 0) return false
  const frames = createFrames()
  for (const entry of entries) {
    base.sql(UNQUEUE).run(entry['id'] as number)
    ledger.queuedRows -= 1
    const [series, fields] = [oldSeries(base, entry['series'] as number), entry['fields'] as string | null]
    if (series === undefined || fields === null) continue
    const shape = shapeOf(series.measurement)
    const window = base.index.windows[series.window] ?? ''
    const frame = beginRow(frames, shape, window, entry['time_ms'] as number, series.number)
    const known = JSON.parse(fields) as OldRow['fields']
    for (const name of shape.columns) putCell(frame, known[name])
  }
  for (const frame of takeFrames(frames)) putFrame(base, encodeFrame(frame).block)
  for (const receiver of receivers) limitQueue(base, receiver)
  saveReceivers(base)
  return true
}

/** Turns the oldest rows of the first series in the old history into chunks. */
function moveHistory(base: RowBase, nowMs: number): boolean {
  const id = base.sql(FIRST_SERIES).get()?.['series'] as number | null
  if (id === null) return false
  const series = oldSeries(base, id)
  const fromMs = series === undefined ? Infinity : keptFromMs(series.measurement, nowMs)
  if (Number(base.sql(DELETE_OLD).run(id, fromMs, DELETED).changes) === DELETED || series === undefined) return true
  const rows = base.sql(FIRST_ROWS).all(id, MOVED) as { time_ms: number; fields: string }[]
  const byHour = Map.groupBy(rows, ({ time_ms: timeMs }) => hourOf(timeMs))
  const hours = [...byHour.keys()]
  if (rows.length === MOVED && hours.length > 1) hours.pop() // the rest of this hour comes with the next slice
  for (const hour of hours) {
    const ofHour = byHour.get(hour) ?? []
    const shape = shapeOf(series.measurement)
    const key = { hour, shape, window: series.window, series: series.number }
    putChunk(base, key, chunkRowsOf(shape.columns, ofHour), 'held')
    base.sql(NOTE_HOUR).run(shape.place, hour, series.window)
    base.sql(MOVE).run(id, ofHour.at(-1)?.time_ms ?? 0)
  }
  return true
}

const NOTE_HOUR = 'INSERT OR IGNORE INTO chunked_hour (place, hour, window, upto_id) VALUES (?, ?, ?, 0)'

function chunkRowsOf(columns: readonly string[], rows: readonly { time_ms: number; fields: string }[]): ChunkRows {
  const words = new Map<string, number>()
  const cells = rows.flatMap((row) => {
    const fields = JSON.parse(row.fields) as OldRow['fields']
    return columns.map((name) => {
      const field = fields[name]
      if (typeof field !== 'string') return field === undefined ? NaN : Number(field)
      if (!words.has(field)) words.set(field, words.size)
      return words.get(field) ?? NaN
    })
  })
  const times = Float64Array.from(rows, (row) => row.time_ms)
  return { times, cells: Float64Array.from(cells), words: [...words.keys()] }
}

function dropOldTables(base: Database): void {
  for (const name of ['outbox', 'history', 'series']) base.db.exec(`DROP TABLE ${name}`)
  base.sql('DELETE FROM old_series').run()
  base.ledger.queuedRows = 0
}
