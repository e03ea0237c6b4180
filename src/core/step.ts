import { shiftAlarms } from './alarms/step.ts'
import { advanceInSteps } from './core.ts'
import { shiftFilled } from './energy/gaps.ts'
import { forgetSkews, skewMs } from './skew.ts'
import type { Core } from './state.ts'
import type { Work } from './contract/work.ts'
import { shiftArrivals } from './watermark.ts'

/** For so long at least a clock is wrong before it is followed; older journals do not say for how long it was. */
const LEAST_WRONG_MS = 60_000

/**
 * The host's clock was set: what was `beforeMs` of arrival time is `nowMs` from now on, later or earlier. The ticks up
 * to then are run first. All that waits by arrival time goes on as before: no time has passed. Event times stay. For
 * `wrongMs` the clock had been wrong: what was stamped by it is flagged.
 */
export function* stepInSteps(core: Core, beforeMs: number, nowMs: number, wrongMs = LEAST_WRONG_MS): Work {
  yield* advanceInSteps(core, beforeMs)
  const byMs = nowMs - beforeMs
  flagStamped(core, beforeMs, byMs, wrongMs)
  core.nowMs = nowMs
  core.nextTickMs = Math.floor(nowMs / 1000) * 1000 + 1000
  shiftArrivals(core.mark, byMs, nowMs)
  shiftFilled(core.gaps, byMs)
  shiftAlarms(core.alarms, byMs)
  forgetSkews(core)
}

/** Flags the points that were heard while the clock was wrong, and whose source sends no stamps. */
function flagStamped(core: Core, beforeMs: number, byMs: number, wrongMs: number): void {
  const { plan, alarms, sink } = core
  for (const point of plan.points.keys()) {
    const isHeard = alarms.heardMs[point]! > beforeMs - wrongMs
    if (!isHeard || skewMs(core, plan.sourceOf[point]!) < Infinity) continue
    const doubt = { atMs: beforeMs - wrongMs, value: -byMs, expected: NaN }
    sink.quality(point, -1, { endMs: beforeMs, flags: ['clock'], note: 'clock', ...doubt })
  }
}
