import type { PointPlan } from './plan.ts'

/**
 * Energy in whole millijoules between two readings of a register (joules), or NaN where the step tells nothing: the
 * register was reset or swapped, or the step is beyond the feeder's rating.
 *
 * Source: the limit, rollover and reset rules of common metering practice (step ≤ rated power × time). Without a
 * rating a fall is a rollover only if the earlier reading stood above nine tenths of the modulus.
 */
export function stepMj(point: PointPlan, aMs: number, aJ: number, bMs: number, bJ: number): number {
  const limitJ = Number.isNaN(point.maxW) ? Infinity : (point.maxW * (bMs - aMs)) / 1000
  if (bJ >= aJ) return bJ - aJ <= limitJ ? wholeMj(bJ) - wholeMj(aJ) : NaN
  if (Number.isNaN(point.rolloverJ)) return NaN
  if (Number.isNaN(point.maxW) && aJ <= 0.9 * point.rolloverJ) return NaN
  const wrappedJ = bJ + point.rolloverJ - aJ
  return wrappedJ <= limitJ ? wholeMj(bJ) + wholeMj(point.rolloverJ) - wholeMj(aJ) : NaN
}

/** Differences of rounded readings add up to the rounded difference, whatever lies between. */
function wholeMj(joules: number): number {
  return Math.round(joules * 1000)
}
