import { setTimeout as sleep } from 'node:timers/promises'

/** Most messages that wait for their ack: four times Receive Maximum, because brokers overshoot it. */
const MAX_HELD = 4_000
const MAX_HELD_BYTES = 64 * 1_048_576

interface Entry {
  confirm: () => void
  done: boolean
  next: Entry | undefined
}

/** What one connection has brought and not yet confirmed, in order of arrival. Once it is not `live`, nothing is. */
export interface Lane {
  live: boolean
  first: Entry | undefined
  last: Entry | undefined
}

/**
 * Messages between their arrival and their PUBACK, of all connections. PUBACKs leave in order of arrival (MQTT 5,
 * 4.6), and only on the connection that brought the message: on the next one a packet id may name another message.
 */
export interface Hold {
  count: number
  bytes: number
  waiting: (() => void) | undefined
  drained: (() => void) | undefined
}

export function createHold(): Hold {
  return { count: 0, bytes: 0, waiting: undefined, drained: undefined }
}

export function createLane(live: boolean): Lane {
  return { live, first: undefined, last: undefined }
}

/** Goes on at once, or as soon as what is held falls below its limits. One caller waits at most: a new one replaces it. */
export function whenRoom(hold: Hold, go: () => void): void {
  if (hasRoom(hold)) go()
  else hold.waiting = go
}

/** Puts a message of a lane on hold and gives its ack, which sooner or later calls `confirm`, in the lane's order. */
export function holdMessage(hold: Hold, lane: Lane, bytes: number, confirm: () => void): () => void {
  hold.count += 1
  hold.bytes += bytes
  const entry: Entry = { confirm, done: false, next: undefined }
  if (lane.last === undefined) lane.first = entry
  else lane.last.next = entry
  lane.last = entry
  return () => {
    if (entry.done) return
    entry.done = true
    hold.count -= 1
    hold.bytes -= bytes
    confirmFirst(lane)
    makeRoom(hold)
  }
}

/** Resolves once nothing is held. */
export function drainHold(hold: Hold): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (hold.count === 0) resolve()
  else hold.drained = resolve
  return promise
}

/** Resolves when the work is done or the time is up. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController()
  const timeUp = sleep(limitMs, undefined, { signal: limit.signal }).catch(() => limit.signal.aborted)
  try {
    await Promise.race([work, timeUp])
  } finally {
    limit.abort()
  }
}

function confirmFirst(lane: Lane): void {
  while (lane.first?.done === true) {
    if (lane.live) lane.first.confirm()
    lane.first = lane.first.next
  }
  if (lane.first === undefined) lane.last = undefined
}

function makeRoom(hold: Hold): void {
  const { waiting } = hold
  if (waiting !== undefined && hasRoom(hold)) {
    hold.waiting = undefined
    waiting()
  }
  if (hold.count === 0) hold.drained?.()
}

function hasRoom(hold: Hold): boolean {
  return hold.count < MAX_HELD && hold.bytes < MAX_HELD_BYTES
}
