import type { Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { topologyDrafts } from '../../config/points/topology.ts'
import { twinDrafts } from '../../config/points/wiring.ts'
import { createSite } from '../../site/site.ts'
import { CONFIG_OPTION, configOf, lengthIn, withFiles } from '../arguments.ts'
import { BAD_INPUT, CommandFailed } from '../ending.ts'
import { describeSite } from './describe.ts'
import { checkLive } from './live.ts'

export function addCheck(coldaisle: Command): void {
  coldaisle
    .command('check')
    .description('say what is wrong with a configuration, or what it comes to')
    .requiredOption(...CONFIG_OPTION)
    .option(
      '--live <time>',
      'also listen to the broker for so long, seconds or such as 10m; say what does not fit',
      lengthIn('s'),
    )
    .action(({ config, live }: { config: string; live?: number }) => check(config, live))
}

async function check(file: string, liveMs: number | undefined): Promise<void> {
  const warnings: string[] = []
  const files = withFiles(warnings)
  const config = configOf(file, (readable, folder) => [
    ...files(readable, folder),
    ...twinDrafts(readable),
    ...topologyDrafts(readable),
  ])
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  const site = createSite(config)
  process.stdout.write(describeSite(site))
  if (liveMs === undefined) return
  const { code, text } = await checkLive(site, liveMs / 1000)
  if (code === BAD_INPUT) throw new BadInput(text.trimEnd())
  process.stdout.write(text)
  if (code !== 0) throw new CommandFailed(code)
}
