import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { createCalendar, periodAt, type Period } from '../../core/windows/calendar.ts'
import { configurationDigest } from '../../fold/configurations.ts'
import { createReplay, endReplay, replayFiles } from '../../fold/replay.ts'
import { closeBook, createBook, noteShownOfBook, noteRowOfBook } from '../../reports/days/book.ts'
import { countReader } from '../../reports/days/counts.ts'
import { readPage } from '../../reports/days/files.ts'
import { localDate, type DayPage } from '../../reports/days/page.ts'
import { pageFromStore } from '../../reports/days/stored.ts'
import { periodDays, type ReportPeriod } from '../../reports/period.ts'
import type { Site } from '../../site/site.ts'
import { failReading } from '../ending.ts'
import { createProgress, replayProgress } from '../progress.ts'
import { openFree } from '../free-store.ts'

/** The pages of a period's days by their local dates, with that of the day before it. */
export type PagesByDay = ReadonlyMap<string, DayPage>

/** Folds recordings, and makes the pages of what comes of them. */
export async function pagesOfRecordings(
  site: Site,
  recordings: readonly string[],
  period: ReportPeriod,
): Promise<PagesByDay> {
  const span = { startMs: dayBefore(period).startMs, endMs: period.endMs }
  const book = createBook(site, configurationDigest(site.config), span)
  const hear = countReader(site, (point, tMs, count) => noteShownOfBook(book, point, tMs, count))
  const replay = createReplay(site, (row) => noteRowOfBook(book, row))
  await replayFiles(replay, recordings, replayProgress(recordings), (packet) => {
    hear(packet)
    return undefined
  }).catch(failReading)
  endReplay(replay)
  return new Map(closeBook(book).map((page) => [page.day, page]))
}

/**
 * What the daemon has kept of the days. Where its store is free, days that can still change, or that it has not yet
 * written, are made anew of the rows there.
 */
export async function pagesKept(site: Site, period: ReportPeriod): Promise<PagesByDay> {
  const { config } = site
  const days = [dayBefore(period), ...periodDays(period)]
  const pages = new Map<string, DayPage>()
  for (const day of days) {
    const name = localDate(period.timezone, day)
    const page = await readPage(reportFolder(config), config.site.id, name)
    if (page !== undefined) pages.set(name, page)
  }
  const open = days.filter((day) => {
    const page = pages.get(localDate(period.timezone, day))
    return page === undefined || page.meters.some(({ state }) => state === 'provisional')
  })
  if (open.length === 0) return pages
  await using store = await openFree(config)
  if (store === undefined) return pages
  const show = createProgress('days')
  const digest = configurationDigest(config)
  for (const [n, day] of open.entries()) {
    const page = await pageFromStore(site, store, day, digest)
    const isKnown = page.meters.length > 0 || page.gauges.length > 0
    if (isKnown) pages.set(page.day, page)
    show(n + 1, (n + 1) / open.length)
  }
  return pages
}

/** Where the daemon keeps its reports. */
function reportFolder({ schedule, store }: Config): string {
  return schedule.report.path ?? join(store.path, 'reports')
}

function dayBefore({ startMs, timezone }: ReportPeriod): Period {
  return periodAt(createCalendar(timezone), 'day', startMs - 1)
}
