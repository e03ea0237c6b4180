/** The report of a day: read back as a spreadsheet reads it, from rows that a replay gave and from rows by hand. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createReplay, endReplay } from '../../src/fold/replay.ts'
import { dailyReport, endedPeriods, writeReport, type ReportSite } from '../../src/reports/day.ts'
import { createSite } from '../../src/site/site.ts'
import type { Row } from '../../src/rows/rows.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-report-'))

afterAll(() => rmSync(folder, { recursive: true }))

// Midnights of Europe/Paris, written out: 23, 24 and 25 hours apart.
const DAYS: [words: string, day: string, startMs: number, endMs: number, hours: number][] = [
  ['a day', '2026-03-28', Date.parse('2026-03-27T23:00Z'), Date.parse('2026-03-28T23:00Z'), 24],
  ['the short day of spring', '2026-03-29', Date.parse('2026-03-28T23:00Z'), Date.parse('2026-03-29T22:00Z'), 23],
  ['the long day of autumn', '2026-10-25', Date.parse('2026-10-24T22:00Z'), Date.parse('2026-10-25T23:00Z'), 25],
]

describe('of a replayed site at 60 kW for 40 kW of IT', () => {
  test.each(DAYS)('%s', (_words, day, startMs, endMs, hours) => {
    const lines = readCsv(dailyReport(replayed(startMs - HOUR_MS, endMs + HOUR_MS), site(), startMs, endMs))
    expect(lines.every((line) => line.day === day && line.site === 'dc5')).toBe(true)
    expect(only(lines, 'energy', 'it')).toMatchObject({ energy_kwh: `${40 * hours}.000`, coverage: '1.0000' })
    expect(only(lines, 'energy', 'main')).toMatchObject({
      role: 'facility',
      window: 'day',
      energy_kwh: `${60 * hours}.000`,
      estimated_share: '0.0000',
      state: 'settled',
    })
    const pues = lines.filter(({ kind }) => kind === 'pue')
    expect(pues.map(({ window }) => window)).toEqual(['1h', 'day', 'month_to_date'])
    expect(pues[1]).toMatchObject({
      name: 'dc5',
      role: 'category 1',
      pue: '1.5000',
      pue_name: 'iPUE',
      facility_kwh: `${60 * hours}.000`,
      it_kwh: `${40 * hours}.000`,
      coverage: '1.0000',
      suspect: 'no',
    })
    const compliance = lines.filter(({ kind }) => kind === 'compliance')
    expect(compliance.map(({ role, name }) => `${role} ${name}`)).toEqual(['site dc5', 'hall h1', 'inlet r01'])
    expect(compliance[2]).toMatchObject({ recommended_pct: '100.00', out_pct: '0.00' })
  })

  test('a day with six silent hours says so, and adds nothing for them', () => {
    const [, , startMs, endMs] = DAYS[0]!
    const silent = { fromMs: startMs + 6 * HOUR_MS, toMs: startMs + 12 * HOUR_MS }
    const rows = replayed(startMs - HOUR_MS, endMs + HOUR_MS, silent)
    const main = only(readCsv(dailyReport(rows, site(), startMs, endMs)), 'energy', 'main')
    // The last reading before and the first after bound the gap: a minute less of what is known on one side.
    expect(Number(main.coverage)).toBeCloseTo(0.75, 2)
    expect(Number(main.energy_kwh)).toBeCloseTo(60 * 18, -1)
  })
})

describe('of rows by hand', () => {
  const [, , startMs, endMs] = DAYS[0]!

  test('rows of other days, windows and measurements are passed over', () => {
    const rows = [
      energy('a', startMs, 3.6e6), // ends as the day begins: the day before
      energy('a', startMs + MINUTE_MS, 3.6e6),
      energy('a', endMs, 3.6e6),
      energy('a', endMs + MINUTE_MS, 3.6e6),
      pue('24h', endMs - MINUTE_MS, 2),
      pue('live', endMs, 2),
      compliance('inlet', 'r01', endMs, { out_pct: 1 }, '24h'),
      compliance('rack', 'r01', endMs, { out_pct: 1 }),
      row('reading', { site: 'dc5', point: 'a' }, { mean: 1 }, endMs),
    ]
    const lines = readCsv(dailyReport(rows, site(), startMs, endMs))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ kind: 'energy', energy_kwh: '2.000', coverage: '0.0014' })
  })

  test('an energy is as settled, and as estimated, as its parts', () => {
    const rows = [
      energy('a', startMs + 1 * MINUTE_MS, 3.6e6, { estimated_share: 1, state: 'settled' }),
      energy('a', startMs + 2 * MINUTE_MS, 10.8e6, { estimated_share: 0, state: 'restated', revision: 4 }),
      energy('b', startMs + 1 * MINUTE_MS, 3.6e6, { state: 'settled' }),
      energy('b', startMs + 2 * MINUTE_MS, 3.6e6, { state: 'provisional' }),
      row('energy', tagsOf('c'), { coverage: 0, revision: 0, state: 'settled' }, startMs + MINUTE_MS),
    ]
    const lines = readCsv(dailyReport(rows, site(), startMs, endMs))
    expect(only(lines, 'energy', 'a')).toMatchObject({ estimated_share: '0.2500', state: 'restated', revision: '4' })
    expect(only(lines, 'energy', 'b')).toMatchObject({ state: 'provisional' })
    // Nothing known is nothing said: no 0 kWh.
    expect(only(lines, 'energy', 'c')).toMatchObject({ energy_kwh: '', coverage: '0.0000', estimated_share: '' })
  })

  test('a window without a quotient has none', () => {
    const rows = [row('pue', pueTags('day'), { coverage: 0.31, name: 'iPUE', revision: 0, suspect: false }, endMs)]
    expect(readCsv(dailyReport(rows, site(), startMs, endMs))[0]).toMatchObject({ pue: '', coverage: '0.3100' })
  })

  test('windows go by length, and to date steps back where the whole is there', () => {
    const windows = ['year_to_date', '365d', 'month', '5m', 'month_to_date', '7d', 'day_to_date', '30d', '1h', '24h']
    const lines = readCsv(
      dailyReport(
        [...windows, 'day'].map((name) => pue(name, endMs, 1.5)),
        site(),
        startMs,
        endMs,
      ),
    )
    expect(lines.map(({ window }) => window)).toEqual([
      '5m',
      '1h',
      '24h',
      'day',
      '7d',
      '30d',
      'month',
      '365d',
      'year_to_date',
    ])
  })

  test('inlets come worst first: out, then allowable, then unknown', () => {
    const rows = [
      compliance('inlet', 'good', endMs, { recommended_pct: 100, allowable_pct: 0, out_pct: 0, unknown_pct: 0 }),
      compliance('inlet', 'silent', endMs, { unknown_pct: 100 }),
      compliance('inlet', 'warm', endMs, { recommended_pct: 60, allowable_pct: 40, out_pct: 0, unknown_pct: 0 }),
      compliance('inlet', 'hot', endMs, { recommended_pct: 90, allowable_pct: 0, out_pct: 10, unknown_pct: 0 }),
      compliance('hall', 'h1', endMs, { recommended_pct: 80, allowable_pct: 16, out_pct: 4, worst: 'hot' }),
      compliance('site', 'dc5', endMs, { recommended_pct: 80, allowable_pct: 16, out_pct: 4, worst: 'hot' }),
    ]
    const lines = readCsv(dailyReport(rows, site(), startMs, endMs))
    expect(lines.map(({ name }) => name)).toEqual(['dc5', 'h1', 'hot', 'warm', 'silent', 'good'])
    expect(lines[0]).toMatchObject({ worst: 'hot', out_pct: '4.00' })
    expect(lines[4]).toMatchObject({ recommended_pct: '', out_pct: '', unknown_pct: '100.00' })
  })

  test('of a correction the last row counts', () => {
    const rows = [pue('day', endMs, 1.4), pue('day', endMs, 1.6)]
    expect(readCsv(dailyReport(rows, site(), startMs, endMs)).map((line) => line.pue)).toEqual(['1.6000'])
  })

  test('more intervals than a day has are refused: rows that come twice would be summed twice', () => {
    const rows = Array.from({ length: 1441 }, () => energy('a', endMs, 1))
    expect(() => dailyReport(rows, site(), startMs, endMs)).toThrow('a has 1441 intervals in a day of 1440')
  })

  test('names with commas, quotes and line ends stay in their cell; formulas become text', () => {
    const names = ['+1', '-1 or so', '=1+1', '@a', 'a\r\nb', 'a"b', 'a,b', '°C'] // in the order of the report
    const rows = names.map((name) => compliance('inlet', name, endMs, { unknown_pct: 0 }))
    const text = dailyReport(rows, site(), startMs, endMs)
    expect(readCsv(text).map(({ name }) => name)).toEqual([
      "'+1",
      "'-1 or so",
      "'=1+1",
      "'@a",
      'a\r\nb',
      'a"b',
      'a,b',
      '°C',
    ])
    expect(text.endsWith('\r\n')).toBe(true)
  })

  test('a day without rows has its headings', () => {
    const text = dailyReport([], site(), startMs, endMs)
    expect(text).toMatch(/^site,day,kind,name,[a-z_,]+\r\n$/)
  })
})

describe('written', () => {
  const [, , startMs, endMs] = DAYS[1]!

  test('as <site>-<day>.csv, whole, over an older one, nothing left beside', async () => {
    const reports = join(folder, 'new', 'reports')
    const file = await writeReport(reports, site(), startMs, endMs, 'old\r\n')
    expect(file).toBe(join(reports, 'dc5-2026-03-29.csv'))
    await writeReport(reports, site(), startMs, endMs, 'new\r\n')
    expect(readFileSync(file, 'utf8')).toBe('new\r\n')
    expect(readdirSync(reports)).toEqual(['dc5-2026-03-29.csv'])
    expect(statSync(file).mode & 0o777).toBe(0o640)
  })

  test('where it cannot be is an error that names the file', async () => {
    const taken = join(folder, 'taken')
    writeFileSync(taken, '')
    await expect(writeReport(taken, site(), startMs, endMs, '')).rejects.toThrow(
      `${join(taken, 'dc5-2026-03-29.csv')} cannot be written`,
    )
  })
})

const ENDED: [words: string, timezone: string, after: string, now: string, ends: string[]][] = [
  ['none between two midnights', 'Europe/Paris', '2026-11-23T00:00Z', '2026-11-23T22:59Z', []],
  ['a day at its end', 'Europe/Paris', '2026-11-23T00:00Z', '2026-11-23T23:00Z', ['2026-11-23T23:00Z']],
  ['a day told is not told again', 'Europe/Paris', '2026-11-23T23:00Z', '2026-11-24T00:20Z', []],
  [
    'days of 23 and 24 hours',
    'Europe/Paris',
    '2026-03-28T00:00Z',
    '2026-03-30T00:20Z',
    ['2026-03-28T23:00Z', '2026-03-29T22:00Z'],
  ],
  ['west of Greenwich', 'America/New_York', '2026-11-23T00:20Z', '2026-11-24T00:20Z', ['2026-11-23T05:00Z']],
  ['a zone off the hour', 'Asia/Kathmandu', '2026-11-23T00:00Z', '2026-11-23T18:20Z', ['2026-11-23T18:15Z']],
]

test.each(ENDED)('days that have ended: %s', (_words, timezone, after, now, ends) => {
  const days = endedPeriods(site(timezone), 'day', Date.parse(after), Date.parse(now))
  expect(days.map(({ endMs }) => endMs)).toEqual(ends.map((end) => Date.parse(end)))
})

test('after a year of rest only the newest month of days is told', () => {
  const days = endedPeriods(site(), 'day', Date.parse('2025-11-23T00:00Z'), Date.parse('2026-11-23T00:00Z'))
  expect(days).toHaveLength(31)
  expect(days.at(-1)!.endMs).toBe(Date.parse('2026-11-22T23:00Z'))
})

function site(timezone = 'Europe/Paris'): ReportSite {
  return { config: { site: { id: 'dc5', timezone }, core: { intervalS: 60 } } }
}

/** The last row of every key, as the local history holds them, of a steady site from one moment to another. */
function replayed(fromMs: number, toMs: number, silent = { fromMs: Infinity, toMs: -Infinity }): Row[] {
  const file = join(folder, 'site.yaml')
  writeFileSync(
    file,
    `
site: { id: dc5, timezone: Europe/Paris }
core: { windows: [1h, day, month] }
points:
  main: { topic: main, unit: kW, everyS: 60, role: facility }
  it:   { topic: it, unit: kW, everyS: 60, role: it }
  t:    { topic: t, unit: °C, everyS: 60 }
  rh:   { topic: rh, unit: "%", everyS: 60 }
boundaries: { dc5: { facility: [main], it: [it] } }
inlets: { r01: { dryBulb: t, humidity: rh, hall: h1 } }
`,
  )
  const read = readConfig(file, {})
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  const rows = new Map<string, Row>()
  const replay = createReplay(createSite(read.config), (made) =>
    rows.set(JSON.stringify([made.measurement, made.tags, made.timeMs]), made),
  )
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += MINUTE_MS) {
    if (nowMs > silent.fromMs && nowMs < silent.toMs) continue
    for (const [topic, payload] of Object.entries({ main: 60, it: 40, t: 22, rh: 45 })) {
      accept(replay.pipeline, { nowMs, topic, payload, retain: false })
    }
  }
  endReplay(replay)
  return [...rows.values()]
}

function energy(point: string, timeMs: number, joules: number, fields: Row['fields'] = {}): Row {
  const whole = {
    energy_j: joules,
    coverage: 1,
    mean_w: joules / 60,
    estimated_share: 0,
    revision: 0,
    state: 'settled',
  }
  return row('energy', tagsOf(point), { ...whole, ...fields }, timeMs)
}

function pue(window: string, timeMs: number, quotient: number): Row {
  return row(
    'pue',
    pueTags(window),
    { pue: quotient, coverage: 1, name: 'iPUE', revision: 0, state: 'settled' },
    timeMs,
  )
}

function compliance(scope: string, name: string, timeMs: number, fields: Row['fields'], window = 'day'): Row {
  return row('compliance', { site: 'dc5', scope, name, window }, { ...fields, revision: 0 }, timeMs)
}

function row(measurement: Row['measurement'], tags: Row['tags'], fields: Row['fields'], timeMs: number): Row {
  return { measurement, tags, fields, timeMs }
}

function tagsOf(point: string) {
  return { site: 'dc5', point, role: 'facility' }
}

function pueTags(window: string) {
  return { site: 'dc5', boundary: 'dc5', window, category: '1' }
}

type Line = Record<string, string>

function only(lines: readonly Line[], kind: string, name: string): Line {
  const found = lines.filter((line) => line.kind === kind && line.name === name)
  expect(found).toHaveLength(1)
  return found[0]!
}

/** RFC 4180, strictly: CRLF, quotes doubled, as many fields in every record as in the first. */
function readCsv(text: string): Line[] {
  const records: string[][] = [[]]
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const match = field.exec(text)
    if (match === null) throw new Error('not RFC 4180')
    records.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2]!)
    if (match[3] !== ',') records.push([])
  }
  const [head, ...lines] = records.slice(0, -1)
  return lines.map((fields) => {
    expect(fields).toHaveLength(head!.length)
    return Object.fromEntries(head!.map((name, index) => [name, fields[index]!]))
  })
}
