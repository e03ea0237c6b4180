import type { Queues } from '../rate-queues.ts'
import { timeAt, valueAt } from '../../energy/samples.ts'

/** The queue of all samples; behind it `largest` (odd) and `smallest` (even) of each stretch. */
export const ALL = 0
export const QUEUES = 5
export const SPANS = 2

/**
 * Numbers of a place in `heads`:
 *
 *     NEWEST      number of the newest sample
 *     LAST_MS     its event time; -Infinity: the queues are empty
 *     WHOLE_MS    since when each sample held up to the next, and can still be asked for
 *     BEGAN_MS    event time of the first sample in the queues
 *     DROPPED     how many samples the point had dropped by then
 *     FRONT       of each queue but ALL: event time and value of its front, and the newest number in it
 */
export const HEAD = 17
export const NEWEST = 0
export const LAST_MS = 1
export const WHOLE_MS = 2
export const BEGAN_MS = 3
export const DROPPED = 4
export const FRONT = 5
export const FRONT_NUMBERS = 3

/** Lets those at the front go that are older than the stretch, or no longer held. */
export function dropOlder(queues: Queues, place: number, queue: number, fromMs: number): void {
  const q = place * QUEUES + queue
  const { front, back } = queues
  while (front[q]! < back[q]! && !(entryMs(queues, place, queue, front[q]!) >= fromMs)) front[q]!++
}

export function entryMs(queues: Queues, place: number, queue: number, n: number): number {
  return timeAt(queues.samples, queues.points[place]!, positionIn(queues, place, queue, n))
}

export function entryValue(queues: Queues, place: number, queue: number, n: number): number {
  return valueAt(queues.samples, queues.points[place]!, positionIn(queues, place, queue, n))
}

/** Position among its point's samples of the n-th entry of a queue; negative: it is no longer held. */
export function positionIn(queues: Queues, place: number, queue: number, n: number): number {
  const { cells, lacking, offset, capacity, samples, points } = queues
  const room = capacity[place]!
  const cell = cells[offset[place]! + queue * room + (n < room ? n : n - room)]!
  const last = samples.count[points[place]!]! - 1
  return last + (((cell - samples.dropped[points[place]!]! - last) << lacking) >> lacking)
}

/** Puts a number at the back of a queue. */
export function put(queues: Queues, place: number, queue: number, number: number): void {
  const { cells, offset, capacity, front, back, first } = queues
  const q = place * QUEUES + queue
  const room = capacity[place]!
  if (front[q]! >= room) {
    front[q]! -= room
    back[q]! -= room
    if (queue === ALL) for (let span = 0; span < SPANS; span++) first[place * SPANS + span]! -= room
  }
  if (back[q]! - front[q]! === room) front[q]!++ // faster than declared: the oldest gives way
  const n = back[q]!++
  cells[offset[place]! + queue * room + (n < room ? n : n - room)] = number
}
