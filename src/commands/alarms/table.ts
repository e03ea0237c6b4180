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

/**
 * Lines of columns, the head first. The last column is not padded: it is as long as it likes. On a terminal of fewer
 * columns than that, what does not fit goes to lines of its own, indented, and long texts are parted between words.
 */
export function tableOf(lines: readonly (readonly string[])[], terminal = process.stdout.columns ?? Infinity): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const groups = groupsWithin(widths, terminal)
  return lines.map((line) => groups.map((group) => groupText(line, group, widths, terminal)).join('')).join('')
}

const INDENT = 4

/** The columns of each line, from and up to: as many as fit beside each other. */
function groupsWithin(widths: readonly number[], terminal: number): { from: number; to: number }[] {
  const groups: { from: number; to: number }[] = []
  let used = Infinity
  for (const [column, width] of widths.entries()) {
    const last = groups.at(-1)
    if (last !== undefined && used + 2 + width <= terminal) {
      last.to = column + 1
      used += 2 + width
    } else {
      groups.push({ from: column, to: column + 1 })
      used = width + (column === 0 ? 0 : INDENT)
    }
  }
  return groups
}

function groupText(
  line: readonly string[],
  { from, to }: { from: number; to: number },
  widths: readonly number[],
  terminal: number,
): string {
  const text = line
    .slice(from, to)
    .map((word, n) => word.padEnd(widths[from + n] ?? 0))
    .join('  ')
    .trimEnd()
  if (from > 0 && /^[- ]*$/.test(text)) return ''
  const indent = from === 0 ? '' : ' '.repeat(INDENT)
  return to - from > 1 || text.length + indent.length <= terminal
    ? `${indent}${text}\n`
    : wrapped(text, terminal - indent.length)
        .map((part) => `${indent}${part}\n`)
        .join('')
}

/** A text in lines of so many columns, parted at blanks; a longer word has a line of its own. */
function wrapped(text: string, width: number): string[] {
  const parts: string[] = []
  for (const word of text.split(' ')) {
    const last = parts.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) parts[parts.length - 1] = `${last} ${word}`
    else parts.push(word)
  }
  return parts
}
