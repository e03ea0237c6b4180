import { isatty } from 'node:tty'
import { destination as openDestination, pino, type DestinationStream } from 'pino'
import { prettyLine } from './pretty.ts'
import { cleanText, withoutSecrets } from './secrets.ts'

/** The daemon's log. `change` holds the facts, `words` one sentence; neither ever shows a credential. */
export interface Log {
  info(change: object, words: string): void
  warn(change: object, words: string): void
  error(change: object, words: string): void
}

/** Logs the states of named parts, each only when it changes. */
export interface States {
  /**
   * Logs when the state of `name` is another than before, with how long the one before lasted (`lasted_s`). Names come
   * from the code and the configuration, so that there is an end to them.
   */
  tell(name: string, state: string, detail?: object, level?: keyof Log): void
}

/**
 * Lines of JSON on standard error, or for people where that is a terminal: standard output belongs to rows. Written at
 * once, so that the last words before a crash are there. `level` is one of pino's (`silent` says nothing); `to` is
 * where a test listens. `onReaderGone` is called when standard error has lost its reader, a terminal or a pipe; lines
 * after that are dropped.
 */
export function createLog(level: string, to?: DestinationStream, onReaderGone: () => void = () => undefined): Log {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to ?? standardError(onReaderGone),
  )
  return {
    info: (change, words) => log.info(withoutSecrets(change, 'without stacks'), cleanText(words)),
    warn: (change, words) => log.warn(withoutSecrets(change, 'without stacks'), cleanText(words)),
    error: (change, words) => log.error(withoutSecrets(change, 'with stacks'), cleanText(words)),
  }
}

function standardError(onReaderGone: () => void): DestinationStream {
  const stream = openDestination({ dest: 2, sync: true })
  let hasReader = true
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EIO' && error.code !== 'EPIPE') throw error
    hasReader = false
    onReaderGone()
  })
  const colors = (process.env['NO_COLOR'] ?? '') === ''
  const shown = isatty(2) ? (line: string) => prettyLine(line, { colors }) : (line: string) => line
  return { write: (line) => void (hasReader && stream.write(shown(line))) }
}

/** Tells what becomes of certificate files that have changed: why they cannot be used, or undefined where they are. */
export function tlsTeller(states: States, of: string): (fault: string | undefined) => void {
  const name = `certificate files of ${of}`
  return (fault) => {
    if (fault === undefined) states.tell(name, 'used')
    else states.tell(name, 'not used, those before them stay', { reason: fault }, 'error')
  }
}

/** `clockMs` need not be the time of day: the machine's own steady clock does not lie when the time of day is set. */
export function createStates(log: Log, clockMs: () => number = () => performance.now()): States {
  const known = new Map<string, { state: string; sinceMs: number }>()
  return {
    tell(name, state, detail = {}, level = 'info') {
      const before = known.get(name)
      if (before?.state === state) return
      const nowMs = clockMs()
      known.set(name, { state, sinceMs: nowMs })
      if (before === undefined) {
        log[level]({ name, state, detail }, `${name}: ${state}`)
        return
      }
      const lastedS = Math.round((nowMs - before.sinceMs) / 1000)
      const change = { name, state, before: before.state, lasted_s: lastedS, detail }
      log[level](change, `${name}: ${state}, after ${durationText(lastedS)} ${before.state}`)
    },
  }
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours < 48 ? `${hours} h ${minutes} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}
