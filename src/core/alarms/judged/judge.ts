import { judgedSample, type Alarms, type Condition } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import type { AlarmKind, LimitSide } from '../../contract/alarm-kinds.ts'
import { applySample } from '../machine.ts'
import type { Sink } from '../../contract/sink.ts'

/** Kinds whose limit has one side, by it. */
const SIDES: Readonly<Partial<Record<AlarmKind, LimitSide>>> = {
  pue_target: 'above',
  coverage: 'below',
  drift: 'above',
}

/**
 * Judges a condition of a kind that is not an inlet's. `source` is an index of what `SOURCE_OF` says of the kind. The
 * caller compares with the limit and its deadband; an unknown condition is not judged. The rule's delays apply.
 */
export function judgeCondition(
  alarms: Alarms,
  kind: AlarmKind,
  source: number,
  { verdict, tMs, value, limit, side = SIDES[kind] ?? 'none' }: Condition,
  nowMs: number,
  sink: Sink,
): void {
  // A source that was never in breach needs no state
  if (verdict !== 'breached' && !alarms.byKind.get(kind)!.has(source)) return
  const sample = judgedSample(alarms, verdict, tMs, value, limit, side)
  applySample(alarms, stateOf(alarms, kind, source), sample, nowMs, sink)
}
