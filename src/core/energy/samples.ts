import { createLone, noteUsual, type Lone } from './lone-state.ts'
import { createCountEdges, type CountEdges } from './register/count-edge.ts'
import type { CorePlan, PointPlan } from '../contract/plan.ts'
import { CONFIRM_MS } from '../contract/reach.ts'

/**
 * Each point's recent samples by event time: all that a late reading can still fall between. Point p owns
 * `room[p]` cells from `offset[p]` on, the first `count[p]` hold samples. A cell is a pair (tMs, value). A late sample
 * moves those behind it up by one cell. When all cells are full old samples are dropped, and the rest moves down
 * (retention.ts).
 *
 * ```
 *           offset[p]                     + count[p]        + room[p]
 * cells     | t0 v0 | t1 v1 | ... | tn vn |  free  |  free  |
 *             oldest                newest
 * ```
 *
 * There is room for what the declared rate brings. A point whose full cells are still needed moves behind all others,
 * to more of them; the cells that it leaves stay unused until there are none behind.
 *
 * Of the dropped samples only the last run of equal values is remembered, so that a stuck sensor is still seen:
 *
 * ```
 *          dropped 4                 held
 * value    7     5     5     5   |   5     5     6
 *                ^ runSinceMs        ^ floorMs
 *                runValue 5, runCount 3
 * ```
 */
export interface Samples {
  /** Grows: do not keep it while a sample is put in. */
  cells: Float64Array
  readonly offset: Float64Array
  readonly room: Int32Array
  readonly capacity: Int32Array
  /** All cells before this one belong to a point, or did. */
  used: number
  readonly count: Int32Array
  /** Readings before this event time are refused: their neighbours were dropped. -Infinity: none were dropped. */
  readonly floorMs: Float64Array
  /** How many samples were dropped, per point. */
  readonly dropped: Float64Array
  /** The newest dropped value, event time of the first sample of its run, and how many of the run were dropped. */
  readonly runValue: Float64Array
  readonly runSinceMs: Float64Array
  readonly runCount: Float64Array
  /** What registers keep of the dropped samples. */
  readonly counts: CountEdges
  /** Power that a single reading shows. */
  readonly lone: Lone
}

/** Samples that are kept from before the time that may still change. A register's reading is judged by them. */
export const KEPT_BEFORE = 6

/** Where no more than this share of a point's full cells can be dropped, it gets more of them. */
const LEAST_DROPPED = 1 / 8
/** How much more a point gets, and how much is there for all points once one has moved. */
const MORE_ROOM = 2
const MORE_CELLS = 2

/**
 * Cells that a point may have: twice what its declared rate brings within the time that may still change. A point that
 * reports faster than declared keeps a shorter past, and its readings are `too_late` sooner.
 */
function sampleCapacity(plan: CorePlan, point: PointPlan): number {
  const youngMs = point.kind === 'register' ? CONFIRM_MS : 0
  return 2 * declaredSamples(plan, point) + 2 * KEPT_BEFORE + Math.ceil(youngMs / point.everyMs)
}

/** Cells that a point begins with: enough for its declared rate and its beginning, if an eighth is dropped at once. */
function sampleRoom(plan: CorePlan, point: PointPlan): number {
  return Math.ceil((1 + LEAST_DROPPED) * (declaredSamples(plan, point) + 2 * KEPT_BEFORE)) + 2
}

function declaredSamples({ latenessMs, boundMs, skewMs, lengthMs }: CorePlan, point: PointPlan): number {
  return Math.ceil((latenessMs + boundMs + skewMs + lengthMs + point.lookBackMs) / point.everyMs)
}

export function createSamples(plan: CorePlan): Samples {
  const points = plan.points.length
  const offset = new Float64Array(points)
  const room = new Int32Array(points)
  const capacity = new Int32Array(points)
  let used = 0
  for (const [point, pointPlan] of plan.points.entries()) {
    offset[point] = used
    const most = sampleCapacity(plan, pointPlan)
    const begun = Math.min(sampleRoom(plan, pointPlan), most)
    capacity[point] = most
    room[point] = begun
    used += begun
  }
  return {
    cells: new Float64Array(2 * used),
    offset,
    room,
    capacity,
    used,
    count: new Int32Array(points),
    floorMs: new Float64Array(points).fill(-Infinity),
    dropped: new Float64Array(points),
    runValue: new Float64Array(points).fill(NaN),
    runSinceMs: new Float64Array(points),
    runCount: new Float64Array(points),
    counts: createCountEdges(plan.points),
    lone: createLone(plan.points),
  }
}

/** So many of the newest samples are looked at one by one. */
const NEAR = 16

/** Index of the first sample at or after `tMs`, counted from the point's first; its count where there is none. */
export function positionOf(samples: Samples, point: number, tMs: number): number {
  const base = 2 * samples.offset[point]!
  let position = samples.count[point]!
  const near = position - NEAR
  while (position > 0 && samples.cells[base + 2 * position - 2]! >= tMs) {
    if (--position === near) return positionUpTo(samples, base, position, tMs)
  }
  return position
}

/** The same among the first samples, by halves. */
function positionUpTo({ cells }: Samples, base: number, count: number, tMs: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (cells[base + 2 * middle]! >= tMs) high = middle
    else low = middle + 1
  }
  return low
}

/** Event time of a sample; ∓Infinity before the first and behind the last. */
export function timeAt(samples: Samples, point: number, position: number): number {
  if (position < 0) return -Infinity
  if (position >= samples.count[point]!) return Infinity
  return samples.cells[2 * (samples.offset[point]! + position)]!
}

export function valueAt(samples: Samples, point: number, position: number): number {
  return samples.cells[2 * (samples.offset[point]! + position) + 1]!
}

/** Drops a point's oldest samples. */
export function dropOldest(samples: Samples, point: number, dropped: number): void {
  const base = 2 * samples.offset[point]!
  const count = samples.count[point]!
  noteUsual(samples.lone, point, samples.cells, base, base + 2 * dropped)
  for (let n = 0; n < dropped; n++) {
    const tMs = samples.cells[base + 2 * n]!
    if (tMs >= samples.floorMs[point]!) noteLeft(samples, point, tMs, samples.cells[base + 2 * n + 1]!)
  }
  samples.cells.copyWithin(base, base + 2 * dropped, base + 2 * count)
  samples.count[point] = count - dropped
  samples.dropped[point]! += dropped
  samples.floorMs[point] = Math.max(samples.floorMs[point]!, samples.cells[base]!)
}

/** Gives a point room for so many samples, and for more, up to `most`. */
export function reserveRoom(samples: Samples, point: number, count: number, most: number): void {
  const before = samples.room[point]!
  if (count <= before) return
  const { offset, used } = samples
  const room = Math.max(count, Math.min(most, Math.ceil(MORE_ROOM * before)))
  if (2 * (used + room) > samples.cells.length) return widen(samples, point, room)
  const from = 2 * offset[point]!
  samples.cells.copyWithin(2 * used, from, from + 2 * samples.count[point]!)
  offset[point] = used
  samples.room[point] = room
  samples.used = used + room
}

/** Puts all points side by side again, one with more room, where cells are left for more. */
function widen(samples: Samples, wider: number, room: number): void {
  samples.room[wider] = room
  let used = 0
  for (const it of samples.room) used += it
  const cells = new Float64Array(2 * Math.ceil(MORE_CELLS * used))
  samples.used = 0
  for (let point = 0; point < samples.room.length; point++) {
    const from = 2 * samples.offset[point]!
    cells.set(samples.cells.subarray(from, from + 2 * samples.count[point]!), 2 * samples.used)
    samples.offset[point] = samples.used
    samples.used += samples.room[point]!
  }
  samples.cells = cells
}

/** Puts a sample at `position`; `makeRoom` has made room for it. */
export function insertSample(samples: Samples, point: number, position: number, tMs: number, value: number): void {
  const { cells } = samples
  const base = 2 * samples.offset[point]!
  const count = samples.count[point]!
  if (position < count) cells.copyWithin(base + 2 * position + 2, base + 2 * position, base + 2 * count)
  cells[base + 2 * position] = tMs
  cells[base + 2 * position + 1] = value
  samples.count[point] = count + 1
}

/** Takes the sample at `position` out again. */
export function removeSample(samples: Samples, point: number, position: number): void {
  const { cells } = samples
  const base = 2 * samples.offset[point]!
  const count = samples.count[point]!
  cells.copyWithin(base + 2 * position, base + 2 * position + 2, base + 2 * count)
  samples.count[point] = count - 1
}

/** Remembers of a sample that leaves the recent ones how long its value had been the same. */
export function noteLeft(samples: Samples, point: number, tMs: number, value: number): void {
  if (samples.runValue[point] === value) {
    samples.runCount[point]!++
    return
  }
  samples.runValue[point] = value
  samples.runSinceMs[point] = tMs
  samples.runCount[point] = 1
}
