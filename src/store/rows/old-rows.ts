import { encodeFrame } from '../../rows/frames/block.ts'
import { beginRow, createFrames, putCell, takeFrames } from '../../rows/frames/frame.ts'
import { shapeOf } from '../../rows/frames/shape.ts'
import type { Measurement } from '../../rows/tables/measurements.ts'
import { inTransaction } from '../database/database.ts'
import { rowsKeptFromMs } from './purge.ts'
import type { RowBase } from './base.ts'
import { hourOf, putChunk, type ChunkRows } from './chunks.ts'
import { putFrame } from './frames.ts'
import { limitQueue, saveReceivers } from './receivers.ts'
import { dropOldTables, parseFields } from './old-series.ts'

/**
 * What the release before frames left behind: `history` holds a row of JSON for each series and time, `outbox` the keys
 * of rows that wait for the database. It is brought over in slices beside the running fold:
 *
 *     open         each old series gets its number, its window goes to the frame (`old_series`)
 *     1 outbox     its rows become frames, which all receivers get; a new row of a key there ends the old one
 *     2 history    its rows become chunks, before any frame does: so newer rows are packed over older ones
 *     3            the old tables are dropped
 *
 * A slice is one transaction: what it brings over it deletes.
 */
const QUEUED = 300
const MOVED = 500
const DELETED = 5_000

const FIRST_QUEUED = `
  SELECT outbox.id, outbox.series, outbox.time_ms, fields FROM outbox
  LEFT JOIN history ON history.series = outbox.series AND history.time_ms = outbox.time_ms
  ORDER BY outbox.id LIMIT ?`
const UNQUEUE = 'DELETE FROM outbox WHERE id = ?'
const UNQUEUE_SOME = 'DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ?)'
const FIRST_SERIES = 'SELECT min(series) AS series FROM history'
const FIRST_ROWS = 'SELECT time_ms, fields FROM history WHERE series = ? ORDER BY time_ms LIMIT ?'
const MOVE = 'DELETE FROM history WHERE series = ? AND time_ms <= ?'
const DELETE_OLD = `
  DELETE FROM history WHERE series = ?1 AND time_ms IN (
    SELECT time_ms FROM history WHERE series = ?1 AND time_ms < ?2 ORDER BY time_ms LIMIT ?3)`
/** Brings over what is left, a slice at a time. */
export function* convertOldRows(base: RowBase, nowMs: number): Generator<void, void, void> {
  if (base.oldIds === undefined) return
  while (inTransaction(base, () => moveQueued(base))) yield
  while (inTransaction(base, () => moveHistory(base, nowMs))) yield
  inTransaction(base, () => dropOldTables(base))
  base.oldIds = undefined
  yield
}

interface OldSeries {
  number: number
  measurement: Measurement
  window: number
}

function oldSeries(base: RowBase, id: number): OldSeries | undefined {
  const row = base.sql('SELECT number, window FROM old_series WHERE id = ?').get(id)
  const series = base.index.byNumber.get(row?.['number'] as number)
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
    const known = parseFields(fields)
    for (const name of shape.columns) putCell(frame, known[name])
  }
  for (const frame of takeFrames(frames)) putFrame(base, encodeFrame(frame).block)
  for (const receiver of receivers) limitQueue(base, receiver)
  saveReceivers(base)
  return true
}

/** Turns some rows of the old history into chunks, series by series. */
function moveHistory(base: RowBase, nowMs: number): boolean {
  for (let moved = 0; moved < MOVED;) {
    const id = base.sql(FIRST_SERIES).get()?.['series'] as number | null
    if (id === null) return moved > 0
    moved += moveSeries(base, id, nowMs)
  }
  return true
}

/** Turns a series' oldest rows into chunks, and deletes those that are past their time. Returns how many. */
function moveSeries(base: RowBase, id: number, nowMs: number): number {
  const series = oldSeries(base, id)
  const fromMs = series === undefined ? Infinity : rowsKeptFromMs(series.measurement, nowMs)
  const deleted = Number(base.sql(DELETE_OLD).run(id, fromMs, DELETED).changes)
  if (deleted === DELETED || series === undefined) return deleted
  const rows = base.sql(FIRST_ROWS).all(id, MOVED) as { time_ms: number; fields: string }[]
  const byHour = Map.groupBy(rows, ({ time_ms: timeMs }) => hourOf(timeMs))
  const hours = [...byHour.keys()]
  if (rows.length === MOVED && hours.length > 1) hours.pop() // the rest of this hour comes with the next slice
  for (const hour of hours) {
    const ofHour = byHour.get(hour) ?? []
    const shape = shapeOf(series.measurement)
    const key = { hour, shape, window: series.window, series: series.number }
    putChunk(base, key, chunkRowsOf(shape.columns, ofHour))
    base.sql(NOTE_HOUR).run(shape.place, hour, series.window)
    base.sql(MOVE).run(id, ofHour.at(-1)?.time_ms ?? 0)
  }
  return deleted + rows.length
}

const NOTE_HOUR = 'INSERT OR IGNORE INTO chunked_hour (place, hour, window, upto_id) VALUES (?, ?, ?, 0)'

function chunkRowsOf(columns: readonly string[], rows: readonly { time_ms: number; fields: string }[]): ChunkRows {
  const words = new Map<string, number>()
  const cells = rows.flatMap((row) => {
    const fields = parseFields(row.fields)
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
