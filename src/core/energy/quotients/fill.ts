import { AMOUNT_OF, ROW_UNITS, type QuotientOf } from '../../contract/quotients.ts'
import { columnPlaces, INDICATOR_NAMES, PUE_NAMES } from '../../contract/tables.ts'
import type { Quotient } from './quotient.ts'

const AT = columnPlaces('pue')

/** Puts a PUE into a row. Coverage 0: nothing is known of the window, and the amounts have no meaning. */
export function fillPue(cells: Float64Array, quotient: Quotient): void {
  const isKnown = quotient.coverage !== 0
  const [upsJ, distributionJ, coolingJ] = quotient.beside
  cells[AT.pue] = isKnown ? quotient.value : NaN
  cells[AT.facility_j] = isKnown ? quotient.over : NaN
  cells[AT.it_j] = isKnown ? quotient.under : NaN
  cells[AT.coverage] = quotient.coverage
  cells[AT.uncertainty] = isKnown ? quotient.uncertainty : NaN
  cells[AT.estimated_share] = isKnown ? quotient.estimatedShare : NaN
  cells[AT.ups_j] = isKnown ? upsJ! : NaN
  cells[AT.distribution_j] = isKnown ? distributionJ! : NaN
  cells[AT.cooling_j] = isKnown ? coolingJ! : NaN
  cells[AT.other_j] = isKnown ? quotient.rest : NaN
  cells[AT.name] = PUE_NAMES.findIndex((name) => name === quotient.name)
  cells[AT.suspect] = quotient.suspect ? 1 : 0
}

const INDICATOR_AT = columnPlaces('indicator')

/** Puts an indicator into a row, its sums and its value in their units. */
export function fillIndicator(cells: Float64Array, quotient: Quotient, of: QuotientOf): void {
  const isKnown = quotient.coverage !== 0
  cells[INDICATOR_AT.value] = isKnown ? quotient.value * of.scale : NaN
  cells[INDICATOR_AT.over] = isKnown ? quotient.over / ROW_UNITS[AMOUNT_OF[of.over]].base : NaN
  cells[INDICATOR_AT.under] = isKnown ? quotient.under / ROW_UNITS[AMOUNT_OF[of.under]].base : NaN
  cells[INDICATOR_AT.coverage] = quotient.coverage
  cells[INDICATOR_AT.uncertainty] = isKnown ? quotient.uncertainty * of.scale : NaN
  cells[INDICATOR_AT.estimated_share] = isKnown ? quotient.estimatedShare : NaN
  cells[INDICATOR_AT.name] = INDICATOR_NAMES.indexOf(quotient.name)
  cells[INDICATOR_AT.suspect] = quotient.suspect ? 1 : 0
}
