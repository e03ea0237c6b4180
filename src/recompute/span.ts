import { keptFromMs } from '../core/placing.ts'
import { walkedFromMs } from '../core/energy/register/count-hold.ts'
import { nearestMs } from '../core/energy/past.ts'
import { oldestHeldInterval } from '../core/energy/restate.ts'
import type { Intervals } from '../core/energy/intervals.ts'
import type { Core } from '../core/state.ts'
import type { Survey } from './journal.ts'

/** Intervals of all energy points, folded anew, from `from` up to but not including `to`. */
export interface FoldedStretch {
  readonly intervals: Intervals
  readonly from: number
  readonly to: number
}

/** Which intervals are folded again. Intervals are counted from the epoch; an end is not part of its stretch. */
export interface RecomputedSpan {
  /** Closed intervals whose rows may change. */
  readonly from: number
  readonly to: number
  /** End of what is folded: with `present`, the open intervals as well. */
  readonly upTo: number
  /** Whether late readings may still change its end. Then the recent samples of the core are corrected too. */
  readonly present: boolean
  /** First interval of each point that the journal can give; Infinity: the point stays as it is. */
  readonly since: Float64Array
  /** First interval of each point that is known at all: given by the journal, or still held by the core. */
  readonly known: Float64Array
}

/** Rows of points are kept so long. */
const KEEP_MS = 30 * 86_400_000

/**
 * Cuts the asked time down to what is closed and what the journal can give: `sure`, per point from which interval on.
 * The stretch that late readings may still change is folded whole or not at all: later readings must find the samples
 * that its intervals were made from.
 */
export function spanOf(
  core: Core,
  survey: Survey,
  sure: Float64Array,
  asked: { fromMs: number; toMs: number },
  nowMs: number,
): RecomputedSpan {
  const { fromMs, toMs } = asked
  const { lengthMs } = core.plan
  const points = core.plan.points.map(({ kind }, point) => ({ point, isEnergy: kind !== 'gauge' }))
  const energy = points.filter(({ isEnergy }) => isEnergy).map(({ point }) => point)
  const guards = points.map(({ point }) => guardOf(core, survey, point))
  const reaches = [...sure]
  const whole = energy.filter((point) => at(reaches, point) <= at(guards, point))
  const guard = Math.min(...whole.map((point) => at(guards, point)))
  const end = Math.min(Math.ceil(toMs / lengthMs), core.nextClose)
  const present = end > guard
  const oldest = Math.min(...survey.oldestMs.values().map((tMs) => Math.floor((tMs - longestMs(core)) / lengthMs)))
  const from = Math.max(
    Math.min(Math.floor(fromMs / lengthMs), present ? guard : Infinity),
    oldest,
    Math.ceil((nowMs - KEEP_MS) / lengthMs),
  )
  const to = present ? core.nextClose : end
  const newestMs = Math.max(...survey.newestMs)
  const newest = Math.max(...core.intervals.newest, Math.floor(newestMs / lengthMs))
  const since = new Float64Array(points.length).fill(Infinity)
  for (const point of energy) {
    const fixed = at(reaches, point) > at(guards, point) && (present || to > at(guards, point))
    const first = Math.max(from, at(reaches, point))
    if (!fixed && first < to) since[point] = first
  }
  const held = (point: number) => (isHeard(core, point) ? oldestHeldInterval(core.intervals, point) : -Infinity)
  const known = since.map((first, point) => Math.min(first, held(point)))
  return { from, to, upTo: present ? Math.max(to, newest + 1) : to, present, since, known }
}

/** Interval from which on a late reading may still change a point. */
function guardOf(core: Core, { recent }: Survey, point: number): number {
  const count = recent.count[point] ?? 0
  const older = core.plan.points[point]?.kind === 'register' ? 0 : count - 1
  const nearMs = nearestMs(recent, point, older)
  const keptMs = keptFromMs(core, isHeard(core, point) ? point : undefined)
  const guardMs = Math.min(Number.isNaN(nearMs) ? keptMs : nearMs, walkedFromMs(core.samples, point))
  return Math.floor(guardMs / core.plan.lengthMs)
}

/** Whether the core has readings of a point. */
function isHeard({ samples }: Core, point: number): boolean {
  return (samples.count[point] ?? 0) > 0
}

/** The longest time that one reading stands for. */
function longestMs({ plan }: Core): number {
  return Math.max(0, ...plan.points.map(({ everyMs }) => everyMs))
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Infinity
}
