import { judgeMoisture } from './moisture.ts'
import type { Alarms } from '../alarm-state.ts'
import type { CorePlan } from '../../contract/plan.ts'
import { positionOf, timeAt, type Samples } from '../../energy/samples.ts'
import type { Sink } from '../../contract/sink.ts'

/**
 * The readings of one stamp are one state of air, so the moisture of an inlet is judged once for all of them:
 *
 *     a stamp of an inlet
 *     first reading ── the others of this stamp are there ──────────> judged    at once
 *                   ── some are not ────────────────────────────────> waiting
 *     waiting       ── the last of them comes, no older stamp waits ─> judged
 *                   ── the first tick 5 s after its first reading ───> judged    with what holds then
 *
 * Stamps of an inlet are judged in the order of event time. One that is older than what is judged already is late: the
 * machine tells it, and moves nothing.
 *
 * Waiting stamps stand in a ring, in the order in which they came. What is judged meanwhile is passed over when its
 * turn comes. When the ring is full the oldest is judged as if its time had come.
 */
export interface WaitingAir {
  /** Per inlet the newest stamp that is judged (-Infinity: none), and the oldest that waits (Infinity: none). */
  readonly judgedMs: Float64Array
  readonly waitingMs: Float64Array
  /** The ring: inlet, stamp, arrival time of its first reading, and whether it was late when it came. */
  readonly inlet: Int32Array
  readonly tMs: Float64Array
  readonly sinceMs: Float64Array
  readonly late: Uint8Array
  first: number
  count: number
}

/** For so long a reading waits for those of the same stamp that another packet may bring. */
const WAIT_MS = 5000

const ROOM_LEAST = 1024
const ROOM_PER_INLET = 4

export function createWaitingAir({ inlets }: CorePlan): WaitingAir {
  const room = ROOM_LEAST + ROOM_PER_INLET * inlets.length
  return {
    judgedMs: new Float64Array(inlets.length).fill(-Infinity),
    waitingMs: new Float64Array(inlets.length).fill(Infinity),
    inlet: new Int32Array(room),
    tMs: new Float64Array(room),
    sinceMs: new Float64Array(room),
    late: new Uint8Array(room),
    first: 0,
    count: 0,
  }
}

/** Arrival time at which the oldest waiting stamp has waited long enough; Infinity: none waits. */
export function waitingDueMs({ first, count, sinceMs }: WaitingAir): number {
  return count === 0 ? Infinity : sinceMs[first]! + WAIT_MS
}

/** Judges the inlets whose moisture depends on an accepted reading, or lets its stamp wait for the others' readings. */
export function noteAir(alarms: Alarms, samples: Samples, point: number, tMs: number, nowMs: number, sink: Sink): void {
  if (!alarms.plan.alarms.rules.moisture.enabled) return
  const { waiting } = alarms
  for (const inlet of alarms.inletsOfMoisture[point]!) {
    const isLate = tMs <= waiting.judgedMs[inlet]!
    if (!isComplete(alarms.plan, samples, inlet, tMs)) {
      if (!isLate) waiting.waitingMs[inlet] = Math.min(waiting.waitingMs[inlet]!, tMs)
      putWaiting(alarms, samples, inlet, tMs, isLate, nowMs, sink)
    } else if (isLate) judgeMoisture(alarms, samples, inlet, tMs, nowMs, sink)
    else if (tMs <= waiting.waitingMs[inlet]!) {
      judgeNext(alarms, samples, inlet, tMs, nowMs, sink)
      judgeComplete(alarms, samples, inlet, nowMs, sink)
    }
  }
  dropJudged(waiting)
}

/** Judges, by a tick, what has waited long enough. */
export function judgeWaiting(alarms: Alarms, samples: Samples, nowMs: number, sink: Sink): void {
  while (waitingDueMs(alarms.waiting) <= nowMs) judgeOldest(alarms, samples, nowMs, sink)
}

function putWaiting(
  alarms: Alarms,
  samples: Samples,
  inlet: number,
  tMs: number,
  isLate: boolean,
  nowMs: number,
  sink: Sink,
): void {
  const { waiting } = alarms
  const room = waiting.inlet.length
  if (waiting.count === room) judgeOldest(alarms, samples, nowMs, sink)
  const at = (waiting.first + waiting.count++) % room
  waiting.inlet[at] = inlet
  waiting.tMs[at] = tMs
  waiting.sinceMs[at] = nowMs
  waiting.late[at] = isLate ? 1 : 0
}

/** Takes the stamp out of the ring that came first, and judges it if that has not been done. */
function judgeOldest(alarms: Alarms, samples: Samples, nowMs: number, sink: Sink): void {
  const { waiting, plan } = alarms
  const at = waiting.first
  const inlet = waiting.inlet[at]!
  const tMs = waiting.tMs[at]!
  waiting.first = (at + 1) % waiting.inlet.length
  waiting.count--
  if (waiting.late[at] === 1) {
    // Complete, it was judged when it became so
    if (!isComplete(plan, samples, inlet, tMs)) judgeMoisture(alarms, samples, inlet, tMs, nowMs, sink)
    return
  }
  if (tMs <= waiting.judgedMs[inlet]!) return
  while (waiting.waitingMs[inlet]! <= tMs) {
    judgeNext(
      alarms,
      samples,
      inlet,
      heldTogetherMs(alarms.plan, samples, inlet, waiting.waitingMs[inlet]!),
      nowMs,
      sink,
    )
    judgeComplete(alarms, samples, inlet, nowMs, sink)
  }
}

function judgeNext(alarms: Alarms, samples: Samples, inlet: number, tMs: number, nowMs: number, sink: Sink): void {
  alarms.waiting.judgedMs[inlet] = tMs
  judgeMoisture(alarms, samples, inlet, tMs, nowMs, sink)
}

/** Goes on behind what is judged, up to the first stamp that still waits. */
function judgeComplete(alarms: Alarms, samples: Samples, inlet: number, nowMs: number, sink: Sink): void {
  const { waiting, plan } = alarms
  for (;;) {
    const tMs = nextStampMs(plan, samples, inlet, waiting.judgedMs[inlet]!)
    waiting.waitingMs[inlet] = tMs
    if (tMs === Infinity || !isComplete(plan, samples, inlet, tMs)) return
    judgeNext(alarms, samples, inlet, tMs, nowMs, sink)
  }
}

/** Takes judged stamps from the ring's end, where those of a packet are that has been complete. */
function dropJudged(waiting: WaitingAir): void {
  const room = waiting.inlet.length
  while (waiting.count > 0) {
    const last = (waiting.first + waiting.count - 1) % room
    if (waiting.late[last] === 1 || waiting.tMs[last]! > waiting.judgedMs[waiting.inlet[last]!]!) return
    waiting.count--
  }
}

/**
 * The event time at which an incomplete stamp of an inlet is judged. Where stamps never agree, it is when the other
 * readings followed, before the next of its own. Air of a new temperature and an old humidity never was.
 *
 *     dry bulb   ──●───────────────●────        stamps by arrival, some ms apart
 *     humidity   ───●───────────────●───
 *     judged        ↑               ↑
 */
function heldTogetherMs(plan: CorePlan, samples: Samples, inlet: number, tMs: number): number {
  const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
  const points = [dryBulb, humidity, dewPoint, otherDryBulb].filter((point) => point >= 0)
  let ownNextMs = tMs + WAIT_MS
  for (const point of points) {
    if (hasStamp(samples, point, tMs)) ownNextMs = Math.min(ownNextMs, nextOfPointMs(samples, point, tMs))
  }
  let togetherMs = tMs
  for (const point of points) {
    const followsMs = timeAt(samples, point, positionOf(samples, point, tMs))
    if (followsMs < ownNextMs) togetherMs = Math.max(togetherMs, followsMs)
  }
  return togetherMs
}

/** Whether all points of an inlet have a sample of this stamp. */
function isComplete(plan: CorePlan, samples: Samples, inlet: number, tMs: number): boolean {
  const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
  return (
    hasStamp(samples, dryBulb, tMs) &&
    hasStamp(samples, humidity, tMs) &&
    hasStamp(samples, dewPoint, tMs) &&
    hasStamp(samples, otherDryBulb, tMs)
  )
}

function hasStamp(samples: Samples, point: number, tMs: number): boolean {
  return point < 0 || timeAt(samples, point, positionOf(samples, point, tMs)) === tMs
}

/** The first stamp behind `tMs` that any point of an inlet has a sample of; Infinity: there is none. */
function nextStampMs(plan: CorePlan, samples: Samples, inlet: number, tMs: number): number {
  const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
  return Math.min(
    nextOfPointMs(samples, dryBulb, tMs),
    nextOfPointMs(samples, humidity, tMs),
    nextOfPointMs(samples, dewPoint, tMs),
    nextOfPointMs(samples, otherDryBulb, tMs),
  )
}

function nextOfPointMs(samples: Samples, point: number, tMs: number): number {
  return point < 0 ? Infinity : timeAt(samples, point, positionOf(samples, point, tMs + 1))
}

/** The event time behind `tMs` at which the moisture of an inlet is judged next, all readings being there. */
export function nextJudgedMs(plan: CorePlan, samples: Samples, inlet: number, tMs: number): number {
  const stampMs = nextStampMs(plan, samples, inlet, tMs)
  if (stampMs === Infinity || isComplete(plan, samples, inlet, stampMs)) return stampMs
  return heldTogetherMs(plan, samples, inlet, stampMs)
}

/** The last stamp before `tMs` that any point of an inlet has a sample of; -Infinity: there is none. */
export function previousStampMs(plan: CorePlan, samples: Samples, inlet: number, tMs: number): number {
  let lastMs = -Infinity
  const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
  for (const point of [dryBulb, humidity, dewPoint, otherDryBulb]) {
    if (point >= 0) lastMs = Math.max(lastMs, timeAt(samples, point, positionOf(samples, point, tMs) - 1))
  }
  return lastMs
}
