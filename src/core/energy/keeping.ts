import { listsByPoint } from '../contract/by-point.ts'
import { pointsEver } from '../contract/formula.ts'
import type { CorePlan } from '../contract/plan.ts'
import { COST, type Work } from '../contract/work.ts'
import { modulo } from '../windows/totals.ts'
import { isOpenIn, takeFirstEdges, type Gaps } from './gaps.ts'
import { extendSlots, KEPT, slotOfInterval, type Intervals } from './intervals.ts'
import type { Samples } from './samples.ts'

/**
 * Which past intervals go on being held when their rings move on: those of which something is unknown, and those that
 * are summed with them. They are looked for once an interval is about to leave the first ring:
 *
 * ```
 *        keepOpenIntervals                     nextClose
 * pages  |            held, in every ring      |  open ...
 *        ^ reach: unsure here?
 * ```
 *
 * Where all was known nothing is looked at. A silent point leaves its boundary unsure in each interval, from `reach`
 * before which on readings may still refine it.
 */
export interface Keeping {
  /** So many of the newest closed intervals are in the ring of every point, unless nothing is known of them. */
  readonly held: number
  /** How many intervals before the newest reading of a silent point can still change. */
  readonly reach: number
  /** 1: some of a boundary's interval was unknown, or known by a stand-in, when it closed. Interval × boundaries. */
  readonly unsure: Uint8Array
  readonly boundaries: number
  /** Boundaries in which each point counts, and the points that count in each, by any formula. */
  readonly boundariesOf: readonly (readonly number[])[]
  readonly pointsOf: readonly (readonly number[])[]
  /** Boundaries of one interval, for the time of one call. */
  readonly open: Set<number>
}

export function createKeeping(plan: CorePlan, intervals: Intervals): Keeping {
  const held = heldIntervals(plan, intervals)
  const farthest = intervals.reach.reduce((most, reach) => Math.max(most, reach), 0) // too many for arguments
  const reach = Math.min(Math.max(0, held - 1), farthest)
  const boundaries = plan.boundaries.length
  const pointsOf = plan.boundaries.map(pointsEver)
  return {
    held,
    reach,
    unsure: new Uint8Array((held + 1) * boundaries).fill(1),
    boundaries,
    boundariesOf: listsByPoint(plan.points.length, pointsOf),
    pointsOf,
    open: new Set(),
  }
}

/** However far ahead a point is. */
function heldIntervals({ boundMs, skewMs, lengthMs }: CorePlan, { slots }: Intervals): number {
  const least = slots.reduce((fewest, count) => (count > 0 ? Math.min(fewest, count) : fewest), Infinity)
  return least === Infinity ? 0 : least - Math.ceil((boundMs + skewMs) / lengthMs) - 3
}

/** Takes all boundaries of an interval that closes as known. */
export function beginClosed(keeping: Keeping, interval: number): void {
  const place = placeOf(keeping, interval)
  keeping.unsure.fill(0, place, place + keeping.boundaries)
}

/** Notes that some of a boundary's interval was not known when it closed. */
export function noteUnsure(keeping: Keeping, boundary: number, interval: number): void {
  keeping.unsure[placeOf(keeping, interval) + boundary] = 1
}

/** The parts of the core of which past intervals are kept. */
interface KeepingCore {
  readonly plan: CorePlan
  readonly samples: Samples
  readonly intervals: Intervals
  readonly gaps: Gaps
  readonly energy: { readonly points: Int32Array }
  readonly pue: { readonly keeping: Keeping }
}

/**
 * Marks an interval of the points for which some of it is unknown, and of all points that are summed with one of these.
 * It moves to a page when its ring needs the slot.
 */
export function* keepOpenIntervals(core: KeepingCore, interval: number): Work {
  const {
    intervals,
    gaps,
    pue: { keeping },
  } = core
  if (interval < intervals.heardFrom) return
  if (interval < intervals.storyFrom) return yield* keepFilled(core, interval)
  const { open, boundaries } = keeping
  open.clear()
  for (const point of takeFirstEdges(gaps, interval)) keepOpen(core, point, interval)
  for (const point of gaps.between) keepOpen(core, point, interval)
  for (let boundary = 0; boundary < boundaries; boundary++) {
    if (!open.has(boundary) && isUnsureFrom(keeping, boundary, interval)) keepBoundary(core, boundary, interval)
  }
  yield COST.tick + COST.point * gaps.between.size
  for (const boundary of open) {
    for (const point of keeping.pointsOf[boundary]!) keepInterval(intervals, point, interval)
    yield COST.point * keeping.pointsOf[boundary]!.length
  }
}

function keepOpen(core: KeepingCore, point: number, interval: number): void {
  const {
    plan,
    samples,
    intervals,
    gaps,
    pue: { keeping },
  } = core
  if (!isOpenIn(gaps, samples, point, interval * plan.lengthMs, (interval + 1) * plan.lengthMs)) return
  keepInterval(intervals, point, interval)
  for (const boundary of keeping.boundariesOf[point] ?? []) keeping.open.add(boundary)
}

/** Opens a boundary if an interval of one of its points may still change. */
function keepBoundary(
  { plan, samples, gaps, pue: { keeping } }: KeepingCore,
  boundary: number,
  interval: number,
): void {
  const [fromMs, toMs] = [interval * plan.lengthMs, (interval + 1) * plan.lengthMs]
  if (keeping.pointsOf[boundary]!.some((point) => isOpenIn(gaps, samples, point, fromMs, toMs))) {
    keeping.open.add(boundary)
  }
}

function isUnsureFrom(keeping: Keeping, boundary: number, interval: number): boolean {
  for (let n = 0; n <= keeping.reach; n++) {
    if (keeping.unsure[placeOf(keeping, interval + n) + boundary] === 1) return true
  }
  return false
}

function placeOf({ held, boundaries }: Keeping, interval: number): number {
  return modulo(interval, held + 1) * boundaries
}

/** The same from before the story began: what is empty there needs no page. */
function* keepFilled({ intervals, energy }: KeepingCore, interval: number): Work {
  for (const point of energy.points) {
    const slot = slotOfInterval(intervals, point, interval)
    if (slot >= 0 && slot < intervals.pages.begin && intervals.coveredMs[slot]! !== 0) intervals.marks[slot]! |= KEPT
  }
  yield COST.point * energy.points.length
}

/** Gives an interval a slot if it has none; it moves to a page when its ring needs that. */
export function keepInterval(intervals: Intervals, point: number, interval: number): void {
  if (interval > intervals.newest[point]!) extendSlots(intervals, point, interval, interval + 1)
  const slot = slotOfInterval(intervals, point, interval)
  if (slot >= 0 && slot < intervals.pages.begin) intervals.marks[slot]! |= KEPT
}
