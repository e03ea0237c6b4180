import { STATES } from '../../core/contract/tables.ts'
import { FLOAT, INT, wordOf, type TableOfNumbers } from './table.ts'

/** Water by a meter, one row for each interval, as `energy` has it of energy. */
export const WATER = {
  tags: ['site', 'point', 'role'],
  fields: {
    water_l: FLOAT,
    coverage: FLOAT,
    mean_l_h: FLOAT,
    estimated_share: FLOAT,
    revision: INT,
    state: wordOf(STATES),
  },
} as const satisfies TableOfNumbers<'water'>
