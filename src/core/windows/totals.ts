import type { CalendarUnit } from '../contract/plan.ts'

/**
 * Running totals at interval ends, one per series and column: a window's sum is the difference of two of them. All are
 * whole numbers below 2^53, so adding and taking back is exact, and there is no drift.
 *
 * An end e stands for the end of interval e − 1. Tiers hold the totals at every `step`-th end, anchors those at the
 * starts of calendar units. A column in which nothing was ever counted takes no room: its array is empty.
 *
 * Columns from `coarse.from` on are kept at every end only for windows up to `coarse.over`; longer ones take them at
 * every `coarse.step`-th end, from and to rounded down: what is a detail of a year need not be known to the minute.
 */
export interface Totals {
  readonly series: number
  readonly columns: number
  readonly coarse: Coarse
  readonly tiers: readonly Tier[]
  /** Oldest first. */
  anchors: Anchor[]
  /** Newest end. */
  newest: number
  /** The end with which the story began: unless a late reading went before it, the totals up to it are nothing. */
  origin: number
  /** How often a column has been moved down, see `rebase`. */
  rebases: number
}

export interface Tier {
  readonly step: number
  /** Ends that are kept, of the columns before `coarse.from` and of those from there on. */
  readonly slots: number
  readonly coarseSlots: number
  /** Per series and column; of length 0 until something other than 0 is counted in it. */
  readonly totals: Float64Array[]
}

/** Which columns are details, and of each series how many columns there are. */
export interface Coarse {
  readonly from: number
  readonly over: number
  readonly step: number
  readonly widths: readonly number[]
}

export interface Anchor {
  readonly unit: CalendarUnit
  readonly start: number
  readonly end: number
  readonly totals: Float64Array
}

const EMPTY = new Float64Array(0)

/**
 * `lengths`: for each step (1 must be among them) how many intervals its tier reaches back, beside the horizon; or beside
 * `past`, where that is more and details are not asked for.
 */
export function createTotals(
  series: number,
  columns: number,
  lengths: ReadonlyMap<number, number>,
  horizon: number,
  coarse: Coarse,
  past: number,
): Totals {
  const longest = lengths.get(1) ?? 0
  const isCut = coarse.from < columns && longest > coarse.over
  const steps = new Set([...lengths.keys(), ...(isCut ? [coarse.step] : [])])
  const slotsFor = (length: number, step: number, back = Math.max(horizon, past)) =>
    Math.ceil((length + back) / step) + 2
  const tiers = [...steps].map((step): Tier => {
    const length = lengths.get(step)
    const slots = length === undefined ? 0 : slotsFor(length, step)
    const fineSlots = isCut && step === 1 ? slotsFor(coarse.over, 1, horizon) : slots
    const coarseSlots = isCut && step === coarse.step ? slotsFor(Math.max(longest, length ?? 0), step) : fineSlots
    return { step, slots, coarseSlots, totals: new Array<Float64Array>(series * columns).fill(EMPTY) }
  })
  return { series, columns, coarse, tiers, anchors: [], newest: 0, origin: 0, rebases: 0 }
}

/** Appends one interval, whose bins (series × columns) are given; its end becomes the newest. */
export function appendTotals(totals: Totals, bins: Float64Array): void {
  const fine = totals.tiers[0]!
  const e = ++totals.newest
  for (let at = 0; at < bins.length; at++) {
    if (bins[at] !== 0) wakeAt(totals, at)
    const column = fine.totals[at]!
    if (column.length === 0) continue
    column[modulo(e, column.length)] = column[modulo(e - 1, column.length)]! + bins[at]!
  }
  for (const tier of totals.tiers) if (tier.step > 1 && e % tier.step === 0) copyTotals(totals, tier, e)
  rebase(totals)
}

/** Makes all totals nothing, as before the first interval. Counts as a rebase: no total of before is the same. */
export function clearTotals(totals: Totals): void {
  for (const tier of totals.tiers) for (const column of tier.totals) column.fill(0)
  totals.anchors = []
  totals.rebases++
}

/** Sums of a series between two ends, both of them on the tier of `step`, into `into`. */
export function sumBetween(
  totals: Totals,
  series: number,
  from: number,
  to: number,
  step: number,
  into: Float64Array,
): void {
  const tier = tierOf(totals, step)
  for (let c = 0; c < totals.columns; c++) {
    into[c] =
      c < totals.coarse.from ? between(totals, tier, series, c, from, to) : detail(totals, tier, series, c, from, to)
  }
}

/** Sums of a series from an anchor to an end, into `into`. */
export function sumSince(totals: Totals, series: number, anchor: Anchor, to: number, into: Float64Array): void {
  const fine = totals.tiers[0]!
  for (let c = 0; c < totals.columns; c++) {
    const [tier, e] = c < totals.coarse.from || isKept(totals, fine, to) ? [fine, to] : floored(totals, to)
    const sum = totalAt(totals, tier, series, c, e) - anchor.totals[series * totals.columns + c]!
    into[c] = e < anchor.start ? 0 : sum
  }
}

/** Whether the details of a rolling window are known at its very ends, not only at the whole steps before them. */
export function isFine(totals: Totals, from: number, to: number): boolean {
  return to - from <= totals.coarse.over && isKept(totals, totals.tiers[0]!, from)
}

function detail(totals: Totals, tier: Tier, series: number, column: number, from: number, to: number): number {
  if (tier.step > 1 || tier.coarseSlots === tier.slots || isFine(totals, from, to)) {
    return between(totals, tier, series, column, from, to)
  }
  const [coarse, end] = floored(totals, to)
  return between(totals, coarse, series, column, floored(totals, from)[1], end)
}

function between({ columns }: Totals, tier: Tier, series: number, column: number, from: number, to: number): number {
  const all = tier.totals[series * columns + column]!
  if (all.length === 0) return 0
  return all[modulo(to / tier.step, all.length)]! - all[modulo(from / tier.step, all.length)]!
}

/** Whether a tier keeps the details of an end. */
function isKept({ newest }: Totals, { step, coarseSlots }: Tier, e: number): boolean {
  return e > newest - coarseSlots * step
}

/** The tier of the details of long ago, and its last end at or before `e`. */
function floored(totals: Totals, e: number): [Tier, number] {
  const { step } = totals.coarse
  return [tierOf(totals, step), e - modulo(e, step)]
}

function tierOf({ tiers }: Totals, step: number): Tier {
  return tiers.find((it) => it.step === step)!
}

/** Adds `shift` (columns for each end from `oldest` on) to a series' totals behind end `oldest`, as far as they are kept. */
export function shiftTotals(totals: Totals, series: number, oldest: number, shift: Float64Array): void {
  const { columns, newest } = totals
  for (let c = 0; c < columns; c++) {
    if (isFlat(shift, c, columns, newest - oldest)) continue
    wakeAt(totals, series * columns + c)
    for (const { step, totals: all } of totals.tiers) {
      const column = all[series * columns + c]!
      const first = Math.max(oldest + 1, newest - column.length * step + 1)
      for (let e = Math.ceil(first / step) * step; e <= newest; e += step) {
        column[modulo(e / step, column.length)]! += shift[(e - oldest) * columns + c]!
      }
    }
    for (const anchor of totals.anchors) {
      if (anchor.start > oldest) anchor.totals[series * columns + c]! += shift[(anchor.start - oldest) * columns + c]!
    }
  }
}

/**
 * Anchors a calendar unit at the newest end: its start, or, when the story begins inside it, the first end, before
 * which there is nothing. Anchors that ended before end `oldest` are let go.
 */
export function addAnchor(totals: Totals, unit: CalendarUnit, start: number, end: number, oldest: number): void {
  const fine = totals.tiers[0]!
  const sums = Float64Array.from(fine.totals, (column) => column[modulo(totals.newest, column.length)] ?? 0)
  totals.anchors = totals.anchors.filter((anchor) => anchor.end >= oldest)
  totals.anchors.push({ unit, start, end, totals: sums })
}

/** The anchor of the calendar unit in which an end falls (its own last end included). */
export function anchorOf(totals: Totals, unit: CalendarUnit, e: number): Anchor {
  for (let n = totals.anchors.length - 1; n >= 0; n--) {
    const anchor = totals.anchors[n]!
    if (anchor.unit === unit && anchor.start < e && e <= anchor.end) return anchor
  }
  throw new Error(`no ${unit} holds end ${e}`)
}

/** The anchor of the calendar unit that begins with end `start`, if it is still held. */
export function anchorAt({ anchors }: Totals, unit: CalendarUnit, start: number): Anchor | undefined {
  return anchors.find((anchor) => anchor.unit === unit && anchor.start === start)
}

/** Bytes of the columns that are counted in. */
export function totalsBytes({ tiers }: Totals): number {
  let bytes = 0
  for (const { totals } of tiers) for (const column of totals) bytes += column.byteLength
  return bytes
}

/** Bytes once something is counted in every column that a series has. */
export function mostTotalsBytes({ tiers, coarse: { from, widths } }: Totals): number {
  let bytes = 0
  for (const { slots, coarseSlots } of tiers) {
    for (const width of widths) bytes += 8 * (slots * Math.min(width, from) + coarseSlots * Math.max(0, width - from))
  }
  return bytes
}

/** The total of a column at an end that its tier keeps. */
export function totalAt(
  { columns }: Totals,
  { step, totals }: Tier,
  series: number,
  column: number,
  e: number,
): number {
  const all = totals[series * columns + column]!
  return all.length === 0 ? 0 : all[modulo(e / step, all.length)]!
}

/** Puts a total in its place, in a column that is counted in. */
export function setTotal(
  { columns }: Totals,
  { step, totals }: Tier,
  series: number,
  column: number,
  e: number,
  total: number,
): void {
  const all = totals[series * columns + column]!
  if (all.length > 0) all[modulo(e / step, all.length)] = total
}

export function isLive({ tiers, columns }: Totals, series: number, column: number): boolean {
  return tiers[0]!.totals[series * columns + column]!.length > 0
}

/** Gives a column its room. Whatever it was asked before, it was 0: so is its past. */
export function wakeColumn(totals: Totals, series: number, column: number): void {
  wakeAt(totals, series * totals.columns + column)
}

function wakeAt({ tiers, columns, coarse }: Totals, at: number): void {
  if (tiers[0]!.totals[at]!.length > 0) return
  for (const { slots, coarseSlots, totals } of tiers) {
    totals[at] = new Float64Array(at % columns < coarse.from ? slots : coarseSlots)
  }
}

function isFlat(shift: Float64Array, column: number, columns: number, ends: number): boolean {
  for (let n = 0; n <= ends; n++) if (shift[n * columns + column] !== 0) return false
  return true
}

function copyTotals(totals: Totals, tier: Tier, e: number): void {
  for (const [at, from] of totals.tiers[0]!.totals.entries()) {
    const to = tier.totals[at]!
    if (to.length > 0) to[modulo(e / tier.step, to.length)] = from[modulo(e, from.length)]!
  }
}

/** Totals near 2^53 would no longer be exact: then a column moves down as a whole, differences staying as they are. */
function rebase(totals: Totals): void {
  const limit = 2 ** 53 - 2 ** 44
  const fine = totals.tiers[0]!
  for (let at = 0; at < fine.totals.length; at++) {
    const column = fine.totals[at]!
    if (column.length === 0) continue
    const total = column[modulo(totals.newest, column.length)]!
    if (Math.abs(total) > limit) lower(totals, at, Math.sign(total) * limit)
  }
}

function lower(totals: Totals, at: number, by: number): void {
  totals.rebases++
  for (const tier of totals.tiers) {
    const column = tier.totals[at]!
    for (let n = 0; n < column.length; n++) column[n]! -= by
  }
  for (const anchor of totals.anchors) anchor.totals[at]! -= by
}

/** Remainder that is never negative: ends before 1970 are counted below zero. */
export function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
