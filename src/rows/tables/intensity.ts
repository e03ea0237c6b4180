import { STATES } from '../../core/contract/tables.ts'
import { FLOAT, INT, wordOf, type TableOfNumbers } from './table.ts'

/** What a kWh stood for, as a point told it: the mean of each interval, in g of CO₂ equivalent. */
export const INTENSITY = {
  tags: ['site', 'point'],
  fields: {
    g_per_kwh: FLOAT,
    coverage: FLOAT,
    estimated_share: FLOAT,
    revision: INT,
    state: wordOf(STATES),
  },
} as const satisfies TableOfNumbers<'intensity'>
