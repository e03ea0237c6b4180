import type { CalendarUnit } from './plan.ts'

/**
 * Running totals at interval ends, one per series and column: a window's sum is the difference of two of them. All are
 * whole numbers below 2^53, so adding and taking back is exact, and there is no drift.
 *
 * An end e stands for the end of interval e − 1. Tiers hold the totals at every `step`-th end, anchors those at the
 * starts of calendar units. A column in which nothing was ever counted takes no room: its array is empty.
 */
export interface Totals {
  readonly series: number
  readonly columns: number
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
  readonly slots: number
  /** Per column; of length 0 until something other than 0 is counted in it. */
  readonly totals: Float64Array[]
}

export interface Anchor {
  readonly unit: CalendarUnit
  readonly start: number
  readonly end: number
  readonly totals: Float64Array
}

/** `lengths`: for each step (1 must be among them) how many intervals its tier reaches back, beside the horizon. */
export function createTotals(
  series: number,
  columns: number,
  lengths: ReadonlyMap<number, number>,
  horizon: number,
): Totals {
  const tiers = [...lengths].map(([step, length]) => {
    const slots = Math.ceil((length + horizon) / step) + 2
    return { step, slots, totals: Array.from({ length: columns }, () => new Float64Array(0)) }
  })
  return { series, columns, tiers, anchors: [], newest: 0, origin: 0, rebases: 0 }
}

/** Appends one interval, whose bins (series × columns) are given; its end becomes the newest. */
export function appendTotals(totals: Totals, bins: Float64Array): void {
  const { series, columns } = totals
  const fine = totals.tiers[0]!
  const e = ++totals.newest
  for (let c = 0; c < columns; c++) {
    for (let s = 0; s < series && !isLive(totals, c); s++) if (bins[s * columns + c] !== 0) wakeColumn(totals, c)
    if (!isLive(totals, c)) continue
    const column = fine.totals[c]!
    for (let s = 0; s < series; s++) {
      column[placeOf(fine, s, e)] = column[placeOf(fine, s, e - 1)]! + bins[s * columns + c]!
    }
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
  const tier = totals.tiers.find((it) => it.step === step)!
  const a = placeOf(tier, series, from)
  const b = placeOf(tier, series, to)
  for (let c = 0; c < totals.columns; c++) into[c] = isLive(totals, c) ? tier.totals[c]![b]! - tier.totals[c]![a]! : 0
}

/** Sums of a series from an anchor to an end, into `into`. */
export function sumSince(totals: Totals, series: number, anchor: Anchor, to: number, into: Float64Array): void {
  const fine = totals.tiers[0]!
  const b = placeOf(fine, series, to)
  for (let c = 0; c < totals.columns; c++) {
    into[c] = isLive(totals, c) ? fine.totals[c]![b]! - anchor.totals[series * totals.columns + c]! : 0
  }
}

/** Adds `shift` (columns for each end from `oldest` on) to a series' totals behind end `oldest`. */
export function shiftTotals(totals: Totals, series: number, oldest: number, shift: Float64Array): void {
  const { columns } = totals
  for (let c = 0; c < columns; c++) {
    if (!isLive(totals, c) && isFlat(shift, c, columns, totals.newest - oldest)) continue
    wakeColumn(totals, c)
    for (const { step, slots, totals: all } of totals.tiers) {
      const column = all[c]!
      const firstEnd = Math.ceil((oldest + 1) / step) * step
      for (let e = firstEnd; e <= totals.newest; e += step) {
        column[placeOf({ step, slots }, series, e)]! += shift[(e - oldest) * columns + c]!
      }
    }
  }
  for (const anchor of totals.anchors) {
    if (anchor.start <= oldest) continue
    const at = series * columns
    for (let c = 0; c < columns; c++) anchor.totals[at + c]! += shift[(anchor.start - oldest) * columns + c]!
  }
}

/**
 * Anchors a calendar unit at the newest end: its start, or, when the story begins inside it, the first end, before
 * which there is nothing. Anchors that ended before end `oldest` are let go.
 */
export function addAnchor(totals: Totals, unit: CalendarUnit, start: number, end: number, oldest: number): void {
  const { series, columns } = totals
  const fine = totals.tiers[0]!
  const sums = new Float64Array(series * columns)
  for (let c = 0; c < columns; c++) {
    if (!isLive(totals, c)) continue
    for (let s = 0; s < series; s++) sums[s * columns + c] = fine.totals[c]![placeOf(fine, s, totals.newest)]!
  }
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

/** Bytes once something is counted in every column. */
export function mostTotalsBytes({ tiers, series, columns }: Totals): number {
  return tiers.reduce((bytes, { slots }) => bytes + 8 * series * slots * columns, 0)
}

/** Place of a series' end in the columns of one tier. */
export function placeOf({ step, slots }: Pick<Tier, 'step' | 'slots'>, series: number, e: number): number {
  return series * slots + modulo(e / step, slots)
}

export function isLive({ tiers }: Totals, column: number): boolean {
  return tiers[0]!.totals[column]!.length > 0
}

/** Gives a column its room. Whatever it was asked before, it was 0: so is its past. */
export function wakeColumn(totals: Totals, column: number): void {
  if (isLive(totals, column)) return
  for (const tier of totals.tiers) tier.totals[column] = new Float64Array(totals.series * tier.slots)
}

export function isFlat(shift: Float64Array, column: number, columns: number, ends: number): boolean {
  for (let n = 0; n <= ends; n++) if (shift[n * columns + column] !== 0) return false
  return true
}

function copyTotals(totals: Totals, tier: Tier, e: number): void {
  const fine = totals.tiers[0]!
  for (let c = 0; c < totals.columns; c++) {
    if (!isLive(totals, c)) continue
    for (let s = 0; s < totals.series; s++) tier.totals[c]![placeOf(tier, s, e)] = fine.totals[c]![placeOf(fine, s, e)]!
  }
}

/** Totals near 2^53 would no longer be exact: then a column moves down as a whole, differences staying as they are. */
function rebase(totals: Totals): void {
  const limit = 2 ** 53 - 2 ** 44
  const fine = totals.tiers[0]!
  for (let c = 0; c < totals.columns; c++) {
    if (!isLive(totals, c)) continue
    for (let s = 0; s < totals.series; s++) {
      const total = fine.totals[c]![placeOf(fine, s, totals.newest)]!
      if (Math.abs(total) > limit) lower(totals, s, c, Math.sign(total) * limit)
    }
  }
}

function lower(totals: Totals, series: number, column: number, by: number): void {
  totals.rebases++
  for (const tier of totals.tiers) {
    for (let n = 0; n < tier.slots; n++) tier.totals[column]![series * tier.slots + n]! -= by
  }
  for (const anchor of totals.anchors) anchor.totals[series * totals.columns + column]! -= by
}

/** Remainder that is never negative: ends before 1970 are counted below zero. */
export function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
