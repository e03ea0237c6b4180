import { listsByPoint } from '../../contract/by-point.ts'
import { outdoorPoints } from '../../contract/outdoor.ts'
import type { CorePlan } from '../../contract/plan.ts'
import type { Sink } from '../../contract/sink.ts'
import { columnPlaces, createCells } from '../../contract/tables.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../../energy/samples.ts'
import { enthalpyJPerKg, wetBulbC } from '../moist-air.ts'
import { dewPointC, humidityRatio, rhPct, soundDewPointC, soundRhPct } from '../psychro.ts'
import { isSound, SPIKED, spikeStateOf } from '../sensor.ts'

/** The air outside, by what it is measured at: rows of wet bulb and dew point at the end of each interval. */
export interface Outdoor {
  readonly plan: CorePlan
  readonly samples: Samples
  /** Per point the places that it measures. */
  readonly placesOf: readonly (readonly number[])[]
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

const AT = columnPlaces('outdoor')

export function createOutdoor(plan: CorePlan, samples: Samples): Outdoor {
  const placesOf = listsByPoint(plan.points.length, plan.outdoor.map(outdoorPoints))
  return { plan, samples, placesOf, cells: createCells('outdoor') }
}

/** Emits a place's air at the end of an interval; nothing where its dry bulb is not known then. */
export function emitOutdoor({ plan, samples, cells }: Outdoor, place: number, interval: number, sink: Sink): void {
  const endMs = (interval + 1) * plan.lengthMs
  const { dryBulb, humidity, dewPoint } = plan.outdoor[place]!
  const dryBulbC = heldAt(plan, samples, dryBulb, endMs)
  if (Number.isNaN(dryBulbC)) return
  const dewSaidC = soundDewPointC(heldAt(plan, samples, dewPoint, endMs), dryBulbC)
  const humidityPct = soundRhPct(heldAt(plan, samples, humidity, endMs))
  const isByHumidity = !Number.isNaN(humidityPct)
  const pct = isByHumidity ? humidityPct : rhPct(dryBulbC, dewSaidC, plan.freezingOver)
  cells[AT.dry_bulb_c] = dryBulbC
  cells[AT.rh_pct] = pct
  cells[AT.dew_point_c] = isByHumidity ? dewPointC(dryBulbC, pct, plan.freezingOver) : dewSaidC
  cells[AT.wet_bulb_c] = wetBulbC(dryBulbC, pct, plan.pressurePa)
  cells[AT.enthalpy_j_kg] = enthalpyJPerKg(dryBulbC, humidityRatio(dryBulbC, pct, plan.pressurePa))
  sink.row('outdoor', place, '', endMs, cells)
}

/**
 * The reading of a point that holds at the end of an interval, the one before a spike. NaN where none does, or where it
 * cannot be believed.
 */
function heldAt(plan: CorePlan, samples: Samples, point: number, endMs: number): number {
  if (point < 0) return NaN
  const { sensor, maxGapMs } = plan.points[point]!
  let at = positionOf(samples, point, endMs) - 1
  if (at > 0 && spikeStateOf(sensor, samples, point, at) === SPIKED) at--
  if (at < 0 || timeAt(samples, point, at) + maxGapMs < endMs) return NaN
  const value = valueAt(samples, point, at)
  return isSound(sensor, value) ? value : NaN
}
