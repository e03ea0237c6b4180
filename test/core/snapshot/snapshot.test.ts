/** A core that is saved, thrown away and restored goes on exactly as one that never stopped. */
import { expect, test } from 'vitest'
import { createRandom, type Random } from '../../../simulators/random.ts'
import { advance, finish } from '../../../src/core/core.ts'
import type { Sections } from '../../../src/core/snapshot/form.ts'
import { restoreCore, saveCore, type Saved } from '../../../src/core/snapshot/snapshot.ts'
import { accept, createPipeline, type Pipeline } from '../../../src/fold/pipeline.ts'
import type { Packet } from '../../../src/ingest/recording.ts'
import { createSite, type Site } from '../../../src/site/site.ts'
import { createRowSink, type Row } from '../../../src/rows/rows.ts'
import { configOf } from '../site-text.ts'
import { seedsOf } from '../../seeds.ts'

const SITE = `
site: { id: s, timezone: Europe/Paris, corrosion: low }
core: { latenessS: 600, windows: [5m, 1h, 24h, 7d, day, month, year] }
points:
  main: { topic: s/main, unit: kW, everyS: 20 }
  ups: { topic: s/ups, unit: kWh, register: { rolloverAt: 1000 }, everyS: 60, maxKw: 500, meter: ups }
  ups-kw: { topic: s/ups-kw, unit: kW, everyS: 60, maxKw: 500, meter: ups }
  fan: { topic: s/fan, unit: kW, kind: mean, everyS: 300, parent: lamp }
  lamp: { topic: s/lamp, unit: kW, hold: true, everyS: 60 }
  out: { topic: s/out, unit: °C, everyS: 60 }
  a-t: { topic: s/a, at: /t, unit: °C, everyS: 30 }
  a-rh: { topic: s/a, at: /rh, unit: '%', everyS: 30 }
  b-t: { topic: s/b, at: /t, unit: °C, everyS: 30 }
  b-out: { topic: s/b, at: /out, unit: °C, everyS: 30 }
  '{cold,warm}': { topic: 's/{cold,warm}', unit: °C, everyS: 60, stuckAfterS: 3600 }
boundaries:
  s: { facility: [main, fan, lamp], it: [ups] }
  fans: { facility: [main], it: [fan], part: true }
  spare: { facility: [{ point: main, fallback: [{ sum: [fan, lamp] }] }], it: [ups], losses: { cooling: [fan] } }
  lamps: { facility: [lamp], it: [fan], part: true }
inlets:
  a: { dryBulb: a-t, humidity: a-rh, hall: h1 }
  b: { dryBulb: b-t, humidityFrom: a, outlet: b-out, hall: h1 }
halls:
  h1: { supply: cold, return: warm }
`
const START_MS = Date.UTC(2026, 9, 24, 20, 0) // across the night in which Paris sets its clocks back

/** Nine hours with disorder, silences and breaches, in order of arrival. */
function makePackets(random: Random): Packet[] {
  const packets: Packet[] = []
  const send = (topic: string, tMs: number, value: object | number) => {
    if (random.next() < 0.02) return
    const delayMs = random.next() < 0.1 ? random.int(0, 500_000) : random.int(0, 2000)
    const payload = JSON.stringify(typeof value === 'number' ? { ts: tMs, value } : { ts: tMs, ...value })
    packets.push({ nowMs: tMs + delayMs, topic: `s/${topic}`, payload, retain: false })
  }
  for (let s = 0; s < 9 * 3600; s += 10) {
    const tMs = START_MS + s * 1000
    if (s > 14_000 && s < 15_500) continue
    if (s % 20 === 0) send('main', tMs, 150 + 50 * random.next())
    if (s % 60 === 0) send('ups', tMs, s < 20_000 ? (900 + s / 36) % 1000 : (s - 20_000) / 36)
    if (s % 60 === 0) send('ups-kw', tMs, s % 9000 > 8000 ? 90_000 : 90)
    if (s % 300 === 0) send('fan', tMs, 5 + random.next())
    if (random.next() < 0.1) send('lamp', tMs, random.int(0, 3))
    if (s % 60 === 0) send('out', tMs, 10 + random.next())
    if (s % 30 === 0 && s < 25_000) send('a', tMs, { t: 22 + 8 * random.next(), rh: 40 + 20 * random.next() })
    if (s % 30 === 0) send('b', tMs, { t: s % 7200 < 1500 ? 34 : 25, out: 36 + random.int(0, 3) })
    if (s % 60 === 0) {
      send('cold', tMs, 20)
      send('warm', tMs, random.next() < 0.02 ? 60 : 29)
    }
  }
  return packets.sort((x, y) => x.nowMs - y.nowMs)
}

/** Replays all packets; before each of `stops` the core is saved, and a new one goes on from all sections so far. */
function rowsOf(site: Site, packets: readonly Packet[], stops: readonly number[]): string[] {
  const rows: string[] = []
  const sink = createRowSink(site, (row) => rows.push(JSON.stringify(row)))
  let pipeline: Pipeline = createPipeline(site, sink)
  let saved: Saved | undefined
  const sections: Sections = new Map()
  for (const [n, packet] of packets.entries()) {
    if (stops.includes(n)) {
      const snapshot = saveCore(pipeline.core, site, saved)
      saved = snapshot.saved
      for (const [name, numbers] of snapshot.sections) sections.set(name, numbers)
      const { nowMs } = pipeline
      pipeline = createPipeline(site, sink)
      pipeline.nowMs = nowMs
      if (!restoreCore(pipeline.core, site, new Map(sections))) throw new Error('the snapshot was not taken')
    }
    accept(pipeline, packet)
  }
  finish(pipeline.core)
  return rows
}

for (const seed of seedsOf('restored nights')) {
  test(`seed ${seed}: saved and restored eight times, a night gives the same rows`, () => {
    const random = createRandom(seed)
    const site = createSite(configOf(SITE))
    const packets = makePackets(random)
    const stops = Array.from({ length: 8 }, () => random.int(1, packets.length - 1))
    const whole = rowsOf(site, packets, [])
    const resumed = rowsOf(site, packets, stops)
    const differing = whole.findIndex((row, n) => row !== resumed[n])
    expect({ differing, expected: whole[differing], got: resumed[differing] }).toEqual({ differing: -1 })
    expect(resumed.length).toBe(whole.length)
    expect(whole.length).toBeGreaterThan(20_000)
    for (const flag of ['drift', 'it_above_facility', 'reset', 'tree', 'unit_slip']) {
      expect(whole.filter((row) => row.includes('"quality"') && row.includes(flag)).length).toBeGreaterThan(0)
    }
  })
}

test('a snapshot with other intervals is not gone on from', () => {
  const site = createSite(configOf(SITE))
  const pipeline = createPipeline(
    site,
    createRowSink(site, () => {}),
  )
  accept(pipeline, { nowMs: START_MS, topic: 's/main', payload: '5', retain: false })
  const { sections } = saveCore(pipeline.core, site, undefined)
  const other = createSite(configOf(SITE.replace('latenessS: 600', 'latenessS: 600, intervalS: 300')))
  expect(
    restoreCore(
      createPipeline(
        other,
        createRowSink(other, () => {}),
      ).core,
      other,
      sections,
    ),
  ).toBe(false)
})

test('a long silence: two days told one by one, then the ends of days, then windows that begin anew', () => {
  const site = createSite(configOf(SITE))
  const rows: string[] = []
  const pipeline = createPipeline(
    site,
    createRowSink(site, ({ measurement, tags, fields, timeMs }) => {
      if (measurement === 'energy' && tags.point === 'main') rows.push(`energy ${String(fields.state)} ${timeMs}`)
      if (measurement === 'pue' && tags.boundary === 's' && tags.window === 'day') rows.push(`day ${timeMs}`)
    }),
  )
  const read = (tMs: number) => accept(pipeline, { nowMs: tMs, topic: 's/main', payload: '5', retain: false })
  const DAY_MS = 86_400_000
  read(START_MS)
  read(START_MS + 20_000)
  read(START_MS + 10 * DAY_MS) // ten days of silence
  const provisional = new Set(rows.filter((row) => row.startsWith('energy provisional')))
  const days = new Set(rows.filter((row) => row.startsWith('day')))
  expect(provisional.size).toBe(2 * 1440 + 1)
  expect(days.size).toBe(10) // local midnights, the change of clocks among them
  rows.length = 0
  read(START_MS + 2000 * DAY_MS)
  read(START_MS + 2000 * DAY_MS + 120_000)
  expect(new Set(rows.filter((row) => row.startsWith('energy provisional'))).size).toBeLessThan(2 * 1440 + 10)
  expect(pipeline.counts[0]).toBe(5)
})

test('a core that has heard nothing yet is saved and restored, and raises nothing', () => {
  const site = createSite(configOf(SITE))
  const rows: string[] = []
  const sink = createRowSink(site, (row) => rows.push(JSON.stringify(row)))
  const silent = createPipeline(site, sink)
  advance(silent.core, START_MS)
  const { sections } = saveCore(silent.core, site, undefined)
  const pipeline = createPipeline(site, sink)
  if (!restoreCore(pipeline.core, site, sections)) throw new Error('the snapshot was not taken')
  advance(pipeline.core, START_MS + 3_600_000)
  expect(rows).toEqual([])
})

test('terms are added, taken away and moved: the windows keep what they held, and no column is read as another', () => {
  const packets = Array.from({ length: 25 * 60 }, (_, minute) => minute).flatMap((minute): Packet[] => {
    const nowMs = START_MS + minute * 60_000
    const packet = (topic: string, value: number) => ({
      nowMs,
      topic: `s/${topic}`,
      payload: JSON.stringify({ ts: nowMs, value }),
      retain: false,
    })
    return [packet('main', 120), packet('extra', 10), packet('b1', 60), packet('b2', 40)]
  })
  const withSums = (facility: string, it: string) =>
    createSite(
      configOf(`
site: { id: s, timezone: UTC }
core: { boundS: 0, windows: [24h, year] }
points: { "{main,extra,b1,b2}": { topic: "s/{main,extra,b1,b2}", unit: kW, everyS: 60, accuracyPct: 1 } }
boundaries: { s: { facility: ${facility}, it: ${it} } }
`),
    )
  const sites = [
    withSums('[main]', '[b1, b2]'),
    withSums('[{ point: extra, factor: 2, fallback: [{ constantKw: 1 }] }, main]', '[{ sum: [b2, b1] }]'),
    withSums('[extra, { constantKw: 3 }]', '[b1]'),
    withSums('[main]', '[b1, b2]'),
  ]
  const last = new Map<string, Row['fields']>()
  const told = ({ tags, timeMs, fields }: Row) => void last.set(`${tags['window']} ${timeMs - START_MS}`, fields)
  let sections: Sections = new Map()
  for (const [n, site] of sites.entries()) {
    const pipeline = createPipeline(
      site,
      createRowSink(site, (row) => row.measurement === 'pue' && told(row)),
    )
    if (n > 0 && !restoreCore(pipeline.core, site, sections)) throw new Error('the snapshot was not taken')
    pipeline.nowMs = n === 0 ? pipeline.nowMs : (packets[n * 360 * 4]?.nowMs ?? 0)
    for (const packet of packets.slice(n * 360 * 4, (n + 1) * 360 * 4)) accept(pipeline, packet)
    if (n === sites.length - 1) {
      for (const packet of packets.slice(1440 * 4, 1441 * 4)) accept(pipeline, packet)
      finish(pipeline.core)
    }
    sections = saveCore(pipeline.core, site, undefined).sections
  }
  // Six hours each of 120 / 100, of 140 / 100, of 13 / 60 and of 120 / 100 kW; a reload leaves an interval open.
  const facilityJ = (359 * 120 + 360 * 140 + 360 * 13 + 361 * 120) * 60_000
  const itJ = (359 * 100 + 360 * 100 + 360 * 60 + 361 * 100) * 60_000
  for (const window of ['24h', 'year_to_date']) {
    expect(last.get(`${window} ${1440 * 60_000}`)).toMatchObject({ facility_j: facilityJ, it_j: itJ })
  }
})
