import type { CorePlan } from './plan.ts'

/** A window of which a smaller share is known has no PUE, and no shares of time in the bands. */
export const LEAST_COVERAGE = 0.5

/** So much of an interval has to be known to count, in whole ms: a share as decimals write it is no exact number. */
export function leastCoveredMs({ minCoverage, lengthMs }: Pick<CorePlan, 'minCoverage' | 'lengthMs'>): number {
  return Math.ceil(minCoverage * lengthMs - 1e-6)
}
