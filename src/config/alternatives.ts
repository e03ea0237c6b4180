import { amountOfPoint } from '../ingest/units.ts'
import type { DatedFactor, Stretch } from './dated/dates.ts'
import type { Heat, Product } from './sums/products.ts'

/** A point, or a virtual one, and its share. */
export interface Member {
  readonly point: string
  readonly factor: number
}

/** A term as it is written, without what stands in for it. */
export type Stand =
  | Member
  | { readonly sum: readonly Member[]; readonly factor: number }
  | { readonly constantKw: number }
  | { readonly share: number; readonly of: Member | { readonly sum: readonly Member[] } }

/**
 * A term of a boundary, or a virtual point. With dates it counts within them only. `by` names the intensity that it is
 * multiplied by.
 */
export type Term = Stand &
  Stretch & {
    readonly fallback?: readonly Stand[]
    readonly factors?: readonly DatedFactor[] | undefined
    readonly by?: string
  }

/** What a term's names stand for. */
export interface TermNames {
  readonly virtual: ReadonlyMap<string, Term | undefined>
  /** Heats, and parts of shared plant. */
  readonly products: ReadonlyMap<string, Product>
  /** Points, and virtual ones, that are not there: they count nothing, and nothing stands in for them. */
  readonly absent: ReadonlySet<string>
  /** For a power point: the register of its meter, which counts instead. */
  readonly registerOf: ReadonlyMap<string, string>
  /** Virtual points that have been expanded, or are just being. */
  readonly known: Map<string, readonly Alternative[] | undefined>
  /** Sums of more than `MAX_LEAVES` points that were met and not expanded. */
  tooLarge: number
}

/** A way to tell a term, by the names of points (see `AlternativePlan`). */
export interface Alternative {
  readonly label: string
  readonly measured: readonly Leaf[]
  readonly estimated: readonly Leaf[]
  readonly constantW: number
}

export interface Leaf {
  readonly points: readonly string[]
  readonly factor: number
  /** What it is multiplied by, interval by interval. */
  readonly times?: Times
}

export type Times =
  | (Heat & { readonly name: string })
  | { readonly kind: 'share'; readonly name: string; readonly own: readonly Leaf[]; readonly all: readonly Leaf[] }

/** Most points of one term, and how deep virtual points may stand in each other. */
export const MAX_LEAVES = 10_000
export const MAX_DEPTH = 8

/** What says which points are of one meter, and which of these counts. */
interface MeterPoint {
  readonly kind?: unknown
  readonly unit?: string | undefined
  readonly meter?: string | undefined
  readonly min?: number | undefined
}

/** What is needed of the points: their kinds, meters and least values. Of a meter energy and water are two counts. */
export function termNames(
  points: Iterable<readonly [string, MeterPoint]>,
  virtual: TermNames['virtual'],
  products: TermNames['products'],
): TermNames {
  const meters = Map.groupBy(
    [...points].filter(([, { meter }]) => meter !== undefined),
    ([, { meter, unit, kind }]) => `${amountOfPoint({ unit, kind })} ${meter}`,
  )
  const registerOf = new Map<string, string>()
  for (const members of meters.values()) {
    const [register, ...more] = members.filter(([, { kind }]) => kind === 'register')
    if (register === undefined || more.length > 0) continue // of import and export neither is the power's
    for (const [name, { kind, min = 0 }] of members) {
      if ((kind === 'power' || kind === 'mean') && min >= 0) registerOf.set(name, register[0])
    }
  }
  return { virtual, products, absent: new Set(), registerOf, known: new Map(), tooLarge: 0 }
}

/**
 * The ways to tell a term, in their order; undefined where names go in a circle, too deep, to what is not there or to
 * too much (D18).
 */
export function alternativesOf(names: TermNames, term: Term, depth = 0): readonly Alternative[] | undefined {
  if (depth > MAX_DEPTH) return undefined
  const own = waysOf(names, term, depth)
  if (own?.every(isNothing)) return [NOTHING]
  const others = (term.fallback ?? []).map((stand) => waysOf(names, stand, depth))
  const all = [own, ...others]
  if (!all.every((ways) => ways !== undefined)) return undefined
  return all.flatMap((ways, n) => (n === 0 ? ways : ways.filter((way) => !isNothing(way)).map(asEstimate)))
}

/** What is not there adds nothing. */
const NOTHING: Alternative = { label: '', measured: [], estimated: [], constantW: 0 }

/** Whether a term does not count, because nothing of it is there. */
export function isNothing({ measured, estimated, constantW }: Alternative): boolean {
  return measured.length === 0 && estimated.length === 0 && constantW === 0
}

function waysOf(names: TermNames, term: Stand, depth: number): readonly Alternative[] | undefined {
  if ('constantKw' in term) {
    return [{ label: `${term.constantKw} kW`, measured: [], estimated: [], constantW: term.constantKw * 1000 }]
  }
  if ('share' in term) {
    const of = 'sum' in term.of ? sumOf(names, term.of.sum, depth) : sumOf(names, [term.of], depth)
    const whole = of === undefined ? undefined : scaled(of, term.share)
    return whole && [asEstimate({ ...whole, label: `${term.share} of ${of?.label}` })]
  }
  if ('sum' in term) {
    const sum = sumOf(names, term.sum, depth)
    if (sum === undefined) return undefined
    const label = term.factor === 1 ? sum.label : `${term.factor} × (${sum.label})`
    return [{ ...scaled(sum, term.factor), label }]
  }
  return memberWays(names, term, depth)?.map((way) => ({
    ...scaled(way, term.factor),
    label: labelOf(term, way.label),
  }))
}

function memberWays(names: TermNames, { point }: Member, depth: number): readonly Alternative[] | undefined {
  if (names.absent.has(point)) return [NOTHING]
  const product = names.products.get(point)
  if (product !== undefined) return productWays(names, point, product, depth)
  if (!names.virtual.has(point)) {
    return [
      { label: point, measured: [{ points: pointsOfMeter(names, point), factor: 1 }], estimated: [], constantW: 0 },
    ]
  }
  if (names.known.has(point)) return names.known.get(point)
  names.known.set(point, undefined) // until it is expanded: whoever comes back here goes in a circle
  const term = names.virtual.get(point)
  const ways =
    term && alternativesOf(names, term, depth + 1)?.map((way, n) => (n === 0 ? { ...way, label: point } : way))
  names.known.set(point, ways)
  return ways
}

/** The points by which a meter is told, a register before its power. */
function pointsOfMeter({ registerOf }: TermNames, point: string): string[] {
  const register = registerOf.get(point)
  return register === undefined ? [point] : [register, point]
}

/** A heat is measured; a part of shared plant is an estimate, whatever its rule. */
function productWays(
  names: TermNames,
  name: string,
  product: Product,
  depth: number,
): readonly Alternative[] | undefined {
  if (product.kind === 'heat') {
    const sides = [product.flow, product.hot, product.cold]
    if (sides.some((point) => names.absent.has(point))) return [NOTHING]
    const flow = { points: pointsOfMeter(names, product.flow), factor: 1, times: { ...product, name } }
    return [{ label: name, measured: [flow], estimated: [], constantW: 0 }]
  }
  const plant = sumOf(names, product.of, depth)
  if (plant === undefined) return undefined
  const told = (share: Alternative) => [{ ...asEstimate(share), label: `${name} ${product.rule}` }]
  if (typeof product.share === 'number') return told(scaled(plant, product.share))
  const [own, all] = [sumOf(names, product.share.own, depth), sumOf(names, product.share.all, depth)]
  if (own === undefined || all === undefined) return undefined
  const times: Times = { kind: 'share', name, own: own.measured, all: all.measured }
  return told({ ...plant, measured: plant.measured.map((leaf) => ({ ...leaf, times })) })
}

/** Adds members up; each must be told in one way only. */
function sumOf(names: TermNames, members: readonly Member[], depth: number): Alternative | undefined {
  const ways = members.map((member) => memberWays(names, member, depth))
  let leaves = 0
  const parts: Alternative[] = []
  for (const [n, way] of ways.entries()) {
    const member = members[n]
    const only = way?.[0]
    if (member === undefined || only === undefined || way?.length !== 1) return undefined
    if (isNothing(only)) continue
    leaves += only.measured.length + only.estimated.length
    if (leaves > MAX_LEAVES) {
      names.tooLarge++
      return undefined
    }
    parts.push({ ...scaled(only, member.factor), label: labelOf(member, only.label) })
  }
  return {
    label: parts.map(({ label }) => label).join(' + '),
    measured: parts.flatMap(({ measured }) => measured),
    estimated: parts.flatMap(({ estimated }) => estimated),
    constantW: parts.reduce((sum, { constantW }) => sum + constantW, 0),
  }
}

function labelOf({ factor }: Member, label: string): string {
  return factor === 1 ? label : `${factor} × ${label}`
}

function scaled(way: Alternative, factor: number): Alternative {
  const scale = (leaf: Leaf) => ({ ...leaf, factor: leaf.factor * factor })
  return {
    ...way,
    measured: way.measured.map(scale),
    estimated: way.estimated.map(scale),
    constantW: way.constantW * factor,
  }
}

function asEstimate(way: Alternative): Alternative {
  return { ...way, measured: [], estimated: [...way.measured, ...way.estimated] }
}
