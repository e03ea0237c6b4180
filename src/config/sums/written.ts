import { QUANTITIES, type BoundaryQuantity } from '../../core/contract/quotients.ts'
import type { Term } from '../alternatives.ts'

/** A sum as a boundary writes it. A term that its schema refuses is undefined and keeps its place. */
export interface WrittenSum<Written = Term | undefined> {
  readonly quantity: BoundaryQuantity
  /** Keys from the boundary to the list of its terms. */
  readonly path: readonly string[]
  readonly terms: readonly Written[]
}

/** Under which keys of a boundary each quantity is written. */
const KEYS: Readonly<Partial<Record<BoundaryQuantity, readonly string[]>>> = {
  facility: ['facility'],
  it: ['it'],
  ups: ['losses', 'ups'],
  distribution: ['losses', 'distribution'],
  cooling: ['losses', 'cooling'],
  water: ['water', 'total'],
  freshWater: ['water', 'fresh'],
  potableWater: ['water', 'potable'],
  reuse: ['reuse'],
  renewable: ['renewable'],
  removedHeat: ['removedHeat'],
  carbon: ['carbon', 'location'],
  marketCarbon: ['carbon', 'market'],
}

/** Keys of a boundary under which a quantity is written; none: it is made of others. */
export function keysOfQuantity(quantity: BoundaryQuantity): readonly string[] {
  return KEYS[quantity] ?? []
}

/**
 * The sums that a boundary writes; facility and IT always. `read` takes what stands there. The name of an intensity in
 * the place of a sum stands for the terms of the facility, each by it.
 */
export function writtenSums<Written extends Term | undefined>(
  boundary: unknown,
  read: (terms: unknown) => readonly Written[],
): WrittenSum<Written>[] {
  return QUANTITIES.flatMap((quantity) => {
    const path = KEYS[quantity]
    if (path === undefined) return []
    const found = path.reduce(memberOf, boundary)
    if (typeof found === 'string') {
      const terms = read(memberOf(boundary, 'facility')).map((term) => term && { ...term, by: found })
      return [{ quantity, path: ['facility'], terms }]
    }
    const isNeeded = quantity === 'facility' || quantity === 'it'
    return found === undefined && !isNeeded ? [] : [{ quantity, path, terms: read(found) }]
  })
}

function memberOf(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Readonly<Record<string, unknown>>)[key] : undefined
}

/** The sums of a boundary that has passed the checks. */
export function sumsOf(boundary: { readonly facility: readonly Term[] }): WrittenSum<Term>[] {
  return writtenSums(boundary, (terms) => terms as readonly Term[])
}
