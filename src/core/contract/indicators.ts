import type { BoundaryPlan } from './formula.ts'
import { INDICATORS, type QuotientOf } from './quotients.ts'

/** An indicator, and the boundaries that declare both of its sums. */
interface IndicatorPlan {
  readonly of: QuotientOf
  readonly boundaries: readonly number[]
}

/** Those of a site that any boundary has. Their series are those of the first, then those of the second … */
export function indicatorPlans(boundaries: readonly BoundaryPlan[]): IndicatorPlan[] {
  return INDICATORS.flatMap((of) => {
    const having = boundaries.flatMap((boundary, index) => (hasBoth(boundary, of) ? [index] : []))
    return having.length === 0 ? [] : [{ of, boundaries: having }]
  })
}

function hasBoth(boundary: BoundaryPlan, { over, under }: QuotientOf): boolean {
  const formulas = [...boundary.before, boundary]
  return [over, under].every((quantity) => formulas.some(({ sums }) => (sums[quantity] ?? []).length > 0))
}
