import type { AlarmKind } from './alarm-kinds.ts'
import type { Limits } from './limits.ts'

/** Rule of an alarm kind: how long a breach must last (its end: `offDelayMs`), how far the value must fall back. */
export interface RulePlan {
  enabled: boolean
  onDelayMs: number
  offDelayMs: number
  deadband: number
  /** An alarm whose breach is over waits to be reset (`latch`), or if nobody has seen it for that (`acknowledge`). */
  latch: boolean
  acknowledge: boolean
}

/** Dry bulb limits of an inlet's alarm, °C; air at a limit is inside. ∓Infinity: none. */
export interface LimitPlan {
  minC: number
  maxC: number
}

export interface AlarmsPlan {
  rules: Readonly<Record<AlarmKind, RulePlan>>
  /** The next three: per inlet. */
  recommended: readonly LimitPlan[]
  allowable: readonly LimitPlan[]
  moisture: readonly Limits[]
  moistureDeadbandPct: number
  leastCoverage: number
  /** So long a boundary whose last hour was never known enough raises nothing. */
  coverageGraceMs: number
  /** Per point: silence after which it is stale, before the rule's delay. */
  staleAfterMs: readonly number[]
  /** Per kind the sources whose alarm is out of service. */
  out: ReadonlyMap<AlarmKind, ReadonlySet<number>>
}
