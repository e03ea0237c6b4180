import { PUE_NAMES, STATES } from '../../core/contract/tables.ts'
import { BOOL, FLOAT, INT, wordOf, type TableOfNumbers } from './table.ts'

/** PUE of a boundary's window, with the sums it is made of. Coverage 0: nothing is known of the window. */
export const PUE = {
  tags: ['site', 'boundary', 'window', 'category'],
  fields: {
    pue: FLOAT,
    facility_j: FLOAT,
    it_j: FLOAT,
    coverage: FLOAT,
    uncertainty: FLOAT,
    estimated_share: FLOAT,
    ups_j: FLOAT,
    distribution_j: FLOAT,
    cooling_j: FLOAT,
    other_j: FLOAT,
    name: wordOf(PUE_NAMES),
    revision: INT,
    state: wordOf(STATES),
    suspect: BOOL,
  },
} as const satisfies TableOfNumbers<'pue'>
