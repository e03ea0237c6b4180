import { leastCoveredMs } from '../../contract/coverage.ts'
import type { LeafPlan } from '../../contract/formula.ts'
import type { CorePlan } from '../../contract/plan.ts'
import { waterJPerMlK, type HeatPlan, type SharePlan, type TimesPlan } from '../../contract/product.ts'
import { slotOfInterval, type Intervals } from '../intervals.ts'

/** What the energies of an interval are told from. */
export interface KnownEnergies {
  readonly plan: CorePlan
  readonly intervals: Intervals
}

/** Which of a meter's points is the first that is known for enough of an interval; -1: none. */
export function firstKnownPoint({ plan, intervals }: KnownEnergies, { points }: LeafPlan, interval: number): number {
  for (let n = 0; n < points.length; n++) {
    const slot = slotOfInterval(intervals, points[n]!, interval)
    if (slot >= 0 && intervals.coveredMs[slot]! >= leastCoveredMs(plan)) return n
  }
  return -1
}

/** Energy of a known point scaled up from its covered time to the whole interval, in millijoules. */
export function scaledMj({ plan, intervals }: KnownEnergies, slot: number, factor: number): number {
  return (factor * intervals.energyMj[slot]! * plan.lengthMs) / intervals.coveredMs[slot]!
}

/** What something stands for in an interval. */
export interface Worth {
  /** NaN: it is not known. */
  worth: number
  /** So much of it was measured, 0 to 1. */
  measured: number
}

const NOTHING: Worth = { worth: 1, measured: 1 }
const UNKNOWN: Worth = { worth: NaN, measured: 0 }

/** What tells of a stretch of time, be it an interval, what points measured in it. */
export interface MeasuredStretch {
  /** What a point that is kept as a rate told on average, such as a temperature. */
  mean(this: void, point: number): Worth
  /** The sum of meters, each by its first point that is known; NaN where one has none. */
  sum(this: void, leaves: readonly LeafPlan[]): Worth
}

/** What a meter is multiplied by in an interval: of a flow, J for each mL. */
export function timesIn(told: KnownEnergies, { times }: LeafPlan, interval: number): Worth {
  if (times === undefined) return NOTHING
  return timesOver(times, {
    mean: (point) => meanIn(told, point, interval),
    sum: (leaves) => sumIn(told, leaves, interval),
  })
}

/** The same of any stretch. */
export function timesOver(times: TimesPlan, stretch: MeasuredStretch): Worth {
  return times.kind === 'heat' ? heatOver(times, stretch) : shareOver(times, stretch)
}

function heatOver({ hot, cold, at, jPerMlK }: HeatPlan, { mean }: MeasuredStretch): Worth {
  const [warm, cool] = [mean(hot), mean(cold)]
  if (Number.isNaN(warm.worth) || Number.isNaN(cool.worth)) return UNKNOWN
  const meterC = at === 'hot' ? warm.worth : cool.worth
  const perMlK = Number.isNaN(jPerMlK) ? waterJPerMlK(meterC, (warm.worth + cool.worth) / 2) : jPerMlK
  return { worth: (warm.worth - cool.worth) * perMlK, measured: Math.min(warm.measured, cool.measured) }
}

function shareOver({ own, all }: SharePlan, { sum }: MeasuredStretch): Worth {
  const whole = sum(all)
  // Without any load nobody can be said to have caused it
  if (!(whole.worth > 0)) return UNKNOWN
  return { worth: sum(own).worth / whole.worth, measured: whole.measured }
}

/** What a point that is kept as a rate told on average, such as a temperature. */
export function meanIn({ plan, intervals }: KnownEnergies, point: number, interval: number): Worth {
  const slot = point < 0 ? -1 : slotOfInterval(intervals, point, interval)
  if (slot < 0 || intervals.coveredMs[slot]! < leastCoveredMs(plan)) return UNKNOWN
  const [told, coveredMs] = [intervals.energyMj[slot]!, intervals.coveredMs[slot]!]
  const estimated = told === 0 ? 0 : Math.min(1, Math.abs(intervals.estimatedMj[slot]! / told))
  return { worth: told / coveredMs, measured: (coveredMs / plan.lengthMs) * (1 - estimated) }
}

/** A sum of meters in millijoules; NaN where one is not known. */
function sumIn(told: KnownEnergies, leaves: readonly LeafPlan[], interval: number): Worth {
  const { intervals, plan } = told
  const sum = { worth: 0, measured: 1 }
  for (const leaf of leaves) {
    const known = firstKnownPoint(told, leaf, interval)
    if (known < 0) return UNKNOWN
    const slot = slotOfInterval(intervals, leaf.points[known]!, interval)
    sum.worth += scaledMj(told, slot, leaf.factor)
    sum.measured = Math.min(sum.measured, intervals.coveredMs[slot]! / plan.lengthMs)
  }
  return sum
}
