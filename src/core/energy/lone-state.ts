import type { PointPlan } from '../contract/plan.ts'
import { LARGEST_NUMBERS, noteLargest } from './register/largest.ts'

/**
 * Power that only one reading shows, of points of which no rating is declared: a word in the wrong half, a digit read
 * twice. Such a reading is left out, and the time on both sides of it is unknown (D154).
 *
 * ```
 * power           o                          it is above ten times both neighbours,
 *                                            and above ten times the largest of its day and the seven before
 *       o   o           o   o
 *              | unknown |
 * ```
 *
 * The newest reading has no neighbour behind it: it waits for the next one.
 */
export interface Lone {
  /** Where a point's largest powers by day begin in `largest`; -1: it has a rating, is rare, or no power. */
  readonly placeOf: Int32Array
  /** The largest powers by day (UTC) of samples that were dropped, in the order of largest.ts. */
  readonly largest: Float64Array
  /** Per point the event times of the held samples that are left out, rising; undefined: none is. */
  readonly out: (number[] | undefined)[]
  /** Per point: a newest reading up to this size, and before this event time, needs no look. It is found out anew. */
  readonly usual: Float64Array
  readonly usualUntilMs: Float64Array
}

const DAY_MS = 86_400_000
/** What is reported less often is no word read wrongly, and a week has too few of it to compare with. */
const LONGEST_MS = 3_600_000

export function createLone(points: readonly PointPlan[]): Lone {
  const placeOf = new Int32Array(points.length).fill(-1)
  let places = 0
  for (const [point, plan] of points.entries()) {
    if (isPower(plan) && Number.isNaN(plan.maxW) && plan.everyMs <= LONGEST_MS)
      placeOf[point] = LARGEST_NUMBERS * places++
  }
  const largest = new Float64Array(LARGEST_NUMBERS * places).fill(NaN)
  return {
    placeOf,
    largest,
    out: new Array<number[] | undefined>(points.length).fill(undefined),
    usual: new Float64Array(points.length).fill(-1),
    usualUntilMs: new Float64Array(points.length),
  }
}

function isPower({ kind, amount }: PointPlan): boolean {
  return amount !== 'temperature' && (kind === 'power' || kind === 'mean' || kind === 'energy')
}

/**
 * Notes the largest of the samples in `cells` from place `from` up to `to`, which are recent ones no longer. What is
 * left out of sums says nothing of the load.
 */
export function noteUsual(lone: Lone, point: number, cells: Float64Array, from: number, to: number): void {
  const at = lone.placeOf[point]!
  if (at < 0 || from >= to) return
  const out = lone.out[point]
  let [largest, untilMs] = [-1, -Infinity]
  for (let n = from; n < to; n += 2) {
    const tMs = cells[n]!
    const size = Math.abs(cells[n + 1]!)
    if (tMs >= untilMs) {
      if (largest >= 0) noteLargest(lone.largest, at, untilMs - 1, largest)
      largest = -1
      untilMs = (Math.floor(tMs / DAY_MS) + 1) * DAY_MS
    }
    if (size > largest && (out === undefined || !out.includes(tMs))) largest = size
  }
  if (largest >= 0) noteLargest(lone.largest, at, untilMs - 1, largest)
}
