import { configurationDigest } from '../fold/configurations.ts'
import { endedPeriods } from '../reports/day.ts'
import { readPage, withCountsOf, writePage } from '../reports/days/files.ts'
import { wantedPoints } from '../reports/days/gather.ts'
import { pageFromStore } from '../reports/days/stored.ts'
import type { Site } from '../site/site.ts'
import type { Store } from '../store/types.ts'
import type { Task } from './schedule.ts'

const HOUR_MS = 3_600_000

/**
 * Writes the page of each local day, of which reports of years are made: once its numbers have settled, and once more
 * when no backlog can reach it. Rows of points are kept for 30 days, pages for ever.
 */
export function pagesTask(site: () => Site, store: Pick<Store, 'history' | 'journal' | 'start'>, folder: string): Task {
  return {
    name: 'pages',
    cron: '25 * * * *',
    makeUp: true,
    run: async (nowMs, doneMs) => {
      const present = site()
      const { energies, gauges } = wantedPoints(present)
      if (energies.length + gauges.length === 0) return
      const { latenessMs, backlogMs } = present.plan
      const digest = configurationDigest(present.config)
      for (const waitMs of [latenessMs + 2 * HOUR_MS, backlogMs + latenessMs + 2 * HOUR_MS]) {
        for (const day of endedPeriods(present, 'day', doneMs - waitMs, nowMs - waitMs)) {
          const page = await pageFromStore(present, store, day, digest)
          const known = await readPage(folder, page.site, page.day)
          await writePage(folder, withCountsOf(page, known))
        }
      }
    },
  }
}
