import { INDICATOR_NAMES, STATES } from '../../core/contract/tables.ts'
import { BOOL, FLOAT, INT, wordOf, type TableOfNumbers } from './table.ts'

/**
 * An indicator of a boundary's window, such as WUE, with the sums it is made of, in J and L. The value has the unit of
 * the indicator, WUE L/kWh. Coverage 0: nothing is known of the window.
 */
export const INDICATOR = {
  tags: ['site', 'boundary', 'indicator', 'window', 'category'],
  fields: {
    value: FLOAT,
    over: FLOAT,
    under: FLOAT,
    coverage: FLOAT,
    uncertainty: FLOAT,
    estimated_share: FLOAT,
    name: wordOf(INDICATOR_NAMES),
    revision: INT,
    state: wordOf(STATES),
    suspect: BOOL,
  },
} as const satisfies TableOfNumbers<'indicator'>
