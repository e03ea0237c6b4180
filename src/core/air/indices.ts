import type { Envelope } from '../contract/limits.ts'

/**
 * x-factor: relative hardware failure rate of volume servers against continuous operation at 20 °C, every 2.5 K from 15
 * to 45 °C, as average and range. Source: ASHRAE TC 9.9. The averages at 15, 20 and 45 °C are those that The Green Grid
 * published (2017); all other numbers are of medium confidence.
 *
 * Between the knots it is linear. Outside of them the last knot holds (the source assumes air mixed up to 15 °C at
 * least), and `isClamped` says so.
 */
const X_FIRST_C = 15
const X_STEP_C = 2.5
const X_LAST_C = 45
export const X_AVERAGE = Float64Array.of(0.72, 0.87, 1, 1.13, 1.24, 1.34, 1.42, 1.48, 1.55, 1.61, 1.66, 1.71, 1.76)
export const X_LOWER = Float64Array.of(0.72, 0.8, 0.88, 0.96, 1.04, 1.12, 1.19, 1.27, 1.35, 1.43, 1.51, 1.59, 1.67)
export const X_UPPER = Float64Array.of(0.72, 0.95, 1.14, 1.31, 1.43, 1.54, 1.63, 1.69, 1.74, 1.78, 1.81, 1.83, 1.84)

/** x-factor of one of the rows at a dry bulb: a relative rate, no probability. NaN for NaN. */
export function xFactor(row: Float64Array, dryBulbC: number): number {
  const last = row.length - 1
  const place = Math.min(Math.max((dryBulbC - X_FIRST_C) / X_STEP_C, 0), last)
  if (Number.isNaN(place)) return NaN
  const knot = Math.min(Math.floor(place), last - 1)
  return row[knot]! + (place - knot) * (row[knot + 1]! - row[knot]!)
}

/** Whether a dry bulb lies outside of the range that the x-factor is published for. */
export function isClamped(dryBulbC: number): boolean {
  return dryBulbC < X_FIRST_C || dryBulbC > X_LAST_C
}

/**
 * How far a dry bulb lies above the recommended range, as a share of the way to the allowable limit: 0 inside, 1 at
 * that limit, more beyond. RCI-HI (Herrlin 2005) is 1 less its mean over time and inlets.
 */
export function overHigh({ recommended, allowable }: Envelope, dryBulbC: number): number {
  return overshoot(dryBulbC - recommended.dryBulbMaxC, allowable.dryBulbMaxC - recommended.dryBulbMaxC)
}

/** The same below the recommended range, for RCI-LO. */
export function overLow({ recommended, allowable }: Envelope, dryBulbC: number): number {
  return overshoot(recommended.dryBulbMinC - dryBulbC, recommended.dryBulbMinC - allowable.dryBulbMinC)
}

/** At high sites both limits may be one: then every dry bulb beyond it counts as 1. */
function overshoot(beyondK: number, spanK: number): number {
  if (!(beyondK > 0)) return 0
  return spanK > 0 ? beyondK / spanK : 1
}
