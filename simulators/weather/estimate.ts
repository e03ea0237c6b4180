/** A climate from a year of weather: what synthetic.ts needs to make others like it. */
import type { Climate, Halves, MonthClimate } from './climate.ts'
import { MONTH_DAYS, SHARES } from './climate.ts'
import type { WeatherYear } from './epw.ts'
import { dailyMeans, syntheticYear } from './synthetic.ts'
import { betweenMonths, knotsOf, monthMeans, monthOf } from './months.ts'

const DAYS = 365

export function climateOf(year: WeatherYear): Climate {
  const dry = partsOf(year.dryC)
  const wet = partsOf(year.wetC)
  const courses = coursesOf(dry)
  const yearC = mean(dry.means)
  const halves = dry.means.map((dryC) => (dryC < yearC ? 'cold' : 'warm'))
  const climate: Climate = {
    name: year.name,
    offsetMs: year.offsetMs,
    altitudeM: year.altitudeM,
    months: MONTH_DAYS.map((_, month): MonthClimate => {
      const { slope, spread } = courses[month] ?? { slope: 0, spread: 0 }
      return {
        half: halves[month] ?? 'cold',
        dryC: dry.means[month] ?? NaN,
        wetC: wet.means[month] ?? NaN,
        dryK: dry.deviations[month] ?? NaN,
        wetK: wet.deviations[month] ?? NaN,
        dryCourseK: dry.courses[month] ?? [],
        wetCourseK: wet.courses[month] ?? [],
        courseSlope: slope,
        courseSpread: spread,
      }
    }),
    persistence: [1, 2, 3, 4, 5, 6, 7].map((days) => autocorrelation(dry.anomalies, days)),
    dry: halvesOf(dry.standard, halves),
    wet: halvesOf(wet.standard, halves),
    correlation: mean(dry.standard.map((x, day) => x * (wet.standard[day] ?? NaN))),
  }
  return stretched({ ...climate, persistence: corrected(climate) }, year)
}

const STRETCHED_ROUNDS = 3
const EXTREMES = [0.004, 0.996] as const
/** How far the outermost quantiles go along with the extremes, from the end inwards. */
const ALONG = [1, 0.8, 0.3] as const

/**
 * Moves the ends of the quantiles, so that years have on average the hours' extremes of the year they are made from.
 */
function stretched(climate: Climate, real: WeatherYear): Climate {
  let now = climate
  for (let round = 0; round < STRETCHED_ROUNDS; round++) {
    const made = TRIED_SEEDS.map((seed) => syntheticYear(now, seed, 0))
    const missedK = (quantity: 'dryC' | 'wetC') =>
      EXTREMES.map(
        (share) => mean(made.map((year) => hourAtShare(year[quantity], share))) - hourAtShare(real[quantity], share),
      )
    const widest = (half: keyof Halves) =>
      Math.max(...climate.months.map(({ half: own, dryK }) => (own === half ? dryK : 0)))
    const moved = (halves: Halves, [lowK = 0, highK = 0]: number[]): Halves => ({
      cold: halves.cold.map((x, at) => x - ((ALONG[at] ?? 0) * lowK) / widest('cold')),
      warm: halves.warm.map((x, at, all) => x - ((ALONG[all.length - 1 - at] ?? 0) * highK) / widest('warm')),
    })
    now = { ...now, dry: moved(now.dry, missedK('dryC')), wet: moved(now.wet, missedK('wetC')) }
  }
  return now
}

/** The value that a share of the hours does not pass. */
function hourAtShare(hours: Float64Array, share: number): number {
  const sorted = hours.toSorted()
  return sorted[Math.round(share * (sorted.length - 1))] ?? NaN
}

const ROUNDS = 4
const TRIED_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

/**
 * The persistence to put in, so that years come out with the persistence wanted: that they keep the months' means takes
 * some of it away.
 */
function corrected(climate: Climate): number[] {
  let persistence = [...climate.persistence]
  for (let round = 0; round < ROUNDS; round++) {
    const seen = TRIED_SEEDS.map((seed) => anomaliesOf(dailyMeans({ ...climate, persistence }, seed, 0)))
    persistence = persistence.map((value, at) => {
      const missed = mean(seen.map((list) => autocorrelation(list, at + 1))) - (climate.persistence[at] ?? 0)
      return Math.max(-0.95, Math.min(0.95, value - missed))
    })
  }
  return persistence
}

function halvesOf(standard: readonly number[], halves: readonly string[]): Halves {
  const of = (half: string) => quantilesOf(standard.filter((_, day) => halves[monthOf(day)] === half))
  return { cold: of('cold'), warm: of('warm') }
}

/** Autocorrelation of a list after so many places. */
export function autocorrelation(list: readonly number[], places: number): number {
  const middle = mean(list)
  const off = list.map((x) => x - middle)
  const square = off.reduce((sum, x) => sum + x * x, 0)
  return off.slice(places).reduce((sum, x, at) => sum + x * (off[at] ?? 0), 0) / square
}

/** Days' means less the smooth course of the months' means. */
export function anomaliesOf(days: readonly number[]): number[] {
  const knots = knotsOf(monthMeans((day) => days[day] ?? NaN))
  return days.map((value, day) => value - betweenMonths(knots, day + 0.5))
}

export function daysOf(hours: Float64Array): number[] {
  return Array.from({ length: DAYS }, (_, day) => mean([...hours.subarray(24 * day, 24 * day + 24)]))
}

interface Parts {
  means: number[]
  anomalies: number[]
  deviations: number[]
  /** Days' anomalies in standard deviations of the season. */
  standard: number[]
  courses: number[][]
  /** By day: how its course compares with the month's, 1 on the average. */
  sizes: number[]
}

function partsOf(hours: Float64Array): Parts {
  const days = daysOf(hours)
  const anomalies = anomaliesOf(days)
  const own = MONTH_DAYS.map((_, month) => {
    return Math.sqrt(mean(anomalies.filter((_x, day) => monthOf(day) === month).map((x) => x * x)))
  })
  const courses = MONTH_DAYS.map((_, month) => courseOf(hours, days, month))
  const standard = anomalies.map((x, day) => x / (own[monthOf(day)] ?? 1))
  const scale = Math.sqrt(mean(standard.map((x) => x * x)))
  return {
    means: monthMeans((day) => days[day] ?? NaN),
    anomalies,
    deviations: own.map((value) => value * scale),
    standard: standard.map((x) => x / scale),
    courses,
    sizes: days.map((day, at) => sizeOf(hours.subarray(24 * at, 24 * at + 24), day, courses[monthOf(at)] ?? [])),
  }
}

function courseOf(hours: Float64Array, days: readonly number[], month: number): number[] {
  return Array.from({ length: 24 }, (_, hour) =>
    mean(days.flatMap((day, at) => (monthOf(at) === month ? [(hours[24 * at + hour] ?? NaN) - day] : []))),
  )
}

/** The size of a day's course against the month's, by least squares. */
function sizeOf(hours: Float64Array, day: number, course: readonly number[]): number {
  const square = course.reduce((sum, x) => sum + x * x, 0)
  return course.reduce((sum, x, hour) => sum + x * ((hours[hour] ?? NaN) - day), 0) / square
}

function coursesOf({ standard, sizes }: Parts): { slope: number; spread: number }[] {
  return MONTH_DAYS.map((_, month) => {
    const days = standard.flatMap((x, day) => (monthOf(day) === month ? [{ x, size: (sizes[day] ?? 1) - 1 }] : []))
    const slope = mean(days.map(({ x, size }) => x * size)) / mean(days.map(({ x }) => x * x))
    const spread = Math.sqrt(mean(days.map(({ x, size }) => (size - slope * x) ** 2)))
    return { slope, spread }
  })
}

function quantilesOf(list: readonly number[]): number[] {
  const sorted = [...list].sort((a, b) => a - b)
  return SHARES.map((share) => {
    const place = share * (sorted.length - 1)
    const at = Math.floor(place)
    const from = sorted[at] ?? NaN
    return from + ((sorted[at + 1] ?? from) - from) * (place - at)
  })
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, one) => sum + one, 0) / list.length
}
