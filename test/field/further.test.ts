/** Further inputs of the kinds that the field sends, made up by hand: what each must give is worked out beside it. */
import { describe, expect, test } from 'vitest'
import { packetLine, replayLines, rowsOf, siteFromText, type Replayed } from '../../src/testing.ts'
import { told } from '../ingest/told.ts'
import { alarmsOf, outcomesOf, pueAt } from './cases.ts'
import { each, NOON_MS, PUE, replayed, siteWith, stamped, type Said } from './said.ts'

const HOUR_MS = 3_600_000

/** kWh of the IT in the hour that ends at 13:00, and how much of it is known. */
function itHour(ran: Replayed): [kWh: number, coverage: number] {
  const row = rowsOf(ran, 'pue', { window: '1h' }).findLast(({ timeMs }) => timeMs === NOON_MS + HOUR_MS)
  const { it_j: joules = NaN, coverage = NaN } = row?.fields ?? {}
  return [Number((joules / 3.6e6).toFixed(2)), Number(coverage.toFixed(3))]
}

/** Both meters every minute for three hours around the hour. */
function said(fac: (minute: number) => number, it: (minute: number) => number): Said[] {
  return each(-60, 120, 1, (m) => [
    [m, 'fac', stamped(m, fac(m))],
    [m, 'it', stamped(m, it(m))],
  ])
}

describe('registers of 2 kWh a minute that lie for a while', () => {
  const counted = (m: number) => 70_000 + 2 * m
  const within = (from: number, to: number, lie: (m: number) => number) => (m: number) =>
    m >= from && m < to ? lie(m) : counted(m)

  test.each([
    ['a digit is lost for 12 min', within(20, 32, (m) => Math.floor(counted(m) / 10)), 1],
    ['a full word for 4 min', within(20, 24, () => 65_535), 1],
    ['two old counts in turn', within(20, 40, (m) => (m % 2) * 500), 1],
    ['zero on every other reading', within(20, 40, (m) => (m % 2) * counted(m)), 0],
  ])('%s: the hour is 120 kWh', (_, count, alarms) => {
    for (const rating of [', maxKw: 400', '']) {
      const points = `fac: { topic: fac, unit: kW, everyS: 60 }, it: { topic: it, unit: kWh, register: {}, everyS: 60${rating} }`
      const ran = replayed(
        siteWith(points, PUE),
        said(() => 156, count),
      )
      expect([...itHour(ran), pueAt(ran, '1h', '13:00')]).toEqual([120, 1, 1.3])
      expect(alarmsOf(ran, 'register').filter((it) => it.includes('raised')).length).toBe(alarms)
    }
  })
})

describe('powers', () => {
  test.each([
    // 5 kW, and for half an hour 135 more: the two ramps of a minute are half of it each
    [
      'a generator test of half an hour is energy',
      ', maxKw: 500',
      (m: number) => (m >= 10 && m < 40 ? 140 : 5),
      72.5,
      1,
    ],
    // From 2 W to 120 kW at 12:10, with a ramp of a minute: 50.5 min of 120 kW
    ['a feed takes the load over, of which no rating is known', '', (m: number) => (m >= 10 ? 120 : 0.002), 101, 1],
    // 8 kW, and six peaks of 52 more, a minute each
    ['a compressor that starts every ten minutes', '', (m: number) => (m % 10 === 0 ? 60 : 8), 13.2, 1],
    // A word 256 times too large: two minutes beside it are unknown
    ['a word in the wrong byte, twice', '', (m: number) => (m === 10 || m === 14 ? 30_720 : 120), 112, 0.933],
  ])('%s', (_, rating, it, kWh, coverage) => {
    const points = `fac: { topic: fac, unit: kW, everyS: 60 }, it: { topic: it, unit: kW, everyS: 60${rating} }`
    expect(
      itHour(
        replayed(
          siteWith(points, PUE),
          said(() => 156, it),
        ),
      ),
    ).toEqual([kWh, coverage])
  })
})

test.each([
  ['a word of C for no number', 'a: { topic: t, at: /kw, unit: kW }', '{"x":1.#QNAN,"kw":41.5}', ['a 41500']],
  ['a line end before the NUL', 'a: { topic: t, at: /p, unit: W }', '{"p":7}\r\n\0', ['a 7']],
  ['two messages around a NUL', 'a: { topic: t, at: /p, unit: W }', '{"p":7}\0{"p":8}', ['a bad_payload']],
  [
    'records of two channels',
    'a: { topic: t, records: /r, where: { /ch: 1 }, at: /v, timeAt: /ts, unit: °C }, b: { topic: t, records: /r, where: { /ch: 2 }, at: /v, timeAt: /ts, unit: °C }',
    '{"r":[{"ch":1,"v":20,"ts":1772445300},{"ch":2,"v":21,"ts":1772445300},{"ch":1,"v":22,"ts":1772445360}]}',
    ['a 20 @ 09:55:00', 'b 21 @ 09:55:00', 'a 22 @ 09:56:00'],
  ],
  [
    'a record without its number among others',
    'a: { topic: t, records: /r, at: /v, timeAt: /ts, unit: °C }',
    '{"r":[{"v":20,"ts":1772445300},{"ts":1772445360},{"v":23,"ts":1772445420}]}',
    ['a 20 @ 09:55:00', 'a no_value', 'a 23 @ 09:57:00'],
  ],
])('%s', (_, points, payload, gives) => {
  expect(told(points, payload)).toEqual(gives)
})

test.each([
  ['106 % for ten minutes is no humidity', { t: 22.5, rh: 106 }, 10, 'moisture_unknown_pct', 83.33, 16.67],
  ['101.3 % for ten minutes is full', { t: 22.5, rh: 101.3 }, 10, 'out_pct', 83.33, 16.67],
  ['30 °C for a quarter of an hour is allowable', { t: 30, rh: 35 }, 15, 'allowable_pct', 75, 25],
] as const)('%s', (_, air, minutes, share, recommended, other) => {
  const yaml = siteWith(
    't: { topic: r1, at: /t, unit: °C, everyS: 60 }, rh: { topic: r1, at: /rh, unit: "%", everyS: 60 }',
    'inlets: { r1: { dryBulb: t, humidity: rh, hall: h1, class: A1 } }',
  )
  const ran = replayed(
    yaml,
    each(-30, 90, 1, (m) => {
      const now = m >= 20 && m < 20 + minutes ? air : { t: 22.5 + (m % 5) / 10, rh: 45 }
      return [m, 'r1', { ts: NOON_MS + m * 60_000, ...now }]
    }),
  )
  const row = rowsOf(ran, 'compliance', { scope: 'inlet', window: '1h' }).findLast(
    ({ timeMs }) => timeMs === NOON_MS + HOUR_MS,
  )
  expect(row?.fields.recommended_pct).toBeCloseTo(recommended, 2)
  expect(row?.fields[share]).toBeCloseTo(other, 2)
})

test.each([
  ['half an hour comes twice', 'Australia/Lord_Howe', Date.UTC(2026, 3, 4, 14), 60, 4],
  ['a reading an hour, at half past', 'Europe/Paris', Date.UTC(2026, 9, 24, 23, 30), 3600, 5],
])('local stamps without offset, %s: all hours are known, in their order', (_, zone, fromMs, everyS, hours) => {
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const meter = (name: string) => `${name}: { topic: ${name}, unit: kW, everyS: ${everyS}, timezone: ${zone} }`
  const lines = []
  for (let tMs = fromMs; tMs <= fromMs + hours * HOUR_MS; tMs += everyS * 1000) {
    // 20 kW more each hour, on a straight line: an hour's mean is that of its middle
    const facKw = 120 + (20 * (tMs - fromMs)) / HOUR_MS
    for (const [topic, value] of [
      ['fac', facKw],
      ['it', 100],
    ] as const) {
      const payload = JSON.stringify({ time: local.format(tMs), value })
      lines.push(packetLine({ nowMs: tMs + 500, topic, payload, retain: false }))
    }
  }
  const ran = replayLines(siteFromText(siteWith(`${meter('fac')}, ${meter('it')}`, PUE)), lines)
  expect(outcomesOf(ran)).toEqual({ accepted: lines.length })
  const pues = Array.from({ length: hours }, (__, hour) => {
    const row = rowsOf(ran, 'pue', { window: '1h' }).findLast(({ timeMs }) => timeMs === fromMs + (hour + 1) * HOUR_MS)
    return Number(row?.fields.pue?.toFixed(2))
  })
  expect(pues).toEqual(Array.from({ length: hours }, (__, hour) => Number((1.3 + 0.2 * hour).toFixed(2))))
})

test('a meter that is replaced by another point at half past: each counts for its time', () => {
  const at = '"2026-03-02T12:30:00Z"'
  const meter = (name: string) => `${name}: { topic: ${name}, unit: kW, everyS: 60 }`
  const terms = `boundaries: { t1: { facility: [fac], it: [{ point: old, until: ${at} }, { point: new, from: ${at} }] } }`
  const ran = replayed(siteWith([meter('fac'), meter('old'), meter('new')].join(', '), terms), [
    ...each(-60, 120, 1, (m): Said => [m, 'fac', stamped(m, 130)]),
    ...each(-60, 30, 1, (m): Said => [m, 'old', stamped(m, 100)]),
    ...each(30, 120, 1, (m): Said => [m, 'new', stamped(m, 50)]),
  ])
  expect(itHour(ran)).toEqual([75, 1])
})

test('current transformers of twice the ratio from half past: the register counts half, the load is the same', () => {
  const dated = 'factors: [{ from: "2026-03-02T12:30:00Z", factor: 2 }]'
  const points = `fac: { topic: fac, unit: kW, everyS: 60 }, it: { topic: it, unit: kWh, register: {}, everyS: 60, ${dated} }`
  const ran = replayed(
    siteWith(points, PUE),
    said(
      () => 78,
      (m) => 5000 + (m < 30 ? m : 15 + m / 2),
    ),
  )
  expect([...itHour(ran), pueAt(ran, '1h', '13:00')]).toEqual([60, 1, 1.3])
})
