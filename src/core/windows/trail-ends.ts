import assert from 'node:assert/strict'
import { findShifted, shiftOf, type BinCorrections } from './shift.ts'
import type { DueWindows, EmitEnd } from './tally.ts'
import { holdingUnit } from './to-date.ts'
import { correctTrailBin, sumTrail, type Trail } from './trail.ts'
import type { Window } from './window.ts'
import { COST, type Work } from '../contract/work.ts'
import { endOldCorrection, isRowWritten, skipRowsAt } from './written.ts'

/** Notes which windows have rows at the newest end. Call it once for each end, before its rows. */
export function beginEnd({ rows, minutes }: Trail, due: DueWindows): void {
  if (due === 'calendar') skipRowsAt(rows, minutes.newest)
}

/** An end, and the numbers of the windows that have rows at it. */
interface EndOfWindows {
  readonly end: number
  readonly windows: readonly number[]
}

/** The windows that have rows at an end: the same for all series, and at most ends few. */
export function windowsEndingAt(trail: Trail, end: number, due: DueWindows): EndOfWindows {
  const windows: number[] = []
  for (const [w, window] of trail.windows.entries()) {
    if ((due === 'all' || window.kind === 'whole') && isDue(trail, window, end)) windows.push(w)
  }
  return { end, windows }
}

/** Calls `emit` for the windows of a series at the newest end; returns how often. */
export function emitNewEnds(trail: Trail, series: number, { end, windows }: EndOfWindows, emit: EmitEnd): number {
  const { rows } = trail
  rows.since[series] = Math.min(rows.since[series]!, end)
  for (const w of windows) emit(series, w, end, trail.sums, sumTrail(trail, series, trail.windows[w]!, end))
  return windows.length
}

/** The same at an earlier end: for the windows that have no row there yet, or once more for all. */
export function emitOldEnds(
  trail: Trail,
  series: number,
  { end, windows }: EndOfWindows,
  rows: 'missing' | 'all',
  emit: EmitEnd,
): number {
  let emitted = 0
  for (const w of windows) {
    if (rows === 'missing' && isRowWritten(trail.rows, series, w, end)) continue
    emit(series, w, end, trail.sums, sumTrail(trail, series, trail.windows[w]!, end))
    emitted++
  }
  return emitted
}

/**
 * Corrects closed intervals of one series. Then calls `emit` for every window end from `firstEnd` on whose sums have
 * changed, with the change in `trail.added`. It returns the units of a row.
 */
export function* correctTrail(
  trail: Trail,
  series: number,
  corrections: BinCorrections,
  firstEnd: number,
  emit: (...end: Parameters<EmitEnd>) => number,
): Work {
  const { columns, minutes, windows } = trail
  const { newest } = minutes
  const { intervals, deltas } = corrections
  const oldest = intervals[0]!
  const newestChange = intervals.at(-1)!
  assert(newest - oldest < trail.horizon, 'a correction reaches further back than its trail')
  for (const [n, interval] of intervals.entries()) {
    correctTrailBin(trail, series, interval, Float64Array.from(deltas.slice(n * columns, (n + 1) * columns)))
    yield COST.packing
  }
  const shift = shiftOf(columns, corrections)
  for (const [w, window] of windows.entries()) {
    const step = window.kind === 'whole' ? 1 : window.step
    for (let end = Math.ceil(Math.max(oldest + 1, firstEnd) / step) * step; end <= newest; end += step) {
      if (window.kind === 'rolling' && end - window.length > newestChange) break
      if (!isDue(trail, window, end) || !findShifted(shift, startOf(trail, window, end), end, trail.added)) continue
      yield emit(series, w, end, trail.sums, sumTrail(trail, series, window, end))
    }
  }
  endOldCorrection(trail.rows)
}

/** The end with which a window that ends at `end` begins. */
function startOf(trail: Trail, window: Window, end: number): number {
  return window.kind === 'rolling' ? end - window.length : holdingUnit(trail, window.unit, end).start
}

function isDue(trail: Trail, window: Window, end: number): boolean {
  return window.kind === 'whole' ? holdingUnit(trail, window.unit, end).end === end : end % window.step === 0
}
