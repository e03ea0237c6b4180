/**
 * EnergyPlus weather files (EPW) as rows. Described in "Auxiliary Programs" of EnergyPlus, chapter "Weather Data
 * Format": eight lines of header, the first with the offset of local standard time; then a row an hour. Hour 1 is the
 * hour that ends at 1:00. A number of nines stands for what was not measured.
 */
import { readLines } from '../../src/ingest/recording.ts'
import { dateMs } from '../../src/ingest/civil-time.ts'
import { MAP_MISMATCH } from './mismatch.ts'
import type { TableBatch, TableRow } from './tables.ts'

const HEADER_LINES = 8
const HOUR_MS = 3_600_000
/** Column names with their place in a row and from where on a number means that nothing was measured. */
const COLUMNS = [
  { name: 'dry_bulb_c', at: 6, missing: 99 },
  { name: 'dew_point_c', at: 7, missing: 99 },
  { name: 'rh_pct', at: 8, missing: 999 },
  { name: 'pressure_pa', at: 9, missing: 999_999 },
  { name: 'wind_m_s', at: 21, missing: 999 },
] as const
const NAMES = ['time', ...COLUMNS.map(({ name }) => name)]

/**
 * The hours of a weather file, with their ends (epoch ms) as `time`. A typical year is made of months of several years:
 * `year` puts them all into one. Throws without it, as such months do not follow each other, and for a file that is no
 * EPW.
 */
export async function* readEpwTable(path: string, year?: number): AsyncGenerator<TableBatch, void, undefined> {
  let number = 0
  let offsetMs = NaN
  let onlyYear: string | undefined
  for await (const lines of readLines(path)) {
    const rows: TableRow[] = []
    for (const line of lines) {
      number++
      const cells = line.split(',').map((cell) => cell.trim())
      if (number === 1) offsetMs = offsetOf(cells, path)
      if (number <= HEADER_LINES || line.trim() === '') continue
      onlyYear ??= cells[0]
      if (year === undefined && cells[0] !== onlyYear) throw severalYears(path)
      const time = endMs(cells, year ?? Number(cells[0])) - offsetMs
      const values = COLUMNS.map(({ at, missing }) => (Number(cells[at] || NaN) < missing ? (cells[at] ?? '') : ''))
      rows.push({ cells: [Number.isNaN(time) ? '' : String(time), ...values], where: `${path}:${number}` })
    }
    yield { names: NAMES, rows }
  }
}

/** How far local standard time is ahead of UTC. */
function offsetOf([kind, , , , , , , , zone = '']: readonly string[], path: string): number {
  const hours = Number(zone || NaN)
  if (kind !== 'LOCATION' || Number.isNaN(hours))
    throw new Error(`${path}: is no EPW: its first line must begin with LOCATION and name an offset from UTC`)
  return hours * HOUR_MS
}

/** The end of the row's hour, as if local time were UTC; NaN for a day that the year does not have. */
function endMs([, month, day, hour]: readonly string[], year: number): number {
  const hours = Number(hour)
  return hours >= 1 && hours <= 24 ? dateMs(year, Number(month), Number(day)) + hours * HOUR_MS : NaN
}

function severalYears(path: string): Error {
  const reason = 'its months are of several years: set `year` in the map, to put them into one'
  return Object.assign(new Error(`${path}: ${reason}`), { code: MAP_MISMATCH })
}
