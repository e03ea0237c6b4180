import { randomBytes } from 'node:crypto'
import { batches, CONNECT_TIMEOUT_MS, isOlder, failureText } from './options.ts'
import type { Arrival } from '../ingest/arrival.ts'

const REFUSED = 0x80
const MAX_TIMEOUT_MS = 86_400_000

export interface Listening {
  /** What to hear: a filter, and the topics to ask for instead where the broker refuses so wide a one. */
  filters: ReadonlyMap<string, readonly string[]>
  hear: (arrival: Arrival) => void
  /** From the subscription on; at most a day. */
  ms: number
  signal: AbortSignal
}

/**
 * How it went. `narrowed`: filters that were too wide; `refused`: topics that we may not read; `lost`: why it ended
 * early; `isOlder`: the broker speaks 3.1.1 only.
 */
export type Listened =
  | { kind: 'unreachable'; reason: string; isOlder: boolean }
  | { kind: 'listened'; ms: number; narrowed: string[]; refused: string[]; lost: string | undefined }

/** As much of a client as it takes to listen. */
interface Ear {
  on(event: 'message', told: (topic: string, payload: Buffer, packet: { retain: boolean }) => void): unknown
  on(event: 'error', told: (error: Error) => void): unknown
  on(event: 'connect' | 'close', told: () => void): unknown
  subscribe(
    filters: string[],
    how: { qos: 0 },
    told: (error: Error | null, _: unknown, answer?: Answer) => void,
  ): unknown
}

interface Answer {
  granted: readonly unknown[]
}

/** A session of its own, gone with the connection: nothing of the daemon's is touched, nothing is left behind. */
export function listenOptions() {
  return {
    clientId: `coldaisle-check-${randomBytes(6).toString('hex')}`,
    clean: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    properties: { sessionExpiryInterval: 0 },
  } as const
}

/**
 * Hears what comes on the filters, QoS 0, until the time is up, the signal comes or the connection ends. A broker that
 * is not reached within 10 s is told, not thrown; what `hear` throws is thrown.
 */
export async function listen(client: Ear, { filters, hear, ms, signal }: Listening): Promise<Listened> {
  const { promise: ended, resolve: end, reject } = Promise.withResolvers<string | undefined>()
  const connected = Promise.withResolvers<true>()
  let reason = 'the connection ended without a reason'
  client.on('connect', () => connected.resolve(true))
  let older = false
  client.on('error', (error) => {
    reason = failureText(error)
    older = isOlder(error)
  })
  client.on('close', () => end(reason))
  client.on('message', (topic, payload, { retain }) => {
    try {
      hear({ topic, payload, retain })
    } catch (error) {
      reject(error)
    }
  })
  const stop = (): void => end(undefined)
  signal.addEventListener('abort', stop)
  const limit = setTimeout(() => end(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`), CONNECT_TIMEOUT_MS)
  try {
    const first = await Promise.race([connected.promise, ended])
    clearTimeout(limit)
    if (first !== true) return { kind: 'unreachable', reason: first ?? 'told to stop', isOlder: older }
    const denied = await Promise.race([subscribe(client, [...filters.keys()]), ended.then(() => [])])
    const instead = denied.flatMap((filter) => filters.get(filter) ?? [])
    const refused = await Promise.race([subscribe(client, instead), ended.then(() => [])])
    const sinceMs = performance.now()
    const time = setTimeout(stop, Math.min(ms, MAX_TIMEOUT_MS))
    const lost = await ended.finally(() => clearTimeout(time))
    return { kind: 'listened', ms: performance.now() - sinceMs, narrowed: denied, refused, lost }
  } finally {
    clearTimeout(limit)
    signal.removeEventListener('abort', stop)
  }
}

/** Gives the filters that the broker refuses. */
async function subscribe(client: Ear, filters: readonly string[]): Promise<string[]> {
  const refused: string[] = []
  for (const some of batches(filters)) {
    const codes = await new Promise<readonly unknown[]>((resolve) => {
      client.subscribe(some, { qos: 0 }, (_error, _granted, answer) => resolve(answer?.granted ?? []))
    })
    refused.push(...some.filter((_, index) => !isGranted(codes[index])))
  }
  return refused
}

function isGranted(code: unknown): boolean {
  return typeof code === 'number' && code < REFUSED
}
