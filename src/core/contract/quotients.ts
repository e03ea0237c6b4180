/**
 * Two tables: what a boundary sums, and what is divided by what. A further indicator is an entry in each:
 *
 * ```
 * QUANTITIES   facility   it   ups   distribution   cooling ...        sums of terms, by boundary
 *                  │       │
 * QUOTIENTS       over / under                                         sums over the same intervals, by window
 * ```
 */

/** Energies that are reported beside a PUE: what a part of the site takes or loses. */
export const LOSSES = ['ups', 'distribution', 'cooling'] as const

/** What a boundary may sum. */
export const QUANTITIES = ['facility', 'it', ...LOSSES] as const

export type BoundaryQuantity = (typeof QUANTITIES)[number]

/** A quotient of two sums over the intervals in which both are known. */
export interface QuotientOf {
  readonly name: string
  readonly over: BoundaryQuantity
  readonly under: BoundaryQuantity
  /** What its value is called: over 12 months of which enough is known, over less, and of a part of a site. */
  readonly names: readonly [annual: string, interim: string, part: string]
  /** Quantities that its rows report besides, each known or not. */
  readonly beside: readonly BoundaryQuantity[]
}

/** Power usage effectiveness, ISO/IEC 30134-2 and EN 50600-4-2. */
export const PUE_OF = {
  name: 'pue',
  over: 'facility',
  under: 'it',
  names: ['PUE', 'iPUE', 'pPUE'],
  beside: LOSSES,
} as const satisfies QuotientOf
