/**
 * What the daemon costs per message, journal and fold included, against the least that any subscriber has to do: take it
 * and parse its JSON. The same messages wait at the same broker for both, each in a session of its own.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import type { Packet } from '../../src/ingest/recording.ts'
import { packetsOfRun } from '../../simulators/run.ts'
import { scenarioOf } from '../../simulators/scenarios/scenario.ts'
import { readStore, siteOf, siteText, startDaemon, subscribed, until } from '../servers/daemon.ts'
import { startMosquitto, type Server } from '../servers/servers.ts'

export interface LiveCost {
  messages: number
  /** What the daemon wrote of them: most of its work. */
  rows: number
  daemon: Cost
  bare: Cost
}

interface Cost {
  /** From the first arrival to the last. */
  perS: number
  /** Of the process, its start left out. */
  cpuUs: number
}

const BARE = fileURLToPath(new URL('bare-subscriber.ts', import.meta.url))
const LONG_MS = 120_000
/** User and system time in /proc/PID/stat, in hundredths of a second. */
const [USER_TIME, SYSTEM_TIME] = [11, 12]

/** Whether the CPU time of another process can be read here. */
export function canMeasureLive(): boolean {
  return process.platform === 'linux'
}

export async function measureLive(messages: number): Promise<LiveCost> {
  await using broker = await startMosquitto({ config: ['max_inflight_messages 1000'] })
  const text = siteText('example', { mqtt: { url: broker.url }, influx: undefined, store: undefined })
  const site = siteOf(text)
  const topics = [...site.routes.keys()]
  const toMs = Math.floor(Date.now() / 60_000) * 60_000
  const run = { site, seed: 31, fromMs: toMs - 3 * 3_600_000, toMs, scenario: scenarioOf(site, 'steady') }
  const packets = [...packetsOfRun(run)].slice(0, messages)
  await runBare(broker, topics, 0)
  await using daemon = await startDaemon(text)
  await subscribed(broker, 'dc5')
  await until('the idle daemon has been seen for a while', LONG_MS, untilLater(1_500))
  const idleMs = cpuMs(daemon.pid())
  await daemon.stop()
  await send(broker.url, packets)

  const bare = await runBare(broker, topics, packets.length)
  await daemon.start()
  await until('the daemon has taken all', LONG_MS, async () => {
    await untilLater(250)()
    return ((await daemon.metrics()).get('coldaisle_packets_total') ?? 0) >= packets.length
  })
  const busyMs = cpuMs(daemon.pid()) - idleMs
  await daemon.stop()
  const { journal, rows } = await readStore(daemon.storePath, run.fromMs, run.toMs)
  const arrivals = journal.filter(({ topic }) => topics.includes(topic)).map(({ nowMs }) => nowMs)
  if (arrivals.length !== packets.length) throw new Error(`${arrivals.length} of ${packets.length} messages arrived`)
  const tookMs = (arrivals.at(-1) ?? NaN) - (arrivals[0] ?? NaN)
  const daemonCost = { perS: (packets.length * 1000) / tookMs, cpuUs: (busyMs * 1000) / packets.length }
  return { messages: packets.length, rows: rows.length, daemon: daemonCost, bare }
}

/** Without messages it only leaves a session behind, in which they will wait. */
async function runBare(broker: Server, topics: readonly string[], messages: number): Promise<Cost> {
  const args = [BARE, broker.url, String(messages), ...topics]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  for await (const part of child.stdout) out += String(part)
  return JSON.parse(out) as Cost
}

async function send(url: string, packets: readonly Packet[]): Promise<void> {
  const publisher = await connectPublisher(url)
  await Promise.all(
    packets.map(({ topic, payload }) =>
      publisher.publish(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), {
        qos: 1,
        retain: false,
      }),
    ),
  )
  await publisher.close()
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return 10 * (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]))
}

/** True from so much later on. */
function untilLater(ms: number): () => Promise<boolean> {
  return () => new Promise((resolve) => setTimeout(() => resolve(true), ms))
}
