import { RATE_SPANS_MS } from './rate-limits.ts'
import type { CorePlan } from '../contract/plan.ts'
import { timeAt, valueAt, type Samples } from '../energy/samples.ts'

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
 * far behind does not count. It is a ring, whose n-th entry lies `n` cells behind `offset + queue × capacity`, or as
 * many less `capacity`. Once `front` has reached the capacity, all counts of the queue are lowered by it.
 *
 * A cell has the last 16 bits of a number, if a queue has fewer than 2^15 entries. The rest follows from the number of
 * the newest sample. Where so many came since the newest entry that none is in a stretch, the queues are emptied first.
 */
export interface Queues {
  readonly samples: Samples
  /** Per place: its point, and how long one of its samples holds. */
  readonly points: Int32Array
  readonly maxGapMs: Float64Array
  readonly offset: Int32Array
  readonly capacity: Int32Array
  readonly cells: Uint16Array | Int32Array
  /** Bits that a cell lacks of 32. */
  readonly lacking: 0 | 16
  /** Per place the newest number that was added. */
  readonly newest: Float64Array
  /** Per place and queue. */
  readonly front: Int32Array
  readonly back: Int32Array
  /** Per place and stretch: the entry of ALL that it begins with, and the time inside that no sample holds. */
  readonly first: Int32Array
  readonly holesMs: Float64Array
  /** Per stretch that ends with the sample added last, of all points: 1 if its warmest came after its coldest. */
  readonly warms: Uint8Array
}

/** Share of a stretch that samples must hold. Our own rule. */
export const LEAST_HELD = 0.8

/** The queue of all samples; behind it `largest` (odd) and `smallest` (even) of each stretch. */
const ALL = 0
const QUEUES = 5
/** Half of what a cell of 16 bits tells apart. */
const HALF = 2 ** 15
const SPANS = 2

export function createQueues(plan: CorePlan, samples: Samples, points: readonly number[]): Queues {
  const capacity = Int32Array.from(points, (point) => samples.capacity[point]! + 1)
  const offset = new Int32Array(points.length)
  let cells = 0
  for (const [place, room] of capacity.entries()) {
    offset[place] = cells
    cells += QUEUES * room
  }
  const isLong = capacity.some((room) => room >= HALF)
  return {
    samples,
    points: Int32Array.from(points),
    maxGapMs: Float64Array.from(points, (point) => plan.points[point]!.maxGapMs),
    offset,
    capacity,
    cells: isLong ? new Int32Array(cells) : new Uint16Array(cells),
    lacking: isLong ? 0 : 16,
    newest: new Float64Array(points.length),
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
}

/**
 * Adds a sample newer than all before. `spansK` gets the span of both stretches that end with it, NaN where not known.
 */
export function pushSample(queues: Queues, place: number, position: number, spansK: Float64Array): void {
  const { samples } = queues
  const point = queues.points[place]!
  const number = samples.dropped[point]! + position
  const tMs = timeAt(samples, point, position)
  const value = valueAt(samples, point, position)
  if (number - queues.newest[place]! > queues.capacity[place]!) emptyQueues(queues, place)
  queues.newest[place] = number
  append(queues, place, number, tMs)
  for (let span = 0; span < SPANS; span++) {
    const fromMs = tMs - RATE_SPANS_MS[span]!
    advance(queues, place, span, fromMs)
    const largest = largestIn(queues, place, 1 + 2 * span, fromMs, value)
    put(queues, place, 1 + 2 * span, number)
    const smallest = smallestIn(queues, place, 2 + 2 * span, fromMs, value)
    put(queues, place, 2 + 2 * span, number)
    spansK[span] = isKnown(queues, place, span, fromMs) ? largest - smallest : NaN
    queues.warms[span] = frontOf(queues, place, 1 + 2 * span) > frontOf(queues, place, 2 + 2 * span) ? 1 : 0
  }
}

/** Appends a sample to ALL, from which those leave that are no longer held. */
function append(queues: Queues, place: number, number: number, tMs: number): void {
  const q = place * QUEUES + ALL
  const { front, back, first, holesMs } = queues
  while (front[q]! < back[q]! && positionIn(queues, place, ALL, front[q]!) < 0) front[q]!++
  for (let span = 0; span < SPANS; span++) {
    const it = place * SPANS + span
    if (first[it]! >= front[q]!) {
      if (front[q]! < back[q]!) holesMs[it]! += holeMs(queues, place, back[q]! - 1, tMs)
      continue
    }
    let countedMs = 0
    for (let n = front[q]!; n < back[q]!; n++) {
      const nextMs = n + 1 < back[q]! ? timeIn(queues, place, ALL, n + 1) : tMs
      countedMs += holeMs(queues, place, n, nextMs)
    }
    first[it] = front[q]!
    holesMs[it] = countedMs
  }
  put(queues, place, ALL, number)
}

/** Moves the beginning of a stretch to its first sample at or after `fromMs`. */
function advance(queues: Queues, place: number, span: number, fromMs: number): void {
  const it = place * SPANS + span
  for (let n = queues.first[it]!; timeIn(queues, place, ALL, n) < fromMs; n++) {
    queues.holesMs[it]! -= holeMs(queues, place, n, timeIn(queues, place, ALL, n + 1))
    queues.first[it] = n + 1
  }
  const q = place * QUEUES + ALL
  if (span === 1) queues.front[q] = Math.max(queues.front[q]!, queues.first[it]! - 1) // one before still holds into it
}

/** The largest value of a stretch with the one to come, which removes from the back of the queue what is not larger. */
function largestIn(queues: Queues, place: number, queue: number, fromMs: number, value: number): number {
  const q = place * QUEUES + queue
  const { front, back } = queues
  dropOlder(queues, place, queue, fromMs)
  while (front[q]! < back[q]! && !(valueIn(queues, place, queue, back[q]! - 1) > value)) back[q]!--
  return front[q]! < back[q]! ? valueIn(queues, place, queue, front[q]!) : value
}

function smallestIn(queues: Queues, place: number, queue: number, fromMs: number, value: number): number {
  const q = place * QUEUES + queue
  const { front, back } = queues
  dropOlder(queues, place, queue, fromMs)
  while (front[q]! < back[q]! && !(valueIn(queues, place, queue, back[q]! - 1) < value)) back[q]!--
  return front[q]! < back[q]! ? valueIn(queues, place, queue, front[q]!) : value
}

/** Lets those at the front go that are older than the stretch, or no longer held. */
function dropOlder(queues: Queues, place: number, queue: number, fromMs: number): void {
  const q = place * QUEUES + queue
  const { front, back } = queues
  while (front[q]! < back[q]! && !(timeIn(queues, place, queue, front[q]!) >= fromMs)) front[q]!++
}

/** Position of the sample at the front of a queue. */
function frontOf(queues: Queues, place: number, queue: number): number {
  return positionIn(queues, place, queue, queues.front[place * QUEUES + queue]!)
}

/** Whether a stretch has two samples, and samples hold over enough of it. */
function isKnown(queues: Queues, place: number, span: number, fromMs: number): boolean {
  const q = place * QUEUES + ALL
  const it = place * SPANS + span
  const first = queues.first[it]!
  if (queues.back[q]! - first < 2) return false
  const heldMs = first > queues.front[q]! ? timeIn(queues, place, ALL, first - 1) + queues.maxGapMs[place]! : -Infinity
  const leadMs = Math.max(0, timeIn(queues, place, ALL, first) - Math.max(fromMs, heldMs))
  const spanMs = RATE_SPANS_MS[span]!
  return spanMs - queues.holesMs[it]! - leadMs >= LEAST_HELD * spanMs
}

/** Time between the n-th entry of ALL and a later moment in which that sample does not hold. */
function holeMs(queues: Queues, place: number, n: number, nextMs: number): number {
  return Math.max(0, nextMs - timeIn(queues, place, ALL, n) - queues.maxGapMs[place]!)
}

function timeIn(queues: Queues, place: number, queue: number, n: number): number {
  return timeAt(queues.samples, queues.points[place]!, positionIn(queues, place, queue, n))
}

function valueIn(queues: Queues, place: number, queue: number, n: number): number {
  return valueAt(queues.samples, queues.points[place]!, positionIn(queues, place, queue, n))
}

/** Position among its point's samples of the n-th entry of a queue; negative: it is no longer held. */
function positionIn(queues: Queues, place: number, queue: number, n: number): number {
  const { cells, lacking, offset, capacity, samples, points } = queues
  const room = capacity[place]!
  const cell = cells[offset[place]! + queue * room + (n < room ? n : n - room)]!
  const last = samples.count[points[place]!]! - 1
  return last + (((cell - samples.dropped[points[place]!]! - last) << lacking) >> lacking)
}

/** Puts a number at the back of a queue. */
function put(queues: Queues, place: number, queue: number, number: number): void {
  const { cells, offset, capacity, front, back, first } = queues
  const q = place * QUEUES + queue
  const room = capacity[place]!
  if (front[q]! >= room) {
    front[q]! -= room
    back[q]! -= room
    if (queue === ALL) for (let span = 0; span < SPANS; span++) first[place * SPANS + span]! -= room
  }
  const n = back[q]!++
  cells[offset[place]! + queue * room + (n < room ? n : n - room)] = number
}
