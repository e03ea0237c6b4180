import type { Period } from '../../core/windows/calendar.ts'

/**
 * What one local day of a site has to tell to reports, kept for ever as a file:
 *
 * ```
 * meters   energy of each point by intervals, its counts at both ends of the day
 * sums     the terms of a boundary's sums, made of these energies, whole: no interval is masked out
 * masked   the quotient as the rows of `pue` have it, over intervals in which both sums are known
 * gauges   means and counts of all else that a report needs
 * ```
 */
export interface DayPage {
  readonly form: 1
  readonly site: string
  /** Local date. */
  readonly day: string
  readonly startMs: number
  readonly endMs: number
  readonly intervalS: number
  /** SHA-256 of what of the configuration in force decides what is made of readings. */
  readonly configuration: string
  readonly meters: readonly MeterDay[]
  readonly sums: readonly TermDay[]
  readonly masked: readonly MaskedDay[]
  readonly gauges: readonly GaugeDay[]
  readonly restatements: readonly RestatementDay[]
}

/** What a counter shows, and when. Joules or m³. */
export interface CountAt {
  readonly atMs: number
  readonly count: number
}

/** Stretches in which less than the least coverage was known: the first ones, and how many there are. */
export interface DayGaps {
  readonly stretches: readonly (readonly [fromMs: number, toMs: number])[]
  readonly count: number
  readonly lengthMs: number
}

/** Energy of a point on a day, with what it is made of. */
export interface MeterDay {
  readonly point: string
  readonly kind: string
  readonly energyJ: number
  readonly estimatedJ: number
  readonly coveredMs: number
  readonly gaps: DayGaps
  /** provisional, restated or settled: the least settled of its intervals; empty: it has none. */
  readonly state: string
  readonly revision: number
  /** First and last count of the day, at most at its end. */
  readonly first?: CountAt
  readonly last?: CountAt
}

/** A term of a boundary's sum on a day. */
export interface TermDay {
  readonly boundary: string
  readonly sum: 'facility' | 'it'
  readonly term: string
  /** By meters, factors included, and how much of it is estimated (bridged). */
  readonly measuredJ: number
  readonly estimatedJ: number
  /** By declared loads and shares. */
  readonly declaredJ: number
  /** What a fallback gives for time in which meters are not known, apart from all others. */
  readonly substituteJ: number
  readonly coveredMs: number
  readonly gaps: DayGaps
  readonly lines: readonly { readonly point: string; readonly energyJ: number }[]
}

/** The row of `pue` of a day. */
export interface MaskedDay {
  readonly boundary: string
  readonly category: string
  readonly facilityJ: number
  readonly itJ: number
  readonly coverage: number
  readonly estimatedShare: number
  readonly uncertainty?: number
  readonly state: string
  readonly revision: number
}

/** A point that is no energy. `mean` is over known time; `steps`: what a count rose by, `falls`: how often it fell. */
export interface GaugeDay {
  readonly point: string
  readonly mean: number
  readonly coveredMs: number
  readonly first?: CountAt
  readonly last?: CountAt
  readonly steps: number
  readonly falls: number
}

interface RestatementDay {
  readonly of: string
  readonly name: string
  readonly window: string
  readonly reason: string
  readonly count: number
  readonly old?: number
  readonly new?: number
}

/** Gives the local date in the middle of a period: its start may be an hour that the clocks skip. */
export function localDate(timezone: string, { startMs, endMs }: Period): string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const parts = new Map(format.formatToParts((startMs + endMs) / 2).map(({ type, value }) => [type, value]))
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
}
