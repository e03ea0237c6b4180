import { limitC } from '../config/alarm-limits.ts'
import type { RuleSettings } from '../config/alarm-rules.ts'
import { sidesOf } from '../config/alarms.ts'
import type { Config } from '../config/config.ts'
import { ALARM_KINDS, SEVERITIES, SOURCE_OF, type AlarmKind, type Severity } from '../core/contract/alarm-kinds.ts'
import type { LimitPlan, RulePlan } from '../core/contract/alarm-plan.ts'
import type { CorePlan } from '../core/contract/plan.ts'
import type { AlarmRules } from './alarm-rules.ts'
import type { Site } from './site.ts'
import type { Envelope, EnvelopeClass } from '../core/contract/limits.ts'
import { reachedThrough } from './gateways.ts'
import { createMemo } from './memo.ts'
import { targetsOf } from '../config/sums/targets.ts'
import { TARGETED, type TargetPlan } from '../core/contract/targets.ts'

/**
 * Default for the shortest silence that raises an alarm: who is paged for every late message soon ignores pages (D49).
 */
const STALE_LEAST_S = 240

/** The plan of all alarms: rules in ms and base units, the limits of each inlet, the silence allowed to each point. */
export function alarmsOf(config: Config, envelopeOf: EnvelopeOf, ruled: AlarmRules): CorePlan['alarms'] {
  const { alarms, points } = config
  return {
    rules: Object.fromEntries(ALARM_KINDS.map((kind) => [kind, rulePlan(ruled.kind(kind))])) as Record<
      AlarmKind,
      RulePlan
    >,
    special: specialOf(ruled),
    recommended: limitsOf(config, envelopeOf, ruled, 'inlet_recommended'),
    allowable: limitsOf(config, envelopeOf, ruled, 'inlet_allowable'),
    moisture: Object.values(config.inlets).map((inlet, n) => envelopeOf(inlet.class)[rangeOf(ruled.of('moisture', n))]),
    leastCoverage: Object.keys(config.boundaries).map((_, n) => ruled.of('coverage', n).least ?? alarms.coverage.least),
    targets: targetPlans(config),
    coverageGraceMs: alarms.coverage.graceS * 1000,
    apartK: alarms.sensor.apartK,
    staleAfterMs: Object.values(points).map(
      ({ everyS }, n) => (ruled.of('stale', n).afterS ?? Math.max(3 * everyS, STALE_LEAST_S)) * 1000,
    ),
    out: outOf(config),
  }
}

function targetPlans(config: Config): TargetPlan[] {
  const boundaries = Object.keys(config.boundaries)
  return targetsOf(config).flatMap(({ boundary, indicator, window, limit, side }) => {
    const of = TARGETED.get(indicator)
    return of === undefined ? [] : [{ boundary: boundaries.indexOf(boundary), of, window, limit, side }]
  })
}

/** Which limits of its class an inlet's moisture is judged by. */
export function rangeOf({ limit }: RuleSettings): 'recommended' | 'allowable' {
  return limit?.kind === 'class' ? limit.of : 'allowable'
}

type EnvelopeOf = (itClass: EnvelopeClass) => Envelope

function rulePlan(settings: RuleSettings): RulePlan {
  const { enabled, onDelayS, offDelayS, deadbandK, deadbandPct, deadband, latch, acknowledge } = settings
  return {
    enabled,
    onDelayMs: onDelayS * 1000,
    offDelayMs: offDelayS * 1000,
    deadband: deadbandK + deadband, // a kind has one of them
    deadbandPct,
    latch,
    acknowledge,
    severity: rankOf(settings.severity),
    steps: settings.steps
      .map(({ beyondK = Infinity, beyondPct = Infinity, severity }) => ({
        severity: rankOf(severity),
        beyond: beyondK,
        beyondPct,
      }))
      .filter(({ severity }) => severity > rankOf(settings.severity)),
    escalations: settings.escalate
      .map(({ afterMin, severity = settings.severity }) => ({ afterMs: afterMin * 60_000, severity: rankOf(severity) }))
      .toSorted((a, b) => a.afterMs - b.afterMs),
  }
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

/** Rules of sources that are selected by some of their own. Sources alike share one. */
function specialOf(ruled: AlarmRules): Map<AlarmKind, ReadonlyMap<number, RulePlan>> {
  const planOf = new Map<RuleSettings, RulePlan>()
  const planned = (settings: RuleSettings): RulePlan => {
    const plan = planOf.get(settings) ?? rulePlan(settings)
    planOf.set(settings, plan)
    return plan
  }
  const special = ALARM_KINDS.map((kind): [AlarmKind, ReadonlyMap<number, RulePlan>] => [
    kind,
    new Map([...ruled.selected(kind).keys()].map((source) => [source, planned(ruled.of(kind, source))])),
  ])
  return new Map(special.filter(([, sources]) => sources.size > 0))
}

function limitsOf(
  { inlets }: Config,
  envelopeOf: EnvelopeOf,
  ruled: AlarmRules,
  kind: 'inlet_recommended' | 'inlet_allowable',
): LimitPlan[] {
  const limitOf = createMemo<LimitPlan>()
  return Object.values(inlets).map((inlet, n) =>
    limitOf(`${inlet.class} ${ruled.selected(kind).get(n)?.join(' ') ?? ''}`, () => {
      const { high, low } = sidesOf(ruled.of(kind, n), kind === 'inlet_recommended' ? 'recommended' : 'allowable')
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
  const targets = targetsOf(config)
  for (const kind of ALARM_KINDS) {
    const sources = sourcesOf(config, kind).flatMap((name, source) => {
      const isOfBoundary = kind === 'target' && names.has(targets[source]?.boundary ?? '')
      return names.has(name) || names.has(kind) || isOfBoundary ? [source] : []
    })
    if (sources.length > 0) out.set(kind, new Set(sources))
  }
  return out
}

function sourcesOf(config: Config, kind: AlarmKind): readonly string[] {
  const { points, inlets, boundaries } = config
  const { gateways, uplinks } = reachedThrough(config)
  const names = { inlets: Object.keys(inlets), points: Object.keys(points), boundaries: Object.keys(boundaries) }
  const targets = targetsOf(config).map(({ name }) => name)
  return sourceNames({ ...names, gateways, uplinks, targets, config }, kind)
}

/** Names of all sources of a kind of alarm, by index. The daemon's own alarms have one source, the site. */
export function sourceNames(
  site: Pick<Site, 'inlets' | 'points' | 'gateways' | 'uplinks' | 'boundaries' | 'targets'> & {
    config: Pick<Config, 'site'>
  },
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
    case 'target':
      return site.targets
    case 'site':
      return [site.config.site.id]
  }
}
