import { setTimeout as sleep } from 'node:timers/promises'
import type { Packet } from '../../ingest/recording.ts'
import { formatInstant } from '../../ingest/times.ts'
import { CommandFailed, FAILED } from '../ending.ts'

/** The part of a recording that is asked for, by arrival (epoch ms): from the one on, before the other. */
export interface Span {
  readonly fromMs: number
  readonly untilMs: number
}

/** Where a replay is in its span. */
export interface Progression {
  /** Arrival of the newest packet; a line that is stamped earlier than the one before counts as arriving with that. */
  nowMs: number
  /** Whether the span has begun. */
  begun: boolean
  /** Whether it has ended, before the recording has. */
  ended: boolean
}

export function createProgression(): Progression {
  return { nowMs: -Infinity, begun: false, ended: false }
}

/** Takes the next packet in. Gives whether the span ends before it. */
export function passOn(progression: Progression, { fromMs, untilMs }: Span, packet: Packet): 'end' | undefined {
  const nowMs = Math.max(progression.nowMs, packet.nowMs)
  progression.ended = nowMs >= untilMs
  if (progression.ended) return 'end'
  progression.nowMs = nowMs
  progression.begun ||= nowMs >= fromMs
  return undefined
}

/** A span without a packet is a mistake, most often one of the offset. */
export function assertBegun({ begun, ended, nowMs }: Progression, { fromMs, untilMs }: Span): void {
  if (begun || (!ended && nowMs === -Infinity)) return
  const reason =
    nowMs === -Infinity
      ? `nothing arrived before ${formatInstant(untilMs)}`
      : `nothing arrived from ${formatInstant(fromMs)} on${ended ? ' in time' : ''}: the packet before came at ${formatInstant(nowMs)}`
  throw new CommandFailed(FAILED, reason)
}

/** Times the pace of the recording; Infinity: as fast as it goes. */
export type Speed = number

/** A timer waits no longer than this at once. */
const LONGEST_SLEEP_MS = 86_400_000
/** Below this a timer costs more than it tells. */
const SHORTEST_SLEEP_MS = 5

/**
 * Lets packets pass at the pace of their arrival, times `speed`; the first one that is asked about passes at once.
 * Gives what a packet that arrived at `nowMs` has to wait for, if anything; `waiting` is called before each wait.
 */
export function createPace(
  speed: Speed,
  { waiting, signal }: { waiting: () => void; signal?: AbortSignal },
): (nowMs: number) => Promise<void> | undefined {
  if (speed === Infinity) return () => undefined
  let begin: { wallMs: number; arrivalMs: number } | undefined
  return (nowMs) => {
    begin ??= { wallMs: performance.now(), arrivalMs: nowMs }
    const dueMs = begin.wallMs + (nowMs - begin.arrivalMs) / speed
    if (dueMs - performance.now() < SHORTEST_SLEEP_MS) return undefined
    waiting()
    return sleepUntil(dueMs, signal)
  }
}

async function sleepUntil(dueMs: number, signal: AbortSignal | undefined): Promise<void> {
  for (let leftMs = dueMs - performance.now(); leftMs > 0; leftMs = dueMs - performance.now()) {
    if (signal?.aborted === true) return
    await sleep(Math.min(leftMs, LONGEST_SLEEP_MS), undefined, signal === undefined ? {} : { signal }).catch(
      onlyAborted,
    )
  }
}

function onlyAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
