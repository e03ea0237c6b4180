import type { CalendarUnit } from '../contract/plan.ts'

/** A local day, month or year as UTC instants. */
export interface Period {
  startMs: number
  endMs: number
}

/** A time zone's calendar. Offsets are whole quarter hours, as in every zone in use since 1972. */
export interface Calendar {
  readonly format: Intl.DateTimeFormat
}

const QUARTER_MS = 900_000

/** Throws RangeError for a zone that is not in the tz database. */
export function createCalendar(timezone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  })
  return { format }
}

/** The local day, month or year that holds the instant `tMs`. A day may have 23 or 25 hours. */
export function periodAt(calendar: Calendar, unit: CalendarUnit, tMs: number): Period {
  const [year, month, day] = localDate(calendar, tMs)
  switch (unit) {
    case 'day':
      return { startMs: midnightMs(calendar, year, month, day), endMs: midnightMs(calendar, year, month, day + 1) }
    case 'month':
      return { startMs: midnightMs(calendar, year, month, 1), endMs: midnightMs(calendar, year, month + 1, 1) }
    case 'year':
      return { startMs: midnightMs(calendar, year, 1, 1), endMs: midnightMs(calendar, year + 1, 1, 1) }
  }
}

/** First instant of a local date (months and days count from 1): midnight, or later where the clocks skip midnight. */
export function midnightMs(calendar: Calendar, year: number, month: number, day: number): number {
  const nominalMs = Date.UTC(year, month - 1, day)
  // No offset exceeds 15 h; the local date never falls, so the first quarter hour that has it can be bisected.
  let beforeMs = nominalMs - 60 * QUARTER_MS
  let fromMs = nominalMs + 60 * QUARTER_MS
  while (fromMs - beforeMs > QUARTER_MS) {
    const middleMs = beforeMs + Math.floor((fromMs - beforeMs) / (2 * QUARTER_MS)) * QUARTER_MS
    const [y, m, d] = localDate(calendar, middleMs)
    if (Date.UTC(y, m - 1, d) >= nominalMs) fromMs = middleMs
    else beforeMs = middleMs
  }
  return fromMs
}

function localDate(calendar: Calendar, tMs: number): [number, number, number] {
  let year = NaN
  let month = NaN
  let day = NaN
  for (const part of calendar.format.formatToParts(tMs)) {
    if (part.type === 'year') year = Number(part.value)
    if (part.type === 'month') month = Number(part.value)
    if (part.type === 'day') day = Number(part.value)
  }
  return [year, month, day]
}
