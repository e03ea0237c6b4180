import * as faults from '../../simulators/faults/faults.ts'
import { createRandom, seedFor, type Random } from '../../simulators/random.ts'
import type { Packet } from '../../src/ingest/recording.ts'
import type { IndicatorSpec, IndicatorTerm } from './indicators.ts'
import type { Scenario, ScenarioPoint, Swap } from './types.ts'

// A made-up day and two hours of a site with water, heat, carbon and shared plant, and the troubles planted in it.

const HOUR_MS = 3_600_000
const EVERY_MS = 300_000

export interface IndicatorDay {
  title: string
  scenario: Scenario
  specs: IndicatorSpec[]
  packets: Packet[]
}

/** A meter, about how much it tells, and whether that adds up to a count. */
type Told = readonly [point: ScenarioPoint, level: number]

export function createIndicatorDay(seed: number, site: string): IndicatorDay {
  const random = createRandom(seedFor(seed, site))
  const timezone = random.pick(['UTC', 'Europe/Paris', 'America/Denver', 'Asia/Kathmandu'])
  const fromMs = Date.UTC(2026, random.int(0, 11), random.int(1, 28), random.int(0, 23))
  const toMs = fromMs + 26 * HOUR_MS
  const bridgeMs = random.pick([2 * HOUR_MS, 168 * HOUR_MS])
  const told = metersOf(random, bridgeMs)
  const played = told.map(([point, level]) => play(point, level, seedFor(seed, `${site}/${point.name}`), fromMs, toMs))
  const hours = new Map<number, number>()
  for (let hour = fromMs / HOUR_MS - 1; hour <= toMs / HOUR_MS; hour++) {
    if (random.chance(0.9)) hours.set(hour, random.int(20, 200))
  }
  const constant = random.pick([0.25, 0.4, 0.5])
  const points = told.map(([point], n) => {
    const swaps = played[n]?.swaps ?? []
    return swaps.length === 0 ? point : { ...point, swaps }
  })
  const scenario: Scenario = {
    site,
    timezone,
    lengthMs: random.pick([300_000, 900_000]),
    latenessMs: random.pick([900_000, HOUR_MS]),
    skewMs: 60_000,
    boundMs: 120_000,
    minCoverage: random.pick([0.9, 0.5]),
    windows: ['1h', '24h', 'day'],
    points,
    boundaries: [],
    more: sectionsOf(hours, constant),
  }
  const clean = played.flatMap(({ packets }) => packets).sort((a, b) => a.nowMs - b.nowMs)
  const troubles = troublesOf(random, points, fromMs, toMs)
  const names = troubles.map(([name]) => name).join(', ')
  const packets = faults.plant(
    clean,
    seed,
    troubles.map(([, fault]) => fault),
  )
  const title = `seed ${seed}, ${site} in ${timezone}, ${scenario.lengthMs / 1000} s: ${names}`
  return { title, scenario, specs: specsOf(hours, constant), packets }
}

function metersOf(random: Random, bridgeMs: number): Told[] {
  const meter = (
    name: string,
    kind: ScenarioPoint['kind'],
    unit: ScenarioPoint['unit'],
    everyMs = EVERY_MS,
  ): ScenarioPoint => ({
    name,
    topic: `dc/${name}`,
    kind,
    unit,
    everyMs,
    maxGapMs: kind === 'register' ? bridgeMs : Math.max(3 * everyMs, 900_000),
    hold: unit === 'g/kWh',
  })
  const volume = (name: string) => (random.chance(0.5) ? meter(name, 'register', 'm³') : meter(name, 'energy', 'L'))
  return [
    [meter('main', random.pick(['power', 'mean'] as const), 'kW'), 130],
    [meter('it-1', 'power', 'kW'), 60],
    [meter('it-2', 'mean', 'kW'), 40],
    [meter('chiller', 'register', 'kWh'), 16],
    [meter('pump', 'power', 'kW'), 4],
    [volume('water'), 1.2],
    [volume('well'), 0.6],
    [volume('flow'), 5],
    [meter('hot', 'power', '°C', random.pick([EVERY_MS, 2 * EVERY_MS])), 40],
    [meter('cold', 'mean', '°C'), 31],
    [meter('co2', 'power', 'g/kWh', HOUR_MS), 60],
  ]
}

/** What a meter would send over a perfect network: a level that wanders by a fifth, or what it adds up to. */
function play(
  point: ScenarioPoint,
  level: number,
  seed: number,
  fromMs: number,
  toMs: number,
): { packets: Packet[]; swaps: Swap[] } {
  const random = createRandom(seed)
  const { kind, everyMs, topic, unit } = point
  const swapMs = kind === 'register' && random.chance(0.4) ? random.int(fromMs, toMs) : Infinity
  const packets: Packet[] = []
  const swaps: Swap[] = []
  let count = random.int(100, 5000)
  let now = level
  for (let tMs = fromMs + random.int(0, 40) * 1000; tMs < toMs; tMs += everyMs) {
    const grows = kind === 'register' || kind === 'energy'
    const value = kind === 'register' ? count : grows ? (now * everyMs) / HOUR_MS : now
    const shown = shownOf(unit, value)
    packets.push({
      nowMs: tMs + random.int(0, 2000),
      topic,
      payload: JSON.stringify({ ts: tMs, value: shown }),
      retain: false,
    })
    const next = count + (now * everyMs) / HOUR_MS
    if (swapMs > tMs && swapMs < tMs + everyMs) {
      const closing = Math.round(1000 * (count + next) * 0.5) / 1000
      swaps.push({ atMs: swapMs, closing, opening: 0 })
      count = (now * everyMs) / HOUR_MS / 2
    } else count = next
    now = Math.min(1.2 * level, Math.max(0.8 * level, now + random.normal() * level * 0.02))
  }
  return { packets, swaps }
}

/**
 * Volumes of a period in whole litres, temperatures in fifths, others with three decimals: by whole seconds no sum lies
 * on a half, where doubles may be rounded either way.
 */
function shownOf(unit: ScenarioPoint['unit'], value: number): number {
  if (unit === 'L') return Math.round(1000 * value)
  return unit === '°C' ? Math.round(5 * value) / 5 : Math.round(1000 * value) / 1000
}

function troublesOf(random: Random, points: readonly ScenarioPoint[], fromMs: number, toMs: number) {
  const topics = () => [random.pick(points).topic]
  const stretch = (mostMs: number) => {
    const startMs = random.int(fromMs, toMs)
    return { fromMs: startMs, toMs: startMs + random.int(EVERY_MS, mostMs) }
  }
  const all: [string, faults.PlantedFault][] = [
    ['gap', faults.gap({ topics: topics(), ...stretch(6 * HOUR_MS) })],
    ['another gap', faults.gap({ topics: topics(), ...stretch(2 * HOUR_MS) })],
    ['gap of all', faults.gap(stretch(HOUR_MS))],
    ['loss', faults.gap({ topics: topics(), share: 0.3 })],
    ['backlog', faults.lateBurst({ topics: topics(), ...stretch(6 * HOUR_MS) })],
    ['backlog of all', faults.lateBurst(stretch(3 * HOUR_MS))],
    ['disorder', faults.disorder(600_000, { share: 0.3 })],
    ['duplicates', faults.duplicate(60_000, { share: 0.05 })],
  ]
  return random.shuffle(all).slice(0, random.int(2, 5))
}

const HEAT = { hot: 'hot', cold: 'cold', jPerMlK: 3.6 }
const GLYCOL = { name: 'glycol', densityKgM3: 1000, heatCapacityJKgK: 3600, source: 'data sheet' }

/** The sections of the configuration that make sums of the points. */
function sectionsOf(hours: ReadonlyMap<number, number>, constant: number): object {
  const steps = [...hours].map(([hour, gPerKwh]) => [new Date(hour * HOUR_MS).toISOString(), gPerKwh])
  const hall = (n: number) => ({
    facility: [`it-${n}`, `plant/hall-${n}`, `pumps/hall-${n}`],
    it: [`it-${n}`],
    part: true,
    shared: 'added up',
  })
  return {
    intensities: { grid: { point: 'co2', source: 'x' }, contract: { steps, basis: 'market', source: 'y' } },
    heats: { used: { flow: 'flow', hot: 'hot', cold: 'cold', medium: GLYCOL } },
    allocations: {
      plant: { of: ['chiller'], by: 'itLoad', to: { 'hall-1': ['it-1'], 'hall-2': ['it-2'] } },
      pumps: { of: ['pump'], by: 'constant', to: { 'hall-1': constant, 'hall-2': 1 - constant } },
    },
    boundaries: {
      dc: {
        facility: ['main'],
        it: ['it-1', 'it-2'],
        losses: { cooling: ['chiller', 'pump'] },
        water: { total: ['water', { point: 'well', factor: 0.5 }] },
        reuse: ['used'],
        removedHeat: [{ point: 'used', factor: 2 }],
        carbon: { location: 'grid', market: 'contract' },
      },
      'hall-1': hall(1),
      'hall-2': hall(2),
    },
  }
}

function specsOf(hours: ReadonlyMap<number, number>, constant: number): IndicatorSpec[] {
  const it: IndicatorTerm[] = [{ point: 'it-1' }, { point: 'it-2' }]
  const main: IndicatorTerm = { point: 'main' }
  const used: IndicatorTerm = { point: 'flow', heat: HEAT }
  const cooling: IndicatorTerm[] = [{ point: 'chiller' }, { point: 'pump' }]
  const DAY_MS = 24 * HOUR_MS
  const of = (
    name: string,
    leastMs: number,
    above: IndicatorTerm[],
    more: Partial<IndicatorSpec> = {},
  ): IndicatorSpec => ({
    boundary: 'dc',
    category: 1,
    name,
    title: name.toUpperCase(),
    scale: 1,
    leastMs,
    over: above,
    under: it,
    overBase: 1,
    isShare: false,
    part: false,
    ...more,
  })
  const carbon = { scale: 3.6, overBase: 1000 }
  const hall = (n: number, share: number): IndicatorSpec => {
    const plant = { own: [`it-${n}`], all: ['it-1', 'it-2'] }
    const load = { point: `it-${n}` }
    const terms = [load, { point: 'chiller', share: plant }, { point: 'pump', share }]
    return of('pue', 0, terms, { boundary: `hall-${n}`, under: [load], part: true })
  }
  return [
    of('wue', DAY_MS, [{ point: 'water' }, { point: 'well', factor: 0.5 }], { scale: 3600, overBase: 1000 }),
    of('erf', DAY_MS, [used], { under: [main], isShare: true }),
    of('ere', DAY_MS, [main, { ...used, factor: -1 }]),
    of('clf', 0, cooling),
    of('cer', DAY_MS, [{ ...used, factor: 2 }], { under: cooling }),
    of('cue', HOUR_MS, [{ ...main, by: { point: 'co2' } }], carbon),
    of('cue_market', HOUR_MS, [{ ...main, by: { hours } }], { ...carbon, title: 'CUE market' }),
    hall(1, constant),
    hall(2, 1 - constant),
  ]
}
