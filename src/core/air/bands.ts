import { VIOLATIONS } from '../contract/limits.ts'
import type { InletInterval } from './inlet.ts'
import type { ComplianceRow } from '../contract/sink.ts'

/**
 * What compliance sums up of an inlet's interval: columns of whole milliseconds. What is neither recommended nor out is
 * allowable; x-factor and RCI weigh the time with a known dry bulb. Behind them the time in which each limit was broken,
 * then, of halls, what RTI is a quotient of (mK × ms).
 */
export const KNOWN = 0
const RECOMMENDED = 1
export const OUT = 2
const DRY = 3
const X = 4
const HIGH = 5
const LOW = 6
const X_LOWER = 7
const X_UPPER = 8
const X_CLAMPED = 9
const BROKEN = 10
const LIMITS = VIOLATIONS.length
export const RETURN_RISE = BROKEN + LIMITS
export const EQUIPMENT_RISE = RETURN_RISE + 1
export const COLUMNS = EQUIPMENT_RISE + 1

// prettier-ignore
export const COLUMN_NAMES: readonly string[] = [
  'known', 'recommended', 'out', 'dry', 'x', 'high', 'low', 'x_lower', 'x_upper', 'x_clamped',
  ...VIOLATIONS,
  'return_rise', 'equipment_rise',
]

const TOO_COLD = BROKEN + VIOLATIONS.indexOf('allowable_dry_bulb_min')
const TOO_HOT = BROKEN + VIOLATIONS.indexOf('allowable_dry_bulb_max')

/** Puts a judged interval into the bins of its inlet. */
export function fillBin(judged: InletInterval, bins: Float64Array, inlet: number): void {
  const at = inlet * COLUMNS
  bins[at + KNOWN] = judged.knownMs
  bins[at + RECOMMENDED] = judged.recommendedMs
  bins[at + OUT] = judged.outMs
  bins[at + DRY] = judged.dryMs
  bins[at + X] = judged.xMs
  bins[at + HIGH] = judged.highMs
  bins[at + LOW] = judged.lowMs
  bins[at + X_LOWER] = judged.xLowerMs
  bins[at + X_UPPER] = judged.xUpperMs
  bins[at + X_CLAMPED] = judged.clampedMs
  bins.set(judged.brokenMs, at + BROKEN)
}

type Shares = Omit<ComplianceRow, 'endMs' | 'worstInlet' | 'worstOutPct' | 'revision'>

/**
 * Shares of a window's sums: bands and broken limits of the known time, unknown of `totalMs`, all inlets together. RCI in
 * percent (Herrlin 2005), below 0 where it is that hot; time-weighted x-factor. NaN where nothing is known. `added`: what
 * a correction changed in the sums; a limit that is no longer broken is then told with 0.
 */
export function sharesOf(sums: Float64Array, totalMs: number, added: Float64Array | undefined): Shares {
  const known = sums[KNOWN]!
  const recommended = sums[RECOMMENDED]!
  const out = sums[OUT]!
  const dry = sums[DRY]!
  return {
    recommendedPct: (100 * recommended) / known,
    allowablePct: (100 * (known - recommended - out)) / known,
    outPct: (100 * out) / known,
    unknownPct: 100 - (100 * known) / totalMs,
    rciHi: 100 - (100 * sums[HIGH]!) / dry,
    rciLo: 100 - (100 * sums[LOW]!) / dry,
    rciWarning: sums[TOO_COLD]! > 0 || sums[TOO_HOT]! > 0,
    xFactor: sums[X]! / dry,
    xFactorLower: sums[X_LOWER]! / dry,
    xFactorUpper: sums[X_UPPER]! / dry,
    xClamped: sums[X_CLAMPED]! > 0,
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
