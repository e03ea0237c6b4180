import { InvalidArgumentError, Option, type Command } from 'commander'
import { badLinesText } from '../../fold/replay.ts'
import { BadInput } from '../../config/bad-input.ts'
import { countText } from '../../rows/numbers.ts'
import { connectPublisher } from '../../mqtt/mqtt.ts'
import { assertReadable, CONFIG_OPTION, instant, positive, siteOf } from '../arguments.ts'
import { urlWithAccount, type BrokerAccount } from '../broker-url.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'
import { clearLine, recordingProgress } from '../progress.ts'
import { checkRecordings } from './check.ts'
import { printDifference } from './diff.ts'
import { printPlot } from './plot/plot.ts'
import { printRows, type WantedReplay } from './print.ts'
import { publishRecordings } from './publish.ts'

interface ReplayOptions extends BrokerAccount {
  config: string
  speed: number
  from?: number
  until?: number
  to?: string
  diff?: string
  plot?: boolean
  check?: string
  present?: boolean
}

/** What the options do that their lines have no room for. */
const NOTES = `
--from and --until go by the arrival of packets (tst of their lines). What came before --from is folded, but gives no
row: the rows are the last ones of the whole replay. At --until the recording ends as if it had been cut there.
--speed changes no row, only when it is printed. --to needs no site: packets go out with QoS 1 in their order, stamps,
bytes and retain flags as they came; topics of daemons (coldaisle/…) are left out. A recording of coldaisle journal
says which configuration was in force; --diff goes by those that it is given, as --present does, and exits with 1 if a
row differs, 0 if none does.`

export function addReplay(coldaisle: Command): void {
  coldaisle
    .command('replay')
    .description('fold recordings and print the rows as NDJSON; the summary goes to stderr')
    .requiredOption(...CONFIG_OPTION)
    .argument('<recording...>', 'what `mosquitto_sub -F %j` printed, also gzipped; - is standard input')
    .addOption(
      new Option('--speed <n>', 'times the pace of the recording, or max: as fast as it goes')
        .argParser(speed)
        .default(Infinity, 'max'),
    )
    .option('--from <time>', 'first arrival of which rows are given, ISO 8601 with offset', instant)
    .option('--until <time>', 'arrival up to which, without it', instant)
    .addOption(
      new Option('--to <url>', 'publish the packets to this broker, and fold nothing').conflicts(['diff', 'plot']),
    )
    .option('--username <name>', 'account at the broker')
    .option('--password-file <file>', 'file that holds its password')
    .addOption(
      new Option(
        '--diff <other>',
        'print what differs from the rows of another configuration (.yaml, .json), or of a file',
      ).conflicts(['plot', 'speed']),
    )
    .option('--present', 'the configuration counts for all, also where a recording says which one was in force')
    .addOption(new Option('--plot', 'draw PUE and inlets in place of the rows').conflicts('speed'))
    .addOption(
      new Option(
        '--check <scenario>',
        'compare with the `expect` of the scenario file that was recorded; exit 1: not as expected',
      ).conflicts(['to', 'diff', 'plot', 'speed']),
    )
    .addHelpText('after', NOTES)
    .action((recordings: string[], options: ReplayOptions) => replay(recordings, options))
}

async function replay(recordings: readonly string[], options: ReplayOptions): Promise<void> {
  const { config, diff, plot = false, check, to, from = -Infinity, until = Infinity } = options
  if (until <= from) throw new BadInput('--until must be later than --from')
  const counts = options.present === true || diff !== undefined ? 'present' : 'recorded'
  const wanted: WantedReplay = { recordings, span: { fromMs: from, untilMs: until }, speed: options.speed, counts }
  if (to !== undefined) {
    assertReadable(recordings)
    return publish(to, options, wanted)
  }
  if (options.username !== undefined || options.passwordFile !== undefined)
    throw new BadInput('--username and --password-file are for the broker of --to')
  if (diff !== undefined) return printDifference(config, diff, wanted)
  const site = siteOf(config)
  assertReadable(recordings)
  if (check !== undefined) return checkRecordings(site, check, wanted)
  return plot ? printPlot(site, wanted) : printRows(site, wanted)
}

/** Publishes to a broker; SIGTERM and SIGINT end it. */
async function publish(
  to: string,
  account: ReplayOptions,
  { recordings, span, speed: times }: WantedReplay,
): Promise<void> {
  if (!URL.canParse(to)) throw new BadInput(`--to: ${to} is no address of a broker, such as mqtt://127.0.0.1:1883`)
  const url = urlWithAccount(to, account)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  const startMs = performance.now()
  try {
    const publisher = await connectPublisher(url)
    try {
      const { signal } = stop
      const onProgress = recordingProgress(recordings)
      const sent = await publishRecordings(recordings, { publisher, span, speed: times, signal, onProgress })
      clearLine(process.stderr)
      const tookS = ((performance.now() - startMs) / 1000).toFixed(1)
      const { packets, bad, badLines, own } = sent
      const rest = `${countText(bad)} lines were no packets, ${countText(own)} were of a daemon`
      process.stderr.write(`${countText(packets)} packets published in ${tookS} s; ${rest}\n${badLinesText(badLines)}`)
    } finally {
      await publisher.close()
    }
  } catch (error) {
    throw new CommandFailed(FAILED, messageOf(error), error)
  }
}

function speed(text: string): number {
  if (text === 'max') return Infinity
  try {
    return positive(text)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidArgumentError('Write max, or a number above 0, such as 60.')
  }
}
