import { modulo } from '../windows/totals.ts'
import { horizonIntervals, type CorePlan } from '../contract/plan.ts'
import { COST, type Work } from '../contract/work.ts'
import { isBelieved, isLeap, lastOfStuckRun } from '../air/sensor.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'

/**
 * Means of whole UTC hours of the temperatures in front of and behind equipment, for as many hours as a backlog may
 * still fill. Each point has a ring; hour h stands at h % length, in hundredths of a kelvin:
 *
 *     place 0   | 2210 2214 2209 UNKNOWN … |      hours before `next` are known, or UNKNOWN
 *
 * A mean is a function of the samples in its hour alone. One that late samples change is found anew from them, so they
 * stay held until then (see `unfoundFromMs`).
 */
export interface HourMeans {
  readonly plan: CorePlan
  readonly samples: Samples
  /** Points with means, and per point its place among them; -1: it has none. */
  readonly points: Int32Array
  readonly placeOf: Int32Array
  readonly length: number
  readonly means: Int16Array
  /** The hour whose means are found next; NaN before the first. */
  next: number
  /** Hours of which samples came since their mean was found: hour × points + place. */
  readonly changed: Set<number>
  /** Per place the oldest of them; Infinity: there is none. */
  readonly changedFrom: Float64Array
}

export const UTC_HOUR_MS = 3_600_000
/** A mean of less than half an hour is none. */
const LEAST_MS = UTC_HOUR_MS / 2
const PER_KELVIN = 100
const UNKNOWN = -32768

export function createHourMeans(plan: CorePlan, samples: Samples): HourMeans {
  const named = new Set(plan.inlets.flatMap(({ dryBulb, outlet }) => (outlet < 0 ? [dryBulb] : [dryBulb, outlet])))
  const points = Int32Array.from(named)
  const placeOf = new Int32Array(plan.points.length).fill(-1)
  for (const [place, point] of points.entries()) placeOf[point] = place
  const length = Math.ceil((horizonIntervals(plan, 'gauges') * plan.lengthMs) / UTC_HOUR_MS) + 1
  return {
    plan,
    samples,
    points,
    placeOf,
    length,
    means: new Int16Array(points.length * length).fill(UNKNOWN),
    next: NaN,
    changed: new Set(),
    changedFrom: new Float64Array(points.length).fill(Infinity),
  }
}

/** The mean of a point's hour in °C; NaN: less than half of it is known, or it is too long ago. */
export function hourMeanC(hours: HourMeans, point: number, hour: number): number {
  const place = hours.placeOf[point]!
  if (place < 0 || !isInRing(hours, hour)) return NaN
  const mean = hours.means[cellOf(hours, place, hour)]!
  return mean === UNKNOWN ? NaN : mean / PER_KELVIN
}

/** Whether the mean of an hour was found, and is still held. */
function isInRing({ next, length }: HourMeans, hour: number): boolean {
  return hour < next && hour >= next - length
}

function cellOf({ length }: HourMeans, place: number, hour: number): number {
  return place * length + modulo(hour, length)
}

/** Finds the means of the hour `next`, of all points. Samples of a longer silence leave no mean. */
export function* findNextMeans(hours: HourMeans): Work {
  const { points, means, next } = hours
  for (const [place, point] of points.entries()) {
    const [mean, samples] = meanOf(hours, point, next)
    means[cellOf(hours, place, next)] = mean
    yield COST.point + COST.reading * samples
  }
  hours.next++
}

/** Finds the mean of an hour anew that samples have changed since. */
export function findMeanAgain(hours: HourMeans, place: number, hour: number): void {
  hours.means[cellOf(hours, place, hour)] = meanOf(hours, hours.points[place]!, hour)[0]
}

/** The means of a place, the oldest first, as they are saved. */
export function savedMeans(hours: HourMeans, place: number): Int16Array {
  const { next, length, means } = hours
  return Int16Array.from({ length }, (_, n) => means[cellOf(hours, place, next - length + n)]!)
}

export function restoreMean(hours: HourMeans, place: number, hour: number, mean: number): void {
  if (isInRing(hours, hour)) hours.means[cellOf(hours, place, hour)] = mean
}

/** A point's mean over an hour in hundredths of a kelvin, each sample for as long as it holds, and their number. */
function meanOf({ plan, samples }: HourMeans, point: number, hour: number): [mean: number, samples: number] {
  const pointPlan = plan.points[point]!
  const startMs = hour * UTC_HOUR_MS
  const endMs = startMs + UTC_HOUR_MS
  const first = Math.max(0, positionOf(samples, point, startMs + 1) - 1)
  let [sum, knownMs, at] = [0, 0, first]
  for (; at < samples.count[point]! && timeAt(samples, point, at) < endMs; at++) {
    const tMs = timeAt(samples, point, at)
    const heldMs = Math.min(endMs, timeAt(samples, point, at + 1), tMs + pointPlan.maxGapMs) - Math.max(startMs, tMs)
    if (heldMs <= 0 || !isBelieved(pointPlan, samples, point, at)) continue
    sum += valueAt(samples, point, at) * heldMs
    knownMs += heldMs
  }
  return [knownMs < LEAST_MS ? UNKNOWN : Math.round((PER_KELVIN * sum) / knownMs), at - first]
}

/** Marks the hours whose means a sample changes that has just been put in. In order of event time there is none. */
export function noteHours(hours: HourMeans, point: number, position: number): void {
  const { samples, placeOf, changed, changedFrom, points, plan } = hours
  const place = placeOf[point]!
  if (place < 0 || !(timeAt(samples, point, position - 1) < hours.next * UTC_HOUR_MS)) return
  const { sensor, maxGapMs } = plan.points[point]!
  // It may say of a leap before it that it was a spike, and of equal ones behind it that their sensor is not stuck
  const from = isLeap(sensor, samples, point, position - 2, position - 1) ? position - 1 : position
  const behind = Math.min(position + 1, samples.count[point]! - 1)
  const last = Math.max(behind, lastOfStuckRun(sensor, samples, point, position))
  const first = Math.max(Math.floor(timeAt(samples, point, from) / UTC_HOUR_MS), hours.next - hours.length)
  const stop = Math.min(hours.next, Math.ceil((timeAt(samples, point, last) + maxGapMs) / UTC_HOUR_MS))
  for (let hour = first; hour < stop; hour++) {
    changed.add(hour * points.length + place)
    changedFrom[place] = Math.min(changedFrom[place]!, hour)
  }
}

/** Samples of a point from here on are needed to find changed means; Infinity: none are. */
export function unfoundFromMs({ placeOf, changedFrom, plan }: HourMeans, point: number): number {
  const place = placeOf[point]!
  return place < 0 ? Infinity : changedFrom[place]! * UTC_HOUR_MS - plan.points[point]!.maxGapMs
}
