import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Command } from 'commander'
import { BadInput } from '../config/bad-input.ts'
import { filterFault } from '../config/strings.ts'
import { cleanText } from '../health/secrets.ts'
import type { Arrival } from '../ingest/arrival.ts'
import { formatLine } from '../ingest/recording.ts'
import { listenAll } from '../mqtt/mqtt.ts'
import { subscriptionsOf } from '../site/topics.ts'
import { countText } from '../rows/numbers.ts'
import { addText, CONFIG_OPTION, configOf, lengthOfTime } from './arguments.ts'
import { CommandFailed, FAILED, messageOf } from './ending.ts'
import { writeOut } from './output.ts'
import { clearLine, createProgress } from './progress.ts'

interface RecordOptions {
  config: string
  for: number
  topic?: string[]
  out?: string
}

export function addRecord(coldaisle: Command): void {
  coldaisle
    .command('record')
    .description('write what the broker sends as a recording, for replay and for questions; reads only')
    .requiredOption(...CONFIG_OPTION)
    .requiredOption('--for <time>', 'how long, such as 10m, 1h, 1d; Ctrl-C ends it early', lengthOfTime)
    .option('--topic <filter>', 'in place of what the site reads; may be given again', addText)
    .option('--out <recording>', 'file to write (.gz is compressed); absent: standard output')
    .action(record)
}

/** A place for the lines of a recording. */
interface Target {
  write(line: string): void
  close(): Promise<void>
}

async function record({ config: file, for: ms, topic, out }: RecordOptions): Promise<void> {
  const config = configOf(file)
  const { mqtt } = config
  if (mqtt?.url === undefined)
    throw new BadInput('there is no broker to record from: the configuration has no mqtt.url')
  const filters = topic ?? subscriptionsOf(config)
  for (const filter of filters) {
    const fault = filterFault(filter)
    if (fault !== undefined) throw new BadInput(`--topic: ${fault.reason}`)
  }
  const target = out === undefined ? standardOutput() : await openFile(out)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  const progress = createProgress('recording', 'messages')
  const startMs = performance.now()
  let messages = 0
  let nowMs = 0
  const hear = ({ topic: heard, payload, retain }: Arrival): void => {
    // The clock may be set back meanwhile; the lines of a recording are in the order of their arrival
    nowMs = Math.max(nowMs, Date.now())
    messages++
    target.write(`${formatLine({ nowMs, topic: heard, payload, retain })}\n`)
    progress(messages, (performance.now() - startMs) / ms)
  }
  const listening = listenAll(mqtt, {
    filters: new Map(filters.map((filter) => [filter, [filter]])),
    hear,
    ms,
    signal: stop.signal,
  })
  const listened = await listening
  await target.close()
  clearLine(process.stderr)
  if (listened.kind === 'unreachable') {
    throw new BadInput(`cannot listen to ${new URL(mqtt.url).host}: ${cleanText(listened.reason)}`)
  }
  process.stderr.write(`${countText(messages)} messages in ${Math.round(listened.ms / 1000)} s\n`)
  const { refused, lost } = listened
  if (refused.length > 0) {
    const what = `the broker did not let us subscribe to ${refused.join(', ')}: they are missing from the recording`
    throw new CommandFailed(FAILED, `${what}; an account may not read them, or there are too many: try --topic`)
  }
  if (lost !== undefined) throw new CommandFailed(FAILED, `the connection ended early: ${cleanText(lost)}`)
  if (messages === 0) throw new CommandFailed(FAILED, `nothing was heard on ${filters.slice(0, 4).join(', ')}`)
}

function standardOutput(): Target {
  return { write: writeOut, close: async () => {} }
}

/** Never overwrites. */
async function openFile(path: string): Promise<Target> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  await once(file, 'open').catch((error: unknown) => {
    throw new BadInput(`${path}: ${messageOf(error)}`)
  })
  const lines = path.endsWith('.gz') ? createGzip() : file
  if (lines !== file) lines.pipe(file)
  return {
    write: (line) => void lines.write(line),
    async close() {
      lines.end()
      await finished(file)
    },
  }
}
