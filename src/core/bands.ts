import type { InletInterval } from './inlet.ts'
import type { ComplianceRow } from './sink.ts'

/**
 * What compliance sums up of an inlet's interval: columns of whole milliseconds. What is neither recommended nor out is
 * allowable; x-factor and RCI weigh the time with a known dry bulb.
 */
export const KNOWN = 0
const RECOMMENDED = 1
export const OUT = 2
const DRY = 3
const X = 4
const HIGH = 5
const LOW = 6
export const COLUMNS = 7
export const COLUMN_NAMES: readonly string[] = ['known', 'recommended', 'out', 'dry', 'x', 'high', 'low']

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
}

type Shares = Pick<
  ComplianceRow,
  'recommendedPct' | 'allowablePct' | 'outPct' | 'unknownPct' | 'rciHi' | 'rciLo' | 'xFactor'
>

/**
 * Shares of a window's sums: bands of the known time, unknown of `totalMs`, all inlets together. RCI in percent (Herrlin
 * 2005), below 0 where it is that hot; time-weighted x-factor. NaN where nothing is known.
 */
export function sharesOf(sums: Float64Array, totalMs: number): Shares {
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
    xFactor: sums[X]! / dry,
  }
}
