import { horizonIntervals, type CorePlan } from '../contract/plan.ts'
import { isDeferred } from '../energy/intervals.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'
import { createOutdoor, emitOutdoor, type Outdoor } from './outdoor/outdoor.ts'
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
  readonly outdoor: Outdoor
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
    outdoor: createOutdoor(plan, samples),
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
  if (readings.outdoor.placesOf[point]!.length > 0) noteOutdoor(readings, point, position, nextClose)
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

/** Marks the closed intervals at whose ends a new sample holds outside, or changes what its neighbours are. */
function noteOutdoor(readings: Readings, point: number, position: number, nextClose: number): void {
  const { plan, samples } = readings
  const turnsBefore = leaps(readings, point, position - 2, position - 1)
  const turnsNext =
    position + 1 < samples.count[point]! &&
    (leaps(readings, point, position, position + 1) || leaps(readings, point, position - 1, position + 1))
  const first = turnsBefore ? position - 1 : position
  const last = turnsNext ? position + 1 : position
  const heldMs = timeAt(samples, point, last) + plan.points[point]!.maxGapMs
  const toMs = Math.min(timeAt(samples, point, last + 1), heldMs)
  for (
    let interval = Math.floor(timeAt(samples, point, first) / plan.lengthMs);
    interval < nextClose && (interval + 1) * plan.lengthMs <= toMs;
    interval++
  ) {
    noteInterval(readings, point, interval, nextClose)
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
  noteInterval(readings, point, Math.floor(timeAt(samples, point, position) / plan.lengthMs), nextClose)
}

function noteInterval(readings: Readings, point: number, interval: number, nextClose: number): void {
  const { plan } = readings
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
  for (const place of readings.plan.outdoor.keys()) emitOutdoor(readings.outdoor, place, interval, sink)
  yield units + COST.pointRow * readings.plan.outdoor.length
}

/** Emits the changed intervals once more. */
export function* correctReadings(readings: Readings, sink: Sink): Work {
  const { plan } = readings
  const points = plan.points.length
  for (const key of Float64Array.from(readings.changed).sort()) {
    yield COST.pointRow
    const point = key % points
    correctReading(readings, point, (key - point) / points, sink)
  }
  readings.changed.clear()
  readings.changedFrom.set(readings.deferred.from)
}

/** Emits the intervals once more that have waited. */
export function* correctOldReadings(readings: Readings, sink: Sink): Work {
  const { deferred } = readings
  for (const point of [...deferred.rows].sort((a, b) => a - b)) {
    for (const interval of deferredOf(deferred, point, -Infinity)) {
      yield COST.pointRow
      correctReading(readings, point, interval, sink)
    }
  }
  clearDeferred(deferred)
  if (readings.changed.size === 0) readings.changedFrom.fill(Infinity)
}

/** Emits what a point has rows of; a snapshot may speak of one that had some before the configuration changed. */
function correctReading(readings: Readings, point: number, interval: number, sink: Sink): void {
  const { plan, outdoor } = readings
  if (plan.points[point]!.hasReadingRows) emitReading(readings, point, interval, sink)
  for (const place of outdoor.placesOf[point]!) emitOutdoor(outdoor, place, interval, sink)
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
