import { InvalidArgumentError, Option, type Command } from 'commander'
import { alarmTable, listAlarms, sendCommand } from './alarms.ts'
import { backtestText, createBacktest } from './backtest.ts'
import { BadInput } from '../config/bad-input.ts'
import { timeMs } from '../ingest/times.ts'
import { replayFiles, type Replay } from '../fold/replay.ts'
import type { Site } from '../site/site.ts'

/** What these commands need of the command line around them. */
export interface Around {
  siteOf: (file: string) => Site
  assertReadable: (recording: string) => void
  /** Awaited between batches of a recording's lines. */
  pause: (replay: Replay, startMs: number) => Promise<void>
}

interface Words {
  config: string
  by: string
  why?: string
  for?: number
  until?: number
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `alarms list | ack | shelve | unshelve | backtest`. */
export function addAlarms(coldaisle: Command, around: Around): void {
  const alarms = coldaisle.command('alarms').description('see, acknowledge and shelve alarms; try rules on a recording')
  alarms
    .command('list')
    .description('what stands, what is over and waits, what is shelved, suppressed or out of service')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .action(async ({ config }: { config: string }) => {
      process.stdout.write(alarmTable(await listAlarms(around.siteOf(config).config)))
    })
  const addOrder = (name: string, description: string) =>
    alarms
      .command(name)
      .description(description)
      .argument('<alarm>', 'such as inlet_allowable')
      .argument('<source>', "its inlet, point, boundary or gateway; '*' is all of the kind")
      .requiredOption('--config <file>', 'the site, as YAML or JSON')
      .requiredOption('--by <name>', 'who says so')
      .option('--why <words>', 'the reason')
  addOrder('ack', 'acknowledge an alarm that stands; reset one that is latched').action(
    (alarm: string, source: string, words: Words) => order(around, 'ack', alarm, source, words),
  )
  addOrder('shelve', 'set an alarm aside for a while, with a reason; what is active then is raised anew')
    .option('--for <time>', 'such as 30m, 2h, 1d', span)
    .addOption(new Option('--until <time>', 'ISO 8601 with offset').argParser(instant).conflicts('for'))
    .action((alarm: string, source: string, words: Words) => order(around, 'shelve', alarm, source, words))
  addOrder('unshelve', 'take an alarm off the shelf before its time').action(
    (alarm: string, source: string, words: Words) => order(around, 'unshelve', alarm, source, words),
  )
  addOrder('out_of_service', 'nothing is told of it until it is back in service, with a reason').action(
    (alarm: string, source: string, words: Words) => order(around, 'out_of_service', alarm, source, words),
  )
  addOrder('in_service', 'bring it back').action((alarm: string, source: string, words: Words) =>
    order(around, 'in_service', alarm, source, words),
  )
  alarms
    .command('backtest')
    .description('try the rules on recordings: transitions as NDJSON, and on stderr how often somebody would be paged')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .argument('<recording...>', 'as for replay; - is standard input')
    .action((recordings: string[], { config }: { config: string }) =>
      backtest(around, around.siteOf(config), recordings),
    )
}

async function order(around: Around, command: string, alarm: string, source: string, words: Words): Promise<void> {
  const site = around.siteOf(words.config)
  const nowMs = Date.now()
  const untilMs = words.until ?? (words.for === undefined ? undefined : nowMs + words.for)
  if (command === 'shelve' && untilMs === undefined) throw new BadInput('shelve asks for --for or --until')
  const until = untilMs === undefined ? undefined : new Date(untilMs).toISOString()
  const where = await sendCommand(site, { command, alarm, source, who: words.by, why: words.why, until }, nowMs)
  process.stdout.write(`${command} ${alarm} ${source}: ${where}\n`)
}

async function backtest(around: Around, site: Site, recordings: string[]): Promise<void> {
  for (const recording of recordings) around.assertReadable(recording)
  const startMs = performance.now()
  const running = createBacktest(site, (row) => void process.stdout.write(`${JSON.stringify(row)}\n`))
  await replayFiles(running.replay, recordings, (replay) => around.pause(replay, startMs))
  process.stderr.write(backtestText(running))
}

function span(text: string): number {
  const [, number, unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? []
  const unitMs = UNIT_MS[unit]
  if (unitMs === undefined || Number(number) === 0)
    throw new InvalidArgumentError('a time such as 30m, 2h, 1d is wanted')
  return Number(number) * unitMs
}

function instant(text: string): number {
  const tMs = timeMs(text, { unit: undefined, timezone: undefined })
  if (Number.isNaN(tMs)) throw new InvalidArgumentError('a time such as 2026-03-02T00:00Z is wanted')
  return tMs
}
