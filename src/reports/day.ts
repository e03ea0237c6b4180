import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { createCalendar, periodAt, type Period } from '../core/windows/calendar.ts'
import { kwhText } from '../rows/numbers.ts'
import type { Row } from '../rows/rows.ts'
import { writeDurably } from '../store/durable.ts'

/** What a report has to know of its site; any `Site` fits. */
export interface ReportSite {
  readonly config: {
    readonly site: { readonly id: string; readonly timezone: string }
    readonly core: { readonly intervalS: number }
  }
}

/** One table for all kinds of lines, so that a spreadsheet can filter it. Cells that a kind lacks stay empty. */
const COLUMNS = [
  'site',
  'day',
  'kind', // energy, pue, compliance
  'name', // point; boundary; site, hall or inlet
  'role', // of the point; category of the boundary; scope of the compliance
  'window',
  'energy_kwh',
  'pue',
  'pue_name',
  'facility_kwh',
  'it_kwh',
  'coverage', // share of the time, 0 to 1
  'uncertainty', // of the PUE, ±, k = 2
  'estimated_share', // of the energy, 0 to 1
  'suspect',
  'state', // provisional, settled, restated
  'revision',
  'recommended_pct', // of the time with a known dry bulb, as the next two and unknown moisture
  'allowable_pct',
  'out_pct',
  'unknown_pct', // of all time
  'worst',
  'worst_out_pct',
  'within_allowable_pct', // recommended and allowable
  'moisture_unknown_pct',
  'basis', // by what the air is judged
] as const

type Line = Partial<Record<(typeof COLUMNS)[number], string>>

/** How many reports are made up at most. */
const MOST = { day: 31, month: 13 }
const SCOPES = ['site', 'hall', 'inlet']

/**
 * The report of one local day, [dayStartMs, dayEndMs) in epoch ms. It has the energy of each point in kWh, the PUE of
 * windows that end with the day, and the compliance of the day, worst inlets first. It is CSV as in RFC 4180, UTF-8
 * without a byte order mark, numbers with a point. `rows` come from the local history, each once; those of other times
 * are passed over. Throws an Error when a point has more intervals than the day.
 */
export function dailyReport(rows: Iterable<Row>, site: ReportSite, dayStartMs: number, dayEndMs: number): string {
  const energies = new Map<string, Energy>()
  const pues = new Map<string, Row>()
  const compliances = new Map<string, Row>()
  for (const row of rows) {
    const { measurement, tags, timeMs } = row
    if (measurement === 'energy' && timeMs > dayStartMs && timeMs <= dayEndMs) addInterval(energies, row)
    if (timeMs !== dayEndMs) continue
    if (measurement === 'pue') pues.set(keyOf(tags.boundary, tags.window), row)
    if (measurement === 'compliance') compliances.set(keyOf(tags.scope, tags.name, tags.window), row)
  }
  const intervals = (dayEndMs - dayStartMs) / (site.config.core.intervalS * 1000)
  const lines = [
    ...[...energies].toSorted(([a], [b]) => compare(a, b)).map(([point, sum]) => energyLine(point, sum, intervals)),
    ...pueLines(pues),
    ...complianceLines([...compliances.values()]),
  ]
  const head: Line = { site: site.config.site.id, day: localDay(site, dayStartMs, dayEndMs) }
  return csvText(
    COLUMNS,
    lines.map((line) => ({ ...head, ...line })),
  )
}

/** Lines as CSV, their cells in the order of the columns. */
export function csvText<Column extends string>(
  columns: readonly Column[],
  lines: readonly Partial<Record<Column, string>>[],
): string {
  const cells = lines.map((line) => columns.map((column) => asText(line[column] ?? '')))
  return stringify(cells, { header: true, columns, record_delimiter: '\r\n', quoted_match: /[\r\n]/ })
}

/**
 * Writes a day's report as `<site>-YYYY-MM-DD.csv` into the folder, as a whole or not at all. Gives the file's path.
 * Throws Error.
 */
export async function writeReport(
  folder: string,
  site: ReportSite,
  dayStartMs: number,
  dayEndMs: number,
  text: string,
): Promise<string> {
  const file = join(folder, `${site.config.site.id}-${localDay(site, dayStartMs, dayEndMs)}.csv`)
  await writeDurably(file, text, 0o640)
  return file
}

/** The site's local days or months that ended in (afterMs, nowMs], oldest first, at most the newest 31 or 13. */
export function endedPeriods(site: ReportSite, unit: keyof typeof MOST, afterMs: number, nowMs: number): Period[] {
  const calendar = createCalendar(site.config.site.timezone)
  const before = ({ startMs }: Period) => periodAt(calendar, unit, startMs - 1)
  const periods: Period[] = []
  let period = before(periodAt(calendar, unit, nowMs))
  while (period.endMs > afterMs && periods.length < MOST[unit]) {
    periods.unshift(period)
    period = before(period)
  }
  return periods
}

interface Energy {
  role: string
  joules: number
  estimatedJ: number
  /** Sum of the intervals' coverages. */
  covered: number
  intervals: number
  revision: number
  states: Set<string>
}

function addInterval(energies: Map<string, Energy>, { tags, fields }: Row): void {
  const point = tags.point ?? ''
  const sum = energies.get(point) ?? {
    role: tags.role ?? '',
    joules: 0,
    estimatedJ: 0,
    covered: 0,
    intervals: 0,
    revision: 0,
    states: new Set(),
  }
  energies.set(point, sum)
  sum.intervals++
  sum.states.add(String(fields.state))
  sum.revision = Math.max(sum.revision, numberOf(fields.revision))
  if (typeof fields.energy_j !== 'number') return
  sum.joules += fields.energy_j
  sum.estimatedJ += fields.energy_j * numberOf(fields.estimated_share)
  sum.covered += numberOf(fields.coverage)
}

function energyLine(point: string, sum: Energy, intervals: number): Line {
  if (sum.intervals > intervals) throw new Error(`${point} has ${sum.intervals} intervals in a day of ${intervals}`)
  const known = sum.covered > 0
  return {
    kind: 'energy',
    name: point,
    role: sum.role,
    window: 'day',
    energy_kwh: known ? kwhText(sum.joules) : '',
    coverage: share(sum.covered / intervals),
    estimated_share: known ? share(sum.joules === 0 ? 0 : sum.estimatedJ / sum.joules) : '',
    state: leastSettled(sum.states),
    revision: String(sum.revision),
  }
}

/** A day is as settled as its least settled interval. Intervals without a row show in the coverage. */
function leastSettled(states: ReadonlySet<string>): string {
  return ['provisional', 'restated', 'settled'].find((state) => states.has(state)) ?? ''
}

function pueLines(rows: ReadonlyMap<string, Row>): Line[] {
  const lines = [...rows.values()]
    .filter(({ tags }) => tags.window !== 'live' && !rows.has(keyOf(tags.boundary, wholeOf(tags.window))))
    .map(({ tags, fields }): Line => ({
      kind: 'pue',
      name: tags.boundary ?? '',
      role: `category ${tags.category}`,
      window: tags.window ?? '',
      pue: decimals(fields.pue, 4),
      pue_name: text(fields.name),
      facility_kwh: typeof fields.facility_j === 'number' ? kwhText(fields.facility_j) : '',
      it_kwh: typeof fields.it_j === 'number' ? kwhText(fields.it_j) : '',
      coverage: decimals(fields.coverage, 4),
      uncertainty: decimals(fields.uncertainty, 4),
      estimated_share: decimals(fields.estimated_share, 4),
      suspect: fields.suspect === true ? 'yes' : 'no',
      state: text(fields.state),
      revision: text(fields.revision),
    }))
  return lines.toSorted((a, b) => compare(a.name, b.name) || windowOrder(a.window) - windowOrder(b.window))
}

/** `day` for `day_to_date`: at the end of a day both hold the same numbers. */
function wholeOf(window = ''): string {
  return window.endsWith('_to_date') ? window.slice(0, -'_to_date'.length) : ''
}

/** Windows by length, those of the calendar among them. */
function windowOrder(window = ''): number {
  const days = { day: 1, day_to_date: 1, month: 30.5, month_to_date: 30.4, year: 365.5, year_to_date: 365.4 }[window]
  const [, count, unit] = /^(\d+)([a-z])$/.exec(window) ?? []
  const unitDays = { s: 1 / 86_400, m: 1 / 1440, h: 1 / 24, d: 1 }[unit ?? '']
  return days ?? Number(count) * (unitDays ?? Number.NaN)
}

function complianceLines(rows: readonly Row[]): Line[] {
  const days = rows.filter(({ tags }) => tags.window === 'day' && SCOPES.includes(tags.scope ?? ''))
  // An inlet's row is not written again when it settles; the site's is, at the same time
  const isSettled = days.some(({ tags, fields }) => tags.scope === 'site' && fields.state !== 'provisional')
  const order = (a: Row, b: Row) =>
    SCOPES.indexOf(a.tags.scope ?? '') - SCOPES.indexOf(b.tags.scope ?? '') ||
    numberOf(b.fields.out_pct) - numberOf(a.fields.out_pct) ||
    numberOf(b.fields.allowable_pct) - numberOf(a.fields.allowable_pct) ||
    numberOf(b.fields.unknown_pct) - numberOf(a.fields.unknown_pct) ||
    compare(a.tags.name, b.tags.name)
  return days.toSorted(order).map(({ tags, fields }): Line => ({
    kind: 'compliance',
    name: tags.name ?? '',
    role: tags.scope ?? '',
    window: 'day',
    coverage: decimals(fields.coverage, 4),
    state: fields.state === 'provisional' && isSettled ? 'settled' : text(fields.state),
    revision: text(fields.revision),
    recommended_pct: decimals(fields.recommended_pct, 2),
    allowable_pct: decimals(fields.allowable_pct, 2),
    out_pct: decimals(fields.out_pct, 2),
    unknown_pct: decimals(fields.unknown_pct, 2),
    worst: text(fields.worst),
    worst_out_pct: decimals(fields.worst_out_pct, 2),
    within_allowable_pct: decimals(fields.within_allowable_pct, 2),
    moisture_unknown_pct: decimals(fields.moisture_unknown_pct, 2),
    basis: text(fields.basis),
  }))
}

/** The date that the middle of the day has on the site: its start may be an hour that the clocks skip. */
function localDay({ config }: ReportSite, dayStartMs: number, dayEndMs: number): string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: config.site.timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const parts = new Map(format.formatToParts((dayStartMs + dayEndMs) / 2).map(({ type, value }) => [type, value]))
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
}

/** A spreadsheet computes what begins like a formula; an apostrophe makes it text. A negative number stays a number. */
function asText(field: string): string {
  return /^[=+\-@\t\r]/.test(field) && !/^-\d+(\.\d+)?$/.test(field) ? `'${field}` : field
}

function share(part: number): string {
  return part.toFixed(4)
}

function decimals(field: string | number | boolean | undefined, digits: number): string {
  return typeof field === 'number' ? field.toFixed(digits) : ''
}

function text(field: string | number | boolean | undefined): string {
  return field === undefined ? '' : String(field)
}

/** Unknown counts as 0: for sums and order only. */
function numberOf(field: string | number | boolean | undefined): number {
  return typeof field === 'number' ? field : 0
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function keyOf(...parts: (string | undefined)[]): string {
  return JSON.stringify(parts)
}
