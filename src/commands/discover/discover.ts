import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { formatFault, parseConfig, type Config } from '../../config/config.ts'
import { fileDrafts } from '../../config/files/named-files.ts'
import { filterFault } from '../../config/strings.ts'
import { cleanText } from '../../health/secrets.ts'
import { formatInstant } from '../../ingest/times.ts'
import { countText } from '../../rows/numbers.ts'
import { addText, assertReadable, configOf, lengthIn } from '../arguments.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'
import { askSite, askToWrite } from './ask.ts'
import type { Ear, EarLimits } from './heard/ear.ts'
import { foundSite, type FoundSite } from './found.ts'
import { hearBroker, hearRecordings } from './heard/hear.ts'
import { quoted } from './literal.ts'
import { newsText } from './news.ts'
import { tableText } from './table.ts'

interface DiscoverOptions {
  url?: string
  username?: string
  passwordFile?: string
  caFile?: string
  config?: string
  for: number
  topic?: string[]
  out: string
  yes?: true
}

const LIMITS: EarLimits = { messages: 1_000_000, bytes: 256_000_000, topics: 20_000 }
const LISTEN_S = 60

export function addDiscover(coldaisle: Command): void {
  coldaisle
    .command('discover')
    .description('listen to a broker, or read recordings, and write a first configuration; publishes nothing')
    .argument('[recordings...]', 'in place of a broker: files of recordings (.gz too), or - for standard input')
    .option('--url <url>', 'the broker, such as mqtt://127.0.0.1:1883')
    .option('--username <name>', 'account at the broker')
    .option('--password-file <file>', 'file that holds its password')
    .option('--ca-file <file>', 'certificate authorities that the broker is checked against (PEM)')
    .option('--config <file>', 'a site that is configured already: tell what is new on its broker, and write nothing')
    .addOption(
      new Option('--for <time>', 'how long to listen: seconds, or such as 10m')
        .argParser(lengthIn('s'))
        .default(LISTEN_S * 1000, String(LISTEN_S)),
    )
    .option('--topic <filter>', 'in place of everything, #; may be given again', addText)
    .option('--out <file>', 'file to write; one that is there is never replaced', 'site.yaml')
    .option('--yes', 'write without asking')
    .action(discover)
}

async function discover(recordings: string[], options: DiscoverOptions): Promise<void> {
  const { config: file, out, yes, topic = ['#'] } = options
  for (const filter of topic) {
    const fault = filterFault(filter)
    if (fault !== undefined) throw new BadInput(`--topic: ${fault.reason}`)
  }
  const configured = file === undefined ? undefined : configOf(file)
  const isAsked = configured === undefined && yes === undefined
  if (isAsked && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new BadInput('there is no terminal to ask on: --yes writes what was found without asking')
  }
  const mqtt = mqttOf(options, configured)
  if ((mqtt === undefined) === (recordings.length === 0)) {
    throw new BadInput('name what to listen to: either a broker, --url mqtt://HOST, or recordings')
  }
  assertReadable(recordings)
  process.stderr.write(`limits: ${limitsText(LIMITS)}; QoS 0, nothing is published\n`)
  const heard =
    mqtt === undefined
      ? await hearRecordings(recordings, topic, LIMITS)
      : await hearBroker(mqtt.config, { filters: topic, ms: options.for, limits: LIMITS })
  const { ear, notes } = heard
  for (const note of notes) process.stderr.write(`${cleanText(note)}\n`)
  if (ear.messages === 0) throw new CommandFailed(FAILED, 'nothing was heard')
  if (configured !== undefined) {
    process.stdout.write(newsText(ear, configured))
    return
  }
  await writeSite(ear, { out, isAsked, mqtt: mqtt?.written, what: mqtt?.what ?? 'recordings' })
}

function limitsText({ messages, bytes, topics }: EarLimits): string {
  return `${countText(messages)} messages, ${countText(bytes / 1e6)} MB, ${countText(topics)} topics`
}

interface Listened {
  config: NonNullable<Config['mqtt']>
  written: Record<string, string>
  what: string
}

/** The broker as the configuration would have it, checked as that is; files by their whole paths. */
function mqttOf(options: DiscoverOptions, configured: Config | undefined): Listened | undefined {
  const { url, username, passwordFile, caFile } = options
  if (url === undefined) {
    const known = configured?.mqtt
    return known?.url === undefined ? undefined : { config: known, written: {}, what: new URL(known.url).host }
  }
  const written: Record<string, string> = {
    url,
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { passwordFile: resolve(passwordFile) }),
    ...(caFile !== undefined && { caFile: resolve(caFile) }),
  }
  const members = Object.entries(written).map(([key, text]) => `${key}: ${quoted(text)}`)
  const text = `site: { id: site, timezone: UTC }\npoints: {}\nmqtt: { ${members.join(', ')} }\n`
  const read = parseConfig(text, { file: 'options', alsoCheck: (it, folder) => fileDrafts(it, folder, Date.now()) })
  if ('faults' in read) throw new BadInput(read.faults.map(formatFault).join('\n'))
  const { mqtt } = read.config
  return mqtt === undefined ? undefined : { config: mqtt, written, what: new URL(url).host }
}

interface Target {
  out: string
  isAsked: boolean
  mqtt: Record<string, string> | undefined
  what: string
}

async function writeSite(ear: Ear, { out, isAsked, mqtt, what }: Target): Promise<void> {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const listenedS = Math.max(1, Math.round((ear.lastMs - ear.firstMs) / 1000))
  const heading = [
    `Written by coldaisle discover, ${formatInstant(Date.now())}, from ${what}: ${countText(ear.messages)} messages on`,
    `${countText(ear.topics.size)} topics in ${countText(listenedS)} s. How each thing is known stands behind it:`,
    '  announced   the device, or what speaks for it, says so. That is a claim: nobody has checked it',
    '  documented  the maker’s documents say so of messages of this form',
    '  evidence    the numbers themselves show it',
    '  guess       names or ranges suggest it: look at it before you rely on it',
    'A line that is commented out asks a question, and counts once it is answered.',
    'coldaisle check --config FILE says whether all is right; --live 60 listens, and says what does not fit.',
  ]
  const said = { id: undefined, timezone, mqtt, heading, file: out }
  let found = foundSite(ear, said)
  process.stdout.write(tableText(found))
  if (isAsked) {
    const answers = await askSite(found.config.site)
    found = foundSite(ear, { ...said, ...answers })
    if (!(await askToWrite(out))) {
      process.stderr.write('nothing was written\n')
      return
    }
  }
  writeNew(out, found)
}

function writeNew(out: string, { files, drafts, leftOut }: FoundSite): void {
  const paths = files.map(({ name }) => join(dirname(out), name))
  const written: string[] = []
  try {
    // The first comes last: where it lies, all that it includes lies beside it
    for (const [n, { text }] of [...files.entries()].reverse()) {
      const path = paths[n] ?? out
      writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
      written.push(path)
    }
  } catch (error) {
    for (const path of written) rmSync(path)
    throw new BadInput(`${out} was not written: ${messageOf(error)}`)
  }
  const questions = drafts.filter((it) => it.questions.length > 0).length
  const listed = questions - leftOut
  const asks = listed === 0 ? '' : `, ${countText(listed)} more stand commented out with a question`
  const left = leftOut === 0 ? '' : `; ${countText(leftOut)} were left out, there are too many: narrow with --topic`
  process.stderr.write(`${paths.join(', ')}: ${countText(drafts.length - questions)} points${asks}${left}\n`)
}
