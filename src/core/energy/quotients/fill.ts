import { columnPlaces, PUE_NAMES } from '../../contract/tables.ts'
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
