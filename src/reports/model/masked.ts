import type { Remark, EnergyReport } from '../../config/reporting/report-schema.ts'
import { J_IN_KWH } from '../../rows/numbers.ts'
import type { PeriodPages, Total } from './totals.ts'

/** So far apart, as a share, the masked quotient and that of the whole sums may be before page one says so. */
const APART = 0.005

/** The quotient over time in which both sums are known, of the rows of `pue` of days, beside that of the whole sums. */
export function maskedOf(
  pages: PeriodPages,
  boundary: string,
  { facility, it }: Readonly<Record<'facility' | 'it', Total>>,
): { quotient: EnergyReport['masked']; remarks: Remark[] } {
  const days = pages.days.flatMap((page) => {
    const row = page?.masked.find((each) => each.boundary === boundary)
    return page === undefined || row === undefined ? [] : [{ ...row, lengthMs: page.endMs - page.startMs }]
  })
  if (days.length === 0) return { quotient: undefined, remarks: [{ code: 'no_masked', about: [] }] }
  const facilityJ = days.reduce((sum, day) => sum + day.facilityJ, 0)
  const itJ = days.reduce((sum, day) => sum + day.itJ, 0)
  const coverage = days.reduce((sum, day) => sum + day.coverage * day.lengthMs, 0) / pages.lengthMs
  const value = itJ === 0 ? undefined : facilityJ / itJ
  const ofSums = it.amount * J_IN_KWH === 0 ? undefined : facility.amount / it.amount
  const apart = value === undefined || ofSums === undefined ? undefined : ofSums / value - 1
  const remarks: Remark[] =
    apart !== undefined && Math.abs(apart) > APART
      ? [{ code: 'ratio_apart', about: [value ?? 0, ofSums ?? 0, apart] }]
      : []
  const quotient = {
    facilityJ,
    itJ,
    coverage,
    ...(value !== undefined && { value }),
    ...(ofSums !== undefined && { ofSums }),
    ...(apart !== undefined && { apart }),
  }
  return { quotient, remarks }
}
