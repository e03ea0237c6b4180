import * as faults from '../../simulators/faults/faults.ts'
import { createRandom, type Random } from '../../simulators/random.ts'
import type { Packet } from '../../src/ingest/recording.ts'
import type { Source } from './sources.ts'

export type Trouble = readonly [name: string, fault: faults.PlantedFault]

export interface Span {
  fromMs: number
  toMs: number
}

/** They change or take away what is sent, and leave arrivals alone. */
const ORDERLY = [
  'gap',
  'gap of all',
  'loss',
  'stuck',
  'unit slip',
  'reset',
  'swap',
  'jitter',
  'spikes',
  'register gap',
  'zeros',
  'young counts',
  'stale counts',
]

/**
 * What backlogs are not planted beside. A gap beside a register's fall is open only as long as all readings since then
 * are held (D116). What a clock ahead stamped is refused, so its backlog may be the first that is heard of a point: then
 * nothing is emitted for the silence before.
 */
const APART = [
  'reset',
  'swap',
  'jitter',
  'spikes',
  'zeros',
  'young counts',
  'stale counts',
  'unit slip',
  'conflicts',
  'skew',
]

/** `least` to `most` of the troubles there are (`orderly`: that leave arrivals alone), in an order by chance. */
export function createTroubles(
  random: Random,
  sources: readonly Source[],
  span: Span,
  least: number,
  most: number,
  orderly: boolean,
): Trouble[] {
  const any = [...troublesOfAny(random, sources, span), ...troublesOfRegisters(random, sources, span)]
  const all = orderly ? any.filter(([name]) => ORDERLY.includes(name)) : any
  const chosen = random.shuffle(all).slice(0, random.int(least, most))
  const isApart = chosen.some(([name]) => APART.includes(name))
  return chosen.filter(([name]) => !isApart || !name.startsWith('stored'))
}

function troublesOfAny(random: Random, sources: readonly Source[], { fromMs, toMs }: Span): Trouble[] {
  const topics = () => [random.pick(sources).point.topic]
  const stretch = stretchIn(random, { fromMs, toMs })
  return [
    ['disorder', faults.disorder(random.pick([20_000, 120_000, 600_000]), { share: random.pick([0.05, 0.5, 1]) })],
    ['late burst', faults.lateBurst({ topics: topics(), ...stretch(300_000, 4_200_000) })],
    ['burst of all', faults.lateBurst(stretch(300_000, 7_200_000))],
    ['stored rising', storedBetween('rising', topics(), stretch(900_000, 7_200_000))],
    ['stored falling', storedBetween('falling', topics(), stretch(900_000, 7_200_000))],
    ['stored shuffled', storedBetween('shuffled', topics(), stretch(900_000, 7_200_000))],
    ['stored by all', storedBetween('falling', undefined, stretch(900_000, 5_400_000))],
    ['duplicates', faults.duplicate(random.pick([0, 5000, 1_200_000]), { share: 0.05 })],
    ['conflicts', faults.conflict(60_000, { share: 0.02 })],
    ['gap', faults.gap({ topics: topics(), ...stretch(60_000, 2_400_000) })],
    ['gap of all', faults.gap(stretch(60_000, 3_600_000))],
    ['loss', faults.gap({ topics: topics(), share: random.pick([0.1, 0.7]) })],
    ['skew', faults.skew(random.pick([-3_600_000, -120_000, -7000, 40_000, 90_000]), { topics: topics() })],
    ['future', faults.futureStamps(62_000, 86_400_000, { share: 0.02 })],
    ['retained', faults.retainedRepeats({ share: random.pick([0.002, 0.01]) })],
    ['bad payloads', faults.badPayloads({ share: 0.02 })],
    ['strays', faults.strayTopics({ share: 0.01 })],
    ['stuck', faults.stuck({ topics: topics(), ...stretch(600_000, 3_600_000) })],
    ['unit slip', faults.unitSlip({ topics: topics(), ...stretch(60_000, 1_800_000) })],
    ['reversed', faults.reversed({ topics: topics(), ...stretch(60_000, 1_800_000) })],
    ['silence', faults.silence({ topics: topics(), fromMs: stretch(0, 0).fromMs })],
  ]
}

/** Shuffled, all of them come within so long: the last of a small gap may come last of all. */
const SHUFFLED_MS = 240_000

/**
 * Packets of a stretch are stored and come behind it in some order, between those that are live: a third of the stretch
 * later at the latest.
 */
export function storedBetween(
  order: 'rising' | 'falling' | 'shuffled',
  topics: readonly string[] | undefined,
  { fromMs, toMs }: Span,
): faults.PlantedFault {
  return (packets, seed) => {
    const random = createRandom(seed)
    const laterMs = {
      rising: (nowMs: number) => Math.round((nowMs - fromMs) / 3),
      falling: (nowMs: number) => Math.round((toMs - nowMs) / 3),
      shuffled: () => random.int(0, SHUFFLED_MS),
    }[order]
    const isMet = ({ topic, nowMs }: Packet) => nowMs >= fromMs && nowMs < toMs && topics?.includes(topic) !== false
    const out = packets.map((packet) => (isMet(packet) ? { ...packet, nowMs: toMs + laterMs(packet.nowMs) } : packet))
    return out.sort((a, b) => a.nowMs - b.nowMs)
  }
}

/** Troubles of one of the registers; none where there is none. */
function troublesOfRegisters(random: Random, sources: readonly Source[], span: Span): Trouble[] {
  const registers = sources.filter(({ counter }) => counter !== undefined)
  if (registers.length === 0) return []
  const one = () => random.pick(registers)
  const stretch = stretchIn(random, span)
  const { point } = one()
  const topics = [point.topic]
  const modulus = point.modulusJ === undefined ? Infinity : point.modulusJ / (point.unit === 'kWh' ? 3_600_000 : 3600)
  const opening = random.int(1, 900)
  const digit = point.unit === 'kWh' ? random.pick([0.001, 1]) : 1
  return [
    ['reset', faults.restart(0, { topics, fromMs: stretch(0, 0).fromMs }, modulus)],
    ['swap', faults.restart(opening, { topics, fromMs: stretch(0, 0).fromMs }, modulus)],
    ['jitter', faults.jitter(digit, random.pick([2, 50]), { topics, share: 0.1 })],
    ['spikes', faults.spike(random.pick([0, 2, 10, 1000]), { topics, share: 0.03 })],
    ['zeros', faults.spike(0, { topics, ...stretch(120_000, 2_400_000) })],
    ['young counts', faults.restart(0, { topics, ...stretch(300_000, 5_400_000) }, modulus)],
    // Half a count of Wh is a whole number of joules; of a billion of them a thousandth is none that doubles hold
    ['stale counts', faults.spike(point.unit === 'Wh' ? 0.5 : 0.999, { topics, ...stretch(120_000, 2_400_000) })],
    ['register gap', faults.gap({ topics: [one().point.topic], ...stretch(1_800_000, 5_400_000) })],
  ]
}

function stretchIn(random: Random, { fromMs, toMs }: Span): (leastMs: number, mostMs: number) => Span {
  return (leastMs, mostMs) => {
    const startMs = random.int(fromMs, toMs)
    return { fromMs: startMs, toMs: startMs + random.int(leastMs, mostMs) }
  }
}
