import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopback } from '../config/listen-address.ts'
import { readPassword } from './options.ts'
import type { Guard, LinkChange } from './source.ts'

const MAX_CONNECTIONS = 500
const MAX_CONNECTIONS_PER_ADDRESS = 20
const MAX_TOPIC_BYTES = 256
const MAX_WILL_BYTES = 1_024
const MAX_NAME_LENGTH = 256
const RATE_PER_S = 200
const BURST = 1_000
/** So that a wait lets several messages pass and not one. */
const SHORTEST_WAIT_MS = 50
const TELL_EVERY_MS = 60_000

/** Our own topics: published by us alone, and what a client from another machine may subscribe to. */
const OWN = 'coldaisle/'
/** … but for commands, which this machine's clients may give. */
const COMMAND = /^coldaisle\/[^/]+\/command$/

export interface Credentials {
  username: string
  /** Read at every CONNECT, so that it can be changed. */
  passwordFile: string
}

/** Who was turned away how often, and who is there. */
export interface Guards {
  counts: Record<Guard, number>
  onState: (change: LinkChange) => void
  toldMs: Map<Guard, number>
  perAddress: Map<string, number>
  connections: number
}

export function createGuards(onState: (change: LinkChange) => void): Guards {
  const counts = { connections: 0, no_connect: 0, credentials: 0, oversize: 0, malformed: 0, topic: 0, rate: 0 }
  return {
    counts: { ...counts, subscriptions: 0, will: 0 },
    onState,
    toldMs: new Map(),
    perAddress: new Map(),
    connections: 0,
  }
}

/** Counts, and tells of it at the first time and then once a minute. `nowMs` is of a clock that never steps. */
export function turnAway(guards: Guards, guard: Guard, reason: string, nowMs: number): void {
  guards.counts[guard] += 1
  const toldMs = guards.toldMs.get(guard)
  if (toldMs !== undefined && nowMs - toldMs < TELL_EVERY_MS) return
  guards.toldMs.set(guard, nowMs)
  guards.onState({ kind: 'guarded', guard, count: guards.counts[guard], reason })
}

/** Whether one more connection may come from this address. What was let in is let out with `leave`. */
export function enter(guards: Guards, address: string): boolean {
  const fromThere = guards.perAddress.get(address) ?? 0
  if (guards.connections >= MAX_CONNECTIONS) return false
  if (fromThere >= MAX_CONNECTIONS_PER_ADDRESS && !isLoopback(address)) return false
  guards.connections += 1
  guards.perAddress.set(address, fromThere + 1)
  return true
}

export function leave(guards: Guards, address: string): void {
  guards.connections -= 1
  const fromThere = (guards.perAddress.get(address) ?? 1) - 1
  if (fromThere === 0) guards.perAddress.delete(address)
  else guards.perAddress.set(address, fromThere)
}

/** 200 messages a second, 1,000 at once: gives the wait before the next one, ms, or takes it (0). */
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
export function topicFault(topic: string, isLocal = false): string | undefined {
  if (topic.length > MAX_TOPIC_BYTES) return `a topic of more than ${MAX_TOPIC_BYTES} bytes`
  if (!/^[\x20-\x7e]+$/.test(topic)) return 'a topic that is not printable ASCII'
  if (isLocal && COMMAND.test(topic)) return undefined
  if (topic.startsWith(OWN) || topic === 'coldaisle') return 'a topic below coldaisle/'
  return topic.startsWith('$') ? 'a topic that begins with $' : undefined
}

/** Why a client may not subscribe to a filter; undefined: it may. */
export function filterFault(filter: string, isLocal: boolean): string | undefined {
  if (filter.length > MAX_TOPIC_BYTES || !/^[\x20-\x7e]+$/.test(filter)) return 'a filter that is not printable ASCII'
  if (filter.startsWith('$')) return 'a filter that begins with $'
  return isLocal || filter.startsWith(OWN) ? undefined : 'a filter that is not below coldaisle/'
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
  const fault = topicFault(will.topic)
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
