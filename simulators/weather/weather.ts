/**
 * The air outside a site: years of its climate, laid end to end, with what is planted on them. A moment has one
 * weather, whatever stretch is simulated.
 */
import type { Outside } from '../plant/spec.ts'
import type { Climate } from './climate.ts'
import type { WeatherYear } from './epw.ts'
import { pressureAt, wetBulbFrom } from './moist.ts'
import { noise } from './noise.ts'
import { syntheticYear } from './synthetic.ts'
import { airOfYear, yearNumber } from './year.ts'

export interface Weather {
  readonly seed: number
  /** Local standard time minus UTC. */
  readonly offsetMs: number
  readonly pressurePa: number
  /** A climate whose years are made as they are asked for, or one year that repeats. */
  readonly source: { readonly climate: Climate } | { readonly year: WeatherYear }
  readonly years: Map<number, WeatherYear>
  readonly changes: readonly WeatherChange[]
}

/** A stretch that is warmer (a heat wave) or colder; its vapour stays as it is. It comes and goes within six hours. */
interface WeatherChange {
  readonly fromMs: number
  readonly toMs: number
  readonly addK: number
}

const HOUR_MS = 3_600_000
const EDGE_MS = 6 * HOUR_MS
const GUST_MS = 600_000

export function createWeather(
  seed: number,
  source: Weather['source'],
  changes: readonly WeatherChange[] = [],
): Weather {
  const { offsetMs, altitudeM } = 'climate' in source ? source.climate : source.year
  return { seed, offsetMs, pressurePa: pressureAt(altitudeM), source, years: new Map(), changes }
}

/** The air outside at a time, into `out`. */
export function outsideAt(weather: Weather, tMs: number, out: Outside): void {
  airOfYear(yearAt(weather, tMs), tMs, out, yearAt(weather, tMs + HOUR_MS))
  const gustK = 0.3 * noise(weather.seed, tMs, GUST_MS)
  const plantedK = weather.changes.reduce((sum, change) => sum + change.addK * weightOf(change, tMs), 0)
  if (plantedK === 0) {
    out.dryC = Math.max(out.dryC + gustK, out.wetC)
    return
  }
  out.dryC += plantedK + gustK
  out.wetC = wetBulbFrom(out.dryC, out.ratio, weather.pressurePa)
}

function yearAt({ source, years, seed, offsetMs }: Weather, tMs: number): WeatherYear {
  if ('year' in source) return source.year
  const number = yearNumber(tMs + offsetMs)
  const known = years.get(number)
  if (known !== undefined) return known
  const made = syntheticYear(source.climate, seed, number)
  years.set(number, made)
  return made
}

function weightOf({ fromMs, toMs }: WeatherChange, tMs: number): number {
  return Math.max(0, Math.min(1, (tMs - fromMs) / EDGE_MS, (toMs - tMs) / EDGE_MS))
}
