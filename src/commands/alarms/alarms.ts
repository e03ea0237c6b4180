import { Option, type Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { replayFiles } from '../../fold/replay.ts'
import { formatInstant } from '../../ingest/times.ts'
import { assertReadable, CONFIG_OPTION, instant, lengthOfTime, siteOf } from '../arguments.ts'
import { showReplay } from '../progress.ts'
import { backtestText, createBacktest } from './backtest.ts'
import { alarmTable, listAlarms } from './list.ts'
import { sendOrder } from './order.ts'

/** Options of an order to the daemon. */
interface OrderOptions {
  config: string
  by: string
  why?: string
  for?: number
  until?: number
}

/** `alarms list | ack | shelve | unshelve | out_of_service | in_service | backtest`. */
export function addAlarms(coldaisle: Command): void {
  const alarms = coldaisle.command('alarms').description('see, acknowledge and shelve alarms; try rules on a recording')
  alarms
    .command('list')
    .description('what stands, what is over and waits, what is shelved, suppressed or out of service')
    .requiredOption(...CONFIG_OPTION)
    .action(async ({ config }: { config: string }) => {
      process.stdout.write(alarmTable(await listAlarms(siteOf(config).config)))
    })
  addOrder(alarms, 'ack', 'acknowledge an alarm that stands; reset one that is latched')
  addOrder(alarms, 'shelve', 'set an alarm aside for a while, with a reason; what is active then is raised anew')
    .option('--for <time>', 'such as 30m, 2h, 1d', lengthOfTime)
    .addOption(new Option('--until <time>', 'ISO 8601 with offset').argParser(instant).conflicts('for'))
  addOrder(alarms, 'unshelve', 'take an alarm off the shelf before its time')
  addOrder(alarms, 'out_of_service', 'nothing is told of it until it is back in service, with a reason')
  addOrder(alarms, 'in_service', 'bring it back')
  alarms
    .command('backtest')
    .description('try the rules on recordings: transitions as NDJSON, and on stderr how often somebody would be paged')
    .requiredOption(...CONFIG_OPTION)
    .argument('<recording...>', 'as for replay; - is standard input')
    .action((recordings: string[], { config }: { config: string }) => backtest(config, recordings))
}

function addOrder(alarms: Command, command: string, description: string): Command {
  return alarms
    .command(command)
    .description(description)
    .argument('<alarm>', 'such as inlet_allowable')
    .argument('<source>', "its inlet, point, boundary or gateway; '*' is all of the kind")
    .requiredOption(...CONFIG_OPTION)
    .requiredOption('--by <name>', 'who says so')
    .option('--why <words>', 'the reason')
    .action((alarm: string, source: string, options: OrderOptions) => order({ command, alarm, source }, options))
}

async function order(
  { command, alarm, source }: { command: string; alarm: string; source: string },
  options: OrderOptions,
): Promise<void> {
  const site = siteOf(options.config)
  const nowMs = Date.now()
  const untilMs = options.until ?? (options.for === undefined ? undefined : nowMs + options.for)
  if (command === 'shelve' && untilMs === undefined) throw new BadInput('shelve asks for --for or --until')
  const until = untilMs === undefined ? undefined : formatInstant(untilMs)
  const where = await sendOrder(site, { command, alarm, source, who: options.by, why: options.why, until }, nowMs)
  process.stdout.write(`${command} ${alarm} ${source}: ${where}\n`)
}

async function backtest(config: string, recordings: readonly string[]): Promise<void> {
  const site = siteOf(config)
  assertReadable(recordings)
  const startMs = performance.now()
  const running = createBacktest(site, (row) => void process.stdout.write(`${JSON.stringify(row)}\n`))
  await replayFiles(running.replay, recordings, (replay) => showReplay(replay, startMs))
  process.stderr.write(backtestText(running))
}
