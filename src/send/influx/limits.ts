import { MAX_BATCH_ROWS } from './influx.ts'

/** The drain's sizes and times. */
export interface DrainLimits {
  batchRows: number
  /** Shortest and longest pause after a write that was kept or held. */
  pauseMs: readonly [number, number]
  /** How long live rows gather behind a batch of them that was not full: a write for each commit would be many. */
  gatherMs: number
  /** How long a write without an answer may still be applied once the database answers again. */
  ghostMs: number
  /** After so long the queue is looked at without a wake. */
  idleMs: number
}

/** What a daemon runs with. */
export const LIMITS: DrainLimits = {
  batchRows: MAX_BATCH_ROWS,
  pauseMs: [500, 60_000],
  gatherMs: 100,
  ghostMs: 60_000,
  idleMs: 10_000,
}
