import type { PointConfig } from '../config/config.ts'
import type { ReadDate } from '../config/dated/dates.ts'
import { amountOf } from '../ingest/units.ts'
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
