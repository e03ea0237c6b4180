import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { programVersion } from '../../config/files/program-version.ts'
import type { EnergyReport } from '../../config/reporting/report-schema.ts'
import type { RuleSet } from '../../config/rules/rules.ts'
import { configurationDigest } from '../../fold/configurations.ts'
import type { Site } from '../../site/site.ts'
import type { Store } from '../../store/types.ts'
import { oldestPage } from '../days/files.ts'
import { addMadePage, keptPages, reportFolder } from '../days/kept.ts'
import { localDate } from '../days/page.ts'
import { pageFromStore } from '../days/stored.ts'
import { buildReport } from '../model/build.ts'
import { YEAR_COVERAGE } from '../model/indicators.ts'
import { packFiles } from '../pack/files.ts'
import { newestRevision, readManifest } from '../pack/open.ts'
import { chainOf, writePack } from '../pack/write.ts'
import type { ReportPeriod } from '../period.ts'

/** A report of a period that is over. */
interface DueReport {
  readonly period: ReportPeriod
  readonly rules: RuleSet
  /** Undefined: nobody signs its packs. */
  readonly key: KeyObject | undefined
}

/** How long after its end a period is reported: once it has settled, and once no backlog can reach it. */
export function waitsOf({ plan }: Site): { settledMs: number; closedMs: number } {
  const settledMs = plan.latenessMs + 2 * HOUR_MS
  return { settledMs, closedMs: plan.backlogMs + settledMs }
}

const HOUR_MS = 3_600_000
const CLOSED = 'no reading of this period can come any more'

/** Where packs of scheduled reports lie, a chain of revisions for each report. */
export function packFolder(site: Site): string {
  return join(reportFolder(site.config), 'packs')
}

/** Whether anything was kept before a period: a silent site is reported, one that was not there yet is not. */
async function hasBegun({ config }: Site, { startMs, endMs, timezone }: ReportPeriod): Promise<boolean> {
  const oldest = await oldestPage(reportFolder(config), config.site.id)
  return oldest !== undefined && oldest < localDate(timezone, { startMs, endMs: Math.min(endMs, startMs + 1) })
}

/**
 * Makes what is due of a report, as a revision of its own. The first is preliminary; the second, once no backlog can
 * reach it, is complete if enough is known. Gives its path; undefined: it is there already, somebody has released it,
 * or nothing was known of the site yet. Throws Error.
 */
export async function makeDue(
  site: Site,
  store: Pick<Store, 'history' | 'journal' | 'start'>,
  { period, rules, key }: DueReport,
  nowMs: number,
): Promise<string | undefined> {
  const folder = packFolder(site)
  const newest = newestRevision(chainOf(folder, { site: site.config.site.id, period, rules }))
  const isClosed = nowMs >= period.endMs + waitsOf(site).closedMs
  if (newest !== undefined) {
    const manifest = await readManifest(newest.path)
    const isReleased = manifest?.status.startsWith('final') === true
    const madeMs = Date.parse(manifest?.signedAtByMachine ?? '')
    if (!isClosed || isReleased || madeMs >= period.endMs + waitsOf(site).closedMs) return undefined
  }
  const { pages, open } = await keptPages(site.config, period)
  const digest = configurationDigest(site.config)
  for (const day of open) addMadePage(pages, await pageFromStore(site, store, day, digest))
  if (pages.size === 0 && !(await hasBegun(site, period))) return undefined
  const built = buildReport({
    config: site.config,
    rules,
    period,
    pageOf: (day) => pages.get(day),
    madeAtMs: nowMs,
    software: programVersion(),
  })
  const isComplete = isClosed && built.coverage >= YEAR_COVERAGE
  const report: EnergyReport = isComplete ? { ...built, status: 'complete, not released' } : built
  const files = packFiles(report, [...pages.values()], rules, site.config)
  const reason = newest === undefined ? undefined : CLOSED
  return await writePack(folder, { report, files, key, reason, form: 'zip' })
}
