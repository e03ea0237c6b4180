import { slotOf, type Changed, type Intervals } from './intervals.ts'
import { horizonIntervals, type CorePlan, type TermPlan } from './plan.ts'
import type { Sink, State } from './sink.ts'
import { appendBins, binOf, correct, createTally, emitEnd, isRestated, isWritten, revise, type Tally } from './tally.ts'
import { metersOf, uncertaintyOf, type MeterWeight } from './uncertainty.ts'
import { createWindows, type Periods, type Window } from './window.ts'

/**
 * PUE = ΣE_DC / ΣE_IT over the intervals in which both are known (ISO/IEC 30134-2, EN 50600-4-2): a quotient of sums,
 * both of which leave out the same time.
 */
export interface Pue {
  readonly plan: CorePlan
  readonly intervals: Intervals
  readonly tally: Tally
  /** Boundaries that a point counts in. */
  readonly boundariesOf: readonly (readonly number[])[]
  /** Each boundary's meters, in the order of their columns. */
  readonly meters: readonly (readonly MeterWeight[])[]
  /** One interval's bins of all boundaries, for the time of one close. */
  readonly bins: Float64Array
}

// Columns of the tally: joules of both sums, the estimated part of each, and intervals masked in.
const FACILITY = 0
const IT = 1
const FACILITY_ESTIMATED = 2
const IT_ESTIMATED = 3
const MASKED_IN = 4
// From here on the joules of each meter of the boundary, before factors.
const METERS = 5

/** Below this share of known time there is no PUE; from the other on, 12 months may be called so. */
const LEAST_COVERAGE = 0.5
const ANNUAL_COVERAGE = 0.95

export function createPue(plan: CorePlan, intervals: Intervals, periods: Periods): Pue {
  const boundariesOf = plan.points.map((_, point) =>
    plan.boundaries.flatMap(({ facility, it }, boundary) =>
      [...facility, ...it].some((term) => term.point === point) ? [boundary] : [],
    ),
  )
  const windows = createWindows(plan.windows, plan.lengthMs, () => plan.lengthMs)
  const horizon = horizonIntervals(plan, true)
  const meters = plan.boundaries.map((boundary) => metersOf(plan, boundary))
  const columns = METERS + Math.max(0, ...meters.map(({ length }) => length))
  return {
    plan,
    intervals,
    tally: createTally(plan.boundaries.length, columns, windows, [], periods, horizon),
    boundariesOf,
    meters,
    bins: new Float64Array(plan.boundaries.length * columns),
  }
}

/** Names of a boundary's columns, for who keeps them: meters go by their points'. */
export function columnNames({ meters }: Pue, boundary: number, points: readonly string[]): string[] {
  const sums = ['facility', 'it', 'facility_estimated', 'it_estimated', 'masked_in']
  return [...sums, ...meters[boundary]!.map(({ point }) => `meter/${points[point]}`)]
}

/** Adds the interval just closed to all windows and writes those that end with it, or (`told` false) of the calendar only. */
export function closePue(pue: Pue, interval: number, told: boolean, sink: Sink): void {
  for (let boundary = 0; boundary < pue.plan.boundaries.length; boundary++) fillBin(pue, boundary, interval)
  appendBins(pue.tally, pue.bins)
  writeEnds(pue, interval, told, 'provisional', sink)
}

/** Writes the windows that end with an interval once more, as settled. */
export function settlePue(pue: Pue, interval: number, told: boolean, sink: Sink): void {
  writeEnds(pue, interval, told, 'settled', sink)
}

/** Corrects the windows of closed intervals in which points changed; writes every end whose numbers moved. */
export function correctPue(pue: Pue, changed: readonly Changed[], settledEnd: number, sink: Sink): void {
  const intervalsOf = new Map<number, Set<number>>()
  for (const { point, interval } of changed) {
    for (const boundary of pue.boundariesOf[point]!) {
      const known = intervalsOf.get(boundary)
      if (known) known.add(interval)
      else intervalsOf.set(boundary, new Set([interval]))
    }
  }
  for (const [boundary, set] of [...intervalsOf].sort(([a], [b]) => a - b)) {
    correctBoundary(
      pue,
      boundary,
      [...set].sort((a, b) => a - b),
      settledEnd,
      sink,
    )
  }
}

function correctBoundary(pue: Pue, boundary: number, intervals: number[], settledEnd: number, sink: Sink): void {
  const { columns } = pue.tally
  const moved: number[] = []
  const deltas: number[] = []
  for (const interval of intervals) {
    fillBin(pue, boundary, interval)
    const before = binOf(pue.tally, boundary, interval)
    const bin = pue.bins.subarray(boundary * columns, (boundary + 1) * columns)
    if (bin.every((sum, column) => sum === before[column])) continue
    moved.push(interval)
    for (const [column, sum] of bin.entries()) deltas.push(sum - before[column]!)
  }
  if (moved.length === 0) return
  correct(pue.tally, boundary, moved, deltas, firstOf(pue, boundary) + 1, (series, window, e, sums, span) => {
    if (looksTheSame(pue, boundary, sums, span) && isWritten(pue.tally, series, window, e)) return
    const settled = e <= settledEnd
    const revision = revise(pue.tally, series, window, e, true, settled)
    writeRow(pue, series, window, e, sums, span, revision, settled ? 'settled' : 'provisional', sink)
  })
}

/** Neither the smaller estimated share nor what meters count before factors shows in a row, unless it has an uncertainty. */
function looksTheSame({ tally, meters }: Pue, boundary: number, sums: Float64Array, span: number): boolean {
  const { added } = tally
  if (added[FACILITY] !== 0 || added[IT] !== 0 || added[MASKED_IN] !== 0) return false
  if (isQuotient(sums, span) && meters[boundary]!.every(({ accuracy }) => !Number.isNaN(accuracy))) return false
  const before = sums.map((sum, column) => sum - added[column]!)
  return estimatedShareOf(before) === estimatedShareOf(sums)
}

function writeEnds(pue: Pue, interval: number, told: boolean, state: State, sink: Sink): void {
  for (let boundary = 0; boundary < pue.plan.boundaries.length; boundary++) {
    if (interval < firstOf(pue, boundary)) continue
    emitEnd(pue.tally, boundary, interval + 1, told, (series, window, e, sums, span) => {
      const revision = revise(pue.tally, series, window, e, false, false)
      writeRow(pue, series, window, e, sums, span, revision, state, sink)
    })
  }
}

/** Interval of the oldest accepted reading of any of a boundary's points. */
function firstOf(pue: Pue, boundary: number): number {
  const { facility, it } = pue.plan.boundaries[boundary]!
  let first = Infinity
  for (const { point } of facility) first = Math.min(first, pue.intervals.first[point]!)
  for (const { point } of it) first = Math.min(first, pue.intervals.first[point]!)
  return first
}

function fillBin(pue: Pue, boundary: number, interval: number): void {
  const { facility, it } = pue.plan.boundaries[boundary]!
  const at = boundary * pue.tally.columns
  pue.bins.fill(0, at, at + pue.tally.columns)
  if (!isKnown(pue, facility, interval) || !isKnown(pue, it, interval)) return
  addTerms(pue, facility, interval, at + FACILITY, at + FACILITY_ESTIMATED)
  addTerms(pue, it, interval, at + IT, at + IT_ESTIMATED)
  for (const [m, { point }] of pue.meters[boundary]!.entries())
    pue.bins[at + METERS + m] = wholeJ(pue, point, 1, interval)
  pue.bins[at + MASKED_IN] = 1
}

/** A sum is known for as much of an interval as its least known term; one without terms is not known. */
function isKnown({ plan, intervals }: Pue, terms: readonly TermPlan[], interval: number): boolean {
  for (const { point } of terms) {
    const slot = slotOf(intervals, point, interval)
    if (slot < 0 || intervals.coveredMs[slot]! < plan.minCoverage * plan.lengthMs) return false
  }
  return terms.length > 0
}

/** Each term speaks for the whole interval: what it adds to its covered time counts as estimated. */
function addTerms(pue: Pue, terms: readonly TermPlan[], interval: number, sum: number, estimated: number): void {
  const { intervals, bins } = pue
  for (const { point, factor } of terms) {
    const slot = slotOf(intervals, point, interval)
    const measuredMj = intervals.energyMj[slot]! - intervals.estimatedMj[slot]!
    const joules = wholeJ(pue, point, factor, interval)
    bins[sum]! += joules
    bins[estimated]! += joules - Math.round((factor * measuredMj) / 1000)
  }
}

/** A known point's energy of the whole interval in whole joules, what it is covered for standing for all of it. */
function wholeJ({ plan, intervals }: Pue, point: number, factor: number, interval: number): number {
  const slot = slotOf(intervals, point, interval)
  return Math.round((factor * intervals.energyMj[slot]! * plan.lengthMs) / intervals.coveredMs[slot]! / 1000)
}

function writeRow(
  pue: Pue,
  boundary: number,
  window: number,
  e: number,
  sums: Float64Array,
  span: number,
  revision: number,
  state: State,
  sink: Sink,
): void {
  const facilityJ = sums[FACILITY]!
  const itJ = sums[IT]!
  const coverage = sums[MASKED_IN]! / span
  const { name } = pue.tally.windows[window]!
  const hasPue = isQuotient(sums, span)
  const annual = coverage >= ANNUAL_COVERAGE && isTwelveMonths(pue.tally.windows[window]!)
  sink.pue(boundary, name, {
    endMs: e * pue.plan.lengthMs,
    pue: hasPue ? facilityJ / itJ : NaN,
    facilityJ,
    itJ,
    coverage,
    uncertainty: hasPue
      ? uncertaintyOf(
          pue.meters[boundary]!,
          (meter) => sums[METERS + meter]!,
          facilityJ,
          itJ,
          sums[FACILITY_ESTIMATED]!,
          sums[IT_ESTIMATED]!,
          coverage,
        )
      : NaN,
    estimatedShare: estimatedShareOf(sums),
    name: pue.plan.boundaries[boundary]!.part ? 'pPUE' : annual ? 'PUE' : 'iPUE',
    suspect: facilityJ < itJ,
    revision,
    state: isRestated(pue.tally, boundary, window, e) ? 'restated' : state,
  })
}

function isTwelveMonths(window: Window): boolean {
  return window.name === '365d' || (window.kind === 'whole' && window.unit === 'year')
}

/** Whether a window of so many intervals has a PUE. */
function isQuotient(sums: Float64Array, span: number): boolean {
  return sums[MASKED_IN]! / span >= LEAST_COVERAGE && sums[IT]! > 0
}

/** The larger of the shares of both sums: a quotient is as sure as its worse half. */
function estimatedShareOf(sums: Float64Array): number {
  return Math.max(shareOf(sums[FACILITY_ESTIMATED]!, sums[FACILITY]!), shareOf(sums[IT_ESTIMATED]!, sums[IT]!))
}

function shareOf(part: number, whole: number): number {
  return part === 0 ? 0 : part / whole
}
