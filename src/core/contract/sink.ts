import type { AlarmKind, AlarmRowState, LimitQuantity, LimitSide, LimitVerdict, Severity } from './alarm-kinds.ts'
import type { ClockFlag, QualityFlag, QualityNote, SensorFlag } from './flags.ts'
import type { NumberTable } from './tables.ts'

/**
 * Where the core's results go: one call per row.
 *
 * Numbers are in base units (W, J, °C, %, Pa, ms since 1970), points, boundaries, inlets and scopes are indices of the
 * plan. NaN is an unknown number: the row has no such field. `endMs` is the end of the row's interval or window. A row
 * that is emitted again for the same series and `endMs` corrects the one before, and its `revision` is one higher.
 *
 * Cells and objects are the core's own: a sink reads them during the call and keeps none. What columns mean stands in
 * tables.ts.
 */
export interface Sink {
  /**
   * A row of a table of numbers. `series` is the index of its point, boundary or inlet. In `compliance` scopes stand
   * behind all inlets. `window` is '' where the table's rows have none.
   */
  row(table: NumberTable, series: number, window: string, endMs: number, cells: Float64Array): void
  /** One change of an alarm. */
  alarm(row: AlarmRow): void
  /** An alarm that people outside shall hear of: it changed, or still stands. `hall`: its scope index, -1: none. */
  notice(row: AlarmRow, hall: number): void
  /** Many alarms of one kind in one hall, which people outside hear of as one. */
  group(row: GroupRow): void
  /** What is doubtful about a point (then `boundary` has no meaning), or with `point` -1 about a boundary. */
  quality(point: number, boundary: number, row: QualityRow): void
}

export interface AlarmRow {
  timeMs: number
  alarm: AlarmKind
  /** Index of the inlet, point, boundary, target or gateway: see `SOURCE_OF`. */
  source: number
  state: AlarmRowState
  severity: Severity
  /** All severities that it has had since it was raised, this one included, the least first. */
  severities: readonly Severity[]
  /** Of `reclassified`: the severity from now on. */
  becomes?: Severity | undefined
  /** How many escalations it has seen since it was raised: so many more routes have been told. */
  escalated: number
  /** In the unit of `quantity`; NaN: the kind has no number. */
  value: number
  limit: number
  quantity: LimitQuantity
  /** How the newest sample lies to the limit, and its event time. */
  verdict: LimitVerdict
  newestMs: number
  /** The side on which the limit was broken last. */
  side: LimitSide
  /** Event time of the first sample of this breach; of a silence, of the last reading. NaN: there was no breach yet. */
  sinceMs: number
  /** The value farthest beyond the limit in this breach; NaN: the kind has none. */
  peak: number
  /** Over how long a change was found; NaN: it is no change. */
  spanMs: number
  /** Silent points that keep a boundary from being known; of a silent point, what its device measures besides. */
  unseen: readonly number[]
  /** How often it was raised since it began to chatter; 0: it does not. */
  cycles: number
  /** Of `suppressed`: the kind of the alarm that stands for it. */
  instead?: AlarmKind | undefined
  /** When the alarm was raised. With kind and source it identifies the alarm over all its rows. */
  raisedMs: number
  /** The command that made the change, or the acknowledgement under which the alarm stands; absent: there is none. */
  by?: AlarmBy
}

export interface AlarmBy {
  who: string
  why: string
  /** End of a shelf; NaN where there is none. */
  untilMs: number
  /** The planned work for which it is shelved, by its name; absent: somebody shelved it. */
  work?: string
}

/** How many alarms of one kind stand in one hall during a flood. */
export interface GroupRow {
  timeMs: number
  alarm: AlarmKind
  /** Scope index of the hall; -1: alarms that belong to no hall. */
  hall: number
  /** The highest that any of its alarms has had, and all that its notices have told, the least first. */
  severity: Severity
  severities: readonly Severity[]
  /** 0: the group is over. */
  count: number
  /** The source farthest beyond its limit (-1: none stands), its newest value and its limit. */
  worst: number
  value: number
  limit: number
  /** How that value lies to the limit: all that stand may be back inside, and wait for their off-delay. */
  verdict: LimitVerdict
  /** What these are of, and on which side the limit is broken. When the group is over, of the worst that there was. */
  quantity: LimitQuantity
  side: LimitSide
  spanMs: number
  /** The value farthest beyond `limit` so far; NaN: the kind has none. */
  peak: number
  /** When the first of its breaches began, and how many alarms stood at most. */
  sinceMs: number
  most: number
  /** Up to five of its sources that stand, the worst first. */
  sources: readonly number[]
  raisedMs: number
}

export interface QualityRow {
  endMs: number
  /** What holds or was seen in the interval; of a sensor, in the hour. None: what was told of it no longer holds. */
  flags: readonly (QualityFlag | SensorFlag | ClockFlag)[]
  /** What the newest doubt was. */
  note: QualityNote | SensorFlag | ClockFlag | 'sound'
  /**
   * Its event time, what was read and what was to be expected: W or J of a reading, a register's count or an hour; of
   * a sensor °C. Of `clock` when the clock was wrong first, and by how many ms it was ahead.
   */
  atMs: number
  value: number
  expected: number
}

/** Discards all rows: for callers that want the core's state only. */
export const NOWHERE: Sink = {
  row() {},
  alarm() {},
  notice() {},
  group() {},
  quality() {},
}
