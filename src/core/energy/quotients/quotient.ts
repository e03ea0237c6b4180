import { OVER, OVER_ESTIMATED, UNDER, UNDER_ESTIMATED, MASKED_IN, type BinLayout } from './parts.ts'
import { LEAST_COVERAGE } from '../../contract/coverage.ts'
import type { BoundaryPlan } from '../../contract/formula.ts'
import type { QuotientOf } from '../../contract/quotients.ts'
import { coarsenessOf, fillCauses, uncertaintyOf, type ErrorBudget } from './uncertainty.ts'
import type { Window } from '../../windows/window.ts'

/** The fields of a window's row that its sums decide. */
export interface Quotient {
  /** In base units. NaN: coverage is below one half, or the sum to divide by is not above 0. */
  value: number
  over: number
  under: number
  /** Share of the window that is in these sums, 0 to 1. */
  coverage: number
  /** Expanded uncertainty of `value` (±, k = 2); NaN: a meter has no declared accuracy. */
  uncertainty: number
  /** Estimated share of either sum, whichever is larger; 0 to 1. */
  estimatedShare: number
  name: string
  /** IT took more than the facility, the PUE is above `suspectAbove`, or registers are too coarse for the window. */
  suspect: boolean
  /** The quantities beside, and the rest; NaN: not declared, or not known. */
  beside: readonly number[]
  rest: number
}

/** From this share of known time on, the quotient over 12 months is named PUE. */
const ANNUAL_COVERAGE = 0.95

/** A quantity beside is reported if it is known in this share of the intervals masked in. It is scaled up to all. */
const BESIDE_COVERAGE = 0.9

/** A quotient that the resolution of its registers may shift by more than this share of it says little. */
const COARSE_SHARE = 0.1

/**
 * The fields of a boundary's row from its sums over a window of `span` intervals. Registers are as coarse as their
 * readings before `beforeMs` show them.
 */
export function quotientOf(
  boundary: BoundaryPlan,
  layout: BinLayout,
  errors: ErrorBudget,
  sums: Float64Array,
  span: number,
  window: Window,
  beforeMs: number,
): Quotient {
  const over = sums[OVER]!
  const under = sums[UNDER]!
  const coverage = sums[MASKED_IN]! / span
  const isQuotient = coverage >= LEAST_COVERAGE && under > 0
  const annual = coverage >= ANNUAL_COVERAGE && isTwelveMonths(window)
  if (isQuotient) fillCauses(errors, sums, beforeMs)
  const isCoarse = isQuotient && coarsenessOf(errors) > COARSE_SHARE * (over / under)
  return {
    value: isQuotient ? over / under : NaN,
    over,
    under,
    coverage,
    uncertainty: isQuotient ? uncertaintyOf(layout, errors, sums, coverage) : NaN,
    estimatedShare: estimatedShareOf(sums),
    name: layout.of.names[boundary.part ? 2 : annual ? 0 : 1],
    suspect: isCoarse || isOdd(layout.of, boundary, over, under),
    beside: layout.besideColumns.map((column) => besideOf(column, sums)),
    rest: restOf(layout, sums),
  }
}

/** What can hardly be: a PUE as below; more used or renewable than the facility took, or less than nothing. */
function isOdd({ name, under: by }: QuotientOf, boundary: BoundaryPlan, over: number, under: number): boolean {
  if (name === 'pue') return isSuspect(boundary, over, under)
  return over < 0 || (by === 'facility' && over > under)
}

/** Less facility than IT energy, or so much more that a faulty meter is likelier than such a plant. */
export function isSuspect({ suspectAbove }: BoundaryPlan, facilityJ: number, itJ: number): boolean {
  return facilityJ < itJ || (itJ > 0 && facilityJ > suspectAbove * itJ)
}

/** Whether two quotients would make the same row. */
export function areSame(one: Quotient, other: Quotient): boolean {
  return (
    Object.is(one.value, other.value) &&
    one.over === other.over &&
    one.under === other.under &&
    one.coverage === other.coverage &&
    Object.is(one.uncertainty, other.uncertainty) &&
    Object.is(one.estimatedShare, other.estimatedShare) &&
    one.name === other.name &&
    one.suspect === other.suspect &&
    one.beside.every((amount, n) => Object.is(amount, other.beside[n])) &&
    Object.is(one.rest, other.rest)
  )
}

function isTwelveMonths(window: Window): boolean {
  return window.name === '365d' || (window.kind === 'whole' && window.unit === 'year')
}

/** The larger of the estimated shares of both sums: a quotient is as good as its worse half (D19). */
function estimatedShareOf(sums: Float64Array): number {
  return Math.max(shareOf(sums[OVER_ESTIMATED]!, sums[OVER]!), shareOf(sums[UNDER_ESTIMATED]!, sums[UNDER]!))
}

/** A share from 0 to 1. Of a difference more may be estimated than is left: then all of it is. */
export function shareOf(part: number, whole: number): number {
  if (part === 0) return 0
  return whole > 0 ? Math.min(1, part / whole) : 1
}

/** A quantity beside over all intervals masked in, whole; NaN where it is not declared or known in too few of them. */
function besideOf(column: number, sums: Float64Array): number {
  if (column < 0) return NaN
  const known = sums[column + 1]!
  const all = sums[MASKED_IN]!
  return all > 0 && known >= BESIDE_COVERAGE * all ? Math.round((sums[column]! * all) / known) : NaN
}

/** One sum less the other less all declared quantities beside; NaN where one is not known or none is declared. */
function restOf({ besideColumns }: BinLayout, sums: Float64Array): number {
  let rest = sums[OVER]! - sums[UNDER]!
  let declared = false
  for (const column of besideColumns) {
    if (column < 0) continue
    declared = true
    rest -= besideOf(column, sums)
  }
  return declared ? rest : NaN
}
