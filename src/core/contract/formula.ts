/**
 * The sums of a boundary, and how each of their terms can be told. In each interval the first alternative of a term
 * that is known counts.
 */
import { pointsOfTimes, type TimesPlan } from './product.ts'
import { QUANTITIES, type BoundaryQuantity } from './quotients.ts'

/** A term of a sum: in each interval the first alternative that is known counts. */
export interface TermPlan {
  /** The name that `explain` prints. */
  label: string
  alternatives: readonly AlternativePlan[]
}

/** A sum of points, each with its factor, and a constant. Its label is what `explain` prints. */
export interface AlternativePlan {
  label: string
  /** Metered energy. */
  measured: readonly LeafPlan[]
  /** Estimated energy: shares of points, and every point of a fallback. */
  estimated: readonly LeafPlan[]
  /** A declared load in W, which counts as estimated. */
  constantW: number
  /** What each joule of it stands for: the sum is of that. Absent: energy counts as energy. */
  by?: IntensityRef
}

/** An intensity by its index, its name, and the point that tells it; -1: its steps do. */
export interface IntensityRef {
  readonly intensity: number
  readonly name: string
  readonly point: number
}

/** One meter by its points: in each interval the first that is known counts, a register before its meter's power. */
export interface LeafPlan {
  points: readonly number[]
  factor: number
  /** What it is multiplied by, interval by interval; absent: nothing. */
  times?: TimesPlan
}

/** Terms by quantity; facility and IT always. */
export type SumPlans = Partial<Record<BoundaryQuantity, readonly TermPlan[]>> &
  Record<'facility' | 'it', readonly TermPlan[]>

/** What a boundary is made of: each quantity that it sums is a list of terms. */
export interface FormulaPlan {
  sums: SumPlans
}

/** The formula of the intervals before `until`, and not before that of the formula before it. */
export interface PastFormulaPlan extends FormulaPlan {
  until: number
  /** Some of its points are no more: what was summed stays as it is. */
  isLost: boolean
}

/**
 * A boundary has one formula, unless dates or a changed configuration give it others before:
 *
 * ```
 * before[0]      before[1]      the boundary's own sums
 *          | until        | until                                          interval
 * ```
 */
export interface BoundaryPlan extends FormulaPlan {
  before: readonly PastFormulaPlan[]
  /** The boundary is a part of a data centre: its quotient is a pPUE. */
  part: boolean
  /** A PUE above it is marked as suspect. */
  suspectAbove: number
  /** Highest PUE of 24 h without an alarm; NaN: no target. */
  targetPue: number
}

/** The formula of an interval, of what has one now and may have had others before. */
export function formulaAt<Now extends object, Past extends { readonly until: number }>(
  of: Now & { readonly before: readonly Past[] },
  interval: number,
): Now | Past {
  for (const past of of.before) if (interval < past.until) return past
  return of
}

/** Points of all alternatives of terms, of what they are multiplied by, and of their intensities, each once. */
export function pointsOf(terms: readonly TermPlan[]): number[] {
  const ways = terms.flatMap(({ alternatives }) => alternatives)
  const leaves = ways.flatMap(({ measured, estimated }) => [...measured, ...estimated])
  const counted = leaves.flatMap(({ points, times }) => [...points, ...pointsOfTimes(times)])
  const telling = ways.flatMap(({ by }) => (by === undefined || by.point < 0 ? [] : [by.point]))
  return [...new Set([...counted, ...telling])]
}

/** All terms of a formula, or those of some quantities. */
export function termsOf({ sums }: FormulaPlan, quantities: readonly BoundaryQuantity[] = QUANTITIES): TermPlan[] {
  return quantities.flatMap((quantity) => sums[quantity] ?? [])
}

/** Points that a boundary counts, or did at any time, each once. */
export function pointsEver(boundary: BoundaryPlan): number[] {
  return pointsOf([...boundary.before, boundary].flatMap((formula) => termsOf(formula)))
}
