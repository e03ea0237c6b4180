import assert from 'node:assert/strict'
import { ACCEPTED, COMMAND, DUPLICATE, IGNORED, OUTCOMES, RETAINED, UNSELECTED } from '../core/contract/outcome.ts'
import type { Payload } from '../ingest/root.ts'
import { isSparkplug } from '../ingest/sparkplug/topics.ts'
import type { Packet } from '../ingest/recording.ts'
import type { NewRefusals, RefusalCount, RefusedPacket } from '../store/types.ts'

/** Refusals of one outcome and topic since the last commit; in `changed` if there are any. */
interface Kind extends RefusalCount {
  /** Number and arrival of the newest packet that was kept as an example; what is kept of it, until it is taken. */
  packet: number
  keptMs: number
  kept: { points: string[] } | undefined
}

/**
 * Counts refused readings by outcome and topic, and keeps some of their packets for the next commit: of each kind the
 * first, then one a minute. So a flood costs a look-up for each reading and one row of the store for each commit.
 */
export interface Refusals {
  readonly kinds: readonly Map<string, Kind>[]
  known: number
  /** When to look for kinds that have ended, if there are too many. Arrival time. */
  sweepMs: number
  changed: Kind[]
  packets: RefusedPacket[]
}

/**
 * What is no reading, or none that is missed: nobody looks for the reason. Of Sparkplug nodes nor what is not selected:
 * they are heard as a whole.
 */
const EXPECTED: ReadonlySet<number> = new Set([ACCEPTED, DUPLICATE, RETAINED, COMMAND, IGNORED])

const KEEP_EVERY_MS = 60_000
const KEPT_AT_ONCE = 100
const KEPT_BYTES = 1_024
const POINTS_NAMED = 16
const TOPIC_LENGTH = 256
/** Topics come from outside: beyond so many kinds their refusals are counted together, under topic ''. */
const KINDS = 1_000
const ENDED_MS = 3_600_000
const SWEEP_MS = 60_000

export function createRefusals(): Refusals {
  const kinds = OUTCOMES.map(() => new Map<string, Kind>())
  return { kinds, known: 0, sweepMs: -Infinity, changed: [], packets: [] }
}

/** Notes one refused reading; `number` tells packets apart, `point` is absent where the topic is nobody's. */
export function noteRefusal(
  refusals: Refusals,
  outcome: number,
  packet: Packet,
  number: number,
  point: string | undefined,
): void {
  if (EXPECTED.has(outcome) || (outcome === UNSELECTED && isSparkplug(packet.topic))) return
  const { nowMs } = packet
  const kind = kindOf(refusals, outcome, packet)
  if (kind.readings === 0) {
    kind.firstMs = nowMs
    refusals.changed.push(kind)
  }
  kind.readings++
  kind.lastMs = nowMs
  if (kind.packet === number) return namePoint(kind, point)
  if (Math.abs(nowMs - kind.keptMs) < KEEP_EVERY_MS || refusals.packets.length >= KEPT_AT_ONCE) return
  const kept = keptPart(kind.outcome, packet)
  refusals.packets.push(kept)
  Object.assign(kind, { packet: number, keptMs: nowMs, kept })
  namePoint(kind, point)
}

/** Takes what the next commit is to hold; undefined: nothing was refused. */
export function takeRefusals(refusals: Refusals): NewRefusals | undefined {
  const { changed, packets } = refusals
  if (changed.length === 0) return undefined
  const counts = changed.map(({ outcome, topic, readings, firstMs, lastMs }) => {
    return { outcome, topic, readings, firstMs, lastMs }
  })
  for (const kind of changed) Object.assign(kind, { readings: 0, kept: undefined })
  refusals.changed = []
  refusals.packets = []
  return { counts, packets }
}

function kindOf(refusals: Refusals, outcome: number, { topic, nowMs }: Packet): Kind {
  const ofOutcome = refusals.kinds[outcome]
  const key = topic.length > TOPIC_LENGTH ? topic.slice(0, TOPIC_LENGTH) : topic
  const known = ofOutcome?.get(key)
  if (known !== undefined) return known
  const word = OUTCOMES[outcome]
  assert(ofOutcome !== undefined && word !== undefined, 'each outcome has a word')
  if (refusals.known >= KINDS) sweep(refusals, nowMs)
  const name = refusals.known >= KINDS ? '' : key
  const kind = ofOutcome.get(name) ?? {
    outcome: word,
    topic: name,
    readings: 0,
    firstMs: nowMs,
    lastMs: nowMs,
    packet: NaN,
    keptMs: -Infinity,
    kept: undefined,
  }
  if (!ofOutcome.has(name)) refusals.known++
  ofOutcome.set(name, kind)
  return kind
}

/** Forgets kinds of which nothing came for an hour; their counts are in the store. */
function sweep(refusals: Refusals, nowMs: number): void {
  if (Math.abs(nowMs - refusals.sweepMs) < SWEEP_MS) return
  refusals.sweepMs = nowMs
  for (const ofOutcome of refusals.kinds) {
    for (const [topic, { lastMs, readings }] of ofOutcome) {
      if (readings === 0 && lastMs < nowMs - ENDED_MS && ofOutcome.delete(topic)) refusals.known--
    }
  }
}

function keptPart(outcome: string, { topic, nowMs, payload }: Packet): RefusedPacket & { points: string[] } {
  const bytes = bytesOf(payload)
  return {
    outcome,
    topic: topic.slice(0, TOPIC_LENGTH),
    nowMs,
    points: [],
    payload: Uint8Array.from(bytes.subarray(0, KEPT_BYTES)),
    bytes: bytes.length,
  }
}

function bytesOf(payload: Payload): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
}

function namePoint({ kept }: Kind, point: string | undefined): void {
  if (point === undefined || kept === undefined) return
  if (kept.points.length < POINTS_NAMED && !kept.points.includes(point)) kept.points.push(point)
}
