/** Files that are no CSV, and the maps that are shipped for published records, each on the record where it is there. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readMap } from '../../simulators/import/map.ts'
import { createImportCounts, importRows } from '../../simulators/import/rows.ts'
import { createReplay, endReplay, replayFiles } from '../../src/fold/replay.ts'
import { parseLine } from '../../src/ingest/recording.ts'
import type { Row } from '../../src/rows/rows.ts'
import { siteOf } from '../scenarios/scenario.ts'

const ROOT = join(import.meta.dirname, '../..')
const MAPS = join(ROOT, 'simulators/maps')
const DATA = join(ROOT, '../shared/data')
const folder = mkdtempSync(join(tmpdir(), 'import-formats-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** The lines of the recording that a map makes of a file, and what it left out. */
async function imported(map: string, file: string): Promise<{ lines: string[]; refused: string[]; rows: number }> {
  const read = readMap(map)
  if ('faults' in read) throw new Error(read.faults.join('\n'))
  const counts = createImportCounts()
  const lines: string[] = []
  for await (const text of importRows(read.map, [file], counts)) lines.push(...text.trimEnd().split('\n'))
  const refused = [...counts.refused].map(([name, { count, first }]) => `${name} ${count} @${first.slice(file.length)}`)
  return { lines, refused, rows: counts.rows }
}

/** `2016-11-06T08:30Z topic {…}` of each packet. */
async function packetsOf(map: string, file: string): Promise<{ packets: string[]; refused: string[] }> {
  const { lines, refused } = await imported(map, file)
  const packets = lines.map((line) => {
    const packet = parseLine(line)
    if (typeof packet === 'string' || typeof packet.payload !== 'string') throw new Error(`no packet: ${line}`)
    const { ts, ...payload } = JSON.parse(packet.payload) as { ts: number }
    return `${new Date(ts).toISOString().replace(/(:00)?\.000Z$/, 'Z')} ${packet.topic} ${JSON.stringify(payload)}`
  })
  return { packets, refused }
}

/** Replays what a map makes of a file; the last row of every series and time. */
async function replayed(map: string, file: string, yaml: string): Promise<{ rows: Row[]; accepted: number }> {
  const { lines } = await imported(map, file)
  const recording = write('recording.ndjson', `${lines.join('\n')}\n`)
  const last = new Map<string, Row>()
  const replay = createReplay(siteOf(yaml), (row) => {
    last.set([row.measurement, ...Object.values(row.tags), row.timeMs].join(' '), row)
  })
  await replayFiles(replay, [recording], async () => {})
  const { accepted } = endReplay(replay).outcomes
  return { rows: [...last.values()], accepted }
}

const JSON_MAP = `
format: json
time: { column: at, form: epoch_s }
values:
  - { column: load, topic: hall, member: kw, max: 900 }
  - { constant: 2.5, topic: spare, member: kw }`

const WEATHER_MAP = `
format: epw
year: 2025
time: { column: time, form: epoch_ms }
values:
  - { column: dry_bulb_c, topic: w, member: t }
  - { column: rh_pct, topic: w, member: rh }`

/** An hour of a weather file: 22 cells, of which few are read. */
function hourOf(year: number, month: number, day: number, hour: number, dryC: number, rhPct: number): string {
  return [year, month, day, hour, 0, 'flags', dryC, 1, rhPct, 101_000, ...Array.from({ length: 11 }, () => 0), 3].join(
    ',',
  )
}

function weatherOf(...hours: string[]): string {
  return ['LOCATION,Denver,CO,USA,TMY3,1,40,-105,-7.0,1600', ...Array.from({ length: 7 }, () => 'x'), ...hours].join(
    '\n',
  )
}

describe('JSON', () => {
  test.for<[string, string]>([
    [
      'a list',
      '[{"at":1479970800,"load":5},\n{"load":1e3,"at":1479970860},{"at":1479970920},{"at":1479970980,"load":"6.5"},7]',
    ],
    [
      'an object a line',
      '{"at":1479970800,"load":5}\n\n{"load":1e3,"at":1479970860}\n{"at":1479970920,"load":null}\n{"at":1479970980,"load":6.5}\n7\n',
    ],
  ])('%s of flat objects, with a number that the map itself gives', async ([, text]) => {
    expect(await packetsOf(write('map.yaml', JSON_MAP), write('list.json', text))).toEqual({
      packets: [
        '2016-11-24T07:00Z hall {"kw":5}',
        '2016-11-24T07:00Z spare {"kw":2.5}',
        '2016-11-24T07:01Z spare {"kw":2.5}',
        '2016-11-24T07:02Z spare {"kw":2.5}',
        '2016-11-24T07:03Z hall {"kw":6.5}',
        '2016-11-24T07:03Z spare {"kw":2.5}',
      ],
      refused: ['above_max 1 @[1]', 'empty 1 @[2]', 'bad_row 1 @[4]'],
    })
  })

  test.for<[string, string]>([
    ['[{"at":1', 'is neither a JSON list of objects nor an object a line'],
    ['[{"at":1,"kw":5}]', 'has no column load; it has at | kw'],
  ])('what does not fit is refused: %s', async ([text, reason]) => {
    await expect(imported(write('map.yaml', JSON_MAP), write('list.json', text))).rejects.toThrow(reason)
  })
})

describe('weather files', () => {
  test('an hour is stamped with its end in local standard time, and a number of nines is missing', async () => {
    const text = weatherOf(
      hourOf(2012, 1, 1, 1, 5, 40),
      hourOf(2012, 1, 1, 24, 99.9, 41),
      hourOf(1998, 2, 28, 2, 7, 999),
      hourOf(1998, 2, 29, 2, 7, 42),
    )
    expect(await packetsOf(write('map.yaml', WEATHER_MAP), write('w.epw', text))).toEqual({
      packets: ['2025-01-01T08:00Z w {"t":5,"rh":40}', '2025-01-02T07:00Z w {"rh":41}', '2025-02-28T09:00Z w {"t":7}'],
      refused: ['empty 2 @:10', 'bad_time 1 @:12'],
    })
  })

  test('months of several years need one to be put into', async () => {
    const real = write('map.yaml', WEATHER_MAP.replace('year: 2025', ''))
    const one = weatherOf(hourOf(2012, 1, 1, 1, 5, 40), hourOf(2012, 12, 31, 1, 5, 40))
    expect((await packetsOf(real, write('w.epw', one))).packets).toHaveLength(2)
    const two = weatherOf(hourOf(2012, 1, 1, 1, 5, 40), hourOf(1998, 2, 1, 1, 5, 40))
    await expect(imported(real, write('w.epw', two))).rejects.toThrow('set `year` in the map')
    await expect(imported(real, write('w.epw', 'Time,kW\n1,2\n'))).rejects.toThrow('is no EPW')
  })
})

test.for<[string, string, string]>([
  ['year: 2025', 'values', ' year: needs format: epw'],
  ['format: json\ndelimiter: ";"', 'values', ' delimiter: says nothing about a file of format: json'],
  ['format: xml', 'values', ' format: is none of csv, json, epw'],
  ['', 'values: [{ column: a, constant: 1, topic: t }]', ' values[0].constant: stands in place of a column'],
  ['', 'values: [{ constant: x, topic: t }]', ' values[0].constant: is not a number that fits here'],
])('a map that contradicts itself says where: %s %s', ([keys, values, reason]) => {
  const list = values === 'values' ? 'values: [{ column: a, topic: t }]' : values
  const read = readMap(write('map.yaml', `${keys}\ntime: { column: at, form: iso }\n${list}\n`))
  expect('faults' in read ? read.faults : []).toEqual([expect.stringContaining(reason)])
})

test('the map of a hall’s export: columns by name, with bounds', async () => {
  const csv = write(
    'hall.csv',
    `timestamp,facility_kw,it_kw,cooling_kw,supply_c,return_c,supply_rh_pct,outdoor_c
2026-03-02 10:00:00,130.5,100,20,22.5,34,45,12
2026-03-02 10:01,131,-1,20,85,34,45,12
`,
  )
  expect(await packetsOf(join(MAPS, 'hall-export.yaml'), csv)).toEqual({
    packets: [
      '2026-03-02T10:00Z hall/facility {"kw":130.5}',
      '2026-03-02T10:00Z hall/it {"kw":100}',
      '2026-03-02T10:00Z hall/cooling {"kw":20}',
      '2026-03-02T10:00Z hall/air {"supply_c":22.5,"return_c":34,"rh_pct":45}',
      '2026-03-02T10:00Z hall/outdoor {"t":12}',
      '2026-03-02T10:01Z hall/facility {"kw":131}',
      '2026-03-02T10:01Z hall/cooling {"kw":20}',
      '2026-03-02T10:01Z hall/air {"return_c":34,"rh_pct":45}',
      '2026-03-02T10:01Z hall/outdoor {"t":12}',
    ],
    refused: ['below_min 1 @:3', 'above_max 1 @:3'],
  })
})

const absent = existsSync(join(DATA, 'ground-truth-A.json')) ? '' : ' (skipped: ../shared/data is absent)'

describe(`published records${absent}`, () => {
  const skipped = absent !== ''
  const truth = skipped ? {} : JSON.parse(readFileSync(join(DATA, 'ground-truth-A.json'), 'utf8'))

  test.skipIf(skipped)('a day of a PUE dashboard: its mean, its extremes, its weather', async () => {
    const expected = truth['facebook-puewue-demo']['24-hours']
    const file = join(DATA, 'facebook-puewue-demo/24-hours.json')
    const { rows, accepted } = await replayed(
      join(MAPS, 'facebook-puewue.yaml'),
      file,
      `
site: { id: fb, timezone: America/Los_Angeles }
core: { windows: [5m, 25h] }
points:
  main: { topic: fb/facility, at: /mw, unit: MW, kind: mean, everyS: 300, role: facility }
  it: { topic: fb/it, at: /mw, unit: MW, kind: mean, everyS: 300, role: it }
  t: { topic: fb/outdoor, at: /t_f, unit: °F, everyS: 300, role: outdoor }
  rh: { topic: fb/outdoor, at: /rh_pct, unit: '%', everyS: 300, role: outdoor }
boundaries: { fb: { facility: [main], it: [it] } }
`,
    )
    expect(accepted).toBe(4 * expected.points)
    const pues = rows.filter(({ tags, timeMs }) => tags['window'] === '5m' && timeMs % 300_000 === 0)
    const values = pues.flatMap(({ fields }) => (typeof fields['pue'] === 'number' ? [fields['pue']] : []))
    expect(values).toHaveLength(expected.points)
    expect([Math.min(...values), Math.max(...values)]).toEqual([
      expect.closeTo(expected.pue.min, 6),
      expect.closeTo(expected.pue.max, 6),
    ])
    const day = rows.findLast(({ tags }) => tags['window'] === '25h')
    expect(day?.fields['pue']).toBeCloseTo(expected.pue.mean, 5)
    const air = rows.filter(({ tags }) => tags['point'] === 't').map(({ fields }) => Number(fields['last']))
    const list = JSON.parse(readFileSync(file, 'utf8')) as { temperature: number }[]
    const celsius = list.map(({ temperature }) => ((temperature - 32) * 5) / 9)
    expect([Math.min(...air), Math.max(...air)]).toEqual([
      expect.closeTo(Math.min(...celsius), 6),
      expect.closeTo(Math.max(...celsius), 6),
    ])
  })

  test.skipIf(skipped).each([
    ['7-days', 134],
    ['30-days', 144],
    ['90-days', 139],
    ['1-year', 18],
  ])('the other lists of that dashboard: %s', async (name, points) => {
    const file = join(DATA, `facebook-puewue-demo/${name}.json`)
    const { lines, refused } = await imported(join(MAPS, 'facebook-puewue.yaml'), file)
    expect(refused).toEqual([])
    expect(lines).toHaveLength(4 * points)
  })

  test.skipIf(skipped)(
    'a weather year: as many hours within each class as were counted by hand',
    async () => {
      const { rows, accepted } = await replayed(
        join(MAPS, 'epw.yaml'),
        join(DATA, 'weather-epw/tmy_45.000_8.000_2005_2023.epw'),
        `
site: { id: w, timezone: UTC, edition: 2021, corrosion: low }
core: { intervalS: 900, windows: [1h] }
points:
  t: { topic: weather, at: /t, unit: °C, everyS: 3600 }
  rh: { topic: weather, at: /rh, unit: '%', everyS: 3600 }
inlets: { 'a{1,3}': { dryBulb: t, humidity: rh, class: 'A{1,3}' } }
`,
      )
      expect(accepted).toBe(2 * 8760)
      // The state at the end of the quarter of an hour that each stamp begins
      const states = rows.filter(
        ({ measurement, timeMs }) => measurement === 'climate' && timeMs % 3_600_000 === 900_000,
      )
      const hours = (inlet: string, most: number) =>
        states.filter(({ tags, fields }) => tags['inlet'] === inlet && Number(fields['band']) <= most).length
      expect(states.filter(({ tags }) => tags['inlet'] === 'a1')).toHaveLength(8760)
      expect(hours('a1', 0)).toBe(931)
      expect([hours('a1', 1), hours('a3', 1)]).toEqual([2280, 4978])
      const dry = states.filter(({ tags }) => tags['inlet'] === 'a1').map(({ fields }) => Number(fields['dry_bulb_c']))
      const { db_min_c: least, db_max_c: most } = truth['weather-epw']['A-dev/tmy_45.000_8.000_2005_2023.epw']
      expect([Math.min(...dry), Math.max(...dry)]).toEqual([least, most])
    },
    240_000,
  )
})
