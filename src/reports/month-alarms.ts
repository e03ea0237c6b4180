import { join } from 'node:path'
import type { Period } from '../core/windows/calendar.ts'
import type { Row } from '../rows/rows.ts'
import type { AlarmFigures } from '../rows/tables/alarm-figures.ts'
import { writeDurably } from '../store/durable.ts'
import { alarmFigures, standingsFrom } from './alarm-figures.ts'
import { csvText, endedPeriods, type ReportSite } from './day.ts'

/** A transition of an alarm; rows of `alarm` fit. */
type Transition = Pick<Row, 'tags' | 'fields' | 'timeMs'>

/** One line a figure, so that a spreadsheet can filter them. */
const COLUMNS = ['site', 'month', 'section', 'name', 'value', 'unit', 'target', 'met'] as const

type Line = Partial<Record<(typeof COLUMNS)[number], string>>

/** What is acceptable for one operator: ISA-18.2, EEMUA 191. Shares of severities are only about so. */
const MOST_A_DAY = 150
const MOST_FLOOD_PCT = 1
const MOST_BUSY_PCT = 1
const MOST_TOP_PCT = 5
const LEAST_STANDING = 5

/**
 * The alarms of one month of the site: figures of the month with what they should be, each day, and what was raised
 * most. `before` is what was told before it, the newest of each alarm, `rows` its transitions; both oldest first.
 * `plannedPct` is the share of the month in which work was planned at inlets, NaN: not known. CSV as the daily report.
 */
export function monthlyAlarms(
  before: readonly Transition[],
  rows: readonly Transition[],
  site: ReportSite,
  month: Period,
  plannedPct: number,
): string {
  const total = alarmFigures(standingsFrom(before), rows, month)
  const standings = standingsFrom(before)
  const days = daysOf(site, month).map((day) => ({ day, figures: alarmFigures(standings, rows, day) }))
  const lines = [
    ...monthLines(total, days, plannedPct),
    ...days.map((it) => dayLine(site, it)),
    ...topLines(rows, month),
  ]
  const head: Line = { site: site.config.site.id, month: monthName(site, month) }
  return csvText(
    COLUMNS,
    lines.map((line) => ({ ...head, ...line })),
  )
}

/** Writes it as `<site>-YYYY-MM-alarms.csv` into the folder, as a whole or not at all. Throws Error. */
export async function writeMonthlyAlarms(folder: string, site: ReportSite, month: Period, text: string): Promise<void> {
  await writeDurably(join(folder, `${site.config.site.id}-${monthName(site, month)}-alarms.csv`), text, 0o640)
}

interface DayOfAlarms {
  readonly day: Period
  readonly figures: AlarmFigures
}

/** A month has at most as many days as `endedPeriods` gives. */
function daysOf(site: ReportSite, { startMs, endMs }: Period): Period[] {
  return endedPeriods(site, 'day', startMs, endMs).filter((day) => day.startMs >= startMs)
}

function monthLines(total: AlarmFigures, days: readonly DayOfAlarms[], plannedPct: number): Line[] {
  const aDay = total.raised / days.length
  const most = Math.max(...days.map(({ figures }) => figures.standing))
  const share = (count: number) => (100 * count) / total.raised
  const line = (name: string, value: number, unit: string, target = '', met?: boolean): Line => ({
    section: 'month',
    name,
    value: numberText(value),
    unit,
    target,
    met: met === undefined || Number.isNaN(value) ? '' : met ? 'yes' : 'no',
  })
  return [
    line('raised', total.raised, ''),
    line('raised_a_day', aDay, '', `<= ${MOST_A_DAY}`, aDay <= MOST_A_DAY),
    line('days_above', days.filter(({ figures }) => figures.raised > MOST_A_DAY).length, 'days'),
    line('critical', share(total.critical), '%', 'about 5'),
    line('high', share(total.high), '%', 'about 15, with warning'),
    line('warning', share(total.warning), '%'),
    line('low', share(total.low), '%', 'about 80'),
    line('most_in_hour', total.most_in_hour, ''),
    line('flood_pct', total.flood_pct, '%', `< ${MOST_FLOOD_PCT}`, total.flood_pct < MOST_FLOOD_PCT),
    line('busy_pct', total.busy_pct, '%', `< ${MOST_BUSY_PCT}`, total.busy_pct < MOST_BUSY_PCT),
    line('top_pct', total.top_pct, '%', `< ${MOST_TOP_PCT}`, total.top_pct < MOST_TOP_PCT),
    line('chattering', total.chattering, 'sources', '0', total.chattering === 0),
    line('standing', most, 'over 24 h, at most on a day', `< ${LEAST_STANDING}`, most < LEAST_STANDING),
    line('stale', total.stale, ''),
    line('acked', total.acked, ''),
    line('ack_p50_s', total.ack_p50_s, 's'),
    line('ack_p90_s', total.ack_p90_s, 's'),
    line('cleared', total.cleared, ''),
    line('clear_p50_s', total.clear_p50_s, 's'),
    line('clear_p90_s', total.clear_p90_s, 's'),
    line('planned_pct', plannedPct, '% of the time of inlets'),
  ]
}

function dayLine(site: ReportSite, { day, figures }: DayOfAlarms): Line {
  const isMet = figures.raised <= MOST_A_DAY
  const target = `<= ${MOST_A_DAY}`
  return {
    section: 'day',
    name: dateText(site, day).join('-'),
    value: String(figures.raised),
    target,
    met: isMet ? 'yes' : 'no',
  }
}

const TOP = 10

/** What was raised most often, as `alarm source`. */
function topLines(rows: readonly Transition[], { startMs, endMs }: Period): Line[] {
  const inMonth = rows.filter(({ timeMs, fields }) => {
    const isRaise = fields['state'] === 'raised' || fields['state'] === 'chattering'
    return isRaise && timeMs >= startMs && timeMs < endMs
  })
  const counts = [...Map.groupBy(inMonth, ({ tags }) => `${tags['alarm']} ${tags['source']}`)]
  return counts
    .map(([name, each]) => ({ name, count: each.length }))
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, TOP)
    .map(({ name, count }): Line => ({ section: 'top', name, value: String(count) }))
}

function monthName(site: ReportSite, month: Period): string {
  return dateText(site, month).slice(0, 2).join('-')
}

/** Year, month and day of the middle of a period at the site. */
function dateText({ config }: ReportSite, { startMs, endMs }: Period): string[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: config.site.timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const parts = new Map(format.formatToParts((startMs + endMs) / 2).map(({ type, value }) => [type, value]))
  return [parts.get('year') ?? '', parts.get('month') ?? '', parts.get('day') ?? '']
}

/** Nothing for what is not known. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return ''
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}
