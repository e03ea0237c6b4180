import { BadInput } from '../../config/bad-input.ts'
import type { Config } from '../../config/config.ts'
import { readPage } from '../../reports/days/files.ts'
import { reportFolder } from '../../reports/days/kept.ts'
import type { DayPage } from '../../reports/days/page.ts'
import { dayName } from '../../savings/daily-file.ts'
import type { DailyRow } from '../../savings/daily.ts'
import type { DaySpan } from '../../savings/days.ts'

/** Which of the pages' sums are asked for: a boundary, and the meters of its cooling. */
export interface PagesAsked {
  readonly boundary?: string | undefined
  readonly meters?: readonly string[] | undefined
}

const KWH_J = 3_600_000

/**
 * Days of what the daemon has kept, by its day pages. `disclosure.measured` names the points of the outdoor air, the
 * inlets and the load. Throws `BadInput` where no page of any day is there.
 */
export async function rowsKept(config: Config, spans: readonly DaySpan[], asked: PagesAsked): Promise<DailyRow[]> {
  const { boundary = config.disclosure?.boundary, meters = [] } = asked
  if (boundary === undefined || !Object.hasOwn(config.boundaries, boundary)) {
    const names = Object.keys(config.boundaries).join(', ')
    throw new BadInput(`say of which boundary with --boundary (${names}), or give days with --data`)
  }
  const folder = reportFolder(config)
  const rows: DailyRow[] = []
  for (const { first, end } of spans) {
    for (let day = first; day < end; day++) {
      const page = await readPage(folder, config.site.id, dayName(day))
      if (page !== undefined) rows.push(rowOf(page, day, { config, boundary, meters }))
    }
  }
  if (rows.length === 0) throw new BadInput(`${folder} has no page of these days: give days with --data`)
  return rows
}

function rowOf(
  { sums, meters: energies, gauges, startMs, endMs }: DayPage,
  day: number,
  { config, boundary, meters }: { config: Config; boundary: string; meters: readonly string[] },
): DailyRow {
  const { measured = {} } = config.disclosure ?? {}
  const own = sums.filter((term) => term.boundary === boundary)
  const sumOfKwh = (sum: 'facility' | 'it') => {
    const terms = own.filter((term) => term.sum === sum)
    return terms.length === 0
      ? undefined
      : terms.reduce((total, it) => total + it.measuredJ + it.declaredJ + it.substituteJ, 0) / KWH_J
  }
  const meterKwh = (names: readonly string[]) => {
    const found = energies.filter(({ point }) => names.includes(point))
    const isWhole = names.length > 0 && found.length === new Set(names).size
    return isWhole ? found.reduce((total, { energyJ }) => total + energyJ, 0) / KWH_J : undefined
  }
  const mean = (names: readonly string[] = []) => {
    const found = gauges.filter(({ point, coveredMs }) => names.includes(point) && coveredMs > 0)
    return found.length === 0 ? undefined : found.reduce((total, it) => total + it.mean, 0) / found.length
  }
  const known = {
    facilityKwh: sumOfKwh('facility'),
    itKwh: sumOfKwh('it'),
    coolingKwh: meterKwh(meters),
    dryBulbC: mean(measured.outdoor),
    wetBulbC: mean(measured.wetBulb),
    inletC: mean(measured.inlets),
    load: mean(measured.load) ?? meterKwh(measured.load ?? []),
    coverage: Math.min(1, ...own.map(({ coveredMs }) => coveredMs / (endMs - startMs))),
  }
  return { day, ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) }
}
