/**
 * The daemon among real servers: mosquitto with the configuration that we ship, InfluxDB, the simulator as the site. What
 * comes out is held against what the simulator knows to be true.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { connectPublisher } from '../src/ingest/mqtt.ts'
import type { Site } from '../src/site.ts'
import { publishRun, truthOf } from '../simulators/run.ts'
import { scenarioOf } from '../simulators/scenarios/scenario.ts'
import type { Run, Truth } from '../simulators/truth.ts'
import { ask, readStore, retained, siteOf, siteText, startDaemon, subscribed, until, type TestDaemon } from './daemon.ts'
import { needs, startInfluxd, startMosquitto, type Server } from './servers.ts'

const BROKER = needs('mosquitto', 'mosquitto_sub')
const INFLUX = needs('influxd')
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const READY_MS = 30_000

/** A broker with config/mosquitto.conf, but for where it listens and where its file lies. */
function startBroker(): Promise<Server> {
  const file = fileURLToPath(new URL('../config/mosquitto.conf', import.meta.url))
  const lines = readFileSync(file, 'utf8').split('\n')
  return startMosquitto({ config: lines.filter((line) => /^(?!#|listener|persistence_location)\S/.test(line)) })
}

/** Publishes a run at `speed` times its own pace (0: as fast as it goes). */
async function publish(url: string, run: Run, speed = 0, signal?: AbortSignal): Promise<number> {
  const publisher = await connectPublisher(url)
  try {
    return await publishRun(run, publisher, speed, signal)
  } finally {
    await publisher.close()
  }
}

/** An hour of a site's life that ends with the minute before now. */
function hourOf(site: Site, seed: number): Run {
  const toMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
  return { site, seed, fromMs: toMs - HOUR_MS, toMs, scenario: scenarioOf(site, 'steady') }
}

/** How many readings the packets of a run hold. */
function readingsIn({ packets }: Truth, site: Site): number {
  const counts = Object.entries(packets).map(([topic, count]) => count * (site.routes.get(topic)?.points.length ?? 0))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function taken(daemon: TestDaemon, packets: number): Promise<void> {
  await until(`${packets} packets are taken`, READY_MS, async () => {
    return ((await daemon.metrics()).get('coldaisle_packets_total') ?? 0) >= packets
  })
}

/** Readings by outcome, those that occurred. */
async function outcomesOf(daemon: TestDaemon): Promise<Record<string, number>> {
  const samples = [...(await daemon.metrics())].filter(
    ([name, count]) => name.startsWith('coldaisle_readings') && count > 0,
  )
  return Object.fromEntries(samples.map(([name, count]) => [/outcome="(\w+)"/.exec(name)?.[1] ?? name, count]))
}

function expectNear(actual: unknown, expected: number, what: string): void {
  expect.soft(Math.abs(Number(actual) / expected - 1), `${what}: ${String(actual)}, really ${expected}`).toBeLessThan(1e-3)
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
  const notices = [...retained(broker, 'coldaisle/dc5/alarm/#', 2)]
  expect(notices.map(([topic, payload]) => [topic, (JSON.parse(payload) as { state: unknown }).state])).toEqual([
    ['coldaisle/dc5/alarm/inlet_allowable/h5-r39', 'raised'],
  ])
  expect(await daemon.stop(), daemon.log()).toBe(0)

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
    const between = (numbers: number[]) =>
      sumBetween(truth.endsMs, numbers, Number(time) - 5 * MINUTE_MS, Number(time))
    const facilityJ = between(intervals.map((interval) => interval.facilityJ))
    const itJ = between(intervals.map((interval) => interval.itJ))
    expect.soft(coverage).toBe(1)
    expectNear(sides['facility_j'], facilityJ, 'facility energy of 5 minutes')
    expectNear(sides['it_j'], itJ, 'IT energy of 5 minutes')
    expectNear(pue, facilityJ / itJ, 'PUE of 5 minutes')
  }
  const alarms = await ask(influx, `SELECT alarm, source, state FROM alarm WHERE alarm =~ /^inlet/`)
  const told = alarms.map(({ time, alarm, source, state }) => ({ timeMs: time, inlet: source, alarm, state }))
  expect(inOrder(told)).toEqual(inOrder(truth.alarms))
}

function inOrder(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).toSorted())).toSorted()
}
