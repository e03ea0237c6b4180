// oxlint-disable-next-line import/default -- its types are those of its ES modules, which Node does not load
import rrule from 'rrule'

import { dateMs } from '../../ingest/civil-time.ts'
import type { StringFault } from '../strings.ts'

/**
 * When something begins again, in local time written as if it were UTC. Which instant that is, summer and winter, is
 * for others: of time zones the package knows only what it finds in the process.
 */
export interface Recurrence {
  /** The newest begin at or before a local time; undefined: there is none yet. */
  atOrBefore(localMs: number): number | undefined
  /** The first begin after a local time; undefined: there is none any more. */
  after(localMs: number): number | undefined
}

/** Without a rule it happens once. The rule has to be one that `ruleFault` finds nothing wrong with. */
export function createRecurrence(fromLocalMs: number, rule: string | undefined): Recurrence {
  if (rule === undefined) {
    return {
      atOrBefore: (localMs) => (fromLocalMs <= localMs ? fromLocalMs : undefined),
      after: (localMs) => (fromLocalMs > localMs ? fromLocalMs : undefined),
    }
  }
  const { RRule } = rrule
  const [, until] = /UNTIL=(\w+)/.exec(rule) ?? []
  const each = new RRule({
    ...RRule.parseString(bare(rule)),
    ...(until !== undefined && { until: new Date(untilMs(until)) }),
    dtstart: new Date(fromLocalMs),
  })
  return {
    atOrBefore: (localMs) => each.before(new Date(localMs), true)?.getTime(),
    after: (localMs) => each.after(new Date(localMs), false)?.getTime(),
  }
}

/** The last moment that UNTIL names, as local time written as if it were UTC: of a day its end. NaN: there is none. */
function untilMs(written: string): number {
  const [, year, month, day, hour = '23', minute = '59', second = '59'] = UNTIL.exec(written) ?? []
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return NaN
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return dateMs(Number(year), Number(month), Number(day)) + seconds * 1000
}

const UNTIL = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?$/
const DAY = '(MO|TU|WE|TH|FR|SA|SU)'

/** What a rule may say (RFC 5545, 3.3.10). More often than daily is no plan of people. */
const PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,3}$/,
  UNTIL,
  BYDAY: new RegExp(`^([+-]?[1-5])?${DAY}(,([+-]?[1-5])?${DAY})*$`),
  BYMONTHDAY: /^-?([1-9]|[12]\d|3[01])(,-?([1-9]|[12]\d|3[01]))*$/,
  BYMONTH: /^([1-9]|1[0-2])(,([1-9]|1[0-2]))*$/,
  BYSETPOS: /^-?[1-9]\d?(,-?[1-9]\d?)*$/,
  WKST: new RegExp(`^${DAY}$`),
}

/** Days of a month that some month has; with a month that has fewer, a rule could be looked through for ever. */
const DAYS_IN = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function ruleFault(written: string): StringFault | undefined {
  const hint = 'write a rule such as FREQ=WEEKLY;BYDAY=MO or FREQ=MONTHLY;BYDAY=1TU; UNTIL is local time, without Z'
  const parts = bare(written)
    .split(';')
    .map((part) => part.split('='))
  const names = parts.map(([name = '']) => name)
  for (const [name = '', value = '', ...more] of parts) {
    const form = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined
    if (form === undefined || more.length > 0) return { reason: `a rule has no ${JSON.stringify(name)} here`, hint }
    if (!form.test(value) || (name === 'UNTIL' && Number.isNaN(untilMs(value))))
      return { reason: `${name} cannot be ${JSON.stringify(value)} here`, hint }
  }
  if (!names.includes('FREQ')) return { reason: 'a rule needs FREQ', hint }
  if (new Set(names).size < names.length) return { reason: 'a rule says each part once', hint }
  const of = new Map(parts.map(([name = '', value = '']) => [name, value]))
  if (/\d/.test(of.get('BYDAY') ?? '') && !/^(MONTHLY|YEARLY)$/.test(of.get('FREQ') ?? '')) {
    return { reason: 'BYDAY counts days (1TU: the first Tuesday) of months and years only', hint }
  }
  return isPossible(new Map(parts.map(([name = '', value = '']) => [name, value])))
    ? undefined
    : { reason: NEVER, hint }
}

const NEVER = 'no stretch that the rule names has such a day'

function isPossible(parts: ReadonlyMap<string, string>): boolean {
  if (parts.has('BYSETPOS') && mostPlaces(parts) < leastPlace(parts)) return false
  const days = parts.get('BYMONTHDAY')
  const months = parts.get('BYMONTH')
  if (days === undefined || months === undefined) return true
  const longest = Math.max(...months.split(',').map((month) => DAYS_IN[Number(month) - 1] ?? 0))
  return days.split(',').some((day) => Math.abs(Number(day)) <= longest)
}

/** Days among which BYSETPOS chooses in one stretch, at most. */
function mostPlaces(parts: ReadonlyMap<string, string>): number {
  const countOf = (name: string): number => parts.get(name)?.split(',').length ?? 0
  const frequency = parts.get('FREQ')
  if (frequency === 'DAILY') return 1
  if (frequency === 'WEEKLY') return Math.max(1, countOf('BYDAY'))
  return frequency === 'MONTHLY' ? Math.max(1, countOf('BYMONTHDAY'), 5 * countOf('BYDAY')) : 366
}

function leastPlace(parts: ReadonlyMap<string, string>): number {
  const places = parts.get('BYSETPOS') ?? ''
  return Math.min(...places.split(',').map((place) => Math.abs(Number(place))))
}

function bare(rule: string): string {
  return rule.replace(/^RRULE:/, '')
}
