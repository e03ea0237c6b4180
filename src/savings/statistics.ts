import { parametersOf, predict, type DailyModel, type ModelDay } from './model.ts'
import { studentWithin } from './student.ts'

/** How a model fits its days: ASHRAE Guideline 14-2014. Shares, 1 is 100 %. */
export interface FitStatistics {
  readonly days: number
  readonly parameters: number
  readonly rmseKwh: number
  readonly cvRmse: number
  readonly nmbe: number
  readonly r2: number
  /** Of each residual with that of the day before. */
  readonly autocorrelation: number
  /** Days that are as good as independent. */
  readonly effectiveDays: number
}

const DAYS_PER_MONTH = 365.25 / 12

export function statisticsOf(model: DailyModel, days: readonly ModelDay[]): FitStatistics {
  const parameters = parametersOf(model.form)
  const n = days.length
  const residuals = days.map((day) => day.kwh - predict(model, day))
  const mean = days.reduce((sum, { kwh }) => sum + kwh, 0) / n
  const squares = residuals.reduce((sum, it) => sum + it * it, 0)
  const total = days.reduce((sum, { kwh }) => sum + (kwh - mean) ** 2, 0)
  const bias = residuals.reduce((sum, it) => sum + it, 0)
  const rmseKwh = Math.sqrt(squares / (n - parameters))
  const autocorrelation = correlationWithDayBefore(days, residuals)
  // Residuals that change sides from day to day do not make more of them.
  const rho = Math.max(0, autocorrelation)
  return {
    days: n,
    parameters,
    rmseKwh,
    cvRmse: rmseKwh / mean,
    nmbe: bias / ((n - parameters) * mean),
    r2: total === 0 ? 0 : 1 - squares / total,
    autocorrelation,
    effectiveDays: (n * (1 - rho)) / (1 + rho),
  }
}

/** Over pairs of days that follow each other; days that are left out part them. */
function correlationWithDayBefore(days: readonly ModelDay[], residuals: readonly number[]): number {
  const mean = residuals.reduce((sum, it) => sum + it, 0) / residuals.length
  let [products, squares, pairs] = [0, 0, 0]
  for (const [n, residual] of residuals.entries()) {
    squares += (residual - mean) ** 2
    if (days[n]?.day !== (days[n - 1]?.day ?? NaN) + 1) continue
    products += (residual - mean) * ((residuals[n - 1] ?? mean) - mean)
    pairs++
  }
  return squares === 0 || pairs === 0 ? 0 : (products / pairs) * (residuals.length / squares)
}

/**
 * Fractional savings uncertainty of `share` of the baseline saved over `reportDays`, at a confidence such as 0.68.
 * That of Guideline 14-2014, but for its factor 1.26. For daily data there stands a polynomial in months of the report
 * instead (Sun and Baltazar, ASHRAE Transactions 119, 2013).
 */
export function fractionalUncertainty(
  { cvRmse, days, effectiveDays, parameters }: FitStatistics,
  { share, reportDays, confidence }: { share: number; reportDays: number; confidence: number },
): number {
  const months = reportDays / DAYS_PER_MONTH
  const factor = -0.00024 * months ** 2 + 0.03535 * months + 1.00286
  const t = studentWithin(confidence, Math.max(1, effectiveDays - parameters))
  const spread = Math.sqrt((days / effectiveDays) * (1 + 2 / effectiveDays) * (1 / reportDays))
  return (t * factor * cvRmse * spread) / Math.abs(share)
}
