import { listsByPoint } from '../contract/by-point.ts'
import type { CorePlan } from '../contract/plan.ts'
import { RATE_SPANS_MS } from './rate-limits.ts'
import { pastRateK } from './rate-past.ts'
import { createQueues, emptyQueues, pushSample, type Queues } from './rate-queues.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'
import { isSound, SETTLED, spikeStateOf, UNDECIDED } from './sensor.ts'

/**
 * How fast the dry bulbs of inlets change. A span is the difference between the warmest and the coldest sample of a
 * stretch of 15 or 60 min, both ends included. An interval has the largest span of all stretches that end in it. A
 * stretch needs two samples that hold over 80 % of it.
 *
 * Spikes and readings that cannot be believed are left out. A leap waits for the next sample, which tells a spike
 * (D31).
 */
export interface Rates {
  readonly plan: CorePlan
  readonly samples: Samples
  /** Place of each point that is an inlet's dry bulb (-1: it is none), and per place the inlets. */
  readonly placeOf: Int32Array
  readonly inletsOf: readonly (readonly number[])[]
  readonly queues: Queues
  /** Per place and interval (modulo `slots`): largest span over 15 and 60 min, NaN: not known. */
  readonly slots: number
  readonly spansK: Float64Array
  /** Interval of each place's newest sample. */
  readonly newest: Float64Array
  /** Per place the event time from which on all spans are to be found anew; Infinity: they are as they should be. */
  readonly staleFromMs: Float64Array
  /** Places with such a time. */
  readonly stale: Set<number>
  /** 1: the newest sample is a leap that waits for the next. */
  readonly waiting: Uint8Array
  /** Spans of the stretches that end with the newest sample of all points: the alarm on them is judged at once. */
  readonly newestSpansK: Float64Array
}

const HOUR_MS = RATE_SPANS_MS[1]
const SPANS = 2

export function createRates(plan: CorePlan, samples: Samples): Rates {
  const rated = [...new Set(plan.inlets.map(({ dryBulb }) => dryBulb))]
  const slots = Math.ceil((plan.latenessMs + plan.boundMs + plan.skewMs + HOUR_MS) / plan.lengthMs) + 4
  const placeOf = new Int32Array(plan.points.length).fill(-1)
  for (const [place, point] of rated.entries()) placeOf[point] = place
  const inletsOf = listsByPoint(
    rated.length,
    plan.inlets.map(({ dryBulb }) => [placeOf[dryBulb]!]),
  )
  return {
    plan,
    samples,
    placeOf,
    inletsOf,
    queues: createQueues(plan, samples, rated),
    slots,
    spansK: new Float64Array(rated.length * slots * SPANS).fill(NaN),
    newest: new Float64Array(rated.length).fill(-Infinity),
    staleFromMs: new Float64Array(rated.length).fill(Infinity),
    stale: new Set(),
    waiting: new Uint8Array(rated.length),
    newestSpansK: new Float64Array(SPANS),
  }
}

/**
 * Counts in a sample of a point. Closed intervals (before `nextClose`) whose rates it moves are added to `changed`, as
 * interval × inlets + inlet. In order of event time it costs the same however long the stretches are. A sample that is
 * not the newest moves what `settleRates` will find.
 */
export function addRateSample(
  rates: Rates,
  point: number,
  position: number,
  nextClose: number,
  changed: Set<number>,
): void {
  const place = rates.placeOf[point]!
  rates.newestSpansK.fill(NaN)
  if (place < 0) return
  const { samples, plan } = rates
  const tMs = timeAt(samples, point, position)
  const isNewest = position === samples.count[point]! - 1
  if (!isNewest || rates.waiting[place] === 1 || rates.stale.has(place)) {
    if (!isNewest && isBehindQueues(rates, place, tMs)) return
    const before = position > 0 ? timeAt(samples, point, position - 1) : tMs
    rates.staleFromMs[place] = Math.min(rates.staleFromMs[place]!, before)
    if (isNewest) rebuild(rates, point, nextClose, changed)
    else rates.stale.add(place)
    return
  }
  const interval = Math.floor(tMs / plan.lengthMs)
  const fresh = Math.max(rates.newest[place]! + 1, interval - rates.slots + 1)
  for (let k = fresh; k <= interval; k++)
    rates.spansK.fill(NaN, rateSlot(rates, place, k), rateSlot(rates, place, k) + SPANS)
  rates.newest[place] = Math.max(rates.newest[place]!, interval)
  admit(rates, point, position)
  keepLarger(rates, rateSlot(rates, place, interval))
}

/** Whether a sample is in no stretch of which the queues or the spans here tell anything (rate-past.ts). */
function isBehindQueues({ newest, slots, plan, queues }: Rates, place: number, tMs: number): boolean {
  return tMs + HOUR_MS + 2 * queues.maxGapMs[place]! < (newest[place]! - slots + 1) * plan.lengthMs
}

/** Lets all spans of a point that are held be found anew: its samples have been replaced. */
export function replacedForRates(rates: Rates, point: number): void {
  const place = rates.placeOf[point]!
  if (place < 0) return
  rates.staleFromMs[place] = -Infinity
  rates.stale.add(place)
}

/** Finds the spans anew that samples have moved since the last time. Nobody may ask for one before. */
export function settleRates(rates: Rates, nextClose: number, changed: Set<number>): void {
  for (const place of rates.stale) rebuild(rates, rates.queues.points[place]!, nextClose, changed)
}

/** The largest span (0: 15 min, 1: 60 min) in K of a point's stretches that end in an interval; NaN: not known. */
export function rateK(rates: Rates, point: number, interval: number, span: 0 | 1): number {
  const place = rates.placeOf[point]!
  const newest = rates.newest[place]!
  if (interval > newest) return NaN
  if (interval <= newest - rates.slots) return pastRateK(rates, point, interval, span)
  return rates.spansK[rateSlot(rates, place, interval) + span]!
}

/** Fills the queues from the samples, as after a snapshot; the spans of intervals stay. */
export function refillRates(rates: Rates, point: number): void {
  const { samples } = rates
  const place = rates.placeOf[point]!
  const count = samples.count[point]!
  emptyQueues(rates.queues, place)
  rates.waiting[place] = 0
  for (let n = firstFor(rates, point, timeAt(samples, point, count - 1)); n < count; n++) admit(rates, point, n)
}

/** Place in `spansK` of an interval's two spans. */
export function rateSlot({ slots }: Rates, place: number, interval: number): number {
  return (place * slots + (((interval % slots) + slots) % slots)) * SPANS
}

/** Finds all spans of a point that are stale anew, from the samples that those stretches begin with. */
function rebuild(rates: Rates, point: number, nextClose: number, changed: Set<number>): void {
  const { samples, plan, spansK } = rates
  const place = rates.placeOf[point]!
  const fromMs = rates.staleFromMs[place]!
  rates.staleFromMs[place] = Infinity
  rates.stale.delete(place)
  const count = samples.count[point]!
  const last = Math.floor(timeAt(samples, point, count - 1) / plan.lengthMs)
  const first = Math.max(Math.floor(fromMs / plan.lengthMs), last - rates.slots + 1)
  const known = rates.newest[place]!
  rates.newest[place] = last
  emptyQueues(rates.queues, place)
  rates.waiting[place] = 0
  let n = firstFor(rates, point, first * plan.lengthMs)
  for (; timeAt(samples, point, n) < first * plan.lengthMs; n++) admit(rates, point, n)
  for (let interval = first; interval <= last; interval++) {
    const slot = rateSlot(rates, place, interval)
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

/** Position of the first sample of all stretches that end at or after `tMs`. */
function firstFor({ samples, plan }: Rates, point: number, tMs: number): number {
  return positionOf(samples, point, tMs - HOUR_MS - plan.points[point]!.maxGapMs)
}

/** Adds a sample to the queues unless it cannot be believed; its spans go to `newestSpansK`. */
function admit(rates: Rates, point: number, position: number): void {
  const { samples, plan, newestSpansK } = rates
  const place = rates.placeOf[point]!
  const { sensor } = plan.points[point]!
  newestSpansK.fill(NaN)
  if (!isSound(sensor, valueAt(samples, point, position))) return
  const state = spikeStateOf(sensor, samples, point, position)
  if (state === SETTLED) pushSample(rates.queues, place, position, newestSpansK)
  rates.waiting[place] = state === UNDECIDED && position === samples.count[point]! - 1 ? 1 : 0
}

function keepLarger({ spansK, newestSpansK }: Rates, slot: number): void {
  for (let span = 0; span < SPANS; span++) {
    const spanK = newestSpansK[span]!
    if (!(spanK <= spansK[slot + span]!) && !Number.isNaN(spanK)) spansK[slot + span] = spanK
  }
}
