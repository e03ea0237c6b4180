import type { Intervals } from '../intervals.ts'
import type { BoundaryBins } from './bin.ts'
import { createBinLayout, firstPartOf, type BinLayout } from './parts.ts'
import { listsByPoint } from '../../contract/by-point.ts'
import { termsOf } from '../../contract/formula.ts'
import { indicatorPlans } from '../../contract/indicators.ts'
import { horizonIntervals, type CorePlan } from '../../contract/plan.ts'
import { PUE_OF, type QuotientOf } from '../../contract/quotients.ts'
import { fillIndicator, fillPue } from './fill.ts'
import { quotientOf, type Quotient } from './quotient.ts'
import { createRestated, restatedSeries, type Restated } from '../restated.ts'
import { createKeeping, type Keeping } from '../keeping.ts'
import type { Sink } from '../../contract/sink.ts'
import { columnPlaces, createCells, STATE, type State } from '../../contract/tables.ts'
import { createTally, isRestated, type Tally } from '../../windows/tally.ts'
import { createResolutions, type Resolutions } from '../register/resolution.ts'
import { createSlips, holdsSlip, type Slips } from '../doubts/slips.ts'
import { errorBudgetOf, type ErrorBudget } from './uncertainty.ts'
import { alarmWindows, createWindows, UNIT_MS, type Periods, type Window } from '../../windows/window.ts'

/** What the quotients of all sorts go by. */
interface QuotientBase {
  readonly plan: CorePlan
  readonly intervals: Intervals
  readonly periods: Periods
  /** Which past intervals of points are kept. */
  readonly keeping: Keeping
  readonly resolutions: Resolutions
  readonly slips: Slips
  readonly restated: Restated
}

/**
 * Quotients of one sort, such as the PUE of each boundary: ΣE_DC / ΣE_IT over the intervals in which both are known
 * (ISO/IEC 30134-2, EN 50600-4-2). They are quotients of sums, both of which leave out the same time. A series is of
 * one boundary.
 */
export interface Quotients extends BoundaryBins, QuotientBase {
  readonly of: QuotientOf
  /** By series its boundary. */
  readonly boundaries: readonly number[]
  /** The table of its rows, and its first series in it, and among all that restatements are told of. */
  readonly table: 'pue' | 'indicator'
  readonly rowsFrom: number
  readonly restatedFrom: number
  readonly tally: Tally
  /** Series in which each point counts, and the points that count in each series. */
  readonly seriesOf: readonly (readonly number[])[]
  readonly pointsOf: readonly (readonly number[])[]
  /** What the columns of each series hold, and how wrong they may be. */
  readonly layouts: readonly BinLayout[]
  readonly errors: readonly ErrorBudget[]
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

const AT = { pue: columnPlaces('pue'), indicator: columnPlaces('indicator') } as const

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/**
 * The longest window in which each meter's part is known to the interval. Longer windows know parts by whole hours.
 */
const WEEK_MS = 7 * 24 * HOUR_MS

export function createQuotientBase(plan: CorePlan, intervals: Intervals, periods: Periods): QuotientBase {
  return {
    plan,
    intervals,
    periods,
    keeping: createKeeping(plan, intervals),
    resolutions: createResolutions(plan),
    slips: createSlips(plan),
    restated: createRestated(plan, periods),
  }
}

/** The PUE of each boundary, and behind it the indicators that any boundary has. */
export function createAllQuotients(base: QuotientBase): [Quotients, ...Quotients[]] {
  const { plan } = base
  const boundaries = plan.boundaries.map((_, boundary) => boundary)
  const windows = createWindows(plan.windows, plan.lengthMs, () => plan.lengthMs)
  const pue = createQuotients(base, { of: PUE_OF, boundaries, windows, unwritten: windowsOfAlarms(plan), rowsFrom: 0 })
  let rowsFrom = 0
  const indicators = indicatorPlans(plan.boundaries).map(({ of, boundaries: having }) => {
    const own = createQuotients(base, {
      of,
      boundaries: having,
      windows: windowsOf(plan, of, having),
      unwritten: [],
      rowsFrom,
    })
    rowsFrom += having.length
    return own
  })
  return [pue, ...indicators]
}

/** Indicators of up to a day move every 5 min, longer ones every hour: each end costs a row, each step a total. */
function windowsOf(plan: CorePlan, of: QuotientOf, boundaries: readonly number[]): Window[] {
  const { windows, lengthMs } = plan
  const leastMs = Math.max(of.leastMs, ...boundaries.map((boundary) => longestStepMs(plan, of, boundary)))
  const stepMs = (windowMs: number) => (windowMs <= DAY_MS ? 300_000 : HOUR_MS)
  return createWindows(windows, lengthMs, stepMs).filter((window) => {
    if (window.kind === 'rolling') return window.length * lengthMs >= leastMs
    return window.kind === 'whole' ? UNIT_MS[window.unit] >= leastMs : UNIT_MS[window.unit] > leastMs
  })
}

/** The longest step of any intensity that the sums of a boundary's quotient are multiplied by. */
function longestStepMs({ boundaries, intensities }: CorePlan, { over, under }: QuotientOf, boundary: number): number {
  const { before, ...now } = boundaries[boundary]!
  const ways = [...before, now].flatMap((formula) => termsOf(formula, [over, under])).flatMap((it) => it.alternatives)
  return Math.max(0, ...ways.flatMap(({ by }) => (by === undefined ? [] : [intensities[by.intensity]!.stepMs])))
}

interface SortOfQuotients {
  readonly of: QuotientOf
  readonly boundaries: readonly number[]
  readonly windows: readonly Window[]
  /** Windows that are summed when asked for and never written. */
  readonly unwritten: readonly Window[]
  readonly rowsFrom: number
}

function createQuotients(
  base: QuotientBase,
  { of, boundaries, windows, unwritten, rowsFrom }: SortOfQuotients,
): Quotients {
  const { plan, periods, resolutions } = base
  const table = of.name === 'pue' ? 'pue' : 'indicator'
  const layouts = boundaries.map((boundary) => createBinLayout(of, plan.boundaries[boundary]!))
  const pointsOf = layouts.map(({ allPoints }) => allPoints)
  const horizon = horizonIntervals(plan, 'energy')
  const columns = Math.max(1, ...layouts.map((layout) => layout.columns))
  return {
    ...base,
    of,
    boundaries,
    table,
    rowsFrom,
    restatedFrom: table === 'pue' ? plan.points.length : rowsFrom + restatedSeries(plan),
    tally: createTally({
      series: boundaries.length,
      columns,
      windows,
      unwritten,
      periods,
      horizon,
      details: {
        firstColumn: firstPartOf(of),
        exactLength: Math.max(WEEK_MS / plan.lengthMs, horizon + (2 * HOUR_MS) / plan.lengthMs),
        step: HOUR_MS / plan.lengthMs,
        columnCounts: layouts.map((layout) => layout.columns),
      },
      // A journal of usual length can be folded again.
      lookBack: (WEEK_MS + 24 * HOUR_MS) / plan.lengthMs,
    }),
    seriesOf: listsByPoint(plan.points.length, pointsOf),
    pointsOf,
    layouts,
    errors: layouts.map((layout) => errorBudgetOf(plan, layout, resolutions)),
    bins: new Float64Array(boundaries.length * columns),
    isUnsure: 0,
    cells: createCells(table),
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

/** Interval of the oldest accepted reading of any point that either sum of a series may count. */
export function firstHeardInterval({ layouts, intervals }: Quotients, series: number): number {
  let first = Infinity
  for (const point of layouts[series]!.points) first = Math.min(first, intervals.firstHeard[point]!)
  return first
}

/** The quotient of a series from its sums over a window of `span` intervals that ends at `end`. */
export function windowQuotient(
  quotients: Quotients,
  series: number,
  window: number,
  sums: Float64Array,
  span: number,
  end: number,
): Quotient {
  const { plan, boundaries, layouts, errors, tally, resolutions, slips } = quotients
  const quotient = quotientOf(
    plan.boundaries[boundaries[series]!]!,
    layouts[series]!,
    errors[series]!,
    sums,
    span,
    tally.windows[window]!,
    end * plan.lengthMs + resolutions.aheadMs,
  )
  const fromMs = (end - span) * plan.lengthMs
  if (quotient.value > 0) {
    quotient.suspect ||= holdsSlip(slips, layouts[series]!, sums, fromMs, end * plan.lengthMs)
  }
  return quotient
}

export function writeQuotientRow(
  { cells, tally, plan, of, table, rowsFrom }: Quotients,
  series: number,
  window: number,
  end: number,
  quotient: Quotient,
  revision: number,
  state: State,
  sink: Sink,
): void {
  if (table === 'pue') fillPue(cells, quotient)
  else fillIndicator(cells, quotient, of)
  cells[AT[table].revision] = revision
  cells[AT[table].state] = isRestated(tally, series, window, end) ? STATE.restated : STATE[state]
  sink.row(table, rowsFrom + series, tally.windows[window]!.name, end * plan.lengthMs, cells)
}
