import { bandOf, violations } from './envelope.ts'
import type { CorePlan, InletPlan, PointPlan } from '../contract/plan.ts'
import { dewPointC, rhPct, soundDewPointC, soundRhPct } from './psychro.ts'
import { isSound } from './sensor.ts'
import { BAND } from '../contract/limits.ts'

/** The air at an inlet at one moment, and how its envelope judges it. NaN is unknown. */
export interface InletAir {
  dryBulbC: number
  rhPct: number
  dewPointC: number
  /** Bits of `VIOLATIONS`. */
  mask: number
  /** Of `BAND`. */
  band: number
  /** Bits as `AIR_FLAGS` names them. */
  quality: number
}

export function createAir(): InletAir {
  return { dryBulbC: NaN, rhPct: NaN, dewPointC: NaN, mask: 0, band: BAND.unknown, quality: 0 }
}

/** What is wrong with the readings behind a state of air; bit n of `quality` is the n-th word. */
const AIR_FLAGS = [
  'dry_bulb_bad',
  'humidity_bad',
  'humidity_clamped',
  'dew_point_bad',
  'dew_point_clamped',
  'moisture_conflict',
  'spike',
  'stuck',
] as const

/** The words of every set of flags, made once: rows build no strings. */
const QUALITIES: readonly string[] = Array.from({ length: 1 << AIR_FLAGS.length }, (_, flags) =>
  AIR_FLAGS.filter((_word, bit) => (flags >> bit) & 1).join(','),
)

/** The words of a set of flags, comma-joined; empty: nothing is wrong. */
export function airWords(flags: number): string {
  return QUALITIES[flags]!
}

const DRY_BULB_BAD = 1
const HUMIDITY_BAD = 2
const HUMIDITY_CLAMPED = 4
const DEW_POINT_BAD = 8
const DEW_POINT_CLAMPED = 16
const MOISTURE_CONFLICT = 32
/** Of a state without a reading that leapt and leapt back: found by its neighbours, not here. */
export const AIR_SPIKE = 64
/** A reading is not taken, as its sensor has repeated it for too long. */
export const AIR_STUCK = 128

/** The dew points by two sensors of the same air may differ by so much. Our own rule. */
const CONFLICT_K = 1.5

/** Stands for the moisture of an inlet whose dry bulb alone is judged: any number, as it breaks no limit. */
const MOISTURE_LEFT_OUT = 0

/** Places in `held`: the readings of an inlet's points that hold at one moment, NaN where none does. */
export const DRY_BULB = 0
export const HUMIDITY = 1
export const DEW_POINT = 2
export const OTHER_DRY_BULB = 3
export const STREAMS = 4

/**
 * Judges the air of one moment from the readings that hold, into `air`. Another inlet's moisture is carried over as a
 * dew point: the same vapour at this dry bulb. Where humidity and dew point are both known, the plan says which counts.
 */
export function judgeAir(
  { points, freezingOver }: CorePlan,
  inlet: InletPlan,
  held: Float64Array,
  air: InletAir,
): void {
  air.quality = 0
  air.dryBulbC = believed(points, inlet.dryBulb, held[DRY_BULB]!, DRY_BULB_BAD, air)
  const humidity = believedRhPct(points, inlet.humidity, held[HUMIDITY]!, air)
  const carried = inlet.otherDryBulb >= 0
  const moistC = carried ? believed(points, inlet.otherDryBulb, held[OTHER_DRY_BULB]!, HUMIDITY_BAD, air) : air.dryBulbC
  const dewByHumidityC = dewPointC(moistC, humidity, freezingOver)
  const dewSaidC = believed(points, inlet.dewPoint, held[DEW_POINT]!, DEW_POINT_BAD, air)
  if (Math.abs(dewByHumidityC - dewSaidC) > CONFLICT_K) air.quality |= MOISTURE_CONFLICT
  const bySaid = !Number.isNaN(dewSaidC) && (inlet.dewPointFirst || Number.isNaN(dewByHumidityC))
  if (bySaid || carried) {
    air.dewPointC = atDryBulb(bySaid ? dewSaidC : dewByHumidityC, air)
    air.rhPct = rhPct(air.dryBulbC, air.dewPointC, freezingOver)
  } else {
    air.dewPointC = dewByHumidityC
    air.rhPct = humidity
  }
  air.mask = violations(inlet.envelope, air.dryBulbC, air.rhPct, air.dewPointC)
  air.band = inlet.isMoistureUnmeasured
    ? bandOf(inlet.envelope, air.mask, air.dryBulbC, MOISTURE_LEFT_OUT, MOISTURE_LEFT_OUT)
    : bandOf(inlet.envelope, air.mask, air.dryBulbC, air.rhPct, air.dewPointC)
}

/** The reading, or NaN with a flag if it cannot be believed. */
function believed(points: readonly PointPlan[], point: number, reading: number, flag: number, air: InletAir): number {
  if (point < 0 || Number.isNaN(reading)) return NaN
  if (isSound(points[point]!.sensor, reading)) return reading
  air.quality |= flag
  return NaN
}

function believedRhPct(points: readonly PointPlan[], point: number, reading: number, air: InletAir): number {
  const sound = soundRhPct(believed(points, point, reading, HUMIDITY_BAD, air))
  if (sound < reading) air.quality |= HUMIDITY_CLAMPED
  return sound
}

/** The dew point as far as it is possible at the inlet's dry bulb; without a dry bulb, as it is. */
function atDryBulb(dewC: number, air: InletAir): number {
  if (Number.isNaN(air.dryBulbC) || Number.isNaN(dewC)) return dewC
  const sound = soundDewPointC(dewC, air.dryBulbC)
  if (Number.isNaN(sound)) air.quality |= DEW_POINT_BAD
  else if (sound < dewC) air.quality |= DEW_POINT_CLAMPED
  return sound
}
