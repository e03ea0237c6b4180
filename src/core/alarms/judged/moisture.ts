import { airAt } from './held-air.ts'
import { applySample } from '../machine.ts'
import { judgedSample, type Alarms, type AlarmState, type JudgedSample } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import type { LimitQuantity, LimitSide } from '../../contract/alarm-kinds.ts'
import type { RulePlan } from '../../contract/alarm-plan.ts'
import type { Limits } from '../../contract/limits.ts'

import type { Samples } from '../../energy/samples.ts'
import type { Sink } from '../../contract/sink.ts'

/**
 * Judges the moisture of an inlet at an event time, from the readings of its points that hold then. Where one is
 * missing (too old, unbelievable), only what is known can be in breach, and nothing clears.
 */
export function judgeMoisture(
  alarms: Alarms,
  samples: Samples,
  inlet: number,
  tMs: number,
  nowMs: number,
  sink: Sink,
): void {
  airAt(alarms.plan, samples, inlet, tMs, alarms)
  const { rhPct, dewPointC } = alarms.air
  const broken = brokenLimit(alarms.plan.alarms.moisture[inlet]!, rhPct, dewPointC)
  const state = broken === undefined ? alarms.byKind.get('moisture')!.get(inlet) : stateOf(alarms, 'moisture', inlet)
  if (state === undefined) return // never was in breach
  const sample = sampleOf(alarms, state, tMs)
  if (sample === undefined) return
  // A state that is made for a late breach has not seen what was judged before
  const judgedMs = alarms.waiting.judgedMs[inlet]!
  if (tMs < judgedMs) state.newestMs = Math.max(state.newestMs, judgedMs)
  applySample(alarms, state, sample, nowMs, sink)
}

/** How the moisture of an inlet lies to its limits at an event time; undefined: it is not known. */
export function moistureAt(alarms: Alarms, samples: Samples, state: AlarmState, tMs: number): JudgedSample | undefined {
  airAt(alarms.plan, samples, state.source, tMs, alarms)
  return sampleOf(alarms, state, tMs)
}

/** Judges the air in `alarms.air`; a sample that breaks no limit is reported in the quantity that was broken last. */
function sampleOf(alarms: Alarms, state: AlarmState, tMs: number): JudgedSample | undefined {
  const { rhPct, dewPointC } = alarms.air
  const limits = alarms.plan.alarms.moisture[state.source]!
  const broken = brokenLimit(limits, rhPct, dewPointC)
  if (broken === undefined && (Number.isNaN(rhPct) || Number.isNaN(dewPointC))) return undefined
  const verdict = broken !== undefined ? 'breached' : isInside(state.rule, limits, rhPct, dewPointC) ? 'inside' : 'near'
  const quantity = broken === undefined ? state.quantity : QUANTITY_OF[broken]
  const value = quantity === 'relative_humidity' ? rhPct : dewPointC
  const limit = limits[broken ?? lastLimit(state)]
  const side = broken === undefined ? 'none' : SIDE_OF[broken]
  return judgedSample(alarms, verdict, tMs, value, limit, side, quantity)
}

type MoistureLimit = Exclude<keyof Limits, 'dryBulbMinC' | 'dryBulbMaxC'>

const QUANTITY_OF: Readonly<Record<MoistureLimit, LimitQuantity>> = {
  dewPointMinC: 'dew_point',
  dewPointMaxC: 'dew_point',
  rhMinPct: 'relative_humidity',
  rhMaxPct: 'relative_humidity',
}

const SIDE_OF: Readonly<Record<MoistureLimit, LimitSide>> = {
  dewPointMinC: 'below',
  dewPointMaxC: 'above',
  rhMinPct: 'below',
  rhMaxPct: 'above',
}

/** The limit that was broken last. */
function lastLimit({ quantity, side }: AlarmState): MoistureLimit {
  if (quantity === 'relative_humidity') return side === 'below' ? 'rhMinPct' : 'rhMaxPct'
  return side === 'below' ? 'dewPointMinC' : 'dewPointMaxC'
}

/** The first limit that is broken, if any is. */
function brokenLimit(limits: Limits, rhPct: number, dewPointC: number): MoistureLimit | undefined {
  if (dewPointC > limits.dewPointMaxC) return 'dewPointMaxC'
  if (rhPct > limits.rhMaxPct) return 'rhMaxPct'
  if (dewPointC < limits.dewPointMinC) return 'dewPointMinC'
  return rhPct < limits.rhMinPct ? 'rhMinPct' : undefined
}

function isInside({ deadband, deadbandPct }: RulePlan, limits: Limits, rhPct: number, dewPointC: number): boolean {
  return (
    dewPointC < limits.dewPointMaxC - deadband &&
    dewPointC > limits.dewPointMinC + deadband &&
    rhPct < limits.rhMaxPct - deadbandPct &&
    rhPct > limits.rhMinPct + deadbandPct
  )
}
