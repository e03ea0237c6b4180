import { CHANGED, isUnchanged, slotOfInterval, type ChangedInterval, type Intervals } from './intervals.ts'
import { keepInterval } from './keeping.ts'
import type { CorePlan } from '../contract/plan.ts'
import { ROW_UNITS, type Amount } from '../contract/quotients.ts'
import { shareOf } from './quotients/quotient.ts'
import { blame, noteRestated, type Restated } from './restated.ts'
import type { Sink } from '../contract/sink.ts'
import { columnPlaces, STATE, type State } from '../contract/tables.ts'
import { COST, STEP, type Work } from '../contract/work.ts'
import { correctedState, isRestatedIn, revisionIn } from '../windows/row-state.ts'

const AT = columnPlaces('energy')

/**
 * Rows of what points measured in an interval, energy or water: written when it closes, when it settles, and when it
 * has changed.
 */
export interface Energy {
  readonly intervals: Intervals
  readonly plan: CorePlan
  /** Points that measure an amount. */
  readonly points: Int32Array
  readonly restated: Restated
}

export function energyPoints(plan: CorePlan): Int32Array {
  return Int32Array.from(plan.points.flatMap(({ kind }, point) => (kind === 'gauge' ? [] : [point])))
}

/** Writes the row of an interval for every point heard by then, as just closed or as settled. */
export function* writeIntervalRows(
  { plan, intervals, points }: Energy,
  interval: number,
  state: State,
  sink: Sink,
): Work {
  let units = 0
  for (const point of points) {
    if (interval < intervals.firstHeard[point]!) continue
    // It closed before a backlog told of the point: only its slot will know that it has a row
    if (interval < intervals.rowsFrom[point]!) keepInterval(intervals, point, interval)
    const slot = slotOfInterval(intervals, point, interval)
    if (slot >= 0 && intervals.rowState[slot]! < 0) intervals.rowState[slot] = 0
    if (state === 'provisional' || plan.points[point]!.amount !== 'temperature')
      writeAmountRow(plan, intervals, point, interval, slot, state, sink)
    if ((units += COST.pointRow) < STEP) continue
    yield units
    units = 0
  }
  yield units + COST.point * points.length
}

/** Writes the rows of closed intervals that changed since they were written; `settledEnd` is the newest settled end. */
export function* writeChangedRows(
  { plan, intervals, restated }: Energy,
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
    writeAmountRow(plan, intervals, point, interval, slot, phase, sink)
    if (written >= 0 && isRestatedIn(intervals.rowState[slot])) {
      const { amount } = plan.points[point]!
      blame(restated, [point])
      noteRestated(restated, point, INTERVAL, interval + 1, {
        old: toldOf(amount, before.energyMj, before.coveredMs),
        new: toldOf(amount, intervals.energyMj[slot]!, intervals.coveredMs[slot]!),
      })
    }
  }
  yield units
}

/** The window of a row that is of one interval. */
const INTERVAL = 'interval'

/** What a row tells of an interval: a whole number of base units in its unit, or the mean of what is kept as a rate. */
function toldOf(amount: Amount, energyMj: number, coveredMs: number): number {
  if (coveredMs === 0) return NaN
  const isRate = amount === 'intensity' || amount === 'temperature'
  return isRate ? energyMj / coveredMs : Math.round(energyMj / 1000) / ROW_UNITS[amount].base
}

/** Base units a second in the unit of a row's mean: W, and L/h of water. */
const MEAN_SCALE = { energy: 1, water: 3.6 } as const

const INTENSITY_AT = columnPlaces('intensity')

const READING_AT = columnPlaces('reading')

/**
 * Tables of energy and water have the same places. A temperature has a row `reading` with its mean alone; as such rows
 * know no state, none says that it is not known.
 */
export function writeAmountRow(
  plan: CorePlan,
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
  const { amount } = plan.points[point]!
  const isKnown = coveredMs !== 0
  if (amount === 'temperature') {
    if (!isKnown) return
    cells.fill(NaN)
    cells[READING_AT.mean] = energyMj / coveredMs
    sink.row('reading', point, '', (interval + 1) * lengthMs, cells)
    return
  }
  const at = amount === 'intensity' ? INTENSITY_AT : AT
  if (amount !== 'intensity') cells[AT.mean_w] = isKnown ? (energyMj / coveredMs) * MEAN_SCALE[amount] : NaN
  cells[0] = toldOf(amount, energyMj, coveredMs)
  cells[at.coverage] = coveredMs / lengthMs
  cells[at.estimated_share] = isKnown ? shareOf(Math.abs(estimatedMj), Math.abs(energyMj)) : NaN
  cells[at.revision] = revisionIn(rowState)
  cells[at.state] = isRestatedIn(rowState) ? STATE.restated : STATE[state]
  sink.row(amount, point, '', (interval + 1) * lengthMs, cells)
}
