import { createAir, DEW_POINT, DRY_BULB, HUMIDITY, judgeAir, OTHER_DRY_BULB, STREAMS, type Air } from './air.ts'
import { BAND, RATE_15MIN_MASK, RATE_60MIN_MASK, VIOLATIONS, type Envelope } from '../contract/limits.ts'
import { isClamped, overHigh, overLow, xFactor, X_AVERAGE, X_LOWER, X_UPPER } from './indices.ts'
import type { CorePlan, InletPlan } from '../contract/plan.ts'
import { brokenRates } from './rate-limits.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'

/** An interval of an inlet: the state at its end, the time in each band, and the worst band that was held. */
export interface InletInterval {
  readonly air: Air
  knownMs: number
  recommendedMs: number
  outMs: number
  /** Known time in which each limit was broken, as `VIOLATIONS` names them; the rates' is all of it. */
  readonly brokenMs: Float64Array
  /** Time with a known dry bulb, and over it the integrals of x-factor and of the ways beyond the range; whole ms. */
  dryMs: number
  xMs: number
  xLowerMs: number
  xUpperMs: number
  /** Time outside of what the x-factor is given for. */
  clampedMs: number
  highMs: number
  lowMs: number
  worstBand: number
  /** For the time of one call: the inlet's points, the sample of each that holds, and what it says. */
  readonly points: Int32Array
  readonly at: Int32Array
  readonly held: Float64Array
}

const RATE_15MIN_AT = VIOLATIONS.indexOf('rate_15min')
const RATE_60MIN_AT = VIOLATIONS.indexOf('rate_60min')

export function createInletInterval(): InletInterval {
  const times = { knownMs: 0, recommendedMs: 0, outMs: 0, dryMs: 0, clampedMs: 0, highMs: 0, lowMs: 0 }
  return {
    air: createAir(),
    ...times,
    xMs: 0,
    xLowerMs: 0,
    xUpperMs: 0,
    brokenMs: new Float64Array(VIOLATIONS.length),
    worstBand: BAND.unknown,
    points: new Int32Array(STREAMS),
    at: new Int32Array(STREAMS),
    held: new Float64Array(STREAMS),
  }
}

/**
 * Judges one interval of an inlet from the samples of its points, into `into`. A sample holds until the next one, at
 * most `maxGapMs`; what it says depends on the samples alone, in event time. The rates of change, in K over 15 and 60
 * min, are found elsewhere and given.
 */
export function judgeInterval(
  plan: CorePlan,
  samples: Samples,
  inlet: InletPlan,
  interval: number,
  rate15K: number,
  rate60K: number,
  into: InletInterval,
): void {
  const startMs = interval * plan.lengthMs
  const endMs = startMs + plan.lengthMs
  clear(into)
  begin(samples, inlet, startMs, into)
  for (let fromMs = startMs; fromMs < endMs;) {
    const toMs = holdAt(plan, samples, fromMs, endMs, into)
    judgeAir(inlet, plan.points, plan.overIce, into.held, into.air)
    addTime(into, inlet.envelope, toMs - fromMs)
    fromMs = toMs
  }
  into.xMs = Math.round(into.xMs)
  into.xLowerMs = Math.round(into.xLowerMs)
  into.xUpperMs = Math.round(into.xUpperMs)
  into.highMs = Math.round(into.highMs)
  into.lowMs = Math.round(into.lowMs)
  const rates = brokenRates(inlet.tape, rate15K, rate60K)
  into.air.mask |= rates
  if ((rates & RATE_15MIN_MASK) !== 0) into.brokenMs[RATE_15MIN_AT] = into.knownMs
  if ((rates & RATE_60MIN_MASK) !== 0) into.brokenMs[RATE_60MIN_AT] = into.knownMs
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

/** What holds at `fromMs`, into `held`; returns until when it does, at most `endMs`. */
function holdAt(plan: CorePlan, samples: Samples, fromMs: number, endMs: number, into: InletInterval): number {
  const { points, at, held } = into
  let toMs = endMs
  for (let n = 0; n < STREAMS; n++) {
    const point = points[n]!
    held[n] = NaN
    if (point < 0) continue
    if (timeAt(samples, point, at[n]! + 1) <= fromMs) at[n]!++
    toMs = Math.min(toMs, timeAt(samples, point, at[n]! + 1))
    const untilMs = at[n]! < 0 ? -Infinity : timeAt(samples, point, at[n]!) + plan.points[point]!.maxGapMs
    if (untilMs <= fromMs) continue
    held[n] = valueAt(samples, point, at[n]!)
    toMs = Math.min(toMs, untilMs)
  }
  return toMs
}

function addTime(into: InletInterval, envelope: Envelope, ms: number): void {
  const { band, dryBulbC, mask } = into.air
  if (!Number.isNaN(dryBulbC)) {
    into.dryMs += ms
    into.xMs += xFactor(X_AVERAGE, dryBulbC) * ms
    into.xLowerMs += xFactor(X_LOWER, dryBulbC) * ms
    into.xUpperMs += xFactor(X_UPPER, dryBulbC) * ms
    if (isClamped(dryBulbC)) into.clampedMs += ms
    into.highMs += overHigh(envelope, dryBulbC) * ms
    into.lowMs += overLow(envelope, dryBulbC) * ms
  }
  if (band === BAND.unknown) return
  into.knownMs += ms
  if (band === BAND.recommended) into.recommendedMs += ms
  if (band === BAND.out) into.outMs += ms
  for (let bit = 0; mask >> bit !== 0; bit++) if (((mask >> bit) & 1) === 1) into.brokenMs[bit]! += ms
  into.worstBand = into.worstBand === BAND.unknown ? band : Math.max(into.worstBand, band)
}

/** Kelvin from the dry bulb to the nearest limit of the recommended envelope, negative outside. */
export function headroomK(envelope: Envelope, dryBulbC: number): number {
  const { dryBulbMinC, dryBulbMaxC } = envelope.recommended
  return Math.min(dryBulbC - dryBulbMinC, dryBulbMaxC - dryBulbC)
}
