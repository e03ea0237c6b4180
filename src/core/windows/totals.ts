import type { CalendarUnit } from '../contract/plan.ts'
import { COST, type Work } from '../contract/work.ts'

/**
 * Running totals at interval ends, one for each series and column. A window's sum is the difference of two of them.
 * All are whole numbers below 2^53: adding and taking back is exact, and sums do not drift. Interval i lies between
 * the ends i and i + 1.
 *
 * ```
 * interval        0     1     2     3     4     5
 * its bin      |  3  |  5  |  2  |  0  |  7  |  4  |
 * end          0     1     2     3     4     5     6 = newest
 * total        0     3     8    10    10    17    21
 *                    └─────── 17 − 3 ───────┘  = 14, the four intervals up to end 5
 * ```
 *
 * A correction of interval 2 by +6 adds a shift to every total behind it. A window changes by the difference of two
 * shifts: the window above by 6 − 0, one of the intervals 3 to 5 by 6 − 6.
 *
 * ```
 * shift        0     0     0    +6    +6    +6    +6
 * ```
 *
 * Each tier keeps the totals at the ends that its `step` divides, in a ring for each column. The total of end e
 * stands in place e / step modulo the ring's length. A rolling window takes both totals from the tier of its own
 * step. The first tier has step 1.
 *
 * ```
 * step 1, 4 slots                 step 2, 3 slots
 * place    0    1    2    3       place    0    1    2
 * end      4    5    6    3       end      6    2    4
 * total   10   17   21   10       total   21    8   10
 * ```
 *
 * An anchor keeps the totals at the start of a calendar unit, however long ago that was:
 *
 * ```
 * start of the day ────────────────────── end e     its sum to date: total at e − the anchor's total
 * ```
 *
 * Columns from `details.firstColumn` on are details: what each meter added to a sum. In windows longer than
 * `details.exactLength` they need not be known to the interval, so both ends are rounded down to `details.step`:
 *
 * ```
 * other columns       |start ─────────────────────── end|
 * details        |start ─────────────────────── end|
 * ```
 *
 * A column in which nothing but 0 was counted takes no room: its ring has length 0 (D25).
 */
export interface Totals {
  readonly series: number
  readonly columns: number
  readonly details: Details
  readonly tiers: readonly Tier[]
  /** Oldest first. */
  anchors: Anchor[]
  /** The newest end. */
  newest: number
  /** The first end of the story. Totals up to it are 0, unless a late reading lies before it. */
  origin: number
  /** How often a column was lowered as a whole, see `rebase`. */
  rebases: number
  /** Corrections: the newest end at their time, and their oldest interval. */
  shifted: { newest: number; oldest: number }[]
  /** Sums of one window by column, for the time of one call. */
  readonly sums: Float64Array
}

export interface Tier {
  readonly step: number
  /** Length of the ring of a column before `details.firstColumn`, and of one from there on. */
  readonly slots: number
  readonly detailSlots: number
  /** A ring for each series and column, see `columnPlace`. */
  readonly totals: Float64Array[]
}

/** Which columns are details, and how many columns each series has. */
export interface Details {
  readonly firstColumn: number
  readonly exactLength: number
  readonly step: number
  readonly columnCounts: readonly number[]
}

/** Totals at the start of a calendar unit, or at the origin where the story begins inside the unit. */
export interface Anchor {
  readonly unit: CalendarUnit
  readonly start: number
  readonly end: number
  /** Series × columns. */
  readonly totals: Float64Array
}

interface TotalsPlan {
  readonly series: number
  readonly columns: number
  /** For each step (1 must be among them) the longest rolling window that is summed at its ends, in intervals. */
  readonly longest: ReadonlyMap<number, number>
  /** How many ends back from the newest a bin can still be corrected. */
  readonly horizon: number
  /** How many ends back a window can still be summed, where that is more. Details are kept for the horizon only. */
  readonly lookBack: number
  readonly details: Details
}

const EMPTY = new Float64Array(0)

export function createTotals({ series, columns, longest, horizon, lookBack, details }: TotalsPlan): Totals {
  const longestExact = longest.get(1) ?? 0
  const areDetailsCut = details.firstColumn < columns && longestExact > details.exactLength
  const steps = new Set([...longest.keys(), ...(areDetailsCut ? [details.step] : [])])
  const slotsFor = (length: number, step: number, back = Math.max(horizon, lookBack)) =>
    Math.ceil((length + back) / step) + 2
  const tiers = [...steps].map((step): Tier => {
    const length = longest.get(step)
    const slots = length === undefined ? 0 : slotsFor(length, step)
    const exactSlots = areDetailsCut && step === 1 ? slotsFor(details.exactLength, 1, horizon) : slots
    const isDetailTier = areDetailsCut && step === details.step
    const detailSlots = isDetailTier ? slotsFor(Math.max(longestExact, length ?? 0), step) : exactSlots
    return { step, slots, detailSlots, totals: new Array<Float64Array>(series * columns).fill(EMPTY) }
  })
  const sums = new Float64Array(columns)
  return { series, columns, details, tiers, anchors: [], newest: 0, origin: 0, rebases: 0, shifted: [], sums }
}

/** Place of a series' column in `Tier.totals`. */
export function columnPlace({ columns }: Totals, series: number, column: number): number {
  return series * columns + column
}

/** Appends one interval, whose bins (series × columns) are given; its end becomes the newest. */
export function appendTotals(totals: Totals, bins: Float64Array): void {
  const exact = totals.tiers[0]!
  const end = ++totals.newest
  for (let place = 0; place < bins.length; place++) {
    if (bins[place] !== 0) allocateAt(totals, place)
    const ring = exact.totals[place]!
    if (ring.length === 0) continue
    ring[modulo(end, ring.length)] = ring[modulo(end - 1, ring.length)]! + bins[place]!
  }
  for (const tier of totals.tiers) if (tier.step > 1 && end % tier.step === 0) copyTotals(totals, tier, end)
  rebase(totals)
}

/** Sets all totals to 0, as before the first interval. Counts as a rebase: no earlier total is still the same. */
export function* clearTotals(totals: Totals): Work {
  for (const tier of totals.tiers) {
    for (const ring of tier.totals) {
      ring.fill(0)
      yield COST.column + ring.length / 100
    }
  }
  totals.anchors = []
  totals.rebases++
}

/** Sums of a series between two ends, both on the tier of `step`, in `totals.sums`. */
export function sumBetween(totals: Totals, step: number, series: number, from: number, to: number): Float64Array {
  const { columns, details, sums } = totals
  const tier = tierOf(totals, step)
  for (let column = 0, place = series * columns; column < columns; column++, place++) {
    sums[column] =
      column < details.firstColumn ? between(tier, place, from, to) : betweenDetails(totals, tier, place, from, to)
  }
  return sums
}

/** Sums of a series from an anchor to an end, in `totals.sums`. */
export function sumSince(totals: Totals, series: number, anchor: Anchor, to: number): Float64Array {
  const { columns, details, sums } = totals
  const exact = totals.tiers[0]!
  for (let column = 0, place = series * columns; column < columns; column++, place++) {
    const isExact = column < details.firstColumn || isDetailKept(totals, exact, to)
    const [tier, end] = isExact ? [exact, to] : detailEnd(totals, to)
    sums[column] = end < anchor.start ? 0 : totalAt(tier, place, end) - anchor.totals[place]!
  }
  return sums
}

/** Whether the details of a rolling window are known at its very ends, not only at the whole steps before them. */
export function areDetailsExact(totals: Totals, from: number, to: number): boolean {
  return to - from <= totals.details.exactLength && isDetailKept(totals, totals.tiers[0]!, from)
}

function betweenDetails(totals: Totals, tier: Tier, place: number, from: number, to: number): number {
  if (tier.step > 1 || tier.detailSlots === tier.slots || areDetailsExact(totals, from, to)) {
    return between(tier, place, from, to)
  }
  const [detailTier, end] = detailEnd(totals, to)
  return between(detailTier, place, detailEnd(totals, from)[1], end)
}

function between({ step, totals }: Tier, place: number, from: number, to: number): number {
  const ring = totals[place]!
  if (ring.length === 0) return 0
  return ring[modulo(to / step, ring.length)]! - ring[modulo(from / step, ring.length)]!
}

/** Whether a tier keeps the details of an end. */
function isDetailKept({ newest }: Totals, { step, detailSlots }: Tier, end: number): boolean {
  return end > newest - detailSlots * step
}

/** The tier that keeps details for long, and its last end at or before `end`. */
function detailEnd(totals: Totals, end: number): [Tier, number] {
  const { step } = totals.details
  return [tierOf(totals, step), end - modulo(end, step)]
}

function tierOf({ tiers }: Totals, step: number): Tier {
  return tiers.find((tier) => tier.step === step)!
}

/** The total of a column at an end that its tier keeps. */
export function totalAt({ step, totals }: Tier, place: number, end: number): number {
  const ring = totals[place]!
  return ring.length === 0 ? 0 : ring[modulo(end / step, ring.length)]!
}

/** Puts a total in its place, in a column that has room. */
export function setTotal({ step, totals }: Tier, place: number, end: number, total: number): void {
  const ring = totals[place]!
  if (ring.length > 0) ring[modulo(end / step, ring.length)] = total
}

/** Whether anything but 0 was ever counted in a column. */
export function isCounted(totals: Totals, series: number, column: number): boolean {
  return totals.tiers[0]!.totals[columnPlace(totals, series, column)]!.length > 0
}

/** Gives a column its room. Until now it was 0 throughout, and so are its totals. */
export function allocateColumn(totals: Totals, series: number, column: number): void {
  allocateAt(totals, columnPlace(totals, series, column))
}

function allocateAt({ tiers, columns, details }: Totals, place: number): void {
  if (tiers[0]!.totals[place]!.length > 0) return
  for (const { slots, detailSlots, totals } of tiers) {
    totals[place] = new Float64Array(place % columns < details.firstColumn ? slots : detailSlots)
  }
}

function copyTotals(totals: Totals, tier: Tier, end: number): void {
  for (const [place, from] of totals.tiers[0]!.totals.entries()) {
    const ring = tier.totals[place]!
    if (ring.length > 0) ring[modulo(end / tier.step, ring.length)] = from[modulo(end, from.length)]!
  }
}

/** Totals near 2^53 would no longer be exact. Before that a column is lowered as a whole: differences stay the same. */
function rebase(totals: Totals): void {
  const limit = 2 ** 53 - 2 ** 44
  const exact = totals.tiers[0]!
  for (let place = 0; place < exact.totals.length; place++) {
    const ring = exact.totals[place]!
    if (ring.length === 0) continue
    const total = ring[modulo(totals.newest, ring.length)]!
    if (Math.abs(total) > limit) lower(totals, place, Math.sign(total) * limit)
  }
}

function lower(totals: Totals, place: number, by: number): void {
  totals.rebases++
  for (const tier of totals.tiers) {
    const ring = tier.totals[place]!
    for (let n = 0; n < ring.length; n++) ring[n]! -= by
  }
  for (const anchor of totals.anchors) anchor.totals[place]! -= by
}

/** Remainder that is never negative: ends before 1970 are counted below zero. */
export function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
