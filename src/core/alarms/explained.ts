import type { Alarms, AlarmState } from './alarm-state.ts'
import type { AlarmKind } from '../contract/alarm-kinds.ts'
import { formulaAt, pointsOf, termsOf } from '../contract/formula.ts'

/**
 * One cause is one alarm: what another alarm explains is suppressed while that one stands (ISA-18.2: by design).
 *
 *     uplink down,       its gateways and points: silence, refusals, and whatever is raised on old readings
 *     uplink refused
 *     gateway down       its points: the same
 *     stale, refused     the same of what one device measures besides, if it was not heard longer than that
 *     inlet_allowable    the same inlet's inlet_recommended
 *     stale, refused     coverage of boundaries whose PUE needs the point, and for an hour behind: it looks back so far
 */

/** Alarms of a gateway that stand for those of the points behind it; of two that are due the first is raised. */
export const GATEWAY_KINDS = ['gateway_refused', 'gateway'] as const satisfies readonly AlarmKind[]

/** The same of an uplink, for all that lies behind it. */
export const UPLINK_KINDS = ['uplink_refused', 'uplink'] as const satisfies readonly AlarmKind[]

/** Of a kind the one with the farther limits at the same source. */
const GREATER: ReadonlyMap<AlarmKind, AlarmKind> = new Map([['inlet_recommended', 'inlet_allowable']])
const LESSER: ReadonlyMap<AlarmKind, AlarmKind> = new Map([...GREATER].map(([lesser, greater]) => [greater, lesser]))

/** What a boundary's coverage looks back on. */
const COVERAGE_MS = 3_600_000

/** The kind of the alarm that stands for this one; undefined: none does. */
export function explainedBy(alarms: Alarms, state: AlarmState, nowMs: number): AlarmKind | undefined {
  const uplinkKind = downKindOf(alarms, state.uplink)
  if (uplinkKind !== undefined) return uplinkKind
  for (const kind of GATEWAY_KINDS) if (isEffective(alarms.byKind.get(kind)!.get(state.gateway))) return kind
  if ((state.kind === 'stale' || state.kind === 'refused') && isDeviceTold(alarms, state)) return state.kind
  const greater = greaterOf(alarms, state)
  if (greater !== undefined && stands(greater)) return greater.kind
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

function isEffective(state: AlarmState | undefined): boolean {
  return state !== undefined && state.phase === 'active' && state.rule.enabled
}

export function greaterOf({ byKind }: Alarms, { kind, source }: AlarmState): AlarmState | undefined {
  const greater = GREATER.get(kind)
  return greater === undefined ? undefined : byKind.get(greater)!.get(source)
}

export function lesserOf({ byKind }: Alarms, { kind, source }: AlarmState): AlarmState | undefined {
  const lesser = LESSER.get(kind)
  return lesser === undefined ? undefined : byKind.get(lesser)!.get(source)
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
