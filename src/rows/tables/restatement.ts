import { REASONS } from '../../core/contract/tables.ts'
import { FLOAT, INT, wordOf, type TableOfNumbers } from './table.ts'

/**
 * Why numbers changed after they had settled: one row for each series, window and day of the site. It stands at the end
 * whose number changed most, with the number before and after; `count`: how many ends of that day changed. Absent
 * numbers were not known.
 *
 * `of`: the measurement, of compliance with its scope behind it, of an indicator its name. The number is that of
 * `energy_j`, `water_l`, `g_per_kwh` or `pue`, of an indicator `value`, of compliance `out_pct`. `window`: `interval`
 * where rows are of intervals.
 */
export const RESTATEMENT = {
  tags: ['site', 'of', 'name', 'window'],
  fields: { reason: wordOf(REASONS), old: FLOAT, new: FLOAT, count: INT },
} as const satisfies TableOfNumbers<'restatement'>
