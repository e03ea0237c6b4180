import type { NoticeBody } from '../../rows/alarm-rows.ts'
import type { QueuedNotice, StandingAlarm } from '../../store/types.ts'
import type { Notice } from '../../rows/notice.ts'

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

/** An alarm's transition as its notice tells it, with what every receiver needs of it. */
export interface Told extends Partial<Omit<NoticeBody, 'severity' | 'endsAtMs'>> {
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
  /** How often it was told before; 0: it is news. */
  repeat: number
}

/** States in which an alarm is there. */
export const STANDING_STATES: ReadonlySet<string> = new Set(['raised', 'acked', 'stale', 'latched'])

/** The last moment that a date can say. */
const LAST_MS = 8.64e15

/** Reads a notice; undefined if it is none of an alarm. One of an earlier version says less. */
export function toldOf({ id, topic, payload }: Notice): Told | undefined {
  const told = JSON.parse(payload) as Partial<Told>
  const { site, alarm, source, state, timeMs, startsAtMs = timeMs } = told
  if (site === undefined || alarm === undefined || source === undefined || state === undefined) return undefined
  if (!isTime(timeMs) || !isTime(startsAtMs)) return undefined
  const { severity = 'warning', message = `${alarm} ${state}`, repeat = 0 } = told
  return { ...told, id, topic, site, alarm, source, severity, state, message, timeMs, startsAtMs, repeat }
}

function isTime(ms: number | undefined): ms is number {
  return ms !== undefined && Math.abs(ms) <= LAST_MS
}
