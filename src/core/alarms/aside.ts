import { isAside, raise, tell } from './machine.ts'
import type { Alarms, Watch } from './watch.ts'
import type { AlarmBy, Sink } from '../contract/sink.ts'

/** Takes an alarm off its shelf; one that is active is raised anew. */
export function unshelve(
  alarms: Alarms,
  watch: Watch,
  atMs: number,
  nowMs: number,
  sink: Sink,
  by: AlarmBy | undefined,
): void {
  watch.shelvedMs = NaN
  tell(alarms, watch, 'unshelved', atMs, nowMs, sink, by)
  reconsider(alarms, watch, nowMs, sink)
}

/** What was set aside is looked at anew. */
export function reconsider(alarms: Alarms, watch: Watch, nowMs: number, sink: Sink): void {
  if (isAside(watch)) return
  if (watch.phase === 'active' || watch.phase === 'falling') raise(alarms, watch, nowMs, nowMs, sink)
  else if (watch.standing === 'latched') tell(alarms, watch, 'latched', nowMs, nowMs, sink)
  else tell(alarms, watch, 'normal', nowMs, nowMs, sink)
}

/** Sets an alarm aside: what stood of it stands no more, but for a latch. */
export function setAside(watch: Watch): void {
  if (watch.standing !== 'latched') watch.standing = 'normal'
  watch.suppressed = false
  watch.unseen = false
}

/** A changed configuration takes sources out of service, brings them back, or does without a rule. */
export function followPlan(alarms: Alarms, watch: Watch, nowMs: number, sink: Sink): void {
  const { plannedOut, rule } = watch
  if (plannedOut !== watch.plannedOutTold && rule.enabled) {
    watch.plannedOutTold = plannedOut
    setAside(watch)
    if (plannedOut) tell(alarms, watch, 'out_of_service', nowMs, nowMs, sink)
    else reconsider(alarms, watch, nowMs, sink)
  }
  if (rule.enabled || (watch.phase === 'normal' && watch.standing === 'normal')) return
  setAside(watch)
  if (watch.kind === 'stale') alarms.isSilent[watch.source] = 0
  watch.phase = 'normal'
  watch.standing = 'normal'
  tell(alarms, watch, 'normal', nowMs, nowMs, sink)
}

/** What a configuration no longer has raises nothing any more: what is left of it is told to be over. */
export function retire(alarms: Alarms, isKept: (watch: Watch) => boolean, nowMs: number, sink: Sink): void {
  for (const watch of alarms.watches) {
    const isQuiet = watch.standing === 'normal' && !watch.suppressed && !isAside(watch)
    if (isQuiet || isKept(watch)) continue
    setAside(watch)
    watch.phase = 'normal'
    watch.standing = 'normal'
    tell(alarms, watch, 'normal', nowMs, nowMs, sink)
  }
}
