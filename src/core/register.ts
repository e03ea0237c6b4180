import type { Intervals } from './intervals.ts'
import type { PointPlan } from './plan.ts'
import { timeAt, valueAt, type Samples } from './samples.ts'
import { spreadEvenly } from './segments.ts'

/**
 * Registers: running energy counts in joules. The step between two readings is the energy, exact over gaps. What a
 * reading means depends on itself and at most two raw neighbours on each side, so the order of arrival leaves no trace.
 *
 * Source: the limit, rollover and reset rules of common metering practice: a step is at most rated power × time; a fall
 * that its modulus explains is a rollover, any other one a reset; one reading that its neighbours contradict is skipped.
 */

/** A step may pass the rating by what this time brings: registers count in whole units, devices read them late. */
const SLACK_MS = 360_000

/** Without a rating, more than any feeder carries. */
const LARGEST_W = 1e9

/** Without a rating, how much more than the power around it a step may imply. */
const LARGEST_RATIO = 10

/** Without a rating and without a power to compare with, a fall is a rollover only above this share of the modulus. */
const NEAR_ROLLOVER = 0.9

/**
 * Puts the steps around a position into the intervals (sign -1 takes them out). A reading at position p can change steps
 * that end at p − 1 or later and begin at p + 1 or earlier: call with -1 before it is inserted (`through` its position),
 * with 1 after (`through` the next one).
 */
export function addSteps(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  through: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  let a = soundBefore(samples, point, plan, position - 1)
  for (let b = a + 1; a <= through && b < samples.count[point]!; b++) {
    if (isOutlier(samples, point, plan, b)) continue
    if (a >= 0 && b >= position - 1) addStep(intervals, samples, point, plan, a, b, sign, nextClose)
    a = b
  }
}

/** Event time from which on a reading at `position` can change steps; -Infinity for the first. */
export function stepsFromMs(samples: Samples, point: number, plan: PointPlan, position: number): number {
  return position === 0
    ? -Infinity
    : timeAt(samples, point, Math.max(0, soundBefore(samples, point, plan, position - 1)))
}

function addStep(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  a: number,
  b: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const [aMs, bMs] = [timeAt(samples, point, a), timeAt(samples, point, b)]
  const totalMj = stepMj(samples, point, plan, a, b)
  if (Number.isNaN(totalMj)) return
  spreadEvenly(intervals, point, aMs, bMs, totalMj, bMs - aMs > 3 * plan.everyMs, sign, nextClose)
}

/** The newest sample before `position` that is no outlier; -1 where there is none. */
function soundBefore(samples: Samples, point: number, plan: PointPlan, position: number): number {
  let sound = position - 1
  while (sound >= 0 && isOutlier(samples, point, plan, sound)) sound--
  return sound
}

/** A single reading off the line that its neighbours make: a spike, a digit that jitters, a read out of order. */
function isOutlier(samples: Samples, point: number, plan: PointPlan, k: number): boolean {
  if (k <= 0 || k >= samples.count[point]! - 1) return false
  const throughW = riseW(samples, point, plan, k - 1, k + 1)
  if (Number.isNaN(throughW)) return false
  if (Number.isNaN(stepMj(samples, point, plan, k - 1, k))) return true
  const falls = valueAt(samples, point, k + 1) < valueAt(samples, point, k)
  return falls && riseW(samples, point, plan, k - 1, k) > LARGEST_RATIO * throughW
}

/** Whole millijoules between two samples, or NaN where the step tells nothing: a gap, a reset, more than the rating. */
function stepMj(samples: Samples, point: number, plan: PointPlan, a: number, b: number): number {
  if (timeAt(samples, point, b) - timeAt(samples, point, a) > plan.maxGapMs) return NaN
  const [aJ, bJ] = [valueAt(samples, point, a), valueAt(samples, point, b)]
  if (bJ >= aJ) return bJ - aJ <= limitJ(samples, point, plan, a, b) ? wholeMj(bJ) - wholeMj(aJ) : NaN
  const wrappedJ = bJ + plan.rolloverJ - aJ
  return isRollover(samples, point, plan, a, b, wrappedJ) ? wholeMj(bJ) + wholeMj(plan.rolloverJ) - wholeMj(aJ) : NaN
}

function isRollover(samples: Samples, point: number, plan: PointPlan, a: number, b: number, wrappedJ: number): boolean {
  if (Number.isNaN(plan.rolloverJ)) return false
  if (!Number.isNaN(plan.maxW)) return wrappedJ <= limitJ(samples, point, plan, a, b)
  if (valueAt(samples, point, a) > NEAR_ROLLOVER * plan.rolloverJ) return true
  const impliedW = (wrappedJ * 1000) / (timeAt(samples, point, b) - timeAt(samples, point, a))
  return impliedW <= LARGEST_RATIO * riseW(samples, point, plan, a - 1, a)
}

/** Mean power of a plain step upwards, within the rating and the bridge; NaN for any other. */
function riseW(samples: Samples, point: number, plan: PointPlan, a: number, b: number): number {
  if (a < 0) return NaN
  const ranMs = timeAt(samples, point, b) - timeAt(samples, point, a)
  const roseJ = valueAt(samples, point, b) - valueAt(samples, point, a)
  return roseJ >= 0 && ranMs <= plan.maxGapMs && roseJ <= limitJ(samples, point, plan, a, b)
    ? (roseJ * 1000) / ranMs
    : NaN
}

function limitJ(samples: Samples, point: number, plan: PointPlan, a: number, b: number): number {
  const maxW = Number.isNaN(plan.maxW) ? LARGEST_W : plan.maxW
  return (maxW * (timeAt(samples, point, b) - timeAt(samples, point, a) + SLACK_MS)) / 1000
}

/** Differences of rounded readings add up to the rounded difference, whatever lies between. */
function wholeMj(joules: number): number {
  return Math.round(joules * 1000)
}
