import type { Envelope } from './envelope.ts'

/**
 * Relative hardware failure rate of volume servers against continuous operation at 20 °C.
 * Source: ASHRAE TC 9.9, x-factor, average row; 15, 20 and 45 °C as published by The Green Grid (2017), the rest of
 * medium confidence. Linear between the knots; held at the ends (the source assumes air mixed up to 15 °C at least).
 */
const X_FIRST_C = 15
const X_STEP_C = 2.5
const X_AVERAGE = Float64Array.of(0.72, 0.87, 1, 1.13, 1.24, 1.34, 1.42, 1.48, 1.55, 1.61, 1.66, 1.71, 1.76)

/** x-factor at a dry bulb: a relative rate, no probability. NaN for NaN. */
export function xFactor(dryBulbC: number): number {
  const last = X_AVERAGE.length - 1
  const place = Math.min(Math.max((dryBulbC - X_FIRST_C) / X_STEP_C, 0), last)
  if (Number.isNaN(place)) return NaN
  const knot = Math.min(Math.floor(place), last - 1)
  return X_AVERAGE[knot]! + (place - knot) * (X_AVERAGE[knot + 1]! - X_AVERAGE[knot]!)
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
