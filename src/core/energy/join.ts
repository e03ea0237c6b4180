import type { Intervals } from './intervals.ts'
import type { CorePlan, PointPlan } from '../contract/plan.ts'
import { findLone, isDoubtful, isLeftOut, leaveOut } from './lone.ts'
import { edgePosition } from './register/count-hold.ts'
import { addCounts, joinReading } from './register/register.ts'
import { insertSample, KEPT_BEFORE, timeAt, valueAt, type Samples } from './samples.ts'
import { addSegment, heldUntilMs, moveHold } from './segments.ts'

/**
 * Puts a sample b in its place by event time and joins it to its neighbours a and c. Their segment gives way to two:
 * −(a, c) + (a, b) + (b, c).
 */
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
    joinReading(intervals, samples, point, plan, position, tMs, value, nextClose)
    return
  }
  if (isDoubtful(samples, point, plan, position, tMs, value)) {
    joinDoubtful(intervals, samples, point, plan, position, tMs, value, nextClose)
    return
  }
  insertSample(samples, point, position, tMs, value)
  if (plan.hold) {
    joinHold(intervals, samples, point, plan, position, nextClose)
    return
  }
  if (position < samples.count[point]! - 1) {
    addSegment(intervals, samples, point, plan, position - 1, position + 1, -1, nextClose)
    addSegment(intervals, samples, point, plan, position, position + 1, 1, nextClose)
  }
  addSegment(intervals, samples, point, plan, position - 1, position, 1, nextClose)
}

/**
 * The same where samples are left out, or may be. What lies around the new sample, or around one whose verdict changes,
 * is taken out by the old verdicts and put in by the new ones.
 */
function joinDoubtful(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  tMs: number,
  value: number,
  nextClose: number,
): void {
  insertSample(samples, point, position, tMs, value)
  const before = samples.lone.out[point] ?? []
  const from = edgePosition(samples, point) + 1
  const firstMs = intervals.firstHeard[point]! * intervals.lengthMs
  const now = findLone(samples, point, plan, from, position, firstMs)
  const changed = new Set([position, position + 1])
  for (let k = 0; k < samples.count[point]!; k++) {
    const atMs = timeAt(samples, point, k)
    if (before.includes(atMs) !== now.includes(atMs)) changed.add(k).add(k + 1)
  }
  for (const to of changed) {
    if (to !== position)
      addJoint(intervals, samples, point, plan, to - 1 === position ? to - 2 : to - 1, to, -1, nextClose)
  }
  leaveOut(samples, point, now)
  for (const to of changed) addJoint(intervals, samples, point, plan, to - 1, to, 1, nextClose)
}

/**
 * Adds what lies between two samples, sign -1 takes it out: a segment, or how long the first one's value holds. Next to
 * a sample that is left out nothing does.
 */
function addJoint(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  from: number,
  to: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const tMs = timeAt(samples, point, from)
  if (!plan.hold) {
    const isNone = to >= samples.count[point]! || isLeftOut(samples, point, timeAt(samples, point, to))
    if (isNone || (plan.kind === 'power' && isLeftOut(samples, point, tMs))) return
    addSegment(intervals, samples, point, plan, from, to, sign, nextClose)
    return
  }
  if (from < 0 || isLeftOut(samples, point, tMs)) return
  const heldMs = heldUntilMs(plan, tMs, timeAt(samples, point, to), nextClose * intervals.lengthMs)
  const [wasMs, toMs] = sign === 1 ? [tMs, heldMs] : [heldMs, tMs]
  moveHold(intervals, point, plan, tMs, valueAt(samples, point, from), wasMs, toMs, nextClose)
}

/** The value of the sample before holds up to the new one only, the new one's up to the next. */
function joinHold(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  nextClose: number,
): void {
  const closedMs = nextClose * intervals.lengthMs
  const tMs = timeAt(samples, point, position)
  const nextMs = timeAt(samples, point, position + 1)
  if (position > 0) {
    const beforeMs = timeAt(samples, point, position - 1)
    const wasMs = heldUntilMs(plan, beforeMs, nextMs, closedMs)
    const toMs = heldUntilMs(plan, beforeMs, tMs, closedMs)
    moveHold(intervals, point, plan, beforeMs, valueAt(samples, point, position - 1), wasMs, toMs, nextClose)
  }
  const heldMs = heldUntilMs(plan, tMs, nextMs, closedMs)
  moveHold(intervals, point, plan, tMs, valueAt(samples, point, position), tMs, heldMs, nextClose)
}

/** Points whose last value holds. */
export function holdingPoints(plan: CorePlan): Int32Array {
  return Int32Array.from(plan.points.flatMap(({ kind, hold }, point) => (kind === 'power' && hold ? [point] : [])))
}

/** Lets the newest values hold up to interval `to`, no longer up to `nextClose`: further on, or less far. */
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
    if (newest < 0 || tMs >= to * lengthMs || isLeftOut(samples, point, tMs)) continue
    const pointPlan = plan.points[point]!
    const wasMs = heldUntilMs(pointPlan, tMs, Infinity, nextClose * lengthMs)
    const toMs = heldUntilMs(pointPlan, tMs, Infinity, to * lengthMs)
    if (toMs !== wasMs)
      moveHold(intervals, point, pointPlan, tMs, valueAt(samples, point, newest), wasMs, toMs, nextClose)
  }
}

/**
 * Adds (or, sign -1, takes out) the energy of all samples that a point still holds, by the rule of `plan`. Where older
 * samples were dropped, the oldest that are held stay out: what they were joined to is no longer known.
 */
export function addAllSegments(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  sign: 1 | -1,
  nextClose: number,
): void {
  if (plan.kind === 'register') {
    addCounts(intervals, samples, point, plan, Infinity, sign, nextClose)
    return
  }
  const from = samples.floorMs[point] === -Infinity ? 0 : KEPT_BEFORE
  const count = samples.count[point]!
  for (let position = from; position < count; position++) {
    const from = plan.hold ? position : position - 1
    addJoint(intervals, samples, point, plan, from, from + 1, sign, nextClose)
  }
}
