import type { PointConfig } from '../config/config.ts'
import type { ReadDate } from '../config/dated/dates.ts'
import { amountOf, amountOfPoint, LARGEST_COUNT_J } from '../ingest/units.ts'
import type { PairPlan, RatioPlan, TreePlan } from '../core/contract/plan.ts'

/** Meters with both a register and a power (or energy) of their own: what is compared. The first of each counts. */
export function pairsOf(points: readonly PointConfig[]): PairPlan[] {
  const meters = new Map<string, { register?: number; power?: number }>()
  for (const [index, { meter, kind, unit }] of points.entries()) {
    if (meter === undefined || kind === 'gauge') continue
    // A heat meter counts water and heat
    const key = `${amountOf(unit)} ${meter}`
    const pair = meters.get(key) ?? {}
    pair[kind === 'register' ? 'register' : 'power'] ??= index
    meters.set(key, pair)
  }
  return [...meters.values()].flatMap(({ register, power }) =>
    register === undefined || power === undefined ? [] : [{ register, power }],
  )
}

/** Parents with what is fed from them; where both points of a meter are, its register stands for it. */
export function treesOf(indexOf: ReadonlyMap<string, number>, points: readonly PointConfig[]): TreePlan[] {
  const children = new Map<string, [number, PointConfig][]>()
  for (const [index, point] of points.entries()) {
    if (point.parent === undefined) continue
    const known = children.get(point.parent)
    if (known) known.push([index, point])
    else children.set(point.parent, [[index, point]])
  }
  return [...children].map(([parent, members]) => {
    const registers = new Set(members.flatMap(([, { meter, kind }]) => (meter && kind === 'register' ? [meter] : [])))
    const counted = members.filter(([, { meter, kind }]) => kind === 'register' || !meter || !registers.has(meter))
    return { parent: indexOf.get(parent) ?? -1, children: counted.map(([index]) => index) }
  })
}

/** A register's count goes on over a date; what it is worth changes. Of other kinds each reading has its factor. */
export function ratiosOf({ kind, factor, factors = [] }: PointConfig, read: ReadDate): RatioPlan[] {
  if (kind !== 'register') return []
  return factors.map(({ from, factor: now }) => ({ atMs: read(from), ratio: now / factor }))
}

/** More than any data centre draws, and than any gauge of ours shows. */
const [LARGEST_W, LARGEST_GAUGE] = [1e9, 1e9]

/** The smallest and the largest reading of a point that can mean anything, in base units. */
export function plausibleOf(point: PointConfig): [lowest: number, highest: number] {
  if (amountOfPoint(point) === 'temperature') return [...RATED_C]
  const largest = Math.min(largestOf(point), ceilingOf(point))
  return [-largest, largest]
}

/** Water and its mixtures in pipes, °C: what sensors tell for nothing lies outside. */
const RATED_C = [-100, 200] as const

/**
 * The largest size of a reading that can mean anything, in base units. Sums are exact below 2^53, and a device's
 * 3.4e38 for "no value" must not reach them.
 */
function largestOf({ kind, everyS }: PointConfig): number {
  switch (kind) {
    case 'power':
    case 'mean':
      return LARGEST_W
    case 'energy':
      return LARGEST_W * everyS
    case 'register':
      return LARGEST_COUNT_J
    case 'gauge':
      return LARGEST_GAUGE
  }
}

/** A reading above so many times the rated power cannot be (D153). */
const CEILING = 1.25

/** The largest reading that the rated power allows, in base units. Of a register it limits the steps, not the count. */
function ceilingOf({ kind, maxKw = Infinity, everyS }: PointConfig): number {
  switch (kind) {
    case 'power':
    case 'mean':
      return CEILING * maxKw * 1000
    case 'energy':
      return CEILING * maxKw * 1000 * everyS
    case 'register':
    case 'gauge':
      return Infinity
  }
}
