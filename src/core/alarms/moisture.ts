import { DEW_POINT, DRY_BULB, HUMIDITY, judgeAir, OTHER_DRY_BULB } from '../air/air.ts'
import { enter, type Verdict } from './machine.ts'
import { watchOf, type Alarms, type Watch } from './watch.ts'
import type { Limits } from '../contract/limits.ts'
import type { CorePlan } from '../contract/plan.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../energy/samples.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * Judges the moisture of the inlets that a point speaks of, with what their other points last said at that time. One that is not
 * known (too old, implausible) is not judged: silence neither raises nor clears.
 */
export function observeMoisture(
  alarms: Alarms,
  samples: Samples,
  point: number,
  tMs: number,
  nowMs: number,
  sink: Sink,
): void {
  const { plan } = alarms
  if (!plan.alarms.rules.moisture.enabled) return
  const { air, held } = alarms
  for (const inlet of alarms.moistInletsOf[point]!) {
    const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
    held[DRY_BULB] = heldAt(plan, samples, dryBulb, tMs)
    held[HUMIDITY] = heldAt(plan, samples, humidity, tMs)
    held[DEW_POINT] = heldAt(plan, samples, dewPoint, tMs)
    held[OTHER_DRY_BULB] = heldAt(plan, samples, otherDryBulb, tMs)
    judgeAir(plan.inlets[inlet]!, plan.points, plan.overIce, held, air)
    judgeMoisture(alarms, inlet, air.rhPct, air.dewPointC, tMs, nowMs, sink)
  }
}

function judgeMoisture(
  alarms: Alarms,
  inlet: number,
  rh: number,
  dewC: number,
  tMs: number,
  nowMs: number,
  sink: Sink,
): void {
  const limits = alarms.plan.alarms.moisture[inlet]!
  const limit = brokenLimit(limits, rh, dewC)
  const known = !Number.isNaN(rh) && !Number.isNaN(dewC)
  if (Number.isNaN(limit)) {
    const watch = alarms.byKind.get('moisture')!.get(inlet)
    if (watch === undefined || !known) return
    const verdict = isInside(alarms.plan, limits, rh, dewC) ? 'inside' : 'near'
    take(alarms, watch, verdict, rh, dewC, watch.limit, tMs, nowMs, sink)
  } else take(alarms, watchOf(alarms, 'moisture', inlet), 'breached', rh, dewC, limit, tMs, nowMs, sink)
}

/** The row's value is of what the limit is of: humidity in %, or dew point in °C. */
function take(
  alarms: Alarms,
  watch: Watch,
  verdict: Verdict,
  rh: number,
  dewC: number,
  limit: number,
  tMs: number,
  nowMs: number,
  sink: Sink,
): void {
  const value = isOfHumidity(alarms.plan.alarms.moisture[watch.source]!, limit) ? rh : dewC
  enter(alarms, watch, verdict, tMs, nowMs, value, limit, sink)
}

/** Whether a limit of these is one of relative humidity. No class has a dew point with the same number. */
export function isOfHumidity({ rhMinPct, rhMaxPct }: Limits, limit: number): boolean {
  return limit === rhMinPct || limit === rhMaxPct
}

/** The first limit that is broken; NaN: none is. */
function brokenLimit(limits: Limits, rh: number, dewC: number): number {
  if (dewC > limits.dewPointMaxC) return limits.dewPointMaxC
  if (rh > limits.rhMaxPct) return limits.rhMaxPct
  if (dewC < limits.dewPointMinC) return limits.dewPointMinC
  return rh < limits.rhMinPct ? limits.rhMinPct : NaN
}

function isInside({ alarms }: CorePlan, limits: Limits, rh: number, dewC: number): boolean {
  const { deadband } = alarms.rules.moisture
  const { moistureDeadbandPct } = alarms
  return (
    dewC < limits.dewPointMaxC - deadband &&
    dewC > limits.dewPointMinC + deadband &&
    rh < limits.rhMaxPct - moistureDeadbandPct &&
    rh > limits.rhMinPct + moistureDeadbandPct
  )
}

/** The sample that holds at a time; NaN: none does, or there is no point (-1). */
function heldAt(plan: CorePlan, samples: Samples, point: number, tMs: number): number {
  if (point < 0) return NaN
  const position = positionOf(samples, point, tMs + 1) - 1
  if (position < 0 || tMs - timeAt(samples, point, position) > plan.points[point]!.maxGapMs) return NaN
  return valueAt(samples, point, position)
}
