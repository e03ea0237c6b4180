import { createCalendar, midnightMs } from '../../core/windows/calendar.ts'
import { dateMs, digits } from '../../ingest/civil-time.ts'
import { parseInstant } from '../../ingest/times.ts'
import { instantFault, type StringFault } from '../strings.ts'

/** What holds from one date on, until another: either may be absent. The end is no part of it. */
export interface Stretch {
  readonly from?: string | undefined
  readonly until?: string | undefined
}

/** A factor that holds from a date on, until the next one. */
export interface DatedFactor {
  readonly from: string
  readonly factor: number
}

/** A date such as 2026-03-01, which is midnight in the site's time zone, or an instant with its offset. */
export function dateFault(written: string): StringFault | undefined {
  if (isDate(written) || instantFault(written) === undefined) return undefined
  return {
    reason: `${JSON.stringify(written)} is neither a date nor a time with an offset`,
    hint: "write one such as 2026-03-01 (midnight in the site's time zone) or 2026-03-01T10:15:00+01:00",
  }
}

/** Gives the instants of a site's dates, epoch ms. */
export type ReadDate = (written: string) => number

/** Reads dates in a time zone; one that is none was told by its schema, and is NaN. */
export function dateReader(timezone: string | undefined): ReadDate {
  const known = new Map<string, number>()
  const calendar = createCalendar(timezone ?? 'UTC')
  const read = (written: string): number => {
    if (!isDate(written)) return parseInstant(written)
    return midnightMs(calendar, digits(written, 0, 4), digits(written, 5, 2), digits(written, 8, 2))
  }
  return (written) => {
    const tMs = known.get(written) ?? read(written)
    known.set(written, tMs)
    return tMs
  }
}

/** Whether a time is in a stretch. */
export function isWithin({ from, until }: Stretch, tMs: number, read: ReadDate): boolean {
  return !(from !== undefined && tMs < read(from)) && !(until !== undefined && tMs >= read(until))
}

/** The factor at a time: the last one that holds from then or earlier, else the one without a date. */
export function factorAt(
  of: { readonly factor: number; readonly factors?: readonly DatedFactor[] | undefined },
  tMs: number,
  read: ReadDate,
): number {
  return of.factors?.findLast(({ from }) => read(from) <= tMs)?.factor ?? of.factor
}

function isDate(written: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(written)) return false
  return !Number.isNaN(dateMs(digits(written, 0, 4), digits(written, 5, 2), digits(written, 8, 2)))
}
