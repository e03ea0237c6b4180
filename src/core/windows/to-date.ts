import type { CalendarUnit } from '../contract/plan.ts'
import type { Bins } from './bins.ts'
import { calendarSpanAt, type Periods } from './window.ts'

/** Sums of a calendar unit from its start, up to its end or to the newest interval. */
export interface CalendarSums {
  readonly unit: CalendarUnit
  readonly start: number
  readonly end: number
  /** Per column the sum of each series; undefined: 0 for all. */
  readonly sums: (Float64Array | undefined)[]
}

/** The parts of a trail that sums of the calendar need. */
interface Course {
  readonly columns: number
  readonly units: readonly CalendarUnit[]
  readonly periods: Periods
  readonly horizon: number
  readonly minutes: Bins
  calendar: CalendarSums[]
}

/** Begins the units that hold intervals from `oldest` to `newest`, and drops those that can no longer change. */
export function openUnits(course: Course, oldest: number, newest: number): void {
  const { units, periods, horizon, columns } = course
  for (const unit of units) {
    for (let at = oldest; at <= newest;) {
      const { start, end } = calendarSpanAt(periods, unit, at)
      at = end
      if (course.calendar.some((it) => it.unit === unit && it.start === start)) continue
      course.calendar = course.calendar.filter((it) => it.end >= newest - horizon)
      course.calendar.push({ unit, start, end, sums: new Array<Float64Array | undefined>(columns).fill(undefined) })
    }
  }
}

/** The calendar unit in which an end falls. The last end of a unit belongs to that unit. */
export function holdingUnit({ calendar }: Course, unit: CalendarUnit, end: number): CalendarSums {
  for (let n = calendar.length - 1; n >= 0; n--) {
    const it = calendar[n]!
    if (it.unit === unit && it.start < end && end <= it.end) return it
  }
  throw new Error(`no ${unit} holds end ${end}`)
}

/** Adds the next interval's bins (series × columns). */
export function addToCalendar({ calendar, columns, minutes }: Course, bins: Float64Array): void {
  const { newest, series } = minutes
  for (const { start, end, sums } of calendar) {
    if (newest < start || newest >= end) continue
    for (let s = 0, at = 0; s < series; s++) {
      for (let c = 0; c < columns; c++, at++) if (bins[at] !== 0) columnOf(sums, c, series)[s]! += bins[at]!
    }
  }
}

export function correctCalendar(course: Course, series: number, interval: number, deltas: Float64Array): void {
  const { calendar, columns, minutes } = course
  for (const { start, end, sums } of calendar) {
    if (interval < start || interval >= end) continue
    for (let c = 0; c < columns; c++) if (deltas[c] !== 0) columnOf(sums, c, minutes.series)[series]! += deltas[c]!
  }
}

/** A column of sums, with its room. */
export function columnOf(sums: (Float64Array | undefined)[], column: number, series: number): Float64Array {
  return (sums[column] ??= new Float64Array(series))
}
