/** The meters of a site: which points are one device, what stage of the supply it measures, and which share of it. */
import { leavesOf, type Site } from '../../src/site/site.ts'
import { createRandom, seedFor } from '../random.ts'

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

export type SupplyStage = 'it' | 'distribution' | 'ups'
type Stage = SupplyStage | 'cooling' | 'facility' | 'other'

export const STAGES = ['it', 'distribution', 'ups'] as const
export function meterOf(
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

/** The racks in order, cut where the meters' shares of their rated power end. */
export function partsOf(racks: readonly { ratedW: number }[], shares: readonly number[]): RackPart[][] {
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
export function stagesOf({ config, points, plan }: Site): Stage[] {
  return points.map((name, point) => {
    const role = config.points[name]?.role
    if (role === 'it' || role === 'ups' || role === 'distribution' || role === 'cooling' || role === 'facility')
      return role
    if (role !== undefined) return 'other'
    if (plan.boundaries.some(({ sums }) => isIn(sums.it, point))) return 'it'
    return plan.boundaries.some(({ sums }) => isIn(sums.facility, point)) ? 'facility' : 'other'
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
export function metersOf(site: Site, stages: readonly Stage[]): Device[] {
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
export function meterShares(group: readonly { ratedW: number; name: string }[], seed: number): number[] {
  const rated = group.every(({ ratedW }) => !Number.isNaN(ratedW))
  const weights = group.map(({ name, ratedW }) => {
    return (rated ? ratedW : 1) * (0.95 + 0.1 * createRandom(seedFor(seed, `share ${name}`)).next())
  })
  const sum = weights.reduce((before, weight) => before + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** The boundary whose total a feed carries: the first whole site that lists it, else the first part; -1 for none. */
export function fedBoundary({ plan }: Site, points: readonly number[]): number {
  const lists = (boundary: number) =>
    points.some((point) => isIn(plan.boundaries[boundary]?.sums.facility ?? [], point))
  const listing = plan.boundaries.flatMap((_, boundary) => (lists(boundary) ? [boundary] : []))
  return listing.find((boundary) => plan.boundaries[boundary]?.part === false) ?? listing[0] ?? -1
}

/** Gives each boundary's feeds their shares; a term's factor is taken out, so that the sum comes out right. */
export function shareFacility(site: Site, meters: (Meter | undefined)[], seed: number): void {
  const feeds = meters.flatMap((meter, point) => {
    if (meter?.kind !== 'facility') return []
    return [{ meter, point, name: meter.name, ratedW: site.plan.points[point]?.maxW ?? NaN }]
  })
  for (const [boundary, all] of Map.groupBy(feeds, ({ meter }) => meter.boundary)) {
    const group = all.filter(({ meter }, at) => all.findIndex((other) => other.meter === meter) === at)
    const shares = meterShares(group, seed)
    for (const [at, { meter }] of group.entries()) {
      const leaves = leavesOf(site.plan.boundaries[boundary]?.sums.facility ?? [])
      const factor = leaves.find(({ points }) => points.some((point) => meters[point] === meter))?.factor ?? 1
      meter.share = (shares[at] ?? 0) / Math.abs(factor)
    }
  }
}
