import type { InletAir } from '../air/air.ts'
import type { AlarmKind, LimitQuantity, LimitSide, LimitVerdict } from '../contract/alarm-kinds.ts'
import type { Flood } from './flood.ts'
import type { WaitingAir } from './judged/one-air.ts'
import type { RulePlan } from '../contract/alarm-plan.ts'
import type { CorePlan } from '../contract/plan.ts'
import type { AlarmBy } from '../contract/sink.ts'

/**
 * The phase of a condition. Samples, delays and the clock move it; operators do not. Silence enters and leaves `active`
 * directly, because its limit is a delay already.
 *
 *                          breached
 *       ┌────────┐ ──────────────────────────> ┌────────┐ ──┐ breached after a gap
 *       │ normal │                             │ rising │   │ longer than `bridgeMs`:
 *       └────────┘ <────────────────────────── └────────┘ <─┘ the delay starts again
 *         ^  ^  │      near or inside                 │
 *         │  │  │                                     │ on-delay over (`activate`)
 *         │  │  │      of silence, of refusals:       v
 *         │  │  └──── over time (`activate`) ────> ┌────────┐
 *         │  └─────── heard (`clear`) ──────────── │ active │
 *         │                                        └────────┘
 *         │                                         │     ^
 *         │                                  inside │     │ near or breached
 *         │                                         v     │
 *         │   off-delay over (`clear`)        ┌─────────┐ ──┐ inside after a gap
 *         └────────────────────────────────── │ falling │   │ longer than `holdMs`:
 *                                             └─────────┘ <─┘ the delay starts again
 *
 * From every phase two things lead to `normal`: a disabled rule (`applyConfiguration`), and a source that the
 * configuration no longer has (`clearRemoved`). Saved by place: append only.
 */
export const PHASES = ['normal', 'rising', 'active', 'falling'] as const
export type Phase = (typeof PHASES)[number]

/**
 * What an operator has before him (ISA-18.2). `raise` happens when the phase becomes active, `clear` when it becomes
 * normal, `ack` at an operator's command. Each arrow emits a row, whose state stands in brackets.
 *
 *     normal  ── raise [raised] ──> raised ── ack [acked] ──> acked
 *
 *     raised  ── clear [latched] ─> latched  if the rule latches; else
 *             ── clear [cleared] ─> cleared  if the rule asks for an acknowledgement; else
 *             ── clear [cleared] ─> normal
 *     acked   ── clear [latched] ─> latched  if the rule latches; else
 *             ── clear [normal] ──> normal   if the rule asks for an acknowledgement; else
 *             ── clear [cleared] ─> normal
 *     cleared ── raise [raised] ──> raised   another alarm, with an id of its own
 *             ── ack [normal] ────> normal
 *     latched ── raise [raised] ──> raised   the same alarm, with the same id
 *             ── ack [normal] ────> normal
 *
 * Three things stand beside it:
 *
 *     shelved, out of service   at the start raised, acked and cleared become normal, latched stays (`withhold`);
 *                               meanwhile raise and clear do nothing; at the end `emitCurrentState` raises again
 *     suppressed                raise while another alarm stands for it (explained.ts), or that one is raised:
 *                               [suppressed], the standing stays; ends with raise, or [raised] or [acked] if it had
 *                               been, once that one is over; with clear; or when shelved
 *     isSourceSilent            the source of a raised or acked alarm fell silent: [stale], the standing stays;
 *                               ends with its next breach [raised] or [acked], with clear, or when shelved
 *     isReturned                then the source was heard, and broke no limit: [returned], the standing stays;
 *                               ends as isSourceSilent does, and with silence [stale]
 *     isPast                    active, but not raised: a change that was no news any more when it was found [late];
 *                               ends with the first sample inside, or with raise if it changes as much once more
 *
 * A disabled rule and a removed source lead to `normal` from everywhere. Saved by place: append only.
 */
export const STANDINGS = ['normal', 'raised', 'acked', 'cleared', 'latched'] as const
type Standing = (typeof STANDINGS)[number]

/** One alarm at one source. All times in ms; NaN and -Infinity: never. */
export interface AlarmState {
  readonly kind: AlarmKind
  readonly source: number
  /** Its place among all states: by kind, then by source. */
  readonly order: number
  readonly rule: RulePlan
  /** For how long a sample speaks for its source; Infinity: until the next. */
  readonly holdMs: number
  /** Longest gap between two breached samples over which an on-delay keeps running. */
  readonly bridgeMs: number
  /** Scope index of the source's hall, and index of its gateway; -1: none. */
  readonly hall: number
  readonly gateway: number
  /** Index of the uplink through which its source, or its source's gateway, is reached; -1: none. */
  readonly uplink: number
  /** The configuration takes this alarm out of service. */
  readonly outByPlan: boolean
  phase: Phase
  standing: Standing
  /** Start of the running delay; when it was raised last; time of the newest row. */
  sinceMs: number
  raisedMs: number
  emittedMs: number
  /** Newest sample: event time, arrival time and value. */
  newestMs: number
  heardMs: number
  value: number
  /** How it lies to the limit. */
  verdict: LimitVerdict
  /** The limit that was broken last: what it measures, its side, and the length of the stretch of a change. */
  limit: number
  quantity: LimitQuantity
  side: LimitSide
  spanMs: number
  /** Event time of the first sample of the breach (of a silence, of the last reading), and its farthest value. */
  breachMs: number
  peak: number
  /** Of the late breach that was told last: its first sample and its newest. */
  lateSinceMs: number
  newestLateMs: number
  /** Oldest and newest breach that came too late to change the phase, and is not told yet; ±Infinity: none is. */
  lateFromMs: number
  lateToMs: number
  /** The source fell silent while the alarm was raised or acknowledged: a row `stale` was emitted. */
  isSourceSilent: boolean
  /** After that it was heard inside its limit: a row `returned` was emitted. */
  isReturned: boolean
  /** Active, but not raised: a row `late` was emitted, as it was no news any more. */
  isPast: boolean
  /** Who acknowledged it; undefined unless it is acknowledged. */
  ackedBy: AlarmBy | undefined
  /** Active, but another alarm explains it and stands for it (ISA-18.2: suppressed by design). */
  suppressed: boolean
  /** Shelved until then; NaN: not shelved. */
  shelvedMs: number
  /** `outByPlan` as the last row said it; out of service by an operator's command. */
  outByPlanEmitted: boolean
  outByCommand: boolean
  /** A notice says that it is raised: one of its own, or (`grouped`) its flood group's. */
  sent: boolean
  grouped: boolean
  /** When it was raised last and the times before, to see chatter. */
  lastRaiseMs: number
  beforeLastRaiseMs: number
  thirdLastRaiseMs: number
  /** How often it was raised since it began to chatter; 0: it does not. Whether a breach that stayed was told since. */
  cycles: number
  isStayTold: boolean
  /** Arrival times: of the newest raise or end that counts, and up to when the notice of a raise waits; NaN: none. */
  changedMs: number
  heldMs: number
  /** Arrival time at which another alarm explained it last. */
  explainedMs: number
  /** The kind of the alarm that stands for it; as of the newest row `suppressed`. */
  instead: AlarmKind | undefined
  /** Severities by place: the present one, all since it was raised as bits, that of the newest row (-1: it is over). */
  severity: number
  hadSeverities: number
  shownSeverity: number
  /** Arrival time since which nobody has acknowledged it; NaN: it is not raised. */
  calledMs: number
  /** Escalations since then, and the most since it was raised. */
  escalated: number
  mostEscalated: number
  /** Steps that the value has reached, as bits by severity, and since when it passes one: see severity.ts. */
  reachedSteps: number
  readonly stepMs: number[]
}

/** All alarms of a site. A state is made when it is first needed: most points never raise anything. */
export interface Alarms {
  readonly plan: CorePlan
  /** By kind: the state of each source that has one. */
  readonly byKind: ReadonlyMap<AlarmKind, Map<number, AlarmState>>
  /** Those of uplinks that are lost or refused, as each reading asks for them. */
  readonly uplinkStates: Readonly<Record<'uplink' | 'uplink_refused', ReadonlyMap<number, AlarmState>>>
  /** Those of dry bulbs, for the same reason, and the newest dry bulb of each inlet: see dry-bulbs.ts. */
  readonly allowableStates: ReadonlyMap<number, AlarmState>
  readonly recommendedStates: ReadonlyMap<number, AlarmState>
  readonly dryBulbs: Float64Array
  /** All states, in the order of kinds and sources, and those of them that have late breaches to be told. */
  readonly states: AlarmState[]
  readonly late: Set<AlarmState>
  /** Per point: the inlets whose dry bulb it measures, and those whose moisture depends on it. */
  readonly inletsOf: readonly (readonly number[])[]
  readonly inletsOfMoisture: readonly (readonly number[])[]
  /** Hall (scope index) and gateway of each point; -1: none. */
  readonly hallOf: Int32Array
  readonly gatewayOf: Int32Array
  /** Silence of each point: see silence.ts. */
  readonly heardMs: Float64Array
  readonly silenceFromMs: Float64Array
  readonly isSilent: Uint8Array
  readonly refused: RefusedByPoint
  /** Per gateway and uplink: newest `silenceFromMs` of its points, as of the last tick that looked. */
  readonly gatewayHeardMs: Float64Array
  readonly uplinkHeardMs: Float64Array
  /**
   * Per uplink, as of that tick: newest accepted reading; whether readings come through it, all are refused, and each
   * branch sends such or may yet.
   */
  readonly uplinkAcceptedMs: Float64Array
  readonly uplinkMayBeRefused: Uint8Array
  /** Index of each point's device, of those that several points are of; -1: it is alone. */
  readonly deviceOf: Int32Array
  readonly flood: Flood
  /** Stamps of inlets of which a reading is still to come. */
  readonly waiting: WaitingAir
  /** Scratch for one call: the air at one inlet, and the readings it is computed from. */
  readonly air: InletAir
  readonly held: Float64Array
  /** Scratch for one call: the sample being judged, so that a reading costs no object. */
  readonly judged: JudgedSample
  /** Interval end up to which boundaries were judged; NaN: none was. */
  judgedEnd: number
  readonly counts: AlarmCounts
  /** No delay, shelf or wait of a flood group ends before this arrival time. */
  dueMs: number
}

/** Per point the newest reading that came and was refused. It counts as long as none has been accepted since. */
interface RefusedByPoint {
  /** Arrival times: of the first refused since one was accepted (NaN: none), its own (-Infinity: there was none). */
  readonly sinceMs: Float64Array
  readonly atMs: Float64Array
  /** Its outcome, by how many seconds its stamp was wrong (NaN: not at all), and whether alarm `refused` is active. */
  readonly outcome: Uint8Array
  readonly offS: Float64Array
  readonly isTold: Uint8Array
}

/** A sample of a condition of one quantity, already compared with its limits. */
export interface Condition {
  verdict: LimitVerdict
  /** Event time. */
  tMs: number
  /** In the alarm's own unit. */
  value: number
  /** The limit that is broken; else that of the side and quantity that were broken last. NaN: there is none. */
  limit: number
  /** Of kinds whose limit may be broken on either side: on which it is. */
  side?: LimitSide
}

export interface JudgedSample extends Condition {
  /** What `value` and `limit` measure. */
  quantity: LimitQuantity
  /** Looked at only where `verdict` is `breached`. */
  side: LimitSide
  spanMs: number
}

/** Counted since the core was made. */
export interface AlarmCounts {
  raised: number
  /** Alarms raised for the third time within 60 s, and alarms that had stood for more than 24 h when they ended. */
  chattering: number
  stood: number
  floods: number
}

/** ISA-18.2: three activations in a minute are chatter; more than a day active is standing. */
export const CHATTER_MS = 60_000
export const STANDING_MS = 86_400_000

/** Fills the scratch sample: it holds until the next call. */
export function judgedSample(
  { judged }: Alarms,
  verdict: LimitVerdict,
  tMs: number,
  value: number,
  limit: number,
  side: LimitSide,
  quantity: LimitQuantity = 'only',
  spanMs = NaN,
): JudgedSample {
  judged.verdict = verdict
  judged.tMs = tMs
  judged.value = value
  judged.limit = limit
  judged.quantity = quantity
  judged.side = side
  judged.spanMs = spanMs
  return judged
}
