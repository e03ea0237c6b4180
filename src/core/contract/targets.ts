import { INDICATORS, PUE_OF, type QuotientOf } from './quotients.ts'

/** What a quotient of a boundary has to keep to over a window, rolling or of the calendar. */
export interface TargetPlan {
  readonly boundary: number
  readonly of: QuotientOf
  /** By its name. */
  readonly window: string
  /** In the unit of the quotient. The side of it that is a breach. */
  readonly limit: number
  readonly side: 'above' | 'below'
}

/** Quotients that may have a target, by name. */
export const TARGETED: ReadonlyMap<string, QuotientOf> = new Map(
  [PUE_OF, ...INDICATORS].map((of: QuotientOf) => [of.name, of]),
)
