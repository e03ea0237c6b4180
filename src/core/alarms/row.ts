import { pointsOf, termsOf } from '../contract/plan.ts'
import type { AlarmRowState } from '../contract/alarm-kinds.ts'
import type { AlarmBy, AlarmRow } from '../contract/sink.ts'
import type { Alarms, AlarmState, JudgedSample } from './alarm-state.ts'

const NOTHING: readonly number[] = []

/** What the row of a transition tells of an alarm. */
export function rowOf(
  alarms: Alarms,
  state: AlarmState,
  rowState: AlarmRowState,
  timeMs: number,
  by: AlarmBy | undefined,
): AlarmRow {
  const { kind, source, value, limit, quantity, verdict, newestMs, side, breachMs, peak, spanMs, raisedMs } = state
  return {
    timeMs,
    alarm: kind,
    source,
    state: rowState,
    value,
    limit,
    quantity,
    verdict,
    newestMs,
    side,
    sinceMs: breachMs,
    peak,
    spanMs,
    unseen: kind === 'coverage' ? unheardPoints(alarms, source) : NOTHING,
    cycles: state.cycles,
    instead: rowState === 'suppressed' ? state.instead : undefined,
    raisedMs: Number.isNaN(raisedMs) ? timeMs : raisedMs,
    ...(by === undefined ? {} : { by }),
  }
}

/** Points of a boundary that are silent, or whose readings are refused. */
function unheardPoints({ plan, isSilent, refused }: Alarms, boundary: number): number[] {
  return pointsOf(termsOf(plan.boundaries[boundary]!)).filter((point) => isSilent[point]! + refused.isTold[point]! > 0)
}

/** What the row of a late breach tells: it is about that sample alone. */
export function lateRow({ kind, source }: AlarmState, sample: JudgedSample): AlarmRow {
  const { tMs, value, limit, quantity, verdict, side, spanMs } = sample
  return {
    timeMs: tMs,
    alarm: kind,
    source,
    state: 'late',
    value,
    limit,
    quantity,
    verdict,
    newestMs: tMs,
    side,
    sinceMs: tMs,
    peak: side === 'none' ? NaN : value,
    spanMs,
    unseen: NOTHING,
    cycles: 0,
    raisedMs: tMs,
  }
}
