/**
 * Work of the fold that may be long: closing, correcting, settling. It is a generator that gives from time to time how
 * many units it has done. Whoever runs it may stop there and go on later, as long as nothing else touches the core in
 * between. The results are the same, wherever it stops: no scratch column is read again behind a `yield`.
 *
 *     unit   a count weighed by `COST`: about a tenth of a microsecond, but never a measured time
 *     step   at least `STEP` units, given by one `yield`
 *     slice  steps up to `SLICE_UNITS`; the next one begins in a later turn of the event loop (fold/slices.ts)
 *
 * After a crash the slices of an entry are counted again to find what is stored already. So all of this is persisted by
 * meaning: whoever changes a number here, or where work is counted, raises `SLICE_FORM`.
 */
export type Work<T = void> = Generator<number, T, void>

export const SLICE_FORM = 5

/** How much is done without letting the event loop run. */
export const SLICE_UNITS = 15_000

/** Loops over cheap things add up so many units before they give them. */
export const STEP = 1_000

export const COST = {
  /** A reading that is folded. */
  reading: 20,
  /** A point looked at, and one of which a row is emitted. */
  point: 2,
  pointRow: 20,
  /** A column of a boundary that is filled, appended, or summed over a window. */
  column: 3,
  /** A window's row, without what depends on the number of its parts. */
  windowRow: 50,
  /** An interval of an inlet that is judged, with its row. */
  inlet: 100,
  /** A series of inlets or scopes of which an interval is added to its sums. */
  series: 4,
  /** A series of which half an hour is packed, or an hour added up. */
  packing: 60,
  /** An inlet's share in a window of its hall. */
  member: 20,
  /** A closed interval that is compared with its correction. */
  correction: 10,
  /** A tick of the clock, or an interval that has nothing to emit. */
  tick: 10,
  /** A transition of an alarm that a tick brings, with its row and its words. */
  alarm: 150,
} as const

/** Does the work in one go. */
export function runWhole<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}
