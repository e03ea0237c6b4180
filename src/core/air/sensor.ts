import { SENTINEL, IMPLAUSIBLE, CLAMPED, READING_FLAGS } from '../contract/flags.ts'
import type { SensorPlan } from '../contract/plan.ts'
import { timeAt, valueAt, type Samples } from '../energy/samples.ts'

/** So many readings must have told the same before that is worth a word: a device that reports on change may be well. */
const STUCK_LEAST = 20

/** Whether a reading can stand for a state of the world. NaN is none. */
export function isSound(sensor: SensorPlan, reading: number): boolean {
  return reading >= sensor.lowest && reading <= sensor.highest && !sensor.sentinels.includes(reading)
}

/** What is wrong with a reading by itself. */
export function flagsOf(sensor: SensorPlan, reading: number): number {
  if (sensor.sentinels.includes(reading)) return SENTINEL
  if (!(reading >= sensor.lowest && reading <= sensor.highest)) return IMPLAUSIBLE
  return reading > sensor.clampAbove ? CLAMPED : 0
}

/** The words of a set of flags, comma-joined; empty for none. */
export function readingWords(flags: number): string {
  return flags === 0 ? '' : READING_FLAGS.filter((_, bit) => (flags >> bit) & 1).join(',')
}

/** What a sample's neighbours say of it. */
export const STEADY = 0
/** It leaped, and nothing has come yet to tell whether it stays there. */
export const SUSPECT = 1
export const LEAPED = 2

/** Whether a sample is a spike (LEAPED), might be one (SUSPECT), or neither. Neighbours that say nothing do not count. */
export function verdictOf(sensor: SensorPlan, samples: Samples, point: number, position: number): number {
  if (sensor.jump === Infinity || position === 0) return STEADY
  const reading = valueAt(samples, point, position)
  const before = valueAt(samples, point, position - 1)
  const leap = reading - before
  if (!(Math.abs(leap) > sensor.jump) || !isSound(sensor, before)) return STEADY
  if (position + 1 >= samples.count[point]!) return SUSPECT
  const after = valueAt(samples, point, position + 1)
  if (!isSound(sensor, after)) return SUSPECT
  return Math.abs(after - reading) > sensor.jump && Math.sign(after - reading) !== Math.sign(leap) ? LEAPED : STEADY
}

/** Whether the samples up to this one have told the same for `stuckMs`, often enough to mean it. */
export function isStuck(sensor: SensorPlan, samples: Samples, point: number, position: number): boolean {
  if (sensor.stuckMs === Infinity || position < 0) return false
  const first = firstOfRun(samples, point, position)
  const before = goesOn(samples, point, first) ? samples.runCount[point]! : 0
  if (position - first + 1 + before < STUCK_LEAST) return false
  return timeAt(samples, point, position) - stuckSinceMs(samples, point, position) >= sensor.stuckMs
}

/** Since when the samples up to this one have told the same; Infinity where there is none. */
export function stuckSinceMs(samples: Samples, point: number, position: number): number {
  if (position < 0) return Infinity
  const first = firstOfRun(samples, point, position)
  return goesOn(samples, point, first) ? samples.runSinceMs[point]! : timeAt(samples, point, first)
}

function firstOfRun(samples: Samples, point: number, position: number): number {
  const reading = valueAt(samples, point, position)
  let first = position
  while (first > 0 && valueAt(samples, point, first - 1) === reading) first--
  return first
}

/** Whether what was let go before the first sample told the same as it does. */
function goesOn(samples: Samples, point: number, first: number): boolean {
  return first === 0 && samples.runValue[point] === valueAt(samples, point, 0)
}
