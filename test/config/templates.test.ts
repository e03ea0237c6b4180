import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

import { formatFault, readConfig, type Config } from '../../src/config/config.ts'
import { createSite } from '../../src/site/site.ts'
import { subscriptionsOf } from '../../src/site/topics.ts'
import { costRatios } from '../cost.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-templates-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HEAD = 'site: { id: dc, timezone: UTC }\n'
const RACKS = 'Hall,Rack,Class\nh1,r01,A1\nh1,r02,A2\nh2,r01,A1\n'
const INLETS = `templates:
  - members: racks.csv
    topic: dc/{Hall}/{Rack}/inlet
    points:
      '{Hall}-{Rack}-t': { at: /t, unit: °C, gateway: '{Hall}' }
      '{Hall}-{Rack}-rh': { at: /rh, unit: '%', gateway: '{Hall}' }
    inlets:
      '{Hall}-{Rack}':
        { dryBulb: '{Hall}-{Rack}-t', humidity: '{Hall}-{Rack}-rh', hall: '{Hall}', rack: '{Rack}', class: '{Class}' }
`
const POWER = `templates:
  - members: racks.csv
    topic: dc/{Hall}/{Rack}
    points: { '{Hall}-{Rack}': { unit: W } }
`

type Files = Readonly<Record<string, string>>

function read(files: Files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return readConfig(join(folder, 'site.yaml'), { HALL: 'h9' })
}

function configOf(files: Files): Config {
  const result = read(files)
  if ('faults' in result) throw new Error(result.faults.map(formatFault).join('\n'))
  return result.config
}

/** Every fault as it is printed, without the folder. */
function faultsOf(files: Files): string[] {
  const result = read(files)
  return 'faults' in result ? result.faults.map((fault) => formatFault(fault).replaceAll(`${folder}/`, '')) : []
}

/** Points as `name topic`. */
function points({ points: all }: Config): string[] {
  return Object.entries(all).map(([name, { topic }]) => `${name} ${topic}`)
}

describe('a template', () => {
  test('makes points, inlets, halls and racks of each row of a table', () => {
    const config = configOf({ 'site.yaml': HEAD + INLETS, 'racks.csv': RACKS })
    expect(points(config)).toEqual([
      'h1-r01-t dc/h1/r01/inlet',
      'h1-r02-t dc/h1/r02/inlet',
      'h2-r01-t dc/h2/r01/inlet',
      'h1-r01-rh dc/h1/r01/inlet',
      'h1-r02-rh dc/h1/r02/inlet',
      'h2-r01-rh dc/h2/r01/inlet',
    ])
    expect(config.points['h2-r01-rh']).toMatchObject({ at: '/rh', unit: '%', gateway: 'h2' })
    expect(config.inlets['h1-r02']).toMatchObject({
      dryBulb: 'h1-r02-t',
      humidity: 'h1-r02-rh',
      hall: 'h1',
      rack: 'r02',
      class: 'A2',
    })
  })

  test.each<[how: string, members: string, expected: string[]]>([
    ['maps', '[{ Hall: h1, Rack: r01 }, { Hall: h2, Rack: 7 }]', ['h1-r01 dc/h1/r01', 'h2-7 dc/h2/7']],
    [
      'maps with braces, which go together within one member and multiply where they differ',
      '[{ Hall: "h{1,2}", Rack: "r{01..02}" }]',
      ['h1-r01 dc/h1/r01', 'h1-r02 dc/h1/r02', 'h2-r01 dc/h2/r01', 'h2-r02 dc/h2/r02'],
    ],
    ['maps with variables', '[{ Hall: "${HALL}", Rack: r1 }]', ['h9-r1 dc/h9/r1']],
  ])('takes members as a list of %s', (_, members, expected) => {
    expect(points(configOf({ 'site.yaml': HEAD + POWER.replace('racks.csv', members) }))).toEqual(expected)
  })

  test('with one column takes members as a list of names', () => {
    const text = `${HEAD}templates: [{ members: ['r{01..02}', x, 1.5], topic: 'dc/{rack}/p', points: { '{rack}': { unit: W } } }]`
    expect(points(configOf({ 'site.yaml': text }))).toEqual([
      'r01 dc/r01/p',
      'r02 dc/r02/p',
      'x dc/x/p',
      '1.5 dc/1.5/p',
    ])
  })

  test.each<[how: string, table: string]>([
    ['semicolons and the line ends of Windows', 'Hall;Rack\r\nh1;r01\r\nh2;r02\r\n'],
    ['tabs and blank lines', '\nHall\tRack\n\nh1\tr01\n\t\nh2\tr02'],
    ['a byte order mark', '\ufeffHall,Rack\nh1,r01\nh2,r02'],
    ['the separator in a line of its own, as a spreadsheet writes it', 'sep=;\nHall;Rack\nh1;r01\nh2;r02'],
    ['quoted cells that hold separators, quotes and lines', '"Hall","Note",Rack\nh1,"a ""b"", c\nd","r01"\n"h2",,r02'],
    ['columns and cells that nothing uses, and short lines', 'Hall,Rack,Row,,\nh1,r01,4,,\nh2,r02'],
  ])('reads a table with %s', (_, table) => {
    expect(points(configOf({ 'site.yaml': HEAD + POWER, 'racks.csv': table }))).toEqual([
      'h1-r01 dc/h1/r01',
      'h2-r02 dc/h2/r02',
    ])
  })

  test('leaves out the rows that `where` does not choose', () => {
    const table = 'Type,Hall,Rack,Status\nrack,h1,r01,live\nups,h1,u1,live\nrack,h1,r02,planned\nrack,h2,r01,spare\n'
    const text = POWER.replace('topic', 'where: { Type: rack, Status: [live, spare] }\n    topic')
    expect(points(configOf({ 'site.yaml': HEAD + text, 'racks.csv': table }))).toEqual([
      'h1-r01 dc/h1/r01',
      'h2-r01 dc/h2/r01',
    ])
  })

  test('makes one entry for all members that its key does not tell apart, and lists them where a list is', () => {
    const text = `${HEAD}points: { main: { topic: dc/main, unit: kW } }
boundaries: { dc: { facility: [main], it: [all] } }
${POWER}    virtual:
      '{Hall}-it': { sum: ['{Hall}-{Rack}'] }
      all: { sum: ['{Hall}-it'] }
  - { members: racks.csv, points: { '{Hall}-{supply,return}': { topic: 'dc/{Hall}/{supply,return}', unit: °C } } }
`
    const { virtual, points: all } = configOf({ 'site.yaml': text, 'racks.csv': RACKS })
    expect(virtual).toMatchObject({
      'h1-it': { sum: [{ point: 'h1-r01' }, { point: 'h1-r02' }] },
      'h2-it': { sum: [{ point: 'h2-r01' }] },
      all: { sum: [{ point: 'h1-it' }, { point: 'h2-it' }] },
    })
    expect(all['h2-return']?.topic).toBe('dc/h2/return')
  })

  test.each<[name: string, text: string, table: string, faults: RegExp[]]>([
    [
      'a column that is not there',
      POWER.replace('{Rack}', '{rack}'),
      RACKS,
      [/^site.yaml:4:12 templates\[0\]: racks.csv has no column "rack"\n {2}hint: its columns are Hall, Rack, Class$/],
    ],
    [
      'a table that is not there',
      POWER.replace('racks', 'absent'),
      RACKS,
      [
        /^site.yaml:3:14 templates\[0\].members: absent.csv: there is no such file\n {2}hint: a relative path begins in/,
      ],
    ],
    [
      'no members',
      POWER.replace('members: racks.csv\n    ', ''),
      RACKS,
      [/^site.yaml:3:5 templates\[0\]: expected the members of the template\n {2}hint: name a CSV file/],
    ],
    ['a table of its header alone', POWER, 'Hall,Rack\n', [/^site.yaml:3:14 templates\[0\]: racks.csv has no member/]],
    ['an empty table', POWER, '', [/^site.yaml:3:14 templates\[0\].members: racks.csv has no line/]],
    [
      'two columns of one name',
      POWER,
      'Hall,Rack,Hall\nh1,r1,h2\n',
      [/^racks.csv:1:1 templates\[0\].members: two columns are called "Hall"/],
    ],
    [
      'an empty cell that is used',
      POWER,
      'Hall,Rack\nh1,r1\nh1,\n',
      [/^racks.csv:3:1 templates\[0\]: column "Rack" is empty here\n {2}hint: fill it/],
    ],
    [
      'more cells than columns',
      POWER,
      'Hall,Rack\nh1,r1,x\nh1,r2\n',
      [/^racks.csv:2:1 templates\[0\].members: the line has more cells than .* \(2\)/],
    ],
    [
      'quotes that do not close',
      POWER,
      'Hall,Rack\nh1,"r1\nh1,r2\n',
      [/^racks.csv:2:1 templates\[0\].members: the quotes of this line do not close/],
    ],
    [
      'a row that is there twice',
      POWER,
      'Hall,Rack\nh1,r1\nh2,r1\nh1,r1\n',
      [/^racks.csv:4:1 templates\[0\]: this member is the same as 2:1/],
    ],
    [
      'a cell that would be several levels',
      POWER,
      'Hall,Rack\nh1,r/1\nh1,+\n',
      [
        /not a valid name/,
        /^racks.csv:2:1 .*"r\/1" cannot stand in a topic/,
        /^racks.csv:3:1 .*"\+" cannot stand in a topic/,
      ],
    ],
    [
      'members that would make one entry in two ways',
      POWER.replace("'{Hall}-{Rack}'", "'{Rack}'"),
      RACKS,
      [
        /^site.yaml:4:12 points.r01.topic: `\{Hall\}` stands for several names where one is expected\n {2}hint: write `\{Hall\}` in the entry's key too/,
      ],
    ],
    [
      'an entry that stands elsewhere too',
      `${POWER}points: { h1-r02: { topic: x, unit: W } }`,
      RACKS,
      [/^racks.csv:3:1 points.h1-r02: "h1-r02" already defined at site.yaml:6:11/],
    ],
    [
      'names that are none',
      POWER,
      'Hall,Rack\nh1,a b\nh1,a c\n',
      [
        /^site.yaml:5:15 points\["h1-a b"\]: "h1-a b" is not a valid name \(and 1 more like it\); made for racks.csv:2\n/,
      ],
    ],
    [
      'an unknown key',
      POWER.replace('topic:', 'topics:'),
      RACKS,
      [
        /^site.yaml:4:5 templates\[0\].topics: unknown key\n {2}hint: did you mean `topic`/,
        /topic: is missing .*made for racks.csv:2/,
      ],
    ],
    [
      'nothing to make',
      'points: {}\ntemplates: [{ members: racks.csv }]',
      RACKS,
      [/^site.yaml:3:13 templates\[0\]: makes nothing/],
    ],
    [
      'a name for two columns',
      POWER.replace('racks.csv', '[r01]'),
      RACKS,
      [
        /^site.yaml:3:15 templates\[0\].members: a name alone does not tell 2 columns\n {2}hint: write `\{ Hall: …, Rack: … \}`/,
      ],
    ],
    [
      'a column of `where` that is not there',
      POWER.replace('topic', 'where: { Kind: x }\n    topic'),
      RACKS,
      [/^site.yaml:4:14 templates\[0\]: racks.csv has no column "Kind"/],
    ],
  ])('with %s is a fault at its place', (_, text, table, faults) => {
    rmSync(join(folder, 'absent.csv'), { force: true })
    const found = faultsOf({ 'site.yaml': HEAD + text, 'racks.csv': table })
    expect(found).toEqual(faults.map((it) => expect.stringMatching(it)))
  })

  test('makes an entry once for members that differ only where it does not look', () => {
    const table = 'Hall,Rack,Serial\nh1,r1,1\nh1,r1,2\n'
    expect(points(configOf({ 'site.yaml': HEAD + POWER, 'racks.csv': table }))).toEqual(['h1-r1 dc/h1/r1'])
  })

  test('with a thousand faults of rows names ten and how many more', () => {
    const table = `Hall,Rack\n${'h1,\n'.repeat(1000)}`
    const found = faultsOf({ 'site.yaml': HEAD + POWER, 'racks.csv': table })
    expect(found.slice(0, 11).map((it) => it.split(':').slice(0, 2).join(':'))).toEqual([
      ...Array.from({ length: 10 }, (_, n) => `racks.csv:${n + 2}`),
      'racks.csv:1001',
    ])
    expect(found[10]).toMatch(/and 990 more faults of rows/)
  })

  test('that names no member leaves texts in braces elsewhere as they are', () => {
    const text = `${HEAD}points: { 'a{x}': { topic: 'dc/{x}', unit: W } }\nnotify: { emails: [{ host: h, from: a@b, to: [c@d], subject: '{title} {rack}' }] }`
    expect(faultsOf({ 'site.yaml': text })).toEqual([
      expect.stringMatching(/points\["a\{x\}"\]: .* is not a valid name/),
    ])
  })
})

describe('what a template is about', () => {
  const site = (text: string) => createSite(configOf({ 'site.yaml': HEAD + text, 'racks.csv': RACKS }))

  test('is subscribed to by one filter, and what is of no member is an orphan', () => {
    const { config, isOrphan, routes } = site(
      `points: { main: { topic: dc/main, unit: W } }\nignore: [dc/h1/spare/inlet]\n${INLETS}`,
    )
    expect(subscriptionsOf(config)).toEqual(['dc/main', 'dc/+/+/inlet'])
    expect([...routes.keys()]).toContain('dc/h2/r01/inlet')
    expect(['dc/h3/r01/inlet', 'dc/h1/r01', 'dc/h1/r01/inlet/x', 'x/h1/r01/inlet'].map(isOrphan)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  test('may have text beside a column in one level', () => {
    const { config, isOrphan } = site(
      `templates: [{ members: racks.csv, topic: 'dc/{Hall}-{Rack}.t', points: { '{Hall}{Rack}': { unit: °C } } }]`,
    )
    expect(subscriptionsOf(config)).toEqual(['dc/+'])
    expect(['dc/h9-r1.t', 'dc/h9-r1xt', 'dc/h9.t', 'dc/pump'].map(isOrphan)).toEqual([true, false, false, false])
  })

  test('may have wildcards for levels that tell nothing', () => {
    const { config, isOrphan, wild } = site(
      `templates: [{ members: [a, b], topic: 'gw/+/{id}/#', points: { '{id}': { unit: W } } }]`,
    )
    expect(subscriptionsOf(config)).toEqual(['gw/+/+/#'])
    const read = (topic: string) => wild?.(topic).flatMap((route) => route.points.map(({ point }) => point))
    expect(['gw/1/a/x', 'gw/2/b', 'gw/2/b/x/y', 'gw/1/c', 'gw/1'].map(read)).toEqual([[0], [1], [1], [], []])
    expect(['gw/1/c', 'gw/1/c/x', 'gw/1'].map(isOrphan)).toEqual([true, true, false])
  })

  test('is subscribed to once where templates overlap', () => {
    const text = `templates:
  - { members: [a], topic: 'x/{id}/#', points: { '{id}': { unit: W } } }
  - { members: [a], topic: 'x/{id}/t', points: { '{id}-t': { unit: °C } } }`
    expect(subscriptionsOf(site(text).config)).toEqual(['x/+/#'])
  })

  test('cannot be said of a point alone, nor of a Sparkplug node', () => {
    expect(
      faultsOf({ 'site.yaml': `${HEAD}points: { a: { topic: dc/+, unit: W }, b: { topic: 'dc/x#', unit: W } }` }),
    ).toEqual([
      expect.stringMatching(/^site.yaml:2:23 points.a.topic: the topic has a wildcard\n.*`templates`/),
      expect.stringMatching(/points.b.topic: "dc\/x#" is not a filter of topics/),
    ])
    const node = `templates: [{ members: [a], topic: 'spBv1.0/G/DDATA/+/{id}', points: { '{id}': { at: /P, unit: W } } }]`
    expect(faultsOf({ 'site.yaml': HEAD + node })).toEqual([
      expect.stringMatching(/the topic of a Sparkplug node has a wildcard/),
    ])
  })
})

describe('include', () => {
  const plant =
    'points: { main: { topic: dc/main, unit: kW } }\nboundaries: { dc: { facility: [main], it: [h1-r01] } }\n'
  const main = `${HEAD}include: [parts/plant.yaml, parts/racks.yaml]\nalarms: { rules: [{ point: h1-r01, severity: low }] }\nignore: [a]\n`

  test('adds the sections of other files, whose files are found beside them', () => {
    const config = configOf({
      'site.yaml': main,
      'parts/plant.yaml': plant,
      'parts/racks.yaml': `${POWER}ignore: [b]\nalarms: { rules: [{ point: h2-r01, severity: high }], stale: { enabled: false } }\ninclude: more.yaml\n`,
      'parts/more.yaml': 'site: { altitudeM: 200 }\n# nothing else\n',
      'parts/racks.csv': RACKS,
    })
    expect(points(config)).toEqual(['main dc/main', 'h1-r01 dc/h1/r01', 'h1-r02 dc/h1/r02', 'h2-r01 dc/h2/r01'])
    expect(config.alarms.rules.map(({ point }) => point)).toEqual(['h1-r01', 'h2-r01'])
    expect(config.alarms.stale.enabled).toBe(false)
    expect(config.ignore.map(({ topic }) => topic)).toEqual(['a', 'b'])
    expect(config.site.altitudeM).toBe(200)
  })

  test.each<[name: string, files: Files, faults: RegExp[]]>([
    [
      'faults within, at file, line and column',
      { 'parts/plant.yaml': plant.replace('kW', 'kw'), 'parts/racks.yaml': 'points:\n  x: { topic: x }\n' },
      [
        /^parts\/plant.yaml:1:41 points.main.unit: expected one of/,
        /^parts\/plant.yaml:2:44 boundaries.dc.it\[0\]: there is no point "h1-r01"/,
        /^parts\/racks.yaml:2:3 points.x.unit: is missing/,
      ],
    ],
    [
      'broken YAML, and nothing else is told',
      { 'parts/plant.yaml': 'points: { main: {\n', 'parts/racks.yaml': '' },
      [/^parts\/plant.yaml:2:1: Flow map in block collection/],
    ],
    [
      'a file that is not there, and nothing else is told',
      { 'parts/plant.yaml': plant, 'parts/racks.yaml': 'include: gone.yaml' },
      [/^parts\/racks.yaml:1:10 include: parts\/gone.yaml: there is no such file/],
    ],
    [
      'a circle',
      { 'parts/plant.yaml': plant.replace('h1-r01', 'main'), 'parts/racks.yaml': 'include: ../site.yaml' },
      [
        /^parts\/racks.yaml:1:10 include: files include each other in a circle: site.yaml → parts\/racks.yaml → site.yaml/,
      ],
    ],
    [
      'a file that is included twice',
      { 'parts/plant.yaml': plant.replace('h1-r01', 'main'), 'parts/racks.yaml': 'include: [plant.yaml]' },
      [/^parts\/racks.yaml:1:11 include: parts\/plant.yaml is included already, at site.yaml:2:11/],
    ],
    [
      'a name that another file has',
      {
        'parts/plant.yaml': plant.replace('h1-r01', 'main'),
        'parts/racks.yaml': 'points: { main: { topic: x, unit: W } }\nsite: { id: other }',
      },
      [
        /^parts\/racks.yaml:1:11 points.main: "main" already defined at parts\/plant.yaml:1:11/,
        /^parts\/racks.yaml:2:9 site.id: "id" already defined at site.yaml:1:9/,
      ],
    ],
    [
      'what are no sections',
      { 'parts/plant.yaml': plant.replace('h1-r01', 'main'), 'parts/racks.yaml': '- a' },
      [/^parts\/racks.yaml:1:1 include: expected sections/],
    ],
  ])('tells of %s', (_, files, faults) => {
    const found = faultsOf({ 'site.yaml': main.replace(/alarms.*\n/, ''), ...files })
    expect(found).toEqual(faults.map((fault) => expect.stringMatching(fault)))
  })

  test('of what is no name is a fault', () => {
    expect(faultsOf({ 'site.yaml': `${HEAD}include: { a: b }\npoints: {}` })).toEqual([
      expect.stringMatching(/^site.yaml:2:10 include: expected the name of a file/),
    ])
  })
})

test('20,000 points of a table are read about as fast as those of braces', async () => {
  const table = `Hall,Rack\n${Array.from({ length: 10_000 }, (_, n) => `h${n % 5},r${n}\n`).join('')}`
  const braces = `${HEAD}points: { 'h0-r{0..9999}-{t,rh}': { topic: 'dc/h0/r{0..9999}/inlet', at: '/{t,rh}', unit: °C } }`
  const rows = `${HEAD}templates: [{ members: racks.csv, topic: 'dc/{Hall}/{Rack}/inlet', points: { '{Hall}-{Rack}-{t,rh}': { at: '/{t,rh}', unit: °C } } }]`
  const readOf = (text: string) => () => {
    const site = createSite(configOf({ 'site.yaml': text, 'racks.csv': table }))
    expect(site.points).toHaveLength(20_000)
    expect(subscriptionsOf(site.config).length).toBe(text === rows ? 1 : 10_000)
  }
  const [ratio] = await costRatios(readOf(braces), [readOf(rows)], 1.5)
  expect(ratio).toBeLessThan(1.5)
}, 60_000)
