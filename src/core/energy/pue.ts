import { slotOfInterval, type ChangedInterval, type Intervals } from './intervals.ts'
import { listsByPoint } from '../contract/by-point.ts'
import {
  createBinLayout,
  FACILITY,
  fillBoundaryBin,
  IT,
  MASKED_IN,
  FIRST_PART,
  type BoundaryBins,
  type BinLayout,
} from './parts.ts'
import { formulaAt, pointsEver } from '../contract/formula.ts'
import { horizonIntervals, type CorePlan } from '../contract/plan.ts'
import { fillQuotient, quotientOf, type Quotient } from './quotient.ts'
import { blame, createRestated, noteRestated, type Restated } from './restated.ts'
import { createKeeping, noteClosed, type Keeping } from './keeping.ts'
import type { Sink } from '../contract/sink.ts'
import { columnPlaces, createCells, STATE, type State } from '../contract/tables.ts'
import {
  appendBins,
  binOf,
  correctBins,
  createTally,
  emitEnds,
  isRestated,
  isWritten,
  noteCorrected,
  noteWritten,
  type DueWindows,
  type Tally,
} from '../windows/tally.ts'
import { createResolutions, type Resolutions } from './register/resolution.ts'
import { createSlips, holdsSlip, type Slips } from './doubts/slips.ts'
import { errorBudgetOf, type ErrorBudget } from './uncertainty.ts'
import { COST, STEP, type Work } from '../contract/work.ts'
import { alarmWindows, createWindows, type Periods, type Window } from '../windows/window.ts'

/**
 * PUE = ΣE_DC / ΣE_IT over the intervals in which both are known (ISO/IEC 30134-2, EN 50600-4-2): a quotient of sums,
 * both of which leave out the same time.
 */
export interface Pue extends BoundaryBins {
  readonly tally: Tally
  /** Boundaries in which each point counts. */
  readonly boundariesOf: readonly (readonly number[])[]
  /** Points that count in each boundary. */
  readonly pointsOf: readonly (readonly number[])[]
  /** Which of their past intervals are kept. */
  readonly keeping: Keeping
  /** What each boundary's columns hold, and how wrong they may be. */
  readonly layouts: readonly BinLayout[]
  readonly errors: readonly ErrorBudget[]
  readonly resolutions: Resolutions
  readonly slips: Slips
  readonly restated: Restated
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

const AT = columnPlaces('pue')

const HOUR_MS = 3_600_000
/**
 * The longest window in which each meter's part is known to the interval. Longer windows know parts by whole hours.
 */
const WEEK_MS = 7 * 24 * HOUR_MS

export function createPue(plan: CorePlan, intervals: Intervals, periods: Periods): Pue {
  const pointsOfAll = plan.boundaries.map(pointsEver)
  const boundariesOf = listsByPoint(plan.points.length, pointsOfAll)
  const windows = createWindows(plan.windows, plan.lengthMs, () => plan.lengthMs)
  const horizon = horizonIntervals(plan, 'energy')
  const layouts = plan.boundaries.map(createBinLayout)
  const resolutions = createResolutions(plan)
  const columns = Math.max(1, ...layouts.map((layout) => layout.columns))
  return {
    plan,
    intervals,
    tally: createTally({
      series: plan.boundaries.length,
      columns,
      windows,
      unwritten: windowsOfAlarms(plan),
      periods,
      horizon,
      details: {
        firstColumn: FIRST_PART,
        exactLength: Math.max(WEEK_MS / plan.lengthMs, horizon + (2 * HOUR_MS) / plan.lengthMs),
        step: HOUR_MS / plan.lengthMs,
        columnCounts: layouts.map((layout) => layout.columns),
      },
      // A journal of usual length can be folded again.
      lookBack: (WEEK_MS + 24 * HOUR_MS) / plan.lengthMs,
    }),
    boundariesOf,
    pointsOf: pointsOfAll,
    keeping: createKeeping(plan, intervals),
    layouts,
    errors: layouts.map((layout) => errorBudgetOf(plan, layout, resolutions)),
    resolutions,
    slips: createSlips(plan),
    bins: new Float64Array(plan.boundaries.length * columns),
    isUnsure: 0,
    restated: createRestated(plan, periods),
    cells: createCells('pue'),
  }
}

/** Windows that alarms look at, whether they are written or not. */
function windowsOfAlarms({ lengthMs, boundaries, alarms }: CorePlan): Window[] {
  const { hour, day } = alarmWindows(lengthMs)
  return [
    ...(alarms.rules.coverage.enabled ? [hour] : []),
    ...(alarms.rules.pue_target.enabled && boundaries.some(({ targetPue }) => !Number.isNaN(targetPue)) ? [day] : []),
  ]
}

/** Adds the interval just closed to all windows and writes those of the due ones that end with it. */
export function* closePue(pue: Pue, interval: number, due: DueWindows, sink: Sink): Work {
  const { columns } = pue.tally
  for (const [boundary, layout] of pue.layouts.entries()) {
    fillBoundaryBin(pue, layout, interval, boundary * columns)
    noteClosed(pue.keeping, boundary, interval, pue.isUnsure)
    yield COST.column * layout.columns
  }
  appendBins(pue.tally, pue.bins)
  yield COST.column * pue.bins.length
  yield* writeEnds(pue, interval, due, 'provisional', sink)
}

/** Writes the windows that end with an interval once more, as settled. */
export function settlePue(pue: Pue, interval: number, due: DueWindows, sink: Sink): Work {
  return writeEnds(pue, interval, due, 'settled', sink)
}

/** Corrects the windows of closed intervals in which points changed; writes every end whose numbers moved. */
export function* correctPue(pue: Pue, changed: readonly ChangedInterval[], settledEnd: number, sink: Sink): Work {
  const intervalsOf = new Map<number, Set<number>>()
  let units = 0
  for (const { point, interval } of changed) {
    if ((units += COST.correction) >= STEP) {
      yield units
      units = 0
    }
    for (const boundary of pue.boundariesOf[point]!) {
      const known = intervalsOf.get(boundary)
      if (known) known.add(interval)
      else intervalsOf.set(boundary, new Set([interval]))
    }
  }
  for (const [boundary, set] of [...intervalsOf].sort(([a], [b]) => a - b)) {
    yield* correctBoundary(
      pue,
      boundary,
      [...set].sort((a, b) => a - b),
      settledEnd,
      sink,
    )
  }
  yield units
}

function* correctBoundary(pue: Pue, boundary: number, intervals: number[], settledEnd: number, sink: Sink): Work {
  const { columns } = pue.tally
  const moved: number[] = []
  const deltas: number[] = []
  for (const interval of intervals) {
    yield 2 * COST.column * columns
    if (!isHeld(pue, boundary, interval)) continue
    fillBoundaryBin(pue, pue.layouts[boundary]!, interval, boundary * columns)
    const before = binOf(pue.tally, boundary, interval)
    const bin = pue.bins.subarray(boundary * columns, (boundary + 1) * columns)
    if (bin.every((sum, column) => sum === before[column])) continue
    moved.push(interval)
    for (const [column, sum] of bin.entries()) deltas.push(sum - before[column]!)
  }
  if (moved.length === 0) return
  const first = firstHeardInterval(pue, boundary)
  blame(pue.restated, pue.pointsOf[boundary]!)
  yield* correctBins(
    pue.tally,
    boundary,
    { intervals: moved, deltas },
    first + 1,
    (series, window, end, sums, span) => {
      const quotient = windowQuotient(pue, series, window, sums, span, end)
      const written = isWritten(pue.tally, series, window, end)
      if (written && looksTheSame(pue, { series, window, end, span }, sums, quotient)) return
      const phase = end <= settledEnd ? 'settled' : 'provisional'
      const revision = noteCorrected(pue.tally, series, window, end, phase)
      writePueRow(pue, series, window, end, quotient, revision, phase, sink)
      if (written && isRestated(pue.tally, series, window, end))
        noteOld(pue, { series, window, end, span }, sums, quotient)
    },
  )
}

/** One end of a boundary's window, and how many intervals it spans. */
interface WindowEnd {
  readonly series: number
  readonly window: number
  readonly end: number
  readonly span: number
}

/** Notes what the quotient of a settled window was before the correction that stands in `tally.added`. */
function noteOld(pue: Pue, at: WindowEnd, sums: Float64Array, after: Quotient): void {
  const { tally, plan, restated } = pue
  const before = windowQuotient(pue, at.series, at.window, withoutAdded(tally, sums), at.span, at.end)
  const series = plan.points.length + at.series
  noteRestated(restated, series, tally.windows[at.window]!.name, at.end, { old: before.pue, new: after.pue })
}

function withoutAdded({ added }: Tally, sums: Float64Array): Float64Array {
  return sums.map((sum, column) => sum - added[column]!)
}

/**
 * Whether all energies of a closed interval are still held. Of what was not kept the bin cannot be made again: some
 * terms would be missing from it. Before the story began nothing was known but what has slots.
 */
function isHeld({ intervals, layouts, tally, keeping }: Pue, boundary: number, interval: number): boolean {
  if (interval < Math.max(tally.totals.origin, intervals.storyFrom)) return true
  const { formulaPoints, isLost } = formulaAt(layouts[boundary]!, interval)
  const isRecent = interval >= tally.totals.newest - keeping.held
  return !isLost && (isRecent || formulaPoints.every((point) => slotOfInterval(intervals, point, interval) >= 0))
}

/** Whether a correction (it stands in `tally.added`) leaves all fields of the row as they were. */
function looksTheSame(
  pue: Pue,
  { series, window, end, span }: WindowEnd,
  sums: Float64Array,
  after: Quotient,
): boolean {
  const { added } = pue.tally
  if (added[FACILITY] !== 0 || added[IT] !== 0 || added[MASKED_IN] !== 0) return false
  const before = windowQuotient(pue, series, window, withoutAdded(pue.tally, sums), span, end)
  return Object.entries(after).every(([field, value]) => Object.is(value, before[field as keyof Quotient]))
}

function* writeEnds(pue: Pue, interval: number, due: DueWindows, state: State, sink: Sink): Work {
  for (let boundary = 0; boundary < pue.plan.boundaries.length; boundary++) {
    if (interval < firstHeardInterval(pue, boundary)) continue
    yield* emitEnds(pue.tally, boundary, interval + 1, due, (series, window, end, sums, span) => {
      const revision = noteWritten(pue.tally, series, window, end)
      const quotient = windowQuotient(pue, series, window, sums, span, end)
      writePueRow(pue, series, window, end, quotient, revision, state, sink)
    })
  }
}

/** Interval of the oldest accepted reading of any point that either of a boundary's sums may count. */
export function firstHeardInterval({ layouts, intervals }: Pue, boundary: number): number {
  let first = Infinity
  for (const point of layouts[boundary]!.points) first = Math.min(first, intervals.firstHeard[point]!)
  return first
}

/** The fields of a boundary's row from its sums over a window of `span` intervals that ends at `end`. */
export function windowQuotient(
  pue: Pue,
  boundary: number,
  window: number,
  sums: Float64Array,
  span: number,
  end: number,
): Quotient {
  const { plan, layouts, errors, tally, resolutions, slips } = pue
  const quotient = quotientOf(
    plan.boundaries[boundary]!,
    layouts[boundary]!,
    errors[boundary]!,
    sums,
    span,
    tally.windows[window]!,
    end * plan.lengthMs + resolutions.aheadMs,
  )
  const fromMs = (end - span) * plan.lengthMs
  if (quotient.pue > 0) quotient.suspect ||= holdsSlip(slips, layouts[boundary]!, sums, fromMs, end * plan.lengthMs)
  return quotient
}

export function writePueRow(
  pue: Pue,
  boundary: number,
  window: number,
  end: number,
  quotient: Quotient,
  revision: number,
  state: State,
  sink: Sink,
): void {
  const { cells, tally, plan } = pue
  fillQuotient(cells, quotient)
  cells[AT.revision] = revision
  cells[AT.state] = isRestated(tally, boundary, window, end) ? STATE.restated : STATE[state]
  sink.row('pue', boundary, tally.windows[window]!.name, end * plan.lengthMs, cells)
}
