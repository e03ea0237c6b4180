import { createCells, columnPlaces } from './contract/tables.ts'
import { BAND } from './contract/limits.ts'
import { ACCEPTED } from './contract/outcome.ts'
import { refusalOf } from './placing.ts'
import type { Core } from './state.ts'

const READING_AT = columnPlaces('reading')
const CLIMATE_AT = columnPlaces('climate')

/**
 * Shows what a broker had kept of a point that has no reading yet, base units. A `reading` row has it as `last`, with
 * count 0; a `climate` row as the dry bulb of its inlets, in an unknown band. Nobody knows how old it is, so it is no
 * reading: sums, compliance and alarms do not see it. Readings of the same interval write the same rows again.
 */
export function showSeed(core: Core, point: number, value: number, nowMs: number): void {
  const { plan, samples, sink, alarms } = core
  if (samples.count[point]! > 0 || refusalOf(plan, point, nowMs, value, nowMs) !== ACCEPTED) return
  const endMs = (Math.floor(nowMs / plan.lengthMs) + 1) * plan.lengthMs
  const reading = createCells('reading')
  reading[READING_AT.last] = value
  reading[READING_AT.count] = 0
  reading[READING_AT.quality] = 0
  sink.row('reading', point, '', endMs, reading)
  for (const inlet of alarms.inletsOf[point]!) {
    const climate = createCells('climate')
    climate[CLIMATE_AT.dry_bulb_c] = value
    climate[CLIMATE_AT.band] = BAND.unknown
    climate[CLIMATE_AT.worst_band] = BAND.unknown
    climate[CLIMATE_AT.violations] = 0
    climate[CLIMATE_AT.quality] = 0
    sink.row('climate', inlet, '', endMs, climate)
  }
}
