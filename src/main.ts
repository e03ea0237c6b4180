import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { BAD_INPUT, CommandFailed, FAILED, INTERNAL } from './commands/ending.ts'
import { addExamples } from './commands/shell/examples.ts'
import { BadInput } from './config/bad-input.ts'
import { programVersion } from './config/files/program-version.ts'

/**
 * The commands in the order in which `--help` names them, each with what loads it. Only the one that is asked for is
 * loaded: all of them together take most of the time of a short command.
 */
const COMMANDS: Readonly<Record<string, () => Promise<(coldaisle: Command) => void>>> = {
  discover: async () => (await import('./commands/discover/discover.ts')).addDiscover,
  check: async () => (await import('./commands/check/check.ts')).addCheck,
  replay: async () => (await import('./commands/replay/replay.ts')).addReplay,
  run: async () => (await import('./commands/run.ts')).addRun,
  edge: async () => (await import('./commands/run.ts')).addEdge,
  demo: async () => (await import('./commands/demo/demo.ts')).addDemo,
  record: async () => (await import('./commands/record.ts')).addRecord,
  init: async () => (await import('./commands/init/init.ts')).addInit,
  simulate: async () => (await import('./commands/simulate/simulate.ts')).addSimulate,
  alarms: async () => (await import('./commands/alarms/alarms.ts')).addAlarms,
  account: async () => (await import('./commands/account.ts')).addAccount,
  refused: async () => (await import('./commands/refused.ts')).addRefused,
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).addDeadLetters,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  report: async () => (await import('./commands/report/report.ts')).addReport,
  verify: async () => (await import('./commands/report/verify.ts')).addVerify,
  savings: async () => (await import('./commands/savings/savings.ts')).addSavings,
  journal: async () => (await import('./commands/journal.ts')).addJournal,
  publish: async () => (await import('./commands/report/publish.ts')).addPublish,
  recompute: async () => (await import('./commands/recompute.ts')).addRecompute,
  schema: async () => (await import('./commands/schema.ts')).addSchema,
  completion: async () => (await import('./commands/shell/completion.ts')).addCompletion,
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A command that runs on listens itself, and stops in order.
  if (process.stdout.listenerCount('error') > 1) return
  // Whoever reads our rows has seen enough (`| head`).
  process.exit(error.code === 'EPIPE' ? 0 : FAILED)
})

// The types are taken off each file and it is compiled once; later starts read the outcome. Without a right to write it
// there, each start does it all again.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'coldaisle'))

process.exitCode = await main(process.argv)

/** Runs one command; gives the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const coldaisle = new Command('coldaisle')
    .description('rolling PUE, ASHRAE envelope compliance and alarms from a data centre’s readings')
    .version(programVersion())
    .exitOverride()
    .showHelpAfterError('(coldaisle --help tells what there is)')
  for (const name of namesToLoad(argv[2])) (await COMMANDS[name]?.())?.(coldaisle)
  addExamples(coldaisle.commands)
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

/** What is no command is answered with help or a suggestion, which takes them all, and so does completion. */
function namesToLoad(first: string | undefined): string[] {
  if (first === '--version' || first === '-V') return []
  const isAlone = first !== undefined && first !== 'completion' && Object.hasOwn(COMMANDS, first)
  return isAlone ? [first] : Object.keys(COMMANDS)
}
