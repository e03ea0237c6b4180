import { BAND, bandOf, violations, type Envelope } from './envelope.ts'
import { overHigh, overLow, xFactor } from './indices.ts'
import type { CorePlan, InletPlan } from './plan.ts'
import { dewPointC, rhPct, soundDewPointC, soundRhPct } from './psychro.ts'
import { positionOf, timeAt, valueAt, type Samples } from './samples.ts'

/** The air at an inlet's door and what its envelope says of it. NaN is unknown. */
export interface Air {
  dryBulbC: number
  rhPct: number
  dewPointC: number
  /** Bits of all violated limits. */
  mask: number
  band: number
}

/** An interval of an inlet: the state at its end, the time in each band, and the worst band that was held. */
export interface InletInterval {
  readonly air: Air
  knownMs: number
  recommendedMs: number
  outMs: number
  /** Time with a known dry bulb, and over it the integrals of x-factor and of the ways beyond the range; whole ms. */
  dryMs: number
  xMs: number
  highMs: number
  lowMs: number
  worstBand: number
}

export function createInletInterval(): InletInterval {
  const air = { dryBulbC: NaN, rhPct: NaN, dewPointC: NaN, mask: 0, band: BAND.unknown }
  const times = { knownMs: 0, recommendedMs: 0, outMs: 0, dryMs: 0, xMs: 0, highMs: 0, lowMs: 0 }
  return { air, ...times, worstBand: BAND.unknown }
}

/**
 * Judges one interval of an inlet from the samples of its points, into `into`. A sample holds until the next one, at
 * most `maxGapMs`; what it says depends on the samples alone, in event time.
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
  const moist = inlet.humidity >= 0 ? inlet.humidity : inlet.dewPoint
  let dryAt = holding(samples, inlet.dryBulb, startMs)
  let moistAt = moist < 0 ? -1 : holding(samples, moist, startMs)
  clear(into)
  for (let fromMs = startMs; fromMs < endMs;) {
    if (timeAt(samples, inlet.dryBulb, dryAt + 1) <= fromMs) dryAt++
    if (moist >= 0 && timeAt(samples, moist, moistAt + 1) <= fromMs) moistAt++
    const dryUntilMs = heldUntilMs(plan, samples, inlet.dryBulb, dryAt)
    const moistUntilMs = moist < 0 ? -Infinity : heldUntilMs(plan, samples, moist, moistAt)
    const dryBulb = dryUntilMs > fromMs ? valueAt(samples, inlet.dryBulb, dryAt) : NaN
    const moisture = moistUntilMs > fromMs ? valueAt(samples, moist, moistAt) : NaN
    judgeAir(inlet.envelope, dryBulb, moisture, inlet.humidity >= 0, into.air)
    let toMs = Math.min(endMs, timeAt(samples, inlet.dryBulb, dryAt + 1))
    if (dryUntilMs > fromMs) toMs = Math.min(toMs, dryUntilMs)
    if (moist >= 0) toMs = Math.min(toMs, timeAt(samples, moist, moistAt + 1))
    if (moistUntilMs > fromMs) toMs = Math.min(toMs, moistUntilMs)
    addTime(into, inlet.envelope, toMs - fromMs)
    fromMs = toMs
  }
  into.xMs = Math.round(into.xMs)
  into.highMs = Math.round(into.highMs)
  into.lowMs = Math.round(into.lowMs)
}

function clear(into: InletInterval): void {
  into.knownMs = 0
  into.recommendedMs = 0
  into.outMs = 0
  into.dryMs = 0
  into.xMs = 0
  into.highMs = 0
  into.lowMs = 0
  into.worstBand = BAND.unknown
}

function addTime(into: InletInterval, envelope: Envelope, ms: number): void {
  const { band, dryBulbC } = into.air
  if (!Number.isNaN(dryBulbC)) {
    into.dryMs += ms
    into.xMs += xFactor(dryBulbC) * ms
    into.highMs += overHigh(envelope, dryBulbC) * ms
    into.lowMs += overLow(envelope, dryBulbC) * ms
  }
  if (band === BAND.unknown) return
  into.knownMs += ms
  if (band === BAND.recommended) into.recommendedMs += ms
  if (band === BAND.out) into.outMs += ms
  into.worstBand = into.worstBand === BAND.unknown ? band : Math.max(into.worstBand, band)
}

/** `moisture` is relative humidity in percent, or a dew point in °C. */
function judgeAir(envelope: Envelope, dryBulbC: number, moisture: number, isHumidity: boolean, air: Air): void {
  air.dryBulbC = dryBulbC
  if (isHumidity) {
    air.rhPct = soundRhPct(moisture)
    air.dewPointC = dewPointC(dryBulbC, air.rhPct)
  } else {
    air.dewPointC = Number.isNaN(dryBulbC) ? moisture : soundDewPointC(moisture, dryBulbC)
    air.rhPct = rhPct(dryBulbC, air.dewPointC)
  }
  air.mask = violations(envelope, air.dryBulbC, air.rhPct, air.dewPointC)
  air.band = bandOf(envelope, air.mask, air.dryBulbC, air.rhPct, air.dewPointC)
}

/** Position of the newest sample at or before `tMs`, -1 where there is none. */
function holding(samples: Samples, point: number, tMs: number): number {
  return positionOf(samples, point, tMs + 1) - 1
}

function heldUntilMs(plan: CorePlan, samples: Samples, point: number, position: number): number {
  return position < 0 ? -Infinity : timeAt(samples, point, position) + plan.points[point]!.maxGapMs
}

/** Kelvin from the dry bulb to the nearest limit of the recommended envelope, negative outside. */
export function headroomK(envelope: Envelope, dryBulbC: number): number {
  const { dryBulbMinC, dryBulbMaxC } = envelope.recommended
  return Math.min(dryBulbC - dryBulbMinC, dryBulbMaxC - dryBulbC)
}
