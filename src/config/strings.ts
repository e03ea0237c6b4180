import { parseListenAddress } from './listen-address.ts'
import { zoneHint } from './points/spellings.ts'
import { compileFields } from '../ingest/time-forms.ts'
import { parseInstant } from '../ingest/times.ts'

const NAME = /^[A-Za-z0-9._-]{1,64}$/
/** The longest a window, a gap or a bridge may be, seconds. */
export const MAX_SPAN_S = 366 * 86_400
const WINDOW_UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const CALENDAR_WINDOWS = ['day', 'month', 'year']
const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** Length of a rolling window such as `5m`, seconds; undefined for a calendar window and for what is no window. */
export function windowLengthS(window: string): number | undefined {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(window)
  const unitS = WINDOW_UNIT_S[match?.[2] ?? '']
  return match === null || unitS === undefined ? undefined : Number(match[1]) * unitS
}

/** What is wrong with a string, and what to write instead. */
export interface StringFault {
  reason: string
  hint?: string
}

export function nameFault(written: string): StringFault | undefined {
  if (NAME.test(written)) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a valid name`,
    hint: 'use 1 to 64 characters of A–Z a–z 0–9 . _ -',
  }
}

/** An address of a mail, alone: no name beside it, and nothing that would be another header. */
export function addressFault(written: string): StringFault | undefined {
  if (/^[^\s@<>,;:"()]{1,64}@[A-Za-z0-9.-]{1,255}$/.test(written)) return undefined
  return { reason: `${JSON.stringify(written)} is no address`, hint: 'write it alone, such as noc@dc5.example' }
}

/** What a template may say of a notice. */
const PLACEHOLDERS = [
  'alarm',
  'dashboard',
  'hall',
  'id',
  'limit',
  'message',
  'onCall',
  'page',
  'priority',
  'rack',
  'severity',
  'site',
  'source',
  'state',
  'stateName',
  'text',
  'title',
  'unit',
  'value',
] as const

export function templateFault(written: string): StringFault | undefined {
  const unknown = [...written.matchAll(/\{([^{}]*)\}/g)]
    .map(([, name = '']) => name)
    .find((name) => !isPlaceholder(name))
  if (unknown === undefined) return undefined
  return { reason: `a notice has no {${unknown}}`, hint: `use ${PLACEHOLDERS.map((name) => `{${name}}`).join(' ')}` }
}

function isPlaceholder(name: string): boolean {
  return PLACEHOLDERS.some((it) => it === name)
}

export function roleFault(written: string): StringFault | undefined {
  if (/^[a-z0-9_-]{1,64}$/.test(written)) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a valid role`,
    hint: 'use 1 to 64 characters of a–z 0–9 _ -, such as facility, it, cooling',
  }
}

export function topicFault(written: string): StringFault | undefined {
  if (/[+#]/.test(written))
    return { reason: 'the topic has a wildcard', hint: 'a point reads exactly one topic; braces make many points' }
  return levelsFault(written)
}

function levelsFault(written: string): StringFault | undefined {
  if (Buffer.byteLength(written) > 256) return { reason: 'the topic is longer than 256 bytes' }
  if (/\p{Cc}|\p{Cs}/u.test(written)) return { reason: 'the topic has a control character' }
  if (written.startsWith('$share/'))
    return { reason: 'the topic is a shared subscription', hint: 'write the topic without $share/ and the group' }
  return undefined
}

const MAX_TOPIC_BYTES = 256
const MAX_LEVELS = 12

/** Why the embedded broker takes no message of a device on a topic; undefined: it does. */
export function deviceTopicFault(topic: string): string | undefined {
  if (topic.length > MAX_TOPIC_BYTES) return `a topic of more than ${MAX_TOPIC_BYTES} bytes`
  if (!/^[\x20-\x7e]+$/.test(topic)) return 'a topic that is not printable ASCII'
  if (topic.split('/').length > MAX_LEVELS) return `a topic of more than ${MAX_LEVELS} levels`
  if (topic.startsWith('coldaisle/') || topic === 'coldaisle') return 'a topic below coldaisle/'
  return topic.startsWith('$') ? 'a topic that begins with $' : undefined
}

export function pointerFault(written: string): StringFault | undefined {
  if (/^\/(?:[^~]|~[01])*$/.test(written)) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a JSON Pointer`,
    hint: 'begin with /, such as /power/kw; in a name, write ~0 for ~ and ~1 for /',
  }
}

/** Of a stamp: a JSON Pointer, or `none`. */
export function stampFault(written: string): StringFault | undefined {
  const fault = written === 'none' ? undefined : pointerFault(written)
  return fault && { ...fault, hint: 'begin with /, such as /time; or `none`: the time of arrival counts' }
}

export function timeFormFault(written: string): StringFault | undefined {
  const form = compileFields(written)
  if (typeof form !== 'string') return undefined
  return {
    reason: `${JSON.stringify(written)} ${form}`,
    hint: 'write such as `DD.MM.YYYY HH:mm:ss` or `M/D/YYYY h:mm A`',
  }
}

/** A filter of topics as a subscription has it. */
export function filterFault(written: string): StringFault | undefined {
  if (/^(?:[^+#]*|\+)(?:\/(?:[^+#/]*|\+))*(?:\/#)?$|^#$/.test(written))
    return levelsFault(written.replace(/[+#]/g, 'x'))
  return {
    reason: `${JSON.stringify(written)} is not a filter of topics`,
    hint: '+ is a level of its own, # the last one',
  }
}

/** The topic of a point: only a template may make one with wildcards (checks.ts). */
export function pointTopicFault(written: string): StringFault | undefined {
  return levelsFault(written) ?? filterFault(written)
}

/** A topic of a template: levels in which a column stands are any level. */
export function patternFault(written: string): StringFault | undefined {
  return filterFault(filterOf(written))
}

/** The filter of all topics that a template's topic may stand for. */
export function filterOf(pattern: string): string {
  return pattern.replaceAll(/[^/]*\{[^{}]*\}[^/]*/g, '+')
}

/** Whether a topic is one of those that a filter stands for. */
export function fitsFilter(topic: string, filter: string): boolean {
  const levels = topic.split('/')
  const wanted = filter.split('/')
  const isOpen = wanted.at(-1) === '#'
  if (isOpen ? levels.length < wanted.length - 1 : levels.length !== wanted.length) return false
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  return wanted.every((level, n) => level === '+' || level === '#' || level === levels[n])
}

export function timezoneFault(written: string): StringFault | undefined {
  try {
    const zone = new Intl.DateTimeFormat('en', { timeZone: written })
    return /^[+-]/.test(zone.resolvedOptions().timeZone) ? zoneFault(written) : undefined
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return zoneFault(written)
  }
}

function zoneFault(written: string): StringFault {
  return {
    reason: `${JSON.stringify(written)} is not a time zone`,
    hint: zoneHint(written),
  }
}

export function instantFault(written: string): StringFault | undefined {
  if (written[4] === '-' && !Number.isNaN(parseInstant(written))) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a time with an offset`,
    hint: 'write one such as 2026-03-02T10:15:00+01:00 or 2026-03-02T09:15:00Z',
  }
}

/** For URLs of some schemes. The address itself is not repeated: it may hold a password. */
export function urlFault(schemes: readonly string[]): (written: string) => StringFault | undefined {
  const example = `${schemes[0] ?? ''}://127.0.0.1`
  return (written) => {
    if (!URL.canParse(written)) return { reason: 'this is not a URL', hint: `write one such as ${example}` }
    const url = new URL(written)
    if (!schemes.includes(url.protocol.slice(0, -1)) || url.hostname === '') {
      return { reason: `expected a URL that begins with ${schemes.join(', ')}`, hint: `write one such as ${example}` }
    }
    if (url.password === '' && url.username === '') return undefined
    return {
      reason: 'the URL holds an account or a password',
      hint: 'remove it, and use `username` and `passwordFile`',
    }
  }
}

export function listenFault(written: string): StringFault | undefined {
  if (parseListenAddress(written) !== undefined) return undefined
  return {
    reason: `${JSON.stringify(written)} is not an address to listen on`,
    hint: 'write host:port, such as 127.0.0.1:1883',
  }
}

export function windowFault(written: string): StringFault | undefined {
  if (CALENDAR_WINDOWS.includes(written)) return undefined
  const lengthS = windowLengthS(written)
  if (lengthS === undefined)
    return {
      reason: `${JSON.stringify(written)} is not a window`,
      hint: 'write a length such as 5m, 24h or 30d, or day, month or year',
    }
  return lengthS <= MAX_SPAN_S ? undefined : { reason: `${JSON.stringify(written)} is longer than 366d` }
}

export function bytesFault(written: string): StringFault | undefined {
  const bytes = bytesOf(written)
  if (Number.isSafeInteger(bytes) && bytes > 0) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a size`,
    hint: `write a number and one of ${Object.keys(BYTE_UNITS).join(' ')}`,
  }
}

export function bytesOf(written: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,9})?) ?([A-Za-z]{1,3})$/.exec(written)
  return Math.round(Number(match?.[1]) * (BYTE_UNITS[match?.[2] ?? ''] ?? Number.NaN))
}

export function monthFault(written: string): StringFault | undefined {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(written)) return undefined
  return { reason: `${JSON.stringify(written)} is no month`, hint: 'write one such as 2026-03' }
}
