import { createCalendar, periodAt, type Calendar } from '../../windows/calendar.ts'
import type { PointPlan } from '../../contract/plan.ts'
import { LARGEST_NUMBERS } from './largest.ts'

/**
 * What is kept of each register from before its oldest held sample, and what the walk over its counts (count-walk.ts)
 * found last. Register r owns the numbers of `edges` from r × `EDGE_NUMBERS` on:
 *
 * ```
 * OLD_MS OLD_J   the old count of a register that was suspended by then; NaN: it was not
 * MEAN_W         mean power of the last step that counted by then; NaN: none
 * PACE_W         the same of the last one that rose
 * RISE_W         mean power of the plain step up to the oldest held sample; NaN: it was none
 * YOUNG_MS       since when the young count has been counting
 * STOOD, RISEN   1: the young count stood still before it rose; it has risen
 * LARGEST        its largest mean powers by day (largest.ts)
 * ```
 *
 * Around open gaps older samples are held, too. What was dropped between them is a hole: no step over it is touched,
 * and the edge stands where the last hole ends.
 *
 * ```
 * held      | o o o   gap   o o o |  hole  | o o o recent o o o
 *                                            edge
 * ```
 */
export interface CountEdges {
  readonly points: readonly PointPlan[]
  /** Index among the registers; -1: the point is none. */
  readonly placeOf: Int32Array
  readonly edges: Float64Array
  /** Largest mean power by then of the seven days before, and up to when that holds. */
  readonly largestW: Float64Array
  readonly largestUntilMs: Float64Array
  /** Event times of the samples before which others were dropped, while older ones are held. */
  readonly holes: (number[] | undefined)[]
  /** 1: steps hang on more than their neighbours, so the walk decides them all. */
  readonly walked: Uint8Array
  readonly calendars: Map<string, Calendar>
  readonly walk: CountWalk
}

/** The walk that is going on, for the time of one call. */
export interface CountWalk {
  /** Per sample, from which one the step to it counts: -1 none, -2 from the old count of the edge. */
  from: Int32Array
  /** Per sample its verdict, by its number in `FOUND`. */
  verdicts: Uint8Array
  /** The last sound reading, and the mean power of the step that counted up to it. */
  base: number
  meanW: number
  /** Mean power of the last step that counted and rose. */
  paceW: number
  /** The old count: its sample (-2: before all that are held), time and count. NaN: not suspended. */
  old: number
  oldMs: number
  oldJ: number
  /** The young count: the sample since which it counts, and that one's time. */
  young: number
  youngMs: number
  hasStood: boolean
  hasRisen: boolean
  /** Time of the last reading of a day that was over, of a day counter; NaN: no day began. */
  dayMs: number
  /** A stretch was suspended, or the largest power was needed. */
  isWalked: boolean
  readonly largest: Float64Array
}

export const OLD_MS = 0
export const OLD_J = 1
export const MEAN_W = 2
export const PACE_W = 3
export const RISE_W = 4
export const YOUNG_MS = 5
export const STOOD = 6
export const RISEN = 7
export const LARGEST = 8
export const EDGE_NUMBERS = LARGEST + LARGEST_NUMBERS

export function createCountEdges(points: readonly PointPlan[]): CountEdges {
  const placeOf = new Int32Array(points.length).fill(-1)
  let registers = 0
  for (const [point, { kind }] of points.entries()) if (kind === 'register') placeOf[point] = registers++
  const zones = new Set(points.map(({ dayZone }) => dayZone))
  zones.delete('')
  return {
    points,
    placeOf,
    edges: new Float64Array(EDGE_NUMBERS * registers).fill(NaN),
    largestW: new Float64Array(registers).fill(NaN),
    largestUntilMs: new Float64Array(registers).fill(-Infinity),
    holes: new Array<number[] | undefined>(registers).fill(undefined),
    walked: new Uint8Array(registers),
    calendars: new Map([...zones].map((zone) => [zone, createCalendar(zone)])),
    walk: {
      from: new Int32Array(0),
      verdicts: new Uint8Array(0),
      base: -1,
      meanW: NaN,
      paceW: NaN,
      old: -1,
      oldMs: NaN,
      oldJ: NaN,
      young: -1,
      youngMs: NaN,
      hasStood: false,
      hasRisen: false,
      dayMs: NaN,
      isWalked: false,
      largest: new Float64Array(LARGEST_NUMBERS),
    },
  }
}

/** Lets day counters be judged by another zone's midnights. '' is no zone. */
export function addCalendar({ calendars }: CountEdges, zone: string): void {
  if (zone !== '' && !calendars.has(zone)) calendars.set(zone, createCalendar(zone))
}

/** A day counter's clock may be off by so much. */
const MIDNIGHT_MS = 600_000

/** Whether a day counter may have begun anew between two times: local midnight lies between them, or close by. */
export function isNextDay({ calendars }: CountEdges, { dayZone }: PointPlan, fromMs: number, toMs: number): boolean {
  const calendar = calendars.get(dayZone)
  return calendar !== undefined && periodAt(calendar, 'day', toMs + MIDNIGHT_MS).startMs > fromMs - MIDNIGHT_MS
}
