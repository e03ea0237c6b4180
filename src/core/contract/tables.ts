import { VIOLATIONS } from './limits.ts'
import { INDICATORS, PUE_OF } from './quotients.ts'

/** Places of all tables. Saved with each row: append only. */
export const TABLE = {
  energy: 0,
  pue: 1,
  climate: 2,
  compliance: 3,
  alarm: 4,
  quality: 5,
  reading: 6,
  health: 7,
  alarm_figures: 8,
  restatement: 9,
  audit: 10,
  water: 11,
  indicator: 12,
  skew: 13,
  intensity: 14,
  outdoor: 15,
} as const

/** Tables whose rows the core emits as numbers. */
export type NumberTable =
  | 'energy'
  | 'pue'
  | 'climate'
  | 'compliance'
  | 'reading'
  | 'restatement'
  | 'water'
  | 'indicator'
  | 'skew'
  | 'intensity'
  | 'outdoor'

/**
 * How a row stands: it may still change, can change no more, was changed after it had settled, or tells of the moment
 * alone. A cell has the place in this list.
 */
export const STATES = ['provisional', 'settled', 'restated', 'live'] as const
export const STATE = { provisional: 0, settled: 1, restated: 2, live: 3 } as const
export type State = Exclude<(typeof STATES)[number], 'live'>

/** In the place of an inlet's index: the row names none, and an earlier one may have. */
export const NOBODY = -1

/** Why a number changed after it had settled. A cell has the place in this list: append only. */
export const REASONS = ['late', 'backlog', 'register', 'recompute', 'configuration', 'swap'] as const

/** What a quotient may be called. A cell has the place in this list. */
export const PUE_NAMES = PUE_OF.names
export const INDICATOR_NAMES = INDICATORS.flatMap(({ names }) => names)

/**
 * Columns of the rows that the core emits as numbers, in their places: append only. NaN: the row has no such field.
 * Truth is 1, its contrary 0. A text is a number here: a place in a list, or a set of flags.
 */
export const ROW_COLUMNS = {
  energy: ['energy_j', 'coverage', 'mean_w', 'estimated_share', 'revision', 'state'],
  pue: [
    'pue',
    // Sums over the intervals in which both are known, so that both leave out the same gaps
    'facility_j',
    'it_j',
    'coverage',
    'uncertainty',
    'estimated_share',
    // Losses between facility and IT by their part, and the rest
    'ups_j',
    'distribution_j',
    'cooling_j',
    'other_j',
    'name',
    'revision',
    'state',
    'suspect',
  ],
  climate: [
    'dry_bulb_c',
    'rh_pct',
    'dew_point_c',
    'wet_bulb_c',
    'humidity_ratio',
    'enthalpy_j_kg',
    'density_kg_m3',
    // From the dry bulb to the nearest limit of the recommended range; negative outside
    'headroom_k',
    // Largest difference between two moments within 15 and within 60 min
    'rate_15min_k',
    'rate_60min_k',
    // Of `BAND`: at the end of the interval, and the worst in it
    'band',
    'worst_band',
    // Bits of `VIOLATIONS`, and of what is wrong with the readings
    'violations',
    'quality',
  ],
  compliance: [
    // Three bands in percent of the time with a known dry bulb; the time of unknown band in percent of the whole window
    'recommended_pct',
    'allowable_pct',
    'out_pct',
    'unknown_pct',
    // A scope's inlet with the largest share out, by its index, behind that share
    'worst_out_pct',
    'worst',
    'rci_hi',
    'rci_lo',
    // An inlet passed its allowable dry bulb limit, which RCI alone would hide (Herrlin's asterisk)
    'rci_warning',
    'x_factor',
    'x_factor_lower',
    'x_factor_upper',
    // For part of the time the dry bulb lay outside the range that the x-factor is published for
    'x_clamped',
    'rti_pct',
    // Share of the time with a known dry bulb in which a limit was broken. NaN: never, and no correction says 0
    ...VIOLATIONS.map((violation) => `pct_${violation}` as const),
    // By what a series is judged: the core leaves it out
    'basis',
    'recommended_min_c',
    'recommended_max_c',
    'allowable_min_c',
    'allowable_max_c',
    'revision',
    'state',
    // Recommended or allowable: ASHRAE's allowable range contains the recommended one
    'within_allowable_pct',
    // Share of the time with a known dry bulb in which the band could not be told for want of moisture
    'moisture_unknown_pct',
    // Share of the whole window without a known dry bulb; and the rest of it, from 0 to 1
    'dry_bulb_unknown_pct',
    'coverage',
    // Share of the whole window in which work was planned there. NaN: none was
    'planned_pct',
  ],
  reading: ['mean', 'min', 'max', 'last', 'count', 'quality'],
  // Of the end in a day that changed most, and how many ends of that day changed
  restatement: ['reason', 'old', 'new', 'count'],
  // Places are those of `energy`
  water: ['water_l', 'coverage', 'mean_l_h', 'estimated_share', 'revision', 'state'],
  // Sums in J and L over the intervals in which both are known; the value has the indicator's unit
  indicator: [
    'value',
    'over',
    'under',
    'coverage',
    'uncertainty',
    'estimated_share',
    'name',
    'revision',
    'state',
    'suspect',
  ],
  skew: ['skew_s'],
  intensity: ['g_per_kwh', 'coverage', 'estimated_share', 'revision', 'state'],
  outdoor: ['dry_bulb_c', 'rh_pct', 'dew_point_c', 'wet_bulb_c', 'enthalpy_j_kg'],
} as const satisfies Record<NumberTable, readonly string[]>

export type ColumnOf<Table extends NumberTable> = (typeof ROW_COLUMNS)[Table][number]

/** Places of a table's columns by their names. */
export function columnPlaces<Table extends NumberTable>(table: Table): Readonly<Record<ColumnOf<Table>, number>> {
  const places: Partial<Record<ColumnOf<Table>, number>> = {}
  for (const [place, name] of ROW_COLUMNS[table].entries()) places[name as ColumnOf<Table>] = place
  return places as Record<ColumnOf<Table>, number>
}

/** A row without fields. An emitter has one for each table, fills it anew for each row, and emits it at once. */
export function createCells(table: NumberTable): Float64Array {
  return new Float64Array(ROW_COLUMNS[table].length).fill(NaN)
}
