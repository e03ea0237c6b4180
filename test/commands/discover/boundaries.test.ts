/**
 * When `discover` writes a PUE, and when it asks. A row is a site: what its meters say in W as a function of the round,
 * by topic, and the boundary in words: `whole / IT`, or `asks`.
 */
import { describe, expect, test } from 'vitest'
import { counts } from '../../../src/commands/discover/draft.ts'
import { payloadOf, DOUBLE, TYPES, type SentMetric } from '../../ingest/sparkplug-bytes.ts'
import { boundaryWords, siteFrom, textOf, type Message } from './found.ts'

type Watts = (n: number) => number

/** Loads that change, each in its own way. */
const IT: Watts = (n) => 60_000 + 3_000 * Math.sin(n / 2)
const IT_2: Watts = (n) => 35_000 + 2_000 * Math.cos(n / 3)
const COOL: Watts = (n) => 21_000 + 1_500 * Math.sin(n / 5 + 1)
const LIGHT: Watts = (n) => 4_000 + 300 * Math.cos(n)
const PV: Watts = (n) => 9_000 + 700 * Math.sin(n / 4)

function sum(...parts: Watts[]): Watts {
  return (n) => parts.reduce((total, part) => total + part(n), 0)
}

function minus(whole: Watts, part: Watts): Watts {
  return (n) => whole(n) - part(n)
}

function times(part: Watts, factor: number): Watts {
  return (n) => part(n) * factor
}

function constant(watts: number): Watts {
  return () => watts
}

function site(meters: Record<string, Watts>): (n: number) => Message[] {
  return (n) => Object.entries(meters).map(([topic, watts]) => [`${topic}/power_w`, watts(n).toFixed(1)])
}

const BY_SUMS: [what: string, meters: Record<string, Watts>, boundary: string][] = [
  [
    'the whole is the sum of its parts, and each is named',
    { 'dc/main': sum(IT, COOL, LIGHT), 'dc/it': IT, 'dc/chiller': COOL, 'dc/lighting': LIGHT },
    'dc-main-w / dc-it-w',
  ],
  [
    'in French',
    {
      'dc/arrivee': sum(IT, IT_2, COOL, LIGHT),
      'dc/baie-1': IT,
      'dc/baie-2': IT_2,
      'dc/climatisation': COOL,
      'dc/éclairage': LIGHT,
    },
    'dc-arrivee-w / dc-baie-1-w dc-baie-2-w',
  ],
  [
    'in German',
    { 'rz/netz': sum(IT, COOL, LIGHT), 'rz/server': IT, 'rz/kälte': COOL, 'rz/beleuchtung': LIGHT },
    'rz-netz-w / rz-server-w',
  ],
  [
    'parents beside their children: the PDU counts, its racks do not count again',
    { 'dc/main': sum(IT, IT_2, COOL), 'dc/pdu': sum(IT, IT_2), 'dc/rack-1': IT, 'dc/rack-2': IT_2, 'dc/chiller': COOL },
    'dc-main-w / dc-pdu-w',
  ],
  ['a meter is not told what it feeds', { 'dc/main': sum(IT, COOL), 'dc/it': IT, 'dc/meter-4': COOL }, 'asks'],
  ['nothing is named as the whole', { 'dc/meter-1': sum(IT, COOL), 'dc/it': IT, 'dc/chiller': COOL }, 'asks'],
  ['losses between meters', { 'dc/main': times(sum(IT, COOL), 1.06), 'dc/it': IT, 'dc/chiller': COOL }, 'asks'],
  ['a part that nobody measures', { 'dc/main': sum(IT, COOL, LIGHT), 'dc/it': IT, 'dc/chiller': COOL }, 'asks'],
  ['a UPS may be measured before or behind it', { 'dc/main': sum(IT, COOL), 'dc/ups': IT, 'dc/chiller': COOL }, 'asks'],
  [
    'solar power that is used on the site',
    { 'dc/main': minus(sum(IT, COOL), PV), 'dc/pv': PV, 'dc/it': IT, 'dc/chiller': COOL },
    'asks',
  ],
  [
    'solar power among the parts of a sum that balances all the same',
    { 'dc/main': sum(IT, COOL, PV), 'dc/solar': PV, 'dc/it': IT, 'dc/chiller': COOL },
    'asks',
  ],
  [
    'two sites on one broker',
    {
      'east/main': sum(IT, COOL),
      'east/it': IT,
      'east/chiller': COOL,
      'west/main': sum(IT_2, LIGHT),
      'west/it': IT_2,
      'west/chiller': LIGHT,
    },
    'asks',
  ],
  [
    'two feeds of one site',
    { 'dc/main-a': times(sum(IT, COOL), 0.5), 'dc/main-b': times(sum(IT, COOL), 0.5), 'dc/it': IT, 'dc/chiller': COOL },
    'asks',
  ],
  [
    'several choices of parts fit: loads are alike and stand still',
    {
      'dc/main': constant(100_000),
      'dc/it-1': constant(50_000),
      'dc/it-2': constant(50_000),
      'dc/chiller': constant(50_000),
    },
    'asks',
  ],
  [
    'the same among boards, though one choice would make all of it balance',
    {
      'dc/main': constant(150_000),
      'dc/board': constant(100_000),
      'dc/it-1': constant(50_000),
      'dc/it-2': constant(50_000),
      'dc/chiller': constant(50_000),
    },
    'asks',
  ],
  [
    'solar power too small for a sum to tell',
    { 'dc/main': sum(IT, COOL), 'dc/it': IT, 'dc/chiller': COOL, 'dc/pv': constant(300) },
    'asks',
  ],
  ['the whole and one part of the same size', { 'dc/main': IT, 'dc/it': times(IT, 0.999) }, 'asks'],
  [
    'a meter of IT too small for a sum to tell',
    { 'dc/main': sum(IT, COOL), 'dc/it': IT, 'dc/chiller': COOL, 'dc/rack-9': constant(300) },
    'asks',
  ],
  [
    'a rack below the chiller: names contradict sums',
    { 'dc/main': sum(IT, IT_2, COOL), 'dc/it': IT, 'dc/chiller': sum(IT_2, COOL), 'dc/rack-2': IT_2, 'dc/pump': COOL },
    'asks',
  ],
]

test.each(BY_SUMS)('by sums: %s', (_, meters, boundary) => {
  expect(boundaryWords(siteFrom(site(meters), { count: 40, everyS: 2 }))).toEqual([boundary])
})

test('heard for too short a time, the same site asks', () => {
  const says = site({ 'dc/main': sum(IT, COOL), 'dc/it': IT, 'dc/chiller': COOL })
  expect(boundaryWords(siteFrom(says, { count: 3, everyS: 60 }))).toEqual(['asks'])
  expect(textOf(siteFrom(says, { count: 3, everyS: 60 }))).toMatch(
    /# boundaries:[^]*question: where do these belong:.*--for 600/,
  )
})

test('powers without their units stand commented out, and so does the PUE', () => {
  const says = (n: number): Message[] => [
    ['dc/main/power', String(sum(IT, COOL)(n))],
    ['dc/it/power', String(IT(n))],
    ['dc/chiller/power', String(COOL(n))],
  ]
  const found = siteFrom(says)
  expect(found.drafts.filter(counts)).toEqual([])
  expect(found.boundaries).toEqual([])
  expect(textOf(found).match(/question: in which unit is it, W or kW/g)).toHaveLength(3)
})

test('a device that a gateway publishes again in kW is one meter', () => {
  const says = (n: number): Message[] => [
    ...site({ 'dc/main': sum(IT, COOL), 'dc/it': IT, 'dc/chiller': COOL })(n),
    ['bridge/it/power_kw', (IT(n) / 1000).toFixed(4)],
  ]
  const found = siteFrom(says, { count: 40, everyS: 2 })
  expect(found.drafts.filter((it) => !counts(it)).map(({ topic }) => topic)).toEqual(['bridge/it/power_kw'])
  expect(boundaryWords(found)).toEqual(['dc-main-w / dc-it-w'])
})

/** A node's devices, by name: role that its birth tells, and W. */
function node(devices: Record<string, [role: string, watts: Watts]>, group = 'DC'): (n: number) => Message[] {
  return (n) =>
    Object.entries(devices).map(([device, [role, watts]], index) => {
      const power: SentMetric = { name: 'Power', datatype: DOUBLE, double: watts(n) / 1000, texts: { engUnit: 'kW' } }
      const metrics: SentMetric[] = n === 0 ? [power, { name: 'Role', datatype: TYPES.Text, text: role }] : [power]
      return [`spBv1.0/${group}/${n === 0 ? 'DBIRTH' : 'DDATA'}/edge/${device}`, payloadOf({ seq: index, metrics })]
    })
}

const BY_ROLES: [what: string, says: (n: number) => Message[], boundaries: string[]][] = [
  [
    'all devices of a group announce one',
    node({ m1: ['facility', sum(IT, COOL)], m2: ['it', IT], m3: ['cooling', COOL] }),
    ['m1-kw / m2-kw'],
  ],
  ['one of them does not', node({ m1: ['facility', sum(IT, COOL, LIGHT)], m2: ['it', IT], m3: ['', COOL] }), ['asks']],
  [
    'two announce that they are the whole',
    node({ m1: ['facility', COOL], m2: ['facility', IT], m3: ['it', IT_2] }),
    ['asks'],
  ],
  ['IT is more than the whole', node({ m1: ['facility', COOL], m2: ['it', IT] }), ['asks']],
  [
    'a PDU and its racks both announce IT',
    node({ m1: ['facility', sum(IT, IT_2, COOL)], m2: ['it', sum(IT, IT_2)], m3: ['it', IT], m4: ['it', IT_2] }),
    ['asks'],
  ],
  ['generation is announced', node({ m1: ['facility', sum(IT, COOL)], m2: ['it', IT], m3: ['solar', PV] }), ['asks']],
  [
    'two groups are two sites',
    (n) => [
      ...node({ m1: ['facility', sum(IT, COOL)], m2: ['it', IT] }, 'East')(n),
      ...node({ m1: ['facility', sum(IT_2, COOL)], m2: ['it', IT_2] }, 'West')(n),
    ],
    ['m1-kw / m2-kw', 'm1-kw-2 / m2-kw-2'],
  ],
]

test.each(BY_ROLES)('by roles: %s', (_, says, boundaries) => {
  expect(boundaryWords(siteFrom(says, { count: 20 }))).toEqual(boundaries)
})

interface DsxObject {
  type: string
  point: string
  serves?: string[]
  watts?: Watts
}

/** A bus of DSX: objects by id; those with a power have a point of it. */
function bus(objects: Record<string, DsxObject>): (n: number) => Message[] {
  return (n) =>
    Object.entries(objects).flatMap(([id, { type, point, serves, watts }]): Message[] => {
      const own =
        type === 'Rack'
          ? { rackLocationId: id, rackLocationName: id }
          : { objectId: id, objectName: id, servesId: serves ?? [] }
      const metadata = {
        objectType: type,
        pointType: point,
        ...own,
        ...(watts ? { engUnit: 'kW' } : { stateText: [] }),
      }
      const value = { value: (watts?.(n) ?? 0) / 1000, timestamp: Date.UTC(2026, 2, 2, 10) + n * 5000, quality: 1 }
      return [
        [`BMS/v1/PUB/Metadata/${type}/${point}/site/${id}`, metadata, 'retained'],
        [`BMS/v1/PUB/Value/${type}/${point}/site/${id}`, value],
      ]
    })
}

function meter(watts: Watts, ...serves: string[]): DsxObject {
  return { type: 'PowerMeter', point: 'ActivePower', serves, watts }
}

function rackOf(watts?: Watts): DsxObject {
  return watts ? { type: 'Rack', point: 'RackPower', watts } : { type: 'Rack', point: 'RackLeakDetect' }
}

function object(type: string, ...serves: string[]): DsxObject {
  return { type, point: 'Status', serves }
}

const WHOLE = sum(IT, IT_2, COOL)

const BY_SERVED: [what: string, objects: Record<string, DsxObject>, boundaries: string[]][] = [
  [
    'one meter serves all, racks tell their power',
    {
      grid: meter(WHOLE, 'ups', 'ch'),
      ups: object('UPS', 'r1', 'r2'),
      ch: object('Chiller'),
      r1: rackOf(IT),
      r2: rackOf(IT_2),
    },
    ['grid-ActivePower / r1-RackPower r2-RackPower'],
  ],
  [
    'racks tell none: meters that feed nothing else do',
    {
      grid: meter(WHOLE, 'p1', 'p2', 'ch'),
      p1: meter(IT, 'r1'),
      p2: meter(IT_2, 'r2'),
      ch: object('Chiller'),
      r1: rackOf(),
      r2: rackOf(),
    },
    ['grid-ActivePower / p1-ActivePower p2-ActivePower'],
  ],
  [
    'two feeds, both of which serve the racks',
    {
      a: meter(times(WHOLE, 0.5), 'r1', 'ch'),
      b: meter(times(WHOLE, 0.5), 'r1'),
      ch: object('Chiller'),
      r1: rackOf(IT),
    },
    ['a-ActivePower b-ActivePower / r1-RackPower'],
  ],
  [
    'two sites that share nothing',
    { g1: meter(sum(IT, COOL), 'r1'), r1: rackOf(IT), g2: meter(sum(IT_2, COOL), 'r2'), r2: rackOf(IT_2) },
    ['g1-ActivePower / r1-RackPower', 'g2-ActivePower / r2-RackPower'],
  ],
  [
    'a generator that nobody measures serves, too',
    { grid: meter(WHOLE, 'r1'), gen: object('Generator', 'r1'), r1: rackOf(IT) },
    ['asks'],
  ],
  [
    'a chiller that no meter serves',
    { grid: meter(WHOLE, 'r1'), ch: object('Chiller', 'cdu'), cdu: object('CDU', 'r1'), r1: rackOf(IT) },
    ['asks'],
  ],
  [
    'a meter of racks that feeds a chiller as well',
    { grid: meter(WHOLE, 'p1'), p1: meter(WHOLE, 'r1', 'ch'), ch: object('Chiller'), r1: rackOf() },
    ['asks'],
  ],
  [
    'everything serves something else in a circle',
    { a: meter(IT, 'b'), b: meter(IT, 'a', 'r1'), r1: rackOf(IT_2) },
    ['asks'],
  ],
  ['racks take more than the whole gives', { grid: meter(COOL, 'r1'), r1: rackOf(IT) }, ['asks']],
  ['one of two racks tells no power', { grid: meter(WHOLE, 'r1', 'r2'), r1: rackOf(IT), r2: rackOf() }, ['asks']],
]

describe('by who serves whom', () => {
  test.each(BY_SERVED)('%s', (_, objects, boundaries) => {
    expect(boundaryWords(siteFrom(bus(objects)))).toEqual(boundaries)
  })

  test('who is served names its nearest meter as its parent, where that is one', () => {
    const { config } = siteFrom(
      bus({
        grid: meter(WHOLE, 'ups'),
        ups: object('UPS', 'p1'),
        p1: meter(IT, 'r1', 'r2'),
        r1: rackOf(IT),
        r2: rackOf(LIGHT),
      }),
    )
    expect(
      Object.entries(config.points).map(([name, { parent, hold, everyS }]) => [name, parent, hold, everyS]),
    ).toEqual([
      ['grid-ActivePower', undefined, true, 100],
      ['p1-ActivePower', 'grid-ActivePower', true, 100],
      ['r1-RackPower', 'p1-ActivePower', true, 100],
      ['r2-RackPower', 'p1-ActivePower', true, 100],
    ])
  })
})
