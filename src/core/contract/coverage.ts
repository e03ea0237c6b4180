import type { CorePlan } from './plan.ts'

/** So much of an interval has to be known to count, in whole ms: a share as decimals write it is no exact number. */
export function leastCoveredMs({ minCoverage, lengthMs }: Pick<CorePlan, 'minCoverage' | 'lengthMs'>): number {
  return Math.ceil(minCoverage * lengthMs - 1e-6)
}
