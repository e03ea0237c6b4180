/**
 * What devices and gateways really send, with the answers that were worked out by hand beside each recording. Each case
 * is a folder of the field's recordings; a configuration that cannot say what is meant is given the keys that can.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { main as runImport } from '../../simulators/import.ts'
import { rowsOf, replayFile, siteFromText, type Replayed } from '../../src/testing.ts'
import { alarmsOf, fieldConfig, fieldFile, hasField, outcomesOf, pueAt, replayField, timeOf } from './cases.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-field-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Energies of one hour, kWh and PUE, that ends at a time of the day. */
function hourAt(replayed: Replayed, time: string) {
  const row = rowsOf(replayed, 'pue', { window: '1h' }).findLast(({ timeMs }) => timeOf(timeMs) === time)
  const { pue = NaN, facility_j = NaN, coverage = NaN } = row?.fields ?? {}
  return { pue: Number(pue.toFixed(3)), facilityKwh: Number((facility_j / 3.6e6).toFixed(1)), coverage }
}

/** States of an inlet that differ, as `23.1 °C band 0`. */
function statesOf(replayed: Replayed, inlet: string): string[] {
  const states = rowsOf(replayed, 'climate', { inlet }).map(
    ({ fields: { dry_bulb_c: dryBulb, band } }) => `${dryBulb?.toFixed(2)} °C band ${band}`,
  )
  return [...new Set(states)]
}

/** Values of a window's PUE that differ. */
function knownPues(replayed: Replayed, window: string): string[] {
  const found = rowsOf(replayed, 'pue', { window }).flatMap(({ fields }) => fields.pue?.toFixed(3) ?? [])
  return [...new Set(found)]
}

/** Shares of an inlet's compliance over an hour that ends at a time of the day. */
function sharesAt(replayed: Replayed, time: string) {
  const rows = rowsOf(replayed, 'compliance', { scope: 'inlet', window: '1h' })
  const fields = rows.findLast(({ timeMs }) => timeOf(timeMs) === time)?.fields
  return { recommended: fields?.recommended_pct, out: fields?.out_pct, unknown: fields?.unknown_pct }
}

describe.skipIf(!hasField)(`recordings of the field${hasField ? '' : ' (skipped: ../shared/data is absent)'}`, () => {
  test('sparkplug-b: metrics with their own names and types need no birth', async () => {
    const replayed = await replayField('sparkplug-b')
    expect(outcomesOf(replayed)).toEqual({ accepted: 362 })
    expect(knownPues(replayed, '5m')).toEqual(['1.300'])
  })

  test('deci-fahrenheit: the factor comes before the unit', async () => {
    const replayed = await replayField('deci-fahrenheit')
    expect(statesOf(replayed, 'r1')).toEqual(['22.50 °C band 0'])
    expect(statesOf(replayed, 'r2')).toEqual(['22.45 °C band 0'])
    expect(rowsOf(replayed, 'alarm')).toEqual([])
  })

  test('rh-saturated-tenths: 99.9 % is a humidity', async () => {
    const replayed = await replayField('rh-saturated-tenths')
    expect(alarmsOf(replayed, 'moisture')).toEqual(['10:31 raised r1', '11:31 cleared r1'])
    const foggy = rowsOf(replayed, 'climate').find(({ timeMs }) => timeOf(timeMs) === '11:00')
    expect(foggy?.fields).toMatchObject({ dew_point_c: expect.closeTo(21.98, 2) as number, band: 2 })
    expect(sharesAt(replayed, '11:30')).toMatchObject({ out: 100 })
  })

  test('bare-nan: a number that is none costs its own member only', async () => {
    const replayed = await replayField('bare-nan')
    expect(outcomesOf(replayed)).toEqual({ accepted: 301, non_finite: 181 })
    expect(alarmsOf(replayed, 'inlet_allowable')[0]).toBe('10:31 raised r1')
    expect(statesOf(replayed, 'r1')).toContain('36.00 °C band 2')
  })

  test.each(['recording.ndjson.gz', 'recording-as-%j.ndjson.gz'])('trailing-nul: %s', async (file) => {
    const replayed = await replayField('trailing-nul', {}, file)
    expect(outcomesOf(replayed)).toEqual({ accepted: 36 })
    expect(statesOf(replayed, 'r1')).toEqual(['36.50 °C band 2'])
  })

  test('gateway-batch: every record of a list counts', async () => {
    const list = (records: string, member: string) => ({ records, at: `/values/${member}`, timeAt: '/ts' })
    const replayed = await replayField('gateway-batch', {
      points: {
        t: list('/rack-07', 'temperature'),
        rh: list('/rack-07', 'humidity'),
        fac: list('/meter-a', 'kw'),
      },
      core: { latenessS: 1800 },
    })
    expect(outcomesOf(replayed)).toEqual({ accepted: 4 * 121 })
    expect(hourAt(replayed, '11:00')).toEqual({ pue: 1.517, facilityKwh: 151.7, coverage: 1 })
  })

  test('shared-topic: each point has the messages of its channel', async () => {
    const of = (channel: number) => ({ where: { '/channel': channel } })
    const replayed = await replayField('shared-topic', {
      points: { 'cold-t': of(1), 'cold-rh': of(1), 'hot-t': of(3) },
    })
    expect(statesOf(replayed, 'r1')).toEqual(['23.10 °C band 0'])
    expect(rowsOf(replayed, 'reading', { point: 'hot-t' }).every(({ fields }) => fields.mean === 38.4)).toBe(true)
    expect(Object.keys(outcomesOf(replayed))).toEqual(['accepted'])
  })

  test('clock-never-set: arrival counts where a point says so', async () => {
    const arrival = { timeAt: 'none' }
    const replayed = await replayField('clock-never-set', { points: { fac: arrival, it: arrival, fb: arrival } })
    expect(Object.keys(outcomesOf(replayed))).toEqual(['accepted'])
    const { pue, coverage } = hourAt(replayed, '11:00')
    expect(pue).toBe(1.3)
    expect(coverage).toBeGreaterThan(0.99)
  })

  test('start-stamped-intervals: the energy of an interval lies behind its stamp', async () => {
    const replayed = await replayField('start-stamped-intervals', { points: { fac: { stamp: 'start' } } })
    const found = rowsOf(replayed, 'pue').filter(
      ({ tags, fields }) => tags.window !== 'live' && fields.pue !== undefined,
    )
    // IT power climbs to its step in the 10 s before it, which the energies do not
    const odd = found.filter(({ fields: { pue = NaN } }) => !(Math.abs(pue - 1.3) < 0.025))
    expect([found.length > 100, odd]).toEqual([true, []])
    expect(hourAt(replayed, '12:00').pue).toBeCloseTo(1.3, 2)
  })

  test('numeric-tst: whole seconds since 1970', async () => {
    const replayed = await replayField('numeric-tst')
    expect(outcomesOf(replayed).bad_line).toBeUndefined()
    expect(knownPues(replayed, '5m')).toEqual(['1.300'])
  })

  test('dst-doubled-hour-drift: the order of a device tells its second pass', async () => {
    const replayed = await replayField('dst-doubled-hour-drift')
    expect(Object.keys(outcomesOf(replayed))).toEqual(['accepted'])
    expect(replayed.summary.doubted).toBe(0)
    expect(pueAt(replayed, '1h', '01:00')).toBeCloseTo(1.3, 1)
    expect(pueAt(replayed, '1h', '02:00')).toBeCloseTo(2, 1)
    expect(sharesAt(replayed, '01:00')).toMatchObject({ recommended: 100, out: 0 })
    expect(sharesAt(replayed, '02:00').out).toBeCloseTo(25, -1)
    expect(alarmsOf(replayed, 'inlet_allowable')[0]).toBe('01:46 raised r1')
  })

  test('idle-feed-noise: a little less than nothing is nothing', async () => {
    const replayed = await replayField('idle-feed-noise')
    expect(Object.keys(outcomesOf(replayed))).toEqual(['accepted'])
    expect(knownPues(replayed, '1h')).toEqual(['1.300'])
    expect(hourAt(replayed, '12:00').pue).toBe(1.3)
  })

  test.each(['a.yaml', 'b.yaml'])('backlog-beside-arrival: %s', async (config) => {
    const site = siteFromText(readFileSync(fieldFile('backlog-beside-arrival', config), 'utf8'))
    const replayed = await replayFile(site, fieldFile('backlog-beside-arrival', 'recording.ndjson.gz'))
    expect(Object.keys(outcomesOf(replayed))).toContain('accepted')
    expect(outcomesOf(replayed).too_late).toBeUndefined()
    const { fields } = rowsOf(replayed, 'pue', { window: '1h' }).at(-1) ?? {}
    expect(fields).toMatchObject({ pue: 1.3, coverage: 59 / 60 })
  })

  test('rows-beyond-newest: no row lies behind the interval of the newest reading', async () => {
    const files = ['late-within-seconds.ndjson.gz', 'late-7-min-apart.ndjson.gz']
    const [near, apart] = await Promise.all(files.map((file) => replayField('rows-beyond-newest', {}, file)))
    const lastOf = (replayed?: Replayed) =>
      new Map(
        (replayed?.rows ?? [])
          .filter(({ tags }) => tags.window !== 'live')
          .map(({ measurement, tags, timeMs, fields: { revision: _, state: __, ...fields } }) => [
            [measurement, ...Object.values(tags), timeOf(timeMs)].join(' '),
            fields,
          ]),
      )
    expect(lastOf(apart)).toEqual(lastOf(near))
    expect([...lastOf(apart).keys()].filter((key) => key.startsWith('energy')).at(-1)).toMatch(/31$/)
  })

  test('importer-dst-interleaved: both passes of an hour that was sorted by local time', async () => {
    const out = join(folder, 'nov6.ndjson')
    const csv = fieldFile('importer-dst-interleaved', 'nov6.csv')
    expect(await runImport([csv, '--map', 'simulators/maps/esif-nrel-1min.yaml', '--out', out])).toBe(0)
    const site = siteFromText(`
site: { id: esif, timezone: America/Denver }
core: { windows: [1h] }
points:
  air: { topic: esif/air, at: /kw, unit: kW, everyS: 60, maxGapS: 600, min: 0.001 }`)
    const replayed = await replayFile(site, out)
    expect(Object.keys(outcomesOf(replayed))).toEqual(['accepted', 'unknown_topic'])
    const covered = rowsOf(replayed, 'energy', { point: 'air' }).filter(({ fields }) => (fields.coverage ?? 0) > 0.99)
    const from = Date.UTC(2016, 10, 6, 7)
    const hours = covered.filter(({ timeMs }) => timeMs > from && timeMs <= from + 7_200_000)
    expect(hours.length).toBe(120)
  })
})

/** What a shape becomes: a number in °C, a stamp of its own, or the outcome of its refusal; with keys that say how. */
const SHAPES: [name: string, keys: object, becomes: string | number][] = [
  ['v/comma', { decimal: ',' }, 23.5],
  ['v/comma', {}, 'bad_payload'],
  ['v/unit-in-text', {}, 23.5],
  ['v/unit-in-text', { unit: '°F' }, 'bad_payload'],
  ['v/plus', {}, 23.5],
  ['v/dot-first', {}, 0.5],
  ['v/csv', { cells: ',', at: '/0' }, 23.5],
  ['v/csv', {}, 'bad_payload'],
  ['v/line-protocol', { format: 'line-protocol', at: '/fields/temp' }, 23.5],
  ['v/line-protocol', {}, 'bad_payload'],
  ['v/json-in-json', { at: '/body/t' }, 23.5],
  ['v/senml', { at: '/0/v', timeAt: '/0/bt' }, 23.5],
  ['v/senml', { at: '/v', where: { '/n': 'temperature' }, timeAt: 'none' }, 23.5],
  [
    'v/senml',
    {
      format: 'senml',
      at: undefined,
      timeAt: undefined,
      where: { '/n': 'urn:dev:mac:0024befffe804ff1/temperature' },
    },
    23.5,
  ],
  ['v/by-name', { records: '/values', where: { '/id': 'temperature' }, at: '/v', timeAt: '/ts' }, 23.5],
  ['v/numeric-text', {}, 23.5],
  ['v/openhab-quantity', {}, 23.5],
  ['v/bool', {}, 'bad_payload'],
  ['v/history', { at: '/temperature' }, 23.5],
  ['v/bom', {}, 23.5],
  ['v/crlf', {}, 23.5],
  ['v/single-quotes', {}, 'bad_payload'],
  ['v/trailing-comma', {}, 23.5],
  ['v/two-docs', {}, 'bad_payload'],
  ['s/p1', { timezone: 'Europe/Paris' }, '10:00'],
  ['s/dots', {}, '10:00'],
  ['s/german', { timeForm: 'DD.MM.YYYY HH:mm:ss' }, '10:00'],
  ['s/german', {}, 'bad_time'],
  ['s/us', { timeForm: 'M/D/YYYY h:mm:ss A' }, '10:00'],
  ['s/us', {}, 'bad_time'],
  ['s/java-zone', {}, '10:00'],
  ['s/basic-iso', {}, '10:00'],
  ['s/no-seconds', {}, '10:00'],
  ['s/space-utc', {}, '10:00'],
  ['s/js-date', {}, '10:00'],
  ['s/rfc2822', {}, '10:00'],
  ['s/ms-date', {}, '10:00'],
  ['s/epoch2000', { epoch: '2000-01-01T00:00:00Z' }, '10:00'],
  ['s/epoch-text', {}, '10:00'],
  ['s/epoch-frac', {}, '10:00'],
  ['s/short-offset', {}, 'bad_time'],
  ['s/split', { timeAt: ['/date', '/time'] }, '10:00'],
  ['s/zigbee-lastseen', {}, '10:00'],
  ['s/minus-offset', {}, '10:00'],
  ['s/uptime', {}, 'bad_time'],
  ['s/uptime', { timeAt: 'none', timezone: undefined }, '10:00'],
]

describe.skipIf(!hasField)('shapes', () => {
  test.each(SHAPES)('%s with %j is %s', async (topic, keys, becomes) => {
    const config = JSON.parse(fieldConfig('shapes')) as { points: Record<string, { topic: string }> }
    const name = Object.keys(config.points).find((it) => config.points[it]?.topic === topic) ?? ''
    const point = { ...config.points[name], ...keys }
    const text = JSON.stringify({ ...config, points: { [name]: point }, rows: { readings: 'all' } })
    const replayed = await replayFile(siteFromText(text), fieldFile('shapes', 'recording.ndjson.gz'))
    const { unknown_topic: _, ...outcomes } = outcomesOf(replayed)
    const { unselected: __, ...taken } = outcomes
    const [row] = rowsOf(replayed, 'reading', { point: name }).filter(({ fields }) => (fields.count ?? 0) > 0)
    const found = { number: row?.fields.last, time: timeOf((row?.timeMs ?? 0) - 60_000), outcomes: Object.keys(taken) }
    const isRefused = typeof becomes === 'string' && becomes.includes('_')
    expect(found).toMatchObject(
      isRefused
        ? { outcomes: [becomes] }
        : { outcomes: ['accepted'], ...(typeof becomes === 'number' ? { number: becomes } : { time: becomes }) },
    )
  })
})

test('what is no recording is told as one', async () => {
  const file = join(folder, 'garbage.ndjson')
  writeFileSync(file, 'PK\u0003\u0004 nothing\nof a recording\n')
  const site = siteFromText('{ site: { id: a, timezone: UTC }, points: { p: { topic: a, unit: kW } } }')
  await expect(replayFile(site, file)).rejects.toThrow(/no line is a packet/)
})
