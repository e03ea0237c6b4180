import type { Config } from '../../config/config.ts'
import { parseInstant } from '../../ingest/times.ts'
import { amountOf, meteredBase, toBase, UNITS } from '../../ingest/units.ts'
import type { CountAt, DayPage } from '../days/page.ts'
import type { MeterTotal, Remark } from '../../config/reporting/report-schema.ts'
import { countedOf, energyOf, shownBase, type PeriodPages } from './totals.ts'

/** A register's count and the sum of its intervals may be so far apart, as a share, before a remark says so. */
const APART = 0.005

/** What each meter of the period counted, and what its intervals sum up to; remarks on those that differ. */
export function meterTotals(config: Config, pages: PeriodPages): { meters: MeterTotal[]; remarks: Remark[] } {
  const known = pages.days.flatMap((page) => page ?? [])
  const energies = [...new Set(known.flatMap(({ meters }) => meters.map(({ point }) => point)))]
  const counters = [...new Set(known.flatMap(({ gauges }) => gauges.map(({ point }) => point)))].filter(
    (point) => UNITS[config.points[point]?.unit ?? '']?.quantity === 'volume',
  )
  const remarks: Remark[] = []
  const meters = [
    ...energies.map((point) => energyMeter(config, pages, point)),
    ...counters.map((point) => waterMeter(config, pages, point)),
  ]
  for (const { point, difference, amount, kind, fell } of meters) {
    if (fell) remarks.push({ code: 'register_fell', about: [point] })
    if (kind !== 'register' || difference === undefined || amount === 0) continue
    const apart = difference / amount - 1
    if (Math.abs(apart) > APART) remarks.push({ code: 'register_apart', about: [point, difference - amount, apart] })
  }
  return { meters: meters.map(({ fell: _, ...meter }) => meter), remarks }
}

function energyMeter(config: Config, pages: PeriodPages, point: string): MeterTotal & { fell: boolean } {
  const days = pages.days.flatMap((page) => page?.meters.filter((meter) => meter.point === point) ?? [])
  const { amount, coverage, estimatedShare, gaps } = energyOf(config, pages, point)
  const configured = config.points[point]
  const counts = configured?.kind === 'register' ? countsOf(config, pages, point, (page) => page.meters) : []
  const swaps = (configured?.register?.swaps ?? [])
    .map(({ at, closing, opening }) => ({
      atMs: parseInstant(at),
      closing: baseOf(config, point, closing) / shownBase(config, point),
      opening: baseOf(config, point, opening) / shownBase(config, point),
    }))
    .filter(({ atMs }) => atMs > (counts[0]?.atMs ?? Infinity) && atMs <= (counts.at(-1)?.atMs ?? -Infinity))
  const rolloverAt = configured?.register?.rolloverAt
  const modulus = rolloverAt === undefined ? NaN : baseOf(config, point, rolloverAt) / shownBase(config, point)
  const difference = counted(counts, swaps, modulus)
  return {
    ...headOf(config, point, counts),
    amount,
    amountUnit: amountOf(configured?.unit) === 'water' ? 'm³' : 'kWh',
    coverage,
    estimatedShare,
    gaps,
    swaps,
    state: ['provisional', 'restated', 'settled'].find((state) => days.some((day) => day.state === state)) ?? '',
    revision: Math.max(0, ...days.map(({ revision }) => revision)),
    ...(difference !== undefined && !Number.isNaN(difference) && { difference }),
    fell: Number.isNaN(difference),
  }
}

function waterMeter(config: Config, pages: PeriodPages, point: string): MeterTotal & { fell: boolean } {
  const counts = countsOf(config, pages, point, (page) => page.gauges)
  const { amount, coverage, estimatedShare, gaps, falls } = countedOf(pages, point)
  const [opening, closing] = [counts[0], counts.at(-1)]
  return {
    ...headOf(config, point, counts),
    amount,
    amountUnit: 'm³',
    coverage,
    estimatedShare,
    gaps,
    swaps: [],
    state: '',
    revision: 0,
    ...(falls === 0 && opening !== undefined && closing !== undefined && { difference: closing.count - opening.count }),
    fell: falls > 0,
  }
}

function headOf(config: Config, point: string, counts: readonly CountAt[]) {
  const { kind = '', unit = '', factor = 1, accuracyPct } = config.points[point] ?? {}
  const [opening, closing] = [counts[0], counts.at(-1)]
  return {
    point,
    kind,
    unit,
    factor,
    ...config.disclosure?.meters[point],
    ...(accuracyPct !== undefined && { accuracyPct }),
    ...(opening !== undefined && { opening }),
    ...(closing !== undefined && { closing }),
  }
}

/** Counts in the order of time: the last of the day before, then first and last of each day. Registers in kWh or m³. */
function countsOf(
  config: Config,
  { days, before }: PeriodPages,
  point: string,
  listOf: (page: DayPage) => readonly { readonly point: string; readonly first?: CountAt; readonly last?: CountAt }[],
): CountAt[] {
  const isEnergy = (page: DayPage) => listOf(page) === page.meters
  const inUnit = (page: DayPage, at: CountAt | undefined) =>
    at === undefined ? [] : [isEnergy(page) ? { ...at, count: at.count / shownBase(config, point) } : at]
  const own = (page: DayPage | undefined) => page && listOf(page).find((it) => it.point === point)
  return [
    ...(before === undefined ? [] : inUnit(before, own(before)?.last)),
    ...days.flatMap((page) => {
      if (page === undefined) return []
      const { first, last } = own(page) ?? {}
      return [...inUnit(page, first), ...inUnit(page, last)]
    }),
  ]
}

/** Closing less opening over swaps and rollovers; NaN: a count fell and nothing says why. Undefined: too few counts. */
function counted(counts: readonly CountAt[], swaps: MeterTotal['swaps'], modulus: number): number | undefined {
  if (counts.length < 2) return undefined
  return counts.slice(1).reduce((sum, to, n) => {
    const from = counts[n] ?? to
    const swap = swaps.find(({ atMs }) => atMs > from.atMs && atMs <= to.atMs)
    if (swap !== undefined) return sum + (swap.closing - from.count) + (to.count - swap.opening)
    const step = to.count - from.count
    return sum + (step < 0 ? step + modulus : step)
  }, 0)
}

function baseOf(config: Config, point: string, shown: number): number {
  const { unit = '', factor = 1 } = config.points[point] ?? {}
  const conversion = UNITS[unit]
  return conversion === undefined ? NaN : toBase(meteredBase(conversion), shown * factor)
}
