import { STATES } from '../../core/contract/tables.ts'
import { FLOAT, INT, wordOf, type TableOfNumbers } from './table.ts'

/** Energy of a power or energy point, one row for each interval. Coverage 0: nothing is known of the interval. */
export const ENERGY = {
  tags: ['site', 'point', 'role'],
  fields: {
    energy_j: FLOAT,
    coverage: FLOAT,
    mean_w: FLOAT,
    estimated_share: FLOAT,
    revision: INT,
    state: wordOf(STATES),
  },
} as const satisfies TableOfNumbers<'energy'>
