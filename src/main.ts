import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addAlarms } from './commands/alarms/alarms.ts'
import { addCheck } from './commands/check/check.ts'
import { addDemo } from './commands/demo/demo.ts'
import { BAD_INPUT, CommandFailed, FAILED, INTERNAL } from './commands/ending.ts'
import { addExplain } from './commands/explain.ts'
import { addJournal } from './commands/journal.ts'
import { addRecompute } from './commands/recompute.ts'
import { addReplay } from './commands/replay.ts'
import { addRun } from './commands/run.ts'
import { addSchema } from './commands/schema.ts'
import { addSimulate } from './commands/simulate/simulate.ts'
import { BadInput } from './config/bad-input.ts'

/** In the order in which `--help` names them. */
const COMMANDS = [
  addCheck,
  addReplay,
  addRun,
  addDemo,
  addSimulate,
  addAlarms,
  addExplain,
  addJournal,
  addRecompute,
  addSchema,
]

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our rows has seen enough (`| head`).
  process.exit(error.code === 'EPIPE' ? 0 : FAILED)
})

process.exitCode = await main(process.argv)

/** Runs one command; gives the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const coldaisle = new Command('coldaisle')
    .description('rolling PUE, ASHRAE envelope compliance and alarms from a data centre’s readings')
    .version(versionOf())
    .exitOverride()
    .showHelpAfterError('(coldaisle --help tells what there is)')
  for (const addCommand of COMMANDS) addCommand(coldaisle)
  try {
    await coldaisle.parseAsync(argv)
    return 0
  } catch (error) {
    // Commander has printed what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT
    if (error instanceof BadInput || error instanceof CommandFailed) {
      if (error.message !== '') process.stderr.write(`${error.message}\n`)
      return error instanceof CommandFailed ? error.code : BAD_INPUT
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`internal error: ${text}\n`)
    return INTERNAL
  }
}

function versionOf(): string {
  const manifest = readFileSync(new URL(import.meta.resolve('coldaisle/package.json')), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
