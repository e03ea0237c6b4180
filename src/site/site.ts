import type { Config, PointConfig } from '../config/config.ts'
import { windowLengthS } from '../config/config.ts'
import { targetsOf } from '../config/sums/targets.ts'
import { dateReader, type ReadDate } from '../config/dated/dates.ts'
import { reachedThrough } from './gateways.ts'
import { alarmRules, type AlarmRules } from './alarm-rules.ts'
import { alarmsOf } from './alarms.ts'
import { listsByPoint } from '../core/contract/by-point.ts'
import { pointsEver } from '../core/contract/formula.ts'
import type { CorePlan, PointPlan, ScopePlan, WindowPlan } from '../core/contract/plan.ts'
import { standardPressurePa } from '../core/air/psychro.ts'
import { ROW_UNITS } from '../core/contract/quotients.ts'
import type { Route } from '../ingest/route.ts'
import type { SparkplugPlan } from '../ingest/sparkplug/host.ts'
import { pairsOf, plausibleOf, ratiosOf, treesOf } from './meters.ts'
import { parseInstant } from '../ingest/times.ts'
import { amountOf, amountOfPoint, toBase } from '../ingest/units.ts'
import { envelopesOf, inletsOf, otherAirOf, sensorOf, usesOf } from './air.ts'
import { numberingsOf } from './numberings.ts'
import { createMemo } from './memo.ts'
import { conversionOf, ignoredTopics, routesOf } from './routes.ts'
import { orphanTopics, wildRoutes } from './topics.ts'
import { sparkplugPlan } from './sparkplug.ts'
import { intensitiesOf } from './intensities.ts'
import { boundaryPlans, type Ruling } from './terms.ts'

export { leavesOf } from './terms.ts'

/** A site with its names turned into integers: the one place where they meet. */
export interface Site {
  readonly config: Config
  readonly plan: CorePlan
  /** What reads each topic; one with wildcards is found by `wild`, undefined where there is none. */
  readonly routes: ReadonlyMap<string, Route>
  readonly wild: ((this: void, topic: string) => readonly Route[]) | undefined
  /** What reads the metrics of Sparkplug nodes. */
  readonly sparkplug: SparkplugPlan
  /** Whether a topic that no point reads is one to ignore. */
  isIgnored(topic: string): boolean
  /** Whether a topic that no point reads is one that a template is about. */
  isOrphan(this: void, topic: string): boolean
  readonly points: readonly string[]
  readonly boundaries: readonly string[]
  readonly inlets: readonly string[]
  /** Names of the plan's scopes, in its order. */
  readonly scopes: readonly string[]
  readonly gateways: readonly string[]
  /** What gateways are reached through; the last may be the site. */
  readonly uplinks: readonly string[]
  /** Targets of boundaries by their names, the sources of the alarm `target`. */
  readonly targets: readonly string[]
  /** Per point the inlets that it measures, and the boundaries whose sums it is in. */
  readonly inletsOf: readonly (readonly number[])[]
  readonly boundariesOf: readonly (readonly number[])[]
  readonly rules: AlarmRules
}

/** How far back rates of change look. */
const HOUR_MS = 3_600_000

/** A register and its meter's power are two measurements of one thing, a sampled one among them. */
const DRIFT_PCT = 5

/** `rulings`: by which configurations intervals are summed, if not all by this one. */
export function createSite(config: Config, rulings: readonly Ruling[] = []): Site {
  const points = Object.keys(config.points)
  // Once: of a large record each list takes tenths of a second
  const pointConfigs = Object.values(config.points)
  const boundaries = Object.keys(config.boundaries)
  const inlets = Object.keys(config.inlets)
  const indexOf = new Map(points.map((name, index) => [name, index]))
  const envelopeOf = envelopesOf(config)
  const scopes = scopesOf(config)
  const reached = reachedThrough(config)
  const rules = alarmRules(config)
  const inletPlans = inletsOf(config, envelopeOf, (point) => place(indexOf, point))
  const intensities = intensitiesOf(config, rulings, indexOf)
  const plans = boundaryPlans(config, indexOf, intensities, rulings)
  const numberings = numberingsOf(config, reached.gateways)
  const routes = routesOf(pointConfigs, config, numberings)
  return {
    config,
    points,
    boundaries,
    inlets,
    scopes: scopes.map(({ name }) => name),
    gateways: reached.gateways,
    uplinks: reached.uplinks,
    targets: targetsOf(config).map(({ name }) => name),
    inletsOf: listsByPoint(
      points.length,
      inletPlans.map((it) => new Set([it.dryBulb, it.humidity, it.dewPoint])),
    ),
    boundariesOf: listsByPoint(
      points.length,
      plans.map((it) => new Set(pointsEver(it))),
    ),
    routes,
    wild: wildRoutes(routes),
    sparkplug: sparkplugPlan(pointConfigs, config.site.timezone),
    isIgnored: ignoredTopics(config),
    isOrphan: orphanTopics(config),
    plan: {
      ...timesOf(config, pointConfigs),
      minCoverage: config.core.minCoverage,
      timezone: config.site.timezone,
      pressurePa: standardPressurePa(config.site.altitudeM),
      freezingOver: config.site.dewPointPhase,
      points: pointsOf(config, [...new Set(pointConfigs.map(({ ct }) => ct?.batch))]),
      boundaries: plans,
      intensities: intensities.plans,
      pairs: pairsOf(pointConfigs),
      trees: treesOf(indexOf, pointConfigs),
      inlets: inletPlans,
      scopes,
      ...otherAirOf(config, scopes, (point) => place(indexOf, point)),
      ...reached.plan,
      numberings: numberings.map(({ plan }) => plan),
      windows: config.core.windows.map(windowPlan),
      alarms: alarmsOf(config, envelopeOf, rules),
    },
    rules,
  }
}

function timesOf({ core }: Config, all: readonly PointConfig[]) {
  const energy = all.filter(({ kind, unit }) => kind !== 'gauge' && amountOf(unit) !== 'intensity')
  const slowestS = (energy.length > 0 ? energy : all).reduce((slowest, { everyS }) => Math.max(slowest, everyS), 0)
  return {
    lengthMs: core.intervalS * 1000,
    latenessMs: core.latenessS * 1000,
    backlogMs: core.backlogS * 1000,
    skewMs: core.skewS * 1000,
    boundMs: (core.boundS ?? Math.min(slowestS + 5, 120)) * 1000,
    idleMs: (core.idleS ?? Math.max(60, 3 * slowestS)) * 1000,
  }
}

/** What the plan of a point does not hang on: JSON leaves it out. */
const UNPLANNED = {
  topic: undefined,
  at: undefined,
  timeAt: undefined,
  records: undefined,
  where: undefined,
  plus: undefined,
  role: undefined,
  parent: undefined,
  meter: undefined,
  gateway: undefined,
  device: undefined,
  seq: undefined,
  seqModulus: undefined,
}

function pointsOf(config: Config, batches: readonly (string | undefined)[]): PointPlan[] {
  const uses = usesOf(config)
  const read = dateReader(config.site.timezone)
  const inlets = Object.values(config.inlets)
  const ofInlets = new Set(inlets.flatMap(({ dryBulb, humidity, dewPoint }) => [dryBulb, humidity, dewPoint]))
  // Rates of change and means of hours look back on an hour
  const rated = new Set(inlets.flatMap(({ dryBulb, outlet }) => [dryBulb, outlet]))
  const hasReadingRows = (name: string) => config.rows.readings === 'all' || !ofInlets.has(name)
  // Thousands of points have one plan: all but names says what it is
  const planOf = createMemo<PointPlan>()
  return Object.entries(config.points).map(([name, point]) => {
    const use = uses.get(name)
    return planOf(JSON.stringify([{ ...point, ...UNPLANNED }, use, rated.has(name), hasReadingRows(name)]), () => ({
      ...pointPlan(point, config, batches, read),
      // Besides the hour, the sample that still holds at its beginning
      lookBackMs: rated.has(name) ? HOUR_MS + maxGapS(point, config.core.bridgeS) * 1000 : 0,
      sensor: sensorOf(point, use),
      hasReadingRows: hasReadingRows(name),
    }))
  })
}

function pointPlan(
  point: PointConfig,
  { core: { bridgeS }, site: { timezone } }: Config,
  batches: readonly (string | undefined)[],
  read: ReadDate,
): Omit<PointPlan, 'lookBackMs' | 'sensor' | 'hasReadingRows'> {
  const conversion = conversionOf(point)
  const base = (value: number) => toBase(conversion, value)
  // What the meter shows is a number as it comes
  const shown = (raw: number) => base(raw * point.factor)
  const [lowest, largest] = plausibleOf(point)
  return {
    kind: point.kind,
    amount: amountOfPoint(point) ?? 'energy',
    everyMs: point.everyS * 1000,
    maxGapMs: maxGapS(point, bridgeS) * 1000,
    // What is published as an intensity holds until the next one is
    hold: point.hold || (point.kind === 'power' && amountOf(point.unit) === 'intensity'),
    min: Math.max(lowest, point.min === undefined ? lowest : base(point.min)),
    max: Math.min(largest, point.max === undefined ? largest : base(point.max)),
    signed: (point.min !== undefined && point.min < 0) || amountOfPoint(point) === 'temperature',
    rolloverJ: shown(point.register?.rolloverAt ?? NaN),
    countJ: ROW_UNITS[amountOf(point.unit) ?? 'energy'].shown * Math.abs(point.factor),
    dayZone: point.register?.resets === 'daily' ? (point.timezone ?? timezone) : '',
    swaps: (point.register?.swaps ?? []).map(({ at, closing, opening }) => ({
      atMs: parseInstant(at),
      closingJ: shown(closing),
      openingJ: shown(opening),
    })),
    ratios: ratiosOf(point, read),
    fromMs: point.from === undefined ? -Infinity : read(point.from),
    untilMs: point.until === undefined ? Infinity : read(point.until),
    accuracy: point.accuracyPct === undefined ? NaN : point.accuracyPct / 100,
    ctAccuracy: (point.ct?.accuracyPct ?? 0) / 100,
    ctBatch: point.ct?.batch === undefined ? -1 : batches.indexOf(point.ct.batch),
    driftShare: (point.driftPct ?? DRIFT_PCT) / 100,
    maxW: point.maxKw === undefined ? NaN : point.maxKw * 1000,
  }
}

function maxGapS(point: PointConfig, bridgeS: number): number {
  if (point.kind === 'register') return bridgeS
  if (point.maxGapS !== undefined) return point.maxGapS
  return point.kind === 'gauge' ? 3 * point.everyS : Math.max(3 * point.everyS, 900)
}

/** Racks, halls and the site. A rack name that stands in several halls carries its hall's: `h1/r01`. */
function scopesOf({ site, inlets }: Config): (ScopePlan & { name: string })[] {
  const racks = new Map<string, number[]>()
  const halls = new Map<string, number[]>()
  const all = Object.values(inlets)
  for (const [index, { hall, rack }] of all.entries()) {
    append(racks, JSON.stringify([hall, rack]), index)
    append(halls, hall, index)
  }
  const hallOf = new Map<string, string>()
  const inSeveral = new Set<string>()
  for (const { hall, rack } of all) {
    if ((hallOf.get(rack) ?? hall) !== hall) inSeveral.add(rack)
    hallOf.set(rack, hall)
  }
  const rackScopes = [...racks.values()].map((members) => {
    const { hall, rack } = all[members[0] ?? 0] ?? { hall: '', rack: '' }
    return {
      scope: 'rack' as const,
      name: inSeveral.has(rack) ? `${hall}/${rack}` : rack,
      inlets: members,
    }
  })
  const hallScopes = [...halls].map(([name, members]) => ({ scope: 'hall' as const, name, inlets: members }))
  const siteScope = { scope: 'site' as const, name: site.id, inlets: all.map((_, index) => index) }
  return all.length === 0 ? [] : [...rackScopes, ...hallScopes, siteScope]
}

function append(lists: Map<string, number[]>, key: string, index: number): void {
  const list = lists.get(key)
  if (list) list.push(index)
  else lists.set(key, [index])
}

function windowPlan(name: string): WindowPlan {
  if (name === 'day' || name === 'month' || name === 'year') return { kind: 'calendar', name }
  const lengthS = windowLengthS(name)
  if (lengthS === undefined) throw new Error(`unknown window ${name}`)
  return { kind: 'rolling', name, lengthMs: lengthS * 1000 }
}

function place(indexOf: ReadonlyMap<string, number>, name: string): number {
  const index = indexOf.get(name)
  if (index === undefined) throw new Error(`unknown point ${name}`)
  return index
}
