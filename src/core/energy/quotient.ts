import { FACILITY, FACILITY_ESTIMATED, IT, IT_ESTIMATED, MASKED_IN, type BinLayout } from './parts.ts'
import { LEAST_COVERAGE } from '../contract/coverage.ts'
import { LOSSES, type BoundaryPlan } from '../contract/formula.ts'
import { columnPlaces, PUE_NAMES } from '../contract/tables.ts'
import { coarsenessOf, fillCauses, uncertaintyOf, type ErrorBudget } from './uncertainty.ts'
import type { Window } from '../windows/window.ts'

/** The fields of a window's row that its sums decide. */
export interface Quotient {
  /** NaN: there is no quotient, because coverage is below one half or IT took nothing. */
  pue: number
  facilityJ: number
  itJ: number
  /** Share of the window that is in these sums, 0 to 1. */
  coverage: number
  /** Expanded uncertainty of `pue` (±, k = 2); NaN: a meter has no declared accuracy. */
  uncertainty: number
  /** Estimated share of the facility's or of the IT's energy, whichever is larger; 0 to 1. */
  estimatedShare: number
  name: (typeof PUE_NAMES)[number]
  /** IT took more than the facility, the PUE is above `suspectAbove`, or registers are too coarse for the window. */
  suspect: boolean
  /** Losses by their part, and the rest; NaN: not declared, or not known. */
  upsJ: number
  distributionJ: number
  coolingJ: number
  otherJ: number
}

const AT = columnPlaces('pue')

/** From this share of known time on, the quotient over 12 months is named PUE. */
const ANNUAL_COVERAGE = 0.95

/** A loss is reported if it is known in this share of the intervals masked in, and is then scaled up to all of them. */
const LOSS_COVERAGE = 0.9

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
  const facilityJ = sums[FACILITY]!
  const itJ = sums[IT]!
  const coverage = sums[MASKED_IN]! / span
  const isQuotient = coverage >= LEAST_COVERAGE && itJ > 0
  const annual = coverage >= ANNUAL_COVERAGE && isTwelveMonths(window)
  if (isQuotient) fillCauses(errors, sums, beforeMs)
  const isCoarse = isQuotient && coarsenessOf(errors) > COARSE_SHARE * (facilityJ / itJ)
  const [upsJ, distributionJ, coolingJ] = LOSSES.map((_, loss) => lossJ(layout, loss, sums))
  return {
    pue: isQuotient ? facilityJ / itJ : NaN,
    facilityJ,
    itJ,
    coverage,
    uncertainty: isQuotient ? uncertaintyOf(layout, errors, sums, coverage) : NaN,
    estimatedShare: estimatedShareOf(sums),
    name: boundary.part ? 'pPUE' : annual ? 'PUE' : 'iPUE',
    suspect: isCoarse || isSuspect(boundary, facilityJ, itJ),
    upsJ: upsJ!,
    distributionJ: distributionJ!,
    coolingJ: coolingJ!,
    otherJ: otherJ(layout, sums),
  }
}

/** Puts a quotient into a row. Coverage 0: nothing is known of the window, and the amounts have no meaning. */
export function fillQuotient(cells: Float64Array, quotient: Quotient): void {
  const isKnown = quotient.coverage !== 0
  cells[AT.pue] = isKnown ? quotient.pue : NaN
  cells[AT.facility_j] = isKnown ? quotient.facilityJ : NaN
  cells[AT.it_j] = isKnown ? quotient.itJ : NaN
  cells[AT.coverage] = quotient.coverage
  cells[AT.uncertainty] = isKnown ? quotient.uncertainty : NaN
  cells[AT.estimated_share] = isKnown ? quotient.estimatedShare : NaN
  cells[AT.ups_j] = isKnown ? quotient.upsJ : NaN
  cells[AT.distribution_j] = isKnown ? quotient.distributionJ : NaN
  cells[AT.cooling_j] = isKnown ? quotient.coolingJ : NaN
  cells[AT.other_j] = isKnown ? quotient.otherJ : NaN
  cells[AT.name] = PUE_NAMES.indexOf(quotient.name)
  cells[AT.suspect] = quotient.suspect ? 1 : 0
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
