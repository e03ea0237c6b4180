import type { Duplex } from 'node:stream'
import type { Origin } from './broker-guards.ts'
import { mayPublish, maySubscribe, type ClientAccounts, type ClientRights, type Login } from './clients.ts'
import type { Lane } from './hold.ts'
import type { LinkChange } from './source.ts'

/** A connection to the embedded broker from its first byte on; broker-guards.ts draws its life. */
export interface Visit {
  address: string
  origin: Origin
  lane: Lane
  /** Filters that the client has subscribed to. */
  filters: Set<string>
  /** Once it has shown an account of its own. */
  login?: Login
  /** The topic of its will; absent: it has none. */
  will?: string
}

/** What clients may do by their accounts, and what was refused to whom. */
export interface ClientGate {
  /** Absent: there are no accounts of clients. */
  accounts: ClientAccounts | undefined
  /** How much was refused to each client since the start. */
  refused: Map<string, number>
  /** Under which rights each client was last told of, and when. */
  told: Map<string, { rights: ClientRights; atMs: number }>
  onState: (change: LinkChange) => void
}

const NOTHING: ClientRights = { publish: [], subscribe: [], commands: false }
const TELL_EVERY_MS = 60_000

/** What a client may do by its account, as the file is now; undefined: there are no accounts. */
function rightsOf({ accounts }: ClientGate, { login }: Visit): ClientRights | undefined {
  if (accounts === undefined) return undefined
  return (login === undefined ? undefined : accounts.rightsOf(login)) ?? NOTHING
}

/** Lets a client in by an account of its own, which must allow its will, too; else says why not. */
export async function logIn(
  gate: ClientGate,
  visit: Visit | undefined,
  name: string,
  password: Uint8Array | undefined,
): Promise<{ reason: string; isBusy: boolean } | undefined> {
  if (visit === undefined || gate.accounts === undefined) return { reason: 'a client that has left', isBusy: true }
  const shown = await gate.accounts.login(visit.address, name, Buffer.from(password ?? []).toString())
  if ('reason' in shown) return shown
  visit.login = shown
  if (visit.will === undefined || isPublishAllowed(gate, visit, visit.will)) return undefined
  refuseByRights(gate, visit, { publish: visit.will })
  return { reason: `a will of ${name} that it may not publish`, isBusy: false }
}

/** Whether a client's account lets it publish to a topic. */
export function isPublishAllowed(gate: ClientGate, visit: Visit, topic: string): boolean {
  const rights = rightsOf(gate, visit)
  return rights === undefined || mayPublish(topic, rights, gate.accounts?.commands ?? '')
}

/** Whether a client's account lets it subscribe to a filter. */
export function isSubscribeAllowed(gate: ClientGate, visit: Visit, filter: string): boolean {
  const rights = rightsOf(gate, visit)
  return rights === undefined || maySubscribe(filter, rights, gate.accounts?.commands ?? '')
}

/**
 * Counts what a client may not do by its account. It is told once under the same rights; of a command, because somebody
 * may have given it in good faith, once a minute.
 */
export function refuseByRights(
  gate: ClientGate,
  visit: Visit,
  what: { publish: string } | { subscribe: string },
): void {
  const client = visit.login?.name ?? ''
  const count = (gate.refused.get(client) ?? 0) + 1
  gate.refused.set(client, count)
  const isCommand = 'publish' in what && what.publish === gate.accounts?.commands
  const rights = rightsOf(gate, visit) ?? NOTHING
  const key = `${client} ${isCommand}`
  const before = gate.told.get(key)
  const nowMs = performance.now()
  if (before?.rights === rights && !(isCommand && nowMs - before.atMs >= TELL_EVERY_MS)) return
  gate.told.set(key, { rights, atMs: nowMs })
  const reason = isCommand
    ? 'may not give commands'
    : 'publish' in what
      ? `may not publish to ${what.publish}`
      : `may not subscribe to ${what.subscribe}`
  gate.onState({ kind: 'rights', client, from: visit.address, count, reason, isCommand })
}

/** Ends connections whose account is gone, has another password, or may not read any more what they read. */
export function endWithoutRight(gate: ClientGate, streams: Iterable<readonly [Duplex, Visit | undefined]>): void {
  const { accounts } = gate
  if (accounts === undefined) return
  for (const [stream, visit] of streams) {
    if (visit?.login === undefined) continue
    const isThere = accounts.rightsOf(visit.login) !== undefined
    if (!isThere || ![...visit.filters].every((filter) => isSubscribeAllowed(gate, visit, filter))) stream.destroy()
  }
}
