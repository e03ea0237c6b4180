import { extendSlots, slotOfInterval, noteChange, type Intervals } from './intervals.ts'
import type { PointPlan } from '../contract/plan.ts'

/**
 * Puts the energy of the segment between two neighbouring samples into the intervals it crosses (sign -1 takes it out
 * again). What it puts where depends on the two samples alone, so the order in which samples came leaves no trace.
 * `aMs` -Infinity: the second sample has no neighbour before it. Intervals before `nextClose` are closed. Registers
 * have steps of their own (register.ts), values that hold are moved (below).
 */
export function addSegment(
  intervals: Intervals,
  point: number,
  plan: PointPlan,
  aMs: number,
  a: number,
  bMs: number,
  b: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  switch (plan.kind) {
    case 'gauge':
    case 'register':
      return
    case 'mean':
    case 'energy': {
      // The sample speaks of the stretch that ends at its stamp, cut where the one before it ends.
      const fromMs = Math.max(aMs, bMs - plan.everyMs)
      const totalMj = plan.kind === 'mean' ? Math.round(b * (bMs - fromMs)) : Math.round(b * 1000)
      spreadEvenly(intervals, point, fromMs, bMs, totalMj, false, sign, nextClose)
      return
    }
    case 'power': {
      if (bMs - aMs > plan.maxGapMs) return
      const totalMj = energyUpToMj(aMs, a, bMs, b, bMs)
      spread(intervals, point, aMs, a, bMs, b, totalMj, bMs - aMs > 3 * plan.everyMs, sign, nextClose)
    }
  }
}

/**
 * Until when the value of a sample at `tMs` holds: to the next sample, or while there is none (`nextMs` Infinity) to where
 * intervals are closed, at most `maxGapMs`. It depends on nothing else, so it needs no memory.
 */
export function heldUntilMs(plan: PointPlan, tMs: number, nextMs: number, closedMs: number): number {
  return Math.max(tMs, Math.min(nextMs === Infinity ? closedMs : nextMs, tMs + plan.maxGapMs))
}

/**
 * Changes until when the value `watts` of the sample at `tMs` holds, from `wasMs` to `toMs`; `tMs` itself: not at all. Its
 * energy at an interval's edge hangs on its beginning only, so what is already there stays; it is moved only where the
 * whole stretch turns into an estimated one, or back.
 */
export function moveHold(
  intervals: Intervals,
  point: number,
  plan: PointPlan,
  tMs: number,
  watts: number,
  wasMs: number,
  toMs: number,
  nextClose: number,
): void {
  const estimated = toMs - tMs > 3 * plan.everyMs
  const wasEstimated = wasMs - tMs > 3 * plan.everyMs
  if (estimated !== wasEstimated && wasMs > tMs) {
    spreadHold(intervals, point, tMs, watts, tMs, wasMs, wasEstimated, -1, nextClose)
    spreadHold(intervals, point, tMs, watts, tMs, toMs, estimated, 1, nextClose)
  } else if (toMs > wasMs) spreadHold(intervals, point, tMs, watts, wasMs, toMs, estimated, 1, nextClose)
  else spreadHold(intervals, point, tMs, watts, toMs, wasMs, wasEstimated, -1, nextClose)
}

/** The part from `fromMs` to `untilMs` of a value that holds since `tMs`. */
function spreadHold(
  intervals: Intervals,
  point: number,
  tMs: number,
  watts: number,
  fromMs: number,
  untilMs: number,
  estimated: boolean,
  sign: 1 | -1,
  nextClose: number,
): void {
  const { lengthMs } = intervals
  let edgeMs = fromMs
  let fromMj = Math.round(watts * (fromMs - tMs))
  for (let interval = Math.floor(fromMs / lengthMs); edgeMs < untilMs; interval++) {
    const toMs = Math.min((interval + 1) * lengthMs, untilMs)
    const toMj = Math.round(watts * (toMs - tMs))
    put(intervals, point, interval, sign * (toMj - fromMj), sign * (toMs - edgeMs), estimated, nextClose)
    edgeMs = toMs
    fromMj = toMj
  }
}

/** A known total in whole millijoules, evenly over the time from `aMs` to `bMs`: exact in sum. */
export function spreadEvenly(
  intervals: Intervals,
  point: number,
  aMs: number,
  bMs: number,
  totalMj: number,
  estimated: boolean,
  sign: 1 | -1,
  nextClose: number,
): void {
  const meanW = totalMj / (bMs - aMs)
  spread(intervals, point, aMs, meanW, bMs, meanW, totalMj, estimated, sign, nextClose)
}

/**
 * Trapezoid between (aMs, aW) and (bMs, bW): its energy since a is rounded to whole millijoules at each interval edge
 * and at b (where it is `totalMj`), and the intervals take the differences.
 */
function spread(
  intervals: Intervals,
  point: number,
  aMs: number,
  aW: number,
  bMs: number,
  bW: number,
  totalMj: number,
  estimated: boolean,
  sign: 1 | -1,
  nextClose: number,
): void {
  const { lengthMs } = intervals
  let fromMs = aMs
  let fromMj = 0
  for (let interval = Math.floor(aMs / lengthMs); fromMs < bMs; interval++) {
    const toMs = Math.min((interval + 1) * lengthMs, bMs)
    const toMj = toMs === bMs ? totalMj : energyUpToMj(aMs, aW, bMs, bW, toMs)
    put(intervals, point, interval, sign * (toMj - fromMj), sign * (toMs - fromMs), estimated, nextClose)
    fromMs = toMs
    fromMj = toMj
  }
}

/** Energy of a straight line of power from a up to `toMs`, in whole millijoules (W·ms). */
function energyUpToMj(aMs: number, aW: number, bMs: number, bW: number, toMs: number): number {
  const ranMs = toMs - aMs
  return Math.round(aW * ranMs + ((bW - aW) * ranMs * ranMs) / (2 * (bMs - aMs)))
}

function put(
  intervals: Intervals,
  point: number,
  interval: number,
  energyMj: number,
  coveredMs: number,
  estimated: boolean,
  nextClose: number,
): void {
  extendSlots(intervals, point, interval, nextClose)
  const slot = slotOfInterval(intervals, point, interval)
  if (slot < 0) return // older than the memory: the reach covers all that may still change
  if (interval < nextClose) noteChange(intervals, point, interval, slot)
  intervals.energyMj[slot]! += energyMj
  intervals.coveredMs[slot]! += coveredMs
  if (estimated) intervals.estimatedMj[slot]! += energyMj
}
