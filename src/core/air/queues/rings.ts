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
  const { cells, samples, points } = queues
  const cell = cells[cellOf(queues, place * QUEUES + queue, n)]!
  const last = samples.count[points[place]!]! - 1
  return last + ((cell - samples.dropped[points[place]!]! - last) | 0)
}

/** Puts a number at the back of a queue. */
export function put(queues: Queues, place: number, queue: number, number: number): void {
  const { room, capacity, front, back } = queues
  const q = place * QUEUES + queue
  if (front[q]! >= room[q]!) lowerCounts(queues, place, queue, room[q]!)
  if (back[q]! - front[q]! === room[q]) {
    if (room[q] < capacity[place]!) widenRing(queues, place, queue)
    else front[q]!++ // faster than declared: the oldest gives way
  }
  queues.cells[cellOf(queues, q, back[q]!++)] = number
}

/** Where the n-th entry of a ring lies. */
function cellOf({ offset, room }: Queues, q: number, n: number): number {
  return offset[q]! + (n < room[q]! ? n : n - room[q]!)
}

function lowerCounts({ front, back, first }: Queues, place: number, queue: number, by: number): void {
  front[place * QUEUES + queue]! -= by
  back[place * QUEUES + queue]! -= by
  if (queue === ALL) for (let span = 0; span < SPANS; span++) first[place * SPANS + span]! -= by
}

/** Entries of a ring that is first needed. */
const LEAST_ROOM = 8
/** How much more there is for all rings once some have moved. */
const MORE_CELLS = 1.5

/** Moves a full ring behind all others, to twice its cells. Those that it leaves stay unused until all are moved. */
function widenRing(queues: Queues, place: number, queue: number): void {
  const { room, capacity, front, back, offset } = queues
  const q = place * QUEUES + queue
  const wider = Math.min(capacity[place]!, Math.max(LEAST_ROOM, 2 * room[q]!))
  if (queues.used + wider > queues.cells.length) moveTogether(queues, wider)
  const { cells, used } = queues
  for (let n = front[q]!; n < back[q]!; n++) cells[used + n - front[q]!] = cells[cellOf(queues, q, n)]!
  lowerCounts(queues, place, queue, front[q]!)
  offset[q] = used
  room[q] = wider
  queues.used = used + wider
}

/** Puts all rings side by side again, and leaves cells for `more` and others behind them. */
function moveTogether(queues: Queues, more: number): void {
  const { cells: before, room, offset } = queues
  let held = more
  for (const it of room) held += it
  const cells = new Int32Array(Math.ceil(MORE_CELLS * held))
  let used = 0
  for (let q = 0; q < room.length; q++) {
    for (let n = 0; n < room[q]!; n++) cells[used + n] = before[offset[q]! + n]!
    offset[q] = used
    used += room[q]!
  }
  queues.cells = cells
  queues.used = used
}
