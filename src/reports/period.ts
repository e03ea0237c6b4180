import { BadInput } from '../config/bad-input.ts'
import type { PeriodUnit } from '../config/reporting/scheduled.ts'
import { createCalendar, midnightMs, periodAt, type Period } from '../core/windows/calendar.ts'
import { localDate } from './days/page.ts'

/** A stretch of whole local days that a report is of. */
export interface ReportPeriod extends Period {
  /** As it was written: 2026, 2026-Q3, 2026-10, 2026-W41, 2026-10-05. */
  readonly name: string
  readonly unit: PeriodUnit
  readonly timezone: string
}

const DAY_MS = 86_400_000
const FORM = /^((?:19|2\d)\d\d)(?:-Q([1-4])|-W([0-5]\d)|-(0[1-9]|1[0-2])(?:-(\d\d))?)?$/

/** Reads a period; weeks are those of ISO 8601. Throws `BadInput` for what is none. */
export function readPeriod(name: string, timezone: string): ReportPeriod {
  const [, year, quarter, week, month, day] = FORM.exec(name) ?? []
  if (year === undefined)
    throw new BadInput(`${name} is no period: write 2026, 2026-Q3, 2026-10, 2026-W41 or 2026-10-05`)
  const calendar = createCalendar(timezone)
  const at = (months: number, days: number) => midnightMs(calendar, Number(year), months, days)
  const first = quarter === undefined ? Number(month ?? 1) : 3 * Number(quarter) - 2
  if (week !== undefined) {
    const monday = firstMonday(Number(year)) + 7 * (Number(week) - 1)
    const thursday = new Date(Date.UTC(Number(year), 0, monday + 3))
    if (week === '00' || thursday.getUTCFullYear() !== Number(year)) throw new BadInput(`${year} has no week ${week}`)
    return { name, unit: 'week', timezone, startMs: at(1, monday), endMs: at(1, monday + 7) }
  }
  if (day !== undefined) {
    const startMs = at(first, Number(day))
    const { endMs } = periodAt(calendar, 'day', startMs)
    const isThere = new Date(Date.UTC(Number(year), first - 1, Number(day))).getUTCMonth() === first - 1
    // A zone that changes its side of the date line leaves a day out
    const isSkipped = startMs === at(first, Number(day) + 1)
    if (!isThere || day === '00' || isSkipped) throw new BadInput(`${name} is no day of the calendar of ${timezone}`)
    return { name, unit: 'day', timezone, startMs, endMs }
  }
  const months = quarter !== undefined ? 3 : month !== undefined ? 1 : 12
  const unit = months === 3 ? 'quarter' : months === 1 ? 'month' : 'year'
  return { name, unit, timezone, startMs: at(first, 1), endMs: at(first + months, 1) }
}

/** The day of January, 1 or less at most, on which week 1 begins: it holds the 4th. */
function firstMonday(year: number): number {
  return 4 - ((new Date(Date.UTC(year, 0, 4)).getUTCDay() + 6) % 7)
}

/** How many periods are made up at most. */
const MOST: Readonly<Record<PeriodUnit, number>> = { day: 31, week: 8, month: 13, quarter: 5, year: 2 }

/** The periods of a unit that ended in (afterMs, nowMs], oldest first, at most the newest of them. */
export function endedReports(unit: PeriodUnit, timezone: string, afterMs: number, nowMs: number): ReportPeriod[] {
  const before = ({ startMs }: Period) => readPeriod(nameAt(unit, timezone, startMs - 1), timezone)
  const periods: ReportPeriod[] = []
  let period = before(readPeriod(nameAt(unit, timezone, nowMs), timezone))
  while (period.endMs > afterMs && periods.length < MOST[unit]) {
    periods.unshift(period)
    period = before(period)
  }
  return periods
}

/** The period that holds an instant, as it is written. */
function nameAt(unit: PeriodUnit, timezone: string, tMs: number): string {
  const day = localDate(timezone, { startMs: tMs, endMs: tMs })
  const [year, month] = [day.slice(0, 4), Number(day.slice(5, 7))]
  switch (unit) {
    case 'day':
      return day
    case 'week':
      return weekOf(day)
    case 'month':
      return day.slice(0, 7)
    case 'quarter':
      return `${year}-Q${Math.ceil(month / 3)}`
    case 'year':
      return year
  }
}

/** The week of ISO 8601 that holds a date: its Thursday says of which year. */
function weekOf(day: string): string {
  const dateMs = Date.parse(day)
  const thursday = new Date(dateMs + (3 - ((new Date(dateMs).getUTCDay() + 6) % 7)) * DAY_MS)
  const year = thursday.getUTCFullYear()
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS))
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** The local days of a period, in order. */
export function periodDays({ startMs, endMs, timezone }: ReportPeriod): Period[] {
  const calendar = createCalendar(timezone)
  const days: Period[] = []
  for (let tMs = startMs; tMs < endMs; tMs = days.at(-1)?.endMs ?? endMs) days.push(periodAt(calendar, 'day', tMs))
  return days
}
