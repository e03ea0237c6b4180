import { VIOLATIONS } from '../contract/limits.ts'
import type { InletInterval } from './inlet.ts'
import type { ComplianceRow } from '../contract/sink.ts'

/**
 * Columns that compliance sums up over intervals, in whole ms:
 *
 *     known │ out, recommended            known time and two bands of it; the rest of it is allowable
 *     dry bulb known │ x-factor, RCI …    time, and integrals over it
 *     one per word of VIOLATIONS          known time in which the limit was broken
 *     return rise, equipment rise         numerator and denominator of RTI, for halls (mK × ms)
 *
 * Snapshots save a column under its name.
 */
export const KNOWN = 0
export const OUT = 1
const RECOMMENDED = 2
const DRY_BULB_KNOWN = 3
const X_FACTOR = 4
const TOO_WARM = 5
const TOO_COOL = 6
const X_FACTOR_LOWER = 7
const X_FACTOR_UPPER = 8
const X_FACTOR_CLAMPED = 9
const BROKEN = 10
const LIMITS = VIOLATIONS.length
export const RETURN_RISE = BROKEN + LIMITS
export const EQUIPMENT_RISE = RETURN_RISE + 1
export const COLUMNS = EQUIPMENT_RISE + 1

/** Columns that are full most of the time: all is known, all is recommended. */
export const FULL_COLUMNS: readonly number[] = [KNOWN, RECOMMENDED, DRY_BULB_KNOWN]

/** Per column the one that it rises and falls with, for they are functions of the same dry bulb; -1: none. */
export const LIKE = Int8Array.from({ length: COLUMNS }, (_, column) =>
  [X_FACTOR_LOWER, X_FACTOR_UPPER, TOO_WARM].includes(column) ? X_FACTOR : -1,
)

// prettier-ignore
export const COLUMN_NAMES: readonly string[] = [
  'known', 'out', 'recommended', 'dry', 'x', 'high', 'low', 'x_lower', 'x_upper', 'x_clamped',
  ...VIOLATIONS,
  'return_rise', 'equipment_rise',
]

const TOO_COLD = BROKEN + VIOLATIONS.indexOf('allowable_dry_bulb_min')
const TOO_HOT = BROKEN + VIOLATIONS.indexOf('allowable_dry_bulb_max')

/** Puts a judged interval into the bins of its inlet. */
export function fillInletBin(judged: InletInterval, bins: Float64Array, inlet: number): void {
  const at = inlet * COLUMNS
  bins[at + KNOWN] = judged.knownMs
  bins[at + RECOMMENDED] = judged.recommendedMs
  bins[at + OUT] = judged.outMs
  bins[at + DRY_BULB_KNOWN] = judged.dryMs
  bins[at + X_FACTOR] = judged.xMs
  bins[at + TOO_WARM] = judged.highMs
  bins[at + TOO_COOL] = judged.lowMs
  bins[at + X_FACTOR_LOWER] = judged.xLowerMs
  bins[at + X_FACTOR_UPPER] = judged.xUpperMs
  bins[at + X_FACTOR_CLAMPED] = judged.clampedMs
  bins.set(judged.brokenMs, at + BROKEN)
}

type Shares = Omit<ComplianceRow, 'endMs' | 'worstInlet' | 'worstOutPct' | 'revision' | 'state'>

/**
 * Shares of a window's sums over all its inlets, in percent: bands and broken limits of the known time, unknown time of
 * `totalMs`. RCI (Herrlin 2005) falls below 0 in great heat or cold. The x-factor is weighted by time. NaN: nothing is
 * known. `added`: what a correction changed in the sums, so that a limit which is no longer broken gets a 0.
 */
export function sharesOf(sums: Float64Array, totalMs: number, added: Float64Array | undefined): Shares {
  const known = sums[KNOWN]!
  const recommended = sums[RECOMMENDED]!
  const out = sums[OUT]!
  const dry = sums[DRY_BULB_KNOWN]!
  return {
    recommendedPct: (100 * recommended) / known,
    allowablePct: (100 * (known - recommended - out)) / known,
    outPct: (100 * out) / known,
    unknownPct: 100 - (100 * known) / totalMs,
    rciHi: 100 - (100 * sums[TOO_WARM]!) / dry,
    rciLo: 100 - (100 * sums[TOO_COOL]!) / dry,
    rciWarning: sums[TOO_COLD]! > 0 || sums[TOO_HOT]! > 0,
    xFactor: sums[X_FACTOR]! / dry,
    xFactorLower: sums[X_FACTOR_LOWER]! / dry,
    xFactorUpper: sums[X_FACTOR_UPPER]! / dry,
    xClamped: sums[X_FACTOR_CLAMPED]! > 0,
    rtiPct: sums[EQUIPMENT_RISE]! > 0 ? (100 * sums[RETURN_RISE]!) / sums[EQUIPMENT_RISE]! : NaN,
    brokenPct: brokenShares(sums, added),
  }
}

function brokenShares(sums: Float64Array, added: Float64Array | undefined): Float64Array {
  const shares = new Float64Array(LIMITS).fill(NaN)
  for (let bit = 0; bit < LIMITS; bit++) {
    const ms = sums[BROKEN + bit]!
    if (ms > 0 || (added !== undefined && added[BROKEN + bit] !== 0)) shares[bit] = (100 * ms) / sums[KNOWN]!
  }
  return shares
}
