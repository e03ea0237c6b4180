import { describeRefusal, isRefused } from './refused.ts'
import { activate, raiseIfUnsuppressed } from '../machine.ts'
import { GATEWAY_KINDS, isGatewayDown } from '../explained.ts'
import { beginBreach, endBreach, fromMs, isDeclaredGone, newestAmong, OVERDUE, type SilentGateway } from './silent.ts'
import { isUplinkUndecided } from './uplink.ts'
import { ruleOf } from '../../contract/alarm-plan.ts'
import type { Alarms } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import type { Sink } from '../../contract/sink.ts'

/** The alarm of an uplink that stands for one of a gateway. */
const UPLINK_KIND_OF = { gateway: 'uplink', gateway_refused: 'uplink_refused' } as const

/** One dead gateway is one alarm: its points wait until it is known which of the two it is (D44). */
export function judgeGateway(alarms: Alarms, kind: SilentGateway, gateway: number, nowMs: number, sink: Sink): void {
  const { plan, refused } = alarms
  const rule = ruleOf(plan.alarms, kind, gateway)
  const isTold = kind === 'gateway' ? isGatewayDown(alarms, gateway) : isActive(alarms, kind, gateway)
  const known = alarms.byKind.get(kind)!.get(gateway)
  if (!rule.enabled || (isTold && known?.suppressed !== true)) return
  let newestMs = -Infinity
  let staleMs = Infinity
  let overdueMs = -Infinity
  let limitMs = NaN
  let everyMs = Infinity
  let refusedPoint = -1
  let refusedSinceMs = Infinity
  for (const point of plan.gateways[gateway]!) {
    const pointMs = fromMs(alarms, kind, point) // NaN: nobody listens yet, and nothing is overdue
    const silentMs = plan.alarms.staleAfterMs[point]!
    newestMs = Math.max(newestMs, pointMs)
    everyMs = Math.min(everyMs, plan.points[point]!.everyMs)
    overdueMs = Math.max(overdueMs, pointMs + OVERDUE * plan.points[point]!.everyMs)
    const isNewer = refusedPoint < 0 || refused.atMs[point]! > refused.atMs[refusedPoint]!
    if (isNewer && isRefused(alarms, point)) refusedPoint = point
    if (refused.sinceMs[point]! < refusedSinceMs) refusedSinceMs = refused.sinceMs[point]!
    if (pointMs + silentMs >= staleMs) continue
    staleMs = pointMs + silentMs
    limitMs = silentMs
  }
  if (kind === 'gateway_refused' && refusedPoint < 0) return
  const sinceMs = kind === 'gateway_refused' ? refusedSinceMs : -Infinity
  const endMs = Math.max(staleMs, overdueMs, sinceMs) + rule.onDelayMs
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  if (!(endMs <= nowMs)) return
  if (known?.suppressed === true) return raiseIfUnsuppressed(alarms, known, nowMs, sink)
  if (isUplinkUndecided(alarms, UPLINK_KIND_OF[kind], plan.uplinkOfGateway[gateway]!, newestMs, everyMs)) {
    alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
    return
  }
  const state = stateOf(alarms, kind, gateway)
  const heardMs = lastHeardMs(alarms, gateway, newestMs)
  beginBreach(state, heardMs, nowMs)
  if (kind === 'gateway_refused') describeRefusal(alarms, state, refusedPoint)
  else {
    state.value = (nowMs - heardMs) / 1000
    state.limit = isGatewayGone(alarms, gateway) ? NaN : limitMs / 1000
  }
  activate(alarms, state, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
  if (kind === 'gateway_refused' && isActive(alarms, 'gateway', gateway)) {
    endBreach(alarms, stateOf(alarms, 'gateway', gateway), nowMs, sink)
  }
}

/** Whether its node said that it is gone: so of each point but those that had been told as silent before. */
function isGatewayGone(alarms: Alarms, gateway: number): boolean {
  const others = alarms.plan.gateways[gateway]!.filter((point) => !isDeclaredGone(alarms, point))
  return others.length < alarms.plan.gateways[gateway]!.length && others.every((point) => alarms.isSilent[point] === 1)
}

function isActive({ byKind }: Alarms, kind: SilentGateway, gateway: number): boolean {
  return byKind.get(kind)!.get(gateway)?.phase === 'active'
}

/**
 * Arrival time of the last accepted reading of all points behind a gateway. Its silence may have begun to count later:
 * nobody listened for a while, or it was back in between.
 */
function lastHeardMs({ plan, heardMs }: Alarms, gateway: number, countedMs: number): number {
  const lastMs = newestAmong(heardMs, plan.gateways[gateway]!)
  return lastMs > -Infinity ? lastMs : countedMs
}

/** A gateway is heard again: the silences of its points begin anew, so that each has the time to send something. */
export function clearGateway(alarms: Alarms, gateway: number, nowMs: number, sink: Sink): void {
  for (const kind of GATEWAY_KINDS) {
    if (isActive(alarms, kind, gateway)) endBreach(alarms, stateOf(alarms, kind, gateway), nowMs, sink)
  }
  for (const point of alarms.plan.gateways[gateway]!) alarms.silenceFromMs[point] = nowMs
  alarms.dueMs = nowMs
}
