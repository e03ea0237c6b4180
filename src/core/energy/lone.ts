import type { PointPlan } from '../contract/plan.ts'
import { LARGEST_NUMBERS } from './register/largest.ts'
import { positionOf, timeAt, valueAt, type Samples } from './samples.ts'

/** A reading must be above so many times what it is compared with. */
const RATIO = 10
/** No power is known of a week if all of it was below: the offset of an idle feed. */
const IDLE_W = 10
/** This stands for it then, as it does for registers (D111). */
const UNKNOWN_W = 10_000
/** So long a point must have been heard of. */
const KNOWN_MS = 3_600_000
const DAYS = LARGEST_NUMBERS - 1
const DAY_MS = 86_400_000

/** Whether a sample is left out of all sums. */
export function isLeftOut({ lone }: Samples, point: number, tMs: number): boolean {
  const out = lone.out[point]
  return out !== undefined && out.includes(tMs)
}

/**
 * Whether a sample that comes to `position` has to be looked at together with its neighbours: it, or one of them, may
 * be left out.
 */
export function isDoubtful(
  samples: Samples,
  point: number,
  plan: PointPlan,
  position: number,
  tMs: number,
  value: number,
): boolean {
  const { usual, usualUntilMs } = samples.lone
  const isNewest = position === samples.count[point]!
  if (isNewest && Math.abs(value) <= usual[point]! && tMs < usualUntilMs[point]!) return false
  return looksDoubtful(samples, point, plan, position, Math.abs(value))
}

function looksDoubtful(samples: Samples, point: number, plan: PointPlan, position: number, size: number): boolean {
  const { out, placeOf, usual, usualUntilMs } = samples.lone
  if (out[point] !== undefined) return true
  if (placeOf[point]! < 0) {
    usual[point] = Infinity
    usualUntilMs[point] = Infinity
    return false
  }
  if (position === 0) return false
  const least = leastOf(plan)
  const before = sizeAt(samples, point, position - 1)
  if (size > least && size > RATIO * before) return true
  if (position === samples.count[point]!) {
    // The sample before counts for a week, and what is not ten times as large is never left out
    usual[point] = Math.max(least, RATIO * before)
    usualUntilMs[point] = (Math.floor(timeAt(samples, point, position - 1) / DAY_MS) + DAYS) * DAY_MS
    return false
  }
  const behind = sizeAt(samples, point, position)
  return (before > least && before > RATIO * size) || (behind > least && behind > RATIO * size)
}

/** A sample of that size in the point's own unit may be left out; a smaller one never is. */
function leastOf({ kind, everyMs }: PointPlan): number {
  return RATIO * IDLE_W * (kind === 'energy' ? everyMs / 1000 : 1)
}

/**
 * The samples from position `from` on that are left out, by event time. Of samples before it, and of those that are not
 * within one place of `around`, it is known already. `firstMs`: since when the point has been heard.
 */
export function findLone(
  samples: Samples,
  point: number,
  plan: PointPlan,
  from: number,
  around: number,
  firstMs: number,
): number[] {
  const known = samples.lone.out[point] ?? NONE
  if (samples.lone.placeOf[point]! < 0) return [...known] // it has got a rating since
  const out: number[] = []
  const doubted = new Set<number>()
  const last = samples.count[point]! - 1
  for (let k = 0; k <= last; k++) {
    const tMs = timeAt(samples, point, k)
    if (k < from && (k < around - 1 || k > around + 1)) {
      if (!known.includes(tMs)) continue
      doubted.add(k)
      out.push(tMs)
    } else if (k > 0 && isAlone(samples, point, plan, k, last)) {
      if (tMs - firstMs < KNOWN_MS) continue
      if (sizeAt(samples, point, k) <= RATIO * largestBefore(samples, point, plan, k, doubted)) continue
      doubted.add(k)
      out.push(tMs)
    }
  }
  return out
}

const NONE: readonly number[] = []

/** Judges all readings of a point (point 0 of `all`); of the days before them the core knows the largest power. */
export function judgeAllLone(all: Samples, held: Samples, point: number, plan: PointPlan, firstMs: number): void {
  const at = held.lone.placeOf[point]!
  if (at < 0) return
  all.lone.largest.set(held.lone.largest.subarray(at, at + LARGEST_NUMBERS))
  leaveOut(all, 0, findLone(all, 0, plan, 0, -2, firstMs))
}

/** Takes over which of the samples from `fromMs` on are left out (point 0 of `all`). */
export function replaceLone(held: Samples, point: number, all: Samples, fromMs: number): void {
  leaveOut(held, point, all.lone.out[0]?.filter((tMs) => tMs >= fromMs) ?? [])
}

/** Leaves out just these samples of a point. */
export function leaveOut({ lone }: Samples, point: number, times: number[]): void {
  lone.out[point] = times.length === 0 ? undefined : times
  lone.usual[point] = -1
}

/** Whether no neighbour of a sample comes near it. */
function isAlone(samples: Samples, point: number, plan: PointPlan, k: number, last: number): boolean {
  const size = sizeAt(samples, point, k)
  if (size <= leastOf(plan) || size <= RATIO * sizeAt(samples, point, k - 1)) return false
  return k === last || size > RATIO * sizeAt(samples, point, k + 1)
}

/** The largest of a point's samples before `k`, of its day (UTC) and the seven before, doubted ones apart. */
function largestBefore(
  samples: Samples,
  point: number,
  plan: PointPlan,
  k: number,
  doubted: ReadonlySet<number>,
): number {
  const { largest, placeOf } = samples.lone
  const day = Math.floor(timeAt(samples, point, k) / DAY_MS)
  let most = largestOfDays(largest, placeOf[point]!, day)
  for (let n = k - 1; n >= 0 && timeAt(samples, point, n) >= (day - DAYS + 1) * DAY_MS; n--) {
    if (!doubted.has(n)) most = Math.max(most, sizeAt(samples, point, n))
  }
  const scale = plan.kind === 'energy' ? plan.everyMs / 1000 : 1
  return most > IDLE_W * scale ? most : UNKNOWN_W * scale
}

/** The largest of what was dropped of a day and the seven before it; 0 where nothing is known. */
function largestOfDays(cells: Float64Array, at: number, day: number): number {
  const newest = cells[at]!
  let most = 0
  for (let n = Math.max(newest, day) - DAYS + 1; n <= Math.min(newest, day); n++) {
    const cell = cells[at + 1 + (((n % DAYS) + DAYS) % DAYS)]!
    if (cell > most) most = cell
  }
  return most
}

function sizeAt(samples: Samples, point: number, k: number): number {
  return Math.abs(valueAt(samples, point, k))
}

/** Forgets what was left out of points whose samples are no longer held. */
export function forgetUnheld(samples: Samples): void {
  for (const [point, times = []] of samples.lone.out.entries()) {
    const isHeld = (tMs: number) => timeAt(samples, point, positionOf(samples, point, tMs)) === tMs
    if (!times.every(isHeld)) leaveOut(samples, point, times.filter(isHeld))
  }
}
