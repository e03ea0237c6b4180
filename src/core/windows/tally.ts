import assert from 'node:assert/strict'
import type { CalendarUnit } from '../contract/plan.ts'
import { addAnchor, anchorHolding } from './anchors.ts'
import { correctedState, isRestatedIn, NOT_WRITTEN, revisionIn } from './row-state.ts'
import {
  appendTotals,
  clearTotals,
  createTotals,
  modulo,
  sumBetween,
  sumSince,
  type Details,
  type Totals,
} from './totals.ts'
import { findShifted, shiftOf, shiftTotals, type BinCorrections } from './shift.ts'
import { COST, type Work } from '../contract/work.ts'
import { calendarSpanAt, type Periods, type Window } from './window.ts'

/** Sums over windows of each series (a boundary, an inlet, a scope), and how often each window end was written. */
export interface Tally {
  readonly totals: Totals
  readonly columns: number
  /** Windows of which rows are written. */
  readonly windows: readonly Window[]
  readonly units: readonly CalendarUnit[]
  readonly periods: Periods
  /** How many ends back from the newest a bin can still be corrected. */
  readonly horizon: number
  /** State of each row (row-state.ts) by series, window and end modulo horizon. */
  readonly rowState: Int32Array
  /** Sums of one window, for the time of one call; those of `totals`. */
  readonly sums: Float64Array
  /** What a correction adds to them, for the time of one call. */
  readonly added: Float64Array
}

interface TallyPlan {
  readonly series: number
  readonly columns: number
  readonly windows: readonly Window[]
  /** Windows that are summed when asked for and never written. */
  readonly unwritten?: readonly Window[]
  readonly periods: Periods
  readonly horizon: number
  /** Absent: no column is a detail. */
  readonly details?: Details
  /** How many ends back a window can be summed, if that is more than the horizon. */
  readonly lookBack?: number
}

/** Windows to write at an end: all that are due, or only whole calendar units. */
export type DueWindows = 'all' | 'calendar'

/** Writes a window's row at an end: its sums (valid during the call) and how many intervals it spans. */
export type EmitEnd = (series: number, window: number, end: number, sums: Float64Array, intervals: number) => void

export function createTally(plan: TallyPlan): Tally {
  const { series, columns, windows, unwritten = [], periods, horizon, lookBack = 0 } = plan
  const longest = new Map<number, number>([[1, 0]])
  const units = new Set<CalendarUnit>()
  for (const window of [...windows, ...unwritten]) {
    if (window.kind === 'rolling') longest.set(window.step, Math.max(longest.get(window.step) ?? 0, window.length))
    else units.add(window.unit)
  }
  const none = { firstColumn: columns, exactLength: 0, step: 1, columnCounts: new Array<number>(series).fill(columns) }
  const totals = createTotals({ series, columns, longest, horizon, lookBack, details: plan.details ?? none })
  return {
    totals,
    columns,
    windows,
    units: [...units],
    periods,
    horizon,
    rowState: new Int32Array(series * windows.length * horizon).fill(NOT_WRITTEN),
    sums: totals.sums,
    added: new Float64Array(columns),
  }
}

/** Bytes of the columns in which something was counted. */
export function tallyBytes({ totals: { tiers }, rowState }: Tally): number {
  let bytes = rowState.byteLength
  for (const { totals } of tiers) for (const ring of totals) bytes += ring.byteLength
  return bytes
}

/** Bytes once something is counted in every column that `isCounted` names. */
export function fullTallyBytes(
  { totals: { tiers, details }, rowState }: Tally,
  isCounted: (series: number, column: number) => boolean = () => true,
): number {
  let [plain, detailed] = [0, 0]
  for (const [series, count] of details.columnCounts.entries()) {
    for (let column = 0; column < count; column++) {
      if (!isCounted(series, column)) continue
      if (column < details.firstColumn) plain++
      else detailed++
    }
  }
  let bytes = rowState.byteLength
  for (const { slots, detailSlots } of tiers) bytes += 8 * (slots * plain + detailSlots * detailed)
  return bytes
}

/** Opens the tally before its first interval, with the calendar units that a late reading may still lie in. */
export function openTally(tally: Tally, interval: number): void {
  const oldest = interval - tally.horizon
  tally.totals.newest = interval
  tally.totals.origin = interval
  for (const unit of tally.units) {
    for (let at = oldest; at <= interval;) {
      const { start, end } = calendarSpanAt(tally.periods, unit, at)
      addAnchor(tally.totals, unit, start, end, oldest)
      at = end
    }
  }
}

/** Forgets everything and opens the tally anew at an interval. */
export function* resetTally(tally: Tally, interval: number): Work {
  yield* clearTotals(tally.totals)
  tally.rowState.fill(NOT_WRITTEN)
  openTally(tally, interval)
}

/** Appends the next interval, whose bins (series × columns) are given. */
export function appendBins(tally: Tally, bins: Float64Array): void {
  appendTotals(tally.totals, bins)
  const { rowState, horizon } = tally
  const { newest } = tally.totals
  for (let at = modulo(newest, horizon); at < rowState.length; at += horizon) rowState[at] = NOT_WRITTEN
  for (const unit of tally.units) {
    const { start, end } = calendarSpanAt(tally.periods, unit, newest)
    if (start === newest) addAnchor(tally.totals, unit, start, end, newest - horizon)
  }
}

/** Puts a window's sums at an end into `tally.sums`; returns how many intervals the window spans. */
export function sumWindow({ totals }: Tally, series: number, window: Window, end: number): number {
  if (window.kind === 'rolling') {
    sumBetween(totals, window.step, series, end - window.length, end)
    return window.length
  }
  const anchor = anchorHolding(totals, window.unit, end)
  sumSince(totals, series, anchor, end)
  return end - anchor.start
}

/** One interval's bin, in `tally.sums`. */
export function binOf({ totals }: Tally, series: number, interval: number): Float64Array {
  return sumBetween(totals, 1, series, interval, interval + 1)
}

/** Calls `emit` for the windows of a series that are due at an end. */
export function* emitEnds(tally: Tally, series: number, end: number, due: DueWindows, emit: EmitEnd): Work {
  for (const [w, window] of tally.windows.entries()) {
    if (due === 'calendar' && window.kind !== 'whole') continue
    if (!isWindowDue(tally, window, end)) continue
    emit(series, w, end, tally.sums, sumWindow(tally, series, window, end))
    yield COST.windowRow + COST.column * tally.columns
  }
}

/**
 * Corrects closed intervals of one series. Then calls `emit` for every window end from `firstEnd` on whose sums have
 * changed, with the change in `tally.added`.
 */
export function* correctBins(
  tally: Tally,
  series: number,
  corrections: BinCorrections,
  firstEnd: number,
  emit: EmitEnd,
): Work {
  const { newest } = tally.totals
  const oldest = corrections.intervals[0]!
  const newestChange = corrections.intervals.at(-1)!
  assert(newest - oldest < tally.horizon, 'a correction reaches further back than its tally')
  const shift = shiftOf(tally.columns, corrections)
  yield COST.correction * corrections.intervals.length
  yield* shiftTotals(tally.totals, series, shift)
  for (const [w, window] of tally.windows.entries()) {
    for (let end = Math.max(oldest + 1, firstEnd); end <= newest; end++) {
      if (window.kind === 'rolling' && end - window.length > newestChange) break
      if (!isWindowDue(tally, window, end)) continue
      const isMoved = findShifted(shift, startOf(tally, window, end), end, tally.added)
      if (isMoved) emit(series, w, end, tally.sums, sumWindow(tally, series, window, end))
      yield (isMoved ? 3 : 1) * COST.column * tally.columns + COST.windowRow
    }
  }
}

/** Notes that a window's row was written at an end, its numbers unchanged if it was before; returns its revision. */
export function noteWritten(tally: Tally, series: number, window: number, end: number): number {
  const place = rowStatePlace(tally, series, window, end)
  const state = Math.max(0, tally.rowState[place]!)
  tally.rowState[place] = state
  return revisionIn(state)
}

/** Notes that a window's row was written at an end with corrected numbers; returns its revision. */
export function noteCorrected(
  tally: Tally,
  series: number,
  window: number,
  end: number,
  phase: 'provisional' | 'settled',
): number {
  const place = rowStatePlace(tally, series, window, end)
  const before = tally.rowState[place]!
  const state = before === NOT_WRITTEN ? 0 : correctedState(before, phase)
  tally.rowState[place] = state
  return revisionIn(state)
}

/** Revision of a window's row that was written. */
export function revisionOf(tally: Tally, series: number, window: number, end: number): number {
  return revisionIn(tally.rowState[rowStatePlace(tally, series, window, end)]!)
}

export function isWritten(tally: Tally, series: number, window: number, end: number): boolean {
  return tally.rowState[rowStatePlace(tally, series, window, end)]! !== NOT_WRITTEN
}

export function isRestated(tally: Tally, series: number, window: number, end: number): boolean {
  return isRestatedIn(tally.rowState[rowStatePlace(tally, series, window, end)]!)
}

/** Place in `tally.rowState` of a window's end. */
export function rowStatePlace(tally: Tally, series: number, window: number, end: number): number {
  return (series * tally.windows.length + window) * tally.horizon + modulo(end, tally.horizon)
}

/** The end with which a window that ends at `end` begins. */
function startOf({ totals }: Tally, window: Window, end: number): number {
  return window.kind === 'rolling' ? end - window.length : anchorHolding(totals, window.unit, end).start
}

export function isWindowDue({ totals }: Tally, window: Window, end: number): boolean {
  return window.kind === 'whole' ? anchorHolding(totals, window.unit, end).end === end : end % window.step === 0
}
