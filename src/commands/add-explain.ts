import { InvalidArgumentError, type Command } from 'commander'
import { runExplain, type ExplainArguments } from './explain.ts'
import { timeMs } from '../ingest/times.ts'
import type { Around } from './add-alarms.ts'

type Words = { config: string } & ExplainArguments

/** `explain`. */
export function addExplain(coldaisle: Command, around: Pick<Around, 'siteOf' | 'assertReadable'>): void {
  coldaisle
    .command('explain')
    .description('the sum behind a PUE, line by line: meter, energy, coverage, class; why intervals do not count')
    .requiredOption('--config <file>', 'the site, as YAML or JSON')
    .argument('<boundary>')
    .argument('<window>', 'such as 24h, day, day_to_date')
    .option('--at <time>', 'the end at or before it, ISO 8601 with offset; absent: the newest', instant)
    .option('--json', 'as one object', false)
    .option('--recording <file>', 'explain a recording instead of what the daemon holds; may be given again', append)
    .action(async (boundary: string, window: string, { config, ...options }: Words) => {
      const site = around.siteOf(config)
      for (const recording of options.recording ?? []) around.assertReadable(recording)
      process.stdout.write(await runExplain(site, boundary, window, options))
    })
}

function append(file: string, before: string[] | undefined): string[] {
  return [...(before ?? []), file]
}

function instant(text: string): number {
  const tMs = timeMs(text, { unit: undefined, timezone: undefined })
  if (Number.isNaN(tMs)) throw new InvalidArgumentError('a time such as 2026-03-02T00:00Z is wanted')
  return tMs
}
