import { accessSync, constants } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { describeSite } from './check.ts'
import { formatFault, jsonSchema, readConfig, type Fault } from './config.ts'
import { createReplay, endReplay, replayFiles, type Replay, type Summary } from './replay.ts'
import { createSite, type Site } from './site.ts'

// Exit codes: 0 done, 1 failed while running, 2 bad configuration or arguments, 70 internal error.
const FAILED = 1
const BAD_INPUT = 2
const INTERNAL = 70

const ROWS_CHUNK = 65_536

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our rows has seen enough (`| head`).
  process.exit(error.code === 'EPIPE' ? 0 : FAILED)
})

await run(process.argv)

async function run(argv: readonly string[]): Promise<void> {
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
    .exitOverride()
    .showHelpAfterError('(coldaisle --help tells what there is)')
  coldaisle
    .command('check')
    .description('say what is wrong with a configuration, or what it comes to')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .action(({ config }: { config: string }) => {
      process.stdout.write(describeSite(siteOf(config)))
    })
  coldaisle
    .command('replay')
    .description('fold recordings and print the rows as NDJSON; the summary goes to stderr')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .argument('<recording...>', 'what `mosquitto_sub -F %j` printed, also gzipped; - is standard input')
    .action((recordings: string[], { config }: { config: string }) => replay(siteOf(config), recordings))
  coldaisle
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`)
    })
  return coldaisle
}

/** An error of whoever called us; its message is all there is to say. */
class BadInput extends Error {}

function siteOf(file: string): Site {
  const read = readConfig(file, process.env)
  if ('faults' in read) throw new BadInput(faultText(read.faults))
  return createSite(read.config)
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
  clearProgress()
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

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

function summaryText(summary: Summary, rows: number, tookMs: number): string {
  const perS = Math.round((summary.readings * 1000) / tookMs)
  const outcomes = Object.entries(summary.outcomes).map(([outcome, n]) => `  ${outcome.padEnd(14)}${count(n)}`)
  const lines = [
    `lines ${count(summary.lines)}, packets ${count(summary.packets)}, rows ${count(rows)}`,
    `readings ${count(summary.readings)} in ${(tookMs / 1000).toFixed(2)} s: ${count(perS)} readings/s`,
    ...outcomes,
    ...summary.badLines.map((bad) => `bad line: ${bad}`),
  ]
  return `${lines.join('\n')}\n`
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
