import { limitC } from '../config/alarm-limits.ts'
import { sidesOf } from '../config/alarms.ts'
import type { Config } from '../config/config.ts'
import { ALARM_KINDS, SOURCE_OF, type AlarmKind } from '../core/contract/alarm-kinds.ts'
import type { LimitPlan, RulePlan } from '../core/contract/alarm-plan.ts'
import type { CorePlan } from '../core/contract/plan.ts'
import type { Site } from './site.ts'
import type { Envelope, EnvelopeClass } from '../core/contract/limits.ts'
import { reachedThrough } from './gateways.ts'
import { createMemo } from './memo.ts'

/**
 * Default for the shortest silence that raises an alarm: who is paged for every late message soon ignores pages (D49).
 */
const STALE_LEAST_S = 240

/** The plan of all alarms: rules in ms and base units, the limits of each inlet, the silence allowed to each point. */
export function alarmsOf(config: Config, envelopeOf: EnvelopeOf): CorePlan['alarms'] {
  const { alarms, points } = config
  return {
    rules: rulesOf(config),
    recommended: limitsOf(config, envelopeOf, 'inlet_recommended'),
    allowable: limitsOf(config, envelopeOf, 'inlet_allowable'),
    moisture: Object.values(config.inlets).map((inlet) => envelopeOf(inlet.class)[alarms.moisture.limit]),
    moistureDeadbandPct: alarms.moisture.deadbandPct,
    leastCoverage: alarms.coverage.least,
    coverageGraceMs: alarms.coverage.graceS * 1000,
    staleAfterMs: Object.values(points).map(
      ({ everyS }) => (alarms.stale.afterS ?? Math.max(3 * everyS, STALE_LEAST_S)) * 1000,
    ),
    out: outOf(config),
  }
}

type EnvelopeOf = (itClass: EnvelopeClass) => Envelope

interface Rule {
  enabled: boolean
  onDelayS: number
  latch: boolean
  acknowledge: boolean
  offDelayS?: number
  deadbandK?: number
  deadband?: number
}

function rulesOf({ alarms }: Config): Record<AlarmKind, RulePlan> {
  const rules = ALARM_KINDS.map((kind): [AlarmKind, RulePlan] => {
    const rule: Rule = alarms[kind]
    const { enabled, onDelayS, latch, acknowledge } = rule
    const offDelayMs = (rule.offDelayS ?? 0) * 1000
    const deadband = rule.deadbandK ?? rule.deadband ?? 0
    return [kind, { enabled, onDelayMs: onDelayS * 1000, offDelayMs, deadband, latch, acknowledge }]
  })
  return Object.fromEntries(rules) as Record<AlarmKind, RulePlan>
}

function limitsOf(
  { alarms, inlets }: Config,
  envelopeOf: EnvelopeOf,
  kind: 'inlet_recommended' | 'inlet_allowable',
): LimitPlan[] {
  const { high, low } = sidesOf(alarms[kind], kind === 'inlet_recommended' ? 'recommended' : 'allowable')
  const limitOf = createMemo<LimitPlan>()
  return Object.values(inlets).map((inlet) =>
    limitOf(inlet.class, () => {
      const limits = envelopeOf(inlet.class)
      return { minC: limitC(low, limits, 'dryBulbMinC'), maxC: limitC(high, limits, 'dryBulbMaxC') }
    }),
  )
}

/**
 * Sources of each kind that are out of service. A name in `out_of_service` is a source, and takes out all its alarms,
 * or a kind, and takes out all its sources.
 */
function outOf(config: Config): Map<AlarmKind, Set<number>> {
  const out = new Map<AlarmKind, Set<number>>()
  const names = new Set(config.alarms.out_of_service)
  if (names.size === 0) return out
  for (const kind of ALARM_KINDS) {
    const sources = sourcesOf(config, kind).flatMap((name, source) =>
      names.has(name) || names.has(kind) ? [source] : [],
    )
    if (sources.length > 0) out.set(kind, new Set(sources))
  }
  return out
}

function sourcesOf(config: Config, kind: AlarmKind): readonly string[] {
  const { points, inlets, boundaries } = config
  const { gateways, uplinks } = reachedThrough(config)
  const names = { inlets: Object.keys(inlets), points: Object.keys(points), boundaries: Object.keys(boundaries) }
  return sourceNames({ ...names, gateways, uplinks, config }, kind)
}

/** Names of all sources of a kind of alarm, by index. The daemon's own alarms have one source, the site. */
export function sourceNames(
  site: Pick<Site, 'inlets' | 'points' | 'gateways' | 'uplinks' | 'boundaries'> & { config: Pick<Config, 'site'> },
  kind: AlarmKind,
): readonly string[] {
  switch (SOURCE_OF[kind]) {
    case 'inlet':
      return site.inlets
    case 'point':
      return site.points
    case 'gateway':
      return site.gateways
    case 'uplink':
      return site.uplinks
    case 'boundary':
      return site.boundaries
    case 'site':
      return [site.config.site.id]
  }
}
