import { describe, expect, test } from 'vitest'
import type { Packet } from '../../src/ingest/recording.ts'
import { joulesOff, type Share } from './energy.ts'
import type { Scenario, ScenarioPoint } from './types.ts'
import { oracle, rowKey } from './oracle.ts'

// The oracle itself against cases worked out by hand: who checks others must be checked first.

const MAIN: ScenarioPoint = {
  name: 'main',
  topic: 'dc/main',
  kind: 'power',
  unit: 'W',
  everyMs: 30_000,
  maxGapMs: 900_000,
  hold: false,
  role: 'facility',
}
const IT: ScenarioPoint = { ...MAIN, name: 'it', topic: 'dc/it', role: 'it' }
const SITE: Scenario = {
  site: 'dc',
  timezone: 'UTC',
  lengthMs: 60_000,
  latenessMs: 900_000,
  skewMs: 60_000,
  boundMs: 35_000,
  minCoverage: 0.9,
  windows: ['5m'],
  points: [MAIN, IT],
  boundaries: [
    {
      name: 'dc',
      facility: [{ point: 'main', factor: 1 }],
      it: [{ point: 'it', factor: 1 }],
      category: 1,
      part: false,
    },
  ],
}
const NOON = Date.UTC(2026, 5, 10, 12)

/** Lines of `m:ss[.mmm] topic value`, from noon UTC; they arrive in the order written, none before its stamp. */
function packetsOf(table: string, fromMs = NOON): Packet[] {
  let nowMs = -Infinity
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [clock = '', topic = '', value = ''] = line.trim().split(/\s+/)
      const [minutes, seconds] = clock.split(':')
      const tMs = fromMs + Number(minutes) * 60_000 + Math.round(Number(seconds) * 1000)
      nowMs = Math.max(nowMs, tMs)
      return { nowMs, topic: `dc/${topic}`, payload: `{"ts":${tMs},"value":${value}}`, retain: false }
    })
}

function steady(topic: string, watts: number, everyMs: number, fromMs: number, toMs: number): Packet[] {
  const out: Packet[] = []
  for (let tMs = fromMs; tMs <= toMs; tMs += everyMs) {
    out.push({ nowMs: tMs, topic: `dc/${topic}`, payload: `{"ts":${tMs},"value":${watts}}`, retain: false })
  }
  return out
}

function inOrder(...lists: Packet[][]): Packet[] {
  return lists.flat().sort((a, b) => a.nowMs - b.nowMs)
}

function energyAt(scenario: Scenario, packets: readonly Packet[], point: string, minute: number) {
  const role = scenario.points.find((it) => it.name === point)?.role ?? ''
  return oracle(scenario, packets).rows.get(rowKey('energy', { site: 'dc', point, role }, NOON + minute * 60_000))
    ?.fields
}

function pueAt(scenario: Scenario, packets: readonly Packet[], window: string, timeMs: number) {
  const tags = { site: 'dc', boundary: 'dc', window, category: '1' }
  return oracle(scenario, packets).rows.get(rowKey('pue', tags, timeMs))?.fields
}

describe('energy of a point', () => {
  test('a ramp across an edge: 30 s at 0..30 kW are 450 kJ, 30 s at 30..60 kW are 1,350 kJ', () => {
    const packets = packetsOf(`
      0:30 main 0
      1:30 main 60000`)
    expect(energyAt(SITE, packets, 'main', 1)).toEqual({
      energy_j: 450_000,
      coverage: 0.5,
      mean_w: 15_000,
      estimated_share: 0,
      state: 'settled',
    })
    expect(energyAt(SITE, packets, 'main', 2)).toMatchObject({ energy_j: 1_350_000, coverage: 0.5, mean_w: 45_000 })
  })

  test('a gap longer than maxGapS counts nothing, and its rows say so', () => {
    const packets = packetsOf(`
      0:00 main 1000
      0:30 main 1000
      15:31 main 1000
      16:00 main 1000`)
    expect(energyAt(SITE, packets, 'main', 1)).toMatchObject({ energy_j: 30_000, coverage: 0.5 })
    expect(energyAt(SITE, packets, 'main', 8)).toEqual({ coverage: 0, state: 'settled' })
    expect(energyAt(SITE, packets, 'main', 16)).toMatchObject({ energy_j: 29_000, coverage: 29 / 60 })
    expect(energyAt(SITE, packets, 'main', 18)).toBeUndefined()
  })

  test('exactly maxGapS is bridged; longer than 3 × everyS is estimated, 3 × everyS is not', () => {
    const packets = packetsOf(`
      0:00 main 2000
      1:30 main 2000
      16:30 main 2000`)
    expect(energyAt(SITE, packets, 'main', 1)).toMatchObject({ energy_j: 120_000, estimated_share: 0 })
    expect(energyAt(SITE, packets, 'main', 2)).toMatchObject({ energy_j: 120_000, coverage: 1, estimated_share: 0.5 })
    expect(energyAt(SITE, packets, 'main', 9)).toMatchObject({ energy_j: 120_000, coverage: 1, estimated_share: 1 })
  })

  test('hold: the earlier value holds until the next', () => {
    const scenario = { ...SITE, points: [{ ...MAIN, hold: true }, IT] }
    const packets = packetsOf(`
      0:00 main 5000
      0:30 main 10000
      1:30 main 0`)
    expect(energyAt(scenario, packets, 'main', 1)).toMatchObject({ energy_j: 450_000, coverage: 1 })
    expect(energyAt(scenario, packets, 'main', 2)).toMatchObject({ energy_j: 300_000, coverage: 1 })
  })

  test('hold: the last value holds to the end of what is closed, at most maxGapS', () => {
    const scenario = { ...SITE, points: [{ ...MAIN, hold: true, maxGapMs: 120_000 }, IT] }
    const packets = packetsOf(`
      0:00 main 5000
      4:00 it 1000`)
    expect(energyAt(scenario, packets, 'main', 1)).toMatchObject({ energy_j: 300_000, coverage: 1 })
    expect(energyAt(scenario, packets, 'main', 2)).toMatchObject({ energy_j: 300_000, coverage: 1 })
    expect(energyAt(scenario, packets, 'main', 3)).toEqual({ coverage: 0, state: 'settled' })
  })

  test('mean: an average of 30 s stands for the 30 s before its stamp', () => {
    const scenario = { ...SITE, points: [{ ...MAIN, kind: 'mean' as const }, IT] }
    const packets = packetsOf(`
      0:15 main 1000
      0:45 main 2000
      1:15 main 4000`)
    expect(energyAt(scenario, packets, 'main', 1)).toMatchObject({ energy_j: 135_000, coverage: 1, mean_w: 2250 })
    expect(energyAt(scenario, packets, 'main', 2)).toMatchObject({ energy_j: 60_000, coverage: 0.25 })
  })

  test('energy: 3 kWh for the 30 s before the stamp, half of them in each interval', () => {
    const scenario = { ...SITE, points: [{ ...MAIN, kind: 'energy' as const, unit: 'kWh' as const }, IT] }
    const packets = packetsOf(`
      1:15 main 3`)
    expect(energyAt(scenario, packets, 'main', 2)).toMatchObject({ energy_j: 5_400_000, coverage: 0.25 })
  })

  test('an average is cut at the reading before it', () => {
    const scenario = { ...SITE, points: [{ ...MAIN, kind: 'mean' as const }, IT] }
    const packets = packetsOf(`
      0:30 main 1000
      0:40 main 6000`)
    expect(energyAt(scenario, packets, 'main', 1)).toMatchObject({ energy_j: 90_000, coverage: 40 / 60 })
  })

  test('whole joules stay within half a joule, and half a mJ for each sum rounded on the way', () => {
    const packets = Array.from({ length: 2000 }, (_, i) => {
      const tMs = NOON + i * 977
      return {
        nowMs: tMs,
        topic: 'dc/main',
        payload: `{"ts":${tMs},"value":${1e5 * Math.abs(Math.sin(i))}}`,
        retain: false,
      }
    })
    const { rows, shares } = oracle(SITE, packets)
    const far = [...(shares.get('main') ?? [])].map(([interval, share]) => {
      const tags = { site: 'dc', point: 'main', role: 'facility' }
      const row = rows.get(rowKey('energy', tags, (interval + 1) * 60_000))
      const { off, allowed } = joulesOff(share, Number(row?.fields['energy_j']))
      return off - allowed
    })
    expect(far.length).toBe(33)
    expect(Math.max(...far)).toBeLessThanOrEqual(0)
  })
})

describe('a register', () => {
  const counter = { ...MAIN, kind: 'register' as const, unit: 'kWh' as const, everyMs: 60_000, maxGapMs: 1_800_000 }
  const wrapping = { ...counter, modulusJ: 1000 * 3_600_000 }
  const siteOf = (point: ScenarioPoint) => ({ ...SITE, points: [point, IT] })
  const kwhOf = (point: ScenarioPoint, table: string) => {
    const shares = oracle(siteOf(point), packetsOf(table)).shares.get('main') ?? new Map<number, Share>()
    return [...shares].map(([interval, { mj }]) => [interval - NOON / 60_000, mj / 3.6e9])
  }

  test('a step is spread evenly; longer than 3 × everyS it is estimated, longer than the bridge a gap', () => {
    const packets = packetsOf(`
      0:00 main 100
      1:00 main 101
      5:00 main 109
      36:00 main 150`)
    expect(energyAt(siteOf(counter), packets, 'main', 1)).toMatchObject({ energy_j: 3_600_000, estimated_share: 0 })
    expect(energyAt(siteOf(counter), packets, 'main', 4)).toMatchObject({ energy_j: 7_200_000, estimated_share: 1 })
    expect(energyAt(siteOf(counter), packets, 'main', 20)).toEqual({ coverage: 0, state: 'settled' })
  })

  test.each([
    ['a fall within the rating is a rollover', { ...wrapping, maxKw: 100 }, '999', '1', 2],
    ['a fall beyond it is a reset', { ...wrapping, maxKw: 100 }, '500', '1', undefined],
    ['a rise beyond it tells nothing', { ...wrapping, maxKw: 100 }, '500', '520', undefined],
    ['what six minutes bring besides is within it', { ...wrapping, maxKw: 100 }, '500', '511.6', 11.6],
    ['without a rating from above nine tenths it is a rollover', wrapping, '901', '1', 100],
    ['without a rating from below it is a reset', wrapping, '900', '1', undefined],
    ['without a modulus it is a reset', counter, '999', '1', undefined],
  ])('%s', (_, point, before, after, kwh) => {
    const expected = kwh === undefined ? [] : [[0, kwh]]
    expect(kwhOf(point, `0:00 main ${before}\n1:00 main ${after}`)).toEqual(expected)
  })

  test('without a rating a fall that implies ten times the power before is a rollover, one that implies more is not', () => {
    expect(kwhOf(wrapping, '0:00 main 700\n1:00 main 720\n2:00 main 0')).toEqual([[0, 20]])
    expect(kwhOf(wrapping, '0:00 main 700\n1:00 main 728\n2:00 main 8')).toEqual([
      [0, 28],
      [1, 280],
    ])
  })

  test.each([
    ['a leap', '900'],
    ['a digit too low', '100.9'],
    ['a leap within the rating that falls back', '115'],
  ])('%s that its neighbours contradict is passed over', (_, odd) => {
    const point = { ...counter, maxKw: 200 }
    expect(kwhOf(point, `0:00 main 101\n1:00 main ${odd}\n2:00 main 103\n3:00 main 104`)).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ])
  })

  test('over a declared swap the old meter counts to its closing, the new one from its opening', () => {
    const swaps = [{ atMs: NOON + 60_000, closing: 501, opening: 20 }]
    expect(kwhOf({ ...counter, swaps }, '0:00 main 500\n2:00 main 23')).toEqual([
      [0, 2],
      [1, 2],
    ])
    expect(kwhOf({ ...counter, swaps }, '0:00 main 500\n1:00 main 20\n2:00 main 23')).toEqual([
      [0, 1],
      [1, 3],
    ])
  })
})

describe('PUE of a boundary', () => {
  const both = inOrder(
    steady('main', 120_000, 30_000, NOON, NOON + 600_000),
    steady('it', 100_000, 30_000, NOON, NOON + 600_000),
  )

  test('120 kW over 100 kW is 1.2, and half a window is enough', () => {
    expect(pueAt(SITE, both, '5m', NOON + 300_000)).toEqual({
      pue: 1.2,
      facility_j: 36_000_000,
      it_j: 30_000_000,
      coverage: 1,
      estimated_share: 0,
      name: 'iPUE',
      state: 'settled',
      suspect: false,
    })
    expect(pueAt(SITE, both, '5m', NOON + 120_000)).toMatchObject({ coverage: 0.4, facility_j: 14_400_000 })
    expect(pueAt(SITE, both, '5m', NOON + 120_000)).not.toHaveProperty('pue')
    expect(pueAt(SITE, both, '5m', NOON + 180_000)).toMatchObject({ coverage: 0.6, pue: 1.2 })
    expect(pueAt(SITE, both, '5m', NOON + 660_000)).toMatchObject({ coverage: 0.8, pue: 1.2 })
    expect(pueAt(SITE, both, '5m', NOON + 720_000)).toBeUndefined()
  })

  test('where one side is unknown, both sides leave the time out', () => {
    const packets = inOrder(
      steady('main', 120_000, 30_000, NOON, NOON + 1_800_000),
      steady('it', 100_000, 30_000, NOON, NOON + 60_000),
      steady('it', 100_000, 30_000, NOON + 1_020_000, NOON + 1_800_000),
    )
    expect(pueAt(SITE, packets, '5m', NOON + 300_000)).toMatchObject({ coverage: 0.2, facility_j: 7_200_000 })
    expect(pueAt(SITE, packets, '5m', NOON + 900_000)).toEqual({
      coverage: 0,
      name: 'iPUE',
      state: 'settled',
      suspect: false,
    })
  })

  test('54 of 60 s are enough: the sum is stretched to the whole interval and the rest called estimated', () => {
    const meter = { ...MAIN, maxGapMs: 30_000 }
    const packets = inOrder(
      packetsOf(`
        0:06 main 120000
        0:33 main 120000
        1:00 main 120000
        2:07 main 120000
        2:30 main 120000
        3:00 main 120000`),
      steady('it', 100_000, 30_000, NOON, NOON + 180_000),
    )
    const scenario = { ...SITE, windows: ['1m'], points: [meter, IT] }
    expect(pueAt(scenario, packets, '1m', NOON + 60_000)).toMatchObject({ facility_j: 7_200_000, estimated_share: 0.1 })
    expect(pueAt(scenario, packets, '1m', NOON + 180_000)).toMatchObject({ coverage: 0 })
  })

  test('factors, parts, and a facility below its IT', () => {
    const boundary = { name: 'dc', category: 1 as const, part: true, it: [{ point: 'it', factor: 1 }] }
    const scenario = { ...SITE, boundaries: [{ ...boundary, facility: [{ point: 'main', factor: 0.5 }] }] }
    expect(pueAt(scenario, both, '5m', NOON + 300_000)).toMatchObject({ pue: 0.6, name: 'pPUE', suspect: true })
  })

  test('no IT energy: no quotient', () => {
    const packets = inOrder(
      steady('main', 120_000, 30_000, NOON, NOON + 600_000),
      steady('it', 0, 30_000, NOON, NOON + 600_000),
    )
    expect(pueAt(SITE, packets, '5m', NOON + 300_000)).toEqual({
      facility_j: 36_000_000,
      it_j: 0,
      coverage: 1,
      estimated_share: 0,
      name: 'iPUE',
      state: 'settled',
      suspect: false,
    })
  })

  test('the day of 25 hours in Paris holds 2,500 kWh of a constant 100 kW', () => {
    const scenario = { ...SITE, timezone: 'Europe/Paris', windows: ['24h', 'day', 'month', 'year'], lengthMs: 300_000 }
    const midnight = Date.UTC(2026, 9, 24, 22)
    const next = Date.UTC(2026, 9, 25, 23)
    const packets = inOrder(
      steady('main', 125_000, 30_000, midnight, next + 300_000),
      steady('it', 100_000, 30_000, midnight, next + 300_000),
    )
    const { rows } = oracle(scenario, packets)
    const tags = { site: 'dc', boundary: 'dc', category: '1' }
    const at = (window: string, timeMs: number) => rows.get(rowKey('pue', { ...tags, window }, timeMs))?.fields
    expect(at('day', next)).toMatchObject({ it_j: 2500 * 3_600_000, coverage: 1, pue: 1.25 })
    expect(at('24h', next)).toMatchObject({ it_j: 2400 * 3_600_000, coverage: 1 })
    expect(at('day_to_date', next)).toMatchObject({ it_j: 2500 * 3_600_000, coverage: 1 })
    expect(at('day_to_date', next + 300_000)).toMatchObject({ it_j: 30_000_000, coverage: 1 })
    expect(at('month_to_date', next)?.['coverage']).toBe(25 / (25 * 24 + 1))
    expect(at('month', next)).toBeUndefined()
  })

  test('a full year is PUE by name, and a year to date is not', () => {
    const scenario = { ...SITE, windows: ['365d', 'year'], lengthMs: 900_000 }
    const points = [MAIN, IT].map((point) => ({ ...point, everyMs: 300_000, maxGapMs: 86_400_000 }))
    const start = Date.UTC(2025, 0, 1)
    const end = Date.UTC(2026, 0, 1)
    const packets = inOrder(
      steady('main', 120_000, 86_400_000, start, end),
      steady('it', 100_000, 86_400_000, start, end),
    )
    const { rows } = oracle({ ...scenario, points }, packets)
    const tags = { site: 'dc', boundary: 'dc', category: '1' }
    const at = (window: string) => rows.get(rowKey('pue', { ...tags, window }, end))?.fields
    expect(at('365d')).toMatchObject({ pue: 1.2, name: 'PUE', coverage: 1, it_j: 100_000 * 365 * 86_400 })
    expect(at('year')).toMatchObject({ pue: 1.2, name: 'PUE', estimated_share: 1 })
    expect(at('year_to_date')).toMatchObject({ pue: 1.2, name: 'iPUE' })
  })
})

describe('what becomes of a reading', () => {
  const strict = { ...SITE, points: [{ ...MAIN, min: -50, max: 200_000 }, IT] }

  test.each([
    ['duplicate', '0:00 main 5 | 0:00 main 5'],
    ['conflict', '0:00 main 5 | 0:00 main 6'],
    ['too_late', '0:00 main 5 | 1:00 main 5 | 15:30 main 5 | 0:29.999 main 5'],
    ['negative', '0:00 main -5'],
    ['out_of_range', '0:00 main -51'],
    ['out_of_range', '0:00 main 200001'],
    ['non_finite', '0:00 main 1e400'],
    ['no_value', '0:00 main null'],
    ['bad_payload', '0:00 main true'],
    ['bad_payload', '0:00 main nothing'],
    ['unknown_topic', '0:00 other 5'],
  ])('%s: %s', (outcome, table) => {
    const packets = packetsOf(table.replaceAll('|', '\n'))
    const { outcomes } = oracle(strict, packets)
    expect(outcomes[outcome]).toBe(1)
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(packets.length)
  })

  test('lateness and skew are closed limits: exactly 15 min behind the newest of its point goes in, 1 ms more does not', () => {
    const late = packetsOf(`
      0:00 main 5
      1:00 main 5
      15:30 main 5
      0:30 main 5`)
    expect(oracle(SITE, late).outcomes).toEqual({ accepted: 4 })
    const ahead = (byMs: number) => [
      { nowMs: NOON, topic: 'dc/main', payload: `{"ts":${NOON + byMs},"value":5}`, retain: false },
    ]
    expect(oracle(SITE, ahead(60_000)).outcomes).toEqual({ accepted: 1 })
    expect(oracle(SITE, ahead(60_001)).outcomes).toEqual({ future: 1 })
  })

  test('a retained packet is news only with a stamp of its own', () => {
    const packets = ['5', '{"value":5}', `{"ts":${NOON},"value":5}`].map((payload) => {
      return { nowMs: NOON, topic: 'dc/main', payload, retain: true }
    })
    expect(oracle(SITE, packets).outcomes).toEqual({ retained: 2, accepted: 1 })
  })
})
