import type { Intervals } from './intervals.ts'
import type { PointPlan } from '../contract/plan.ts'
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
 * What the count did at a reading, seen from the sound reading before it:
 *
 * - `step`, `rollover`: energy, within the rating
 * - `reset`: it fell to what can have been counted since; `swap`: any other fall, or a rise above the rating that the next
 *   reading goes on from; `rate`: a rise above the rating that nothing confirms. None of them tells an energy
 * - `spike`, `jitter`: skipped, the neighbours contradict it; by more, or by no more, than the rating allows
 * - `gap`: no reading before it within the bridge
 */
export type RegisterVerdict = 'step' | 'rollover' | 'reset' | 'swap' | 'rate' | 'spike' | 'jitter' | 'gap'

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
export function stepsChangeFromMs(samples: Samples, point: number, plan: PointPlan, position: number): number {
  return position === 0
    ? -Infinity
    : timeAt(samples, point, Math.max(0, soundBefore(samples, point, plan, position - 1)))
}

/** The verdict on the sample at `position`; while it is the newest, nothing can confirm or contradict it. */
export function verdictAt(samples: Samples, point: number, plan: PointPlan, position: number): RegisterVerdict {
  if (isOutlier(samples, point, plan, position)) {
    const offMj = Math.abs(roseMj(samples, point, plan, position - 1, position))
    return offMj > likelyMj(samples, point, plan, position - 1, position, position + 1) ? 'spike' : 'jitter'
  }
  const a = soundBefore(samples, point, plan, position)
  if (a < 0 || timeAt(samples, point, position) - timeAt(samples, point, a) > plan.maxGapMs) return 'gap'
  const rose = roseMj(samples, point, plan, a, position)
  if (!Number.isNaN(stepMj(samples, point, plan, a, position))) return rose >= 0 ? 'step' : 'rollover'
  if (rose < 0) {
    const sinceMj = wholeMj(valueAt(samples, point, position))
    return sinceMj <= likelyMj(samples, point, plan, a, position, a) ? 'reset' : 'swap'
  }
  const goesOn =
    position + 1 < samples.count[point]! && !Number.isNaN(stepMj(samples, point, plan, position, position + 1))
  return goesOn ? 'swap' : 'rate'
}

/**
 * What a register may count from one sample to another: by its rating, or else ten times the power of the plain step from
 * the one before `a` to `through`.
 */
function likelyMj(samples: Samples, point: number, plan: PointPlan, a: number, b: number, through: number): number {
  const aroundW = Number.isNaN(plan.maxW) ? riseW(samples, point, plan, through === a ? a - 1 : a, through) : NaN
  if (!(aroundW > 0)) return limitMj(samples, point, plan, a, b)
  return LARGEST_RATIO * aroundW * (timeAt(samples, point, b) - timeAt(samples, point, a) + SLACK_MS)
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
  spreadEvenly(intervals, point, plan, aMs, bMs, totalMj, sign, nextClose)
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
  const falls = roseMj(samples, point, plan, k, k + 1) < 0
  return falls && riseW(samples, point, plan, k - 1, k) > LARGEST_RATIO * throughW
}

/** Whole millijoules between two samples, or NaN where the step tells nothing: a gap, a reset, more than the rating. */
function stepMj(samples: Samples, point: number, plan: PointPlan, a: number, b: number): number {
  if (timeAt(samples, point, b) - timeAt(samples, point, a) > plan.maxGapMs) return NaN
  const rose = roseMj(samples, point, plan, a, b)
  if (rose < 0) return wrappedMj(samples, point, plan, a, b, rose)
  return rose <= limitMj(samples, point, plan, a, b) ? rose : NaN
}

/** A fall as a rollover, in whole millijoules, or NaN where it is none. Each meter of a step may wrap once. */
function wrappedMj(samples: Samples, point: number, plan: PointPlan, a: number, b: number, rose: number): number {
  if (Number.isNaN(plan.rolloverJ)) return NaN
  const [aMs, bMs] = [timeAt(samples, point, a), timeAt(samples, point, b)]
  let wrapped = rose + wholeMj(plan.rolloverJ)
  let near = valueAt(samples, point, a) > NEAR_ROLLOVER * plan.rolloverJ
  for (let n = 0; n < plan.swaps.length; n++) {
    const { atMs, openingJ } = plan.swaps[n]!
    if (atMs <= aMs || atMs > bMs) continue
    if (wrapped < 0) wrapped += wholeMj(plan.rolloverJ)
    near ||= openingJ > NEAR_ROLLOVER * plan.rolloverJ
  }
  if (wrapped < 0) return NaN // it stood above its modulus: that is declared wrong
  if (!Number.isNaN(plan.maxW)) return wrapped <= limitMj(samples, point, plan, a, b) ? wrapped : NaN
  return near || wrapped / (bMs - aMs) <= LARGEST_RATIO * riseW(samples, point, plan, a - 1, a) ? wrapped : NaN
}

/** Mean power of a plain step upwards, within the rating and the bridge; NaN for any other. */
function riseW(samples: Samples, point: number, plan: PointPlan, a: number, b: number): number {
  if (a < 0) return NaN
  const ranMs = timeAt(samples, point, b) - timeAt(samples, point, a)
  const rose = roseMj(samples, point, plan, a, b)
  return rose >= 0 && ranMs <= plan.maxGapMs && rose <= limitMj(samples, point, plan, a, b) ? rose / ranMs : NaN
}

/**
 * By how many whole millijoules the count rose between two samples: of the readings themselves, or over declared swaps of
 * the old meter up to its closing and the new one from its opening. A reading stamped as the swap is the new meter's.
 */
function roseMj(samples: Samples, point: number, plan: PointPlan, a: number, b: number): number {
  const bMs = timeAt(samples, point, b)
  let fromMs = timeAt(samples, point, a)
  let fromMj = wholeMj(valueAt(samples, point, a))
  let rose = 0
  for (let n = 0; n < plan.swaps.length; n++) {
    const { atMs, closingJ, openingJ } = plan.swaps[n]!
    if (atMs <= fromMs || atMs > bMs) continue
    rose += wholeMj(closingJ) - fromMj
    fromMj = wholeMj(openingJ)
    fromMs = atMs
  }
  return rose + (wholeMj(valueAt(samples, point, b)) - fromMj)
}

/** The most that the rated power brings between two samples, in millijoules. */
function limitMj(samples: Samples, point: number, plan: PointPlan, a: number, b: number): number {
  const maxW = Number.isNaN(plan.maxW) ? LARGEST_W : plan.maxW
  return maxW * (timeAt(samples, point, b) - timeAt(samples, point, a) + SLACK_MS)
}

/** Differences of rounded readings add up to the rounded difference, whatever lies between. */
function wholeMj(joules: number): number {
  return Math.round(joules * 1000)
}
