/**
 * Weather and noise as pure functions of a seed and a time: whatever stretch is simulated, a moment has one weather.
 * Only sums and products, so that every engine gives the same bits; the one exponential ends in a rounded humidity.
 */
import { seedFor } from '../random.ts'
import { DAY_MS, noise, wave } from './noise.ts'

const HOUR_MS = 3_600_000
const YEAR_MS = 365.2425 * DAY_MS

export interface Weather {
  readonly seed: number
  /** Local standard time minus UTC. */
  readonly offsetMs: number
  /** Mean over the year. */
  readonly meanC: number
}

export interface AirState {
  dryBulbC: number
  dewPointC: number
}

export function createWeather(seed: number, timezone: string): Weather {
  const own = seedFor(seed, 'weather')
  return { seed: own, offsetMs: standardOffsetMs(timezone), meanC: 11 + 3 * noise(own, 0, 1) }
}

/** The air outside: a year's and a day's wave, fronts over days, gusts over minutes. Warmest in July, at 15:00. */
export function outdoorAir({ seed, offsetMs, meanC }: Weather, tMs: number): AirState {
  const localMs = tMs + offsetMs
  const seasonC = meanC + 8 * wave(localMs / YEAR_MS - 0.3) + 3 * noise(seed, tMs, 40 * HOUR_MS)
  const dryBulbC = seasonC + 4.5 * wave(localMs / DAY_MS - 0.375) + 0.4 * noise(seed + 1, tMs, 600_000)
  const dewPointC = Math.min(dryBulbC - 0.5, seasonC - 4 + 2 * noise(seed + 2, tMs, 12 * HOUR_MS))
  return { dryBulbC, dewPointC }
}

/** Relative humidity in % from dry bulb and dew point, °C. Magnus form over water (Sonntag 1990), -45..60 °C. */
export function humidityPct({ dryBulbC, dewPointC }: AirState): number {
  const exponent = (17.62 * dewPointC) / (243.12 + dewPointC) - (17.62 * dryBulbC) / (243.12 + dryBulbC)
  return Math.max(0, Math.min(100, 100 * Math.exp(exponent)))
}

/** The smaller offset of the year, so that a day's shape does not jump with daylight saving. */
function standardOffsetMs(timezone: string): number {
  return Math.min(offsetMs(timezone, Date.UTC(2026, 0, 1)), offsetMs(timezone, Date.UTC(2026, 6, 1)))
}

function offsetMs(timezone: string, tMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' }).formatToParts(tMs)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  if (sign === undefined) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000)
}
