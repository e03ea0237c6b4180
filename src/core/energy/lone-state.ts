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
  /** Where a point's largest powers by day begin in `largest`; -1: it has a rating, or is no power. */
  readonly placeOf: Int32Array
  /** The largest powers by day (UTC) of samples that were dropped, in the order of largest.ts. */
  readonly largest: Float64Array
  /** Per point the event times of the held samples that are left out, rising; undefined: none is. */
  readonly out: (number[] | undefined)[]
}

export function createLone(points: readonly PointPlan[]): Lone {
  const placeOf = new Int32Array(points.length).fill(-1)
  let places = 0
  for (const [point, plan] of points.entries()) {
    if (isPower(plan) && Number.isNaN(plan.maxW)) placeOf[point] = LARGEST_NUMBERS * places++
  }
  const largest = new Float64Array(LARGEST_NUMBERS * places).fill(NaN)
  return { placeOf, largest, out: new Array<number[] | undefined>(points.length).fill(undefined) }
}

function isPower({ kind }: PointPlan): boolean {
  return kind === 'power' || kind === 'mean' || kind === 'energy'
}

/** Notes a sample that is no longer a recent one. What is left out of sums says nothing of the load. */
export function noteLoneLeft(lone: Lone, point: number, tMs: number, value: number): void {
  const out = lone.out[point]
  if (out !== undefined && out.includes(tMs)) return
  const at = lone.placeOf[point]!
  if (at >= 0) noteLargest(lone.largest, at, tMs, Math.abs(value))
}
