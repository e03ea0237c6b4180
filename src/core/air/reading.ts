import { horizonIntervals, type CorePlan } from '../contract/plan.ts'
import { isDeferred } from '../energy/intervals.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'
import { flagsOf, isStuck, lastOfStuckRun, runAroundMs, SPIKED, spikeStateOf } from './sensor.ts'
import type { Sink } from '../contract/sink.ts'
import { columnPlaces, createCells } from '../contract/tables.ts'
import { SPIKE, STUCK } from '../contract/flags.ts'
import { COST, STEP, type Work } from '../contract/work.ts'
import {
  clearDeferred,
  createDeferred,
  deferInterval,
  deferredOf,
  type DeferredIntervals,
} from '../windows/deferred.ts'

/** Statistics per interval of the points that measure neither power nor energy, of those that have such rows. */
export interface Readings {
  readonly plan: CorePlan
  readonly samples: Samples
  readonly gauges: Int32Array
  /** Closed intervals with a late sample: interval × points + point. */
  changed: Set<number>
  /** The same of older ones, by point: they wait until their backlog is quiet. */
  readonly deferred: DeferredIntervals
  /** Per point the oldest of them; Infinity: there is none. */
  readonly changedFrom: Float64Array
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

const AT = columnPlaces('reading')

export function createReadings(plan: CorePlan, samples: Samples): Readings {
  const gauges = plan.points.flatMap(({ kind, hasReadingRows }, point) =>
    kind === 'gauge' && hasReadingRows ? [point] : [],
  )
  const changedFrom = new Float64Array(plan.points.length).fill(Infinity)
  return {
    plan,
    samples,
    gauges: Int32Array.from(gauges),
    changed: new Set(),
    deferred: createDeferred(plan.points.length, horizonIntervals(plan, 'gauges')),
    changedFrom,
    cells: createCells('reading'),
  }
}

/** Marks the closed intervals that a gauge's new sample changes: its own, and those whose quality it may change. */
export function noteReading(readings: Readings, point: number, position: number, nextClose: number): void {
  const { plan, samples } = readings
  const { sensor, hasReadingRows } = plan.points[point]!
  if (!hasReadingRows) return
  const last = samples.count[point]! - 1
  note(readings, point, position, nextClose)
  if (leaps(readings, point, position - 2, position - 1)) note(readings, point, position - 1, nextClose)
  if (position === last) return
  if (leaps(readings, point, position, position + 1) || leaps(readings, point, position - 1, position + 1)) {
    note(readings, point, position + 1, nextClose)
  }
  const to = lastOfStuckRun(sensor, samples, point, position)
  const sinceMs = runAroundMs(samples, point, position)
  for (let n = position + 1; n <= to; n++) {
    if (timeAt(samples, point, n) - sinceMs >= sensor.stuckMs) note(readings, point, n, nextClose)
  }
}

/** Whether two samples are so far apart that the later may be a spike. */
function leaps({ plan, samples }: Readings, point: number, before: number, position: number): boolean {
  if (before < 0) return false
  const leap = valueAt(samples, point, position) - valueAt(samples, point, before)
  return Math.abs(leap) > plan.points[point]!.sensor.jump
}

function note(readings: Readings, point: number, position: number, nextClose: number): void {
  const { plan, samples } = readings
  const interval = Math.floor(timeAt(samples, point, position) / plan.lengthMs)
  if (!(interval < nextClose)) return
  if (isDeferred(plan, interval, nextClose)) deferReading(readings, point, interval)
  else markReading(readings, point, interval)
}

/** Marks an interval of a point whose row is to be written again. */
export function markReading({ plan, changed, changedFrom }: Readings, point: number, interval: number): void {
  changed.add(interval * plan.points.length + point)
  changedFrom[point] = Math.min(changedFrom[point]!, interval)
}

/** The same once its backlog is quiet. */
function deferReading({ deferred, changedFrom }: Readings, point: number, interval: number): void {
  deferInterval(deferred, point, interval)
  changedFrom[point] = Math.min(changedFrom[point]!, interval)
}

/** Emits the interval just closed of every gauge that has samples in it. */
export function* closeReadings(readings: Readings, interval: number, sink: Sink): Work {
  let units = 0
  for (const point of readings.gauges) {
    emitReading(readings, point, interval, sink)
    if ((units += COST.pointRow) < STEP) continue
    yield units
    units = 0
  }
  yield units
}

/** Emits the changed intervals once more. */
export function* correctReadings(readings: Readings, sink: Sink): Work {
  const { plan } = readings
  const points = plan.points.length
  for (const key of Float64Array.from(readings.changed).sort()) {
    yield COST.pointRow
    const point = key % points
    // A snapshot may speak of a point that had rows before the configuration changed.
    if (plan.points[point]!.hasReadingRows) emitReading(readings, point, (key - point) / points, sink)
  }
  readings.changed.clear()
  readings.changedFrom.set(readings.deferred.from)
}

/** Emits the intervals once more that have waited. */
export function* correctOldReadings(readings: Readings, sink: Sink): Work {
  const { plan, deferred } = readings
  for (const point of [...deferred.rows].sort((a, b) => a - b)) {
    if (!plan.points[point]!.hasReadingRows) continue
    for (const interval of deferredOf(deferred, point, -Infinity)) {
      yield COST.pointRow
      emitReading(readings, point, interval, sink)
    }
  }
  clearDeferred(deferred)
  if (readings.changed.size === 0) readings.changedFrom.fill(Infinity)
}

function emitReading({ plan, samples, cells }: Readings, point: number, interval: number, sink: Sink): void {
  const endMs = (interval + 1) * plan.lengthMs
  const to = positionOf(samples, point, endMs)
  let count = 0
  let sum = 0
  let min = Infinity
  let max = -Infinity
  let flags = 0
  const { sensor } = plan.points[point]!
  for (let position = to - 1; timeAt(samples, point, position) >= endMs - plan.lengthMs; position--) {
    const value = valueAt(samples, point, position)
    count++
    sum += value
    min = Math.min(min, value)
    max = Math.max(max, value)
    flags |= flagsOf(sensor, value)
    if (spikeStateOf(sensor, samples, point, position) === SPIKED) flags |= SPIKE
  }
  if (count === 0) return
  if (isStuck(plan.points[point]!, samples, point, to - 1)) flags |= STUCK
  cells[AT.mean] = sum / count
  cells[AT.min] = min
  cells[AT.max] = max
  cells[AT.last] = valueAt(samples, point, to - 1)
  cells[AT.count] = count
  cells[AT.quality] = flags
  sink.row('reading', point, '', endMs, cells)
}
