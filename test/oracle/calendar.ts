const QUARTER_MS = 15 * 60_000

export type CalendarName = 'day' | 'month' | 'year'

export interface Stay {
  fromMs: number
  toMs: number
}

/** The local day, month or year that an instant lies in. */
export type Calendar = (name: CalendarName, tMs: number) => Stay

const CALENDARS = new Map<string, Calendar>()

/** The zone's calendar; what it found out once it keeps for the next who asks. */
export function calendarOf(timezone: string): Calendar {
  const known = CALENDARS.get(timezone) ?? createCalendar(timezone)
  CALENDARS.set(timezone, known)
  return known
}

/** A local calendar found by walking: every quarter of an hour UTC is asked for its local date. */
export function createCalendar(timezone: string): Calendar {
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const dates = new Map<number, string>()
  const dateAt = (tMs: number) => {
    const known = dates.get(tMs)
    if (known !== undefined) return known
    const date = clock.format(tMs)
    dates.set(tMs, date)
    return date
  }
  const letters = { day: 'yyyy-mm-dd'.length, month: 'yyyy-mm'.length, year: 'yyyy'.length }
  const found = new Map<string, Stay>()
  return (name, tMs) => {
    const quarterMs = Math.floor(tMs / QUARTER_MS) * QUARTER_MS
    const label = dateAt(quarterMs).slice(0, letters[name])
    const known = found.get(label)
    if (known !== undefined) return known
    const stay = { fromMs: quarterMs, toMs: quarterMs + QUARTER_MS }
    while (dateAt(stay.fromMs - QUARTER_MS).startsWith(label)) stay.fromMs -= QUARTER_MS
    while (dateAt(stay.toMs).startsWith(label)) stay.toMs += QUARTER_MS
    found.set(label, stay)
    return stay
  }
}
