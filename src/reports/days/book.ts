import { createCalendar, periodAt, type Calendar, type Period } from '../../core/windows/calendar.ts'
import type { Row } from '../../rows/rows.ts'
import type { Site } from '../../site/site.ts'
import { noteShown, noteRow, openDay, pageOf, type OpenDay } from './gather.ts'
import type { DayPage } from './page.ts'

/** PeriodPages of a recording's days, made as its rows come. A day is closed once no correction can reach it. */
interface Book {
  readonly site: Site
  readonly configuration: string
  readonly span: Period
  readonly calendar: Calendar
  readonly open: Map<number, OpenDay>
  readonly pages: DayPage[]
  /** End of the newest day that has a row. */
  newestMs: number
}

const DAY_MS = 86_400_000

/** A book of the days in `span`; rows of others are passed over. */
export function createBook(site: Site, configuration: string, span: Period): Book {
  const calendar = createCalendar(site.config.site.timezone)
  return { site, configuration, span, calendar, open: new Map(), pages: [], newestMs: -Infinity }
}

export function noteRowOfBook(book: Book, row: Row): void {
  const day = dayOf(book, row.timeMs - 1)
  if (day !== undefined) noteRow(day, row)
}

/** A count is of the day that it ends, where it comes at midnight sharp. */
export function noteShownOfBook(book: Book, point: string, tMs: number, count: number): void {
  const day = dayOf(book, tMs - 1)
  if (day !== undefined) noteShown(day, point, tMs, count)
}

/** Closes what is open and gives all pages, oldest first. */
export function closeBook(book: Book): DayPage[] {
  closeBefore(book, Infinity)
  return book.pages
}

function dayOf(book: Book, tMs: number): OpenDay | undefined {
  for (const day of book.open.values()) if (tMs >= day.period.startMs && tMs < day.period.endMs) return day
  if (!(tMs >= book.span.startMs && tMs < book.span.endMs)) return undefined
  const period = periodAt(book.calendar, 'day', tMs)
  if (period.endMs <= book.newestMs - book.site.plan.backlogMs - DAY_MS) return undefined
  const day = openDay(book.site, period)
  book.open.set(period.startMs, day)
  book.newestMs = Math.max(book.newestMs, period.endMs)
  closeBefore(book, book.newestMs - book.site.plan.backlogMs - DAY_MS)
  return day
}

function closeBefore(book: Book, endMs: number): void {
  const over = [...book.open.values()].filter(({ period }) => period.endMs <= endMs)
  for (const day of over.toSorted((a, b) => a.period.startMs - b.period.startMs)) {
    book.open.delete(day.period.startMs)
    book.pages.push(pageOf(day, book.configuration))
  }
}
