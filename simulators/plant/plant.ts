/**
 * The plant of a site as its points see it. A point's role says what it measures; without a role, its use in boundaries
 * and inlets does. The meters that the IT load is defined by divide the racks among them, in order:
 *
 *     racks ──▶ IT meters ──+ distribution──▶ feeds further up          what each stage loses is between its meters
 *        └──▶ UPS, cooling, auxiliaries ──▶ + other = facility, shared by the boundary's feeds
 */
import { leavesOf, type Site } from '../../src/site/site.ts'
import { createRandom, seedFor } from '../random.ts'
import { createDrive, drivenC, loadFactor, type Drive, type Scenario } from '../scenarios/scenario.ts'
import { climateNamed, climateOfZone } from '../weather/climate.ts'
import { humidityPct, type AirState } from '../weather/moist.ts'
import { noise } from '../weather/noise.ts'
import { createWeather, type Weather } from '../weather/weather.ts'
import { standardOffsetMs } from '../weather/zone.ts'
import { fitPlant, totalRatedW } from './fit.ts'
import { placesOf, type Place } from './places.ts'
import { createTrace, inletAt, rackW, siteAt, type Trace } from './trace.ts'

export interface Plant {
  readonly site: Site
  readonly drive: Drive
  readonly weather: Weather
  readonly trace: Trace
  /** By point; undefined for what measures neither power nor energy. Points of one `meter` are one meter. */
  readonly meters: readonly (Meter | undefined)[]
  readonly other: readonly (Meter & { kind: 'other' })[]
  /** By inlet. */
  readonly inletSeeds: readonly number[]
  /** How each point uses its inlet; undefined where none does. */
  readonly places: readonly (Place | undefined)[]
}

export type Meter = { readonly name: string; readonly seed: number; readonly ratedW: number } & (
  | { kind: 'load'; stage: SupplyStage; racks: readonly RackPart[] }
  /** Measures the whole IT load a second time, further up or down the supply. */
  | { kind: 'feed'; stage: SupplyStage; share: number }
  | { kind: 'cooling'; share: number }
  | { kind: 'other' }
  | { kind: 'facility'; share: number; boundary: number }
)

/** A part (0..1) of a rack that a meter measures. */
interface RackPart {
  readonly rack: number
  readonly part: number
}

type SupplyStage = 'it' | 'distribution' | 'ups'
type Stage = SupplyStage | 'cooling' | 'facility' | 'other'

const STAGES = ['it', 'distribution', 'ups'] as const
/** Of what is lost between UPS and rack, the part behind the output of the distribution units: cables. */
const CABLE_SHARE = 0.3

/** A scenario's seconds count from `startMs`. Throws for a scenario that does not fit the site. */
export function createPlant(site: Site, seed: number, scenario: Scenario, startMs: number): Plant {
  const drive = createDrive(site, scenario, startMs)
  const stages = stagesOf(site)
  const groups = Map.groupBy(metersOf(site, stages), ({ stage }) => stage)
  const base = STAGES.find((stage) => groups.has(stage))
  const ratings = (base === undefined ? [] : (groups.get(base) ?? [])).map(({ ratedW }) => ratedW)
  const ratedW = totalRatedW(site, ratings)
  const { timezone, altitudeM } = site.config.site
  const climate = climateNamed(climateOfZone(timezone), standardOffsetMs(timezone), altitudeM)
  const weather = createWeather(seedFor(seed, 'weather'), { climate })
  const fit = fitPlant(site, seed, ratedW, weather.pressurePa)
  const racks = fit.spec.halls.flatMap((hall) => hall.racks)
  const meters: (Meter | undefined)[] = site.points.map(() => undefined)
  for (const [stage, group] of groups) {
    const shares = sharesOf(group, seed)
    const parts = stage === base ? partsOf(racks, shares) : []
    for (const [at, device] of group.entries()) {
      const share = shares[at] ?? 0
      const common = { name: device.name, seed: seedFor(seed, `meter ${device.name}`), ratedW: share * ratedW }
      const meter = meterOf(stage, common, { racks: parts[at], share, device, boundary: ownerOf(site, device.points) })
      for (const point of device.points) meters[point] = meter
    }
  }
  shareFacility(site, meters, seed)
  const all = [...new Set(meters.filter((meter) => meter !== undefined))]
  return {
    site,
    drive,
    weather,
    trace: createTrace(fit, weather, { load: (tMs) => loadFactor(drive, tMs) }, startMs),
    meters,
    other: all.filter((meter) => meter.kind === 'other'),
    inletSeeds: site.inlets.map((name) => seedFor(seed, `inlet ${name}`)),
    places: placesOf(site),
  }
}

function meterOf(
  stage: Stage,
  common: { name: string; seed: number; ratedW: number },
  {
    racks,
    share,
    device,
    boundary,
  }: { racks: RackPart[] | undefined; share: number; device: Device; boundary: number },
): Meter {
  switch (stage) {
    case 'it':
    case 'distribution':
    case 'ups':
      return racks === undefined ? { ...common, kind: 'feed', stage, share } : { ...common, kind: 'load', stage, racks }
    case 'cooling':
      return { ...common, kind: 'cooling', share }
    case 'facility':
      return { ...common, kind: 'facility', share: 1, boundary }
    case 'other':
      return { ...common, kind: 'other', ratedW: Number.isNaN(device.ratedW) ? 10_000 : device.ratedW }
  }
}

/** Power through a meter at an event time, in W. */
export function powerW(plant: Plant, meter: Meter, tMs: number): number {
  const { trace } = plant
  switch (meter.kind) {
    case 'load':
      return (
        levelAt(trace, meter.stage, tMs) *
        meter.racks.reduce((sum, { rack, part }) => sum + part * rackW(trace, rack, tMs), 0)
      )
    case 'feed':
      return meter.share * levelAt(trace, meter.stage, tMs) * siteAt(trace, 'itW', tMs)
    case 'cooling':
      return meter.share * siteAt(trace, 'coolingW', tMs)
    case 'other':
      return meter.ratedW * (0.3 + 0.01 * noise(meter.seed, tMs, 300_000))
    case 'facility':
      return meter.share * feedersW(plant, meter.boundary, tMs)
  }
}

/** More than a meter's mean power of any day, in W. */
export function busyW(plant: Plant, meter: Meter): number {
  const ratedW = plant.trace.spec.halls.flatMap(({ racks }) => racks).reduce((sum, rack) => sum + rack.ratedW, 0)
  switch (meter.kind) {
    case 'load':
    case 'other':
      return meter.ratedW
    case 'feed':
    case 'cooling':
      return meter.share * ratedW
    case 'facility':
      return 1.5 * meter.share * ratedW
  }
}

/** The value of a gauge (neither power nor energy) at an event time, in base units. */
export function gaugeAt(plant: Plant, point: number, tMs: number): number {
  const { site, trace } = plant
  const name = site.points[point] ?? ''
  const { unit, role } = site.config.points[name] ?? { unit: '', role: undefined }
  const place = plant.places[point]
  if (place !== undefined) {
    const air = inletAir(plant, place.inlet, tMs)
    if (place.as === 'humidity') return humidityPct(air)
    if (place.as === 'outlet') return Math.max(air.dryBulbC + 1, inletAt(trace, place.inlet, 'outletC', tMs))
    return place.as === 'dewPoint' ? air.dewPointC : air.dryBulbC
  }
  if (unit === 'Pa') return role === 'outdoor' ? site.plan.pressurePa : 12 + noise(point, tMs, 60_000)
  const air =
    role === 'outdoor' ? outdoorAir(plant, tMs) : { dryBulbC: 22.5, dewPointC: 8 + noise(point + 7, tMs, 7_200_000) }
  return unit === '%' ? humidityPct(air) : air.dryBulbC
}

function outdoorAir({ trace }: Plant, tMs: number): AirState {
  return { dryBulbC: siteAt(trace, 'outsideC', tMs), dewPointC: siteAt(trace, 'outsideDewC', tMs) }
}

/** The air at an inlet: that of the plant with the sensor's own noise, or what a scenario makes of it. */
function inletAir({ inletSeeds, drive, trace }: Plant, inlet: number, tMs: number): AirState {
  const seed = inletSeeds[inlet]
  if (seed === undefined) throw new Error(`no inlet ${inlet}`)
  const sensorK = 0.08 * noise(seed + 1, tMs, 45_000)
  const dryBulbC = drivenC(drive, inlet, tMs, inletAt(trace, inlet, 'inletC', tMs)) + sensorK
  return { dryBulbC, dewPointC: Math.min(inletAt(trace, inlet, 'dewC', tMs), dryBulbC - 0.5) }
}

/** Power at a stage of the supply, as a multiple of what the racks take. */
function levelAt(trace: Trace, stage: SupplyStage, tMs: number): number {
  const lost = siteAt(trace, 'pduW', tMs) / siteAt(trace, 'itW', tMs)
  return stage === 'it' ? 1 : 1 + (stage === 'ups' ? lost : CABLE_SHARE * lost)
}

/**
 * The power of a boundary's feeds together: the site's total in proportion to its IT, less what other meters measure.
 */
function feedersW(plant: Plant, boundary: number, tMs: number): number {
  const { trace } = plant
  const otherW = plant.other.reduce((sum, meter) => sum + powerW(plant, meter, tMs), 0)
  const totalW = siteAt(trace, 'siteW', tMs) + otherW
  const sums = plant.site.plan.boundaries[boundary]
  if (sums === undefined) return totalW
  let ownItW = 0
  for (const { points, factor } of leavesOf(sums.it)) {
    const meter = plant.meters[points[0] ?? -1]
    if (meter === undefined) continue
    const level = meter.kind === 'feed' || meter.kind === 'load' ? levelAt(trace, meter.stage, tMs) : 1
    ownItW += (factor * powerW(plant, meter, tMs)) / level
  }
  let restW = (totalW * ownItW) / siteAt(trace, 'itW', tMs)
  for (const { points, factor } of leavesOf(sums.facility)) {
    const meter = plant.meters[points[0] ?? -1]
    if (meter === undefined || (meter.kind === 'facility' && meter.boundary >= boundary)) continue
    restW -= factor * powerW(plant, meter, tMs)
  }
  return Math.max(0, restW)
}

/** The racks in order, cut where the meters' shares of their rated power end. */
function partsOf(racks: readonly { ratedW: number }[], shares: readonly number[]): RackPart[][] {
  const totalW = racks.reduce((sum, { ratedW }) => sum + ratedW, 0)
  let toW = 0
  return shares.map((share) => {
    const fromW = toW
    toW += share * totalW
    const parts: RackPart[] = []
    let startW = 0
    for (const [rack, { ratedW }] of racks.entries()) {
      const insideW = Math.min(startW + ratedW, toW) - Math.max(startW, fromW)
      if (insideW > 1e-9 * ratedW) parts.push({ rack, part: insideW / ratedW })
      startW += ratedW
    }
    return parts
  })
}

/** The stage of the supply that each point measures, by its role or by its use. */
function stagesOf({ config, points, plan }: Site): Stage[] {
  return points.map((name, point) => {
    const role = config.points[name]?.role
    if (role === 'it' || role === 'ups' || role === 'distribution' || role === 'cooling' || role === 'facility')
      return role
    if (role !== undefined) return 'other'
    if (plan.boundaries.some(({ it }) => isIn(it, point))) return 'it'
    return plan.boundaries.some(({ facility }) => isIn(facility, point)) ? 'facility' : 'other'
  })
}

function isIn(terms: Parameters<typeof leavesOf>[0], point: number): boolean {
  return leavesOf(terms).some(({ points }) => points.includes(point))
}

interface Device {
  readonly name: string
  readonly stage: Stage
  readonly points: number[]
  /** NaN where none of its points has a rating. */
  readonly ratedW: number
}

/** Points of one `meter` as one device, of the first stage that any of them has. */
function metersOf(site: Site, stages: readonly Stage[]): Device[] {
  const order: readonly Stage[] = ['it', 'distribution', 'ups', 'cooling', 'facility', 'other']
  const energy = site.plan.points.flatMap(({ kind }, point) => (kind === 'gauge' ? [] : [point]))
  const nameOf = (point: number) => site.config.points[site.points[point] ?? '']?.meter ?? `point ${site.points[point]}`
  return [...Map.groupBy(energy, nameOf)].map(([name, points]) => {
    const plans = points.flatMap((point) => site.plan.points[point] ?? [])
    return {
      name,
      points,
      stage: order.find((stage) => points.some((point) => stages[point] === stage)) ?? 'other',
      ratedW: plans.find(({ maxW }) => !Number.isNaN(maxW))?.maxW ?? NaN,
    }
  })
}

/** Shares that add up to 1, in proportion to the ratings, a little uneven. */
function sharesOf(group: readonly { ratedW: number; name: string }[], seed: number): number[] {
  const rated = group.every(({ ratedW }) => !Number.isNaN(ratedW))
  const weights = group.map(({ name, ratedW }) => {
    return (rated ? ratedW : 1) * (0.95 + 0.1 * createRandom(seedFor(seed, `share ${name}`)).next())
  })
  const sum = weights.reduce((before, weight) => before + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** The boundary whose total a feed carries: the first whole site that lists it, else the first part; -1 for none. */
function ownerOf({ plan }: Site, points: readonly number[]): number {
  const lists = (boundary: number) => points.some((point) => isIn(plan.boundaries[boundary]?.facility ?? [], point))
  const listing = plan.boundaries.flatMap((_, boundary) => (lists(boundary) ? [boundary] : []))
  return listing.find((boundary) => plan.boundaries[boundary]?.part === false) ?? listing[0] ?? -1
}

/** Gives each boundary's feeds their shares; a term's factor is taken out, so that the sum comes out right. */
function shareFacility(site: Site, meters: (Meter | undefined)[], seed: number): void {
  const feeds = meters.flatMap((meter, point) => {
    if (meter?.kind !== 'facility') return []
    return [{ meter, point, name: meter.name, ratedW: site.plan.points[point]?.maxW ?? NaN }]
  })
  for (const [boundary, all] of Map.groupBy(feeds, ({ meter }) => meter.boundary)) {
    const group = all.filter(({ meter }, at) => all.findIndex((other) => other.meter === meter) === at)
    const shares = sharesOf(group, seed)
    for (const [at, { meter }] of group.entries()) {
      const leaves = leavesOf(site.plan.boundaries[boundary]?.facility ?? [])
      const factor = leaves.find(({ points }) => points.some((point) => meters[point] === meter))?.factor ?? 1
      meter.share = (shares[at] ?? 0) / Math.abs(factor)
    }
  }
}
