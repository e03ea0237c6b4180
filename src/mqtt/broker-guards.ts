import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopback } from '../config/listen-address.ts'
import { deviceTopicFault } from '../config/strings.ts'
import { readPassword } from './options.ts'
import type { Guard, LinkChange } from './source.ts'

const MAX_CONNECTIONS = 500
const MAX_CONNECTIONS_PER_ADDRESS = 20
const MAX_FILTER_BYTES = 256
const MAX_WILL_BYTES = 1_024
const MAX_NAME_LENGTH = 256
const RATE_PER_S = 200
const BURST = 1_000
/** After the shortest wait several messages may pass, not just one. */
const SHORTEST_WAIT_MS = 50
const TELL_EVERY_MS = 60_000
const RETURN_MS = 5_000

/** Topics that only the daemon publishes to, and the only ones that a client from another machine may subscribe to. */
const OWN = 'coldaisle/'
/** The one exception: clients on this machine may publish commands. */
const COMMAND = /^coldaisle\/[\x20-\x2e\x30-\x7e]+\/command$/

export interface Credentials {
  username: string
  /** Read at every CONNECT, so that it can be changed. */
  passwordFile: string
}

/**
 * Where a client runs: on this machine or beyond it. This machine's clients may give commands and read all topics.
 * `account`: it has an account of its own, which decides that (clients.ts).
 */
export type Origin = 'machine' | 'network' | 'account'

/**
 * How many connections are open, in all and by address, and how often each guard has turned a client away. The life of
 * a connection, with the guards at each step: a client that is turned away loses its connection. Only a SUBSCRIBE is
 * merely refused, and `rate` makes the client wait.
 *
 *   TCP accept ── `connections`: too many, in all or from one address
 *     │
 *   TLS handshake ── `malformed`: no answer within 5 s
 *     │
 *   first packet ── `no_connect`: none within 5 s · `malformed`: another packet than CONNECT · `oversize`
 *     │
 *   CONNECT ── `will` · `malformed`: client id, a newer MQTT alone · `credentials`: answered after 0.5 s
 *     │
 *     ├─ SUBSCRIBE ── `subscriptions`: more than 10 · `topic`: not for this client · or not by its account
 *     ├─ PUBLISH ── `rate`: waits · `oversize` · `topic` · `malformed`: packet id 0 ── deliver ── ack ── PUBACK
 *     │       └──── not by its account: counted, confirmed, delivered to nobody
 *     │
 *   close: the lane closes, and no PUBACK leaves on it any more
 */
export interface Guards {
  counts: Record<Guard, number>
  onState: (change: LinkChange) => void
  toldMs: Map<Guard, number>
  /** By address: until when a client that speaks a newer MQTT may come back with ours. */
  newer: Map<string, NodeJS.Timeout>
  perAddress: Map<string, number>
  connections: number
}

export function createGuards(onState: (change: LinkChange) => void): Guards {
  const counts = { connections: 0, no_connect: 0, credentials: 0, oversize: 0, malformed: 0, topic: 0, rate: 0 }
  return {
    counts: { ...counts, subscriptions: 0, will: 0 },
    onState,
    toldMs: new Map(),
    newer: new Map(),
    perAddress: new Map(),
    connections: 0,
  }
}

/** Counts, and reports it the first time and then once a minute. `nowMs` is of a clock that never steps. */
export function turnAway(guards: Guards, guard: Guard, reason: string, nowMs: number): void {
  guards.counts[guard] += 1
  const toldMs = guards.toldMs.get(guard)
  if (toldMs !== undefined && nowMs - toldMs < TELL_EVERY_MS) return
  guards.toldMs.set(guard, nowMs)
  guards.onState({ kind: 'guarded', guard, count: guards.counts[guard], reason })
}

/**
 * Who begins with a newer MQTT than ours is answered so, and usually comes back at once with 3.1.1. Only one of an
 * address from where nobody comes back is turned away.
 */
export function awaitReturn(guards: Guards, address: string): void {
  const reason = `a client that speaks no MQTT 3.1.1 (from ${address})`
  clearTimeout(guards.newer.get(address))
  if (guards.newer.size >= MAX_CONNECTIONS) guards.newer.clear()
  const timer = setTimeout(() => turnAway(guards, 'malformed', reason, performance.now()), RETURN_MS)
  guards.newer.set(address, timer.unref())
}

/** A client of this address has come in. */
export function hasReturned({ newer }: Guards, address: string): void {
  clearTimeout(newer.get(address))
  newer.delete(address)
}

/** Counts one more connection from this address, unless there are too many. Its end calls `letOut`. */
export function letIn(guards: Guards, address: string): boolean {
  const fromThere = guards.perAddress.get(address) ?? 0
  if (guards.connections >= MAX_CONNECTIONS) return false
  if (fromThere >= MAX_CONNECTIONS_PER_ADDRESS && !isLoopback(address)) return false
  guards.connections += 1
  guards.perAddress.set(address, fromThere + 1)
  return true
}

export function letOut(guards: Guards, address: string): void {
  guards.connections -= 1
  const fromThere = (guards.perAddress.get(address) ?? 1) - 1
  if (fromThere === 0) guards.perAddress.delete(address)
  else guards.perAddress.set(address, fromThere)
}

/**
 * A token bucket: 200 messages a second, 1,000 at once. Each call takes a token and gives 0, or the ms to wait for one.
 */
export function createBucket(nowMs: () => number): () => number {
  let tokens = BURST
  let filledMs = nowMs()
  return () => {
    const atMs = nowMs()
    tokens = Math.min(BURST, tokens + ((atMs - filledMs) * RATE_PER_S) / 1000)
    filledMs = atMs
    if (tokens < 1) return SHORTEST_WAIT_MS
    tokens -= 1
    return 0
  }
}

/** Why a topic may not be published to by a client; undefined: it may. */
export function publishFault(topic: string, origin: Origin = 'network'): string | undefined {
  if (origin === 'account') return accountTopicFault(topic)
  const isCommand = origin === 'machine' && topic.length <= MAX_FILTER_BYTES && COMMAND.test(topic)
  return isCommand ? undefined : deviceTopicFault(topic)
}

/** What the account of a client decides is not looked at here. */
function accountTopicFault(topic: string): string | undefined {
  return topic.startsWith('coldaisle/') && topic.length <= MAX_FILTER_BYTES && /^[\x20-\x7e]+$/.test(topic)
    ? undefined
    : deviceTopicFault(topic)
}

/** Why a client may not subscribe to a filter; undefined: it may. */
export function subscribeFault(filter: string, origin: Origin = 'network'): string | undefined {
  if (filter.length > MAX_FILTER_BYTES || !/^[\x20-\x7e]+$/.test(filter)) return 'a filter that is not printable ASCII'
  if (filter.startsWith('$')) return 'a filter that begins with $'
  return origin !== 'network' || filter.startsWith(OWN) ? undefined : 'a filter that is not below coldaisle/'
}

/** Why a CONNECT is refused before its account is looked at. */
export function connectFault(packet: {
  clientId: string
  will?: { topic: string; payload: Uint8Array | string }
}): [Guard, string] | undefined {
  const { clientId, will } = packet
  if (clientId.length > MAX_NAME_LENGTH || /[\p{Cc}\ufffd]/u.test(clientId)) return ['malformed', 'a bad client id']
  if (will === undefined) return undefined
  if (will.payload.length > MAX_WILL_BYTES) return ['will', `a will of more than ${MAX_WILL_BYTES} bytes`]
  const fault = publishFault(will.topic)
  return fault === undefined ? undefined : ['will', `a will with ${fault}`]
}

/** Compares hashes in constant time. Throws if the password file cannot be read. */
export function isKnown(credentials: Credentials, username: string | undefined, password: Uint8Array): boolean {
  const sameName = sameHash(credentials.username, username ?? '')
  const samePassword = sameHash(readPassword(credentials.passwordFile), password)
  return sameName && samePassword
}

function sameHash(expected: string, given: string | Uint8Array): boolean {
  return timingSafeEqual(hashOf(expected), hashOf(given))
}

function hashOf(text: string | Uint8Array): Buffer {
  return createHash('sha256').update(text).digest()
}
