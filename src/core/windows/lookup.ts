import { anchorStartingAt } from './anchors.ts'
import { isRestated, isWritten, revisionOf, type Tally } from './tally.ts'
import { areDetailsExact, columnPlace, modulo, sumBetween, sumSince, totalAt } from './totals.ts'
import { calendarSpanAt, type Window } from './window.ts'

/** Looks up what a tally still holds of the past, without changing anything. */

/** The intervals from `start` up to end `end` that a window spans. */
export interface WindowSpan {
  readonly window: number
  readonly start: number
  readonly end: number
}

/** A window's span at its newest end not later than `latest`; undefined where the tally does not know that end. */
export function windowSpanAt(tally: Tally, window: number, latest: number): WindowSpan | undefined {
  const end = endAt(tally, tally.windows[window]!, Math.min(latest, tally.totals.newest))
  return end === undefined ? undefined : { window, end, start: startAt(tally, tally.windows[window]!, end) }
}

function endAt({ periods, totals }: Tally, window: Window, latest: number): number | undefined {
  if (window.kind !== 'whole') return Math.floor(latest / window.step) * window.step
  const last = calendarSpanAt(periods, window.unit, latest)
  const end = last.start === latest ? latest : last.start
  return end > totals.origin ? end : undefined
}

function startAt({ periods }: Tally, window: Window, end: number): number {
  return window.kind === 'rolling' ? end - window.length : calendarSpanAt(periods, window.unit, end - 1).start
}

/** The oldest end whose totals are held one by one. */
export function oldestHeldEnd({ totals }: Tally): number {
  return totals.newest - totals.tiers[0]!.slots + 1
}

/** Sums over a window's span by column. */
export interface WindowSums {
  readonly sums: Float64Array
  /** The sums over those whole hours that the details are known for; `sums` itself where both are the same. */
  readonly sumsOfParts: Float64Array
}

/** Sums of a series over a window's span; undefined where the totals at its start are no longer held. */
export function sumsOver(tally: Tally, series: number, { window, start, end }: WindowSpan): WindowSums | undefined {
  const { totals } = tally
  const { step } = totals.details
  const oldest = oldestHeldEnd(tally)
  if (end < oldest) return undefined
  const floor = (at: number) => at - modulo(at, step)
  // Before the story began all totals are 0. A late reading moves that beginning back by no more than the horizon.
  const begun = floor(totals.origin - tally.horizon)
  const from = begun >= oldest ? Math.max(start, begun) : start
  const held = tally.windows[window]!
  const anchor = held.kind === 'rolling' ? undefined : anchorStartingAt(totals, held.unit, start)
  if (anchor === undefined && from >= oldest) {
    const sums = between(tally, series, from, end)
    const exact = areDetailsExact(totals, from, end) || floor(from) < oldest
    return { sums, sumsOfParts: exact ? sums : between(tally, series, floor(from), floor(end)) }
  }
  if (anchor === undefined) return undefined
  const sums = sumSince(totals, series, anchor, end).slice()
  return { sums, sumsOfParts: sums }
}

function between({ totals }: Tally, series: number, from: number, to: number): Float64Array {
  return sumBetween(totals, 1, series, from, to).slice()
}

/** What one interval added to a column that is no detail; 0 where its totals are no longer held. */
export function intervalSum({ totals }: Tally, series: number, column: number, interval: number): number {
  const exact = totals.tiers[0]!
  if (interval < totals.newest - exact.slots + 1) return 0
  const place = columnPlace(totals, series, column)
  return totalAt(exact, place, interval + 1) - totalAt(exact, place, interval)
}

/** Revision of a window's row and whether it is restated, as long as it can still change; otherwise undefined. */
export function revisionAt(
  tally: Tally,
  series: number,
  { window, end }: WindowSpan,
): { revision: number; restated: boolean } | undefined {
  if (end <= tally.totals.newest - tally.horizon || !isWritten(tally, series, window, end)) return undefined
  return { revision: revisionOf(tally, series, window, end), restated: isRestated(tally, series, window, end) }
}
