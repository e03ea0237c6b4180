import type { Period } from '../core/windows/calendar.ts'
import { alarmFigures, standingsFrom } from '../reports/alarm-figures.ts'
import { endedPeriods } from '../reports/day.ts'
import { monthlyAlarms, writeMonthlyAlarms } from '../reports/month-alarms.ts'
import type { Row } from '../rows/rows.ts'
import { ALARM_FIGURES } from '../rows/tables/alarm-figures.ts'
import { fieldsOf } from '../rows/tables/table.ts'
import type { Site } from '../site/site.ts'
import { HISTORY_ROWS, type HistoryRow, type Store } from '../store/types.ts'
import type { Task } from './schedule.ts'

const HOUR_MS = 3_600_000
/** A row of an alarm may be so much younger than the moment that it tells: older ones are late, and do not count. */
const SETTLING_MS = 5 * 60_000
const HOURS_AT_MOST = 31 * 24
/** Rows of an alarm among which one is that does not tell of a late breach. */
const BACK = 20

/** Emits the figures of each hour and each day of the site once they are over, those missed while it was down too. */
export function figuresTask(site: () => Site, store: Store, emit: (row: Row) => void): Task {
  return {
    name: 'alarm figures',
    cron: '6 * * * *',
    makeUp: true,
    async run(nowMs, doneMs) {
      const [fromMs, toMs] = [doneMs - SETTLING_MS, nowMs - SETTLING_MS]
      for (const row of await figureRows(site(), store, fromMs, toMs)) emit(row)
    },
  }
}

/** Writes a table of the alarms of each month of the site once it is over. */
export function monthTask(site: () => Site, store: Store, folder: string): Task {
  return {
    name: 'alarms of the month',
    cron: '27 * * * *',
    makeUp: true,
    async run(nowMs, doneMs) {
      for (const month of endedPeriods(site(), 'month', doneMs - SETTLING_MS, nowMs - SETTLING_MS)) {
        const before = (await newestBefore(store, month.startMs)).toReversed()
        const rows = await transitionsIn(store, month.startMs, month.endMs)
        const plannedPct = await plannedShare(store, month.endMs)
        await writeMonthlyAlarms(folder, site(), month, monthlyAlarms(before, rows, site(), month, plannedPct))
      }
    },
  }
}

/** The share of a month in which work was planned at inlets of the site; NaN: there is no compliance of it. */
async function plannedShare(store: Pick<Store, 'history'>, endMs: number): Promise<number> {
  const tags = { scope: 'site', window: 'month' }
  const [row] = await store.history('compliance', { tags, fromMs: endMs, toMs: endMs, limit: 1 })
  return row === undefined ? NaN : Number(row.fields['planned_pct'] ?? 0)
}

/** The figures of hours and days that ended in (fromMs, toMs], at most of the last 31 days. */
export async function figureRows(site: Site, store: Pick<Store, 'history'>, fromMs: number, toMs: number) {
  const hours = endedHours(fromMs, toMs)
  const days = endedPeriods(site, 'day', fromMs, toMs)
  const startMs = Math.min(hours[0]?.startMs ?? Infinity, days[0]?.startMs ?? Infinity)
  if (startMs === Infinity) return []
  const before = (await newestBefore(store, startMs)).toReversed()
  const rows = await transitionsIn(store, startMs, toMs)
  const of = (window: 'hour' | 'day', periods: readonly Period[]): Row[] => {
    const [first] = periods
    const standings = standingsFrom([...before, ...rows.filter(({ timeMs }) => timeMs < (first?.startMs ?? 0))])
    return periods.map((period) => ({
      measurement: 'alarm_figures',
      tags: { site: site.config.site.id, window },
      fields: fieldsOf(ALARM_FIGURES, alarmFigures(standings, rows, period)),
      timeMs: period.endMs,
    }))
  }
  return [...of('hour', hours), ...of('day', days)]
}

function endedHours(fromMs: number, toMs: number): Period[] {
  const last = Math.floor(toMs / HOUR_MS)
  const first = Math.max(Math.floor(fromMs / HOUR_MS), last - HOURS_AT_MOST)
  return Array.from({ length: Math.max(0, last - first) }, (_, n) => {
    return { startMs: (first + n) * HOUR_MS, endMs: (first + n + 1) * HOUR_MS }
  })
}

/** The newest transition of each alarm before a moment. */
async function newestBefore(store: Pick<Store, 'history'>, beforeMs: number): Promise<HistoryRow[]> {
  const query = { fromMs: 0, toMs: beforeMs - 1, limit: HISTORY_ROWS, perSeries: BACK, newestFirst: true }
  const seen = new Set<string>()
  return (await store.history('alarm', query)).filter(({ tags, fields }) => {
    const key = `${tags['alarm']} ${tags['source']}`
    if (fields['state'] === 'late' || seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** All transitions in [fromMs, toMs), oldest first. */
async function transitionsIn(store: Pick<Store, 'history'>, fromMs: number, toMs: number): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = []
  for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
    const hour = { fromMs: hourMs, toMs: Math.min(hourMs + HOUR_MS, toMs) - 1, limit: HISTORY_ROWS }
    rows.push(...(await store.history('alarm', hour)).toSorted((a, b) => a.timeMs - b.timeMs))
  }
  return rows
}
