/**
 * A data centre that fits a site's configuration. A point's role says what it measures; without a role, its use in
 * boundaries and inlets does. Every quantity is a pure function of seed and time:
 *
 *     IT meters ──sum──▶ UPS losses ──▶ heat ──▶ cooling (by outdoor air)
 *         └───────────────────┴──────────────────────┴──▶ + other + fixed = facility, shared by the boundary's feeds
 */
import { leavesOf, type Site } from '../../src/site/site.ts'
import { placesOf, type Place } from './places.ts'
import { createRandom, seedFor } from '../random.ts'
import { createDrive, drivenC, loadFactor, type Drive, type Scenario } from '../scenarios/scenario.ts'
import { DAY_MS, noise, wave } from '../weather/noise.ts'
import { createWeather, humidityPct, outdoorAir, type AirState, type Weather } from '../weather/weather.ts'

export interface Plant {
  readonly site: Site
  readonly drive: Drive
  readonly weather: Weather
  /** By point; undefined for what measures neither power nor energy. Points of one `meter` are one meter. */
  readonly meters: readonly (Meter | undefined)[]
  /** The meters that the IT load is defined by: each load is counted once among them. */
  readonly load: readonly (Meter & { kind: 'load' })[]
  readonly other: readonly (Meter & { kind: 'other' })[]
  readonly inlets: readonly Inlet[]
  /** How each point uses its inlet; undefined where none does. */
  readonly places: readonly (Place | undefined)[]
  readonly fixedW: number
}

export type Meter = { readonly name: string; readonly seed: number } & (
  | { kind: 'load'; ratedW: number }
  /** Measures the whole IT load a second time, further up or down the supply. */
  | { kind: 'feed'; share: number; level: number }
  | { kind: 'cooling'; share: number }
  | { kind: 'other'; ratedW: number }
  | { kind: 'facility'; share: number; boundary: number }
)

type Stage = 'it' | 'distribution' | 'ups' | 'cooling' | 'facility' | 'other'

interface Inlet {
  readonly seed: number
  readonly hallSeed: number
  readonly middleC: number
  readonly halfK: number
}

/** Losses of a double-conversion UPS as shares of its rating: when idle, in proportion to the load, with its square. */
const UPS_LOSS = { idle: 0.006, linear: 0.012, square: 0.022 }
/** Power at each stage of the supply, as a multiple of the IT input. */
const LEVEL: Record<'it' | 'distribution' | 'ups', number> = { it: 1, distribution: 1.01, ups: 1.02 }
const STAGES = ['it', 'distribution', 'ups'] as const
const RACK_W = 5_000
const WEEK_MS = 7 * DAY_MS

/** A scenario's seconds count from `startMs`. Throws for a scenario that does not fit the site. */
export function createPlant(site: Site, seed: number, scenario: Scenario, startMs: number): Plant {
  const stages = stagesOf(site)
  const groups = Map.groupBy(metersOf(site, stages), ({ stage }) => stage)
  const base = STAGES.find((stage) => groups.has(stage))
  const meters: (Meter | undefined)[] = site.points.map(() => undefined)
  for (const [stage, group] of groups) {
    const shares = sharesOf(group, seed)
    for (const [at, { name, points, ratedW }] of group.entries()) {
      const share = shares[at] ?? 0
      const common = { name, seed: seedFor(seed, `meter ${name}`) }
      const meter = ((): Meter => {
        if (stage === base) return { ...common, kind: 'load', ratedW: share * totalRatedW(site, group) }
        if (stage === 'cooling') return { ...common, kind: 'cooling', share }
        if (stage === 'facility') return { ...common, kind: 'facility', share: 1, boundary: ownerOf(site, points) }
        if (stage === 'other') return { ...common, kind: 'other', ratedW: Number.isNaN(ratedW) ? 10_000 : ratedW }
        return { ...common, kind: 'feed', share, level: LEVEL[stage] / LEVEL[base ?? 'it'] }
      })()
      for (const point of points) meters[point] = meter
    }
  }
  shareFacility(site, meters, seed)
  const all = [...new Set(meters.filter((meter) => meter !== undefined))]
  const load = all.filter((meter) => meter.kind === 'load')
  return {
    site,
    drive: createDrive(site, scenario, startMs),
    weather: createWeather(seed, site.config.site.timezone),
    meters,
    load,
    other: all.filter((meter) => meter.kind === 'other'),
    inlets: inletsOf(site, seed),
    places: placesOf(site),
    fixedW: 0.005 * load.reduce((sum, { ratedW }) => sum + ratedW, 0),
  }
}

/** Power through a meter at an event time, in W. */
export function powerW(plant: Plant, meter: Meter, tMs: number): number {
  switch (meter.kind) {
    case 'load':
      return loadW(plant, meter, tMs)
    case 'feed':
      return meter.share * meter.level * itW(plant, tMs)
    case 'cooling':
      return meter.share * coolingW(plant, tMs)
    case 'other':
      return meter.ratedW * (0.3 + 0.01 * noise(meter.seed, tMs, 300_000))
    case 'facility':
      return meter.share * feedersW(plant, meter.boundary, tMs)
  }
}

/** The value of a gauge (neither power nor energy) at an event time, in base units. */
export function gaugeAt(plant: Plant, point: number, tMs: number): number {
  const { site, weather } = plant
  const name = site.points[point] ?? ''
  const { unit, role } = site.config.points[name] ?? { unit: '', role: undefined }
  const place = plant.places[point]
  if (place !== undefined) {
    const air = inletAir(plant, place.inlet, tMs)
    if (place.as === 'humidity') return humidityPct(air)
    return place.as === 'dewPoint' ? air.dewPointC : place.as === 'dryBulb' ? air.dryBulbC : air.dryBulbC + 11
  }
  if (unit === 'Pa') return role === 'outdoor' ? site.plan.pressurePa : 12 + noise(point, tMs, 60_000)
  const air = role === 'outdoor' ? outdoorAir(weather, tMs) : { dryBulbC: 22.5, dewPointC: hallDewC(point, tMs) }
  return unit === '%' ? humidityPct(air) : air.dryBulbC
}

/** The air at an inlet: usually in the recommended range; all inlets of a hall have one dew point. */
function inletAir({ inlets, drive }: Plant, index: number, tMs: number): AirState {
  const inlet = inlets[index]
  if (inlet === undefined) throw new Error(`no inlet ${index}`)
  const rackK = 0.5 * inlet.halfK * noise(inlet.seed, 0, 1)
  const swingK = 0.1 * inlet.halfK * noise(inlet.hallSeed, tMs, 900_000)
  const sensorK = 0.08 * noise(inlet.seed + 1, tMs, 45_000)
  const usualC = drivenC(drive, index, tMs, inlet.middleC + rackK + swingK) + sensorK
  return { dryBulbC: usualC, dewPointC: Math.min(hallDewC(inlet.hallSeed, tMs), usualC - 0.5) }
}

function hallDewC(seed: number, tMs: number): number {
  return 8 + 0.8 * noise(seed + 7, tMs, 7_200_000)
}

/** A day's and a week's shape (busiest Wednesday, 14:00), with noise of its own. */
function loadW({ weather, drive }: Plant, { seed, ratedW }: Meter & { kind: 'load' }, tMs: number): number {
  const localMs = tMs + weather.offsetMs
  const day = 0.06 * wave(localMs / DAY_MS - 1 / 3)
  const week = 0.03 * wave(localMs / WEEK_MS - 0.625) // the epoch was a Thursday
  const own = 0.02 * noise(seed, tMs, 900_000) + 0.004 * noise(seed + 1, tMs, 60_000)
  return 0.5 * ratedW * loadFactor(drive, tMs) * (1 + day + week + own)
}

function itW(plant: Plant, tMs: number): number {
  return plant.load.reduce((sum, meter) => sum + loadW(plant, meter, tMs), 0)
}

/** Heat over a coefficient of performance that falls with the outdoor air; free cooling below 6 °C. */
function coolingW(plant: Plant, tMs: number): number {
  const warm = Math.max(0, Math.min(1, (outdoorAir(plant.weather, tMs).dryBulbC - 6) / 26))
  return upsInputW(plant, tMs) * (0.07 + 0.17 * warm)
}

function upsInputW(plant: Plant, tMs: number): number {
  return plant.load.reduce((sum, meter) => {
    const outW = loadW(plant, meter, tMs)
    const part = outW / meter.ratedW
    return sum + outW + meter.ratedW * (UPS_LOSS.idle + UPS_LOSS.linear * part + UPS_LOSS.square * part * part)
  }, 0)
}

/**
 * The power of a boundary's feeds together: the site's total in proportion to its IT, less what other meters measure.
 */
function feedersW(plant: Plant, boundary: number, tMs: number): number {
  const otherW = plant.other.reduce((sum, meter) => sum + powerW(plant, meter, tMs), 0)
  const totalW = upsInputW(plant, tMs) + coolingW(plant, tMs) + otherW + plant.fixedW
  const sums = plant.site.plan.boundaries[boundary]
  if (sums === undefined) return totalW
  let ownItW = 0
  for (const { points, factor } of leavesOf(sums.it)) {
    const meter = plant.meters[points[0] ?? -1]
    if (meter !== undefined) ownItW += (factor * powerW(plant, meter, tMs)) / (meter.kind === 'feed' ? meter.level : 1)
  }
  let restW = (totalW * ownItW) / itW(plant, tMs)
  for (const { points, factor } of leavesOf(sums.facility)) {
    const meter = plant.meters[points[0] ?? -1]
    if (meter === undefined || (meter.kind === 'facility' && meter.boundary >= boundary)) continue
    restW -= factor * powerW(plant, meter, tMs)
  }
  return Math.max(0, restW)
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

/** Rating of all load meters together, at most that of the feeds. Without ratings: twice 5 kW for each rack. */
function totalRatedW(site: Site, group: readonly Device[]): number {
  const declaredW = group.reduce((sum, { ratedW }) => sum + ratedW, 0)
  const feedsW = site.plan.boundaries.flatMap(({ facility }) =>
    leavesOf(facility).map(({ points }) => site.plan.points[points[0] ?? -1]?.maxW ?? NaN),
  )
  const mostW = feedsW.filter((maxW) => !Number.isNaN(maxW)).reduce((sum, maxW) => sum + maxW, 0)
  const wantedW = Number.isNaN(declaredW) ? 2 * RACK_W * Math.max(4, site.inlets.length) : declaredW
  return mostW > 0 ? Math.min(wantedW, mostW) : wantedW
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

function inletsOf({ config, plan }: Site, seed: number): Inlet[] {
  return Object.entries(config.inlets).map(([name, { hall }], index) => {
    const { dryBulbMinC, dryBulbMaxC } = plan.inlets[index]?.envelope.recommended ?? {
      dryBulbMinC: 18,
      dryBulbMaxC: 27,
    }
    return {
      seed: seedFor(seed, `inlet ${name}`),
      hallSeed: seedFor(seed, `hall ${hall}`),
      middleC: (dryBulbMinC + dryBulbMaxC) / 2,
      halfK: (dryBulbMaxC - dryBulbMinC) / 2,
    }
  })
}
