import type { Command } from 'commander'
import { createReplayInto, endReplay, replayFiles, summaryText } from '../fold/replay.ts'
import { createTextTarget } from '../rows/ndjson.ts'
import { createSink } from '../rows/sink.ts'
import { assertReadable, CONFIG_OPTION, siteOf } from './arguments.ts'
import { CommandFailed, FAILED, messageOf } from './ending.ts'
import { ReaderGone, writeOut } from './output.ts'
import { clearLine, replayProgress } from './progress.ts'

const ROWS_CHUNK = 65_536

export function addReplay(coldaisle: Command): void {
  coldaisle
    .command('replay')
    .description('fold recordings and print the rows as NDJSON; the summary goes to stderr')
    .requiredOption(...CONFIG_OPTION)
    .argument('<recording...>', 'what `mosquitto_sub -F %j` printed, also gzipped; - is standard input')
    .action((recordings: string[], { config }: { config: string }) => printRows(config, recordings))
}

/** Rows of what could be read are printed even when a recording ends early; then the command fails. */
async function printRows(config: string, recordings: readonly string[]): Promise<void> {
  const site = siteOf(config)
  assertReadable(recordings)
  const startMs = performance.now()
  let rows = 0
  let chunk = ''
  const flush = (): void => {
    writeOut(chunk)
    chunk = ''
  }
  const target = createTextTarget((line) => {
    rows++
    chunk += `${line}\n`
    if (chunk.length >= ROWS_CHUNK) flush()
  })
  const running = createReplayInto(
    site,
    createSink(site, target, () => undefined),
  )
  const failure = await replayFiles(running, recordings, replayProgress(recordings)).catch(readFailure)
  const summary = endReplay(running)
  flush()
  clearLine(process.stderr)
  process.stderr.write(summaryText(summary, rows, performance.now() - startMs))
  if (failure !== undefined) throw new CommandFailed(FAILED, failure)
}

/** Why a recording could not be read to its end. */
function readFailure(error: unknown): string {
  if (error instanceof ReaderGone) throw error
  return messageOf(error)
}
