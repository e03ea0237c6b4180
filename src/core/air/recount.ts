import { fillAirflow } from './airflow.ts'
import { COLUMNS, EQUIPMENT_RISE, fillInletBin, RETURN_RISE } from './bands.ts'
import { firstIntervalOf, judgeInlet, type Compliance, type SeriesGroup } from './compliance.ts'
import { emitCompliance, windowCost } from './compliance-row.ts'
import type { Sink } from '../contract/sink.ts'
import { trailBin } from '../windows/trail.ts'
import { correctTrail } from '../windows/trail-ends.ts'
import { noteRowCorrected } from '../windows/written.ts'
import { COST, STEP, type Work } from '../contract/work.ts'

/**
 * Judges the changed intervals again; emits the climate rows that change and every window whose times moved.
 * `settledEnd` is the newest settled end.
 */
export function* correctCompliance(compliance: Compliance, settledEnd: number, sink: Sink): Work {
  const { plan, groups, changed, changedFrom } = compliance
  const inlets = groups[0]!
  const shifts = new Map<number, Shift>()
  for (const key of Float64Array.from(changed).sort()) {
    yield COST.inlet
    const inlet = key % plan.inlets.length
    const interval = (key - inlet) / plan.inlets.length
    judgeInlet(compliance, inlet, interval, sink)
    fillInletBin(compliance.judged, inlets.bins, inlet)
    const before = trailBin(inlets.trail, inlet, interval)
    const deltas = [...before].map((sum, column) => inlets.bins[inlet * COLUMNS + column]! - sum)
    if (deltas.some((delta) => delta !== 0)) addShift(shifts, inlet, interval, deltas)
  }
  changed.clear()
  changedFrom.fill(Infinity)
  const rises = yield* correctAirflows(compliance)
  for (const group of groups) yield* correctGroup(compliance, group, { shifts, rises, settledEnd }, sink)
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

/** What changed in the intervals, by inlet and by hall. */
interface Corrections {
  readonly shifts: ReadonlyMap<number, Shift>
  readonly rises: ReadonlyMap<number, Shift>
  readonly settledEnd: number
}

function* correctGroup(compliance: Compliance, group: SeriesGroup, corrections: Corrections, sink: Sink): Work {
  const { shifts, rises, settledEnd } = corrections
  for (const [series, members] of group.members.entries()) {
    yield COST.point * members.length
    const parts = members.flatMap((inlet) => shifts.get(inlet) ?? [])
    const rise = rises.get(group.scopes[series] ?? -1)
    const shift = yield* pooledShift(rise === undefined ? parts : [...parts, rise])
    if (shift.intervals.length === 0) continue
    const first = firstIntervalOf(compliance, members)
    const cost = windowCost(group.scopes.length === 0 ? 0 : members.length)
    const emit = (s: number, window: number, e: number, sums: Float64Array, span: number) => {
      const state = e <= settledEnd ? 'settled' : 'provisional'
      const revision = noteRowCorrected(group.trail.rows, s, window, e, state)
      const { added } = group.trail
      emitCompliance(compliance, group, { series: s, window, e, sums, added, span, revision, state }, sink)
      return cost
    }
    yield* correctTrail(group.trail, series, shift, first + 1, emit)
  }
}

function* pooledShift(parts: readonly Shift[]): Work<Shift> {
  if (parts.length <= 1) return parts[0] ?? { intervals: [], deltas: [] }
  const sums = new Map<number, number[]>()
  let units = 0
  for (const { intervals, deltas } of parts) {
    if ((units += COST.correction * intervals.length) >= STEP) {
      yield units
      units = 0
    }
    for (const [n, interval] of intervals.entries()) {
      const sum = sums.get(interval) ?? new Array<number>(COLUMNS).fill(0)
      for (let c = 0; c < COLUMNS; c++) sum[c]! += deltas[n * COLUMNS + c]!
      sums.set(interval, sum)
    }
  }
  yield units
  const sorted = [...sums].sort(([a], [b]) => a - b)
  return { intervals: sorted.map(([interval]) => interval), deltas: sorted.flatMap(([, sum]) => sum) }
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
