import { OWN_ALARMS, type OwnAlarm } from '../core/contract/alarm-kinds.ts'
import { rootOf, type Payload } from './root.ts'

/**
 * What the daemon writes into its journal about itself. In a recording it is a line of its own form, which no broker's
 * packet has:
 *
 *     {"tst":"2026-03-02T10:00:00.000000Z+0000","coldaisle":{"start":{"offsetMs":1772445590000}}}
 *
 * In the journal its topic is empty, and a packet without a topic is never taken over from a broker.
 */
export type OwnEntry = StartEntry | StepEntry | OwnConditionEntry | OrderEntry | ConfigurationEntry

/**
 * The daemon started: nobody listened since the entry before. `offsetMs` is arrival time less monotonic time, up to the
 * next `start` or `step`; releases up to 0.2.0 did not write it.
 */
interface StartEntry {
  start: { offsetMs?: number }
}

/**
 * The host's clock was set. From this entry on arrival time is monotonic time plus `toMs`; before, plus `fromMs`. For
 * `lastedMs` the two had differed; releases up to 0.2.0 did not write it.
 */
interface StepEntry {
  step: { fromMs: number; toMs: number; lastedMs?: number }
}

/**
 * A condition of the daemon itself begins, has another value, or ends. `value` and `limit` are in the unit of the
 * alarm's messages; absent: none.
 */
interface OwnConditionEntry {
  own: { alarm: OwnAlarm; breached: boolean; value?: number; limit?: number }
}

/**
 * An order that came in where the daemon knows from whom: on the page, or from a client of the embedded broker that has
 * an account. `payload` is the command (command.ts); `account` gave it, from the address `from`.
 */
export interface OrderEntry {
  order: { payload: string; account: string; from: string }
}

/**
 * A configuration was loaded, by a start or a reload: what follows is folded by it. `of` are its sections that decide
 * what is made of readings, as they were checked; `packed` are the same, deflated, in base64. One that is too large
 * for a line has neither, and is known by its digest alone.
 */
interface ConfigurationEntry {
  configuration: { digest: string; of?: object; packed?: string }
}

/** The topic of own entries and of ticks. MQTT allows no empty topic. */
export const OWN_TOPIC = ''

/** The payload of an own entry. An entry with that topic and no payload is a tick. */
export function ownPayload(entry: OwnEntry): Uint8Array {
  return Buffer.from(JSON.stringify(entry))
}

/** Reads the payload of an own entry; undefined: it is none that this release knows. */
export function readOwnEntry(payload: Payload): OwnEntry | undefined {
  const { start, step, own, order, configuration } = membersOf(rootOf(payload))
  if (start !== undefined) {
    const { offsetMs } = membersOf(start)
    return { start: typeof offsetMs === 'number' ? { offsetMs } : {} }
  }
  if (step !== undefined) {
    const { fromMs, toMs, lastedMs } = membersOf(step)
    if (typeof fromMs !== 'number' || typeof toMs !== 'number') return undefined
    return { step: { fromMs, toMs, ...(typeof lastedMs === 'number' ? { lastedMs } : {}) } }
  }
  if (order !== undefined) {
    const { payload: command, account, from } = membersOf(order)
    if (typeof command !== 'string' || typeof account !== 'string' || typeof from !== 'string') return undefined
    return { order: { payload: command, account, from } }
  }
  if (configuration !== undefined) return readConfiguration(membersOf(configuration))
  const { alarm, breached, value, limit } = membersOf(own)
  if (!isOwnAlarm(alarm) || typeof breached !== 'boolean') return undefined
  const numbers = { ...(typeof value === 'number' ? { value } : {}), ...(typeof limit === 'number' ? { limit } : {}) }
  return { own: { alarm, breached, ...numbers } }
}

function readConfiguration({ digest, of, packed }: Record<string, unknown>): ConfigurationEntry | undefined {
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) return undefined
  if (of !== undefined) return typeof of === 'object' && of !== null ? { configuration: { digest, of } } : undefined
  if (packed !== undefined) return typeof packed === 'string' ? { configuration: { digest, packed } } : undefined
  return { configuration: { digest } }
}

/** Whether an entry of the journal is the start of a daemon, in this form. */
export function isOwnStart(entry: Journalled): boolean {
  return saysOf(entry, 'start')
}

/** Whether an entry of the journal says that the host's clock was set: only behind it may arrival times be lower. */
export function isOwnStep(entry: Journalled): boolean {
  return saysOf(entry, 'step')
}

interface Journalled {
  topic: string
  payload: Uint8Array
}

function saysOf({ topic, payload }: Journalled, member: 'start' | 'step'): boolean {
  if (topic !== OWN_TOPIC || payload.length === 0) return false
  const entry = readOwnEntry(payload)
  return entry !== undefined && member in entry
}

/**
 * The own entry that releases up to 0.2.0 wrote as a command on the command topic, where a broker's packet could say
 * the same. It is looked for only in what such a release has journalled.
 */
export function readOldOwnEntry(payload: Payload): OwnEntry | undefined {
  const { command, alarm, breached } = membersOf(rootOf(payload))
  if (command === 'listen') return { start: {} }
  const isOld = command === 'own' && (alarm === 'journal' || alarm === 'outbox')
  return isOld ? { own: { alarm, breached: breached === true } } : undefined
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function isOwnAlarm(raw: unknown): raw is OwnAlarm {
  return OWN_ALARMS.some((it) => it === raw)
}
