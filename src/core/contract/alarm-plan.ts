import type { AlarmKind } from './alarm-kinds.ts'
import type { Limits } from './limits.ts'
import type { TargetPlan } from './targets.ts'

/** Rule of an alarm kind: how long a breach must last (its end: `offDelayMs`), how far the value must fall back. */
export interface RulePlan {
  enabled: boolean
  onDelayMs: number
  offDelayMs: number
  deadband: number
  /** The same for a relative humidity, %; 0 where none is judged. */
  deadbandPct: number
  /** An alarm whose breach is over waits to be reset (`latch`), or if nobody has seen it for that (`acknowledge`). */
  latch: boolean
  acknowledge: boolean
  /** The least severity, by its place in `SEVERITIES`. */
  severity: number
  /** What a value far beyond the limit makes of it: at most one step a severity. */
  steps: readonly StepPlan[]
  /** What becomes of it while nobody acknowledges it, the earliest first. */
  escalations: readonly EscalationPlan[]
}

interface StepPlan {
  severity: number
  /** How far beyond the limit, in the unit of the kind; `beyondPct` of a relative humidity. Infinity: never. */
  beyond: number
  beyondPct: number
}

interface EscalationPlan {
  /** So long after the alarm was raised. */
  afterMs: number
  severity: number
}

/** Dry bulb limits of an inlet's alarm, °C; air at a limit is inside. ∓Infinity: none. */
export interface LimitPlan {
  minC: number
  maxC: number
}

export interface AlarmsPlan {
  rules: Readonly<Record<AlarmKind, RulePlan>>
  /** Per kind the rules of sources that have one of their own. All of a kind are enabled, or none. */
  special: ReadonlyMap<AlarmKind, ReadonlyMap<number, RulePlan>>
  /** The next three: per inlet. */
  recommended: readonly LimitPlan[]
  allowable: readonly LimitPlan[]
  moisture: readonly Limits[]
  /** Per boundary: the least share of the last hour that its PUE has to know. */
  leastCoverage: readonly number[]
  /** What the targets of boundaries ask for, the sources of `target`. */
  targets: readonly TargetPlan[]
  /** So long a boundary whose last hour was never known enough raises nothing. */
  coverageGraceMs: number
  /** By how much an inlet's mean of an hour may differ from its neighbours', in K. */
  apartK: number
  /** Per point: silence after which it is stale, before the rule's delay. */
  staleAfterMs: readonly number[]
  /** Per kind the sources whose alarm is out of service. */
  out: ReadonlyMap<AlarmKind, ReadonlySet<number>>
}

/** Messages that their sender numbers: those of a topic, by its first point, or those of a gateway. */
export interface NumberingPlan {
  /** The alarm that tells of lost ones, and the index of its source. */
  kind: Extract<AlarmKind, 'messages_lost' | 'gateway_messages_lost'>
  of: number
  /** The number behind the highest is 0 again; Infinity: the numbers only rise. */
  modulus: number
}

/** The rule of one source: its own, or that of the kind. */
export function ruleOf({ rules, special }: AlarmsPlan, kind: AlarmKind, source: number): RulePlan {
  return special.get(kind)?.get(source) ?? rules[kind]
}
