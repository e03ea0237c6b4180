import { createAirflow, fillAirflow, noteAirflow, type Airflow } from './airflow.ts'
import { COLUMNS, fillBin, KNOWN, OUT, sharesOf } from './bands.ts'
import { tellClimate } from './climate.ts'
import { createInletInterval, judgeInterval, type InletInterval } from './inlet.ts'
import { horizonIntervals, type CorePlan } from '../contract/plan.ts'
import { appendRanking, createRanking, worstOf, type Ranking } from './ranking.ts'
import { createRates, noteRate, rateK, type Rates } from './rate.ts'
import { timeAt, type Samples } from '../energy/samples.ts'
import type { Sink } from '../contract/sink.ts'
import {
  appendBins,
  createTally,
  emitEnds,
  isWritten,
  noteWritten,
  type DueWindows,
  type Tally,
} from '../windows/tally.ts'
import { createWindows, type Periods, type Window } from '../windows/window.ts'

/** Time of inlets in each band, and of racks, halls and the site, which pool their inlets' time. */
export interface Compliance {
  readonly plan: CorePlan
  readonly samples: Samples
  readonly groups: readonly Group[]
  readonly ranking: Ranking
  readonly rates: Rates
  readonly airflow: Airflow
  /** Inlets that a point is a part of. */
  readonly inletsOf: readonly (readonly number[])[]
  /** Interval of the oldest accepted reading of any of an inlet's points. */
  readonly first: Float64Array
  readonly judged: InletInterval
  /** Closed intervals that must be judged again: interval × inlets + inlet. */
  changed: Set<number>
}

/** Series that share their windows. The first group is the inlets themselves. */
export interface Group {
  readonly tally: Tally
  /** Inlets of each series. */
  readonly members: readonly (readonly number[])[]
  /** Index in the plan's scopes of each series; empty for the inlets. */
  readonly scopes: readonly number[]
  readonly bins: Float64Array
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Inlets and racks have these windows; halls and the site all. */
const NARROW = new Set(['1h', '24h', 'day', 'month', 'year'])

export function createCompliance(plan: CorePlan, samples: Samples, periods: Periods): Compliance {
  const all = createWindows(plan.windows, plan.lengthMs, stepMs)
  const narrow = createWindows(
    plan.windows.filter(({ name }) => NARROW.has(name)),
    plan.lengthMs,
    stepMs,
  )
  const horizon = horizonIntervals(plan, false)
  const scopesOf = (wide: boolean) =>
    plan.scopes.flatMap(({ scope }, index) => ((scope !== 'rack') === wide ? [index] : []))
  const group = (members: (readonly number[])[], scopes: number[], windows: readonly Window[]): Group => ({
    tally: createTally({ series: members.length, columns: COLUMNS, windows, periods, horizon }),
    members,
    scopes,
    bins: new Float64Array(members.length * COLUMNS),
  })
  const pooled = (scopes: number[], windows: readonly Window[]) =>
    group(
      scopes.map((index) => plan.scopes[index]!.inlets),
      scopes,
      windows,
    )
  return {
    plan,
    samples,
    groups: [
      group(
        plan.inlets.map((_, inlet) => [inlet]),
        [],
        narrow,
      ),
      pooled(scopesOf(false), narrow),
      pooled(scopesOf(true), all),
    ],
    ranking: createRanking(plan.inlets.length, all, periods, horizon),
    rates: createRates(plan, samples),
    airflow: createAirflow(plan, samples),
    inletsOf: plan.points.map((_, point) =>
      plan.inlets.flatMap(({ dryBulb, humidity, dewPoint, otherDryBulb }, index) =>
        [dryBulb, humidity, dewPoint, otherDryBulb].includes(point) ? [index] : [],
      ),
    ),
    first: new Float64Array(plan.inlets.length).fill(Infinity),
    judged: createInletInterval(),
    changed: new Set(),
  }
}

/** Windows up to 1 h are written at each interval, up to 24 h every 5 min, longer ones every hour. */
function stepMs(windowMs: number): number {
  return windowMs <= HOUR_MS ? 0 : windowMs <= DAY_MS ? 300_000 : HOUR_MS
}

/** How many closed intervals wait to be judged again. */
export function changesOf({ changed, airflow }: Compliance): number {
  return changed.size + airflow.changed.size
}

/** Takes note of an accepted sample of an inlet's point: what it opens, and which closed intervals it changes. */
export function noteSample(compliance: Compliance, point: number, position: number, nextClose: number): void {
  const { plan, samples, first, changed } = compliance
  const tMs = timeAt(samples, point, position)
  const from = Math.floor(tMs / plan.lengthMs)
  const heldMs = Math.min(timeAt(samples, point, position + 1), tMs + plan.points[point]!.maxGapMs)
  const held = Math.min(nextClose - 1, Math.ceil(heldMs / plan.lengthMs) - 1)
  noteAirflow(compliance.airflow, point, from, held)
  for (const inlet of compliance.inletsOf[point]!) {
    let until = held
    if (from < first[inlet]!) {
      until = Math.max(until, Math.min(nextClose, first[inlet]!) - 1)
      first[inlet] = from
    }
    for (let interval = from; interval <= until; interval++) changed.add(interval * plan.inlets.length + inlet)
  }
  noteRate(compliance.rates, point, position, nextClose, changed)
}

/** Judges the interval just closed, writes its climate rows and the windows that end with it. */
export function closeCompliance(compliance: Compliance, interval: number, sink: Sink): void {
  const { plan, groups } = compliance
  const inlets = groups[0]!
  inlets.bins.fill(0)
  for (let inlet = 0; inlet < plan.inlets.length; inlet++) {
    if (interval < compliance.first[inlet]!) continue
    judge(compliance, inlet, interval, sink)
    fillBin(compliance.judged, inlets.bins, inlet)
  }
  for (const group of groups) {
    if (group !== inlets) pool(group, inlets.bins)
    fillAirflows(compliance, group, interval)
    appendBins(group.tally, group.bins)
  }
  appendTimes(compliance)
  for (const group of groups) writeEnds(compliance, group, interval, 'all', sink)
}

/** Adds an interval in which nothing is known; writes only the calendar windows that end with it. */
export function skipCompliance(compliance: Compliance, interval: number, sink: Sink): void {
  for (const group of compliance.groups) {
    group.bins.fill(0)
    appendBins(group.tally, group.bins)
  }
  appendTimes(compliance)
  for (const group of compliance.groups) writeEnds(compliance, group, interval, 'calendar', sink)
}

function appendTimes({ groups, ranking }: Compliance): void {
  const { bins } = groups[0]!
  appendRanking(
    ranking,
    (inlet) => bins[inlet * COLUMNS + KNOWN]!,
    (inlet) => bins[inlet * COLUMNS + OUT]!,
  )
}

/** Writes windows of a settled interval that no close has written, because their first reading came late. */
export function settleCompliance(compliance: Compliance, interval: number, sink: Sink): void {
  for (const group of compliance.groups) writeEnds(compliance, group, interval, 'all', sink)
}

/** Puts what RTI is made of into the bins of the halls that have it. */
function fillAirflows({ plan, airflow }: Compliance, group: Group, interval: number): void {
  for (const [index, { scope }] of plan.airflows.entries()) {
    const series = group.scopes.indexOf(scope)
    if (series >= 0) fillAirflow(airflow, index, interval, group.bins, series * COLUMNS)
  }
}

/** Judges an interval of an inlet into `judged`, and tells its climate. */
export function judge({ plan, samples, rates, judged }: Compliance, inlet: number, interval: number, sink: Sink): void {
  const inletPlan = plan.inlets[inlet]!
  const rate15K = rateK(rates, inletPlan.dryBulb, interval, 0)
  const rate60K = rateK(rates, inletPlan.dryBulb, interval, 1)
  judgeInterval(plan, samples, inletPlan, interval, rate15K, rate60K, judged)
  tellClimate(plan, inlet, interval, judged, rate15K, rate60K, sink)
}

function pool(group: Group, inletBins: Float64Array): void {
  group.bins.fill(0)
  for (const [series, members] of group.members.entries()) {
    for (const inlet of members) {
      for (let c = 0; c < COLUMNS; c++) group.bins[series * COLUMNS + c]! += inletBins[inlet * COLUMNS + c]!
    }
  }
}

/** Writes the windows that end with an interval and have not been written yet. */
function writeEnds(compliance: Compliance, group: Group, interval: number, due: DueWindows, sink: Sink): void {
  for (const [series, members] of group.members.entries()) {
    if (interval < firstOf(compliance, members)) continue
    emitEnds(group.tally, series, interval + 1, due, (s, window, e, sums, span) => {
      if (isWritten(group.tally, s, window, e)) return
      const revision = noteWritten(group.tally, s, window, e)
      writeRow(compliance, group, s, window, e, sums, undefined, span, revision, sink)
    })
  }
}

/** The first interval of any of the inlets. */
export function firstOf({ first }: Compliance, members: readonly number[]): number {
  let least = Infinity
  for (const inlet of members) least = Math.min(least, first[inlet]!)
  return least
}

/** Writes one window of a series. `added`: what a correction changed in its sums. */
export function writeRow(
  compliance: Compliance,
  group: Group,
  series: number,
  window: number,
  e: number,
  sums: Float64Array,
  added: Float64Array | undefined,
  span: number,
  revision: number,
  sink: Sink,
): void {
  const members = group.members[series]!
  const spanned = group.tally.windows[window]!
  const pooled = group.scopes.length > 0
  const worst = pooled ? worstOf(compliance.ranking, members, spanned, e) : undefined
  const { lengthMs } = compliance.plan
  sink.compliance(pooled ? -1 : series, group.scopes[series] ?? -1, spanned.name, {
    endMs: e * lengthMs,
    ...sharesOf(sums, span * lengthMs * members.length, added),
    worstInlet: worst?.inlet ?? -1,
    worstOutPct: worst?.outPct ?? NaN,
    revision,
  })
}
