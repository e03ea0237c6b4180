import assert from 'node:assert/strict'
import type { CalendarUnit } from '../contract/plan.ts'
import {
  addAnchor,
  anchorOf,
  appendTotals,
  clearTotals,
  createTotals,
  modulo,
  shiftTotals,
  sumBetween,
  sumSince,
  totalsBytes,
  mostTotalsBytes,
  type Coarse,
  type Totals,
} from './totals.ts'
import { spanAt, type Periods, type Window } from './window.ts'

/** Sums over windows of each series (a boundary, an inlet, a scope): exact, corrected where late readings change them. */
export interface Tally {
  readonly totals: Totals
  readonly columns: number
  readonly windows: readonly Window[]
  readonly units: readonly CalendarUnit[]
  readonly periods: Periods
  /** Ends, counted back from the newest, that can still be corrected. */
  readonly horizon: number
  /** Per series, window and end (modulo horizon): -1 not written, else twice the revision, plus 1 once restated. */
  readonly written: Int32Array
  /** One window's sums, for the time of one call, and what a correction adds to them. */
  readonly sums: Float64Array
  readonly added: Float64Array
  /** Change of the totals at each end since the oldest corrected one, for the time of one flush. */
  readonly shift: Float64Array
}

/** Told of every window end to be written: its sums (valid during the call) and the intervals it spans. */
export type Emit = (series: number, window: number, e: number, sums: Float64Array, intervals: number) => void

/**
 * `windows` are written; those of `reach` can be summed besides. `coarse`: which columns are details; absent: none. `past`:
 * intervals, counted back from the newest, at whose ends windows can still be summed, if that is more than the horizon.
 */
export function createTally(
  series: number,
  columns: number,
  windows: readonly Window[],
  reach: readonly Window[],
  periods: Periods,
  horizon: number,
  coarse: Coarse = { from: columns, over: 0, step: 1, widths: new Array<number>(series).fill(columns) },
  past = 0,
): Tally {
  const lengths = new Map<number, number>([[1, 0]])
  const units = new Set<CalendarUnit>()
  for (const window of [...windows, ...reach]) {
    if (window.kind === 'rolling') lengths.set(window.step, Math.max(lengths.get(window.step) ?? 0, window.length))
    else units.add(window.unit)
  }
  return {
    totals: createTotals(series, columns, lengths, horizon, coarse, past),
    columns,
    windows,
    units: [...units],
    periods,
    horizon,
    written: new Int32Array(series * windows.length * horizon).fill(-1),
    sums: new Float64Array(columns),
    added: new Float64Array(columns),
    shift: new Float64Array((horizon + 1) * columns),
  }
}

/** Bytes of its columns: of those that are counted in, or of all (`most`). */
export function tallyBytes({ totals, written }: Tally, most: boolean): number {
  return (most ? mostTotalsBytes(totals) : totalsBytes(totals)) + written.byteLength
}

/** Opens the tally before its first interval, with the calendar units that a late reading may still reach. */
export function openTally(tally: Tally, interval: number): void {
  const oldest = interval - tally.horizon
  tally.totals.newest = interval
  tally.totals.origin = interval
  for (const unit of tally.units) {
    for (let reach = oldest; reach <= interval;) {
      const { start, end } = spanAt(tally.periods, unit, reach)
      addAnchor(tally.totals, unit, start, end, oldest)
      reach = end
    }
  }
}

/** Forgets everything and opens the tally anew at an interval. */
export function resetTally(tally: Tally, interval: number): void {
  clearTotals(tally.totals)
  tally.written.fill(-1)
  openTally(tally, interval)
}

/** Appends the next interval, whose bins (series × columns) are given. */
export function appendBins(tally: Tally, bins: Float64Array): void {
  appendTotals(tally.totals, bins)
  const e = tally.totals.newest
  for (let at = modulo(e, tally.horizon); at < tally.written.length; at += tally.horizon) tally.written[at] = -1
  for (const unit of tally.units) {
    const { start, end } = spanAt(tally.periods, unit, e)
    if (start === e) addAnchor(tally.totals, unit, start, end, e - tally.horizon)
  }
}

/** Adds up one window's sums at end `e` into `tally.sums`; returns the intervals that the window spans. */
export function sumWindow(tally: Tally, series: number, window: Window, e: number): number {
  const { totals, sums } = tally
  if (window.kind === 'rolling') {
    sumBetween(totals, series, e - window.length, e, window.step, sums)
    return window.length
  }
  const anchor = anchorOf(totals, window.unit, e)
  sumSince(totals, series, anchor, e, sums)
  return e - anchor.start
}

/** One interval's bin, in `tally.sums`. */
export function binOf(tally: Tally, series: number, interval: number): Float64Array {
  sumBetween(tally.totals, series, interval, interval + 1, 1, tally.sums)
  return tally.sums
}

/** Calls `emit` for every window of a series that is due at end `e`; for `rolling` false, only for whole calendar units. */
export function emitEnd(tally: Tally, series: number, e: number, rolling: boolean, emit: Emit): void {
  for (const [w, window] of tally.windows.entries()) {
    if (!rolling && window.kind !== 'whole') continue
    if (isDue(tally, window, e)) emit(series, w, e, tally.sums, sumWindow(tally, series, window, e))
  }
}

/**
 * Corrects closed intervals (rising) of one series; `deltas` holds `columns` numbers for each. Then calls `emit` for
 * every window end from `first` on whose sums have changed, with the change in `tally.added`.
 */
export function correct(
  tally: Tally,
  series: number,
  intervals: readonly number[],
  deltas: readonly number[],
  first: number,
  emit: Emit,
): void {
  const oldest = intervals[0]!
  const { newest } = tally.totals
  assert(newest - oldest < tally.horizon, 'a correction reaches further back than its tally')
  sumShifts(tally, intervals, deltas)
  shiftTotals(tally.totals, series, oldest, tally.shift)
  const newestChange = intervals[intervals.length - 1]!
  for (const [w, window] of tally.windows.entries()) {
    for (let e = Math.max(oldest + 1, first); e <= newest; e++) {
      if (window.kind === 'rolling' && e - window.length > newestChange) break
      if (!isDue(tally, window, e) || !findShift(tally, window, e, oldest)) continue
      emit(series, w, e, tally.sums, sumWindow(tally, series, window, e))
    }
  }
}

/** Marks a window's end as written once more and returns its revision; `changed`: its numbers are not those of before. */
export function revise(
  tally: Tally,
  series: number,
  window: number,
  e: number,
  changed: boolean,
  settled: boolean,
): number {
  const at = writtenAt(tally, series, window, e)
  const before = tally.written[at]!
  const after = before < 0 ? 0 : changed ? (before + 2) | (settled ? 1 : 0) : before
  tally.written[at] = after
  return after >> 1
}

/** Revision of a window's end that was written. */
export function revisionOf(tally: Tally, series: number, window: number, e: number): number {
  return tally.written[writtenAt(tally, series, window, e)]! >> 1
}

export function isWritten(tally: Tally, series: number, window: number, e: number): boolean {
  return tally.written[writtenAt(tally, series, window, e)]! >= 0
}

export function isRestated(tally: Tally, series: number, window: number, e: number): boolean {
  return isWritten(tally, series, window, e) && (tally.written[writtenAt(tally, series, window, e)]! & 1) === 1
}

/** Place in `tally.written` of a window's end. */
export function writtenAt(tally: Tally, series: number, window: number, e: number): number {
  return (series * tally.windows.length + window) * tally.horizon + modulo(e, tally.horizon)
}

/** What each end's totals change by, from the oldest corrected interval on. */
function sumShifts(tally: Tally, intervals: readonly number[], deltas: readonly number[]): void {
  const { columns, shift } = tally
  const oldest = intervals[0]!
  const used = (tally.totals.newest - oldest + 1) * columns
  shift.fill(0, 0, used)
  for (const [n, interval] of intervals.entries()) {
    const at = (interval - oldest + 1) * columns
    for (let c = 0; c < columns; c++) shift[at + c]! += deltas[n * columns + c]!
  }
  for (let at = columns; at < used; at++) shift[at]! += shift[at - columns]!
}

/** What a correction adds to a window's sums, into `tally.added`; whether it is anything. */
function findShift(tally: Tally, window: Window, e: number, oldest: number): boolean {
  const { columns, shift, added, totals } = tally
  const start = window.kind === 'rolling' ? e - window.length : anchorOf(totals, window.unit, e).start
  const from = Math.max(0, start - oldest)
  let any = false
  for (let c = 0; c < columns; c++) {
    added[c] = shift[(e - oldest) * columns + c]! - shift[from * columns + c]!
    any ||= added[c] !== 0
  }
  return any
}

function isDue({ totals }: Tally, window: Window, e: number): boolean {
  return window.kind === 'whole' ? anchorOf(totals, window.unit, e).end === e : e % window.step === 0
}
