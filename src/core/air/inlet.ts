import {
  AIR_SPIKE,
  AIR_STUCK,
  createAir,
  DEW_POINT,
  DRY_BULB,
  HUMIDITY,
  judgeAir,
  OTHER_DRY_BULB,
  STREAMS,
  type InletAir,
} from './air.ts'
import { BAND, RATE_15MIN_MASK, RATE_60MIN_MASK, VIOLATIONS, type Envelope } from '../contract/limits.ts'
import { isClamped, overHigh, overLow, xFactor, X_AVERAGE, X_LOWER, X_UPPER } from './indices.ts'
import type { CorePlan, InletPlan } from '../contract/plan.ts'
import { createCells } from '../contract/tables.ts'
import { brokenRates } from './rate-limits.ts'
import { isStuck, SPIKED, spikeStateOf } from './sensor.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'

/** One judged interval of an inlet: the air at its end, and how long what was so. Times in whole ms. */
export interface InletInterval {
  readonly air: InletAir
  /** Largest spans of the dry bulb that end in the interval, found elsewhere; NaN: not known. */
  rate15minK: number
  rate60minK: number
  /** Time with a known dry bulb in which the band is known, and of it in two bands; the rest is allowable. */
  knownMs: number
  recommendedMs: number
  outMs: number
  /** Time with a known dry bulb in which each of `VIOLATIONS` was broken; a rate breaks its limit for all of it. */
  readonly brokenMs: Float64Array
  /** Time with a known dry bulb, and the integral of the x-factor (and its range) over it. */
  dryMs: number
  xMs: number
  xLowerMs: number
  xUpperMs: number
  /** Time outside of the range that the x-factor is published for. */
  clampedMs: number
  /** Integrals of how far the dry bulb was above and below the recommended range (see `overHigh`). */
  highMs: number
  lowMs: number
  worstBand: number
  /**
   * Valid during one call, per point of the inlet: its index, the position of its newest sample, the reading that
   * holds.
   */
  readonly points: Int32Array
  readonly at: Int32Array
  readonly held: Float64Array
  /** A reading that would hold is a spike; or its sensor is stuck. */
  hasSpike: boolean
  hasStuck: boolean
  /** Its row of `climate`, valid during one call. */
  readonly cells: Float64Array
}

const RATE_15MIN_AT = VIOLATIONS.indexOf('rate_15min')
const RATE_60MIN_AT = VIOLATIONS.indexOf('rate_60min')

export function createInletInterval(): InletInterval {
  const times = { knownMs: 0, recommendedMs: 0, outMs: 0, dryMs: 0, clampedMs: 0, highMs: 0, lowMs: 0 }
  return {
    air: createAir(),
    rate15minK: NaN,
    rate60minK: NaN,
    ...times,
    xMs: 0,
    xLowerMs: 0,
    xUpperMs: 0,
    brokenMs: new Float64Array(VIOLATIONS.length),
    worstBand: BAND.unknown,
    points: new Int32Array(STREAMS),
    at: new Int32Array(STREAMS),
    held: new Float64Array(STREAMS),
    hasSpike: false,
    hasStuck: false,
    cells: createCells('climate'),
  }
}

/**
 * Judges one interval of an inlet from the samples of its points, into `into`, whose two rates are set already. A
 * sample holds until the next one, at most `maxGapMs`. The interval falls into pieces in which all readings hold:
 *
 *     dry bulb   ├──24.1──┤├────24.3──────────┤├─
 *     humidity   ──45──┤├──────47──────┤            (a gap: humidity is unknown)
 *     pieces     │     │  │            │       │
 */
export function judgeInterval(
  plan: CorePlan,
  samples: Samples,
  inlet: InletPlan,
  interval: number,
  into: InletInterval,
): void {
  const startMs = interval * plan.lengthMs
  const endMs = startMs + plan.lengthMs
  clear(into)
  begin(samples, inlet, startMs, into)
  for (let fromMs = startMs; fromMs < endMs;) {
    const toMs = holdAt(plan, samples, fromMs, endMs, into)
    judgeAir(plan, inlet, into.held, into.air)
    if (into.hasSpike) into.air.quality |= AIR_SPIKE
    if (into.hasStuck) into.air.quality |= AIR_STUCK
    addTime(into, inlet.envelope, toMs - fromMs)
    fromMs = toMs
  }
  into.xMs = Math.round(into.xMs)
  into.xLowerMs = Math.round(into.xLowerMs)
  into.xUpperMs = Math.round(into.xUpperMs)
  into.highMs = Math.round(into.highMs)
  into.lowMs = Math.round(into.lowMs)
  const rates = brokenRates(inlet, into.rate15minK, into.rate60minK)
  into.air.mask |= rates
  if ((rates & RATE_15MIN_MASK) !== 0) into.brokenMs[RATE_15MIN_AT] = into.dryMs
  if ((rates & RATE_60MIN_MASK) !== 0) into.brokenMs[RATE_60MIN_AT] = into.dryMs
}

function clear(into: InletInterval): void {
  into.knownMs = 0
  into.recommendedMs = 0
  into.outMs = 0
  into.brokenMs.fill(0)
  into.dryMs = 0
  into.xMs = 0
  into.xLowerMs = 0
  into.xUpperMs = 0
  into.clampedMs = 0
  into.highMs = 0
  into.lowMs = 0
  into.worstBand = BAND.unknown
}

/** Finds, for each of the inlet's points, the newest sample at or before the interval's start. */
function begin(samples: Samples, inlet: InletPlan, startMs: number, { points, at }: InletInterval): void {
  points[DRY_BULB] = inlet.dryBulb
  points[HUMIDITY] = inlet.humidity
  points[DEW_POINT] = inlet.dewPoint
  points[OTHER_DRY_BULB] = inlet.otherDryBulb
  for (let n = 0; n < STREAMS; n++) {
    if (points[n]! >= 0) at[n] = positionOf(samples, points[n]!, startMs + 1) - 1
  }
}

/** Puts the readings that hold at `fromMs` into `held`; returns until when all of them do, at most `endMs`. */
function holdAt(plan: CorePlan, samples: Samples, fromMs: number, endMs: number, into: InletInterval): number {
  const { points, at, held } = into
  let toMs = endMs
  into.hasSpike = false
  into.hasStuck = false
  for (let n = 0; n < STREAMS; n++) {
    const point = points[n]!
    held[n] = NaN
    if (point < 0) continue
    if (timeAt(samples, point, at[n]! + 1) <= fromMs) at[n]!++
    toMs = Math.min(toMs, timeAt(samples, point, at[n]! + 1))
    const untilMs = at[n]! < 0 ? -Infinity : timeAt(samples, point, at[n]!) + plan.points[point]!.maxGapMs
    if (untilMs <= fromMs) continue
    // What leapt and leapt back, as one reading in another unit does, is not known: neither it nor what it hides
    const pointPlan = plan.points[point]!
    if (spikeStateOf(pointPlan.sensor, samples, point, at[n]!) === SPIKED) into.hasSpike = true
    else if (isStuck(pointPlan, samples, point, at[n]!)) into.hasStuck = true
    else held[n] = valueAt(samples, point, at[n]!)
    toMs = Math.min(toMs, untilMs)
  }
  return toMs
}

function addTime(into: InletInterval, envelope: Envelope, ms: number): void {
  const { band, dryBulbC, mask } = into.air
  if (band !== BAND.unknown) into.worstBand = into.worstBand === BAND.unknown ? band : Math.max(into.worstBand, band)
  if (Number.isNaN(dryBulbC)) return
  into.dryMs += ms
  into.xMs += xFactor(X_AVERAGE, dryBulbC) * ms
  into.xLowerMs += xFactor(X_LOWER, dryBulbC) * ms
  into.xUpperMs += xFactor(X_UPPER, dryBulbC) * ms
  if (isClamped(dryBulbC)) into.clampedMs += ms
  into.highMs += overHigh(envelope, dryBulbC) * ms
  into.lowMs += overLow(envelope, dryBulbC) * ms
  for (let bit = 0; mask >> bit !== 0; bit++) if (((mask >> bit) & 1) === 1) into.brokenMs[bit]! += ms
  if (band === BAND.unknown) return
  into.knownMs += ms
  if (band === BAND.recommended) into.recommendedMs += ms
  if (band === BAND.out) into.outMs += ms
}

/** Kelvin from the dry bulb to the nearest limit of the recommended envelope, negative outside. */
export function headroomK(envelope: Envelope, dryBulbC: number): number {
  const { dryBulbMinC, dryBulbMaxC } = envelope.recommended
  return Math.min(dryBulbC - dryBulbMinC, dryBulbMaxC - dryBulbC)
}
