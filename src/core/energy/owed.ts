import type { PointPlan } from '../contract/plan.ts'
import type { Intervals } from './intervals.ts'
import { spreadEvenly } from './segments.ts'

/**
 * Long steps of registers that are still to be spread over the closed intervals they bridge. A backlog that falls into
 * a bridged gap cuts one long step with each reading. Of all these only the last ones are spread, at the next tick.
 *
 * ```
 * held        o-------------------------------------o     one step over the gap: it is taken out
 * 1st reading o--o----------------------------------o     the short step is spread, the long one owed
 * 2nd reading o--o--o-------------------------------o     the one that was owed is let go
 * ```
 */
export interface OwedStep {
  readonly plan: PointPlan
  readonly fromMs: number
  readonly toMs: number
  readonly mj: number
}

/** Steps over no more intervals than this are spread at once. */
const LONG = 8

/** Adds a step of a register to its intervals, or takes it out (sign -1): at once, or at the next tick. */
export function spreadStep(
  intervals: Intervals,
  point: number,
  plan: PointPlan,
  fromMs: number,
  toMs: number,
  mj: number,
  sign: 1 | -1,
  nextClose: number,
): void {
  const { lengthMs } = intervals
  const isLong = toMs - fromMs > LONG * lengthMs && toMs < nextClose * lengthMs
  if (
    isLong &&
    (sign === 1 ? owe(intervals, point, { plan, fromMs, toMs, mj }) : letGo(intervals, point, fromMs, toMs))
  )
    return
  spreadEvenly(intervals, point, plan, fromMs, toMs, mj, sign, nextClose)
}

/** Spreads what is owed. Nobody may look at past intervals of registers before. */
export function payOwed(intervals: Intervals, nextClose: number): void {
  for (const [point, steps] of intervals.owed) {
    for (const { plan, fromMs, toMs, mj } of steps.values()) {
      spreadEvenly(intervals, point, plan, fromMs, toMs, mj, 1, nextClose)
    }
  }
  intervals.owed.clear()
}

function owe({ owed }: Intervals, point: number, step: OwedStep): boolean {
  const steps = owed.get(point) ?? new Map<number, OwedStep>()
  if (steps.has(step.fromMs)) return false
  owed.set(point, steps.set(step.fromMs, step))
  return true
}

/** Lets a step go that was owed; false where it was spread. */
function letGo({ owed }: Intervals, point: number, fromMs: number, toMs: number): boolean {
  const steps = owed.get(point)
  return steps?.get(fromMs)?.toMs === toMs && steps.delete(fromMs)
}
