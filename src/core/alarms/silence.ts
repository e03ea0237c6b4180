import { activate, clear, isGatewayDown, markStale, raiseIfUnsuppressed } from './machine.ts'
import { stateOf, type Alarms } from './alarm-state.ts'
import type { Sink } from '../contract/sink.ts'

// Silence of points and gateways, by arrival time. `silenceFromMs` is when a point's silence began to count: its last
// reading, or later if nobody listened or its gateway came back.
//
//     point
//     heard     ── silent for `staleAfterMs` and the on-delay, and
//                  its gateway is heard, or it has none ──────────> silent      alarm `stale` raised
//                  its gateway is down ───────────────────────────> silent      alarm `stale` suppressed
//                  its gateway may be down too ───────────────────> undecided   looked at every second
//     undecided ── another point of the gateway is heard ─────────> silent      alarm `stale` raised
//               ── the gateway is down ───────────────────────────> silent      alarm `stale` suppressed
//               ── a reading ─────────────────────────────────────> heard
//     silent    ── a reading ─────────────────────────────────────> heard       alarm cleared
//               ── suppressed, the gateway is heard, and the point
//                  is silent for as long again ───────────────────> silent      alarm `stale` raised
//
//     gateway
//     heard     ── one of its points is silent for `staleAfterMs`,
//                  all are overdue, then the on-delay ────────────> down        alarm `gateway` raised
//     down      ── a reading of any of its points ────────────────> heard       alarm cleared
//
// A point is undecided for no longer than the slowest point of its gateway takes to become overdue.

/** A point is overdue when its next reading is late by half of `everyMs`. */
const OVERDUE = 1.5

/** Starts listening: from now on a point that sends nothing becomes stale. */
export function startSilence(alarms: Alarms, nowMs: number): void {
  alarms.heardMs.fill(nowMs)
  alarms.silenceFromMs.fill(nowMs)
  alarms.dueMs = nowMs
}

/** The daemon was away for so long: that is no silence of the points (D5). */
export function discountOutage(alarms: Alarms, outageMs: number): void {
  for (let point = 0; point < alarms.silenceFromMs.length; point++) alarms.silenceFromMs[point]! += outageMs
}

/** A reading of a point has come: its silence and that of its gateway are over. */
export function markPointHeard(alarms: Alarms, point: number, nowMs: number, sink: Sink): void {
  alarms.heardMs[point] = nowMs
  alarms.silenceFromMs[point] = nowMs
  const gateway = alarms.gatewayOf[point]!
  if (isGatewayDown(alarms, gateway)) clearGateway(alarms, gateway, nowMs, sink)
  if (alarms.isSilent[point] === 0) return
  alarms.isSilent[point] = 0
  const state = stateOf(alarms, 'stale', point)
  state.value = 0
  state.verdict = 'inside'
  clear(alarms, state, nowMs, nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, nowMs + alarms.plan.alarms.staleAfterMs[point]!)
}

/** Raises, by a tick, the silences that have lasted long enough. */
export function judgeSilence(alarms: Alarms, nowMs: number, sink: Sink): void {
  const { plan, isSilent, silenceFromMs } = alarms
  const { stale } = plan.alarms.rules
  for (let gateway = 0; gateway < plan.gateways.length; gateway++) judgeGateway(alarms, gateway, nowMs, sink)
  if (!stale.enabled) return
  for (let point = 0; point < silenceFromMs.length; point++) {
    const silentMs = plan.alarms.staleAfterMs[point]!
    const endMs = silenceFromMs[point]! + silentMs + stale.onDelayMs
    if (isSilent[point] === 1) raiseAfterGateway(alarms, point, endMs, nowMs, sink)
    else if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
    else if (!Number.isNaN(endMs)) {
      if (isUndecided(alarms, point)) alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
      // What was undecided is raised as of now, or it would be too old for a notice
      else raiseStale(alarms, point, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
    }
  }
}

function raiseStale(alarms: Alarms, point: number, atMs: number, nowMs: number, sink: Sink): void {
  const state = stateOf(alarms, 'stale', point)
  alarms.isSilent[point] = 1
  state.newestMs = nowMs
  state.heardMs = alarms.heardMs[point]!
  state.breachMs = alarms.heardMs[point]!
  state.verdict = 'breached'
  state.value = (nowMs - alarms.heardMs[point]!) / 1000
  state.limit = alarms.plan.alarms.staleAfterMs[point]! / 1000
  activate(alarms, state, atMs, nowMs, sink)
  for (const inlet of alarms.inletsOf[point]!) {
    markStale(alarms, stateOf(alarms, 'inlet_recommended', inlet), nowMs, sink)
    markStale(alarms, stateOf(alarms, 'inlet_allowable', inlet), nowMs, sink)
    markStale(alarms, stateOf(alarms, 'rate_of_change', inlet), nowMs, sink)
  }
  for (const inlet of alarms.inletsOfMoisture[point]!) {
    const moisture = alarms.byKind.get('moisture')!.get(inlet)
    if (moisture !== undefined) markStale(alarms, moisture, nowMs, sink)
  }
}

/** A suppressed silence is raised if it outlasts its gateway's by as long as any silence may last. */
function raiseAfterGateway(alarms: Alarms, point: number, endMs: number, nowMs: number, sink: Sink): void {
  const state = stateOf(alarms, 'stale', point)
  if (!state.suppressed || isGatewayDown(alarms, state.gateway)) return
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  else {
    state.value = (nowMs - alarms.heardMs[point]!) / 1000
    raiseIfUnsuppressed(alarms, state, nowMs, sink)
  }
}

/**
 * Whether it is unknown yet if only the point is silent or its whole gateway: no point of the gateway was heard for
 * long enough after this one. It ends when one is heard, or when the gateway is down.
 */
function isUndecided(alarms: Alarms, point: number): boolean {
  const { plan, gatewayOf, silenceFromMs, gatewayHeardMs } = alarms
  const gateway = gatewayOf[point]!
  if (gateway < 0 || !plan.alarms.rules.gateway.enabled || isGatewayDown(alarms, gateway)) return false
  return gatewayHeardMs[gateway]! <= silenceFromMs[point]! + 2 * plan.points[point]!.everyMs
}

/** One dead gateway is one alarm: its points wait until it is known which of the two it is (D44). */
function judgeGateway(alarms: Alarms, gateway: number, nowMs: number, sink: Sink): void {
  const { plan, silenceFromMs, gatewayHeardMs } = alarms
  const rule = plan.alarms.rules.gateway
  if (!rule.enabled || isGatewayDown(alarms, gateway)) return
  let newestMs = -Infinity
  let staleMs = Infinity
  let overdueMs = -Infinity
  let limitMs = NaN
  for (const point of plan.gateways[gateway]!) {
    const fromMs = silenceFromMs[point]! // NaN: nobody listens yet, and nothing is overdue
    const silentMs = plan.alarms.staleAfterMs[point]!
    newestMs = Math.max(newestMs, fromMs)
    overdueMs = Math.max(overdueMs, fromMs + OVERDUE * plan.points[point]!.everyMs)
    if (fromMs + silentMs >= staleMs) continue
    staleMs = fromMs + silentMs
    limitMs = silentMs
  }
  gatewayHeardMs[gateway] = newestMs
  const endMs = Math.max(staleMs, overdueMs) + rule.onDelayMs
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  if (!(endMs <= nowMs)) return
  const state = stateOf(alarms, 'gateway', gateway)
  const heardMs = lastHeardMs(alarms, gateway, newestMs)
  state.newestMs = nowMs
  state.heardMs = heardMs
  state.breachMs = heardMs
  state.verdict = 'breached'
  state.value = (nowMs - heardMs) / 1000
  state.limit = limitMs / 1000
  activate(alarms, state, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
}

/**
 * Arrival time of the last reading of all points behind a gateway. Its silence may have begun to count later: nobody
 * listened for a while, or it was back in between.
 */
function lastHeardMs({ plan, heardMs }: Alarms, gateway: number, countedMs: number): number {
  let lastMs = -Infinity
  for (const point of plan.gateways[gateway]!) lastMs = Math.max(lastMs, heardMs[point]!)
  return lastMs > -Infinity ? lastMs : countedMs
}

/** A gateway is heard again: the silences of its points begin anew, so that each has the time to send something. */
function clearGateway(alarms: Alarms, gateway: number, nowMs: number, sink: Sink): void {
  const state = stateOf(alarms, 'gateway', gateway)
  state.value = 0
  state.verdict = 'inside'
  clear(alarms, state, nowMs, nowMs, sink)
  for (const point of alarms.plan.gateways[gateway]!) alarms.silenceFromMs[point] = nowMs
  alarms.dueMs = nowMs
}
