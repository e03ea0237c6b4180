import { explainedBy, GATEWAY_KINDS, isGatewayDown, isUplinkDown } from '../explained.ts'
import { activate, markStale, raiseIfUnsuppressed } from '../machine.ts'
import { clearGateway, judgeGateway } from './gateway.ts'
import { beginBreach, endBreach, fromMs, isDeclaredGone, newestAmong, OVERDUE, type SilentPoint } from './silent.ts'
import { isUplinkUndecided, judgeUplink, markUplinksHeard } from './uplink.ts'
import type { AlarmKind } from '../../contract/alarm-kinds.ts'
import { ruleOf } from '../../contract/alarm-plan.ts'
import type { Alarms } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import { isRefused, describeRefusal } from './refused.ts'
import { COST, STEP, type Work } from '../../contract/work.ts'
import type { Sink } from '../../contract/sink.ts'

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
// An uplink is lost or refused as a gateway is (uplink.ts). A gateway waits for it as a point waits for its gateway,
// and so does a point without a gateway.
// A point is undecided for no longer than the slowest point of its gateway takes to become overdue.

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

/** Points whose device said that it is gone: they have been silent for long enough at once. */
export function markPointsGone(alarms: Alarms, points: readonly number[], nowMs: number): void {
  const { plan, silenceFromMs, refused } = alarms
  const { stale, gateway } = plan.alarms.rules
  const delayMs = Math.max(stale.onDelayMs, gateway.onDelayMs)
  for (const point of points) {
    const silentMs = Math.max(plan.alarms.staleAfterMs[point]!, OVERDUE * plan.points[point]!.everyMs)
    silenceFromMs[point] = Math.min(silenceFromMs[point]!, nowMs - silentMs - delayMs)
    refused.atMs[point] = -Infinity
    refused.sinceMs[point] = NaN
  }
  if (points.length > 0) alarms.dueMs = nowMs
}

/** A reading of a point was accepted: its silence and that of its gateway are over. */
export function markPointHeard(alarms: Alarms, point: number, nowMs: number, sink: Sink): void {
  alarms.heardMs[point] = nowMs
  alarms.silenceFromMs[point] = nowMs
  alarms.refused.sinceMs[point] = NaN
  const gateway = alarms.gatewayOf[point]!
  markUplinksHeard(alarms, alarms.plan.uplinkOfPoint[point]!, nowMs, sink)
  if (isGatewayDown(alarms, gateway)) clearGateway(alarms, gateway, nowMs, sink)
  if (alarms.isSilent[point] === 1) clearPoint(alarms, 'stale', point, nowMs, sink)
  if (alarms.refused.isTold[point] === 1) clearPoint(alarms, 'refused', point, nowMs, sink)
}

/** Raises, by a tick, the silences that have lasted long enough. */
export function* judgeSilence(alarms: Alarms, nowMs: number, sink: Sink): Work {
  const { plan, silenceFromMs } = alarms
  const { stale, refused } = plan.alarms.rules
  // From the site down: what stands for others is judged before them
  for (let uplink = plan.uplinks.length - 1; uplink >= 0; uplink--) judgeUplink(alarms, uplink, nowMs, sink)
  for (let gateway = 0; gateway < plan.gateways.length; gateway++) {
    alarms.gatewayHeardMs[gateway] = newestAmong(alarms.silenceFromMs, plan.gateways[gateway]!)
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

/** The alarm of an uplink that stands for one of a point. */
const UPLINK_KIND_OF = { stale: 'uplink', refused: 'uplink_refused' } as const

function activeFlags({ isSilent, refused }: Alarms, kind: SilentPoint): Uint8Array {
  return kind === 'stale' ? isSilent : refused.isTold
}

/** Returns how many alarms it raises: 0 or 1. */
function judgePoint(alarms: Alarms, kind: SilentPoint, point: number, nowMs: number, sink: Sink): number {
  const { plan } = alarms
  const { fromMs: beginsMs, untilMs } = plan.points[point]!
  // Nobody waits for a meter that is not there yet, or no more
  if (nowMs >= untilMs && activeFlags(alarms, kind)[point] === 0) return 0
  const lastsMs = Math.max(fromMs(alarms, kind, point), beginsMs) + plan.alarms.staleAfterMs[point]!
  const sinceMs = kind === 'refused' ? alarms.refused.sinceMs[point]! : -Infinity
  const endMs = Math.max(lastsMs, sinceMs) + ruleOf(plan.alarms, kind, point).onDelayMs
  if (activeFlags(alarms, kind)[point] === 1) return raiseAfterGateway(alarms, kind, point, endMs, nowMs, sink)
  if (endMs > nowMs) alarms.dueMs = Math.min(alarms.dueMs, endMs)
  else if (!Number.isNaN(endMs)) {
    if (isUndecided(alarms, kind, point)) alarms.dueMs = Math.min(alarms.dueMs, nowMs + 1000)
    // What was undecided is raised as of now, or it would be too old for a notice
    else {
      raisePoint(alarms, kind, point, endMs > nowMs - 1000 ? endMs : nowMs, nowMs, sink)
      return 1
    }
  }
  return 0
}

function raisePoint(alarms: Alarms, kind: SilentPoint, point: number, atMs: number, nowMs: number, sink: Sink): void {
  const state = stateOf(alarms, kind, point)
  activeFlags(alarms, kind)[point] = 1
  beginBreach(state, alarms.heardMs[point]!, nowMs)
  if (kind === 'refused') describeRefusal(alarms, state, point)
  else {
    state.value = (nowMs - alarms.heardMs[point]!) / 1000
    state.limit = isDeclaredGone(alarms, point) ? NaN : alarms.plan.alarms.staleAfterMs[point]! / 1000
  }
  activate(alarms, state, atMs, nowMs, sink)
  if (kind === 'refused' && alarms.isSilent[point] === 1) clearPoint(alarms, 'stale', point, nowMs, sink)
  for (const inlet of alarms.inletsOf[point]!) {
    for (const of of DRY_BULB_KINDS) markInletStale(alarms, of, inlet, nowMs, sink)
  }
  for (const inlet of alarms.inletsOfMoisture[point]!) markInletStale(alarms, 'moisture', inlet, nowMs, sink)
}

const DRY_BULB_KINDS = ['inlet_recommended', 'inlet_allowable', 'rate_of_change'] as const

function markInletStale(alarms: Alarms, kind: AlarmKind, inlet: number, nowMs: number, sink: Sink): void {
  const state = alarms.byKind.get(kind)!.get(inlet)
  if (state !== undefined) markStale(alarms, state, nowMs, sink) // else it never was in breach
}

/**
 * A suppressed silence is raised if it outlasts its gateway's by as long as any silence may last. Returns how many it
 * raises: 0 or 1.
 */
function raiseAfterGateway(
  alarms: Alarms,
  kind: SilentPoint,
  point: number,
  endMs: number,
  nowMs: number,
  sink: Sink,
): number {
  const state = stateOf(alarms, kind, point)
  if (!state.suppressed || explainedBy(alarms, state, nowMs) !== undefined) return 0
  if (endMs > nowMs) {
    alarms.dueMs = Math.min(alarms.dueMs, endMs)
    return 0
  }
  if (kind === 'refused') describeRefusal(alarms, state, point)
  else state.value = (nowMs - alarms.heardMs[point]!) / 1000
  raiseIfUnsuppressed(alarms, state, nowMs, sink)
  return 1
}

function clearPoint(alarms: Alarms, kind: SilentPoint, point: number, nowMs: number, sink: Sink): void {
  activeFlags(alarms, kind)[point] = 0
  passOn(alarms, kind, point, nowMs)
  endBreach(alarms, stateOf(alarms, kind, point), nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, nowMs + alarms.plan.alarms.staleAfterMs[point]!)
}

/** A point that told the silence of its device is heard: each of the others has the time to send something. */
function passOn(
  { plan, byKind, deviceOf, silenceFromMs }: Alarms,
  kind: SilentPoint,
  point: number,
  nowMs: number,
): void {
  const device = deviceOf[point]!
  if (device < 0) return
  for (const other of plan.devices[device]!) {
    if (byKind.get(kind)!.get(other)?.suppressed === true) silenceFromMs[other] = nowMs
  }
}

/**
 * Whether it is unknown yet if only the point is silent or its whole gateway: no point of the gateway was heard for
 * long enough after this one. It ends when one is heard, or when the gateway is down.
 */
function isUndecided(alarms: Alarms, kind: SilentPoint, point: number): boolean {
  const { plan, gatewayOf, silenceFromMs, gatewayHeardMs } = alarms
  const gateway = gatewayOf[point]!
  const { rules } = plan.alarms
  const uplink = plan.uplinkOfPoint[point]!
  if (gateway < 0) {
    const { everyMs } = plan.points[point]!
    return isUplinkUndecided(alarms, UPLINK_KIND_OF[kind], uplink, silenceFromMs[point]!, everyMs)
  }
  if (isUplinkDown(alarms, uplink)) return false
  const isJudged = rules.gateway.enabled || (rules.gateway_refused.enabled && isRefused(alarms, point))
  if (!isJudged || isGatewayDown(alarms, gateway)) return false
  return gatewayHeardMs[gateway]! <= silenceFromMs[point]! + 2 * plan.points[point]!.everyMs
}
