import type { CorePlan } from '../contract/plan.ts'
import { COST, type Work } from '../contract/work.ts'
import { forgetGapsBefore, GAP, isOpenIn, type Gaps } from './gaps.ts'
import { extendSlots, slotOfInterval, type Intervals } from './intervals.ts'
import { dropOldest, KEPT_BEFORE, noteLeft, positionOf, reserveRoom, timeAt, type Samples } from './samples.ts'

/**
 * What is kept for later readings beside the recent past: samples around open gaps, and intervals that may still become
 * known.
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
  /** How far around its own gaps, and around those of its kin, a gauge's samples are judged again. */
  readonly reachMs: Float64Array
  readonly kinReachMs: Float64Array
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

export function createRetention(plan: CorePlan, gaps: Gaps): Retention {
  const kin = plan.points.map(() => new Set<number>())
  for (const { dryBulb, humidity, dewPoint, otherDryBulb } of plan.inlets) {
    const together = [dryBulb, humidity, dewPoint, otherDryBulb].filter((point) => point >= 0)
    for (const point of together) for (const other of together) kin[point]!.add(other)
  }
  const { lengthMs, backlogMs } = plan
  return {
    gaps,
    kin: kin.map((points) => (points.size > 1 ? [...points] : [])),
    reachMs: Float64Array.from(plan.points, ({ kind, maxGapMs, lookBackMs }) =>
      kind === 'gauge' ? lookBackMs + lengthMs + 2 * maxGapMs : 0,
    ),
    kinReachMs: Float64Array.from(kin, (points) =>
      [...points].reduce((most, it) => Math.max(most, lengthMs + 2 * plan.points[it]!.maxGapMs), 0),
    ),
    around: Int32Array.from(plan.points, ({ kind }) =>
      kind === 'gauge' || kind === 'register' ? KEPT_BEFORE : PLAIN_AROUND,
    ),
    needed: [],
    backlogSamples: Int32Array.from(plan.points, ({ everyMs }) => Math.ceil((2 * backlogMs) / everyMs)),
  }
}

/** So many samples a point can have. */
export function mostSamples(retention: Retention, samples: Samples, point: number): number {
  const isFilled = retention.gaps.open[point] !== undefined || retention.reachMs[point]! > 0
  return samples.capacity[point]! + (isFilled ? retention.backlogSamples[point]! : 0)
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
  const most = mostSamples(retention, samples, point)
  const old = positionOf(samples, point, keepMs) - KEPT_BEFORE
  if (old >= LEAST_DROPPED * count) {
    const moved = dropBefore(samples, retention, point, position, old, oldestMs)
    if (samples.count[point]! <= (1 - LEAST_DROPPED) * count) return moved
    if (samples.count[point]! < most) reserveRoom(samples, point, samples.count[point]! + 1, most)
    if (samples.count[point]! < samples.room[point]!) return moved
    return -1
  }
  if (count < most) {
    reserveRoom(samples, point, count + 1, most)
    return 0
  }
  const dropped = Math.min(old > 0 ? old : count >> 1, position - KEPT_BEFORE)
  if (dropped <= 0) return -1
  dropOldest(samples, point, dropped)
  forgetGapsBefore(retention.gaps, point, samples.floorMs[point]!)
  return dropped
}

/** Drops samples before position `old` that no gap needs; returns how many of them lay before `position`. */
function dropBefore(
  samples: Samples,
  retention: Retention,
  point: number,
  position: number,
  old: number,
  oldestMs: number,
): number {
  const { cells } = samples
  const base = 2 * samples.offset[point]!
  const count = samples.count[point]!
  const floorMs = samples.floorMs[point]!
  const { needed } = retention
  findNeeded(samples, retention, point, oldestMs)
  needed.push(position - KEPT_BEFORE, position + KEPT_BEFORE)
  let [kept, moved] = [0, 0]
  for (let n = 0; n < old; n++) {
    const tMs = cells[base + 2 * n]!
    const value = cells[base + 2 * n + 1]!
    if (tMs >= floorMs) noteLeft(samples, point, tMs, value)
    if (isIn(needed, n)) {
      cells[base + 2 * kept] = tMs
      cells[base + 2 * kept + 1] = value
      kept++
    } else if (n < position) moved++
  }
  samples.floorMs[point] = cells[base + 2 * old]!
  if (kept < old) cells.copyWithin(base + 2 * kept, base + 2 * old, base + 2 * count)
  samples.count[point] = count - (old - kept)
  samples.dropped[point]! += old - kept
  return moved
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
  aroundMs: number,
  oldestMs: number,
): void {
  const list = retention.gaps.open[one]
  if (list === undefined) return
  for (let at = 0; at < list.length; at += GAP) {
    need(samples, retention, point, list[at]! - aroundMs, list[at + 1]! + aroundMs, oldestMs)
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

/** How many intervals before the next to close every ring holds, however far ahead its point is. */
export function heldIntervals({ boundMs, skewMs, lengthMs }: CorePlan, { slots }: Intervals): number {
  let least = Infinity
  for (const count of slots) if (count > 0) least = Math.min(least, count)
  return least === Infinity ? 0 : least - Math.ceil((boundMs + skewMs) / lengthMs) - 3
}

/** The parts of the core of which past intervals are kept. */
interface KeepingCore {
  readonly plan: CorePlan
  readonly samples: Samples
  readonly intervals: Intervals
  readonly gaps: Gaps
  readonly energy: { readonly points: Int32Array }
  readonly pue: {
    readonly boundariesOf: readonly (readonly number[])[]
    readonly pointsOf: readonly (readonly number[])[]
  }
}

/**
 * Marks an interval of the points for which some of it is unknown, and of all points that are summed with one of these.
 * It moves to a page when its ring needs the slot.
 */
export function* keepOpenIntervals(core: KeepingCore, interval: number): Work {
  const { plan, samples, intervals, gaps, energy, pue } = core
  if (interval < intervals.storyFrom) return yield* keepFilled(core, interval)
  const fromMs = interval * plan.lengthMs
  const boundaries = new Set<number>()
  for (const point of energy.points) {
    if (!isOpenIn(gaps, samples, point, fromMs, fromMs + plan.lengthMs)) continue
    keep(intervals, point, interval)
    for (const boundary of pue.boundariesOf[point]!) boundaries.add(boundary)
  }
  yield COST.point * energy.points.length
  for (const boundary of boundaries) {
    for (const point of pue.pointsOf[boundary]!) keep(intervals, point, interval)
    yield COST.point * pue.pointsOf[boundary]!.length
  }
}

/** The same from before the story began: what is empty there needs no page. */
function* keepFilled({ intervals, energy }: KeepingCore, interval: number): Work {
  for (const point of energy.points) {
    const slot = slotOfInterval(intervals, point, interval)
    if (slot >= 0 && slot < intervals.pages.begin && intervals.coveredMs[slot]! !== 0) intervals.isKept[slot] = 1
  }
  yield COST.point * energy.points.length
}

function keep(intervals: Intervals, point: number, interval: number): void {
  if (interval > intervals.newest[point]!) extendSlots(intervals, point, interval, interval + 1)
  const slot = slotOfInterval(intervals, point, interval)
  if (slot >= 0 && slot < intervals.pages.begin) intervals.isKept[slot] = 1
}
