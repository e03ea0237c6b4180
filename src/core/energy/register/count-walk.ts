import {
  EDGE_NUMBERS,
  isNextDay,
  LARGEST,
  MEAN_W,
  OLD_J,
  OLD_MS,
  PACE_W,
  RISEN,
  STOOD,
  YOUNG_MS,
  type CountEdges,
  type CountWalk,
} from './count-edge.ts'
import { largestUpTo, LARGEST_NUMBERS, noteLargest } from './largest.ts'
import { CONFIRM_MS } from '../../contract/reach.ts'
import type { PointPlan } from '../../contract/plan.ts'
import { timeAt, valueAt, type Samples } from '../samples.ts'
import { isOutlier, LARGEST_RATIO, limitOverMj, meanOf, riseW, roseBetweenMj, SLACK_MS, stepMj } from './steps.ts'

/**
 * Which of a register's readings count, from the oldest held one to the newest. It is walked where steps hang on more
 * than their neighbours: when a register has fallen and its modulus does not explain that (D110).
 *
 * ```
 *              falls                            goes on from the old count
 *   counting ─────────▶ suspended ─────────────────────────────────────────▶ counting: a step from old to here
 *                        │     ▲ │
 *                        │     └─┘ fits neither: the young count begins here
 *                        └─ 1 h of steps that go on from the young count ──▶ counting: those steps count
 *
 *   13 499.6   0   0   0.8   1.7 …             old count, young counts
 *   13 499.6   0   0   13 500.4                a return: 0.8 since the old count
 * ```
 *
 * From the old count on nothing is known while it is suspended. A young count that stands still confirms nothing. A day
 * counter that falls at midnight counts on at once, unless it shows its old count again within an hour.
 */

/** What the walk found of a sample beyond what its neighbours say. */
export const FOUND = { plain: 0, step: 1, raised: 2, fell: 3, suspended: 4, returned: 5, nextDay: 6 } as const

type Found = (typeof FOUND)[keyof typeof FOUND]

/** Where several explanations fit, a step of more than so many times the power before is the less likely one. */
const UNLIKELY_RATIO = 3

/** Where no power is known of a week, steps up to ten times this power need no second step of their size (D111). */
const UNKNOWN_W = 10_000

const NONE = -1
const BEFORE_HELD = -2

/** Walks from the oldest held sample to the one at `through`. The result holds until the next call. */
export function walkCounts(samples: Samples, point: number, plan: PointPlan, through: number): CountWalk {
  const last = Math.min(through, samples.count[point]! - 1)
  const holes = samples.counts.holes[samples.counts.placeOf[point]!]
  const walk = startWalk(samples.counts, point, samples.count[point]!)
  if (holes !== undefined) forgetState(walk)
  for (let k = 1; k <= last; k++) {
    walk.from[k] = NONE
    if (holes?.includes(timeAt(samples, point, k))) walk.verdicts[k] = passHole(walk, samples, point, k, holes)
    else if (isOutlier(samples, point, plan, k)) walk.verdicts[k] = FOUND.plain
    else if (Number.isNaN(walk.oldMs)) walk.verdicts[k] = walkOn(walk, samples, point, plan, k)
    else walk.verdicts[k] = walkYoung(walk, samples, point, plan, k)
  }
  return walk
}

function startWalk(counts: CountEdges, point: number, count: number): CountWalk {
  const { walk } = counts
  if (walk.from.length < count) {
    walk.from = new Int32Array(2 * count)
    walk.verdicts = new Uint8Array(2 * count)
  }
  walk.from[0] = NONE
  walk.verdicts[0] = FOUND.plain
  walk.isWalked = false
  walk.dayMs = NaN
  loadEdge(counts, point, 0)
  return walk
}

/** Goes on from what is known at the edge, which stands before the sample at `base`. */
function loadEdge({ walk, edges, placeOf }: CountEdges, point: number, base: number): void {
  const at = EDGE_NUMBERS * placeOf[point]!
  walk.base = base
  walk.meanW = edges[at + MEAN_W]!
  walk.paceW = edges[at + PACE_W]!
  walk.oldMs = edges[at + OLD_MS]!
  walk.oldJ = edges[at + OLD_J]!
  walk.old = BEFORE_HELD
  walk.young = base
  walk.youngMs = edges[at + YOUNG_MS]!
  walk.hasStood = edges[at + STOOD] === 1
  walk.hasRisen = edges[at + RISEN] === 1
  walk.isWalked ||= !Number.isNaN(walk.oldMs)
  walk.largest.set(edges.subarray(at + LARGEST, at + LARGEST + LARGEST_NUMBERS))
}

/** Behind a hole nothing is known of the readings before it but the largest powers. */
function forgetState(walk: CountWalk): void {
  walk.meanW = NaN
  walk.paceW = NaN
  walk.oldMs = NaN
}

/** The first sample behind a hole; the edge stands behind the last one. */
function passHole(walk: CountWalk, samples: Samples, point: number, k: number, holes: readonly number[]): Found {
  if (timeAt(samples, point, k) === holes.at(-1)) loadEdge(samples.counts, point, k)
  else {
    walk.base = k
    forgetState(walk)
  }
  return FOUND.plain
}

/** A reading of a register that counts. */
function walkOn(walk: CountWalk, samples: Samples, point: number, plan: PointPlan, k: number): Found {
  const { base } = walk
  const [fromMs, toMs] = [timeAt(samples, point, base), timeAt(samples, point, k)]
  const mj = stepMj(samples, point, plan, base, k)
  if (!Number.isNaN(mj) && isLikely(walk, samples, point, plan, base, k, mj)) {
    countStep(walk, plan, base, k, toMs, mj, toMs - fromMs)
    return FOUND.step
  }
  const { meanW } = walk
  walk.base = k
  walk.meanW = NaN
  if (toMs - fromMs > plan.maxGapMs) return FOUND.plain
  const [fromJ, toJ] = [valueAt(samples, point, base), valueAt(samples, point, k)]
  if (roseBetweenMj(plan, fromMs, fromJ, toMs, toJ) >= 0) return FOUND.raised
  walk.isWalked = true
  walk.meanW = meanW
  walk.old = base
  walk.oldMs = fromMs
  walk.oldJ = fromJ
  beginYoung(walk, k, toMs)
  if (!isNextDay(samples.counts, plan, fromMs, toMs) || returnsWithin(walk, samples, point, plan, k)) return FOUND.fell
  beginDay(walk, k, fromMs)
  return FOUND.nextDay
}

/** A reading of a register that has fallen: does it go on from the old count, from the young one, or from neither? */
function walkYoung(walk: CountWalk, samples: Samples, point: number, plan: PointPlan, k: number): Found {
  const { base } = walk
  const [fromMs, toMs] = [timeAt(samples, point, base), timeAt(samples, point, k)]
  const found = followYoung(walk, samples, point, plan, k)
  if (found === FOUND.returned) {
    const oldMj = roseBetweenMj(plan, walk.oldMs, walk.oldJ, toMs, valueAt(samples, point, k))
    countStep(walk, plan, walk.old, k, toMs, oldMj, toMs - walk.oldMs)
    walk.oldMs = NaN
    return FOUND.returned
  }
  // A count that stands still over midnight tells nothing
  const hasMoved = valueAt(samples, point, base) !== valueAt(samples, point, k)
  if (hasMoved && isNextDay(samples.counts, plan, fromMs, toMs) && !returnsWithin(walk, samples, point, plan, k)) {
    beginDay(walk, k, fromMs)
    return FOUND.nextDay
  }
  if (found === FOUND.step) confirmYoung(walk, samples, point, plan, k)
  return found
}

/** Which of two counts a reading goes on from; `step`: from the young one, and for an hour now. Counts no step. */
function followYoung(walk: CountWalk, samples: Samples, point: number, plan: PointPlan, k: number): Found {
  const { base, oldMs } = walk
  const [fromMs, toMs] = [timeAt(samples, point, base), timeAt(samples, point, k)]
  const stepped = stepMj(samples, point, plan, base, k)
  const isYoung = !Number.isNaN(stepped) && isLikely(walk, samples, point, plan, base, k, stepped)
  const oldMj = roseBetweenMj(plan, oldMs, walk.oldJ, toMs, valueAt(samples, point, k))
  const isOld = oldMj >= 0 && toMs - oldMs <= plan.maxGapMs && oldMj <= mostSinceOldMj(walk, plan, toMs)
  if (isOld && (!isYoung || isNearer(walk, plan, oldMj, toMs - oldMs, stepped, toMs - fromMs))) return FOUND.returned
  walk.base = k
  if (!isYoung) beginYoung(walk, k, toMs)
  else if (stepped > 0) walk.hasRisen = true
  else if (!walk.hasRisen) {
    walk.hasStood = true
    walk.young = k
    walk.youngMs = toMs
  }
  return walk.hasRisen && toMs - walk.youngMs >= CONFIRM_MS ? FOUND.step : FOUND.suspended
}

/** Whether a register goes on from its old count within an hour of sample `k`: then a fall at midnight was a glitch. */
function returnsWithin(walk: CountWalk, samples: Samples, point: number, plan: PointPlan, k: number): boolean {
  const { base, young, youngMs, hasStood, hasRisen } = walk
  const untilMs = timeAt(samples, point, k) + CONFIRM_MS
  let found: Found = FOUND.suspended
  for (let next = k + 1; found === FOUND.suspended && timeAt(samples, point, next) < untilMs; next++) {
    if (!isOutlier(samples, point, plan, next)) found = followYoung(walk, samples, point, plan, next)
  }
  walk.base = base
  walk.young = young
  walk.youngMs = youngMs
  walk.hasStood = hasStood
  walk.hasRisen = hasRisen
  return found === FOUND.returned
}

/** All steps since the young count began to count do count. */
function confirmYoung(walk: CountWalk, samples: Samples, point: number, plan: PointPlan, k: number): void {
  walk.base = walk.young
  for (let to = walk.young + 1; to <= k; to++) {
    if (isOutlier(samples, point, plan, to)) continue
    const { base } = walk
    const [fromMs, toMs] = [timeAt(samples, point, base), timeAt(samples, point, to)]
    countStep(walk, plan, base, to, toMs, stepMj(samples, point, plan, base, to), toMs - fromMs)
    walk.verdicts[to] = FOUND.step
  }
  walk.oldMs = NaN
}

function beginYoung(walk: CountWalk, k: number, tMs: number): void {
  walk.young = k
  walk.youngMs = tMs
  walk.hasStood = false
  walk.hasRisen = false
}

/** A day counter has begun anew at sample `k`: from there on it counts. */
function beginDay(walk: CountWalk, k: number, beforeMs: number): void {
  walk.oldMs = NaN
  walk.meanW = NaN
  walk.base = k
  walk.dayMs = beforeMs
}

function countStep(
  walk: CountWalk,
  plan: PointPlan,
  from: number,
  to: number,
  toMs: number,
  mj: number,
  ranMs: number,
): void {
  walk.from[to] = from
  walk.base = to
  walk.meanW = meanOf(plan, mj, ranMs)
  if (mj <= 0) return
  walk.paceW = walk.meanW
  if (Number.isNaN(plan.maxW)) noteLargest(walk.largest, 0, toMs, walk.meanW)
}

/**
 * Whether a step can be, where no rating says so. It can up to ten times the largest mean power of seven days, and
 * where the next step is of its size.
 */
function isLikely(
  walk: CountWalk,
  samples: Samples,
  point: number,
  plan: PointPlan,
  from: number,
  to: number,
  mj: number,
): boolean {
  if (!Number.isNaN(plan.maxW)) return true
  const toMs = timeAt(samples, point, to)
  const tenfoldMs = LARGEST_RATIO * (toMs - timeAt(samples, point, from) + SLACK_MS)
  if (mj <= tenfoldMs * walk.meanW) return true
  if (mj <= tenfoldMs * largestAtEdgeW(samples.counts, point, toMs)) return true
  const largestW = largestUpTo(walk.largest, 0, toMs)
  const isFirst = Number.isNaN(largestW) && Number.isNaN(walk.meanW)
  if (isFirst && valueAt(samples, point, from) !== 0) return true
  walk.isWalked = true
  if (mj <= tenfoldMs * (Number.isNaN(largestW) ? UNKNOWN_W : largestW)) return true
  return mj <= tenfoldMs * riseW(samples, point, plan, to, to + 1)
}

/** The largest mean power of the samples no longer held, as far as it is sure at `tMs`; NaN where it is not. */
export function largestAtEdgeW({ placeOf, largestW, largestUntilMs }: CountEdges, point: number, tMs: number): number {
  const place = placeOf[point]!
  return tMs < largestUntilMs[place]! ? largestW[place]! : NaN
}

function mostSinceOldMj(walk: CountWalk, plan: PointPlan, toMs: number): number {
  const ranMs = toMs - walk.oldMs
  const largestW = Number.isNaN(plan.maxW) ? largestUpTo(walk.largest, 0, toMs) : NaN
  const tenfoldMj = Number.isNaN(largestW) ? Infinity : LARGEST_RATIO * largestW * (ranMs + SLACK_MS)
  return Math.min(tenfoldMj, limitOverMj(plan, ranMs))
}

/** Whether the old count is the better explanation of two: the young one stood still, or its step leaps. */
function isNearer(
  { hasStood, hasRisen, paceW }: CountWalk,
  plan: PointPlan,
  oldMj: number,
  oldRanMs: number,
  youngMj: number,
  youngRanMs: number,
): boolean {
  if (hasStood && !hasRisen && youngMj > 0) return true
  const [oldRatio, youngRatio] = [meanOf(plan, oldMj, oldRanMs) / paceW, meanOf(plan, youngMj, youngRanMs) / paceW]
  return youngRatio > UNLIKELY_RATIO && Math.max(oldRatio, 1 / oldRatio) < youngRatio
}
