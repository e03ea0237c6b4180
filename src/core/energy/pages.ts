/**
 * Places of past intervals that a backlog may still change, behind the rings (intervals.ts). They come in pages of 16
 * intervals of one point, and lie in the same columns:
 *
 * ```
 * columns   | ring of point 0 | ring of point 1 | ... | page | page | free page | page |
 *                                                     begin
 * ```
 *
 * An interval leaves its ring for a page if some of it, or of what it is summed with, is unknown (D117).
 */
export interface Pages {
  /** First slot behind the rings. */
  readonly begin: number
  /** First slot of each page, by number × points + point; page n holds the intervals 16 n to 16 n + 15. */
  readonly slotOf: Map<number, number>
  /** Points that have a page of a number. */
  readonly pointsOf: Map<number, number[]>
  /** First slots of pages that are not in use. */
  readonly free: number[]
  /** Slots behind the last page. */
  used: number
  /** Pages with lower numbers were given up. */
  oldest: number
}

/** Intervals of a page. */
export const PAGE = 16

/** So many slots all pages may have: 64 MB. */
const MOST_SLOTS = 2_500_000

export function createPages(begin: number): Pages {
  return { begin, slotOf: new Map(), pointsOf: new Map(), free: [], used: begin, oldest: -Infinity }
}

/** Slot of a point's interval; -1: there is no page with it. */
export function pageSlot({ slotOf }: Pages, points: number, point: number, interval: number): number {
  if (slotOf.size === 0) return -1
  const number = Math.floor(interval / PAGE)
  const first = slotOf.get(number * points + point)
  return first === undefined ? -1 : first + interval - PAGE * number
}

/** Gives a point a page for an interval, and returns its first slot; -1: the interval is older than all pages. */
export function addPage(pages: Pages, points: number, point: number, interval: number): number {
  const number = Math.floor(interval / PAGE)
  if (number < pages.oldest) return -1
  if (pages.free.length === 0 && pages.used - pages.begin >= MOST_SLOTS) givePagesUp(pages, points)
  if (number < pages.oldest) return -1
  let first = pages.free.pop()
  if (first === undefined) {
    first = pages.used
    pages.used += PAGE
  }
  pages.slotOf.set(number * points + point, first)
  const known = pages.pointsOf.get(number)
  if (known === undefined) pages.pointsOf.set(number, [point])
  else known.push(point)
  return first
}

/** The intervals for which each point has pages. */
export function pagedIntervals({ pointsOf }: Pages): Map<number, number[]> {
  const intervals = new Map<number, number[]>()
  for (const number of [...pointsOf.keys()].sort((a, b) => a - b)) {
    for (const point of pointsOf.get(number)!) {
      const known = intervals.get(point) ?? []
      intervals.set(point, known)
      for (let n = 0; n < PAGE; n++) known.push(PAGE * number + n)
    }
  }
  return intervals
}

/** Gives up the pages of intervals before this one. */
export function dropPagesBefore(pages: Pages, points: number, interval: number): void {
  const oldest = Math.floor(interval / PAGE)
  if (oldest <= pages.oldest) return
  for (const [number, owners] of pages.pointsOf) {
    if (number >= oldest) continue
    for (const point of owners) {
      pages.free.push(pages.slotOf.get(number * points + point)!)
      pages.slotOf.delete(number * points + point)
    }
    pages.pointsOf.delete(number)
  }
  pages.oldest = oldest
}

/** Gives up the oldest pages: what they hold can no longer change. */
function givePagesUp(pages: Pages, points: number): void {
  let oldest = Infinity
  for (const number of pages.pointsOf.keys()) oldest = Math.min(oldest, number)
  dropPagesBefore(pages, points, PAGE * (oldest + 1))
}
