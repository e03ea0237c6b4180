import { configurationDigest } from '../../fold/configurations.ts'
import { createReplay, endReplay, replayFiles } from '../../fold/replay.ts'
import { closeBook, createBook, noteShownOfBook, noteRowOfBook } from '../../reports/days/book.ts'
import { countReader } from '../../reports/days/counts.ts'
import { addMadePage, dayBefore, keptPages, type PagesByDay } from '../../reports/days/kept.ts'
import { pageFromStore } from '../../reports/days/stored.ts'
import type { ReportPeriod } from '../../reports/period.ts'
import type { Site } from '../../site/site.ts'
import { failReading } from '../ending.ts'
import { createProgress, replayProgress } from '../progress.ts'
import { openFree } from '../free-store.ts'

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
  const { pages, open } = await keptPages(config, period)
  if (open.length === 0) return pages
  await using store = await openFree(config)
  if (store === undefined) return pages
  const show = createProgress('days')
  const digest = configurationDigest(config)
  for (const [n, day] of open.entries()) {
    addMadePage(pages, await pageFromStore(site, store, day, digest))
    show(n + 1, (n + 1) / open.length)
  }
  return pages
}
