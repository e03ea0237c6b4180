import { accessSync, constants, readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { BadInput } from './config/bad-input.ts'
import { describeSite } from './commands/check.ts'
import { checkLive } from './commands/check-live/check-live.ts'
import { exportJournal } from './commands/journal.ts'
import { fileDrafts } from './config/files.ts'
import { formatFault, jsonSchema, readConfig, type Config, type Fault } from './config/config.ts'
import { runDemo, type DemoOptions } from './commands/demo.ts'
import { timeMs } from './ingest/times.ts'
import { openStopped } from './commands/free-store.ts'
import { addAlarms } from './commands/add-alarms.ts'
import { addExplain } from './commands/add-explain.ts'
import { runRecompute, type RecomputeArguments } from './commands/recompute.ts'
import { createReplay, endReplay, replayFiles, summaryText, type Replay } from './fold/replay.ts'
import { runDaemon } from './commands/run.ts'
import { simulate, type SimulateOptions } from './commands/simulate.ts'
import { createSite, type Site } from './site/site.ts'
import { SCENARIOS } from '../simulators/scenarios/scenario.ts'

// Exit codes: 0 done, 1 failed while running, 2 bad configuration or arguments, 70 internal error.
const FAILED = 1
const BAD_INPUT = 2
const INTERNAL = 70

const ROWS_CHUNK = 65_536

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our rows has seen enough (`| head`).
  process.exit(error.code === 'EPIPE' ? 0 : FAILED)
})

await main(process.argv)

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : BAD_INPUT
    else if (error instanceof BadInput) {
      process.stderr.write(`${error.message}\n`)
      process.exitCode = BAD_INPUT
    } else {
      process.stderr.write(
        `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      )
      process.exitCode = INTERNAL
    }
  }
}

function program(): Command {
  const coldaisle = new Command('coldaisle')
    .description('rolling PUE, ASHRAE envelope compliance and alarms from a data centre’s readings')
    .version(versionOf())
    .exitOverride()
    .showHelpAfterError('(coldaisle --help tells what there is)')
  coldaisle
    .command('check')
    .description('say what is wrong with a configuration, or what it comes to')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .option('--live <seconds>', 'also listen to the broker for so long and say what does not fit', positive)
    .action(({ config, live }: { config: string; live?: number }) => check(config, live))
  coldaisle
    .command('replay')
    .description('fold recordings and print the rows as NDJSON; the summary goes to stderr')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .argument('<recording...>', 'what `mosquitto_sub -F %j` printed, also gzipped; - is standard input')
    .action((recordings: string[], { config }: { config: string }) => replay(siteOf(config), recordings))
  coldaisle
    .command('run')
    .description('the daemon: listen, journal, compute, write and warn until told to stop')
    .requiredOption('--config <file>', 'the site, as YAML or JSON; SIGHUP reads it again')
    .action(({ config }: { config: string }) => run(config))
  addPlays(coldaisle)
  addAlarms(coldaisle, { siteOf, assertReadable, pause: showProgress })
  addExplain(coldaisle, { siteOf, assertReadable })
  coldaisle
    .command('journal')
    .description('print the packets that a stopped daemon has kept, as a recording')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .action(({ config }: { config: string }) => printJournal(configOf(config)))
  coldaisle
    .command('recompute')
    .description('fold journalled readings again, those that came too late included, and restate energy and PUE')
    .requiredOption('--config <file>', 'the site, as YAML or JSON; its present factors and swaps count')
    .requiredOption('--from <time>', 'first event time, ISO 8601 with offset', instant)
    .option('--to <time>', 'event time up to which; absent: now', instant)
    .option('--dry-run', 'print the difference and write nothing')
    .action(({ config, ...options }: { config: string } & RecomputeArguments) => redo(configOf(config), options))
  coldaisle
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`)
    })
  return coldaisle
}

function versionOf(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** Commands that make readings of their own. */
function addPlays(coldaisle: Command): void {
  coldaisle
    .command('demo')
    .description('a data centre in a box: broker, a simulated day, then live; only the page is needed')
    .option('--port <n>', 'of the live page; the next free one if it is taken', portNumber, 8080)
    .addOption(new Option('--scenario <name>', 'what happens').choices(SCENARIOS).default('demo'))
    .option('--seed <n>', 'the same seed gives the same data centre', wholeNumber, 1)
    .option('--verbose', 'also say what the daemon does', false)
    .action((options: DemoOptions) => demo(options))
  coldaisle
    .command('simulate')
    .description('play a plant that fits the site: readings with their truth')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .addOption(new Option('--scenario <name>', 'what happens').choices(SCENARIOS).default('steady'))
    .option('--seed <n>', 'the same seed gives the same readings', wholeNumber, 1)
    .option('--from <time>', 'first stamp, ISO 8601 with offset; absent: now, or for a recording an hour ago', instant)
    .option('--hours <n>', 'how long it lasts; absent: an hour for a recording, without end for a broker', positive)
    .option('--speed <n>', 'times real time; 0: as fast as the broker takes it', notNegative, 1)
    .addOption(
      new Option('--history-hours <n>', 'begin so long ago: the past as fast as the broker takes it, then live')
        .argParser(positive)
        .conflicts(['from', 'hours', 'speed', 'out']),
    )
    .addOption(new Option('--to <url>', 'broker to publish to').conflicts('out'))
    .option('--username <name>', 'account at the broker')
    .option('--password-file <file>', 'file that holds its password')
    .option('--out <recording>', 'recording to write (.gz is compressed), with <recording>.truth.json beside it')
    .action(({ config, ...options }: { config: string } & SimulateOptions) => play(siteOf(config), options))
}

function configOf(file: string, alsoCheck?: typeof fileDrafts): Config {
  const read = readConfig(file, process.env, alsoCheck)
  if ('faults' in read) throw new BadInput(faultText(read.faults))
  return read.config
}

function siteOf(file: string): Site {
  return createSite(configOf(file))
}

async function check(file: string, liveS: number | undefined): Promise<void> {
  const site = createSite(configOf(file, fileDrafts))
  process.stdout.write(describeSite(site))
  if (liveS === undefined) return
  const { code, text } = await checkLive(site, liveS)
  if (code === BAD_INPUT) throw new BadInput(text.trimEnd())
  process.stdout.write(text)
  process.exitCode = code
}

/** What keeps a daemon from starting is outside of it: a taken port, a folder that is not ours, another daemon. */
async function run(file: string): Promise<void> {
  process.exitCode = await runDaemon(file, configOf(file)).catch((error: unknown) => {
    throw new BadInput(messageOf(error))
  })
}

async function demo(options: DemoOptions): Promise<void> {
  process.exitCode = await runDemo(options).catch((error: unknown) => {
    throw new BadInput(messageOf(error))
  })
}

async function printJournal(config: Config): Promise<void> {
  const open = await openStopped(config)
  try {
    const packets = await exportJournal(open, (lines) => void process.stdout.write(lines))
    process.stderr.write(`${count(packets)} packets\n`)
  } finally {
    await open.close()
  }
}

async function redo(config: Config, options: RecomputeArguments): Promise<void> {
  if (options.to !== undefined && options.to <= options.from) throw new BadInput('--to must be later than --from')
  try {
    await runRecompute(config, options)
  } catch (error) {
    if (error instanceof BadInput) throw error
    process.stderr.write(`${messageOf(error)}: nothing was changed\n`)
    process.exitCode = FAILED
  }
}

async function play(site: Site, options: SimulateOptions): Promise<void> {
  if (options.to === undefined && options.out === undefined) throw new BadInput('simulate needs --to or --out')
  try {
    process.stderr.write(`${count(await simulate(site, options))} packets\n`)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = FAILED
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted')
  return Number(text)
}

function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('a port from 1 to 65535 is wanted')
  return port
}

function notNegative(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= 0 && number < Infinity))
    throw new InvalidArgumentError('a number from 0 on is wanted')
  return number
}

function positive(text: string): number {
  const number = notNegative(text)
  if (number === 0) throw new InvalidArgumentError('a number above 0 is wanted')
  return number
}

function instant(text: string): number {
  const tMs = timeMs(text, { unit: undefined, timezone: undefined })
  if (Number.isNaN(tMs)) throw new InvalidArgumentError('a time such as 2026-03-02T00:00Z is wanted')
  return tMs
}

function faultText(faults: readonly Fault[]): string {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  return `${faults.map(formatFault).join('\n')}\n${count}`
}

async function replay(site: Site, recordings: readonly string[]): Promise<void> {
  for (const recording of recordings) assertReadable(recording)
  const startMs = performance.now()
  let rows = 0
  let chunk = ''
  const running = createReplay(site, (row) => {
    rows++
    chunk += `${JSON.stringify(row)}\n`
    if (chunk.length >= ROWS_CHUNK) chunk = flushed(chunk)
  })
  const failure = await replayFiles(running, recordings, (state) => showProgress(state, startMs)).catch(messageOf)
  const summary = endReplay(running)
  flushed(chunk)
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  process.stderr.write(summaryText(summary, rows, performance.now() - startMs))
  if (failure === undefined) return
  process.stderr.write(`${failure}\n`)
  process.exitCode = FAILED
}

function assertReadable(recording: string): void {
  if (recording === '-') return
  try {
    accessSync(recording, constants.R_OK)
  } catch (error) {
    throw new BadInput(`${recording}: cannot be read (${messageOf(error)})`)
  }
}

/** Writes at once: standard output to a file or a pipe blocks, so rows never pile up here. */
function flushed(chunk: string): '' {
  process.stdout.write(chunk)
  return ''
}

async function showProgress({ pipeline, lines }: Replay, startMs: number): Promise<void> {
  if (!process.stderr.isTTY) return
  const perS = Math.round((lines * 1000) / (performance.now() - startMs))
  process.stderr.write(`\r${new Date(pipeline.nowMs).toISOString()}  ${count(lines)} packets, ${count(perS)}/s`)
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
