import type { Figure, MeterTotal, EnergyReport } from '../../config/reporting/report-schema.ts'
import { J_IN_KWH } from '../../rows/numbers.ts'
import { list, section, htmlTable, type Cell } from './markup.ts'
import type { Printer } from './print.ts'

const HOUR_MS = 3_600_000
/** So many gaps of a meter are printed; all are counted. */
const MOST_GAPS = 12
const MOST_POINTS = 6

/** A field a row: its value, how it is known, and what is to be remarked. */
export function fieldRows(fields: readonly Figure[], printer: Printer): Cell[][] {
  return fields.map((figure) => [
    printer.called(`field.${figure.id}`, figure.name ?? figure.id),
    figure.symbol ?? '',
    typeof figure.value === 'number' ? { right: valueText(figure, printer) } : valueText(figure, printer),
    figure.unit ?? '',
    { right: figure.plusMinus === undefined ? '' : printer.number(figure.plusMinus, digitsOf(figure)) },
    { right: figure.coverage === undefined ? '' : printer.percent(figure.coverage) },
    { small: howText(figure, printer) },
  ])
}

/** kWh and m² whole, all other numbers with as many decimals as they bear. */
function digitsOf({ unit = '' }: Figure): number {
  if (unit === 'kWh' || unit === 'm²' || unit === 'kW') return 0
  return unit === '°C' || unit === 'K d' || unit === 'm³' ? 1 : 2
}

function valueText(figure: Figure, { word, number }: Printer): string {
  const { value } = figure
  if (value === undefined) return word('missing')
  if (typeof value === 'boolean') return word(value ? 'yes' : 'no')
  return typeof value === 'number' ? number(value, digitsOf(figure)) : value
}

function howText({ evidence, points, typed, unverified, note, remarks, estimatedShare = 0 }: Figure, printer: Printer) {
  const { word } = printer
  const estimated = evidence === 'partly estimated' ? ` (${printer.percent(estimatedShare)})` : ''
  const named = points.slice(0, MOST_POINTS).join(', ') + (points.length > MOST_POINTS ? ` … (${points.length})` : '')
  const hands = [...new Set(typed.map(({ by, on, source }) => word('typed_by', by, on, source)))]
  return [
    ...(evidence === 'typed' || evidence === 'missing' ? [] : [word(evidence) + estimated]),
    ...(points.length === 0 ? [] : [word('points_of', named)]),
    ...(hands.length > 3 ? [...hands.slice(0, 2), `… (${hands.length})`] : hands),
    ...(unverified ? [word('unverified')] : []),
    ...(note === undefined ? [] : [printer.said(note)]),
    ...remarks.map((each) => printer.remark(each)),
  ].join(printer.semicolon)
}

/** The terms of both sums, kWh. */
export function termSection({ terms }: EnergyReport, printer: Printer): string {
  const { word, number, percent } = printer
  const kwh = (joules: number) => ({ right: number(joules / J_IN_KWH, 0) })
  const heads = [
    ...(['facility', 'term'] as const).map((key) => (key === 'facility' ? '' : word(key))),
    ...(['by_meters', 'estimated_part', 'declared', 'substituted', 'coverage'] as const).map((key) => word(key)),
  ]
  return section(
    `${word('sums')} (kWh)`,
    htmlTable(
      heads,
      terms.map((it) => [
        word(it.sum),
        it.term,
        kwh(it.measuredJ),
        kwh(it.estimatedJ),
        kwh(it.declaredJ),
        kwh(it.substituteJ),
        { right: percent(it.coverage) },
      ]),
    ),
  )
}

/** Each meter: what it showed at both ends, its difference, beside the sum of its intervals. */
export function meterSection({ meters }: EnergyReport, printer: Printer): string {
  const { word, number, percent } = printer
  const heads = [
    word('meter'),
    word('opening'),
    word('closing'),
    word('difference'),
    word('integrated'),
    word('unit'),
    word('coverage'),
    word('accuracy'),
  ]
  const end = (at: MeterTotal['opening']) =>
    at === undefined ? { small: '' } : { small: `${number(at.count, 1)} (${printer.instant(at.atMs)})` }
  const rows = meters.map((meter): Cell[] => [
    meter.point + (meter.serial === undefined ? '' : ` (${meter.serial})`),
    meter.opening === undefined ? { small: word('no_count') } : end(meter.opening),
    end(meter.closing),
    { right: meter.difference === undefined ? '' : number(meter.difference, meter.amountUnit === 'm³' ? 1 : 0) },
    { right: number(meter.amount, meter.amountUnit === 'm³' ? 1 : 0) },
    meter.amountUnit,
    { right: percent(meter.coverage) },
    { small: qualityText(meter, printer) },
  ])
  return section(word('meters'), htmlTable(heads, rows))
}

function qualityText(meter: MeterTotal, printer: Printer): string {
  const { word, number, instant, percent } = printer
  return [
    ...(meter.accuracyPct === undefined ? [] : [`± ${percent(meter.accuracyPct / 100)}`]),
    ...(meter.class === undefined ? [] : [`${word('class')} ${meter.class}`]),
    ...(meter.calibrated === undefined ? [] : [word('calibrated', meter.calibrated)]),
    ...(meter.factor === 1 ? [] : [`${word('factor')} ${meter.factor}`]),
    ...meter.swaps.map(({ atMs, closing, opening }) =>
      word('swap', instant(atMs), number(closing, 1), number(opening, 1)),
    ),
  ].join(printer.semicolon)
}

/** When terms were not known well enough. */
export function gapSection({ terms }: EnergyReport, printer: Printer): string {
  const { word, number, instant, colon, semicolon } = printer
  const told = terms.flatMap(({ sum, term, gaps }) => {
    if (gaps.count === 0) return []
    const listed = gaps.stretches.slice(0, MOST_GAPS).map(([fromMs, toMs]) => `${instant(fromMs)} – ${instant(toMs)}`)
    const more = gaps.count > listed.length ? ' …' : ''
    const sumText = word('gap_sum', gaps.count, number(gaps.lengthMs / HOUR_MS, 1))
    return [`${word(sum)}, ${term}${colon}${sumText}${colon}${listed.join(semicolon)}${more}`]
  })
  return section(word('gaps'), list(told))
}
