import { Option, type Command } from 'commander'
import { SCENARIOS } from '../../../simulators/scenarios/scenario.ts'
import { runSimulation } from '../../../simulators/run.ts'
import { BadInput } from '../../config/bad-input.ts'
import { readSecretText } from '../../config/files/secret-file.ts'
import { connectPublisher } from '../../mqtt/mqtt.ts'
import type { Site } from '../../site/site.ts'
import { CONFIG_OPTION, instant, notNegative, positive, siteOf, wholeNumber } from '../arguments.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'
import { countText } from '../../rows/numbers.ts'
import { playOn, runWithHistory } from './play.ts'

interface SimulateOptions {
  scenario: string
  seed: number
  from?: number
  hours?: number
  /** Begin so long ago: what is past at once, then live. In place of `from`, `hours` and `speed`; for a broker only. */
  historyHours?: number
  speed: number
  to?: string
  username?: string
  /** Read once, at the start; a password on the command line would be seen by every account of the machine. */
  passwordFile?: string
  out?: string
}

const HOUR_MS = 3_600_000

export function addSimulate(coldaisle: Command): void {
  coldaisle
    .command('simulate')
    .description('play a plant that fits the site: readings with their truth')
    .requiredOption(...CONFIG_OPTION)
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
    .action(async ({ config, ...options }: { config: string } & SimulateOptions) => {
      const site = siteOf(config)
      if (site.sparkplug.size > 0) throw new BadInput('simulate speaks no Sparkplug: give it a site of other points')
      if (options.to === undefined && options.out === undefined) throw new BadInput('simulate needs --to or --out')
      const packets = await playPlant(site, options).catch((error: unknown) => {
        throw new CommandFailed(FAILED, messageOf(error), error)
      })
      process.stderr.write(`${countText(packets)} packets\n`)
    })
}

/** Plays the plant to a broker or into a recording; SIGTERM and SIGINT end it. Gives how many packets were sent. */
async function playPlant(site: Site, options: SimulateOptions): Promise<number> {
  const { scenario, seed, speed, hours, out } = options
  // In real time the stamps are those of this machine's clock, as with a history of nothing
  const isLive = options.to !== undefined && options.from === undefined && speed === 1
  const historyHours = options.historyHours ?? (isLive ? 0 : undefined)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  const to = options.to === undefined ? undefined : urlWithAccount(options.to, options.username, options.passwordFile)
  if (historyHours !== undefined && to !== undefined) {
    const publisher = await connectPublisher(to)
    try {
      const run = runWithHistory(site, scenario, seed, historyHours)
      const toMs = hours === undefined ? Infinity : run.fromMs + hours * HOUR_MS
      return await playOn({ ...run, toMs }, publisher, { signal: stop.signal })
    } finally {
      await publisher.close()
    }
  }
  const fromMs = options.from ?? Math.floor(Date.now() / 60_000) * 60_000 - (out === undefined ? 0 : HOUR_MS)
  const { packets } = await runSimulation({
    site,
    scenario,
    seed,
    fromMs,
    speed,
    connect: connectPublisher,
    signal: stop.signal,
    ...(hours === undefined ? {} : { toMs: fromMs + hours * HOUR_MS }),
    ...(to === undefined ? {} : { to }),
    ...(out === undefined ? {} : { out }),
  })
  return packets
}

function urlWithAccount(to: string, username: string | undefined, passwordFile: string | undefined): string {
  const url = new URL(to)
  if (username !== undefined) url.username = encodeURIComponent(username)
  if (passwordFile !== undefined) url.password = encodeURIComponent(readSecretText('--password-file', passwordFile))
  return url.href
}
