import { createCountEdges } from './register/count-edge.ts'
import { createLone } from './lone-state.ts'
import type { PointPlan } from '../contract/plan.ts'
import type { Samples } from './samples.ts'

/**
 * Readings of each point around a stretch of the past, as they stand in a journal: all inside it, and the nearest few
 * on either side. With these the segments and verdicts at the edges are those of the whole story. What a register's
 * count means may hang on any reading before it, and on an hour behind it: all of its readings are inside. Of two
 * readings of one point and stamp the first added wins.
 *
 * ```
 *         before   |          inside          |   after
 *  (dropped) o o o | o o  o   o o o o   o  o  | o o o (dropped)
 *                fromMs                      toMs
 * ```
 */
export interface PastReadings {
  readonly points: readonly PointPlan[]
  /** The stretch in event time, from `fromMs` on and before `toMs`. */
  readonly fromMs: number
  readonly toMs: number
  readonly before: NearestReadings
  readonly after: NearestReadings
  /** For each point the pairs (tMs, value) inside, in the order in which they were added. */
  readonly inside: (Float64Array | undefined)[]
  readonly count: Int32Array
  /** Pairs inside, of all points. */
  total: number
}

/** The nearest readings of each point on one side of a time: `size` pairs a point, by event time, no stamp twice. */
export interface NearestReadings {
  readonly size: number
  readonly cells: Float64Array
  readonly count: Int32Array
}

/** As many as a point keeps from before what may still change, and more than a register's verdict looks at. */
const NEAREST = 6

export function createPastReadings(points: readonly PointPlan[], fromMs: number, toMs: number): PastReadings {
  const size = points.length
  return {
    points,
    fromMs,
    toMs,
    before: createNearestReadings(size, NEAREST),
    after: createNearestReadings(size, NEAREST),
    inside: new Array<Float64Array | undefined>(size).fill(undefined),
    count: new Int32Array(size),
    total: 0,
  }
}

export function createNearestReadings(points: number, size: number): NearestReadings {
  return { size, cells: new Float64Array(2 * size * points), count: new Int32Array(points) }
}

/** Adds one reading, before, inside or after. */
export function addPastReading(past: PastReadings, point: number, tMs: number, value: number): void {
  if (past.points[point]!.kind !== 'register') {
    if (tMs < past.fromMs) return keepNewest(past.before, point, tMs, value)
    if (tMs >= past.toMs) return keepOldest(past.after, point, tMs, value)
  }
  const count = past.count[point]!
  let cells = past.inside[point]
  if (cells === undefined || 2 * count === cells.length) {
    const wider = new Float64Array(Math.max(128, 4 * count))
    if (cells !== undefined) wider.set(cells)
    past.inside[point] = cells = wider
  }
  cells[2 * count] = tMs
  cells[2 * count + 1] = value
  past.count[point] = count + 1
  past.total++
}

/** Drops a point's readings inside. */
export function dropPastReadings(past: PastReadings, point: number): void {
  past.inside[point] = undefined
  past.total -= past.count[point]!
  past.count[point] = 0
}

/** A point's readings by event time, as samples of point 0. */
export function samplesOfPast(past: PastReadings, point: number): Samples {
  const { points } = past
  const cells = orderedOf(past, point)
  const count = cells.length / 2
  return {
    cells,
    offset: new Float64Array(1),
    room: Int32Array.of(count),
    capacity: Int32Array.of(count),
    used: count,
    count: Int32Array.of(count),
    floorMs: Float64Array.of(-Infinity),
    dropped: new Float64Array(1),
    runValue: Float64Array.of(NaN),
    runSinceMs: new Float64Array(1),
    runCount: new Float64Array(1),
    counts: createCountEdges([points[point]!]),
    lone: createLone([points[point]!]),
  }
}

/** Lets `samples` hold the readings of all points, each by event time, and nothing else. */
export function holdPast(samples: Samples, past: PastReadings): void {
  const each = past.points.map((_, point) => orderedOf(past, point))
  samples.cells = new Float64Array(each.reduce((sum, { length }) => sum + length, 0))
  samples.used = 0
  for (const [point, cells] of each.entries()) {
    samples.cells.set(cells, 2 * samples.used)
    samples.offset[point] = samples.used
    samples.room[point] = samples.capacity[point] = samples.count[point] = cells.length / 2
    samples.used += cells.length / 2
  }
}

/** Event time of a point's n-th held reading, counted from the oldest at 0; NaN where there are fewer. */
export function nearestMs({ cells, size, count }: NearestReadings, point: number, n: number): number {
  return n >= 0 && n < count[point]! ? cells[2 * (point * size + n)]! : NaN
}

/** Keeps a reading if it is among the newest so far. */
export function keepNewest(nearest: NearestReadings, point: number, tMs: number, value: number): void {
  const { cells, size, count } = nearest
  const base = 2 * size * point
  const held = count[point]!
  let place = held
  while (place > 0 && cells[base + 2 * place - 2]! >= tMs) place--
  if (place < held && cells[base + 2 * place] === tMs) return
  if (held < size) return insert(nearest, point, place, tMs, value)
  if (place === 0) return
  cells.copyWithin(base, base + 2, base + 2 * place)
  cells[base + 2 * place - 2] = tMs
  cells[base + 2 * place - 1] = value
}

/** Keeps a reading if it is among the oldest so far. */
export function keepOldest(nearest: NearestReadings, point: number, tMs: number, value: number): void {
  const { cells, size, count } = nearest
  const base = 2 * size * point
  let place = count[point]!
  while (place > 0 && cells[base + 2 * place - 2]! >= tMs) place--
  if (place === size || (place < count[point]! && cells[base + 2 * place] === tMs)) return
  if (count[point] === size) count[point] = size - 1
  insert(nearest, point, place, tMs, value)
}

function insert(
  { cells, size, count }: NearestReadings,
  point: number,
  place: number,
  tMs: number,
  value: number,
): void {
  const base = 2 * size * point
  cells.copyWithin(base + 2 * place + 2, base + 2 * place, base + 2 * count[point]!)
  cells[base + 2 * place] = tMs
  cells[base + 2 * place + 1] = value
  count[point] = count[point]! + 1
}

function orderedOf(past: PastReadings, point: number): Float64Array {
  const inside = sorted(past.inside[point] ?? new Float64Array(), past.count[point]!)
  const [older, newer] = [nearestOf(past.before, point), nearestOf(past.after, point)]
  const cells = new Float64Array(older.length + inside.length + newer.length)
  cells.set(older)
  cells.set(inside, older.length)
  cells.set(newer, older.length + inside.length)
  return cells
}

function nearestOf({ cells, size, count }: NearestReadings, point: number): Float64Array {
  return cells.subarray(2 * size * point, 2 * (size * point + count[point]!))
}

/** Pairs by event time, each stamp once: of equal stamps the first added stays. */
function sorted(cells: Float64Array, count: number): Float64Array {
  const ordered = isRising(cells, count) ? cells.subarray(0, 2 * count) : reordered(cells, count)
  const single = new Float64Array(ordered.length)
  let kept = 0
  for (let n = 0; n < count; n++) {
    if (kept > 0 && single[2 * kept - 2] === ordered[2 * n]) continue
    single[2 * kept] = ordered[2 * n]!
    single[2 * kept + 1] = ordered[2 * n + 1]!
    kept++
  }
  return single.subarray(0, 2 * kept)
}

function isRising(cells: Float64Array, count: number): boolean {
  for (let n = 1; n < count; n++) if (cells[2 * n]! < cells[2 * n - 2]!) return false
  return true
}

function reordered(cells: Float64Array, count: number): Float64Array {
  const order = Uint32Array.from({ length: count }, (_, n) => n)
  order.sort((a, b) => cells[2 * a]! - cells[2 * b]! || a - b)
  const result = new Float64Array(2 * count)
  for (let n = 0; n < count; n++) {
    result[2 * n] = cells[2 * order[n]!]!
    result[2 * n + 1] = cells[2 * order[n]! + 1]!
  }
  return result
}
