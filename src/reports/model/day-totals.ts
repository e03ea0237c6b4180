import type { Config } from '../../config/config.ts'
import type { ReportQuantity } from '../../config/rules/schema.ts'
import { localDate } from '../days/page.ts'
import { periodDays, type ReportPeriod } from '../period.ts'
import type { DayTotal } from '../../config/reporting/report-schema.ts'
import { J_IN_KWH } from '../../rows/numbers.ts'
import { pageBefore, quantityOf, sumOf, type PeriodPages } from './totals.ts'

/** Quantities whose days add up to their period. */
const SUMMED = ['generator', 'heatPump', 'reuse', 'onSite', 'water', 'freshwater', 'potable'] as const

/** Each local day of the period: the sums of the report are the sums of these. */
export function dayTotals(config: Config, period: ReportPeriod, pages: PeriodPages, boundary: string): DayTotal[] {
  return periodDays(period).map((day, n): DayTotal => {
    const page = pages.days[n]
    const name = localDate(period.timezone, day)
    if (page === undefined) return { day: name, known: false, facilityJ: 0, itJ: 0, coverage: 0, amounts: {} }
    const own: PeriodPages = {
      days: [page],
      before: pageBefore(pages, n),
      lengthMs: page.endMs - page.startMs,
    }
    const [facility, it] = [sumOf(config, own, boundary, 'facility').total, sumOf(config, own, boundary, 'it').total]
    const amounts: Partial<Record<ReportQuantity, number>> = {}
    for (const quantity of SUMMED) {
      const total = quantityOf(config, own, quantity, undefined)
      if (total !== undefined) amounts[quantity] = total.amount
    }
    const masked = page.masked.find((row) => row.boundary === boundary)
    return {
      day: name,
      known: true,
      facilityJ: facility.amount * J_IN_KWH,
      itJ: it.amount * J_IN_KWH,
      coverage: Math.min(facility.coverage, it.coverage),
      amounts,
      ...(masked !== undefined && { maskedFacilityJ: masked.facilityJ, maskedItJ: masked.itJ }),
    }
  })
}
