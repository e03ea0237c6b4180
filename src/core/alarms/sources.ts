import { SOURCE_OF, type AlarmKind, type SourceKind } from '../contract/alarm-kinds.ts'
import type { CorePlan } from '../contract/plan.ts'

/** Of kinds that only some of their sources can have: which. */
const OF_SOME: Partial<Record<AlarmKind, (plan: CorePlan) => number[]>> = {
  register: ({ points }) => points.flatMap(({ kind }, point) => (kind === 'register' ? [point] : [])),
  unit_slip: ({ points }) => points.flatMap(({ kind }, point) => (kind === 'gauge' ? [] : [point])),
  drift: ({ pairs, trees }) => [...pairs.map(({ register }) => register), ...trees.map(({ parent }) => parent)],
  messages_lost: (plan) => numbered(plan, 'messages_lost'),
  skew: ({ sources }) => sources.map(({ point }) => point),
  gateway_messages_lost: (plan) => numbered(plan, 'gateway_messages_lost'),
}

/**
 * Sources, rising, of which an alarm of this kind can ever be raised: a sensor of temperature counts nothing, so it has
 * no register alarm. An order to all of a place is carried out, and written, for these alone.
 */
export function sourcesOf(plan: CorePlan, kind: AlarmKind): number[] {
  const some = OF_SOME[kind]?.(plan)
  if (some !== undefined) return [...new Set(some)].toSorted((a, b) => a - b)
  return Array.from({ length: countOf(plan, SOURCE_OF[kind]) }, (_, source) => source)
}

function countOf({ inlets, points, gateways, uplinks, boundaries, alarms }: CorePlan, of: SourceKind): number {
  const all = {
    inlet: inlets,
    point: points,
    gateway: gateways,
    uplink: uplinks,
    boundary: boundaries,
    target: alarms.targets,
    site: [0],
  }
  return all[of].length
}

function numbered({ numberings }: CorePlan, kind: AlarmKind): number[] {
  return numberings.flatMap((it) => (it.kind === kind ? [it.of] : []))
}
