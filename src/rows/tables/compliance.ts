import { STATES } from '../../core/contract/tables.ts'
import { BOOL, FLOAT, INT, wordOf, type TableOfNumbers } from './table.ts'

/** A text whose words only the site knows. */
const OF_SITE = { type: 'string' } as const

/**
 * Time of an inlet, rack, hall or site by band, over a window. Recommended, allowable, out and unknown moisture are
 * shares of the time with a known dry bulb, and add to 100 %. `within_allowable_pct` has the first two together.
 *
 * `coverage`: the time with a known dry bulb as a part of the window; `dry_bulb_unknown_pct`: the rest of it.
 * `unknown_pct`: what has no band, for either reason. Below a coverage of 0.5 there are no shares.
 *
 * `pct_…`: share of the time with a known dry bulb in which that limit was broken; absent where it never was. `worst`:
 * the inlet with the largest share out; empty where none was out.
 *
 * `planned_pct`: share of the window in which work was planned there, known or not; absent where none was.
 *
 * `basis`: edition, classes, altitude, corrosion and phase in words, and whether the dry bulb alone is judged. The same
 * air can pass by one and fail by another. Of one inlet the limits of the dry bulb follow it.
 *
 * Rows of halls and the site come once more when they settle, to say so. Those of inlets and racks do not: up to where
 * none is provisional any more is told by `health.settled_through_ms`.
 */
export const COMPLIANCE = {
  tags: ['site', 'scope', 'name', 'window'],
  fields: {
    recommended_pct: FLOAT,
    allowable_pct: FLOAT,
    out_pct: FLOAT,
    unknown_pct: FLOAT,
    worst_out_pct: FLOAT,
    worst: OF_SITE,
    rci_hi: FLOAT,
    rci_lo: FLOAT,
    rci_warning: BOOL,
    x_factor: FLOAT,
    x_factor_lower: FLOAT,
    x_factor_upper: FLOAT,
    x_clamped: BOOL,
    rti_pct: FLOAT,
    pct_recommended_dry_bulb_min: FLOAT,
    pct_recommended_dry_bulb_max: FLOAT,
    pct_recommended_dew_point_min: FLOAT,
    pct_recommended_dew_point_max: FLOAT,
    pct_recommended_rh_min: FLOAT,
    pct_recommended_rh_max: FLOAT,
    pct_allowable_dry_bulb_min: FLOAT,
    pct_allowable_dry_bulb_max: FLOAT,
    pct_allowable_dew_point_min: FLOAT,
    pct_allowable_dew_point_max: FLOAT,
    pct_allowable_rh_min: FLOAT,
    pct_allowable_rh_max: FLOAT,
    pct_altitude_high: FLOAT,
    pct_rate_15min: FLOAT,
    pct_rate_60min: FLOAT,
    basis: OF_SITE,
    recommended_min_c: FLOAT,
    recommended_max_c: FLOAT,
    allowable_min_c: FLOAT,
    allowable_max_c: FLOAT,
    revision: INT,
    state: wordOf(STATES),
    within_allowable_pct: FLOAT,
    moisture_unknown_pct: FLOAT,
    dry_bulb_unknown_pct: FLOAT,
    coverage: FLOAT,
    planned_pct: FLOAT,
  },
} as const satisfies TableOfNumbers<'compliance'>
