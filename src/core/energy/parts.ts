import { leastCoveredMs } from '../contract/coverage.ts'
import { slotOfInterval, type Intervals } from './intervals.ts'
import {
  formulaAt,
  LOSSES,
  pointsOf,
  termsOf,
  type AlternativePlan,
  type BoundaryPlan,
  type FormulaPlan,
  type LeafPlan,
  type TermPlan,
} from '../contract/formula.ts'
import type { CorePlan } from '../contract/plan.ts'

/** Columns of a boundary: joules of both sums, the estimated part of each, and how many intervals are masked in. */
export const FACILITY = 0
export const IT = 1
export const FACILITY_ESTIMATED = 2
export const IT_ESTIMATED = 3
export const MASKED_IN = 4
const FIXED = ['facility', 'it', 'facility_estimated', 'it_estimated', 'masked_in']

/** First column of the parts. */
export const FIRST_PART = FIXED.length + 2 * LOSSES.length

/**
 * What the columns of a boundary's bins hold. Each loss has two: joules, and in how many intervals it is known. The
 * parts are the joules that each point, and each estimate, has added to one of the sums, by whichever formula.
 *
 * ```
 * 0          1    2               3         4          5             FIRST_PART
 * | facility | it | facility est. | it est. | masked in | losses × 2 | parts of facility | parts of it |
 * ```
 */
export interface BinLayout extends PlacedFormula {
  readonly before: readonly (PlacedFormula & { readonly until: number })[]
  /** First column of each loss, -1 where it is not declared. */
  readonly lossColumns: readonly number[]
  readonly parts: readonly PartColumn[]
  readonly columns: number
  /** Points that either sum may count. */
  readonly points: readonly number[]
}

interface PlacedFormula {
  readonly facility: readonly PlacedTerm[]
  readonly it: readonly PlacedTerm[]
  readonly losses: readonly (PlacedTerm[] | undefined)[]
  /** All points of this formula, those of its losses included. */
  readonly formulaPoints: readonly number[]
  readonly isLost: boolean
}

/** A column of joules, multiplied by the term's factor as in the sum. */
export interface PartColumn {
  readonly column: number
  readonly sum: typeof FACILITY | typeof IT
  /** The term and its alternative, as `explain` prints them. */
  readonly term: string
  readonly way: string
  /** The place of that alternative among those of its term. */
  readonly alternative: number
  /** -1: the estimates of the alternative. */
  readonly point: number
  /** Of the last formula that has it; and the size of the largest of any formula. */
  readonly factor: number
  readonly mostFactor: number
  /** The first point of the same meter, which stands for it. */
  readonly meter: number
  /** It stands in for another part, or some formula does not have it: it counts only where it has energy. */
  readonly spare: boolean
}

type PlacedTerm = readonly PlacedAlternative[]

interface PlacedAlternative {
  readonly plan: AlternativePlan
  /** Columns of its parts; empty: its parts are not kept. */
  readonly columns: readonly number[]
}

/** Makes bins of boundaries from energies of points. */
export interface BoundaryBins {
  readonly plan: CorePlan
  readonly intervals: Intervals
  /** Bins of one interval: boundaries × columns of the tally. */
  readonly bins: Float64Array
  /** 1: some of the bin that was filled last may still become known, or known better. */
  isUnsure: 0 | 1
}

export function createBinLayout(boundary: BoundaryPlan): BinLayout {
  const formulas = [...boundary.before, boundary]
  const lossColumns = LOSSES.map((loss, n) =>
    formulas.every(({ losses }) => losses[loss] === undefined) ? -1 : FIXED.length + 2 * n,
  )
  const parts = new Map<string, PlacedPart>()
  const before = boundary.before.map((past) => ({ ...placeFormula(parts, past, past.isLost), until: past.until }))
  return {
    ...placeFormula(parts, boundary, false),
    before,
    lossColumns,
    parts: [...parts.values()].map(({ first, ...part }) => ({ ...part, spare: first < formulas.length })),
    columns: FIRST_PART + parts.size,
    points: pointsOf(formulas.flatMap(({ facility, it }) => [...facility, ...it])),
  }
}

/** `first`: in how many formulas it stands in for no other part. */
type PlacedPart = Omit<PartColumn, 'spare'> & { first: number }

/** Gives each part of a formula a column, the one that it has by an earlier formula if there is one. */
function placeFormula(parts: Map<string, PlacedPart>, formula: FormulaPlan, isLost: boolean): PlacedFormula {
  const seen = new Map<string, number>()
  const place = (sum: PartColumn['sum'], term: string, alternative: number, part: OwnPart): number => {
    const name = `${sum} ${part.point < 0 ? part.way : part.point}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    const known = parts.get(`${name} ${count}`)
    const column = known?.column ?? FIRST_PART + parts.size
    const isFirst = alternative === 0 && part.point === part.meter
    parts.set(`${name} ${count}`, {
      ...part,
      column,
      sum,
      term,
      alternative: Math.min(alternative, known?.alternative ?? alternative),
      mostFactor: Math.max(Math.abs(part.factor), known?.mostFactor ?? 0),
      first: (known?.first ?? 0) + (isFirst ? 1 : 0),
    })
    return column
  }
  const placed = (sum: PartColumn['sum'], terms: readonly TermPlan[]) =>
    terms.map(({ label, alternatives }) =>
      alternatives.map((plan, n) => ({ plan, columns: partsOf(plan).map((part) => place(sum, label, n, part)) })),
    )
  return {
    facility: placed(FACILITY, formula.facility),
    it: placed(IT, formula.it),
    losses: LOSSES.map((loss) =>
      formula.losses[loss]?.map(({ alternatives }) => alternatives.map((plan) => ({ plan, columns: NO_COLUMNS }))),
    ),
    formulaPoints: pointsOf(termsOf(formula)),
    isLost,
  }
}

const NO_COLUMNS: readonly number[] = []

/**
 * Whether a column is ever anything but 0: `complete` means while every reading comes, `gaps` also while some are
 * missing.
 */
export function isColumnUsed({ lossColumns, parts }: BinLayout, column: number, data: 'complete' | 'gaps'): boolean {
  if (column >= FIRST_PART) return data === 'gaps' || parts[column - FIRST_PART]?.alternative === 0
  if (column >= FIXED.length) return lossColumns.some((at) => at >= 0 && (column === at || column === at + 1))
  if (data === 'gaps' || column === FACILITY || column === IT || column === MASKED_IN) return true
  const sum = column === FACILITY_ESTIMATED ? FACILITY : IT
  return parts.some((part) => part.alternative === 0 && part.point < 0 && part.sum === sum)
}

type OwnPart = Pick<PartColumn, 'way' | 'point' | 'factor' | 'meter'>

/** The parts that an alternative adds, in the order of its columns. */
function partsOf({ label: way, measured, estimated, constantW }: AlternativePlan): OwnPart[] {
  const metered = measured.flatMap(({ points, factor }) =>
    points.map((point) => ({ way, point, factor, meter: points[0]! })),
  )
  const guessed = estimated.length > 0 || constantW !== 0
  return guessed ? [...metered, { way, point: -1, factor: 1, meter: -1 }] : metered
}

/** Names by which snapshots find columns again when the configuration has changed; no two are the same. */
export function columnNames(layout: BinLayout, points: readonly string[]): string[] {
  const names = new Array<string>(layout.columns).fill('')
  for (const [column, name] of FIXED.entries()) names[column] = name
  for (const [n, loss] of LOSSES.entries()) {
    const column = layout.lossColumns[n]!
    if (column < 0) continue
    names[column] = `loss/${loss}`
    names[column + 1] = `loss/${loss}/known`
  }
  const seen = new Map<string, number>()
  for (const { column, sum, way, point } of layout.parts) {
    const own = point < 0 ? `estimate/${way}` : `meter/${points[point]}`
    const name = `${FIXED[sum]}/${own}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    names[column] = count === 1 ? name : `${name} #${count}`
  }
  return names
}

/**
 * Fills a boundary's bin of one interval, from `at` on, by the formula of that interval. The bin stays empty unless
 * both sums are known: each of their terms by any of its alternatives.
 */
export function fillBoundaryBin(bins: BoundaryBins, layout: BinLayout, interval: number, at: number): void {
  const { bins: into } = bins
  into.fill(0, at, at + layout.columns)
  bins.isUnsure = 0
  const { facility, it, losses } = formulaAt(layout, interval)
  const known =
    addSum(bins, facility, interval, at, FACILITY, FACILITY_ESTIMATED) &&
    addSum(bins, it, interval, at, IT, IT_ESTIMATED)
  if (!known) {
    bins.isUnsure = 1
    into.fill(0, at, at + layout.columns)
    return
  }
  into[at + MASKED_IN] = 1
  for (const [n, column] of layout.lossColumns.entries()) {
    const lost = losses[n]
    if (column < 0 || lost === undefined) continue
    if (addSum(bins, lost, interval, at, column, -1)) into[at + column + 1] = 1
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
