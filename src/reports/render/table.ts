import type { EnergyReport } from '../../config/reporting/report-schema.ts'
import { csvText } from '../day.ts'
import { halfEven } from './print.ts'

/** One table for all kinds of lines, so that a spreadsheet can filter it. Cells that a kind lacks stay empty. */
const COLUMNS = [
  'site',
  'period',
  'rules',
  'official', // always no
  'section', // report, field, indicator, limit, meter, day, missing
  'name',
  'symbol',
  'value', // not rounded
  'printed', // as on the page, half to even, numbers with a point
  'unit',
  'plus_minus', // k = 2
  'coverage', // 0 to 1
  'estimated_share',
  'evidence', // measured, partly estimated, typed, missing
  'points',
  'typed_by',
  'typed_on',
  'typed_from',
  'unverified',
  'classes',
  'limit',
  'verdict',
  'opening',
  'opening_at',
  'closing',
  'closing_at',
  'note',
] as const

type Line = Partial<Record<(typeof COLUMNS)[number], string>>

/** The report as CSV (RFC 4180, UTF-8 without a byte order mark, numbers with a point). */
export function reportCsv(report: EnergyReport): string {
  const { site, period, rules } = report
  const head: Line = { site, period: period.name, rules: rules.id, official: 'no' }
  const lines = [
    ...statusLines(report),
    ...fieldLines(report),
    ...indicatorLines(report),
    ...meterLines(report),
    ...dayLines(report),
  ]
  return csvText(
    COLUMNS,
    lines.map((line) => ({ ...head, ...line })),
  )
}

function statusLines({ status, coverage, madeAtMs, software, incompleteBecause = '' }: EnergyReport): Line[] {
  const line = (name: string, value: string, note = ''): Line => ({ section: 'report', name, value, note })
  return [
    line('status', status, incompleteBecause),
    line('coverage', String(coverage)),
    line('made_at', new Date(madeAtMs).toISOString(), 'clock of the machine'),
    line('software', software),
  ]
}

function fieldLines({ fields }: EnergyReport): Line[] {
  return fields.map((figure): Line => ({
    section: 'field',
    name: figure.id,
    symbol: figure.symbol ?? '',
    value: figure.value === undefined ? '' : String(figure.value),
    ...(typeof figure.value === 'number' && { printed: printedOf(figure.value, figure.unit === 'kWh' ? 0 : 3) }),
    unit: figure.unit ?? '',
    ...numbersOf(figure),
    evidence: figure.evidence,
    points: figure.points.join(' '),
    typed_by: listed(figure.typed.map(({ by }) => by)),
    typed_on: listed(figure.typed.map(({ on }) => on)),
    typed_from: listed(figure.typed.map(({ source }) => source)),
    unverified: figure.unverified ? 'yes' : 'no',
    note: figure.note ?? '',
  }))
}

function indicatorLines({ indicators, limits }: EnergyReport): Line[] {
  return [
    ...indicators.map((it): Line => ({
      section: 'indicator',
      name: it.id,
      symbol: it.name,
      value: it.value === undefined ? '' : String(it.value),
      printed: it.value === undefined ? '' : printedOf(it.value, it.digits),
      unit: it.unit,
      ...numbersOf(it),
      unverified: it.unverified ? 'yes' : 'no',
      classes: it.classes.join(' '),
      note: it.missing.length === 0 ? it.basis : `${it.basis}; missing: ${it.missing.join(' ')}`,
    })),
    ...limits.map((it): Line => ({
      section: 'limit',
      name: it.indicator,
      value: it.value === undefined ? '' : String(it.value),
      limit: `${it.bound === 'most' ? '<=' : '>='} ${it.limit}`,
      verdict: it.verdict,
      unverified: it.unverified ? 'yes' : 'no',
      note: [`counts: ${it.due}`, it.from ?? '', it.note ?? ''].filter((part) => part !== '').join('; '),
    })),
  ]
}

function meterLines({ meters }: EnergyReport): Line[] {
  return meters.map((meter): Line => ({
    section: 'meter',
    name: meter.point,
    value: String(meter.amount),
    unit: meter.amountUnit,
    ...numbersOf(meter),
    opening: String(meter.opening?.count ?? ''),
    opening_at: meter.opening === undefined ? '' : new Date(meter.opening.atMs).toISOString(),
    closing: String(meter.closing?.count ?? ''),
    closing_at: meter.closing === undefined ? '' : new Date(meter.closing.atMs).toISOString(),
    note: meter.difference === undefined ? '' : `difference of counts: ${meter.difference}`,
  }))
}

function dayLines({ days }: EnergyReport): Line[] {
  return days.flatMap((day) => {
    const line = (symbol: string, value: number, unit: string): Line => ({
      section: 'day',
      name: day.day,
      symbol,
      value: String(value),
      unit,
      coverage: String(day.coverage),
    })
    if (!day.known) return [{ section: 'day', name: day.day, note: 'not kept' }]
    return [
      line('E_DC', day.facilityJ, 'J'),
      line('E_IT', day.itJ, 'J'),
      ...Object.entries(day.amounts).map(([quantity, amount]) =>
        line(quantity, amount, /water|potable/i.test(quantity) ? 'm³' : 'kWh'),
      ),
    ]
  })
}

function numbersOf(of: { plusMinus?: number; coverage?: number; estimatedShare?: number }): Line {
  return {
    plus_minus: String(of.plusMinus ?? ''),
    coverage: String(of.coverage ?? ''),
    estimated_share: String(of.estimatedShare ?? ''),
  }
}

function printedOf(value: number, digits: number): string {
  return halfEven('en-US', value, digits).replaceAll(',', '')
}

function listed(texts: readonly string[]): string {
  return [...new Set(texts)].join('; ')
}
