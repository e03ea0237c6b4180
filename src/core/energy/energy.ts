import { CHANGED, isUnchanged, slotOfInterval, type ChangedInterval, type Intervals } from './intervals.ts'
import type { CorePlan } from '../contract/plan.ts'
import { shareOf } from './quotients/quotient.ts'
import { blame, noteRestated, type Restated } from './restated.ts'
import type { Sink } from '../contract/sink.ts'
import { columnPlaces, STATE, type State } from '../contract/tables.ts'
import { COST, STEP, type Work } from '../contract/work.ts'
import { correctedState, isRestatedIn, revisionIn } from '../windows/row-state.ts'

const AT = columnPlaces('energy')

/** Energy rows of points: written when an interval closes, when it settles, and when it has changed. */
export interface Energy {
  readonly intervals: Intervals
  /** Points that measure energy. */
  readonly points: Int32Array
  readonly restated: Restated
}

export function energyPoints(plan: CorePlan): Int32Array {
  return Int32Array.from(plan.points.flatMap(({ kind }, point) => (kind === 'gauge' ? [] : [point])))
}

/** Writes the row of an interval for every point heard by then, as just closed or as settled. */
export function* writeIntervalRows({ intervals, points }: Energy, interval: number, state: State, sink: Sink): Work {
  let units = 0
  for (const point of points) {
    if (interval < intervals.firstHeard[point]!) continue
    const slot = slotOfInterval(intervals, point, interval)
    if (slot >= 0 && intervals.rowState[slot]! < 0) intervals.rowState[slot] = 0
    writeEnergyRow(intervals, point, interval, slot, state, sink)
    if ((units += COST.pointRow) < STEP) continue
    yield units
    units = 0
  }
  yield units + COST.point * points.length
}

/** Writes the rows of closed intervals that changed since they were written; `settledEnd` is the newest settled end. */
export function* writeChangedRows(
  { intervals, restated }: Energy,
  changed: readonly ChangedInterval[],
  settledEnd: number,
  sink: Sink,
): Work {
  let units = 0
  for (const before of changed) {
    if ((units += COST.pointRow) >= STEP) {
      yield units
      units = 0
    }
    const { point, interval } = before
    const slot = slotOfInterval(intervals, point, interval)
    if (slot < 0) continue
    intervals.marks[slot]! &= ~CHANGED
    if (interval < intervals.firstHeard[point]!) continue
    const written = intervals.rowState[slot]!
    const phase = interval < settledEnd ? 'settled' : 'provisional'
    if (written < 0) intervals.rowState[slot] = 0
    else if (isUnchanged(intervals, slot, before)) continue
    else intervals.rowState[slot] = correctedState(written, phase)
    writeEnergyRow(intervals, point, interval, slot, phase, sink)
    if (written >= 0 && isRestatedIn(intervals.rowState[slot])) {
      blame(restated, [point])
      noteRestated(restated, point, INTERVAL, interval + 1, {
        old: joulesOf(before.energyMj, before.coveredMs),
        new: joulesOf(intervals.energyMj[slot]!, intervals.coveredMs[slot]!),
      })
    }
  }
  yield units
}

/** The window of a row that is of one interval. */
const INTERVAL = 'interval'

function joulesOf(energyMj: number, coveredMs: number): number {
  return coveredMs === 0 ? NaN : Math.round(energyMj / 1000)
}

export function writeEnergyRow(
  intervals: Intervals,
  point: number,
  interval: number,
  slot: number,
  state: State,
  sink: Sink,
): void {
  const rowState = slot < 0 ? 0 : intervals.rowState[slot]!
  const energyMj = slot < 0 ? 0 : intervals.energyMj[slot]!
  const coveredMs = slot < 0 ? 0 : intervals.coveredMs[slot]!
  const estimatedMj = slot < 0 ? 0 : intervals.estimatedMj[slot]!
  const { cells, lengthMs } = intervals
  const isKnown = coveredMs !== 0
  cells[AT.energy_j] = joulesOf(energyMj, coveredMs)
  cells[AT.coverage] = coveredMs / lengthMs
  cells[AT.mean_w] = isKnown ? energyMj / coveredMs : NaN
  cells[AT.estimated_share] = isKnown ? shareOf(Math.abs(estimatedMj), Math.abs(energyMj)) : NaN
  cells[AT.revision] = revisionIn(rowState)
  cells[AT.state] = isRestatedIn(rowState) ? STATE.restated : STATE[state]
  sink.row('energy', point, '', (interval + 1) * lengthMs, cells)
}
