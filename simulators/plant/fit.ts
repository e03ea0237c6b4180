/** A plant that fits a site's configuration: its racks are the site's inlets, its size that of the site's meters. */
import { leavesOf, type Site } from '../../src/site/site.ts'
import { createRandom, seedFor } from '../random.ts'
import type { Run } from '../scenarios/life.ts'
import { ratioAtDew } from '../weather/moist.ts'
import { plantOf, type Size } from './kinds.ts'
import type { PlantSpec } from './spec.ts'

/** Where an inlet's sensors are: which rack of which hall, and how high (NaN: in the middle of the stream). */
export interface InletPlace {
  readonly hall: number
  readonly rack: number
  readonly height: number
}

interface Fit {
  readonly spec: PlantSpec
  /** By inlet. */
  readonly inlets: readonly InletPlace[]
}

const DEFAULT_RACKS = 8
/**
 * Servers of this kind of plant take in air about so much warmer than the supply air's set-point, whose usual value is:
 */
const USUAL_INLET_C = 21.8
/** Racks are rated above what they are expected to draw: the meters' rating is reached at full use of all. */
const RACK_MARGIN = 1.1

/**
 * The plant of a site whose IT meters are rated `ratedW` together. Without a kind, it is set to what the site's inlets
 * are recommended; a kind of plant comes with its own set-points.
 */
export function fitPlant({ site, seed, kind }: Run, ratedW: number, pressurePa: number): Fit {
  const entries = Object.entries(site.config.inlets)
  const groups = Map.groupBy(entries, ([, { hall, rack }]) => JSON.stringify([hall, rack]))
  const keys = [...groups.keys()]
  const racks = keys.map((key) => {
    const [hall = '', name = ''] = JSON.parse(key) as string[]
    return { hall, name, weight: 0.85 + 0.3 * createRandom(seedFor(seed, `weight ${key}`)).next() }
  })
  if (racks.length === 0) {
    for (let n = 1; n <= DEFAULT_RACKS; n++) racks.push({ hall: '', name: `r${n}`, weight: 1 })
  }
  const weights = racks.reduce((sum, { weight }) => sum + weight, 0)
  const halls = [...Map.groupBy(racks, ({ hall }) => hall)]
  const size: Size = {
    halls: halls.map(([name, own]) => ({
      name,
      racks: own.map((rack) => ({ name: rack.name, ratedW: (RACK_MARGIN * ratedW * rack.weight) / weights })),
    })),
    pressurePa,
    seed,
    setK: kind === undefined ? middleC(site) - USUAL_INLET_C : 0,
  }
  return {
    spec: kind === undefined ? dried(plantOf('free', size), site, pressurePa) : plantOf(kind, size),
    inlets: entries.map(([name, { hall, rack }]) => {
      const group = groups.get(JSON.stringify([hall, rack])) ?? []
      const at = halls.findIndex(([other]) => other === hall)
      return {
        hall: at,
        rack: halls[at]?.[1].findIndex((one) => one.name === rack) ?? 0,
        height: group.length === 1 ? NaN : (group.findIndex(([other]) => other === name) + 0.5) / group.length,
      }
    }),
  }
}

/** The middle of the strictest recommended range of the site's inlets. */
function middleC({ plan }: Site): number {
  const middles = plan.inlets.map(
    ({ envelope: { recommended } }) => (recommended.dryBulbMinC + recommended.dryBulbMaxC) / 2,
  )
  return Math.min(22.5, ...middles)
}

/** Outside air that leaks in is dried and moistened to what the site's edition and corrosion allow. */
function dried(spec: PlantSpec, { config }: Site, pressurePa: number): PlantSpec {
  if (spec.cooling.kind !== 'chilled') return spec
  const mostC = config.site.corrosion === 'low' ? 11 : 7.5
  const plant = { ...spec.cooling.plant, coilRatio: ratioAtDew(mostC, pressurePa) }
  const leastRatio = ratioAtDew(6, pressurePa)
  const halls = spec.halls.map((hall) => ({ ...hall, humidifier: { leastRatio, mostKgS: (0.002 * hall.airKg) / 180 } }))
  return { ...spec, halls, cooling: { ...spec.cooling, plant } }
}

/** Rating of all load meters together, at most that of the feeds. Without ratings: twice 5 kW for each rack. */
export function totalRatedW(site: Site, declared: readonly number[]): number {
  const declaredW = declared.reduce((sum, ratedW) => sum + ratedW, 0)
  const feedsW = site.plan.boundaries.flatMap(({ sums }) =>
    leavesOf(sums.facility).map(({ points }) => site.plan.points[points[0] ?? -1]?.maxW ?? NaN),
  )
  const mostW = feedsW.filter((maxW) => !Number.isNaN(maxW)).reduce((sum, maxW) => sum + maxW, 0)
  const wantedW =
    Number.isNaN(declaredW) || declared.length === 0 ? 2 * RACK_W * Math.max(4, site.inlets.length) : declaredW
  return mostW > 0 ? Math.min(wantedW, mostW) : wantedW
}

const RACK_W = 5_000
