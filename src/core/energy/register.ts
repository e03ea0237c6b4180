import type { Intervals } from './intervals.ts'
import type { PointPlan } from '../contract/plan.ts'
import { timeAt, valueAt, type Samples } from './samples.ts'
import { spreadEvenly } from './segments.ts'

/**
 * Registers: running energy counts in joules. The step between two readings is the energy, exact over gaps. What a
 * reading means depends on itself and at most two raw neighbours on each side, so the order of arrival leaves no trace.
 *
 * Source: the limit, rollover and reset rules of common metering practice. A step is at most rated power × time. A fall
 * that its modulus explains is a rollover, any other one a reset. A reading that its neighbours contradict is skipped.
 */

/** A step may pass the rating by the energy of this time: registers count whole units, devices read them late. */
const SLACK_MS = 360_000

/** Used where no rating is declared: more than any feeder carries. */
const LARGEST_W = 1e9

/** Without a rating, the power of a step may be so many times the power around it. */
const LARGEST_RATIO = 10

/** Without a rating and a power to compare with, a fall is a rollover only from above this share of the modulus. */
const NEAR_ROLLOVER = 0.9

/**
 * What the count did at a reading, seen from the last sound reading before it. "Likely" is what the rating allows, or
 * ten times the power around it where there is no rating.
 *
 * ```
 * its neighbours make a plain rise without it, and it lies off that line
 *   |-- by more than is likely --------------------------> spike       skipped
 *   '-- by less -----------------------------------------> jitter      skipped
 * else: no sound reading before it within the bridge ----> gap         no energy
 * else: it rose
 *   |-- within the rating -------------------------------> step        energy
 *   |-- above it, and the next reading goes on from it --> swap        no energy
 *   '-- above it, and nothing confirms it ---------------> rate        no energy
 * else: it fell
 *   |-- the modulus explains the fall -------------------> rollover    energy
 *   |-- to no more than can have been counted since -----> reset       no energy
 *   '-- any other fall ----------------------------------> swap        no energy
 * ```
 */
export type RegisterVerdict = 'step' | 'rollover' | 'reset' | 'swap' | 'rate' | 'spike' | 'jitter' | 'gap'

/**
 * Adds the steps around a position to the intervals; sign -1 takes them out. A reading at position p can change steps
 * that end at p − 1 or later and begin at p + 1 or earlier. Call it with -1 before the reading is inserted, `through`
 * its position, and with 1 after that, `through` the next position.
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
  let from = soundBefore(samples, point, plan, position - 1)
  for (let to = from + 1; from <= through && to < samples.count[point]!; to++) {
    if (isOutlier(samples, point, plan, to)) continue
    if (from >= 0 && to >= position - 1) addStep(intervals, samples, point, plan, from, to, sign, nextClose)
    from = to
  }
}

/** Event time from which on a reading at `position` can change steps; -Infinity for the first reading. */
export function stepsChangeFromMs(samples: Samples, point: number, plan: PointPlan, position: number): number {
  return position === 0
    ? -Infinity
    : timeAt(samples, point, Math.max(0, soundBefore(samples, point, plan, position - 1)))
}

/** The verdict on the sample at `position`; while it is the newest, nothing can confirm or contradict it (D9). */
export function verdictAt(samples: Samples, point: number, plan: PointPlan, position: number): RegisterVerdict {
  if (isOutlier(samples, point, plan, position)) {
    const offMj = Math.abs(roseMj(samples, point, plan, position - 1, position))
    return offMj > likelyMj(samples, point, plan, position - 1, position, position + 1) ? 'spike' : 'jitter'
  }
  const from = soundBefore(samples, point, plan, position)
  if (from < 0 || timeAt(samples, point, position) - timeAt(samples, point, from) > plan.maxGapMs) return 'gap'
  const rose = roseMj(samples, point, plan, from, position)
  if (!Number.isNaN(stepMj(samples, point, plan, from, position))) return rose >= 0 ? 'step' : 'rollover'
  if (rose < 0) {
    const sinceMj = wholeMj(valueAt(samples, point, position))
    return sinceMj <= likelyMj(samples, point, plan, from, position, from) ? 'reset' : 'swap'
  }
  const goesOn =
    position + 1 < samples.count[point]! && !Number.isNaN(stepMj(samples, point, plan, position, position + 1))
  return goesOn ? 'swap' : 'rate'
}

/**
 * The most that a register is likely to count from one sample to another by its rating. Without a rating, ten times the
 * power of the plain step from `from` to `through`. Where both are one sample, that step is the one before it.
 */
function likelyMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number, through: number): number {
  const aroundW = Number.isNaN(plan.maxW)
    ? riseW(samples, point, plan, through === from ? from - 1 : from, through)
    : NaN
  if (!(aroundW > 0)) return limitMj(samples, point, plan, from, to)
  return LARGEST_RATIO * aroundW * (timeAt(samples, point, to) - timeAt(samples, point, from) + SLACK_MS)
}

function addStep(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  from: number,
  to: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const [fromMs, toMs] = [timeAt(samples, point, from), timeAt(samples, point, to)]
  const totalMj = stepMj(samples, point, plan, from, to)
  if (Number.isNaN(totalMj)) return
  spreadEvenly(intervals, point, plan, fromMs, toMs, totalMj, sign, nextClose)
}

/** The newest sample before `position` that is no outlier; -1 where there is none. */
function soundBefore(samples: Samples, point: number, plan: PointPlan, position: number): number {
  let sound = position - 1
  while (sound >= 0 && isOutlier(samples, point, plan, sound)) sound--
  return sound
}

/** A single reading off the line that its neighbours make: a spike, a digit that jitters, a read out of order. */
function isOutlier(samples: Samples, point: number, plan: PointPlan, position: number): boolean {
  if (position <= 0 || position >= samples.count[point]! - 1) return false
  const throughW = riseW(samples, point, plan, position - 1, position + 1)
  if (Number.isNaN(throughW)) return false
  if (Number.isNaN(stepMj(samples, point, plan, position - 1, position))) return true
  const falls = roseMj(samples, point, plan, position, position + 1) < 0
  return falls && riseW(samples, point, plan, position - 1, position) > LARGEST_RATIO * throughW
}

/** Whole millijoules between two samples, or NaN where that is no energy: a gap, a reset, more than the rating. */
function stepMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  if (timeAt(samples, point, to) - timeAt(samples, point, from) > plan.maxGapMs) return NaN
  const rose = roseMj(samples, point, plan, from, to)
  if (rose < 0) return wrappedMj(samples, point, plan, from, to, rose)
  return rose <= limitMj(samples, point, plan, from, to) ? rose : NaN
}

/** Whole millijoules of a fall as a rollover, or NaN where it is none. Each meter of a step may wrap once. */
function wrappedMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number, rose: number): number {
  if (Number.isNaN(plan.rolloverJ)) return NaN
  const [fromMs, toMs] = [timeAt(samples, point, from), timeAt(samples, point, to)]
  let wrapped = rose + wholeMj(plan.rolloverJ)
  let near = valueAt(samples, point, from) > NEAR_ROLLOVER * plan.rolloverJ
  for (let n = 0; n < plan.swaps.length; n++) {
    const { atMs, openingJ } = plan.swaps[n]!
    if (atMs <= fromMs || atMs > toMs) continue
    if (wrapped < 0) wrapped += wholeMj(plan.rolloverJ)
    near ||= openingJ > NEAR_ROLLOVER * plan.rolloverJ
  }
  if (wrapped < 0) return NaN // it stood above its modulus: that is declared wrong
  if (!Number.isNaN(plan.maxW)) return wrapped <= limitMj(samples, point, plan, from, to) ? wrapped : NaN
  return near || wrapped / (toMs - fromMs) <= LARGEST_RATIO * riseW(samples, point, plan, from - 1, from)
    ? wrapped
    : NaN
}

/** Mean power of a plain step upwards, within the rating and the bridge; NaN for any other. */
function riseW(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  if (from < 0) return NaN
  const ranMs = timeAt(samples, point, to) - timeAt(samples, point, from)
  const rose = roseMj(samples, point, plan, from, to)
  return rose >= 0 && ranMs <= plan.maxGapMs && rose <= limitMj(samples, point, plan, from, to) ? rose / ranMs : NaN
}

/**
 * By how many whole millijoules the count rose between two samples. Over a declared swap it is the old meter's rise
 * up to its closing count and the new one's from its opening count. A reading stamped as the swap is the new meter's.
 */
function roseMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  const toMs = timeAt(samples, point, to)
  let fromMs = timeAt(samples, point, from)
  let fromMj = wholeMj(valueAt(samples, point, from))
  let rose = 0
  for (let n = 0; n < plan.swaps.length; n++) {
    const { atMs, closingJ, openingJ } = plan.swaps[n]!
    if (atMs <= fromMs || atMs > toMs) continue
    rose += wholeMj(closingJ) - fromMj
    fromMj = wholeMj(openingJ)
    fromMs = atMs
  }
  return rose + (wholeMj(valueAt(samples, point, to)) - fromMj)
}

/** The most that the rated power brings between two samples, in millijoules. */
function limitMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  const maxW = Number.isNaN(plan.maxW) ? LARGEST_W : plan.maxW
  return maxW * (timeAt(samples, point, to) - timeAt(samples, point, from) + SLACK_MS)
}

/** Readings are rounded before they are subtracted: steps then add up to the step over all of them. */
function wholeMj(joules: number): number {
  return Math.round(joules * 1000)
}
