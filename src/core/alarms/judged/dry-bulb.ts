import { isSound } from '../../air/sensor.ts'
import { noteDryBulb } from '../dry-bulbs.ts'
import { judgedSample, type Alarms, type AlarmState, type JudgedSample } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import type { LimitVerdict } from '../../contract/alarm-kinds.ts'
import type { LimitPlan } from '../../contract/alarm-plan.ts'
import { applySample } from '../machine.ts'
import { markPointHeard } from '../silence/silence.ts'
import type { Sink } from '../../contract/sink.ts'

/** Notes that an accepted reading came from a point, and judges it as the dry bulb of the point's inlets. */
export function applyReading(
  alarms: Alarms,
  point: number,
  tMs: number,
  value: number,
  nowMs: number,
  sink: Sink,
): void {
  // An unbelievable value is unknown: it neither raises nor clears, and a sensor that sends nothing else becomes stale
  if (!isSound(alarms.plan.points[point]!.sensor, value)) return
  markPointHeard(alarms, point, nowMs, sink)
  const { allowableStates, recommendedStates, dryBulbs } = alarms
  const { allowable, recommended } = alarms.plan.alarms
  for (const inlet of alarms.inletsOf[point]!) {
    // The greater first: the lesser is suppressed by it
    let state = allowableStates.get(inlet)
    if (state !== undefined || isOutside(allowable[inlet]!, value)) {
      state ??= stateOf(alarms, 'inlet_allowable', inlet)
      applySample(alarms, state, dryBulbSample(alarms, state, tMs, value), nowMs, sink)
    }
    state = recommendedStates.get(inlet)
    if (state !== undefined || isOutside(recommended[inlet]!, value)) {
      state ??= stateOf(alarms, 'inlet_recommended', inlet)
      applySample(alarms, state, dryBulbSample(alarms, state, tMs, value), nowMs, sink)
    }
    noteDryBulb(dryBulbs, inlet, tMs, value, nowMs)
  }
}

/** A dry bulb that is not outside needs no state, where there was no breach before. */
function isOutside({ minC, maxC }: LimitPlan, valueC: number): boolean {
  return valueC > maxC || valueC < minC
}

/** Judges a dry bulb by the limits of an inlet's alarm. */
export function dryBulbSample(alarms: Alarms, state: AlarmState, tMs: number, valueC: number): JudgedSample {
  const { recommended, allowable } = alarms.plan.alarms
  const { minC, maxC } = (state.kind === 'inlet_allowable' ? allowable : recommended)[state.source]!
  const verdict = verdictOf(valueC, minC, maxC, state.rule.deadband)
  const isAbove = valueC > maxC || (verdict !== 'breached' && state.side === 'above')
  return judgedSample(alarms, verdict, tMs, valueC, isAbove ? maxC : minC, isAbove ? 'above' : 'below')
}

function verdictOf(valueC: number, minC: number, maxC: number, deadbandK: number): LimitVerdict {
  if (isOutside({ minC, maxC }, valueC)) return 'breached'
  return valueC < maxC - deadbandK && valueC > minC + deadbandK ? 'inside' : 'near'
}
