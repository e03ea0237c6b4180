import {
  pointsOf,
  termsOf,
  type AlternativePlan,
  type BoundaryPlan,
  type FormulaPlan,
  type IntensityRef,
  type TermPlan,
} from '../../contract/formula.ts'
import type { HeatPlan } from '../../contract/product.ts'
import type { BoundaryQuantity, QuotientOf } from '../../contract/quotients.ts'

/** Columns of a quotient: amounts of both sums, the estimated part of each, and how many intervals are masked in. */
export const OVER = 0
export const UNDER = 1
export const OVER_ESTIMATED = 2
export const UNDER_ESTIMATED = 3
export const MASKED_IN = 4
const FIXED = 5

/** First column of the parts. */
export function firstPartOf({ beside }: QuotientOf): number {
  return FIXED + 2 * beside.length
}

/**
 * What the columns of a boundary's bins hold. A quantity beside the quotient, such as a loss, has two: its amount, and
 * in how many intervals it is known. The parts are what each point, and each estimate, has added to one of the sums,
 * by whichever formula. Of a PUE:
 *
 * ```
 * 0          1    2               3         4           5            firstPartOf
 * | facility | it | facility est. | it est. | masked in | losses × 2 | parts of facility | parts of it |
 * ```
 */
export interface BinLayout extends PlacedFormula {
  readonly of: QuotientOf
  readonly before: readonly (PlacedFormula & { readonly until: number })[]
  /** First column of each quantity beside, -1 where it is not declared. */
  readonly besideColumns: readonly number[]
  readonly parts: readonly PartColumn[]
  readonly columns: number
  /** Points that either sum may count; and these with those of the quantities beside. */
  readonly points: readonly number[]
  readonly allPoints: readonly number[]
}

interface PlacedFormula {
  readonly over: readonly PlacedTerm[]
  readonly under: readonly PlacedTerm[]
  readonly beside: readonly (PlacedTerm[] | undefined)[]
  /** All points of this formula, those beside included. */
  readonly formulaPoints: readonly number[]
  readonly isLost: boolean
}

/** A column of amounts, multiplied by the term's factor as in the sum. */
export interface PartColumn {
  readonly column: number
  readonly sum: typeof OVER | typeof UNDER
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
  /** What its energy is multiplied by; undefined: nothing. */
  readonly by: IntensityRef | undefined
  /** The heat that is made of its flow; undefined: it measures energy. */
  readonly heat: HeatPlan | undefined
}

/** The column of what a part was before it was multiplied: its energy, or without an intensity its flow in mL. */
export function toldColumnOf({ column, by, heat }: Pick<PartColumn, 'column' | 'by' | 'heat'>): number {
  return by === undefined && heat === undefined ? -1 : column + 1
}

export type PlacedTerm = readonly PlacedAlternative[]

export interface PlacedAlternative {
  readonly plan: AlternativePlan
  /** Columns of its parts, products followed by those of what they were before; empty: its parts are not kept. */
  readonly columns: readonly number[]
}

export function createBinLayout(of: QuotientOf, boundary: BoundaryPlan): BinLayout {
  const formulas = [...boundary.before, boundary]
  const besideColumns = of.beside.map((quantity, n) =>
    formulas.every(({ sums }) => sums[quantity] === undefined) ? -1 : FIXED + 2 * n,
  )
  const placing = { of, parts: new Map<string, PlacedPart>(), columns: firstPartOf(of) }
  const before = boundary.before.map((past) => ({ ...placeFormula(placing, past, past.isLost), until: past.until }))
  const pointsIn = (quantities: readonly BoundaryQuantity[]) =>
    pointsOf(formulas.flatMap((formula) => termsOf(formula, quantities)))
  return {
    ...placeFormula(placing, boundary, false),
    of,
    before,
    besideColumns,
    parts: [...placing.parts.values()].map(({ first, ...part }) => ({ ...part, spare: first < formulas.length })),
    columns: placing.columns,
    points: pointsIn([of.over, of.under]),
    allPoints: pointsIn([of.over, of.under, ...of.beside]),
  }
}

/** `first`: in how many formulas it stands in for no other part. */
type PlacedPart = Omit<PartColumn, 'spare'> & { first: number }

interface Placing {
  readonly of: QuotientOf
  readonly parts: Map<string, PlacedPart>
  /** So many columns are taken. */
  columns: number
}

/** Gives each part of a formula a column, the one that it has by an earlier formula if there is one. */
function placeFormula(placing: Placing, formula: FormulaPlan, isLost: boolean): PlacedFormula {
  const { of, parts } = placing
  const seen = new Map<string, number>()
  const place = (sum: PartColumn['sum'], term: string, alternative: number, part: OwnPart): number => {
    const name = `${sum} ${part.point < 0 ? part.way : part.point} ${part.by?.name ?? ''} ${part.heat?.name ?? ''}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    const known = parts.get(`${name} ${count}`)
    const column = known?.column ?? placing.columns
    if (known === undefined) placing.columns += toldColumnOf({ ...part, column }) < 0 ? 1 : 2
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
  const placed = (sum: PartColumn['sum'], terms: readonly TermPlan[] = []) =>
    terms.map(({ label, alternatives }) =>
      alternatives.map((plan, n) => ({ plan, columns: partsOf(plan).map((part) => place(sum, label, n, part)) })),
    )
  return {
    over: placed(OVER, formula.sums[of.over]),
    under: placed(UNDER, formula.sums[of.under]),
    beside: of.beside.map((quantity) =>
      formula.sums[quantity]?.map(({ alternatives }) => alternatives.map((plan) => ({ plan, columns: NO_COLUMNS }))),
    ),
    formulaPoints: pointsOf(termsOf(formula, [of.over, of.under, ...of.beside])),
    isLost,
  }
}

const NO_COLUMNS: readonly number[] = []

/**
 * Whether a column is ever anything but 0: `complete` means while every reading comes, `gaps` also while some are
 * missing.
 */
export function isColumnUsed(layout: BinLayout, column: number, data: 'complete' | 'gaps'): boolean {
  const { of, besideColumns, parts } = layout
  const firstPart = firstPartOf(of)
  if (column >= firstPart) {
    const part = parts.find((it) => it.column === column || toldColumnOf(it) === column)
    return data === 'gaps' || part?.alternative === 0
  }
  if (column >= FIXED) return besideColumns.some((at) => at >= 0 && (column === at || column === at + 1))
  if (data === 'gaps' || column === OVER || column === UNDER || column === MASKED_IN) return true
  const sum = column === OVER_ESTIMATED ? OVER : UNDER
  return parts.some((part) => part.alternative === 0 && part.point < 0 && part.sum === sum)
}

type OwnPart = Pick<PartColumn, 'way' | 'point' | 'factor' | 'meter' | 'by' | 'heat'>

/** The parts that an alternative adds, in the order of its columns. */
function partsOf({ label: way, measured, estimated, constantW, by }: AlternativePlan): OwnPart[] {
  const metered = measured.flatMap(({ points, factor, times }) => {
    const heat = times?.kind === 'heat' ? times : undefined
    return points.map((point) => ({ way, point, factor, meter: points[0]!, by, heat }))
  })
  const guessed = estimated.length > 0 || constantW !== 0
  return guessed ? [...metered, { way, point: -1, factor: 1, meter: -1, by, heat: undefined }] : metered
}

/** Names by which snapshots find columns again when the configuration has changed; no two are the same. */
export function columnNames(layout: BinLayout, points: readonly string[]): string[] {
  const { over, under, beside } = layout.of
  const names = new Array<string>(layout.columns).fill('')
  const fixed = [over, under, `${over}_estimated`, `${under}_estimated`, 'masked_in']
  for (const [column, name] of fixed.entries()) names[column] = name
  for (const [n, quantity] of beside.entries()) {
    const column = layout.besideColumns[n]!
    if (column < 0) continue
    names[column] = `loss/${quantity}`
    names[column + 1] = `loss/${quantity}/known`
  }
  const seen = new Map<string, number>()
  for (const part of layout.parts) {
    const { column, sum, way, point, by, heat } = part
    const own = point < 0 ? `estimate/${way}` : `meter/${points[point]}`
    const made = heat === undefined ? own : `${own} as ${heat.name}`
    const name = `${fixed[sum]}/${made}${by === undefined ? '' : ` by ${by.name}`}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    names[column] = count === 1 ? name : `${name} #${count}`
    if (by !== undefined) names[toldColumnOf(part)] = `${names[column]}/energy`
    else if (heat !== undefined) names[toldColumnOf(part)] = `${names[column]}/flow`
  }
  return names
}
