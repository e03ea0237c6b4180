import type { Config } from '../../config/config.ts'
import { dateReader } from '../../config/dated/dates.ts'
import { inEnglish, translationsOf } from '../../config/rules/said.ts'
import { ruleStateOn, type RuleSet } from '../../config/rules/rules.ts'
import { BadInput } from '../../config/bad-input.ts'
import { createCalendar, periodAt } from '../../core/windows/calendar.ts'
import { localDate, type DayPage } from '../days/page.ts'
import { periodDays, type ReportPeriod } from '../period.ts'
import { dayTotals } from './day-totals.ts'
import { fieldTotals } from './fields.ts'
import { indicatorsOf, YEAR_COVERAGE, limitChecks } from './indicators.ts'
import { invoicesOf } from './invoices.ts'
import { maskedOf } from './masked.ts'
import { meterTotals } from './meters.ts'
import type { Remark, EnergyReport } from '../../config/reporting/report-schema.ts'
import { sumOf, type PeriodPages } from './totals.ts'

interface ReportSource {
  readonly config: Config
  readonly rules: RuleSet
  readonly period: ReportPeriod
  /** The page of a local date; undefined: none was kept. */
  readonly pageOf: (day: string) => DayPage | undefined
  readonly madeAtMs: number
  readonly software: string
}

/** The report of a period, preliminary. Throws `BadInput` for a site that does not say of which boundary it is. */
export function buildReport({ config, rules, period, pageOf, madeAtMs, software }: ReportSource): EnergyReport {
  const boundary = config.disclosure?.boundary ?? onlyBoundary(config)
  const pages = pagesOf(period, pageOf)
  const facility = sumOf(config, pages, boundary, 'facility')
  const it = sumOf(config, pages, boundary, 'it')
  const sums = { facility: facility.total, it: it.total }
  const coverage = Math.min(facility.total.coverage, it.total.coverage)
  const fields = fieldTotals({ config, rules, period, pages, sums })
  const { category = 1, part: isPart = false } = config.boundaries[boundary] ?? {}
  const indicators = indicatorsOf(rules, fields, { period, isPart })
  const typedStart = config.disclosure?.typed['started']?.value
  const started = typeof typedStart === 'string' ? dayOf(typedStart) : undefined
  const dates = { startMs: period.startMs, endMs: period.endMs, read: dateReader(period.timezone) }
  const { meters, remarks: ofMeters } = meterTotals(config, pages)
  const masked = maskedOf(pages, boundary, sums)
  const invoices = invoicesOf(config, period, pages, boundary)
  const known = pages.days.flatMap((page) => page ?? [])
  const noted = ruleNote(config, rules, madeAtMs, period.timezone)
  return {
    form: 1,
    official: false,
    status: 'preliminary',
    site: config.site.id,
    boundary,
    category: String(category),
    isPart,
    period,
    rules: noted.rules,
    madeAtMs,
    software,
    coverage,
    remarks: [
      ...remarksOf(rules, period, pages, coverage),
      ...noted.remarks,
      ...masked.remarks,
      ...invoices.remarks,
      ...ofMeters,
      ...(rules.limits.some((limit) => limit.started) && started === undefined ? [remark('started_missing')] : []),
      ...changesOf(known),
    ],
    fields: fields.map(({ figure }) => figure),
    missing: fields.flatMap(({ figure }) => (figure.evidence === 'missing' ? [figure.id] : [])),
    indicators,
    limits: limitChecks(rules, indicators, started, dates),
    ...(masked.quotient !== undefined && { masked: masked.quotient }),
    terms: [...facility.terms, ...it.terms],
    meters,
    invoices: invoices.checks,
    days: dayTotals(config, period, pages, boundary),
    restatements: known.flatMap(({ day, restatements }) => restatements.map((each) => ({ ...each, day }))),
    configurations: configurationsOf(known),
    words: translationsOf(rules),
  }
}

function onlyBoundary({ boundaries }: Config): string {
  const whole = Object.entries(boundaries).filter(([, { part }]) => !part)
  const [first] = whole
  if (first === undefined || whole.length > 1) {
    throw new BadInput('the site does not say of which boundary a report is: add `disclosure: { boundary: NAME }`')
  }
  return first[0]
}

function pagesOf(period: ReportPeriod, pageOf: ReportSource['pageOf']): PeriodPages {
  const nameOf = (day: { startMs: number; endMs: number }) => localDate(period.timezone, day)
  const dayBefore = periodAt(createCalendar(period.timezone), 'day', period.startMs - 1)
  return {
    days: periodDays(period).map((day) => pageOf(nameOf(day))),
    before: pageOf(nameOf(dayBefore)),
    lengthMs: period.endMs - period.startMs,
  }
}

/** `2018-06` began on its first day. */
function dayOf(typed: string): string | undefined {
  const [, day] = /^(\d{4}-\d\d-\d\d)$/.exec(/^\d{4}-\d\d$/.test(typed) ? `${typed}-01` : typed) ?? []
  return day
}

function remark(code: Remark['code'], ...about: Remark['about']): Remark {
  return { code, about }
}

function remarksOf(rules: RuleSet, period: ReportPeriod, pages: PeriodPages, coverage: number): Remark[] {
  const missing = periodDays(period).flatMap((day, n) =>
    pages.days[n] === undefined ? [localDate(period.timezone, day)] : [],
  )
  const { from = '', until = '9' } = rules.periods
  const first = localDate(period.timezone, periodDays(period)[0] ?? period)
  return [
    ...(missing.length === 0 ? [] : [remark('days_missing', missing.length, listed(missing))]),
    ...(coverage < YEAR_COVERAGE ? [remark('low_coverage', coverage)] : []),
    ...(period.unit === 'year' ? [] : [remark('not_a_year', period.name)]),
    ...(first < from ? [remark('period_before', inEnglish(rules.title), from)] : []),
    ...(first >= until ? [remark('period_after', inEnglish(rules.title), until)] : []),
    ...(rules.filing ? [] : [remark('no_filing', inEnglish(rules.title))]),
    ...(pages.days.some((page) => page?.meters.some(({ state }) => state === 'provisional'))
      ? [remark('provisional')]
      : []),
  ]
}

const MOST_NAMED = 10

function listed(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ' …' : ''}`
}

/** What the report says of its rules, their state on the day that it is made. */
function ruleNote(config: Config, rules: RuleSet, madeAtMs: number, timezone: string) {
  const today = localDate(timezone, { startMs: madeAtMs, endMs: madeAtMs })
  const byOperator = config.disclosure?.rules[rules.id]
  const isByOperator = byOperator !== undefined && byOperator.inForce <= today
  const own = ruleStateOn(rules, today)
  const state = isByOperator ? 'in force' : (own?.state ?? 'not begun')
  const stateFrom = isByOperator ? byOperator.inForce : own?.from
  const parts = [
    ...(own !== undefined && own.confidence !== 'H' && !isByOperator ? ['state'] : []),
    ...(['periods', 'scope', 'due'] as const).filter((part) => rules[part].confidence !== 'H'),
  ]
  const { id, jurisdiction, keepYears, filing, source, read, checkedBy, digests, entry = '' } = rules
  const title = inEnglish(rules.title)
  const remarks = [
    ...(state === 'in force' ? [] : [remark('not_in_force', title, state, inEnglish(entry))]),
    ...(isByOperator ? [remark('entry_by_operator', byOperator.inForce, byOperator.journal)] : []),
    ...(parts.length === 0 ? [] : [remark('rules_unverified', parts.join(', '))]),
  ]
  return {
    remarks,
    rules: {
      id,
      title,
      jurisdiction,
      state,
      unverified: parts,
      scope: inEnglish(rules.scope.text),
      due: inEnglish(rules.due.text),
      filing,
      source: source.map(inEnglish),
      read,
      checkedBy: inEnglish(checkedBy),
      digests,
      ...(stateFrom !== undefined && { stateFrom }),
      ...(isByOperator && { journal: byOperator.journal }),
      ...(keepYears !== undefined && { keepYears }),
    },
  }
}

function changesOf(known: readonly DayPage[]): Remark[] {
  const configurations = new Set(known.map(({ configuration }) => configuration))
  const restated = known.reduce((sum, { restatements }) => sum + restatements.length, 0)
  return [
    ...(restated === 0 ? [] : [remark('restated', restated)]),
    ...(configurations.size <= 1 ? [] : [remark('configurations', configurations.size)]),
  ]
}

/** Which configuration was in force from which to which day. */
function configurationsOf(known: readonly DayPage[]): EnergyReport['configurations'] {
  const all: { digest: string; from: string; until: string }[] = []
  for (const { day, configuration } of known) {
    const last = all.at(-1)
    if (last?.digest === configuration) last.until = day
    else all.push({ digest: configuration, from: day, until: day })
  }
  return all
}
