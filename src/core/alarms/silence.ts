import { activate, isGatewayDown, loseSight, release, rest } from './machine.ts'
import { watchOf, type Alarms } from './watch.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * Silence of points and gateways, by arrival time. A gateway is down when one of its points is stale and all are overdue:
 * then it is one alarm, and those of its points are suppressed. A point waits to be told until it is known which of the
 * two it is; that takes no longer than the slowest point's next word.
 */

/** A point is overdue when its next word is late by half of `everyMs`. */
const OVERDUE = 1.5

/** Starts listening: from now on a point that says nothing becomes stale. */
export function startSilence(alarms: Alarms, nowMs: number): void {
  alarms.heardMs.fill(nowMs)
  alarms.quietMs.fill(nowMs)
  alarms.dueMs = nowMs
}

/** Nobody listened for so long: that is no silence of theirs. */
export function skipSilence(alarms: Alarms, deafMs: number): void {
  for (let point = 0; point < alarms.quietMs.length; point++) alarms.quietMs[point]! += deafMs
}

/** A point has said something. */
export function hearPoint(alarms: Alarms, point: number, nowMs: number, sink: Sink): void {
  alarms.heardMs[point] = nowMs
  alarms.quietMs[point] = nowMs
  const gateway = alarms.gatewayOf[point]!
  if (isGatewayDown(alarms, gateway)) returnGateway(alarms, gateway, nowMs, sink)
  if (alarms.isSilent[point] === 0) return
  alarms.isSilent[point] = 0
  const watch = watchOf(alarms, 'stale', point)
  watch.value = 0
  rest(alarms, watch, nowMs, nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, nowMs + alarms.plan.alarms.staleAfterMs[point]!)
}

/** Raises the silences that have lasted long enough by a tick. */
export function elapseSilence(alarms: Alarms, nowMs: number, sink: Sink): void {
  const { plan, isSilent, quietMs } = alarms
  const { stale } = plan.alarms.rules
  for (let gateway = 0; gateway < plan.gateways.length; gateway++) elapseGateway(alarms, gateway, nowMs, sink)
  if (!stale.enabled) return
  for (let point = 0; point < quietMs.length; point++) {
    const silentMs = plan.alarms.staleAfterMs[point]!
    const endMs = quietMs[point]! + silentMs + stale.onDelayMs
    if (isSilent[point] === 1) waitForGateway(alarms, point, endMs, nowMs, sink)
    else if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
    else if (!Number.isNaN(endMs)) {
      if (isInDoubt(alarms, point)) alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
      // What had to wait for its gateway is told as of now, so that it is news
      else silence(alarms, point, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
    }
  }
}

function silence(alarms: Alarms, point: number, atMs: number, nowMs: number, sink: Sink): void {
  const watch = watchOf(alarms, 'stale', point)
  alarms.isSilent[point] = 1
  watch.newestMs = nowMs
  watch.heardMs = alarms.heardMs[point]!
  watch.value = (nowMs - alarms.heardMs[point]!) / 1000
  watch.limit = alarms.plan.alarms.staleAfterMs[point]! / 1000
  activate(alarms, watch, atMs, nowMs, sink)
  for (const inlet of alarms.inletsOf[point]!) {
    loseSight(alarms, watchOf(alarms, 'inlet_recommended', inlet), nowMs, sink)
    loseSight(alarms, watchOf(alarms, 'inlet_allowable', inlet), nowMs, sink)
    loseSight(alarms, watchOf(alarms, 'rate_of_change', inlet), nowMs, sink)
  }
  for (const inlet of alarms.moistInletsOf[point]!) {
    const moisture = alarms.byKind.get('moisture')!.get(inlet)
    if (moisture !== undefined) loseSight(alarms, moisture, nowMs, sink)
  }
}

/** A suppressed silence whose gateway is back has as long to end as one that begins. */
function waitForGateway(alarms: Alarms, point: number, endMs: number, nowMs: number, sink: Sink): void {
  const watch = watchOf(alarms, 'stale', point)
  if (!watch.suppressed || isGatewayDown(alarms, watch.gateway)) return
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  else {
    watch.value = (nowMs - alarms.heardMs[point]!) / 1000
    release(alarms, watch, nowMs, sink)
  }
}

/**
 * Whether it cannot be told yet if a point or its whole gateway is silent: nothing behind the gateway has spoken for long enough
 * after the point's last word. It ends when something speaks, or when all are silent.
 */
function isInDoubt(alarms: Alarms, point: number): boolean {
  const { plan, gatewayOf, quietMs, spokenMs } = alarms
  const gateway = gatewayOf[point]!
  if (gateway < 0 || !plan.alarms.rules.gateway.enabled || isGatewayDown(alarms, gateway)) return false
  return spokenMs[gateway]! <= quietMs[point]! + 2 * plan.points[point]!.everyMs
}

function elapseGateway(alarms: Alarms, gateway: number, nowMs: number, sink: Sink): void {
  const { plan, quietMs, spokenMs } = alarms
  const rule = plan.alarms.rules.gateway
  if (!rule.enabled || isGatewayDown(alarms, gateway)) return
  let newestMs = -Infinity
  let staleMs = Infinity
  let overdueMs = -Infinity
  let limitMs = NaN
  for (const point of plan.gateways[gateway]!) {
    const silentMs = plan.alarms.staleAfterMs[point]!
    newestMs = Math.max(newestMs, quietMs[point]!)
    overdueMs = Math.max(overdueMs, quietMs[point]! + OVERDUE * plan.points[point]!.everyMs) // NaN: nobody listens yet
    if (quietMs[point]! + silentMs >= staleMs) continue
    staleMs = quietMs[point]! + silentMs
    limitMs = silentMs
  }
  spokenMs[gateway] = newestMs
  const endMs = Math.max(staleMs, overdueMs) + rule.onDelayMs
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  if (!(endMs <= nowMs)) return
  const watch = watchOf(alarms, 'gateway', gateway)
  watch.newestMs = nowMs
  watch.heardMs = newestMs
  watch.value = (nowMs - newestMs) / 1000
  watch.limit = limitMs / 1000
  activate(alarms, watch, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
}

/** A gateway speaks again: what it suppressed is looked at anew, and its points get the time to speak as well. */
function returnGateway(alarms: Alarms, gateway: number, nowMs: number, sink: Sink): void {
  const watch = watchOf(alarms, 'gateway', gateway)
  watch.value = 0
  rest(alarms, watch, nowMs, nowMs, sink)
  for (const point of alarms.plan.gateways[gateway]!) alarms.quietMs[point] = nowMs
  alarms.dueMs = nowMs
}
