import { isOfSilence, SOURCE_OF } from '../contract/alarm-kinds.ts'
import { shiftDryBulbs } from './dry-bulbs.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'

/**
 * Takes the alarms over to an arrival time that is ahead of the one so far by `byMs`. Delays and silences go on as if
 * nothing had happened. What rows have said stays: their times, ids, and the end of a shelf, which is a time of day.
 */
export function shiftAlarms(alarms: Alarms, byMs: number): void {
  const { heardMs, silenceFromMs, gatewayHeardMs, refused, waiting, flood } = alarms
  for (const timesMs of [
    heardMs,
    silenceFromMs,
    refused.sinceMs,
    refused.atMs,
    gatewayHeardMs,
    waiting.sinceMs,
    flood.raisesMs,
  ]) {
    for (let n = 0; n < timesMs.length; n++) timesMs[n]! += byMs
  }
  for (const group of alarms.flood.groups.values()) group.emittedMs += byMs
  for (const state of alarms.states) shiftState(state, byMs)
  shiftDryBulbs(alarms.dryBulbs, byMs)
  alarms.dueMs = -Infinity // a tick looks at all of them
}

/** The event times of what was stamped at arrival are arrival times too, so delays on it go on; others stay. */
function shiftState(state: AlarmState, byMs: number): void {
  if (state.newestMs === state.heardMs || isByArrival(state)) {
    state.newestMs += byMs
    state.sinceMs += byMs
    state.breachMs += byMs
    state.lastRaiseMs += byMs
    state.beforeLastRaiseMs += byMs
    state.thirdLastRaiseMs += byMs
    for (let n = 0; n < state.stepMs.length; n++) state.stepMs[n]! += byMs
  }
  state.heardMs += byMs
  state.changedMs += byMs
  state.heldMs += byMs
  state.explainedMs += byMs
  state.calledMs += byMs
}

/** Silence, refusals, and what the daemon says about itself, are judged by arrival time alone. */
function isByArrival({ kind }: AlarmState): boolean {
  return isOfSilence(kind) || SOURCE_OF[kind] === 'site'
}
