/**
 * What is known of a climate: enough to make years of weather that could be its own. From a weather file (estimate.ts)
 * or from published normals (below).
 */
import { evenNumber } from './noise.ts'

export interface Climate {
  readonly name: string
  readonly offsetMs: number
  readonly altitudeM: number
  readonly months: readonly MonthClimate[]
  /** Autocorrelation of the days' anomalies after 1, 2 … 7 days. */
  readonly persistence: readonly number[]
  /** Anomalies of the days in standard deviations, at `SHARES`, in the cold and in the warm half of the year. */
  readonly dry: Halves
  readonly wet: Halves
  /** Correlation of the days' anomalies of dry and wet bulb. */
  readonly correlation: number
}

/** Quantiles in months colder and warmer than the year: how skewed a half-year's days are. */
export interface Halves {
  readonly cold: readonly number[]
  readonly warm: readonly number[]
}

export interface MonthClimate {
  readonly half: keyof Halves
  readonly dryC: number
  readonly wetC: number
  /** Standard deviation of the days' means. */
  readonly dryK: number
  readonly wetK: number
  /** The usual course of a day around its mean, by hour of local standard time. */
  readonly dryCourseK: readonly number[]
  readonly wetCourseK: readonly number[]
  /** How the size of the course changes with a standard deviation of the day's anomaly, and by itself. */
  readonly courseSlope: number
  readonly courseSpread: number
}

export const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
/** Where the anomalies' quantiles are known. */
export const SHARES = [0.003, 0.02, 0.07, 0.16, 0.3, 0.5, 0.7, 0.84, 0.93, 0.98, 0.997] as const
/** The same of the normal distribution. */
const NORMAL = [-2.748, -2.054, -1.476, -0.994, -0.524, 0, 0.524, 0.994, 1.476, 2.054, 2.748] as const

const BOTH: Halves = { cold: NORMAL, warm: NORMAL }

/** Published normals by month: means, daily range, dew point, deviation of the days. */
interface Normals {
  readonly dryC: readonly number[]
  readonly dewC: readonly number[]
  readonly rangeK: readonly number[]
  readonly dayK: readonly number[]
}

/**
 * Normals of 1991-2020, rounded, as the national weather services publish them: Météo-France (Paris-Orly), MET Norway
 * (Oslo-Blindern), NOAA (Phoenix), Meteorological Service Singapore (Changi). Deviations of days are of usual size.
 */
const PLACES = {
  paris: {
    dryC: [4.9, 5.5, 8.7, 11.7, 15.3, 18.7, 20.7, 20.5, 16.9, 12.8, 8.2, 5.4],
    dewC: [2.2, 1.9, 3.4, 5.2, 8.9, 11.8, 13.1, 13.2, 11.4, 9.3, 5.6, 3],
    rangeK: [5, 6.2, 8.3, 9.9, 10.1, 10.5, 10.8, 10.8, 9.7, 7.6, 5.6, 4.9],
    dayK: [4, 3.9, 3.3, 3.2, 3.2, 3.2, 3.2, 3, 2.7, 3.1, 3.4, 3.9],
  },
  oslo: {
    dryC: [-2.3, -2, 1.2, 6.2, 11.4, 15.3, 17.6, 16.5, 12.1, 6.5, 2, -1.7],
    dewC: [-5.2, -5.5, -4, -1, 3.6, 8.2, 11.3, 11.1, 7.8, 3.2, -0.8, -4.4],
    rangeK: [5, 6, 7.7, 9, 10, 9.7, 9.6, 9, 8, 5.8, 4.4, 4.6],
    dayK: [4.9, 4.6, 3.3, 2.8, 3.2, 2.9, 2.7, 2.5, 2.6, 3.2, 3.9, 4.8],
  },
  phoenix: {
    dryC: [13.6, 15.4, 18.9, 22.9, 28.1, 33.1, 34.9, 34.3, 31.4, 24.9, 18, 13],
    dewC: [1, 0.8, 0.4, 0, 1.4, 4.2, 13, 14.4, 10.5, 5.2, 2.3, 1.3],
    rangeK: [12.2, 12.3, 13.2, 14, 14.3, 14.4, 11.5, 11.1, 12, 13, 13, 12],
    dayK: [2.9, 3.1, 3.6, 3.7, 3.4, 2.8, 2, 2, 2.4, 3.4, 3.3, 2.9],
  },
  singapore: {
    dryC: [26.8, 27.3, 27.9, 28.2, 28.6, 28.5, 28.2, 28.1, 28, 27.9, 27.2, 26.8],
    dewC: [23.3, 23.1, 23.6, 24.4, 24.6, 24.2, 24, 23.9, 23.9, 24, 24.1, 23.8],
    rangeK: [6.4, 7, 7.2, 7.3, 6.8, 6.3, 6, 6, 6.3, 6.8, 6.8, 6.3],
    dayK: [1, 0.9, 0.9, 0.9, 0.9, 1, 1, 1, 0.9, 0.9, 1, 1.1],
  },
} satisfies Record<string, Normals>

type ClimateName = keyof typeof PLACES

/** The nearest of the known climates, by time zone; a temperate one where nothing is known. */
export function climateOfZone(timezone: string): ClimateName {
  if (/^(Asia\/(Singapore|Kuala_Lumpur|Jakarta|Bangkok|Manila|Ho_Chi_Minh)|Pacific\/Guam)$/.test(timezone))
    return 'singapore'
  if (/^(America\/Phoenix|Asia\/(Dubai|Riyadh|Kuwait|Qatar)|Africa\/Cairo)$/.test(timezone)) return 'phoenix'
  return /^(Europe\/(Oslo|Stockholm|Helsinki|Tallinn)|Atlantic\/Reykjavik)$/.test(timezone) ? 'oslo' : 'paris'
}

export function climateNamed(name: ClimateName, offsetMs: number, altitudeM: number): Climate {
  const normals: Normals = PLACES[name]
  const months = MONTH_DAYS.map((_, month): MonthClimate => {
    const [dryC = NaN, dewC = NaN, rangeK = NaN, dayK = NaN] = [
      normals.dryC,
      normals.dewC,
      normals.rangeK,
      normals.dayK,
    ].map((list) => list[month])
    const half = dryC < normals.dryC.reduce((sum, one) => sum + one / 12, 0) ? ('cold' as const) : ('warm' as const)
    return {
      half,
      dryC,
      wetC: wetByRule(dryC, dewC),
      dryK: dayK,
      wetK: 0.75 * dayK,
      dryCourseK: COURSE.map((part) => part * rangeK),
      wetCourseK: COURSE.map((part) => 0.4 * part * rangeK),
      courseSlope: 0.05,
      courseSpread: 0.25,
    }
  })
  const persistence = [1, 2, 3, 4, 5, 6, 7].map((days) => 0.72 ** days)
  return { name, offsetMs, altitudeM, months, persistence, dry: BOTH, wet: BOTH, correlation: 0.75 }
}

/** A day's course as parts of its range around its mean: ASHRAE Handbook - Fundamentals, chapter 14, table 6. */
const COURSE = [
  0.88, 0.92, 0.95, 0.98, 1, 0.98, 0.91, 0.74, 0.55, 0.38, 0.23, 0.13, 0.05, 0, 0, 0.06, 0.14, 0.24, 0.39, 0.5, 0.59,
  0.68, 0.75, 0.82,
].map((part, _, all) => all.reduce((sum, one) => sum + one, 0) / all.length - part)

/** Wet bulb by dry bulb and dew point: a third of the way from the dew point (the rule of thumb, within 1 K here). */
function wetByRule(dryC: number, dewC: number): number {
  return dewC + (dryC - dewC) * (0.36 + 0.004 * Math.max(0, 20 - dryC) - 0.004 * Math.max(0, dryC - 20))
}

/** An even number of a seed as a normal one, by its place among `SHARES`; beyond them the ends. */
export function quantile(values: readonly number[], share: number): number {
  for (let at = 1; at < SHARES.length; at++) {
    const above = SHARES[at] ?? 1
    if (share > above && at < SHARES.length - 1) continue
    const below = SHARES[at - 1] ?? 0
    const from = values[at - 1] ?? NaN
    const part = Math.max(-0.4, Math.min(1.4, (share - below) / (above - below)))
    return from + ((values[at] ?? NaN) - from) * part
  }
  return NaN
}

/** A normal number of a seed and an index: the sum of twelve even ones (Irwin-Hall). */
export function normalNumber(seed: number, index: number): number {
  let sum = 0
  for (let n = 0; n < 12; n++) sum += evenNumber(Math.imul(seed + n, 0x9e3779b1), index)
  return sum / 2
}

/** The share of the normal distribution below `x` (Abramowitz and Stegun, 26.2.17, within 1e-7). */
export function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const tail =
    0.3989422804 *
    Math.exp((-x * x) / 2) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return x > 0 ? 1 - tail : tail
}
