import type { Air } from '../air/air.ts'
import { ALARM_KINDS, SOURCE_OF, type AlarmKind } from '../contract/alarm-kinds.ts'
import type { Flood } from './flood.ts'
import type { CorePlan, RulePlan } from '../contract/plan.ts'

/** How a condition stands: its delays run while it is rising or falling. */
export const PHASES = ['normal', 'rising', 'active', 'falling'] as const
export type Phase = (typeof PHASES)[number]

/** What an operator has before him: `cleared` is over and waits to be acknowledged, `latched` to be reset. */
export const STANDINGS = ['normal', 'raised', 'acked', 'cleared', 'latched'] as const
export type Standing = (typeof STANDINGS)[number]

/** One alarm at one source. All times in ms; NaN and -Infinity: never. */
export interface Watch {
  readonly kind: AlarmKind
  readonly source: number
  /** Its place among all watches. */
  readonly order: number
  readonly rule: RulePlan
  /** For how long a sample speaks for its source; Infinity: until the next. */
  readonly holdMs: number
  /** For how long a breach goes on to the next sample that is one too. */
  readonly bridgeMs: number
  /** Scope index of the hall that it stands in, and the gateway behind which it is; -1: none. */
  readonly hall: number
  readonly gateway: number
  /** Taken out of service by the configuration. */
  readonly plannedOut: boolean
  phase: Phase
  standing: Standing
  /** Since when the breach, or its end, lasts; when it was raised last; the newest row's time. */
  sinceMs: number
  raisedMs: number
  toldMs: number
  /** Newest sample: event time, arrival time, value, and the limit that was broken last. */
  newestMs: number
  heardMs: number
  value: number
  limit: number
  /** Event time of the newest late breach that was told. */
  lateMs: number
  /** Its source fell silent while it stood. */
  unseen: boolean
  suppressed: boolean
  /** Shelved until then; NaN: not shelved. */
  shelvedMs: number
  /** Out of service by the configuration as it was last told, and by command. */
  plannedOutTold: boolean
  commandedOut: boolean
  /** Others outside know that it stands; if `grouped`, as one of many. */
  sent: boolean
  grouped: boolean
  /** Arrival times of the last two activations. */
  lastMs: number
  beforeLastMs: number
}

/** All alarms of a site. Watches of points are made when they are first needed: most points never raise anything. */
export interface Alarms {
  readonly plan: CorePlan
  /** By kind: watch of each source that has one. */
  readonly byKind: ReadonlyMap<AlarmKind, Map<number, Watch>>
  /** All watches, in the order of kinds and sources. */
  readonly watches: Watch[]
  /** Inlets whose dry bulb (whose moisture) a point tells. */
  readonly inletsOf: readonly (readonly number[])[]
  readonly moistInletsOf: readonly (readonly number[])[]
  /** Hall (scope index) and gateway of each point, -1: none. */
  readonly hallOf: Int32Array
  readonly gatewayOf: Int32Array
  /** Each point's last sign of life, from when its silence counts, and whether it is silent. NaN: nobody listens yet. */
  readonly heardMs: Float64Array
  readonly quietMs: Float64Array
  readonly isSilent: Uint8Array
  /** Newest of its points' `quietMs`, per gateway, as of the last look. */
  readonly spokenMs: Float64Array
  readonly flood: Flood
  /** One inlet's air, for the time of one call, and the readings that it comes of. */
  readonly air: Air
  readonly held: Float64Array
  /** Interval end up to which boundaries were judged; NaN: none was. */
  judgedEnd: number
  readonly counts: AlarmCounts
  /** No delay, shelf or gathering ends before this arrival time. */
  dueMs: number
}

/** Since the core was made. */
export interface AlarmCounts {
  raised: number
  /** Activations that were the third within 60 s, and alarms that had stood for more than 24 h when they ended. */
  chattering: number
  stood: number
  floods: number
}

/** ISA-18.2: three activations in a minute are chatter; more than a day active is standing. */
export const CHATTER_MS = 60_000
export const STANDING_MS = 86_400_000

/** A device that is slower than declared, but not silent, breaches all the same. Our own rule. */
const BRIDGE_MS = 300_000

export function createWatch(alarms: Alarms, kind: AlarmKind, source: number): Watch {
  const { plan } = alarms
  const point = pointOf(plan, kind, source)
  const holdMs = SOURCE_OF[kind] === 'inlet' ? plan.points[point]!.maxGapMs : Infinity
  return {
    kind,
    source,
    order: ALARM_KINDS.indexOf(kind) * 2 ** 32 + source,
    rule: plan.alarms.rules[kind],
    holdMs,
    bridgeMs: holdMs < Infinity ? Math.max(holdMs, Math.min(plan.alarms.staleAfterMs[point]!, BRIDGE_MS)) : Infinity,
    hall: point < 0 ? -1 : alarms.hallOf[point]!,
    gateway: point < 0 ? -1 : alarms.gatewayOf[point]!,
    plannedOut: plan.alarms.out.get(kind)?.has(source) ?? false,
    phase: 'normal',
    standing: 'normal',
    sinceMs: NaN,
    raisedMs: NaN,
    toldMs: -Infinity,
    newestMs: -Infinity,
    heardMs: -Infinity,
    value: NaN,
    limit: NaN,
    lateMs: -Infinity,
    unseen: false,
    suppressed: false,
    shelvedMs: NaN,
    plannedOutTold: false,
    commandedOut: false,
    sent: false,
    grouped: false,
    lastMs: -Infinity,
    beforeLastMs: -Infinity,
  }
}

/** The watch of a source, made if it is not there. */
export function watchOf(alarms: Alarms, kind: AlarmKind, source: number): Watch {
  const known = alarms.byKind.get(kind)!.get(source)
  if (known !== undefined) return known
  const watch = createWatch(alarms, kind, source)
  alarms.byKind.get(kind)!.set(source, watch)
  const after = alarms.watches.findLastIndex(({ order }) => order < watch.order)
  alarms.watches.splice(after + 1, 0, watch)
  return watch
}

/** The point that a source hangs on: its dry bulb for an inlet; -1 for what is more than one point. */
function pointOf(plan: CorePlan, kind: AlarmKind, source: number): number {
  const of = SOURCE_OF[kind]
  return of === 'inlet' ? plan.inlets[source]!.dryBulb : of === 'point' ? source : -1
}
