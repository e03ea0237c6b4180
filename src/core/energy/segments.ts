import { noteChange, openSlot, slotIn, type Intervals } from './intervals.ts'
import type { PointPlan } from '../contract/plan.ts'
import { timeAt, valueAt, type Samples } from './samples.ts'

/**
 * A straight line of power between two times, and the energy under it. The energy from the start up to each edge of
 * an interval is rounded to whole millijoules, as is that up to the end. Each interval takes the difference of two of
 * these.
 *
 * ```
 * endW                              ,|
 *                          ,   '     |
 *                 ,   '              |
 * startW   |  '                      |
 *          |        |         |      |
 *        start     edge      edge   end      time
 *          0        e1        e2    endMj    energy from the start, rounded
 *          |   e1   | e2 - e1 | endMj - e2   what each interval takes
 * ```
 *
 * The parts follow from the two ends alone, so the order in which samples came leaves no trace.
 */
export interface Segment {
  startMs: number
  startW: number
  endMs: number
  endW: number
  endMj: number
}

/**
 * Adds the energy between two neighbouring samples, by their positions, to the intervals it crosses; sign -1 takes it
 * out again. `from` -1: the second sample has none before it. Intervals before `nextClose` are closed. Registers have
 * steps (register.ts), values that hold are moved (below).
 */
export function addSegment(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  from: number,
  to: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const fromMs = timeAt(samples, point, from)
  const toMs = timeAt(samples, point, to)
  const value = valueAt(samples, point, to)
  switch (plan.kind) {
    case 'gauge':
    case 'register':
      return
    case 'mean':
    case 'energy': {
      // The sample covers the time of one period before its stamp, but none that the sample before it covers.
      const startMs = Math.max(fromMs, toMs - plan.everyMs)
      const totalMj = plan.kind === 'mean' ? Math.round(value * (toMs - startMs)) : Math.round(value * 1000)
      spreadEvenly(intervals, point, plan, startMs, toMs, totalMj, sign, nextClose)
      return
    }
    case 'power': {
      if (toMs - fromMs > plan.maxGapMs) return
      setSegment(intervals.segment, fromMs, valueAt(samples, point, from), toMs, value)
      spread(intervals, point, plan, fromMs, sign, nextClose)
    }
  }
}

/** Adds a known energy in whole millijoules evenly over the time from `startMs` to `endMs`: exact in sum. */
export function spreadEvenly(
  intervals: Intervals,
  point: number,
  plan: PointPlan,
  startMs: number,
  endMs: number,
  totalMj: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const { segment } = intervals
  const meanW = totalMj / (endMs - startMs)
  segment.startMs = startMs
  segment.startW = meanW
  segment.endMs = endMs
  segment.endW = meanW
  segment.endMj = totalMj
  spread(intervals, point, plan, startMs, sign, nextClose)
}

/**
 * How long the value of a sample at `tMs` holds: to the next sample, but at most `maxGapMs`. Without a next sample
 * (`nextMs` Infinity) it holds to where intervals are closed (D14).
 */
export function heldUntilMs(plan: PointPlan, tMs: number, nextMs: number, closedMs: number): number {
  return Math.max(tMs, Math.min(nextMs === Infinity ? closedMs : nextMs, tMs + plan.maxGapMs))
}

/**
 * Changes how long the value `watts` of the sample at `tMs` holds: until `toMs`, no longer until `wasMs`. Either may be
 * `tMs`: not at all. Only the time between the two is added or taken out. All of it moves where it turns from measured
 * into estimated, or back.
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
  const { segment } = intervals
  const isTurned = isEstimated(plan, toMs - tMs) !== isEstimated(plan, wasMs - tMs)
  if (isTurned && wasMs > tMs) {
    setSegment(segment, tMs, watts, wasMs, watts)
    spread(intervals, point, plan, tMs, -1, nextClose)
    setSegment(segment, tMs, watts, toMs, watts)
    spread(intervals, point, plan, tMs, 1, nextClose)
  } else if (toMs > wasMs) {
    setSegment(segment, tMs, watts, toMs, watts)
    spread(intervals, point, plan, wasMs, 1, nextClose)
  } else {
    setSegment(segment, tMs, watts, wasMs, watts)
    spread(intervals, point, plan, toMs, -1, nextClose)
  }
}

function setSegment(segment: Segment, startMs: number, startW: number, endMs: number, endW: number): void {
  segment.startMs = startMs
  segment.startW = startW
  segment.endMs = endMs
  segment.endW = endW
  segment.endMj = energyUpToMj(segment, endMs)
}

/** Adds `intervals.segment` from `fromMs` on to the intervals it crosses; sign -1 takes it out again. */
function spread(
  intervals: Intervals,
  point: number,
  plan: PointPlan,
  fromMs: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const { lengthMs, segment } = intervals
  const { startMs, endMs, endMj } = segment
  const estimated = isEstimated(plan, endMs - startMs)
  let edgeMs = fromMs
  let edgeMj = energyUpToMj(segment, fromMs)
  for (let interval = Math.floor(fromMs / lengthMs); edgeMs < endMs; interval++) {
    const toMs = Math.min((interval + 1) * lengthMs, endMs)
    const toMj = toMs === endMs ? endMj : energyUpToMj(segment, toMs)
    addToInterval(intervals, point, interval, sign * (toMj - edgeMj), sign * (toMs - edgeMs), estimated, nextClose)
    edgeMs = toMs
    edgeMj = toMj
  }
}

/** Energy of a segment from its start up to a time in it, in whole millijoules (W × ms). */
function energyUpToMj({ startMs, startW, endMs, endW }: Segment, tMs: number): number {
  const ranMs = tMs - startMs
  return Math.round(startW * ranMs + ((endW - startW) * ranMs * ranMs) / (2 * (endMs - startMs)))
}

/** Time bridged by more than three periods of a point counts as covered, and its energy as estimated. */
function isEstimated({ everyMs }: PointPlan, bridgedMs: number): boolean {
  return bridgedMs > 3 * everyMs
}

function addToInterval(
  intervals: Intervals,
  point: number,
  interval: number,
  energyMj: number,
  coveredMs: number,
  estimated: boolean,
  nextClose: number,
): void {
  const ahead = interval - intervals.newest[point]!
  const isRecent = ahead <= 0 && ahead > -intervals.slots[point]!
  const slot = isRecent ? slotIn(intervals, point, interval) : openSlot(intervals, point, interval, nextClose)
  if (slot < 0) return // older than all that may still change
  if (interval < nextClose) noteChange(intervals, point, interval, slot, nextClose)
  intervals.energyMj[slot]! += energyMj
  intervals.coveredMs[slot]! += coveredMs
  if (estimated) intervals.estimatedMj[slot]! += energyMj
}
