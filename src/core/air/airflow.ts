import { listsByPoint } from '../contract/by-point.ts'
import { EQUIPMENT_RISE, RETURN_RISE } from './bands.ts'
import type { CorePlan } from '../contract/plan.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'
import { isBelieved } from './sensor.ts'

/**
 * Numerator and denominator of RTI, per hall and interval (Herrlin 2008; 100 %: balanced, less: bypass, more:
 * recirculation). One is the rise from the air handling's supply to its return, the other from the inlets of equipment
 * to its exhaust. Volumes of air are not known, so all inlets weigh the same. The time in which supply and return are
 * known is the weight of an interval (D35).
 */
export interface Airflow {
  readonly plan: CorePlan
  readonly samples: Samples
  /** Per point the airflows that it is a part of. */
  readonly airflowsOf: readonly (readonly number[])[]
  /** Closed intervals that changed: interval × airflows + airflow. */
  changed: Set<number>
  /** Rise in K × ms and the ms in which it is known; valid during one call. */
  readonly rise: Float64Array
}

export function createAirflow(plan: CorePlan, samples: Samples): Airflow {
  const airflowsOf = listsByPoint(
    plan.points.length,
    plan.airflows.map((_, index) => new Set(pointsOf(plan, index))),
  )
  return { plan, samples, airflowsOf, changed: new Set(), rise: new Float64Array(2) }
}

/** Marks the closed intervals `from` to `until`, in which a new sample holds. */
export function markAirflow(airflow: Airflow, point: number, from: number, until: number): void {
  for (const index of airflow.airflowsOf[point]!) {
    for (let interval = from; interval <= until; interval++) {
      airflow.changed.add(interval * airflow.plan.airflows.length + index)
    }
  }
}

/** Puts an interval's two rises, in mK × ms, into bins that begin at `at`; 0 where either is not known. */
export function fillAirflow(airflow: Airflow, index: number, interval: number, bins: Float64Array, at: number): void {
  const { plan, rise } = airflow
  const { scope, supply, return: back } = plan.airflows[index]!
  bins[at + RETURN_RISE] = 0
  bins[at + EQUIPMENT_RISE] = 0
  let [equipmentKMs, equipmentMs] = [0, 0]
  for (const inlet of plan.scopes[scope]!.inlets) {
    const { dryBulb, outlet } = plan.inlets[inlet]!
    if (outlet < 0) continue
    findRise(airflow, dryBulb, outlet, interval)
    if (!(rise[0]! > 0)) continue // equipment that cools its air is a sensor in the wrong place
    equipmentKMs += rise[0]!
    equipmentMs += rise[1]!
  }
  findRise(airflow, supply, back, interval)
  const [returnKMs, returnMs] = [rise[0]!, rise[1]!]
  if (returnMs === 0 || equipmentMs === 0) return
  bins[at + RETURN_RISE] = Math.round(1000 * returnKMs)
  bins[at + EQUIPMENT_RISE] = Math.round((1000 * equipmentKMs * returnMs) / equipmentMs)
}

function pointsOf(plan: CorePlan, index: number): number[] {
  const { scope, supply, return: back } = plan.airflows[index]!
  const inlets = plan.scopes[scope]!.inlets.map((inlet) => plan.inlets[inlet]!)
  return [supply, back, ...inlets.flatMap(({ dryBulb, outlet }) => (outlet < 0 ? [] : [dryBulb, outlet]))]
}

/** Puts into `rise` by how much `warm` is above `cold` over an interval, while samples of both hold. */
function findRise({ plan, samples, rise }: Airflow, cold: number, warm: number, interval: number): void {
  const endMs = (interval + 1) * plan.lengthMs
  let fromMs = endMs - plan.lengthMs
  let coldAt = positionOf(samples, cold, fromMs + 1) - 1
  let warmAt = positionOf(samples, warm, fromMs + 1) - 1
  rise.fill(0)
  while (fromMs < endMs) {
    if (timeAt(samples, cold, coldAt + 1) <= fromMs) coldAt++
    if (timeAt(samples, warm, warmAt + 1) <= fromMs) warmAt++
    const nextMs = Math.min(endMs, timeAt(samples, cold, coldAt + 1), timeAt(samples, warm, warmAt + 1))
    const heldMs = Math.min(nextMs, heldUntilMs(plan, samples, cold, coldAt), heldUntilMs(plan, samples, warm, warmAt))
    if (heldMs > fromMs) {
      rise[0]! += (valueAt(samples, warm, warmAt) - valueAt(samples, cold, coldAt)) * (heldMs - fromMs)
      rise[1]! += heldMs - fromMs
    }
    fromMs = nextMs
  }
}

/** Until when a sample holds; -Infinity: there is none, or it cannot be believed. */
function heldUntilMs(plan: CorePlan, samples: Samples, point: number, position: number): number {
  const pointPlan = plan.points[point]!
  if (position < 0 || !isBelieved(pointPlan, samples, point, position)) return -Infinity
  return timeAt(samples, point, position) + pointPlan.maxGapMs
}
