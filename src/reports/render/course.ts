import type { DayTotal, EnergyReport } from '../../config/reporting/report-schema.ts'
import { J_IN_KWH } from '../../rows/numbers.ts'
import { barChart, lineChart } from './charts.ts'
import { section, htmlTable } from './markup.ts'
import { YEAR_COVERAGE } from '../model/indicators.ts'
import type { Printer } from './print.ts'

/** Days or months of a period: sums in kWh and m³. */
interface Stretch {
  readonly label: string
  readonly facility: number
  readonly it: number
  readonly masked: number | undefined
  readonly water: number | undefined
  readonly reuse: number | undefined
  readonly coverage: number
}

/** Beyond so many days the page sums up by months; days stand in the pack. */
const MOST_DAYS = 92

/** Charts of the energy, of the quotient and of water by days. */
export function courseSection({ days }: EnergyReport, printer: Printer): string {
  const all = days.map((day) => stretchOf(day.day.slice(5), [day]))
  const energy = barChart(
    all.map(({ label, facility, it }) => ({ label, lower: it, upper: Math.max(0, facility - it) })),
    { unit: 'kWh / d', lower: printer.word('it'), upper: printer.word('overhead') },
    printer.number,
  )
  // A day of which one sum is known less has no quotient of its sums that could be compared with those beside it
  const quotients = all.map(({ label, facility, it, coverage, masked }) => ({
    label,
    value: masked ?? (it > 0 && coverage >= YEAR_COVERAGE ? facility / it : undefined),
  }))
  const water = barChart(
    all.map(({ label, water: volume = 0 }) => ({ label, lower: volume, upper: 0 })),
    { unit: 'm³ / d', lower: printer.word('water'), upper: '' },
    printer.number,
  )
  const quotient = lineChart(quotients, `E_DC / E_IT (${printer.word('masked')})`, printer.number)
  return section(printer.word('course'), energy + quotient + water)
}

/** A table of days, or of months where there are many days. */
export function dailySection({ days }: EnergyReport, printer: Printer): string {
  const { word, number, percent } = printer
  const isLong = days.length > MOST_DAYS
  const stretches = isLong
    ? [...Map.groupBy(days, ({ day }) => day.slice(0, 7))].map(([month, of]) => stretchOf(month, of))
    : days.map((day) => stretchOf(day.day, [day]))
  const hasWater = stretches.some(({ water }) => water !== undefined)
  const hasReuse = stretches.some(({ reuse }) => reuse !== undefined)
  const heads = [
    word(isLong ? 'month' : 'day'),
    `${word('facility')} kWh`,
    `${word('it')} kWh`,
    'E_DC / E_IT',
    word('masked'),
    ...(hasWater ? ['W_IN m³'] : []),
    ...(hasReuse ? ['E_REUSE kWh'] : []),
    word('coverage'),
  ]
  const rows = stretches.map(({ label, facility, it, masked, water, reuse, coverage }) => [
    label,
    { right: number(facility, 0) },
    { right: number(it, 0) },
    { right: number(it > 0 ? facility / it : undefined, 3) },
    { right: number(masked, 3) },
    ...(hasWater ? [{ right: number(water, 1) }] : []),
    ...(hasReuse ? [{ right: number(reuse, 0) }] : []),
    { right: percent(coverage) },
  ])
  return section(word(isLong ? 'monthly' : 'daily'), htmlTable(heads, rows))
}

function stretchOf(label: string, days: readonly DayTotal[]): Stretch {
  const sum = (of: (day: DayTotal) => number | undefined) => {
    const known = days.flatMap((day) => of(day) ?? [])
    return known.length === 0 ? undefined : known.reduce((all, each) => all + each, 0)
  }
  const [maskedFacility = 0, maskedIt = 0] = [sum((day) => day.maskedFacilityJ), sum((day) => day.maskedItJ)]
  return {
    label,
    facility: (sum(({ facilityJ }) => facilityJ) ?? 0) / J_IN_KWH,
    it: (sum(({ itJ }) => itJ) ?? 0) / J_IN_KWH,
    masked: maskedIt > 0 ? maskedFacility / maskedIt : undefined,
    water: sum(({ amounts }) => amounts.water),
    reuse: sum(({ amounts }) => amounts.reuse),
    coverage: (sum(({ coverage }) => coverage) ?? 0) / days.length,
  }
}
