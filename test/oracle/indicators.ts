/**
 * Rows of indicators the slow way: each term of each interval as an exact fraction of what was measured, rounded where
 * the contract says so, every window summed anew. Written from the contracts alone.
 */
import type { Calendar, Stay } from './calendar.ts'
import type { Share } from './energy.ts'
import { exactly, nearHalf, over, plus, round, times, toNumber, type Fraction } from './exact.ts'
import type { Fields, Row, Scenario } from './types.ts'

/** A term of a sum: a meter, and what it is multiplied by in each interval. */
export interface IndicatorTerm {
  point: string
  factor?: number
  /** Flow in mL between two temperatures, of a medium that carries so many J for each K. */
  heat?: { hot: string; cold: string; jPerMlK: number }
  /** Of shared plant, as much as these have of those; or a constant share. */
  share?: { own: string[]; all: string[] } | number
  /** g/kWh: a point that tells it, or steps of hours from the epoch on; what is missing there is not known. */
  by?: { point: string } | { hours: ReadonlyMap<number, number> }
}

export interface IndicatorSpec {
  boundary: string
  category: number
  /** `pue` is the row of a PUE. */
  name: string
  title: string
  scale: number
  leastMs: number
  over: IndicatorTerm[]
  under: IndicatorTerm[]
  /** How many base units the unit of a row has. */
  overBase: number
  /** A share: what is above 1 is suspect. */
  isShare: boolean
  part: boolean
}

type Shares = ReadonlyMap<string, ReadonlyMap<number, Share>>

interface Sum {
  amount: number
  estimated: number
  loose: number
}

const ONE = exactly(1)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Every row of an indicator, by the windows that it has. */
export function indicatorRows(
  scenario: Scenario,
  spec: IndicatorSpec,
  shares: Shares,
  calendar: Calendar,
  { first, last }: { first: number; last: number },
): Row[] {
  const counted = new Map<number, { over: Sum; under: Sum }>()
  for (let interval = first; interval <= last; interval++) {
    const sums = [spec.over, spec.under].map((terms) => sumOf(scenario, terms, shares, interval))
    const [above, below] = sums
    if (above !== undefined && below !== undefined) counted.set(interval, { over: above, under: below })
  }
  const rows: Row[] = []
  const add = (window: string, stay: Stay) => rows.push(rowOf(scenario, spec, counted, window, stay))
  for (let interval = first; interval <= last; interval++) {
    const toMs = (interval + 1) * scenario.lengthMs
    for (const window of scenario.windows) {
      if (window === 'day') {
        const day = calendar('day', toMs - scenario.lengthMs)
        const isTold = spec.name === 'pue' || DAY_MS > spec.leastMs
        if (isTold && toMs - day.fromMs >= spec.leastMs) add('day_to_date', { fromMs: day.fromMs, toMs })
        if (day.toMs === toMs) add('day', day)
      } else {
        const lengthMs = window === '1h' ? HOUR_MS : DAY_MS
        if (lengthMs >= spec.leastMs) add(window, { fromMs: toMs - lengthMs, toMs })
      }
    }
  }
  return rows
}

function rowOf(
  { site, lengthMs }: Scenario,
  spec: IndicatorSpec,
  counted: ReadonlyMap<number, { over: Sum; under: Sum }>,
  window: string,
  { fromMs, toMs }: Stay,
): Row {
  const [above, below] = [zero(), zero()]
  let intervals = 0
  for (let interval = fromMs / lengthMs; interval < toMs / lengthMs; interval++) {
    const sums = counted.get(interval)
    if (sums === undefined) continue
    intervals++
    addTo(above, sums.over)
    addTo(below, sums.under)
  }
  const coverage = (intervals * lengthMs) / (toMs - fromMs)
  const isPue = spec.name === 'pue'
  const tags: Record<string, string> = {
    site,
    boundary: spec.boundary,
    window,
    category: String(spec.category),
    ...(isPue ? {} : { indicator: spec.name }),
  }
  const isOdd = isPue
    ? above.amount < below.amount || (below.amount > 0 && above.amount > 2 * below.amount)
    : above.amount < 0 || (spec.isShare && above.amount > below.amount)
  const name = spec.part ? `p${spec.title}` : `i${spec.title}`
  const fields: Fields = { coverage, name, state: 'settled', suspect: intervals > 0 && isOdd }
  const row: Row = {
    measurement: isPue ? 'pue' : 'indicator',
    tags,
    fields,
    within: {},
    timeMs: toMs,
    restatable: true,
  }
  if (intervals === 0) return row
  fields[isPue ? 'facility_j' : 'over'] = above.amount / spec.overBase
  fields[isPue ? 'it_j' : 'under'] = below.amount
  fields['estimated_share'] = Math.max(shareOf(above), shareOf(below))
  const value = isPue ? 'pue' : 'value'
  if (coverage >= 0.5 && below.amount > 0) fields[value] = (above.amount / below.amount) * spec.scale
  const loose = above.loose + below.loose
  if (loose > 0) {
    const least = Math.max(1, Math.min(Math.abs(above.amount), below.amount))
    row.within = {
      [isPue ? 'facility_j' : 'over']: above.loose / spec.overBase,
      [isPue ? 'it_j' : 'under']: below.loose,
      estimated_share: (2 * loose) / least,
      [value]: (loose / least) * spec.scale * Math.max(1, Math.abs(above.amount / below.amount)),
    }
  }
  return row
}

function zero(): Sum {
  return { amount: 0, estimated: 0, loose: 0 }
}

function addTo(sum: Sum, more: Sum): void {
  sum.amount += more.amount
  sum.estimated += more.estimated
  sum.loose += more.loose
}

function shareOf({ amount, estimated }: Sum): number {
  if (estimated === 0) return 0
  return amount > 0 ? Math.min(1, estimated / amount) : 1
}

/** The terms of an interval in base units; undefined where one of them is not known. */
function sumOf(scenario: Scenario, terms: readonly IndicatorTerm[], shares: Shares, interval: number): Sum | undefined {
  const sum = zero()
  for (const term of terms) {
    const own = termOf(scenario, term, shares, interval)
    if (own === undefined) return undefined
    addTo(sum, own)
  }
  return sum
}

/** What something is worth in an interval, and how much of that was measured. */
interface Worth {
  worth: Fraction
  measured: Fraction
  /** By what share of it doubles may be off, where a sum lay on a half. */
  off: number
}

function termOf(
  scenario: Scenario,
  { point, factor = 1, heat, share, by }: IndicatorTerm,
  shares: Shares,
  interval: number,
): Sum | undefined {
  const { lengthMs } = scenario
  const meter = knownIn(scenario, shares, point, interval)
  const sides: (Worth | undefined)[] = []
  if (heat !== undefined) {
    const [hot, cold] = [heat.hot, heat.cold].map((side) => meanIn(scenario, shares, side, interval))
    if (hot === undefined || cold === undefined) return undefined
    const isLess = cold.measured.top * hot.measured.bottom < hot.measured.top * cold.measured.bottom
    const difference = plus(hot.worth, times(cold.worth, exactly(-1)))
    const offK = hot.off * Math.abs(toNumber(hot.worth)) + cold.off * Math.abs(toNumber(cold.worth))
    sides.push({
      worth: times(difference, exactly(heat.jPerMlK)),
      measured: isLess ? cold.measured : hot.measured,
      off: offK === 0 ? 0 : offK / Math.abs(toNumber(difference)),
    })
  }
  if (share !== undefined) sides.push(partOf(scenario, share, shares, interval))
  if (by !== undefined) sides.push(intensityOf(scenario, by, shares, interval))
  if (meter === undefined || !sides.every((side) => side !== undefined)) return undefined
  const worth = sides.reduce((all, side) => times(all, side.worth), ONE)
  const measured = sides.reduce((all, side) => times(all, side.measured), ONE)
  const scaled = (mj: number, perMs: number) =>
    over(times(times(exactly(factor * mj), exactly(lengthMs)), worth), perMs * 1000)
  const whole = scaled(meter.mj, meter.coveredMs)
  const sure = times(scaled(meter.mj - meter.estimatedMj, lengthMs), measured)
  const amount = round(whole)
  const estimated = share === undefined ? Math.abs(amount - round(sure)) : Math.abs(amount)
  // A half of what is neither scaled nor multiplied is one in doubles, too
  const isPlain = sides.length === 0 && meter.coveredMs === lengthMs
  const isLoose = !isPlain && (isNear(whole) || isNear(sure))
  const off = sides.reduce((all, side) => all + side.off, meter.ties / (Math.abs(meter.mj) || 1))
  const shaken = Math.ceil(Math.abs(toNumber(whole)) * off)
  return { amount, estimated, loose: 2 * (Number(isLoose) + shaken) }
}

/** A product of doubles is rounded at each step: a few more last bits than a single sum. */
function isNear(fraction: Fraction): boolean {
  return nearHalf(fraction) || nearHalf(times(fraction, exactly(1 + 2 ** -48)))
}

function knownIn(
  { lengthMs, minCoverage }: Scenario,
  shares: Shares,
  point: string,
  interval: number,
): Share | undefined {
  const share = shares.get(point)?.get(interval)
  return share !== undefined && share.coveredMs >= minCoverage * lengthMs ? share : undefined
}

/** Of what is kept as a rate: a temperature, an intensity. */
function meanIn(scenario: Scenario, shares: Shares, point: string, interval: number): Worth | undefined {
  const share = knownIn(scenario, shares, point, interval)
  if (share === undefined) return undefined
  const covered = over(exactly(share.coveredMs), scenario.lengthMs)
  const isTold = share.mj !== 0
  const sure = isTold ? over(exactly(share.mj - share.estimatedMj), share.mj) : ONE
  const off = isTold ? share.ties / Math.abs(share.mj) : 0
  return { worth: over(exactly(share.mj), share.coveredMs), measured: times(covered, sure), off }
}

function partOf(
  scenario: Scenario,
  share: NonNullable<IndicatorTerm['share']>,
  shares: Shares,
  interval: number,
): Worth | undefined {
  if (typeof share === 'number') return { worth: exactly(share), measured: ONE, off: 0 }
  let off = 0
  const sum = (points: readonly string[]): Fraction | undefined => {
    let all = exactly(0)
    for (const point of points) {
      const key = knownIn(scenario, shares, point, interval)
      if (key === undefined) return undefined
      all = plus(all, over(exactly(key.mj), key.coveredMs))
      off += key.ties / (Math.abs(key.mj) || 1)
    }
    return all
  }
  const [own, all] = [sum(share.own), sum(share.all)]
  if (own === undefined || all === undefined || all.top <= 0n) return undefined
  return { worth: { top: own.top * all.bottom, bottom: own.bottom * all.top }, measured: ONE, off: 2 * off }
}

/** mg for each J. */
function intensityOf(
  scenario: Scenario,
  by: NonNullable<IndicatorTerm['by']>,
  shares: Shares,
  interval: number,
): Worth | undefined {
  if ('point' in by) {
    const mean = meanIn(scenario, shares, by.point, interval)
    return mean && { ...mean, worth: over(mean.worth, 3600) }
  }
  const told = by.hours.get(Math.floor((interval * scenario.lengthMs) / HOUR_MS))
  return told === undefined ? undefined : { worth: over(exactly(told), 3600), measured: ONE, off: 0 }
}
