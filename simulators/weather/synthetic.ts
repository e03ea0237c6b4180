/**
 * Years of weather that a climate could have, from a seed. A day's anomaly follows those before it as the climate's
 * persistence says (an autoregression over seven days). It is bent to the climate's skew and rides on the course of the
 * months. Hours follow the day's usual course, larger or smaller by day. Months have the climate's means, as in a
 * typical year. Years join without a seam: each day's number is a function of seed and day.
 */
import { seedFor } from '../random.ts'
import { normalNumber, normalShare, quantile, type Climate, type Halves } from './climate.ts'
import { emptyYear, setHour, YEAR_HOURS, type WeatherYear } from './epw.ts'
import { pressureAt, ratioAtDew, ratioAtWetBulb } from './moist.ts'
import { around, betweenMonths, knotsOf, monthMeans } from './months.ts'

const DAYS = 365
/** Days before a year's first, so that it forgets where the autoregression began. */
const LEAD = 120

/** Days of one quantity from two days before a year to two behind it: index 2 is 1 January. */
interface Days {
  dryK: number[]
  wetK: number[]
  /** Size of the day's course. */
  size: number[]
}

/** Year number `number` (0: the one that begins the count, see `airOfYear`) of the weather of a seed. */
export function syntheticYear(climate: Climate, seed: number, number: number): WeatherYear {
  const own = seedFor(seed, `weather ${climate.name}`)
  const weights = autoregression(climate.persistence)
  const errors = [-1, 0, 1].map((by) => errorsOf(climate, daysOf(climate, weights, own, number + by)))
  const days = daysOf(climate, weights, own, number)
  const year = emptyYear(climate.name, climate.offsetMs, climate.altitudeM)
  const pressurePa = pressureAt(climate.altitudeM)
  const dry = courseOver(climate, 'dry', days, errors)
  const wet = courseOver(climate, 'wet', days, errors)
  const leastRatio = ratioAtDew(-28, pressurePa)
  for (let hour = 0; hour < YEAR_HOURS; hour++) {
    const dryC = dry(hour)
    const wetC = Math.min(dryC - 0.1, wet(hour))
    setHour(year, hour, { dryC, pressurePa, ratio: Math.max(leastRatio, ratioAtWetBulb(dryC, wetC, pressurePa)) })
  }
  return year
}

/** Mean dry bulbs of a year's days, without their hours. */
export function dailyMeans(climate: Climate, seed: number, number: number): number[] {
  const own = seedFor(seed, `weather ${climate.name}`)
  const weights = autoregression(climate.persistence)
  const [before, days, after] = [-1, 0, 1].map((by) => daysOf(climate, weights, own, number + by))
  if (before === undefined || days === undefined || after === undefined) return []
  const errors = [before, days, after].map((one) => errorsOf(climate, one))
  const missed = bent(errors.flatMap(({ dry }) => dry)).slice(11, 25)
  const deviations = deviationsOf(climate, 'dry')
  const means = knotsOf(climate.months.map(({ dryC }) => dryC))
  return Array.from({ length: DAYS }, (_, day) => {
    const anomalyK = betweenMonths(deviations, day + 0.5) * (days.dryK[day + 2] ?? NaN)
    return betweenMonths(means, day + 0.5) + anomalyK - betweenMonths(missed, day + 0.5)
  })
}

/** Weights of the last days, and of the day's own number, by the equations of Yule and Walker (Levinson's way). */
function autoregression(persistence: readonly number[]): { weights: number[]; own: number } {
  let weights: number[] = []
  let left = 1
  for (const [order, next] of persistence.entries()) {
    const known = weights.reduce((sum, weight, at) => sum + weight * (persistence[order - 1 - at] ?? 0), 0)
    const reflected = Math.max(-0.97, Math.min(0.97, (next - known) / left))
    weights = [...weights.map((weight, at) => weight - reflected * (weights[order - 1 - at] ?? 0)), reflected]
    left *= 1 - reflected * reflected
  }
  return { weights, own: Math.sqrt(Math.max(0, left)) }
}

function daysOf(
  climate: Climate,
  { weights, own }: { weights: number[]; own: number },
  seed: number,
  number: number,
): Days {
  const first = number * DAYS
  const series = (part: number) => {
    const list: number[] = []
    for (let day = -LEAD; day < DAYS + 2; day++) {
      const before = weights.reduce((sum, weight, at) => sum + weight * (list[list.length - 1 - at] ?? 0), 0)
      list.push(before + own * normalNumber(seed + 100 * part, first + day))
    }
    return list.slice(LEAD - 2)
  }
  const [common, other] = [series(0), series(1)]
  const { correlation } = climate
  const rest = Math.sqrt(Math.max(0, 1 - correlation * correlation))
  return {
    dryK: common.map((x, at) => skewed(climate, climate.dry, at - 2, x)),
    wetK: common.map((x, at) => skewed(climate, climate.wet, at - 2, correlation * x + rest * (other[at] ?? 0))),
    size: common.map((x, at) => {
      const { courseSlope, courseSpread } = climate.months[monthAt(at - 2)] ?? { courseSlope: 0, courseSpread: 0 }
      return Math.max(0.15, 1 + courseSlope * x + courseSpread * normalNumber(seed + 777, first + at - 2))
    }),
  }
}

function monthAt(day: number): number {
  return Math.max(0, Math.min(11, Math.floor((((day + DAYS) % DAYS) / DAYS) * 12)))
}

/** A normal number bent to the half-year's quantiles. */
function skewed({ months }: Climate, halves: Halves, day: number, x: number): number {
  return quantile(halves[months[monthAt(day)]?.half ?? 'cold'], normalShare(x))
}

type Quantity = 'dry' | 'wet'

function deviationsOf({ months }: Climate, quantity: Quantity): number[] {
  return knotsOf(months.map(({ dryK, wetK }) => (quantity === 'dry' ? dryK : wetK)))
}

/** By how much the months of a year miss the climate's means: what `courseOver` takes out. */
function errorsOf(climate: Climate, days: Days): Record<Quantity, number[]> {
  const of = (quantity: Quantity) => {
    const deviations = deviationsOf(climate, quantity)
    const values = quantity === 'dry' ? days.dryK : days.wetK
    return monthMeans((day) => (values[day + 2] ?? 0) * betweenMonths(deviations, day + 0.5))
  }
  return { dry: of('dry'), wet: of('wet') }
}

/** A quantity by the hour of the year. */
function courseOver(
  climate: Climate,
  quantity: Quantity,
  days: Days,
  errors: readonly Record<Quantity, number[]>[],
): (hour: number) => number {
  const means = knotsOf(climate.months.map(({ dryC, wetC }) => (quantity === 'dry' ? dryC : wetC)))
  const deviations = deviationsOf(climate, quantity)
  const missed = bent(errors.flatMap((error) => error[quantity])).slice(11, 25)
  const values = quantity === 'dry' ? days.dryK : days.wetK
  const noons = bent(values)
  const courses = Array.from({ length: 24 }, (_, hour) => {
    return around(
      climate.months.map(({ dryCourseK, wetCourseK }) => (quantity === 'dry' ? dryCourseK : wetCourseK)[hour] ?? 0),
    )
  })
  return (hour) => {
    const day = hour / 24
    const place = day - 0.5 + 2
    const at = Math.floor(place)
    const lerp = (list: readonly number[]) =>
      (list[at] ?? NaN) + ((list[at + 1] ?? NaN) - (list[at] ?? NaN)) * (place - at)
    const course = betweenMonths(courses[hour % 24] ?? [], day) * lerp(days.size)
    return (
      betweenMonths(means, day) + betweenMonths(deviations, day) * lerp(noons) - betweenMonths(missed, day) + course
    )
  }
}

/** Knots of straight lines whose means between the middles of their sides are the values: each day keeps its mean. */
function bent(values: readonly number[]): number[] {
  let knots = [...values]
  for (let round = 0; round < 8; round++) {
    const was = knots
    knots = values.map((x, at) => {
      const knot = was[at] ?? x
      return x + (2 * knot - (was[at - 1] ?? knot) - (was[at + 1] ?? knot)) / 8
    })
  }
  return knots
}
