import { reachIntervals, type CorePlan } from '../contract/plan.ts'
import { createCells } from '../contract/tables.ts'
import { NOT_WRITTEN } from '../windows/row-state.ts'
import { modulo } from '../windows/totals.ts'
import { refinedIntervals } from './gaps.ts'
import { createPages, addPage, PAGE, pageSlot, type Pages } from './pages.ts'
import type { OwedStep } from './owed.ts'
import type { Segment } from './segments.ts'

/**
 * Energy of each point in each recent interval. Point p owns a ring of `slots[p]` slots from `offset[p]` on; interval
 * i lies in its slot i modulo `slots[p]`. Sums are whole millijoules and milliseconds: what is added can be taken out
 * again. With 5 slots and `newest` 12 the ring holds the intervals 8 to 12. Interval 13 will take the slot of 8.
 *
 * ```
 * columns    ... other points | 10 | 11 | 12 |  8 |  9 | other points ...
 *                               ^         ^
 *                       offset[p]         newest[p]
 * ```
 *
 * The life of an interval. Its bounds are in `Core`, the same for all points; row-state.ts has the life of its row.
 *
 * ```
 *             settledEnergy               nextClose
 * ... settled |    closed, provisional    |    open ...
 * ```
 *
 * - open: samples add to it, no row is written
 * - closed: its row is written, as provisional; a change is gathered in `changed` and written at the next whole minute
 * - settled: its row is written again, as settled, when no reading in time can change it
 * - restated: a change after that, by a register that bridged a gap or by a recompute
 */
export interface Intervals {
  readonly lengthMs: number
  readonly offset: Float64Array
  readonly slots: Int32Array
  /** The columns grow with the pages of past intervals. */
  energyMj: Float64Array
  /** The part of the energy that is estimated: mostly none. No 0 is written over a 0, so these pages take no memory. */
  estimatedMj: Float64Array
  coveredMs: Int32Array
  /** State of the row (row-state.ts), or `ABSENT`. */
  rowState: Int32Array
  /** Newest interval that a point has a slot for; -Infinity before its first. */
  readonly newest: Float64Array
  /** Interval of a point's oldest accepted reading; Infinity before the first. */
  readonly firstHeard: Float64Array
  /** First interval for which a row was, or will be, written when it closes; Infinity before the first reading. */
  readonly rowsFrom: Float64Array
  /** `CHANGED` where a closed interval stands in `changed`, `KEPT` where it moves to a page when its slot is needed. */
  marks: Uint8Array
  readonly pages: Pages
  /** Per point, how many intervals before its newest reading can still change (keeping.ts). */
  readonly reach: Int32Array
  /** The oldest interval of which any reading was accepted; Infinity before the first. */
  heardFrom: number
  /** The first interval that was closed; -Infinity: none was. What came of earlier ones since then has slots. */
  storyFrom: number
  /** Closed intervals whose sums changed since their rows were written, with what was written. */
  changed: ChangedInterval[]
  /** Those that wait until their backlog has been quiet for a while. */
  deferred: ChangedInterval[]
  /** Steps of registers that are still to be spread (owed.ts), by point and time. */
  readonly owed: Map<number, Map<number, OwedStep>>
  /** The segment that is being added, for the time of one call. */
  readonly segment: Segment
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

export const CHANGED = 1
export const KEPT = 2

export interface ChangedInterval {
  point: number
  interval: number
  energyMj: number
  estimatedMj: number
  coveredMs: number
}

export function createIntervals(plan: CorePlan): Intervals {
  const slots = reachIntervals(plan)
  for (const [point, { kind }] of plan.points.entries()) if (kind === 'gauge') slots[point] = 0
  return createRings(plan.lengthMs, slots, refinedIntervals(plan))
}

/** Rings of so many slots for each point, none of them in use. */
export function createRings(
  lengthMs: number,
  slots: Int32Array,
  reach: Int32Array = new Int32Array(slots.length),
): Intervals {
  const points = slots.length
  const offset = new Float64Array(points)
  let total = 0
  for (let point = 0; point < points; point++) {
    offset[point] = total
    total += slots[point]!
  }
  return {
    lengthMs,
    offset,
    slots,
    energyMj: new Float64Array(total),
    estimatedMj: new Float64Array(total),
    coveredMs: new Int32Array(total),
    rowState: new Int32Array(total),
    newest: new Float64Array(points).fill(-Infinity),
    firstHeard: new Float64Array(points).fill(Infinity),
    rowsFrom: new Float64Array(points).fill(Infinity),
    marks: new Uint8Array(total),
    pages: createPages(total),
    reach,
    heardFrom: Infinity,
    storyFrom: -Infinity,
    changed: [],
    deferred: [],
    owed: new Map(),
    segment: { startMs: NaN, startW: NaN, endMs: NaN, endW: NaN, endMj: NaN },
    cells: createCells('energy'),
  }
}

/** The slot of an interval, or -1 where the ring holds none: it is older than the ring, or after the newest. */
export function slotOfInterval(intervals: Intervals, point: number, interval: number): number {
  const slots = intervals.slots[point]!
  const newest = intervals.newest[point]!
  if (interval > newest) return -1
  return interval > newest - slots ? slotIn(intervals, point, interval) : pastSlot(intervals, point, interval)
}

/** The slot of an interval that is older than its ring, or -1. */
function pastSlot({ pages, slots, rowState }: Intervals, point: number, interval: number): number {
  const slot = pageSlot(pages, slots.length, point, interval)
  return slot >= 0 && rowState[slot] === ABSENT ? -1 : slot
}

/** State of a page's slot that holds no interval. */
const ABSENT = -2

/** Gives an interval that is older than its ring an empty slot; -1: it is too old. */
export function openPastSlot(intervals: Intervals, point: number, interval: number, nextClose: number): number {
  const { pages, slots, rowsFrom } = intervals
  if (slots[point] === 0) return -1
  let slot = pageSlot(pages, slots.length, point, interval)
  if (slot < 0) {
    const first = addPage(pages, slots.length, point, interval)
    if (first < 0) return -1
    if (pages.used > intervals.rowState.length) widen(intervals)
    intervals.rowState.fill(ABSENT, first, first + PAGE)
    slot = first + modulo(interval, PAGE)
  }
  clearSlot(intervals, slot)
  intervals.rowState[slot] = interval < nextClose && interval >= rowsFrom[point]! ? 0 : NOT_WRITTEN
  return slot
}

/** Gives the columns room for a quarter more. */
function widen(intervals: Intervals): void {
  const room = Math.ceil((5 / 4) * intervals.pages.used) + 64 * PAGE
  const wider = <T extends Float64Array | Int32Array | Uint8Array>(column: T, wide: T): T => {
    wide.set(column)
    return wide
  }
  intervals.energyMj = wider(intervals.energyMj, new Float64Array(room))
  intervals.estimatedMj = wider(intervals.estimatedMj, new Float64Array(room))
  intervals.coveredMs = wider(intervals.coveredMs, new Int32Array(room))
  intervals.rowState = wider(intervals.rowState, new Int32Array(room))
  intervals.marks = wider(intervals.marks, new Uint8Array(room))
}

/**
 * The slot of an interval that is newer or older than the ring; it gets one if it has none. -1: it is too old. A point
 * that was silent goes on where the others are: a backlog does not move its ring through the past.
 */
export function openSlot(intervals: Intervals, point: number, interval: number, nextClose: number): number {
  if (interval > intervals.newest[point]!) {
    extendSlots(intervals, point, Math.max(interval, nextClose - 1), nextClose)
    if (interval >= nextClose - 1) return slotIn(intervals, point, interval)
  }
  const slot = slotOfInterval(intervals, point, interval)
  return slot < 0 ? openPastSlot(intervals, point, interval, nextClose) : slot
}

/**
 * Gives a point empty slots up to `interval`. The row of one that was closed in the meantime (before `nextClose`) was
 * written when it closed, as one without energy.
 */
export function extendSlots(intervals: Intervals, point: number, interval: number, nextClose: number): void {
  const newest = intervals.newest[point]!
  if (interval <= newest) return
  if (interval - newest > 2) keepRecent(intervals, point, interval)
  const slots = intervals.slots[point]!
  const rowsFrom = intervals.rowsFrom[point]!
  for (let next = Math.max(newest + 1, interval - slots + 1); next <= interval; next++) {
    const slot = slotIn(intervals, point, next)
    if (intervals.marks[slot]! >= KEPT) leaveRing(intervals, point, next, slot)
    clearSlot(intervals, slot)
    intervals.rowState[slot] = next < nextClose && next >= rowsFrom ? 0 : NOT_WRITTEN
  }
  intervals.newest[point] = interval
}

/** Moves to a page what lies in the slot that interval `next` takes. */
function leaveRing(intervals: Intervals, point: number, next: number, slot: number): void {
  const [slots, newest] = [intervals.slots[point]!, intervals.newest[point]!]
  moveToPage(intervals, point, next - slots * Math.ceil((next - newest) / slots), slot)
}

/**
 * Marks the newest intervals of a point whose ring is about to move past them: it was silent, and readings from before
 * that may still come.
 */
function keepRecent(intervals: Intervals, point: number, next: number): void {
  const newest = intervals.newest[point]!
  if (newest === -Infinity || next - newest <= intervals.slots[point]! - intervals.reach[point]!) return
  for (let interval = newest - intervals.reach[point]!; interval <= newest; interval++) {
    const slot = slotOfInterval(intervals, point, interval)
    if (slot >= 0 && slot < intervals.pages.begin && intervals.coveredMs[slot]! > 0) intervals.marks[slot]! |= KEPT
  }
}

function clearSlot(intervals: Intervals, slot: number): void {
  intervals.energyMj[slot] = 0
  setEstimated(intervals, slot, 0)
  intervals.coveredMs[slot] = 0
  intervals.marks[slot] = 0
}

export function setEstimated({ estimatedMj }: Intervals, slot: number, mj: number): void {
  if (estimatedMj[slot] !== mj) estimatedMj[slot] = mj
}

/** Moves an interval that leaves its ring to a page. Before the story began an empty one is as good as none. */
function moveToPage(intervals: Intervals, point: number, interval: number, from: number): void {
  const isEmpty = intervals.coveredMs[from] === 0 && intervals.energyMj[from] === 0
  if (isEmpty && interval < intervals.storyFrom && intervals.rowState[from] === NOT_WRITTEN) return
  const slot = openPastSlot(intervals, point, interval, -Infinity)
  if (slot < 0) return
  intervals.energyMj[slot] = intervals.energyMj[from]!
  setEstimated(intervals, slot, intervals.estimatedMj[from]!)
  intervals.coveredMs[slot] = intervals.coveredMs[from]!
  intervals.marks[slot] = intervals.marks[from]! & CHANGED
  intervals.rowState[slot] = intervals.rowState[from]!
}

/** The slot of an interval that its ring holds. It has a remainder of its own, which only ever sees whole numbers. */
export function slotIn(intervals: Intervals, point: number, interval: number): number {
  const slots = intervals.slots[point]!
  const rest = interval % slots
  return intervals.offset[point]! + (rest < 0 ? rest + slots : rest)
}

/** Corrections of older intervals wait until their backlog has been quiet. */
export const RECENT_MS = 3_600_000

/** Whether the correction of an interval waits. */
export function isDeferred({ lengthMs }: Pick<Intervals, 'lengthMs'>, interval: number, nextClose: number): boolean {
  return interval < nextClose - RECENT_MS / lengthMs
}

/** Notes what a closed interval held when its row was written, once until its correction is written. */
export function noteChange(
  intervals: Intervals,
  point: number,
  interval: number,
  slot: number,
  nextClose: number,
): void {
  if ((intervals.marks[slot]! & CHANGED) !== 0) return
  const waits = isDeferred(intervals, interval, nextClose)
  // Its ring may move on before the correction is written
  intervals.marks[slot] = CHANGED | (waits ? KEPT : intervals.marks[slot]!)
  const list = waits ? intervals.deferred : intervals.changed
  list.push({
    point,
    interval,
    energyMj: intervals.energyMj[slot]!,
    estimatedMj: intervals.estimatedMj[slot]!,
    coveredMs: intervals.coveredMs[slot]!,
  })
}

/** Whether a slot holds again what it held when its row was written. */
export function isUnchanged(intervals: Intervals, slot: number, before: ChangedInterval): boolean {
  return (
    intervals.energyMj[slot] === before.energyMj &&
    intervals.estimatedMj[slot] === before.estimatedMj &&
    intervals.coveredMs[slot] === before.coveredMs
  )
}

/** Whether an interval is still held and differs from what its row says. */
export function hasChanged(intervals: Intervals, before: ChangedInterval): boolean {
  const slot = slotOfInterval(intervals, before.point, before.interval)
  return slot >= 0 && !isUnchanged(intervals, slot, before)
}
