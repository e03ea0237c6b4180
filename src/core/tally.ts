import assert from 'node:assert/strict'
import type { CalendarUnit } from './plan.ts'
import { spanAt, type Periods, type Window } from './window.ts'

/**
 * Sums over windows, exact and without drift. Each series (a boundary, an inlet, a scope) keeps, for each of its
 * columns, the running total at interval ends: a window's sum is the difference of two totals, and a correction adds
 * to the totals behind it. All sums are whole numbers below 2^53, so adding and taking back is exact.
 *
 * An end e stands for the end of interval e − 1. Tiers hold the totals at every `step`-th end, as far back as their
 * windows reach.
 */
export interface Tally {
  readonly series: number
  readonly columns: number
  readonly windows: readonly Window[]
  readonly periods: Periods
  /** Ends, counted back from the newest, that can still be corrected. */
  readonly horizon: number
  readonly tiers: readonly Tier[]
  readonly units: readonly CalendarUnit[]
  /** Totals at the starts of the calendar units that can still be corrected, oldest first. */
  anchors: Anchor[]
  /** Newest end; -1 before the first. */
  newest: number
  /** Per series, window and end (modulo horizon): -1 not written, else twice the revision, plus 1 once restated. */
  readonly written: Int32Array
  /** One window's sums, for the time of one call. */
  readonly sums: Float64Array
  /** Change of the totals at each end since the oldest corrected one, for the time of one flush. */
  readonly shift: Float64Array
}

interface Tier {
  readonly step: number
  readonly slots: number
  readonly totals: Float64Array
}

interface Anchor {
  readonly unit: CalendarUnit
  readonly start: number
  readonly end: number
  readonly totals: Float64Array
}

/** Told of every window end to be written: its sums (valid during the call) and the intervals it spans. */
export type Emit = (series: number, window: number, e: number, sums: Float64Array, intervals: number) => void

/** `windows` are written; those of `reach` can be summed besides. */
export function createTally(
  series: number,
  columns: number,
  windows: readonly Window[],
  reach: readonly Window[],
  periods: Periods,
  horizon: number,
): Tally {
  const steps = new Map<number, number>([[1, 0]])
  for (const window of [...windows, ...reach]) {
    if (window.kind === 'rolling') steps.set(window.step, Math.max(steps.get(window.step) ?? 0, window.length))
  }
  return {
    series,
    columns,
    windows,
    periods,
    horizon,
    units: [...new Set([...windows, ...reach].flatMap((window) => (window.kind === 'whole' ? [window.unit] : [])))],
    tiers: [...steps].map(([step, length]) => {
      const slots = Math.ceil((length + horizon) / step) + 2
      return { step, slots, totals: new Float64Array(series * slots * columns) }
    }),
    anchors: [],
    newest: -1,
    written: new Int32Array(series * windows.length * horizon).fill(-1),
    sums: new Float64Array(columns),
    shift: new Float64Array((horizon + 1) * columns),
  }
}

/** Bytes that a tally of this shape takes once its windows are full. */
export function tallyBytes(tally: Tally): number {
  return tally.tiers.reduce((bytes, { totals }) => bytes + totals.byteLength, tally.written.byteLength)
}

/** Opens the tally before its first interval, with the calendar units that a late reading may still reach. */
export function openTally(tally: Tally, interval: number): void {
  tally.newest = interval
  for (const unit of tally.units) {
    let reach = Math.max(0, interval - tally.horizon)
    while (reach <= interval) {
      const span = spanAt(tally.periods, unit, reach)
      addAnchor(tally, unit, span.start, span.end)
      reach = span.end
    }
  }
}

/**
 * Appends interval `newest`, whose bins (series × columns) are given; its end becomes the newest. The first call opens
 * the tally.
 */
export function appendBins(tally: Tally, bins: Float64Array): void {
  const before = tally.newest
  const e = before + 1
  const { series, columns } = tally
  const fine = tally.tiers[0]!
  const from = modulo(before, fine.slots) * columns
  const to = modulo(e, fine.slots) * columns
  for (let s = 0; s < series; s++) {
    const base = s * fine.slots * columns
    for (let c = 0; c < columns; c++)
      fine.totals[base + to + c] = fine.totals[base + from + c]! + bins[s * columns + c]!
  }
  tally.newest = e
  for (const tier of tally.tiers) if (tier.step > 1 && e % tier.step === 0) copyTotals(tally, tier, e)
  for (let at = modulo(e, tally.horizon); at < tally.written.length; at += tally.horizon) tally.written[at] = -1
  for (const unit of tally.units) {
    const span = spanAt(tally.periods, unit, e)
    if (span.start === e) addAnchor(tally, unit, span.start, span.end)
  }
  rebase(tally)
}

/** Adds up one window's sums at end `e` into `tally.sums`; returns the intervals that the window spans. */
export function sumWindow(tally: Tally, series: number, window: Window, e: number): number {
  const { columns, sums } = tally
  const tier = tierOf(tally, window)
  const to = offsetOf(tally, tier, series, e)
  if (window.kind === 'rolling') {
    const from = offsetOf(tally, tier, series, e - window.length)
    for (let c = 0; c < columns; c++) sums[c] = tier.totals[to + c]! - tier.totals[from + c]!
    return window.length
  }
  const anchor = anchorOf(tally, window.unit, e)
  for (let c = 0; c < columns; c++) sums[c] = tier.totals[to + c]! - anchor.totals[series * columns + c]!
  return e - anchor.start
}

/** One interval's bin into `tally.sums`. */
export function binOf(tally: Tally, series: number, interval: number): Float64Array {
  const fine = tally.tiers[0]!
  const to = offsetOf(tally, fine, series, interval + 1)
  const from = offsetOf(tally, fine, series, interval)
  for (let c = 0; c < tally.columns; c++) tally.sums[c] = fine.totals[to + c]! - fine.totals[from + c]!
  return tally.sums
}

/** Calls `emit` for every window of a series that is due at end `e`. */
export function emitEnd(tally: Tally, series: number, e: number, emit: Emit): void {
  for (const [w, window] of tally.windows.entries()) {
    if (isDue(tally, window, e)) emit(series, w, e, tally.sums, sumWindow(tally, series, window, e))
  }
}

/**
 * Corrects closed intervals (rising) of one series; `deltas` holds `columns` numbers for each. Then calls `emit` for
 * every window end from `first` on whose sums have changed.
 */
export function correct(
  tally: Tally,
  series: number,
  intervals: readonly number[],
  deltas: readonly number[],
  first: number,
  emit: Emit,
): void {
  const oldest = intervals[0]!
  assert(tally.newest - oldest < tally.horizon, 'a correction reaches further back than its tally')
  sumShifts(tally, intervals, deltas)
  shiftTotals(tally, series, oldest)
  const newestChange = intervals[intervals.length - 1]!
  for (const [w, window] of tally.windows.entries()) {
    for (let e = Math.max(oldest + 1, first); e <= tally.newest; e++) {
      if (window.kind === 'rolling' && e - window.length > newestChange) break
      if (!isDue(tally, window, e) || !hasShifted(tally, window, e, oldest)) continue
      emit(series, w, e, tally.sums, sumWindow(tally, series, window, e))
    }
  }
}

/** Marks a window's end as written once more and returns its revision; `changed`: its numbers are not those of before. */
export function revise(
  tally: Tally,
  series: number,
  window: number,
  e: number,
  changed: boolean,
  settled: boolean,
): number {
  const at = writtenAt(tally, series, window, e)
  const before = tally.written[at]!
  const after = before < 0 ? 0 : changed ? (before + 2) | (settled ? 1 : 0) : before
  tally.written[at] = after
  return after >> 1
}

export function isWritten(tally: Tally, series: number, window: number, e: number): boolean {
  return tally.written[writtenAt(tally, series, window, e)]! >= 0
}

export function isRestated(tally: Tally, series: number, window: number, e: number): boolean {
  return (tally.written[writtenAt(tally, series, window, e)]! & 1) === 1
}

/** Place in `tally.written` of a window's end. */
function writtenAt(tally: Tally, series: number, window: number, e: number): number {
  return (series * tally.windows.length + window) * tally.horizon + modulo(e, tally.horizon)
}

/** What each end's totals change by, from the oldest corrected interval on. */
function sumShifts(tally: Tally, intervals: readonly number[], deltas: readonly number[]): void {
  const { columns, shift } = tally
  const oldest = intervals[0]!
  const used = (tally.newest - oldest + 1) * columns
  shift.fill(0, 0, used)
  for (const [n, interval] of intervals.entries()) {
    const at = (interval - oldest + 1) * columns
    for (let c = 0; c < columns; c++) shift[at + c]! += deltas[n * columns + c]!
  }
  for (let at = columns; at < used; at++) shift[at]! += shift[at - columns]!
}

function shiftTotals(tally: Tally, series: number, oldest: number): void {
  const { columns, shift } = tally
  for (const tier of tally.tiers) {
    const firstEnd = Math.ceil((oldest + 1) / tier.step) * tier.step
    for (let e = firstEnd; e <= tally.newest; e += tier.step) {
      const at = offsetOf(tally, tier, series, e)
      for (let c = 0; c < columns; c++) tier.totals[at + c]! += shift[(e - oldest) * columns + c]!
    }
  }
  for (const { start, totals } of tally.anchors) {
    if (start <= oldest) continue
    for (let c = 0; c < columns; c++) totals[series * columns + c]! += shift[(start - oldest) * columns + c]!
  }
}

function hasShifted(tally: Tally, window: Window, e: number, oldest: number): boolean {
  const { columns, shift } = tally
  const start = window.kind === 'rolling' ? e - window.length : anchorOf(tally, window.unit, e).start
  const from = Math.max(0, start - oldest)
  for (let c = 0; c < columns; c++) {
    if (shift[(e - oldest) * columns + c] !== shift[from * columns + c]) return true
  }
  return false
}

function isDue(tally: Tally, window: Window, e: number): boolean {
  return window.kind === 'whole' ? anchorOf(tally, window.unit, e).end === e : e % window.step === 0
}

function tierOf(tally: Tally, window: Window): Tier {
  const step = window.kind === 'rolling' ? window.step : 1
  return tally.tiers.find((tier) => tier.step === step)!
}

function offsetOf(tally: Tally, tier: Tier, series: number, e: number): number {
  return (series * tier.slots + modulo(e / tier.step, tier.slots)) * tally.columns
}

function copyTotals(tally: Tally, tier: Tier, e: number): void {
  const fine = tally.tiers[0]!
  for (let s = 0; s < tally.series; s++) {
    const from = offsetOf(tally, fine, s, e)
    const to = offsetOf(tally, tier, s, e)
    for (let c = 0; c < tally.columns; c++) tier.totals[to + c] = fine.totals[from + c]!
  }
}

/** The totals at a unit's start: those of the newest end, which it is, or which is the first and has none before it. */
function addAnchor(tally: Tally, unit: CalendarUnit, start: number, end: number): void {
  const { series, columns } = tally
  const fine = tally.tiers[0]!
  const totals = new Float64Array(series * columns)
  for (let s = 0; s < series; s++) {
    const from = offsetOf(tally, fine, s, tally.newest)
    for (let c = 0; c < columns; c++) totals[s * columns + c] = fine.totals[from + c]!
  }
  tally.anchors = tally.anchors.filter((anchor) => anchor.end + tally.horizon >= tally.newest)
  tally.anchors.push({ unit, start, end, totals })
}

function anchorOf(tally: Tally, unit: CalendarUnit, e: number): Anchor {
  for (let n = tally.anchors.length - 1; n >= 0; n--) {
    const anchor = tally.anchors[n]!
    if (anchor.unit === unit && anchor.start < e && e <= anchor.end) return anchor
  }
  throw new Error(`no ${unit} holds end ${e}`)
}

/** Totals near 2^53 would no longer be exact: then all of them move down together, differences staying as they are. */
function rebase(tally: Tally): void {
  const limit = 2 ** 53 - 2 ** 44
  const { series, columns } = tally
  const fine = tally.tiers[0]!
  for (let s = 0; s < series; s++) {
    const at = offsetOf(tally, fine, s, tally.newest)
    for (let c = 0; c < columns; c++)
      if (Math.abs(fine.totals[at + c]!) > limit) lower(tally, s, c, Math.sign(fine.totals[at + c]!) * limit)
  }
}

function lower(tally: Tally, series: number, column: number, by: number): void {
  for (const tier of tally.tiers) {
    const from = series * tier.slots * tally.columns + column
    for (let n = 0; n < tier.slots; n++) tier.totals[from + n * tally.columns]! -= by
  }
  for (const anchor of tally.anchors) anchor.totals[series * tally.columns + column]! -= by
}

/** Remainder that is never negative: ends before 1970 are counted below zero. */
function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
