import type { Site } from './site.ts'
import type { Notice, QueuedNotice, StandingAlarm } from './store/types.ts'

/** What became of an attempt. `skipped`: the receiver does not want it. `kept`: to be tried again. */
export type Verdict =
  | { kind: 'delivered' }
  | { kind: 'skipped' }
  | { kind: 'rejected'; reason: string }
  | { kind: 'kept'; reason: string; afterMs?: number | undefined }

/** One who is told of alarms. Its promises never reject. */
export interface Receiver {
  /** Of its place in the queue, in logs and metrics. */
  readonly name: string
  /** How many notices it takes at once. */
  readonly batch: number
  /** How long a notice is tried, ms. Infinity where the last one is the state, not news. */
  readonly keepMs: number
  /** Whether a wake ends a pause after a failure: an attempt costs nothing. */
  readonly eager: boolean
  /** Notices in their order; one verdict for all of them. The signal cuts it short: `kept`. */
  deliver(notices: readonly QueuedNotice[], signal: AbortSignal): Promise<Verdict>
  /** Says again what stands, for one who forgets. */
  refresh?(standing: readonly StandingAlarm[], signal: AbortSignal): Promise<Verdict>
}

/** The time of day and the only way to wait: `rest` ends early at the signal and never rejects. */
export interface Clock {
  nowMs: () => number
  rest: (ms: number, signal: AbortSignal) => Promise<void>
}

/** An alarm's transition as its notice tells it. */
export interface Told {
  id: string
  site: string
  alarm: string
  source: string
  hall: string | undefined
  severity: string
  state: string
  message: string
  value: number | undefined
  limit: number | undefined
  /** When it was raised, and when this was. Epoch ms. */
  sinceMs: number
  timeMs: number
  /** How often it was told before; 0: it is news. */
  repeat: number
}

/** States in which an alarm is there. */
export const STANDING_STATES: ReadonlySet<string> = new Set(['raised', 'acked', 'stale', 'latched'])

/** The last moment that a date can say. */
const LAST_MS = 8.64e15

/** Reads a notice; undefined if it is none of an alarm. */
export function toldOf({ id, payload }: Notice, site: Site, halls = hallsOf(site)): Told | undefined {
  const members = JSON.parse(payload) as Record<string, unknown>
  const { alarm, source, state, timeMs } = members
  if (typeof alarm !== 'string' || typeof source !== 'string') return undefined
  if (typeof state !== 'string' || typeof timeMs !== 'number' || !(Math.abs(timeMs) <= LAST_MS)) return undefined
  const word = (name: string): string | undefined => (typeof members[name] === 'string' ? members[name] : undefined)
  const number = (name: string): number | undefined => (typeof members[name] === 'number' ? members[name] : undefined)
  return {
    id,
    site: site.config.site.id,
    alarm,
    source,
    hall: word('hall') ?? halls.get(source),
    severity: word('severity') ?? 'warning',
    state,
    message: word('message') ?? `${alarm} ${state}`,
    value: number('value'),
    limit: number('limit'),
    sinceMs: Math.min(raisedMs(id) ?? timeMs, timeMs),
    timeMs,
    repeat: number('repeat') ?? 0,
  }
}

/** The hall of each inlet and of the points that it has. */
export function hallsOf({ config }: Site): ReadonlyMap<string, string> {
  const halls = new Map<string, string>()
  for (const [name, { hall, dryBulb, humidity, dewPoint }] of Object.entries(config.inlets)) {
    for (const source of [dryBulb, humidity, dewPoint, name]) if (source !== undefined) halls.set(source, hall)
  }
  return halls
}

/** An alarm's id ends with the moment at which it was raised (store/rows.ts). */
function raisedMs(id: string): number | undefined {
  const written = /:(\d{1,15})$/.exec(id)?.[1]
  return written === undefined ? undefined : Number(written)
}
