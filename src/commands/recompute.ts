import type { Command } from 'commander'
import { BadInput } from '../config/bad-input.ts'
import type { Config } from '../config/config.ts'
import { openStopped, tellLost } from './free-store.ts'
import { recompute } from '../recompute/recompute.ts'
import { differenceText } from '../recompute/report.ts'
import { createSite } from '../site/site.ts'
import { CONFIG_OPTION, configOf, instant } from './arguments.ts'
import { CommandFailed, FAILED, messageOf } from './ending.ts'
import { clearLine, createProgress } from './progress.ts'

interface RecomputeArguments {
  /** Epoch ms. */
  from: number
  to?: number
  dryRun?: boolean
  present?: boolean
}

export function addRecompute(coldaisle: Command): void {
  const [configFlags, configText, usual] = CONFIG_OPTION
  coldaisle
    .command('recompute')
    .description('fold journalled readings again, those that came too late included, and restate energy, PUE and air')
    .requiredOption(configFlags, `${configText}; its dates and swaps count, else what was in force then`, usual)
    .requiredOption('--from <time>', 'first event time, ISO 8601 with offset', instant)
    .option('--to <time>', 'event time up to which; absent: now', instant)
    .option('--present', 'the configuration counts for all of the time, not only by its dates')
    .option('--dry-run', 'print the difference and write nothing')
    .action(({ config, ...options }: { config: string } & RecomputeArguments) =>
      recomputeOrNothing(configOf(config), options),
    )
}

async function recomputeOrNothing(config: Config, options: RecomputeArguments): Promise<void> {
  if (createSite(config).sparkplug.size > 0) {
    throw new BadInput(
      'a site with Sparkplug nodes is not recomputed: the births that tell what their data mean may lie before the journal',
    )
  }
  if (options.to !== undefined && options.to <= options.from) throw new BadInput('--to must be later than --from')
  try {
    await printDifference(config, options)
  } catch (error) {
    if (error instanceof BadInput) throw error
    throw new CommandFailed(FAILED, `${messageOf(error)}: nothing was changed`, error)
  }
}

/** Recomputes in the store of a stopped daemon and prints the difference. Whatever it throws, nothing is changed. */
async function printDifference(
  config: Config,
  { from, to, dryRun = false, present = false }: RecomputeArguments,
): Promise<void> {
  await using store = await openStopped(config)
  let show = createProgress('')
  let shown = ''
  const difference = await recompute(createSite(config), store, {
    fromMs: from,
    toMs: to ?? Infinity,
    dryRun,
    by: present ? 'all' : 'dates',
    onProgress(what, share) {
      if (what !== shown) show = createProgress(what)
      shown = what
      show(NaN, share)
    },
  })
  clearLine(process.stderr)
  tellLost(store)
  process.stdout.write(differenceText(difference, dryRun ? 'dry run' : 'written'))
}
