import type { Config, PointConfig } from '../config/config.ts'
import type { PairPlan, TreePlan } from '../core/contract/plan.ts'

/** Meters with both a register and a power (or energy) of their own: what is compared. The first of each counts. */
export function pairsOf({ points }: Config): PairPlan[] {
  const meters = new Map<string, { register?: number; power?: number }>()
  for (const [index, { meter, kind }] of Object.values(points).entries()) {
    if (meter === undefined || kind === 'gauge') continue
    const pair = meters.get(meter) ?? {}
    pair[kind === 'register' ? 'register' : 'power'] ??= index
    meters.set(meter, pair)
  }
  return [...meters.values()].flatMap(({ register, power }) =>
    register === undefined || power === undefined ? [] : [{ register, power }],
  )
}

/** Parents with what is fed from them; where both points of a meter are, its register stands for it. */
export function treesOf({ points }: Config): TreePlan[] {
  const names = Object.keys(points)
  const all = Object.values(points)
  const children = new Map<string, [number, PointConfig][]>()
  for (const [index, point] of all.entries()) {
    if (point.parent !== undefined) children.set(point.parent, [...(children.get(point.parent) ?? []), [index, point]])
  }
  return [...children].map(([parent, members]) => {
    const registers = new Set(members.flatMap(([, { meter, kind }]) => (meter && kind === 'register' ? [meter] : [])))
    const counted = members.filter(([, { meter, kind }]) => kind === 'register' || !meter || !registers.has(meter))
    return { parent: names.indexOf(parent), children: counted.map(([index]) => index) }
  })
}
