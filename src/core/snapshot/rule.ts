import assert from 'node:assert/strict'
import { addAllSegments } from '../energy/join.ts'
import { POINT_KINDS, type PointPlan } from '../contract/plan.ts'
import { timeAt } from '../energy/samples.ts'
import type { Core } from '../state.ts'

/** A day counter is saved in one number with `hold`. */
const DAILY = 2

/** The rule by which a point's samples became energy. Only by the same rule can that energy be taken out again. */
export function saveRule(plan: PointPlan): number[] {
  const { kind, everyMs, maxGapMs, hold, rolloverJ, maxW, swaps, dayZone } = plan
  const numbers = swaps.flatMap(({ atMs, closingJ, openingJ }) => [atMs, closingJ, openingJ])
  return [
    POINT_KINDS.indexOf(kind),
    everyMs,
    maxGapMs,
    (hold ? 1 : 0) + (dayZone === '' ? 0 : DAILY),
    rolloverJ,
    maxW,
    ...numbers,
  ]
}

/**
 * Applies a rule that the configuration has changed (a declared swap, a rating, a longest gap) to a point restored
 * before. The energy of the samples still held is taken out by the old rule and put in by the new one. Older energy
 * stays as it was emitted. Samples of another kind measure something else and are dropped.
 */
export function restoreRule(core: Core, point: number, section: Float64Array | undefined): void {
  const { intervals, samples, nextClose } = core
  const plan = core.plan.points[point]!
  const newest = samples.count[point]! - 1
  if (newest < 0) return
  assert(section !== undefined, 'a snapshot that has a point has its rule')
  const before = ruleOf(section, plan)
  if (before.kind !== plan.kind) {
    samples.floorMs[point] = timeAt(samples, point, newest)
    samples.count[point] = 0
  } else if (!isSame(section, saveRule(plan))) {
    addAllSegments(intervals, samples, point, before, -1, nextClose)
    addAllSegments(intervals, samples, point, plan, 1, nextClose)
  }
}

function ruleOf(section: Float64Array, plan: PointPlan): PointPlan {
  const [kind, everyMs, maxGapMs, hold, rolloverJ, maxW] = section
  const swaps = Array.from({ length: (section.length - 6) / 3 }, (_, n) => ({
    atMs: section[6 + 3 * n]!,
    closingJ: section[7 + 3 * n]!,
    openingJ: section[8 + 3 * n]!,
  }))
  return {
    ...plan,
    kind: POINT_KINDS[kind!]!,
    everyMs: everyMs!,
    maxGapMs: maxGapMs!,
    hold: hold! % DAILY === 1,
    dayZone: hold! < DAILY ? '' : plan.dayZone,
    rolloverJ: rolloverJ!,
    maxW: maxW!,
    swaps,
  }
}

function isSame(before: Float64Array, now: readonly number[]): boolean {
  return before.length === now.length && before.every((number, n) => Object.is(number, now[n]))
}
