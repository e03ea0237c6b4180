import { amountOf, amountOfPoint } from '../../ingest/units.ts'
import type { Member } from '../alternatives.ts'
import type { Draft } from '../faults.ts'
import { kindOf, pointAt, type Readable } from '../readable.ts'
import { nameFault } from '../strings.ts'

/** A name that terms may use as they use a point, and that stands for a product. */
export type Product = Heat | Allocated

export interface Heat {
  readonly kind: 'heat'
  readonly flow: string
  readonly hot: string
  readonly cold: string
  readonly at: 'hot' | 'cold'
  /** J that a mL of the medium gives off for each K; NaN: it is water. */
  readonly jPerMlK: number
  readonly accuracyK: number
}

/** A part of shared plant: a constant share of it, or as much as its key has of all keys. */
interface Allocated {
  readonly kind: 'share'
  readonly of: readonly Member[]
  readonly share: number | { readonly own: readonly Member[]; readonly all: readonly Member[] }
  /** The rule, for people. */
  readonly rule: string
}

interface WrittenHeat {
  readonly flow: string
  readonly hot: string
  readonly cold: string
  readonly at: 'hot' | 'cold'
  readonly medium: 'water' | { readonly densityKgM3: number; readonly heatCapacityJKgK: number }
  readonly accuracyK?: number
}

interface WrittenAllocation {
  readonly of: readonly Member[]
  readonly by: 'constant' | 'energy' | 'itLoad'
  readonly to: Readonly<Record<string, number | readonly Member[]>>
}

/** As written; what cannot be read is left out. */
export interface WrittenProducts {
  readonly heats: Readonly<Record<string, WrittenHeat>>
  readonly allocations: Readonly<Record<string, WrittenAllocation>>
}

/** What the names of heats, and of parts of allocations such as `plant/hall-1`, stand for. */
export function productsOf({ heats, allocations }: WrittenProducts): ReadonlyMap<string, Product> {
  const named = Object.entries(heats).map(([name, heat]) => [name, heatOf(heat)] as const)
  const parts = Object.entries(allocations).flatMap(([name, allocation]) =>
    Object.keys(allocation.to).map((part) => [`${name}/${part}`, partOf(part, allocation)] as const),
  )
  return new Map<string, Product>([...named, ...parts])
}

function heatOf({ medium, accuracyK = NaN, ...heat }: WrittenHeat): Heat {
  const jPerMlK = medium === 'water' ? NaN : (medium.densityKgM3 * medium.heatCapacityJKgK) / 1e6
  return { kind: 'heat', ...heat, jPerMlK, accuracyK }
}

/** How rules of sharing begin. */
export const RULE = 'shared by '

const RULES = { constant: 'constant', energy: 'energy', itLoad: 'IT load' } as const

function partOf(part: string, { of, by, to }: WrittenAllocation): Allocated {
  const rule = `${RULE}${RULES[by]}`
  const own = to[part]
  if (typeof own === 'number') return { kind: 'share', of, share: own, rule: `${rule} ${own}` }
  const all = Object.values(to).flatMap((keys) => (typeof keys === 'number' ? [] : keys))
  return { kind: 'share', of, share: { own: own ?? [], all }, rule }
}

/** Names of points that a product is made of. */
export function namesOfProduct(product: Product | undefined): string[] {
  if (product === undefined) return []
  if (product.kind === 'heat') return [product.flow, product.hot, product.cold]
  const keys = typeof product.share === 'number' ? [] : product.share.all
  return [...product.of, ...keys].map(({ point }) => point)
}

/** Everything wrong with heats and allocations. */
export function productDrafts(readable: Readable): Draft[] {
  const drafts: Draft[] = []
  for (const section of ['heats', 'allocations'] as const) {
    for (const name of Object.keys(readable.writtenProducts[section])) {
      const path = [section, name]
      const fault = nameFault(name)
      if (fault !== undefined) drafts.push({ path, part: 'key', ...fault })
      if (readable.points.has(name) || readable.virtual.has(name))
        add(drafts, path, `"${name}" is also the name of a point`, 'use another name for one of them', 'key')
    }
  }
  for (const [name, heat] of Object.entries(readable.writtenProducts.heats)) checkHeat(drafts, readable, name, heat)
  for (const [name, allocation] of Object.entries(readable.writtenProducts.allocations))
    checkAllocation(drafts, readable, name, allocation)
  return drafts
}

function checkHeat(drafts: Draft[], readable: Readable, name: string, { flow, hot, cold }: WrittenHeat): void {
  const path = ['heats', name]
  const meter = pointAt(drafts, readable, [...path, 'flow'], flow)
  if (meter?.unit !== undefined && (amountOf(meter.unit) !== 'water' || kindOf(meter) === 'gauge')) {
    const reason = `"${flow}" measures no flow: its unit is ${meter.unit}`
    add(drafts, [...path, 'flow'], reason, 'name a point of L/h, m³/h or gal/min, or a register of L or m³')
  }
  for (const [key, side] of Object.entries({ hot, cold })) {
    const point = pointAt(drafts, readable, [...path, key], side)
    if (point?.unit === undefined || amountOfPoint(point) === 'temperature') continue
    const isTemperature = ['°C', '°F', 'K'].includes(point.unit)
    const reason = isTemperature
      ? `"${side}" is kept as readings alone, and heat needs its mean over time`
      : `"${side}" measures no temperature: its unit is ${point.unit}`
    add(
      drafts,
      [...path, key],
      reason,
      isTemperature ? 'add `kind: power` to the point' : 'name a point of °C, °F or K',
    )
  }
  if (hot === cold) add(drafts, [...path, 'cold'], 'is the hot side, too', 'name the point of the other side')
}

/** Decimals such as 0.1 + 0.2 + 0.7 are no exact numbers. */
const ROUNDING = 1e-9

function checkAllocation(drafts: Draft[], readable: Readable, name: string, { of, by, to }: WrittenAllocation): void {
  const path = ['allocations', name]
  const parts = Object.entries(to)
  for (const [n, { point }] of of.entries()) checkEnergy(drafts, readable, [...path, 'of', n], point)
  for (const [part, told] of parts) {
    const at = [...path, 'to', part]
    if (typeof told !== 'number')
      for (const [n, { point }] of told.entries()) checkEnergy(drafts, readable, [...at, n], point)
    if (by === 'constant' && typeof told !== 'number')
      add(drafts, at, 'is no share', 'write a number from 0 to 1, or `by: itLoad` or `by: energy`')
    if (by !== 'constant' && typeof told === 'number')
      add(drafts, at, 'is a constant share', 'name the points by which the part is told, or write `by: constant`')
  }
  if (parts.length < 2)
    add(drafts, [...path, 'to'], 'names fewer than two parts', 'plant of one part is no shared plant')
  const sum = parts.reduce((all, [, told]) => all + (typeof told === 'number' ? told : NaN), 0)
  if (Math.abs(sum - 1) > ROUNDING)
    add(drafts, [...path, 'to'], `the shares add to ${Number(sum.toFixed(9))}, not to 1`, 'correct one of them')
}

function checkEnergy(drafts: Draft[], readable: Readable, path: PropertyKey[], name: string): void {
  if (readable.virtual.has(name) || readable.products.has(name))
    return add(drafts, path, `"${name}" is made of points`, 'name the points themselves')
  const point = pointAt(drafts, readable, path, name)
  if (point?.unit === undefined || (kindOf(point) !== 'gauge' && amountOfPoint(point) === 'energy')) return
  add(drafts, path, `"${name}" measures no energy: its unit is ${point.unit}`, 'name a point of power or energy')
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}
