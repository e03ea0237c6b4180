import type { Packet } from '../../src/ingest/recording.ts'
import { createLateness, isTooLate, noteTaken, pass, type Lateness } from './lateness.ts'
import { createHeard, STEP_TOPIC, takeStep } from './steps.ts'
import type { Scenario, ScenarioPoint } from './types.ts'

/** A reading that went in: event time, and W, J or °C. */
export interface Sample {
  tMs: number
  value: number
}

interface Read extends Sample {
  isStamped: boolean
}

export interface Folded {
  /** By point name, sorted by event time. A point without accepted readings has an empty list. */
  samples: Map<string, Sample[]>
  outcomes: Record<string, number>
  /** Event time of the newest accepted reading of any point; -Infinity when there is none. */
  newestMs: number
  /** Points whose readings a wrong clock stamped, each with the time up to when it did. */
  clocked: string[]
  /** Whether the clock was set. */
  isStepped: boolean
}

/** Outcomes of readings that came, whether or not sums take them. */
const HEARD = new Set(['accepted', 'duplicate', 'conflict', 'too_late'])

/** Reads the packets one by one in the order of the recording and counts what became of every reading. */
export function fold(scenario: Scenario, packets: readonly Packet[]): Folded {
  const outcomes: Record<string, number> = {}
  const byStamp = new Map(scenario.points.map((point) => [point.name, new Map<number, number>()]))
  const lateness = createLateness(scenario)
  const count = (outcome: string) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  const heard = createHeard()
  const clocked: string[] = []
  for (const packet of packets) {
    if (packet.topic === STEP_TOPIC) {
      clocked.push(...takeStep(lateness, heard, scenario, packet))
      continue
    }
    pass(lateness, scenario, packet.nowMs)
    const { nowMs } = lateness
    const points = scenario.points.filter((point) => point.topic === packet.topic)
    if (points.length === 0) count('unknown_topic')
    for (const point of points) {
      const read = readPayload(point, packet, nowMs)
      if (typeof read === 'string') {
        count(read)
        continue
      }
      if (read.isStamped) heard.stamped.add(point.topic)
      const taken = byStamp.get(point.name) ?? new Map<number, number>()
      const outcome = judge(scenario, point, read, taken, lateness)
      count(outcome)
      if (HEARD.has(outcome)) heard.pointMs.set(point.name, nowMs)
      if (outcome !== 'accepted') continue
      taken.set(read.tMs, read.value)
      noteTaken(lateness, scenario, point, read.tMs, read.isStamped)
    }
  }
  const samples = new Map<string, Sample[]>()
  for (const [name, taken] of byStamp) {
    const list = Array.from(taken, ([tMs, value]) => ({ tMs, value }))
    samples.set(
      name,
      list.sort((a, b) => a.tMs - b.tMs),
    )
  }
  return {
    samples,
    outcomes,
    newestMs: lateness.newestMs,
    clocked,
    isStepped: packets.some(({ topic }) => topic === STEP_TOPIC),
  }
}

function judge(
  scenario: Scenario,
  point: ScenarioPoint,
  read: Sample,
  taken: Map<number, number>,
  lateness: Lateness,
): string {
  if (!Number.isFinite(read.value)) return 'non_finite'
  const inUnit = read.value / SCALE[point.unit]
  if (inUnit < (point.min ?? -Infinity) || inUnit > (point.max ?? Infinity)) return 'out_of_range'
  if (Math.abs(read.value) > largest(point) || passesRating(point, read.value)) return 'out_of_range'
  if (point.kind !== 'gauge' && read.value < 0) return 'negative'
  if (read.tMs > lateness.nowMs + scenario.skewMs) return 'future'
  if (isTooLate(lateness, scenario, point, read.tMs)) return 'too_late'
  const twin = taken.get(read.tMs)
  if (twin !== undefined) return twin === read.value ? 'duplicate' : 'conflict'
  return 'accepted'
}

/** The largest reading that can mean anything: 1 GW, what 1 GW brings in an interval, 2^53 J on a register. */
function largest(point: ScenarioPoint): number {
  if (point.kind === 'register') return 2 ** 53 - 1
  return point.kind === 'energy' ? (1e9 * point.everyMs) / 1000 : 1e9
}

/** A power above 1.25 times the rated one cannot be. An energy is that of one period. */
function passesRating({ kind, maxKw, everyMs }: ScenarioPoint, value: number): boolean {
  if (maxKw === undefined || kind === 'register' || kind === 'gauge') return false
  const watts = kind === 'energy' ? (value * 1000) / everyMs : value
  return Math.abs(watts) > 1250 * maxKw
}

export const SCALE = { W: 1, kW: 1000, J: 1, Wh: 3600, kWh: 3_600_000, '°C': 1, L: 1000, 'm³': 1_000_000, 'g/kWh': 1 }

/** A reading in base units, or the outcome of one that could not be read. Knows text payloads of one reading, no more. */
function readPayload(point: ScenarioPoint, packet: Packet, nowMs: number): Read | string {
  if (typeof packet.payload !== 'string') throw new Error('the oracle reads text payloads only')
  if (packet.payload.length > 64 * 1024) return 'oversize'
  let content: unknown
  try {
    content = JSON.parse(packet.payload)
  } catch {
    return 'bad_payload'
  }
  if (typeof content === 'number' && point.member === undefined) {
    if (packet.retain) return 'retained'
    return { tMs: nowMs, value: content * SCALE[point.unit], isStamped: false }
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return 'bad_payload'
  const members = new Map(Object.entries(content))
  const told: unknown = members.get(point.member ?? 'value')
  if (told === undefined || told === null) return 'no_value'
  if (typeof told !== 'number') return 'bad_payload'
  const stamp: unknown = members.get('ts')
  if (stamp === undefined && packet.retain) return 'retained'
  const tMs = stamp === undefined ? nowMs : stampMs(stamp)
  return Number.isNaN(tMs) ? 'bad_time' : { tMs, value: told * SCALE[point.unit], isStamped: stamp !== undefined }
}

/** Epoch seconds or milliseconds from 1990 on, or ISO 8601 in UTC. */
function stampMs(stamp: unknown): number {
  if (typeof stamp === 'string') return /^\d{4}-\d\d-\d\dT.*Z$/.test(stamp) ? Date.parse(stamp) : NaN
  if (typeof stamp !== 'number') return NaN
  const tMs = stamp < 1e11 ? stamp * 1000 : stamp
  return tMs >= Date.UTC(1990, 0) ? tMs : NaN
}
