import type { InletPlan } from '../contract/plan.ts'
import { RATE_15MIN_MASK, RATE_60MIN_MASK } from '../contract/limits.ts'

/**
 * By how many K an inlet's warmest and coldest moment within 15 and within 60 min may differ. Tape: 5 K in 60 min.
 * Other equipment: 5 K in 15 min, 20 K in 60 min. A difference at the limit is inside. Source: reference card 5th ed.
 * 2021 ("5/20"), ASHRAE Journal May 2022, server manuals; confidence H. That the span counts and not the slope: M.
 */
export const RATE_SPANS_MS = [900_000, 3_600_000] as const
const LIMITS_K = { ite: [5, 20], tape: [Infinity, 5] } as const
/** Share of a stretch that samples must hold. Our own rule. */
export const LEAST_HELD = 0.8
const FLOAT_NOISE = 1e-9

/** The limit of a stretch (0: 15 min, 1: 60 min) in K; Infinity where there is none. */
export function rateLimitK({ tape }: InletPlan, span: 0 | 1): number {
  return LIMITS_K[tape ? 'tape' : 'ite'][span]
}

/** Bits (as in `VIOLATIONS`) of the limits that two spans in K break; NaN breaks none. */
export function brokenRates(inlet: InletPlan, rate15K: number, rate60K: number): number {
  return (
    (rate15K > rateLimitK(inlet, 0) + FLOAT_NOISE ? RATE_15MIN_MASK : 0) |
    (rate60K > rateLimitK(inlet, 1) + FLOAT_NOISE ? RATE_60MIN_MASK : 0)
  )
}
