import type { Config } from '../../config/config.ts'
import type { ReportQuantity } from '../../config/rules/schema.ts'
import type { ReportPeriod } from '../period.ts'
import { monthsOf } from './fields.ts'
import type { Remark, EnergyReport } from '../../config/reporting/report-schema.ts'
import { pageBefore, quantityOf, sumOf, type PeriodPages } from './totals.ts'

/** An invoice and the meters may be so far apart, as a share, before page one says so. */
const APART = 0.005

/** Which quantity an invoice is of, by the field that it names. */
const QUANTITY_OF: Readonly<Record<string, ReportQuantity>> = {
  e_dc: 'facility',
  e_it: 'it',
  e_dc_bg: 'generator',
  e_reuse: 'reuse',
  e_res_os: 'onSite',
  w_in: 'water',
  w_in_fre: 'freshwater',
  w_in_pot: 'potable',
}

/** Suppliers' invoices of the period's months beside what the meters say of the same month. */
export function invoicesOf(
  config: Config,
  { startMs, endMs, timezone }: ReportPeriod,
  pages: PeriodPages,
  boundary: string,
): { checks: EnergyReport['invoices']; remarks: Remark[] } {
  const months = monthsOf(startMs, endMs, timezone)
  const own = (config.disclosure?.invoices ?? []).filter(({ month }) => months.includes(month))
  const checks = own.map(({ field, month, value, by, on, source }): EnergyReport['invoices'][number] => {
    const measured = ofMonth(config, pages, boundary, field, month)
    const head = { field, month, invoiced: value, typed: { by, on, source } }
    if (measured === undefined) return head
    const difference = measured - value
    return { ...head, measured, difference, ...(value !== 0 && { differencePct: (100 * difference) / value }) }
  })
  const remarks = checks.flatMap(({ field, month, difference = 0, differencePct = 0 }): Remark[] =>
    Math.abs(differencePct) > 100 * APART
      ? [{ code: 'invoice_apart', about: [field, month, difference, differencePct / 100] }]
      : [],
  )
  return { checks, remarks }
}

/** What the meters say of a month; undefined where it is not whole in the period, or nothing measures the field. */
function ofMonth(
  config: Config,
  pages: PeriodPages,
  boundary: string,
  field: string,
  month: string,
): number | undefined {
  const quantity = QUANTITY_OF[field]
  const places = pages.days.flatMap((page, n) => (page?.day.startsWith(month) ? [n] : []))
  const [year = 0, monthOfYear = 0] = month.split('-').map(Number)
  if (quantity === undefined || places.length < new Date(Date.UTC(year, monthOfYear, 0)).getUTCDate()) return undefined
  const days = places.map((n) => pages.days[n])
  const part: PeriodPages = {
    days,
    before: pageBefore(pages, places[0] ?? 0),
    lengthMs: days.reduce((sum, page) => sum + (page === undefined ? 0 : page.endMs - page.startMs), 0),
  }
  const total =
    quantity === 'facility' || quantity === 'it'
      ? sumOf(config, part, boundary, quantity).total
      : quantityOf(config, part, quantity, undefined)
  return total === undefined || total.coverage === 0 ? undefined : total.amount
}
