import { judgeCondition } from '../alarms/judged/judge.ts'
import type { Alarms } from '../alarms/alarm-state.ts'
import type { Intervals } from '../energy/intervals.ts'
import { slotOfInterval } from '../energy/intervals.ts'
import { MASKED_IN, OVER, UNDER } from '../energy/quotients/parts.ts'
import { leastCoveredMs } from '../contract/coverage.ts'
import type { CorePlan } from '../contract/plan.ts'
import type { Quotients } from '../energy/quotients/quotients.ts'
import type { Sink } from '../contract/sink.ts'
import { holdFlag, holds, noteFlag, releaseFlag, type Quality } from './quality.ts'
import { binOf } from '../windows/tally.ts'
import { DRIFT, IT_ABOVE_FACILITY, TREE } from '../contract/flags.ts'
import { COST, type Work } from '../contract/work.ts'

/**
 * Energies that should agree, compared over an hour of intervals in which all of them are known:
 *
 *     pair      register       ↔ power of the same meter   → DRIFT
 *     tree      parent meter   ↔ sum of its children       → TREE
 *     boundary  facility's sum ↔ IT's sum                  → IT_ABOVE_FACILITY (D28)
 */
export interface Comparison {
  readonly flag: typeof DRIFT | typeof TREE | typeof IT_ABOVE_FACILITY
  /** Index among quality's sources: points, and behind them boundaries. */
  readonly source: number
  /**
   * Points compared: a register and its meter's power, or a parent and its children; none for a boundary's two sums.
   */
  readonly points: Int32Array
  /** How many intervals it trails the newest closed one, because a slow meter's energy comes later. */
  readonly lag: number
  /** Joules of each point, or of facility and IT, since the last comparison. */
  readonly joules: Float64Array
  /** Time that is in `joules`; at an hour they are compared. */
  knownMs: number
}

const HOUR_MS = 3_600_000
const KWH = 3_600_000
/** If a meter of a tree declares no class, the sum may be off by this share of the parent. */
const UNKNOWN_ACCURACY = 0.05
/** Coverage factor and the divisor of a rectangular bound (GUM, JCGM 100:2008, 4.3.7 and 6.2). */
const K_OVER_ROOT3 = 2 / Math.sqrt(3)

export function createComparisons(plan: CorePlan, boundariesOf: Quotients['seriesOf']): Comparison[] {
  const slowestMs = new Float64Array(plan.boundaries.length)
  for (const [point, boundaries] of boundariesOf.entries()) {
    for (const it of boundaries) slowestMs[it] = Math.max(slowestMs[it]!, plan.points[point]!.everyMs)
  }
  return [
    ...plan.pairs.map(({ register, power }) => compare(plan, DRIFT, register, [register, power])),
    ...plan.trees.map(({ parent, children }) => compare(plan, TREE, parent, [parent, ...children])),
    ...plan.boundaries.map((_, boundary) => ({
      ...compare(plan, IT_ABOVE_FACILITY, plan.points.length + boundary, []),
      lag: lagOf(plan, slowestMs[boundary]!),
      joules: new Float64Array(2),
    })),
  ]
}

function compare(plan: CorePlan, flag: Comparison['flag'], source: number, points: readonly number[]): Comparison {
  const slowestMs = Math.max(0, ...points.map((point) => plan.points[point]!.everyMs))
  return {
    flag,
    source,
    points: Int32Array.from(points),
    lag: lagOf(plan, slowestMs),
    joules: new Float64Array(points.length),
    knownMs: 0,
  }
}

function lagOf({ lengthMs, boundMs }: CorePlan, slowestMs: number): number {
  return slowestMs <= boundMs ? 0 : Math.ceil(slowestMs / lengthMs)
}

/** The parts of the core that a comparison needs. */
interface ComparedEnergies {
  readonly quality: Quality
  readonly alarms: Alarms
  readonly comparisons: readonly Comparison[]
  readonly intervals: Intervals
  readonly pue: Quotients
  readonly nowMs: number
  readonly sink: Sink
}

/** Adds the interval just closed to every comparison, or one further back, and judges those that have an hour. */
export function* closeComparisons(core: ComparedEnergies, interval: number): Work {
  const { quality, comparisons, intervals, pue } = core
  for (const it of comparisons) {
    yield COST.correction * Math.max(1, it.points.length)
    const known = it.points.length > 0 ? addPoints(it, quality.plan, intervals, interval) : addSums(it, pue, interval)
    if (!known) continue
    it.knownMs += intervals.lengthMs
    if (it.knownMs < HOUR_MS) continue
    judgeHour(core, it, (interval + 1 - it.lag) * intervals.lengthMs)
    it.joules.fill(0)
    it.knownMs = 0
  }
}

/** Scales each meter to the whole interval, as in a boundary. One that is not known leaves the interval out for all. */
function addPoints(
  { points, lag, joules }: Comparison,
  plan: CorePlan,
  intervals: Intervals,
  interval: number,
): boolean {
  const { lengthMs, coveredMs, energyMj } = intervals
  for (let n = 0; n < points.length; n++) {
    const slot = slotOfInterval(intervals, points[n]!, interval - lag)
    if (slot < 0 || coveredMs[slot]! < leastCoveredMs(plan)) return false
  }
  for (let n = 0; n < points.length; n++) {
    const slot = slotOfInterval(intervals, points[n]!, interval - lag)
    joules[n]! += (energyMj[slot]! * lengthMs) / coveredMs[slot]! / 1000
  }
  return true
}

function addSums({ source, lag, joules }: Comparison, { plan, tally }: Quotients, interval: number): boolean {
  const sums = binOf(tally, source - plan.points.length, interval - lag)
  if (sums[MASKED_IN] === 0) return false
  joules[0]! += sums[OVER]!
  joules[1]! += sums[UNDER]!
  return true
}

function judgeHour({ quality, alarms, nowMs, sink }: ComparedEnergies, it: Comparison, endMs: number): void {
  const [value, expected, allowed] = hourOf(quality, it)
  const apart = it.flag === DRIFT ? Math.abs(value - expected) : value - expected
  const breached = apart > allowed
  if (breached) {
    noteFlag(quality, it.source, it.flag, { atMs: endMs, value, expected })
    holdFlag(quality, it.source, it.flag)
  } else releaseFlag(quality, it.source, it.flag)
  if (it.flag === IT_ABOVE_FACILITY) {
    const boundary = it.source - quality.plan.points.length
    const hour = {
      verdict: breached ? 'breached' : 'inside',
      tMs: endMs,
      value: value / KWH,
      limit: expected / KWH,
    } as const
    judgeCondition(alarms, 'it_above_facility', boundary, hour, nowMs, sink)
    return
  }
  // A parent may be a register that drifts as well: one alarm of a point stands for both.
  const stands = holds(quality, it.source, DRIFT) || holds(quality, it.source, TREE)
  const percent = 100 / Math.abs(expected)
  const verdict = stands ? 'breached' : 'inside'
  const drift = { verdict, tMs: endMs, value: apart * percent, limit: allowed * percent } as const
  judgeCondition(alarms, 'drift', it.source, drift, nowMs, sink)
}

/** Joules counted in the hour, joules to be expected, and by how many they may differ. */
function hourOf({ plan, leastStepJ }: Quality, { flag, points, joules }: Comparison): [number, number, number] {
  switch (flag) {
    case DRIFT: {
      const [registerJ, powerJ] = [joules[0]!, joules[1]!]
      const { driftShare } = plan.points[points[0]!]!
      const share = driftShare * Math.max(Math.abs(registerJ), Math.abs(powerJ))
      return [registerJ, powerJ, Math.max(share, combinedJ(plan, points, joules, 0)) + leastStepJ[points[0]!]!]
    }
    case TREE: {
      let childrenJ = 0
      for (let n = 1; n < points.length; n++) childrenJ += joules[n]!
      return [childrenJ, joules[0]!, combinedJ(plan, points, joules, UNKNOWN_ACCURACY * Math.abs(joules[0]!))]
    }
    case IT_ABOVE_FACILITY:
      return [joules[1]!, joules[0]!, 0]
  }
}

/** Expanded uncertainty of a sum or difference of independent meters (GUM, k = 2); `unknownJ` if one has no class. */
function combinedJ({ points: plans }: CorePlan, points: Int32Array, joules: Float64Array, unknownJ: number): number {
  let variance = 0
  for (let n = 0; n < points.length; n++) {
    const { accuracy, ctAccuracy } = plans[points[n]!]!
    variance += (accuracy ** 2 + ctAccuracy ** 2) * joules[n]! ** 2
  }
  return Number.isNaN(variance) ? unknownJ : K_OVER_ROOT3 * Math.sqrt(variance)
}
