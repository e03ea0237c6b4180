import { DEW_POINT, DRY_BULB, HUMIDITY, judgeAir, OTHER_DRY_BULB, type InletAir } from '../../air/air.ts'
import { isStuck } from '../../air/sensor.ts'
import type { CorePlan } from '../../contract/plan.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../../energy/samples.ts'

/** Room for one judgement: the readings that hold, and the air they make. */
interface HeldAir {
  readonly held: Float64Array
  readonly air: InletAir
}

/** Judges the air of an inlet at an event time from the readings that hold then, into `into.air`. */
export function airAt(plan: CorePlan, samples: Samples, inlet: number, tMs: number, into: HeldAir): void {
  const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
  const { held, air } = into
  held[DRY_BULB] = heldAt(plan, samples, dryBulb, tMs)
  held[HUMIDITY] = heldAt(plan, samples, humidity, tMs)
  held[DEW_POINT] = heldAt(plan, samples, dewPoint, tMs)
  held[OTHER_DRY_BULB] = heldAt(plan, samples, otherDryBulb, tMs)
  judgeAir(plan, plan.inlets[inlet]!, held, air)
}

/** NaN: no reading, too old a one, or one that its sensor has repeated for too long. */
function heldAt(plan: CorePlan, samples: Samples, point: number, tMs: number): number {
  if (point < 0) return NaN
  const position = positionOf(samples, point, tMs + 1) - 1
  if (position < 0 || tMs - timeAt(samples, point, position) > plan.points[point]!.maxGapMs) return NaN
  return isStuck(plan.points[point]!, samples, point, position) ? NaN : valueAt(samples, point, position)
}
