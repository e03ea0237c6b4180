import { GATEWAY_KINDS, isGatewayDown } from './explained.ts'
import { activate, clear, markStale, raiseIfUnsuppressed } from './machine.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import { stateOf } from './create-state.ts'
import { isRefused, describeRefusal } from './refused.ts'
import { COST, STEP, type Work } from '../contract/work.ts'
import type { Sink } from '../contract/sink.ts'

// Silence of points and gateways, by arrival time. `silenceFromMs` is when a point's silence began to count: its last
// accepted reading, or later if nobody listened or its gateway came back. A refused reading ends the silence, but
// says nothing of the point. If only such came for as long as a silence may last, that is an alarm of its own.
//
//     point
//     heard     ── silent for `staleAfterMs` and the on-delay, and
//                  its gateway is heard, or it has none ──────────> silent      alarm `stale` raised
//                  its gateway is down ───────────────────────────> silent      alarm `stale` suppressed
//                  its gateway may be down too ───────────────────> undecided   looked at every second
//               ── the same, but some were refused since ─────────> refused     alarm `refused` instead of `stale`
//     undecided ── another point of the gateway is heard ─────────> silent      alarm `stale` raised
//               ── the gateway is down ───────────────────────────> silent      alarm `stale` suppressed
//               ── a reading ─────────────────────────────────────> heard
//     silent    ── an accepted reading ───────────────────────────> heard       alarm cleared
//               ── a refused one, then the on-delay ──────────────> refused     alarm `refused` instead of `stale`
//               ── suppressed, the gateway is heard, and the point
//                  is silent for as long again ───────────────────> silent      alarm `stale` raised
//     refused   ── an accepted reading ───────────────────────────> heard       alarm cleared
//
//     gateway
//     heard     ── one of its points is silent for `staleAfterMs`,
//                  all are overdue, then the on-delay ────────────> down        alarm `gateway` raised
//               ── the same, but some were refused since ─────────> down        alarm `gateway_refused` instead
//     down      ── an accepted reading of any of its points ──────> heard       alarm cleared
//               ── a refused one, then the on-delay ──────────────> down        `gateway_refused` instead of `gateway`
//
// A point is undecided for no longer than the slowest point of its gateway takes to become overdue.

type PointKind = 'stale' | 'refused'
type GatewayKind = (typeof GATEWAY_KINDS)[number]

/** A point is overdue when its next reading is late by half of `everyMs`. */
const OVERDUE = 1.5

/** Starts listening: from now on a point that sends nothing becomes stale. */
export function startSilence(alarms: Alarms, nowMs: number): void {
  alarms.heardMs.fill(nowMs)
  alarms.silenceFromMs.fill(nowMs)
  alarms.dueMs = nowMs
}

/** The daemon was away for so long: that is no silence of the points (D5). */
export function discountOutage({ silenceFromMs, refused }: Alarms, outageMs: number): void {
  for (let point = 0; point < silenceFromMs.length; point++) {
    silenceFromMs[point]! += outageMs
    refused.sinceMs[point]! += outageMs
    refused.atMs[point]! += outageMs
  }
}

/** A reading of a point was accepted: its silence and that of its gateway are over. */
export function markPointHeard(alarms: Alarms, point: number, nowMs: number, sink: Sink): void {
  alarms.heardMs[point] = nowMs
  alarms.silenceFromMs[point] = nowMs
  alarms.refused.sinceMs[point] = NaN
  const gateway = alarms.gatewayOf[point]!
  if (isGatewayDown(alarms, gateway)) clearGateway(alarms, gateway, nowMs, sink)
  if (alarms.isSilent[point] === 1) clearPoint(alarms, 'stale', point, nowMs, sink)
  if (alarms.refused.isTold[point] === 1) clearPoint(alarms, 'refused', point, nowMs, sink)
}

/** Raises, by a tick, the silences that have lasted long enough. */
export function* judgeSilence(alarms: Alarms, nowMs: number, sink: Sink): Work {
  const { plan, silenceFromMs } = alarms
  const { stale, refused } = plan.alarms.rules
  for (let gateway = 0; gateway < plan.gateways.length; gateway++) {
    alarms.gatewayHeardMs[gateway] = newestIn(alarms.silenceFromMs, plan.gateways[gateway]!)
    for (const kind of GATEWAY_KINDS) judgeGateway(alarms, kind, gateway, nowMs, sink)
  }
  let units = 0
  for (let point = 0; point < silenceFromMs.length; point++) {
    let raised = 0
    if (refused.enabled && isRefused(alarms, point)) raised += judgePoint(alarms, 'refused', point, nowMs, sink)
    if (stale.enabled && alarms.refused.isTold[point] === 0) raised += judgePoint(alarms, 'stale', point, nowMs, sink)
    if ((units += raised * COST.alarm) < STEP) continue
    yield units
    units = 0
  }
}

function newestIn(timesMs: Float64Array, points: readonly number[]): number {
  let newestMs = -Infinity
  for (const point of points) newestMs = Math.max(newestMs, timesMs[point]!)
  return newestMs
}

/** When the silence, or the lack of accepted readings, began to count; NaN: nobody listens yet. */
function fromMs(alarms: Alarms, kind: PointKind | GatewayKind, point: number): number {
  const { plan, silenceFromMs, refused } = alarms
  const { rules } = plan.alarms
  const isBroken = (kind === 'stale' && rules.refused.enabled) || (kind === 'gateway' && rules.gateway_refused.enabled)
  return isBroken ? Math.max(silenceFromMs[point]!, refused.atMs[point]!) : silenceFromMs[point]!
}

function activeFlags({ isSilent, refused }: Alarms, kind: PointKind): Uint8Array {
  return kind === 'stale' ? isSilent : refused.isTold
}

/** Returns how many alarms it raises: 0 or 1. */
function judgePoint(alarms: Alarms, kind: PointKind, point: number, nowMs: number, sink: Sink): number {
  const { plan } = alarms
  const lastsMs = fromMs(alarms, kind, point) + plan.alarms.staleAfterMs[point]!
  const sinceMs = kind === 'refused' ? alarms.refused.sinceMs[point]! : -Infinity
  const endMs = Math.max(lastsMs, sinceMs) + plan.alarms.rules[kind].onDelayMs
  if (activeFlags(alarms, kind)[point] === 1) return raiseAfterGateway(alarms, kind, point, endMs, nowMs, sink)
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  else if (!Number.isNaN(endMs)) {
    if (isUndecided(alarms, point)) alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
    // What was undecided is raised as of now, or it would be too old for a notice
    else {
      raisePoint(alarms, kind, point, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
      return 1
    }
  }
  return 0
}

function raisePoint(alarms: Alarms, kind: PointKind, point: number, atMs: number, nowMs: number, sink: Sink): void {
  const state = stateOf(alarms, kind, point)
  activeFlags(alarms, kind)[point] = 1
  beginBreach(state, alarms.heardMs[point]!, nowMs)
  if (kind === 'refused') describeRefusal(alarms, state, point)
  else {
    state.value = (nowMs - alarms.heardMs[point]!) / 1000
    state.limit = alarms.plan.alarms.staleAfterMs[point]! / 1000
  }
  activate(alarms, state, atMs, nowMs, sink)
  if (kind === 'refused' && alarms.isSilent[point] === 1) clearPoint(alarms, 'stale', point, nowMs, sink)
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

/** Since `heardMs` nothing sound has come. */
function beginBreach(state: AlarmState, heardMs: number, nowMs: number): void {
  state.newestMs = nowMs
  state.heardMs = heardMs
  state.breachMs = heardMs
  state.verdict = 'breached'
}

/**
 * A suppressed silence is raised if it outlasts its gateway's by as long as any silence may last. Returns how many it
 * raises: 0 or 1.
 */
function raiseAfterGateway(
  alarms: Alarms,
  kind: PointKind,
  point: number,
  endMs: number,
  nowMs: number,
  sink: Sink,
): number {
  const state = stateOf(alarms, kind, point)
  if (!state.suppressed || isGatewayDown(alarms, state.gateway)) return 0
  if (endMs > nowMs) {
    alarms.dueMs = Math.min(alarms.dueMs, endMs)
    return 0
  }
  if (kind === 'refused') describeRefusal(alarms, state, point)
  else state.value = (nowMs - alarms.heardMs[point]!) / 1000
  raiseIfUnsuppressed(alarms, state, nowMs, sink)
  return 1
}

function clearPoint(alarms: Alarms, kind: PointKind, point: number, nowMs: number, sink: Sink): void {
  activeFlags(alarms, kind)[point] = 0
  endBreach(alarms, stateOf(alarms, kind, point), nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, nowMs + alarms.plan.alarms.staleAfterMs[point]!)
}

function endBreach(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  state.value = 0
  state.verdict = 'inside'
  clear(alarms, state, nowMs, nowMs, sink)
}

/**
 * Whether it is unknown yet if only the point is silent or its whole gateway: no point of the gateway was heard for
 * long enough after this one. It ends when one is heard, or when the gateway is down.
 */
function isUndecided(alarms: Alarms, point: number): boolean {
  const { plan, gatewayOf, silenceFromMs, gatewayHeardMs } = alarms
  const gateway = gatewayOf[point]!
  const { rules } = plan.alarms
  const isJudged = rules.gateway.enabled || (rules.gateway_refused.enabled && isRefused(alarms, point))
  if (gateway < 0 || !isJudged || isGatewayDown(alarms, gateway)) return false
  return gatewayHeardMs[gateway]! <= silenceFromMs[point]! + 2 * plan.points[point]!.everyMs
}

/** One dead gateway is one alarm: its points wait until it is known which of the two it is (D44). */
function judgeGateway(alarms: Alarms, kind: GatewayKind, gateway: number, nowMs: number, sink: Sink): void {
  const { plan, refused } = alarms
  const rule = plan.alarms.rules[kind]
  const isTold = kind === 'gateway' ? isGatewayDown(alarms, gateway) : isActive(alarms, kind, gateway)
  if (!rule.enabled || isTold) return
  let newestMs = -Infinity
  let staleMs = Infinity
  let overdueMs = -Infinity
  let limitMs = NaN
  let refusedPoint = -1
  let refusedSinceMs = Infinity
  for (const point of plan.gateways[gateway]!) {
    const pointMs = fromMs(alarms, kind, point) // NaN: nobody listens yet, and nothing is overdue
    const silentMs = plan.alarms.staleAfterMs[point]!
    newestMs = Math.max(newestMs, pointMs)
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
  const state = stateOf(alarms, kind, gateway)
  const heardMs = lastHeardMs(alarms, gateway, newestMs)
  beginBreach(state, heardMs, nowMs)
  if (kind === 'gateway_refused') describeRefusal(alarms, state, refusedPoint)
  else {
    state.value = (nowMs - heardMs) / 1000
    state.limit = limitMs / 1000
  }
  activate(alarms, state, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
  if (kind === 'gateway_refused' && isActive(alarms, 'gateway', gateway)) {
    endBreach(alarms, stateOf(alarms, 'gateway', gateway), nowMs, sink)
  }
}

function isActive({ byKind }: Alarms, kind: GatewayKind, gateway: number): boolean {
  return byKind.get(kind)!.get(gateway)?.phase === 'active'
}

/**
 * Arrival time of the last accepted reading of all points behind a gateway. Its silence may have begun to count later:
 * nobody listened for a while, or it was back in between.
 */
function lastHeardMs({ plan, heardMs }: Alarms, gateway: number, countedMs: number): number {
  const lastMs = newestIn(heardMs, plan.gateways[gateway]!)
  return lastMs > -Infinity ? lastMs : countedMs
}

/** A gateway is heard again: the silences of its points begin anew, so that each has the time to send something. */
function clearGateway(alarms: Alarms, gateway: number, nowMs: number, sink: Sink): void {
  for (const kind of GATEWAY_KINDS) {
    if (isActive(alarms, kind, gateway)) endBreach(alarms, stateOf(alarms, kind, gateway), nowMs, sink)
  }
  for (const point of alarms.plan.gateways[gateway]!) alarms.silenceFromMs[point] = nowMs
  alarms.dueMs = nowMs
}
