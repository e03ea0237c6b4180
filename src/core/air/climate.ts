import { noteEmitted, type EmittedClimate } from './emitted.ts'
import { headroomK, type InletInterval } from './inlet.ts'
import { densityKgPerM3, enthalpyJPerKg, wetBulbC } from './moist-air.ts'
import type { CorePlan } from '../contract/plan.ts'
import { humidityRatio } from './psychro.ts'
import type { Sink } from '../contract/sink.ts'
import { columnPlaces } from '../contract/tables.ts'

const AT = columnPlaces('climate')

/** Where an interval of an inlet is judged, and what was emitted. */
interface Judging {
  readonly plan: CorePlan
  readonly judged: InletInterval
  readonly emitted: EmittedClimate
}

/** Emits the air of an inlet at the end of a judged interval, unless the same row was emitted before. */
export function emitClimate({ plan, judged, emitted }: Judging, inlet: number, interval: number, sink: Sink): void {
  const { air, worstBand, rate15minK, rate60minK, cells } = judged
  const { dryBulbC, rhPct, dewPointC } = air
  const ratio = humidityRatio(dryBulbC, rhPct, plan.pressurePa)
  cells[AT.dry_bulb_c] = dryBulbC
  cells[AT.rh_pct] = rhPct
  cells[AT.dew_point_c] = dewPointC
  cells[AT.wet_bulb_c] = wetBulbC(dryBulbC, rhPct, plan.pressurePa)
  cells[AT.humidity_ratio] = ratio
  cells[AT.enthalpy_j_kg] = enthalpyJPerKg(dryBulbC, ratio)
  cells[AT.density_kg_m3] = densityKgPerM3(dryBulbC, ratio, plan.pressurePa)
  cells[AT.headroom_k] = headroomK(plan.inlets[inlet]!.envelope, dryBulbC)
  cells[AT.rate_15min_k] = rate15minK
  cells[AT.rate_60min_k] = rate60minK
  cells[AT.band] = air.band
  cells[AT.worst_band] = worstBand
  cells[AT.violations] = air.mask
  cells[AT.quality] = air.quality
  if (noteEmitted(emitted, inlet, interval, cells))
    sink.row('climate', inlet, '', (interval + 1) * plan.lengthMs, cells)
}
