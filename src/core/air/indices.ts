import type { Envelope } from '../contract/limits.ts'

/**
 * Relative hardware failure rate of volume servers against continuous operation at 20 °C: its average and the range it is
 * given with. Source: ASHRAE TC 9.9, x-factor; of the average row 15, 20 and 45 °C as published by The Green Grid
 * (2017), the rest of medium confidence, and so the two other rows. Linear between the knots; held at the ends (the
 * source assumes air mixed up to 15 °C at least), where `isClamped` says so.
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

/** Whether a dry bulb lies outside of what the x-factor is given for. */
export function isClamped(dryBulbC: number): boolean {
  return dryBulbC < X_FIRST_C || dryBulbC > X_LAST_C
}

/**
 * How far a dry bulb lies above the recommended range, as a share of the way to the allowable limit: 0 inside, 1 at that
 * limit, more beyond. A time-weighted mean of it over all inlets, taken from 1, is RCI-HI (Herrlin 2005).
 */
export function overHigh({ recommended, allowable }: Envelope, dryBulbC: number): number {
  return overshoot(dryBulbC - recommended.dryBulbMaxC, allowable.dryBulbMaxC - recommended.dryBulbMaxC)
}

/** The same below the range, for RCI-LO. */
export function overLow({ recommended, allowable }: Envelope, dryBulbC: number): number {
  return overshoot(recommended.dryBulbMinC - dryBulbC, recommended.dryBulbMinC - allowable.dryBulbMinC)
}

/** Where the two limits are one (high sites), there is no way between them: outside is all the way. */
function overshoot(beyondK: number, spanK: number): number {
  if (!(beyondK > 0)) return 0
  return spanK > 0 ? beyondK / spanK : 1
}
