import { clear } from '../machine.ts'
import type { GATEWAY_KINDS, UPLINK_KINDS } from '../explained.ts'
import type { Alarms, AlarmState } from '../alarm-state.ts'
import type { Sink } from '../../contract/sink.ts'

/** What silences of points, gateways and uplinks have in common. */

export type SilentPoint = 'stale' | 'refused'
export type SilentGateway = (typeof GATEWAY_KINDS)[number]
export type SilentUplink = (typeof UPLINK_KINDS)[number]

/** A point is overdue when its next reading is late by half of `everyMs`. */
export const OVERDUE = 1.5

/** The newest of the times of some points. */
export function newestAmong(timesMs: Float64Array, points: readonly number[]): number {
  let newestMs = -Infinity
  for (const point of points) newestMs = Math.max(newestMs, timesMs[point]!)
  return newestMs
}

/** When the silence, or the lack of accepted readings, began to count; NaN: nobody listens yet. */
export function fromMs(alarms: Alarms, kind: SilentPoint | SilentGateway, point: number): number {
  const { plan, silenceFromMs, refused } = alarms
  const { rules } = plan.alarms
  const isBroken = (kind === 'stale' && rules.refused.enabled) || (kind === 'gateway' && rules.gateway_refused.enabled)
  return isBroken ? Math.max(silenceFromMs[point]!, refused.atMs[point]!) : silenceFromMs[point]!
}

/** Since `heardMs` nothing sound has come. */
export function beginBreach(state: AlarmState, heardMs: number, nowMs: number): void {
  state.newestMs = nowMs
  state.heardMs = heardMs
  state.breachMs = heardMs
  state.verdict = 'breached'
}

export function endBreach(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  state.value = 0
  state.verdict = 'inside'
  clear(alarms, state, nowMs, nowMs, sink)
}

/** Whether a point's device said that it is gone: its silence began to count before its last reading. */
export function isDeclaredGone({ silenceFromMs, heardMs }: Alarms, point: number): boolean {
  return silenceFromMs[point]! < heardMs[point]!
}
