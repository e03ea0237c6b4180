/**
 * What the air at the inlets really was: the band in every interval, the time in each, and the indices. It shares no
 * code with the product. A sample of dry bulb and humidity holds until the next, at most as long as the point allows.
 */
import type { Site } from '../../src/site/site.ts'
import { dewFrom, ratioFrom, waterPaAt } from '../weather/moist.ts'

/** The air of one inlet over a run. Times in ms; they add up to the run's length. */
export interface AirTruth {
  /** A letter for each interval, the worst band in it: recommended, allowable, out; u where nothing was known in it. */
  worst: string
  recommendedMs: number
  allowableMs: number
  outMs: number
  unknownMs: number
  /** Rack cooling indices in percent (Herrlin 2005), over the time that was known. */
  rciHi: number
  rciLo: number
  /** Relative failure rate, weighted by time (ASHRAE TC 9.9, volume servers, averages). */
  xFactor: number
}

type Band = 'r' | 'a' | 'o' | 'u'

/** Gathers the truth of one inlet, sample by sample. */
export interface AirGauge {
  readonly inlet: string
  readonly holdMs: number
  readonly envelope: Envelope
  readonly pressurePa: number
  readonly fromMs: number
  readonly toMs: number
  readonly lengthMs: number
  last: AirSample | undefined
  readonly worst: Band[]
  readonly sums: { r: number; a: number; o: number; high: number; low: number; x: number }
}

interface AirSample {
  readonly tMs: number
  readonly dryBulbC: number
  readonly rhPct: number
}

type Envelope = Site['plan']['inlets'][number]['envelope']
type Limits = Envelope['allowable']

/** x-factor every 2.5 K from 15 °C on; beyond its ends the last number holds. */
const X_FACTORS = [0.72, 0.87, 1, 1.13, 1.24, 1.34, 1.42, 1.48, 1.55, 1.61, 1.66, 1.71, 1.76]

export function createAirGauge(
  { plan }: Site,
  { inlet, holdMs, envelope }: Pick<AirGauge, 'inlet' | 'holdMs' | 'envelope'>,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): AirGauge {
  const { lengthMs, pressurePa } = plan
  return {
    inlet,
    holdMs,
    envelope,
    pressurePa,
    fromMs,
    toMs,
    lengthMs,
    last: undefined,
    worst: Array<Band>(Math.ceil(toMs / lengthMs) - Math.floor(fromMs / lengthMs)).fill('u'),
    sums: { r: 0, a: 0, o: 0, high: 0, low: 0, x: 0 },
  }
}

/** Samples come in order of time. */
export function gaugeAir(gauge: AirGauge, sample: AirSample): void {
  holdUntil(gauge, sample.tMs)
  gauge.last = sample
}

/** Ends the run of an inlet. */
export function airTruthOf(gauge: AirGauge): AirTruth {
  const { toMs, fromMs, sums } = gauge
  holdUntil(gauge, toMs)
  const knownMs = sums.r + sums.a + sums.o
  return {
    worst: gauge.worst.join(''),
    recommendedMs: sums.r,
    allowableMs: sums.a,
    outMs: sums.o,
    unknownMs: toMs - fromMs - knownMs,
    rciHi: 100 - (100 * sums.high) / knownMs,
    rciLo: 100 - (100 * sums.low) / knownMs,
    xFactor: sums.x / knownMs,
  }
}

function holdUntil(gauge: AirGauge, nextMs: number): void {
  const { last, holdMs, fromMs, toMs, lengthMs, envelope, sums, worst } = gauge
  if (last === undefined) return
  const { tMs, dryBulbC } = last
  const untilMs = Math.min(nextMs, tMs + holdMs, toMs)
  const band = bandOf(gauge, last)
  const { recommended, allowable } = envelope
  const ms = Math.max(0, untilMs - tMs)
  sums[band] += ms
  sums.high += ms * share(dryBulbC - recommended.dryBulbMaxC, allowable.dryBulbMaxC - recommended.dryBulbMaxC)
  sums.low += ms * share(recommended.dryBulbMinC - dryBulbC, recommended.dryBulbMinC - allowable.dryBulbMinC)
  sums.x += ms * xFactorAt(dryBulbC)
  const first = Math.floor(fromMs / lengthMs)
  for (let at = Math.floor(tMs / lengthMs) - first; (first + at) * lengthMs < untilMs; at++) {
    if (BY_BADNESS.indexOf(band) > BY_BADNESS.indexOf(worst[at] ?? 'u')) worst[at] = band
  }
}

const BY_BADNESS = 'urao'

/** All samples are of both dry bulb and humidity, so a band is always known. */
function bandOf({ envelope, pressurePa }: AirGauge, { dryBulbC, rhPct }: AirSample): 'r' | 'a' | 'o' {
  const vapourPa = (waterPaAt(dryBulbC) * rhPct) / 100
  const dewC = dewFrom(ratioFrom(vapourPa, pressurePa), pressurePa)
  const isWithin = ({ dryBulbMinC, dryBulbMaxC, dewPointMinC, dewPointMaxC, rhMinPct, rhMaxPct }: Limits): boolean =>
    dryBulbC >= dryBulbMinC &&
    dryBulbC <= dryBulbMaxC &&
    dewC >= dewPointMinC &&
    dewC <= dewPointMaxC &&
    rhPct >= rhMinPct &&
    rhPct <= rhMaxPct
  if (!isWithin(envelope.allowable)) return 'o'
  return isWithin(envelope.recommended) ? 'r' : 'a'
}

/** How far beyond a limit, as a share of the way to the next one; 0 inside. */
function share(beyondK: number, spanK: number): number {
  return beyondK > 0 ? beyondK / spanK : 0
}

function xFactorAt(dryBulbC: number): number {
  const place = Math.min(Math.max((dryBulbC - 15) / 2.5, 0), X_FACTORS.length - 1)
  const [below = NaN, above = below] = X_FACTORS.slice(Math.floor(place), Math.floor(place) + 2)
  return below + (place % 1) * (above - below)
}
