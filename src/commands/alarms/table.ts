import { parseInstant } from '../../ingest/times.ts'
import { siteTime } from '../../rows/words/format.ts'
import type { HistoryRow } from '../../store/types.ts'

/** Columns are parted by at least two blanks, and no cell is empty or holds two of them: each line has all columns. */
const NOTHING = '-'

/** What stands or is set aside, worst first; times are the site's. */
export function alarmTable(rows: readonly HistoryRow[], timezone: string): string {
  if (rows.length === 0) return 'no alarm stands, and none is set aside\n'
  const head = ['state', 'severity', 'alarm', 'source', 'since', 'who', 'until', 'message']
  return tableOf([
    head,
    ...rows.map((row) => {
      const { tags, fields } = row
      const state = fields['state'] === 'cleared' ? 'cleared, to acknowledge' : cellText(fields['state'])
      const until = fields['until'] === undefined ? NOTHING : siteTime(parseInstant(fields['until']), timezone)
      const since = siteTime(sinceMsOf(row), timezone)
      const who = cellText(fields['who'])
      return [
        state,
        cellText(tags['severity']),
        cellText(tags['alarm']),
        cellText(tags['source']),
        since,
        who,
        until,
      ].concat(cellText(fields['message']))
    }),
  ])
}

/** Transitions, oldest first; times are the site's. */
export function transitionTable(rows: readonly HistoryRow[], timezone: string): string {
  if (rows.length === 0) return 'no transition in that time\n'
  const head = ['time', 'state', 'severity', 'alarm', 'source', 'who', 'message']
  return tableOf([
    head,
    ...rows.map(({ tags, fields, timeMs }) => [
      siteTime(timeMs, timezone),
      cellText(fields['state']),
      cellText(tags['severity']),
      cellText(tags['alarm']),
      cellText(tags['source']),
      cellText(fields['who']),
      cellText(fields['message']),
    ]),
  ])
}

/** What the figures of a day should be: ISA-18.2, EEMUA 191. */
const TARGETS = ['target', '<= 150', '', '', '', '', '<= 30', '< 1', '< 1', '< 5', '0', '< 5', '', '', '']

/** The figures of days or hours, oldest first, and below them what they should be. */
export function figuresTable(rows: readonly HistoryRow[], window: 'day' | 'hour', timezone: string): string {
  if (rows.length === 0) return `no ${window} of that time has figures: the daemon makes them as it ends\n`
  const isDay = window === 'day'
  const head = [
    window,
    'raised',
    'critical',
    'high',
    'warning',
    'low',
    'in an hour',
    'flood %',
    'busy h %',
    'top ten %',
  ]
  return tableOf([
    [...head, 'chattering', 'over 24 h', 'stale', 'to ack', 'to clear'],
    ...rows.map(({ fields, timeMs }) => [
      isDay ? siteTime(timeMs - 1, timezone).slice(0, 10) : siteTime(timeMs - 3_600_000, timezone),
      ...['raised', 'critical', 'high', 'warning', 'low', 'most_in_hour', 'flood_pct', 'busy_pct', 'top_pct'].map(
        (name) => figureText(fields[name]),
      ),
      ...['chattering', 'standing', 'stale'].map((name) => figureText(fields[name])),
      durationText(fields['ack_p50_s']),
      durationText(fields['clear_p50_s']),
    ]),
    ...(isDay ? [TARGETS.map((target) => (target === '' ? NOTHING : target))] : []),
  ])
}

function figureText(field: unknown): string {
  if (typeof field !== 'number') return NOTHING
  return Number.isInteger(field) ? String(field) : field.toFixed(1)
}

function durationText(field: unknown): string {
  if (typeof field !== 'number') return NOTHING
  return field < 120 ? `${Math.round(field)} s` : `${Math.round(field / 60)} min`
}

/** Since when an alarm is in breach; rows of releases that did not say so have the time of their state. */
function sinceMsOf({ fields, timeMs }: HistoryRow): number {
  const sinceMs = fields['since_ms']
  return typeof sinceMs === 'number' ? sinceMs : timeMs
}

/** A text of a row in one line; `-` for none. */
export function cellText(field: unknown): string {
  const text = typeof field === 'string' ? field.replace(/\s+/g, ' ').trim() : ''
  return text === '' ? NOTHING : text
}

/** Lines of columns, the head first. The last column is not padded: it is as long as it likes. */
export function tableOf(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const padded = (word: string, column: number) => word.padEnd(widths[column] ?? 0)
  return lines.map((line) => `${line.map(padded).join('  ').trimEnd()}\n`).join('')
}
