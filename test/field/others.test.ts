/**
 * Two more of each kind of what the field sends, made up by hand: other devices, other numbers, the same trouble. What
 * each must give is worked out beside it.
 */
import { describe, expect, test } from 'vitest'
import { packetLine, replayLines, rowsOf, siteFromText, type Replayed } from '../../src/testing.ts'
import { told } from '../ingest/told.ts'
import { alarmsOf, outcomesOf, pueAt } from './cases.ts'
import { each, NOON_MS, PUE, replayed, siteWith, stamped } from './said.ts'

/** Points by the keys of one, a payload on the topic `t` at 10:00 UTC, and what it gives in base units. */
const MESSAGES: [kind: string, points: string, payload: string | Uint8Array, gives: string[]][] = [
  ['tenths of °F as a supply', 'a: { topic: t, unit: °F, factor: 0.1 }', '644', ['a 18']],
  ['°F with an offset of a transmitter', 'a: { topic: t, unit: °F, factor: 0.18, offset: 32 }', '100', ['a 10']],
  ['full humidity in thousandths', 'a: { topic: t, unit: "%", factor: 0.1 }', '1000', ['a 100']],
  ['99.9 % as text', 'a: { topic: t, at: /rh, unit: "%" }', '{"rh":"99.9"}', ['a 99.9']],
  ['a bare inf beside a number', 'a: { topic: t, at: /kw, unit: kW }', '{"kw":41.5,"pf":inf}', ['a 41500']],
  ['a bare -NaN in a list before the number', 'a: { topic: t, at: /v/1, unit: °C }', '{"v":[-NaN,36,nan]}', ['a 36']],
  ['NUL behind a bare number', 'a: { topic: t, unit: kW }', Buffer.from('1.25\0'), ['a 1250']],
  ['several NULs of a fixed buffer', 'a: { topic: t, at: /p, unit: W }', Buffer.from('{"p":7}\0\0\0\0'), ['a 7']],
  [
    'a list of lists of a logger',
    'a: { topic: t, records: /d/m1/log, at: /1, timeAt: /0, unit: kW }',
    '{"d":{"m1":{"log":[[1772445300,5],[1772445360,6],[1772445420,7]]}}}',
    ['a 5000 @ 09:55:00', 'a 6000 @ 09:56:00', 'a 7000 @ 09:57:00'],
  ],
  [
    'records in a member with a slash in its name',
    'a: { topic: t, records: "/hall~11", at: /kw, timeAt: /ts, unit: kW }',
    '{"hall/1":[{"ts":1772445300,"kw":2},{"ts":1772445360,"kw":3}]}',
    ['a 2000 @ 09:55:00', 'a 3000 @ 09:56:00'],
  ],
  [
    'one topic, a channel as text',
    'a: { topic: t, at: /v, where: { /ch: "B" }, unit: °C }, b: { topic: t, at: /v, where: { /ch: "A" }, unit: °C }',
    '{"ch":"A","v":19.5}',
    ['b 19.5'],
  ],
  [
    'one topic, two members select',
    'a: { topic: t, at: /v, where: { /id: 7, /kind: t }, unit: °C }, b: { topic: t, at: /v, where: { /id: 7, /kind: rh }, unit: "%" }',
    '{"id":7,"kind":"rh","v":44}',
    ['b 44'],
  ],
  ['a clock of 1970', 'a: { topic: t, timeAt: none, unit: W }', '{"value":5,"ts":37}', ['a 5']],
  ['a clock of 2000', 'a: { topic: t, timeAt: none, unit: W }', '{"value":5,"time":"2000-01-01T00:04:00Z"}', ['a 5']],
  ['a feed at -0.3 W of 4 kW', 'a: { topic: t, unit: W, maxKw: 4 }', '-0.3', ['a 0']],
  ['a feed at -19 W of 4 kW: within half a percent', 'a: { topic: t, unit: W, maxKw: 4 }', '-19', ['a 0']],
  [
    'a word of full bits where the device says so',
    'a: { topic: t, unit: kW, factor: 0.1, invalid: [6553.5] }',
    '65535',
    ['a no_value'],
  ],
]

test.each(MESSAGES)('%s', (_, points, payload, gives) => {
  expect(told(points, payload)).toEqual(gives)
})

/** kWh and coverage of the IT in the hour that ends at 13:00. */
function itHour(from: Replayed): string {
  const row = rowsOf(from, 'pue', { window: '1h' }).findLast(({ timeMs }) => timeMs === NOON_MS + 3_600_000)
  return `${((row?.fields.it_j ?? NaN) / 3.6e6).toFixed(2)} kWh of ${row?.fields.coverage?.toFixed(3)}`
}

describe('registers that lie', () => {
  const yaml = (more: string) =>
    siteWith(
      `fac: { topic: fac, unit: kW, everyS: 60 }, it: { topic: it, unit: kWh, register: {}, everyS: 60${more} }`,
      PUE,
    )
  const meters = (count: (minute: number) => number) =>
    each(-60, 120, 1, (m) => [
      [m, 'fac', stamped(m, 156)],
      [m, 'it', stamped(m, count(m))],
    ])

  test.each([
    ['a minute of zero, rated', ', maxKw: 400', (m: number) => (m === 20 ? 0 : 70_000 + 2 * m)],
    ['eleven young counts, not rated', '', (m: number) => (m >= 20 && m <= 30 ? (m - 20) * 2 : 70_000 + 2 * m)],
    [
      'a stale old count for nine minutes',
      ', maxKw: 400',
      (m: number) => (m >= 20 && m < 29 ? 69_500 : 70_000 + 2 * m),
    ],
  ])('%s: the hour is 120 kWh, PUE 1.30', (_, more, count) => {
    const ran = replayed(yaml(more), meters(count))
    expect([itHour(ran), pueAt(ran, '1h', '13:00')]).toEqual(['120.00 kWh of 1.000', 1.3])
  })

  test('whole counts of 10 kWh: the truth lies within ±', () => {
    const classes = ', accuracyPct: 0.5'
    const ran = replayed(
      yaml(classes).replace('unit: kW,', `unit: kW${classes},`),
      meters((m) => 70_000 + 10 * Math.floor((2 * m) / 10 + 0.37)),
    )
    for (const { fields } of rowsOf(ran, 'pue', { window: '1h' }).filter(({ fields: { pue } }) => pue !== undefined)) {
      expect(Math.abs((fields.pue ?? NaN) - 1.3)).toBeLessThanOrEqual(fields.uncertainty ?? NaN)
    }
  })

  test('a day counter that begins anew at midnight, without a word', () => {
    const daily = yaml('').replace('register: {}', 'register: { resets: daily }')
    const counted = (m: number) => 2 * (m < 720 ? m + 720 : m - 720)
    const said = each(660, 800, 1, (m) => [
      [m, 'fac', stamped(m, 156)],
      [m, 'it', stamped(m, counted(m))],
    ])
    const ran = replayed(daily, said)
    expect(alarmsOf(ran, 'register')).toEqual([])
    expect(pueAt(ran, '1h', '01:00')).toBe(1.3)
  })
})

describe('powers that cannot be', () => {
  const yaml = (more: string) =>
    siteWith(`fac: { topic: fac, unit: kW, everyS: 60${more} }, it: { topic: it, unit: kW, everyS: 60 }`, PUE)
  const meters = (fac: (m: number) => number) =>
    each(-120, 90, 1, (m) => [
      [m, 'fac', stamped(m, fac(m))],
      [m, 'it', stamped(m, 100)],
    ])

  test.each([
    ['32768 kW on a meter of 300 kW', ', maxKw: 300', (m: number) => (m === 40 ? 32_768 : 130)],
    ['twenty times the load, once, without a rating', '', (m: number) => (m === 40 ? 2600 : 130)],
    [
      'the right unit of a wrong one for two minutes, rated',
      ', maxKw: 200',
      (m: number) => (m === 40 || m === 41 ? 130_000 : 130),
    ],
  ])('%s: PUE stays 1.30', (_, more, fac) => {
    expect(pueAt(replayed(yaml(more), meters(fac)), '1h', '13:00')).toBe(1.3)
  })

  test('a generator test of ten minutes at eight times the load is energy', () => {
    const ran = replayed(
      yaml(''),
      meters((m) => (m >= 30 && m < 40 ? 1040 : 130)),
    )
    // 130 kW, and 910 kW more for nine minutes and two halves
    expect(pueAt(ran, '1h', '13:00')).toBeCloseTo((130 * 60 + 910 * 10) / 6000, 3)
  })
})

describe('backlogs', () => {
  test.each([
    [
      'a meter whose stored hours come in falling order beside one without stamps',
      (m: number) => 130 + (90 - m) / 1000,
    ],
    ['a meter whose stored hours come shuffled', (m: number) => 130 + ((m * 37) % 91) / 1000],
  ])('%s', (_, heard) => {
    const yaml = siteWith(
      'fac: { topic: fac, unit: kW, everyS: 60 }, it: { topic: it, unit: kW, everyS: 60, timeAt: none }',
      PUE,
    )
    const said = each(-60, 180, 1, (m) => [
      [m, 'fac', stamped(m, m >= 30 && m < 40 ? 260 : 130), m > 0 && m < 90 ? heard(m) : m],
      [m, 'it', '100'],
    ])
    const ran = replayed(yaml, said)
    expect(outcomesOf(ran)).toEqual({ accepted: 482 })
    expect(pueAt(ran, '1h', '13:00')).toBeCloseTo((130 * 50 + 260 * 10) / 6000, 3)
  })

  test('fifteen-minute energies stamped at their start', () => {
    const meter = (name: string) => `${name}: { topic: ${name}, unit: kWh, kind: energy, stamp: start, everyS: 900 }`
    const said = each(-60, 120, 15, (m) => {
      const it = m >= 30 ? 50 : 25
      return [
        [m, 'fac', stamped(m, 1.3 * it), m + 15.5],
        [m, 'it', stamped(m, it), m + 15.5],
      ]
    })
    const ran = replayed(siteWith(`${meter('fac')}, ${meter('it')}`, PUE), said)
    expect([itHour(ran), pueAt(ran, '1h', '13:00')]).toEqual(['150.00 kWh of 1.000', 1.3])
  })
})

test('a feed at -21 W of 4 kW is no noise any more', () => {
  const ran = replayed(siteWith('a: { topic: a, unit: W, everyS: 60, maxKw: 4 }'), [[0, 'a', '-21']])
  expect(outcomesOf(ran)).toEqual({ negative: 1 })
})

test('arrival times in milliseconds, and with a zone of its own', () => {
  const site = siteFromText(siteWith('a: { topic: a, unit: kW, everyS: 60 }'))
  const lines = [
    `{"tst":${NOON_MS},"topic":"a","payload":"5"}`,
    '{"tst":"2026-03-02T14:01:00.000+02:00","topic":"a","payload":"5"}',
  ]
  const ran = replayLines(site, lines)
  const [row] = rowsOf(ran, 'energy').filter(({ fields }) => fields.coverage === 1)
  expect([row?.timeMs, row?.fields.mean_w]).toEqual([NOON_MS + 60_000, 5000])
})

describe('the hour that comes twice', () => {
  const zone = 'timezone: America/New_York'
  /** Local time without offset of a minute after 05:00 UTC, when 01:00 comes for the first time. */
  const local = (m: number) =>
    `2026-11-01 ${new Date(Date.UTC(2026, 10, 1, 0, m + (m < 60 ? 60 : 0))).toISOString().slice(11, 19)}`
  const AUTUMN_MS = Date.UTC(2026, 10, 1, 5)

  test.each([
    ['every minute, on the same stamps twice', 60],
    ['every 70 s, on other stamps', 70],
  ])('a meter that reports %s: each pass has its own energy', (_, everyS) => {
    const yaml = siteWith(
      `fac: { topic: fac, unit: kW, everyS: ${everyS}, ${zone} }, it: { topic: it, unit: kW, everyS: ${everyS}, ${zone} }`,
      PUE,
    )
    const packets = []
    for (let s = 0; s <= 3 * 3600; s += everyS) {
      const time = new Date(Date.parse(`${local(Math.floor(s / 60))}Z`) + (s % 60) * 1000).toISOString().slice(0, 19)
      const isSecond = s >= 3600 && s < 7200
      for (const [topic, kw] of [
        ['fac', isSecond ? 180 : 120],
        ['it', 100],
      ] as const) {
        const payload = JSON.stringify({ time: time.replace('T', ' '), value: kw })
        packets.push(packetLine({ nowMs: AUTUMN_MS + s * 1000 + 400, topic, payload, retain: false }))
      }
    }
    const ran = replayLines(siteFromText(yaml), packets)
    // Where the load changes a straight line joins the two readings
    expect(['06:00', '07:00'].map((at) => Math.round(10 * pueAt(ran, '1h', at)) / 10)).toEqual([1.2, 1.8])
    expect(pueAt(ran, '1h', '08:00')).toBeCloseTo(1.2, 1)
  })
})

test.each([
  ['a day of silence behind one reading', 0],
  ['and behind ten minutes', 10],
])('no row lies behind the interval of the newest reading: %s', (_, minutes) => {
  const ran = replayed(
    siteWith(
      'a: { topic: a, unit: kW, everyS: 60 }, b: { topic: b, unit: kW, everyS: 60 }',
      'boundaries: { t1: { facility: [a], it: [b] } }',
    ),
    [
      ...each(0, minutes, 1, (m) => [
        [m, 'a', stamped(m, 5)],
        [m, 'b', stamped(m, 4)],
      ]),
      [1440, 'x', 'no topic of ours'],
    ],
  )
  const newest = Math.max(...ran.rows.filter(({ measurement }) => measurement === 'energy').map(({ timeMs }) => timeMs))
  expect(newest).toBe(NOON_MS + (minutes + 1) * 60_000)
})
