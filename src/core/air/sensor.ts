import { SENTINEL, IMPLAUSIBLE, CLAMPED, READING_FLAGS } from '../contract/flags.ts'
import type { PointPlan, SensorPlan } from '../contract/plan.ts'
import { timeAt, valueAt, type Samples } from '../energy/samples.ts'

/** A sensor is stuck only after so many equal readings: a device that reports on change may be well. */
const STUCK_LEAST = 20

/** Whether a reading can be believed. NaN cannot. */
export function isSound(sensor: SensorPlan, reading: number): boolean {
  return reading >= sensor.lowest && reading <= sensor.highest && !sensor.sentinels.includes(reading)
}

/** Bits of `READING_FLAGS` that a reading has whatever its neighbours say. */
export function flagsOf(sensor: SensorPlan, reading: number): number {
  if (sensor.sentinels.includes(reading)) return SENTINEL
  if (!(reading >= sensor.lowest && reading <= sensor.highest)) return IMPLAUSIBLE
  return reading > sensor.clampAbove ? CLAMPED : 0
}

/** The words of a set of flags, comma-joined; empty for none. */
export function readingWords(flags: number): string {
  return flags === 0 ? '' : READING_FLAGS.filter((_, bit) => (flags >> bit) & 1).join(',')
}

/**
 * Whether a sample is a spike. A leap is a step from the sample before by more than the sensor's `jump`:
 *
 *     no leap ─────────────────────────────────▶ SETTLED
 *     leap, and no sound sample has followed ──▶ UNDECIDED
 *     leap, and the next leaps back ───────────▶ SPIKED
 *     leap, and the next stays there ──────────▶ SETTLED
 */
export const SETTLED = 0
export const UNDECIDED = 1
export const SPIKED = 2

/** A sample's state; neighbours that cannot be believed do not count. */
export function spikeStateOf(sensor: SensorPlan, samples: Samples, point: number, position: number): number {
  if (sensor.jump === Infinity || position === 0) return SETTLED
  const reading = valueAt(samples, point, position)
  const before = valueAt(samples, point, position - 1)
  const leap = reading - before
  if (!(Math.abs(leap) > sensor.jump) || !isSound(sensor, before)) return SETTLED
  if (position + 1 >= samples.count[point]!) return UNDECIDED
  const after = valueAt(samples, point, position + 1)
  if (!isSound(sensor, after)) return UNDECIDED
  return Math.abs(after - reading) > sensor.jump && Math.sign(after - reading) !== Math.sign(leap) ? SPIKED : SETTLED
}

/** Whether a sample counts among others: it can be believed, and its neighbours do not say that it is a spike. */
export function isAdmitted(sensor: SensorPlan, samples: Samples, point: number, position: number): boolean {
  const isBelieved = isSound(sensor, valueAt(samples, point, position))
  return isBelieved && spikeStateOf(sensor, samples, point, position) === SETTLED
}

/** Whether there is a leap between two samples, so that their neighbours say what they are. */
export function isLeap({ jump }: SensorPlan, samples: Samples, point: number, from: number, to: number): boolean {
  if (from < 0 || to >= samples.count[point]!) return false
  return Math.abs(valueAt(samples, point, to) - valueAt(samples, point, from)) > jump
}

/**
 * Whether the samples up to this one have repeated one value for too long, and often enough: on the mean no further
 * apart than a sample holds. Whoever was silent has not repeated anything.
 */
export function isStuck(plan: StuckPlan, samples: Samples, point: number, position: number): boolean {
  return !Number.isNaN(stuckForMs(plan, samples, point, position))
}

/** How long the samples up to this one of a stuck sensor have repeated one value; NaN: the sensor is not stuck. */
export function stuckForMs({ sensor, maxGapMs }: StuckPlan, samples: Samples, point: number, position: number): number {
  if (!mayBeStuck(sensor, samples, point, position)) return NaN
  const first = firstOfRun(samples, point, position)
  const isOlder = goesOn(samples, point, first)
  const sinceMs = isOlder ? samples.runSinceMs[point]! : timeAt(samples, point, first)
  const repeated = position - first + 1 + (isOlder ? samples.runCount[point]! : 0)
  const lastedMs = timeAt(samples, point, position) - sinceMs
  if (repeated < Math.max(STUCK_LEAST, lastedMs / maxGapMs)) return NaN
  return lastedMs >= stuckAfterMs(sensor, valueAt(samples, point, position)) ? lastedMs : NaN
}

type StuckPlan = Pick<PointPlan, 'sensor' | 'maxGapMs'>

/** Whether a sample counts where a mean is taken: sound, no spike, and not of a stuck sensor. */
export function isBelieved(plan: PointPlan, samples: Samples, point: number, position: number): boolean {
  const { sensor } = plan
  return (
    isSound(sensor, valueAt(samples, point, position)) &&
    spikeStateOf(sensor, samples, point, position) !== SPIKED &&
    !isStuck(plan, samples, point, position)
  )
}

/** Whether it is worth looking: the sample before has the same value, and what is known of the past is long enough. */
function mayBeStuck(sensor: SensorPlan, samples: Samples, point: number, position: number): boolean {
  if (sensor.stuckMs === Infinity || position < 0) return false
  const value = valueAt(samples, point, position)
  const goesFurther = samples.runValue[point] === value
  if (position > 0 ? valueAt(samples, point, position - 1) !== value : !goesFurther) return false
  return goesFurther || timeAt(samples, point, position) - timeAt(samples, point, 0) >= sensor.stuckMs
}

/** For how long a sensor may repeat a value. */
function stuckAfterMs({ stuckMs, stuckCoarseMs, coarseStep, coarseFrom }: SensorPlan, value: number): number {
  const steps = (value - coarseFrom) / coarseStep
  return Math.abs(steps - Math.round(steps)) < 1e-6 ? stuckCoarseMs : stuckMs
}

/**
 * A new sample may tell of those behind it whether the sensor was stuck, if they repeat one value. This is the last of
 * them; the new one's own place: it tells of none.
 */
export function lastOfStuckRun(sensor: SensorPlan, samples: Samples, point: number, position: number): number {
  const last = samples.count[point]! - 1
  if (position === last) return position
  const value = valueAt(samples, point, position + 1)
  const mostMs = timeAt(samples, point, last) - runAroundMs(samples, point, position)
  if (mostMs < stuckAfterMs(sensor, value)) return position
  let to = position
  while (to < last && valueAt(samples, point, to + 1) === value) to++
  return to
}

/** Since when the samples around a new one have repeated their values. */
export function runAroundMs(samples: Samples, point: number, position: number): number {
  return Math.min(stuckSinceMs(samples, point, position - 1), stuckSinceMs(samples, point, position + 1))
}

/** Since when the samples up to this one repeat one value; Infinity: there is none. */
function stuckSinceMs(samples: Samples, point: number, position: number): number {
  if (position < 0) return Infinity
  const first = firstOfRun(samples, point, position)
  return goesOn(samples, point, first) ? samples.runSinceMs[point]! : timeAt(samples, point, first)
}

function firstOfRun(samples: Samples, point: number, position: number): number {
  const reading = valueAt(samples, point, position)
  const floorMs = samples.floorMs[point]!
  const isRecent = timeAt(samples, point, position) >= floorMs
  let first = position
  while (first > 0 && valueAt(samples, point, first - 1) === reading) {
    if (isRecent && timeAt(samples, point, first - 1) < floorMs) break
    first--
  }
  return first
}

/** Whether the samples before the first held one had its value already. */
function goesOn(samples: Samples, point: number, first: number): boolean {
  const isOldest = first === 0 || timeAt(samples, point, first) === samples.floorMs[point]
  return isOldest && samples.runValue[point] === valueAt(samples, point, first)
}
