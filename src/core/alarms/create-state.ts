import { newestDryBulb, noteDryBulb } from './dry-bulbs.ts'
import { placeByOrder } from './order.ts'
import { ALARM_KINDS, SEVERITIES, SOURCE_OF, type AlarmKind } from '../contract/alarm-kinds.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import { ruleOf, type RulePlan } from '../contract/alarm-plan.ts'
import type { CorePlan } from '../contract/plan.ts'

/** A device may be slower than declared and still be heard: its breach goes on for up to 5 min. Our own rule. */
const BRIDGE_MS = 300_000

const NO_STEPS: number[] = []

/** The state of a source, made if it is not there. */
export function stateOf(alarms: Alarms, kind: AlarmKind, source: number): AlarmState {
  const known = alarms.byKind.get(kind)!.get(source)
  if (known !== undefined) return known
  const state = createState(alarms, kind, source)
  if (kind === 'inlet_allowable' || kind === 'inlet_recommended') beginWithNewest(alarms, state)
  alarms.byKind.get(kind)!.set(source, state)
  alarms.states.splice(placeByOrder(alarms.states, state.order), 0, state)
  return state
}

/** What came before the first breach has been judged as well: a state knows which readings are late. */
function beginWithNewest({ plan, dryBulbs }: Alarms, state: AlarmState): void {
  const { recommended, allowable } = plan.alarms
  const newest = newestDryBulb(dryBulbs, state.source)
  if (newest.newestMs === -Infinity) return
  Object.assign(state, newest)
  state.limit = (state.kind === 'inlet_allowable' ? allowable : recommended)[state.source]!.minC
}

/**
 * Leaves out the states of dry bulbs that were never in breach: a snapshot of an earlier release has them for every
 * inlet.
 */
export function leaveUntold({ states, allowableStates, recommendedStates, byKind, dryBulbs }: Alarms): void {
  let kept = 0
  for (const state of states) {
    const { kind, source, newestMs, heardMs, value } = state
    const isOfDryBulb = state === allowableStates.get(source) || state === recommendedStates.get(source)
    if (!isOfDryBulb || !isUntold(state)) states[kept++] = state
    else {
      noteDryBulb(dryBulbs, source, newestMs, value, heardMs)
      byKind.get(kind)!.delete(source)
    }
  }
  states.length = kept
}

/** Whether a state is as it was made, but for its newest sample. */
function isUntold(state: AlarmState): boolean {
  const { phase, side, emittedMs, newestLateMs, lateFromMs, shelvedMs, outByPlan, outByPlanEmitted, outByCommand } =
    state
  const isBreached = phase !== 'normal' || side !== 'none' || newestLateMs > -Infinity || lateFromMs < Infinity
  const isHeldBack = shelvedMs > -Infinity || outByPlan || outByPlanEmitted || outByCommand
  return emittedMs === -Infinity && !isBreached && !isHeldBack
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
    stepMs: steps.length === 0 ? NO_STEPS : SEVERITIES.map(() => NaN),
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
