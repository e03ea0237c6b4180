import type { CorePlan } from '../contract/plan.ts'
import { RATE_SPANS_MS } from './rate-limits.ts'
import { createQueues, pushSample, resetQueues, type Queues } from './rate-queues.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'
import { isSound, STEADY, SUSPECT, verdictOf } from './sensor.ts'

/**
 * How fast the dry bulbs of inlets change: the largest span in K, of 15 and of 60 minutes, of all stretches that end at a
 * sample of an interval, both ends included. A stretch needs two samples, and that they hold over 80 % of it. Spikes and
 * what no one can believe are left out, and so is a leap until the next sample tells whether it stays.
 */
export interface Rates {
  readonly plan: CorePlan
  readonly samples: Samples
  /** Place of each point that is an inlet's dry bulb, else -1, and the inlets. */
  readonly placeOf: Int32Array
  readonly inletsOf: readonly (readonly number[])[]
  readonly queues: Queues
  /** Per place and interval (modulo `slots`): K over 15 and 60 min, NaN where not known. */
  readonly slots: number
  readonly spansK: Float64Array
  /** Interval of each place's newest sample. */
  readonly newest: Float64Array
  /** Whether the newest sample leaped, and waits for the next. */
  readonly waiting: Uint8Array
  /** What the newest stretches gave, of the point that was noted last: for who judges at once. */
  readonly told: Float64Array
}

const HOUR_MS = RATE_SPANS_MS[1]
const SPANS = 2

export function createRates(plan: CorePlan, samples: Samples): Rates {
  const rated = [...new Set(plan.inlets.map(({ dryBulb }) => dryBulb))]
  const slots = Math.ceil((plan.latenessMs + plan.boundMs + plan.skewMs + HOUR_MS) / plan.lengthMs) + 4
  const placeOf = new Int32Array(plan.points.length).fill(-1)
  for (const [place, point] of rated.entries()) placeOf[point] = place
  return {
    plan,
    samples,
    placeOf,
    inletsOf: rated.map((point) => plan.inlets.flatMap(({ dryBulb }, inlet) => (dryBulb === point ? [inlet] : []))),
    queues: createQueues(samples, rated),
    slots,
    spansK: new Float64Array(rated.length * slots * SPANS).fill(NaN),
    newest: new Float64Array(rated.length).fill(-Infinity),
    waiting: new Uint8Array(rated.length),
    told: new Float64Array(SPANS),
  }
}

/**
 * Takes a sample that was put at a position. Intervals before `nextClose` whose rates it moves are added to `changed`
 * (interval × inlets + inlet). In order of event time it costs the same however long the stretches are.
 */
export function noteRate(rates: Rates, point: number, position: number, nextClose: number, changed: Set<number>): void {
  const place = rates.placeOf[point]!
  rates.told.fill(NaN)
  if (place < 0) return
  const { samples, plan } = rates
  const tMs = timeAt(samples, point, position)
  if (position < samples.count[point]! - 1 || rates.waiting[place] === 1) {
    const before = position > 0 ? timeAt(samples, point, position - 1) : tMs
    rebuild(rates, point, before, nextClose, changed)
    return
  }
  const interval = Math.floor(tMs / plan.lengthMs)
  const fresh = Math.max(rates.newest[place]! + 1, interval - rates.slots + 1)
  for (let k = fresh; k <= interval; k++)
    rates.spansK.fill(NaN, slotOf(rates, place, k), slotOf(rates, place, k) + SPANS)
  rates.newest[place] = Math.max(rates.newest[place]!, interval)
  admit(rates, point, position)
  keepLarger(rates, slotOf(rates, place, interval))
}

/** The largest span (0: 15 min, 1: 60 min) in K of a point's stretches that end in an interval; NaN: not known. */
export function rateK(rates: Rates, point: number, interval: number, span: 0 | 1): number {
  const place = rates.placeOf[point]!
  const newest = rates.newest[place]!
  if (interval > newest || interval <= newest - rates.slots) return NaN
  return rates.spansK[slotOf(rates, place, interval) + span]!
}

/** Fills the queues again, as after a snapshot; what the intervals gave is known. */
export function refillRates(rates: Rates, point: number): void {
  const { samples } = rates
  const place = rates.placeOf[point]!
  const count = samples.count[point]!
  resetQueues(rates.queues, place)
  rates.waiting[place] = 0
  for (let n = firstFor(rates, point, timeAt(samples, point, count - 1)); n < count; n++) admit(rates, point, n)
}

/** Place in `spansK` of an interval's two spans. */
export function slotOf({ slots }: Rates, place: number, interval: number): number {
  return (place * slots + (((interval % slots) + slots) % slots)) * SPANS
}

/** Goes through the samples again that stretches from `fromMs` on begin with, and through those behind. */
function rebuild(rates: Rates, point: number, fromMs: number, nextClose: number, changed: Set<number>): void {
  const { samples, plan, spansK } = rates
  const place = rates.placeOf[point]!
  const count = samples.count[point]!
  const last = Math.floor(timeAt(samples, point, count - 1) / plan.lengthMs)
  const first = Math.max(Math.floor(fromMs / plan.lengthMs), last - rates.slots + 1)
  const known = rates.newest[place]!
  rates.newest[place] = last
  resetQueues(rates.queues, place)
  rates.waiting[place] = 0
  let n = firstFor(rates, point, first * plan.lengthMs)
  for (; timeAt(samples, point, n) < first * plan.lengthMs; n++) admit(rates, point, n)
  for (let interval = first; interval <= last; interval++) {
    const slot = slotOf(rates, place, interval)
    const [before15K, before60K] = [spansK[slot]!, spansK[slot + 1]!]
    spansK.fill(NaN, slot, slot + SPANS)
    for (; timeAt(samples, point, n) < (interval + 1) * plan.lengthMs; n++) {
      admit(rates, point, n)
      keepLarger(rates, slot)
    }
    const same = interval <= known && Object.is(before15K, spansK[slot]) && Object.is(before60K, spansK[slot + 1])
    if (same || interval >= nextClose) continue
    for (const inlet of rates.inletsOf[place]!) changed.add(interval * plan.inlets.length + inlet)
  }
}

/** Position of the first sample that a stretch which ends at or after `tMs` can ask for. */
function firstFor({ samples, plan }: Rates, point: number, tMs: number): number {
  return positionOf(samples, point, tMs - HOUR_MS - plan.points[point]!.maxGapMs)
}

/** Lets a sample into the queues unless it cannot be believed, and tells what its stretches give. */
function admit(rates: Rates, point: number, position: number): void {
  const { samples, plan, told } = rates
  const place = rates.placeOf[point]!
  const { sensor, maxGapMs } = plan.points[point]!
  told.fill(NaN)
  if (!isSound(sensor, valueAt(samples, point, position))) return
  const verdict = verdictOf(sensor, samples, point, position)
  if (verdict === STEADY) pushSample(rates.queues, place, point, position, maxGapMs, told)
  rates.waiting[place] = verdict === SUSPECT && position === samples.count[point]! - 1 ? 1 : 0
}

function keepLarger({ spansK, told }: Rates, slot: number): void {
  for (let span = 0; span < SPANS; span++) {
    if (!(told[span]! <= spansK[slot + span]!) && !Number.isNaN(told[span]!)) spansK[slot + span] = told[span]!
  }
}
