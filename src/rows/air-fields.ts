import type { Config } from '../config/config.ts'
import { VIOLATIONS, type Envelope } from '../core/contract/limits.ts'
import type { ClimateRow, ComplianceRow } from '../core/contract/sink.ts'

/** Fields of `climate` rows: the air of an inlet at one stamp. */
export const CLIMATE_FIELDS = {
  dry_bulb_c: 'float',
  rh_pct: 'float',
  dew_point_c: 'float',
  wet_bulb_c: 'float',
  humidity_ratio: 'float',
  enthalpy_j_kg: 'float',
  density_kg_m3: 'float',
  headroom_k: 'float',
  rate_15min_k: 'float',
  rate_60min_k: 'float',
  band: 'int',
  worst_band: 'int',
  violations: 'string',
  quality: 'string',
} as const

/** Fields of `compliance` rows. `pct_…`: share of the known time in which that limit was broken, where it ever was. */
export const COMPLIANCE_FIELDS = {
  recommended_pct: 'float',
  allowable_pct: 'float',
  out_pct: 'float',
  unknown_pct: 'float',
  worst_out_pct: 'float',
  worst: 'string',
  rci_hi: 'float',
  rci_lo: 'float',
  rci_warning: 'bool',
  x_factor: 'float',
  x_factor_lower: 'float',
  x_factor_upper: 'float',
  x_clamped: 'bool',
  rti_pct: 'float',
  pct_recommended_dry_bulb_min: 'float',
  pct_recommended_dry_bulb_max: 'float',
  pct_recommended_dew_point_min: 'float',
  pct_recommended_dew_point_max: 'float',
  pct_recommended_rh_min: 'float',
  pct_recommended_rh_max: 'float',
  pct_allowable_dry_bulb_min: 'float',
  pct_allowable_dry_bulb_max: 'float',
  pct_allowable_dew_point_min: 'float',
  pct_allowable_dew_point_max: 'float',
  pct_allowable_rh_min: 'float',
  pct_allowable_rh_max: 'float',
  pct_altitude_high: 'float',
  pct_rate_15min: 'float',
  pct_rate_60min: 'float',
  basis: 'string',
  recommended_min_c: 'float',
  recommended_max_c: 'float',
  allowable_min_c: 'float',
  allowable_max_c: 'float',
  revision: 'int',
} as const

type Fields = Readonly<Record<string, number | string | boolean>>

/** `violations` and `quality` are written empty too: left out, an earlier row's words would stay. */
export function climateFields(row: ClimateRow): Fields {
  return known({
    dry_bulb_c: row.dryBulbC,
    rh_pct: row.rhPct,
    dew_point_c: row.dewPointC,
    wet_bulb_c: row.wetBulbC,
    humidity_ratio: row.humidityRatio,
    enthalpy_j_kg: row.enthalpyJPerKg,
    density_kg_m3: row.densityKgPerM3,
    headroom_k: row.headroomK,
    rate_15min_k: row.rate15minK,
    rate_60min_k: row.rate60minK,
    band: row.band,
    worst_band: row.worstBand,
    violations: row.violations,
    quality: row.quality,
  })
}

/** `basis`: what a judgement goes by, the same for all rows of a series; `worst`: name of the worst inlet. */
export function complianceFields(row: ComplianceRow, worst: string | undefined, basis: Fields): Fields {
  const dry = !Number.isNaN(row.rciHi)
  const fields: Record<string, number | string | boolean> = {
    recommended_pct: row.recommendedPct,
    allowable_pct: row.allowablePct,
    out_pct: row.outPct,
    unknown_pct: row.unknownPct,
    worst_out_pct: row.worstOutPct,
    ...(worst === undefined ? {} : { worst }),
    rci_hi: row.rciHi,
    rci_lo: row.rciLo,
    ...(dry ? { rci_warning: row.rciWarning } : {}),
    x_factor: row.xFactor,
    x_factor_lower: row.xFactorLower,
    x_factor_upper: row.xFactorUpper,
    ...(dry ? { x_clamped: row.xClamped } : {}),
    rti_pct: row.rtiPct,
  }
  for (const [bit, word] of VIOLATIONS.entries()) fields[`pct_${word}`] = row.brokenPct[bit] ?? NaN
  return known({ ...fields, ...basis, revision: row.revision })
}

/** Edition, classes, altitude, corrosion and phase in words: the same air can pass by one and fail by another. */
export function basisOf({ site }: Config, envelopes: readonly Envelope[]): Fields {
  const classes = [...new Set(envelopes.map((it) => it.class))].toSorted().join('+')
  const basis = `${site.edition} ${classes} ${site.altitudeM} m ${site.corrosion} ${site.dewPointPhase}`
  return { basis }
}

/** The same of one inlet, with the dry bulb limits in °C that come of it. */
export function inletBasisOf(config: Config, envelope: Envelope): Fields {
  return {
    ...basisOf(config, [envelope]),
    recommended_min_c: envelope.recommended.dryBulbMinC,
    recommended_max_c: envelope.recommended.dryBulbMaxC,
    allowable_min_c: envelope.allowable.dryBulbMinC,
    allowable_max_c: envelope.allowable.dryBulbMaxC,
  }
}

function known(fields: Record<string, number | string | boolean>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !Number.isNaN(value)))
}
