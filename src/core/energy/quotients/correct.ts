import { slotOfInterval, type ChangedInterval } from '../intervals.ts'
import { beginClosed, noteUnsure } from '../keeping.ts'
import { fillBoundaryBin } from './bin.ts'
import { MASKED_IN, OVER, UNDER } from './parts.ts'
import { formulaAt } from '../../contract/formula.ts'
import { areSame, type Quotient } from './quotient.ts'
import { firstHeardInterval, windowQuotient, writeQuotientRow, type Quotients } from './quotients.ts'
import { blame, noteRestated } from '../restated.ts'
import type { Sink } from '../../contract/sink.ts'
import type { State } from '../../contract/tables.ts'
import {
  appendBins,
  binOf,
  correctBins,
  emitEnds,
  isRestated,
  isWritten,
  noteCorrected,
  noteWritten,
  type DueWindows,
  type Tally,
} from '../../windows/tally.ts'
import { COST, STEP, type Work } from '../../contract/work.ts'

/** Quotients of all sorts: the PUE, and behind it the indicators. */
type All = readonly [Quotients, ...Quotients[]]

/** Adds the interval just closed to all windows and writes those of the due ones that end with it. */
export function* closeQuotients(all: All, interval: number, due: DueWindows, sink: Sink): Work {
  beginClosed(all[0].keeping, interval)
  for (const quotients of all) {
    const { boundaries, layouts, tally, bins } = quotients
    for (const [series, layout] of layouts.entries()) {
      fillBoundaryBin(quotients, layout, interval, series * tally.columns)
      if (quotients.isUnsure === 1) noteUnsure(quotients.keeping, boundaries[series]!, interval)
      yield COST.column * layout.columns
    }
    appendBins(tally, bins)
    yield COST.column * bins.length
    yield* writeEnds(quotients, interval, due, 'provisional', sink)
  }
}

/** Writes the windows that end with an interval once more, as settled. */
export function* settleQuotients(all: All, interval: number, due: DueWindows, sink: Sink): Work {
  for (const quotients of all) yield* writeEnds(quotients, interval, due, 'settled', sink)
}

/** Corrects the windows of closed intervals in which points changed; writes every end whose numbers moved. */
export function* correctQuotients(all: All, changed: readonly ChangedInterval[], settledEnd: number, sink: Sink): Work {
  for (const quotients of all) yield* correctWindows(quotients, changed, settledEnd, sink)
}

function* correctWindows(
  quotients: Quotients,
  changed: readonly ChangedInterval[],
  settledEnd: number,
  sink: Sink,
): Work {
  const intervalsOf = new Map<number, Set<number>>()
  let units = 0
  for (const { point, interval } of changed) {
    if ((units += COST.correction) >= STEP) {
      yield units
      units = 0
    }
    for (const series of quotients.seriesOf[point]!) {
      const known = intervalsOf.get(series)
      if (known) known.add(interval)
      else intervalsOf.set(series, new Set([interval]))
    }
  }
  for (const [series, set] of [...intervalsOf].sort(([a], [b]) => a - b)) {
    yield* correctSeries(
      quotients,
      series,
      [...set].sort((a, b) => a - b),
      settledEnd,
      sink,
    )
  }
  yield units
}

function* correctSeries(
  quotients: Quotients,
  series: number,
  intervals: number[],
  settledEnd: number,
  sink: Sink,
): Work {
  const { columns } = quotients.tally
  const moved: number[] = []
  const deltas: number[] = []
  for (const interval of intervals) {
    yield 2 * COST.column * columns
    if (!isHeld(quotients, series, interval)) continue
    fillBoundaryBin(quotients, quotients.layouts[series]!, interval, series * columns)
    const before = binOf(quotients.tally, series, interval)
    const bin = quotients.bins.subarray(series * columns, (series + 1) * columns)
    if (bin.every((sum, column) => sum === before[column])) continue
    moved.push(interval)
    for (const [column, sum] of bin.entries()) deltas.push(sum - before[column]!)
  }
  if (moved.length === 0) return
  const first = firstHeardInterval(quotients, series)
  blame(quotients.restated, quotients.pointsOf[series]!)
  yield* correctBins(quotients.tally, series, { intervals: moved, deltas }, first + 1, (_, window, end, sums, span) => {
    if (isTooShort(quotients, window, span)) return
    const quotient = windowQuotient(quotients, series, window, sums, span, end)
    const written = isWritten(quotients.tally, series, window, end)
    if (written && looksTheSame(quotients, { series, window, end, span }, sums, quotient)) return
    const phase = end <= settledEnd ? 'settled' : 'provisional'
    const revision = noteCorrected(quotients.tally, series, window, end, phase)
    writeQuotientRow(quotients, series, window, end, quotient, revision, phase, sink)
    if (written && isRestated(quotients.tally, series, window, end))
      noteOld(quotients, { series, window, end, span }, sums, quotient)
  })
}

/** One end of a boundary's window, and how many intervals it spans. */
interface WindowEnd {
  readonly series: number
  readonly window: number
  readonly end: number
  readonly span: number
}

/** Notes what the quotient of a settled window was before the correction that stands in `tally.added`. */
function noteOld(quotients: Quotients, at: WindowEnd, sums: Float64Array, after: Quotient): void {
  const { tally, restated, restatedFrom, of } = quotients
  const before = windowQuotient(quotients, at.series, at.window, withoutAdded(tally, sums), at.span, at.end)
  const numbers = { old: before.value * of.scale, new: after.value * of.scale }
  noteRestated(restated, restatedFrom + at.series, tally.windows[at.window]!.name, at.end, numbers)
}

function withoutAdded({ added }: Tally, sums: Float64Array): Float64Array {
  return sums.map((sum, column) => sum - added[column]!)
}

/**
 * Whether all amounts of a closed interval are still held. Of what was not kept the bin cannot be made again: some
 * terms would be missing from it. Before the story began nothing was known but what has slots.
 */
function isHeld({ intervals, layouts, tally, keeping }: Quotients, series: number, interval: number): boolean {
  if (interval < Math.max(tally.totals.origin, intervals.storyFrom)) return true
  const { formulaPoints, isLost } = formulaAt(layouts[series]!, interval)
  const isRecent = interval >= tally.totals.newest - keeping.held
  return !isLost && (isRecent || formulaPoints.every((point) => slotOfInterval(intervals, point, interval) >= 0))
}

/** Whether a correction (it stands in `tally.added`) leaves all fields of the row as they were. */
function looksTheSame(
  quotients: Quotients,
  { series, window, end, span }: WindowEnd,
  sums: Float64Array,
  after: Quotient,
): boolean {
  const { added } = quotients.tally
  if (added[OVER] !== 0 || added[UNDER] !== 0 || added[MASKED_IN] !== 0) return false
  const before = windowQuotient(quotients, series, window, withoutAdded(quotients.tally, sums), span, end)
  return areSame(before, after)
}

function* writeEnds(quotients: Quotients, interval: number, due: DueWindows, state: State, sink: Sink): Work {
  for (let series = 0; series < quotients.boundaries.length; series++) {
    if (interval < firstHeardInterval(quotients, series)) continue
    yield* emitEnds(quotients.tally, series, interval + 1, due, (_, window, end, sums, span) => {
      if (isTooShort(quotients, window, span)) return
      const revision = noteWritten(quotients.tally, series, window, end)
      const quotient = windowQuotient(quotients, series, window, sums, span, end)
      writeQuotientRow(quotients, series, window, end, quotient, revision, state, sink)
    })
  }
}

/** Whether a unit that is running has not come to the shortest window of an indicator. */
export function isTooShort({ of, plan, tally }: Quotients, window: number, span: number): boolean {
  return tally.windows[window]!.kind === 'to_date' && span * plan.lengthMs < of.leastMs
}
