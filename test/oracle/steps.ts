import type { Packet } from '../../src/ingest/recording.ts'
import { forgetArrivals, pass, type Lateness } from './lateness.ts'
import type { Scenario } from './types.ts'

/** The host's clock is wrong by `byMs` for a while: it was set so, and is set right again. By arrival, epoch ms. */
export interface WrongClock {
  fromMs: number
  toMs: number
  byMs: number
}

/** For so long a clock is wrong before it is followed. */
const FOLLOWED_MS = 61_000

/** The topic of what the daemon writes of itself into its journal. */
export const STEP_TOPIC = ''

/** Packets in order of arrival as a daemon journals them while its clock is wrong, with the two entries that say so. */
export function underWrongClock(packets: readonly Packet[], { fromMs, toMs, byMs }: WrongClock): Packet[] {
  const before = packets.filter(({ nowMs }) => nowMs < fromMs)
  const during = packets.filter(({ nowMs }) => nowMs >= fromMs && nowMs < toMs)
  const behind = packets.filter(({ nowMs }) => nowMs >= toMs)
  const wrong = during.map((packet) => ({ ...packet, nowMs: packet.nowMs + byMs }))
  return [...before, stepAt(fromMs + byMs, 0, byMs), ...wrong, stepAt(toMs, byMs, 0), ...behind]
}

function stepAt(nowMs: number, fromMs: number, toMs: number): Packet {
  const step = { fromMs, toMs, lastedMs: FOLLOWED_MS }
  return { nowMs, topic: STEP_TOPIC, payload: new TextEncoder().encode(JSON.stringify({ step })), retain: false }
}

/** When each point was last heard, and which topics have sent a stamp since the clock was set. */
export interface Heard {
  readonly pointMs: Map<string, number>
  readonly stamped: Set<string>
}

export function createHeard(): Heard {
  return { pointMs: new Map(), stamped: new Set() }
}

/**
 * Arrival time goes on from a step: all that waits by it is moved along, event times stay. Gives the points whose
 * readings the clock stamped while it was wrong, with the time up to when.
 */
export function takeStep(state: Lateness, heard: Heard, scenario: Scenario, { nowMs, payload }: Packet): string[] {
  if (!(payload instanceof Uint8Array)) throw new Error('an entry of the daemon is bytes')
  const { step } = JSON.parse(new TextDecoder().decode(payload)) as { step: { fromMs: number; toMs: number } }
  const byMs = step.toMs - step.fromMs
  const beforeMs = Math.max(state.nowMs, nowMs - byMs)
  pass(state, scenario, beforeMs)
  forgetArrivals(state, scenario, nowMs - beforeMs, nowMs)
  const flagged = scenario.points
    .filter(({ name, topic }) => {
      return (heard.pointMs.get(name) ?? -Infinity) > beforeMs - FOLLOWED_MS && !heard.stamped.has(topic)
    })
    .map(({ name }) => `${name} ${new Date(beforeMs).toISOString()}`)
  for (const [name, tMs] of heard.pointMs) heard.pointMs.set(name, tMs + nowMs - beforeMs)
  heard.stamped.clear()
  return flagged
}
