import * as faults from '../../simulators/faults/faults.ts'
import { createRandom, seedFor, type Random } from '../../simulators/random.ts'
import { play, type Source } from './sources.ts'
import { underWrongClock } from './steps.ts'
import { storedBetween, type Span, type Trouble } from './troubles.ts'
import type { Day } from './days.ts'
import type { Scenario, ScenarioPoint } from './types.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BRIDGE_MS = 604_800_000

/** From here on: a change of the clock in the week, an end of a month, a plain week. */
const PLACES = [
  ['Europe/Paris', Date.UTC(2026, 2, 26, 23)],
  ['America/Denver', Date.UTC(2026, 9, 28, 6)],
  ['UTC', Date.UTC(2026, 4, 28)],
] as const

/** What can be wrong in a week with one of its sources. */
const TROUBLES = [
  'days stored rising',
  'days stored falling',
  'days stored shuffled',
  'days too old',
  'decommissioned',
  'trickles days behind',
  'ahead within skewS',
  'ahead beyond skewS',
  'zeros and back',
] as const

/** All that must happen in some week, with what a clock does to the whole site. */
export const WEEK_TROUBLES: readonly string[] = [...TROUBLES, 'clock ahead', 'clock behind']

/**
 * Eight or nine days of six meters that report every 10 min. The first has stamps and stays in order, one has no stamps;
 * of the others one each is cut off for up to 7 days and delivers all of it between live readings, is taken away, trickles
 * what is days old, or has a clock that is ahead. On every other seed the host's clock is wrong for a while as well.
 */
export function createWeek(seed: number): Day {
  const random = createRandom(seedFor(seed, 'week'))
  const [timezone, aroundMs] = PLACES[seed % PLACES.length] ?? PLACES[0]
  const fromMs = aroundMs + random.int(0, HOUR_MS)
  const span = { fromMs, toMs: fromMs + random.int(8, 9) * DAY_MS }
  const sources = createMeters(random)
  const scenario = createScenario(
    random,
    timezone,
    sources.map(({ point }) => point),
  )
  const played = sources.map((source) => play(source, seedFor(seed, source.point.name), span.fromMs, span.toMs))
  const clean = played.flatMap(({ packets }) => packets).sort((a, b) => a.nowMs - b.nowMs)
  const troubles = troublesOf(random, seed, sources.slice(2), span)
  const packets = faults.plant(
    clean,
    seed,
    troubles.map(([, fault]) => fault),
  )
  const planted = troubles.map(([name]) => name)
  return { title: [`seed ${seed}`, timezone, ...planted].join(', '), scenario, clean, packets, planted, paces: [] }
}

function createMeters(random: Random): Source[] {
  const meter = (name: string, role: string, more: Partial<ScenarioPoint> = {}): Source => {
    const point: ScenarioPoint = {
      name,
      topic: `dc/${name}`,
      kind: 'power',
      unit: 'kW',
      everyMs: 600_000,
      maxGapMs: 1_800_000,
      hold: false,
      role,
      accuracyPct: 1,
      ...more,
    }
    return { point, form: 'ms', jitterMs: 0 }
  }
  const register = { kind: 'register', unit: 'kWh', maxGapMs: BRIDGE_MS } as const
  const counter = () => ({ stepWh: 1, startWh: random.int(0, 9_000_000) })
  return [
    meter('main', 'facility'),
    { ...meter('bare', 'facility'), form: 'bare' },
    { ...meter('ups', 'it', { ...register, maxKw: 1000 }), counter: counter() },
    meter('pdu', 'it', { kind: 'mean' }),
    { ...meter('rack', 'it', { ...register }), counter: counter() },
    meter('cooling', 'facility', { kind: 'energy', unit: 'kWh' }),
  ]
}

function createScenario(random: Random, timezone: string, points: ScenarioPoint[]): Scenario {
  const of = (role: string) =>
    points.filter((point) => point.role === role).map(({ name }) => ({ point: name, factor: random.pick([1, 1, 0.5]) }))
  const [facility, it] = [of('facility'), of('it')]
  return {
    site: 'dc',
    timezone,
    lengthMs: 900_000,
    latenessMs: random.pick([900_000, 3_600_000]),
    skewMs: 60_000,
    boundMs: 605_000,
    minCoverage: random.pick([0.9, 0.5]),
    windows: ['1h', 'day'],
    points,
    boundaries: [
      { name: 'all', facility, it, category: 2, part: false },
      { name: 'room', facility: it, it: it.slice(0, 1), category: 1, part: true },
    ],
  }
}

/** One trouble for each source, so that in all weeks each of them is told of each kind of meter. */
function troublesOf(random: Random, seed: number, sources: readonly Source[], span: Span): Trouble[] {
  const names = random.shuffle([...TROUBLES])
  const troubles = sources.map((source, n): Trouble => {
    const name = names[n] ?? names[0]!
    const isRegister = source.counter !== undefined
    // A register bridges what is refused as too old, into days that are no longer held
    if (isRegister ? name === 'days too old' : name === 'zeros and back') {
      return troubleOf(random, 'days stored falling', source, span)
    }
    return troubleOf(random, name, source, span)
  })
  if (seed % 2 === 0) return troubles
  const startMs = random.int(span.fromMs, span.toMs - DAY_MS)
  const byMs = random.pick([-3_600_000, -600_000, 600_000, 3_600_000])
  const clock = { fromMs: startMs, toMs: startMs + random.int(61_000, 12 * HOUR_MS), byMs }
  return [...troubles, [byMs < 0 ? 'clock behind' : 'clock ahead', (packets) => underWrongClock(packets, clock)]]
}

function troubleOf(random: Random, name: (typeof TROUBLES)[number], { point }: Source, span: Span): Trouble {
  const topics = [point.topic]
  const days = (least: number, most: number) => random.int(Math.round(least * DAY_MS), Math.round(most * DAY_MS))
  const startMs = span.fromMs + days(0.1, 1.2)
  const cut = { fromMs: startMs, toMs: startMs + days(0.2, 6.5) }
  switch (name) {
    case 'days stored rising':
      return [name, storedBetween('rising', topics, cut)]
    case 'days stored falling':
      return [name, storedBetween('falling', topics, cut)]
    case 'days stored shuffled':
      return [name, storedBetween('shuffled', topics, cut)]
    case 'days too old':
      return [
        name,
        storedBetween('rising', topics, { fromMs: span.fromMs + HOUR_MS, toMs: span.fromMs + days(7.2, 7.6) }),
      ]
    case 'decommissioned':
      return [name, faults.silence({ topics, fromMs: span.fromMs + days(0.5, 6) })]
    case 'trickles days behind':
      return [name, laterBy(days(0.5, 5), topics)]
    case 'ahead within skewS':
      return [name, faults.skew(random.int(10_000, 55_000), { topics })]
    case 'ahead beyond skewS':
      return [name, faults.skew(random.int(70_000, 3_600_000), { topics, fromMs: startMs, toMs: cut.toMs })]
    case 'zeros and back':
      return [name, faults.spike(0, { topics, fromMs: startMs, toMs: startMs + days(0.02, 0.2) })]
  }
}

/** A source all of whose packets arrive so much later. */
function laterBy(byMs: number, topics: readonly string[]): faults.PlantedFault {
  return (packets) =>
    packets
      .map((packet) => (topics.includes(packet.topic) ? { ...packet, nowMs: packet.nowMs + byMs } : packet))
      .sort((a, b) => a.nowMs - b.nowMs)
}
