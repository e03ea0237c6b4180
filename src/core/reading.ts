import type { CorePlan } from './plan.ts'
import { positionOf, timeAt, valueAt, type Samples } from './samples.ts'
import type { Sink } from './sink.ts'

/** Statistics per interval of the points that measure neither power nor energy. */
export interface Readings {
  readonly plan: CorePlan
  readonly samples: Samples
  readonly gauges: Int32Array
  /** Closed intervals with a late sample: interval × points + point. */
  changed: Set<number>
}

export function createReadings(plan: CorePlan, samples: Samples): Readings {
  const gauges = plan.points.flatMap(({ kind }, point) => (kind === 'gauge' ? [point] : []))
  return { plan, samples, gauges: Int32Array.from(gauges), changed: new Set() }
}

/** Takes note of a gauge's sample in a closed interval. */
export function noteReading(readings: Readings, point: number, interval: number, nextClose: number): void {
  if (interval < nextClose) readings.changed.add(interval * readings.plan.points.length + point)
}

/** Writes the interval just closed, of every gauge that has samples in it. */
export function closeReadings(readings: Readings, interval: number, sink: Sink): void {
  for (const point of readings.gauges) writeReading(readings, point, interval, sink)
}

/** Writes the intervals once more in which late samples were taken. */
export function correctReadings(readings: Readings, sink: Sink): void {
  const points = readings.plan.points.length
  for (const key of [...readings.changed].sort((a, b) => a - b)) {
    const point = key % points
    writeReading(readings, point, (key - point) / points, sink)
  }
  readings.changed.clear()
}

function writeReading({ plan, samples }: Readings, point: number, interval: number, sink: Sink): void {
  const endMs = (interval + 1) * plan.lengthMs
  const to = positionOf(samples, point, endMs)
  let count = 0
  let sum = 0
  let min = Infinity
  let max = -Infinity
  for (let position = to - 1; timeAt(samples, point, position) >= endMs - plan.lengthMs; position--) {
    const value = valueAt(samples, point, position)
    count++
    sum += value
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  if (count > 0)
    sink.reading(point, { endMs, mean: sum / count, min, max, last: valueAt(samples, point, to - 1), count })
}
