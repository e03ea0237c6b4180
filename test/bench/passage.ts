/** A stream's way through a broker and a daemon, and the same through the bare subscriber. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon, subscribed, until, type TestDaemon } from '../servers/daemon.ts'
import { startInfluxd, startMosquitto, type Server } from '../servers/servers.ts'
import { cpuMs } from './machine.ts'
import { runOwn, startOwn, type Own } from './own.ts'
import type { Tree } from './question.ts'
import type { Stream } from './streams.ts'

export type Out = 'nowhere' | 'sink' | 'influxd'
export type QoS = 0 | 1

export interface Cost {
  perS: number
  /** CPU time per message, µs, all threads. */
  cpuUs: number
}

export interface Passage {
  /** Fewer than were sent only at QoS 0, where a broker may drop. */
  taken: number
  rows: number
  toFold: Cost
  toRow: Cost
  /** CPU time per message of the others, µs. */
  brokerUs: number
  influxUs: number
  publisherUs: number
}

interface Through {
  tree: Tree
  /** A configuration without mqtt and influx. */
  site: Record<string, unknown>
  stream: Stream
  /** Goes first, and is not measured: what is compiled once is compiled then. */
  warmUp?: Stream
  qos?: QoS
  out?: Out
}

interface Published {
  firstMs: number
  lastMs: number
  cpuUs: number
}

const SAMPLE_MS = 20
/** InfluxDB pays for each question. */
const ASK_MS = 100
const LIMIT_MS = 300_000
/** Nothing more comes after so long without anything. */
const QUIET_MS = 2_500
/** The last group is folded, or the last answer read, within this. */
const AFTER_MS = 60

/** A broker whose window is the subscriber's, whatever that asks for. */
export function startBroker(...more: string[]): Promise<Server> {
  return startMosquitto({ config: ['max_inflight_messages 0', ...more] })
}

export function mainOf(tree: Tree): string {
  return join(tree.root, 'src', 'main.ts')
}

/** Publishes the stream while a daemon of its own takes it. */
export async function passThrough(through: Through): Promise<Passage> {
  const { tree, site, stream, warmUp, qos = 1, out = 'nowhere' } = through
  await using broker = await startBroker()
  await using receiver = await startReceiver(out)
  const influx = receiver === undefined ? {} : { influx: { url: receiver.url, database: 'coldaisle' } }
  const text = JSON.stringify({ ...site, mqtt: { url: broker.url }, ...influx })
  await using daemon = await startDaemon(text, { main: mainOf(tree) })
  await subscribed(broker, (site['site'] as { id: string }).id)
  let before = { messages: 0, rows: 0 }
  if (warmUp !== undefined) {
    await publish(broker, warmUp, qos)
    const messages = await untilFolded(daemon, warmUp.messages)
    before = { messages, rows: (await untilSent(daemon.pid(), receiver)).count }
  }
  const [pid, brokerMs, influxMs] = [daemon.pid(), cpuMs(broker.pid()), receiver?.cpuMs() ?? 0]
  const line = timeline(pid)
  const published = await publish(broker, stream, qos)
  const taken = (await untilFolded(daemon, before.messages + stream.messages)) - before.messages
  const rows = await untilSent(pid, receiver)
  line.stop()
  const others = [cpuMs(broker.pid()) - brokerMs, (receiver?.cpuMs() ?? 0) - influxMs].map((ms) => (ms * 1000) / taken)
  await daemon.kill()
  const [veryFirstMs, lastMs] = arrivals(tree, join(daemon.folder, 'site.yaml'), stream)
  const firstMs = warmUp === undefined ? veryFirstMs : published.firstMs
  const costTo = (ms: number): Cost => ({
    perS: (taken * 1000) / (ms - firstMs),
    cpuUs: (line.spentMs(published.firstMs, ms + AFTER_MS) * 1000) / taken,
  })
  return {
    taken,
    rows: rows.count - before.rows,
    toFold: costTo(lastMs),
    toRow: costTo(Math.max(lastMs, rows.lastMs || 0)),
    brokerUs: others[0] ?? NaN,
    influxUs: others[1] ?? NaN,
    publisherUs: published.cpuUs,
  }
}

/** The floor: takes and parses the same messages. */
export async function bareThrough(stream: Stream, qos: QoS = 1): Promise<Cost & { taken: number }> {
  await using broker = await startBroker()
  const args = [broker.url, stream.filter, stream.messages]
  await using bare = startOwn<Cost & { taken: number }>('bare-subscriber', args)
  await bare.ready
  await publish(broker, stream, qos)
  return await bare.result
}

export async function publish(broker: Server, stream: Stream, qos: QoS): Promise<Published> {
  return runOwn<Published>('publisher', [broker.url, stream.file, qos], { limitMs: LIMIT_MS })
}

/** Waits until a daemon that was started without waiting says that it is ready; throws when it has ended. */
export async function untilReady(daemon: TestDaemon, limitMs: number): Promise<void> {
  await until('the daemon is ready', limitMs, async () => {
    const answer = await fetch(`${daemon.url}/readyz`).catch((error: unknown) => error)
    daemon.pid()
    return answer instanceof Response && answer.ok
  })
}

/** CPU time of a process as it goes on. */
function timeline(pid: number): { stop(): void; spentMs(fromMs: number, toMs: number): number } {
  const samples: { ms: number; cpu: number }[] = []
  const take = (): void => void samples.push({ ms: Date.now(), cpu: cpuMs(pid) })
  take()
  const timer = setInterval(take, SAMPLE_MS)
  const at = (ms: number): number => (samples.findLast((it) => it.ms <= ms) ?? samples[0])?.cpu ?? NaN
  return {
    stop() {
      clearInterval(timer)
      take()
    },
    spentMs: (fromMs, toMs) => at(toMs) - at(fromMs),
  }
}

/** Waits until all are folded, or no more come; gives how many. */
export async function untilFolded(daemon: TestDaemon, messages: number): Promise<number> {
  let [taken, sinceMs] = [0, Date.now()]
  await until('the daemon has folded all', LIMIT_MS, async () => {
    await sleep(250)
    const now = (await daemon.metrics()).get('coldaisle_packets_total') ?? 0
    if (now !== taken) [taken, sinceMs] = [now, Date.now()]
    return taken >= messages || (taken > 0 && Date.now() - sinceMs > 3 * QUIET_MS)
  })
  return Math.min(taken, messages)
}

interface RowReceiver extends AsyncDisposable {
  url: string
  /** Rows so far, and when the last came if that is known exactly. */
  count(): Promise<{ rows: number; lastMs: number | undefined }>
  cpuMs(): number
}

async function startReceiver(out: Out): Promise<RowReceiver | undefined> {
  if (out === 'nowhere') return undefined
  if (out === 'sink') return sinkOf(startOwn('sink', [], { limitMs: 2 * LIMIT_MS }))
  const influxd = await startInfluxd()
  await fetch(`${influxd.url}/query`, { method: 'POST', body: new URLSearchParams({ q: 'CREATE DATABASE coldaisle' }) })
  return {
    url: influxd.url,
    async count() {
      const numbers = (await (await fetch(`${influxd.url}/debug/vars`)).json()) as Record<string, Stats | undefined>
      const http = Object.entries(numbers).find(([name]) => name.startsWith('httpd'))?.[1]
      return { rows: http?.values?.['pointsWrittenOK'] ?? 0, lastMs: undefined }
    },
    cpuMs: () => cpuMs(influxd.pid()),
    [Symbol.asyncDispose]: () => influxd.stop(),
  }
}

interface Stats {
  values?: Record<string, number>
}

async function sinkOf(sink: Own<never>): Promise<RowReceiver> {
  const port = await sink.ready
  return {
    url: `http://127.0.0.1:${String(port)}`,
    count: () => sink.ask('rows'),
    cpuMs: () => cpuMs(sink.pid),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  }
}

/**
 * Waits until no more rows come and the daemon rests; its own count of waiting rows may be of a moment ago. A single
 * row is the daemon's health, which comes each minute.
 */
async function untilSent(pid: number, receiver: RowReceiver | undefined): Promise<{ count: number; lastMs: number }> {
  if (receiver === undefined) return { count: 0, lastMs: NaN }
  const seen: { ms: number; cpu: number }[] = []
  let [count, lastMs] = [0, Date.now()]
  await until('all rows are sent', LIMIT_MS, async () => {
    await sleep(ASK_MS)
    const now = await receiver.count()
    if (now.rows > count + 1) [count, lastMs] = [now.rows, now.lastMs ?? Date.now()]
    seen.push({ ms: Date.now(), cpu: cpuMs(pid) })
    const before = seen.findLast(({ ms }) => ms <= Date.now() - QUIET_MS)
    const isQuiet = before !== undefined && cpuMs(pid) - before.cpu < QUIET_MS * 0.04
    return isQuiet && Date.now() - lastMs > QUIET_MS
  })
  return { count, lastMs }
}

/** When the first and the last message of the stream arrived, by the daemon's own journal. */
function arrivals(tree: Tree, config: string, stream: Stream): [number, number] {
  const args = [mainOf(tree), 'journal', '--config', config]
  const text = execFileSync(process.execPath, args, { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] })
  const mark = `"topic":"${stream.filter.slice(0, -1)}`
  const at = (from: number): number => {
    const begin = text.lastIndexOf('\n', from) + 1
    const stamp = /"tst":"([^"]+)"/.exec(text.toString('utf8', begin, text.indexOf('\n', begin)))?.[1] ?? ''
    return Date.parse(stamp.replace(/(\d{3})000Z.*$/, '$1Z'))
  }
  return [at(text.indexOf(mark)), at(text.lastIndexOf(mark))]
}
