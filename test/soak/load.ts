/**
 * `npm run soak -- --load`: one daemon of 10,000 points beside mosquitto and InfluxDB. It gets 5,000 readings of 100 bytes
 * a second for ten minutes (`--minutes 1`: for one), then 20,000 a second for ten seconds, then 5,000 a second while
 * InfluxDB is away for six times the minutes, and after that until its rows have caught up. Figures of whole
 * minutes are not seen in a shorter run. Exit code 1: one is missed.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../bench/figures.ts'
import { cpuMs, machineOf } from '../bench/machine.ts'
import { runOwn, startOwn } from '../bench/own.ts'
import { startBroker } from '../bench/passage.ts'
import { alarmSite, digits, SITE } from '../bench/sites.ts'
import { startDaemon, subscribed, until, type TestDaemon } from '../servers/daemon.ts'
import { startInfluxd, type Server } from '../servers/servers.ts'
import { slopeOf, watch, type Watch } from './watch.ts'

const POINTS = 10_000
/** The eleventh alarm within ten minutes would begin a flood. */
const INLETS = 10
const PER_S = 5_000
const BURST = { publishers: 2, perS: 20_000, seconds: 10 }
const PAYLOAD_BYTES = 100
/** Readings go on for so long behind an outage; the queue has more time to empty. */
const BEHIND_S = 60
const LIMIT_S = 600
const MINUTE_S = 60

interface Site {
  daemon: TestDaemon
  broker: Server
  influx: Server
  file: string
}

interface Sent {
  sent: number
  firstMs: number
  lastMs: number
}

/** A line of the report; `most` and `least` are what it has to keep. */
type Figure = [name: string, value: number, unit: string, bound?: { most: number } | { least: number }]

/** Runs it and prints its figures; says whether all were kept. */
export async function soakUnderLoad(minutes: number): Promise<boolean> {
  const { cpu, cores, load } = machineOf()
  console.log(`${new Date().toISOString()}, ${cpu}, ${cores} cores, load ${load} before it began\n`)
  await using broker = await startBroker()
  await using influx = await startInfluxd()
  const out = { mqtt: { url: broker.url }, influx: { url: influx.url, database: 'coldaisle' } }
  await using daemon = await startDaemon(JSON.stringify({ ...alarmSite(POINTS, INLETS), ...out }))
  await subscribed(broker, SITE)
  const site = { daemon, broker, influx, file: writeReadings(daemon.folder) }
  let kept = await steady(site, minutes)
  kept = (await burst(site)) && kept
  return (await outage(site, minutes * 6)) && kept
}

/** As `alarmSite` reads them: without a stamp, so that any second may have them. */
function writeReadings(folder: string): string {
  const lines = Array.from({ length: 4 * POINTS }, (_, n) => {
    const reading = `{"kw":${(100 + ((n * 37) % 200) / 10).toFixed(1)},"from":"`
    const payload = `${reading}${'x'.repeat(PAYLOAD_BYTES - reading.length - 2)}"}`
    return JSON.stringify({ topic: `bench/m/${digits(n % POINTS, POINTS)}`, payload })
  })
  const file = join(folder, 'readings.ndjson')
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

async function steady(site: Site, minutes: number): Promise<boolean> {
  const { daemon, broker } = site
  const [before, cpuBefore] = [await takenOf(daemon), cpuMs(daemon.pid())]
  await using seen = watch(daemon, site.influx)
  await using load = publisher(site, PER_S, minutes * MINUTE_S)
  await load.ready
  const inlets = Array.from({ length: INLETS }, (_, n) => `i${digits(n, INLETS)}`)
  const alarms = await runOwn<number[]>('alarms', [broker.url, SITE, ...inlets])
  const { sent, firstMs, lastMs } = await load.result
  // Each of these alarms was begun and ended by a reading
  const lost = await lostOf(daemon, before, sent + 2 * INLETS)
  const cpuShare = (cpuMs(daemon.pid()) - cpuBefore) / (lastMs - firstMs)
  return report(`${PER_S} a second for ${minutes} min`, [
    ['sent', (sent * 1000) / (lastMs - firstMs), '/s'],
    ['lost or taken twice', lost, '', { most: 0 }],
    ['CPU of the daemon', 100 * cpuShare, '% of a core'],
    ['memory', (seen.samples.at(-1)?.rssBytes ?? NaN) / 1e6, 'MB'],
    ['memory, slope of the second half', slopeOf(seen.samples) / 1e6, 'MB/h'],
    ['commit p99, worst minute', worst(seen, (it) => it.commitP99Ms), 'ms', { most: 50 }],
    ['event loop p99, worst minute', worst(seen, (it) => it.loopP99Ms), 'ms', { most: 20 }],
    ['age of a live row in InfluxDB p99', ageP99(seen, 0), 'ms', { most: 2_000 }],
    ['alarm p99', quantile(alarms, 0.99), 'ms', { most: 1_000 }],
  ])
}

async function burst(site: Site): Promise<boolean> {
  const { daemon } = site
  const { publishers, perS, seconds } = BURST
  const before = await takenOf(daemon)
  await using first = publisher(site, perS / publishers, seconds)
  await using second = publisher(site, perS / publishers, seconds)
  const all = await Promise.all([first.result, second.result])
  const endMs = Math.max(...all.map(({ lastMs }) => lastMs))
  const sent = all.reduce((sum, it) => sum + it.sent, 0)
  const lost = await lostOf(daemon, before, sent)
  return report(`${perS} a second for ${seconds} s`, [
    ['sent', (sent * 1000) / (endMs - Math.min(...all.map(({ firstMs }) => firstMs))), '/s'],
    ['lost or taken twice', lost, '', { most: 0 }],
    ['until all are folded', Date.now() - endMs, 'ms'],
  ])
}

async function outage(site: Site, minutes: number): Promise<boolean> {
  const { daemon, influx } = site
  const before = await takenOf(daemon)
  await using seen = watch(daemon, influx)
  await using load = publisher(site, PER_S, minutes * MINUTE_S + BEHIND_S)
  await load.ready
  await influx.kill()
  await sleep(minutes * MINUTE_S * 1000)
  await influx.restart()
  const waiting = await waitingOf(daemon)
  const backMs = Date.now()
  await until('the queue begins to empty', LIMIT_S * 1000, async () => (await waitingOf(daemon)) < waiting)
  const beganMs = Date.now()
  await until('the queue is empty', LIMIT_S * 1000, async () => (await waitingOf(daemon)) < waiting / 100)
  const drainedMs = Date.now()
  const { sent } = await load.result
  const lost = await lostOf(daemon, before, sent)
  return report(`InfluxDB away for ${minutes} min at ${PER_S} a second`, [
    ['lost or taken twice', lost, '', { most: 0 }],
    ['rows that waited', waiting, ''],
    ['until the first goes', beganMs - backMs, 'ms'],
    ['drained', (0.99 * waiting * 1000) / (drainedMs - beganMs), 'rows/s', { least: 25_000 }],
    ['age of a live row meanwhile p99', ageP99(seen, beganMs), 'ms', { most: 2_000 }],
    ['memory', (seen.samples.at(-1)?.rssBytes ?? NaN) / 1e6, 'MB'],
  ])
}

function publisher({ broker, file }: Site, perS: number, seconds: number) {
  return startOwn<Sent>('publisher', [broker.url, file, 1, perS, seconds], { limitMs: (seconds + LIMIT_S) * 1000 })
}

async function takenOf(daemon: TestDaemon): Promise<number> {
  return (await daemon.metrics()).get('coldaisle_packets_total') ?? 0
}

async function waitingOf(daemon: TestDaemon): Promise<number> {
  return (await daemon.metrics()).get('coldaisle_outbox_rows') ?? NaN
}

/** How far the packets that were folded are from those that were sent, once it rests. */
async function lostOf(daemon: TestDaemon, before: number, sent: number): Promise<number> {
  const all = async (): Promise<boolean> => (await takenOf(daemon)) >= before + sent
  await until('all is taken', 30_000, all).catch(() => undefined)
  return Math.abs((await takenOf(daemon)) - before - sent)
}

function worst({ samples }: Watch, of: (sample: Watch['samples'][number]) => number): number {
  const known = samples.map(of).filter((it) => it > 0)
  return known.length === 0 ? NaN : Math.max(...known)
}

function ageP99({ rowAges }: Watch, fromMs: number): number {
  const ages = rowAges.filter(({ timeMs }) => timeMs >= fromMs).map(({ ageMs }) => ageMs)
  return ages.length === 0 ? NaN : quantile(ages, 0.99)
}

function report(title: string, figures: readonly Figure[]): boolean {
  console.log(title)
  let kept = true
  for (const [name, value, unit, bound] of figures) {
    const isKept =
      bound === undefined || Number.isNaN(value) || ('most' in bound ? value <= bound.most : value >= bound.least)
    const limit = bound === undefined ? '' : 'most' in bound ? `, at most ${bound.most}` : `, at least ${bound.least}`
    const told = Number.isNaN(value) ? 'not seen' : `${Number(value.toPrecision(4))} ${unit}`
    console.log(`  ${name.padEnd(36)}${told}${limit}${isKept ? '' : '  MISSED'}`)
    kept &&= isKept
  }
  console.log()
  return kept
}
