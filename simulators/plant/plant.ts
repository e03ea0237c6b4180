/**
 * The plant of a site as its points see it. A point's role says what it measures; without a role, its use in boundaries
 * and inlets does. The meters that the IT load is defined by divide the racks among them, in order:
 *
 *     racks ──▶ IT meters ──+ distribution──▶ feeds further up          what each stage loses is between its meters
 *        └──▶ UPS, cooling, auxiliaries ──▶ + other = facility, shared by the boundary's feeds
 */
import { leavesOf, type Site } from '../../src/site/site.ts'
import { seedFor } from '../random.ts'
import type { Run } from '../scenarios/life.ts'
import { createDrive, drivenC, healthAt, loadFactor, sensorEventAt, type Drive } from '../scenarios/scenario.ts'
import { climateNamed, climateOfZone } from '../weather/climate.ts'
import { humidityPct, type AirState } from '../weather/moist.ts'
import { noise } from '../weather/noise.ts'
import { createWeather, type Weather } from '../weather/weather.ts'
import { standardOffsetMs } from '../weather/zone.ts'
import { fitPlant, totalRatedW } from './fit.ts'
import {
  meterOf,
  metersOf,
  fedBoundary,
  partsOf,
  shareFacility,
  meterShares,
  stagesOf,
  STAGES,
  type Meter,
  type SupplyStage,
} from './meters.ts'
import { placesOf, type Place } from './places.ts'
import { createTrace, hallAt, inletAt, rackW, siteAt, type Trace } from './trace.ts'

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

/** Of what is lost between UPS and rack, the part behind the output of the distribution units: cables. */
const CABLE_SHARE = 0.3

/** A scenario's seconds count from the run's start. Throws for a scenario that does not fit the site. */
export function createPlant(run: Run): Plant {
  const { site, seed, scenario, fromMs } = run
  const drive = createDrive(site, scenario, fromMs)
  const stages = stagesOf(site)
  const groups = Map.groupBy(metersOf(site, stages), ({ stage }) => stage)
  const base = STAGES.find((stage) => groups.has(stage))
  const ratings = (base === undefined ? [] : (groups.get(base) ?? [])).map(({ ratedW }) => ratedW)
  const ratedW = totalRatedW(site, ratings)
  const weather = weatherOf(run)
  const fit = fitPlant(run, ratedW, weather.pressurePa)
  const racks = fit.spec.halls.flatMap((hall) => hall.racks)
  const meters: (Meter | undefined)[] = site.points.map(() => undefined)
  for (const [stage, group] of groups) {
    const shares = meterShares(group, seed)
    const parts = stage === base ? partsOf(racks, shares) : []
    for (const [at, device] of group.entries()) {
      const share = shares[at] ?? 0
      const common = { name: device.name, seed: seedFor(seed, `meter ${device.name}`), ratedW: share * ratedW }
      const meter = meterOf(stage, common, {
        racks: parts[at],
        share,
        device,
        boundary: fedBoundary(site, device.points),
      })
      for (const point of device.points) meters[point] = meter
    }
  }
  shareFacility(site, meters, seed)
  const all = [...new Set(meters.filter((meter) => meter !== undefined))]
  return {
    site,
    drive,
    weather,
    trace: createTrace(
      fit,
      weather,
      { load: (tMs) => loadFactor(drive, tMs), health: (tMs) => healthAt(drive, tMs) },
      fromMs,
    ),
    meters,
    other: all.filter((meter) => meter.kind === 'other'),
    inletSeeds: site.inlets.map((name) => seedFor(seed, `inlet ${name}`)),
    places: placesOf(site),
  }
}

/** The run's own weather, or that of the climate of the site's time zone, with the heat waves of its scenario. */
function weatherOf({ site, seed, scenario, fromMs, weather }: Run): Weather {
  const { timezone, altitudeM } = site.config.site
  const usual = () => climateNamed(climateOfZone(timezone), standardOffsetMs(timezone), altitudeM)
  const changes = scenario.events
    .filter((event) => event.what === 'weather')
    .map(({ fromS, toS, addK }) => ({ fromMs: fromMs + fromS * 1000, toMs: fromMs + toS * 1000, addK }))
  return createWeather(seedFor(seed, 'weather'), weather ?? { climate: usual() }, changes)
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
  const { site } = plant
  const name = site.points[point] ?? ''
  const { unit, role } = site.config.points[name] ?? { unit: '', role: undefined }
  const place = plant.places[point]
  if (place !== undefined) return airOfPlace(plant, place, tMs)
  if (unit === 'Pa') return role === 'outdoor' ? site.plan.pressurePa : 12 + noise(point, tMs, 60_000)
  const air =
    role === 'outdoor' ? outdoorAir(plant, tMs) : { dryBulbC: 22.5, dewPointC: 8 + noise(point + 7, tMs, 7_200_000) }
  return unit === '%' ? humidityPct(air) : air.dryBulbC
}

function airOfPlace(plant: Plant, place: Place, tMs: number): number {
  if ('hall' in place) return hallAt(plant.trace, place.hall, place.as, tMs)
  const { inlet, as } = place
  const air = inletAir(plant, inlet, tMs)
  if (as === 'humidity') return humidityPct(air)
  if (as === 'outlet') return Math.max(air.dryBulbC + 1, inletAt(plant.trace, inlet, 'outletC', tMs))
  return as === 'dewPoint' ? air.dewPointC : air.dryBulbC
}

/** What a gauge shows: its value, or what a scenario makes its sensor measure instead. */
export function shownAt(plant: Plant, point: number, tMs: number): number {
  const found = sensorEventAt(plant.drive, plant.site.points[point] ?? '', tMs)
  if (found === undefined) return gaugeAt(plant, point, tMs)
  const { event, sinceMs } = found
  if (event.how === 'drift') return gaugeAt(plant, point, tMs) + (event.kPerHour * sinceMs) / HOUR_MS
  const place = plant.places[point]
  if (place === undefined || 'hall' in place) return gaugeAt(plant, point, tMs)
  return airOfPlace(plant, { ...place, as: place.as === 'outlet' ? 'dryBulb' : 'outlet' }, tMs)
}

const HOUR_MS = 3_600_000

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
  const itW = siteAt(trace, 'itW', tMs)
  const lost = itW > 0 ? siteAt(trace, 'pduW', tMs) / itW : 0
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
  for (const { points, factor } of leavesOf(sums.sums.it)) {
    const meter = plant.meters[points[0] ?? -1]
    if (meter === undefined) continue
    const level = meter.kind === 'feed' || meter.kind === 'load' ? levelAt(trace, meter.stage, tMs) : 1
    ownItW += (factor * powerW(plant, meter, tMs)) / level
  }
  const itW = siteAt(trace, 'itW', tMs)
  // Where the racks are dark, what is left on belongs to the whole site
  let restW = itW > 0 ? (totalW * ownItW) / itW : totalW
  for (const { points, factor } of leavesOf(sums.sums.facility)) {
    const meter = plant.meters[points[0] ?? -1]
    if (meter === undefined || (meter.kind === 'facility' && meter.boundary >= boundary)) continue
    restW -= factor * powerW(plant, meter, tMs)
  }
  return Math.max(0, restW)
}
