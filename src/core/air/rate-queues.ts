import { RATE_SPANS_MS } from './rate-limits.ts'
import { timeAt, valueAt, type Samples } from '../energy/samples.ts'

/**
 * Sliding stretches over the samples of each place: a queue of its samples, and for either stretch one of falling and one
 * of rising values, whose fronts are its largest and its smallest. Every sample enters and leaves each queue once.
 * Samples go by number: how many of the point came before them in event time, those let go included.
 */
export interface Queues {
  readonly samples: Samples
  readonly offset: Int32Array
  readonly capacity: Int32Array
  /** Queue q of a place with capacity c has the c cells from `offset + q × c` on. */
  readonly cells: Int32Array
  /** Per place and queue: where it begins and ends, counted without end. */
  readonly front: Float64Array
  readonly back: Float64Array
  /** Per place and stretch: its first sample in the queue of all, and the time inside that no sample holds. */
  readonly first: Float64Array
  readonly holesMs: Float64Array
}

/** Share of a stretch that samples must hold. Our own rule. */
const LEAST_COVERAGE = 0.8

const ALL = 0
const QUEUES = 5
const SPANS = 2

export function createQueues(samples: Samples, points: readonly number[]): Queues {
  const capacity = Int32Array.from(points, (point) => samples.capacity[point]! + 1)
  const offset = new Int32Array(points.length)
  let cells = 0
  for (const [place, room] of capacity.entries()) {
    offset[place] = cells
    cells += QUEUES * room
  }
  return {
    samples,
    offset,
    capacity,
    cells: new Int32Array(cells),
    front: new Float64Array(points.length * QUEUES),
    back: new Float64Array(points.length * QUEUES),
    first: new Float64Array(points.length * SPANS),
    holesMs: new Float64Array(points.length * SPANS),
  }
}

export function resetQueues(queues: Queues, place: number): void {
  queues.front.fill(0, place * QUEUES, (place + 1) * QUEUES)
  queues.back.fill(0, place * QUEUES, (place + 1) * QUEUES)
  queues.first.fill(0, place * SPANS, (place + 1) * SPANS)
  queues.holesMs.fill(0, place * SPANS, (place + 1) * SPANS)
}

/** Lets in a sample newer than all before; `told` gets the span of each stretch that ends with it, NaN where not known. */
export function pushSample(
  queues: Queues,
  place: number,
  point: number,
  position: number,
  maxGapMs: number,
  told: Float64Array,
): void {
  const { samples } = queues
  const number = samples.dropped[point]! + position
  const tMs = timeAt(samples, point, position)
  const value = valueAt(samples, point, position)
  append(queues, place, point, number, tMs, maxGapMs)
  for (let span = 0; span < SPANS; span++) {
    const fromMs = tMs - RATE_SPANS_MS[span]!
    advance(queues, place, point, span, fromMs, maxGapMs)
    const largest = extreme(queues, place, point, 1 + 2 * span, number, value, fromMs, 1)
    const smallest = extreme(queues, place, point, 2 + 2 * span, number, value, fromMs, -1)
    told[span] = isKnown(queues, place, point, span, fromMs, maxGapMs) ? largest - smallest : NaN
  }
}

/** Puts a sample into the queue of all; what has been let go leaves it. */
function append(queues: Queues, place: number, point: number, number: number, tMs: number, maxGapMs: number): void {
  const q = place * QUEUES + ALL
  const { front, back, first, holesMs, samples } = queues
  while (front[q]! < back[q]! && numberAt(queues, place, ALL, front[q]!) < samples.dropped[point]!) front[q]!++
  for (let span = 0; span < SPANS; span++) {
    const it = place * SPANS + span
    if (first[it]! >= front[q]!) {
      if (front[q]! < back[q]!) holesMs[it]! += holeMs(queues, place, point, back[q]! - 1, tMs, maxGapMs)
      continue
    }
    let countedMs = 0
    for (let n = front[q]!; n < back[q]!; n++) {
      const nextMs = n + 1 < back[q]! ? timeIn(queues, place, point, ALL, n + 1) : tMs
      countedMs += holeMs(queues, place, point, n, nextMs, maxGapMs)
    }
    first[it] = front[q]!
    holesMs[it] = countedMs
  }
  put(queues, place, ALL, back[q]!++, number)
}

/** Moves the beginning of a stretch to its first sample at or after `fromMs`. */
function advance(queues: Queues, place: number, point: number, span: number, fromMs: number, maxGapMs: number): void {
  const it = place * SPANS + span
  for (let n = queues.first[it]!; timeIn(queues, place, point, ALL, n) < fromMs; n++) {
    queues.holesMs[it]! -= holeMs(queues, place, point, n, timeIn(queues, place, point, ALL, n + 1), maxGapMs)
    queues.first[it] = n + 1
  }
  const q = place * QUEUES + ALL
  if (span === 1) queues.front[q] = Math.max(queues.front[q]!, queues.first[it]! - 1) // one before still holds into it
}

/** Keeps a queue of values that fall (`sign` 1) or rise (-1) towards the newest; returns the one at its front. */
function extreme(
  queues: Queues,
  place: number,
  point: number,
  queue: number,
  number: number,
  value: number,
  fromMs: number,
  sign: 1 | -1,
): number {
  const q = place * QUEUES + queue
  const { front, back, samples } = queues
  const gone = samples.dropped[point]!
  while (front[q]! < back[q]! && isBefore(queues, place, point, queue, front[q]!, fromMs)) front[q]!++
  for (; front[q]! < back[q]!; back[q]!--) {
    const last = valueAt(samples, point, numberAt(queues, place, queue, back[q]! - 1) - gone)
    if (sign * last > sign * value) break
  }
  put(queues, place, queue, back[q]!++, number)
  return valueAt(samples, point, numberAt(queues, place, queue, front[q]!) - gone)
}

function isKnown(
  queues: Queues,
  place: number,
  point: number,
  span: number,
  fromMs: number,
  maxGapMs: number,
): boolean {
  const q = place * QUEUES + ALL
  const it = place * SPANS + span
  const first = queues.first[it]!
  if (queues.back[q]! - first < 2) return false
  const heldMs = first > queues.front[q]! ? timeIn(queues, place, point, ALL, first - 1) + maxGapMs : -Infinity
  const leadMs = Math.max(0, timeIn(queues, place, point, ALL, first) - Math.max(fromMs, heldMs))
  const spanMs = RATE_SPANS_MS[span]!
  return spanMs - queues.holesMs[it]! - leadMs >= LEAST_COVERAGE * spanMs
}

/** Time between a sample of the queue of all and a later moment that it does not hold. */
function holeMs(queues: Queues, place: number, point: number, n: number, nextMs: number, maxGapMs: number): number {
  return Math.max(0, nextMs - timeIn(queues, place, point, ALL, n) - maxGapMs)
}

function isBefore(queues: Queues, place: number, point: number, queue: number, n: number, fromMs: number): boolean {
  const number = numberAt(queues, place, queue, n)
  return number < queues.samples.dropped[point]! || timeIn(queues, place, point, queue, n) < fromMs
}

function timeIn(queues: Queues, place: number, point: number, queue: number, n: number): number {
  return timeAt(queues.samples, point, numberAt(queues, place, queue, n) - queues.samples.dropped[point]!)
}

function numberAt({ cells, offset, capacity }: Queues, place: number, queue: number, n: number): number {
  const room = capacity[place]!
  return cells[offset[place]! + queue * room + (n % room)]!
}

function put({ cells, offset, capacity }: Queues, place: number, queue: number, n: number, number: number): void {
  const room = capacity[place]!
  cells[offset[place]! + queue * room + (n % room)] = number
}
