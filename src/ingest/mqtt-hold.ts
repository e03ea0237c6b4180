/** Most messages that wait for their ack: four times Receive Maximum, because brokers overshoot it. */
const MAX_HELD = 4_000
const MAX_HELD_BYTES = 64 * 1_048_576

interface Entry {
  messageId: number
  lane: Lane
  done: boolean
  next: Entry | undefined
}

/** What one connection has brought and not yet confirmed, in order of arrival. */
interface Lane {
  first: Entry | undefined
  last: Entry | undefined
}

/**
 * Messages between their arrival and the PUBACK. Acks leave in order of arrival (MQTT 5, 4.6), and only on the
 * connection that brought the message: on the next one the same packet id may name another message.
 */
export interface Hold {
  count: number
  bytes: number
  /** Of the connection at hand; undefined between two connections, and packets that a dead one still yields stay out. */
  lane: Lane | undefined
  sendAck: (messageId: number) => void
  waiting: (() => void) | undefined
  drained: (() => void) | undefined
}

export function createHold(sendAck: (messageId: number) => void): Hold {
  return { count: 0, bytes: 0, lane: undefined, sendAck, waiting: undefined, drained: undefined }
}

/** A connection has come (`live`) or gone: acks of the former one are dropped from here on. */
export function turnHold(hold: Hold, live: boolean): void {
  hold.lane = live ? { first: undefined, last: undefined } : undefined
  hold.waiting = undefined // the broker sends that message again
}

/**
 * Goes on at once, or as soon as what is held falls below its limits. Only the newest one waits: whoever calls takes
 * no other packet before it went on.
 */
export function whenRoom(hold: Hold, go: () => void): void {
  if (hasRoom(hold)) go()
  else hold.waiting = go
}

/** Puts a message on hold and gives its ack. `messageId` 0: nothing is sent for it (QoS 0), but it counts. */
export function holdMessage(hold: Hold, messageId: number, bytes: number): () => void {
  hold.count += 1
  hold.bytes += bytes
  const entry = messageId === 0 || hold.lane === undefined ? undefined : append(hold.lane, messageId)
  let open = true
  return () => {
    if (!open) return
    open = false
    hold.count -= 1
    hold.bytes -= bytes
    if (entry !== undefined) confirm(hold, entry)
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

function append(lane: Lane, messageId: number): Entry {
  const entry: Entry = { messageId, lane, done: false, next: undefined }
  if (lane.last === undefined) lane.first = entry
  else lane.last.next = entry
  lane.last = entry
  return entry
}

function confirm(hold: Hold, entry: Entry): void {
  entry.done = true
  const { lane } = entry
  if (lane !== hold.lane) return
  while (lane.first?.done === true) {
    hold.sendAck(lane.first.messageId)
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
