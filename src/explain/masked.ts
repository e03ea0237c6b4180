import type { Core } from '../core/state.ts'
import { slotOfInterval } from '../core/energy/intervals.ts'
import { payOwed } from '../core/energy/owed.ts'
import { intervalSum, oldestHeldEnd, type WindowSpan } from '../core/windows/lookup.ts'
import { MASKED_IN } from '../core/energy/quotients/parts.ts'
import type { Quotients } from '../core/energy/quotients/quotients.ts'
import { formulaAt, termsOf, type AlternativePlan, type LeafPlan, type TermPlan } from '../core/contract/formula.ts'
import { formatInstant } from '../ingest/times.ts'
import type { Site } from '../site/site.ts'
import type { PointRows, RowHistory } from './row-history.ts'

/** Intervals that do not count, all for the same reason. */
export interface Masked {
  intervals: number
  /** `no_reading`, `too_little` (a part of each is known), `before_first` reading, `not_held` any more. */
  reason: 'no_reading' | 'too_little' | 'before_first' | 'not_held'
  /** The points that were missing, all at once. */
  points: string[]
  /** When, epoch ms: the first ten stretches. */
  spans: { fromMs: number; toMs: number }[]
  /** How many stretches there are in all. */
  spanCount: number
}

/** One boundary's quotients of one sort. */
interface OneSeries {
  readonly quotients: Quotients
  readonly series: number
}

/** How far each point of a boundary is known, interval by interval. */
export interface PointCoverage {
  /** First interval that was looked at: rows of older ones may be gone. */
  readonly from: number
  /** A sentence for the reader if that is not the whole stretch. */
  readonly note: string | undefined
  /** Share of the looked-at time; undefined for a point that is not of the boundary. */
  coverageOf(point: number): number | undefined
  at(point: number, interval: number): number
}

/** At most so many rows are read for one answer. */
const MOST_ROWS = 200_000
const ROWS_AT_ONCE = 5_000
const MOST_SPANS = 10

/** Looks up how far each point of a boundary is known in a stretch: in its rows, or where none is yet, in the core. */
export async function findCoverage(
  site: Site,
  { intervals, plan, nextClose }: Core,
  history: RowHistory,
  { quotients, series }: OneSeries,
  { start, end }: WindowSpan,
): Promise<PointCoverage> {
  payOwed(intervals, nextClose)
  const { lengthMs } = plan
  const points = quotients.layouts[series]?.points ?? []
  const most = Math.floor(MOST_ROWS / points.length)
  const from = Math.max(start, Math.ceil(history.heldFromMs / lengthMs), end - most)
  const first = Math.min(...points.map((point) => intervals.firstHeard[point] ?? Infinity))
  const shares = new Map<number, Float64Array>()
  for (const point of points) {
    const column = new Float64Array(Math.max(0, end - from))
    for (let n = 0; n < column.length; n++) {
      const slot = slotOfInterval(intervals, point, from + n)
      column[n] = slot < 0 ? 0 : (intervals.coveredMs[slot] ?? 0) / lengthMs
    }
    shares.set(point, column)
  }
  for (const [point, column] of shares) {
    for (let n = 0; n < column.length; n += ROWS_AT_ONCE) {
      const to = Math.min(from + n + ROWS_AT_ONCE, end)
      const rows = await history.coverage(pointRows(site, point), (from + n + 1) * lengthMs, to * lengthMs)
      for (const [endMs, coverage] of rows) column[endMs / lengthMs - 1 - from] = coverage
    }
  }
  const fromText = formatInstant(Math.min(from, end) * lengthMs)
  const isWhole = from <= Math.max(start, first)
  return {
    from,
    note: isWhole
      ? undefined
      : `the coverage of points, and the reasons why intervals do not count, are known from ${fromText} on`,
    coverageOf(point) {
      const column = shares.get(point)
      if (column === undefined || column.length === 0) return undefined
      return column.reduce((sum, share) => sum + share, 0) / column.length
    },
    at: (point, interval) => shares.get(point)?.[interval - from] ?? 0,
  }
}

function pointRows({ points, plan }: Site, point: number): PointRows {
  return { name: points[point] ?? '', measurement: plan.points[point]?.amount ?? 'energy' }
}

/** Why intervals do not count, the reason of most intervals first, and how many have no reason that can be found. */
interface MaskedReasons {
  readonly masked: Masked[]
  readonly unexplained: number
}

/**
 * Notes which intervals of a stretch do not count. Call what it returns with the coverage of the points to get the
 * reasons: while that coverage is read, the core may fold further packets.
 */
export function findMasked(
  site: Site,
  core: Core,
  { quotients, series }: OneSeries,
  { start, end }: WindowSpan,
): (covered: PointCoverage) => MaskedReasons {
  const { plan, intervals } = core
  const { tally, layouts, boundaries, of } = quotients
  const sums = plan.boundaries[boundaries[series] ?? -1]
  const first = Math.min(...(layouts[series]?.points ?? []).map((point) => intervals.firstHeard[point] ?? Infinity))
  const missing: number[] = []
  const oldest = oldestHeldEnd(tally)
  for (let interval = start; interval < end; interval++) {
    if (interval >= first && interval < oldest) continue
    if (intervalSum(tally, series, MASKED_IN, interval) === 0) missing.push(interval)
  }
  return (covered) => {
    const found = new Map<string, Masked>()
    const last = new Map<string, number>()
    let unexplained = 0
    for (const interval of missing) {
      const why = reasonOf(interval)
      if (why === undefined) {
        unexplained++
        continue
      }
      const key = JSON.stringify(why)
      const group = found.get(key) ?? { intervals: 0, ...why, spans: [], spanCount: 0 }
      found.set(key, group)
      addTo(group, interval, last.get(key) === interval - 1, plan.lengthMs)
      last.set(key, interval)
    }
    return { masked: [...found.values()].sort((a, b) => b.intervals - a.intervals), unexplained }

    function reasonOf(interval: number): Pick<Masked, 'reason' | 'points'> | undefined {
      if (interval < first) return { reason: 'before_first', points: [] }
      if (interval < covered.from) return { reason: 'not_held', points: [] }
      if (sums === undefined) return undefined
      const share = (point: number) => covered.at(point, interval)
      const terms = termsOf(formulaAt(sums, interval), [of.over, of.under])
      const silent = [...new Set(terms.flatMap((term) => missingOf(term, share, plan.minCoverage)))]
      if (silent.length === 0) return undefined
      const reason = silent.some((point) => share(point) > 0) ? 'too_little' : 'no_reading'
      return { reason, points: silent.map((point) => site.points[point] ?? '').sort() }
    }
  }
}

/** Points that a term lacks: those of its first alternative, or none if any alternative is known. */
function missingOf({ alternatives }: TermPlan, share: (point: number) => number, least: number): number[] {
  const lacking = alternatives.map((way) => lackingOf(way, share, least))
  return lacking.some((points) => points.length === 0) ? [] : (lacking[0] ?? [])
}

function lackingOf(
  { measured, estimated }: AlternativePlan,
  share: (point: number) => number,
  least: number,
): number[] {
  const leaves = [...measured, ...estimated].flatMap((leaf) => [leaf.points, ...sidesOf(leaf)])
  return leaves.flatMap((points) => (points.some((point) => share(point) >= least) ? [] : points))
}

/** The points of what a leaf is multiplied by: each of these has to be known, too. */
function sidesOf({ times }: LeafPlan): readonly (readonly number[])[] {
  if (times === undefined) return []
  return times.kind === 'heat' ? [[times.hot], [times.cold]] : times.all.map(({ points }) => points)
}

function addTo(group: Masked, interval: number, goesOn: boolean, lengthMs: number): void {
  const span = group.spans.at(-1)
  group.intervals++
  if (goesOn && span !== undefined && group.spanCount <= MOST_SPANS) span.toMs = (interval + 1) * lengthMs
  else if (!goesOn) {
    group.spanCount++
    if (group.spanCount > MOST_SPANS) return
    group.spans.push({ fromMs: interval * lengthMs, toMs: (interval + 1) * lengthMs })
  }
}
