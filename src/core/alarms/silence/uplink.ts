import { isUplinkDown, UPLINK_KINDS } from '../explained.ts'
import { activate, raiseIfUnsuppressed } from '../machine.ts'
import { beginBreach, endBreach, fromMs, newestAmong, OVERDUE, type SilentUplink } from './silent.ts'
import { describeRefusal, isRefused, refusedSinceMs } from './refused.ts'
import { ruleOf } from '../../contract/alarm-plan.ts'
import type { Alarms } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import type { Sink } from '../../contract/sink.ts'

/**
 * An uplink is down when nothing has been heard through it for the shortest silence that its points are allowed, and
 * every branch of it is late. A branch is a gateway, a device without one, or an uplink behind it. It is refused when
 * readings of every branch come, and none was accepted for as long. The one alarm stands for theirs, so they wait while
 * it may be the uplink:
 *
 *     gateway silent  ── another branch was heard two periods later ──> its own alarm
 *                     ── the uplink is down ──────────────────────────> suppressed
 *     gateway refused ── another branch was accepted, or is silent ───> its own alarm
 *                     ── the uplink is refused ───────────────────────> suppressed
 */
export function judgeUplink(alarms: Alarms, uplink: number, nowMs: number, sink: Sink): void {
  const { plan, heardMs } = alarms
  const { branches, points, parent } = plan.uplinks[uplink]!
  const rule = ruleOf(plan.alarms, 'uplink', uplink)
  const newestMs = newestHeardMs(alarms, points)
  alarms.uplinkHeardMs[uplink] = newestMs
  judgeRefusal(alarms, uplink, nowMs, sink)
  if (!rule.enabled || isActive(alarms, 'uplink_refused', uplink)) return
  let lateMs = -Infinity
  let everyMs = Infinity
  for (const branch of branches) {
    lateMs = Math.max(lateMs, newestHeardMs(alarms, branch.points) + OVERDUE * branch.everyMs)
    everyMs = Math.min(everyMs, branch.everyMs)
  }
  const allowedMs = allowedSilenceMs(alarms, uplink)
  const endMs = Math.max(newestMs + allowedMs, lateMs) + rule.onDelayMs
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  const known = alarms.byKind.get('uplink')!.get(uplink)
  if (known?.phase === 'active') {
    if (mayBeRefused(alarms, uplink)) alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
    else if (endMs > nowMs) clearUplink(alarms, uplink, nowMs, sink)
    else if (known.suppressed) raiseIfUnsuppressed(alarms, known, nowMs, sink)
    return
  }
  if (!(endMs <= nowMs)) return
  if (isUplinkUndecided(alarms, 'uplink', parent, newestMs, everyMs)) {
    alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
    return
  }
  const state = stateOf(alarms, 'uplink', uplink)
  const lastMs = newestAmong(heardMs, points)
  beginBreach(state, lastMs, nowMs)
  state.value = (nowMs - lastMs) / 1000
  state.limit = allowedMs / 1000
  activate(alarms, state, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
}

/** Readings of all branches come, and none is accepted. Notes besides whether it may yet turn out so. */
function judgeRefusal(alarms: Alarms, uplink: number, nowMs: number, sink: Sink): void {
  const { plan, silenceFromMs, heardMs, refused } = alarms
  const { branches, points, parent } = plan.uplinks[uplink]!
  const rule = ruleOf(plan.alarms, 'uplink_refused', uplink)
  const acceptedMs = newestAmong(silenceFromMs, points)
  const firstMs = refusedSinceMs(alarms, points)
  alarms.uplinkAcceptedMs[uplink] = acceptedMs
  let sinceMs = firstMs
  let lateMs = -Infinity
  let everyMs = Infinity
  let isShared = rule.enabled && firstMs < Infinity
  for (const branch of branches) {
    const dueMs = OVERDUE * branch.everyMs
    const branchMs = newestAmong(silenceFromMs, branch.points) + dueMs
    const branchSinceMs = refusedSinceMs(alarms, branch.points)
    sinceMs = Math.max(sinceMs, branchSinceMs)
    lateMs = Math.max(lateMs, branchMs)
    everyMs = Math.min(everyMs, branch.everyMs)
    // A branch that neither sends nor can be waited for any longer has a trouble of its own
    if (branchSinceMs === Infinity && Math.max(branchMs, firstMs + dueMs) <= nowMs) isShared = false
  }
  alarms.uplinkMayBeRefused[uplink] = isShared ? 1 : 0
  const known = alarms.byKind.get('uplink_refused')!.get(uplink)
  if (!rule.enabled || (known?.phase === 'active' && !known.suppressed)) return
  const endMs = Math.max(acceptedMs + allowedSilenceMs(alarms, uplink), lateMs, sinceMs) + rule.onDelayMs
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  if (!(endMs <= nowMs)) return
  if (known?.suppressed === true) return raiseIfUnsuppressed(alarms, known, nowMs, sink)
  if (isUplinkUndecided(alarms, 'uplink_refused', parent, acceptedMs, everyMs)) {
    alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
    return
  }
  const state = stateOf(alarms, 'uplink_refused', uplink)
  const lastMs = newestAmong(heardMs, points)
  beginBreach(state, lastMs > -Infinity ? lastMs : acceptedMs, nowMs)
  const newest = points.filter((point) => isRefused(alarms, point))
  describeRefusal(
    alarms,
    state,
    newest.reduce((best, point) => (refused.atMs[point]! > refused.atMs[best]! ? point : best)),
  )
  activate(alarms, state, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
  if (isActive(alarms, 'uplink', uplink)) endBreach(alarms, stateOf(alarms, 'uplink', uplink), nowMs, sink)
}

/** The shortest silence that is allowed to any point of its branches. */
function allowedSilenceMs({ plan }: Alarms, uplink: number): number {
  let allowedMs = Infinity
  for (const { points } of plan.uplinks[uplink]!.branches) {
    for (const point of points) allowedMs = Math.min(allowedMs, plan.alarms.staleAfterMs[point]!)
  }
  return allowedMs
}

function isActive({ byKind }: Alarms, kind: SilentUplink, uplink: number): boolean {
  return byKind.get(kind)!.get(uplink)?.phase === 'active'
}

/** A reading was accepted through an uplink, and so through the one behind it: their silences are over. */
export function markUplinksHeard(alarms: Alarms, uplink: number, nowMs: number, sink: Sink): void {
  if (!isUplinkDown(alarms, uplink)) return
  for (let at = uplink; at >= 0; at = alarms.plan.uplinks[at]!.parent) {
    if (UPLINK_KINDS.some((kind) => isActive(alarms, kind, at))) clearUplink(alarms, at, nowMs, sink)
  }
}

/** The silences of all that lies behind it begin anew, so that each has the time to send something. */
function clearUplink(alarms: Alarms, uplink: number, nowMs: number, sink: Sink): void {
  for (const kind of UPLINK_KINDS) {
    if (isActive(alarms, kind, uplink)) endBreach(alarms, stateOf(alarms, kind, uplink), nowMs, sink)
  }
  for (const point of alarms.plan.uplinks[uplink]!.points) alarms.silenceFromMs[point] = nowMs
  alarms.dueMs = nowMs
}

/**
 * Whether a silence since `heardMs` of what is heard every `everyMs` may yet be that of its uplink: nothing else came
 * through that for two periods longer. Of refused readings the same: nothing else was accepted.
 */
export function isUplinkUndecided(
  alarms: Alarms,
  kind: SilentUplink,
  uplink: number,
  heardMs: number,
  everyMs: number,
): boolean {
  if (uplink < 0 || !alarms.plan.alarms.rules[kind].enabled || isUplinkDown(alarms, uplink)) return false
  if (kind === 'uplink') return alarms.uplinkHeardMs[uplink]! <= heardMs + 2 * everyMs
  return mayBeRefused(alarms, uplink) && alarms.uplinkAcceptedMs[uplink]! <= heardMs + 2 * everyMs
}

function mayBeRefused({ uplinkMayBeRefused }: Alarms, uplink: number): boolean {
  return uplinkMayBeRefused[uplink] === 1
}

/** A refused reading is a sign of life, too. */
function newestHeardMs(alarms: Alarms, points: readonly number[]): number {
  let newestMs = -Infinity
  for (const point of points) newestMs = Math.max(newestMs, fromMs(alarms, 'gateway', point))
  return newestMs
}
