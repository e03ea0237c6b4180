/**
 * Faults to plant in a recording. Each takes packets in order of arrival and gives a new list in order of arrival; the
 * same seed plants the same. They compose: `plant(packets, seed, [...])`. Payloads are text as devices send it: a bare
 * number, or JSON. Its stamps lie where `stamps` says, else in members `ts`, `time` or `timestamp` (epoch s or ms, or
 * ISO 8601). All other numbers are measurements, however deep they lie. Other payloads stay as they are.
 */
import type { SentPacket } from '../devices/packets.ts'
import { formatInstant } from '../../src/ingest/times.ts'
import { createRandom, seedFor, type Random } from '../random.ts'
import { changeText, mapLeaves, type LeafPlace } from './leaves.ts'

export type PlantedFault = (packets: readonly SentPacket[], seed: number) => SentPacket[]

/** What a stamp that is a number counts since 1970. */
export type StampUnit = 's' | 'ms' | 'us' | 'ns'

/** Which packets a fault meets: by topic, by arrival time [fromMs, toMs), and of those a share (0..1). Default: all. */
export interface Where {
  topics?: readonly string[]
  /** Of JSON, the members whose numbers change, as names or JSON Pointers; absent: all but the stamps. */
  members?: readonly string[]
  /** By topic where its stamps lie, as JSON Pointers, and what they count; a topic that is not there: see above. */
  stamps?: ReadonlyMap<string, ReadonlyMap<string, StampUnit>>
  fromMs?: number
  toMs?: number
  share?: number
}

/**
 * Plants the faults one after the other. Each has its own seed, so one more fault leaves the earlier ones unchanged.
 * `met` gets an entry for each.
 */
export function plant(
  packets: readonly SentPacket[],
  seed: number,
  faults: readonly PlantedFault[],
  met: Met[] = [],
): SentPacket[] {
  return faults.reduce<SentPacket[]>(
    (now, fault, i) => {
      const after = fault(now, seedFor(seed, `fault ${i}`))
      const [were, are] = [new Set(now), new Set(after)]
      met.push({ taken: were.difference(are).size, put: are.difference(were).size })
      return after
    },
    [...packets],
  )
}

/** What a fault has met: packets that no longer come as they were, and packets that come besides or in their place. */
export interface Met {
  readonly taken: number
  readonly put: number
}

/** Every packet met arrives later by 0..upToMs (whole ms). Its content is unchanged. */
export function disorder(upToMs: number, where: Where = {}): PlantedFault {
  return changeEach(where, (packet, random) => [{ ...packet, nowMs: packet.nowMs + random.int(0, upToMs) }])
}

/** A gateway loses its uplink: its packets of fromMs to toMs come in one burst at toMs, in their old order. */
export function lateBurst(where: Where & { fromMs: number; toMs: number }): PlantedFault {
  return changeEach(where, (packet) => [{ ...packet, nowMs: where.toMs }])
}

/** The broker is away: what was sent with QoS 0 is lost, the rest comes in one burst at toMs, in its old order. */
export function brokerCut(where: Where & { fromMs: number; toMs: number }): PlantedFault {
  return changeEach(where, (packet) => (packet.qos === 0 ? [] : [{ ...packet, nowMs: where.toMs }]))
}

/** A packet comes again, the same to the byte, 0..upToMs later (QoS 1 redelivery). */
export function duplicate(upToMs: number, where: Where = {}): PlantedFault {
  return changeEach(where, (packet, random) => [packet, { ...packet, nowMs: packet.nowMs + random.int(0, upToMs) }])
}

/** A packet comes again 0..upToMs later with the same stamp and other numbers (1 % and 1 more). */
export function conflict(upToMs: number, where: Where = {}): PlantedFault {
  return changeEach(where, (packet, random) => {
    const other = changeNumbers(where, packet, (was) => rounded(was * 1.01 + 1))
    return [packet, { ...other, nowMs: packet.nowMs + random.int(0, upToMs) }]
  })
}

/**
 * Packets that never arrive: a dead meter (a stretch and topics), a lossy link (a share) or a dead site (no topics).
 */
export function gap(where: Where): PlantedFault {
  return changeEach(where, () => [])
}

/** A source that stops for good at fromMs. */
export function silence(where: { topics?: readonly string[]; fromMs: number }): PlantedFault {
  return gap(where)
}

/** A wrong device clock: stamps are moved by byMs (negative: the clock is slow). Packets without a stamp stay. */
export function skew(byMs: number, where: Where = {}): PlantedFault {
  return changeEach(where, (packet) => [moveStamp(where, packet, byMs)])
}

/** Single packets from the future: stamps 1..aheadMs ms further ahead than `atLeastMs`. */
export function futureStamps(atLeastMs: number, aheadMs: number, where: Where): PlantedFault {
  return changeEach(where, (packet, random) => [moveStamp(where, packet, atLeastMs + random.int(1, aheadMs))])
}

/** After each packet met a reconnect: the broker hands out the last packet of every topic again, marked as retained. */
export function retainedRepeats(where: Where): PlantedFault {
  return (packets, seed) => {
    const random = createRandom(seed)
    const last = new Map<string, SentPacket>()
    const out: SentPacket[] = []
    for (const packet of packets) {
      out.push(packet)
      last.set(packet.topic, packet)
      if (!meets(packet, where, random)) continue
      for (const kept of last.values()) out.push({ ...kept, nowMs: packet.nowMs, retain: true })
    }
    return out
  }
}

/** What broken devices send instead of a reading; STAMP is replaced by the packet's own epoch milliseconds. */
export const BROKEN: readonly string[] = [
  'ERROR 17',
  '{"ts":STAMP,"value":',
  '{"ts":STAMP}',
  '{"ts":STAMP,"value":null}',
  '{"ts":STAMP,"value":true}',
  '{"ts":STAMP,"value":"n/a"}',
  '{"ts":STAMP,"value":1e400}',
  '{"ts":"yesterday","value":1}',
  '{"ts":0,"value":1}',
]

/** The packet arrives with a payload of `BROKEN` instead of its own. */
export function badPayloads(where: Where): PlantedFault {
  return changeEach(where, (packet, random) => {
    return [{ ...packet, payload: random.pick(BROKEN).replace('STAMP', String(packet.nowMs)) }]
  })
}

/** A copy of the packet comes at once under a topic that nobody configured. */
export function strayTopics(where: Where): PlantedFault {
  return changeEach(where, (packet) => [packet, { ...packet, topic: `${packet.topic}/stray` }])
}

/** Each topic repeats the numbers of its first packet met; stamps go on. */
export function stuck(where: Where): PlantedFault {
  return (packets, seed) => {
    const frozen = new Map<string, number>()
    return changeEach(where, (packet) => [
      changeNumbers(where, packet, (was, name) => {
        const key = `${packet.topic} ${name}`
        const first = frozen.get(key) ?? was
        frozen.set(key, first)
        return first
      }),
    ])(packets, seed)
  }
}

/** The device was set to another unit: numbers are `times` what they were (W told as kW: 1000). */
export function unitSlip(where: Where, times = 1000): PlantedFault {
  return changeEach(where, (packet) => [changeNumbers(where, packet, (was) => was * times)])
}

/** Single readings that are `times` what they were: electric noise, a digit misread. */
export function spike(times: number, where: Where): PlantedFault {
  return changeEach(where, (packet) => [changeNumbers(where, packet, (was) => rounded(was * times))])
}

/** A running count that comes out a few digits (1 to `upTo` of size `digit`) too low now and then, but not below 0. */
export function jitter(digit: number, upTo: number, where: Where): PlantedFault {
  return changeEach(where, (packet, random) => [
    changeNumbers(where, packet, (was) => Math.max(0, rounded(was - digit * random.int(1, upTo)))),
  ])
}

/**
 * A counter begins anew, or another meter takes its place. From the first packet met of each topic it counts up from
 * `opening`; it wraps at `modulus` as the old one did.
 */
export function restart(opening: number, where: Where, modulus = Infinity): PlantedFault {
  return (packets, seed) => {
    const first = new Map<string, number>()
    return changeEach(where, (packet) => [
      changeNumbers(where, packet, (was, name) => {
        const key = `${packet.topic} ${name}`
        const from = first.get(key) ?? was
        first.set(key, from)
        const counted = was < from && Number.isFinite(modulus) ? was - from + modulus : was - from
        return Math.max(0, rounded((opening + counted) % modulus))
      }),
    ])(packets, seed)
  }
}

/** A current transformer mounted backwards: numbers change their sign. */
export function reversed(where: Where): PlantedFault {
  return changeEach(where, (packet) => [changeNumbers(where, packet, (was) => -was)])
}

/** A counter that shows zero for a while and then its old count again: a meter that restarts its display. */
export function zeroed(where: Where): PlantedFault {
  return changeEach(where, (packet) => [changeNumbers(where, packet, () => 0)])
}

/** New firmware gives the members other names: `kw` becomes `kw_v2`. A bare number becomes text with a unit. */
export function renamed(where: Where): PlantedFault {
  return changeEach(where, (packet) => [
    changeText(packet, (content) => {
      if (typeof content === 'number') return `${content} units`
      return mapLeaves(content, (place) => (isMet(where, packet, place) ? { name: `${place.name}_v2` } : {}))
    }),
  ])
}

/** Applies a change to the packets met and sorts all by arrival again; packets of one time keep their order. */
function changeEach(where: Where, change: (packet: SentPacket, random: Random) => SentPacket[]): PlantedFault {
  return (packets, seed) => {
    const random = createRandom(seed)
    const out = packets.flatMap((packet) => (meets(packet, where, random) ? change(packet, random) : [packet]))
    return out.sort((a, b) => a.nowMs - b.nowMs)
  }
}

function meets(packet: SentPacket, where: Where, random: Random): boolean {
  if (where.topics !== undefined && !where.topics.includes(packet.topic)) return false
  if (packet.nowMs < (where.fromMs ?? -Infinity) || packet.nowMs >= (where.toMs ?? Infinity)) return false
  return where.share === undefined || random.chance(where.share)
}

const STAMPS = ['ts', 'time', 'timestamp']

/** Rounded to 3 decimals, as meters print it. */
function rounded(number: number): number {
  return Math.round(number * 1000) / 1000
}

/** `name` is the pointer to the member; a bare number has none. */
function changeNumbers(where: Where, packet: SentPacket, change: (was: number, name: string) => number): SentPacket {
  return changeText(packet, (content) => {
    if (typeof content === 'number') return change(content, '')
    return mapLeaves(content, (place) =>
      typeof place.leaf === 'number' && isMet(where, packet, place) ? { leaf: change(place.leaf, place.at) } : {},
    )
  })
}

function moveStamp(where: Where, packet: SentPacket, byMs: number): SentPacket {
  return changeText(packet, (content) =>
    mapLeaves(content, (place) =>
      isStamp(where, packet, place)
        ? { leaf: moved(place.leaf, byMs, where.stamps?.get(packet.topic)?.get(place.at)) }
        : {},
    ),
  )
}

function isMet(where: Where, packet: SentPacket, place: LeafPlace): boolean {
  return where.members?.some((it) => it === place.name || it === place.at) ?? !isStamp(where, packet, place)
}

function isStamp({ stamps }: Where, { topic }: SentPacket, { name, at }: LeafPlace): boolean {
  return stamps?.get(topic)?.has(at) ?? STAMPS.includes(name)
}

/** Without a unit, a number below 1e11 is epoch seconds (until the year 5138), else milliseconds. */
function moved(stamp: unknown, byMs: number, unit: StampUnit | undefined): unknown {
  if (typeof stamp === 'number') {
    const counts = unit ?? (Math.abs(stamp) < 1e11 ? 's' : 'ms')
    return counts === 's' ? stamp + byMs / 1000 : stamp + byMs * PER_MS[counts]
  }
  if (typeof stamp !== 'string') return stamp
  const isLocal = LOCAL.test(stamp)
  const ms = Date.parse(isLocal ? `${stamp}Z` : stamp)
  if (Number.isNaN(ms)) return stamp
  return isLocal ? formatInstant(ms + byMs).slice(0, stamp.length) : formatInstant(ms + byMs)
}

/** A time without its offset: of whose clocks only the site's configuration knows. */
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/

const PER_MS = { ms: 1, us: 1e3, ns: 1e6 } as const
