import { LEAST_COVERAGE } from '../contract/coverage.ts'
import { VIOLATIONS } from '../contract/limits.ts'
import type { InletInterval } from './inlet.ts'
import { columnPlaces } from '../contract/tables.ts'

/**
 * Columns that compliance sums up over intervals, in whole ms:
 *
 *     dry bulb known │ x-factor, RCI …    time, and integrals over it
 *     known │ out, recommended            of that, time with a known band, and two bands; the rest of it is allowable
 *     one per word of VIOLATIONS          time with a known dry bulb in which the limit was broken
 *     return rise, equipment rise         numerator and denominator of RTI, for halls (mK × ms)
 *
 * Of inlets the first two are kept by the hour: they rank the inlets of long windows. Snapshots save a column under its
 * name.
 */
export const DRY_BULB_KNOWN = 0
export const OUT = 1
export const RECOMMENDED = 2
export const KNOWN = 3
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
export const FULL_COLUMNS: readonly number[] = [DRY_BULB_KNOWN, RECOMMENDED, KNOWN]

/** Per column the one that it rises and falls with, for they are functions of the same dry bulb; -1: none. */
export const LIKE = Int8Array.from({ length: COLUMNS }, (_, column) =>
  [X_FACTOR_LOWER, X_FACTOR_UPPER, TOO_WARM].includes(column) ? X_FACTOR : -1,
)

// prettier-ignore
export const COLUMN_NAMES: readonly string[] = [
  'dry', 'out', 'recommended', 'known', 'x', 'high', 'low', 'x_lower', 'x_upper', 'x_clamped',
  ...VIOLATIONS,
  'return_rise', 'equipment_rise',
]

/** Whether a column is a part of the time with a known dry bulb: a band, or a broken limit. */
export function isBandTime(column: number): boolean {
  return (column > DRY_BULB_KNOWN && column <= KNOWN) || (column >= BROKEN && column < RETURN_RISE)
}

const TOO_COLD = BROKEN + VIOLATIONS.indexOf('allowable_dry_bulb_min')
const TOO_HOT = BROKEN + VIOLATIONS.indexOf('allowable_dry_bulb_max')

/** Puts a judged interval into the bins of its inlet. */
export function fillInletBin(judged: InletInterval, bins: Float64Array, inlet: number): void {
  const at = inlet * COLUMNS
  bins[at + DRY_BULB_KNOWN] = judged.dryMs
  bins[at + OUT] = judged.outMs
  bins[at + RECOMMENDED] = judged.recommendedMs
  bins[at + KNOWN] = judged.knownMs
  bins[at + X_FACTOR] = judged.xMs
  bins[at + TOO_WARM] = judged.highMs
  bins[at + TOO_COOL] = judged.lowMs
  bins[at + X_FACTOR_LOWER] = judged.xLowerMs
  bins[at + X_FACTOR_UPPER] = judged.xUpperMs
  bins[at + X_FACTOR_CLAMPED] = judged.clampedMs
  bins.set(judged.brokenMs, at + BROKEN)
}

const AT = columnPlaces('compliance')
/** Of the first limit; the others follow in their order. */
const FIRST_LIMIT = AT[`pct_${VIOLATIONS[0]}`]

/** Whether so much of a window's `totalMs` is known that it may be judged; both in whole ms. */
export function isCovered(dryMs: number, totalMs: number): boolean {
  return dryMs >= LEAST_COVERAGE * totalMs && dryMs > 0
}

/**
 * Puts the shares of a window's sums over all its inlets into a row, in percent. Recommended, allowable, out and
 * unknown moisture add to 100 % of the time with a known dry bulb, of which the broken limits have their shares, too.
 * Apart from it stand the times of `totalMs` in which the band, or the dry bulb, was unknown. RCI (Herrlin 2005) falls
 * below 0 in great heat or cold. The x-factor is weighted by time. NaN: too little is known. `added`: what a correction
 * changed in the sums, so that a limit which is no longer broken gets a 0.
 */
export function fillShares(
  cells: Float64Array,
  sums: Float64Array,
  totalMs: number,
  added: Float64Array | undefined,
): void {
  const known = sums[KNOWN]!
  const recommended = sums[RECOMMENDED]!
  const out = sums[OUT]!
  const dry = sums[DRY_BULB_KNOWN]!
  cells[AT.coverage] = dry / totalMs
  cells[AT.unknown_pct] = 100 - (100 * known) / totalMs
  cells[AT.dry_bulb_unknown_pct] = 100 - (100 * dry) / totalMs
  const judged = isCovered(dry, totalMs) ? dry : NaN
  cells[AT.recommended_pct] = (100 * recommended) / judged
  cells[AT.allowable_pct] = (100 * (known - recommended - out)) / judged
  cells[AT.within_allowable_pct] = (100 * (known - out)) / judged
  cells[AT.out_pct] = (100 * out) / judged
  cells[AT.moisture_unknown_pct] = (100 * (dry - known)) / judged
  fillIndices(cells, sums, judged)
  const rise = sums[EQUIPMENT_RISE]!
  cells[AT.rti_pct] = rise > 0 ? (100 * sums[RETURN_RISE]!) / rise : NaN
  for (let bit = 0; bit < LIMITS; bit++) {
    const ms = sums[BROKEN + bit]!
    const isTold = ms > 0 || (added !== undefined && added[BROKEN + bit] !== 0)
    cells[FIRST_LIMIT + bit] = isTold ? (100 * ms) / judged : NaN
  }
}

/** RCI and x-factor over the time with a known dry bulb; NaN if that is too little. */
function fillIndices(cells: Float64Array, sums: Float64Array, dry: number): void {
  const rciHi = 100 - (100 * sums[TOO_WARM]!) / dry
  cells[AT.rci_hi] = rciHi
  cells[AT.rci_lo] = 100 - (100 * sums[TOO_COOL]!) / dry
  cells[AT.x_factor] = sums[X_FACTOR]! / dry
  cells[AT.x_factor_lower] = sums[X_FACTOR_LOWER]! / dry
  cells[AT.x_factor_upper] = sums[X_FACTOR_UPPER]! / dry
  const isKnown = !Number.isNaN(rciHi)
  cells[AT.rci_warning] = isKnown ? Number(sums[TOO_COLD]! > 0 || sums[TOO_HOT]! > 0) : NaN
  cells[AT.x_clamped] = isKnown ? Number(sums[X_FACTOR_CLAMPED]! > 0) : NaN
}
