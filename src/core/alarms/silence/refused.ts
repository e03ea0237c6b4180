import type { Alarms, AlarmState } from '../alarm-state.ts'
import { LIMIT_QUANTITIES, type LimitQuantity } from '../../contract/alarm-kinds.ts'
import { FUTURE, OUTCOMES } from '../../contract/outcome.ts'

/** Stands for an outcome where readings are accepted and not believed: the sensor repeats one value. Saved. */
const STUCK_OUTCOME = 255

/** What the alarm of refused readings is about, by outcome; undefined: such a reading says nothing of its source. */
const QUANTITY_OF: readonly (LimitQuantity | undefined)[] = OUTCOMES.map((outcome) =>
  LIMIT_QUANTITIES.find((quantity) => quantity === outcome),
)

/** The newest reading of a point was taken and is not believed, as its sensor has repeated it for `lastedMs`. */
export function markPointStuck(alarms: Alarms, point: number, lastedMs: number, nowMs: number): void {
  markNotTaken(alarms, point, STUCK_OUTCOME, lastedMs / 1000, nowMs)
}

/** A reading of a point was refused. `offS`: by how many seconds its stamp was wrong; NaN: that is not why. */
export function markPointRefused(alarms: Alarms, point: number, outcome: number, offS: number, nowMs: number): void {
  if (QUANTITY_OF[outcome] !== undefined) markNotTaken(alarms, point, outcome, offS, nowMs)
}

function markNotTaken(alarms: Alarms, point: number, outcome: number, offS: number, nowMs: number): void {
  const { refused, silenceFromMs, plan } = alarms
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

/** Since when readings of some points come and are refused; Infinity: of none of them. */
export function refusedSinceMs({ refused }: Alarms, points: readonly number[]): number {
  let sinceMs = Infinity
  for (const point of points) if (refused.sinceMs[point]! < sinceMs) sinceMs = refused.sinceMs[point]!
  return sinceMs
}

/**
 * Why a point's newest reading was refused; of a stamp ahead of us, by how much, and what is allowed, in seconds. Of a
 * stuck sensor it is for how long it has repeated its value.
 */
export function describeRefusal({ refused, plan }: Alarms, state: AlarmState, point: number): void {
  const outcome = refused.outcome[point]!
  state.quantity = outcome === STUCK_OUTCOME ? 'stuck' : (QUANTITY_OF[outcome] ?? 'only')
  state.value = refused.offS[point]!
  state.limit = outcome === FUTURE ? plan.skewMs / 1000 : NaN
}
