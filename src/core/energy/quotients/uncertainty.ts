import { OVER, OVER_ESTIMATED, UNDER, UNDER_ESTIMATED, toldColumnOf, type BinLayout } from './parts.ts'
import type { CorePlan, RatioPlan } from '../../contract/plan.ts'
import { usualJPerMlK } from '../../contract/product.ts'
import { resolutionAt, type Resolutions } from '../register/resolution.ts'
import { ratioAt } from '../register/steps.ts'

/**
 * How wrong a boundary's parts may be. A cause errs as one: a meter (by all of its points, in both sums), a current
 * transformer, a batch of these, a register's display.
 */
export interface ErrorBudget {
  readonly sources: readonly ErrorSource[]
  readonly displays: readonly Display[]
  readonly resolutions: Resolutions
  readonly causes: readonly ErrorCause[]
  /** Error of the quotient by each cause, as `fillCauses` found it last. */
  readonly causeErrors: Float64Array
}

/**
 * A meter or transformer by its first point, a display by its own, a batch or an intensity by its number. The
 * temperatures of a heat are known by the hot one.
 */
export interface ErrorCause {
  readonly kind:
    | 'meter'
    | 'transformer'
    | 'batch'
    | 'resolution'
    | 'intensity'
    | 'temperatures'
    | 'over_estimates'
    | 'under_estimates'
    | 'unknown_time'
  /** First point, or number of the batch or intensity; -1 for the other kinds. */
  readonly index: number
}

/** By what share of a part's amount a cause may err; NaN where that is not declared. */
interface ErrorSource {
  readonly column: number
  readonly sum: typeof OVER | typeof UNDER
  readonly cause: number
  readonly accuracy: number
  /** A further point of a meter: it counts only where it has added something, the first one always does. */
  readonly spare: boolean
}

/** A register's count in one of the sums, by its own amount. */
interface Display {
  readonly point: number
  readonly column: number
  /** Of its own amount, where that is multiplied; -1: it is not. */
  readonly toldColumn: number
  readonly sum: typeof OVER | typeof UNDER
  readonly factor: number
  readonly ratios: readonly RatioPlan[]
  readonly cause: number
  /** It stands in for another point: it counts only where it has added something. */
  readonly spare: boolean
}

/** Estimates, and the mean over unknown time, are taken to be within this share of the truth. Our own rule. */
const ESTIMATE_ACCURACY = 0.1

/** Coverage factor: about 95 % (GUM, JCGM 100:2008, 6.2). */
const K = 2

export function errorBudgetOf(plan: CorePlan, { parts }: BinLayout, resolutions: Resolutions): ErrorBudget {
  const names: ErrorCause[] = []
  const places = new Map<string, number>()
  const causeOf = (kind: ErrorCause['kind'], index: number) => {
    const cause = places.get(`${kind} ${index}`) ?? names.push({ kind, index }) - 1
    places.set(`${kind} ${index}`, cause)
    return cause
  }
  const sources = parts.flatMap(({ column, sum, point, meter, spare, by, heat }): ErrorSource[] => {
    const found: ErrorSource[] = []
    if (by !== undefined) {
      const { accuracy } = plan.intensities[by.intensity]!
      found.push({ column, sum, cause: causeOf('intensity', by.intensity), accuracy, spare })
    }
    if (point < 0) return found
    if (heat !== undefined) {
      // By its flow, in mL: so much J for each K. Behind an intensity the flow is not known, and none is told
      const accuracy = by === undefined ? heat.accuracyK * usualJPerMlK(heat) : NaN
      found.push({ column: column + 1, sum, cause: causeOf('temperatures', heat.hot), accuracy, spare })
    }
    const { accuracy, ctAccuracy, ctBatch } = plan.points[point]!
    found.push({ column, sum, cause: causeOf('meter', meter), accuracy, spare })
    if (ctAccuracy === 0) return found
    const cause = ctBatch < 0 ? causeOf('transformer', meter) : causeOf('batch', ctBatch)
    return [...found, { column, sum, cause, accuracy: ctAccuracy, spare }]
  })
  const displays = parts.flatMap((part): Display[] => {
    const { column, sum, point, factor, mostFactor, spare, by, heat } = part
    const { kind, ratios } = plan.points[point] ?? {}
    if (kind !== 'register' || ratios === undefined || (by !== undefined && heat !== undefined)) return []
    const own = {
      point,
      column,
      toldColumn: toldColumnOf(part),
      sum,
      factor: Math.sign(factor) * mostFactor,
      ratios,
      spare,
    }
    return [{ ...own, cause: causeOf('resolution', point) }]
  })
  return { sources, displays, resolutions, causes: names, causeErrors: new Float64Array(names.length) }
}

/**
 * Expanded uncertainty of a quotient F / I (GUM, JCGM 100:2008, k = 2). An accuracy class of a is a rectangular bound,
 * a / √3. Each cause enters by its own derivative of the quotient, over all parts that it errs in, with their signs. A
 * meter that stands in both sums counts once; transformers of one batch add up or cancel. Causes are independent of
 * each other and err by the same share all the time. `sums` are the columns of the boundary. What no part accounts for
 * counts as estimated. NaN where a meter has no declared accuracy. `fillCauses` comes first.
 *
 * A window's amount by a register is the difference of two counts, each cut to its resolution r. Each errs within a
 * rectangle of width r, both together by a variance of r² / 6. That is the variance of a bound of r / √2.
 */
export function uncertaintyOf(layout: BinLayout, errors: ErrorBudget, sums: Float64Array, coverage: number): number {
  let variance = 0
  for (const error of errors.causeErrors) variance += square(error)
  for (const error of estimateErrors(layout, sums, coverage)) variance += square(error)
  return K * Math.sqrt(variance / 3)
}

/**
 * The uncertainty by each cause alone, k = 2. The squares add up to the square of the whole. `fillCauses` comes first.
 */
export function uncertaintyByCause(
  layout: BinLayout,
  errors: ErrorBudget,
  sums: Float64Array,
  coverage: number,
): (ErrorCause & { uncertainty: number })[] {
  const metered = errors.causes.map((name, n) => ({ ...name, error: errors.causeErrors[n]! }))
  const kinds = ['over_estimates', 'under_estimates', 'unknown_time'] as const
  const others = estimateErrors(layout, sums, coverage).map((error, n) => ({ kind: kinds[n]!, index: -1, error }))
  return [...metered, ...others].map(({ kind, index, error }) => ({
    kind,
    index,
    uncertainty: (K * Math.abs(error)) / Math.sqrt(3),
  }))
}

/** The uncertainty by the resolution of registers alone, k = 2. `fillCauses` comes first. */
export function coarsenessOf({ displays, causes, causeErrors }: ErrorBudget): number {
  if (displays.length === 0) return 0
  let variance = 0
  for (let n = 0; n < causes.length; n++) {
    if (causes[n]!.kind === 'resolution') variance += square(causeErrors[n]!)
  }
  return K * Math.sqrt(variance / 3)
}

/**
 * Finds by how much each cause may change the quotient. Registers are as coarse as their readings before `beforeMs`
 * show them.
 */
export function fillCauses(errors: ErrorBudget, sums: Float64Array, beforeMs: number): void {
  const under = sums[UNDER]!
  const quotient = sums[OVER]! / under
  const { causeErrors: causes } = errors
  causes.fill(0)
  for (const { column, sum, cause, accuracy, spare } of errors.sources) {
    const amount = sums[column]!
    if (spare && amount === 0) continue
    causes[cause]! += ((sum === OVER ? amount : -quotient * amount) / under) * accuracy
  }
  for (const { point, column, toldColumn, sum, factor, ratios, cause, spare } of errors.displays) {
    if (sums[column] === 0 && (spare || toldColumn >= 0)) continue
    const ratio = ratios.length === 0 ? 1 : ratioAt(ratios, beforeMs)
    const worth = toldColumn < 0 ? 1 : sums[column]! / sums[toldColumn]!
    const bound = (worth * factor * ratio * resolutionAt(errors.resolutions, point, beforeMs)) / Math.SQRT2
    causes[cause]! += (sum === OVER ? bound : -quotient * bound) / under
  }
}

/** How much estimates in either sum and unknown time may change the quotient. */
function estimateErrors({ parts }: BinLayout, sums: Float64Array, coverage: number): [number, number, number] {
  const under = sums[UNDER]!
  const quotient = sums[OVER]! / under
  const estimatedOver = sums[OVER_ESTIMATED]! + Math.abs(unaccounted(parts, sums, OVER))
  const estimatedUnder = sums[UNDER_ESTIMATED]! + Math.abs(unaccounted(parts, sums, UNDER))
  return [
    (estimatedOver / under) * ESTIMATE_ACCURACY,
    ((estimatedUnder * quotient) / under) * ESTIMATE_ACCURACY,
    quotient * (1 - coverage) * ESTIMATE_ACCURACY,
  ]
}

/** Of terms that only an earlier configuration had: in the sum, but in none of its parts. */
export function unaccounted(parts: BinLayout['parts'], sums: Float64Array, sum: typeof OVER | typeof UNDER): number {
  let amount = sums[sum]!
  for (const part of parts) if (part.sum === sum) amount -= sums[part.column]!
  return amount
}

function square(x: number): number {
  return x * x
}
