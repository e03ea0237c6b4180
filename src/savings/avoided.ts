import { predictionHalfWidth, predictedSum } from './bootstrap.ts'
import { chooseModel, type ChosenModel, type TriedForm } from './choose.ts'
import type { DailyRow } from './daily.ts'
import { modelDays, type DaySpan, type LoadVariable, type NonRoutineEvent, type SavingsOption } from './days.ts'
import type { ModelDay } from './model.ts'
import { fractionalUncertainty, statisticsOf, type FitStatistics } from './statistics.ts'

interface SavingsQuestion {
  readonly option: SavingsOption
  readonly baseline: DaySpan
  readonly report: DaySpan
  readonly load: LoadVariable
}

/** Avoided energy: what the baseline's model says of the report's days, less what was measured on them. */
export interface AvoidedEnergy {
  readonly chosen: ChosenModel
  readonly tried: readonly TriedForm[]
  readonly statistics: FitStatistics
  readonly baselineDays: readonly ModelDay[]
  readonly reportDays: readonly ModelDay[]
  readonly predictedKwh: number
  readonly measuredKwh: number
  readonly avoidedKwh: number
  /** Holds the truth in 90 of 100 cases. */
  readonly interval90Kwh: readonly [low: number, high: number]
  /** Of the saving, by Guideline 14, at 68 % and at 90 %. */
  readonly fractional68: number
  readonly fractional90: number
}

/** Fewer days say nothing of a season, or of a week. */
const LEAST_BASELINE_DAYS = 60
const LEAST_REPORT_DAYS = 7

/** Undefined: too few days are known, or no model fits them. */
export function avoidedEnergy(
  rows: readonly DailyRow[],
  { option, baseline, report, load }: SavingsQuestion,
  events: readonly NonRoutineEvent[],
): AvoidedEnergy | undefined {
  const before = modelDays(rows, { span: baseline, option, load }, events)
  const after = modelDays(rows, { span: report, option, load }, events)
  const shared = Object.fromEntries(Object.entries(before).filter(([bulb]) => Object.hasOwn(after, bulb)))
  const count = Math.max(0, ...Object.values(shared).map((days) => days.length))
  if (count < LEAST_BASELINE_DAYS) return undefined
  // A load that stood still says nothing; whether the report's is another one is for the ranges to tell.
  const loads = new Set(Object.values(shared).flatMap((days) => days.map((day) => day.load)))
  const found = chooseModel(shared, { load: loads.size > 1 })
  if (found === undefined) return undefined
  const { chosen, tried } = found
  const [baselineDays = [], reportDays = []] = [before[chosen.bulb], after[chosen.bulb]]
  if (reportDays.length < LEAST_REPORT_DAYS) return undefined
  const statistics = statisticsOf(chosen.model, baselineDays)
  const predictedKwh = predictedSum(chosen.model, reportDays)
  const measuredKwh = reportDays.reduce((sum, { kwh }) => sum + kwh, 0)
  const avoidedKwh = predictedKwh - measuredKwh
  const halfKwh = predictionHalfWidth(chosen, shared, after, 0.9)
  const fractional = (confidence: number) =>
    fractionalUncertainty(statistics, {
      share: avoidedKwh / predictedKwh,
      reportDays: reportDays.length,
      confidence,
    })
  return {
    chosen,
    tried,
    statistics,
    baselineDays,
    reportDays,
    predictedKwh,
    measuredKwh,
    avoidedKwh,
    interval90Kwh: [avoidedKwh - halfKwh, avoidedKwh + halfKwh],
    fractional68: fractional(0.68),
    fractional90: fractional(0.9),
  }
}
