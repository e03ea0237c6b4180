/**
 * Weather and noise as pure functions of a seed and a time: whatever stretch is simulated, a moment has one weather.
 * Only sums and products, so that every engine gives the same bits; the one exponential ends in a rounded humidity.
 */
import { seedFor } from '../random.ts'

const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
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

/** A wave of period 1 between -1 and 1, rising from 0 at 0: parabolas in place of a sine. */
export function wave(turns: number): number {
  const part = turns - Math.floor(turns)
  return part < 0.5 ? 16 * part * (0.5 - part) : -16 * (part - 0.5) * (1 - part)
}

/** Noise between -1 and 1: even numbers at the whole multiples of `stepMs`, straight lines between them. */
export function noise(seed: number, tMs: number, stepMs: number): number {
  const step = Math.floor(tMs / stepMs)
  const from = evenNumber(seed, step)
  return from + (evenNumber(seed, step + 1) - from) * (tMs / stepMs - step)
}

/** -1 ≤ x < 1 from a seed and a whole number (the finisher of MurmurHash3 over both halves). */
function evenNumber(seed: number, index: number): number {
  const word = mix(mix(seed ^ (index >>> 0)) ^ Math.floor(index / 2 ** 32) ^ 0x9e3779b9)
  return (word >>> 0) / 2 ** 31 - 1
}

function mix(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
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
