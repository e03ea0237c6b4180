import type { DailyRow } from './daily.ts'
import type { Bulb, DaysByBulb } from './choose.ts'
import type { ModelDay } from './model.ts'

/** Local dates, days since 1970-01-01; the end is the first day behind it. */
export interface DaySpan {
  readonly name: string
  readonly first: number
  readonly end: number
}

/** A stretch in which something happened that no variable tells: its days count in no fit and no sum. */
export interface NonRoutineEvent extends DaySpan {
  readonly what: string
}

/** What is measured: the whole site (IPMVP option C), or the cooling meters (option B). */
export type SavingsOption = 'B' | 'C'

/** What stands for the load of a site. */
export type LoadVariable = 'load' | 'it' | 'none'

const LEAST_COVERAGE = 0.9

/** Days of a span with everything that a model asks for, oldest first, by the bulbs that are known on all of them. */
export function modelDays(
  rows: readonly DailyRow[],
  { span, option, load }: { span: DaySpan; option: SavingsOption; load: LoadVariable },
  events: readonly NonRoutineEvent[],
): DaysByBulb {
  const usable = rows.filter(
    (row) =>
      isInSpan(span, row.day) &&
      !events.some((event) => isInSpan(event, row.day)) &&
      (row.coverage ?? 1) >= LEAST_COVERAGE &&
      energyOf(row, option) !== undefined &&
      loadOf(row, load) !== undefined &&
      (row.dryBulbC ?? row.wetBulbC) !== undefined,
  )
  const sorted = usable.toSorted((a, b) => a.day - b.day)
  const bulbs = (['dry', 'wet'] as const).flatMap((bulb) => {
    const known = sorted.flatMap((row): ModelDay[] => {
      const [kwh, of, outdoorC] = [energyOf(row, option), loadOf(row, load), temperatureOf(row, bulb)]
      return kwh === undefined || of === undefined || outdoorC === undefined
        ? []
        : [{ day: row.day, kwh, load: of, outdoorC }]
    })
    return [[bulb, known] as const]
  })
  const most = Math.max(...bulbs.map(([, known]) => known.length))
  return Object.fromEntries(bulbs.filter(([, known]) => known.length === most && most > 0))
}

export function isInSpan({ first, end }: Pick<DaySpan, 'first' | 'end'>, day: number): boolean {
  return day >= first && day < end
}

function energyOf(row: DailyRow, option: SavingsOption): number | undefined {
  return option === 'C' ? row.facilityKwh : row.coolingKwh
}

function loadOf(row: DailyRow, load: LoadVariable): number | undefined {
  if (load === 'none') return 0
  return load === 'it' ? row.itKwh : row.load
}

function temperatureOf({ dryBulbC, wetBulbC }: DailyRow, bulb: Bulb): number | undefined {
  return bulb === 'dry' ? dryBulbC : wetBulbC
}
