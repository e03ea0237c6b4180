import { isHeldEnough } from './queues/held.ts'
import {
  BEGAN_MS,
  DROPPED,
  dropOlder,
  FRONT,
  FRONT_NUMBERS,
  HEAD,
  LAST_MS,
  NEWEST,
  put,
  QUEUES,
  SPANS,
  entryMs,
  entryValue,
  WHOLE_MS,
} from './queues/rings.ts'
import { LEAST_HELD, RATE_SPANS_MS } from './rate-limits.ts'
import { isAdmitted } from './sensor.ts'
import type { CorePlan } from '../contract/plan.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'

/**
 * Stretches of 15 and 60 min that end at each new sample of a dry bulb. Per point (its `place`) there are five queues
 * of samples, and every sample enters and leaves each queue once:
 *
 *     samples    20  24  21  23  22  ◀ new      value, oldest first
 *     ALL        20  24  21  23  22             all of the last hour
 *     largest        24      23  22             falling: its front is the largest of the stretch
 *     smallest   20      21      22             rising: its front is the smallest of the stretch
 *                └ front       back ┘
 *
 * A new sample removes from the back of `largest` what is not larger: it will be in every stretch that those are in.
 * What is older than the stretch leaves at the front. `largest` and `smallest` exist once for each of the two
 * stretches.
 *
 * A queue holds numbers of samples: how many of the point came before, those let go included. What a backlog puts in
 * far behind does not count. It is a ring of `room` cells, whose n-th entry lies `n` cells behind its `offset`, or as
 * many less its `room`. Once `front` has reached the room, all counts of the queue are lowered by it. A full ring moves
 * behind all others, to twice the room, up to the `capacity`. Most stretches have few extremes, and without a gap
 * nothing asks for ALL (D226).
 *
 * A cell has the last 32 bits of a number; the rest follows from the number of the newest sample. Where so many came
 * since the newest entry that none is in a stretch, the queue is emptied first.
 *
 * Most samples are neither the largest nor the smallest of a stretch, and let none of these go. So the front of each
 * queue is also in the point's `heads`, side by side, and a queue is looked at only when its front leaves (D192). Then
 * it takes in what came since:
 *
 *     samples    20  24  21  23  22  21  20  ◀ new       largest: 24, of these `heads` know time and value
 *     largest        24      23                          21, 20: not in the queue yet
 *                          up to ┘
 */
export interface Queues {
  readonly plan: CorePlan
  readonly samples: Samples
  /** Per place: its point, and how long one of its samples holds. */
  readonly points: Int32Array
  readonly maxGapMs: Float64Array
  /** Entries that a queue of each place may have, and per place and queue where its ring lies, and how long it is. */
  readonly capacity: Int32Array
  readonly offset: Int32Array
  readonly room: Int32Array
  /** Grows: do not keep it while a sample is put in. All cells before `used` belong to a ring, or did. */
  cells: Int32Array
  used: number
  /** Per place what each sample asks for: see `HEAD`. */
  readonly heads: Float64Array
  /** Per place the newest number in ALL. */
  readonly counted: Float64Array
  /** Per place and queue. */
  readonly front: Int32Array
  readonly back: Int32Array
  /** Per place and stretch: the entry of ALL that it begins with, and the time inside that no sample holds. */
  readonly first: Int32Array
  readonly holesMs: Float64Array
  /** Per stretch that ends with the sample added last, of all points: 1 if its warmest came after its coldest. */
  readonly warms: Uint8Array
}

/** Event time of a front that is held no longer. */
const GONE_MS = -Number.MAX_VALUE

export function createQueues(plan: CorePlan, samples: Samples, points: readonly number[]): Queues {
  const capacity = Int32Array.from(points, (point) => samples.capacity[point]! + 1)
  return {
    plan,
    samples,
    points: Int32Array.from(points),
    maxGapMs: Float64Array.from(points, (point) => plan.points[point]!.maxGapMs),
    capacity,
    offset: new Int32Array(points.length * QUEUES),
    room: new Int32Array(points.length * QUEUES),
    cells: new Int32Array(0),
    used: 0,
    heads: new Float64Array(points.length * HEAD).fill(-Infinity),
    counted: new Float64Array(points.length),
    front: new Int32Array(points.length * QUEUES),
    back: new Int32Array(points.length * QUEUES),
    first: new Int32Array(points.length * SPANS),
    holesMs: new Float64Array(points.length * SPANS),
    warms: new Uint8Array(SPANS),
  }
}

export function emptyQueues(queues: Queues, place: number): void {
  queues.front.fill(0, place * QUEUES, (place + 1) * QUEUES)
  queues.back.fill(0, place * QUEUES, (place + 1) * QUEUES)
  queues.first.fill(0, place * SPANS, (place + 1) * SPANS)
  queues.holesMs.fill(0, place * SPANS, (place + 1) * SPANS)
  queues.heads.fill(-Infinity, place * HEAD, (place + 1) * HEAD)
}

/**
 * Adds a sample newer than all before. `spansK` gets the span of both stretches that end with it, NaN where not known.
 */
export function pushSample(queues: Queues, place: number, position: number, spansK: Float64Array): void {
  const { samples, heads, warms } = queues
  const point = queues.points[place]!
  const number = samples.dropped[point]! + position
  const tMs = timeAt(samples, point, position)
  const value = valueAt(samples, point, position)
  const head = place * HEAD
  if (number - heads[head + NEWEST]! > queues.capacity[place]!) emptyQueues(queues, place)
  const lastMs = heads[head + LAST_MS]!
  if (lastMs === -Infinity) {
    queues.counted[place] = number - 1
    heads[head + BEGAN_MS] = tMs
  }
  if (heads[head + DROPPED] !== samples.dropped[point]) forgetDropped(queues, place)
  if (!(tMs - lastMs <= queues.maxGapMs[place]!)) heads[head + WHOLE_MS] = tMs
  heads[head + NEWEST] = number
  heads[head + LAST_MS] = tMs
  for (let span = 0; span < SPANS; span++) {
    const fromMs = tMs - RATE_SPANS_MS[span]!
    const largest = extremeIn(queues, place, 1 + 2 * span, fromMs, value)
    const smallest = extremeIn(queues, place, 2 + 2 * span, fromMs, value)
    const isKnown = isWholeEnough(queues, place, fromMs, lastMs, tMs) ?? isHeldEnough(queues, place, span, fromMs)
    spansK[span] = isKnown ? largest - smallest : NaN
    const front = head + FRONT + 2 * span * FRONT_NUMBERS
    warms[span] = heads[front]! > heads[front + FRONT_NUMBERS]! ? 1 : 0
  }
}

/**
 * Whether a stretch from `fromMs` to `tMs` is known, where each sample in it holds up to the next. The one before `tMs`
 * is of `lastMs`. Undefined: one does not.
 */
function isWholeEnough(
  { heads }: Queues,
  place: number,
  fromMs: number,
  lastMs: number,
  tMs: number,
): boolean | undefined {
  const wholeMs = heads[place * HEAD + WHOLE_MS]!
  if (wholeMs > fromMs && wholeMs !== heads[place * HEAD + BEGAN_MS]) return undefined
  return lastMs >= fromMs && tMs - Math.max(wholeMs, fromMs) >= LEAST_HELD * (tMs - fromMs)
}

/** Samples were dropped: what is known of them is not any more. */
function forgetDropped({ heads, samples, points, maxGapMs }: Queues, place: number): void {
  const point = points[place]!
  const head = place * HEAD
  const oldestMs = timeAt(samples, point, 0)
  heads[head + DROPPED] = samples.dropped[point]!
  // The oldest may be none that counts; then one does that comes before it holds no longer
  if (heads[head + WHOLE_MS]! < oldestMs) heads[head + WHOLE_MS] = oldestMs + maxGapMs[place]!
  for (let at = head + FRONT; at < head + HEAD; at += FRONT_NUMBERS) {
    if (heads[at]! > -Infinity && heads[at]! < oldestMs) heads[at] = GONE_MS
  }
}

/** The largest (queues of odd number) or smallest value of a stretch that ends with the newest sample. */
function extremeIn(queues: Queues, place: number, queue: number, fromMs: number, value: number): number {
  const { heads, samples, points } = queues
  const at = place * HEAD + FRONT + (queue - 1) * FRONT_NUMBERS
  if (heads[at]! > -Infinity && heads[at]! < fromMs) takeIn(queues, place, queue, fromMs)
  if (heads[at]! >= fromMs && isBeyond(queue, heads[at + 1]!, value)) return heads[at + 1]!
  const q = place * QUEUES + queue
  const number = heads[place * HEAD + NEWEST]!
  queues.front[q] = 0
  queues.back[q] = 0
  put(queues, place, queue, number)
  heads[at] = timeAt(samples, points[place]!, number - samples.dropped[points[place]!]!)
  heads[at + 1] = value
  heads[at + 2] = number
  return value
}

/** Takes the samples before the newest into a queue, those of the stretch that came since it was looked at last. */
function takeIn(queues: Queues, place: number, queue: number, fromMs: number): void {
  const { heads, samples, points, front, back } = queues
  const point = points[place]!
  const { sensor } = queues.plan.points[point]!
  const dropped = samples.dropped[point]!
  const q = place * QUEUES + queue
  const at = place * HEAD + FRONT + (queue - 1) * FRONT_NUMBERS
  const newest = heads[place * HEAD + NEWEST]!
  dropOlder(queues, place, queue, fromMs)
  const oldest = dropped + positionOf(samples, point, fromMs)
  for (let number = Math.max(heads[at + 2]! + 1, oldest); number < newest; number++) {
    const position = number - dropped
    if (!isAdmitted(sensor, samples, point, position)) continue
    const value = valueAt(samples, point, position)
    while (front[q]! < back[q]! && !isBeyond(queue, entryValue(queues, place, queue, back[q]! - 1), value)) back[q]!--
    put(queues, place, queue, number)
  }
  const isEmpty = front[q] === back[q]
  heads[at] = isEmpty ? GONE_MS : entryMs(queues, place, queue, front[q]!)
  heads[at + 1] = isEmpty ? NaN : entryValue(queues, place, queue, front[q]!)
  heads[at + 2] = newest - 1
}

/** Whether a value is larger, in a queue of the largest, or smaller than another. */
function isBeyond(queue: number, value: number, other: number): boolean {
  return queue % 2 === 1 ? value > other : value < other
}
