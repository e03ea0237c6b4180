import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { createCalendar, periodAt, type Period } from '../../core/windows/calendar.ts'
import { periodDays, type ReportPeriod } from '../period.ts'
import { readPage, withCountsOf } from './files.ts'
import { localDate, type DayPage } from './page.ts'

/** The pages of a period's days by their local dates, with that of the day before it. */
export type PagesByDay = ReadonlyMap<string, DayPage>

/** Where the daemon keeps its reports. */
export function reportFolder({ schedule, store }: Pick<Config, 'schedule' | 'store'>): string {
  return schedule.report.path ?? join(store.path, 'reports')
}

/** The local day before a period: it ends with the counts that the period begins with. */
export function dayBefore({ startMs, timezone }: ReportPeriod): Period {
  return periodAt(createCalendar(timezone), 'day', startMs - 1)
}

/** What is kept of a period's days, and of the day before it; `open` can still change, or was not written. */
export async function keptPages(
  config: Config,
  period: ReportPeriod,
): Promise<{ pages: Map<string, DayPage>; open: Period[] }> {
  const pages = new Map<string, DayPage>()
  const open: Period[] = []
  for (const day of [dayBefore(period), ...periodDays(period)]) {
    const name = localDate(period.timezone, day)
    const page = await readPage(reportFolder(config), config.site.id, name)
    if (page !== undefined) pages.set(name, page)
    if (page === undefined || page.meters.some(({ state }) => state === 'provisional')) open.push(day)
  }
  return { pages, open }
}

/** Adds a page that was made anew, if anything is known of its day. */
export function addMadePage(pages: Map<string, DayPage>, page: DayPage): void {
  const isKnown = page.meters.length > 0 || page.gauges.length > 0
  if (isKnown) pages.set(page.day, withCountsOf(page, pages.get(page.day)))
}
