import { createCompliance, type Compliance } from '../compliance.ts'
import type { Samples } from '../../energy/samples.ts'
import { runWhole } from '../../contract/work.ts'
import { continueTrail, graftTrail } from './trails.ts'

/**
 * The air of a site folded a second time, from readings in the order of event time. Intervals are closed one by one, as
 * if all had come in time. In the end it takes the place of what the core knows.
 *
 * ```
 * before `from`         from                                    now
 *  hours, units  ──▶  | interval by interval (closeCompliance) |  ──▶ minutes, hours, units of the core
 * ```
 */
export interface PastAir {
  readonly compliance: Compliance
  /** The first interval that is folded again, the first of an hour; and whether nothing was known before it. */
  readonly from: number
  readonly isFirst: boolean
}

/** `samples` get the readings of one stretch after the other. */
export function createPastAir(
  live: Compliance,
  samples: Samples,
  { from, isFirst }: Pick<PastAir, 'from' | 'isFirst'>,
): PastAir {
  const { plan, groups, restated } = live
  const compliance = createCompliance(plan, samples, groups[0]!.trail.periods, restated)
  compliance.first.set(live.first)
  // All spans are found from the samples themselves
  compliance.rates.newest.fill(Infinity)
  for (const [n, { trail }] of compliance.groups.entries()) {
    runWhole(continueTrail(trail, isFirst ? undefined : groups[n]!.trail, from))
  }
  return { compliance, from, isFirst }
}

/**
 * Whether a calendar unit that begins with interval `start` is known again in all columns. Of inlets and racks the core
 * has let go of old minutes, so what one of them held before `from` cannot be told.
 */
export function isUnitKnown({ from, isFirst, compliance }: PastAir, group: number, start: number): boolean {
  return isFirst || start >= from || compliance.groups[group]!.repeatsSettled
}

/** Lets the core know the minutes from `since` on, the hours and the calendar units as they were folded again. */
export function adoptPastAir(live: Compliance, past: PastAir, since: number): void {
  live.first.set(past.compliance.first)
  for (const [n, { trail }] of past.compliance.groups.entries()) {
    graftTrail(live.groups[n]!.trail, trail, since, (start) => isUnitKnown(past, n, start))
  }
}
