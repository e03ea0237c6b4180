import type { CorePlan, PointPlan } from '../contract/plan.ts'
import { positionOf, timeAt, type Samples } from './samples.ts'

/**
 * Unknown time that later readings may fill: the open gaps of each point. A gap lies between two neighbouring readings
 * that are too far apart, or before the first. It keeps its edges while it is being filled.
 *
 * ```
 *               last filled, and latenessS without another
 * open ──────────────────────────────────────────────────▶ closed: what is still uncovered becomes gaps of its own
 *   '── the close mark is backlogS past its end, or there are too many ──▶ forgotten: its time stays unknown
 * ```
 *
 * What lies outside all gaps is known. It can be refined for `latenessMs` behind the point's own newest reading (D116).
 */
export interface Gaps {
  readonly latenessMs: number
  /** Per point: how far behind the close mark its readings still change anything. The least of all points. */
  readonly reachMs: Float64Array
  readonly leastReachMs: number
  /**
   * Per point: for so long the time before its first reading is open once that has come, or while it is being filled.
   * Gauges keep all samples around a gap, and in the beginning all of them have one.
   */
  readonly firstMs: Float64Array
  /** Per point: readings further apart than this leave a gap. The least of all points. */
  readonly leastMs: Float64Array
  readonly leastOfAllMs: number
  /** Per point three numbers a gap, by time: its two edges, and the newest arrival of a reading inside (GAP). */
  readonly open: (number[] | undefined)[]
  /** Points that have a gap between two readings. */
  readonly between: Set<number>
  /** By interval the points whose first reading lies in it, until that interval has been looked at. */
  readonly firstEdges: Map<number, number[]>
  readonly lengthMs: number
  /** Gaps of all points, and how many there may be. */
  total: number
  readonly most: number
  /** Gaps forgotten because there were too many. */
  forgotten: number
}

/** Numbers of a gap. */
export const GAP = 3
const FROM = 0
const TO = 1
const FILLED = 2

/** So many gaps a point has on average, and at most. */
const MEAN_GAPS = 4
const MOST_GAPS = 64
const LEAST_POOL = 256

const QUARTER_MS = 900_000

/** A reading that refines known time changes what lies up to two readings before it. */
const REFINED_GAPS = 5 / 3

/** `airReachMs` is how far back the air can be corrected. */
export function createGaps(plan: CorePlan, airReachMs: number): Gaps {
  const airMs = Math.min(airReachMs, plan.backlogMs)
  const reachMs = Float64Array.from(plan.points, ({ kind }) =>
    Math.max(plan.latenessMs, kind === 'gauge' ? airMs : plan.backlogMs),
  )
  const leastMs = Float64Array.from(plan.points, leastGapMs)
  return {
    latenessMs: plan.latenessMs,
    reachMs,
    leastReachMs: leastOf(reachMs),
    firstMs: Float64Array.from(plan.points, ({ kind }) => (kind === 'gauge' ? plan.latenessMs : Infinity)),
    leastMs,
    leastOfAllMs: leastOf(leastMs),
    open: new Array<number[] | undefined>(plan.points.length).fill(undefined),
    between: new Set(),
    firstEdges: new Map(),
    lengthMs: plan.lengthMs,
    total: 0,
    most: Math.max(LEAST_POOL, MEAN_GAPS * plan.points.length),
    forgotten: 0,
  }
}

/** Intervals of a point before its newest reading that readings can still change, and what that one holds into. */
export function refinedIntervals({ points, latenessMs, lengthMs }: CorePlan): Int32Array {
  return Int32Array.from(points, ({ kind, hold, everyMs, maxGapMs }) => {
    const heldMs = kind === 'power' && hold ? maxGapMs : 0
    return kind === 'gauge' ? 0 : Math.ceil((latenessMs + 3 * REFINED_GAPS * everyMs + heldMs) / lengthMs) + 1
  })
}

function leastOf(column: Float64Array): number {
  return column.reduce((least, it) => Math.min(least, it), Infinity)
}

/** Readings further apart than this leave unknown time between them. */
function leastGapMs({ kind, hold, everyMs }: PointPlan): number {
  if (kind === 'mean' || kind === 'energy') return 1.5 * everyMs
  return kind === 'power' && hold ? Math.max(3 * everyMs, QUARTER_MS) : 3 * everyMs
}

/**
 * Notes that a point's newest reading came at `toMs`, the one before at `fromMs` (-Infinity: it is the first). Ask only
 * where they are further apart than `leastOfAllMs`.
 */
export function noteGap(gaps: Gaps, point: number, fromMs: number, toMs: number): void {
  if (toMs - fromMs > gaps.leastMs[point]!) addGap(gaps, point, fromMs, toMs)
}

/** Whether nothing of a point's time can change any more at a close mark. */
export function isGivenUp({ reachMs }: Gaps, point: number, tMs: number, closedMs: number): boolean {
  return tMs < closedMs - reachMs[point]!
}

/**
 * Whether a reading lies in an open gap of its point; it counts as filling it. `position` is its place among the
 * samples: a mean or an energy overlaps its neighbours there by at most half of itself.
 */
export function fillsGap(gaps: Gaps, samples: Samples, point: number, tMs: number, nowMs: number): boolean {
  const open = gaps.open[point]
  if (open === undefined) return false
  closeFilled(gaps, samples, point, nowMs)
  const at = gapAt(gaps, point, tMs)
  if (at < 0) return false
  gaps.open[point]![at + FILLED] = nowMs
  return true
}

/**
 * Whether readings may still change some of a stretch of time: it is in an open gap, or not far enough behind the
 * point's newest reading.
 */
export function isOpenIn(gaps: Gaps, samples: Samples, point: number, fromMs: number, toMs: number): boolean {
  const { open, latenessMs, leastMs } = gaps
  const refinedMs = latenessMs + REFINED_GAPS * leastMs[point]!
  if (!(timeAt(samples, point, samples.count[point]! - 1) - refinedMs > toMs)) return true
  const list = open[point]
  if (list === undefined) return false
  for (let at = 0; at < list.length; at += GAP) if (list[at + FROM]! < toMs && list[at + TO]! > fromMs) return true
  return false
}

/** Closes the gaps of a point that are filled as far as they will be. */
function closeFilled(gaps: Gaps, samples: Samples, point: number, nowMs: number): void {
  const list = gaps.open[point]
  if (list === undefined) return
  for (let at = list.length - GAP; at >= 0; at -= GAP) {
    if (nowMs - list[at + FILLED]! <= gaps.latenessMs) continue
    if (list[at + FILLED] === -Infinity) continue
    const [fromMs, toMs] = [list[at + FROM]!, list[at + TO]!]
    removeGap(gaps, point, at)
    let before = fromMs
    for (let n = positionOf(samples, point, fromMs); timeAt(samples, point, n) <= toMs; n++) {
      const tMs = timeAt(samples, point, n)
      if (tMs - before > gaps.leastMs[point]!) addGap(gaps, point, before, tMs)
      before = tMs
    }
  }
}

/** Arrival time was set on by so much: gaps stay open as long as before. */
export function shiftFilled({ open }: Gaps, byMs: number): void {
  for (const list of open) for (let at = FILLED; at < (list?.length ?? 0); at += GAP) list![at]! += byMs
}

/** Forgets the gaps that end before a time. */
export function forgetGapsBefore(gaps: Gaps, point: number, oldestMs: number): void {
  const list = gaps.open[point]
  if (list === undefined) return
  for (let at = list.length - GAP; at >= 0; at -= GAP) if (list[at + TO]! <= oldestMs) removeGap(gaps, point, at)
}

/** Forgets the gaps of a point whose older edge is no longer held. */
export function forgetCutGaps(gaps: Gaps, point: number, heldMs: number): void {
  const list = gaps.open[point]
  if (list === undefined) return
  for (let at = list.length - GAP; at >= 0; at -= GAP) if (list[at + FROM]! < heldMs) removeGap(gaps, point, at)
}

/** The older edge of a point's gap that holds a time, or of the next one behind; Infinity: it has none. */
export function edgeOfGapAt({ open }: Gaps, point: number, tMs: number): number {
  const list = open[point]
  if (list === undefined) return Infinity
  for (let at = 0; at < list.length; at += GAP) if (list[at + TO]! >= tMs) return list[at + FROM]!
  return Infinity
}

/** Forgets the gaps of all points in which nothing can change any more at a close mark. */
export function forgetOldGaps(gaps: Gaps, closedMs: number, nowMs: number): void {
  const { open, reachMs, firstMs, latenessMs } = gaps
  for (let point = 0; point < open.length; point++) {
    const list = open[point]
    if (list === undefined || list[TO]! > closedMs - Math.min(reachMs[point]!, firstMs[point]!)) continue
    forgetGapsBefore(gaps, point, closedMs - reachMs[point]!)
    const isLeft = list[FROM] === -Infinity && nowMs - list[FILLED]! > latenessMs
    if (isLeft && list[TO]! <= closedMs - firstMs[point]!) removeGap(gaps, point, 0)
  }
}

/** Place of the gap that holds a time between its edges; -1: none does. */
function gapAt({ open }: Gaps, point: number, tMs: number): number {
  const list = open[point]
  if (list === undefined) return -1
  for (let at = 0; at < list.length; at += GAP) if (list[at + FROM]! < tMs && tMs < list[at + TO]!) return at
  return -1
}

/** Adds a gap in its place by time. Where there is no room the shortest of the point gives way, it may be this one. */
function addGap(gaps: Gaps, point: number, fromMs: number, toMs: number): void {
  const before = gaps.open[point] ?? []
  let at = before.length
  while (at > 0 && before[at - GAP]! > fromMs) at -= GAP
  // Most points keep one gap for ever, and a list that grows has room for many
  const list = before.toSpliced(at, 0, fromMs, toMs, -Infinity)
  gaps.open[point] = list
  noteEdges(gaps, point, fromMs, toMs)
  gaps.total++
  if (list.length > GAP * MOST_GAPS || gaps.total > gaps.most) forgetShortest(gaps, point)
}

function forgetShortest(gaps: Gaps, point: number): void {
  const list = gaps.open[point]!
  let shortest = 0
  const lengthAt = (at: number) => list[at + TO]! - list[at + FROM]!
  for (let at = GAP; at < list.length; at += GAP) if (lengthAt(at) < lengthAt(shortest)) shortest = at
  removeGap(gaps, point, shortest)
  gaps.forgotten++
}

/** Removes the gap at a place of the point's list. */
export function removeGap(gaps: Gaps, point: number, at: number): void {
  const list = gaps.open[point]!
  list.splice(at, GAP)
  gaps.total--
  if (list.length === 0) gaps.open[point] = undefined
  if (list.length === 0 || list.at(-GAP) === -Infinity) gaps.between.delete(point)
}

/** Notes in which intervals there may be something of a point beside unknown time. */
export function noteEdges({ between, firstEdges, lengthMs }: Gaps, point: number, fromMs: number, toMs: number): void {
  if (fromMs !== -Infinity) {
    between.add(point)
    return
  }
  const interval = Math.floor(toMs / lengthMs)
  const known = firstEdges.get(interval)
  if (known === undefined) firstEdges.set(interval, [point])
  else known.push(point)
}

/** The points whose first reading lies in an interval; they are not told again. */
export function takeFirstEdges({ firstEdges }: Gaps, interval: number): readonly number[] {
  const points = firstEdges.get(interval) ?? []
  firstEdges.delete(interval)
  return points
}
