import type { Socket } from 'node:net'
import type { Duplex, Writable } from 'node:stream'
import type { Lane } from './hold.ts'

/**
 * PUBACKs that are due on one connection. Those of a group of messages become due in one go, and leave in one write.
 *
 *     ack of 7, ack of 8, ack of 9 … ─▶ ids: 7 8 9 …     end of this turn: 40 02 00 07 │ 40 02 00 08 │ 40 02 00 09 …
 *
 * They leave in the order in which they became due. What is due when the connection has ended is dropped: on another
 * one the same id may name another message.
 */
export interface Pubacks {
  readonly lane: Lane
  readonly ids: number[]
  /** Confirms a message by its packet id; 0: it was of QoS 0, and nobody waits for that. */
  readonly confirm: (id: number) => void
}

const PUBACK = 0x40
/** The packet id, and nothing else: in MQTT 5 that says success. */
const REMAINING = 2
const BYTES = 4

export function createPubacks(lane: Lane, client: { readonly stream: Pick<Writable, 'write'> }): Pubacks {
  const ids: number[] = []
  const writeAll = (): void => {
    const bytes = bytesOf(ids)
    ids.length = 0
    if (lane.state === 'open') client.stream.write(bytes)
  }
  const confirm = (id: number): void => {
    // Written together with the others of this turn, before the event loop goes on
    if (id !== 0 && ids.push(id) === 1) process.nextTick(writeAll)
  }
  return { lane, ids, confirm }
}

/**
 * Lets a notice leave behind a PUBACK without waiting until the broker's system confirms the PUBACK. That takes up to
 * 40 ms (Nagle's algorithm, RFC 896; late confirmations, RFC 1122 section 4.2.3.2). A WebSocket has no such switch.
 */
export function sendAtOnce(stream: Duplex & Partial<Pick<Socket, 'setNoDelay'>>): void {
  stream.setNoDelay?.(true)
}

function bytesOf(ids: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * BYTES)
  let at = 0
  for (const id of ids) {
    bytes[at] = PUBACK
    bytes[at + 1] = REMAINING
    bytes[at + 2] = id >> 8
    bytes[at + 3] = id
    at += BYTES
  }
  return bytes
}
