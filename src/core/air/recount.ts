import { fillAirflow } from './airflow.ts'
import { COLUMNS, EQUIPMENT_RISE, fillInletBin, RETURN_RISE } from './bands.ts'
import { firstIntervalOf, judgeInlet, type Compliance, type SeriesGroup } from './compliance.ts'
import { emitCompliance, noteOldShare, windowCost } from './compliance-row.ts'
import { blame } from '../energy/restated.ts'
import type { Sink } from '../contract/sink.ts'
import { RATE_SPANS_MS } from './rate-limits.ts'
import { clearDeferred, deferInterval, deferredOf, widenDeferred } from '../windows/deferred.ts'
import { correctableFrom, trailBin } from '../windows/trail.ts'
import { correctTrail } from '../windows/trail-ends.ts'
import { noteRowCorrected } from '../windows/written.ts'
import { COST, STEP, type Work } from '../contract/work.ts'

/** Of so many intervals columns are added up in one step. */
const STEP_INTERVALS = STEP / COST.correction

/**
 * Judges the recent intervals again that changed; emits the climate rows that change and every window whose times
 * moved. `settledEnd` is the newest settled end.
 */
export function* correctCompliance(compliance: Compliance, settledEnd: number, sink: Sink): Work {
  const { plan, groups, changed, changedFrom, deferred } = compliance
  const shifts = new Map<number, Shift>()
  for (const key of Float64Array.from(changed).sort()) {
    yield COST.inlet
    const inlet = key % plan.inlets.length
    judgeAgain(compliance, inlet, (key - inlet) / plan.inlets.length, shifts, sink)
  }
  changed.clear()
  changedFrom.set(deferred.from)
  const rises = yield* correctAirflows(compliance)
  for (const group of groups) {
    for (const [series, members] of group.members.entries()) {
      yield COST.point * members.length
      const parts = members.flatMap((inlet) => shifts.get(inlet) ?? [])
      const rise = rises.get(group.scopes[series] ?? -1)
      const shift = yield* pooledShift(rise === undefined ? parts : [...parts, rise])
      yield* correctSeries(compliance, { group, series, shift }, settledEnd, sink)
    }
  }
}

/**
 * Does the same for all intervals, those that waited as well. Of a week of many inlets so much is to be corrected that
 * it is done inlet by inlet, and a rack follows its last one.
 */
export function* correctBacklog(compliance: Compliance, settledEnd: number, sink: Sink): Work {
  const { plan, groups, changed, changedFrom, deferred } = compliance
  const [inlets, racks, halls] = groups as [SeriesGroup, SeriesGroup, SeriesGroup]
  for (const key of changed) deferInterval(deferred, key % plan.inlets.length, Math.floor(key / plan.inlets.length))
  changed.clear()
  const sums = halls.members.map((): Sums => new Map())
  const hallsOf = groupsOf(halls)
  for (const [rack, members] of byRack(racks, deferred.rows)) {
    const ofRack: Sums = new Map()
    for (const inlet of members) {
      const shift = yield* judgeWaiting(compliance, inlet, sink)
      yield* correctSeries(compliance, { group: inlets, series: inlet, shift }, settledEnd, sink)
      if (rack >= 0) yield* addToSums(ofRack, shift)
      for (const hall of hallsOf.get(inlet) ?? []) yield* addToSums(sums[hall]!, shift)
    }
    if (rack >= 0)
      yield* correctSeries(compliance, { group: racks, series: rack, shift: shiftOfSums(ofRack) }, settledEnd, sink)
  }
  clearDeferred(deferred)
  changedFrom.fill(Infinity)
  const rises = yield* correctAirflows(compliance)
  for (const [hall, sum] of sums.entries()) {
    const rise = rises.get(halls.scopes[hall]!)
    if (rise !== undefined) yield* addToSums(sum, rise)
    yield* correctSeries(compliance, { group: halls, series: hall, shift: shiftOfSums(sum) }, settledEnd, sink)
  }
}

/** The inlets that wait, rack by rack; -1: those of none. */
function byRack(racks: SeriesGroup, rows: ReadonlySet<number>): Map<number, number[]> {
  const racksOf = groupsOf(racks)
  return Map.groupBy(
    [...rows].sort((a, b) => a - b),
    (inlet) => racksOf.get(inlet)?.[0] ?? -1,
  )
}

/** The racks or halls of each inlet that has any. */
function groupsOf({ members }: SeriesGroup): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const [group, inlets] of members.entries()) {
    for (const inlet of inlets) {
      const known = found.get(inlet)
      if (known === undefined) found.set(inlet, [group])
      else known.push(group)
    }
  }
  return found
}

/** Judges the intervals of an inlet that wait, and those whose rates of change look back on them. */
function* judgeWaiting(compliance: Compliance, inlet: number, sink: Sink): Work<Shift> {
  const { plan, deferred, groups } = compliance
  const { trail } = groups[0]!
  const lookBackMs = RATE_SPANS_MS[1] + 2 * plan.points[plan.inlets[inlet]!.dryBulb]!.maxGapMs
  widenDeferred(deferred, inlet, Math.ceil(lookBackMs / plan.lengthMs), trail.minutes.newest)
  const shifts = new Map<number, Shift>()
  for (const interval of deferredOf(deferred, inlet, correctableFrom(trail))) {
    yield COST.inlet
    judgeAgain(compliance, inlet, interval, shifts, sink)
  }
  return shifts.get(inlet) ?? { intervals: [], deltas: [] }
}

/** Judges a closed interval again, and adds what changed to the shift of its inlet. */
function judgeAgain(
  compliance: Compliance,
  inlet: number,
  interval: number,
  shifts: Map<number, Shift>,
  sink: Sink,
): void {
  const inlets = compliance.groups[0]!
  judgeInlet(compliance, inlet, interval, sink)
  fillInletBin(compliance.judged, inlets.bins, inlet)
  const before = trailBin(inlets.trail, inlet, interval)
  const deltas = [...before].map((sum, column) => inlets.bins[inlet * COLUMNS + column]! - sum)
  if (deltas.some((delta) => delta !== 0)) addShift(shifts, inlet, interval, deltas)
}

/** Corrections of one series: intervals (rising) with what to add to each column. */
interface Shift {
  intervals: number[]
  deltas: number[]
}

function addShift(shifts: Map<number, Shift>, series: number, interval: number, deltas: readonly number[]): void {
  const shift = shifts.get(series) ?? { intervals: [], deltas: [] }
  shift.intervals.push(interval)
  shift.deltas.push(...deltas)
  shifts.set(series, shift)
}

/** What changed of one series. */
interface Correction {
  readonly group: SeriesGroup
  readonly series: number
  readonly shift: Shift
}

/** Corrects a series, and emits every window of it that moved. */
function* correctSeries(
  compliance: Compliance,
  { group, series, shift }: Correction,
  settledEnd: number,
  sink: Sink,
): Work {
  if (shift.intervals.length === 0) return
  const members = group.members[series]!
  blame(compliance.restated, pointsOf(compliance, members))
  const cost = windowCost(group.scopes.length === 0 ? 0 : members.length)
  const emit = (s: number, window: number, e: number, sums: Float64Array, span: number) => {
    const state = e <= settledEnd ? 'settled' : 'provisional'
    const revision = noteRowCorrected(group.trail.rows, s, window, e, state)
    const { added } = group.trail
    const end = { series: s, window, e, sums, added, span, revision, state } as const
    emitCompliance(compliance, group, end, sink)
    noteOldShare(compliance, group, end)
    return cost
  }
  yield* correctTrail(group.trail, series, shift, firstIntervalOf(compliance, members) + 1, emit)
}

function* pointsOf({ plan }: Compliance, inlets: readonly number[]): Generator<number> {
  for (const inlet of inlets) {
    const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
    yield* [dryBulb, humidity, dewPoint, otherDryBulb]
  }
}

/** What intervals add to each column. */
type Sums = Map<number, Float64Array>

function* pooledShift(parts: readonly Shift[]): Work<Shift> {
  if (parts.length <= 1) return parts[0] ?? { intervals: [], deltas: [] }
  const sums: Sums = new Map()
  for (const part of parts) yield* addToSums(sums, part)
  return shiftOfSums(sums)
}

function* addToSums(sums: Sums, { intervals, deltas }: Shift): Work {
  for (const [n, interval] of intervals.entries()) {
    let sum = sums.get(interval)
    if (sum === undefined) sums.set(interval, (sum = new Float64Array(COLUMNS)))
    for (let c = 0; c < COLUMNS; c++) sum[c]! += deltas[n * COLUMNS + c]!
    if (n % STEP_INTERVALS === STEP_INTERVALS - 1) yield COST.correction * STEP_INTERVALS
  }
  yield COST.correction * (intervals.length % STEP_INTERVALS)
}

function shiftOfSums(sums: Sums): Shift {
  const sorted = [...sums].sort(([a], [b]) => a - b)
  return { intervals: sorted.map(([interval]) => interval), deltas: sorted.flatMap(([, sum]) => [...sum]) }
}

/** By scope index of a hall, what changed intervals add to its two rises. */
function* correctAirflows({ plan, airflow, groups }: Compliance): Work<Map<number, Shift>> {
  const shifts = new Map<number, Shift>()
  const bins = new Float64Array(COLUMNS)
  for (const key of Float64Array.from(airflow.changed).sort()) {
    const index = key % plan.airflows.length
    const interval = (key - index) / plan.airflows.length
    const { scope } = plan.airflows[index]!
    yield COST.member * plan.scopes[scope]!.inlets.length
    fillAirflow(airflow, index, interval, bins, 0)
    for (const { trail, scopes } of groups) {
      const series = scopes.indexOf(scope)
      if (series < 0) continue
      const before = trailBin(trail, series, interval)
      const deltas = [...before].map((sum, c) => (c === RETURN_RISE || c === EQUIPMENT_RISE ? bins[c]! - sum : 0))
      if (deltas.some((delta) => delta !== 0)) addShift(shifts, scope, interval, deltas)
    }
  }
  airflow.changed.clear()
  return shifts
}
