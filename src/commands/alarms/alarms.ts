import { basename } from 'node:path'
import { Option, type Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { didYouMean } from '../../config/faults.ts'
import { ALARM_KINDS } from '../../core/contract/alarm-kinds.ts'
import { replayFiles } from '../../fold/replay.ts'
import { formatInstant } from '../../ingest/times.ts'
import { assertReadable, CONFIG_OPTION, instant, lengthOfTime, siteOf } from '../arguments.ts'
import { failReading } from '../ending.ts'
import { writeOut } from '../output.ts'
import { replayProgress } from '../progress.ts'
import { backtestText, createBacktest, type Backtest } from './backtest.ts'
import { comparisonText } from './compare.ts'
import { alarmHistory, listAlarms } from './list.ts'
import { sendOrder } from './order.ts'
import { addPlanning } from './plan.ts'
import { alarmTable, figuresTable, transitionTable } from './table.ts'

/** Options of an order to the daemon. */
interface OrderOptions {
  config: string
  by: string
  why?: string
  for?: number
  until?: number
  hall?: string
  rack?: string
  gateway?: string
  class?: string
}

/** Options of a look at the past. */
interface HistoryOptions {
  config: string
  from?: number
  to?: number
  alarm?: string
  source?: string
  json?: boolean
}

const DAY_MS = 86_400_000
const JSON_OPTION = ['--json', 'rows as one JSON array, times in epoch ms'] as const

/** `alarms list`, `history`, `figures`, `backtest`; orders from `ack` to `in_service`; `planned`, `plan`, `unplan`. */
export function addAlarms(coldaisle: Command): void {
  const alarms = coldaisle.command('alarms').description('see, acknowledge and shelve alarms; try rules on a recording')
  alarms
    .command('list')
    .description('what stands, what is over and waits, what is shelved, suppressed or out of service')
    .requiredOption(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ config, json = false }: { config: string; json?: boolean }) => {
      const { config: read } = siteOf(config)
      const rows = await listAlarms(read)
      process.stdout.write(json ? `${JSON.stringify(rows)}\n` : alarmTable(rows, read.site.timezone))
    })
  alarms
    .command('history')
    .description('transitions of the last day, or of another stretch of time, oldest first')
    .requiredOption(...CONFIG_OPTION)
    .option('--from <time>', 'ISO 8601 with offset; absent: a day before --to', instant)
    .option('--to <time>', 'ISO 8601 with offset; absent: now', instant)
    .option('--alarm <name>', 'of one kind only')
    .option('--source <name>', 'of one source only')
    .option(...JSON_OPTION)
    .action(history)
  alarms
    .command('figures')
    .description('how many alarms, how often floods, which come most, how long they take: by day, or by hour')
    .requiredOption(...CONFIG_OPTION)
    .option('--from <time>', 'ISO 8601 with offset; absent: 31 days before --to, with --hours one', instant)
    .option('--to <time>', 'ISO 8601 with offset; absent: now', instant)
    .option('--hours', 'of each hour')
    .option(...JSON_OPTION)
    .action(figures)
  addOrder(alarms, 'ack', 'acknowledge an alarm that stands; reset one that is latched')
  addOrder(alarms, 'shelve', 'set an alarm aside for a while, with a reason; what is active then is raised anew')
    .option('--for <time>', 'such as 30m, 2h, 1d', lengthOfTime)
    .addOption(new Option('--until <time>', 'ISO 8601 with offset').argParser(instant).conflicts('for'))
  addOrder(alarms, 'unshelve', 'take an alarm off the shelf before its time')
  addOrder(alarms, 'out_of_service', 'nothing is told of it until it is back in service, with a reason')
  addOrder(alarms, 'in_service', 'bring it back')
  addPlanning(alarms)
  alarms
    .command('backtest')
    .description('try the rules on recordings: transitions as NDJSON, and on stderr how often somebody would be paged')
    .requiredOption(...CONFIG_OPTION)
    .option('--against <file>', 'another configuration: what it would page for, and what it would miss')
    .argument('<recording...>', 'as for replay; - is standard input')
    .action((recordings: string[], { config, against }: { config: string; against?: string }) =>
      backtest(config, against, recordings),
    )
}

async function figures(options: Omit<HistoryOptions, 'alarm' | 'source'> & { hours?: boolean }): Promise<void> {
  const { config } = siteOf(options.config)
  const window = options.hours === true ? 'hour' : 'day'
  const { fromMs, toMs } = spanOf(options, window === 'hour' ? 1 : 31)
  const rows = await alarmHistory(config, { measurement: 'alarm_figures', fromMs, toMs, tags: { window } })
  const text = options.json === true ? `${JSON.stringify(rows)}\n` : figuresTable(rows, window, config.site.timezone)
  process.stdout.write(text)
}

async function history(options: HistoryOptions): Promise<void> {
  const { config } = siteOf(options.config)
  const { alarm, source } = options
  const { fromMs, toMs } = spanOf(options, 1)
  if (alarm !== undefined && !ALARM_KINDS.some((kind) => kind === alarm)) {
    throw new BadInput(`there is no alarm "${alarm}": ${didYouMean(alarm, ALARM_KINDS)() ?? ALARM_KINDS.join(', ')}`)
  }
  const tags = { ...(alarm === undefined ? {} : { alarm }), ...(source === undefined ? {} : { source }) }
  const rows = await alarmHistory(config, { measurement: 'alarm', fromMs, toMs, tags })
  const text = options.json === true ? `${JSON.stringify(rows)}\n` : transitionTable(rows, config.site.timezone)
  process.stdout.write(text)
}

/** From when to when, in epoch ms: by default so many days, up to now. */
function spanOf({ from, to = Date.now() }: Pick<HistoryOptions, 'from' | 'to'>, days: number) {
  const fromMs = from ?? to - days * DAY_MS
  if (fromMs > to) throw new BadInput('--from lies after --to')
  return { fromMs, toMs: to }
}

function addOrder(alarms: Command, command: string, description: string): Command {
  return alarms
    .command(command)
    .description(description)
    .argument('<alarm>', "such as inlet_allowable; '*' is all")
    .argument(
      '[source]',
      "its inlet, point, boundary or gateway; '*' is all of the kind, and may be left out where a place narrows it",
    )
    .option('--hall <name>', 'only in this hall')
    .option('--rack <name>', 'only in this rack')
    .option('--gateway <name>', 'only behind this gateway')
    .option('--class <name>', 'only at inlets of this class')
    .requiredOption(...CONFIG_OPTION)
    .requiredOption('--by <name>', 'who says so')
    .option('--why <words>', 'the reason')
    .action((alarm: string, source: string | undefined, options: OrderOptions) =>
      order({ command, alarm, source }, options),
    )
}

async function order(
  { command, alarm, source }: { command: string; alarm: string; source: string | undefined },
  options: OrderOptions,
): Promise<void> {
  const site = siteOf(options.config)
  const nowMs = Date.now()
  const untilMs = options.until ?? (options.for === undefined ? undefined : nowMs + options.for)
  if (command === 'shelve' && untilMs === undefined) throw new BadInput('shelve asks for --for or --until')
  const until = untilMs === undefined ? undefined : formatInstant(untilMs)
  const { by: who, why, hall, rack, gateway, class: inletClass } = options
  const asked = { command, alarm, source, who, why, until, hall, rack, gateway, class: inletClass }
  const where = await sendOrder(site, asked, nowMs)
  const places = Object.entries({ hall, rack, gateway, class: inletClass })
  const at = places.map(([place, name]) => (name === undefined ? '' : ` in ${place} ${name}`)).join('')
  process.stdout.write(`${command} ${alarm} ${source ?? '*'}${at}: ${where}\n`)
}

async function backtest(file: string, against: string | undefined, recordings: readonly string[]): Promise<void> {
  const site = siteOf(file)
  const other = against === undefined ? undefined : siteOf(against)
  assertReadable(recordings)
  if (other !== undefined && recordings.includes('-')) {
    throw new BadInput('standard input can be read once only: with --against write the recording to a file')
  }
  const one = createBacktest(site, (row) => writeOut(`${JSON.stringify(row)}\n`))
  await play(one, recordings)
  process.stderr.write(backtestText(one))
  if (other === undefined || against === undefined) return
  const two = createBacktest(other, () => {})
  await play(two, recordings)
  const [name, otherName] = basename(file) === basename(against) ? [file, against] : [basename(file), basename(against)]
  process.stderr.write(comparisonText({ name, backtest: one }, { name: otherName, backtest: two }))
}

async function play({ replay }: Backtest, recordings: readonly string[]): Promise<void> {
  await replayFiles(replay, recordings, replayProgress(recordings)).catch(failReading)
}
