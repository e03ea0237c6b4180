import { COMMANDS, type AlarmCommand, type Command } from '../core/alarms/command.ts'
import { ALARM_KINDS, type AlarmKind } from '../core/contract/alarm-kinds.ts'
import type { Arrival } from './arrival.ts'
import type { OrderEntry } from './own-entry.ts'
import { rootOf, type Payload } from './root.ts'
import { parseInstant } from './times.ts'

/** By what a command is narrowed, beside kind and source: all that it names must fit, as in `alarms.rules`. */
export const COMMAND_PLACES = ['hall', 'rack', 'gateway', 'class'] as const

/** An operator's command, its source still a name (`*`: all of the kind), its kind perhaps `*` for all. */
export type OperatorCommand = Omit<AlarmCommand, 'source' | 'alarm'> & {
  alarm: AlarmKind | '*'
  source: string
  where: Readonly<Partial<Record<(typeof COMMAND_PLACES)[number], string>>>
}

/** What became of a command, told on the reply topic. `changed`: how many alarms; `reason`: why it was refused. */
export interface CommandAnswer {
  /** As the command gave it, to know its answer by; absent: it gave none. */
  id?: string
  command?: string
  done: boolean
  changed: number
  reason?: string
}

/** As much of a command's text as the daemon takes from an account. What is longer is none. */
const MAX_ORDER = 8192

/**
 * An order as the daemon journals it. `who` of the command becomes the account; where the command names somebody else,
 * as the console of many operators does, both: `otto (console)`. This machine's own commands may say who they are.
 */
export function orderEntry(payload: Uint8Array, { account, from }: NonNullable<Arrival['by']>): OrderEntry {
  const text = new TextDecoder().decode(payload.subarray(0, MAX_ORDER))
  const root = rootOf(payload)
  if (typeof root !== 'object' || root === null || Array.isArray(root) || payload.length > MAX_ORDER) {
    return { order: { payload: text, account, from } }
  }
  const { who } = root as Record<string, unknown>
  const isNamed = isWords(who, MAX_WHO) && who.trim() !== '' && who !== account
  const named = !isNamed ? account : account === LOCAL_ACCOUNT ? who : `${who} (${account})`
  return { order: { payload: JSON.stringify({ ...root, who: named.slice(0, MAX_WHO) }), account, from } }
}

/** A command in a line. */
export function orderText(order: OperatorCommand): string {
  const { command, alarm, source, where, by } = order
  const at = COMMAND_PLACES.flatMap((place) => (where[place] === undefined ? [] : [` in ${place} ${where[place]}`]))
  return `${command} ${alarm} ${source}${at.join('')}${by.why === '' ? '' : `: ${by.why}`}`
}

/** Who a command says that it comes from, as far as that can be read. */
export function claimedBy(payload: Payload): string {
  const root = rootOf(payload)
  const who = typeof root === 'object' && root !== null && 'who' in root ? root.who : undefined
  return isWords(who, MAX_WHO) ? who : ''
}

/** Topic of commands. They are journalled like readings, so that a replay carries them out where the live run did. */
export function commandTopic(site: string): string {
  return `coldaisle/${site}/command`
}

/** Topic of the answers, not retained. */
export function replyTopic(site: string): string {
  return `coldaisle/${site}/reply`
}

/** Longest time for which an alarm can be shelved: what takes longer is to go out of service. */
const LONGEST_SHELF_MS = 90 * 86_400_000
const MAX_WHO = 64
const MAX_WHY = 256
const MAX_ID = 64
const MAX_NAME = 64
/** The account of this machine's own commands. */
const LOCAL_ACCOUNT = 'local'

/**
 * Reads a command: `{ command, alarm, source, who, why, until }`, and `hall`, `rack`, `gateway`, `class`, which narrow
 * it. `command` is ack, shelve, unshelve, out_of_service or in_service. `alarm` is a kind and `source` a name; `*` is
 * all, which goes without saying only of a place. `until` is ISO 8601 with offset, for shelve. To shelve or to take out
 * of service asks for `why`. Gives the command, or a sentence that says what is wrong; `others` are the words that
 * are read elsewhere.
 */
export function readCommand(
  payload: Payload,
  nowMs: number,
  others: readonly string[] = [],
): OperatorCommand | { fault: string } {
  const root = rootOf(payload)
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return { fault: 'a command is a JSON object' }
  const { command, alarm, source: named, who, why = '', until, ...members } = root as Record<string, unknown>
  const unknown = Object.keys(members).find((name) => name !== 'id' && !COMMAND_PLACES.some((place) => place === name))
  const isWord = isCommand(command)
  if (isWord && unknown !== undefined) {
    // What was meant to narrow it must not widen it
    return { fault: `a command has no ${JSON.stringify(unknown)}: it is narrowed by ${COMMAND_PLACES.join(', ')}` }
  }
  if (!isWord) return { fault: `command is one of ${[...COMMANDS, ...others].join(', ')}` }
  if (!isKind(alarm) && alarm !== '*') return { fault: `alarm is one of ${ALARM_KINDS.join(', ')}, or * for all` }
  if (!isWords(who, MAX_WHO) || who.trim() === '') return { fault: `who is a name of at most ${MAX_WHO} characters` }
  if (!isWords(why, MAX_WHY)) return { fault: `why has at most ${MAX_WHY} characters` }
  const where = COMMAND_PLACES.flatMap((place) =>
    members[place] === undefined ? [] : [[place, members[place]] as const],
  )
  const source = named ?? (where.length > 0 ? '*' : undefined)
  if (typeof source !== 'string')
    return { fault: 'source is a name; * is all of them, and of a place it may be left out' }
  const unnamed = where.find(([, name]) => !isWords(name, MAX_NAME) || name.trim() === '')
  if (unnamed !== undefined) return { fault: `${unnamed[0]} is a name` }
  const isWithholding = command === 'shelve' || command === 'out_of_service'
  if (isWithholding && why.trim() === '') return { fault: `${command} asks for why` }
  const untilMs = until === undefined ? NaN : parseInstant(until)
  if (command === 'shelve' && !(untilMs > nowMs && untilMs <= nowMs + LONGEST_SHELF_MS)) {
    return { fault: 'until is a time with offset, within 90 days from now' }
  }
  return {
    command,
    alarm,
    source,
    where: Object.fromEntries(where),
    by: { who, why, untilMs: command === 'shelve' ? untilMs : NaN },
  }
}

/** The `id` and the word of a command, as far as they can be read: its answer has them. */
export function commandIdOf(payload: Payload): Pick<CommandAnswer, 'id' | 'command'> {
  const root = rootOf(payload)
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return {}
  const { id, command } = root as Record<string, unknown>
  return { ...(isWords(id, MAX_ID) ? { id } : {}), ...(isCommand(command) ? { command } : {}) }
}

function isCommand(raw: unknown): raw is Command {
  return COMMANDS.some((it) => it === raw)
}

function isKind(raw: unknown): raw is AlarmKind {
  return ALARM_KINDS.some((it) => it === raw)
}

/** A text of so many characters at most, none of which moves a cursor. */
export function isWords(raw: unknown, most: number): raw is string {
  return typeof raw === 'string' && raw.length <= most && !/\p{Cc}|\p{Cs}/u.test(raw)
}
