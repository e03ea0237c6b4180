import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Option, type Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { formatFault, readConfig, type Config } from '../../config/config.ts'
import { startDaemon, type Ending } from '../../daemon/daemon.ts'
import { connectPublisher } from '../../mqtt/mqtt.ts'
import { createLog, type Log } from '../../health/log.ts'
import { playOn, runWithHistory } from '../simulate/play.ts'
import { createSite } from '../../site/site.ts'
import { SCENARIOS, scenarioOf } from '../../../simulators/scenarios/scenario.ts'
import type { Run } from '../../../simulators/scenarios/life.ts'
import { portNumber, wholeNumber } from '../arguments.ts'
import { CommandFailed, messageOf } from '../ending.ts'
import { countText } from '../../rows/numbers.ts'
import { clearLine } from '../progress.ts'
import { onReaderGone } from '../terminal.ts'
import { comingEvents } from './coming.ts'

interface DemoOptions {
  /** Of the live page; the next free one is taken if somebody has it. */
  port: number
  scenario: string
  verbose: boolean
  seed: number
}

const CONFIG = fileURLToPath(import.meta.resolve('coldaisle/config/demo.yaml'))
const MQTT_PORT = 1883
const HISTORY_HOURS = 24
/** In the demonstration nobody wants to wait five minutes for the first alarm. */
const ON_DELAY_S = 60
const PORTS_TRIED = 50
const PROGRESS_MS = 200
const STOP_MS = 10_000

export function addDemo(coldaisle: Command): void {
  coldaisle
    .command('demo')
    .description('a data centre in a box: broker, a simulated day, then live; only the page is needed')
    .option('--port <n>', 'of the live page; the next free one if it is taken', portNumber, 8080)
    .addOption(new Option('--scenario <name>', 'what happens').choices(SCENARIOS).default('demo'))
    .option('--seed <n>', 'the same seed gives the same data centre', wholeNumber, 1)
    .option('--verbose', 'also say what the daemon does', false)
    .action(async (options: DemoOptions) => {
      const code = await runDemo(options).catch((error: unknown) => {
        throw new BadInput(messageOf(error))
      })
      if (code !== 0) throw new CommandFailed(code)
    })
}

/**
 * A small data centre that needs nothing else: broker, simulator, daemon and page in this process. It plays a day of
 * history, then goes on live until Ctrl-C. Nothing of it stays on the disk. Gives the exit code; throws an `Error` in a
 * sentence when it cannot start.
 */
async function runDemo(options: DemoOptions): Promise<number> {
  const beganMs = performance.now()
  const stop = new AbortController()
  const end = (): void => stop.abort()
  onReaderGone(end)
  // A terminal's Ctrl-C may reach us twice, once through npm: the second is not impatience.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end)
  const folder = await mkdtemp(join(tmpdir(), 'coldaisle-demo-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeFolder)
  stop.signal.addEventListener('abort', () => {
    setTimeout(() => process.exit(1), STOP_MS).unref()
  })
  const log = createLog(options.verbose ? 'info' : 'warn', undefined, end)
  const { daemon, config, mqttPort } = await startOnFreePorts(folder, { mqtt: MQTT_PORT, page: options.port }, log)
  if (daemon.httpPort !== options.port) say(`port ${options.port} is taken: the page is on ${daemon.httpPort}`)
  try {
    const site = createSite(config)
    const { seed, scenario } = options
    const run = runWithHistory({ site, seed, scenario: scenarioOf(site, scenario) }, HISTORY_HOURS)
    say(welcome(config, run, mqttPort, daemon.httpPort))
    const last: { ending?: Ending } = {}
    void daemon.ended.then((ending) => {
      last.ending = ending
      stop.abort()
    })
    await play(run, `mqtt://127.0.0.1:${mqttPort}`, beganMs, stop.signal)
    if (last.ending === undefined) return 0
    say(`the demonstration cannot go on: ${last.ending.reason}`)
    return last.ending.code
  } finally {
    await daemon.stop()
    removeFolder()
    say('stopped; nothing is left of it')
  }
}

interface Ports {
  mqtt: number
  page: number
}

/**
 * Starts the daemon. A port that is taken gives way to the next one. It is tried and not asked for beforehand: two
 * demonstrations that start together would both find it free.
 */
async function startOnFreePorts(folder: string, wanted: Readonly<Ports>, log: Log) {
  const ports = { ...wanted }
  for (;;) {
    const config = demoConfig(folder, ports)
    try {
      return { daemon: await startDaemon(config, log), config, mqttPort: ports.mqtt }
    } catch (error) {
      const taken = takenPort(error)
      const which = taken === ports.mqtt ? 'mqtt' : taken === ports.page ? 'page' : undefined
      if (which === undefined || ports[which] >= wanted[which] + PORTS_TRIED) throw error
      ports[which]++
    }
  }
}

/** The port that somebody else listens on, if that is why a start failed. */
function takenPort(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) return undefined
  return 'port' in cause && typeof cause.port === 'number' ? cause.port : undefined
}

/** Sends the day and goes on live; tells how long the first data and the whole day took. */
async function play(run: Run, url: string, beganMs: number, signal: AbortSignal): Promise<void> {
  const publisher = await connectPublisher(url)
  const { core } = run.site.config
  /** By then the first interval is closed, and its PUE is on the page. */
  const firstMs = run.fromMs + (2 * core.intervalS + run.site.plan.boundMs / 1000) * 1000
  const reached = { first: false, whole: false }
  const historyMs = HISTORY_HOURS * 3_600_000
  let shownMs = 0
  try {
    await playOn(run, publisher, {
      signal,
      onSent({ packets, sentMs }) {
        const nowMs = performance.now()
        if (!reached.first && sentMs >= firstMs) {
          reached.first = true
          say(`first data after ${secondsText(nowMs - beganMs)}`)
        }
        if (reached.whole) return
        if (Date.now() - sentMs < 2_000) {
          reached.whole = true
          clearLine(process.stdout)
          say(`the whole day after ${secondsText(nowMs - beganMs)} (${countText(packets)} packets); live from here on`)
        } else if (nowMs - shownMs >= PROGRESS_MS) {
          shownMs = nowMs
          showProgress(Math.floor((100 * (sentMs - run.fromMs)) / historyMs), packets)
        }
      },
    })
  } finally {
    clearLine(process.stdout)
    await publisher.close()
  }
}

function demoConfig(folder: string, ports: Readonly<Ports>): Config {
  const read = readConfig(CONFIG, {})
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  const { config } = read
  const { inlet_recommended: recommended } = config.alarms
  return {
    ...config,
    mqtt: { listen: `127.0.0.1:${ports.mqtt}` },
    http: { ...config.http, listen: `127.0.0.1:${ports.page}` },
    store: { ...config.store, path: folder },
    schedule: { ...config.schedule, backup: { ...config.schedule.backup, keep: 0 } },
    alarms: { ...config.alarms, inlet_recommended: { ...recommended, onDelayS: ON_DELAY_S } },
  }
}

function welcome(config: Config, run: Run, mqttPort: number, httpPort: number): string {
  const racks = Object.keys(config.inlets).length
  const lines = [
    '',
    `  live page   http://127.0.0.1:${httpPort}/`,
    `  broker      mqtt://127.0.0.1:${mqttPort} (${config.site.id}/…, from this machine only)`,
    '',
    `  The last ${HISTORY_HOURS} hours of ${racks} racks come first, then it goes on live (${config.site.timezone} time):`,
    ...comingEvents(run).map((line) => `  ${line}`),
    '',
    '  Ctrl-C ends it.',
    '',
  ]
  return lines.join('\n')
}

function showProgress(percent: number, packets: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r  history ${percent} %, ${countText(packets)} packets`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
