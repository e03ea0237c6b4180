import { anchorStartingAt } from './anchors.ts'
import { rowStateOf } from './row-state.ts'
import { findShifted, shiftOf, shiftTotals, type BinCorrections, type Shift } from './shift.ts'
import { rowStatePlace, type Tally } from './tally.ts'
import { runWhole } from '../contract/work.ts'
import { sumBetween, sumSince } from './totals.ts'
import { calendarSpanAt, type Window } from './window.ts'

/** Corrections of a tally at any depth. Those that late readings bring lie within its horizon (tally.ts). */

/** Oldest interval whose bin the tally still holds, details included. */
export function oldestHeldBin({ totals }: Tally): number {
  const { slots, detailSlots } = totals.tiers[0]!
  return totals.newest - Math.min(slots, detailSlots) + 1
}

/** Adds corrections of one series to all totals behind them. */
export function correctPast(tally: Tally, series: number, corrections: BinCorrections): Shift {
  const { totals, columns } = tally
  const shift = shiftOf(columns, corrections)
  runWhole(shiftTotals(totals, series, shift))
  totals.origin = Math.min(totals.origin, corrections.intervals[0]!)
  return shift
}

/** Whether a window has a row at an end. */
export function isDueAt(tally: Tally, window: Window, end: number): boolean {
  if (window.kind === 'whole') return calendarSpanAt(tally.periods, window.unit, end - 1).end === end
  return end % window.step === 0
}

/** Whether a shift has changed a window's sums at an end. */
export function isShifted(tally: Tally, window: Window, end: number, shift: Shift): boolean {
  return findShifted(shift, startOf(tally, window, end), end, tally.added)
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
