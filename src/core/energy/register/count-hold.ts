import { EDGE_NUMBERS, LARGEST, MEAN_W, OLD_J, OLD_MS, PACE_W, RISE_W, RISEN, STOOD, YOUNG_MS } from './count-edge.ts'
import { FOUND, walkCounts } from './count-walk.ts'
import { fillLargest, largestUpTo, noteLargest } from './largest.ts'
import { CONFIRM_MS } from '../../contract/reach.ts'
import type { PointPlan } from '../../contract/plan.ts'
import { KEPT_BEFORE, positionOf, timeAt, type Samples } from '../samples.ts'
import { isOutlier, meanOf, riseW, soundBefore, stepMj } from './steps.ts'

/** What is kept of a register's readings when the oldest are dropped: the walk goes on as if they were still there. */

const DAY_MS = 86_400_000

/** So many of the oldest samples are looked at one by one. */
const NEAR_EDGE = 8

const NO_HOLES: readonly number[] = []

/** So many samples before one may mean something else once that one is there. */
const UNSURE = 2

/** Notes what the walk that has just reached the newest sample found. */
export function settleWalk({ counts: { walk, walked, placeOf } }: Samples, point: number): void {
  walked[placeOf[point]!] = walk.isWalked ? 1 : 0
}

/**
 * Event time from which on a point's samples must be held once its cells are full: from `keepMs`, or from the young
 * count that the register shows there. Later readings can change the verdict on two samples before `keepMs` at most.
 * That on a day counter's midnight they can change for an hour, if there is room for it.
 */
export function heldFromMs(samples: Samples, point: number, keepMs: number): number {
  const { walked, placeOf } = samples.counts
  const place = placeOf[point]!
  if (place < 0 || walked[place] === 0 || samples.count[point]! < samples.room[point]!) return keepMs
  return walkedHeldFromMs(samples, point, keepMs)
}

function walkedHeldFromMs(samples: Samples, point: number, keepMs: number): number {
  const count = samples.count[point]!
  const position = positionOf(samples, point, keepMs)
  const isFull = count - edgePosition(samples, point) >= samples.capacity[point]!
  // Its cells may hold less than what is to be held, as it reports so fast: then what lies before the young count goes
  const isShort = isFull && position <= edgePosition(samples, point) + KEPT_BEFORE
  const walk = walkCounts(
    samples,
    point,
    samples.counts.points[point]!,
    isShort ? count - KEPT_BEFORE : position - UNSURE,
  )
  const youngMs = timeAt(samples, point, walk.young)
  if (!Number.isNaN(walk.oldMs)) return isShort ? youngMs : Math.min(keepMs, youngMs)
  const isOpen = timeAt(samples, point, count - 1) < walk.dayMs + CONFIRM_MS && !isFull
  return isOpen ? Math.min(keepMs, walk.dayMs) : keepMs
}

/**
 * Makes room for a reading at `position` of a point that fills all cells that it may have. A register that has fallen
 * needs it if it reports faster than declared. Of the young count every second reading goes: its energy is in the step
 * over both. Readings before those that stay whole are too late from then on. Returns by how many cells the position
 * moves down.
 */
export function thinYoung(samples: Samples, point: number, position: number): number {
  const { counts, count: counted } = samples
  const count = counted[point]!
  const place = counts.placeOf[point]!
  if (count < samples.capacity[point]! || place < 0 || counts.walked[place] === 0) return 0
  const edge = edgePosition(samples, point)
  if (count - edge < samples.capacity[point]!) return 0
  const whole = position - KEPT_BEFORE
  const walk = walkCounts(samples, point, counts.points[point]!, whole)
  if (Number.isNaN(walk.oldMs) || walk.young > edge + KEPT_BEFORE) return 0
  const base = 2 * samples.offset[point]!
  let kept = walk.young + 1
  for (let k = kept; k < whole; k++) {
    if (walk.verdicts[k] !== FOUND.suspended || (k - walk.young) % 2 === 1) continue
    samples.cells.copyWithin(base + 2 * kept, base + 2 * k, base + 2 * k + 2)
    kept++
  }
  if (kept >= whole) return 0
  samples.cells.copyWithin(base + 2 * kept, base + 2 * whole, base + 2 * count)
  counted[point] = count - (whole - kept)
  samples.floorMs[point] = samples.cells[base + 2 * kept]!
  return whole - kept
}

/** Whether a point is a register of which the walk decides all steps: then none before an edge can be judged. */
export function isWalked({ counts: { walked, placeOf } }: Samples, point: number): boolean {
  const place = placeOf[point]!
  return place >= 0 && walked[place] === 1
}

/** Whether a register is suspended at any of the samples from position `from` up to `to`. */
export function isSuspendedIn(samples: Samples, point: number, from: number, to: number): boolean {
  const last = Math.min(to, samples.count[point]! - 1)
  const { verdicts } = walkCounts(samples, point, samples.counts.points[point]!, samples.count[point]! - 1)
  for (let n = Math.max(0, from); n <= last; n++)
    if (verdicts[n] === FOUND.fell || verdicts[n] === FOUND.suspended) return true
  return false
}

/**
 * Before the samples up to position `dropped` go: keeps what the walk has to know of a register's. Returns up to which
 * they may go, because the oldest that stays must be a sound reading.
 */
export function keepEdge(samples: Samples, point: number, dropped: number): number {
  const { counts } = samples
  const place = counts.placeOf[point]!
  if (place < 0) return dropped
  const plan = counts.points[point]!
  const edge = edgePosition(samples, point)
  let oldest = dropped
  while (oldest > edge && isOutlier(samples, point, plan, oldest)) oldest--
  if (oldest <= edge) return oldest
  if (counts.walked[place] === 1) keepWalk(samples, point, plan, oldest)
  else keepSteps(samples, point, plan, edge, oldest)
  counts.edges[EDGE_NUMBERS * place + RISE_W] = riseW(samples, point, plan, oldest - 1, oldest)
  noteLargestAtEdge(samples, point, timeAt(samples, point, oldest))
  return oldest
}

/**
 * Position of the sample at a point's edge: the oldest one that is not held for a gap alone. Few are held before it, as
 * a rule. A register's stands behind its last hole.
 */
export function edgePosition(samples: Samples, point: number): number {
  const { counts, floorMs } = samples
  const holes = holesOf(samples, point)
  const edgeMs = counts.placeOf[point]! < 0 ? floorMs[point]! : (holes.at(-1) ?? -Infinity)
  for (let n = 0; n < NEAR_EDGE; n++) if (timeAt(samples, point, n) >= edgeMs) return n
  return Math.min(positionOf(samples, point, edgeMs), samples.count[point]! - 1)
}

/** Times of a register's samples before which others were dropped, while older ones are held. */
export function holesOf({ counts: { holes, placeOf } }: Samples, point: number): readonly number[] {
  return holes[placeOf[point]!] ?? NO_HOLES
}

/** Notes the samples of a register before which others were dropped, as far as older ones are held. */
export function keepHoles(samples: Samples, point: number, holes: number[]): void {
  const { counts } = samples
  const place = counts.placeOf[point]!
  if (place >= 0) counts.holes[place] = holes.length === 0 ? undefined : holes
}

/** The samples behind a register's last hole go, too: it ends at `toMs` now. Where none ended at `fromMs` it is new. */
export function moveHole({ counts }: Samples, point: number, fromMs: number, toMs: number): void {
  const place = counts.placeOf[point]!
  if (place < 0) return
  const holes = counts.holes[place]
  if (holes === undefined) counts.holes[place] = [toMs]
  else holes[holes.at(-1) === fromMs ? holes.length - 1 : holes.length] = toMs
}

/** Event time from which on the walk decides what counts; Infinity: each step follows from its neighbours. */
export function walkedFromMs(samples: Samples, point: number): number {
  const { edges, placeOf, walked } = samples.counts
  const place = placeOf[point]!
  if (place < 0 || walked[place] === 0) return Infinity
  const oldMs = edges[EDGE_NUMBERS * place + OLD_MS]!
  return Number.isNaN(oldMs) ? timeAt(samples, point, edgePosition(samples, point)) : oldMs
}

/** The first sample of point 0 from `from` on that may be the oldest held one. */
export function soundFrom(samples: Samples, from: number): number {
  const { placeOf, points } = samples.counts
  let sound = from
  while (placeOf[0]! >= 0 && isOutlier(samples, 0, points[0]!, sound)) sound++
  return sound
}

/** Takes over what is known of the samples of others (point 0) before the one at `from`. */
export function replaceEdge(samples: Samples, point: number, others: Samples, from: number): void {
  const { edges, placeOf } = samples.counts
  const place = placeOf[point]!
  if (place < 0) return
  edges.set(edgeOfOthers(samples, point, others, from), EDGE_NUMBERS * place)
  samples.counts.holes[place] = undefined
  resumeCounts(samples, point)
}

/** Whether what is kept of a point's dropped samples is what others (point 0) show before the one at `from`. */
export function isSameEdge(samples: Samples, point: number, others: Samples, from: number): boolean {
  const { edges, placeOf } = samples.counts
  const place = placeOf[point]!
  if (place < 0) return true
  const now = edgeOfOthers(samples, point, others, from)
  return now.every((number, n) => Object.is(number, edges[EDGE_NUMBERS * place + n]))
}

/** The edge of all samples of others before the one at `from`. Of days before them the largest power stays. */
function edgeOfOthers(samples: Samples, point: number, others: Samples, from: number): Float64Array {
  const { edges, placeOf } = samples.counts
  others.counts.edges.fill(NaN)
  resumeCounts(others, 0)
  if (from > 0) keepEdge(others, 0, from)
  const edge = others.counts.edges.slice()
  others.counts.edges.fill(NaN)
  resumeCounts(others, 0)
  fillLargest(edge, LARGEST, edges, EDGE_NUMBERS * placeOf[point]! + LARGEST)
  return edge
}

/** Finds out again what is not saved, once a point's samples and its edge are there. */
export function resumeCounts(samples: Samples, point: number): void {
  if (samples.counts.placeOf[point]! < 0 || samples.count[point] === 0) return
  noteLargestAtEdge(samples, point, timeAt(samples, point, edgePosition(samples, point)))
  walkCounts(samples, point, samples.counts.points[point]!, Infinity)
  settleWalk(samples, point)
}

function keepWalk(samples: Samples, point: number, plan: PointPlan, oldest: number): void {
  const { edges, placeOf } = samples.counts
  const at = EDGE_NUMBERS * placeOf[point]!
  const walk = walkCounts(samples, point, plan, oldest)
  edges[at + OLD_MS] = walk.oldMs
  edges[at + OLD_J] = walk.oldJ
  edges[at + MEAN_W] = walk.meanW
  edges[at + PACE_W] = walk.paceW
  edges[at + YOUNG_MS] = walk.youngMs
  edges[at + STOOD] = walk.hasStood ? 1 : 0
  edges[at + RISEN] = walk.hasRisen ? 1 : 0
  edges.set(walk.largest, at + LARGEST)
}

/** The same where each step follows from its neighbours. */
function keepSteps(samples: Samples, point: number, plan: PointPlan, edge: number, oldest: number): void {
  const { edges, placeOf } = samples.counts
  const at = EDGE_NUMBERS * placeOf[point]!
  if (!Number.isNaN(plan.maxW)) {
    keepPace(samples, point, plan, edge, oldest, at)
    return
  }
  let from = edge
  for (let to = edge + 1; to <= oldest; to++) {
    if (isOutlier(samples, point, plan, to)) continue
    const [fromMs, toMs] = [timeAt(samples, point, from), timeAt(samples, point, to)]
    const mj = stepMj(samples, point, plan, from, to)
    edges[at + MEAN_W] = meanOf(plan, mj, toMs - fromMs)
    if (mj > 0) {
      edges[at + PACE_W] = edges[at + MEAN_W]!
      noteLargest(edges, at + LARGEST, toMs, edges[at + PACE_W]!)
    }
    from = to
  }
}

/** With a rating no more is needed than the mean power of the last step that rose. */
function keepPace(samples: Samples, point: number, plan: PointPlan, edge: number, oldest: number, at: number): void {
  let to = oldest
  for (let from = soundBefore(samples, point, plan, to); from >= edge; from = soundBefore(samples, point, plan, to)) {
    const mj = stepMj(samples, point, plan, from, to)
    if (mj > 0) {
      const ranMs = timeAt(samples, point, to) - timeAt(samples, point, from)
      samples.counts.edges[at + PACE_W] = meanOf(plan, mj, ranMs)
      return
    }
    to = from
  }
}

/** Without a rating: the largest power before the oldest held sample, which is sure to the end of the day behind it. */
function noteLargestAtEdge({ counts }: Samples, point: number, oldestMs: number): void {
  const { edges, largestW, largestUntilMs, placeOf, points } = counts
  if (!Number.isNaN(points[point]!.maxW)) return
  const place = placeOf[point]!
  largestW[place] = largestUpTo(edges, EDGE_NUMBERS * place + LARGEST, oldestMs + DAY_MS)
  largestUntilMs[place] = (Math.floor(oldestMs / DAY_MS) + 2) * DAY_MS
}
