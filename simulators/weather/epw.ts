/**
 * EnergyPlus weather files (EPW): eight lines of header, then 8,760 rows of an hour each. Described in "Auxiliary
 * Programs" of EnergyPlus, chapter "Weather Data Format". Read are field 2..5 (month, day, hour, minute) and, from 0,
 * 6 dry bulb °C, 7 dew point °C, 8 relative humidity %, 9 pressure Pa.
 */
import { pressureAt, ratioFrom, waterPaAt, wetBulbFrom } from './moist.ts'

/** A year by hours of local standard time: value k belongs to the time k hours after New Year. */
export interface WeatherYear {
  readonly name: string
  readonly offsetMs: number
  readonly altitudeM: number
  readonly dryC: Float64Array
  readonly wetC: Float64Array
  readonly ratio: Float64Array
  readonly pressurePa: Float64Array
}

export const YEAR_HOURS = 8760
const HEADER_LINES = 8
const MISSING = { dryC: 99, humidityPct: 999, pressurePa: 999_000 }

/**
 * Reads the text of an EPW. A missing value is that of the hour before. Throws for a file that is none, has not 8,760
 * hours or begins with a missing value. Hour 1 of the file is the hour from 0:00 on and stands for its end, 1:00.
 */
export function readEpw(text: string): WeatherYear {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const [kind, city = '', , country = '', , , , , zone = '', altitude = ''] = (lines[0] ?? '').split(',')
  if (kind !== 'LOCATION') throw new Error('no EPW: its first line must begin with LOCATION')
  const rows = lines.slice(HEADER_LINES).filter((line) => !/,2,29,/.test(line.slice(4, 10)))
  if (rows.length !== YEAR_HOURS) throw new Error(`an EPW has ${YEAR_HOURS} hours, this one ${rows.length}`)
  const altitudeM = Number(altitude)
  const year = emptyYear(`${city} ${country}`.trim(), Number(zone) * 3_600_000, altitudeM)
  for (const [row, line] of rows.entries()) {
    const cells = line.split(',')
    const at = (row + 1) % YEAR_HOURS
    const before = row === 0 ? undefined : row % YEAR_HOURS
    const dryC = known(cells[6], MISSING.dryC, before === undefined ? undefined : year.dryC[before])
    const humidityPct = known(cells[8], MISSING.humidityPct, 50)
    const pressurePa = known(cells[9], MISSING.pressurePa, pressureAt(altitudeM))
    if (dryC === undefined || humidityPct === undefined || pressurePa === undefined) {
      throw new Error(`row ${row + 1} of the EPW has no temperature`)
    }
    setHour(year, at, {
      dryC,
      ratio: ratioFrom((Math.min(100, humidityPct) / 100) * waterPaAt(dryC), pressurePa),
      pressurePa,
    })
  }
  return year
}

export function emptyYear(name: string, offsetMs: number, altitudeM: number): WeatherYear {
  const hours = () => new Float64Array(YEAR_HOURS)
  return { name, offsetMs, altitudeM, dryC: hours(), wetC: hours(), ratio: hours(), pressurePa: hours() }
}

/** Puts the air of an hour in its place. */
export function setHour(
  year: WeatherYear,
  at: number,
  { dryC, ratio, pressurePa }: { dryC: number; ratio: number; pressurePa: number },
): void {
  year.dryC[at] = dryC
  year.ratio[at] = ratio
  year.pressurePa[at] = pressurePa
  year.wetC[at] = wetBulbFrom(dryC, ratio, pressurePa)
}

function known(cell: string | undefined, missing: number, otherwise: number | undefined): number | undefined {
  const value = Number(cell)
  return cell === undefined || cell.trim() === '' || !Number.isFinite(value) || value >= missing ? otherwise : value
}
