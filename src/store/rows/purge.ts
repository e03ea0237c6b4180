import { peekBlock } from '../../rows/frames/block.ts'
import { SHAPES } from '../../rows/frames/shape.ts'
import type { Database } from '../database/database.ts'
import { KEEP_DAYS } from '../types.ts'
import type { RowBase } from './base.ts'
import { hourOf } from './chunks.ts'
import { firstWaitingId } from './receivers.ts'

/** Where a purge of rows goes on: table by table, then series by series. */
export type RowStage = { of: 'rows'; place: number } | { of: 'series'; afterNumber: number }

/** Boundaries and alarms are few: they are kept for longer. */
const KEEP_DAYS_OF: Readonly<Record<string, number>> = {
  pue: 400,
  alarm: 400,
  alarm_figures: 400,
  restatement: 400,
  audit: 400,
}
const DAY_MS = 86_400_000
/** So many chunks, frames or series at a time. */
const CHUNKS = 2_000
const FRAMES = 100
const SERIES = 2_000

const OLDEST = 'SELECT hour, window FROM chunked_hour WHERE place = ? AND hour < ? ORDER BY hour LIMIT 1'
const DELETE_CHUNKS = `
  DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE hour = ? AND place = ? AND window = ? LIMIT ?)
  RETURNING rows`
const FORGET_HOUR = 'DELETE FROM chunked_hour WHERE place = ? AND hour = ? AND window = ?'
const OLD_FRAMES = `
  SELECT id, time_ms, window FROM frame WHERE time_ms < ? AND place = ? AND id < ?
    AND NOT EXISTS (SELECT 1 FROM echo WHERE echo.frame = frame.id)
    AND NOT EXISTS (SELECT 1 FROM suspect WHERE suspect.frame = frame.id) LIMIT ?`
const DELETE_FRAME = 'DELETE FROM frame WHERE id = ? RETURNING rows'
const UPTO = 'SELECT upto_id FROM chunked_hour WHERE place = ? AND hour = ? AND window = ?'
const NEXT_SERIES = 'SELECT number, measurement FROM row_series WHERE number > ? ORDER BY number LIMIT ?'
const FORGET_SERIES = 'DELETE FROM chunked_series WHERE series = ? AND last_hour < ?'
const SET_IDLE = `
  UPDATE row_series SET idle = 1
  WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM chunked_series WHERE series = ?1)`
const IDLE = `
  SELECT number FROM row_series WHERE idle = 1
    AND NOT EXISTS (SELECT 1 FROM chunked_series WHERE series = number)
    AND NOT EXISTS (SELECT 1 FROM old_series WHERE old_series.number = row_series.number)`

/** Rows of the measurement from here on are kept. */
export function rowsKeptFromMs(measurement: string, nowMs: number): number {
  return nowMs - (KEEP_DAYS_OF[measurement] ?? KEEP_DAYS) * DAY_MS
}

/** Deletes some rows that are past their time; what waits for a receiver stays. */
export function purgeRows(
  base: RowBase,
  stage: RowStage,
  nowMs: number,
): { deleted: number; next: RowStage | undefined } {
  if (stage.of === 'series') {
    const afterNumber = markIdle(base, stage.afterNumber, nowMs)
    return { deleted: 0, next: afterNumber === undefined ? undefined : { of: 'series', afterNumber } }
  }
  const { place } = stage
  const shape = SHAPES[place]
  if (shape === undefined) return { deleted: 0, next: { of: 'series', afterNumber: 0 } }
  const fromMs = rowsKeptFromMs(shape.measurement, nowMs)
  const deleted = purgeFrames(base, place, fromMs) ?? purgeChunks(base, place, hourOf(fromMs))
  return { deleted: deleted ?? 0, next: deleted === undefined ? { of: 'rows', place: place + 1 } : stage }
}

/** Deletes series that no row has any more. Only when the store is opened: later somebody may have their numbers. */
export function forgetIdleSeries(base: Database): void {
  const idle = new Set(
    base
      .sql(IDLE)
      .all()
      .map(({ number }) => number as number),
  )
  if (idle.size === 0) return
  for (const { block } of base.sql('SELECT block FROM frame').iterate()) {
    for (const number of keysOf(block as Uint8Array)) idle.delete(number)
  }
  for (const number of idle) base.sql('DELETE FROM row_series WHERE number = ?').run(number)
}

function keysOf(block: Uint8Array): Iterable<number> {
  try {
    return peekBlock(block).keys
  } catch {
    return [] // set aside by whoever reads its rows
  }
}

/** Undefined: there is nothing to delete. */
function purgeChunks(base: RowBase, place: number, beforeHour: number): number | undefined {
  const oldest = base.sql(OLDEST).get(place, beforeHour)
  if (oldest === undefined) return undefined
  const [hour, window] = [oldest['hour'] as number, oldest['window'] as number]
  const deleted = base.sql(DELETE_CHUNKS).all(hour, place, window, CHUNKS)
  if (deleted.length < CHUNKS) base.sql(FORGET_HOUR).run(place, hour, window)
  return deleted.reduce((sum, { rows }) => sum + (rows as number), 0)
}

/** Rows that a chunk has too are counted with the chunk. */
function purgeFrames(base: RowBase, place: number, beforeMs: number): number | undefined {
  const firstId = Math.min(firstWaitingId(base), base.ledger.lastBlock + 1)
  const frames = base.sql(OLD_FRAMES).all(beforeMs, place, firstId, FRAMES)
  if (frames.length === 0) return undefined
  let deleted = 0
  for (const frame of frames) {
    const [id, window] = [frame['id'] as number, frame['window'] as number]
    const upto = base.sql(UPTO).get(place, hourOf(frame['time_ms'] as number), window)?.['upto_id'] as
      number | undefined
    const rows = base.sql(DELETE_FRAME).get(id)?.['rows'] as number
    if (id > (upto ?? 0)) deleted += rows
  }
  return deleted
}

/** Returns the series behind which the next slice begins; undefined: that was all. */
function markIdle(base: RowBase, afterNumber: number, nowMs: number): number | undefined {
  const some = base.sql(NEXT_SERIES).all(afterNumber, SERIES)
  for (const row of some) {
    const number = row['number'] as number
    const beforeHour = hourOf(rowsKeptFromMs(row['measurement'] as string, nowMs))
    if (base.sql(FORGET_SERIES).run(number, beforeHour).changes > 0) base.sql(SET_IDLE).run(number)
  }
  return some.length < SERIES ? undefined : (some.at(-1)?.['number'] as number)
}
