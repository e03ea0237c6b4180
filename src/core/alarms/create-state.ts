import { placeByOrder } from './order.ts'
import { ALARM_KINDS, SEVERITIES, SOURCE_OF, type AlarmKind } from '../contract/alarm-kinds.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import { ruleOf, type RulePlan } from '../contract/alarm-plan.ts'
import type { CorePlan } from '../contract/plan.ts'

/** A device may be slower than declared and still be heard: its breach goes on for up to 5 min. Our own rule. */
const BRIDGE_MS = 300_000

const NO_STEPS = new Float64Array()

/** The state of a source, made if it is not there. */
export function stateOf(alarms: Alarms, kind: AlarmKind, source: number): AlarmState {
  const known = alarms.byKind.get(kind)!.get(source)
  if (known !== undefined) return known
  const state = createState(alarms, kind, source)
  alarms.byKind.get(kind)!.set(source, state)
  alarms.states.splice(placeByOrder(alarms.states, state.order), 0, state)
  return state
}

function createState(alarms: Alarms, kind: AlarmKind, source: number): AlarmState {
  const { plan } = alarms
  const point = pointOf(plan, kind, source)
  const rule = ruleOf(plan.alarms, kind, source)
  // Sensors are judged by hours, other alarms of inlets by readings
  const holdMs = SOURCE_OF[kind] === 'inlet' && kind !== 'sensor' ? plan.points[point]!.maxGapMs : Infinity
  return {
    kind,
    source,
    order: ALARM_KINDS.indexOf(kind) * 2 ** 32 + source,
    rule,
    holdMs,
    bridgeMs: holdMs < Infinity ? Math.max(holdMs, Math.min(plan.alarms.staleAfterMs[point]!, BRIDGE_MS)) : Infinity,
    hall: point < 0 ? -1 : alarms.hallOf[point]!,
    gateway: point < 0 ? -1 : alarms.gatewayOf[point]!,
    uplink: uplinkOf(plan, kind, source, point),
    outByPlan: plan.alarms.out.get(kind)?.has(source) ?? false,
    phase: 'normal',
    standing: 'normal',
    sinceMs: NaN,
    raisedMs: NaN,
    emittedMs: -Infinity,
    newestMs: -Infinity,
    heardMs: -Infinity,
    value: NaN,
    verdict: 'inside',
    limit: NaN,
    quantity: kind === 'moisture' ? 'dew_point' : 'only',
    side: 'none',
    spanMs: NaN,
    breachMs: NaN,
    peak: NaN,
    lateSinceMs: Infinity,
    newestLateMs: -Infinity,
    lateFromMs: Infinity,
    lateToMs: -Infinity,
    isSourceSilent: false,
    isReturned: false,
    isPast: false,
    ackedBy: undefined,
    suppressed: false,
    shelvedMs: NaN,
    outByPlanEmitted: false,
    outByCommand: false,
    sent: false,
    grouped: false,
    lastRaiseMs: -Infinity,
    beforeLastRaiseMs: -Infinity,
    thirdLastRaiseMs: -Infinity,
    cycles: 0,
    isStayTold: false,
    changedMs: -Infinity,
    heldMs: NaN,
    explainedMs: -Infinity,
    instead: undefined,
    ...noSeverity(rule),
  }
}

/** As its rule says, and nothing told yet. */
function noSeverity({ severity, steps }: RulePlan) {
  return {
    severity,
    hadSeverities: 0,
    shownSeverity: -1,
    calledMs: NaN,
    escalated: 0,
    mostEscalated: 0,
    reachedSteps: 0,
    stepMs: steps.length === 0 ? NO_STEPS : new Float64Array(SEVERITIES.length).fill(NaN),
  }
}

function uplinkOf(plan: CorePlan, kind: AlarmKind, source: number, point: number): number {
  if (point >= 0) return plan.uplinkOfPoint[point]!
  if (SOURCE_OF[kind] === 'gateway') return plan.uplinkOfGateway[source]!
  return SOURCE_OF[kind] === 'uplink' ? plan.uplinks[source]!.parent : -1
}

/** The point that a source depends on: its dry bulb for an inlet; -1 for a source of many points. */
function pointOf(plan: CorePlan, kind: AlarmKind, source: number): number {
  const of = SOURCE_OF[kind]
  return of === 'inlet' ? plan.inlets[source]!.dryBulb : of === 'point' ? source : -1
}
