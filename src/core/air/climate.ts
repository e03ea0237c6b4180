import { AIR_FLAGS } from './air.ts'
import { violationNames } from './envelope.ts'
import { headroomK, type InletInterval } from './inlet.ts'
import { densityKgPerM3, enthalpyJPerKg, wetBulbC } from './moist-air.ts'
import type { CorePlan } from '../contract/plan.ts'
import { humidityRatio } from './psychro.ts'
import type { Sink } from '../contract/sink.ts'

/** The words of every set of flags, made once: rows build no strings. */
const QUALITIES: readonly string[] = Array.from({ length: 1 << AIR_FLAGS.length }, (_, flags) =>
  AIR_FLAGS.filter((_word, bit) => (flags >> bit) & 1).join(','),
)

/** Emits the air of an inlet at the end of a judged interval. */
export function emitClimate(
  plan: CorePlan,
  inlet: number,
  interval: number,
  { air, worstBand, rate15minK, rate60minK }: InletInterval,
  sink: Sink,
): void {
  const { dryBulbC, rhPct, dewPointC } = air
  const ratio = humidityRatio(dryBulbC, rhPct, plan.pressurePa)
  sink.climate(inlet, {
    endMs: (interval + 1) * plan.lengthMs,
    dryBulbC,
    rhPct,
    dewPointC,
    wetBulbC: wetBulbC(dryBulbC, rhPct, plan.pressurePa),
    humidityRatio: ratio,
    enthalpyJPerKg: enthalpyJPerKg(dryBulbC, ratio),
    densityKgPerM3: densityKgPerM3(dryBulbC, ratio, plan.pressurePa),
    headroomK: headroomK(plan.inlets[inlet]!.envelope, dryBulbC),
    band: air.band,
    worstBand,
    violations: violationNames(air.mask),
    rate15minK,
    rate60minK,
    quality: QUALITIES[air.quality]!,
  })
}
