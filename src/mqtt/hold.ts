import { setTimeout as sleep } from 'node:timers/promises'

/** At most so many messages wait for their ack: four times Receive Maximum, because brokers overshoot it. */
const MAX_HELD = 4_000
const MAX_HELD_BYTES = 64 * 1_048_576

interface Entry {
  readonly confirm: (id: number) => void
  readonly id: number
  readonly bytes: number
  /** Its ack was called: it no longer counts as held, and its PUBACK leaves after those before it. */
  isAcked: boolean
  next: Entry | undefined
}

/**
 * The messages that one connection brought and that have no PUBACK yet, a list in order of arrival. PUBACKs leave in
 * that order (MQTT 5, 4.6): an ack frees its own entry, and then all acked entries at the head of the list are
 * confirmed.
 *
 *   first                      last
 *     │                          │
 *   [ 7 held ] → [ 8 acked ] → [ 9 held ]      ack of 7: PUBACK 7, PUBACK 8; 9 is first now
 *
 * Each connection is an epoch with a lane of its own, since after a reconnection the same packet id may name another
 * message. A lane goes from `open` to `closed` once, when its connection ends. Acks that come later empty the closed
 * lane without a PUBACK, and the broker sends those messages again.
 */
export interface Lane {
  state: 'open' | 'closed'
  first: Entry | undefined
  last: Entry | undefined
}

/** The bound on held messages over all lanes, closed ones included: their acks are still to come. */
export interface Hold {
  count: number
  bytes: number
  /** The next message, which arrived while the hold was full. */
  waiting: (() => void) | undefined
  drained: (() => void) | undefined
}

export function createHold(): Hold {
  return { count: 0, bytes: 0, waiting: undefined, drained: undefined }
}

export function createLane(state: Lane['state']): Lane {
  return { state, first: undefined, last: undefined }
}

export function hasPlace(hold: Hold): boolean {
  return hold.count < MAX_HELD && hold.bytes < MAX_HELD_BYTES
}

/** Calls `go` at once, or as soon as the hold has room. At most one caller waits: a new one replaces it. */
export function whenRoom(hold: Hold, go: () => void): void {
  if (hasPlace(hold)) go()
  else hold.waiting = go
}

/**
 * Adds a message to its lane and gives its ack. `confirm` sends the PUBACK of `id`; it is called in the lane's order.
 */
export function holdMessage(hold: Hold, lane: Lane, bytes: number, confirm: (id: number) => void, id = 0): () => void {
  hold.count += 1
  hold.bytes += bytes
  const entry: Entry = { confirm, id, bytes, isAcked: false, next: undefined }
  if (lane.last === undefined) lane.first = entry
  else lane.last.next = entry
  lane.last = entry
  return () => {
    if (entry.isAcked) return
    entry.isAcked = true
    hold.count -= 1
    hold.bytes -= entry.bytes
    confirmHead(lane)
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

function confirmHead(lane: Lane): void {
  while (lane.first?.isAcked === true) {
    const { confirm, id, next } = lane.first
    // What is confirmed must not lead on to the next: the young would be kept as long as the old are there
    lane.first.next = undefined
    lane.first = next
    if (lane.state === 'open') confirm(id)
  }
  if (lane.first === undefined) lane.last = undefined
}

function makeRoom(hold: Hold): void {
  const { waiting } = hold
  if (waiting !== undefined && hasPlace(hold)) {
    hold.waiting = undefined
    waiting()
  }
  if (hold.count === 0) hold.drained?.()
}
