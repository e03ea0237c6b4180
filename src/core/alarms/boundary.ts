import { weigh } from './alarm.ts'
import { FACILITY, IT, MASKED_IN } from '../energy/parts.ts'
import { firstHeardInterval, type Pue } from '../energy/pue.ts'
import { LEAST_COVERAGE } from '../energy/quotient.ts'
import type { CorePlan } from '../contract/plan.ts'
import type { Sink } from '../contract/sink.ts'
import type { Alarms } from './watch.ts'
import { sumWindow } from '../windows/tally.ts'
import { alarmWindows, type Window } from '../windows/window.ts'

/** Ends further back than this are not judged one by one: nobody is woken for them. */
const MOST_ENDS_MS = 86_400_000

/** The parts of the core that are judged here. */
export interface BoundaryWatch {
  readonly alarms: Alarms
  readonly plan: CorePlan
  readonly pue: Pue
  readonly sink: Sink
  /** The first interval that is still open; false: no interval has been hasClosed yet. */
  readonly nextClose: number
  readonly hasClosed: boolean
}

/**
 * Judges the boundaries at the interval ends that have been closed since the last time: the PUE of 24 h against its target,
 * and the share of the last hour that is known. A boundary that has been heard for less than that hour is not judged.
 */
export function judgeBoundaries(watch: BoundaryWatch, nowMs: number): void {
  const { alarms, plan, nextClose } = watch
  const from = Math.max(alarms.judgedEnd, nextClose - MOST_ENDS_MS / plan.lengthMs)
  alarms.judgedEnd = nextClose
  if (!watch.hasClosed) return
  for (let e = from + 1; e <= nextClose; e++) {
    for (let boundary = 0; boundary < plan.boundaries.length; boundary++) judgeEnd(watch, boundary, e, nowMs)
  }
}

function judgeEnd({ alarms, plan, pue, sink }: BoundaryWatch, boundary: number, e: number, nowMs: number): void {
  const tMs = e * plan.lengthMs
  const { rules, leastCoverage } = plan.alarms
  const { hour, day } = alarmWindows(plan.lengthMs)
  if (rules.coverage.enabled && e - firstHeardInterval(pue, boundary) >= hour.length) {
    const { coverage } = quotientAt(pue, boundary, hour, e)
    const verdict = coverage < leastCoverage ? 'breached' : 'inside'
    weigh(alarms, 'coverage', boundary, verdict, tMs, nowMs, coverage, leastCoverage, sink)
  }
  const { targetPue } = plan.boundaries[boundary]!
  if (Number.isNaN(targetPue) || !rules.pue_target.enabled) return
  const { pue: quotient } = quotientAt(pue, boundary, day, e)
  if (Number.isNaN(quotient)) return // not known: neither raised nor cleared
  const verdict =
    quotient > targetPue ? 'breached' : quotient < targetPue - rules.pue_target.deadband ? 'inside' : 'near'
  weigh(alarms, 'pue_target', boundary, verdict, tMs, nowMs, quotient, targetPue, sink)
}

/** A boundary's PUE over a window that ends at `e`, NaN where there is none, and the share of it that is known. */
function quotientAt({ tally }: Pue, boundary: number, window: Window, e: number): { pue: number; coverage: number } {
  const span = sumWindow(tally, boundary, window, e)
  const { sums } = tally
  const coverage = sums[MASKED_IN]! / span
  return { pue: coverage >= LEAST_COVERAGE && sums[IT]! > 0 ? sums[FACILITY]! / sums[IT]! : NaN, coverage }
}
