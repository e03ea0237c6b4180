import type { Config } from '../../config/config.ts'
import type { ReportQuantity, RuleFile } from '../../config/rules/schema.ts'
import type { DayPage, GaugeDay, DayGaps } from '../days/page.ts'
import { causesOf, type Causes } from './errors.ts'
import type { TermTotal } from '../../config/reporting/report-schema.ts'
import { ROW_UNITS } from '../../core/contract/quotients.ts'
import { amountOf } from '../../ingest/units.ts'
import { J_IN_KWH } from '../../rows/numbers.ts'

/** What a period's pages say: one for each local day, undefined where none was kept; and the one of the day before. */
export interface PeriodPages {
  readonly days: readonly (DayPage | undefined)[]
  readonly before: DayPage | undefined
  readonly lengthMs: number
}

/** A quantity over a period. */
export interface Total {
  readonly amount: number
  readonly coverage: number
  readonly estimatedShare: number
  readonly gaps: DayGaps
  readonly points: readonly string[]
  readonly causes: Causes
  /** How often its counts fell for no reason that is known. */
  readonly falls: number
  /** Part of it that stands in for meters that were not known. */
  readonly substitute: number
}

const NO_GAPS: DayGaps = { stretches: [], count: 0, lengthMs: 0 }
const MOST_LISTED = 100

/** A sum of the boundary over the period, kWh, with its terms. */
export function sumOf(
  config: Config,
  pages: PeriodPages,
  boundary: string,
  sum: 'facility' | 'it',
): { total: Total; terms: TermTotal[] } {
  const terms = termTotals(pages, boundary, sum)
  const joules = terms.reduce((all, it) => all + it.measuredJ + it.declaredJ + it.substituteJ, 0)
  const substituteJ = terms.reduce((all, it) => all + it.substituteJ, 0)
  const estimatedJ = terms.reduce((all, it) => all + it.estimatedJ + it.declaredJ, substituteJ)
  const lines = terms.flatMap(({ points }) =>
    points.map(({ point, energyJ }) => ({ point, amount: energyJ / J_IN_KWH })),
  )
  const total: Total = {
    amount: joules / J_IN_KWH,
    coverage: Math.min(1, ...terms.map(({ coverage }) => coverage)),
    estimatedShare: joules === 0 ? 0 : estimatedJ / joules,
    gaps: joined(terms.map(({ gaps }) => gaps)),
    points: [...new Set(lines.map(({ point }) => point))],
    causes: causesOf(config, lines, { of: sum, amount: estimatedJ / J_IN_KWH }),
    falls: 0,
    substitute: substituteJ / J_IN_KWH,
  }
  return { total: terms.length === 0 ? { ...total, coverage: 0 } : total, terms }
}

/** A quantity of points: kWh, m³, °C, or degree days. Undefined: no point measures it, or nothing was heard. */
export function quantityOf(
  config: Config,
  pages: PeriodPages,
  quantity: Exclude<ReportQuantity, 'facility' | 'it'>,
  cdd: RuleFile['cdd'],
): Total | undefined {
  const points = config.disclosure?.measured[quantity] ?? []
  if (points.length === 0) return undefined
  const each = points.map((point) => {
    if (quantity === 'outdoor') return degreeDays(config, pages, point, cdd)
    if (quantity === 'wasteHeat' || quantity === 'setPoint') return meanOf(pages, point)
    return config.points[point]?.kind === 'gauge' ? countedOf(pages, point) : energyOf(config, pages, point)
  })
  if (each.every(({ coverage }) => coverage === 0)) return undefined
  const isMean = quantity === 'outdoor' || quantity === 'wasteHeat' || quantity === 'setPoint'
  const known = isMean ? each.filter(({ coverage }) => coverage > 0) : each
  const amount = known.reduce((sum, it) => sum + it.amount, 0) / (isMean ? known.length : 1)
  const estimated = known.reduce((sum, it) => sum + it.amount * it.estimatedShare, 0)
  const lines = known.map((it) => ({ point: it.points[0] ?? '', amount: it.amount }))
  return {
    amount,
    coverage: Math.min(...each.map(({ coverage }) => coverage)),
    estimatedShare: amount === 0 || isMean ? 0 : estimated / amount,
    gaps: joined(each.map(({ gaps }) => gaps)),
    points,
    causes: isMean ? new Map() : causesOf(config, lines, { of: quantity, amount: estimated }),
    falls: each.reduce((sum, { falls }) => sum + falls, 0),
    substitute: 0,
  }
}

/** What is known last before a day of the period, its place in `days`. */
export function pageBefore({ days, before }: PeriodPages, place: number): DayPage | undefined {
  return days.slice(0, place).findLast((page) => page !== undefined) ?? before
}

type PointTotal = Omit<Total, 'causes' | 'substitute'>

/** Base units of a kWh, or of a m³ of a meter of water. */
export function shownBase({ points }: Config, point: string): number {
  return ROW_UNITS[amountOf(points[point]?.unit) ?? 'energy'].shown
}

/** Energy of a meter, kWh, or its water, m³. */
export function energyOf(config: Config, pages: PeriodPages, point: string): PointTotal {
  const days = pages.days.map((page) => page?.meters.find((meter) => meter.point === point))
  const joules = days.reduce((sum, day) => sum + (day?.energyJ ?? 0), 0)
  const estimatedJ = days.reduce((sum, day) => sum + (day?.estimatedJ ?? 0), 0)
  return {
    amount: joules / shownBase(config, point),
    coverage: days.reduce((sum, day) => sum + (day?.coveredMs ?? 0), 0) / pages.lengthMs,
    estimatedShare: joules === 0 ? 0 : estimatedJ / joules,
    gaps: joined(days.map((day) => day?.gaps ?? NO_GAPS)),
    points: [point],
    falls: 0,
  }
}

/** What a count rose by, m³: across gaps and midnights, too. A fall, and what lies in it, is not known. */
export function countedOf(pages: PeriodPages, point: string): PointTotal {
  const days = [pages.before, ...pages.days].map((page) => page?.gauges.find((gauge) => gauge.point === point))
  let [amount, falls] = [0, 0]
  let last = days[0]?.last
  const openingMs = last?.atMs ?? days.find((day) => day?.first !== undefined)?.first?.atMs ?? NaN
  for (const day of days.slice(1)) {
    if (day?.first === undefined) continue
    const step = day.first.count - (last?.count ?? day.first.count)
    amount += day.steps + Math.max(0, step)
    falls += day.falls + (step < 0 ? 1 : 0)
    last = day.last
  }
  const spannedMs = (last?.atMs ?? NaN) - openingMs
  const coverage = Number.isNaN(spannedMs) ? 0 : Math.min(1, spannedMs / pages.lengthMs)
  return { amount, coverage, estimatedShare: 0, gaps: NO_GAPS, points: [point], falls }
}

/** The mean over known time. */
function meanOf(pages: PeriodPages, point: string): PointTotal {
  const days = gaugesOf(pages, point)
  const coveredMs = days.reduce((sum, { coveredMs: ms }) => sum + ms, 0)
  const weighed = days.reduce((sum, { mean, coveredMs: ms }) => sum + mean * ms, 0)
  const amount = coveredMs === 0 ? 0 : weighed / coveredMs
  return { amount, coverage: coveredMs / pages.lengthMs, estimatedShare: 0, gaps: NO_GAPS, points: [point], falls: 0 }
}

/** Cooling degree days: of each day whose mean is at least `fromC`, by how much it is above `baseC` (Eurostat). */
function degreeDays(config: Config, pages: PeriodPages, point: string, cdd: RuleFile['cdd']): PointTotal {
  let [amount, coveredMs] = [0, 0]
  for (const page of pages.days) {
    const gauge = page?.gauges.find((it) => it.point === point)
    if (page === undefined || gauge === undefined) continue
    const lengthMs = page.endMs - page.startMs
    if (gauge.coveredMs / lengthMs < config.core.minCoverage) continue
    coveredMs += lengthMs
    if (cdd !== undefined && gauge.mean >= cdd.fromC) amount += gauge.mean - cdd.baseC
  }
  const coverage = cdd === undefined ? 0 : coveredMs / pages.lengthMs
  return { amount, coverage, estimatedShare: 0, gaps: NO_GAPS, points: [point], falls: 0 }
}

function gaugesOf(pages: PeriodPages, point: string): GaugeDay[] {
  return pages.days.flatMap((page) => page?.gauges.filter((gauge) => gauge.point === point) ?? [])
}

function termTotals(pages: PeriodPages, boundary: string, sum: 'facility' | 'it'): TermTotal[] {
  const all = pages.days.flatMap((page) => page?.sums ?? [])
  const own = all.filter((it) => it.boundary === boundary && it.sum === sum)
  return [...Map.groupBy(own, ({ term }) => term)].map(([term, days]): TermTotal => {
    const total = (amount: (day: (typeof days)[number]) => number) => days.reduce((all_, day) => all_ + amount(day), 0)
    const lines = Map.groupBy(
      days.flatMap((day) => day.lines),
      ({ point }) => point,
    )
    return {
      sum,
      term,
      measuredJ: total((day) => day.measuredJ),
      estimatedJ: total((day) => day.estimatedJ),
      declaredJ: total((day) => day.declaredJ),
      substituteJ: total((day) => day.substituteJ),
      coverage: total((day) => day.coveredMs) / pages.lengthMs,
      gaps: joined(days.map(({ gaps }) => gaps)),
      points: [...lines].map(([point, each]) => ({ point, energyJ: each.reduce((all_, it) => all_ + it.energyJ, 0) })),
    }
  })
}

/** DayGaps in the order of time; those that follow each other over midnight are one. */
function joined(each: readonly DayGaps[]): DayGaps {
  const stretches: (readonly [number, number])[] = []
  let count = 0
  let lengthMs = 0
  for (const gaps of each) {
    lengthMs += gaps.lengthMs
    count += gaps.count
    for (const [fromMs, toMs] of gaps.stretches) {
      const last = stretches.at(-1)
      if (last?.[1] === fromMs) {
        stretches.splice(-1, 1, [last[0], toMs])
        count--
      } else stretches.push([fromMs, toMs])
    }
  }
  return { stretches: stretches.slice(0, MOST_LISTED), count, lengthMs }
}
