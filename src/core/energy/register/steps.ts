import { EDGE_NUMBERS, RISE_W } from './count-edge.ts'
import type { PointPlan, RatioPlan } from '../../contract/plan.ts'
import { timeAt, valueAt, type Samples } from '../samples.ts'

/** The step of a register between two of its readings: by how much the count rose, and whether that can be. */

/** A step may pass the rating by the energy of this time: registers count whole units, devices read them late. */
export const SLACK_MS = 360_000

/** Used where no rating is declared: more than any feeder carries. */
const LARGEST_W = 1e9

/** Without a rating, the power of a step may be so many times the power around it. */
export const LARGEST_RATIO = 10

/** Without a rating and a power to compare with, a fall is a rollover only from above this share of the modulus. */
const NEAR_ROLLOVER = 0.9

/** The newest sample before `position` that is no outlier; -1 where there is none. */
export function soundBefore(samples: Samples, point: number, plan: PointPlan, position: number): number {
  let sound = position - 1
  while (sound >= 0 && isOutlier(samples, point, plan, sound)) sound--
  return sound
}

/** A single reading off the line that its neighbours make: a spike, a digit that jitters, a read out of order. */
export function isOutlier(samples: Samples, point: number, plan: PointPlan, position: number): boolean {
  if (position <= 0 || position >= samples.count[point]! - 1) return false
  const mj = stepMj(samples, point, plan, position - 1, position)
  if (!Number.isNaN(mj) && roseMj(samples, point, plan, position, position + 1) >= 0) return false
  const throughW = riseW(samples, point, plan, position - 1, position + 1)
  if (Number.isNaN(throughW)) return false
  return Number.isNaN(mj) || riseW(samples, point, plan, position - 1, position) > LARGEST_RATIO * throughW
}

/** Whole millijoules between two samples, or NaN where that is no energy: a gap, a reset, more than the rating. */
export function stepMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  if (timeAt(samples, point, to) - timeAt(samples, point, from) > plan.maxGapMs) return NaN
  const rose = roseMj(samples, point, plan, from, to)
  if (rose < 0) return wrappedMj(samples, point, plan, from, to, rose)
  return rose <= limitMj(samples, point, plan, from, to) ? rose : NaN
}

/** Whole millijoules between two samples that is known to be a step, whatever their neighbours are by now. */
export function countedMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  const rose = roseMj(samples, point, plan, from, to)
  return rose < 0 ? risenOverMj(plan, timeAt(samples, point, from), timeAt(samples, point, to), rose) : rose
}

/** The rise behind a fall where the count has wrapped. Each meter of a step may wrap once. */
function risenOverMj(plan: PointPlan, fromMs: number, toMs: number, rose: number): number {
  const modulus = worthMj(plan, fromMs, toMs, wholeMj(plan.rolloverJ))
  let wrapped = rose + modulus
  for (let n = 0; n < plan.swaps.length && wrapped < 0; n++) {
    const { atMs } = plan.swaps[n]!
    if (atMs > fromMs && atMs <= toMs) wrapped += modulus
  }
  return wrapped
}

/** Whole millijoules of a fall as a rollover, or NaN where it is none. */
function wrappedMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number, rose: number): number {
  if (Number.isNaN(plan.rolloverJ)) return NaN
  const [fromMs, toMs] = [timeAt(samples, point, from), timeAt(samples, point, to)]
  const wrapped = risenOverMj(plan, fromMs, toMs, rose)
  let near = valueAt(samples, point, from) > NEAR_ROLLOVER * plan.rolloverJ
  for (let n = 0; n < plan.swaps.length; n++) {
    const { atMs, openingJ } = plan.swaps[n]!
    if (atMs > fromMs && atMs <= toMs) near ||= openingJ > NEAR_ROLLOVER * plan.rolloverJ
  }
  if (wrapped < 0) return NaN // it stood above its modulus: that is declared wrong
  if (wrapped > limitMj(samples, point, plan, from, to)) return NaN
  return near ||
    !Number.isNaN(plan.maxW) ||
    wrapped / (toMs - fromMs) <= LARGEST_RATIO * riseW(samples, point, plan, from - 1, from)
    ? wrapped
    : NaN
}

/** Mean power of a plain step upwards, within the rating and the bridge; NaN for any other. */
export function riseW(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  if (from < 0) return riseAtEdgeW(samples, point)
  const ranMs = timeAt(samples, point, to) - timeAt(samples, point, from)
  const rose = roseMj(samples, point, plan, from, to)
  return rose >= 0 && ranMs <= plan.maxGapMs && rose <= limitMj(samples, point, plan, from, to) ? rose / ranMs : NaN
}

/** The same of the step up to the oldest held sample. */
function riseAtEdgeW({ counts: { edges, placeOf } }: Samples, point: number): number {
  return edges[EDGE_NUMBERS * placeOf[point]! + RISE_W]!
}

/** By how many whole millijoules the count rose between two samples. */
export function roseMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  const rose = wholeMj(valueAt(samples, point, to)) - wholeMj(valueAt(samples, point, from))
  if (plan.swaps.length === 0 && plan.ratios.length === 0) return rose
  const fromJ = valueAt(samples, point, from)
  return roseBetweenMj(
    plan,
    timeAt(samples, point, from),
    fromJ,
    timeAt(samples, point, to),
    valueAt(samples, point, to),
  )
}

/**
 * By how many whole millijoules the count rose. Over a declared swap it is the old meter's rise up to its closing count
 * and the new one's from its opening count. A reading stamped as the swap is the new meter's.
 */
export function roseBetweenMj(plan: PointPlan, fromMs: number, fromJ: number, toMs: number, toJ: number): number {
  let sinceMs = fromMs
  let sinceMj = wholeMj(fromJ)
  let rose = 0
  for (let n = 0; n < plan.swaps.length; n++) {
    const { atMs, closingJ, openingJ } = plan.swaps[n]!
    if (atMs <= sinceMs || atMs > toMs) continue
    rose += worthMj(plan, sinceMs, atMs, wholeMj(closingJ) - sinceMj)
    sinceMj = wholeMj(openingJ)
    sinceMs = atMs
  }
  return rose + worthMj(plan, sinceMs, toMs, wholeMj(toJ) - sinceMj)
}

/** What a count rose by between two times is worth. A rise over a date is divided by the time on both sides. */
function worthMj({ ratios }: PointPlan, fromMs: number, toMs: number, mj: number): number {
  if (ratios.length === 0) return mj
  let sum = 0
  for (let n = -1; n < ratios.length; n++) {
    const [beginMs, endMs] = [ratios[n]?.atMs ?? -Infinity, ratios[n + 1]?.atMs ?? Infinity]
    sum += (ratios[n]?.ratio ?? 1) * Math.max(0, Math.min(endMs, toMs) - Math.max(beginMs, fromMs))
  }
  return toMs > fromMs ? Math.round((mj * sum) / (toMs - fromMs)) : mj
}

/** What a joule of a count stands for at a time. */
export function ratioAt(ratios: readonly RatioPlan[], tMs: number): number {
  return ratios.findLast(({ atMs }) => atMs <= tMs)?.ratio ?? 1
}

/** The most that the rated power brings between two samples, in millijoules. */
export function limitMj(samples: Samples, point: number, plan: PointPlan, from: number, to: number): number {
  return limitOverMj(plan, timeAt(samples, point, to) - timeAt(samples, point, from))
}

/** The most that the rated power brings in a time, in millijoules. */
export function limitOverMj({ maxW }: PointPlan, ranMs: number): number {
  return (Number.isNaN(maxW) ? LARGEST_W : maxW) * (ranMs + SLACK_MS)
}

/** Readings are rounded before they are subtracted: steps then add up to the step over all of them. */
export function wholeMj(joules: number): number {
  return Math.round(joules * 1000)
}

/** Mean power of a step in watts. Over less than a period it is no power of the feeder: counts are whole units. */
export function meanOf({ everyMs }: PointPlan, mj: number, ranMs: number): number {
  return mj / Math.max(ranMs, everyMs)
}
