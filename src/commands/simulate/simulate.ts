import { Option, type Command } from 'commander'
import { EVENT_KINDS } from '../../../simulators/scenarios/event-kinds.ts'
import type { Run } from '../../../simulators/scenarios/life.ts'
import type { ScenarioFile } from '../../../simulators/scenarios/scenario-file.ts'
import { SCENARIOS } from '../../../simulators/scenarios/scenario.ts'
import { KINDS } from '../../../simulators/plant/kinds.ts'
import { runSimulation } from '../../../simulators/run.ts'
import { BadInput } from '../../config/bad-input.ts'
import type { Site } from '../../site/site.ts'
import { connectPublisher } from '../../mqtt/mqtt.ts'
import { addText, CONFIG_OPTION, instant, lengthIn, notNegative, wholeNumber } from '../arguments.ts'
import { urlWithAccount, type BrokerAccount } from '../broker-url.ts'
import { clearLine, createProgress } from '../progress.ts'
import { formatInstant } from '../../ingest/times.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'
import { countText } from '../../rows/numbers.ts'
import { expectationText, observe } from './observed.ts'
import { playOn, runWithHistory } from './play.ts'
import { fileOf, runOf, siteOfRun, type LifeOptions } from './run-of.ts'
import { expectationOf, tellUnexpected } from './verdict.ts'

interface SimulateOptions extends LifeOptions, BrokerAccount {
  /** Begin so long ago: what is past at once, then live. In place of `from`, `hours` and `speed`; for a broker only. */
  historyHours?: number
  speed: number
  to?: string
  out?: string
  check?: boolean
  observe?: boolean
}

const HOUR_MS = 3_600_000

/** Hours, written as such or with a unit. */
function hours(text: string): number {
  return lengthIn('h')(text) / HOUR_MS
}

export function addSimulate(coldaisle: Command): void {
  const command = coldaisle
    .command('simulate')
    .description('play a plant that fits the site: readings with their truth')
    .requiredOption(...CONFIG_OPTION)
    .addOption(scenarioOption())
    .option('--fault <event>', 'what happens besides, NAME[:TARGET]@BEGIN/LENGTH; may be repeated', addText)
    .addOption(new Option('--plant <kind>', 'kind of plant; absent: one that fits the site').choices(KINDS))
    .option('--weather <file>', 'EnergyPlus weather file (.epw); absent: the climate of the time zone')
    .option(
      '--seed <n>',
      'the same seed gives the same readings (default: that of a scenario file, else 1)',
      wholeNumber,
    )
    .option('--from <time>', 'first stamp, ISO 8601 with offset; absent: now, or for a recording an hour ago', instant)
    .option(
      '--hours <n>',
      'how long it lasts, hours or such as 90m; absent: an hour for a recording, without end for a broker',
      hours,
    )
    .option('--speed <n>', 'times real time; 0: as fast as the broker takes it', notNegative, 1)
    .addOption(
      new Option('--history-hours <n>', 'begin so long ago: the past as fast as the broker takes it, then live')
        .argParser(hours)
        .conflicts(['from', 'hours', 'speed', 'out']),
    )
    .addOption(new Option('--to <url>', 'broker to publish to').conflicts('out'))
    .option('--username <name>', 'account at the broker')
    .option('--password-file <file>', 'file that holds its password')
    .option('--out <recording>', 'recording to write (.gz is compressed), with <recording>.truth.json beside it')
    .addOption(
      new Option(
        '--check',
        'fold it here and compare with the `expect` of the scenario file; exit 1: not as expected',
      ).conflicts(['to', 'out', 'historyHours']),
    )
    .addOption(
      new Option('--observe', 'fold it here and print what came of it, as `expect` of a scenario file').conflicts([
        'to',
        'out',
        'historyHours',
        'check',
      ]),
    )
    .addHelpText('after', eventsHelp())
    .action((options: SimulateOptions) =>
      simulate(options, { named: command.getOptionValueSource('config') === 'cli' }),
    )
}

/** Its names are offered by completion, and any file is taken. */
function scenarioOption(): Option {
  const option = new Option('--scenario <name|file>', 'what happens, by its name or a scenario file').default('steady')
  option.argChoices = [...SCENARIOS]
  return option
}

async function simulate(options: SimulateOptions, config: { named: boolean }): Promise<void> {
  const { to, out, check = false, observe: mayObserve = false } = options
  if (to === undefined && out === undefined && !check && !mayObserve) {
    throw new BadInput('simulate needs --to, --out, --check or --observe')
  }
  const file = fileOf(options.scenario)
  const site = siteOfRun(options, file, config)
  const fromMs =
    to === undefined ? Math.floor(Date.now() / 60_000) * 60_000 - HOUR_MS : Math.floor(Date.now() / 1000) * 1000
  const run = runOf(site, options, file, { fromMs, toMs: to === undefined ? fromMs + HOUR_MS : Infinity })
  if (check || mayObserve) return checkRun(run, file, check)
  assertEnd(run, options)
  if (options.historyHours !== undefined) process.stderr.write(withoutPastText(site))
  const packets = await playPlant(run, options).catch((error: unknown) => {
    throw new CommandFailed(FAILED, messageOf(error), error)
  })
  process.stderr.write(`${countText(packets)} packets\n`)
}

/** Faults of packets, such as `gap`, are drawn from all packets of a run. */
function assertEnd({ scenario, toMs }: Run, { historyHours, to = '' }: SimulateOptions): void {
  const names = new Set(scenario.events.flatMap((event) => (event.what === 'fault' ? [event.fault] : [])))
  if (names.size === 0 || (Number.isFinite(toMs) && historyHours === undefined)) return
  const record = `record them with --out, and play that with \`coldaisle replay --to ${to}\``
  const what = historyHours === undefined ? 'a run without end' : '--history-hours'
  throw new BadInput(
    `${[...names].join(', ')}: ${what} takes no faults of packets: ${historyHours === undefined ? 'give --hours, or ' : ''}${record}`,
  )
}

/** Says which points get no past: what they send holds no time, and all of it arrives at once. Empty: all get one. */
function withoutPastText({ config }: Site): string {
  const unstamped = Object.entries(config.points).flatMap(([name, { at, timeAt }]) =>
    timeAt === 'none' || (at === undefined && timeAt === undefined) ? [name] : [],
  )
  if (unstamped.length === 0) return ''
  const names =
    unstamped.slice(0, NAMED).join(', ') + (unstamped.length > NAMED ? ` and ${unstamped.length - NAMED} more` : '')
  return `${names}: no past, as their payloads hold no time: give them at and timeAt, such as { at: /kw, timeAt: /ts }\n`
}

const NAMED = 5

function checkRun(run: Run, file: ScenarioFile | undefined, isChecked: boolean): void {
  if (!isChecked) return void process.stdout.write(expectationText(observe(run)))
  if (file === undefined) throw new BadInput('--check needs --scenario with a scenario file')
  const expect = expectationOf(file)
  tellUnexpected(observe(run), file.file, expect)
}

/** Plays the plant to a broker or into a recording; SIGTERM and SIGINT end it. Gives how many packets were sent. */
async function playPlant(run: Run, options: SimulateOptions): Promise<number> {
  const { speed, out } = options
  // In real time the stamps are those of this machine's clock, as with a history of nothing
  const isLive = options.to !== undefined && options.from === undefined && speed === 1
  const historyHours = options.historyHours ?? (isLive ? 0 : undefined)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  const to = options.to === undefined ? undefined : urlWithAccount(options.to, options)
  if (historyHours !== undefined && to !== undefined) {
    const publisher = await connectPublisher(to)
    try {
      const live = runWithHistory(run, historyHours)
      // A run that ends does so as long after now as it lasts
      const toMs = live.fromMs + historyHours * HOUR_MS + (run.toMs - run.fromMs)
      return await playOn({ ...live, toMs }, publisher, { signal: stop.signal })
    } finally {
      await publisher.close()
    }
  }
  const show = createProgress('', 'packets')
  const { packets } = await runSimulation(run, {
    speed,
    onSent: (sent) =>
      show(sent.packets, (sent.sentMs - run.fromMs) / (run.toMs - run.fromMs), formatInstant(sent.sentMs)),
    connect: connectPublisher,
    signal: stop.signal,
    ...(to === undefined ? {} : { to }),
    ...(out === undefined ? {} : { out }),
  }).finally(() => clearLine(process.stderr))
  return packets
}

/** What --fault and the events of scenario files may be. */
function eventsHelp(): string {
  const lines = Object.entries(EVENT_KINDS).map(([name, { about, target, settings }]) => {
    const told = Object.keys(settings).map((setting) => `,${setting}=`)
    const form = `${name}${target === 'none' ? '' : target === 'needed' ? ':TARGET' : '[:TARGET]'}`
    return `  ${form.padEnd(26)}${about}${told.length === 0 ? '' : ` (${told.join('').slice(1)})`}`
  })
  return `
Events, for --fault and in scenario files: NAME[:TARGET]@BEGIN/LENGTH[,SETTING=NUMBER]
  A target is a gateway, point, inlet, hall or topic; BEGIN is +20m from the start, 10:00 at the site, or an instant.
${lines.join('\n')}`
}
