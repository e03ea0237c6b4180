import * as faults from '../../simulators/faults/faults.ts'
import { createRandom, seedFor, type Random } from '../../simulators/random.ts'
import type { Packet } from '../../src/ingest/recording.ts'
import { createSources, play, type Source } from './sources.ts'
import { underWrongClock } from './steps.ts'
import { createTroubles, type Trouble } from './troubles.ts'
import type { Scenario, ScenarioBoundary, ScenarioPoint, Term } from './types.ts'

/** A made-up stretch of a site's life, and the troubles planted in it. */
export interface Day {
  /** Seed, place, length and troubles, for the test's name. */
  title: string
  scenario: Scenario
  /** As devices would have sent them over a perfect network. */
  clean: Packet[]
  /** As they arrived. */
  packets: Packet[]
  /** The troubles by name. */
  planted: string[]
  /** Of points that changed their pace for a while. */
  paces: ('faster' | 'slower')[]
}

const HOUR_MS = 3_600_000

/**
 * Local midnights and clock changes around which days are laid: the beginning, the leap and the end of the four days
 * that change the clock, and ends of months and years.
 */
const PLACES = [
  ['Europe/Paris', Date.UTC(2026, 2, 28, 23)],
  ['America/Denver', Date.UTC(2026, 10, 1, 6)],
  ['Europe/Paris', Date.UTC(2026, 9, 24, 22)],
  ['America/Denver', Date.UTC(2026, 2, 8, 7)],
  ['UTC', Date.UTC(2026, 0, 1)],
  ['Asia/Kathmandu', Date.UTC(2026, 5, 30, 18, 15)],
  ['Europe/Paris', Date.UTC(2026, 6, 1, 22)],
  ['Europe/Paris', Date.UTC(2026, 2, 29, 22)],
  ['Europe/Paris', Date.UTC(2026, 9, 25, 23)],
  ['Europe/Paris', Date.UTC(2026, 2, 29, 1)],
  ['Europe/Paris', Date.UTC(2026, 9, 25, 1)],
  ['America/Denver', Date.UTC(2026, 2, 9, 6)],
  ['America/Denver', Date.UTC(2026, 10, 2, 7)],
] as const

export interface Wish {
  /** Leaves out the points whose event time is their arrival. */
  stamped?: boolean
  /** Plants nothing that comes late, twice or with another stamp: only what is sent is changed. */
  orderly?: boolean
  /** Two to four slow points and two hours or so, for many days in little time. */
  small?: boolean
}

export function createDay(seed: number, wish: Wish = {}): Day {
  const random = createRandom(seed)
  const small = wish.small === true
  const [timezone, aroundMs] = PLACES[seed % PLACES.length] ?? PLACES[0]
  const hours = random.pick(small ? [1.5, 2, 2, 3] : [3, 4, 5, 6, 8, 26])
  const leadMs = hours === 26 ? HOUR_MS : random.int(0, Math.floor(hours)) * HOUR_MS
  const fromMs = aroundMs - leadMs + random.int(0, 3_599_999)
  const span = { fromMs, toMs: fromMs + hours * HOUR_MS }
  const bridgeMs = random.pick([604_800_000, 604_800_000, 7_200_000, 1_800_000])
  const sources = createSources(random, { stamped: wish.stamped === true, small, bridgeMs, timezone, ...span })
  const played = sources.map((source) => {
    return { source, ...play(source, seedFor(seed, source.point.name), span.fromMs, span.toMs) }
  })
  const points = played.map(({ source: { point }, swaps }, i) => ({
    ...point,
    ...(swaps.length > 0 ? { swaps } : {}),
    // On two of three days all meters have a class
    ...(seed % 3 === 0 || point.kind === 'gauge' ? {} : { accuracyPct: 0.5 * (1 + (i % 3)) }),
  }))
  const scenario = createScenario(random, timezone, points, hours, small)
  const clean = played.flatMap(({ packets: sent }) => sent).sort((a, b) => a.nowMs - b.nowMs)
  const [least, most] = small ? [2, 5] : [2, 6]
  const any = createTroubles(random, sources, span, least, most, wish.orderly === true)
  // A thousandth of what is reversed may be an idle feed's noise, which counts as zero
  const isReversed = any.some(([name]) => name === 'reversed')
  const troubles = [...any, ...loneReadings(sources, seed), ...(isReversed ? [] : slipsDown(sources, span, seed))]
  if (seed % 4 === 1 && wish.orderly !== true) troubles.push(wrongClock(random, span))
  const packets = faults.plant(
    clean,
    seed,
    troubles.map(([, fault]) => fault),
  )
  const told = [...featuresOf(points, sources), ...troubles.map(([name]) => name)]
  const title = [`seed ${seed}: ${hours} h`, timezone, `${scenario.lengthMs / 1000} s`, ...told].join(', ')
  return { title, scenario, clean, packets, planted: troubles.map(([name]) => name), paces: pacesOf(sources) }
}

/** On every fourth day the host's clock is wrong for a while. It comes last: what arrives is no longer in order of time. */
function wrongClock(random: Random, { fromMs, toMs }: { fromMs: number; toMs: number }): Trouble {
  const startMs = random.int(fromMs, toMs)
  const byMs = random.pick([-3_600_000, -600_000, -90_000, 90_000, 600_000, 3_600_000])
  const clock = { fromMs: startMs, toMs: startMs + random.int(61_000, 2_400_000), byMs }
  return [byMs < 0 ? 'clock behind' : 'clock ahead', (packets) => underWrongClock(packets, clock)]
}

/** On every other day one meter of power that has no rating shows forty times its load now and then. */
function loneReadings(sources: readonly Source[], seed: number): Trouble[] {
  const source = sources.find(
    ({ point: { kind, maxKw } }) => !['register', 'gauge'].includes(kind) && maxKw === undefined,
  )
  if (source === undefined || seed % 2 === 0) return []
  return [['lone readings', faults.spike(40, { topics: [source.point.topic], share: 0.02 })]]
}

/** On every fifth day a meter of power tells a thousandth, or so, for half an hour: a sum of it lies on no half. */
function slipsDown(
  sources: readonly Source[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
  seed: number,
): Trouble[] {
  const source = sources.find(({ point: { kind } }) => kind === 'power')
  if (source === undefined || seed % 5 !== 0) return []
  const startMs = fromMs + (toMs - fromMs) / 3
  return [
    [
      'slips down',
      faults.unitSlip({ topics: [source.point.topic], fromMs: startMs, toMs: startMs + 1_800_000 }, 1 / 1024),
    ],
  ]
}

function pacesOf(sources: readonly Source[]): Day['paces'] {
  return sources.flatMap(({ point, pace }) => {
    return pace === undefined ? [] : [pace.everyMs < point.everyMs ? 'faster' : 'slower']
  })
}

/** What is worth a word of the points themselves. */
function featuresOf(points: readonly ScenarioPoint[], sources: readonly Source[]): string[] {
  const kinds = new Set(points.map(({ kind }) => kind))
  const words = [...kinds].sort()
  const has = (word: string, is: boolean) => (is ? [word] : [])
  return [
    ...words,
    ...has(
      'hold',
      points.some(({ hold }) => hold),
    ),
    ...has(
      'wrapping',
      points.some(({ modulusJ }) => modulusJ !== undefined),
    ),
    ...has(
      'day counter',
      points.some(({ dayZone }) => dayZone !== undefined),
    ),
    ...has(
      'declared swap',
      points.some(({ swaps }) => swaps !== undefined),
    ),
    ...has(
      'change of pace',
      sources.some(({ pace }) => pace !== undefined),
    ),
  ]
}

function createScenario(
  random: Random,
  timezone: string,
  points: ScenarioPoint[],
  hours: number,
  small: boolean,
): Scenario {
  const lengths = small ? [60_000, 60_000, 60_000, 300_000] : [60_000, 60_000, 60_000, 300_000, 10_000]
  const lengthMs = random.pick(hours === 26 ? [60_000, 300_000, 900_000] : lengths)
  const rolling = lengthMs <= 60_000 ? ['5m', '1h', '24h'] : ['1h', '24h', '7d']
  const ten = lengthMs === 10_000 ? ['1m', '1h'] : rolling
  const meters = points.filter((point) => point.kind !== 'gauge')
  return {
    site: 'dc',
    timezone,
    lengthMs,
    latenessMs: random.pick([900_000, 900_000, 300_000, 3_600_000]),
    skewMs: 60_000,
    boundMs: Math.min(120_000, Math.max(...meters.map((point) => point.everyMs)) + 5000),
    minCoverage: random.pick([0.9, 0.9, 0.5, 1]),
    windows: small
      ? random.pick([
          ['5m', '1h', 'day'],
          ['15m', 'day', 'month'],
        ])
      : [...ten, 'day', 'month', 'year'],
    points,
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
