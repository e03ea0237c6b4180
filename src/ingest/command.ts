import { COMMANDS, type AlarmCommand, type Command } from '../core/alarms/command.ts'
import { ALARM_KINDS, type AlarmKind } from '../core/contract/alarm-kinds.ts'
import { rootOf, type Payload } from './root.ts'
import { parseInstant } from './times.ts'

/** An operator's command, its source still a name (`*`: all of the kind). */
export type OperatorCommand = Omit<AlarmCommand, 'source'> & { source: string }

/** Topic of commands. They are journalled like readings, so that a replay carries them out where the live run did. */
export function commandTopic(site: string): string {
  return `coldaisle/${site}/command`
}

/** Longest time for which an alarm can be shelved: what takes longer is to go out of service. */
const LONGEST_SHELF_MS = 90 * 86_400_000
const MAX_WHO = 64
const MAX_WHY = 256

/**
 * Reads a command: `{ command, alarm, source, who, why, until }`. `command` is ack, shelve, unshelve, out_of_service or
 * in_service; `source` a name or `*` for all of the kind; `until` ISO 8601 with offset, for shelve. To shelve or to
 * take out of service asks for `why`. Gives the command, or a sentence that says what is wrong.
 */
export function readCommand(payload: Payload, nowMs: number): OperatorCommand | { fault: string } {
  const root = rootOf(payload)
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return { fault: 'a command is a JSON object' }
  const { command, alarm, source, who, why = '', until } = root as Record<string, unknown>
  if (!isCommand(command)) return { fault: `command is one of ${COMMANDS.join(', ')}` }
  if (!isKind(alarm)) return { fault: `alarm is one of ${ALARM_KINDS.join(', ')}` }
  if (typeof source !== 'string') return { fault: 'source is a name, or * for all' }
  if (!isWords(who, MAX_WHO) || who === '') return { fault: `who is a name of at most ${MAX_WHO} characters` }
  if (!isWords(why, MAX_WHY)) return { fault: `why has at most ${MAX_WHY} characters` }
  const isWithholding = command === 'shelve' || command === 'out_of_service'
  if (isWithholding && why === '') return { fault: `${command} asks for why` }
  const untilMs = until === undefined ? NaN : parseInstant(until)
  if (command === 'shelve' && !(untilMs > nowMs && untilMs <= nowMs + LONGEST_SHELF_MS)) {
    return { fault: 'until is a time with offset, within 90 days from now' }
  }
  return { command, alarm, source, by: { who, why, untilMs: command === 'shelve' ? untilMs : NaN } }
}

function isCommand(raw: unknown): raw is Command {
  return COMMANDS.some((it) => it === raw)
}

function isKind(raw: unknown): raw is AlarmKind {
  return ALARM_KINDS.some((it) => it === raw)
}

function isWords(raw: unknown, most: number): raw is string {
  return typeof raw === 'string' && raw.length <= most && !/\p{Cc}|\p{Cs}/u.test(raw)
}
