import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'

import { formatFault, jsonSchema, readConfig, windowLengthS } from '../../src/config/config.ts'
import type { Config } from '../../src/config/config.ts'
import { filesUnder } from '../tidy/source.ts'

const root = join(import.meta.dirname, '../..')
const fixtures = join(import.meta.dirname, '../fixtures/config')
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const head = 'site: { id: dc, timezone: UTC }\n'
const power = 'unit: kW, everyS: 10'

type Env = Record<string, string | undefined>

function read(text: string | Uint8Array, env: Env = {}, name = 'site.yaml') {
  const file = join(folder, name)
  writeFileSync(file, text)
  return readConfig(file, env)
}

function configOf(text: string, env: Env = {}, name?: string): Config {
  const result = read(text, env, name)
  if ('faults' in result) throw new Error(result.faults.map(formatFault).join('\n'))
  return result.config
}

/** Every fault as it is printed, without the folder. */
function faultsOf(text: string | Uint8Array, env: Env = {}): string[] {
  const result = read(text, env)
  return 'faults' in result ? result.faults.map((fault) => formatFault({ ...fault, file: 'f' })) : []
}

describe('a short configuration', () => {
  const config = configOf(`${head}points: { a: { topic: a, unit: kW } }`)

  test('is complete by its defaults', () => {
    const rule = { enabled: true, onDelayS: 0, offDelayS: 0, latch: false, acknowledge: false, escalate: [], help: {} }
    const minuteRule = { ...rule, onDelayS: 60, offDelayS: 60 }
    expect(config).toEqual({
      site: { id: 'dc', timezone: 'UTC', altitudeM: 0, edition: '2021r', corrosion: 'unknown', dewPointPhase: 'water' },
      core: {
        intervalS: 60,
        latenessS: 900,
        backlogS: 604_800,
        skewS: 60,
        minCoverage: 0.9,
        bridgeS: 604_800,
        windows: ['5m', '1h', '24h', '7d', '30d', '365d', 'day', 'month', 'year'],
      },
      store: { path: join(folder, 'data'), journalDays: 7, journalBytes: 10_000_000_000 },
      templates: [],
      points: {
        a: {
          topic: 'a',
          unit: 'kW',
          everyS: 60,
          kind: 'power',
          hold: false,
          retained: 'refuse',
          factor: 1,
          offset: 0,
          decimal: '.',
          stamp: 'end',
        },
      },
      ignore: [],
      limits: { depth: 16, members: 256, records: 1000 },
      virtual: {},
      boundaries: {},
      inlets: {},
      intensities: {},
      heats: {},
      allocations: {},
      outdoor: {},
      halls: {},
      gateways: {},
      alarms: {
        inlet_recommended: { ...minuteRule, deadbandK: 0.5, steps: [] },
        inlet_allowable: { ...minuteRule, deadbandK: 0.5, steps: [{ beyondK: 1, severity: 'critical' }] },
        moisture: { ...minuteRule, limit: 'allowable', deadbandK: 0.5, deadbandPct: 2 },
        rate_of_change: minuteRule,
        stale: { enabled: true, onDelayS: 60, latch: false, acknowledge: false, escalate: [], help: {} },
        gateway: { enabled: true, onDelayS: 0, latch: false, acknowledge: false, escalate: [], help: {} },
        uplink: { enabled: true, onDelayS: 0, latch: false, acknowledge: false, escalate: [], help: {} },
        refused: { ...rule, onDelayS: 60 },
        gateway_refused: { ...rule, onDelayS: 60 },
        uplink_refused: { ...rule, onDelayS: 60 },
        messages_lost: { ...rule, offDelayS: 900 },
        gateway_messages_lost: { ...rule, offDelayS: 900 },
        pue_target: { ...rule, deadband: 0.01 },
        coverage: { ...rule, least: 0.5, graceS: 86_400 },
        register: rule,
        drift: rule,
        unit_slip: rule,
        it_above_facility: rule,
        journal: rule,
        outbox: { ...rule, onDelayS: 60 },
        clock: { ...rule, offDelayS: 60 },
        certificate: { ...rule, days: 30, criticalDays: 7 },
        sensor: { ...rule, apartK: 6 },
        skew: rule,
        target: { ...rule, deadband: 0.01 },
        stream: rule,
        rules: [],
        out_of_service: [],
      },
      rows: { readings: 'others' },
      http: { listen: '127.0.0.1:8080', trustedProxy: false, anonymous: 'none' },
      language: 'en',
      log: { level: 'info' },
      notify: { webhooks: [], emails: [], schedules: {}, repeatS: 14_400, language: 'en', allowPlainHttp: false },
      planned: [],
      schedule: { backup: { keep: 7 }, report: {}, reports: [] },
      security: 'strict',
    })
  })

  test('is frozen to the bottom', () => {
    const parts = [config, config.site, config.core.windows, config.points, config.points['a'], config.alarms.stale]
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true)
  })

  test('has no entry that it was not given', () => {
    for (const name of ['constructor', 'toString', '__proto__']) expect(config.points[name]).toBeUndefined()
  })

  test('says the same as JSON, indented with tabs', () => {
    const json = JSON.stringify(
      { site: { id: 'dc', timezone: 'UTC' }, points: { a: { topic: 'a', unit: 'kW' } } },
      null,
      '\t',
    )
    expect(configOf(json, {}, 'site.json')).toEqual(config)
  })
})

test('what was left open in the file is decided in the configuration', () => {
  const config = configOf(`
site: { id: dc, timezone: Europe/Paris, edition: 2015 }
mqtt: { url: "mqtts://broker:8883", username: u, passwordFile: secrets/mqtt, caFile: /etc/ca.pem }
store: { path: ../spool, journalBytes: 512 MiB }
points:
  t: { topic: t, unit: °C }
  e: { topic: e, unit: kWh, register: {} }
boundaries: { all: { facility: [e], it: [{ point: e, factor: 0.5 }] } }
inlets: { r07: { dryBulb: t } }
`)
  expect(config.site.edition).toBe('2015')
  expect(config.mqtt).toMatchObject({ passwordFile: join(folder, 'secrets/mqtt'), caFile: '/etc/ca.pem' })
  expect(config.store).toMatchObject({ path: join(folder, '../spool'), journalBytes: 536_870_912 })
  expect(config.boundaries['all']).toMatchObject({
    facility: [{ point: 'e', factor: 1 }],
    it: [{ point: 'e', factor: 0.5 }],
  })
  expect(config.inlets['r07']).toMatchObject({ rack: 'r07', hall: 'hall', class: 'A1' })
})

test.each([
  ['unit: W', 'power'],
  ['unit: MW, kind: power', 'power'],
  ['unit: kW, kind: mean', 'mean'],
  ['unit: kWh, register: {}', 'register'],
  ['unit: J, kind: register', 'register'],
  ['unit: Wh, kind: energy', 'energy'],
  ['unit: °F', 'gauge'],
  ['unit: "%", kind: gauge', 'gauge'],
  ['unit: Pa', 'gauge'],
])('a point with %s is of kind %s', (written, kind) => {
  expect(configOf(`${head}points: { p: { topic: t, ${written} } }`).points['p']?.kind).toBe(kind)
})

test.each([
  ['5m', 300],
  ['24h', 86_400],
  ['365d', 31_536_000],
  ['90s', 90],
  ['day', undefined],
  ['05m', undefined],
  ['5 m', undefined],
])('the window %s has a length of %s s', (window, lengthS) => {
  expect(windowLengthS(window)).toBe(lengthS)
})

describe('braces', () => {
  const topics = (points: string) =>
    Object.entries(configOf(`${head}points:\n  ${points}`).points).map(([name, point]) => `${name} ${point.topic}`)

  test.each([
    ['a range', '"r{8..11}": { topic: "x/{8..11}", unit: K }', ['r8 x/8', 'r9 x/9', 'r10 x/10', 'r11 x/11']],
    ['a range with zeros', '"r{08..10}": { topic: "x/{08..10}", unit: K }', ['r08 x/08', 'r09 x/09', 'r10 x/10']],
    ['a range of one', '"r{3..3}": { topic: x, unit: K }', ['r3 x']],
    ['names', '"u-{a, b}": { topic: "x/{a, b}/{a, b}", unit: K }', ['u-a x/a/a', 'u-b x/b/b']],
    [
      'a range and names',
      'h{a,b}-r{1..2}: { topic: "{a,b}/{1..2}", unit: K }',
      ['ha-r1 a/1', 'ha-r2 a/2', 'hb-r1 b/1', 'hb-r2 b/2'],
    ],
    ['one group twice', 'r{1..2}-{1..2}: { topic: t, unit: K }', ['r1-1 t', 'r2-2 t']],
    ['no group', 'r: { topic: "x/{name}/{}", unit: K }', ['r x/{name}/{}']],
  ])('%s', (_, points, expected) => expect(topics(points)).toEqual(expected))

  test('in a list make several members, unless the key decides', () => {
    const { boundaries } = configOf(`${head}points:
  "u-{a,b}": { topic: t, ${power} }
boundaries:
  all: { facility: ["u-{a,b}"], it: [u-a] }
  "part-{a,b}": { facility: ["u-{a,b}"], it: [{ point: "u-{a,b}", factor: 0.5 }] }`)
    const names = Object.values(boundaries).map(({ facility, it }) =>
      [...facility, ...it].map((term) => 'point' in term && term.point).join(),
    )
    expect(names).toEqual(['u-a,u-b,u-a', 'u-a,u-a', 'u-b,u-b'])
  })
})

describe('variables', () => {
  const idOf = (id: string, env: Env) => configOf(`site: { id: "${id}", timezone: UTC }\npoints: {}`, env).site.id

  test.each([
    ['${SITE}', { SITE: 'dc5' }, 'dc5'],
    ['a-${SITE}-${ROW:-x}', { SITE: 'dc5' }, 'a-dc5-x'],
    ['${SITE:-a}', { SITE: '' }, 'a'],
    ['${SITE:-a}', { SITE: 'b' }, 'b'],
  ])('%s with %o is %s', (id, env, expected) => expect(idOf(id, env)).toBe(expected))

  test('hold text: braces, dollars and YAML in them mean nothing', () => {
    const text = `${head}points: { p: { topic: "a/\${T}/$\${T}/\${NONE:-{x}", unit: K } }`
    expect(configOf(text, { T: '{1..3}: ${X}' }).points['p']?.topic).toBe('a/{1..3}: ${X}/${T}/{x')
  })

  test('aside, a brace that begins no list of names is written within one', () => {
    const text = `${head}points: { p: { topic: "a/\${{}1,2}/$\${B}", unit: K } }`
    expect(configOf(text).points['p']?.topic).toBe('a/{1,2}/${B}')
  })

  test('are not looked up on the prototype of the environment', () => {
    expect(faultsOf('site: { id: "${constructor}", timezone: UTC }\npoints: {}')).toEqual([
      'f:1:13 site.id: the environment variable `constructor` is not set\n  hint: set constructor, or write `${constructor:-default}`',
    ])
  })
})

test('every fault of a file is told at once, in its order', () => {
  const result = readConfig(join(fixtures, 'many-faults.yaml'), {})
  const told =
    'faults' in result ? result.faults.map((fault) => formatFault({ ...fault, file: 'many-faults.yaml' })) : []
  expect(`${told.join('\n')}\n`).toBe(readFileSync(join(fixtures, 'many-faults.txt'), 'utf8'))
})

test('faults of the text, of its members and between them are told together', () => {
  const text = `site: { id: "\${SITE}", timezone: Europe/Pariss }
mqtt: { url: "\${BROKER}", passwordFile: p }
core: { latenes: 900 }
points:
  main: { topic: "dc/\${HALL}/main", unit: kw }
  "r{3..1}-t": { topic: t, unit: °C }
  "u-{a,b}": { topic: "x/{1..2}", unit: kWh }
  main: { topic: t, unit: K }
  out: { topic: t, unit: !unit K }
boundaries:
  dc: { facility: [main, mian, "\${METER}"], it: [u-a, "u-{c,}", v] }
inlets:
  r2: { dryBulb: r2-t, humidity: rh, outlet: out }
site: {}`
  expect(faultsOf(text).map((fault) => fault.split('\n')[0])).toEqual([
    'f:1:13 site.id: the environment variable `SITE` is not set',
    'f:1:34 site.timezone: "Europe/Pariss" is not a time zone',
    'f:2:14 mqtt.url: the environment variable `BROKER` is not set',
    'f:2:27 mqtt.passwordFile: `passwordFile` needs a `username`',
    'f:3:9 core.latenes: unknown key',
    'f:5:18 points.main.topic: the environment variable `HALL` is not set',
    'f:5:43 points.main.unit: expected one of W, kW, MW, J, Wh, kWh, MWh, m³, m3, L, gal, m³/h, m3/h, L/s, L/min, L/h, gal/min, °C, °F, K, %, Pa, g/kWh, kg/MWh, kg/kWh; found "kw"',
    'f:6:3 points["r{3..1}-t"]: the range `{3..1}` counts down',
    'f:7:23 points.u-a.topic: `{1..2}` stands for several names where one is expected',
    'f:7:41 points.u-a.unit: kWh can be a running count or the energy of each interval (and 1 more like it)',
    'f:8:3 points.main: "main" already defined at 5:3',
    'f:9:26: Unresolved tag: !unit',
    'f:11:26 boundaries.dc.facility[1]: there is no point "mian"',
    'f:11:32 boundaries.dc.facility[2]: the environment variable `METER` is not set',
    'f:11:55 boundaries.dc.it[1]: `{c,}` has an empty name in it',
    'f:11:65 boundaries.dc.it[2]: there is no point "v"',
    'f:13:34 inlets.r2.humidity: there is no point "rh"',
    'f:14:1 site: "site" already defined at 1:1',
  ])
})

test.each([
  ['a unit', 'points: { a: { topic: t, unit: "${X}", register: {}, kind: mean } }'],
  ['a kind', 'points: { a: { topic: t, unit: kWh, kind: "${X}" } }'],
  ['a register', 'points: { a: { topic: t, unit: kWh, register: "${X}" } }'],
  ['a register under a tag', 'points: { a: { topic: t, unit: kWh, register: !x { rolloverAt: -5 } } }'],
  ['a whole point', `points: { a: "\${X}" }\nboundaries: { all: { facility: [a], it: [a] } }`],
  ['all points', 'points: "${X}"\nboundaries: { all: { facility: [a], it: [b] } }'],
  ['a broker', 'points: {}\nmqtt: { url: "${X}", username: u, passwordFile: p }'],
  ['a door', 'points: {}\nmqtt: { listen: "0.0.0.0:${X}" }'],
  ['a sum', 'points: { a: { topic: t, unit: kW } }\nboundaries: { all: { facility: "${X}", it: [a] } }'],
  ['a term', 'points: { a: { topic: t, unit: kW } }\nboundaries: { all: { facility: ["${X}"], it: [a] } }'],
  [
    'the point of a term',
    'points: { a: { topic: t, unit: kW } }\nboundaries: { all: { facility: [{ point: "a{b,}" }], it: [a] } }',
  ],
  ['a term under an alias', 'points: { a: { topic: t, unit: kW } }\nboundaries: { all: { facility: [*x], it: [a] } }'],
  ['a number in quotes', 'points: { a: { topic: t, unit: kW, maxKw: "${X}" } }'],
  ['an escape', 'points: { a: { topic: "t\\q", unit: kW } }'],
  ['a name with a bad range', 'points: { "a{9..1}-t": { topic: t, unit: K } }\ninlets: { r: { dryBulb: a5-t } }'],
  ['a name that is no text', 'points: { [a]: { topic: t, unit: K } }\ninlets: { r: { dryBulb: a } }'],
  ['a reserved name', 'points: { __proto__: { topic: t, unit: K } }\ninlets: { r: { dryBulb: __proto__ } }'],
  ['too many names', 'points: { "a{1..100001}": { topic: t, unit: K } }\ninlets: { r: { dryBulb: a5 } }'],
  [
    'too many terms',
    'points: { a: { topic: t, unit: kW } }\nboundaries: { x: { facility: ["{a,b}{1..60000}"], it: [a] } }',
  ],
])('%s that cannot be read is one fault, and nothing is said about what follows from it', (_, text) => {
  expect(faultsOf(`${head}${text}`)).toHaveLength(1)
})

test('a name that cannot be read hides no other that is misspelt', () => {
  const text = `${head}points: { "a{9..1}-t": { topic: t, unit: K } }\ninlets: { r: { dryBulb: b5-t } }`
  expect(faultsOf(text)[1]).toBe('f:3:25 inlets.r.dryBulb: there is no point "b5-t"')
})

test('a password in an address is not repeated', () => {
  const text = `${head}mqtt: { url: "mqtt://u:hunter2@h" }\ninflux: { url: "hunter2 is no url", database: d }\npoints: {}`
  expect(faultsOf(text)).toHaveLength(2)
  expect(faultsOf(text).join()).not.toContain('hunter2')
})

test.each<[string, string, string[]]>([
  ['nothing', '', ['f:1:1: expected a map; found nothing\n  hint: write something after the colon, or remove the key']],
  ['an empty map', '{}', ['f:1:1 site: is missing', 'f:1:1 points: is missing']],
  ['a tab', 'site:\n\tid: x', ['f:2:1: Tabs are not allowed as indentation\n  hint: indent with spaces']],
  [
    'braces without quotes',
    'points: { p: { topic: r{01..40}/t } }',
    ['f:1:24: Unexpected flow-map-start at node end\n  hint: put text with braces in quotes: "r{01..40}"'],
  ],
  [
    'two documents',
    `${head}---\n${head}`,
    [
      'f:2:1: Source contains multiple documents; please use YAML.parseAllDocuments()\n  hint: write one document to a file',
    ],
  ],
  [
    'a tag',
    'points: {}\nsite: !secret x',
    ['f:2:7: Unresolved tag: !secret\n  hint: tags are not used here; put text that begins with `!` in quotes'],
  ],
  ['a key twice', `${head}points: {}\nsite: {}`, ['f:3:1 site: "site" already defined at 1:1\n  hint: keep one']],
  [
    'a point twice',
    `${head}points:\n  h1-r01-t: { topic: t, unit: K }\n  h1-r{01..40}-t: { topic: t, unit: K }`,
    ['f:4:3 points.h1-r01-t: "h1-r01-t" already defined at 3:3\n  hint: keep one'],
  ],
  [
    'a reserved name',
    `${head}points: { __proto__: { topic: t, unit: K } }`,
    ['f:2:11 points.__proto__: `__proto__` cannot be a key\n  hint: choose another name'],
  ],
  [
    'an alias of nothing',
    'points: {}\nsite: *x',
    ['f:2:7 site: `*x` names nothing\n  hint: an alias comes after its anchor and stands outside it'],
  ],
  [
    'an alias of itself',
    `${head}points: { p: &x { topic: *x, unit: K } }`,
    ['f:2:26 points.p.topic: `*x` names nothing\n  hint: an alias comes after its anchor and stands outside it'],
  ],
  [
    'braces that nothing decides',
    `${head}points: { p: { topic: "{a,b}/{1..2}", unit: K } }`,
    [
      "f:2:23 points.p.topic: `{a,b}` stands for several names where one is expected\n  hint: write `{a,b}` in the entry's key too, or name one of them",
      "f:2:23 points.p.topic: `{1..2}` stands for several names where one is expected\n  hint: write `{1..2}` in the entry's key too, or name one of them",
    ],
  ],
  [
    'braces that nothing decides, however often they are met,',
    `${head}points: { "p{1..9}": { topic: "{a,b}", unit: K } }`,
    [
      "f:2:31 points.p1.topic: `{a,b}` stands for several names where one is expected\n  hint: write `{a,b}` in the entry's key too, or name one of them",
    ],
  ],
  [
    'braces that mean nothing',
    `${head}points: { "p{9..1}": 1, "q{a,}": 2, "r{1..3,7}": 3 }`,
    [
      'f:2:11 points["p{9..1}"]: the range `{9..1}` counts down\n  hint: write `{1..9}`',
      'f:2:25 points["q{a,}"]: `{a,}` has an empty name in it\n  hint: write `{a,b}` without a stray comma',
      'f:2:37 points["r{1..3,7}"]: `{1..3,7}` is neither a range nor a list of names\n  hint: a range is `{01..40}`, two whole numbers; write other names one by one, `{a,b}`',
    ],
  ],
  [
    'too many points',
    `${head}points: { "p{1..1000}-{001..101}": { topic: t, unit: K } }`,
    ['f:2:11 points: expands to 101000 entries, more than 100000\n  hint: split the site or shorten a range'],
  ],
  [
    'missing variables, all of them',
    `site: { id: "\${A}", timezone: "\${B}" }\nstore: { path: "\${}" }\npoints: {}`,
    [
      'f:1:13 site.id: the environment variable `A` is not set\n  hint: set A, or write `${A:-default}`',
      'f:1:31 site.timezone: the environment variable `B` is not set\n  hint: set B, or write `${B:-default}`',
      'f:2:16 store.path: `${` does not begin a variable\n  hint: write `${NAME}`, `${NAME:-default}`, or `$${` for the two characters',
    ],
  ],
  [
    'a misspelt point',
    `${head}points: { utility-a: { topic: t, ${power} } }\nboundaries: { all: { facility: [utilty-a], it: [constructor] } }`,
    [
      'f:3:33 boundaries.all.facility[0]: there is no point "utilty-a"\n  hint: did you mean `utility-a`?',
      'f:3:49 boundaries.all.it[0]: there is no point "constructor"',
    ],
  ],
  [
    'a class that the edition does not know',
    `site: { id: dc, timezone: UTC, edition: 2015 }\npoints: { t: { topic: t, unit: K } }\ninlets: { r: { dryBulb: t, class: H1 } }`,
    ['f:3:35 inlets.r.class: edition 2015 has no class H1\n  hint: set `site.edition` to 2021r, or a class A1 to A4'],
  ],
  [
    'more joules than a number holds',
    `${head}points: { "f{1..2}": { topic: t, unit: MW, maxKw: 142900 } }\nboundaries: { all: { facility: ["f{1..2}"], it: [f1] } }`,
    [
      'f:3:32 boundaries.all.facility: boundary "all": 285.8 MW over window 365d exceeds 2^53 J\n  hint: correct `maxKw`, shorten `core.windows` or divide the boundary',
    ],
  ],
  [
    'intervals that do not fit',
    `${head}core: { intervalS: 45, windows: [5m, 24h, 1d, day, day] }\npoints: {}`,
    [
      'f:2:34 core.windows[0]: "5m" is not a whole number of intervals\n  hint: an interval has 45 s',
      'f:2:43 core.windows[2]: "1d" is the same window as "24h"\n  hint: keep one of them',
      'f:2:52 core.windows[4]: "day" is the same window as "day"\n  hint: keep one of them',
    ],
  ],
  [
    'an interval that does not divide a quarter of an hour',
    `${head}core: { intervalS: 70, windows: [day] }\npoints: {}`,
    ['f:2:20 core.intervalS: 70 s does not divide 15 min\n  hint: such as 10, 20, 30, 60, 300, 900'],
  ],
  [
    'doors open to the network',
    `${head}mqtt: { listen: "0.0.0.0:1883" }\nhttp: { listen: ":8080" }\npoints: {}`,
    [
      'f:2:17 mqtt.listen: would be open to the network without an account\n  hint: add `accountsFile`, or `username` and `passwordFile`, or listen on 127.0.0.1',
      'f:2:17 mqtt.listen: would be open to the network without TLS: others could read the passwords\n  hint: add `certFile` and `keyFile`, or listen on 127.0.0.1',
      'f:3:17 http.listen: ":8080" is not an address to listen on\n  hint: write host:port, such as 127.0.0.1:1883',
    ],
  ],
  [
    'state topics that nobody could read, or that have ended when they are told',
    `${head}mqtt: { listen: "127.0.0.1:1883" }
publish: { windows: [24h, day, 3x], homeAssistant: coldaisle/ha }
points: {}`,
    [
      'f:3:27 publish.windows[1]: "day" has ended when it is told\n  hint: use day_to_date for the one that runs',
      expect.stringContaining('publish.windows[2]: "3x" is not a window'),
      expect.stringContaining('publish.homeAssistant: nobody could read the announcements: the embedded broker'),
      'f:3:52 publish.homeAssistant: topics below coldaisle/ are our own',
    ],
  ],
  ['state topics without a broker', `${head}publish: {}\npoints: {}`, [expect.stringContaining('needs `mqtt`')]],
  [
    'a notice that anybody on the way could read',
    `${head}notify:
  alertmanager: { urls: ["http://127.0.0.1:9093", "http://am2:9093"] }
  webhooks: [{ url: "http://pager.example/in", secretFile: s }, { url: "http://[::1]:8/", secretFile: s }]
  heartbeat: { url: "https://dead.example/" }
points: {}`,
    [
      'f:3:51 notify.alertmanager.urls[1]: would send to another machine over plain http\n  hint: use https, or set `notify.allowPlainHttp: true` if the network between is yours',
      'f:4:21 notify.webhooks[0].url: would send to another machine over plain http\n  hint: use https, or set `notify.allowPlainHttp: true` if the network between is yours',
    ],
  ],
  [
    'a receiver that cannot be told from another, or is not clear',
    `${head}notify:
  alertmanager: { username: cold }
  webhooks:
    - { url: "https://a.example/", secretFile: s, name: mqtt }
    - { url: "https://b.example/", secretFile: s, alarms: [stail] }
    - { url: "https://c.example/", secretFile: s, name: webhook-2 }
    - { url: "https://user:pw@d.example/" }
points: {}`,
    [
      'f:3:3 notify.alertmanager: needs either `url` or `urls`\n  hint: `urls` for all of a cluster',
      'f:3:3 notify.alertmanager: `username` and `passwordFile` go together\n  hint: add the other or remove this one',
      'f:5:7 notify.webhooks[0]: another receiver has the name "mqtt"\n  hint: choose another `name`',
      expect.stringContaining('f:6:60 notify.webhooks[1].alarms[0]: expected one of inlet_recommended'),
      'f:7:7 notify.webhooks[2]: another receiver has the name "webhook-2"\n  hint: choose another `name`',
      expect.stringContaining('notify.webhooks[3].secretFile: is missing'),
      expect.stringContaining('notify.webhooks[3].url: the URL holds an account or a password'),
    ],
  ],
  [
    'a mail that would go wrong',
    `${head}notify:
  webhooks: [{ url: "https://a.example/", secretFile: s, name: email-2 }]
  emails:
    - { host: mail.dc5, tls: none, from: a@dc5.example, to: [b@dc5.example] }
    - { host: mail.dc5, username: cold, from: a@dc5.example, to: [b@dc5.example] }
    - { host: mail.dc5, from: "Cold <a@dc5.example>", to: [b@dc5.example], subject: "{titel}" }
points: {}`,
    [
      'f:5:30 notify.emails[0].tls: would send to another machine without TLS\n  hint: use starttls or implicit, or set `notify.allowPlainHttp: true` if the network between is yours',
      'f:6:7 notify.emails[1]: `username` and `passwordFile` go together\n  hint: add the other or remove this one',
      'f:6:7 notify.emails[1]: another receiver has the name "email-2"\n  hint: choose another `name`',
      'f:7:31 notify.emails[2].from: "Cold <a@dc5.example>" is no address\n  hint: write it alone, such as noc@dc5.example',
      expect.stringContaining('notify.emails[2].subject: a notice has no {titel}'),
    ],
  ],
])('%s is a fault', (_, text, expected) => expect(faultsOf(text)).toEqual(expected))

test('a page for all is accepted if something in front decides who sees it', () => {
  const text = `${head}http: { listen: "0.0.0.0:8080", trustedProxy: true }\npoints: {}`
  expect(configOf(text).http.listen).toBe('0.0.0.0:8080')
})

test('notices may go over a network of ours in plain text if the configuration says so; their files are found beside it', () => {
  const { notify } = configOf(`${head}notify:
  allowPlainHttp: true
  alertmanager: { url: "http://am:9093", username: cold, passwordFile: am-password }
  webhooks: [{ url: "http://pager:8000/in", secretFile: keys/pager, severities: [critical] }]
points: {}`)
  expect(notify.alertmanager?.passwordFile).toBe(join(folder, 'am-password'))
  expect(notify.webhooks[0]?.secretFile).toBe(join(folder, 'keys/pager'))
})

describe('a file that is none', () => {
  const reasonOf = (file: string) => {
    const result = readConfig(file, {})
    return 'faults' in result ? result.faults.map((fault) => fault.reason).join() : 'accepted'
  }

  test('is a fault, not an exception', () => {
    expect(reasonOf(join(folder, 'absent.yaml'))).toBe('there is no such file')
    expect(reasonOf(folder)).toBe('is not a file')
    expect(faultsOf(Uint8Array.of(0x61, 0xff, 0xfe))).toEqual(['f:1:1: is not UTF-8\n  hint: save it as UTF-8'])
    expect(faultsOf('#'.repeat(1_000_001))[0]).toMatch(/^f:1:1: is larger than 1000000 bytes/)
  })
})

test.each([
  [
    'aliases of aliases',
    Array.from(
      'abcdefgh',
      (name, at) => `${name}: &${name} [${`*${'abcdefgh'[at - 1] ?? ''},`.replace('*,', 'x,').repeat(10)}]`,
    ).join('\n'),
  ],
  ['lists of long lists', 'points: { "a{1..100000}": ["{1..99999}"] }'],
  ['long text many times', `points: { "a{1..100000}": "${'x'.repeat(900_000)}{1..100000}" }`],
  ['braces upon braces', `${head}points: { "a${'{1..99999}'.repeat(9)}${'{a,b}'.repeat(2000)}": 1 }`],
  ['brackets without end', '['.repeat(900_000)],
  ['lists in lists', '- '.repeat(100_000)],
])('a bomb of %s is one fault', { timeout: 60_000 }, (_, text) => {
  expect(faultsOf(text)).toEqual([expect.stringMatching(/too large|more than \d+/)])
})

test('100,000 points are read', () => {
  const text = `${head}points:
  r{00001..50000}-t: { topic: "dc/r{00001..50000}", at: /t, unit: °C, gateway: g }
  r{00001..50000}-rh: { topic: "dc/r{00001..50000}", at: /rh, unit: "%", gateway: g }
inlets:
  r{00001..50000}: { dryBulb: "r{00001..50000}-t", humidity: "r{00001..50000}-rh" }`
  const startMs = performance.now()
  const config = configOf(text)
  console.log(`100,000 points and 50,000 inlets in ${Math.round(performance.now() - startMs)} ms`)
  expect(Object.keys(config.points)).toHaveLength(100_000)
  expect(config.inlets['r49999']).toMatchObject({ humidity: 'r49999-rh', rack: 'r49999' })
}, 60_000)

/** Every key of a JSON Schema with what is said about it. */
function* describedKeys(node: unknown): Generator<[key: string, words: string]> {
  if (typeof node !== 'object' || node === null) return
  const { properties = {} } = node as { properties?: Record<string, { description?: unknown }> }
  for (const [key, { description }] of Object.entries(properties))
    if (typeof description === 'string') yield [key, description]
  for (const member of Object.values(node)) yield* describedKeys(member)
}

describe('the shipped files', () => {
  const shipped = (name: string) => {
    const result = readConfig(join(root, 'config', name), {})
    return 'faults' in result ? result.faults.map(formatFault) : result.config
  }

  test('pass without a fault', () => {
    const [example, demo] = [shipped('example.yaml'), shipped('demo.yaml')]
    expect(example).not.toBeInstanceOf(Array)
    expect(demo).not.toBeInstanceOf(Array)
    expect(Object.keys((example as Config).inlets)).toHaveLength(200)
    expect(Object.keys((demo as Config).inlets)).toHaveLength(16)
    expect((demo as Config).influx).toBeUndefined()
  })

  test('schema.json is what `coldaisle schema` prints', () => {
    expect(JSON.parse(readFileSync(join(root, 'config/schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(jsonSchema())),
    )
  })

  test('what the schema calls not used yet is not used, so that it neither promises too much nor stays behind', () => {
    const unused = [...describedKeys(jsonSchema())]
      .filter(([, words]) => words.includes('not used yet'))
      .map(([key]) => key)
    const uses = filesUnder(root).filter(({ path }) => /^src\/(?!config).*\.(ts|js)$/.test(path))
    expect(uses.length).toBeGreaterThan(50)
    for (const key of unused) expect(uses.filter(({ text }) => new RegExp(`\\b${key}\\b`).test(text))).toEqual([])
  })

  test.each(['example.yaml', 'demo.yaml'])('an editor with the schema accepts %s, and not a misspelt key', (name) => {
    const editor = z.fromJSONSchema(JSON.parse(readFileSync(join(root, 'config/schema.json'), 'utf8')))
    const written = parse(readFileSync(join(root, 'config', name), 'utf8'))
    expect(editor.safeParse(written).error?.issues ?? []).toEqual([])
    expect(editor.safeParse({ ...written, sites: {} }).success).toBe(false)
    expect(editor.safeParse({ ...written, points: { 'p{1..2}': { topic: 't', unit: 'kw' } } }).success).toBe(false)
  })
})

test('what is out of service is of this site; a limit is one that is understood', () => {
  const head = 'site: { id: dc, timezone: UTC }\npoints: { a: { topic: a, unit: kW, gateway: g1 } }\n'
  expect(faultsOf(`${head}alarms: { out_of_service: [a, g1, stale, g2] }`)).toEqual([
    'f:3:42 alarms.out_of_service[3]: "g2" is neither a point, inlet, boundary or gateway of this site nor an alarm',
  ])
  expect(faultsOf(`${head}alarms: { inlet_allowable: { limit: allowable minus 2 } }`)).toEqual([
    'f:3:37 alarms.inlet_allowable.limit: "allowable minus 2" is not a limit\n' +
      '  hint: write a number in °C, `recommended`, `allowable`, or one of these with a distance, such as `allowable - 2 K`',
  ])
})
