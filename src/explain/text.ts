import { countText, groupedKwhText, percentText } from '../rows/numbers.ts'
import type { ExplainedLine, ExplainedSum, Explanation } from './explain.ts'
import type { IndicatorExplanation, IndicatorSum } from './indicator.ts'
import type { Masked } from './masked.ts'
import type { LineInBase } from './quotient.ts'
import type { ExplainedQuality, ExplainedResult, ExplainedWindow } from './told.ts'

/** An explanation for people: aligned columns, times in the site's time zone. */
export function explanationText(told: Explanation, timezone: string): string {
  const clock = clockIn(timezone)
  return [
    `${told.name} of ${told.boundary} (category ${told.category}), window ${told.window}`,
    spanLine(told, timezone),
    '',
    ...sumLines('facility', told.facility),
    '',
    ...sumLines('IT', told.it),
    '',
    ...lossLines(told),
    ...resultLines(told, told.pue, quality(told)),
    ...factorLines(told),
    ...maskedLines(told, clock),
    ...told.notes.map((note) => `note: ${note}`),
    '',
  ].join('\n')
}

/** The same of an indicator. */
export function indicatorText(told: IndicatorExplanation, timezone: string): string {
  const clock = clockIn(timezone)
  return [
    `${told.name} of ${told.boundary} (category ${told.category}), window ${told.window}: ` +
      `${told.over.quantity} over ${told.under.quantity}, ${told.unit}`,
    spanLine(told, timezone),
    '',
    ...amountLines(told.over),
    '',
    ...amountLines(told.under),
    '',
    ...resultLines(told, told.value, told.suspect ? 'suspect' : told.unit),
    ...maskedLines(told, clock),
    ...told.notes.map((note) => `note: ${note}`),
    '',
  ].join('\n')
}

/** From when to when, and how much of it counts. */
function spanLine(told: ExplainedWindow, timezone: string): string {
  const clock = clockIn(timezone)
  const counted = `${countText(told.countedIntervals)} of ${countText(told.intervals)} intervals of ${told.intervalS} s count`
  return `from ${clock(told.startMs)} to ${clock(told.endMs)} ${timezone}; ${counted}`
}

/** The value and how sure it is. */
function resultLines(told: ExplainedResult & ExplainedQuality, value: number | undefined, beside: string): string[] {
  return tableOf(
    [1],
    [
      [told.name, value === undefined ? 'none' : value.toFixed(4), beside],
      ...(told.uncertainty === undefined ? [] : [['±', told.uncertainty.toFixed(4), 'k = 2, about 95 %']]),
      ...told.uncertaintyBy.map(({ cause, uncertainty }) => ['', uncertainty.toFixed(4), cause]),
      ['coverage', percentText(told.coverage), ''],
      ['estimated', percentText(told.estimatedShare), 'larger of both sums'],
      ...(told.revision === undefined ? [] : [['revision', String(told.revision), told.state ?? '']]),
    ],
  )
}

function amountLines({ quantity, unit, amount, estimated, lines }: IndicatorSum): string[] {
  const rows = lines.map((line) => [
    `  ${titleOf(line)}`,
    amountText(line.amount),
    percentText(line.share),
    line.coverage === undefined ? '' : percentText(line.coverage),
    line.class,
    line.class === 'measured' ? String(line.factor) : '',
    ...(line.intensity === undefined ? [] : [intensityText(line.intensity)]),
    ...(line.heat === undefined ? [] : [heatText(line.heat)]),
  ])
  const guessed = estimated === 0 ? '' : `${amountText(estimated)} ${unit} estimated`
  return tableOf(
    [1, 2, 3],
    [
      [quantity, unit, 'share', 'coverage', 'class', 'factor'],
      ...rows,
      ['  sum', amountText(amount), '', '', guessed, ''],
    ],
  )
}

/** `1,344.0 kWh × 56.0 g/kWh (grid)`. */
function intensityText({ name, energyKwh, gPerKwh }: NonNullable<LineInBase['intensity']>): string {
  return `${amountText(energyKwh)} kWh × ${gPerKwh.toFixed(1)} g/kWh (${name})`
}

/** `96.0 m³ × 11.59 kWh/m³ (recovered, about 10.00 K)`. */
function heatText({ name, m3, kwhPerM3, deltaK }: NonNullable<LineInBase['heat']>): string {
  return `${amountText(m3)} m³ × ${kwhPerM3.toFixed(2)} kWh/m³ (${name}, about ${deltaK.toFixed(2)} K)`
}

function amountText(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 1 })
}

function sumLines(name: string, { energyJ, estimatedJ, lines }: ExplainedSum): string[] {
  const head = ['', 'kWh', 'J', 'share', 'coverage', 'class', 'factor']
  const rows = lines.map((line) => [
    `  ${titleOf(line)}`,
    groupedKwhText(line.energyJ),
    countText(line.energyJ),
    percentText(line.share),
    line.coverage === undefined ? '' : percentText(line.coverage),
    line.class,
    line.class === 'measured' ? String(line.factor) : '',
    ...(line.heat === undefined ? [] : [heatText(line.heat)]),
  ])
  const estimated = estimatedJ === 0 ? '' : `${countText(estimatedJ)} J estimated`
  return tableOf(
    [1, 2, 3, 4],
    [[name, ...head.slice(1)], ...rows, ['  sum', groupedKwhText(energyJ), countText(energyJ), '', '', estimated, '']],
  )
}

function titleOf({ term, by }: Pick<ExplainedLine, 'term' | 'by'>): string {
  const title = term === by || term === '' ? by : `${term} by ${by}`
  return title.length > 48 ? `${title.slice(0, 47)}…` : title
}

function lossLines({ losses, facility }: Explanation): string[] {
  const names = { upsJ: 'UPS', distributionJ: 'distribution', coolingJ: 'cooling', otherJ: 'other' }
  const rows = Object.entries(names).flatMap(([key, name]) => {
    const joules = losses[key as keyof typeof names]
    return joules === undefined
      ? []
      : [[`  ${name}`, groupedKwhText(joules), countText(joules), percentText(joules / facility.energyJ)]]
  })
  return rows.length === 0 ? [] : [...tableOf([1, 2, 3], [['losses', 'kWh', 'J', 'of the facility'], ...rows]), '']
}

/** `1.2000 = 1 + CLF 0.0800 + PLF 0.0600 + rest 0.0600`: of the same energies, so they add up (The Green Grid). */
function factorLines({ pue, losses, itJ, facilityJ }: Explanation): string[] {
  const { upsJ, distributionJ, coolingJ } = losses
  if (pue === undefined || (coolingJ === undefined && upsJ === undefined && distributionJ === undefined)) return []
  const chainJ = upsJ === undefined && distributionJ === undefined ? undefined : (upsJ ?? 0) + (distributionJ ?? 0)
  const rest = facilityJ - itJ - (coolingJ ?? 0) - (chainJ ?? 0)
  const parts = [
    ['CLF', coolingJ],
    ['PLF', chainJ],
    ['rest', rest],
  ] as const
  const texts = parts.flatMap(([name, joules]) =>
    joules === undefined ? [] : [`${joules < 0 ? '−' : '+'} ${name} ${(Math.abs(joules) / itJ).toFixed(4)}`],
  )
  return ['', `${pue.toFixed(4)} = 1 ${texts.join(' ')}`]
}

function quality({ pue, suspect, countedIntervals }: Explanation): string {
  if (suspect) return 'suspect'
  return pue === undefined && countedIntervals > 0 ? 'too little of the time is known, or IT used no energy' : ''
}

/** `12 of 1,440: ups-2 had no reading 2026-03-02 13:02–13:14`. */
function maskedLines(
  { masked, intervals }: Pick<Explanation, 'masked' | 'intervals'>,
  clock: (tMs: number) => string,
): string[] {
  if (masked.length === 0) return []
  const lines = masked.map((group) => {
    const spans = group.spans.map(({ fromMs, toMs }) => spanText(clock(fromMs), clock(toMs)))
    const more = group.spanCount > spans.length ? ` and ${countText(group.spanCount - spans.length)} times more` : ''
    return `  ${countText(group.intervals)} of ${countText(intervals)}: ${reasonOf(group)} ${spans.join(', ')}${more}`
  })
  return ['', 'intervals that do not count', ...lines]
}

/** `2026-03-02 13:02–13:14`; the second day is written only if it differs. */
function spanText(from: string, to: string): string {
  const day = from.split(' ')[0] ?? ''
  return to.startsWith(day) ? `${from}–${to.slice(day.length + 1)}` : `${from}–${to}`
}

function reasonOf({ reason, points }: Masked): string {
  const names = points.length > 4 ? `${points.slice(0, 4).join(', ')} and ${points.length - 4} more` : points.join(', ')
  switch (reason) {
    case 'no_reading':
      return `${names} had no reading`
    case 'too_little':
      return `${names} had readings for too little of the interval`
    case 'before_first':
      return 'before the first reading'
    case 'not_held':
      return 'the reason is no longer kept'
  }
}

/** Columns as wide as they need, those of `numbers` to the right. */
function tableOf(numbers: readonly number[], rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((all, row) => {
    row.forEach((cell, n) => (all[n] = Math.max(all[n] ?? 0, cell.length)))
    return all
  }, [])
  return rows.map((row) =>
    row
      .map((cell, n) => (numbers.includes(n) ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function clockIn(timezone: string): (tMs: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' })
  return (tMs) => format.format(tMs)
}
