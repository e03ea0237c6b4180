/** The pages of days: from a recording and from a store they are the same, and hold what can be worked out by hand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CommandFailed } from '../../src/commands/ending.ts'
import { pagesOfRecordings } from '../../src/commands/report/pages.ts'
import type { PagesByDay } from '../../src/reports/days/kept.ts'
import { pagesTask } from '../../src/daemon/day-pages.ts'
import { formatLine } from '../../src/ingest/recording.ts'
import { readPage, withCountsOf, writePage } from '../../src/reports/days/files.ts'
import type { DayPage } from '../../src/reports/days/page.ts'
import { readPeriod } from '../../src/reports/period.ts'
import { createSite } from '../../src/site/site.ts'
import { parseConfig } from '../../src/config/config.ts'
import { openStore } from '../../src/store/store.ts'
import { createPlace } from '../recompute/stage.ts'

const START_MS = Date.UTC(2026, 2, 2)
const HOUR_MS = 3_600_000
const KWH_J = 3_600_000

const SITE = `
site: { id: dc5, timezone: Etc/UTC }
core: { intervalS: 900, windows: [day], boundS: 300 }
points:
  main: { topic: dc/main, unit: kW, everyS: 300, accuracyPct: 0.5, maxGapS: 900 }
  spare: { topic: dc/spare, unit: kW, everyS: 300 }
  ups: { topic: dc/ups, unit: kWh, register: {}, everyS: 300, maxKw: 1000, meter: ups }
  city: { topic: dc/city, unit: m³, everyS: 300 }
  flow: { topic: dc/flow, unit: m³/h, everyS: 300 }
  '{hot,cold}': { topic: 'dc/{hot,cold}', unit: °C, kind: power, everyS: 300 }
heats:
  cooling: { flow: flow, hot: hot, cold: cold, medium: { name: x, densityKgM3: 1000, heatCapacityJKgK: 3600, source: y } }
allocations:
  plant: { of: [spare], by: itLoad, to: { hall: [ups], rest: [spare] } }
boundaries:
  dc5: { facility: [{ point: main, fallback: [spare] }, { constantKw: 2 }], it: [ups] }
  hall: { facility: [ups, cooling, plant/hall], it: [ups], part: true }
disclosure: { boundary: dc5, measured: { water: [city] } }
`

/** Two days of 120 kW for 100 kW of IT; the main meter is silent from 10:00 to 12:05, the spare one says 118 kW. */
function packets() {
  const all: { nowMs: number; topic: string; payload: string; retain: boolean }[] = []
  for (let tMs = START_MS; tMs <= START_MS + 49 * HOUR_MS; tMs += 300_000) {
    const hours = (tMs - START_MS) / HOUR_MS
    const tell = (topic: string, value: number) =>
      all.push({ nowMs: tMs + 500, topic, payload: JSON.stringify({ ts: tMs, value }), retain: false })
    if (hours <= 10 || hours > 12) tell('dc/main', 120)
    tell('dc/spare', 118)
    tell('dc/ups', 5000 + 100 * hours)
    tell('dc/city', 40 + hours / 8)
    tell('dc/flow', 4)
    tell('dc/hot', 40)
    tell('dc/cold', 30)
  }
  return all
}

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-days-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const read = parseConfig(SITE)
if ('faults' in read) throw new Error(JSON.stringify(read.faults))
const site = createSite(read.config)

let recorded: PagesByDay
beforeAll(async () => {
  const recording = join(folder, 'days.ndjson')
  writeFileSync(
    recording,
    packets()
      .map((packet) => `${formatLine(packet)}\n`)
      .join(''),
  )
  recorded = await pagesOfRecordings(site, [recording], readPeriod('2026-03', 'Etc/UTC'))
})

function first(): DayPage {
  const page = recorded.get('2026-03-02')
  if (page === undefined) throw new Error('the day has no page')
  return page
}

test.each([
  ['a folder', () => folder, /is a directory$/],
  [
    'gzip that was cut',
    () => written('cut.gz', gzipSync('a line of a recording\n'.repeat(99)).subarray(0, 30)),
    /ends early/,
  ],
  ['a text', () => written('text', Buffer.from('hello\n')), /no line is a packet of a recording$/],
])(
  '%s is no recording: told without a stack, and no report is made of its beginning',
  async (_name, file, expected) => {
    const failed = await pagesOfRecordings(site, [file()], readPeriod('2026-03', 'Etc/UTC')).catch(
      (error: unknown) => error,
    )
    expect(failed).toBeInstanceOf(CommandFailed)
    expect(failed).toMatchObject({ code: 1, message: expect.stringMatching(expected) as string })
  },
)

function written(name: string, bytes: Buffer): string {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

test('whole sums: 120 kW but for 2 h 5 min of which only the spare meter tells, and a declared load', () => {
  const [main, declared, ups] = first().sums
  expect(main).toMatchObject({ term: 'main', sum: 'facility', coveredMs: 22 * HOUR_MS - 300_000 })
  expect(main?.measuredJ).toBe(2630 * KWH_J)
  // Of the quarter from 12:00 on 20 kWh are measured, and 29.5 kWh are what the spare meter says of all of it
  expect(main?.substituteJ).toBe((2 * 118 + 29.5 - 20) * KWH_J)
  expect(main?.gaps).toEqual({
    stretches: [[START_MS + 10 * HOUR_MS, START_MS + 12.25 * HOUR_MS]],
    count: 1,
    lengthMs: 2 * HOUR_MS + 300_000,
  })
  expect(declared).toMatchObject({ measuredJ: 0, declaredJ: 24 * 2 * KWH_J, coveredMs: 24 * HOUR_MS })
  expect(ups?.measuredJ).toBe(2400 * KWH_J)
})

test('products in whole sums: 4 m³/h × 10 K is 40 kW, and a hall has 100 of 218 parts of 118 kW', () => {
  const terms = first().sums.filter(({ boundary, sum }) => boundary === 'hall' && sum === 'facility')
  const [, heat, plant] = terms
  expect(terms.map(({ term }) => term)).toEqual(['ups', 'cooling', 'plant/hall shared by IT load'])
  expect((heat?.measuredJ ?? 0) / KWH_J).toBeCloseTo(960, 6)
  expect((plant?.declaredJ ?? 0) / KWH_J).toBeCloseTo((24 * 118 * 100) / 218, 3)
  expect(terms.map(({ coveredMs }) => coveredMs)).toEqual([24, 24, 24].map((hours) => hours * HOUR_MS))
})

test('counts at both ends: of the register in J, of water in m³; its steps reach over midnight', () => {
  const ups = first().meters.find(({ point }) => point === 'ups')
  expect(ups?.first).toEqual({ atMs: START_MS + 300_000, count: (5000 + 100 / 12) * KWH_J })
  expect(ups?.last).toEqual({ atMs: START_MS + 24 * HOUR_MS, count: 7400 * KWH_J })
  expect(ups?.state).toBe('settled')
  const city = first().gauges.find(({ point }) => point === 'city')
  expect([city?.last?.count, city?.falls]).toEqual([42.989583333333336, 0])
})

test('the daemon writes the same pages of its store, once a day has settled and once no backlog can reach it', async () => {
  const place = createPlace(join(folder, 'store'), START_MS)
  const bytes = packets().map((packet) => ({ ...packet, payload: new TextEncoder().encode(packet.payload) }))
  await place.take(SITE, bytes)
  await using store = await openStore({ path: place.folder, journalDays: 3650, journalBytes: 1e12, rowReceivers: [] })
  const task = pagesTask(() => site, store, folder)
  await task.run(START_MS + 30 * HOUR_MS, START_MS + 20 * HOUR_MS)
  const written = await readPage(folder, 'dc5', '2026-03-02')
  expect(written).toBeDefined()
  expect({ ...written, meters: withoutFirst(written) }).toEqual({ ...first(), meters: withoutFirst(first()) })
  expect(await readPage(folder, 'dc5', '2026-03-03')).toBeUndefined()
})

test('a page that is written anew keeps the counts that only the older one knew, and its configuration', async () => {
  const bare = { ...first(), configuration: 'later', meters: withoutFirst(first()) }
  await writePage(folder, withCountsOf(bare, first()))
  expect(await readPage(folder, 'dc5', '2026-03-02')).toEqual(first())
})

/** From the store the first count may be one of midnight sharp, which a recording counts to the day before. */
function withoutFirst(page: DayPage | undefined) {
  return page?.meters.map(({ first: _, ...meter }) => meter) ?? []
}
