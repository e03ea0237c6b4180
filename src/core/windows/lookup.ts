import { anchorAt, isFine, modulo, sumBetween, sumSince, totalAt } from './totals.ts'
import { isRestated, isWritten, revisionOf, type Tally } from './tally.ts'
import { spanAt, type Window } from './window.ts'

/** Looks up what a tally still holds of the past, without changing anything. */

/** Intervals from `start` up to end `end`, which a window spans. */
export interface Stretch {
  readonly window: number
  readonly start: number
  readonly end: number
}

/** The stretch of a window at its newest end that is not later than end `e`; undefined where the tally does not know the end. */
export function stretchAt(tally: Tally, window: number, e: number): Stretch | undefined {
  const end = endAt(tally, tally.windows[window]!, Math.min(e, tally.totals.newest))
  return end === undefined ? undefined : { window, end, start: startAt(tally, tally.windows[window]!, end) }
}

function endAt({ periods, totals }: Tally, window: Window, e: number): number | undefined {
  if (window.kind !== 'whole') return Math.floor(e / window.step) * window.step
  const last = spanAt(periods, window.unit, e)
  const end = last.start === e ? e : last.start
  return end > totals.origin ? end : undefined
}

function startAt({ periods }: Tally, window: Window, end: number): number {
  return window.kind === 'rolling' ? end - window.length : spanAt(periods, window.unit, end - 1).start
}

/** The oldest end whose totals are held one by one. */
export function oldestEnd({ totals }: Tally): number {
  return totals.newest - totals.tiers[0]!.slots + 1
}

/** Sums over a stretch. Where parts are held by the hour only, `whole` is what they add up to; else both are the same. */
export interface Sums {
  readonly sums: Float64Array
  readonly whole: Float64Array
}

/** Sums of a series over a stretch; undefined where its beginning is no longer held. */
export function sumsOver(tally: Tally, series: number, { window, start, end }: Stretch): Sums | undefined {
  const { totals } = tally
  const { step } = totals.coarse
  const oldest = oldestEnd(tally)
  if (end < oldest) return undefined
  const floor = (e: number) => e - modulo(e, step)
  // Before the story began there is nothing, and what came late is no older than the horizon.
  const begun = floor(totals.origin - tally.horizon)
  const from = begun >= oldest ? Math.max(start, begun) : start
  const held = tally.windows[window]!
  const anchor = held.kind === 'rolling' ? undefined : anchorAt(totals, held.unit, start)
  if (anchor === undefined && from >= oldest) {
    const sums = between(tally, series, from, end)
    const fine = isFine(totals, from, end) || floor(from) < oldest
    return { sums, whole: fine ? sums : between(tally, series, floor(from), floor(end)) }
  }
  if (anchor === undefined) return undefined
  const sums = new Float64Array(tally.columns)
  sumSince(totals, series, anchor, end, sums)
  return { sums, whole: sums }
}

function between({ totals, columns }: Tally, series: number, from: number, to: number): Float64Array {
  const sums = new Float64Array(columns)
  sumBetween(totals, series, from, to, 1, sums)
  return sums
}

/** What an interval added to one of the columns that are held for each interval. */
export function binAt({ totals }: Tally, series: number, column: number, interval: number): number {
  const fine = totals.tiers[0]!
  if (interval < totals.newest - fine.slots + 1) return 0
  return totalAt(totals, fine, series, column, interval + 1) - totalAt(totals, fine, series, column, interval)
}

/** Revision of a window's end and whether it was restated, as long as it can still change; otherwise undefined. */
export function revisionAt(
  tally: Tally,
  series: number,
  { window, end }: Stretch,
): { revision: number; restated: boolean } | undefined {
  if (end <= tally.totals.newest - tally.horizon || !isWritten(tally, series, window, end)) return undefined
  return { revision: revisionOf(tally, series, window, end), restated: isRestated(tally, series, window, end) }
}
