/**
 * The daemon among real servers: mosquitto with the configuration that we ship, InfluxDB, the simulator as the site. What
 * comes out is held against what the simulator knows to be true.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { advance } from '../../src/core/core.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { accept, createPipeline } from '../../src/fold/pipeline.ts'
import { parseLine, type Packet } from '../../src/ingest/recording.ts'
import type { Site } from '../../src/site/site.ts'
import { createRowSink, type Row } from '../../src/rows/rows.ts'
import { paceOf, publishRun, packetsOfRun, truthOf } from '../../simulators/run.ts'
import { scenarioOf } from '../../simulators/scenarios/scenario.ts'
import type { Run } from '../../simulators/scenarios/life.ts'
import type { Truth } from '../../simulators/truth/truth.ts'
import {
  ask,
  readStore,
  retained,
  siteOf,
  siteText,
  startDaemon,
  subscribed,
  until,
  type Left,
  type TestDaemon,
} from '../servers/daemon.ts'
import { freePort, needs, startInfluxd, startMosquitto, type Server } from '../servers/servers.ts'
import { MEASUREMENTS, type Measurement } from '../../src/rows/tables/measurements.ts'
import type { HistoryRow } from '../../src/store/types.ts'

const BROKER = needs('mosquitto', 'mosquitto_sub')
const INFLUX = needs('influxd')
/** All but `health`, which a recording does not give. */
const FOLDED = (Object.keys(MEASUREMENTS) as Measurement[]).filter((name) => name !== 'health')
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Says only that something hangs: several programs share the machine. */
const READY_MS = 90_000
vi.setConfig({ testTimeout: 240_000 })

/** A broker with config/mosquitto.conf, but for where it listens and where its file lies. */
function startBroker(): Promise<Server> {
  const file = fileURLToPath(new URL('../../config/mosquitto.conf', import.meta.url))
  const lines = readFileSync(file, 'utf8').split('\n')
  return startMosquitto({ config: lines.filter((line) => /^(?!#|listener|persistence_location)\S/.test(line)) })
}

/** Publishes a run at `speed` times its own pace (0: as fast as it goes). */
async function publish(url: string, run: Run, speed = 0): Promise<number> {
  const publisher = await connectPublisher(url)
  try {
    return await publishRun(run, publisher, { waitMs: paceOf(run, speed) })
  } finally {
    await publisher.close()
  }
}

/** An hour of a site's life that ends with the minute before now. */
function hourOf(site: Site, seed: number): Run {
  const toMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
  return { site, seed, fromMs: toMs - HOUR_MS, toMs, scenario: scenarioOf(site, 'steady') }
}

/** Publishes packets as fast as it goes, each confirmed by the broker. */
async function send(url: string, packets: readonly Packet[]): Promise<void> {
  const publisher = await connectPublisher(url)
  try {
    await Promise.all(
      packets.map(({ topic, payload, retain }) => publisher.publish(topic, textOf(payload), { qos: 1, retain })),
    )
  } finally {
    await publisher.close()
  }
}

/** What a simulated packet says: it is text, but for planted nonsense. */
function textOf(payload: Packet['payload']): string {
  if (payload instanceof Uint8Array) throw new Error('the simulator sends text')
  return typeof payload === 'string' ? payload : JSON.stringify(payload)
}

/** How many readings the packets of a run hold. */
function readingsIn({ packets }: Truth, site: Site): number {
  const counts = Object.entries(packets).map(([topic, count]) => count * (site.routes.get(topic)?.points.length ?? 0))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Stops a daemon as an operator does; whatever it says stands in the failure. */
async function stopWell(daemon: TestDaemon): Promise<void> {
  const code = await daemon.stop()
  if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${daemon.log()}`)
}

async function taken(daemon: TestDaemon, packets: number): Promise<void> {
  await until(`${packets} packets are taken`, READY_MS, async () => {
    return ((await daemon.metrics()).get('coldaisle_packets_total') ?? 0) >= packets
  })
}

/** Readings by outcome, those that occurred; a daemon that starts again tells its journal so by a command of its own. */
async function outcomesOf(daemon: TestDaemon): Promise<Record<string, number>> {
  const samples = [...(await daemon.metrics())].filter(
    ([name, count]) => name.startsWith('coldaisle_readings') && count > 0 && !name.includes('outcome="command"'),
  )
  return Object.fromEntries(samples.map(([name, count]) => [/outcome="(\w+)"/.exec(name)?.[1] ?? name, count]))
}

function expectNear(actual: unknown, expected: number, what: string): void {
  expect
    .soft(Math.abs(Number(actual) / expected - 1), `${what}: ${String(actual)}, really ${expected}`)
    .toBeLessThan(1e-3)
}

/** The sum of a truth's intervals that end after `afterMs` and up to `untilMs`. */
function sumBetween(endsMs: readonly number[], numbers: readonly number[], afterMs: number, untilMs: number): number {
  return numbers.reduce((sum, one, at) => {
    const endMs = endsMs[at] ?? NaN
    return endMs > afterMs && endMs <= untilMs ? sum + one : sum
  }, 0)
}

test.skipIf(!BROKER || !INFLUX)('200 racks: energy, PUE and alarms in InfluxDB are what they really were', async () => {
  await using broker = await startBroker()
  await using influx = await startInfluxd()
  const text = siteText('example', {
    mqtt: { url: broker.url },
    influx: { url: influx.url, database: 'coldaisle' },
    store: undefined,
  })
  await using daemon = await startDaemon(text)
  await subscribed(broker, 'dc5')
  const site = siteOf(text)
  const steady = hourOf(site, 20)
  const run: Run = {
    ...steady,
    scenario: {
      name: 'three breaches',
      events: [
        ...scenarioOf(site, 'breach').events,
        { what: 'inlet', name: 'h3-r07', toC: 37, fromS: 1800, toS: 2400 },
        { what: 'inlet', name: 'h5-r40', toC: 12, fromS: 3420, toS: 3600 },
        { what: 'inlet', name: 'h5-r39', toC: 38, fromS: 3420, toS: 3600 },
      ],
    },
  }
  const truth = truthOf(run)
  const packets = await publish(broker.url, run)
  await taken(daemon, packets)

  expect(await outcomesOf(daemon)).toEqual({ accepted: readingsIn(truth, site) })
  expect((await daemon.metrics()).get('coldaisle_packets_total')).toBe(packets)
  const notices = [...retained(broker, 'coldaisle/dc5/alarm/#', 2)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  expect(notices.map(([topic, payload]) => [topic, (JSON.parse(payload) as { state: unknown }).state])).toEqual([
    // Both changed by more than 5 K in 15 min: a limit stands for that, of h5-r40 one whose delay is not over
    ['coldaisle/dc5/alarm/inlet_allowable/h5-r39', 'raised'],
  ])
  // A stop sends for 5 s only; what is left then waits for the next start.
  await until('all rows are written', READY_MS, async () => (await daemon.metrics()).get('coldaisle_outbox_rows') === 0)
  await stopWell(daemon)

  await expectTruth(influx, truth)
})

/** Holds InfluxDB against what was, from where all meters were heard up to the last interval that closed. */
async function expectTruth(influx: Server, truth: Truth): Promise<void> {
  const afterMs = truth.fromMs + 2 * MINUTE_MS
  const [newest] = await ask(influx, `SELECT LAST(energy_j) FROM energy WHERE point = 'utility-a'`)
  const untilMs = Number(newest?.['time'])
  expect(untilMs).toBeGreaterThanOrEqual(truth.toMs - 3 * MINUTE_MS)
  const sums = await ask(
    influx,
    `SELECT SUM(energy_j), MIN(coverage) FROM energy WHERE time > ${afterMs}ms AND time <= ${untilMs}ms GROUP BY point`,
  )
  expect(sums.map(({ point }) => String(point)).toSorted()).toEqual(Object.keys(truth.points).toSorted())
  for (const { point, sum, min } of sums) {
    const wanted = sumBetween(truth.endsMs, truth.points[String(point)]?.intervalsJ ?? [], afterMs, untilMs)
    expectNear(sum, wanted, `energy of ${String(point)}`)
    expect.soft(min, `coverage of ${String(point)}`).toBe(1)
  }
  const rows = await ask(
    influx,
    `SELECT pue, facility_j, it_j, coverage FROM pue WHERE "window" = '5m' AND time >= ${afterMs + 5 * MINUTE_MS}ms`,
  )
  expect(rows.length).toBe((untilMs - afterMs) / MINUTE_MS - 4)
  const { intervals } = truth.boundaries['dc5'] ?? { intervals: [] }
  for (const { time, pue, coverage, ...sides } of rows) {
    const between = (numbers: number[]) => sumBetween(truth.endsMs, numbers, Number(time) - 5 * MINUTE_MS, Number(time))
    const facilityJ = between(intervals.map((interval) => interval.facilityJ))
    const itJ = between(intervals.map((interval) => interval.itJ))
    expect.soft(coverage).toBe(1)
    expectNear(sides['facility_j'], facilityJ, 'facility energy of 5 minutes')
    expectNear(sides['it_j'], itJ, 'IT energy of 5 minutes')
    expectNear(pue, facilityJ / itJ, 'PUE of 5 minutes')
  }
  const alarms = await ask(influx, `SELECT alarm, source, state FROM alarm WHERE alarm =~ /^inlet/`)
  const told = alarms.map(({ time, alarm, source, state }) => ({ timeMs: time, inlet: source, alarm, state }))
  expect(inOrder(told)).toEqual(inOrder(truth.alarms.map(withoutLesser)))
}

/** The recommended limit of an inlet where the allowable one is broken as well is no alarm of its own. */
function withoutLesser(row: Truth['alarms'][number], _: number, all: readonly Truth['alarms'][number][]) {
  const isBoth = all.some(({ alarm, inlet }) => alarm === 'inlet_allowable' && inlet === row.inlet)
  if (row.alarm !== 'inlet_recommended' || !isBoth) return row
  return { ...row, state: row.state === 'raised' ? 'suppressed' : 'normal' }
}

function inOrder(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted()
}

test.skipIf(!BROKER || !INFLUX)(
  'InfluxDB away for a minute while readings come: afterwards it has every row',
  async () => {
    await using broker = await startBroker()
    await using influx = await startInfluxd()
    const text = siteText('demo', {
      mqtt: { url: broker.url },
      influx: { url: influx.url, database: 'coldaisle' },
    })
    await using daemon = await startDaemon(text)
    await subscribed(broker, 'demo')
    const run = hourOf(siteOf(text), 21)
    const publishing = publish(broker.url, { ...run, toMs: run.fromMs + 40 * MINUTE_MS }, 30)
    await sleep(8_000)
    process.kill(influx.pid(), 'SIGTERM')
    await sleep(60_000)
    const [before] = [(await daemon.metrics()).get('coldaisle_outbox_rows') ?? 0]
    expect(before, 'rows that wait').toBeGreaterThan(100)
    await influx.restart()
    const liveMs = newestClosedMs(await daemon.metrics())
    // Turns in which live rows are first there, and, once all is published, no row waits. One sees both, in this order.
    let isPublished = false
    let [turn, arrived, emptied] = [0, Infinity, Infinity]
    const watching = until('live rows arrive, and all rows are written', 180_000, async () => {
      turn++
      const [newest] = await ask(influx, `SELECT LAST(energy_j) FROM energy WHERE point = 'utility'`)
      if (Number(newest?.['time']) >= liveMs) arrived = Math.min(arrived, turn)
      const waiting = (await daemon.metrics()).get('coldaisle_outbox_rows')
      if (isPublished && waiting === 0) emptied = Math.min(emptied, turn)
      return arrived < Infinity && emptied < Infinity
    })
    const packets = await publishing
    await taken(daemon, packets)
    isPublished = true
    await watching
    // The last rows may be written between the two questions of a turn
    expect(arrived, 'what is live does not wait until the backlog is gone').toBeLessThanOrEqual(emptied + 1)
    await stopWell(daemon)
    expect(daemon.log()).toMatch(/influx: lost/)
    expect(daemon.log()).toMatch(/influx: takes rows, after \d+ (s|min)\b.* lost/)

    const left = await readStore(daemon.storePath, run.fromMs - HOUR_MS, Date.now())
    expect(left.waiting).toBe(0)
    const written = (await Promise.all(FOLDED.map((name) => rowsIn(influx, name)))).flat()
    expect(keyed(written)).toEqual(keyed(left.rows))
  },
)

/** End of the newest interval that has closed, from the age of the newest reading: 65 s of bound, and one to be told. */
function newestClosedMs(metrics: Map<string, number>): number {
  const newestMs = Date.now() - (metrics.get('coldaisle_lag_seconds') ?? NaN) * 1000
  return Math.floor((newestMs - 66_000) / MINUTE_MS) * MINUTE_MS
}

async function rowsIn(influx: Server, measurement: Measurement): Promise<HistoryRow[]> {
  const tagNames: readonly string[] = MEASUREMENTS[measurement].tags
  const rows = await ask(influx, `SELECT * FROM ${measurement}`)
  return rows.map(({ time, ...columns }) => {
    const known = Object.entries(columns).filter(([, column]) => column !== null)
    const isTag = ([name]: [string, unknown]) => tagNames.includes(name)
    const tags = Object.fromEntries(known.filter(isTag)) as Record<string, string>
    const fields = Object.fromEntries(known.filter((column) => !isTag(column)))
    return { measurement, tags, fields, timeMs: Number(time) }
  })
}

/** Fields as text by measurement, tags and time, names in their order: what must be the same in two places. */
function keyed(rows: readonly HistoryRow[]): Map<string, string> {
  const sorted = (map: object) => JSON.stringify(Object.fromEntries(Object.entries(map).toSorted(byName)))
  return new Map(
    rows
      .map(({ measurement, tags, fields, timeMs }): [string, string] => [
        `${measurement} ${sorted(tags)} ${new Date(timeMs).toISOString()}`,
        sorted(fields),
      ])
      .toSorted(byName),
  )
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b)
}

test.skipIf(!BROKER)(
  'a restart of the broker loses nothing, neither while we are there nor while we are not',
  async () => {
    await using broker = await startBroker()
    const text = siteText('demo', { mqtt: { url: broker.url } })
    await using daemon = await startDaemon(text)
    await subscribed(broker, 'demo')
    const site = siteOf(text)
    const run = hourOf(site, 22)
    const packets = [...packetsOfRun(run)]
    const third = Math.floor(packets.length / 3)
    await send(broker.url, packets.slice(0, third))
    await taken(daemon, third)

    await stopWell(daemon)
    await send(broker.url, packets.slice(third, 2 * third))
    await broker.restart()
    await daemon.start()
    await taken(daemon, 2 * third)

    await broker.restart()
    await send(broker.url, packets.slice(2 * third))
    await taken(daemon, packets.length)
    expect(await outcomesOf(daemon)).toEqual({ accepted: readingsIn(truthOf(run), site) })
    await stopWell(daemon)
    expect(daemon.log().match(/"sessionPresent":(true|false)/g)).toEqual([
      '"sessionPresent":false',
      '"sessionPresent":true',
      '"sessionPresent":true',
    ])
    expect(daemon.log()).not.toMatch(/session_lost/)
    const left = await readStore(daemon.storePath, run.fromMs, run.fromMs)
    const journalled = new Set(left.journal.map(({ topic, payload }) => `${topic} ${Buffer.from(payload).toString()}`))
    expect(packets.filter(({ topic, payload }) => !journalled.has(`${topic} ${textOf(payload)}`))).toEqual([])
  },
)

test.skipIf(!BROKER)(
  'what it wrote live, over a kill -9 and a restart, is what its own journal gives again',
  async () => {
    await using broker = await startBroker()
    const text = siteText('demo', { mqtt: { url: broker.url } })
    await using daemon = await startDaemon(text)
    await subscribed(broker, 'demo')
    const site = siteOf(text)
    const trouble = { what: 'fault', fromS: 0, toS: 3600 } as const
    const run: Run = {
      ...hourOf(site, 23),
      scenario: {
        name: 'trouble',
        events: [
          ...scenarioOf(site, 'breach').events,
          { ...trouble, fault: 'disorder', share: 0.05, byS: 600 },
          { ...trouble, fault: 'duplicate', share: 0.02, byS: 60 },
          { ...trouble, fault: 'conflict', share: 0.01, byS: 60 },
          { ...trouble, fault: 'badPayloads', share: 0.01 },
        ],
      },
    }
    const packets = [...packetsOfRun(run)]
    const third = Math.floor(packets.length / 3)
    const sending = send(broker.url, packets.slice(0, 2 * third))
    await taken(daemon, third)
    await daemon.kill()
    await sending
    await daemon.start()
    await taken(daemon, 2 * third)
    await stopWell(daemon)
    await daemon.start()
    await send(broker.url, packets.slice(2 * third))
    await taken(daemon, packets.length)
    const outcomes = await outcomesOf(daemon)
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['accepted', 'duplicate', 'conflict', 'bad_payload']))
    await stopWell(daemon)

    const left = await readStore(daemon.storePath, run.fromMs - 24 * HOUR_MS, Date.now() + HOUR_MS)
    const live = asWritten(left.rows)
    const again = replayed(site, left)
    expect(live.size).toBeGreaterThan(1_000)
    expect([...live].filter(([key, row]) => again.get(key) !== row)).toEqual([])
    expect([...again.keys()].filter((key) => !live.has(key))).toEqual([])
  },
)

/** Rows by key, as they are printed: names in the order in which they were written. */
function asWritten(rows: readonly HistoryRow[]): Map<string, string> {
  return new Map(
    rows.map(({ measurement, tags, fields, timeMs }) => [
      `${timeMs} ${measurement} ${JSON.stringify(tags)}`,
      JSON.stringify({ measurement, tags, fields, timeMs }),
    ]),
  )
}

/** The rows that a recording of the journal gives, the last of each key, up to the daemon's last tick and no further. */
function replayed(site: Site, { lines, journal }: Left): Map<string, string> {
  const rows: Row[] = []
  const pipeline = createPipeline(
    site,
    createRowSink(site, (row) => void rows.push(structuredClone(row))),
  )
  for (const line of lines) {
    const packet = parseLine(line)
    if (typeof packet === 'string') throw new Error(`${line} ${packet}`)
    accept(pipeline, packet)
  }
  advance(pipeline.core, journal.at(-1)?.nowMs ?? NaN)
  return asWritten(rows)
}

test.skipIf(!BROKER)(
  'told to stop under full load it ends within 10 s, and the next run goes on without a loss',
  async () => {
    await using broker = await startBroker()
    const text = siteText('demo', { mqtt: { url: broker.url } })
    await using daemon = await startDaemon(text)
    await subscribed(broker, 'demo')
    const site = siteOf(text)
    const hour = hourOf(site, 24)
    const run = { ...hour, fromMs: hour.toMs - 8 * HOUR_MS }
    const publishing = publish(broker.url, run)
    await taken(daemon, 3_000)
    const askedMs = Date.now()
    await stopWell(daemon)
    expect(Date.now() - askedMs).toBeLessThan(10_000)
    const left = await readStore(daemon.storePath, run.fromMs, run.fromMs)
    const packets = await publishing
    expect(left.lines.length, 'it was stopped on the way').toBeLessThan(packets)

    await daemon.start()
    const truth = truthOf(run)
    await until('all readings are accepted', READY_MS, async () => {
      return (await outcomesOf(daemon))['accepted'] === readingsIn(truth, site)
    })
    // What was not confirmed comes again: as duplicates, or, the hours being published in seconds, as too late for that.
    const { accepted, duplicate = 0, too_late: late = 0, ...refused } = await outcomesOf(daemon)
    expect(accepted).toBe(readingsIn(truth, site))
    expect(duplicate + late, 'at most what the broker keeps on its way, two readings a packet').toBeLessThan(6_000)
    expect(refused).toEqual({})
    await stopWell(daemon)
  },
)

test.skipIf(!BROKER)('SIGHUP takes a configuration whole or not at all, and no window is lost', async () => {
  await using broker = await startBroker()
  const text = siteText('demo', { mqtt: { url: broker.url } })
  const more = withInlet(text)
  await using daemon = await startDaemon(text)
  await subscribed(broker, 'demo')
  const run = hourOf(siteOf(more), 25)
  const publishing = publish(broker.url, { ...run, toMs: run.fromMs + 30 * MINUTE_MS }, 120)
  const reached = (minutes: number) =>
    until(`${minutes} min are told`, READY_MS, async () => {
      const lagS = (await daemon.metrics()).get('coldaisle_lag_seconds') ?? NaN
      return Date.now() - lagS * 1000 >= run.fromMs + minutes * MINUTE_MS
    })
  await reached(10)
  daemon.reload(text.replace('altitudeM: 30', 'altitudM: 30'))
  await until('the faults are told', READY_MS, () => daemon.log().includes('nothing is changed'))
  expect(daemon.log()).toMatch(/altitudM/)
  await reached(14)
  daemon.reload(more)
  await until('the new configuration is taken', READY_MS, () => daemon.log().includes('configuration reloaded'))
  const reloadedMs = Date.now() - ((await daemon.metrics()).get('coldaisle_lag_seconds') ?? NaN) * 1000
  await publishing
  await reached(29)
  expect(Object.keys(await outcomesOf(daemon))).toEqual(['accepted'])
  await stopWell(daemon)

  const { rows } = await readStore(daemon.storePath, run.fromMs, run.toMs)
  const windows = rows.filter(({ measurement, tags }) => measurement === 'pue' && tags['window'] === '5m')
  const fullMs = run.fromMs + 7 * MINUTE_MS
  const full = windows.filter(({ timeMs }) => timeMs >= fullMs)
  expect(full.map(({ timeMs }) => timeMs)).toEqual(full.map((_, at) => fullMs + at * MINUTE_MS))
  expect(full.at(-1)?.timeMs).toBeGreaterThan(reloadedMs + 5 * MINUTE_MS)
  expect(full.map(({ fields }) => fields['coverage'])).toEqual(full.map(() => 1))
  const spare = rows.filter(({ measurement, tags }) => measurement === 'climate' && tags['inlet'] === 'spare')
  expect(spare.length).toBeGreaterThan(5)
})

/** A site's text with one more inlet and its two points. */
function withInlet(text: string): string {
  const at = 'topic: demo/spare\n    timeAt: /ts\n    everyS: 30\n    role: inlet'
  return text
    .replace(
      /^points:\n/m,
      `points:\n  spare-t:\n    ${at}\n    at: /t\n    unit: °C\n  spare-rh:\n    ${at}\n    at: /rh\n    unit: "%"\n`,
    )
    .replace(/^inlets:\n/m, 'inlets:\n  spare:\n    dryBulb: spare-t\n    humidity: spare-rh\n    hall: h1\n')
}

test.skipIf(!BROKER)('a second daemon on the same store ends at once and says why; the first goes on', async () => {
  await using broker = await startBroker()
  const text = siteText('demo', { mqtt: { url: broker.url } })
  const firstMs = Date.now()
  await using first = await startDaemon(text)
  const secondMs = Date.now()
  await using second = await startDaemon(
    siteText('demo', { mqtt: { url: broker.url, clientId: 'second' }, store: { path: first.storePath } }),
    { ready: false },
  )
  expect(await second.ended()).toBe(2)
  expect(Date.now() - secondMs, 'a start, and the wait for the store').toBeLessThan(secondMs - firstMs + 5_000)
  expect(second.log()).toBe(`${first.storePath}/coldaisle.db is in use by another process\n`)
  await stopWell(first)
})

test.skipIf(!BROKER)(
  'of two daemons with one client id the younger ends with 75, and the other is left alone',
  async () => {
    await using broker = await startBroker()
    const text = siteText('demo', { mqtt: { url: broker.url, clientId: 'the-same' } })
    await using elder = await startDaemon(text)
    await using younger = await startDaemon(text, { ready: false })
    expect(await younger.ended()).toBe(75)
    expect(younger.log()).toContain('another daemon uses our MQTT client id, and ran before us')
    await until('the elder is connected', READY_MS, async () => (await fetch(`${elder.url}/readyz`)).ok)
    await stopWell(elder)
  },
)

test('on the embedded broker: every reading is taken, and the PUE is what it really was', async () => {
  const listen = `127.0.0.1:${await freePort()}`
  const text = siteText('demo', { mqtt: { listen } })
  await using daemon = await startDaemon(text)
  const site = siteOf(text)
  const run = hourOf(site, 26)
  const truth = truthOf(run)
  const packets = await publish(`mqtt://${listen}`, run)
  await taken(daemon, packets)
  expect(await outcomesOf(daemon)).toEqual({ accepted: readingsIn(truth, site) })
  await stopWell(daemon)

  const { rows } = await readStore(daemon.storePath, run.fromMs, run.toMs)
  const pue = rows.filter(({ measurement, tags }) => measurement === 'pue' && tags['window'] === '5m').slice(6)
  expect(pue.length).toBeGreaterThan(45)
  const { intervals } = truth.boundaries['demo'] ?? { intervals: [] }
  for (const { timeMs, fields } of pue) {
    const between = (numbers: number[]) => sumBetween(truth.endsMs, numbers, timeMs - 5 * MINUTE_MS, timeMs)
    const facilityJ = between(intervals.map((interval) => interval.facilityJ))
    expectNear(fields['pue'], facilityJ / between(intervals.map((interval) => interval.itJ)), 'PUE of 5 minutes')
  }
})
