import * as faults from '../simulators/faults.ts'
import { createRandom, seedFor, type Random } from '../simulators/random.ts'
import type { Packet } from '../src/recording.ts'
import type { Scenario, ScenarioBoundary, ScenarioPoint, Term } from './oracle-types.ts'

/** A made-up stretch of a site's life, and the troubles planted in it. */
export interface Day {
  /** Seed, place, length and troubles, for the test's name. */
  title: string
  scenario: Scenario
  /** As devices would have sent them over a perfect network. */
  clean: Packet[]
  /** As they arrived. */
  packets: Packet[]
}

/** How a point tells its readings. `bare` has no stamp: its event time is its arrival. */
type Form = 'ms' | 's' | 'iso' | 'bare'

interface Source {
  point: ScenarioPoint
  form: Form
  /** Stamps stray from the beat by up to so much. */
  jitterMs: number
}

const HOUR_MS = 3_600_000

/** Local midnights around which days are laid; four of them change the clock. */
const PLACES = [
  ['Europe/Paris', Date.UTC(2026, 2, 28, 23)],
  ['America/Denver', Date.UTC(2026, 10, 1, 6)],
  ['Europe/Paris', Date.UTC(2026, 9, 24, 22)],
  ['America/Denver', Date.UTC(2026, 2, 8, 7)],
  ['UTC', Date.UTC(2026, 0, 1)],
  ['Asia/Kathmandu', Date.UTC(2026, 5, 30, 18, 15)],
  ['Europe/Paris', Date.UTC(2026, 6, 1, 22)],
] as const

/** `stamped` leaves out the points whose event time is their arrival; `calm` plants nothing. */
export function createDay(seed: number, only: { stamped?: boolean; calm?: boolean } = {}): Day {
  const random = createRandom(seed)
  const [timezone, midnightMs] = PLACES[seed % PLACES.length] ?? PLACES[0]
  const hours = random.pick([3, 4, 5, 6, 8, 26])
  const leadMs = hours === 26 ? HOUR_MS : random.int(0, hours) * HOUR_MS
  const fromMs = midnightMs - leadMs + random.int(0, 3_599_999)
  const toMs = fromMs + hours * HOUR_MS
  const sources = createSources(random, hours, only.stamped === true)
  const scenario = createScenario(random, timezone, sources, hours)
  const clean = sources
    .flatMap((source) => readings(source, seedFor(seed, source.point.name), fromMs, toMs))
    .sort((a, b) => a.nowMs - b.nowMs)
  const troubles = only.calm === true ? [] : createTroubles(random, sources, fromMs, toMs)
  const packets = faults.plant(
    clean,
    seed,
    troubles.map(([, fault]) => fault),
  )
  const told = troubles.map(([name]) => name).join(', ')
  const title = `seed ${seed}: ${hours} h, ${timezone}, ${scenario.lengthMs / 1000} s${told === '' ? '' : `, ${told}`}`
  return { title, scenario, clean, packets }
}

function createScenario(random: Random, timezone: string, sources: Source[], hours: number): Scenario {
  const lengthMs = random.pick(hours === 26 ? [60_000, 300_000, 900_000] : [60_000, 60_000, 60_000, 300_000, 10_000])
  const rolling = lengthMs <= 60_000 ? ['5m', '1h', '24h'] : ['1h', '24h', '7d']
  const meters = sources.map((source) => source.point).filter((point) => point.kind !== 'gauge')
  return {
    site: 'dc',
    timezone,
    lengthMs,
    latenessMs: random.pick([900_000, 900_000, 300_000, 3_600_000]),
    skewMs: 60_000,
    boundMs: Math.min(120_000, Math.max(...meters.map((point) => point.everyMs)) + 5000),
    minCoverage: random.pick([0.9, 0.9, 0.5, 1]),
    windows: [...(lengthMs === 10_000 ? ['1m', '1h'] : rolling), 'day', 'month', 'year'],
    points: sources.map((source) => source.point),
    boundaries: createBoundaries(random, meters),
  }
}

function createBoundaries(random: Random, meters: ScenarioPoint[]): ScenarioBoundary[] {
  const terms = (role: string): Term[] =>
    meters
      .filter((point) => point.role === role)
      .map((point) => ({ point: point.name, factor: random.pick([1, 1, 1, 0.5, 0.8]) }))
  const facility = terms('facility')
  const it = terms('it')
  return [
    { name: 'all', facility, it, category: random.pick([1, 2, 3] as const), part: false },
    {
      name: 'room',
      facility: it.map(({ point }) => ({ point, factor: 1 })),
      it: it.slice(0, 1),
      category: 1,
      part: true,
    },
  ]
}

function createSources(random: Random, hours: number, stamped: boolean): Source[] {
  const roles = ['facility', 'it', 'it', 'facility', 'it', 'cooling'].slice(0, random.int(3, 6))
  const sources = roles.map((role, i): Source => {
    const kind = random.pick(['power', 'power', 'power', 'mean', 'energy'] as const)
    const cadences = kind === 'power' ? (hours > 8 ? [20, 30, 60] : [10, 15, 30, 60]) : [60, 300]
    const everyMs = random.pick(cadences) * 1000
    const unit = kind === 'energy' ? random.pick(['Wh', 'kWh'] as const) : random.pick(['W', 'kW', 'kW'] as const)
    const form = random.pick<Form>(stamped ? ['ms', 's', 'iso'] : ['ms', 'ms', 's', 'iso', 'bare'])
    const point: ScenarioPoint = {
      name: `${role}-${i}`,
      topic: `dc/${role}/${i}`,
      kind,
      unit,
      everyMs,
      maxGapMs: Math.max(3 * everyMs, random.pick([900_000, 900_000, 120_000])),
      hold: kind === 'power' && random.chance(0.2),
      role,
    }
    if (form !== 'bare' && random.chance(0.4)) point.member = 'reading'
    if (random.chance(0.4)) point.max = unit === 'W' ? 9_000_000 : unit === 'Wh' ? 900_000 : 9000
    if (random.chance(0.2)) point.min = 0
    return { point, form, jitterMs: random.pick([0, 0, 400]) }
  })
  if (random.chance(0.4)) sources.push(beside(sources[0]))
  return sources
}

/** A thermometer in the same payload as a meter. It moves the watermark like any other point. */
function beside(source: Source | undefined): Source {
  if (source === undefined || source.form === 'bare') {
    const point = { name: 'aisle', topic: 'dc/aisle', kind: 'gauge', unit: '°C', hold: false } as const
    return { point: { ...point, everyMs: 60_000, maxGapMs: 180_000, role: 'inlet' }, form: 'ms', jitterMs: 0 }
  }
  const { max: _max, min: _min, ...point } = source.point
  return { ...source, point: { ...point, name: 'aisle', kind: 'gauge', unit: '°C', member: 't', role: 'inlet' } }
}

/** A load that wanders between a third and three times of where it began, on a network that takes up to 2 s. */
function readings(source: Source, seed: number, fromMs: number, toMs: number): Packet[] {
  const { point, form, jitterMs } = source
  if (point.member === 't') return [] // told in the payload of the meter beside it
  const random = createRandom(seed)
  const startMs = Math.ceil(fromMs / point.everyMs) * point.everyMs + (form === 's' ? 0 : random.int(0, 1) * 137)
  const startW = random.int(20_000, 200_000)
  let powerW = startW
  const out: Packet[] = []
  for (let beatMs = startMs; beatMs < toMs; beatMs += point.everyMs) {
    powerW = Math.min(3 * startW, Math.max(startW / 3, powerW + random.normal() * startW * 0.02))
    const tMs = beatMs + (form === 's' ? 0 : random.int(0, jitterMs))
    const reading = toUnit(point, powerW)
    const nowMs = form === 'bare' ? tMs : tMs + random.int(0, 2000)
    out.push({ nowMs, topic: point.topic, payload: payloadOf(point, form, tMs, reading), retain: false })
  }
  return out
}

/**
 * Whole W and Wh; kW and kWh with three decimals, as meters print them. Even ones: half the sum of two is whole, so that
 * sums rarely lie on a half, where doubles may be rounded either way and a comparison cannot be exact.
 */
function toUnit(point: ScenarioPoint, powerW: number): number {
  if (point.kind === 'gauge') return Math.round(powerW / 100) / 100
  const amount = point.kind === 'energy' ? (powerW * point.everyMs) / HOUR_MS : powerW
  const even = 2 * Math.round(amount / 2)
  return point.unit === 'W' || point.unit === 'Wh' ? even : even / 1000
}

function payloadOf(point: ScenarioPoint, form: Form, tMs: number, reading: number): string {
  if (form === 'bare') return String(reading)
  const ts = form === 'ms' ? tMs : form === 's' ? Math.floor(tMs / 1000) : new Date(tMs).toISOString()
  return JSON.stringify({ ts, [point.member ?? 'value']: reading, t: 21.5 })
}

type Trouble = readonly [name: string, fault: faults.Fault]

function createTroubles(random: Random, sources: Source[], fromMs: number, toMs: number): Trouble[] {
  const topics = () => [random.pick(sources).point.topic]
  const stretch = (leastMs: number, mostMs: number) => {
    const startMs = random.int(fromMs, toMs)
    return { fromMs: startMs, toMs: startMs + random.int(leastMs, mostMs) }
  }
  const all: Trouble[] = [
    ['disorder', faults.disorder(random.pick([20_000, 120_000, 600_000]), { share: random.pick([0.05, 0.5, 1]) })],
    ['late burst', faults.lateBurst({ topics: topics(), ...stretch(300_000, 4_200_000) })],
    ['burst of all', faults.lateBurst(stretch(300_000, 7_200_000))],
    ['duplicates', faults.duplicate(random.pick([0, 5000, 1_200_000]), { share: 0.05 })],
    ['conflicts', faults.conflict(60_000, { share: 0.02 })],
    ['gap', faults.gap({ topics: topics(), ...stretch(60_000, 2_400_000) })],
    ['gap of all', faults.gap(stretch(60_000, 3_600_000))],
    ['loss', faults.gap({ topics: topics(), share: random.pick([0.1, 0.7]) })],
    ['skew', faults.skew(random.pick([-3_600_000, -120_000, -7000, 40_000, 90_000]), { topics: topics() })],
    ['future', faults.futureStamps(62_000, 86_400_000, { share: 0.02 })],
    ['retained', faults.retainedRepeats({ share: 0.002 })],
    ['bad payloads', faults.badPayloads({ share: 0.02 })],
    ['strays', faults.strayTopics({ share: 0.01 })],
    ['stuck', faults.stuck({ topics: topics(), ...stretch(600_000, 3_600_000) })],
    ['unit slip', faults.unitSlip({ topics: topics(), ...stretch(60_000, 1_800_000) })],
    ['reversed', faults.reversed({ topics: topics(), ...stretch(60_000, 1_800_000) })],
    ['silence', faults.silence({ topics: topics(), fromMs: stretch(0, 0).fromMs })],
  ]
  return random.shuffle(all).slice(0, random.int(2, 6))
}
