import { shiftAlarms } from './alarms/step.ts'
import { advanceInSteps } from './core.ts'
import { shiftFilled } from './energy/gaps.ts'
import { forgetSkews } from './skew.ts'
import type { Core } from './state.ts'
import type { Work } from './contract/work.ts'
import { shiftArrivals } from './watermark.ts'

/**
 * The host's clock was set: what was `beforeMs` of arrival time is `nowMs` from now on, later or earlier. The ticks up
 * to then are run first. All that waits by arrival time goes on as before: no time has passed. Event times stay.
 */
export function* stepInSteps(core: Core, beforeMs: number, nowMs: number): Work {
  yield* advanceInSteps(core, beforeMs)
  const byMs = nowMs - beforeMs
  core.nowMs = nowMs
  core.nextTickMs = Math.floor(nowMs / 1000) * 1000 + 1000
  shiftArrivals(core.mark, byMs, nowMs)
  shiftFilled(core.gaps, byMs)
  shiftAlarms(core.alarms, byMs)
  forgetSkews(core)
}
