import type { Command } from 'commander'
import { BadInput } from '../config/bad-input.ts'
import { formatFault, hasEndMark, readConfig, type Config } from '../config/config.ts'
import { pathsForRestart } from '../config/reload.ts'
import { goOnBehindStream } from '../daemon/sending/behind-stream.ts'
import { startDaemon, type Daemon, type Ending } from '../daemon/daemon.ts'
import { createLog, type Log } from '../health/log.ts'
import { cleanError } from '../health/secrets.ts'
import { CONFIG_OPTION, configOf, withFiles } from './arguments.ts'
import { CommandFailed, FAILED, messageOf } from './ending.ts'
import { onReaderGone, watchTerminal } from './terminal.ts'

/** Longer than a stop takes when all goes well; then what is acknowledged is safe in the journal anyway. */
const STOP_MS = 30_000

const TERMINAL_CLOSED: Ending = { code: 0, reason: 'the terminal was closed' }
/** A service manager starts us again, with a log that somebody reads. */
const NO_READER: Ending = { code: FAILED, reason: 'nobody reads the log any more' }

export function addRun(coldaisle: Command): void {
  const words = 'the daemon: listen, journal, compute, write and warn until told to stop'
  daemonCommand(coldaisle, 'run', words).action(async ({ config: file }: { config: string }) => {
    await runFile(file, (config) => {
      if (config.edge === undefined) return
      throw new BadInput(
        'the configuration has a section `edge`, and `coldaisle run` sends no journal anywhere: start it with `coldaisle edge`, or take the section out',
      )
    })
  })
}

export function addEdge(coldaisle: Command): void {
  const words = 'the daemon of a site beside its broker: as `run`, and its journal goes to a NATS JetStream'
  daemonCommand(coldaisle, 'edge', words)
    .option('--behind-stream', 'after the loss of the disk: number packets from where the stream ends')
    .action(async ({ config: file, behindStream = false }: { config: string; behindStream?: boolean }) => {
      await runFile(file, async (config) => {
        if (config.edge === undefined) {
          throw new BadInput(
            'the configuration says no stream: add a section `edge` with `nats: { servers: [...] }`, or start it with `coldaisle run`',
          )
        }
        if (behindStream) await goOnBehindStream(config).catch(refuseToStart)
      })
    })
}

function daemonCommand(coldaisle: Command, name: string, words: string): Command {
  const [configFlags, configText, usual] = CONFIG_OPTION
  return coldaisle
    .command(name)
    .description(words)
    .requiredOption(configFlags, `${configText}; SIGHUP reads it again`, usual)
    .addHelpText('after', reloadHelp())
}

/** Runs the daemon of a configuration. `before` throws BadInput where it should not be started. */
async function runFile(file: string, before: (config: Config) => Promise<void> | void): Promise<void> {
  const warnings: string[] = []
  const config = configOf(file, withFiles(warnings))
  await before(config)
  const code = await runDaemon(file, config, warnings).catch(refuseToStart)
  if (code !== 0) throw new CommandFailed(code)
}

/** What keeps a daemon from starting is outside of it: a taken port, a folder that is not ours, another daemon. */
function refuseToStart(error: unknown): never {
  throw new BadInput(messageOf(error))
}

function reloadHelp(): string {
  return `
SIGTERM and SIGINT stop the daemon in order, and so does closing its terminal. SIGHUP has it read the configuration
again: all of it is applied, or nothing. A change of one of these takes a restart, and a reload that holds one is refused:
  ${pathsForRestart().join(', ')}`
}

/**
 * Runs the daemon until something asks it to stop (terminal.ts) or it cannot go on; gives the exit code. A reload takes
 * all of the new configuration, or nothing. Throws an `Error` in a sentence when the daemon cannot start.
 */
async function runDaemon(file: string, config: Config, warnings: readonly string[]): Promise<number> {
  const { promise: asked, resolve: stop } = Promise.withResolvers<Ending>()
  const isTerminalGone = watchTerminal()
  const noReader = (): void => stop(isTerminalGone() ? TERMINAL_CLOSED : NO_READER)
  onReaderGone(noReader)
  const log = createLog(config.log.level, undefined, noReader)
  for (const warning of warnings) log.warn({}, warning)
  const starting = startDaemon(config, log)
  const isMarked = hasEndMark(file)
  // From the start on: a SIGHUP that nobody listens to would end us. Why a start failed is told below.
  process.on('SIGHUP', () => {
    if (isTerminalGone()) stop(TERMINAL_CLOSED)
    else void starting.then((daemon) => reload(file, isMarked, daemon, log), cleanError)
  })
  // A daemon that is told to stop while it starts is stopped once it has; a second signal ends it at once.
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop({ code: 0, reason: name }))
  const daemon = await starting
  log.info({ site: config.site.id, points: Object.keys(config.points).length, http: daemon.httpPort }, 'running')
  const { code, reason } = await Promise.race([asked, daemon.ended])
  if (code === 0) log.info({ reason }, 'stopping')
  else log.error({ reason, code }, 'the daemon cannot go on')
  const stuck = setTimeout(() => {
    log.error({}, 'stopping takes too long: what is left waits in the journal')
    process.exit(code === 0 ? 1 : code)
  }, STOP_MS)
  await daemon
    .stop()
    .catch((error: unknown) => log.error({ reason: cleanError(error) }, 'not everything could be closed'))
  clearTimeout(stuck)
  log.info({}, 'stopped')
  return code
}

/** `isMarked`: the file ended with an end mark before, so one without is half a file. */
async function reload(file: string, isMarked: boolean, daemon: Daemon, log: Log): Promise<void> {
  const warnings: string[] = []
  const read = readConfig(file, process.env, withFiles(warnings))
  for (const warning of warnings) log.warn({}, warning)
  if ('faults' in read) {
    log.error({ faults: read.faults.map(formatFault) }, 'the configuration has faults: nothing is changed')
    return
  }
  if (isMarked && !hasEndMark(file)) {
    const reason = `${file} no longer ends with a line of three dots, as it did at the start: it was cut off, or is being written`
    log.error({ reason }, 'the configuration is not changed')
    return
  }
  const refusal = await daemon.reload(read.config).catch(cleanError)
  if (refusal === undefined) log.info({ points: Object.keys(read.config.points).length }, 'configuration reloaded')
  else log.error({ reason: refusal }, 'the configuration is not changed')
}
