import type { z } from 'zod'

import { didYouMean } from './faults.ts'
import type { Draft } from './faults.ts'
import type * as schema from './schema.ts'
import type { PointKind } from '../core/contract/plan.ts'
import type { PlainMap } from './document/document.ts'
import { UNITS } from '../ingest/units.ts'
import type { Term } from './alternatives.ts'
import type { Product, WrittenProducts } from './sums/products.ts'
import type { WrittenSum } from './sums/written.ts'

type Whole = z.output<typeof schema.config>
export type Point = Partial<z.output<typeof schema.point>>
type Inlet = Partial<z.output<typeof schema.inlet>>
type Outdoor = Partial<z.output<typeof schema.outdoor>>
type Hall = Partial<z.output<typeof schema.hall>>
type Intensity = Partial<z.output<typeof schema.intensity>>

/** As much of a configuration as its schema accepts: members that it refuses are left out, names are all there. */
export interface Readable {
  /** The whole as it was written: tells whether a key is there. */
  written: PlainMap
  /** Whether a point of this name, or a virtual one, may be among those that cannot be read, which is reported. */
  mayBePoint(name: string): boolean
  /** Whether a point was made by a template. */
  isTemplated(this: void, name: string): boolean
  site: Partial<Whole['site']>
  core: Partial<Whole['core']>
  points: ReadonlyMap<string, Point>
  virtual: ReadonlyMap<string, Term | undefined>
  boundaries: ReadonlyMap<string, readonly WrittenSum[]>
  intensities: ReadonlyMap<string, Intensity>
  /** Heats and allocations as they are written, and what their names stand for. */
  writtenProducts: WrittenProducts
  products: ReadonlyMap<string, Product>
  inlets: ReadonlyMap<string, Inlet>
  outdoor: ReadonlyMap<string, Outdoor>
  halls: ReadonlyMap<string, Hall>
}

/** The kind of a point: told by its unit and `register` where they leave no choice; undefined without a unit. */
export function kindOf(point: Point): PointKind | { reason: string; hint: string } | undefined {
  const { kind, unit, register } = point
  if (unit === undefined) return undefined
  const quantity = UNITS[unit]?.quantity
  if (quantity === 'power' || quantity === 'flow') {
    if (register === undefined && (kind === undefined || kind === 'power' || kind === 'mean')) return kind ?? 'power'
    const counted = quantity === 'power' ? 'Wh, kWh, MWh or J' : 'L or m³'
    const hint = `use ${counted}, or remove \`${register === undefined ? 'kind' : 'register'}\``
    return { reason: `${unit} is a unit of ${quantity}`, hint }
  }
  if (quantity === 'energy' || quantity === 'volume') {
    if (kind === 'register' || (kind === undefined && register !== undefined)) return 'register'
    if (kind === 'energy' && register === undefined) return 'energy'
    // A count of water that no sum takes is kept as it is read
    if (quantity === 'volume' && register === undefined && (kind === undefined || kind === 'gauge')) return 'gauge'
    const hint = 'add `register: {}` for a running count, or `kind: energy` for the energy of each interval'
    if (kind === undefined) return { reason: `${unit} can be a running count or the energy of each interval`, hint }
    return { reason: `${unit}${register === undefined ? '' : ' with a register'} is not of kind ${kind}`, hint }
  }
  if (
    quantity === 'intensity' &&
    register === undefined &&
    (kind === undefined || kind === 'power' || kind === 'mean')
  ) {
    return kind ?? 'power'
  }
  if (register === undefined && (kind === undefined || kind === 'gauge')) return 'gauge'
  // Heat is made of means over time
  if (quantity === 'temperature' && register === undefined && (kind === 'power' || kind === 'mean')) return kind
  const hint = `remove \`${register === undefined ? 'kind' : 'register'}\``
  return { reason: `${unit} is a unit of neither power nor energy nor water`, hint }
}

/** A point that exists and was read; one that does not exist is a fault at `path`. */
export function pointAt(drafts: Draft[], readable: Readable, path: PropertyKey[], name: string): Point | undefined {
  const { points, virtual, products } = readable
  if (!points.has(name) && !readable.mayBePoint(name))
    drafts.push({
      path,
      part: 'content',
      reason: `there is no point "${name}"`,
      hint: didYouMean(name, [...points.keys(), ...virtual.keys(), ...products.keys()]),
    })
  return points.get(name)
}
