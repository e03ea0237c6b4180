import type { Alarms, AlarmState } from './alarm-state.ts'
import { ALARM_KINDS, type AlarmKind } from '../contract/alarm-kinds.ts'
import { formulaAt, pointsOf, termsOf } from '../contract/formula.ts'

/**
 * One cause is one alarm: what another alarm explains is suppressed while that one stands (ISA-18.2: by design).
 *
 *     uplink down,       its gateways and points: silence, refusals, and whatever is raised on old readings
 *     uplink refused
 *     gateway down       its points: the same
 *     stale, refused     the same of what one device measures besides, if it was not heard longer than that
 *     inlet_allowable    the same inlet's inlet_recommended
 *     both of these      the same inlet's rate_of_change, also while their on-delay still runs
 *     refused            skew of the same point, if its stamps are too old
 *     stale, refused     coverage of boundaries whose PUE needs the point, and for an hour behind: it looks back so far
 */

/** Alarms of a gateway that stand for those of the points behind it; of two that are due the first is raised. */
export const GATEWAY_KINDS = ['gateway_refused', 'gateway'] as const satisfies readonly AlarmKind[]

/** The same of an uplink, for all that lies behind it. */
export const UPLINK_KINDS = ['uplink_refused', 'uplink'] as const satisfies readonly AlarmKind[]

/** A kind that speaks of what has happened, not of what is so. */
export const HAPPENS: AlarmKind = 'rate_of_change'

/** Of a kind those that stand for it at the same source, the greatest first. */
const GREATER: ReadonlyMap<AlarmKind, readonly AlarmKind[]> = new Map([
  ['inlet_recommended', ['inlet_allowable']],
  [HAPPENS, ['inlet_allowable', 'inlet_recommended']],
])
const LESSER: ReadonlyMap<AlarmKind, readonly AlarmKind[]> = new Map([
  ['inlet_allowable', ['inlet_recommended', HAPPENS]],
  ['inlet_recommended', [HAPPENS]],
])

/** All kinds, those first that stand for others: where several come back at once, the greater is raised first. */
export const GREATEST_FIRST: readonly AlarmKind[] = ALARM_KINDS.toSorted((a, b) => lesserCount(b) - lesserCount(a))

function lesserCount(kind: AlarmKind): number {
  return LESSER.get(kind)?.length ?? 0
}

/** A limit's on-delay that ends later than this does not keep a change of temperature waiting. */
const PENDING_MS = 300_000

/** What a boundary's coverage looks back on. */
const COVERAGE_MS = 3_600_000

/** The kind of the alarm that stands for this one; undefined: none does. */
export function explainedBy(alarms: Alarms, state: AlarmState, nowMs: number): AlarmKind | undefined {
  const uplinkKind = downKindOf(alarms, state.uplink)
  if (uplinkKind !== undefined) return uplinkKind
  for (const kind of GATEWAY_KINDS) if (isEffective(alarms.byKind.get(kind)!.get(state.gateway))) return kind
  if ((state.kind === 'stale' || state.kind === 'refused') && isDeviceTold(alarms, state)) return state.kind
  for (const greater of greatersOf(alarms, state)) {
    if (stands(greater)) {
      state.explainedMs = nowMs
      return greater.kind
    }
    if (state.kind === HAPPENS && pendingUntilMs(greater, nowMs) < Infinity) return greater.kind
  }
  if (state.kind === 'skew' && isRefusedAsTooLate(alarms, state.source)) return 'refused'
  return state.kind === 'coverage' ? silenceBehind(alarms, state, nowMs) : undefined
}

/** Whether nothing sound comes from behind a gateway, so that its one alarm stands for those of its points. */
export function isGatewayDown({ byKind }: Alarms, gateway: number): boolean {
  if (gateway < 0) return false // asked for each reading
  return isEffective(byKind.get('gateway')!.get(gateway)) || isEffective(byKind.get('gateway_refused')!.get(gateway))
}

/** Whether nothing sound comes through an uplink, or through the one behind that. */
export function isUplinkDown(alarms: Alarms, uplink: number): boolean {
  return downKindOf(alarms, uplink) !== undefined
}

/** Asked for each reading, so a site without such alarms ends it at once. */
function downKindOf({ plan, uplinkStates }: Alarms, uplink: number): AlarmKind | undefined {
  const { uplink: silent, uplink_refused: refused } = uplinkStates
  if (uplink < 0 || silent.size + refused.size === 0) return undefined
  for (let at = uplink; at >= 0; at = plan.uplinks[at]!.parent) {
    if (isEffective(refused.get(at))) return 'uplink_refused'
    if (isEffective(silent.get(at))) return 'uplink'
  }
  return undefined
}

/** Whether an alarm of another point tells the silence of a device already: neither was heard since. */
function isDeviceTold({ plan, byKind, heardMs, deviceOf }: Alarms, { kind, source }: AlarmState): boolean {
  const device = deviceOf[source]!
  if (device < 0) return false
  const untilMs = heardMs[source]! - 2 * plan.points[source]!.everyMs
  const states = byKind.get(kind)!
  return plan.devices[device]!.some((point) => {
    const other = states.get(point)
    return point !== source && other !== undefined && stands(other) && heardMs[point]! >= untilMs
  })
}

/** Its readings are refused because their stamps are too old: the same clock, told by the hour. */
function isRefusedAsTooLate({ byKind }: Alarms, point: number): boolean {
  const refused = byKind.get('refused')!.get(point)
  return isEffective(refused) && refused?.quantity === 'too_late'
}

function isEffective(state: AlarmState | undefined): boolean {
  return state !== undefined && state.phase === 'active' && state.rule.enabled
}

/** Alarms of the same source that stand for this one while they stand, the greatest first; none is less urgent. */
export function greatersOf({ byKind }: Alarms, { kind, source, rule }: AlarmState): AlarmState[] {
  return (GREATER.get(kind) ?? []).flatMap((greater) => {
    const state = byKind.get(greater)!.get(source)
    return state !== undefined && state.rule.severity >= rule.severity ? [state] : []
  })
}

/** Alarms of the same source for which this one stands. */
export function lessersOf({ byKind }: Alarms, { kind, source, rule }: AlarmState): AlarmState[] {
  return (LESSER.get(kind) ?? []).flatMap((lesser) => {
    const state = byKind.get(lesser)!.get(source)
    return state !== undefined && state.rule.severity <= rule.severity ? [state] : []
  })
}

/** Arrival time up to which a change of temperature waits for delays of its inlet's limits; Infinity: it does not. */
export function waitsUntilMs(alarms: Alarms, state: AlarmState, nowMs: number): number {
  if (state.kind !== HAPPENS) return Infinity
  return Math.min(...greatersOf(alarms, state).map((greater) => pendingUntilMs(greater, nowMs)), Infinity)
}
/** Arrival time up to which the on-delay of a limit's breach is waited for; Infinity: none runs that ends soon. */
function pendingUntilMs({ phase, sinceMs, rule, newestMs, heardMs }: AlarmState, nowMs: number): number {
  if (phase !== 'rising' || !rule.enabled) return Infinity
  const untilMs = heardMs + sinceMs + rule.onDelayMs - newestMs + 1000 // the tick that ends the delay comes first
  return untilMs > nowMs && untilMs <= nowMs + PENDING_MS ? untilMs : Infinity
}

function stands({ standing, suppressed, rule }: AlarmState): boolean {
  return (standing === 'raised' || standing === 'acked') && !suppressed && rule.enabled
}

/** The silence that keeps a boundary from being known, or did within the hour. Asked at each interval of the breach. */
function silenceBehind(alarms: Alarms, state: AlarmState, nowMs: number): AlarmKind | undefined {
  const { plan, byKind } = alarms
  const formula = formulaAt(plan.boundaries[state.source]!, Math.floor(nowMs / plan.lengthMs))
  for (const point of pointsOf(termsOf(formula))) {
    for (const kind of ['stale', 'refused'] as const) {
      const silence = byKind.get(kind)!.get(point)
      if (silence?.phase !== 'active' || !(stands(silence) || silence.suppressed)) continue
      state.explainedMs = nowMs
      return kind
    }
  }
  return nowMs - state.explainedMs < COVERAGE_MS ? 'stale' : undefined
}
