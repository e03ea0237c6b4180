import { emitGroups } from './flood.ts'
import { noticeDueMs, quietFromMs } from './chatter.ts'
import { endChatter, sendIfStayed } from './emit.ts'
import { greatersOf, waitsUntilMs } from './explained.ts'
import { delayDueMs, endDelayByClock, raiseIfUnsuppressed } from './machine.ts'
import { applyConfiguration, unshelve } from './shelving.ts'
import { judgeSilence } from './silence/silence.ts'
import type { Alarms } from './alarm-state.ts'
import { COST, STEP, type Work } from '../contract/work.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * Ends what has run out by a tick: delays, shelves, allowed silences, and the waits of flood groups. When a broker is
 * gone, tens of thousands may run out at once.
 */
export function* runTimers(alarms: Alarms, nowMs: number, sink: Sink): Work {
  if (nowMs < alarms.dueMs) return
  alarms.dueMs = Infinity
  let units = 0
  for (const state of alarms.states) {
    const { emittedMs } = state
    if (state.outByPlan !== state.outByPlanEmitted || !state.rule.enabled) {
      applyConfiguration(alarms, state, nowMs, sink)
    }
    if (state.shelvedMs <= nowMs) unshelve(alarms, state, state.shelvedMs, nowMs, sink, undefined)
    endDelayByClock(alarms, state, nowMs, sink)
    if (state.suppressed && greatersOf(alarms, state).length > 0) {
      raiseIfUnsuppressed(alarms, state, nowMs, sink)
      alarms.dueMs = Math.min(alarms.dueMs, waitsUntilMs(alarms, state, nowMs))
    }
    sendIfStayed(alarms, state, nowMs, sink)
    if (quietFromMs(state) <= nowMs) endChatter(alarms, state, nowMs, sink)
    alarms.dueMs = Math.min(alarms.dueMs, delayDueMs(state), noticeDueMs(state, nowMs))
    if (state.shelvedMs < alarms.dueMs) alarms.dueMs = state.shelvedMs
    if (state.emittedMs === emittedMs || (units += COST.alarm) < STEP) continue
    yield units
    units = 0
  }
  yield units
  yield* judgeSilence(alarms, nowMs, sink)
  emitGroups(alarms, nowMs, sink)
}
