import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { publishRun, runSimulation, packetsOfRun, truthOf } from '../../simulators/run.ts'
import { SCENARIOS, scenarioOf, type Event } from '../../simulators/scenarios/scenario.ts'
import type { Run } from '../../simulators/scenarios/life.ts'
import type { Truth } from '../../simulators/truth/truth.ts'
import { formatFault, readConfig } from '../../src/config/config.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { publisherOf } from '../../src/mqtt/publish.ts'
import type { Payload } from '../../src/ingest/root.ts'
import { formatLine } from '../../src/ingest/recording.ts'
import { createReplay, endReplay, replayFiles, replayLine, type Summary } from '../../src/fold/replay.ts'
import { createSite, type Site } from '../../src/site/site.ts'
import type { Row } from '../../src/rows/rows.ts'
import { needs, startMosquitto } from '../servers/servers.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const SHIPPED = ['example', 'demo'] as const

function siteOf(file: string): Site {
  const read = readConfig(file, {})
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  return createSite(read.config)
}

function shipped(name: string): Site {
  return siteOf(fileURLToPath(new URL(`../../config/${name}.yaml`, import.meta.url)))
}

/** A site of the test's own; JSON is YAML. */
function siteWith(parts: { points: object; boundaries?: object; inlets?: object }): Site {
  return inFolder((folder) => {
    const file = join(folder, 'site.yaml')
    writeFileSync(file, JSON.stringify({ site: { id: 'x', timezone: 'Asia/Tokyo' }, ...parts }))
    return siteOf(file)
  })
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-simulator-'))
  const clean = () => rmSync(folder, { recursive: true, force: true })
  const result = use(folder)
  if (result instanceof Promise) return result.finally(clean) as T
  clean()
  return result
}

/** `minutes` from `from` on; `events` instead of a named scenario. */
function runOf(site: Site, seed: number, from: string, minutes: number, what: string | Event[] = 'steady'): Run {
  const fromMs = Date.parse(from)
  const scenario = typeof what === 'string' ? scenarioOf(site, what) : { name: 'own', events: what }
  return { site, seed, fromMs, toMs: fromMs + minutes * MINUTE_MS, scenario }
}

function textOf(payload: Payload): string {
  if (typeof payload !== 'string') throw new Error('a payload that is no text')
  return payload
}

function linesOf(run: Run): string[] {
  return [...packetsOfRun(run)].map(formatLine)
}

/** What the real replay makes of a run, the last row of a key only. */
function replayed(run: Run): { rows: Row[]; summary: Summary } {
  const last = new Map<string, Row>()
  const replay = createReplay(run.site, (row) => {
    const { measurement, tags, timeMs } = row
    const state = measurement === 'alarm' ? row.fields['state'] : ''
    last.set(JSON.stringify([measurement, tags, timeMs, state]), row)
  })
  for (const line of linesOf(run)) replayLine(replay, line, 'line')
  const summary = endReplay(replay)
  return { rows: [...last.values()], summary }
}

/** Of the dry bulb against its limits: what the truth tells. */
function alarmsOf(rows: readonly Row[]): string[] {
  const alarms = rows.filter(({ tags }) => tags['alarm'] === 'inlet_recommended' || tags['alarm'] === 'inlet_allowable')
  return alarms
    .map(({ tags, fields, timeMs }) => storyOf(timeMs, tags['source'], tags['alarm'], fields['state']))
    .sort()
}

/** Of two limits of one inlet the greater stands for the lesser, which is suppressed, and ends as normal. */
function expectedAlarms({ alarms }: Truth): string[] {
  const timeOf = (inlet: string, alarm: string, state: string) =>
    alarms.find((it) => it.inlet === inlet && it.alarm === alarm && it.state === state)?.timeMs ?? Infinity
  return alarms
    .map(({ timeMs, inlet, alarm, state }) => {
      const isLesser =
        alarm === 'inlet_recommended' &&
        timeOf(inlet, 'inlet_allowable', 'raised') <= timeOf(inlet, 'inlet_recommended', 'raised')
      return storyOf(timeMs, inlet, alarm, !isLesser ? state : state === 'raised' ? 'suppressed' : 'normal')
    })
    .sort()
}

function storyOf(timeMs: number, ...words: unknown[]): string {
  return `${new Date(timeMs).toISOString()} ${words.join(' ')}`
}

/** How far two numbers are apart, as a share of the second. */
function offBy(seen: unknown, real: number): number {
  return typeof seen === 'number' ? Math.abs(seen - real) / real : Infinity
}

test.for(SHIPPED)('the same seed gives the same bytes, another seed another site: %s', (name) => {
  const site = shipped(name)
  const first = linesOf(runOf(site, 1, '2026-03-02T08:00:00Z', 10))
  expect(linesOf(runOf(site, 1, '2026-03-02T08:00:00Z', 10))).toEqual(first)
  expect(linesOf(runOf(site, 2, '2026-03-02T08:00:00Z', 10))).not.toEqual(first)
})

test.for([
  ['°F', 0.1, 0],
  ['°F', 0.1, -40],
  ['K', 0.1, 0],
  ['°C', 1, 0.3],
] as const)('an inlet in %s with factor %d and offset %d has the air of the plant', ([unit, factor, offset]) => {
  const site = siteWith({
    points: { t: { topic: 't', unit, factor, offset, everyS: 60 } },
    inlets: { r1: { dryBulb: 't', moisture: 'unmeasured' } },
  })
  const celsius = (value: number): number =>
    unit === '°F' ? (value - 32) / 1.8 : unit === 'K' ? value - 273.15 : value
  const sent = [...packetsOfRun(runOf(site, 3, '2026-03-02T08:00:00Z', 20))].map(({ payload }) => Number(payload))
  expect(sent).toHaveLength(20)
  for (const raw of sent) expect(Math.abs(celsius(raw * factor + offset) - 22.5)).toBeLessThan(4)
})

test('the same day is the same whenever the run began', () => {
  const site = siteWith({
    points: {
      main: { topic: 'main', at: '/kw', unit: 'kW', everyS: 10, role: 'facility' },
      load: { topic: 'load', at: '/kw', unit: 'kW', everyS: 7, role: 'it', meter: 'm' },
      energy: { topic: 'load', at: '/kwh', unit: 'kWh', register: {}, everyS: 7, meter: 'm' },
      air: { topic: 'air', at: '/t', unit: '°F', everyS: 30, role: 'outdoor' },
    },
  })
  const whole = linesOf(runOf(site, 3, '2026-06-01T00:00:00Z', 60))
  const later = linesOf(runOf(site, 3, '2026-06-01T00:30:00Z', 30))
  expect(later.length).toBeGreaterThan(400)
  expect(whole.slice(-later.length)).toEqual(later)
})

test.for(SHIPPED)('packets come in order of arrival, at most 0.2 s after their stamp: %s', (name) => {
  let before = -Infinity
  for (const { nowMs, payload } of packetsOfRun(runOf(shipped(name), 4, '2026-03-02T08:00:00Z', 10))) {
    expect(nowMs).toBeGreaterThanOrEqual(before)
    before = nowMs
    const content = JSON.parse(textOf(payload)) as number | { ts: number }
    if (typeof content === 'number') continue
    expect(nowMs - content.ts).toBeGreaterThanOrEqual(0)
    expect(nowMs - content.ts).toBeLessThanOrEqual(200)
  }
})

test.for([
  ['example', '2026-01-14T12:00:00Z', 1.1, 1.2],
  ['example', '2026-07-15T13:00:00Z', 1.15, 1.4],
  ['demo', '2026-01-14T12:00:00Z', 1.1, 1.2],
  ['demo', '2026-07-15T13:00:00Z', 1.15, 1.4],
] as const)('the truth of %s at %s is that of a data centre', ([name, from, low, high]) => {
  const site = shipped(name)
  const truth = truthOf(runOf(site, 5, from, 60))
  const boundary = truth.boundaries[site.boundaries[0] ?? '']
  if (boundary === undefined) throw new Error('no boundary')
  expect(boundary.pue).toBeGreaterThan(low)
  expect(boundary.pue).toBeLessThan(high)
  for (const { facilityJ, itJ } of boundary.intervals) expect(facilityJ).toBeGreaterThan(itJ)
  const sumOf = (role: string, kind: string) =>
    Object.entries(truth.points)
      .filter(([point]) => site.config.points[point]?.role === role && site.config.points[point].kind === kind)
      .reduce((sum, [, { energyJ }]) => sum + energyJ, 0)
  expect(sumOf('facility', 'power')).toBeCloseTo(boundary.facilityJ, 0)
  expect(sumOf('it', 'register')).toBeCloseTo(boundary.itJ, 0)
  // Feeds carry IT, cooling, what UPS and transformer lose (4 to 6 %), lights and offices (4 to 7 %).
  const restJ = boundary.facilityJ - boundary.itJ - sumOf('cooling', 'power')
  expect(restJ / boundary.itJ).toBeGreaterThan(0.08)
  expect(restJ / boundary.itJ).toBeLessThan(0.13)
  for (const { energyJ, intervalsJ } of Object.values(truth.points)) {
    expect(intervalsJ.reduce((sum, joules) => sum + joules, 0)).toBeCloseTo(energyJ, 3)
  }
})

test.for([
  ['example', 'breach', 6, 0],
  ['example', 'steady', 0, 0],
  ['demo', 'breach', 6, 0],
  ['demo', 'gateway-down', 0, 16],
  ['demo', 'demo', 4, 32],
] as const)('the replay of an hour of %s, %s, agrees with the truth', ([name, scenario, moves, staleRaised]) => {
  const site = shipped(name)
  const run = runOf(site, 6, '2026-03-02T07:57:00Z', 66, scenario)
  const truth = truthOf(run)
  const { rows, summary } = replayed(run)
  expect(summary.outcomes.accepted).toBe(summary.readings)
  const hourMs = Date.parse('2026-03-02T09:00:00Z')
  const window = rows.find(({ measurement, tags, timeMs }) => {
    return measurement === 'pue' && tags['window'] === '1h' && timeMs === hourMs
  })
  const within = truth.endsMs.flatMap((endMs, at) => (endMs > hourMs - HOUR_MS && endMs <= hourMs ? [at] : []))
  const boundary = truth.boundaries[site.boundaries[0] ?? '']
  const sum = (key: 'facilityJ' | 'itJ') =>
    within.reduce((before, at) => before + (boundary?.intervals[at]?.[key] ?? NaN), 0)
  expect(window?.fields['coverage']).toBe(1)
  expect(offBy(window?.fields['facility_j'], sum('facilityJ'))).toBeLessThan(1e-6)
  expect(offBy(window?.fields['it_j'], sum('itJ'))).toBeLessThan(1e-4)
  expect(offBy(window?.fields['pue'], sum('facilityJ') / sum('itJ'))).toBeLessThan(1e-4)
  expect(truth.alarms).toHaveLength(moves)
  expect(alarmsOf(rows)).toEqual(expectedAlarms(truth))
  // Raised, or, where the whole gateway is silent, suppressed by that
  const fallen = ['raised', 'suppressed']
  const stale = rows.filter(({ tags, fields }) => tags['alarm'] === 'stale' && fallen.includes(String(fields['state'])))
  expect(stale).toHaveLength(staleRaised)
})

test.for([
  ['before it is raised, for a moment', [200, 420], 2],
  ['before it is raised, until it is stale', [200, 520], 2],
  ['while it is raised', [600, 780], 2],
  ['while it clears', [980, 1150], 2],
  ['from its begin to its end', [90, 930], 0],
] as const)('a sensor that is silent within a breach, %s', ([, [fromS, toS], moves]) => {
  const run = runOf(shipped('example'), 15, '2026-03-02T08:00:00Z', 40, [
    { what: 'inlet', name: 'h1-r07', addK: 8, fromS: 100, toS: 900 },
    { what: 'silence', topic: 'dc5/h1/r07/inlet', fromS, toS },
  ])
  const truth = truthOf(run)
  expect(truth.alarms).toHaveLength(moves)
  expect(alarmsOf(replayed(run).rows)).toEqual(expectedAlarms(truth))
})

test('a supply that is metered at three stages loses a little at each, and each is counted once', () => {
  const power = { at: '/w', unit: 'W', everyS: 10 }
  const points = {
    main: { ...power, topic: 'main', role: 'facility' },
    'ups-{1,2}': { ...power, topic: 'ups/{1,2}', role: 'ups' },
    'pdu-{1..3}': { ...power, topic: 'pdu/{1..3}', role: 'distribution' },
    'rack-{1..6}': { ...power, topic: 'rack/{1..6}', role: 'it' },
  }
  const c1 = { facility: ['main'], it: ['ups-{1,2}'], category: 1 }
  const c2 = { facility: ['main'], it: ['pdu-{1..3}'], category: 2 }
  const c3 = { facility: ['main'], it: ['rack-{1..6}'], category: 3 }
  const truthsOf = (boundaries: object) =>
    truthOf(runOf(siteWith({ points, boundaries }), 16, '2026-03-02T08:00:00Z', 30)).boundaries
  const up = truthsOf({ c3, c2, c1 })
  // Distribution units with transformers lose 2 to 3 %, of which cables behind them are a third.
  const lost = (at: string) => (up[at]?.itJ ?? NaN) / (up['c3']?.itJ ?? NaN) - 1
  expect(lost('c1')).toBeGreaterThan(0.015)
  expect(lost('c1')).toBeLessThan(0.03)
  expect(lost('c2') / lost('c1')).toBeCloseTo(0.3, 2)
  expect(up['c1']?.pue).toBeGreaterThan(1.08)
  expect(up['c3']?.pue).toBeLessThan(1.35)
  expect(offBy(truthsOf({ c1 })['c1']?.facilityJ, up['c3']?.facilityJ ?? NaN)).toBeLessThan(1e-6)
})

test('the load is that of working days, the cooling that of the season', () => {
  const site = shipped('demo')
  const meanW = (from: string, point: string) =>
    (truthOf(runOf(site, 17, from, 60)).points[point]?.energyJ ?? NaN) / 3600
  const busy = meanW('2026-03-04T13:00:00Z', 'ups-1') / meanW('2026-03-01T03:00:00Z', 'ups-1')
  expect(busy).toBeGreaterThan(1.08)
  expect(busy).toBeLessThan(1.3)
  expect(meanW('2026-07-15T13:00:00Z', 'cooling')).toBeGreaterThan(1.3 * meanW('2026-01-14T03:00:00Z', 'cooling'))
})

test('every interval of every meter agrees with the truth', () => {
  const run = runOf(shipped('example'), 7, '2026-03-02T08:00:30Z', 15, [
    { what: 'load', factor: 1.2, fromS: 300, toS: 500 },
  ])
  const truth = truthOf(run)
  let compared = 0
  for (const { measurement, tags, fields, timeMs } of replayed(run).rows) {
    const real = truth.points[tags['point'] ?? '']?.intervalsJ[truth.endsMs.indexOf(timeMs)]
    if (measurement !== 'energy' || fields['coverage'] !== 1 || real === undefined) continue
    const isRegister = run.site.config.points[tags['point'] ?? '']?.kind === 'register'
    // Rows are whole joules. A register's step is spread evenly over its minute, while the load moves within it.
    const nearJ = isRegister ? 0.1 * real : 1
    expect(Math.abs(Number(fields['energy_j']) - real), `${tags['point']} ${timeMs}`).toBeLessThan(nearJ)
    compared++
  }
  expect(compared).toBeGreaterThan(200)
})

const ODD_SITE = {
  points: {
    feed: {
      topic: 'm/1',
      at: '/0/e',
      timeAt: '/0/when/s',
      timeUnit: 's',
      unit: 'MWh',
      register: { rolloverAt: 0.01 },
      everyS: 10,
      maxKw: 900,
    },
    hvac: { topic: 'm/2', unit: 'W', everyS: 15, kind: 'mean', role: 'cooling' },
    racks: { topic: 'm/3', timeAt: '/time', timeUnit: 'us', unit: 'Wh', kind: 'energy', everyS: 60 },
    'hall-feed': { topic: 'm/4', at: '/a~1b/c', unit: 'MW', everyS: 5, factor: 40 },
    'hall-racks': { topic: 'm/5', at: '/p', unit: 'W', everyS: 5 },
    lights: { topic: 'm/6', at: '/p', timeAt: '/t', timeUnit: 'ns', unit: 'kW', everyS: 20, role: 'other', maxKw: 8 },
    t: { topic: 's/1', at: '/t', unit: '°F', everyS: 20 },
    dew: { topic: 's/1', at: '/d', unit: 'K', everyS: 20 },
    out: { topic: 's/2', unit: '°C', everyS: 20 },
    press: { topic: 's/3', at: '/pa', unit: 'Pa', everyS: 20 },
  },
  boundaries: {
    hall: { facility: ['hall-feed'], it: ['hall-racks'], part: true },
    site: {
      facility: [{ point: 'feed', factor: 2 }, 'hvac', 'lights'],
      it: [{ point: 'racks', factor: 0.5 }, 'hall-racks'],
    },
  },
  inlets: { i1: { dryBulb: 't', dewPoint: 'dew', outlet: 'out', class: 'H1' } },
}

test('a site of odd units, kinds, pointers, shares and parts is simulated so that every reading is accepted', () => {
  const run = runOf(siteWith(ODD_SITE), 8, '2026-03-02T08:00:00Z', 90)
  const { rows, summary } = replayed(run)
  expect(summary.outcomes.accepted).toBe(summary.readings)
  const truth = truthOf(run)
  const ends = rows.filter(({ measurement, tags }) => measurement === 'pue' && tags['window'] === '1h')
  for (const [name, { pue }] of Object.entries(truth.boundaries)) {
    const row = ends.findLast(({ tags }) => tags['boundary'] === name)
    expect(offBy(row?.fields['pue'], pue)).toBeLessThan(5e-3)
    expect(pue).toBeGreaterThan(1.05)
    expect(pue).toBeLessThan(1.4)
  }
  const bands = rows.filter(({ measurement }) => measurement === 'climate').map(({ fields }) => fields['band'])
  expect(new Set(bands.slice(1))).toEqual(new Set([0]))
})

test('a register wraps at its modulus and the energy goes on', () => {
  const run = runOf(siteWith(ODD_SITE), 9, '2026-03-02T08:00:00Z', 60)
  const counts = [...packetsOfRun(run)].flatMap(({ topic, payload }) => {
    return topic === 'm/1' ? [(JSON.parse(textOf(payload)) as [{ e: number }])[0].e] : []
  })
  const wraps = counts.filter((count, at) => at > 0 && count < (counts[at - 1] ?? NaN))
  expect(wraps.length).toBeGreaterThan(0)
  expect(Math.max(...counts)).toBeLessThan(0.01)
  const { rows } = replayed(run)
  const feed = rows.filter(({ measurement, tags }) => measurement === 'energy' && tags['point'] === 'feed')
  expect(feed.slice(1, -1).every(({ fields }) => fields['coverage'] === 1)).toBe(true)
})

test('a silent gateway sends nothing, and only it', () => {
  const site = shipped('demo')
  const own = runOf(site, 10, '2026-03-02T08:00:00Z', 10, [{ what: 'silence', gateway: 'h2', fromS: 120, toS: 300 }])
  const calm = linesOf({ ...own, scenario: scenarioOf(site, 'steady') })
  const lines = new Set(linesOf(own))
  const gone = calm.filter((line) => !lines.has(line))
  expect(lines.size + gone.length).toBe(calm.length)
  expect(gone.length).toBe(8 * 6)
  for (const line of gone) expect(line).toMatch(/"topic":"demo\/h2\//)
})

test('planted faults change the packets and not the truth', () => {
  const site = shipped('demo')
  const twice: Event = { what: 'fault', fault: 'duplicate', byS: 2, topics: ['demo/utility'], fromS: 0, toS: 300 }
  const run = runOf(site, 11, '2026-03-02T08:00:00Z', 10, [twice])
  const calm = truthOf({ ...run, scenario: scenarioOf(site, 'steady') })
  const truth = truthOf(run)
  expect(truth.boundaries).toEqual(calm.boundaries)
  expect(calm.packets['demo/utility']).toBe(60)
  expect(truth.packets['demo/utility']).toBe(90)
  expect(replayed(run).summary.outcomes.duplicate).toBe(30)
})

test.for([
  ['inlet', { what: 'inlet', name: 'nowhere', toC: 30, fromS: 0, toS: 1 }, /no inlet nowhere/],
  ['gateway', { what: 'silence', gateway: 'nowhere', fromS: 0, toS: 1 }, /names nothing/],
  ['time', { what: 'load', factor: 2, fromS: 5, toS: 5 }, /ends before it begins/],
] as const)('a scenario that does not fit the site is refused: %s', ([, event, reason]) => {
  expect(() => linesOf(runOf(shipped('demo'), 1, '2026-03-02T08:00:00Z', 1, [event]))).toThrow(reason)
})

test('a scenario nobody knows is refused by the names there are', () => {
  expect(() => scenarioOf(shipped('demo'), 'brake')).toThrow(SCENARIOS.join(', '))
})

test.for(['run.ndjson', 'run.ndjson.gz'])('a recording is written with its truth beside it: %s', (name) =>
  inFolder(async (folder) => {
    const site = shipped('demo')
    const run = runOf(site, 12, '2026-03-02T08:00:00Z', 20, 'breach')
    const out = join(folder, name)
    const written = await runSimulation(run, { out })
    const bytes = readFileSync(out)
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
    expect(text.trimEnd().split('\n')).toEqual(linesOf(run))
    const truth = JSON.parse(readFileSync(`${out}.truth.json`, 'utf8')) as Truth
    expect(truth).toEqual(truthOf(run))
    expect(Object.values(truth.packets).reduce((sum, count) => sum + count, 0)).toBe(written.packets)
    const replay = createReplay(site, () => {})
    await replayFiles(replay, [out], async () => {})
    expect(endReplay(replay).packets).toBe(written.packets)
  }),
)

test.skipIf(!needs('mosquitto'))('a run reaches a real broker whole, in its order, as fast as it goes', async () => {
  await using broker = await startMosquitto()
  const site = shipped('demo')
  const run = runOf(site, 13, '2026-03-02T08:00:00Z', 10)
  const sent = [...packetsOfRun(run)].map(({ topic, payload }) => `${topic} ${textOf(payload)}`)
  const heard: string[] = []
  const listener = await connectAsync(broker.url)
  try {
    const all = new Promise<void>((resolve) => {
      listener.on('message', (topic, payload) => {
        if (heard.push(`${topic} ${payload.toString()}`) === sent.length) resolve()
      })
    })
    await listener.subscribeAsync('#', { qos: 1 })
    const played = await runSimulation(run, { to: broker.url, speed: 0, connect: connectPublisher })
    expect(played).toEqual({ packets: sent.length })
    await all
    expect(heard).toEqual(sent)
  } finally {
    await listener.endAsync()
  }
})

test.skipIf(!needs('mosquitto'))('a run without an end keeps its pace and stops when told', async () => {
  await using broker = await startMosquitto()
  const site = shipped('demo')
  const fromMs = Date.parse('2026-03-02T08:00:00Z')
  const stop = new AbortController()
  const startMs = performance.now()
  setTimeout(() => stop.abort(), 1000)
  const run = { site, seed: 14, fromMs, toMs: Infinity, scenario: scenarioOf(site, 'demo') }
  const { packets } = await runSimulation(run, {
    to: broker.url,
    connect: connectPublisher,
    speed: 120,
    signal: stop.signal,
  })
  const virtualS = 120 * ((performance.now() - startMs) / 1000)
  const everySent = [...packetsOfRun({ ...run, toMs: fromMs + virtualS * 1000 })]
  expect(packets).toBeGreaterThan(20)
  expect(packets).toBeLessThanOrEqual(everySent.length)
})

test('a packet that the broker refuses ends the run with that cause, without waiting for the others', async () => {
  const refused = new Error('refused')
  let asked = 0
  const client = { publishAsync: () => (++asked === 3 ? Promise.reject(refused) : new Promise(() => {})) }
  const publisher = publisherOf(client, async () => {})
  const run = runOf(shipped('demo'), 15, '2026-03-02T08:00:00Z', 10)
  const published = publishRun(run, publisher, { waitMs: () => 0 })
  await expect(published).rejects.toMatchObject({ message: 'a packet could not be published', cause: refused })
})

test('a run tells what was acknowledged, and ends when told though the broker is silent', async () => {
  const run = runOf(shipped('demo'), 16, '2026-03-02T08:00:00Z', 60)
  const [first] = packetsOfRun(run)
  let asked = 0
  const client = { publishAsync: () => (++asked === 1 ? Promise.resolve() : new Promise(() => {})) }
  const stop = new AbortController()
  const sent: unknown[] = []
  const published = publishRun(
    run,
    publisherOf(client, async () => {}),
    {
      waitMs: () => 0,
      signal: stop.signal,
      onSent: (progress) => sent.push({ ...progress }),
    },
  )
  setTimeout(() => stop.abort(), 200)
  expect(await published).toBe(1001)
  expect(sent).toEqual([{ packets: 1, sentMs: first?.nowMs }])
})

test('the bands, indices and x-factor of a run are those that its rows of compliance tell', () => {
  const run = runOf(shipped('example'), 7, '2026-03-02T08:00:00Z', 60, [
    { what: 'inlet', name: 'h1-r03', toC: 29, fromS: 600, toS: 1500 },
    { what: 'inlet', name: 'h1-r04', toC: 37, fromS: 600, toS: 1500 },
  ])
  const truth = truthOf(run)
  const rows = replayed(run).rows.filter(
    ({ measurement, tags, timeMs }) =>
      measurement === 'compliance' && tags['scope'] === 'inlet' && tags['window'] === '1h' && timeMs === run.toMs,
  )
  expect(rows.length).toBe(Object.keys(truth.inlets).length)
  for (const { tags, fields } of rows) {
    const { recommendedMs, allowableMs, outMs, unknownMs, ...indices } = truth.inlets[tags['name'] ?? '']!
    const knownMs = recommendedMs + allowableMs + outMs
    expect(knownMs + unknownMs).toBe(3_600_000)
    expect(fields['recommended_pct']).toBeCloseTo((100 * recommendedMs) / knownMs, 6)
    expect(fields['out_pct']).toBeCloseTo((100 * outMs) / knownMs, 6)
    expect(fields['unknown_pct']).toBeCloseTo((100 * unknownMs) / 3_600_000, 6)
    // The product counts these integrals in whole ms of each interval
    expect(fields['rci_hi']).toBeCloseTo(indices.rciHi, 3)
    expect(fields['rci_lo']).toBeCloseTo(indices.rciLo, 3)
    expect(fields['x_factor']).toBeCloseTo(indices.xFactor, 4)
  }
  expect(truth.inlets['h1-r03']?.worst).toMatch(/^r+a{15,16}r+$/)
  expect(truth.inlets['h1-r04']?.worst).toMatch(/^r+o{15,16}r+$/)
})
