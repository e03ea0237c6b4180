import type { BoundaryPlan, CorePlan } from './plan.ts'

/** A meter as a boundary counts it: its factor in each sum, and its accuracy as a share (NaN where not declared). */
export interface MeterWeight {
  readonly point: number
  readonly facility: number
  readonly it: number
  readonly accuracy: number
}

/** Estimated energy, and time that is not known, are taken to be within so much of the truth. Our own rule. */
const ESTIMATE_ACCURACY = 0.1

/** Coverage factor: about 95 % (GUM, JCGM 100:2008, 6.2). */
const K = 2

/** Every meter of a boundary once, also where it stands in both sums. */
export function metersOf(plan: CorePlan, { facility, it }: BoundaryPlan): readonly MeterWeight[] {
  const points = [...new Set([...facility, ...it].map(({ point }) => point))]
  const factorIn = (terms: BoundaryPlan['it'], point: number) =>
    terms.reduce((sum, term) => sum + (term.point === point ? term.factor : 0), 0)
  return points.map((point) => ({
    point,
    facility: factorIn(facility, point),
    it: factorIn(it, point),
    accuracy: plan.points[point]!.accuracy,
  }))
}

/**
 * Expanded uncertainty of PUE = F / I (GUM, k = 2): each meter's class limit is a rectangular bound, a / √3, and enters
 * by its own derivative of the quotient, so a meter that stands in both sums counts once and with its sign. Meters are
 * taken as independent of each other and wrong by the same share all the time. `meterJ(m)` is meter m's energy before
 * factors; joules. NaN where a meter has no declared accuracy.
 */
export function uncertaintyOf(
  meters: readonly MeterWeight[],
  meterJ: (meter: number) => number,
  facilityJ: number,
  itJ: number,
  estimatedFacilityJ: number,
  estimatedItJ: number,
  coverage: number,
): number {
  const pue = facilityJ / itJ
  let variance = 0
  for (const [m, { facility, it, accuracy }] of meters.entries()) {
    variance += square(((facility - it * pue) / itJ) * meterJ(m) * accuracy)
  }
  variance += square((estimatedFacilityJ / itJ) * ESTIMATE_ACCURACY)
  variance += square(((estimatedItJ * pue) / itJ) * ESTIMATE_ACCURACY)
  variance += square(pue * (1 - coverage) * ESTIMATE_ACCURACY)
  return K * Math.sqrt(variance / 3)
}

function square(x: number): number {
  return x * x
}
