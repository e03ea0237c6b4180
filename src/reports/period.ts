import { BadInput } from '../config/bad-input.ts'
import { createCalendar, midnightMs, periodAt, type Period } from '../core/windows/calendar.ts'

/** A stretch of whole local days that a report is of. */
export interface ReportPeriod extends Period {
  /** As it was written: 2026, 2026-Q3, 2026-10, 2026-10-05. */
  readonly name: string
  readonly unit: 'day' | 'month' | 'quarter' | 'year'
  readonly timezone: string
}

const FORM = /^((?:19|2\d)\d\d)(?:-Q([1-4])|-(0[1-9]|1[0-2])(?:-(\d\d))?)?$/

/** Reads a period. Throws `BadInput` for what is none. */
export function readPeriod(name: string, timezone: string): ReportPeriod {
  const [, year, quarter, month, day] = FORM.exec(name) ?? []
  if (year === undefined) throw new BadInput(`${name} is no period: write 2026, 2026-Q3, 2026-10 or 2026-10-05`)
  const calendar = createCalendar(timezone)
  const at = (months: number, days: number) => midnightMs(calendar, Number(year), months, days)
  const first = quarter === undefined ? Number(month ?? 1) : 3 * Number(quarter) - 2
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

/** The local days of a period, in order. */
export function periodDays({ startMs, endMs, timezone }: ReportPeriod): Period[] {
  const calendar = createCalendar(timezone)
  const days: Period[] = []
  for (let tMs = startMs; tMs < endMs; tMs = days.at(-1)?.endMs ?? endMs) days.push(periodAt(calendar, 'day', tMs))
  return days
}
