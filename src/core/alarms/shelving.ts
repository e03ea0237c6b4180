import { calm } from './chatter.ts'
import { emit, isShelvedOrOut } from './emit.ts'
import { greatersOf } from './explained.ts'
import { raise } from './machine.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import type { AlarmBy, Sink } from '../contract/sink.ts'

/**
 * Takes an alarm off its shelf, as of `atMs`: the end of its time, or an operator's command. A greater one whose time
 * is over too comes first, as it may stand for this one.
 */
export function unshelve(
  alarms: Alarms,
  state: AlarmState,
  atMs: number,
  nowMs: number,
  sink: Sink,
  by: AlarmBy | undefined,
): void {
  for (const greater of greatersOf(alarms, state)) {
    if (greater.shelvedMs <= nowMs) unshelve(alarms, greater, greater.shelvedMs, nowMs, sink, undefined)
  }
  state.shelvedMs = NaN
  emit(alarms, state, 'unshelved', atMs, nowMs, sink, by)
  emitCurrentState(alarms, state, nowMs, sink)
}

/**
 * An alarm that is neither shelved nor out of service any more is raised if its condition is active (D97). Else its row
 * says that it is not raised, and has no begin of a breach: it need not have been raised before either.
 */
export function emitCurrentState(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  if (isShelvedOrOut(state)) return
  // The newest sample was inside: nobody is paged for what may be over, and a new breach waits for its delay
  if (state.phase === 'falling' && state.standing === 'normal') state.phase = 'normal'
  if (state.phase === 'active') raise(alarms, state, nowMs, nowMs, sink)
  else if (state.standing === 'latched') emit(alarms, state, 'latched', nowMs, nowMs, sink)
  else {
    if (state.phase === 'normal') state.breachMs = NaN
    emit(alarms, state, 'normal', nowMs, nowMs, sink)
  }
}

/** Ends an alarm's standing when it is shelved or goes out of service; only a latch outlives that. */
export function withhold(state: AlarmState): void {
  if (state.standing !== 'latched') state.standing = 'normal'
  state.suppressed = false
  state.isSourceSilent = false
  state.isReturned = false
  state.isPast = false
  state.ackedBy = undefined
  calm(state)
}

/**
 * Follows a changed configuration: sources that go out of service or come back, rules that are disabled. Of two that
 * come back the greater is first, as it may stand for the other.
 */
export function applyConfiguration(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  const { outByPlan, rule } = state
  if (outByPlan !== state.outByPlanEmitted && rule.enabled) {
    state.outByPlanEmitted = outByPlan
    for (const greater of greatersOf(alarms, state)) applyConfiguration(alarms, greater, nowMs, sink)
    withhold(state)
    if (outByPlan) emit(alarms, state, 'out_of_service', nowMs, nowMs, sink)
    else emitCurrentState(alarms, state, nowMs, sink)
  }
  if (rule.enabled || (state.phase === 'normal' && state.standing === 'normal')) return
  if (state.kind === 'stale') alarms.isSilent[state.source] = 0
  if (state.kind === 'refused') alarms.refused.isTold[state.source] = 0
  retire(alarms, state, nowMs, sink)
}

/** Ends the alarms of sources that a new configuration no longer has (D50). */
export function clearRemoved(alarms: Alarms, isKept: (state: AlarmState) => boolean, nowMs: number, sink: Sink): void {
  for (const state of alarms.states) {
    const isQuiet = state.standing === 'normal' && !state.suppressed && !isShelvedOrOut(state)
    if (!isQuiet && !isKept(state)) retire(alarms, state, nowMs, sink)
  }
}

/** Ends everything, a latch too, without a word on whether the breach is over. */
function retire(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  withhold(state)
  state.phase = 'normal'
  state.standing = 'normal'
  emit(alarms, state, 'retired', nowMs, nowMs, sink)
}
