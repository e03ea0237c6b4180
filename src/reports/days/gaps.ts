import type { DayGaps } from './page.ts'

/** Stretches of intervals, one after the other, that are not known well enough. */
export interface GapsSoFar {
  readonly stretches: [first: number, end: number][]
  count: number
  lengthMs: number
}

/** So many are listed; of more only their number and length is told. */
const MOST_LISTED = 20

export function openGaps(): GapsSoFar {
  return { stretches: [], count: 0, lengthMs: 0 }
}

/** Notes that `unknownMs` of the interval are not known. Intervals come in rising order. */
export function noteUnknown(gaps: GapsSoFar, interval: number, unknownMs: number): void {
  gaps.lengthMs += unknownMs
  const last = gaps.stretches.at(-1)
  if (last?.[1] === interval) last[1] = interval + 1
  else {
    gaps.count++
    gaps.stretches.push([interval, interval + 1])
  }
}

/** As a page has them: `firstInterval` is that of the day, counted from 1970. */
export function gapsOf({ stretches, count, lengthMs }: GapsSoFar, firstInterval: number, intervalMs: number): DayGaps {
  const listed = stretches.slice(0, MOST_LISTED)
  const atMs = (interval: number) => (firstInterval + interval) * intervalMs
  return { stretches: listed.map(([first, end]) => [atMs(first), atMs(end)] as const), count, lengthMs }
}
