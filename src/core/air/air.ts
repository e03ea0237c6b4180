import { bandOf, violations } from './envelope.ts'
import type { InletPlan, PointPlan } from '../contract/plan.ts'
import { dewPointC, rhPct, soundDewPointC, soundRhPct } from './psychro.ts'
import { isSound } from './sensor.ts'
import { BAND } from '../contract/limits.ts'

/** The air at an inlet's door and what its envelope says of it. NaN is unknown. */
export interface Air {
  dryBulbC: number
  rhPct: number
  dewPointC: number
  /** Bits of all violated limits. */
  mask: number
  band: number
  /** Bits as `AIR_FLAGS` names them. */
  quality: number
}

export function createAir(): Air {
  return { dryBulbC: NaN, rhPct: NaN, dewPointC: NaN, mask: 0, band: BAND.unknown, quality: 0 }
}

/** What is wrong with the readings that a state comes of, lowest bit first. */
export const AIR_FLAGS = [
  'dry_bulb_bad',
  'humidity_bad',
  'humidity_clamped',
  'dew_point_bad',
  'dew_point_clamped',
  'moisture_conflict',
] as const

const DRY_BULB_BAD = 1
const HUMIDITY_BAD = 2
const HUMIDITY_CLAMPED = 4
const DEW_POINT_BAD = 8
const DEW_POINT_CLAMPED = 16
const MOISTURE_CONFLICT = 32

/** A humidity and a dew point of the same air may part by so much; our own rule. */
const CONFLICT_K = 1.5

/** Readings that hold at one moment, NaN where none does: the order of an inlet's streams. */
export const DRY_BULB = 0
export const HUMIDITY = 1
export const DEW_POINT = 2
export const OTHER_DRY_BULB = 3
export const STREAMS = 4

/**
 * Judges the air of one moment from the readings that hold, into `air`. Humidity and dew point of another inlet are
 * carried over as a dew point: the same vapour at our dry bulb. Of two that are known the inlet's first choice counts.
 */
export function judgeAir(
  inlet: InletPlan,
  points: readonly PointPlan[],
  overIce: boolean,
  held: Float64Array,
  air: Air,
): void {
  air.quality = 0
  air.dryBulbC = believed(points, inlet.dryBulb, held[DRY_BULB]!, DRY_BULB_BAD, air)
  const humidity = believedRhPct(points, inlet.humidity, held[HUMIDITY]!, air)
  const carried = inlet.otherDryBulb >= 0
  const moistC = carried ? believed(points, inlet.otherDryBulb, held[OTHER_DRY_BULB]!, HUMIDITY_BAD, air) : air.dryBulbC
  const dewByHumidityC = dewPointC(moistC, humidity, overIce)
  const dewSaidC = believed(points, inlet.dewPoint, held[DEW_POINT]!, DEW_POINT_BAD, air)
  if (Math.abs(dewByHumidityC - dewSaidC) > CONFLICT_K) air.quality |= MOISTURE_CONFLICT
  const bySaid = !Number.isNaN(dewSaidC) && (inlet.dewPointFirst || Number.isNaN(dewByHumidityC))
  if (bySaid || carried) {
    air.dewPointC = atDryBulb(bySaid ? dewSaidC : dewByHumidityC, air)
    air.rhPct = rhPct(air.dryBulbC, air.dewPointC, overIce)
  } else {
    air.dewPointC = dewByHumidityC
    air.rhPct = humidity
  }
  air.mask = violations(inlet.envelope, air.dryBulbC, air.rhPct, air.dewPointC)
  air.band = bandOf(inlet.envelope, air.mask, air.dryBulbC, air.rhPct, air.dewPointC)
}

/** A reading, or NaN with a flag where no one can believe it. */
function believed(points: readonly PointPlan[], point: number, reading: number, flag: number, air: Air): number {
  if (point < 0 || Number.isNaN(reading)) return NaN
  if (isSound(points[point]!.sensor, reading)) return reading
  air.quality |= flag
  return NaN
}

function believedRhPct(points: readonly PointPlan[], point: number, reading: number, air: Air): number {
  const sound = soundRhPct(believed(points, point, reading, HUMIDITY_BAD, air))
  if (sound < reading) air.quality |= HUMIDITY_CLAMPED
  return sound
}

/** A dew point as it can be at our dry bulb; without a dry bulb, as it is. */
function atDryBulb(dewC: number, air: Air): number {
  if (Number.isNaN(air.dryBulbC) || Number.isNaN(dewC)) return dewC
  const sound = soundDewPointC(dewC, air.dryBulbC)
  if (Number.isNaN(sound)) air.quality |= DEW_POINT_BAD
  else if (sound < dewC) air.quality |= DEW_POINT_CLAMPED
  return sound
}
