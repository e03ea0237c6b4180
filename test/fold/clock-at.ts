import { createSteadyClock, type SteadyClock } from '../../src/fold/steady-clock.ts'

/** A clock for an intake whose host shows one time by both of its clocks. */
export function clockAt(nowMs: () => number): SteadyClock {
  return createSteadyClock({ wallMs: nowMs, monotonicMs: nowMs })
}
