import { COST, type Work } from '../contract/work.ts'
import { allocateColumn, columnPlace, modulo, type Totals } from './totals.ts'

/** Changed intervals of one series, rising, and for each what to add to every column. */
export interface BinCorrections {
  readonly intervals: number[]
  /** `columns` numbers for each interval. */
  readonly deltas: number[]
}

/**
 * What corrections add to the totals, in steps: between two corrected intervals every end is shifted by the same.
 *
 * ```
 * corrected      7           9
 * ends     ... 7 | 8   9 | 10  11 ...
 * sums        0  |  +6   |    +4         row n: for the ends behind n corrected intervals
 * ```
 */
export interface Shift {
  /** The corrected intervals, rising. */
  readonly intervals: readonly number[]
  readonly columns: number
  /** `columns` numbers for each row. */
  readonly sums: Float64Array
}

/** Adds up corrections, interval by interval. */
export function shiftOf(columns: number, { intervals, deltas }: BinCorrections): Shift {
  const sums = new Float64Array((intervals.length + 1) * columns)
  for (let at = 0; at < deltas.length; at++) sums[at + columns] = sums[at]! + deltas[at]!
  return { intervals, columns, sums }
}

/** Place of the numbers by which an end is shifted. */
function shiftAt({ intervals, columns }: Shift, end: number): number {
  let [low, high] = [0, intervals.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (intervals[middle]! < end) low = middle + 1
    else high = middle
  }
  return low * columns
}

/** Puts what a shift adds to the sums between two ends into `added`; returns whether that is anything but 0. */
export function findShifted(shift: Shift, from: number, to: number, added: Float64Array): boolean {
  const [start, end] = [shiftAt(shift, from), shiftAt(shift, to)]
  let any = false
  for (let column = 0; column < shift.columns; column++) {
    added[column] = shift.sums[end + column]! - shift.sums[start + column]!
    any ||= added[column] !== 0
  }
  return any
}

/** Adds a shift to the totals of a series behind its oldest corrected interval that are kept. */
export function* shiftTotals(totals: Totals, series: number, shift: Shift): Work {
  const { columns, newest } = totals
  const oldest = shift.intervals[0]!
  noteShifted(totals, oldest)
  for (let column = 0; column < columns; column++) {
    yield COST.column + (newest - oldest) / 10
    if (isFlat(shift, column)) continue
    const place = columnPlace(totals, series, column)
    allocateColumn(totals, series, column)
    for (const { step, totals: rings } of totals.tiers) shiftRing(rings[place]!, step, newest, shift, column)
    for (const anchor of totals.anchors) {
      if (anchor.start > oldest) anchor.totals[place]! += shift.sums[shiftAt(shift, anchor.start) + column]!
    }
  }
}

function shiftRing(ring: Float64Array, step: number, newest: number, shift: Shift, column: number): void {
  const { intervals, columns, sums } = shift
  const first = Math.max(intervals[0]! + 1, newest - ring.length * step + 1)
  let passed = shiftAt(shift, Math.ceil(first / step) * step) / columns
  for (let end = Math.ceil(first / step) * step; end <= newest; end += step) {
    while (passed < intervals.length && intervals[passed]! < end) passed++
    ring[modulo(end / step, ring.length)]! += sums[passed * columns + column]!
  }
}

/** Notes from which end on totals are others than an earlier snapshot has. */
function noteShifted({ shifted, newest }: Totals, oldest: number): void {
  const last = shifted.at(-1)
  if (last?.newest === newest) last.oldest = Math.min(last.oldest, oldest)
  else shifted.push({ newest, oldest })
}

/**
 * The oldest end whose totals have changed since `end` was the newest; Infinity: none has. Earlier notes are dropped.
 */
export function shiftedSince(totals: Totals, end: number): number {
  totals.shifted = totals.shifted.filter(({ newest }) => newest >= end)
  return totals.shifted.reduce((least, { oldest }) => Math.min(least, oldest), Infinity)
}

function isFlat({ columns, sums }: Shift, column: number): boolean {
  for (let at = column; at < sums.length; at += columns) if (sums[at] !== 0) return false
  return true
}
