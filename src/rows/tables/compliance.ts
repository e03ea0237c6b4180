import { VIOLATIONS } from '../../core/contract/limits.ts'
import type { ComplianceRow } from '../../core/contract/sink.ts'
import { columnsFrom, type TableOf } from './table.ts'

/** By what an inlet or a scope is judged, the same in all rows of a series. */
export interface ComplianceBasis {
  /** Edition, classes, altitude, corrosion and phase in words: the same air can pass by one and fail by another. */
  readonly basis: string
  /** The dry bulb limits that follow from it, of one inlet only. */
  readonly recommendedMinC?: number
  readonly recommendedMaxC?: number
  readonly allowableMinC?: number
  readonly allowableMaxC?: number
}

/**
 * What a row of `compliance` is made of: the core's result, the name of the worst inlet if there is one, the basis. An
 * alias, not an interface, so that declarations can spell it out.
 */
type Judged = {
  readonly row: ComplianceRow
  readonly worst: string | undefined
  readonly basis: ComplianceBasis
}

type Violation = (typeof VIOLATIONS)[number]

const { float, int, string, bool } = columnsFrom<Judged>()

/**
 * Time of an inlet, rack, hall or site by band, over a window. `pct_…`: share of the known time in which that limit was
 * broken; absent where it never was. `state`: of halls and the site only.
 */
export const COMPLIANCE = {
  tags: ['site', 'scope', 'name', 'window'],
  fields: {
    recommended_pct: float(({ row }) => row.recommendedPct),
    allowable_pct: float(({ row }) => row.allowablePct),
    out_pct: float(({ row }) => row.outPct),
    unknown_pct: float(({ row }) => row.unknownPct),
    worst_out_pct: float(({ row }) => row.worstOutPct),
    worst: string(({ worst }) => worst),
    rci_hi: float(({ row }) => row.rciHi),
    rci_lo: float(({ row }) => row.rciLo),
    rci_warning: bool(({ row }) => ifDryBulbKnown(row, row.rciWarning)),
    x_factor: float(({ row }) => row.xFactor),
    x_factor_lower: float(({ row }) => row.xFactorLower),
    x_factor_upper: float(({ row }) => row.xFactorUpper),
    x_clamped: bool(({ row }) => ifDryBulbKnown(row, row.xClamped)),
    rti_pct: float(({ row }) => row.rtiPct),
    pct_recommended_dry_bulb_min: brokenPct('recommended_dry_bulb_min'),
    pct_recommended_dry_bulb_max: brokenPct('recommended_dry_bulb_max'),
    pct_recommended_dew_point_min: brokenPct('recommended_dew_point_min'),
    pct_recommended_dew_point_max: brokenPct('recommended_dew_point_max'),
    pct_recommended_rh_min: brokenPct('recommended_rh_min'),
    pct_recommended_rh_max: brokenPct('recommended_rh_max'),
    pct_allowable_dry_bulb_min: brokenPct('allowable_dry_bulb_min'),
    pct_allowable_dry_bulb_max: brokenPct('allowable_dry_bulb_max'),
    pct_allowable_dew_point_min: brokenPct('allowable_dew_point_min'),
    pct_allowable_dew_point_max: brokenPct('allowable_dew_point_max'),
    pct_allowable_rh_min: brokenPct('allowable_rh_min'),
    pct_allowable_rh_max: brokenPct('allowable_rh_max'),
    pct_altitude_high: brokenPct('altitude_high'),
    pct_rate_15min: brokenPct('rate_15min'),
    pct_rate_60min: brokenPct('rate_60min'),
    basis: string(({ basis }) => basis.basis),
    recommended_min_c: float(({ basis }) => basis.recommendedMinC),
    recommended_max_c: float(({ basis }) => basis.recommendedMaxC),
    allowable_min_c: float(({ basis }) => basis.allowableMinC),
    allowable_max_c: float(({ basis }) => basis.allowableMaxC),
    revision: int(({ row }) => row.revision),
    state: string(({ row }) => row.state),
  },
} as const satisfies TableOf<Judged> & { fields: Record<`pct_${Violation}`, unknown> }

function brokenPct(violation: Violation) {
  const bit = VIOLATIONS.indexOf(violation)
  return float(({ row }) => row.brokenPct[bit])
}

function ifDryBulbKnown({ rciHi }: ComplianceRow, flag: boolean): boolean | undefined {
  return Number.isNaN(rciHi) ? undefined : flag
}
