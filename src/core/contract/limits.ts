// The words of an envelope (ASHRAE TC 9.9): which air a class of equipment is made for, and how a state of air breaks
// it.

/** Year of the thermal guidelines; `2021r` is the revision of 2024. */
export type Edition = '2011' | '2015' | '2021' | '2021r'
/** A1 to A4: air-cooled equipment, from narrow to wide. H1: high-density air-cooled equipment. */
export type EnvelopeClass = 'A1' | 'A2' | 'A3' | 'A4' | 'H1'
/**
 * `low`: coupons corrode by less than 300 (copper) and 200 (silver) ångström a month, ISA-71.04 G1. `unknown`: no
 * coupons.
 */
export type Corrosion = 'low' | 'unknown'

/**
 * Air at a limit is inside. -Infinity or Infinity: the edition has no such limit. Dew points in °C, humidity over
 * water.
 */
export interface Limits {
  readonly dryBulbMinC: number
  readonly dryBulbMaxC: number
  readonly dewPointMinC: number
  readonly dewPointMaxC: number
  readonly rhMinPct: number
  readonly rhMaxPct: number
}

export interface Envelope {
  readonly edition: Edition
  readonly class: EnvelopeClass
  readonly recommended: Limits
  readonly allowable: Limits
  /**
   * The site lies above 3050 m, where no class applies: air beyond the limits of 3050 m is out, all other is unknown.
   */
  readonly altitudeHigh: boolean
}

/** Where a state of air lies. A larger number is worse, but for `unknown`. Told and counted by number: append only. */
export const BAND = { recommended: 0, allowable: 1, out: 2, unknown: 3 } as const
export type Band = (typeof BAND)[keyof typeof BAND]

/**
 * The limits that air can break; bit n of a violation mask is the n-th word. The last two are broken over time, not by
 * one state of air, and do not move its band. Saved under these words, told by bit: append only.
 */
export const VIOLATIONS = [
  'recommended_dry_bulb_min',
  'recommended_dry_bulb_max',
  'recommended_dew_point_min',
  'recommended_dew_point_max',
  'recommended_rh_min',
  'recommended_rh_max',
  'allowable_dry_bulb_min',
  'allowable_dry_bulb_max',
  'allowable_dew_point_min',
  'allowable_dew_point_max',
  'allowable_rh_min',
  'allowable_rh_max',
  'altitude_high',
  'rate_15min',
  'rate_60min',
] as const

// The bits of VIOLATIONS by what they belong to.
export const RECOMMENDED_MASK = 0b0_000000_111111
export const ALLOWABLE_MASK = 0b0_111111_000000
export const ALTITUDE_HIGH_MASK = 0b1_000000_000000
export const RATE_15MIN_MASK = 1 << 13
export const RATE_60MIN_MASK = 1 << 14
