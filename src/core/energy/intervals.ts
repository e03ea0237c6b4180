import { reachIntervals, type CorePlan } from '../contract/plan.ts'

/**
 * Energy of each point in each recent interval. Point p owns the `slots[p]` slots from `offset[p]` on; interval i lies
 * in slot i modulo `slots[p]`. Sums are whole millijoules and milliseconds: what is added can be taken out again.
 */
export interface Intervals {
  readonly lengthMs: number
  readonly offset: Float64Array
  readonly slots: Int32Array
  readonly energyMj: Float64Array
  readonly estimatedMj: Float64Array
  readonly coveredMs: Int32Array
  /** Of the row last written: -1 none yet, else twice the revision, plus 1 once restated. */
  readonly rowState: Int32Array
  /** Newest interval that a point has a slot for; -Infinity before its first. */
  readonly newest: Float64Array
  /** Interval of a point's oldest accepted reading; Infinity before the first. */
  readonly firstHeard: Float64Array
  /** First interval for which a row was, or will be, written when it closes; Infinity before the first reading. */
  readonly rowsFrom: Float64Array
  /** 1 where a closed interval stands in `changed`. */
  readonly isChanged: Uint8Array
  /** Closed intervals whose sums changed since they were written, with what was written. */
  changed: ChangedInterval[]
}

export interface ChangedInterval {
  point: number
  interval: number
  energyMj: number
  estimatedMj: number
  coveredMs: number
}

export function createIntervals(plan: CorePlan): Intervals {
  const points = plan.points.length
  const slots = reachIntervals(plan)
  const offset = new Float64Array(points)
  let total = 0
  for (const [point, { kind }] of plan.points.entries()) {
    if (kind === 'gauge') slots[point] = 0
    offset[point] = total
    total += slots[point]!
  }
  return {
    lengthMs: plan.lengthMs,
    offset,
    slots,
    energyMj: new Float64Array(total),
    estimatedMj: new Float64Array(total),
    coveredMs: new Int32Array(total),
    rowState: new Int32Array(total),
    newest: new Float64Array(points).fill(-Infinity),
    firstHeard: new Float64Array(points).fill(Infinity),
    rowsFrom: new Float64Array(points).fill(Infinity),
    isChanged: new Uint8Array(total),
    changed: [],
  }
}

/** The slot of an interval, or -1 where the point holds none: before its memory, or after its newest. */
export function slotOfInterval(intervals: Intervals, point: number, interval: number): number {
  const slots = intervals.slots[point]!
  const newest = intervals.newest[point]!
  if (interval > newest || interval <= newest - slots) return -1
  return placeOf(intervals, point, interval)
}

/**
 * Gives the point slots up to `interval`, empty ones. An interval that was closed in the meantime (before `nextClose`)
 * has been written once, as one without energy.
 */
export function extendSlots(intervals: Intervals, point: number, interval: number, nextClose: number): void {
  const newest = intervals.newest[point]!
  if (interval <= newest) return
  const slots = intervals.slots[point]!
  const since = intervals.rowsFrom[point]!
  for (let next = Math.max(newest + 1, interval - slots + 1); next <= interval; next++) {
    const slot = placeOf(intervals, point, next)
    intervals.energyMj[slot] = 0
    intervals.estimatedMj[slot] = 0
    intervals.coveredMs[slot] = 0
    intervals.isChanged[slot] = 0
    intervals.rowState[slot] = next < nextClose && next >= since ? 0 : -1
  }
  intervals.newest[point] = interval
}

function placeOf(intervals: Intervals, point: number, interval: number): number {
  const slots = intervals.slots[point]!
  return intervals.offset[point]! + (((interval % slots) + slots) % slots)
}

/** Remembers what a closed interval held when it was written, once until the next flush. */
export function noteChange(intervals: Intervals, point: number, interval: number, slot: number): void {
  if (intervals.isChanged[slot] === 1) return
  intervals.isChanged[slot] = 1
  intervals.changed.push({
    point,
    interval,
    energyMj: intervals.energyMj[slot]!,
    estimatedMj: intervals.estimatedMj[slot]!,
    coveredMs: intervals.coveredMs[slot]!,
  })
}

/** Whether a slot holds what it held before it was touched: what was taken out was put back. */
export function isUnchanged(intervals: Intervals, slot: number, before: ChangedInterval): boolean {
  return (
    intervals.energyMj[slot] === before.energyMj &&
    intervals.estimatedMj[slot] === before.estimatedMj &&
    intervals.coveredMs[slot] === before.coveredMs
  )
}

/** Whether an interval that was touched is still held, and is not what it was. */
export function hasChanged(intervals: Intervals, before: ChangedInterval): boolean {
  const slot = slotOfInterval(intervals, before.point, before.interval)
  return slot >= 0 && !isUnchanged(intervals, slot, before)
}
