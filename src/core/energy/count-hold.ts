import { EDGE_NUMBERS, LARGEST, MEAN_W, OLD_J, OLD_MS, RISEN, STOOD, YOUNG_MS } from './count-edge.ts'
import { walkCounts } from './count-walk.ts'
import { largestUpTo, noteLargest } from './largest.ts'
import type { PointPlan } from '../contract/plan.ts'
import { timeAt, type Samples } from './samples.ts'
import { isOutlier, meanOf, soundBefore, stepMj } from './steps.ts'

/** What is kept of a register's readings when the oldest are dropped: the walk goes on as if they were still there. */

const DAY_MS = 86_400_000

/** Notes what the walk that has just reached the newest sample left behind. */
export function settleWalk({ counts, cells, offset }: Samples, point: number): void {
  const { walk, walked, holdFromMs, placeOf } = counts
  const place = placeOf[point]!
  walked[place] = walk.isWalked ? 1 : 0
  holdFromMs[place] = Number.isNaN(walk.oldMs) ? Infinity : cells[2 * (offset[point]! + walk.young)]!
}

/** Samples of a point from here on may still be confirmed and must be held; Infinity: none. */
export function heldFromMs({ counts }: Samples, point: number): number {
  const place = counts.placeOf[point]!
  return place < 0 ? Infinity : counts.holdFromMs[place]!
}

/**
 * Before the oldest `dropped` samples of a point go: keeps what the walk has to know of a register's. Returns how many
 * may go, because the oldest that stays must be a sound reading.
 */
export function keepEdge(samples: Samples, point: number, dropped: number): number {
  const { counts } = samples
  const place = counts.placeOf[point]!
  if (place < 0) return dropped
  const plan = counts.points[point]!
  let oldest = dropped
  while (oldest > 0 && isOutlier(samples, point, plan, oldest)) oldest--
  if (oldest === 0) return 0
  if (counts.walked[place] === 1) keepWalk(samples, point, plan, oldest)
  else keepSteps(samples, point, plan, oldest)
  noteLargestAtEdge(samples, point, timeAt(samples, point, oldest))
  return oldest
}

/** Finds out again what is not saved, once a point's samples and its edge are there. */
export function resumeCounts(samples: Samples, point: number): void {
  if (samples.counts.placeOf[point]! < 0 || samples.count[point] === 0) return
  noteLargestAtEdge(samples, point, timeAt(samples, point, 0))
  walkCounts(samples, point, samples.counts.points[point]!, Infinity)
  settleWalk(samples, point)
}

/** Forgets what was before the oldest held sample. */
export function forgetEdge({ counts }: Samples, point: number): void {
  const place = counts.placeOf[point]!
  if (place >= 0) counts.edges.fill(NaN, EDGE_NUMBERS * place, EDGE_NUMBERS * (place + 1))
}

function keepWalk(samples: Samples, point: number, plan: PointPlan, oldest: number): void {
  const { edges, placeOf } = samples.counts
  const at = EDGE_NUMBERS * placeOf[point]!
  const walk = walkCounts(samples, point, plan, oldest)
  edges[at + OLD_MS] = walk.oldMs
  edges[at + OLD_J] = walk.oldJ
  edges[at + MEAN_W] = walk.meanW
  edges[at + YOUNG_MS] = walk.youngMs
  edges[at + STOOD] = walk.hasStood ? 1 : 0
  edges[at + RISEN] = walk.hasRisen ? 1 : 0
  edges.set(walk.largest, at + LARGEST)
}

/** The same where each step follows from its neighbours. */
function keepSteps(samples: Samples, point: number, plan: PointPlan, oldest: number): void {
  const { edges, placeOf } = samples.counts
  const at = EDGE_NUMBERS * placeOf[point]!
  const isRated = !Number.isNaN(plan.maxW)
  let from = isRated ? soundBefore(samples, point, plan, oldest) : 0
  for (let to = from + 1; to <= oldest; to++) {
    if (isOutlier(samples, point, plan, to)) continue
    const [fromMs, toMs] = [timeAt(samples, point, from), timeAt(samples, point, to)]
    const mj = stepMj(samples, point, plan, from, to)
    edges[at + MEAN_W] = meanOf(plan, mj, toMs - fromMs)
    if (!isRated && mj > 0) noteLargest(edges, at + LARGEST, toMs, edges[at + MEAN_W]!)
    from = to
  }
}

/** The largest power before the oldest held sample is sure up to the end of the day behind it. */
function noteLargestAtEdge({ counts }: Samples, point: number, oldestMs: number): void {
  const { edges, largestW, largestUntilMs, placeOf } = counts
  const place = placeOf[point]!
  largestW[place] = largestUpTo(edges, EDGE_NUMBERS * place + LARGEST, oldestMs + DAY_MS)
  largestUntilMs[place] = (Math.floor(oldestMs / DAY_MS) + 2) * DAY_MS
}
