import { isSound } from '../../air/sensor.ts'
import { judgedSample, type Alarms } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import type { LimitVerdict } from '../../contract/alarm-kinds.ts'
import { applySample } from '../machine.ts'
import { markPointHeard } from '../silence.ts'
import type { LimitPlan } from '../../contract/alarm-plan.ts'
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
  const { recommended, allowable } = alarms.plan.alarms
  for (const inlet of alarms.inletsOf[point]!) {
    // The greater first: the lesser is suppressed by it
    judgeDryBulb(alarms, 'inlet_allowable', inlet, allowable[inlet]!, tMs, value, nowMs, sink)
    judgeDryBulb(alarms, 'inlet_recommended', inlet, recommended[inlet]!, tMs, value, nowMs, sink)
  }
}

function judgeDryBulb(
  alarms: Alarms,
  kind: 'inlet_recommended' | 'inlet_allowable',
  inlet: number,
  { minC, maxC }: LimitPlan,
  tMs: number,
  valueC: number,
  nowMs: number,
  sink: Sink,
): void {
  const state = stateOf(alarms, kind, inlet)
  const verdict = verdictOf(valueC, minC, maxC, state.rule.deadband)
  const isAbove = valueC > maxC || (verdict !== 'breached' && state.side === 'above')
  const sample = judgedSample(alarms, verdict, tMs, valueC, isAbove ? maxC : minC, isAbove ? 'above' : 'below')
  applySample(alarms, state, sample, nowMs, sink)
}

function verdictOf(valueC: number, minC: number, maxC: number, deadbandK: number): LimitVerdict {
  if (valueC > maxC || valueC < minC) return 'breached'
  return valueC < maxC - deadbandK && valueC > minC + deadbandK ? 'inside' : 'near'
}
