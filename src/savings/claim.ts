import type { AvoidedEnergy } from './avoided.ts'
import type { DaySpan, LoadVariable } from './days.ts'
import type { ModelDay } from './model.ts'

/** A condition of a claim: what was found, beside its limit. Shares, 1 is 100 %. */
export interface ClaimGate {
  readonly gate: 'baseline' | 'coverage' | 'cvRmse' | 'nmbe' | 'uncertainty' | 'load' | 'locked'
  readonly holds: boolean
  readonly found: number
  readonly limit: number
}

/** Whether the baseline was fixed before the report's period was over, and what speaks against it. */
export type LockState = 'locked' | 'not locked' | 'locked too late' | 'differs'

/** ASHRAE Guideline 14-2014: the prescriptive path's bias, the performance path's uncertainty. */
const MOST_NMBE = 0.00005
const MOST_UNCERTAINTY_68 = 0.5
const LEAST_COVERAGE = 0.9
const LEAST_BASELINE_DAYS = 365
const LEAST_RANGE = 0.9

/** What a claim of a saving needs, each with whether it holds. */
export function claimGates(
  found: AvoidedEnergy,
  { baseline, report }: { baseline: DaySpan; report: DaySpan },
  { load, lock }: { load: LoadVariable; lock: LockState },
): ClaimGate[] {
  const { baselineDays, reportDays, statistics } = found
  const ranges = [rangeShare(baselineDays, reportDays, (it) => it.outdoorC)]
  if (load !== 'none') ranges.push(rangeShare(baselineDays, reportDays, (it) => it.load))
  const baselineLength = baseline.end - baseline.first
  const coverage = Math.min(baselineDays.length / baselineLength, reportDays.length / (report.end - report.first))
  const mostCvRmse = mostCvRmseOf(report.end - report.first)
  const atMost = (gate: ClaimGate['gate'], value: number, limit: number) => ({
    gate,
    holds: value <= limit,
    found: value,
    limit,
  })
  const range = Math.min(...ranges)
  return [
    {
      gate: 'baseline',
      holds: baselineLength >= LEAST_BASELINE_DAYS || range >= LEAST_RANGE,
      found: range,
      limit: LEAST_RANGE,
    },
    { gate: 'coverage', holds: coverage >= LEAST_COVERAGE, found: coverage, limit: LEAST_COVERAGE },
    atMost('cvRmse', statistics.cvRmse, mostCvRmse),
    atMost('nmbe', Math.abs(statistics.nmbe), MOST_NMBE),
    atMost('uncertainty', found.fractional68, MOST_UNCERTAINTY_68),
    { gate: 'load', holds: load !== 'none', found: load === 'none' ? 0 : 1, limit: 1 },
    { gate: 'locked', holds: lock === 'locked', found: lock === 'locked' ? 1 : 0, limit: 1 },
  ]
}

/** Of whole-building models, by length of the report: Guideline 14-2014. */
function mostCvRmseOf(reportDays: number): number {
  return reportDays < 365 ? 0.2 : reportDays <= 5 * 366 ? 0.25 : 0.3
}

/** Which part of the report's range the baseline has seen. */
function rangeShare(before: readonly ModelDay[], after: readonly ModelDay[], of: (day: ModelDay) => number): number {
  const [seen, asked] = [before, after].map((days) => {
    const values = days.map(of)
    return [Math.min(...values), Math.max(...values)] as const
  })
  if (seen === undefined || asked === undefined) return 0
  const length = asked[1] - asked[0]
  const shared = Math.min(seen[1], asked[1]) - Math.max(seen[0], asked[0])
  return length === 0 ? (shared >= 0 ? 1 : 0) : Math.max(0, shared / length)
}
