import { FLOAT, type TableOfNumbers } from './table.ts'

/** The air outside at the end of an interval, by the readings that hold then. */
export const OUTDOOR = {
  tags: ['site', 'place'],
  fields: {
    dry_bulb_c: FLOAT,
    rh_pct: FLOAT,
    dew_point_c: FLOAT,
    wet_bulb_c: FLOAT,
    enthalpy_j_kg: FLOAT,
  },
} as const satisfies TableOfNumbers<'outdoor'>
