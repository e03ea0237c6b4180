import { isUplinkDown } from '../explained.ts'
import { activate, raiseIfUnsuppressed } from '../machine.ts'
import { beginBreach, endBreach, fromMs, newestAmong, OVERDUE } from './silent.ts'
import { ruleOf } from '../../contract/alarm-plan.ts'
import type { Alarms } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import type { Sink } from '../../contract/sink.ts'

/**
 * An uplink is down when nothing has been heard through it for the shortest silence that its points are allowed, and
 * every branch of it is late. A branch is a gateway, a device without one, or an uplink behind it. The one alarm stands
 * for theirs, so they wait while it may be the uplink:
 *
 *     gateway silent ── another branch was heard two periods later ──> its own alarm
 *                    ── the uplink is down ──────────────────────────> suppressed
 */
export function judgeUplink(alarms: Alarms, uplink: number, nowMs: number, sink: Sink): void {
  const { plan, heardMs, byKind } = alarms
  const { branches, points } = plan.uplinks[uplink]!
  const rule = ruleOf(plan.alarms, 'uplink', uplink)
  const newestMs = newestHeardMs(alarms, points)
  alarms.uplinkHeardMs[uplink] = newestMs
  if (!rule.enabled) return
  let allowedMs = Infinity
  let lateMs = -Infinity
  for (const branch of branches) {
    lateMs = Math.max(lateMs, newestHeardMs(alarms, branch.points) + OVERDUE * branch.everyMs)
    for (const point of branch.points) allowedMs = Math.min(allowedMs, plan.alarms.staleAfterMs[point]!)
  }
  const endMs = Math.max(newestMs + allowedMs, lateMs) + rule.onDelayMs
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  const known = byKind.get('uplink')!.get(uplink)
  if (known?.phase === 'active') {
    if (endMs > nowMs) clearUplink(alarms, uplink, nowMs, sink)
    else if (known.suppressed) raiseIfUnsuppressed(alarms, known, nowMs, sink)
    return
  }
  if (!(endMs <= nowMs)) return
  const state = stateOf(alarms, 'uplink', uplink)
  const lastMs = newestAmong(heardMs, points)
  beginBreach(state, lastMs, nowMs)
  state.value = (nowMs - lastMs) / 1000
  state.limit = allowedMs / 1000
  activate(alarms, state, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
}

/** Something came through an uplink, and so through the one behind it: their silences are over. */
export function markUplinksHeard(alarms: Alarms, uplink: number, nowMs: number, sink: Sink): void {
  if (!isUplinkDown(alarms, uplink)) return
  for (let at = uplink; at >= 0; at = alarms.plan.uplinks[at]!.parent) {
    if (alarms.byKind.get('uplink')!.get(at)?.phase === 'active') clearUplink(alarms, at, nowMs, sink)
  }
}

/** The silences of all that lies behind it begin anew, so that each has the time to send something. */
function clearUplink(alarms: Alarms, uplink: number, nowMs: number, sink: Sink): void {
  endBreach(alarms, stateOf(alarms, 'uplink', uplink), nowMs, sink)
  for (const point of alarms.plan.uplinks[uplink]!.points) alarms.silenceFromMs[point] = nowMs
  alarms.dueMs = nowMs
}

/**
 * Whether a silence since `heardMs`, of what is heard every `everyMs`, may yet be that of its uplink: nothing else was
 * heard through that for two periods longer.
 */
export function isUplinkUndecided(alarms: Alarms, uplink: number, heardMs: number, everyMs: number): boolean {
  if (uplink < 0 || !alarms.plan.alarms.rules.uplink.enabled || isUplinkDown(alarms, uplink)) return false
  return alarms.uplinkHeardMs[uplink]! <= heardMs + 2 * everyMs
}

/** A refused reading is a sign of life, too. */
function newestHeardMs(alarms: Alarms, points: readonly number[]): number {
  let newestMs = -Infinity
  for (const point of points) newestMs = Math.max(newestMs, fromMs(alarms, 'gateway', point))
  return newestMs
}
