import type { NoticeBody } from '../../rows/alarm-rows.ts'
import type { QueuedNotice, StandingAlarm } from '../../store/types.ts'
import type { Notice } from '../../rows/notice.ts'

/**
 * What became of an attempt. `delivered` with a reason: not wholly. `skipped`: the receiver does not want the notice.
 * `kept`: it is to be tried again.
 */
export type Delivery =
  | { kind: 'delivered'; reason?: string }
  | { kind: 'skipped' }
  | { kind: 'rejected'; reason: string }
  | { kind: 'kept'; reason: string; afterMs?: number | undefined }

/** A receiver of alarm notices. Its promises never reject. */
export interface Receiver {
  /** Names its place in the queue; stands in logs and metrics. */
  readonly name: string
  /** How many notices it takes at once. */
  readonly batch: number
  /** How long a notice is tried, ms. Infinity where the last notice is the state, not news. */
  readonly keepMs: number
  /** Whether a wake ends a pause after a failure: an attempt costs nothing. */
  readonly eager: boolean
  /** When it is told; absent: at any time. Its `batch` is 1. */
  readonly duty?: Duty | undefined
  /** Delivers notices in their order, with one result for all of them. The signal cuts it short: `kept`. */
  deliver(notices: readonly QueuedNotice[], signal: AbortSignal): Promise<Delivery>
  /** Sends standing alarms again, to a receiver that forgets them. */
  refresh?(standing: readonly StandingAlarm[], signal: AbortSignal): Promise<Delivery>
}

/** By the schedules of its routes, what a receiver is told when. */
export interface Duty {
  /** The alarm's transition, if the receiver asks for it at any time. */
  wanted(queued: QueuedNotice): AlarmTransition | undefined
  /** Quiet hours in which an alarm that never had a higher severity than this one has had waits. */
  isQuiet(transition: AlarmTransition, nowMs: number): boolean
  /** Whether it is this receiver's turn. Of what is over, or seen, also those hear in whose turn it stood. */
  isOnCall(transition: AlarmTransition, atMs: number): boolean
  /** Who is on call then; undefined: no route has a rota. */
  onCall(transition: AlarmTransition, atMs: number): readonly string[] | undefined
}

/** The time of day and the only way to wait: `rest` ends early at the signal and never rejects. */
export interface Clock {
  nowMs: () => number
  rest: (ms: number, signal: AbortSignal) => Promise<void>
}

/** An alarm's transition as its notice tells it, with what every receiver needs of it. */
export interface AlarmTransition extends Partial<Omit<NoticeBody, 'severity' | 'endsAtMs'>> {
  id: string
  topic: string
  site: string
  alarm: string
  source: string
  severity: string
  state: string
  message: string
  timeMs: number
  startsAtMs: number
  /** How many reminders came before; 0: it is news. */
  repeat: number
  /** Who is on call by the rotas of its routes; absent: there are none. */
  onCall?: readonly string[]
}

/** States in which an alarm is there. */
export const STANDING_STATES: ReadonlySet<string> = new Set([
  'raised',
  'chattering',
  'acked',
  'stale',
  'returned',
  'latched',
])

/** The last moment that a date can hold. */
const LAST_MS = 8.64e15

/** Reads a notice; undefined: it is not about an alarm. Those of earlier versions have fewer members. */
export function transitionOf({ id, topic, payload }: Notice): AlarmTransition | undefined {
  const written = JSON.parse(payload) as Partial<AlarmTransition>
  const { site, alarm, source, state, timeMs, startsAtMs = timeMs } = written
  if (site === undefined || alarm === undefined || source === undefined || state === undefined) return undefined
  if (!isTime(timeMs) || !isTime(startsAtMs)) return undefined
  const { severity = 'warning', message = `${alarm} ${state}`, repeat = 0 } = written
  return { ...written, id, topic, site, alarm, source, severity, state, message, timeMs, startsAtMs, repeat }
}

/**
 * The first notice's transition, if a receiver asks for it. Who was told of an alarm under one of its severities hears
 * of it under the others, too.
 */
export function wantedOf(
  { alarms, severities, routes }: Wanted,
  [queued]: readonly QueuedNotice[],
): AlarmTransition | undefined {
  const transition = queued === undefined ? undefined : transitionOf(queued.notice)
  if (transition === undefined || alarms?.includes(transition.alarm) === false) return undefined
  const had = transition.severities ?? [transition.severity]
  if (severities !== undefined && !had.some((severity) => isAskedFor(severity, severities))) return undefined
  if (routes !== undefined && !routes.some((route) => transition.routes?.includes(route))) return undefined
  return transition
}

/** What a receiver asks for; absent: all. */
export interface Wanted {
  readonly alarms?: readonly string[]
  readonly severities?: readonly string[]
  readonly routes?: readonly string[]
}

/** Up to 0.2.0 there were two severities: who names only these two means the two above, and the two below. */
function isAskedFor(severity: string, asked: readonly string[]): boolean {
  if (asked.includes(severity)) return true
  if (asked.includes('high') || asked.includes('low')) return false
  return (severity === 'high' && asked.includes('critical')) || (severity === 'low' && asked.includes('warning'))
}

/**
 * A key that is the same for each attempt at one transition. It holds the time, as an alarm may be raised twice under
 * one id when its source was silent meanwhile. Each repetition of a standing alarm has a key of its own.
 */
export function transitionKey({ id, state, timeMs, repeat }: AlarmTransition): string {
  return `${id}:${state}:${timeMs}${repeat === 0 ? '' : `:${repeat}`}`
}

function isTime(ms: number | undefined): ms is number {
  return ms !== undefined && Math.abs(ms) <= LAST_MS
}
