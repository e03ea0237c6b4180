import * as z from 'zod'

import type { Term } from './alternatives.ts'
import type { Plain, ReadDocument } from './document/document.ts'
import { plainMap } from './document/plain.ts'
import type { Readable } from './readable.ts'
import * as schema from './schema.ts'
import { productsOf } from './sums/products.ts'
import { sumsOf, writtenSums } from './sums/written.ts'

type Whole = z.output<typeof schema.config>

type Named = Pick<ReadDocument, 'root' | 'mayHold' | 'rowOf'>

/** A configuration that its schema accepts, by names. */
export function toReadable(whole: Whole, document: Named): Readable {
  return {
    ...namesOf(document),
    site: whole.site,
    core: whole.core,
    points: new Map(Object.entries(whole.points)),
    virtual: new Map(Object.entries(whole.virtual)),
    boundaries: new Map(Object.entries(whole.boundaries).map(([name, boundary]) => [name, sumsOf(boundary)])),
    intensities: new Map(Object.entries(whole.intensities)),
    writtenProducts: whole,
    products: productsOf(whole),
    inlets: new Map(Object.entries(whole.inlets)),
    outdoor: new Map(Object.entries(whole.outdoor)),
    halls: new Map(Object.entries(whole.halls)),
  }
}

/** What the schema accepts of a configuration that it refuses as a whole, so that all faults are told at once. */
export function salvage(document: ReadDocument): Readable {
  const written = plainMap(document.root)
  const writtenProducts = {
    heats: salvageWhole(schema.heat, written['heats']),
    allocations: salvageWhole(schema.allocation, written['allocations']),
  }
  return {
    ...namesOf(document),
    writtenProducts,
    products: productsOf(writtenProducts),
    site: salvageMembers(schema.site, written['site']),
    core: salvageMembers(schema.core, written['core']),
    points: salvageEntries(written['points'], salvagePoint),
    virtual: salvageEntries(written['virtual'], (entry) => schema.term.safeParse(entry).data),
    boundaries: salvageEntries(written['boundaries'], (entry) => writtenSums(entry, salvageTerms)),
    intensities: salvageEntries(written['intensities'], (entry) => salvageMembers(schema.intensity, entry)),
    inlets: salvageEntries(written['inlets'], (entry) => salvageMembers(schema.inlet, entry)),
    outdoor: salvageEntries(written['outdoor'], (entry) => salvageMembers(schema.outdoor, entry)),
    halls: salvageEntries(written['halls'], (entry) => salvageMembers(schema.hall, entry)),
  }
}

function namesOf(document: Named): Pick<Readable, 'written' | 'mayBePoint' | 'isTemplated'> {
  const written = plainMap(document.root)
  const mayHold = (section: Plain | undefined, name: string) =>
    typeof section !== 'object' || section === null || Array.isArray(section) || document.mayHold(section, name)
  const { points, virtual = {}, heats = {}, allocations = {} } = written
  return {
    written,
    mayBePoint: (name) =>
      mayHold(points, name) ||
      mayHold(virtual, name) ||
      mayHold(heats, name) ||
      mayHold(allocations, name.slice(0, Math.max(0, name.indexOf('/')))),
    isTemplated: (name) => document.rowOf(['points', name]) !== undefined,
  }
}

function salvageEntries<Entry>(section: Plain | undefined, salvageEntry: (entry: Plain) => Entry): Map<string, Entry> {
  return new Map(Object.entries(plainMap(section)).map(([name, entry]) => [name, salvageEntry(entry)]))
}

/** The entries of a section that are sound as a whole. */
function salvageWhole<Shape extends z.ZodType>(
  entry: Shape,
  section: Plain | undefined,
): Record<string, z.output<Shape>> {
  return Object.fromEntries(
    Object.entries(plainMap(section)).flatMap(([name, written]): [string, z.output<Shape>][] => {
      const parsed = entry.safeParse(written)
      return parsed.success ? [[name, parsed.data]] : []
    }),
  )
}

function salvagePoint(entry: Plain): Partial<Whole['points'][string]> {
  const { unit, ...point } = salvageMembers(schema.point, entry)
  const written = plainMap(entry)
  // What a unit means hangs on these two: if they are there and not understood, nothing is to be said about it.
  const isClear = (['kind', 'register'] as const).every((key) => key in written === key in point)
  return unit !== undefined && isClear ? { ...point, unit } : point
}

function salvageTerms(terms: unknown): readonly (Term | undefined)[] {
  return Array.isArray(terms) ? terms.map((written) => schema.anyTerm.safeParse(written).data) : []
}

function salvageMembers<Shape extends z.ZodObject>(shape: Shape, entry: Plain | undefined): Partial<z.output<Shape>> {
  const written = plainMap(entry)
  const members = Object.entries(shape.shape).flatMap(([key, member]) => {
    const parsed = z.safeParse(member, written[key])
    return parsed.success && parsed.data !== undefined ? [[key, parsed.data]] : []
  })
  return Object.fromEntries(members) as Partial<z.output<Shape>>
}
