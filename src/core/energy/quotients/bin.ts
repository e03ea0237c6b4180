import { formulaAt, type AlternativePlan, type IntensityRef, type LeafPlan } from '../../contract/formula.ts'
import { MG_PER_J } from '../../contract/quotients.ts'
import { slotOfInterval } from '../intervals.ts'
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
import { firstKnownPoint, meanIn, timesIn, scaledMj, type KnownEnergies, type Worth } from './product.ts'

/** Makes bins of boundaries from energies of points. */
export interface BoundaryBins extends KnownEnergies {
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

function isKnown(bins: BoundaryBins, { measured, estimated, by }: AlternativePlan, interval: number): boolean {
  if (by !== undefined && Number.isNaN(intensityIn(bins, by, interval).worth)) return false
  for (const leaf of measured) if (!isLeafKnown(bins, leaf, interval)) return false
  for (const leaf of estimated) if (!isLeafKnown(bins, leaf, interval)) return false
  return true
}

function isLeafKnown(bins: BoundaryBins, leaf: LeafPlan, interval: number): boolean {
  if (firstKnownPoint(bins, leaf, interval) < 0) return false
  return leaf.times === undefined || !Number.isNaN(timesIn(bins, leaf, interval).worth)
}

/** Scales an alternative up to the whole interval. What that adds to its covered time counts as estimated. */
function addAlternative(
  bins: BoundaryBins,
  { plan: { measured, estimated: guessed, constantW, by }, columns }: PlacedAlternative,
  interval: number,
  at: number,
  sum: number,
  estimated: number,
): void {
  const { plan, intervals, bins: into } = bins
  const { worth, measured: worthMeasured } = by === undefined ? AS_ENERGY : intensityIn(bins, by, interval)
  if (worthMeasured < 1) bins.isUnsure = 1
  let part = 0
  for (const leaf of measured) {
    const n = firstKnownPoint(bins, leaf, interval)
    const slot = slotOfInterval(intervals, leaf.points[n]!, interval)
    const times = timesIn(bins, leaf, interval)
    if (n > 0 || intervals.coveredMs[slot]! < plan.lengthMs || times.measured < 1) bins.isUnsure = 1
    const measuredMj = intervals.energyMj[slot]! - intervals.estimatedMj[slot]!
    const told = scaledMj(bins, slot, leaf.factor)
    const mj = told * times.worth
    const amount = Math.round((mj * worth) / 1000)
    const sureMj = leaf.factor * measuredMj * times.worth * times.measured
    const sure = Math.round((sureMj * worth * worthMeasured) / 1000)
    into[at + sum]! += amount
    if (estimated >= 0) into[at + estimated]! += Math.abs(amount - sure)
    if (columns.length === 0) continue
    addPart(into, at + columns[part + n]!, amount, by !== undefined ? mj : leaf.times === undefined ? NaN : told)
    part += leaf.points.length
  }
  if (guessed.length === 0 && constantW === 0) return
  let mj = constantW * plan.lengthMs
  for (const leaf of guessed) {
    const point = leaf.points[firstKnownPoint(bins, leaf, interval)]!
    const times = timesIn(bins, leaf, interval)
    if (times.measured < 1) bins.isUnsure = 1
    mj += scaledMj(bins, slotOfInterval(intervals, point, interval), leaf.factor) * times.worth
  }
  const amount = Math.round((mj * worth) / 1000)
  into[at + sum]! += amount
  if (estimated >= 0) into[at + estimated]! += Math.abs(amount)
  if (columns.length > 0) addPart(into, at + columns[part]!, amount, by === undefined ? NaN : mj)
}

/** Adds to the column of a part, and to that of what it was before it was multiplied, behind it, where it has one. */
function addPart(into: Float64Array, column: number, amount: number, toldMj: number): void {
  into[column]! += amount
  if (!Number.isNaN(toldMj)) into[column + 1]! += Math.round(toldMj / 1000)
}

const AS_ENERGY: Worth = { worth: 1, measured: 1 }
const UNKNOWN: Worth = { worth: NaN, measured: 0 }

/** What a joule of an interval stands for, mg: the mean of what its point tells, or the step that holds then. */
function intensityIn(bins: BoundaryBins, { intensity, point }: IntensityRef, interval: number): Worth {
  if (point < 0) {
    const { from, worth } = bins.plan.intensities[intensity]!
    const step = lastNotAbove(from, interval)
    return step < 0 ? UNKNOWN : { worth: worth[step]! * MG_PER_J, measured: 1 }
  }
  const mean = meanIn(bins, point, interval)
  return { worth: mean.worth * MG_PER_J, measured: mean.measured }
}

/** The last place of rising numbers that is not above a limit; -1: all are. */
function lastNotAbove(rising: readonly number[], limit: number): number {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rising[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}
