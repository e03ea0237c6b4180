/** Units, zones, selections and what is ignored: faults, each with its place and what to write instead. */
import { describe, expect, test } from 'vitest'
import { topologyDrafts } from '../../src/config/points/topology.ts'
import { unitHint, zoneHint } from '../../src/config/points/spellings.ts'
import { twinDrafts } from '../../src/config/points/wiring.ts'
import { formatFault, parseConfig } from '../../src/config/config.ts'

const SITE = 'site: { id: dc, timezone: UTC }\n'

/** All faults, those of `check` included, as `path: reason` and the hint behind a bar. */
function faultsOf(text: string): string[] {
  const alsoCheck = (readable: Parameters<typeof twinDrafts>[0]) => [
    ...twinDrafts(readable),
    ...topologyDrafts(readable),
  ]
  const read = parseConfig(SITE + text, { alsoCheck })
  if (!('faults' in read)) return []
  return read.faults.map((fault) =>
    formatFault({ ...fault, file: 'f' })
      .replace(/^f:\d+:\d+ ?/, '')
      .replace('\n  hint: ', ' | '),
  )
}

test.each([
  ...['ºC', '℃', 'C', 'degC', '°c', 'Celsius', '° C'].map((unit) => [unit, 'did you mean `°C`?']),
  ...['kw', 'KW'].map((unit) => [unit, 'did you mean `kW`?']),
  ...['kwh', 'KWH', 'kW/h'].map((unit) => [unit, 'did you mean `kWh`?']),
  ...['%RH', 'rH', 'percent'].map((unit) => [unit, 'did you mean `"%"`?']),
  ['mW', 'write `unit: W` with `factor: 0.001`'],
  ['mWh', 'write `unit: Wh` with `factor: 0.001`'],
  ['mw', 'did you mean `MW`? For milliwatts: `unit: W` with `factor: 0.001`'],
  ['Mw', 'did you mean `MW`?'],
  ['GWh', 'write `unit: MWh` with `factor: 1000`'],
  ['hPa', 'write `unit: Pa` with `factor: 100`'],
  ['kVA', 'energy is of the active power: have it sent, in W or kW'],
  ['ppm', undefined],
] as [string, string | undefined][])('a unit %s', (unit, hint) => expect(unitHint(unit)).toBe(hint))

test.each([
  ['+01:00', /^Etc\/GMT-1 is \+01:00 all year .* Europe\/Paris/],
  ['UTC-5', /^Etc\/GMT\+5 is -05:00 all year/],
  ['+0530', /Asia\/Kolkata/],
  ['CEST', /Europe\/Paris/],
  ['Europe/Pariss', /IANA/],
])('a time zone %s', (zone, hint) => expect(zoneHint(zone)).toMatch(hint))

test('a bare % says to quote it', () => {
  expect(faultsOf('points: { rh: { topic: a, unit: % } }').join()).toContain('put a bare % in quotes: "%"')
})

const P = 'unit: kW'

describe('points', () => {
  test.each([
    [`a: { topic: t, at: /a, ${P} }, b: { topic: t, at: /a, ${P} }`, 'points.b: reads the same number'],
    [`a: { topic: t, ${P} }, b: { topic: t, at: /value, ${P} }`, 'points.b: reads the same number'],
    [`a: { topic: t, ${P}, where: { /c: 1 } }, b: { topic: t, ${P}, where: { /c: "1" } }`, 'points.b: reads the same'],
    [`a: { topic: t, ${P}, seqModulus: 256 }`, 'points.a.seqModulus: has no effect without `seq`'],
    [
      `a: { topic: t, at: /a, ${P}, seq: /n }, b: { topic: t, at: /b, ${P}, seq: /n, seqModulus: 256 }`,
      'points.b.seq: another point of this topic says otherwise of the same numbers',
    ],
    [`a: { topic: spBv1.0/g/NDATA/n, at: /P, ${P}, seq: /n }`, 'points.a.seq: says nothing of a metric'],
    [`a: { topic: t, ${P}, where: { c: 1 } }`, 'points.a.where.c: "c" is not a JSON Pointer'],
    [
      `a: { topic: t, ${P}, timeAt: now }`,
      'points.a.timeAt: "now" is not a JSON Pointer | begin with /, such as /time; or `none`',
    ],
    [`a: { topic: t, ${P}, timeAt: none, timeUnit: s }`, 'points.a.timeUnit: has no effect'],
    [`a: { topic: t, ${P}, timeForm: DD.MM.YYYY }`, 'points.a.timeForm: a local time needs its `timezone`'],
    [`a: { topic: t, ${P}, timezone: UTC, timeForm: DD.MM }`, 'needs a year, a month and a day (Y is missing)'],
    [`a: { topic: t, ${P}, stamp: start }`, 'points.a.stamp: a point of kind power is of one moment'],
    ['a: { topic: t, unit: kWh, register: {}, offset: 1 }', 'points.a.offset: has no effect on a running count'],
    [`a: { topic: t, ${P}, cells: ";" }`, 'points.a.cells: needs `at`'],
    [
      `a: { topic: t, ${P}, cells: ";", at: /0 }, b: { topic: t, at: /1, ${P} }`,
      'another point of this topic has a `format`',
    ],
    [
      `a: { topic: t, ${P}, format: senml, cells: ";", at: /0 }`,
      'points.a.cells: a message of senml is no line of cells',
    ],
    [`a: { topic: t, ${P}, format: dsx, timeUnit: s }`, 'points.a.timeUnit: times of dsx need no telling'],
    [
      `a: { topic: spBv1.0/G/NBIRTH/n, at: /p, ${P} }`,
      'points.a.topic: is not the topic of the data of a Sparkplug node',
    ],
    [`a: { topic: spBv1.0/G/DDATA/n/d, ${P} }`, 'points.a.topic: has many metrics | name one of them: `at:'],
    [`a: { topic: spBv1.0/G/DDATA/n/d, at: /p, records: /x, ${P} }`, 'points.a.records: says nothing of a metric'],
    [`a: { topic: spBv1.0/G/DDATA/n/d, at: /p, timeAt: /ts, ${P} }`, 'points.a.timeAt: a metric has its own time'],
    [`a: { topic: t, ${P} } }\nsparkplug: { primaryHost: h`, 'sparkplug: needs a broker of the nodes'],
    [`a: { topic: t, ${P}, loss: 8 % }`, 'points.a.loss: "8 %" is not a band of losses'],
    [`a: { topic: t, ${P}, loss: 0..8 % }`, 'points.a.loss: no meter is fed from this one'],
  ])('%s', (points, fault) => expect(faultsOf(`points: { ${points} }`).join('\n')).toContain(fault))

  test.each([
    `a: { topic: t, at: /a, ${P}, where: { /c: 1 } }, b: { topic: t, at: /a, ${P}, where: { /c: 2 } }`,
    `a: { topic: t, at: /a, ${P}, records: /x }, b: { topic: t, at: /a, ${P}, records: /y }`,
    `a: { topic: t, at: /wh, plus: [{ at: /kwh, factor: 1000 }], unit: Wh, kind: energy, stamp: start, timeAt: [/d, /t], timezone: UTC }`,
  ])('sound: %s', (points) => expect(faultsOf(`points: { ${points} }`)).toEqual([]))
})

test.each([
  ['[t]', 'ignore[0]: "a" reads this topic'],
  ['["+"]', 'ignore[0]: "a" reads this topic'],
  ['[{ topic: other, without: /kw }]', 'ignore[0].topic: no point reads such a topic'],
  ['["a+/b"]', 'ignore[0]: "a+/b" is not a filter of topics'],
  ['[other/#, { topic: t, where: { /method: NotifyEvent } }, { topic: t, text: [online] }]', ''],
])('ignore: %s', (ignore, fault) => {
  const faults = faultsOf(`points: { a: { topic: t, ${P} } }\nignore: ${ignore}`).join('\n')
  expect(fault === '' ? faults : faults.includes(fault)).toBe(fault === '' ? '' : true)
})

describe('topology', () => {
  const points = `points:
  main: { topic: main, ${P}, role: facility, loss: 0..8 % }
  ups: { topic: ups, ${P}, role: ups, parent: main }
  pdu: { topic: pdu, ${P}, role: distribution, parent: ups }
  crac: { topic: crac, ${P}, role: cooling }
`
  test.each([
    ['{ facility: [main], it: [ups] }', ''],
    ['{ facility: [main, ups], it: [pdu], category: 2 }', 'boundaries.dc.facility[1]: "ups" is fed from "main"'],
    ['{ facility: [main, pdu], it: [ups] }', 'boundaries.dc.facility[1]: "pdu" is fed from "main"'],
    ['{ facility: [main, { point: ups, factor: -1 }], it: [pdu], category: 2 }', ''],
    [
      '{ facility: [{ point: ups, fallback: [{ sum: [{ point: pdu }, { point: crac }] }] }, crac], it: [pdu], category: 2, shared: y }',
      'boundaries.dc.facility[0]: "crac" is in this sum already, and counts twice while it stands in for "ups"',
    ],
    ['{ facility: [ups, { point: crac, fallback: [{ share: 0.3, of: { point: ups } }] }], it: [ups], shared: y }', ''],
    ['{ facility: [ups, crac], it: [ups] }', 'boundaries.dc.facility[0]: "ups" counts as facility and as IT of "dc"'],
    ['{ facility: [ups, crac], it: [ups], shared: the facility is added up }', ''],
    ['{ facility: [main], it: [pdu], category: 1 }', 'boundaries.dc.category: category 1 is UPS output'],
    ['{ facility: [main], it: [ups], category: 3 }', 'write `category: 1` (UPS output)'],
    ['{ facility: [main], it: [ups, crac] }', 'boundaries.dc.it[1]: "crac" is cooling, and counts as IT'],
    ['{ facility: [main], it: [ups], losses: { ups: [{ share: 0.12, of: main }] } }', 'losses.ups[0]: a loss of 12 %'],
    ['{ facility: [main], it: [ups], losses: { ups: [{ share: 0.05, of: main }] } }', ''],
  ])('%s', (boundary, fault) => {
    const faults = faultsOf(`${points}boundaries: { dc: ${boundary} }`).join('\n')
    expect([fault !== '', fault === '' ? faults : faults.includes(fault)]).toEqual([
      fault !== '',
      fault === '' ? '' : true,
    ])
  })

  test('each time has its own sums', () => {
    const it = '[{ point: ups, until: 2026-03-01 }, { point: ups, from: 2026-03-01, factor: 0.9 }]'
    expect(faultsOf(`${points}boundaries: { dc: { facility: [main], it: ${it} } }`)).toEqual([])
    const facility = '[{ point: main, until: 2026-03-01 }, { point: ups, from: 2026-03-01 }]'
    expect(faultsOf(`${points}boundaries: { dc: { facility: ${facility}, it: [ups] } }`).join()).toContain(
      'boundaries.dc.facility[1]: "ups" counts as facility and as IT',
    )
  })

  test('shares of one meter are no more than the meter', () => {
    const of = (factor: number) =>
      `{ facility: [{ point: main, factor: ${factor} }], it: [{ point: ups, factor: 0.2 }], part: true }`
    expect(faultsOf(`${points}boundaries: { a: ${of(0.6)}, b: ${of(0.4)} }`)).toEqual([])
    expect(faultsOf(`${points}boundaries: { a: ${of(0.6)}, b: ${of(0.5)} }`).join()).toContain(
      'boundaries.b.facility[0]: shares of "main" add up to 1.1, more than 1',
    )
  })

  test('a configuration that is only odd can be run', () => {
    expect(parseConfig(`${SITE}${points}boundaries: { dc: { facility: [main, ups], it: [pdu] } }`)).toHaveProperty(
      'config',
    )
  })
})

describe('topics of the embedded broker', () => {
  test.each([
    ['dc5/größe', 'not printable ASCII'],
    [Array.from({ length: 13 }, (_, n) => n).join('/'), 'more than 12 levels'],
    ['coldaisle/other/x', 'below coldaisle/'],
    ['$SYS/load', 'begins with $'],
  ])('%s', (topic, reason) => {
    const points = `points: { a: { topic: "${topic}", ${P} } }`
    expect(faultsOf(`mqtt: { listen: "127.0.0.1:1883" }\n${points}`).join()).toContain(reason)
    expect(faultsOf(`mqtt: { url: "mqtt://127.0.0.1" }\n${points}`)).toEqual([])
  })
})

describe('gateways', () => {
  test.each([
    ['other: { seq: /n }', 'gateways.other: no point has "other" as its gateway'],
    ['gw: {}', 'gateways.gw: says neither `uplink` nor `seq`'],
    ['gw: { uplink: core, seqModulus: 256 }', 'gateways.gw.seqModulus: has no effect without `seq`'],
    ['gw: { seq: n }', 'gateways.gw.seq: "n" is not a JSON Pointer'],
    ['gw: { seq: /n, seqModulus: 3 }', 'gateways.gw.seqModulus: must be at least 16'],
    ['gw: { seq: /n, seqModulus: 256, uplink: core }', ''],
  ])('%s', (gateway, fault) => {
    const [found = ''] = faultsOf(`points: { a: { topic: t, ${P}, gateway: gw } }\ngateways: { ${gateway} }`)
    expect(found.slice(0, fault.length || undefined)).toBe(fault)
  })
})
