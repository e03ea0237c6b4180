import { airWords } from '../../core/air/air.ts'
import { violationNames } from '../../core/air/envelope.ts'
import { FLOAT, INT, wordsOf, type TableOfNumbers } from './table.ts'

/**
 * The air of an inlet at the end of an interval, all of one stamp. `violations` and `quality` are written empty too: if
 * they were left out, the words of an overwritten row would stay.
 */
export const CLIMATE = {
  tags: ['site', 'hall', 'rack', 'inlet'],
  fields: {
    dry_bulb_c: FLOAT,
    rh_pct: FLOAT,
    dew_point_c: FLOAT,
    wet_bulb_c: FLOAT,
    humidity_ratio: FLOAT,
    enthalpy_j_kg: FLOAT,
    density_kg_m3: FLOAT,
    headroom_k: FLOAT,
    rate_15min_k: FLOAT,
    rate_60min_k: FLOAT,
    band: INT,
    worst_band: INT,
    violations: wordsOf(violationNames),
    quality: wordsOf(airWords),
  },
} as const satisfies TableOfNumbers<'climate'>
