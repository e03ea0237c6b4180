import { writtenAt, type Tally } from './tally.ts'
import { anchorAt, shiftTotals, sumBetween, sumSince } from './totals.ts'
import { spanAt, type Window } from './window.ts'

/**
 * Corrections of a tally at any depth: unlike those that late readings bring, they may lie further back than its horizon.
 * All are of one series.
 */
export interface Corrections {
  /** Changed intervals, rising, and for each what to add to every column. */
  readonly intervals: number[]
  readonly deltas: number[]
}

/** What each end's totals change by: `columns` numbers for each end from `oldest` on. */
export interface Shift {
  readonly oldest: number
  readonly columns: number
  readonly sums: Float64Array
}

/** Oldest interval whose bin the tally still holds, details included. */
export function oldestBin({ totals }: Tally): number {
  const { slots, coarseSlots } = totals.tiers[0]!
  return totals.newest - Math.min(slots, coarseSlots) + 1
}

/** Adds corrections to all totals behind them. */
export function shiftPast(tally: Tally, series: number, { intervals, deltas }: Corrections): Shift {
  const { totals, columns } = tally
  const oldest = intervals[0]!
  const sums = new Float64Array((totals.newest - oldest + 1) * columns)
  for (let n = 0; n < intervals.length; n++) {
    const at = (intervals[n]! - oldest + 1) * columns
    for (let c = 0; c < columns; c++) sums[at + c]! += deltas[n * columns + c]!
  }
  for (let at = columns; at < sums.length; at++) sums[at]! += sums[at - columns]!
  shiftTotals(totals, series, oldest, sums)
  totals.origin = Math.min(totals.origin, oldest)
  return { oldest, columns, sums }
}

/** Whether a window's end is one at which it is told. */
export function isToldAt(tally: Tally, window: Window, e: number): boolean {
  if (window.kind === 'whole') return spanAt(tally.periods, window.unit, e - 1).end === e
  return e % window.step === 0
}

/** Whether a shift has changed a window's sums at end `e`. */
export function isShifted(tally: Tally, window: Window, e: number, { oldest, columns, sums }: Shift): boolean {
  const from = Math.max(0, startOf(tally, window, e) - oldest)
  for (let c = 0; c < columns; c++) {
    if (sums[(e - oldest) * columns + c] !== sums[from * columns + c]) return true
  }
  return false
}

/** Adds up a window's sums at any end into `tally.sums`; returns the intervals it spans, or -1 where they are not held. */
export function sumPast(tally: Tally, series: number, window: Window, e: number): number {
  const { totals, sums } = tally
  const tier = totals.tiers.find(({ step }) => step === (window.kind === 'rolling' ? window.step : 1))!
  const start = startOf(tally, window, e)
  const oldest = totals.newest - (tier.slots - 1) * tier.step
  if (e < oldest) return -1
  const anchor = window.kind === 'rolling' ? undefined : anchorAt(totals, window.unit, start)
  // Before the story began there is nothing: any total from before it is that of the start.
  const held = start >= oldest || oldest > totals.origin ? start : oldest
  if (anchor === undefined && held < oldest) return -1
  if (anchor === undefined) sumBetween(totals, series, held, e, tier.step, sums)
  else sumSince(totals, series, anchor, e, sums)
  return e - start
}

/** Notes how a window's end was last told, so that what comes later counts on from there. */
export function noteTold(
  tally: Tally,
  series: number,
  window: number,
  e: number,
  revision: number,
  restated: boolean,
): void {
  if (e <= tally.totals.newest - tally.horizon) return
  tally.written[writtenAt(tally, series, window, e)] = 2 * revision + (restated ? 1 : 0)
}

function startOf(tally: Tally, window: Window, e: number): number {
  return window.kind === 'rolling' ? e - window.length : spanAt(tally.periods, window.unit, e - 1).start
}
