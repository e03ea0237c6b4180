import { EDGE_NUMBERS, isNextDay, OLD_J, OLD_MS } from './count-edge.ts'
import { FOUND, largestAtEdgeW, walkCounts } from './count-walk.ts'
import { settleWalk, walkedFromMs } from './count-hold.ts'
import type { Intervals } from '../intervals.ts'
import type { PointPlan } from '../../contract/plan.ts'
import { insertSample, removeSample, timeAt, valueAt, type Samples } from '../samples.ts'
import { spreadStep } from '../owed.ts'
import {
  countedMj,
  isOutlier,
  LARGEST_RATIO,
  limitMj,
  meanOf,
  riseW,
  roseBetweenMj,
  roseMj,
  SLACK_MS,
  soundBefore,
  stepMj,
  wholeMj,
} from './steps.ts'

/**
 * Registers: running energy counts in joules. The step between two readings is the energy, exact over gaps. What a
 * reading means depends on itself and at most two raw neighbours on each side. Where a register has fallen, or where
 * its largest power must be known, a walk over all held readings decides (count-walk.ts). Either way the order of
 * arrival leaves no trace.
 *
 * Source: the limit, rollover and reset rules of common metering practice. A step is at most rated power × time. A fall
 * that its modulus explains is a rollover, any other one suspends the register. A reading that its neighbours
 * contradict is skipped.
 */

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
 *   |-- a day counter, at midnight ----------------------> gap         no energy
 *   |-- to no more than can have been counted since -----> reset       no energy
 *   '-- any other fall ----------------------------------> swap        no energy
 * behind a fall
 *   |-- it goes on from the count before the fall -------> returned    energy since that count
 *   '-- it goes on from the young count -----------------> suspended   energy once that was so for an hour
 * ```
 */
export type RegisterVerdict =
  'step' | 'rollover' | 'reset' | 'swap' | 'rate' | 'spike' | 'jitter' | 'gap' | 'suspended' | 'returned'

/** Puts a reading of a register in its place and counts the steps that it changes. */
export function joinReading(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  tMs: number,
  value: number,
  nextClose: number,
): void {
  const { walked, placeOf } = samples.counts
  if (walked[placeOf[point]!] === 0) {
    addSteps(intervals, samples, point, plan, position, position, -1, nextClose)
    insertSample(samples, point, position, tMs, value)
    if (addSteps(intervals, samples, point, plan, position, position + 1, 1, nextClose)) return
    addSteps(intervals, samples, point, plan, position, position + 1, -1, nextClose)
    removeSample(samples, point, position)
    addSteps(intervals, samples, point, plan, position, position, 1, nextClose)
  }
  const before = walkCounts(samples, point, plan, Infinity).from.slice(0, samples.count[point])
  insertSample(samples, point, position, tMs, value)
  changeCounts(intervals, samples, point, plan, position, before, nextClose)
  settleWalk(samples, point)
}

/**
 * Takes out the steps that no longer count since a sample was put in at `position`, and adds those that do now. All
 * others are left alone: their intervals may not be held any more.
 */
function changeCounts(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  before: Int32Array,
  nextClose: number,
): void {
  const { from: now } = walkCounts(samples, point, plan, Infinity)
  const moved = (n: number) => (n < position ? n : n + 1)
  for (let n = 1; n < before.length; n++) {
    const [to, from] = [moved(n), moved(before[n]!)]
    if (now[to] !== from) addCount(intervals, samples, point, plan, from, to, -1, nextClose)
    else now[to] = -1
  }
  for (let to = 1; to <= before.length; to++) addCount(intervals, samples, point, plan, now[to]!, to, 1, nextClose)
}

/**
 * Adds the steps around a position to the intervals; sign -1 takes them out. A reading at position p can change steps
 * that end at p − 1 or later and begin at p + 1 or earlier. Call it with -1 before the reading is inserted, `through`
 * its position, and with 1 after that, `through` the next position. False where a step hangs on more than its
 * neighbours: then the walk has to decide.
 */
function addSteps(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  through: number,
  sign: 1 | -1,
  nextClose: number,
): boolean {
  const isRated = !Number.isNaN(plan.maxW)
  let isWhole = true
  let from = soundBefore(samples, point, plan, position - 1)
  for (let to = from + 1; from <= through && to < samples.count[point]!; to++) {
    if (isOutlier(samples, point, plan, to)) continue
    if (from >= 0 && to >= position - 1) {
      const mj = stepMj(samples, point, plan, from, to)
      const isPlain = sign === -1 || (isRated && !Number.isNaN(mj))
      if (!isPlain && hangsOnMore(samples, point, plan, from, to, mj)) isWhole = false
      if (!Number.isNaN(mj)) {
        const fromMs = timeAt(samples, point, from)
        spreadStep(intervals, point, plan, fromMs, timeAt(samples, point, to), mj, sign, nextClose)
      }
    }
    from = to
  }
  return isWhole
}

/** Whether a step (NaN: no energy; else without a rating) can only be judged with readings before its neighbours. */
function hangsOnMore(samples: Samples, point: number, plan: PointPlan, from: number, to: number, mj: number): boolean {
  const fromMs = timeAt(samples, point, from)
  const toMs = timeAt(samples, point, to)
  if (Number.isNaN(mj)) {
    return toMs - fromMs <= plan.maxGapMs && roseMj(samples, point, plan, from, to) < 0
  }
  const tenfoldMs = LARGEST_RATIO * (toMs - fromMs + SLACK_MS)
  if (mj <= tenfoldMs * largestAtEdgeW(samples.counts, point, toMs)) return false
  const before = soundBefore(samples, point, plan, from)
  if (before < 0) return samples.floorMs[point] !== -Infinity || valueAt(samples, point, from) === 0
  const ranMs = fromMs - timeAt(samples, point, before)
  return !(mj <= tenfoldMs * meanOf(plan, stepMj(samples, point, plan, before, from), ranMs))
}

/** Counts the held readings anew, which a release before 0.3.0 counted by their neighbours alone. */
export function recount(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  nextClose: number,
): void {
  addSteps(intervals, samples, point, plan, 1, samples.count[point]! - 1, -1, nextClose)
  addCounts(intervals, samples, point, plan, Infinity, 1, nextClose)
}

/** Adds the steps that begin before a time by the walk over all held samples; sign -1 takes them out. */
export function addCounts(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  beforeMs: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const count = samples.count[point]!
  const { from: steps } = walkCounts(samples, point, plan, count - 1)
  for (let to = 1; to < count; to++) {
    if (timeAt(samples, point, steps[to]!) < beforeMs) {
      addCount(intervals, samples, point, plan, steps[to]!, to, sign, nextClose)
    }
  }
}

/** Adds the step that the walk found up to sample `to`. `from` as there: -1 is none, -2 the old count at the edge. */
function addCount(
  intervals: Intervals,
  samples: Samples,
  point: number,
  plan: PointPlan,
  from: number,
  to: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  if (from === -1) return
  const toMs = timeAt(samples, point, to)
  if (from >= 0) {
    const mj = countedMj(samples, point, plan, from, to)
    spreadStep(intervals, point, plan, timeAt(samples, point, from), toMs, mj, sign, nextClose)
    return
  }
  const { edges, placeOf } = samples.counts
  const at = EDGE_NUMBERS * placeOf[point]!
  const [oldMs, oldJ] = [edges[at + OLD_MS]!, edges[at + OLD_J]!]
  const mj = roseBetweenMj(plan, oldMs, oldJ, toMs, valueAt(samples, point, to))
  spreadStep(intervals, point, plan, oldMs, toMs, mj, sign, nextClose)
}

/** Event time from which on a reading at `position` can change steps; -Infinity for the first reading. */
export function stepsChangeFromMs(samples: Samples, point: number, plan: PointPlan, position: number): number {
  if (position === 0) return -Infinity
  const { placeOf, walked } = samples.counts
  const place = placeOf[point]!
  if (walked[place] === 1) return walkedFromMs(samples, point)
  return timeAt(samples, point, Math.max(0, soundBefore(samples, point, plan, position - 1)))
}

/** The verdict on the sample at `position`; while it is the newest, nothing can confirm or contradict it (D9). */
export function verdictAt(samples: Samples, point: number, plan: PointPlan, position: number): RegisterVerdict {
  const { walked, placeOf } = samples.counts
  if (isOutlier(samples, point, plan, position)) {
    const offMj = Math.abs(roseMj(samples, point, plan, position - 1, position))
    return offMj > likelyMj(samples, point, plan, position - 1, position, position + 1) ? 'spike' : 'jitter'
  }
  const found =
    walked[placeOf[point]!] === 1 ? walkCounts(samples, point, plan, position).verdicts[position]! : FOUND.plain
  if (found === FOUND.suspended) return 'suspended'
  if (found === FOUND.returned) return 'returned'
  const from = soundBefore(samples, point, plan, position)
  if (from < 0) return 'gap'
  const [fromMs, toMs] = [timeAt(samples, point, from), timeAt(samples, point, position)]
  if (toMs - fromMs > plan.maxGapMs) return 'gap'
  const rose = roseMj(samples, point, plan, from, position)
  const isRefused = found === FOUND.raised || found === FOUND.fell
  const isStep = !isRefused && !Number.isNaN(stepMj(samples, point, plan, from, position))
  if (isStep) return rose >= 0 ? 'step' : 'rollover'
  if (rose < 0) {
    if (found !== FOUND.fell && isNextDay(samples.counts, plan, fromMs, toMs)) return 'gap'
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
