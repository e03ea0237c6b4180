import { fillsGap, isGivenUp, noteGap } from './energy/gaps.ts'
import { heldFromMs, isWalked, thinYoung } from './energy/register/count-hold.ts'
import { forgetUnsureGaps, makeRoom } from './energy/retention.ts'
import { positionOf, timeAt, valueAt } from './energy/samples.ts'
import {
  ACCEPTED,
  CONFLICT,
  DUPLICATE,
  FUTURE,
  NEGATIVE,
  NON_FINITE,
  OUT_OF_RANGE,
  TOO_LATE,
} from './contract/outcome.ts'
import type { CorePlan, PointPlan } from './contract/plan.ts'
import { unjudgedFromMs } from './air/compliance.ts'
import { unfoundFromMs } from './quality/hour-means.ts'
import type { Core } from './state.ts'

/** The place of a reading that is not taken: this, less its outcome. */
export const NO_PLACE = -1

/** Where a reading belongs among its point's samples. */
export function findPlace(core: Core, point: number, tMs: number, value: number, nowMs: number): number {
  const plan = core.plan.points[point]!
  core.nowMs = nowMs
  const refusal = refusalOf(core.plan, point, tMs, value, nowMs)
  if (refusal !== ACCEPTED) return NO_PLACE - refusal
  const { samples, gaps } = core
  const newestMs = timeAt(samples, point, samples.count[point]! - 1)
  const { closedMs } = core.mark
  if (tMs < closedMs - gaps.leastReachMs && isGivenUp(gaps, point, tMs, closedMs)) return NO_PLACE - TOO_LATE
  if (tMs <= newestMs && isTooLate(core, point, tMs, newestMs)) return NO_PLACE - TOO_LATE
  const position = positionOf(samples, point, tMs)
  if (timeAt(samples, point, position) === tMs) {
    return NO_PLACE - (valueAt(samples, point, position) === value ? DUPLICATE : CONFLICT)
  }
  let moved = 0
  if (samples.count[point] === samples.room[point]) {
    moved = thinYoung(samples, point, position)
    const oldestMs = closedMs - gaps.reachMs[point]! - core.retention.reachMs[point]!
    const dropped = makeRoom(samples, core.retention, point, position - moved, neededFromMs(core, point), oldestMs)
    if (dropped < 0) return NO_PLACE - TOO_LATE
    moved += dropped
  }
  if (tMs - newestMs > gaps.leastOfAllMs) noteGap(gaps, point, newestMs, tMs)
  if (tMs < newestMs || newestMs === -Infinity) moveStartBack(core, plan, tMs)
  return position - moved
}

/**
 * Whether a reading that is not its point's newest is too late: it lies in known time, and further back than known time
 * can be refined.
 */
function isTooLate(core: Core, point: number, tMs: number, newestMs: number): boolean {
  const { plan, samples, gaps, nowMs } = core
  if (tMs >= newestMs - plan.latenessMs && tMs >= samples.floorMs[point]!) return false
  if (isWalked(samples, point)) {
    forgetUnsureGaps(samples, gaps, point, keptFromMs(core, point) - plan.points[point]!.lookBackMs)
  }
  return !fillsGap(gaps, samples, point, tMs, nowMs)
}

/** Why a reading is refused, whatever came before it; `ACCEPTED` if it is not. */
export function refusalOf(site: CorePlan, point: number, tMs: number, value: number, nowMs: number): number {
  const plan = site.points[point]!
  if (!Number.isFinite(value)) return NON_FINITE
  if (value < plan.min || value > plan.max) return OUT_OF_RANGE
  if (value < 0 && plan.kind !== 'gauge' && !plan.signed) return NEGATIVE
  return tMs > nowMs + site.skewMs ? FUTURE : ACCEPTED
}

/**
 * A point's samples from here on must be kept, those around its open gaps apart. It is the start of the oldest interval
 * that a reading may refine; without a point, one of any point that is not silent.
 */
export function keptFromMs({ plan, mark, samples }: Core, point?: number): number {
  const newestMs = point === undefined ? Infinity : timeAt(samples, point, samples.count[point]! - 1)
  const reachedMs = Math.min(newestMs, mark.closedMs)
  return Math.floor((reachedMs - plan.latenessMs) / plan.lengthMs) * plan.lengthMs
}

/** Samples from here on are still looked at: they may be refined, or intervals are not judged again yet. */
export function neededFromMs(core: Core, point: number): number {
  const { plan, compliance, readings } = core
  const { kind, lookBackMs } = plan.points[point]!
  const keptMs = keptFromMs(core, point)
  if (kind !== 'gauge') return heldFromMs(core.samples, point, keptMs - lookBackMs)
  const unjudgedMs = Math.min(unjudgedFromMs(compliance, point), unfoundFromMs(core.sensors.hours, point))
  return Math.min(keptMs, unjudgedMs, readings.changedFrom[point]! * plan.lengthMs) - lookBackMs
}

/**
 * Moves the start back to a reading that is older than all before it. What is closed begins there until an interval is
 * closed, what is settled until one is settled.
 */
function moveStartBack(core: Core, plan: PointPlan, tMs: number): void {
  const first = firstCoveredInterval(core.plan.lengthMs, plan, tMs)
  if (plan.kind !== 'gauge' && first < core.intervals.heardFrom) core.intervals.heardFrom = first
  if (first >= core.settledEnergy && first >= core.settledAir) return
  const origin = core.hasClosed ? core.pue.tally.totals.origin : Infinity
  if (!core.hasClosed) core.nextClose = first
  if (!(core.settledEnergy > origin)) core.settledEnergy = Math.min(first, core.hasClosed ? core.settledEnergy : first)
  if (!(core.settledAir > origin)) core.settledAir = Math.min(first, core.hasClosed ? core.settledAir : first)
}

/**
 * First interval that a reading covers: its own, or where the period begins that it is the mean or the energy of (D1).
 */
export function firstCoveredInterval(lengthMs: number, plan: PointPlan, tMs: number): number {
  return Math.floor(changedFromMs(plan, -Infinity, tMs) / lengthMs)
}

/** Event time from which on a new sample changes energies: where its segment, or its period, begins. */
export function changedFromMs(plan: PointPlan, beforeMs: number, tMs: number): number {
  switch (plan.kind) {
    case 'gauge':
      return tMs
    case 'mean':
    case 'energy':
      return tMs - plan.everyMs
    case 'power':
    case 'register':
      return tMs - beforeMs > plan.maxGapMs ? tMs : beforeMs
  }
}
