import type { CalendarUnit } from '../contract/plan.ts'
import {
  addBins,
  appendBin,
  correctBin,
  createBins,
  fullBinsBytes,
  resetBins,
  type BinRange,
  type Bins,
} from './bins.ts'
import { mayHold, sumColumn } from './bin-column.ts'
import { addToCalendar, correctCalendar, holdingUnit, openUnits, type CalendarSums } from './to-date.ts'
import { extendBack } from './thin.ts'
import { modulo } from './totals.ts'
import type { Periods, Window } from './window.ts'
import { COST, STEP, type Work } from '../contract/work.ts'
import { clearWrittenRows, createWrittenRows, forgetOldRows, type WrittenRows } from './written.ts'

/**
 * What many series (inlets, racks) brought, and their sums over windows, in little room:
 *
 * ```
 * windows up to a day      minutes   packed bins of 25 h and more
 * longer ones              hours     packed sums of whole hours, of the first columns only
 * of the calendar          units     the sum since the unit began
 * ```
 *
 * A window is added up anew each time, from whole blocks and the parts of two. It suits series whose windows are
 * written every few minutes; boundaries have running totals (totals.ts).
 */
export interface Trail {
  readonly columns: number
  readonly windows: readonly Window[]
  readonly units: readonly CalendarUnit[]
  readonly periods: Periods
  /** How many ends back from the newest a bin can still be corrected, and how many if no backlog comes. */
  readonly horizon: number
  readonly recent: number
  readonly minutes: Bins
  /** So many first columns are held of old minutes of which no more is needed. */
  readonly ranked: number
  /** Intervals of an hour, and its sums. */
  readonly hour: number
  readonly hours: Bins
  /** Sums of the calendar's units, oldest first. */
  calendar: CalendarSums[]
  readonly rows: WrittenRows
  /** Sums of one window, and what a correction adds to them, for the time of one call. */
  readonly sums: Float64Array
  readonly added: Float64Array
  /** Sums of an hour of all series, and the bins that are summed, for the time of one call. */
  readonly hourSums: Float64Array
  readonly range: BinRange
}

interface TrailPlan {
  readonly columns: number
  readonly windows: readonly Window[]
  /** Windows that are summed when asked for and never written. */
  readonly unwritten: readonly Window[]
  readonly periods: Periods
  readonly horizon: number
  readonly recent: number
  /** Per series the most that an interval can bring to a full column. */
  readonly full: Float64Array
  readonly fullColumns: readonly number[]
  /** Per column an earlier one that it is likened to; -1: none. */
  readonly like: Int8Array
  /** So many first columns are known over windows of more than a day. */
  readonly hourColumns: number
}

const HOUR_MS = 3_600_000
/** An inlet's minutes are held for so long at least. */
const LEAST_HOURS = 25
const DAY_HOURS = 24

export function createTrail(plan: TrailPlan): Trail {
  const { columns, windows, unwritten, periods, horizon, recent, full, fullColumns, like, hourColumns } = plan
  const hour = HOUR_MS / periods.lengthMs
  const rolling = [...windows, ...unwritten].filter((window) => window.kind === 'rolling')
  const longest = (byHours: boolean) =>
    Math.max(0, ...rolling.filter((it) => isByHours(it, hour) === byHours).map(({ length }) => length))
  const reach = (back: number) => Math.max(longest(false) + back, LEAST_HOURS * hour)
  const units = [...windows, ...unwritten].flatMap((window) => (window.kind === 'rolling' ? [] : [window.unit]))
  const series = full.length
  return {
    columns,
    windows,
    units: [...new Set(units)],
    periods,
    horizon,
    recent,
    minutes: createBins({
      full,
      columns,
      fullColumns,
      like,
      length: hour / 2,
      reach: reach(horizon),
      complete: reach(recent),
    }),
    ranked: unwritten.length > 0 ? hourColumns : 0,
    hour,
    hours: createBins({
      full: full.map((most) => most * hour),
      columns: hourColumns,
      fullColumns: fullColumns.filter((column) => column < hourColumns),
      like: like.subarray(0, hourColumns),
      length: DAY_HOURS,
      reach: Math.ceil((longest(true) + horizon) / hour) + 1,
    }),
    calendar: [],
    rows: createWrittenRows(series, windows, { horizon, recent }),
    sums: new Float64Array(columns),
    added: new Float64Array(columns),
    hourSums: new Float64Array(series * hourColumns),
    range: { from: 0, to: 0, upTo: 0 },
  }
}

/** Columns of which something is counted at one time or another, by experience; the others stay 0. */
const COUNTED = 12

/** Bytes once all blocks are held, of air that changes as it does in a hall. */
export function fullTrailBytes({ minutes, hours, units, rows }: Trail): number {
  const sums = 8 * COUNTED * units.length * minutes.series
  return fullBinsBytes(minutes) + fullBinsBytes(hours) + sums + rows.since.byteLength
}

/** Opens a trail before its first interval, with the calendar units that a late reading may still lie in. */
export function* openTrail(trail: Trail, interval: number): Work {
  const { minutes, hours, hour, horizon, recent } = trail
  const begin = Math.floor((interval - recent) / hour)
  yield* resetBins(minutes, begin * hour, interval)
  yield* resetBins(hours, begin, Math.floor(interval / hour))
  trail.calendar = []
  openUnits(trail, interval - horizon, interval)
}

/** Forgets everything and opens the trail anew at an interval. */
export function* resetTrail(trail: Trail, interval: number): Work {
  clearWrittenRows(trail.rows)
  yield* openTrail(trail, interval)
}

/** Appends the next interval, whose bins (series × columns) are given. */
export function* appendTrail(trail: Trail, bins: Float64Array): Work {
  const { minutes, hour } = trail
  addToCalendar(trail, bins)
  yield COST.series * minutes.series
  yield* appendBin(minutes, bins)
  if (modulo(minutes.newest, hour) === 0) yield* appendHour(trail)
  forgetOldRows(trail.rows, minutes.newest)
  openUnits(trail, minutes.newest, minutes.newest)
}

/** Puts a window's sums at an end into `sums`; returns how many intervals it spans. */
export function sumTrail(trail: Trail, series: number, window: Window, end: number): number {
  const { minutes, hours, hour, sums, columns } = trail
  sums.fill(0)
  if (window.kind === 'rolling') {
    const from = end - window.length
    if (isByHours(window, hour)) addBins(hours, series, rangeOf(trail, from / hour, end / hour, hours.columns), sums, 1)
    else addBins(minutes, series, rangeOf(trail, from, end, columns), sums, 1)
    return window.length
  }
  return sumUnit(trail, series, window.unit, end)
}

/** Puts a calendar unit's sums up to an end into `sums`; returns how many intervals these are. */
export function sumUnit(trail: Trail, series: number, name: CalendarUnit, end: number): number {
  const { minutes, sums, columns } = trail
  const unit = holdingUnit(trail, name, end)
  for (let c = 0; c < columns; c++) sums[c] = unit.sums[c]?.[series] ?? 0
  const to = Math.min(unit.end, minutes.newest)
  if (to > end) takeLater(trail, series, end, to)
  return end - unit.start
}

/** Takes what came from `end` on, before `to`, out of the sums: whole hours at once where these have all columns. */
function takeLater(trail: Trail, series: number, end: number, to: number): void {
  const { minutes, hours, hour, sums, columns } = trail
  const [first, last] = [Math.ceil(end / hour), Math.min(Math.floor(to / hour), hours.newest)]
  if (hours.columns < columns || last <= first) {
    addBins(minutes, series, rangeOf(trail, end, to, columns), sums, -1)
    return
  }
  addBins(minutes, series, rangeOf(trail, end, first * hour, columns), sums, -1)
  addBins(hours, series, rangeOf(trail, first, last, columns), sums, -1)
  addBins(minutes, series, rangeOf(trail, last * hour, to, columns), sums, -1)
}

/** One column of a window's sums at an end. */
export function sumTrailColumn(trail: Trail, series: number, window: Window, end: number, column: number): number {
  const { minutes, hours, hour } = trail
  if (window.kind === 'rolling') {
    const from = end - window.length
    if (isByHours(window, hour)) return sumColumn(hours, series, column, from / hour, end / hour)
    return sumColumn(minutes, series, column, from, end)
  }
  const unit = holdingUnit(trail, window.unit, end)
  return (
    (unit.sums[column]?.[series] ?? 0) - laterColumn(trail, series, column, end, Math.min(unit.end, minutes.newest))
  )
}

function laterColumn({ minutes, hours, hour }: Trail, series: number, column: number, end: number, to: number): number {
  const [first, last] = [Math.ceil(end / hour), Math.min(Math.floor(to / hour), hours.newest)]
  if (column >= hours.columns || last <= first) return sumColumn(minutes, series, column, end, to)
  return (
    sumColumn(minutes, series, column, end, first * hour) +
    sumColumn(hours, series, column, first, last) +
    sumColumn(minutes, series, column, last * hour, to)
  )
}

/** Whether any series may have anything but 0 in a column of a window's sums at an end. */
export function mayHoldIn(trail: Trail, window: Window, end: number, column: number): boolean {
  const { minutes, hours, hour } = trail
  if (window.kind !== 'rolling') {
    const unit = holdingUnit(trail, window.unit, end)
    return unit.sums[column] !== undefined || mayHold(minutes, column, end, Math.min(unit.end, minutes.newest))
  }
  const from = end - window.length
  if (isByHours(window, hour)) return mayHold(hours, column, from / hour, end / hour)
  return mayHold(minutes, column, from, end)
}

/** One interval's bin, in `sums`. */
export function trailBin(trail: Trail, series: number, interval: number): Float64Array {
  const { minutes, sums, columns } = trail
  sums.fill(0)
  addBins(minutes, series, rangeOf(trail, interval, interval + 1, columns), sums, 1)
  return sums
}

/** The first interval that can be corrected: all windows that hold it can be added up. */
export function correctableFrom({ minutes, horizon, hour }: Trail): number {
  return Math.max(minutes.newest - horizon + 1, minutes.knownFrom + LEAST_HOURS * hour)
}

/** Adds to the bins of a series, and to all sums that hold them. */
export function correctTrailBin(trail: Trail, series: number, interval: number, deltas: Float64Array): void {
  const { minutes, hours, hour } = trail
  extendBack(minutes, interval)
  extendBack(hours, Math.floor(interval / hour))
  correctBin(minutes, series, interval, deltas)
  if (hours.columns > 0) correctBin(hours, series, Math.floor(interval / hour), deltas)
  correctCalendar(trail, series, interval, deltas)
}

function rangeOf({ range }: Trail, from: number, to: number, upTo: number): BinRange {
  range.from = from
  range.to = to
  range.upTo = upTo
  return range
}

/** Windows of more than a day of whole hours are added up from hours, if they begin and end with one. */
export function isByHours(window: { length: number; step: number }, hour: number): boolean {
  return window.length > DAY_HOURS * hour && window.step % hour === 0 && window.length % hour === 0
}

function* appendHour(trail: Trail): Work {
  const { minutes, hours, hour, hourSums, sums } = trail
  const { columns: upTo, series } = hours
  const to = minutes.newest
  let units = 0
  for (let s = 0; s < series; s++) {
    sums.fill(0, 0, upTo)
    addBins(minutes, s, rangeOf(trail, to - hour, to, upTo), sums, 1)
    for (let c = 0; c < upTo; c++) hourSums[s * upTo + c] = sums[c]!
    if ((units += COST.packing) < STEP) continue
    yield units
    units = 0
  }
  yield units
  yield* appendBin(hours, hourSums)
}
