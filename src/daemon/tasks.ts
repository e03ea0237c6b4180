import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { formatInstant } from '../ingest/times.ts'
import { figuresTask, monthTask } from './alarm-figures.ts'
import { certificateDaysLeft, certificateFiles, certificateState } from './certificate.ts'
import type { Config } from '../config/config.ts'
import type { Health } from '../health/health.ts'
import type { States } from '../health/log.ts'
import { cleanError } from '../health/secrets.ts'
import { pagesTask } from './day-pages.ts'
import { reportFolder } from '../reports/days/kept.ts'
import { dailyReport, endedPeriods, writeReport } from '../reports/day.ts'
import { energyReports } from './energy-reports.ts'
import type { Task } from './schedule.ts'
import type { Site } from '../site/site.ts'
import type { Row } from '../rows/rows.ts'
import type { HistoryQuery, Store } from '../store/types.ts'

/** What the scheduled tasks work with. `site` is asked each time: it may be reloaded. */
interface TaskParts {
  site: () => Site
  store: Store
  emit: (row: Row) => void
  health: Health
  states: States
}

const HOUR_MS = 3_600_000

/** What the daemon does at set times, all UTC. */
export function dailyTasks({ site, store, emit, health, states }: TaskParts): Task[] {
  const tasks: Task[] = [
    figuresTask(site, store, emit),
    { name: 'purge', cron: '7 * * * *', makeUp: false, run: async (nowMs) => void (await store.purge(nowMs)) },
    {
      name: 'certificates',
      cron: '30 * * * *',
      makeUp: true,
      run: (nowMs) => checkCertificates(site().config, health, states, nowMs),
    },
  ]
  const { backup } = site().config.schedule
  if (backup.keep > 0) {
    const folder = backup.path ?? join(site().config.store.path, 'backups')
    tasks.push({
      name: 'backup',
      cron: '10 2 * * *',
      makeUp: true,
      run: (nowMs) => copyDatabase(store, folder, backup.keep, nowMs),
    })
  }
  const reports = reportFolder(site().config)
  tasks.push(monthTask(site, store, reports), pagesTask(site, store, reports), ...energyReports(site, store, states), {
    name: 'report',
    // Hourly, because days end at different hours. Each is reported once, when its numbers have settled.
    cron: '20 * * * *',
    makeUp: true,
    run: (nowMs, doneMs) => reportDays(site(), store, reports, nowMs, doneMs),
  })
  return tasks
}

/** Copies the database as `coldaisle-YYYY-MM-DD.db` and keeps the newest `keep` copies. */
async function copyDatabase(store: Store, folder: string, keep: number, nowMs: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await store.backup(join(folder, `coldaisle-${formatInstant(nowMs).slice(0, 10)}.db`))
  const copies = (await readdir(folder)).filter((name) => /^coldaisle-\d{4}-\d\d-\d\d\.db$/.test(name)).sort()
  for (const name of copies.slice(0, -keep)) await rm(join(folder, name))
}

/** Tells of certificates that end within 30, 7 and 1 days, once each. One that cannot be read has no days. */
export async function checkCertificates(config: Config, health: Health, states: States, nowMs: number): Promise<void> {
  const files = certificateFiles(config)
  const names = new Set(files.map(({ name }) => name))
  for (const name of health.certificateDays.keys()) if (!names.has(name)) health.certificateDays.delete(name)
  for (const { name, file, isAuthority } of files) {
    try {
      const days = await certificateDaysLeft(file, nowMs, isAuthority ? 'authorities' : 'chain')
      health.certificateDays.set(name, days)
      const state = certificateState(days)
      states.tell(`certificate of ${name}`, state, { days: Math.floor(days) }, state === 'good' ? 'info' : 'warn')
    } catch (error) {
      health.certificateDays.delete(name)
      states.tell(`certificate of ${name}`, 'cannot be read', { reason: cleanError(error) }, 'error')
    }
  }
}

/** Reports the local days that have ended and settled since the last time. */
async function reportDays(site: Site, store: Store, folder: string, nowMs: number, doneMs: number): Promise<void> {
  const settlingMs = site.plan.latenessMs + 2 * HOUR_MS
  for (const { startMs, endMs } of endedPeriods(site, 'day', doneMs - settlingMs, nowMs - settlingMs)) {
    const rows = await rowsOfDay(store, startMs, endMs)
    await writeReport(folder, site, startMs, endMs, dailyReport(rows, site, startMs, endMs))
  }
}

/** Energy of the whole day; windows and compliance of its end. The history gives a bounded number of rows a call. */
async function rowsOfDay(store: Store, startMs: number, endMs: number): Promise<Row[]> {
  const rows: Row[] = []
  const take = async (measurement: 'energy' | 'pue' | 'compliance', query: HistoryQuery) => {
    for (const row of await store.history(measurement, query)) rows.push({ ...row, measurement })
  }
  for (let fromMs = startMs; fromMs < endMs; fromMs += HOUR_MS) {
    await take('energy', { fromMs: fromMs + 1, toMs: Math.min(fromMs + HOUR_MS, endMs), limit: ROWS })
  }
  await take('pue', { fromMs: endMs, toMs: endMs, limit: ROWS })
  await take('compliance', { fromMs: endMs, toMs: endMs, limit: ROWS })
  return rows
}

const ROWS = 20_000
