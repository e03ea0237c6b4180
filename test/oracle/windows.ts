import type { Calendar, CalendarName, Stay } from './calendar.ts'
import type { Share } from './energy.ts'
import type { Fields, Row, Scenario, ScenarioBoundary, Term } from './types.ts'

/** One side of a boundary in one interval that counts. */
interface Side {
  joules: number
  estimatedJ: number
  /** How many joules correct arithmetic in doubles may differ by; nearly always 0. */
  looseJ: number
}

/** What counts in an interval, or in all of them up to one. */
interface Count {
  facility: Side
  it: Side
  intervals: number
}

/** Sums of everything that counts before an interval, by interval number, from `first` to `end`. Whole numbers: exact. */
interface Totals {
  first: number
  end: number
  before: Count[]
}

/** Every `pue` row of a boundary; each window is all that counts before its end less all that counts before its start. */
export function pueRows(
  scenario: Scenario,
  boundary: ScenarioBoundary,
  shares: Map<string, Map<number, Share>>,
  calendar: Calendar,
  first: number,
  last: number,
): Row[] {
  const { lengthMs } = scenario
  const counted = totals(countedIntervals(scenario, boundary, shares))
  const rows: Row[] = []
  for (let interval = first; interval <= last; interval += 1) {
    const endMs = (interval + 1) * lengthMs
    for (const window of scenario.windows) {
      if (isCalendar(window)) {
        const stay = calendar(window, endMs - lengthMs)
        const soFar = { fromMs: stay.fromMs, toMs: endMs }
        rows.push(pueRow(scenario, boundary, counted, `${window}_to_date`, soFar))
        if (stay.toMs === endMs) rows.push(pueRow(scenario, boundary, counted, window, stay))
      } else {
        rows.push(pueRow(scenario, boundary, counted, window, { fromMs: endMs - windowMs(window), toMs: endMs }))
      }
    }
  }
  return rows
}

function countedIntervals(
  scenario: Scenario,
  boundary: ScenarioBoundary,
  shares: Map<string, Map<number, Share>>,
): Map<number, Count> {
  const out = new Map<number, Count>()
  const leader = boundary.it[0] ?? { point: '', factor: 1 }
  for (const interval of shares.get(leader.point)?.keys() ?? []) {
    const facility = sumSide(scenario, boundary.facility, shares, interval)
    const it = sumSide(scenario, boundary.it, shares, interval)
    if (facility !== undefined && it !== undefined) out.set(interval, { facility, it, intervals: 1 })
  }
  return out
}

function totals(counted: Map<number, Count>): Totals {
  const known = [...counted.keys()].sort((a, b) => a - b)
  const first = known[0] ?? 0
  const end = (known.at(-1) ?? -1) + 1
  const before = [NOTHING]
  let sum = NOTHING
  for (let interval = first; interval < end; interval += 1) {
    sum = combine(sum, counted.get(interval) ?? NOTHING, 1)
    before.push(sum)
  }
  return { first, end, before }
}

function countIn(totals: Totals, from: number, to: number): Count {
  const before = (interval: number) => {
    const known = Math.min(Math.max(interval, totals.first), totals.end)
    return totals.before[known - totals.first] ?? NOTHING
  }
  return combine(before(to), before(from), -1)
}

const NOTHING: Count = {
  facility: { joules: 0, estimatedJ: 0, looseJ: 0 },
  it: { joules: 0, estimatedJ: 0, looseJ: 0 },
  intervals: 0,
}

function combine(a: Count, b: Count, sign: 1 | -1): Count {
  const side = (one: Side, other: Side): Side => ({
    joules: one.joules + sign * other.joules,
    estimatedJ: one.estimatedJ + sign * other.estimatedJ,
    looseJ: one.looseJ + sign * other.looseJ,
  })
  return {
    facility: side(a.facility, b.facility),
    it: side(a.it, b.it),
    intervals: a.intervals + sign * b.intervals,
  }
}

/** Undefined when a term knows less than the wanted part of the interval. */
function sumSide(
  scenario: Scenario,
  terms: readonly Term[],
  shares: Map<string, Map<number, Share>>,
  interval: number,
): Side | undefined {
  const side = { joules: 0, estimatedJ: 0, looseJ: 0 }
  for (const { point, factor } of terms) {
    const share = shares.get(point)?.get(interval)
    if (share === undefined || share.coveredMs < scenario.minCoverage * scenario.lengthMs) return undefined
    const whole = (mj: number) => Math.round((factor * mj * scenario.lengthMs) / share.coveredMs / 1000)
    const measured = (mj: number) => Math.round((factor * (mj - share.estimatedMj)) / 1000)
    side.joules += whole(share.mj)
    side.estimatedJ += whole(share.mj) - measured(share.mj)
    side.looseJ += Math.max(spread(whole, share), spread(measured, share))
  }
  return side
}

/** By how much a number of joules may differ when the interval's mJ do. */
function spread(joules: (mj: number) => number, share: Share): number {
  return joules(share.mj + share.ties) - joules(share.mj - share.ties)
}

function pueRow(scenario: Scenario, boundary: ScenarioBoundary, counted: Totals, window: string, stay: Stay): Row {
  const { lengthMs } = scenario
  const { facility, it, intervals } = countIn(counted, stay.fromMs / lengthMs, stay.toMs / lengthMs)
  const knownMs = intervals * lengthMs
  const coverage = knownMs / (stay.toMs - stay.fromMs)
  const tags: Record<string, string> = {
    site: scenario.site,
    boundary: boundary.name,
    window,
    category: String(boundary.category),
  }
  const fields: Fields = { coverage, name: nameOf(boundary, window, coverage), state: 'settled', suspect: false }
  const row: Row = { measurement: 'pue', tags, fields, within: {}, timeMs: stay.toMs, restatable: true }
  if (knownMs === 0) return row
  fields['facility_j'] = facility.joules
  fields['it_j'] = it.joules
  fields['suspect'] = facility.joules < it.joules || (it.joules > 0 && facility.joules > 2 * it.joules)
  fields['estimated_share'] = Math.max(part(facility), part(it))
  if (coverage >= 0.5 && it.joules > 0) fields['pue'] = facility.joules / it.joules
  const looseJ = facility.looseJ + it.looseJ
  if (looseJ > 0) row.within = looseness(facility, it, looseJ)
  return row
}

function looseness(facility: Side, it: Side, looseJ: number): Record<string, number> {
  const least = Math.max(1, Math.min(facility.joules, it.joules))
  const ratio = it.joules > 0 ? facility.joules / it.joules : 0
  return {
    facility_j: facility.looseJ,
    it_j: it.looseJ,
    estimated_share: (2 * looseJ) / least,
    pue: (looseJ / least) * Math.max(1, ratio),
  }
}

function part(side: Side): number {
  return side.estimatedJ === 0 ? 0 : side.estimatedJ / side.joules
}

function nameOf(boundary: ScenarioBoundary, window: string, coverage: number): string {
  if (boundary.part) return 'pPUE'
  return (window === '365d' || window === 'year') && coverage >= 0.95 ? 'PUE' : 'iPUE'
}

function isCalendar(window: string): window is CalendarName {
  return window === 'day' || window === 'month' || window === 'year'
}

function windowMs(window: string): number {
  const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  const ms = Number(window.slice(0, -1)) * (unitMs[window.slice(-1)] ?? NaN)
  if (!(ms > 0)) throw new Error(`no such window: ${window}`)
  return ms
}
