/** What every explanation says, whatever is divided by what. */
import type { Masked } from './masked.ts'

/** Which window, as every explanation says it. */
export interface ExplainedWindow {
  site: string
  boundary: string
  window: string
  category: number
  /** The window, epoch ms, and the length of its intervals. */
  startMs: number
  endMs: number
  intervalS: number
  /** Intervals in the window, and those in which both sums are known: only they count. */
  intervals: number
  countedIntervals: number
}

/** How sure a quotient is, and why. */
export interface ExplainedQuality {
  /** ±, k = 2, by each cause alone: their squares add up to the square of the whole. Largest first. */
  uncertaintyBy: { cause: string; uncertainty: number }[]
  /** Why intervals do not count, the reason of most intervals first. */
  masked: Masked[]
  /** What the explanation leaves out, in sentences. */
  notes: string[]
}

/** What the row of a quotient says of it beside its value. */
export interface ExplainedResult {
  /** ±, k = 2, in the unit of the value. */
  uncertainty?: number
  coverage: number
  estimatedShare: number
  name: string
  suspect: boolean
  /** Of the newest row of this end. */
  revision?: number
  state?: string
}
