import type { AlarmKind } from '../contract/alarm-kinds.ts'
import { sourcesOf } from './sources.ts'
import { emitCurrentState, unshelve, withhold } from './shelving.ts'
import { isChattering } from './chatter.ts'
import { easeSeverity } from './severity.ts'
import { emit, isShelvedOrOut } from './emit.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import { stateOf } from './create-state.ts'
import type { AlarmBy, Sink } from '../contract/sink.ts'

export const COMMANDS = ['ack', 'shelve', 'unshelve', 'out_of_service', 'in_service'] as const
export type Command = (typeof COMMANDS)[number]

/** An operator's command to one alarm or to all of a kind. */
export interface AlarmCommand {
  command: Command
  alarm: AlarmKind
  /** Index of the source; -1: all of this kind. */
  source: number
  by: AlarmBy
  /** Ends of planned work: what is shelved up to one of them stays so, whatever shorter shelf is ordered. */
  plannedMs?: readonly number[]
}

/**
 * Carries out a command that arrived at `nowMs`; each change is a transition. A command that changes nothing, such as a
 * second acknowledgement, emits nothing, so commands may come twice. Gives how many alarms it has changed.
 */
export function applyCommand(alarms: Alarms, order: AlarmCommand, nowMs: number, sink: Sink): number {
  const { command, alarm, source } = order
  alarms.dueMs = Math.min(alarms.dueMs, nowMs)
  if (source < 0 && (command === 'shelve' || command === 'out_of_service')) createAllStates(alarms, alarm)
  const states = source < 0 ? alarms.states.filter(({ kind }) => kind === alarm) : [stateOf(alarms, alarm, source)]
  let changed = 0
  for (const state of states) {
    const { emittedMs } = state
    applyCommandTo(alarms, order, state, nowMs, sink)
    if (state.emittedMs !== emittedMs) changed++
  }
  return changed
}

/** A source that never was in breach is shelved with the rest, so it needs a state. */
function createAllStates(alarms: Alarms, kind: AlarmKind): void {
  for (const source of sourcesOf(alarms.plan, kind)) stateOf(alarms, kind, source)
}

function applyCommandTo(alarms: Alarms, order: AlarmCommand, state: AlarmState, nowMs: number, sink: Sink): void {
  const { command, by } = order
  switch (command) {
    case 'ack':
      return acknowledge(alarms, state, by, nowMs, sink)
    case 'shelve':
      if (state.shelvedMs === by.untilMs || staysLonger(order, state)) return
      state.shelvedMs = by.untilMs
      withhold(state)
      return emit(alarms, state, 'shelved', nowMs, nowMs, sink, by)
    case 'unshelve':
      if (!Number.isNaN(state.shelvedMs)) unshelve(alarms, state, nowMs, nowMs, sink, by)
      return
    case 'out_of_service':
      if (state.outByCommand) return
      state.outByCommand = true
      withhold(state)
      return emit(alarms, state, 'out_of_service', nowMs, nowMs, sink, by)
    case 'in_service':
      if (!state.outByCommand) return
      state.outByCommand = false
      return emitCurrentState(alarms, state, nowMs, sink)
  }
}

/** Planned work shortens nobody's shelf, and nobody's order that of planned work (D261). */
function staysLonger({ by, plannedMs = [] }: AlarmCommand, { shelvedMs }: AlarmState): boolean {
  return shelvedMs > by.untilMs && (by.work !== undefined || plannedMs.includes(shelvedMs))
}

/**
 * Acknowledges what is raised; what is over and waits for an acknowledgement (latched: for a reset) becomes normal
 * (D42).
 */
function acknowledge(alarms: Alarms, state: AlarmState, by: AlarmBy, nowMs: number, sink: Sink): void {
  if (isShelvedOrOut(state)) return
  switch (state.standing) {
    case 'raised':
      state.standing = 'acked'
      state.ackedBy = by
      state.heldMs = NaN // whoever acknowledges it knows
      easeSeverity(state)
      return emit(alarms, state, 'acked', nowMs, nowMs, sink, by)
    case 'cleared':
    case 'latched':
      state.standing = 'normal'
      return emit(alarms, state, 'normal', nowMs, nowMs, sink, by)
    case 'normal':
      // Between two breaches of an alarm that chatters: whoever got its notice can say so
      if (isChattering(state)) emit(alarms, state, 'acked', nowMs, nowMs, sink, by)
      return undefined
    case 'acked':
      return undefined
  }
}
