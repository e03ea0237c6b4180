/** Values that months have as means, on a smooth course through the year of 365 days. */
import { MONTH_DAYS } from './climate.ts'

/** First day of each month, and the day after the last. */
const FIRST = MONTH_DAYS.reduce<number[]>((days, length) => [...days, (days.at(-1) ?? 0) + length], [0])

/** The month, 0..11, of a day, 0..364. */
export function monthOf(day: number): number {
  return FIRST.findIndex((_, month) => day < (FIRST[month + 1] ?? Infinity))
}

/**
 * Straight lines between the middles of months through `values` of the months -1..12 (the year's twelve and one beside
 * each end), at a time in days.
 */
export function betweenMonths(values: readonly number[], day: number): number {
  const month = monthOf(Math.max(0, Math.min(364, Math.floor(day))))
  const side = day < middleOf(month) ? month - 1 : month
  const from = values[side + 1] ?? NaN
  const fromDay = middleOf(side)
  return from + (((values[side + 2] ?? NaN) - from) * (day - fromDay)) / (middleOf(side + 1) - fromDay)
}

/** Knots for `betweenMonths` such that each month's mean comes out as given; the year is a circle. */
export function knotsOf(means: readonly number[]): number[] {
  let knots = around(means)
  for (let round = 0; round < 6; round++) {
    const seen = monthMeans((day) => betweenMonths(knots, day + 0.5))
    knots = around(means.map((mean, month) => (knots[month + 1] ?? 0) + mean - (seen[month] ?? 0)))
  }
  return knots
}

export function monthMeans(ofDay: (day: number) => number): number[] {
  const sums = MONTH_DAYS.map(() => 0)
  for (let day = 0; day < 365; day++) {
    const month = monthOf(day)
    sums[month] = (sums[month] ?? 0) + ofDay(day) / (MONTH_DAYS[month] ?? 30)
  }
  return sums
}

/** Twelve values with the last before them and the first behind. */
export function around(values: readonly number[]): number[] {
  return [values.at(-1) ?? NaN, ...values, values[0] ?? NaN]
}

function middleOf(month: number): number {
  if (month < 0) return middleOf(11) - 365
  if (month > 11) return middleOf(0) + 365
  return (FIRST[month] ?? 0) + (MONTH_DAYS[month] ?? 30) / 2
}
