import { FACILITY, FACILITY_ESTIMATED, IT, IT_ESTIMATED, MASKED_IN, type BinLayout } from './parts.ts'
import { LOSSES, type BoundaryPlan } from '../contract/plan.ts'
import type { PueRow } from '../contract/sink.ts'
import { uncertaintyOf, type ErrorBudget } from './uncertainty.ts'
import type { Window } from '../windows/window.ts'

/** The fields of a window's row that its sums decide. */
export type Quotient = Omit<PueRow, 'endMs' | 'revision' | 'state'>

/** Below this share of known time there is no PUE. */
export const LEAST_COVERAGE = 0.5

/** From this share of known time on, the quotient over 12 months is named PUE. */
const ANNUAL_COVERAGE = 0.95

/** A loss is reported if it is known in this share of the intervals masked in, and is then scaled up to all of them. */
const LOSS_COVERAGE = 0.9

/** The fields of a boundary's row from its sums over a window of `span` intervals. */
export function quotientOf(
  boundary: BoundaryPlan,
  layout: BinLayout,
  errors: ErrorBudget,
  sums: Float64Array,
  span: number,
  window: Window,
): Quotient {
  const facilityJ = sums[FACILITY]!
  const itJ = sums[IT]!
  const coverage = sums[MASKED_IN]! / span
  const isQuotient = coverage >= LEAST_COVERAGE && itJ > 0
  const annual = coverage >= ANNUAL_COVERAGE && isTwelveMonths(window)
  const [upsJ, distributionJ, coolingJ] = LOSSES.map((_, loss) => lossJ(layout, loss, sums))
  return {
    pue: isQuotient ? facilityJ / itJ : NaN,
    facilityJ,
    itJ,
    coverage,
    uncertainty: isQuotient ? uncertaintyOf(layout, errors, sums, coverage) : NaN,
    estimatedShare: estimatedShareOf(sums),
    name: boundary.part ? 'pPUE' : annual ? 'PUE' : 'iPUE',
    suspect: isSuspect(boundary, facilityJ, itJ),
    upsJ: upsJ!,
    distributionJ: distributionJ!,
    coolingJ: coolingJ!,
    otherJ: otherJ(layout, sums),
  }
}

/** Less facility than IT energy, or so much more that a faulty meter is likelier than such a plant. */
export function isSuspect({ suspectAbove }: BoundaryPlan, facilityJ: number, itJ: number): boolean {
  return facilityJ < itJ || (itJ > 0 && facilityJ > suspectAbove * itJ)
}

function isTwelveMonths(window: Window): boolean {
  return window.name === '365d' || (window.kind === 'whole' && window.unit === 'year')
}

/** The larger of the estimated shares of both sums: a quotient is as good as its worse half (D19). */
function estimatedShareOf(sums: Float64Array): number {
  return Math.max(shareOf(sums[FACILITY_ESTIMATED]!, sums[FACILITY]!), shareOf(sums[IT_ESTIMATED]!, sums[IT]!))
}

/** A share from 0 to 1. Of a difference more may be estimated than is left: then all of it is. */
export function shareOf(part: number, whole: number): number {
  if (part === 0) return 0
  return whole > 0 ? Math.min(1, part / whole) : 1
}

/** A loss in whole joules over all intervals masked in; NaN where it is not declared or known in too few of them. */
function lossJ({ lossColumns }: BinLayout, loss: number, sums: Float64Array): number {
  const column = lossColumns[loss]!
  if (column < 0) return NaN
  const known = sums[column + 1]!
  const all = sums[MASKED_IN]!
  return all > 0 && known >= LOSS_COVERAGE * all ? Math.round((sums[column]! * all) / known) : NaN
}

/** Facility less IT less all declared losses; NaN where one of these is not known or none is declared. */
function otherJ(layout: BinLayout, sums: Float64Array): number {
  let joules = sums[FACILITY]! - sums[IT]!
  let declared = false
  for (const [loss, column] of layout.lossColumns.entries()) {
    if (column < 0) continue
    declared = true
    joules -= lossJ(layout, loss, sums)
  }
  return declared ? joules : NaN
}
