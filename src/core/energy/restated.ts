import type { CorePlan } from '../contract/plan.ts'
import type { Sink } from '../contract/sink.ts'
import { columnPlaces, createCells, REASONS } from '../contract/tables.ts'
import { calendarSpanAt, type Periods } from '../windows/window.ts'

/**
 * Why numbers changed after they had settled, told once per series, window and day of the site:
 *
 * ```
 * corrected ends of a day   10:00   10:05   …   12:30 ── changed most: its old and new number ──▶ one row, at 12:30
 * ```
 */
export interface Restated {
  readonly plan: CorePlan
  readonly periods: Periods
  /** Per point what came since the last correction that may be why: bits of `CAUSE`. */
  readonly causes: Uint8Array
  /** By series, window and day. */
  readonly days: Map<string, RestatedDay>
  /** Why what is corrected just now changed. */
  reason: number
  readonly cells: Float64Array
}

interface RestatedDay {
  readonly series: number
  readonly window: string
  readonly reason: number
  endMs: number
  old: number
  new: number
  count: number
}

/** Bits of what can be the cause; the higher one counts. */
export const CAUSE = { late: 1, register: 2, backlog: 4, configuration: 8, swap: 16 } as const
const BY_WEIGHT = ['swap', 'configuration', 'backlog', 'register', 'late'] as const

const AT = columnPlaces('restatement')

export function createRestated(plan: CorePlan, periods: Periods): Restated {
  return {
    plan,
    periods,
    causes: new Uint8Array(plan.points.length),
    days: new Map(),
    reason: 0,
    cells: createCells('restatement'),
  }
}

/** So many series other than indicators can be told of: points, boundaries, inlets and scopes stand in this order. */
export function restatedSeries({ points, boundaries, inlets, scopes }: CorePlan): number {
  return points.length + boundaries.length + inlets.length + scopes.length
}

/** Sets why what depends on some points changes, until it is asked for others. */
export function blame(restated: Restated, points: Iterable<number>): void {
  let causes = 0
  for (const point of points) if (point >= 0) causes |= restated.causes[point]!
  const word = BY_WEIGHT.find((it) => (causes & CAUSE[it]) !== 0) ?? 'late'
  restated.reason = REASONS.indexOf(word)
}

/** Notes that a row which had settled has a new number at an end. NaN: it has none. */
export function noteRestated(
  { plan, periods, days, reason }: Restated,
  series: number,
  window: string,
  end: number,
  numbers: { readonly old: number; readonly new: number },
): void {
  if (Object.is(numbers.old, numbers.new)) return
  const key = `${series} ${window} ${calendarSpanAt(periods, 'day', end - 1).start}`
  const day = days.get(key)
  const endMs = end * plan.lengthMs
  if (day === undefined) {
    days.set(key, { series, window, reason, endMs, ...numbers, count: 1 })
    return
  }
  day.count++
  if (!(Math.abs(numbers.new - numbers.old) > changeOf(day))) return
  Object.assign(day, { endMs, ...numbers })
}

function changeOf(day: RestatedDay): number {
  const change = Math.abs(day.new - day.old)
  return Number.isNaN(change) ? 0 : change
}

/** Tells what was noted, and forgets it. */
export function tellRestated({ days, cells }: Restated, sink: Sink): void {
  for (const { series, window, reason, endMs, old, new: now, count } of days.values()) {
    cells[AT.reason] = reason
    cells[AT.old] = old
    cells[AT.new] = now
    cells[AT.count] = count
    sink.row('restatement', series, window, endMs, cells)
  }
  days.clear()
}
