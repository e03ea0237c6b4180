// The vocabulary of the envelopes: editions, classes, limits, bands, and the bits of what is violated.

export type Edition = '2011' | '2015' | '2021' | '2021r'
export type EnvelopeClass = 'A1' | 'A2' | 'A3' | 'A4' | 'H1'
/**
 * `low`: coupons show copper < 300 and silver < 200 angstrom a month (ISA-71.04 G1). Without such coupons: `unknown`.
 */
export type Corrosion = 'low' | 'unknown'

/** Closed limits; one that the edition does not have is -Infinity or Infinity. */
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
  /** Above 3050 m the classes say nothing: the limits of 3050 m stand, what breaks them is out, all else is unknown. */
  readonly altitudeHigh: boolean
}

export const BAND = { recommended: 0, allowable: 1, out: 2, unknown: 3 } as const
export type Band = (typeof BAND)[keyof typeof BAND]

/** The word of each bit of a violation mask, lowest bit first. The rates do not move the band: they are of no one state. */
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

export const RECOMMENDED_MASK = 0b0_000000_111111
export const ALLOWABLE_MASK = 0b0_111111_000000
export const ALTITUDE_HIGH_MASK = 0b1_000000_000000
export const RATE_15MIN_MASK = 1 << 13
export const RATE_60MIN_MASK = 1 << 14
