import { FACILITY, FACILITY_ESTIMATED, IT, IT_ESTIMATED, type Layout } from './parts.ts'
import type { CorePlan } from './plan.ts'

/**
 * What may be wrong with a boundary's parts. A cause is what errs as one: a meter (by all of its points, in both sums),
 * a current transformer, or a batch of them.
 */
export interface Errors {
  readonly sources: readonly ErrorSource[]
  /** Error of each cause, for the time of one call. */
  readonly causes: Float64Array
}

/** What a cause does to a part: within `accuracy`, a share of the part's energy; NaN where it is not declared. */
interface ErrorSource {
  readonly column: number
  readonly sum: typeof FACILITY | typeof IT
  readonly cause: number
  readonly accuracy: number
  /** Counts only where the part has energy: a second point of a meter whose first one is always there. */
  readonly spare: boolean
}

/** Estimated energy, and time that is not known, are taken to be within so much of the truth. Our own rule. */
export const ESTIMATE_ACCURACY = 0.1

/** Coverage factor: about 95 % (GUM, JCGM 100:2008, 6.2). */
const K = 2

export function errorsOf(plan: CorePlan, { parts }: Layout): Errors {
  const causes = new Map<string, number>()
  const causeOf = (name: string) => {
    const cause = causes.get(name) ?? causes.size
    causes.set(name, cause)
    return cause
  }
  const sources = parts.flatMap(({ column, sum, point, meter }): ErrorSource[] => {
    if (point < 0) return []
    const { accuracy, ctAccuracy, ctBatch } = plan.points[point]!
    const spare = point !== meter
    const own = { column, sum, cause: causeOf(`meter ${meter}`), accuracy, spare }
    if (ctAccuracy === 0) return [own]
    const cause = causeOf(ctBatch < 0 ? `transformer ${meter}` : `batch ${ctBatch}`)
    return [own, { column, sum, cause, accuracy: ctAccuracy, spare }]
  })
  return { sources, causes: new Float64Array(causes.size) }
}

/**
 * Expanded uncertainty of PUE = F / I (GUM, k = 2): a class limit a is a rectangular bound, a / √3. Each cause enters by
 * its own derivative of the quotient, over all parts that it errs in, with their signs: a meter that stands in both sums
 * counts once, transformers of one batch add up or cancel. Causes are independent of each other and wrong by the same
 * share all the time. `sums` are the columns of the boundary, J; energy that no part accounts for counts as estimated.
 * NaN where a meter has no declared accuracy.
 */
export function uncertaintyOf({ parts }: Layout, errors: Errors, sums: Float64Array, coverage: number): number {
  const itJ = sums[IT]!
  const pue = sums[FACILITY]! / itJ
  const { causes } = errors
  causes.fill(0)
  for (const { column, sum, cause, accuracy, spare } of errors.sources) {
    const joules = sums[column]!
    if (spare && joules === 0) continue
    causes[cause]! += ((sum === FACILITY ? joules : -pue * joules) / itJ) * accuracy
  }
  let variance = 0
  for (const error of causes) variance += square(error)
  const estimatedFacilityJ = sums[FACILITY_ESTIMATED]! + unaccountedJ(parts, sums, FACILITY)
  const estimatedItJ = sums[IT_ESTIMATED]! + unaccountedJ(parts, sums, IT)
  variance += square((estimatedFacilityJ / itJ) * ESTIMATE_ACCURACY)
  variance += square(((estimatedItJ * pue) / itJ) * ESTIMATE_ACCURACY)
  variance += square(pue * (1 - coverage) * ESTIMATE_ACCURACY)
  return K * Math.sqrt(variance / 3)
}

/** Energy of terms that an earlier configuration had: in the sum, but in none of its parts. */
export function unaccountedJ(parts: Layout['parts'], sums: Float64Array, sum: typeof FACILITY | typeof IT): number {
  let joules = sums[sum]!
  for (const part of parts) if (part.sum === sum) joules -= sums[part.column]!
  return Math.abs(joules)
}

function square(x: number): number {
  return x * x
}
