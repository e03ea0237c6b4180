import { anchorStartingAt } from './anchors.ts'
import { rowStateOf } from './row-state.ts'
import { fillShift, rowStatePlace, type BinCorrections, type Tally } from './tally.ts'
import { runWhole } from '../contract/work.ts'
import { shiftTotals, sumBetween, sumSince } from './totals.ts'
import { calendarSpanAt, type Window } from './window.ts'

/** Corrections of a tally at any depth. Those that late readings bring lie within its horizon (tally.ts). */

/** What corrections add to the totals: `columns` numbers for each end from `oldest` on. */
export interface TotalsShift {
  readonly oldest: number
  readonly columns: number
  readonly shift: Float64Array
}

/** Oldest interval whose bin the tally still holds, details included. */
export function oldestHeldBin({ totals }: Tally): number {
  const { slots, detailSlots } = totals.tiers[0]!
  return totals.newest - Math.min(slots, detailSlots) + 1
}

/** Adds corrections of one series to all totals behind them. */
export function correctPast(tally: Tally, series: number, corrections: BinCorrections): TotalsShift {
  const { totals, columns } = tally
  const oldest = corrections.intervals[0]!
  const shift = new Float64Array((totals.newest - oldest + 1) * columns)
  runWhole(fillShift(shift, columns, totals.newest, corrections))
  runWhole(shiftTotals(totals, series, oldest, shift))
  totals.origin = Math.min(totals.origin, oldest)
  return { oldest, columns, shift }
}

/** Whether a window has a row at an end. */
export function isDueAt(tally: Tally, window: Window, end: number): boolean {
  if (window.kind === 'whole') return calendarSpanAt(tally.periods, window.unit, end - 1).end === end
  return end % window.step === 0
}

/** Whether a shift has changed a window's sums at an end. */
export function isShifted(tally: Tally, window: Window, end: number, { oldest, columns, shift }: TotalsShift): boolean {
  const from = Math.max(0, startOf(tally, window, end) - oldest)
  for (let column = 0; column < columns; column++) {
    if (shift[(end - oldest) * columns + column] !== shift[from * columns + column]) return true
  }
  return false
}

/** Puts a window's sums at any end into `tally.sums`; returns how many intervals it spans, -1 where sums are lost. */
export function sumPastWindow(tally: Tally, series: number, window: Window, end: number): number {
  const { totals } = tally
  const step = window.kind === 'rolling' ? window.step : 1
  const tier = totals.tiers.find((it) => it.step === step)!
  const start = startOf(tally, window, end)
  const oldest = totals.newest - (tier.slots - 1) * tier.step
  if (end < oldest) return -1
  const anchor = window.kind === 'rolling' ? undefined : anchorStartingAt(totals, window.unit, start)
  // Before the story began all totals are those of its start.
  const from = start >= oldest || oldest > totals.origin ? start : oldest
  if (anchor === undefined && from < oldest) return -1
  if (anchor === undefined) sumBetween(totals, step, series, from, end)
  else sumSince(totals, series, anchor, end)
  return end - start
}

/** Notes the revision with which a window's row was rewritten, so that later corrections count on from there. */
export function noteRewritten(
  tally: Tally,
  series: number,
  window: number,
  end: number,
  { revision, phase }: { revision: number; phase: 'provisional' | 'settled' },
): void {
  if (end <= tally.totals.newest - tally.horizon) return
  tally.rowState[rowStatePlace(tally, series, window, end)] = rowStateOf(revision, phase)
}

function startOf(tally: Tally, window: Window, end: number): number {
  return window.kind === 'rolling' ? end - window.length : calendarSpanAt(tally.periods, window.unit, end - 1).start
}
