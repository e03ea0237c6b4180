import type { Alarms, AlarmState } from '../alarm-state.ts'
import { LIMIT_QUANTITIES } from '../../contract/alarm-kinds.ts'
import { FUTURE, OUTCOMES } from '../../contract/outcome.ts'

/** Per outcome what the alarm of refused readings is about; undefined: such a reading says nothing of its source. */
const QUANTITY_OF = OUTCOMES.map((outcome) => LIMIT_QUANTITIES.find((quantity) => quantity === outcome))

/** A reading of a point was refused. `offS`: by how many seconds its stamp was wrong; NaN: that is not why. */
export function markPointRefused(alarms: Alarms, point: number, outcome: number, offS: number, nowMs: number): void {
  const { refused, silenceFromMs, plan } = alarms
  if (QUANTITY_OF[outcome] === undefined) return
  refused.atMs[point] = nowMs
  refused.outcome[point] = outcome
  refused.offS[point] = offS
  if (isRefused(alarms, point)) return
  refused.sinceMs[point] = nowMs
  const dueMs = Math.max(nowMs, silenceFromMs[point]! + plan.alarms.staleAfterMs[point]!)
  if (dueMs < alarms.dueMs) alarms.dueMs = dueMs
}

/** Whether readings of a point were refused since one was accepted. */
export function isRefused({ refused }: Alarms, point: number): boolean {
  return !Number.isNaN(refused.sinceMs[point]!)
}

/** Why a point's newest reading was refused; of a stamp ahead of us, by how much, and what is allowed, in seconds. */
export function describeRefusal({ refused, plan }: Alarms, state: AlarmState, point: number): void {
  const outcome = refused.outcome[point]!
  state.quantity = QUANTITY_OF[outcome] ?? 'only'
  state.value = refused.offS[point]!
  state.limit = outcome === FUTURE ? plan.skewMs / 1000 : NaN
}
