import { leastCoveredMs } from '../../contract/coverage.ts'
import { formulaAt, type AlternativePlan, type LeafPlan } from '../../contract/formula.ts'
import type { CorePlan } from '../../contract/plan.ts'
import { slotOfInterval, type Intervals } from '../intervals.ts'
import {
  MASKED_IN,
  OVER,
  OVER_ESTIMATED,
  UNDER,
  UNDER_ESTIMATED,
  type BinLayout,
  type PlacedAlternative,
  type PlacedTerm,
} from './parts.ts'

/** Makes bins of boundaries from energies of points. */
export interface BoundaryBins {
  readonly plan: CorePlan
  readonly intervals: Intervals
  /** Bins of one interval: boundaries × columns of the tally. */
  readonly bins: Float64Array
  /** 1: some of the bin that was filled last may still become known, or known better. */
  isUnsure: 0 | 1
}

/**
 * Fills a boundary's bin of one interval, from `at` on, by the formula of that interval. The bin stays empty unless
 * both sums are known: each of their terms by any of its alternatives.
 */
export function fillBoundaryBin(bins: BoundaryBins, layout: BinLayout, interval: number, at: number): void {
  const { bins: into } = bins
  into.fill(0, at, at + layout.columns)
  bins.isUnsure = 0
  const { over, under, beside } = formulaAt(layout, interval)
  const known =
    addSum(bins, over, interval, at, OVER, OVER_ESTIMATED) && addSum(bins, under, interval, at, UNDER, UNDER_ESTIMATED)
  if (!known) {
    bins.isUnsure = 1
    into.fill(0, at, at + layout.columns)
    return
  }
  into[at + MASKED_IN] = 1
  for (const [n, column] of layout.besideColumns.entries()) {
    const terms = beside[n]
    if (column < 0 || terms === undefined) continue
    if (addSum(bins, terms, interval, at, column, -1)) into[at + column + 1] = 1
    else {
      into[at + column] = 0
      bins.isUnsure = 1
    }
  }
}

/** Adds the energy of each term in an interval; false where one is not known (what was added so far stays). */
function addSum(
  bins: BoundaryBins,
  terms: readonly PlacedTerm[],
  interval: number,
  at: number,
  sum: number,
  estimated: number,
): boolean {
  for (const alternatives of terms) {
    const known = alternatives.findIndex(({ plan }) => isKnown(bins, plan, interval))
    if (known < 0) return false
    if (known > 0) bins.isUnsure = 1
    addAlternative(bins, alternatives[known]!, interval, at, sum, estimated)
  }
  return terms.length > 0
}

function isKnown(bins: BoundaryBins, { measured, estimated }: AlternativePlan, interval: number): boolean {
  for (const leaf of measured) if (firstKnownPoint(bins, leaf, interval) < 0) return false
  for (const leaf of estimated) if (firstKnownPoint(bins, leaf, interval) < 0) return false
  return true
}

/** Which of a meter's points is the first that is known for enough of an interval; -1: none. */
function firstKnownPoint({ plan, intervals }: BoundaryBins, { points }: LeafPlan, interval: number): number {
  for (let n = 0; n < points.length; n++) {
    const slot = slotOfInterval(intervals, points[n]!, interval)
    if (slot >= 0 && intervals.coveredMs[slot]! >= leastCoveredMs(plan)) return n
  }
  return -1
}

/** Scales an alternative up to the whole interval. What that adds to its covered time counts as estimated. */
function addAlternative(
  bins: BoundaryBins,
  { plan: { measured, estimated: guessed, constantW }, columns }: PlacedAlternative,
  interval: number,
  at: number,
  sum: number,
  estimated: number,
): void {
  const { plan, intervals, bins: into } = bins
  let part = 0
  for (const leaf of measured) {
    const n = firstKnownPoint(bins, leaf, interval)
    const slot = slotOfInterval(intervals, leaf.points[n]!, interval)
    if (n > 0 || intervals.coveredMs[slot]! < plan.lengthMs) bins.isUnsure = 1
    const measuredMj = intervals.energyMj[slot]! - intervals.estimatedMj[slot]!
    const joules = Math.round(wholeMj(bins, slot, leaf.factor) / 1000)
    into[at + sum]! += joules
    if (estimated >= 0) into[at + estimated]! += Math.abs(joules - Math.round((leaf.factor * measuredMj) / 1000))
    if (columns.length === 0) continue
    into[at + columns[part + n]!]! += joules
    part += leaf.points.length
  }
  if (guessed.length === 0 && constantW === 0) return
  let mj = constantW * plan.lengthMs
  for (const leaf of guessed) {
    mj += wholeMj(
      bins,
      slotOfInterval(intervals, leaf.points[firstKnownPoint(bins, leaf, interval)]!, interval),
      leaf.factor,
    )
  }
  const joules = Math.round(mj / 1000)
  into[at + sum]! += joules
  if (estimated >= 0) into[at + estimated]! += Math.abs(joules)
  if (columns.length > 0) into[at + columns[part]!]! += joules
}

/** Energy of a known point scaled up from its covered time to the whole interval, in millijoules. */
function wholeMj({ plan, intervals }: BoundaryBins, slot: number, factor: number): number {
  return (factor * intervals.energyMj[slot]! * plan.lengthMs) / intervals.coveredMs[slot]!
}
