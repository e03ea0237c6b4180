import { CHANGED, createRings, extendSlots, slotOfInterval, type Intervals } from './intervals.ts'
import type { PointPlan } from '../contract/plan.ts'
import { isLeftOut, replaceLone } from './lone.ts'
import { heldFromMs, isSameEdge, replaceEdge, resumeCounts, soundFrom } from './register/count-hold.ts'
import { addCounts } from './register/register.ts'
import { KEPT_BEFORE, positionOf, reserveRoom, timeAt, valueAt, type Samples } from './samples.ts'
import { addSegment, heldUntilMs, moveHold } from './segments.ts'

/** So many samples before a new one decide what it means, and what the segment means that it falls into. */
export const JUDGING_SAMPLES = 3

/**
 * Past intervals, folded again from all readings of a point in event-time order, whatever their lateness. What a
 * segment adds to an interval depends on its samples alone: the result is as if no reading had come too late.
 */

/** Intervals from `from` up to `to`, for every point that has `isEnergy`; all hold a slot and are empty at first. */
export function createPastIntervals(
  lengthMs: number,
  isEnergy: readonly boolean[],
  from: number,
  to: number,
): Intervals {
  const past = createRings(
    lengthMs,
    Int32Array.from(isEnergy, (is) => (is ? to - from : 0)),
  )
  past.newest.fill(to - 1)
  past.pages.oldest = Infinity
  past.firstHeard.fill(-Infinity)
  past.rowsFrom.fill(-Infinity)
  return past
}

/**
 * Folds a point's samples (point 0 of `samples`) into its past intervals from `from` up to `to`. `samples` hold all
 * readings inside and the nearest outside. The newest value of a holding point holds up to `closedMs`.
 */
export function foldPastIntervals(
  stretch: Intervals,
  point: number,
  plan: PointPlan,
  samples: Samples,
  from: number,
  to: number,
  closedMs: number,
): void {
  const { lengthMs } = stretch
  // Segments that begin inside may end outside, by the longest gap: the ring must not wrap over them.
  const reachMs = Math.max(plan.maxGapMs, plan.everyMs)
  const wide = createPastIntervals(lengthMs, [true], 0, to - from + Math.ceil(reachMs / lengthMs) + 2)
  wide.newest[0] = from - 1
  addSegmentsBefore(wide, plan, samples, to * lengthMs, closedMs)
  for (let interval = from; interval < to; interval++) {
    copySlot(wide, slotOfInterval(wide, 0, interval), stretch, slotOfInterval(stretch, point, interval))
  }
}

/** Copies a point's intervals from `from` up to `to` as far as the core still holds them. */
export function copyHeldIntervals(held: Intervals, stretch: Intervals, point: number, from: number, to: number): void {
  for (let interval = Math.max(from, oldestHeldInterval(held, point)); interval < to; interval++) {
    copySlot(held, slotOfInterval(held, point, interval), stretch, slotOfInterval(stretch, point, interval))
  }
}

/** Oldest interval of a point that the core still holds. */
export function oldestHeldInterval(held: Intervals, point: number): number {
  return held.newest[point]! - held.slots[point]! + 1
}

/**
 * Replaces what the core holds of a point's intervals from `from` up to `to` by those folded again. Returns whether any
 * was different.
 */
export function replaceIntervals(
  intervals: Intervals,
  stretch: Intervals,
  point: number,
  from: number,
  to: number,
): boolean {
  let different = false
  for (let interval = from; interval < to; interval++) {
    const source = slotOfInterval(stretch, point, interval)
    const slot = slotOfInterval(intervals, point, interval)
    if (slot < 0 || isSame(stretch, source, intervals, slot)) continue
    copySlot(stretch, source, intervals, slot)
    different = true
  }
  const isReplaced = (it: { point: number; interval: number }) =>
    it.point === point && it.interval >= from && it.interval < to
  for (const list of ['changed', 'deferred'] as const) {
    for (const it of intervals[list].filter(isReplaced)) {
      const slot = slotOfInterval(intervals, point, it.interval)
      if (slot >= 0) intervals.marks[slot]! &= ~CHANGED
    }
    intervals[list] = intervals[list].filter((it) => !isReplaced(it))
  }
  return different
}

/**
 * Replaces the samples that the core holds of a point by all readings from `keepMs` on and some older ones. The next
 * reading then falls between the right neighbours, and a register goes on from the right old count. Returns whether
 * anything was different.
 */
export function replaceSamples(held: Samples, point: number, samples: Samples, keptMs: number): boolean {
  resumeCounts(samples, 0)
  const keepMs = heldFromMs(samples, 0, keptMs)
  if (isSameFrom(held, point, samples, keepMs) && isSameBefore(held, point, samples)) return false
  const count = samples.count[0]!
  const most = Math.min(count, held.capacity[point]!, count - positionOf(samples, 0, keepMs) + KEPT_BEFORE)
  const kept = count - soundFrom(samples, count - most)
  const from = 2 * (count - kept)
  reserveRoom(held, point, kept, held.capacity[point]!)
  held.cells.set(samples.cells.subarray(from, 2 * count), 2 * held.offset[point]!)
  held.count[point] = kept
  held.floorMs[point] = kept < count ? samples.cells[from]! : held.floorMs[point]!
  replaceEdge(held, point, samples, count - kept)
  replaceLone(held, point, samples, timeAt(held, point, 0))
  return true
}

/** Lets a point begin with interval `first`, if it did not earlier, and gives it slots up to the interval `newest`. */
export function openPoint(intervals: Intervals, point: number, first: number, newest: number, nextClose: number): void {
  intervals.firstHeard[point] = Math.min(intervals.firstHeard[point]!, first)
  intervals.heardFrom = Math.min(intervals.heardFrom, first)
  if (intervals.rowsFrom[point]! > nextClose) intervals.rowsFrom[point] = Math.max(nextClose, first)
  extendSlots(intervals, point, newest, nextClose)
}

/** Adds all segments, steps and covered periods that begin before `endMs`. */
function addSegmentsBefore(wide: Intervals, plan: PointPlan, samples: Samples, endMs: number, closedMs: number): void {
  const last = positionOf(samples, 0, endMs) - 1
  if (plan.kind === 'register') {
    addCounts(wide, samples, 0, plan, endMs, 1, -Infinity)
    return
  }
  for (let n = 0; n <= Math.min(last + 1, samples.count[0]! - 1); n++) {
    const tMs = timeAt(samples, 0, n)
    if (isLeftOut(samples, 0, tMs)) continue
    if (plan.hold) {
      const heldMs = heldUntilMs(plan, tMs, timeAt(samples, 0, n + 1), closedMs)
      if (tMs < endMs) moveHold(wide, 0, plan, tMs, valueAt(samples, 0, n), tMs, heldMs, -Infinity)
    } else if (plan.kind === 'power' ? !isLeftOut(samples, 0, timeAt(samples, 0, n - 1)) : tMs - plan.everyMs < endMs) {
      addSegment(wide, samples, 0, plan, n - 1, n, 1, -Infinity)
    }
  }
}

function copySlot(from: Intervals, source: number, to: Intervals, slot: number): void {
  to.energyMj[slot] = source < 0 ? 0 : from.energyMj[source]!
  to.estimatedMj[slot] = source < 0 ? 0 : from.estimatedMj[source]!
  to.coveredMs[slot] = source < 0 ? 0 : from.coveredMs[source]!
}

function isSame(a: Intervals, slotA: number, b: Intervals, slotB: number): boolean {
  return (
    a.energyMj[slotA] === b.energyMj[slotB] &&
    a.estimatedMj[slotA] === b.estimatedMj[slotB] &&
    a.coveredMs[slotA] === b.coveredMs[slotB]
  )
}

function isSameFrom(held: Samples, point: number, samples: Samples, keepMs: number): boolean {
  const heldFrom = Math.max(0, positionOf(held, point, keepMs) - JUDGING_SAMPLES)
  const from = positionOf(samples, 0, held.count[point] === 0 ? keepMs : timeAt(held, point, heldFrom))
  const count = samples.count[0]! - from
  if (held.count[point]! - heldFrom !== count) return false
  for (let n = 0; n < count; n++) {
    if (timeAt(held, point, heldFrom + n) !== timeAt(samples, 0, from + n)) return false
    if (valueAt(held, point, heldFrom + n) !== valueAt(samples, 0, from + n)) return false
  }
  return true
}

/** Whether what is kept from before the held samples is what all readings show. */
function isSameBefore(held: Samples, point: number, samples: Samples): boolean {
  return held.count[point] === 0 || isSameEdge(held, point, samples, positionOf(samples, 0, timeAt(held, point, 0)))
}
