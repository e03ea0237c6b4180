import { ALL, HEAD, LAST_MS, NEWEST, positionIn, put, QUEUES, SPANS, entryMs } from './rings.ts'
import { LEAST_HELD, RATE_SPANS_MS } from '../rate-limits.ts'
import type { Queues } from '../rate-queues.ts'
import { isAdmitted } from '../sensor.ts'
import { positionOf, timeAt } from '../../energy/samples.ts'

/** Whether a stretch has two samples, and samples hold over enough of it. ALL takes in what came since. */
export function isHeldEnough(queues: Queues, place: number, span: number, fromMs: number): boolean {
  const { heads, samples, points, counted } = queues
  const point = points[place]!
  const { sensor } = queues.plan.points[point]!
  const newest = heads[place * HEAD + NEWEST]!
  if (counted[place]! < newest) {
    const dropped = samples.dropped[point]!
    const tMs = heads[place * HEAD + LAST_MS]!
    // What came before holds into no stretch
    const oldest = dropped + positionOf(samples, point, tMs - RATE_SPANS_MS[1] - queues.maxGapMs[place]!)
    if (oldest > counted[place]! + 1) emptyAll(queues, place)
    for (let number = Math.max(counted[place]! + 1, oldest); number <= newest; number++) {
      const position = number - dropped
      if (number < newest && !isAdmitted(sensor, samples, point, position)) continue
      append(queues, place, number, timeAt(samples, point, position))
    }
    counted[place] = newest
    for (let it = 0; it < SPANS; it++) advance(queues, place, it, tMs - RATE_SPANS_MS[it]!)
  }
  return isKnown(queues, place, span, fromMs)
}

function emptyAll({ front, back, first, holesMs }: Queues, place: number): void {
  front[place * QUEUES + ALL] = 0
  back[place * QUEUES + ALL] = 0
  first.fill(0, place * SPANS, (place + 1) * SPANS)
  holesMs.fill(0, place * SPANS, (place + 1) * SPANS)
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
      const nextMs = n + 1 < back[q]! ? entryMs(queues, place, ALL, n + 1) : tMs
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
  for (let n = queues.first[it]!; entryMs(queues, place, ALL, n) < fromMs; n++) {
    queues.holesMs[it]! -= holeMs(queues, place, n, entryMs(queues, place, ALL, n + 1))
    queues.first[it] = n + 1
  }
  const q = place * QUEUES + ALL
  if (span === 1) queues.front[q] = Math.max(queues.front[q]!, queues.first[it]! - 1) // one before still holds into it
}

/** Whether a stretch has two samples, and samples hold over enough of it. */
function isKnown(queues: Queues, place: number, span: number, fromMs: number): boolean {
  const q = place * QUEUES + ALL
  const it = place * SPANS + span
  const first = queues.first[it]!
  if (queues.back[q]! - first < 2) return false
  const heldMs = first > queues.front[q]! ? entryMs(queues, place, ALL, first - 1) + queues.maxGapMs[place]! : -Infinity
  const leadMs = Math.max(0, entryMs(queues, place, ALL, first) - Math.max(fromMs, heldMs))
  const spanMs = RATE_SPANS_MS[span]!
  return spanMs - queues.holesMs[it]! - leadMs >= LEAST_HELD * spanMs
}

/** Time between the n-th entry of ALL and a later moment in which that sample does not hold. */
function holeMs(queues: Queues, place: number, n: number, nextMs: number): number {
  return Math.max(0, nextMs - entryMs(queues, place, ALL, n) - queues.maxGapMs[place]!)
}
