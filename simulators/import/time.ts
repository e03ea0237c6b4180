import { zonedToUtcMs } from '../../src/ingest/time-zones.ts'
import { tstMs } from '../../src/ingest/recording.ts'

/** How a time is written: fields by pattern, seconds or milliseconds since 1970, or ISO 8601 with its offset. */
export type TimeForm = { kind: 'fields'; pattern: RegExp } | { kind: 'epoch'; perMs: number } | { kind: 'iso' }

const TOKENS = new Map([
  ['YYYY', '(?<year>\\d{4})'],
  ['YY', '(?<shortYear>\\d{2})'],
  ['MM', '(?<month>\\d{2})'],
  ['M', '(?<month>\\d{1,2})'],
  ['DD', '(?<day>\\d{2})'],
  ['D', '(?<day>\\d{1,2})'],
  ['HH', '(?<hour>\\d{2})'],
  ['H', '(?<hour>\\d{1,2})'],
  ['mm', '(?<minute>\\d{2})'],
  ['ss', '(?<second>\\d{2})'],
  ['SSS', '(?<fraction>\\d{1,9})'],
])

/**
 * The form that a map declares: `epoch_s`, `epoch_ms`, `iso`, or tokens (YYYY YY MM M DD D HH H mm ss SSS) with signs
 * between. For any other text, the reason why it is no form.
 */
export function compileForm(text: string): TimeForm | string {
  if (text === 'epoch_s') return { kind: 'epoch', perMs: 1000 }
  if (text === 'epoch_ms') return { kind: 'epoch', perMs: 1 }
  if (text === 'iso') return { kind: 'iso' }
  let source = ''
  const seen = new Set<string>()
  for (const part of text.match(/([A-Za-z])\1*|[^A-Za-z]/g) ?? []) {
    const token = TOKENS.get(part)
    const letter = part[0] ?? ''
    if (token !== undefined && seen.has(letter)) return `has ${letter} twice`
    if (token !== undefined) seen.add(letter)
    else if (/[A-SU-Za-z]/.test(letter)) return `does not know ${part}; tokens are ${[...TOKENS.keys()].join(' ')}`
    source += token ?? part.replace(/[^T\w]/, '\\$&')
  }
  for (const field of ['Y', 'M', 'D'])
    if (!seen.has(field)) return `needs a year, a month and a day (${field} is missing)`
  return { kind: 'fields', pattern: new RegExp(`^${source}$`) }
}

/**
 * The instants (epoch ms, ascending) that a written time may mean by the first form that fits, two in a repeated local
 * hour; or why there is none. Two-digit years are 2000 to 2099; a date without a time is its midnight.
 */
export function readTime(
  forms: readonly TimeForm[],
  text: string,
  timezone: string | undefined,
): number[] | 'bad_time' | 'skipped_hour' {
  for (const form of forms) {
    const found = readForm(form, text, timezone)
    if (found !== 'bad_time') return found
  }
  return 'bad_time'
}

function readForm(form: TimeForm, text: string, timezone: string | undefined): number[] | 'bad_time' | 'skipped_hour' {
  switch (form.kind) {
    case 'epoch': {
      if (!/^-?\d+(\.\d+)?$/.test(text)) return 'bad_time'
      const tMs = Math.round(Number(text) * form.perMs)
      return Math.abs(tMs) < 8.64e15 ? [tMs] : 'bad_time'
    }
    case 'iso': {
      const tMs = tstMs(text.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T'))
      return Number.isNaN(tMs) ? 'bad_time' : [tMs]
    }
    case 'fields':
      return timezone === undefined ? 'bad_time' : readFields(form.pattern, text, timezone)
  }
}

function readFields(pattern: RegExp, text: string, timezone: string): number[] | 'bad_time' | 'skipped_hour' {
  const groups = pattern.exec(text)?.groups
  if (groups === undefined) return 'bad_time'
  const year = groups.year === undefined ? 2000 + Number(groups.shortYear) : Number(groups.year)
  const month = Number(groups.month)
  const day = Number(groups.day)
  const hour = Number(groups.hour ?? '0')
  const minute = Number(groups.minute ?? '0')
  const second = Number(groups.second ?? '0')
  const ms = Number((groups.fraction ?? '0').padEnd(3, '0').slice(0, 3))
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return 'bad_time'
  if (hour > 23 || minute > 59 || second > 59) return 'bad_time'
  const found = zonedToUtcMs(Date.UTC(year, month - 1, day, hour, minute, second, ms), timezone)
  return found.length === 0 ? 'skipped_hour' : found
}
