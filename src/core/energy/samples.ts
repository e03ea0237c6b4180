import { createCountEdges, type CountEdges } from './count-edge.ts'
import type { CorePlan, PointPlan } from '../contract/plan.ts'
import { CONFIRM_MS } from '../contract/reach.ts'

/**
 * Each point's recent samples by event time: all that a late reading can still fall between. Point p owns
 * `room[p]` cells from `offset[p]` on, the first `count[p]` hold samples. A cell is a pair (tMs, value). A late sample
 * moves those behind it up by one cell. When all cells are full the oldest samples are dropped, and the rest moves
 * down.
 *
 * ```
 *           offset[p]                     + count[p]        + room[p]
 * cells     | t0 v0 | t1 v1 | ... | tn vn |  free  |  free  |
 *             oldest                newest
 * ```
 *
 * There is room for what the declared rate brings. A point whose full cells are still needed moves behind all others,
 * to more of them, up to `capacity[p]`; the cells that it leaves stay unused.
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
  /** Grows: do not keep it over `makeRoom`. */
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
}

/** Samples that are kept from before the time that may still change. A register's reading is judged by them. */
export const KEPT_BEFORE = 6

/** Where no more than this share of a point's full cells can be dropped, it gets more of them. */
const LEAST_DROPPED = 1 / 8
/** How much more a point gets, and how much is there for all points once one has moved. */
const MORE_ROOM = 3 / 2
const MORE_CELLS = 9 / 8

/**
 * Cells that a point may have: twice what its declared rate brings within the time that may still change. A point that
 * reports faster than declared keeps a shorter past, and its readings are `too_late` sooner.
 */
function sampleCapacity(plan: CorePlan, point: PointPlan): number {
  const youngMs = point.kind === 'register' ? CONFIRM_MS : 0
  return 2 * declaredSamples(plan, point) + 2 * KEPT_BEFORE + Math.ceil(youngMs / point.everyMs)
}

/** Cells that a point begins with: enough for its declared rate, when an eighth of them can be dropped at once. */
function sampleRoom(plan: CorePlan, point: PointPlan): number {
  return Math.ceil((1 + LEAST_DROPPED) * (declaredSamples(plan, point) + KEPT_BEFORE)) + 2
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
  }
}

/** Index of the first sample at or after `tMs`, counted from the point's first; its count where there is none. */
export function positionOf(samples: Samples, point: number, tMs: number): number {
  const base = 2 * samples.offset[point]!
  let position = samples.count[point]!
  while (position > 0 && samples.cells[base + 2 * position - 2]! >= tMs) position--
  return position
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

/**
 * Makes room for one more sample at `position` and returns by how many cells the samples moved down; -1 where there
 * is no room. When all cells are full it drops what lies far enough before `keepMs`. If that is little the point gets
 * more cells; if it may not have more the older half goes, but never the neighbours of the new sample. `keepEdge` is
 * told how many are to go and says how many may.
 */
export function makeRoom(
  samples: Samples,
  point: number,
  position: number,
  keepMs: number,
  keepEdge: (samples: Samples, point: number, dropped: number) => number,
): number {
  const count = samples.count[point]!
  if (count < samples.room[point]!) return 0
  const old = positionOf(samples, point, keepMs) - KEPT_BEFORE
  if (old < LEAST_DROPPED * count && count < samples.capacity[point]!) {
    reserveRoom(samples, point, count + 1)
    return 0
  }
  const most = Math.min(old > 0 ? old : count >> 1, position - KEPT_BEFORE)
  const dropped = most > 0 ? keepEdge(samples, point, most) : 0
  if (dropped <= 0) return -1
  const base = 2 * samples.offset[point]!
  for (let n = 0; n < dropped; n++)
    noteDropped(samples, point, samples.cells[base + 2 * n]!, samples.cells[base + 2 * n + 1]!)
  samples.cells.copyWithin(base, base + 2 * dropped, base + 2 * count)
  samples.count[point] = count - dropped
  samples.floorMs[point] = samples.cells[base]!
  return dropped
}

/** Gives a point room for so many samples, which must be within its capacity. */
export function reserveRoom(samples: Samples, point: number, count: number): void {
  const before = samples.room[point]!
  if (count <= before) return
  const { offset, capacity, used } = samples
  const room = Math.min(capacity[point]!, Math.max(count, Math.ceil(MORE_ROOM * before)))
  if (2 * (used + room) > samples.cells.length) {
    const cells = new Float64Array(2 * Math.ceil(MORE_CELLS * (used + room)))
    cells.set(samples.cells.subarray(0, 2 * used))
    samples.cells = cells
  }
  const from = 2 * offset[point]!
  samples.cells.copyWithin(2 * used, from, from + 2 * samples.count[point]!)
  offset[point] = used
  samples.room[point] = room
  samples.used = used + room
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

/** Remembers of a dropped sample how long its value had been the same. */
function noteDropped(samples: Samples, point: number, tMs: number, value: number): void {
  samples.dropped[point]!++
  if (samples.runValue[point] === value) {
    samples.runCount[point]!++
    return
  }
  samples.runValue[point] = value
  samples.runSinceMs[point] = tMs
  samples.runCount[point] = 1
}
