import type { CorePlan, PointPlan } from '../contract/plan.ts'

/**
 * Each point's recent samples in event-time order: all that a late reading can still fall between. Point p owns the
 * `capacity[p]` cells from `offset[p]` on; a cell is a pair (tMs, value).
 */
export interface Samples {
  readonly cells: Float64Array
  readonly offset: Float64Array
  readonly capacity: Int32Array
  readonly count: Int32Array
  /** No reading before this event time is taken: what stood there has been let go. */
  readonly floorMs: Float64Array
  /** How many have been let go, per point. */
  readonly dropped: Float64Array
  /** Of those let go: the newest value, since when they had repeated it, how often. */
  readonly runValue: Float64Array
  readonly runSinceMs: Float64Array
  readonly runCount: Float64Array
}

/** Samples that are kept from before the time that may still change: what a register's reading is judged by. */
export const KEPT_BEFORE = 6

/**
 * Cells that a point needs: twice what its declared rate brings within the time that may still change. A point that
 * reports faster than declared keeps a shorter past, and says `too_late` sooner.
 */
function sampleCapacity(plan: CorePlan, { everyMs, lookBackMs }: PointPlan): number {
  const keptMs = plan.latenessMs + plan.boundMs + plan.skewMs + plan.lengthMs + lookBackMs
  return 2 * Math.ceil(keptMs / everyMs) + 2 * KEPT_BEFORE
}

export function createSamples(plan: CorePlan): Samples {
  const points = plan.points.length
  const offset = new Float64Array(points)
  const capacity = new Int32Array(points)
  let cells = 0
  for (const [point, pointPlan] of plan.points.entries()) {
    offset[point] = cells
    const room = sampleCapacity(plan, pointPlan)
    capacity[point] = room
    cells += room
  }
  return {
    cells: new Float64Array(2 * cells),
    offset,
    capacity,
    count: new Int32Array(points),
    floorMs: new Float64Array(points).fill(-Infinity),
    dropped: new Float64Array(points),
    runValue: new Float64Array(points).fill(NaN),
    runSinceMs: new Float64Array(points),
    runCount: new Float64Array(points),
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
 * Makes room for one more sample at `position` and returns by how many places the samples moved up; -1 where that cannot
 * be. A full buffer lets go what lies far enough before `keepMs`, or else its older half, never the new one's neighbours.
 */
export function makeRoom(samples: Samples, point: number, position: number, keepMs: number): number {
  const count = samples.count[point]!
  if (count < samples.capacity[point]!) return 0
  const old = positionOf(samples, point, keepMs) - KEPT_BEFORE
  const gone = Math.min(old > 0 ? old : count >> 1, position - KEPT_BEFORE)
  if (gone <= 0) return -1
  const base = 2 * samples.offset[point]!
  for (let n = 0; n < gone; n++)
    noteGone(samples, point, samples.cells[base + 2 * n]!, samples.cells[base + 2 * n + 1]!)
  samples.cells.copyWithin(base, base + 2 * gone, base + 2 * count)
  samples.count[point] = count - gone
  samples.floorMs[point] = samples.cells[base]!
  return gone
}

/** Puts a sample at `position`, where there is room. */
export function insertSample(samples: Samples, point: number, position: number, tMs: number, value: number): void {
  const { cells } = samples
  const base = 2 * samples.offset[point]!
  const count = samples.count[point]!
  if (position < count) cells.copyWithin(base + 2 * position + 2, base + 2 * position, base + 2 * count)
  cells[base + 2 * position] = tMs
  cells[base + 2 * position + 1] = value
  samples.count[point] = count + 1
}

/** Remembers of a sample that is let go how long its value had been the same. */
function noteGone(samples: Samples, point: number, tMs: number, value: number): void {
  samples.dropped[point]!++
  if (samples.runValue[point] === value) {
    samples.runCount[point]!++
    return
  }
  samples.runValue[point] = value
  samples.runSinceMs[point] = tMs
  samples.runCount[point] = 1
}
