/**
 * Sparkplug B as a listener hears it: messages in, readings by name out. Names of tests cite the specification 3.0.0
 * where it demands something of a host.
 */
import { describe, expect, test } from 'vitest'
import { OUTCOMES } from '../../src/core/contract/outcome.ts'
import { birthsFromJson, birthsToJson } from '../../src/ingest/sparkplug/births-json.ts'
import {
  acceptSparkplug,
  createSparkplugHost,
  nodesToAsk,
  type SparkplugHost,
} from '../../src/ingest/sparkplug/host.ts'
import { sparkplugFilters } from '../../src/ingest/sparkplug/topics.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { BOOLEAN, DOUBLE, FLOAT, payloadOf, TYPES, type SentMetric } from './sparkplug-bytes.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
points:
  p: { topic: spBv1.0/DC/DDATA/edge/m1, at: /Meter/Power, unit: kW }
  q: { topic: spBv1.0/DC/DDATA/edge/m1, at: /Feed~1Power, unit: kW }
  t: { topic: spBv1.0/DC/NDATA/edge, at: /Temp, unit: °C }
`)
const NOW_MS = Date.UTC(2026, 2, 2, 10)
const AT_9 = Date.UTC(2026, 2, 2, 9)

type Message = [path: string, seq: number | undefined, ...metrics: SentMetric[]]

/** What a message gives, a word a call: `p 5000`, `p before_birth`, `gone p q`, `unselected`. */
function hear(host: SparkplugHost, [path, seq, ...metrics]: Message, retain = false, nowMs = NOW_MS): string[] {
  const words: string[] = []
  const payload = payloadOf({ metrics, tMs: AT_9, ...(seq !== undefined && { seq }) })
  const isTaken = acceptSparkplug(
    host,
    { topic: `spBv1.0/${path}`, payload, nowMs, retain },
    {
      reading(point, tMs, value, from) {
        const stamp = tMs === AT_9 ? '' : ` @ ${new Date(tMs).toISOString().slice(11, 19)}`
        words.push(
          `${SITE.points[point]} ${Number(value.toPrecision(12))}${stamp}${from === 'history' ? ' (past)' : ''}`,
        )
      },
      refused: (point, outcome) => words.push(`${SITE.points[point]} ${OUTCOMES[outcome]}`),
      gone: (points) => words.push(`gone ${points.map((point) => SITE.points[point]).join(' ')}`),
      unselected: () => words.push('unselected'),
      regained: (count) => words.push(`regained ${count}`),
    },
  )
  return isTaken ? words : ['not taken']
}

/** What the last of some messages gives, heard by a host that knew nothing before them. */
function last(...messages: Message[]): string[] {
  const host = createSparkplugHost(SITE.sparkplug)
  return messages.map((message) => hear(host, message)).at(-1) ?? []
}

const POWER = { name: 'Meter/Power', alias: 1, datatype: DOUBLE, double: 5 }
const FEED = { name: 'Feed/Power', alias: 2, datatype: DOUBLE, double: 6 }
const NBIRTH: Message = [
  'DC/NBIRTH/edge',
  0,
  { name: 'bdSeq', datatype: TYPES.UInt64, long: 7n },
  { name: 'Temp', alias: 9, datatype: FLOAT, float: 20 },
]
const DBIRTH: Message = ['DC/DBIRTH/edge/m1', 1, POWER, FEED]
const sent = (seq: number, ...metrics: SentMetric[]): Message => ['DC/DDATA/edge/m1', seq, ...metrics]
const death = (bdSeq: bigint): Message => ['DC/NDEATH/edge', undefined, { name: 'bdSeq', long: bdSeq }]

describe('births', () => {
  test.each<[string, Message[], string[]]>([
    ['values of a birth are readings', [NBIRTH, DBIRTH], ['p 5000', 'q 6000']],
    ['of the node itself', [NBIRTH], ['t 20']],
    ['an alias means what the birth said', [NBIRTH, DBIRTH, sent(2, { alias: 2, double: 8 })], ['q 8000']],
    [
      'a name without a birth, with its type',
      [sent(2, { name: 'Meter/Power', datatype: DOUBLE, double: 8 })],
      ['p 8000'],
    ],
    [
      'a name without a birth, whole number of unknown sign',
      [sent(2, { name: 'Meter/Power', int: 8 })],
      ['p before_birth'],
    ],
    ['an alias without a birth', [sent(2, { alias: 1, double: 8 })], ['p before_birth', 'q before_birth']],
    [
      'an alias that the birth does not have',
      [NBIRTH, DBIRTH, sent(2, { alias: 3, double: 8 })],
      ['p before_birth', 'q before_birth'],
    ],
    [
      'aliases of another device',
      [NBIRTH, DBIRTH, sent(2, { alias: 9, float: 8 })],
      ['p before_birth', 'q before_birth'],
    ],
    [
      'another type than the birth said',
      [NBIRTH, DBIRTH, sent(2, { alias: 1, datatype: FLOAT, float: 8 })],
      ['p before_birth'],
    ],
    ['another field than its type has', [NBIRTH, DBIRTH, sent(2, { alias: 1, int: 8 })], ['p before_birth']],
    [
      'a later birth means something else',
      [
        NBIRTH,
        DBIRTH,
        NBIRTH,
        ['DC/DBIRTH/edge/m1', 1, { ...POWER, alias: 2 }, { ...FEED, alias: 1 }],
        sent(2, { alias: 1, double: 8 }),
      ],
      ['q 8000'],
    ],
    [
      'a birth of the node ends those of its devices',
      [NBIRTH, DBIRTH, NBIRTH, sent(1, { alias: 1, double: 8 })],
      ['p before_birth', 'q before_birth'],
    ],
    [
      'a metric that nobody reads',
      [NBIRTH, DBIRTH, sent(2, { name: 'Fan', datatype: DOUBLE, double: 1 })],
      ['unselected'],
    ],
    [
      'an alias of 64 bit',
      [
        NBIRTH,
        ['DC/DBIRTH/edge/m1', 1, { ...POWER, alias: 2n ** 63n + 1n }],
        sent(2, { alias: 2n ** 63n + 1n, double: 8 }),
      ],
      ['p 8000'],
    ],
  ])('%s', (_, messages, words) => expect(last(...messages)).toEqual(words))
})

describe('seq', () => {
  const one = (seq: number) => sent(seq, { alias: 1, double: 8 })
  test.each<[string, Message[], string[]]>([
    ['goes on', [NBIRTH, DBIRTH, one(2), one(3)], ['p 8000']],
    [
      'goes on over devices and the node',
      [NBIRTH, DBIRTH, ['DC/NDATA/edge', 2, { alias: 9, float: 21 }], ['DC/DDATA/edge/other', 3], one(4)],
      ['p 8000'],
    ],
    [
      '0 follows 255',
      [NBIRTH, ['DC/DBIRTH/edge/m1', 1, POWER], ...Array.from({ length: 255 }, (_, n) => one((n + 2) % 256))],
      ['p 8000'],
    ],
    ['one is missing', [NBIRTH, DBIRTH, one(3)], ['p before_birth', 'q before_birth']],
    [
      'and then goes on: the birth may have been missed',
      [NBIRTH, DBIRTH, one(3), one(4)],
      ['p before_birth', 'q before_birth'],
    ],
    ['comes twice', [NBIRTH, DBIRTH, one(2), one(2)], ['p before_birth', 'q before_birth']],
    ['a birth of the device tells anew', [NBIRTH, DBIRTH, one(3), ['DC/DBIRTH/edge/m1', 4, POWER], one(5)], ['p 8000']],
    [
      'a name with its type counts all the same',
      [NBIRTH, DBIRTH, sent(9, { name: 'Meter/Power', datatype: DOUBLE, double: 8 })],
      ['p 8000'],
    ],
    [
      'none is sent',
      [NBIRTH, DBIRTH, ['DC/DDATA/edge/m1', undefined, { alias: 1, double: 8 }]],
      ['p before_birth', 'q before_birth'],
    ],
    ['above 255', [NBIRTH, DBIRTH, one(258)], ['p bad_payload', 'q bad_payload']],
  ])('%s', (_, messages, words) => expect(last(...messages)).toEqual(words))
})

test('an alias that a birth gives to two metrics means neither', () => {
  const birth: Message = ['DC/DBIRTH/edge/m1', 1, POWER, { ...FEED, alias: 1 }]
  expect(last(NBIRTH, birth, sent(2, { alias: 1, double: 8 }))).toEqual(['p before_birth', 'q before_birth'])
})

describe('deaths', () => {
  test('operational-behavior-host-application-ndeath: all of the node are gone', () => {
    expect(last(NBIRTH, DBIRTH, death(7n))).toEqual(['unselected', 'gone p q t'])
  })
  test('the will of an earlier session comes behind the next birth', () => {
    expect(last(NBIRTH, DBIRTH, death(6n))).toEqual(['unselected'])
  })
  test('data behind a death wait for a birth', () => {
    expect(last(NBIRTH, DBIRTH, death(7n), sent(2, { alias: 1, double: 8 }))).toEqual([
      'p before_birth',
      'q before_birth',
    ])
  })
  test('a death that nothing was known before', () => expect(last(death(7n))).toEqual(['unselected', 'gone p q t']))
  test('operational-behavior-host-application-ddeath: those of the device are gone, the node is not', () => {
    const messages: Message[] = [NBIRTH, DBIRTH, ['DC/DDEATH/edge/m1', 2]]
    expect(last(...messages)).toEqual(['unselected', 'gone p q'])
    expect(last(...messages, ['DC/NDATA/edge', 3, { alias: 9, float: 21 }])).toEqual(['t 21'])
  })
})

describe('numbers', () => {
  const value = (datatype: number, metric: SentMetric) => last(sent(1, { name: 'Meter/Power', datatype, ...metric }))
  test.each<[string, number, SentMetric, string]>([
    ['UInt8', TYPES.UInt8, { int: 255 }, 'p 255000'],
    ['UInt16', TYPES.UInt16, { int: 65_535 }, 'p 65535000'],
    ['UInt32', TYPES.UInt32, { int: 4_294_967_295 }, 'p 4294967295000'],
    ['UInt32 in a long', TYPES.UInt32, { long: 4_294_967_295n }, 'p 4294967295000'],
    ['Int64', TYPES.Int64, { long: 5n }, 'p 5000'],
    ['UInt64 above the signed ones', TYPES.UInt64, { long: 2n ** 63n }, 'p 9.22337203685e+21'],
    ['UInt8 beyond its bits', TYPES.UInt8, { int: 300 }, 'p bad_payload'],
    ['UInt16 beyond its bits', TYPES.UInt16, { int: 70_000 }, 'p bad_payload'],
    ['UInt32 beyond its bits', TYPES.UInt32, { long: 2n ** 40n }, 'p bad_payload'],
    ['Int8 beyond its bits', TYPES.Int8, { int: 70_000 }, 'p bad_payload'],
    ['Int16 beyond its bits', TYPES.Int16, { int: 70_000 }, 'p bad_payload'],
    ['Int32 beyond its bits', TYPES.Int32, { long: 2n ** 33n + 7n }, 'p bad_payload'],
    ['Float', FLOAT, { float: 0.5 }, 'p 500'],
    ['Boolean', BOOLEAN, { boolean: true }, 'p bad_payload'],
    ['text', 12, { text: '5' }, 'p bad_payload'],
    ['NaN', DOUBLE, { double: NaN }, 'p non_finite'],
    ['is_null', DOUBLE, { isNull: true }, 'p no_value'],
    ['is_transient: not to be stored', DOUBLE, { double: 5, isTransient: true }, 'p no_value'],
    [
      'is_historical has its own time',
      DOUBLE,
      { double: 5, isHistorical: true, tMs: AT_9 - 3_600_000 },
      'p 5000 @ 08:00:00 (past)',
    ],
    ['good quality', DOUBLE, { double: 5, quality: 192 }, 'p 5000'],
    ['stale quality', DOUBLE, { double: 5, quality: 500 }, 'p no_value'],
    ['a clock that was never set', DOUBLE, { double: 5, tMs: 1000 }, 'p bad_time'],
  ])('%s', (_, datatype, metric, word) => expect(value(datatype, metric)).toEqual([word]))

  test.each<[number, number]>([
    [TYPES.Int8, -1],
    [TYPES.Int8, 255],
    [TYPES.Int16, 65_535],
    [TYPES.Int32, -1],
  ])('negative numbers of datatype %i, sent as %i', (datatype, int) => {
    const message: Message = ['DC/NDATA/edge', 1, { name: 'Temp', datatype, int }]
    expect(last(message)).toEqual(['t -1'])
  })
})

test('a retained message of a node is none', () => {
  const host = createSparkplugHost(SITE.sparkplug)
  expect(hear(host, DBIRTH, true)).toEqual(['p retained', 'q retained'])
})

test('bytes of any kind end in one outcome', () => {
  const host = createSparkplugHost(SITE.sparkplug)
  const outcomes = new Set<string>()
  const bytes = payloadOf({ tMs: AT_9, seq: 1, metrics: [POWER, FEED] })
  for (let n = 0; n < bytes.length * 8; n++) {
    const flipped = bytes.slice()
    flipped[n >> 3] = (flipped[n >> 3] ?? 0) ^ (1 << (n & 7))
    acceptSparkplug(
      host,
      { topic: 'spBv1.0/DC/DDATA/edge/m1', payload: flipped, nowMs: NOW_MS, retain: false },
      {
        reading: (point, _, value) => outcomes.add(`${point} ${Number.isFinite(value)}`),
        refused: (point, outcome) => outcomes.add(`${point} ${OUTCOMES[outcome]}`),
        gone: () => outcomes.add('gone'),
        unselected: () => outcomes.add('unselected'),
        regained: () => outcomes.add('regained'),
      },
    )
  }
  expect([...outcomes]).toContain('0 bad_payload')
  expect([...outcomes].some((it) => it.endsWith('false') || it === 'gone')).toBe(false)
})

test.each(['NCMD/edge', 'DCMD/edge/m1', 'NBIRTH/edge/m1', 'DDATA/edge', 'DDATA/other/m1'])(
  '%s is not taken',
  (path) => {
    expect(last([`DC/${path}`, 1, POWER])).toEqual(['not taken'])
  },
)

const UNKNOWN = ['p before_birth', 'q before_birth']

/** A message of the device, its arrival in seconds; what it gives; whether the node would be asked for a birth. */
type Step = [message: Message, atS: number, gives: string[], isAsked: boolean]

const told = (seq: number, value: number) => sent(seq, { alias: 1, double: value })
const OTHER: Message = ['DC/DBIRTH/edge/m1', 4, { ...POWER, alias: 2 }, { ...FEED, alias: 1 }]

test.each<[string, Step[]]>([
  [
    'a message that another has overtaken comes within 2 s: all counts again',
    [
      [told(3, 8), 0, UNKNOWN, false],
      [told(2, 7), 1, ['regained 2', 'p 8000', 'p 7000'], false],
      [told(4, 9), 1, ['p 9000'], false],
    ],
  ],
  [
    'several of them',
    [
      [told(6, 8), 0, UNKNOWN, false],
      [told(3, 1), 1, UNKNOWN, false],
      [told(7, 8), 1, UNKNOWN, false],
      [told(5, 1), 1, UNKNOWN, false],
      [told(2, 1), 1, UNKNOWN, false],
      [
        told(4, 7),
        2,
        [...['8000', '1000', '8000', '1000', '1000'].flatMap((it) => ['regained 2', `p ${it}`]), 'p 7000'],
        false,
      ],
      [told(8, 9), 2, ['p 9000'], false],
    ],
  ],
  [
    'it comes too late, or never',
    [
      [told(3, 8), 0, UNKNOWN, false],
      [told(4, 8), 3, UNKNOWN, true],
      [told(2, 7), 3, UNKNOWN, true],
      [told(5, 9), 4, UNKNOWN, true],
      [OTHER, 4, ['p 5000', 'q 6000'], true],
    ],
  ],
  ['more are missing than are waited for', [[told(7, 8), 0, UNKNOWN, true]]],
  [
    'a birth comes meanwhile: what was told before it is not read by it',
    [
      [told(3, 8), 0, UNKNOWN, false],
      [OTHER, 0, ['p 5000', 'q 6000'], true],
      [told(2, 7), 1, UNKNOWN, true],
    ],
  ],
  [
    'it was a birth that was overtaken',
    [
      [told(5, 8), 0, UNKNOWN, false],
      [OTHER, 1, ['p 5000', 'q 6000'], true],
      [told(2, 7), 1, UNKNOWN, true],
    ],
  ],
])('%s', (_, steps) => {
  let host = createSparkplugHost(SITE.sparkplug)
  for (const message of [NBIRTH, DBIRTH]) hear(host, message)
  for (const [message, atS, gives, isAsked] of steps) {
    const nowMs = NOW_MS + 1000 * atS
    expect([message[1], hear(host, message, false, nowMs)]).toEqual([message[1], gives])
    expect([message[1], nodesToAsk(host, nowMs).length > 0]).toEqual([message[1], isAsked])
    host = { ...host, births: birthsFromJson(birthsToJson(host.births)) } // a snapshot and a restart between all of them
  }
})

/** A node is born anew behind a loss: what of the data between, which nobody could read when they came? */
const REBORN = (bdSeq: bigint): Message => [NBIRTH[0], 0, { name: 'bdSeq', datatype: TYPES.UInt64, long: bdSeq }]
const SWAPPED: Message = ['DC/DBIRTH/edge/m1', 1, { ...POWER, alias: 2 }, { ...FEED, alias: 1 }]
const LOST = told(9, 8)

test.each<[what: string, messages: Message[], gives: string[]]>([
  ['the same session and aliases: it counts', [LOST, REBORN(7n), DBIRTH], ['regained 2', 'p 8000', 'p 5000', 'q 6000']],
  [
    'several messages, deaths of devices among them',
    [LOST, ['DC/DDEATH/edge/m1', 10], told(11, 9), REBORN(7n), DBIRTH],
    ['regained 2', 'p 8000', 'regained 2', 'p 9000', 'p 5000', 'q 6000'],
  ],
  ['another session', [LOST, REBORN(8n), DBIRTH], ['p 5000', 'q 6000']],
  ['the node died between', [LOST, death(7n), REBORN(7n), DBIRTH], ['p 5000', 'q 6000']],
  ['the same session, other aliases', [LOST, REBORN(7n), SWAPPED], ['p 5000', 'q 6000']],
  [
    'the same session, other types',
    [LOST, REBORN(7n), [DBIRTH[0], 1, { ...POWER, datatype: FLOAT, float: 5 }, FEED]],
    ['p 5000', 'q 6000'],
  ],
  ['the device alone is born: that proves no session', [LOST, [DBIRTH[0], 10, POWER, FEED]], ['p 5000', 'q 6000']],
  [
    'twice: what was lost behind the first birth is not proven by it',
    [LOST, REBORN(7n), told(9, 3), [DBIRTH[0], 10, POWER, FEED]],
    ['p 5000', 'q 6000'],
  ],
  [
    'what came with names counted at once, and once',
    [sent(9, { name: 'Meter/Power', datatype: DOUBLE, double: 8 }), REBORN(7n), DBIRTH],
    ['p 5000', 'q 6000'],
  ],
])('set aside, %s', (_, messages, gives) => {
  let host = createSparkplugHost(SITE.sparkplug)
  let words: string[] = []
  for (const message of [NBIRTH, DBIRTH, ...messages]) {
    words = hear(host, message)
    host = { ...host, births: birthsFromJson(birthsToJson(host.births)) } // a snapshot and a restart between all of them
  }
  expect(words).toEqual(gives)
})

test('reborn with other aliases while nobody listened, its death kept by the broker: no reading at a wrong meter', () => {
  for (let seq = 0; seq < 256; seq++) {
    expect([seq, last(NBIRTH, DBIRTH, told(2, 7), death(7n), told(seq, 8))]).toEqual([seq, UNKNOWN])
  }
})

test('a node that falls silent behind a lost message is asked all the same', () => {
  const host = createSparkplugHost(SITE.sparkplug)
  for (const message of [NBIRTH, DBIRTH, told(3, 8)]) hear(host, message)
  expect([nodesToAsk(host, NOW_MS + 2_000), nodesToAsk(host, NOW_MS + 2_001)]).toEqual([[], ['DC/edge']])
})

test('what is known of nodes survives a snapshot', () => {
  const host = createSparkplugHost(SITE.sparkplug)
  for (const message of [NBIRTH, DBIRTH]) hear(host, message)
  const again = { ...host, births: birthsFromJson(birthsToJson(host.births)) }
  expect(again.births).toEqual(host.births)
  expect(hear(again, sent(2, { alias: 2, double: 8 }))).toEqual(['q 8000'])
})

test('one node is six filters, whatever is read of it', () => {
  expect(sparkplugFilters(['a/b', 'spBv1.0/G/DDATA/n/d1', 'spBv1.0/G/DDATA/n/d2'])).toEqual([
    'spBv1.0/G/NBIRTH/n',
    'spBv1.0/G/NDATA/n',
    'spBv1.0/G/NDEATH/n',
    'spBv1.0/G/DBIRTH/n/+',
    'spBv1.0/G/DDATA/n/+',
    'spBv1.0/G/DDEATH/n/+',
  ])
})
