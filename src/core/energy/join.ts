import type { Intervals } from './intervals.ts'
import type { CorePlan, PointPlan } from '../contract/plan.ts'
import { addSteps } from './register.ts'
import { insertSample, KEPT_BEFORE, timeAt, valueAt, type Samples } from './samples.ts'
import { addSegment, heldUntilMs, moveHold } from './segments.ts'

/** Puts a sample in its place and joins it to its neighbours in event time, in place of what spanned it. */
export function joinSample(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  tMs: number,
  value: number,
  nextClose: number,
): void {
  if (plan.kind === 'register') {
    addSteps(intervals, samples, point, plan, position, position, -1, nextClose)
    insertSample(samples, point, position, tMs, value)
    addSteps(intervals, samples, point, plan, position, position + 1, 1, nextClose)
    return
  }
  insertSample(samples, point, position, tMs, value)
  const aMs = timeAt(samples, point, position - 1)
  const a = valueAt(samples, point, position - 1)
  const cMs = timeAt(samples, point, position + 1)
  if (plan.hold) {
    const closedMs = nextClose * intervals.lengthMs
    if (position > 0) {
      const wasMs = heldUntilMs(plan, aMs, cMs, closedMs)
      moveHold(intervals, point, plan, aMs, a, wasMs, heldUntilMs(plan, aMs, tMs, closedMs), nextClose)
    }
    moveHold(intervals, point, plan, tMs, value, tMs, heldUntilMs(plan, tMs, cMs, closedMs), nextClose)
    return
  }
  if (cMs < Infinity) {
    const c = valueAt(samples, point, position + 1)
    addSegment(intervals, point, plan, aMs, a, cMs, c, -1, nextClose)
    addSegment(intervals, point, plan, tMs, value, cMs, c, 1, nextClose)
  }
  addSegment(intervals, point, plan, aMs, a, tMs, value, 1, nextClose)
}

/** Points whose last value holds. */
export function holdingPoints(plan: CorePlan): Int32Array {
  return Int32Array.from(plan.points.flatMap(({ kind, hold }, point) => (kind === 'power' && hold ? [point] : [])))
}

/** Lets the newest values hold on, from where intervals were closed (`nextClose`) to where they will be (`to`). */
export function extendHolds(
  intervals: Intervals,
  samples: Samples,
  plan: CorePlan,
  holds: Int32Array,
  nextClose: number,
  to: number,
): void {
  const { lengthMs } = intervals
  for (let n = 0; n < holds.length; n++) {
    const point = holds[n]!
    const newest = samples.count[point]! - 1
    const tMs = timeAt(samples, point, newest)
    if (newest < 0 || tMs >= to * lengthMs) continue
    const pointPlan = plan.points[point]!
    const wasMs = heldUntilMs(pointPlan, tMs, Infinity, nextClose * lengthMs)
    const toMs = heldUntilMs(pointPlan, tMs, Infinity, to * lengthMs)
    if (toMs > wasMs)
      moveHold(intervals, point, pointPlan, tMs, valueAt(samples, point, newest), wasMs, toMs, nextClose)
  }
}

/**
 * Puts in (or, sign -1, takes out) the energy of all the samples that a point still holds, by a rule. Of a past that was
 * let go, the oldest samples stay out of it: what they were joined to is not known any more.
 */
export function addAllSegments(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  sign: 1 | -1,
  nextClose: number,
): void {
  const from = samples.floorMs[point] === -Infinity ? 0 : KEPT_BEFORE
  const count = samples.count[point]!
  if (plan.kind === 'register') {
    addSteps(intervals, samples, point, plan, from + 1, count - 1, sign, nextClose)
    return
  }
  for (let position = from; position < count; position++) {
    const tMs = timeAt(samples, point, position)
    const value = valueAt(samples, point, position)
    if (plan.hold) {
      const nextMs = timeAt(samples, point, position + 1)
      const heldMs = heldUntilMs(plan, tMs, nextMs, nextClose * intervals.lengthMs)
      if (sign === 1) moveHold(intervals, point, plan, tMs, value, tMs, heldMs, nextClose)
      else moveHold(intervals, point, plan, tMs, value, heldMs, tMs, nextClose)
    } else {
      const aMs = timeAt(samples, point, position - 1)
      addSegment(intervals, point, plan, aMs, valueAt(samples, point, position - 1), tMs, value, sign, nextClose)
    }
  }
}
