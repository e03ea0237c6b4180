/**
 * The largest power of each of the last eight days (UTC), for points of which no rating is declared. A place has nine
 * numbers: the newest day, and of each day the largest power; day d lies in its cell d modulo 8.
 *
 * ```
 * cells   | 20514 | W of a day | W of a day | … eight of them |
 *           newest   (NaN: no power is known of that day)
 * ```
 *
 * A day counts for the seven behind it. Within a day the order of powers leaves no trace.
 */
export const LARGEST_NUMBERS = 9

const DAYS = 8
const DAY_MS = 86_400_000

/** Notes a power (W) at an event time; one from before the eight days is let go. `at` is where the place begins. */
export function noteLargest(cells: Float64Array, at: number, tMs: number, watts: number): void {
  const day = Math.floor(tMs / DAY_MS)
  const newest = cells[at]!
  if (!(day <= newest)) {
    const first = Number.isNaN(newest) ? day - DAYS + 1 : Math.max(newest + 1, day - DAYS + 1)
    for (let gone = first; gone <= day; gone++) cells[cellOf(at, gone)] = NaN
    cells[at] = day
  } else if (day <= newest - DAYS) return
  const cell = cellOf(at, day)
  if (!(cells[cell]! >= watts)) cells[cell] = watts
}

/** The largest power of the day of `tMs` and the seven before it; NaN where none is known. */
export function largestUpTo(cells: Float64Array, at: number, tMs: number): number {
  const today = Math.floor(tMs / DAY_MS)
  const newest = cells[at]!
  let largest = NaN
  for (let day = Math.max(today, newest) - DAYS + 1; day <= newest; day++) {
    const watts = cells[cellOf(at, day)]!
    if (!(largest >= watts)) largest = Number.isNaN(watts) ? largest : watts
  }
  return largest
}

/** Takes over the largest powers of days that are known there and not here. */
export function fillLargest(cells: Float64Array, at: number, others: Float64Array, from: number): void {
  for (let cell = 0, day = others[from]! - DAYS + 1; cell < DAYS; cell++, day++) {
    const watts = others[cellOf(from, day)]!
    if (!Number.isNaN(watts) && Number.isNaN(largestOf(cells, at, day))) noteLargest(cells, at, day * DAY_MS, watts)
  }
}

/** The largest power of a day; NaN where none is known. */
function largestOf(cells: Float64Array, at: number, day: number): number {
  const newest = cells[at]!
  return day <= newest && day > newest - DAYS ? cells[cellOf(at, day)]! : NaN
}

function cellOf(at: number, day: number): number {
  return at + 1 + (((day % DAYS) + DAYS) % DAYS)
}
