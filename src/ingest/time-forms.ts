import { dateMs } from './civil-time.ts'

/** How a local time is written: a pattern whose groups are its fields. */
export interface TimeForm {
  readonly pattern: RegExp
}

const TOKENS = new Map([
  ['YYYY', '(?<year>\\d{4})'],
  ['YY', '(?<shortYear>\\d{2})'],
  ['MM', '(?<month>\\d{2})'],
  ['M', '(?<month>\\d{1,2})'],
  ['DD', '(?<day>\\d{2})'],
  ['D', '(?<day>\\d{1,2})'],
  ['HH', '(?<hour>\\d{2})'],
  ['H', '(?<hour>\\d{1,2})'],
  ['hh', '(?<hour>\\d{2})'],
  ['h', '(?<hour>\\d{1,2})'],
  ['mm', '(?<minute>\\d{2})'],
  ['ss', '(?<second>\\d{2})'],
  ['SSS', '(?<fraction>\\d{1,9})'],
  ['A', '(?<half>[AP]M)'],
])

/**
 * The form that is declared by tokens (YYYY YY MM M DD D HH H hh h mm ss SSS A) with signs between. For any other text,
 * the reason why it is no form.
 */
export function compileFields(text: string): TimeForm | string {
  let source = ''
  const seen = new Set<string>()
  for (const part of text.match(/([A-Za-z])\1*|[^A-Za-z]/g) ?? []) {
    const token = TOKENS.get(part)
    const letter = part[0] === 'h' ? 'H' : (part[0] ?? '')
    if (token !== undefined && seen.has(letter)) return `has ${letter} twice`
    if (token !== undefined) seen.add(letter)
    else if (/[A-SU-Za-z]/.test(letter)) return `does not know ${part}; tokens are ${[...TOKENS.keys()].join(' ')}`
    source += token ?? part.replace(/[^T\w]/, '\\$&')
  }
  for (const field of ['Y', 'M', 'D'])
    if (!seen.has(field)) return `needs a year, a month and a day (${field} is missing)`
  if (/h/.test(text) !== seen.has('A')) return 'has hours of a half day (h) without A for AM and PM, or A without h'
  return { pattern: new RegExp(`^${source}$`) }
}

/**
 * A local time as if it were UTC, epoch ms; NaN for a text that does not fit, or a date that no calendar has.
 * Two-digit years are 2000 to 2099; a date without a time is its midnight.
 */
export function localOf({ pattern }: TimeForm, text: string): number {
  const groups = pattern.exec(text)?.groups
  if (groups === undefined) return NaN
  const { year, shortYear, month, day, hour = '0', minute = '0', second = '0', fraction = '0', half } = groups
  const dayMs = dateMs(year === undefined ? 2000 + Number(shortYear) : Number(year), Number(month), Number(day))
  const hours = half === undefined ? Number(hour) : hourOfDay(Number(hour), half)
  if (!(hours <= 23 && Number(minute) <= 59 && Number(second) <= 59)) return NaN
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3))
  return dayMs + ((hours * 60 + Number(minute)) * 60 + Number(second)) * 1000 + ms
}

/** 12 AM is midnight, 12 PM is noon. */
function hourOfDay(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return NaN
  return (hour % 12) + (half === 'PM' ? 12 : 0)
}
