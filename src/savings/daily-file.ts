import { BadInput } from '../config/bad-input.ts'
import { dateMs, digits } from '../ingest/civil-time.ts'
import type { DailyRow } from './daily.ts'

const COLUMNS = {
  facility_kwh: 'facilityKwh',
  it_kwh: 'itKwh',
  cooling_kwh: 'coolingKwh',
  dry_bulb_c: 'dryBulbC',
  wet_bulb_c: 'wetBulbC',
  inlet_c: 'inletC',
  load: 'load',
  coverage: 'coverage',
} as const satisfies Record<string, keyof DailyRow>

const DAY_MS = 86_400_000
const MOST_LINES = 20_000

/**
 * Days of a CSV file: `day` (2026-03-02) and any of the columns above, by a header. What is empty or nan is not known.
 * Throws `BadInput` with the place.
 */
export function readDaily(text: string, file: string): DailyRow[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (lines.length > MOST_LINES) throw new BadInput(`${file} has more than ${MOST_LINES} lines: write a line a day`)
  const [header = '', ...rest] = lines
  const names = header.split(',').map((name) => name.trim())
  const unknown = names.find((name) => name !== 'day' && !Object.hasOwn(COLUMNS, name))
  if (unknown !== undefined || !names.includes('day')) {
    const told = unknown === undefined ? 'has no column "day"' : `has an unknown column "${unknown}"`
    throw new BadInput(
      `${file}:1 ${told}: the first line names day, and of ${Object.keys(COLUMNS).join(', ')} those known`,
    )
  }
  const seen = new Set<number>()
  return rest.flatMap((line, n) => {
    if (line.trim() === '') return []
    const place = `${file}:${n + 2}`
    const row = rowOf(names, line.split(','), place)
    if (seen.has(row.day)) throw new BadInput(`${place} has a day that stands above already: keep one of both`)
    seen.add(row.day)
    return [row]
  })
}

/** The number of a local date, days since 1970-01-01; NaN for what is none. */
export function dayNumber(text: string): number {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return NaN
  return dateMs(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)) / DAY_MS
}

/** The local date of a number of days. */
export function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

function rowOf(names: readonly string[], cells: readonly string[], place: string): DailyRow {
  if (cells.length !== names.length)
    throw new BadInput(`${place} has ${cells.length} cells, the first line ${names.length}`)
  const known: Partial<Record<keyof DailyRow, number>> = {}
  for (const [n, name] of names.entries()) {
    const cell = cells[n]?.trim() ?? ''
    if (cell === '' || /^nan$/i.test(cell)) continue
    const value = name === 'day' ? dayNumber(cell) : Number(cell)
    if (!Number.isFinite(value)) {
      throw new BadInput(`${place} ${name}: "${cell}" is no ${name === 'day' ? 'date such as 2026-03-02' : 'number'}`)
    }
    known[name === 'day' ? 'day' : COLUMNS[name as keyof typeof COLUMNS]] = value
  }
  const { day, ...rest } = known
  if (day === undefined) throw new BadInput(`${place} has no day`)
  return { day, ...rest }
}
