import type { Calendar, CalendarName, Stay } from './calendar.ts'
import type { Share } from './energy.ts'
import type { Sample } from './fold.ts'
import { aheadOf, resolutionJ } from './resolution.ts'
import { slips } from './slips.ts'
import type { Fields, Row, Scenario, ScenarioBoundary, Term } from './types.ts'

/** One side of a boundary in one interval that counts. */
interface Side {
  joules: number
  estimatedJ: number
  /** How many joules correct arithmetic in doubles may differ by; nearly always 0. */
  looseJ: number
  /** The same joules by the place of their term. */
  ofTerms: readonly number[]
}

/** What is known of the points, by their names. */
export interface Known {
  shares: Map<string, Map<number, Share>>
  samples: Map<string, Sample[]>
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
  { shares, samples }: Known,
  calendar: Calendar,
  { first, last }: { first: number; last: number },
): Row[] {
  const { lengthMs } = scenario
  const errors = errorsOf(scenario, boundary, samples)
  const pueRow = (counted: Totals, window: string, stay: Stay) =>
    rowOf(scenario, boundary, errors, counted, window, stay)
  const counted = totals(countedIntervals(scenario, boundary, shares))
  const rows: Row[] = []
  for (let interval = first; interval <= last; interval += 1) {
    const endMs = (interval + 1) * lengthMs
    for (const window of scenario.windows) {
      if (isCalendar(window)) {
        const stay = calendar(window, endMs - lengthMs)
        const soFar = { fromMs: stay.fromMs, toMs: endMs }
        rows.push(pueRow(counted, `${window}_to_date`, soFar))
        if (stay.toMs === endMs) rows.push(pueRow(counted, window, stay))
      } else {
        rows.push(pueRow(counted, window, { fromMs: endMs - windowMs(window), toMs: endMs }))
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
  facility: { joules: 0, estimatedJ: 0, looseJ: 0, ofTerms: [] },
  it: { joules: 0, estimatedJ: 0, looseJ: 0, ofTerms: [] },
  intervals: 0,
}

function combine(a: Count, b: Count, sign: 1 | -1): Count {
  const side = (one: Side, other: Side): Side => ({
    joules: one.joules + sign * other.joules,
    estimatedJ: one.estimatedJ + sign * other.estimatedJ,
    looseJ: one.looseJ + sign * other.looseJ,
    ofTerms: (one.ofTerms.length > 0 ? one : other).ofTerms.map((_, term) => {
      return (one.ofTerms[term] ?? 0) + sign * (other.ofTerms[term] ?? 0)
    }),
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
  const side: Side & { ofTerms: number[] } = { joules: 0, estimatedJ: 0, looseJ: 0, ofTerms: [] }
  for (const { point, factor } of terms) {
    const share = shares.get(point)?.get(interval)
    if (share === undefined || share.coveredMs < scenario.minCoverage * scenario.lengthMs) return undefined
    const whole = (mj: number) => Math.round((factor * mj * scenario.lengthMs) / share.coveredMs / 1000)
    const measured = (mj: number) => Math.round((factor * (mj - share.estimatedMj)) / 1000)
    side.joules += whole(share.mj)
    side.ofTerms.push(whole(share.mj))
    side.estimatedJ += whole(share.mj) - measured(share.mj)
    side.looseJ += Math.max(spread(whole, share), spread(measured, share))
  }
  return side
}

/** By how much a number of joules may differ when the interval's mJ do. */
function spread(joules: (mj: number) => number, share: Share): number {
  return joules(share.mj + share.ties) - joules(share.mj - share.ties)
}

function rowOf(
  scenario: Scenario,
  boundary: ScenarioBoundary,
  errorsIn: Errors,
  counted: Totals,
  window: string,
  stay: Stay,
): Row {
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
  if (coverage >= 0.5 && it.joules > 0) {
    fields['pue'] = facility.joules / it.joules
    const { displays, all, isSlipped } = errorsIn(facility, it, coverage, stay)
    if (!Number.isNaN(all)) fields['uncertainty'] = all
    if (displays > 0.1 * fields['pue'] || isSlipped) fields['suspect'] = true
  }
  const looseJ = facility.looseJ + it.looseJ
  if (looseJ > 0) row.within = looseness(facility, it, looseJ)
  return row
}

/** What is to be said of a quotient over a stay. */
type Errors = (facility: Side, it: Side, coverage: number, stay: Stay) => Errs

interface Errs {
  /** How much it may be off because of coarse displays, and of all there is, k = 2; NaN: a class is missing. */
  displays: number
  all: number
  /** It holds energy of a meter whose unit had slipped. */
  isSlipped: boolean
}

function errorsOf(scenario: Scenario, boundary: ScenarioBoundary, samples: Map<string, Sample[]>): Errors {
  const names = new Set([...boundary.facility, ...boundary.it].map(({ point }) => point))
  const points = scenario.points.filter(({ name }) => names.has(name))
  const aheadMs = aheadOf(scenario)
  const known = new Map<string, number>()
  const resolutionOf = (name: string, toMs: number): number => {
    const key = `${name} ${toMs}`
    const before = known.get(key)
    const joules = before ?? resolutionJ(samples.get(name) ?? [], toMs + aheadMs)
    known.set(key, joules)
    return joules
  }
  const slipped = new Map(points.map((point) => [point.name, slips(point, samples.get(point.name) ?? [])]))
  return (facility, it, coverage, { fromMs, toMs }) => {
    const pue = facility.joules / it.joules
    // By how much the quotient is off if each of a point's terms is by so much
    const offBy = (name: string, joulesOf: (term: Term, joules: number) => number) => {
      const sum = (terms: readonly Term[], side: Side) =>
        terms.reduce((off, term, n) => off + (term.point === name ? joulesOf(term, side.ofTerms[n] ?? 0) : 0), 0)
      return (sum(boundary.facility, facility) - pue * sum(boundary.it, it)) / it.joules
    }
    let [meters, displays] = [0, 0]
    for (const { name, kind, accuracyPct = NaN } of points) {
      meters += offBy(name, (_, joules) => (joules * accuracyPct) / 100) ** 2
      if (kind !== 'register') continue
      displays += offBy(name, ({ factor }) => (factor * resolutionOf(name, toMs)) / Math.SQRT2) ** 2
    }
    const estimates = (facility.estimatedJ / it.joules) ** 2 + ((it.estimatedJ * pue) / it.joules) ** 2
    const others = 0.01 * (estimates + (pue * (1 - coverage)) ** 2)
    const expanded = (variance: number) => 2 * Math.sqrt(variance / 3)
    const isSlipped = points.some(({ name }) => {
      const isIn = (terms: readonly Term[], side: Side) =>
        terms.some(({ point }, n) => point === name && side.ofTerms[n] !== 0)
      if (!isIn(boundary.facility, facility) && !isIn(boundary.it, it)) return false
      return slipped.get(name)?.some((slip) => slip.fromMs < toMs && slip.toMs > fromMs) === true
    })
    return { displays: expanded(displays), all: expanded(meters + displays + others), isSlipped }
  }
}

function looseness(facility: Side, it: Side, looseJ: number): Record<string, number> {
  const least = Math.max(1, Math.min(facility.joules, it.joules))
  const ratio = it.joules > 0 ? facility.joules / it.joules : 0
  return {
    facility_j: facility.looseJ,
    it_j: it.looseJ,
    estimated_share: (2 * looseJ) / least,
    pue: (looseJ / least) * Math.max(1, ratio),
    uncertainty: (looseJ / least) * Math.max(1, ratio),
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
