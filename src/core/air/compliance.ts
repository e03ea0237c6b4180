import { createPlanned, type Planned } from '../contract/planned.ts'
import { listsByPoint } from '../contract/by-point.ts'
import { createAirflow, fillAirflow, markAirflow, type Airflow } from './airflow.ts'
import { COLUMNS, fillInletBin, FULL_COLUMNS, LIKE, OUT } from './bands.ts'
import { emitClimate } from './climate.ts'
import { createEmittedClimate, type EmittedClimate } from './emitted.ts'
import { createInletInterval, judgeInterval, type InletInterval } from './inlet.ts'
import { horizonIntervals, recentIntervals, type CorePlan, type ScopePlan } from '../contract/plan.ts'
import { emitCompliance, narrowStepMs, wideStepMs, windowCost } from './compliance-row.ts'
import { createRates, addRateSample, rateK, type Rates } from './rate.ts'
import { isDeferred } from '../energy/intervals.ts'
import type { Restated } from '../energy/restated.ts'
import { timeAt, type Samples } from '../energy/samples.ts'
import { isLeap, lastOfStuckRun } from './sensor.ts'
import type { Sink } from '../contract/sink.ts'
import { createCells, type State } from '../contract/tables.ts'
import type { DueWindows } from '../windows/tally.ts'
import { createDeferred, deferInterval, type DeferredIntervals } from '../windows/deferred.ts'
import { appendTrail, correctableFrom, createTrail, type Trail } from '../windows/trail.ts'
import { beginEnd, emitNewEnds, emitOldEnds, windowsEndingAt } from '../windows/trail-ends.ts'
import { createWindows, type Periods, type Window } from '../windows/window.ts'
import { noteRowWritten } from '../windows/written.ts'
import { COST, STEP, type Work } from '../contract/work.ts'

/**
 * How long the air was in each band, over windows:
 *
 *     samples ─▶ judged interval of an inlet ─▶ climate row
 *                        │ ms by band (bins)
 *                        ├─▶ group 0: each inlet by itself
 *                        └─▶ group 1: racks, group 2: halls and the site: the sums over their inlets
 *
 * A late sample marks closed intervals as `changed`; they are judged again, and every window that moved is emitted
 * again.
 */
export interface Compliance {
  readonly plan: CorePlan
  readonly samples: Samples
  readonly groups: readonly SeriesGroup[]
  readonly rates: Rates
  readonly airflow: Airflow
  /** Per point the inlets that it is a part of. */
  readonly inletsOf: readonly (readonly number[])[]
  /** Per inlet the interval of its oldest accepted reading. */
  readonly first: Float64Array
  /** The interval judged last. */
  readonly judged: InletInterval
  readonly emitted: EmittedClimate
  /** Closed intervals that must be judged again: recent ones (interval × inlets + inlet), and those that wait. */
  changed: Set<number>
  readonly deferred: DeferredIntervals
  /** Per inlet the oldest of them; Infinity: there is none. */
  readonly changedFrom: Float64Array
  readonly restated: Restated
  readonly planned: Planned
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

/** Series that share their windows. */
export interface SeriesGroup {
  readonly trail: Trail
  /** Inlets of each series. */
  readonly members: readonly (readonly number[])[]
  /** Per series its index among the plan's scopes; empty: the series are the inlets themselves. */
  readonly scopes: readonly number[]
  /** Per series the columns of the interval being closed. */
  readonly bins: Float64Array
  /**
   * Whether rows are written once more when they settle: those of halls and the site. Of inlets and racks there would
   * be too many: up to where they are settled is told by `health.settled_through_ms`.
   */
  readonly repeatsSettled: boolean
}

/** Inlets and racks have these windows; halls and the site all. */
const NARROW = new Set(['1h', '24h', 'day', 'month', 'year'])

export function createCompliance(plan: CorePlan, samples: Samples, periods: Periods, restated: Restated): Compliance {
  const horizon = horizonIntervals(plan, 'gauges')
  const wide = createWindows(plan.windows, plan.lengthMs, wideStepMs)
  const narrow = createWindows(
    plan.windows.filter(({ name }) => NARROW.has(name)),
    plan.lengthMs,
    narrowStepMs,
  )
  const inletsAlone = plan.inlets.map((_, inlet) => [inlet])
  const racks = scopesWhere(plan, ({ scope, inlets }) => scope === 'rack' && inlets.length > 1)
  const halls = scopesWhere(plan, ({ scope }) => scope !== 'rack')
  const group = (members: readonly (readonly number[])[], windows: readonly Window[], ranked: readonly Window[]) => ({
    trail: createTrail({
      columns: COLUMNS,
      windows,
      unwritten: ranked,
      periods,
      horizon,
      recent: recentIntervals(plan, 'gauges'),
      full: Float64Array.from(members, ({ length }) => length * plan.lengthMs),
      fullColumns: FULL_COLUMNS,
      like: LIKE,
      hourColumns: windows === wide ? COLUMNS : ranked === wide ? OUT + 1 : 0,
    }),
    members,
    bins: new Float64Array(members.length * COLUMNS),
  })
  return {
    plan,
    samples,
    groups: [
      // Of inlets the worst is looked for over the windows of halls and the site
      { ...group(inletsAlone, narrow, wide), scopes: [], repeatsSettled: false },
      { ...group(racks.members, narrow, []), scopes: racks.scopes, repeatsSettled: false },
      { ...group(halls.members, wide, []), scopes: halls.scopes, repeatsSettled: true },
    ],
    rates: createRates(plan, samples),
    airflow: createAirflow(plan, samples),
    inletsOf: listsByPoint(
      plan.points.length,
      plan.inlets.map((it) => new Set([it.dryBulb, it.humidity, it.dewPoint, it.otherDryBulb])),
    ),
    first: new Float64Array(plan.inlets.length).fill(Infinity),
    judged: createInletInterval(),
    emitted: createEmittedClimate(plan),
    changed: new Set(),
    deferred: createDeferred(plan.inlets.length, horizon),
    changedFrom: new Float64Array(plan.inlets.length).fill(Infinity),
    restated,
    planned: createPlanned(),
    cells: createCells('compliance'),
  }
}

function scopesWhere(plan: CorePlan, isMeant: (scope: ScopePlan) => boolean) {
  const scopes = plan.scopes.flatMap((scope, index) => (isMeant(scope) ? [index] : []))
  return { scopes, members: scopes.map((index) => plan.scopes[index]!.inlets) }
}

/** How many closed intervals wait for their correction: recent ones. */
export function waitingCorrections({ changed, airflow }: Compliance): number {
  return changed.size + airflow.changed.size
}

/** Marks a closed interval of an inlet that must be judged again. */
function markInterval(compliance: Compliance, inlet: number, interval: number, nextClose: number): void {
  const { plan, changed, deferred, groups } = compliance
  if (!isDeferred(plan, interval, nextClose)) changed.add(interval * plan.inlets.length + inlet)
  else if (interval >= correctableFrom(groups[0]!.trail)) deferInterval(deferred, inlet, interval)
}

/** Marks the closed intervals that an accepted sample changes; the first one opens its inlet. */
export function markSample(compliance: Compliance, point: number, position: number, nextClose: number): void {
  const { plan, samples, first, changed, deferred, changedFrom } = compliance
  const before = changed.size + deferred.count
  const { sensor, maxGapMs } = plan.points[point]!
  // A sample says of a leap before it whether it was a spike, and one behind it may leap from it
  const isAfterLeap = isLeap(sensor, samples, point, position - 2, position - 1)
  const isBeforeLeap =
    isLeap(sensor, samples, point, position, position + 1) || isLeap(sensor, samples, point, position - 1, position + 1)
  const from = Math.floor(timeAt(samples, point, isAfterLeap ? position - 1 : position) / plan.lengthMs)
  const last = Math.max(isBeforeLeap ? position + 1 : position, lastOfStuckRun(sensor, samples, point, position))
  const heldMs = Math.min(timeAt(samples, point, last + 1), timeAt(samples, point, last) + maxGapMs)
  const held = Math.min(nextClose - 1, Math.ceil(heldMs / plan.lengthMs) - 1)
  // What lies further back is judged by samples of a whole hall, which are no longer held
  markAirflow(compliance.airflow, point, Math.max(from, nextClose - compliance.emitted.length), held)
  for (const inlet of compliance.inletsOf[point]!) {
    let until = held
    if (from < first[inlet]!) {
      until = Math.max(until, Math.min(nextClose, first[inlet]!) - 1)
      first[inlet] = from
    }
    for (let interval = from; interval <= until; interval++) markInterval(compliance, inlet, interval, nextClose)
  }
  addRateSample(compliance.rates, point, position, nextClose, changed)
  if (changed.size + deferred.count === before) return
  // A leap may have waited since the sample before for what it means to the rates
  const oldest = Math.min(from, Math.floor(timeAt(samples, point, Math.max(0, position - 1)) / plan.lengthMs))
  for (const inlet of compliance.inletsOf[point]!) changedFrom[inlet] = Math.min(changedFrom[inlet]!, oldest)
}

/** Samples of a point that hold from here on are needed to judge intervals again; Infinity: none are. */
export function unjudgedFromMs({ plan, inletsOf, changedFrom }: Compliance, point: number): number {
  let oldest = Infinity
  for (const inlet of inletsOf[point]!) oldest = Math.min(oldest, changedFrom[inlet]!)
  return oldest * plan.lengthMs - plan.points[point]!.maxGapMs
}

/** Judges the interval just closed, and emits its climate rows and the windows that end with it. */
export function* closeCompliance(compliance: Compliance, interval: number, sink: Sink): Work {
  const { plan, groups } = compliance
  const inlets = groups[0]!
  inlets.bins.fill(0)
  let units = 0
  for (let inlet = 0; inlet < plan.inlets.length; inlet++) {
    if (interval < compliance.first[inlet]!) continue
    judgeInlet(compliance, inlet, interval, sink)
    fillInletBin(compliance.judged, inlets.bins, inlet)
    if ((units += COST.inlet) < STEP) continue
    yield units
    units = 0
  }
  yield units
  for (const group of groups) {
    if (group !== inlets) yield* pool(group, inlets.bins)
    yield* fillAirflows(compliance, group, interval)
    yield* appendTrail(group.trail, group.bins)
  }
  for (const group of groups) yield* emitGroupEnds(compliance, group, interval, AT_CLOSE, sink)
}

/** Adds an interval in which nothing is known; emits only the calendar windows that end with it. */
export function* skipCompliance(compliance: Compliance, interval: number, sink: Sink): Work {
  for (const group of compliance.groups) {
    group.bins.fill(0)
    yield* appendTrail(group.trail, group.bins)
  }
  for (const group of compliance.groups) yield* emitGroupEnds(compliance, group, interval, IN_SILENCE, sink)
}

/** Which windows that end with an interval are emitted, and in which state. */
interface Ends {
  readonly due: DueWindows
  readonly state: State
}

const AT_CLOSE: Ends = { due: 'all', state: 'provisional' }
const IN_SILENCE: Ends = { due: 'calendar', state: 'provisional' }

/**
 * Emits the windows of a settled interval. Those of halls and the site come once more, to say so. Of the others come
 * those that were not emitted at its close, because their first reading came late.
 */
export function* settleCompliance(compliance: Compliance, interval: number, due: DueWindows, sink: Sink): Work {
  const ends: Ends = { due, state: 'settled' }
  for (const group of compliance.groups) yield* emitGroupEnds(compliance, group, interval, ends, sink)
}

/** Puts numerator and denominator of RTI into the bins of the halls that have air handling. */
function* fillAirflows({ plan, airflow }: Compliance, group: SeriesGroup, interval: number): Work {
  for (const [index, { scope }] of plan.airflows.entries()) {
    const series = group.scopes.indexOf(scope)
    if (series < 0) continue
    yield COST.member * plan.scopes[scope]!.inlets.length
    fillAirflow(airflow, index, interval, group.bins, series * COLUMNS)
  }
}

/** Judges an interval of an inlet into `judged`, and emits its climate. */
export function judgeInlet(compliance: Compliance, inlet: number, interval: number, sink: Sink): void {
  const { plan, samples, rates, judged } = compliance
  const inletPlan = plan.inlets[inlet]!
  judged.rate15minK = rateK(rates, inletPlan.dryBulb, interval, 0)
  judged.rate60minK = rateK(rates, inletPlan.dryBulb, interval, 1)
  judgeInterval(plan, samples, inletPlan, interval, judged)
  emitClimate(compliance, inlet, interval, sink)
}

function* pool(group: SeriesGroup, inletBins: Float64Array): Work {
  group.bins.fill(0)
  for (const [series, members] of group.members.entries()) {
    yield COST.point * members.length
    for (const inlet of members) {
      for (let c = 0; c < COLUMNS; c++) group.bins[series * COLUMNS + c]! += inletBins[inlet * COLUMNS + c]!
    }
  }
}

/** Emits the windows that end with an interval and have not been emitted yet, or are to be once more. */
function* emitGroupEnds(compliance: Compliance, group: SeriesGroup, interval: number, ends: Ends, sink: Sink): Work {
  const { due, state } = ends
  const { trail, members } = group
  const ending = windowsEndingAt(trail, interval + 1, due)
  const emit = (s: number, window: number, e: number, sums: Float64Array, span: number) => {
    const revision = noteRowWritten(trail.rows, s, window, e)
    emitCompliance(compliance, group, { series: s, window, e, sums, added: undefined, span, revision, state }, sink)
  }
  const rows = group.repeatsSettled ? 'all' : 'missing'
  if (state !== 'settled') beginEnd(trail, due)
  else if (ending.windows.length === 0) return
  const { scopes } = group
  let units = COST.point * members.length
  for (let series = 0; series < members.length; series++) {
    if (interval < firstIntervalOf(compliance, members[series]!)) continue
    const emitted =
      state === 'settled' ? emitOldEnds(trail, series, ending, rows, emit) : emitNewEnds(trail, series, ending, emit)
    units += emitted * windowCost(scopes.length === 0 ? 0 : members[series]!.length)
    if (units < STEP) continue
    yield units
    units = 0
  }
  yield units
}

/** The first interval of any of the inlets. */
export function firstIntervalOf({ first }: Compliance, members: readonly number[]): number {
  let least = Infinity
  for (const inlet of members) least = Math.min(least, first[inlet]!)
  return least
}
