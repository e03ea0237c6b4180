import { outdoorPoints } from '../contract/outdoor.ts'
import type { CorePlan } from '../contract/plan.ts'
import { edgeOfGapAt, forgetCutGaps, GAP, removeGap, type Gaps } from './gaps.ts'
import { edgePosition, holesOf, isSuspendedIn, isWalked, keepEdge, keepHoles, moveHole } from './register/count-hold.ts'
import { noteUsual } from './lone-state.ts'
import { dropOldest, KEPT_BEFORE, noteLeft, positionOf, reserveRoom, timeAt, type Samples } from './samples.ts'

/**
 * What samples are kept for later readings beside those of the recent past: the ones around open gaps.
 *
 * ```
 * held      | o o o ... edge |   filled so far   | edge o o o |   (dropped)   | o o o recent o o o o
 *             around                                around                      floorMs
 * ```
 */
export interface Retention {
  readonly gaps: Gaps
  /** Per gauge the points with which it is judged, itself among them; empty: a point that stands alone. */
  readonly kin: readonly (readonly number[])[]
  /**
   * How far before its own gaps, and before those of its kin, a gauge's samples are looked at again; and how far behind
   * both. Rates of change look back on an hour.
   */
  readonly reachMs: Float64Array
  readonly kinReachMs: Float64Array
  readonly behindMs: Float64Array
  /** So many samples on either side decide what a sample means, per point. */
  readonly around: Int32Array
  /** Pairs of positions, for the time of one call. */
  readonly needed: number[]
  /** So many samples a backlog may bring, per point. */
  readonly backlogSamples: Int32Array
}

/** As many of a meter of power, whose samples mean what they say. */
const PLAIN_AROUND = 2

/** Where no more than this share of a point's full cells can be dropped, it gets more of them. */
const LEAST_DROPPED = 1 / 8

/** The kin of a point that stands alone. */
const ALONE: readonly number[] = []

export function createRetention(plan: CorePlan, gaps: Gaps): Retention {
  const kin = plan.points.map(() => new Set<number>())
  for (const { dryBulb, humidity, dewPoint, otherDryBulb } of plan.inlets) {
    const together = [dryBulb, humidity, dewPoint, otherDryBulb].filter((point) => point >= 0)
    for (const point of together) for (const other of together) kin[point]!.add(other)
  }
  for (const together of plan.outdoor.map(outdoorPoints)) {
    for (const point of together) for (const other of together) kin[point]!.add(other)
  }
  const { lengthMs, backlogMs } = plan
  return {
    gaps,
    kin: kin.map((points) => (points.size > 1 ? [...points] : ALONE)),
    reachMs: Float64Array.from(plan.points, ({ kind, maxGapMs, lookBackMs }) =>
      kind === 'gauge' ? lookBackMs + lengthMs + 2 * maxGapMs : 0,
    ),
    kinReachMs: Float64Array.from(kin, (points, point) => {
      const { lookBackMs } = plan.points[point]!
      return [...points].reduce((most, it) => Math.max(most, lookBackMs + lengthMs + 2 * plan.points[it]!.maxGapMs), 0)
    }),
    behindMs: Float64Array.from(kin, (points, point) =>
      [...points, point].reduce((most, it) => {
        const { kind, lookBackMs, maxGapMs } = plan.points[it]!
        return kind === 'gauge' ? Math.max(most, lookBackMs + 3 * maxGapMs + 2 * lengthMs) : most
      }, 0),
    ),
    around: Int32Array.from(plan.points, ({ kind }) =>
      kind === 'gauge' || kind === 'register' ? KEPT_BEFORE : PLAIN_AROUND,
    ),
    needed: [],
    backlogSamples: Int32Array.from(plan.points, ({ everyMs }) => Math.ceil((2 * backlogMs) / everyMs)),
  }
}

/**
 * So many samples a point can have. A register has room for a backlog only once it has a gap between two readings, or
 * one before its first that is being filled. Where the walk decides, each reading costs as much as is held.
 */
export function mostSamples({ gaps, reachMs, backlogSamples }: Retention, samples: Samples, point: number): number {
  const list = gaps.open[point]
  const isFilled = list !== undefined || reachMs[point]! > 0
  const isLeft = samples.counts.placeOf[point]! >= 0 && !gaps.between.has(point) && list?.[GAP - 1] === -Infinity
  return samples.capacity[point]! + (isFilled && !isLeft ? backlogSamples[point]! : 0)
}

/**
 * Makes room for one more sample at `position` and returns by how many cells the samples before it moved down; -1 where
 * there is no room. When all cells are full it drops what lies far enough before `keepMs`. What lies around an open gap
 * stays, from `oldestMs` on. If little can be dropped the point gets more cells. If it may not have more the older half
 * goes, but never the neighbours of the new sample.
 */
export function makeRoom(
  samples: Samples,
  retention: Retention,
  point: number,
  position: number,
  keepMs: number,
  oldestMs = -Infinity,
): number {
  const count = samples.count[point]!
  if (count < samples.room[point]!) return 0
  const old = positionOf(samples, point, keptSinceMs(samples, retention, point, keepMs)) - KEPT_BEFORE
  if (old >= LEAST_DROPPED * count) {
    const moved = dropBefore(samples, retention, point, position, old, oldestMs)
    if (samples.count[point]! <= (1 - LEAST_DROPPED) * count) return moved
    const most = mostSamples(retention, samples, point)
    if (samples.count[point]! < most) reserveRoom(samples, point, samples.count[point]! + 1, most)
    return samples.count[point]! < samples.room[point]! ? moved : -1
  }
  const most = mostSamples(retention, samples, point)
  if (count < most) {
    reserveRoom(samples, point, count + 1, most)
    return 0
  }
  const dropped = keepEdge(samples, point, Math.min(old > 0 ? old : count >> 1, position - KEPT_BEFORE))
  if (dropped <= 0) return -1
  dropOldest(samples, point, dropped)
  forgetCutGaps(retention.gaps, point, timeAt(samples, point, 0))
  return dropped
}

/** Drops the samples that are held around gaps only, and forgets these gaps. */
export function dropApart(samples: Samples, gaps: Gaps, point: number): void {
  const apart = positionOf(samples, point, samples.floorMs[point]!)
  if (apart === 0) return
  dropOldest(samples, point, apart)
  forgetCutGaps(gaps, point, timeAt(samples, point, 0))
  keepHoles(samples, point, [])
}

/**
 * From when on all samples are held. Where the walk decides a register's steps it goes on from the edge of its gaps, as
 * far as those reach into the recent past.
 */
function keptSinceMs(samples: Samples, { gaps }: Retention, point: number, keepMs: number): number {
  if (!isWalked(samples, point)) return keepMs
  forgetUnsureGaps(samples, gaps, point, keepMs)
  return Math.min(keepMs, edgeOfGapAt(gaps, point, keepMs))
}

/**
 * Forgets a register's gaps before `keepMs` next to which it was suspended. What a reading inside would mean for the
 * steps around hangs on readings that are no longer held.
 */
export function forgetUnsureGaps(samples: Samples, gaps: Gaps, point: number, keepMs: number): void {
  const list = gaps.open[point]
  if (list === undefined || !isWalked(samples, point)) return
  for (let at = list.length - GAP; at >= 0; at -= GAP) {
    if (list[at + 1]! >= keepMs) continue
    const [before, behind] = [positionOf(samples, point, list[at]!), positionOf(samples, point, list[at + 1]!)]
    const isUnsure =
      isSuspendedIn(samples, point, before - KEPT_BEFORE, before) ||
      isSuspendedIn(samples, point, behind, behind + KEPT_BEFORE)
    if (isUnsure) removeGap(gaps, point, at)
  }
}

/** Drops samples before position `upTo` that no gap needs; returns how many of them lay before `position`. */
function dropBefore(
  samples: Samples,
  retention: Retention,
  point: number,
  position: number,
  upTo: number,
  oldestMs: number,
): number {
  const { cells, floorMs } = samples
  const { needed } = retention
  const base = 2 * samples.offset[point]!
  const old = keepEdge(samples, point, upTo)
  const edge = edgePosition(samples, point)
  if (old > edge && position - KEPT_BEFORE >= old && isBehindGaps(samples, retention, point, edge, old)) {
    return dropRecent(samples, point, edge, old)
  }
  findNeeded(samples, retention, point, oldestMs)
  needed.push(position - KEPT_BEFORE, position + KEPT_BEFORE, old, Infinity)
  const holes: number[] = []
  noteUsual(samples.lone, point, cells, base, base + 2 * old)
  let [kept, moved, last] = [0, 0, -1]
  for (let n = 0; n <= old; n++) {
    const tMs = cells[base + 2 * n]!
    const value = cells[base + 2 * n + 1]!
    if (n < old && tMs >= floorMs[point]!) noteLeft(samples, point, tMs, value)
    if (!isIn(needed, n)) {
      if (n < position) moved++
      continue
    }
    if (kept > 0 && (last < n - 1 || holesOf(samples, point).includes(tMs))) holes.push(tMs)
    last = n
    cells[base + 2 * kept] = tMs
    cells[base + 2 * kept + 1] = value
    kept++
  }
  const [count, gone] = [samples.count[point]!, old + 1 - kept]
  floorMs[point] = Math.max(floorMs[point]!, cells[base + 2 * kept - 2]!)
  if (gone > 0) cells.copyWithin(base + 2 * kept, base + 2 * old + 2, base + 2 * count)
  samples.count[point] = count - gone
  samples.dropped[point]! += gone
  keepHoles(samples, point, holes)
  return moved
}

/**
 * Whether no gap needs any of the samples from position `edge` up to `old`, and no more is held before them than is
 * needed. It is so nearly always.
 */
function isBehindGaps(samples: Samples, retention: Retention, point: number, edge: number, old: number): boolean {
  const { gaps, kin, kinReachMs, around } = retention
  const oldMs = timeAt(samples, point, old)
  const others = kin[point]!
  for (let n = 0; n < others.length; n++) {
    const one = others[n]!
    if (one === point || samples.count[one]! === 0) continue
    if (gaps.open[one] !== undefined || newestMs(samples, one) - kinReachMs[point]! < oldMs) return false
  }
  const list = gaps.open[point]
  if (list === undefined) return edge === 0
  if (2 * edge > samples.count[point]!) return false
  // So many samples behind the last gap are held with it already
  const lastMs = list[list.length - GAP + 1]! + retention.behindMs[point]!
  return timeAt(samples, point, edge - around[point]! - 1) >= lastMs
}

/** Drops the samples from position `edge` up to `old`; returns how many these are. */
function dropRecent(samples: Samples, point: number, edge: number, old: number): number {
  const { cells } = samples
  const base = 2 * samples.offset[point]!
  const count = samples.count[point]!
  noteUsual(samples.lone, point, cells, base + 2 * edge, base + 2 * old)
  for (let n = edge; n < old; n++) noteLeft(samples, point, cells[base + 2 * n]!, cells[base + 2 * n + 1]!)
  if (edge > 0) moveHole(samples, point, cells[base + 2 * edge]!, cells[base + 2 * old]!)
  cells.copyWithin(base + 2 * edge, base + 2 * old, base + 2 * count)
  samples.floorMs[point] = cells[base + 2 * edge]!
  samples.count[point] = count - (old - edge)
  samples.dropped[point]! += old - edge
  return old - edge
}

/** Finds pairs of positions, the first and last of samples that open gaps need, of those from `oldestMs` on. */
function findNeeded(samples: Samples, retention: Retention, point: number, oldestMs: number): void {
  const { gaps, kin, reachMs, kinReachMs, needed } = retention
  needed.length = 0
  needAround(samples, retention, point, point, reachMs[point]!, oldestMs)
  const others = kin[point]!
  for (let n = 0; n < others.length; n++) {
    const one = others[n]!
    if (one === point) continue
    if (gaps.open[one] !== undefined) needAround(samples, retention, point, one, kinReachMs[point]!, oldestMs)
    // A sensor that is silent may still send what its neighbour is judged with.
    if (samples.count[one]! === 0) continue
    need(samples, retention, point, newestMs(samples, one) - kinReachMs[point]!, Infinity, oldestMs)
  }
}

/** Needs a point's samples around the gaps of `one`, itself or another. */
function needAround(
  samples: Samples,
  retention: Retention,
  point: number,
  one: number,
  beforeMs: number,
  oldestMs: number,
): void {
  const list = retention.gaps.open[one]
  if (list === undefined) return
  for (let at = 0; at < list.length; at += GAP) {
    need(samples, retention, point, list[at]! - beforeMs, list[at + 1]! + retention.behindMs[point]!, oldestMs)
  }
}

function need(
  samples: Samples,
  { needed, around }: Retention,
  point: number,
  fromMs: number,
  toMs: number,
  oldestMs: number,
): void {
  if (toMs < oldestMs) return
  const first = positionOf(samples, point, Math.max(fromMs, oldestMs))
  needed.push(first - around[point]!, positionOf(samples, point, toMs) + around[point]!)
}

function newestMs(samples: Samples, point: number): number {
  return timeAt(samples, point, samples.count[point]! - 1)
}

function isIn(pairs: readonly number[], n: number): boolean {
  for (let at = 0; at < pairs.length; at += 2) if (n >= pairs[at]! && n <= pairs[at + 1]!) return true
  return false
}
