import type { AlarmKind, AlarmRowState, LimitQuantity } from './alarm-kinds.ts'
import type { QualityFlag, QualityNote } from './flags.ts'

/** Whether a row may still change, can change no more, or was changed after it had settled. */
export type State = 'provisional' | 'settled' | 'restated'

/**
 * Where the core's results go: one call per row.
 *
 * Numbers are in base units (W, J, °C, %, Pa, ms since 1970), points, boundaries, inlets and scopes are indices of the
 * plan. NaN is an unknown number: the row has no such field. `endMs` is the end of the row's interval or window. A row
 * that is emitted again for the same series and `endMs` corrects the one before, and its `revision` is one higher.
 *
 * The objects are the core's own: a sink reads them during the call and keeps none.
 */
export interface Sink {
  /** A point's energy in one interval. */
  energy(point: number, row: EnergyRow): void
  /** A boundary's sums and quotient over one window. */
  pue(boundary: number, window: string, row: PueRow): void
  /** The air at an inlet at the end of an interval. */
  climate(inlet: number, row: ClimateRow): void
  /** How long the air of an inlet (then `scope` is -1) or of a scope (then `inlet` is -1) was in each band. */
  compliance(inlet: number, scope: number, window: string, row: ComplianceRow): void
  /** One change of an alarm. */
  alarm(row: AlarmRow): void
  /** An alarm that people outside shall hear of: it changed, or still stands. `hall`: its scope index, -1: none. */
  notice(row: AlarmRow, hall: number): void
  /** Many alarms of one kind in one hall, which people outside hear of as one. */
  group(row: GroupRow): void
  /** What is doubtful about a point (then `boundary` has no meaning), or with `point` -1 about a boundary. */
  quality(point: number, boundary: number, row: QualityRow): void
  /** An interval's statistics of a gauge: a point that is neither power nor energy. */
  reading(point: number, row: ReadingRow): void
}

export interface EnergyRow {
  endMs: number
  /** Whole joules of the covered time. */
  energyJ: number
  /** Share of the interval that is known, 0 to 1; 0: nothing is known, and the other numbers have no meaning. */
  coverage: number
  /** Mean power over the covered time. */
  meanW: number
  /** Share of the energy, 0 to 1, of which the readings do not tell when it was used: a register's bridged gap. */
  estimatedShare: number
  revision: number
  state: State
}

export interface PueRow {
  endMs: number
  /** NaN: there is no quotient, because coverage is below one half or IT took nothing. */
  pue: number
  /** Sums over the intervals in which both are known, so that both leave out the same gaps. */
  facilityJ: number
  itJ: number
  /** Share of the window that is in these sums, 0 to 1. */
  coverage: number
  /** Expanded uncertainty of `pue` (±, k = 2); NaN: a meter has no declared accuracy. */
  uncertainty: number
  /** Estimated share of the facility's or of the IT's energy, whichever is larger; 0 to 1. */
  estimatedShare: number
  /** What the quotient may be called: PUE, iPUE, pPUE. */
  name: string
  /** IT took more than the facility, or the PUE is above the boundary's `suspectAbove`. */
  suspect: boolean
  /** Losses between facility and IT by their part, and the rest; NaN: not declared, or not known. */
  upsJ: number
  distributionJ: number
  coolingJ: number
  otherJ: number
  revision: number
  state: State | 'live'
}

/** Fields that no reading gives are NaN. */
export interface ClimateRow {
  endMs: number
  dryBulbC: number
  rhPct: number
  dewPointC: number
  wetBulbC: number
  /** kg water per kg dry air. */
  humidityRatio: number
  enthalpyJPerKg: number
  densityKgPerM3: number
  /** From the dry bulb to the nearest limit of the recommended range; negative outside. */
  headroomK: number
  /** Of `BAND`: at the end of the interval, and the worst in it. */
  band: number
  worstBand: number
  /** Words of `VIOLATIONS`, comma-joined; empty: no limit is broken. */
  violations: string
  /** Largest difference between two moments within 15 and within 60 min. */
  rate15minK: number
  rate60minK: number
  /** Words for what is wrong with the readings, comma-joined; empty: nothing is. */
  quality: string
}

/**
 * Shares in percent: the three bands of the known time, the unknown time of the whole window. NaN: nothing is known.
 */
export interface ComplianceRow {
  endMs: number
  recommendedPct: number
  allowablePct: number
  outPct: number
  unknownPct: number
  /** Index of a scope's inlet with the largest share out (-1: none is known), and that share. */
  worstInlet: number
  worstOutPct: number
  /** Rack Cooling Index of both sides, %, and x-factor, over the time with a known dry bulb; NaN without any. */
  rciHi: number
  rciLo: number
  /** An inlet passed its allowable dry bulb limit, which RCI alone would hide (Herrlin's asterisk). */
  rciWarning: boolean
  /** x-factor with the lower and upper end of its published range. */
  xFactor: number
  xFactorLower: number
  xFactorUpper: number
  /** For part of the time the dry bulb lay outside the range that the x-factor is published for. */
  xClamped: boolean
  /** Return Temperature Index of a hall, %; NaN: no hall, or the air flow is not known. */
  rtiPct: number
  /**
   * Per word of `VIOLATIONS` the share of the known time in which it was broken. NaN: never, and no correction says 0.
   */
  brokenPct: Float64Array
  revision: number
  /** Of halls and the site. Rows of inlets and racks do not say it: how far they are settled is a number of health. */
  state: State | undefined
}

export interface AlarmRow {
  timeMs: number
  alarm: AlarmKind
  /** Index of the inlet, point, boundary or gateway: see `SOURCE_OF`. */
  source: number
  state: AlarmRowState
  /** In the unit of `quantity`; NaN: the kind has no number. */
  value: number
  limit: number
  quantity: LimitQuantity
  /** When the alarm was raised. With kind and source it identifies the alarm over all its rows. */
  raisedMs: number
  /** The command that made the change; absent: readings did. */
  by?: AlarmBy
}

export interface AlarmBy {
  who: string
  why: string
  /** End of a shelf; NaN where there is none. */
  untilMs: number
}

/** How many alarms of one kind stand in one hall during a flood. */
export interface GroupRow {
  timeMs: number
  alarm: AlarmKind
  /** Scope index of the hall; -1: alarms that belong to no hall. */
  hall: number
  /** 0: the group is over. */
  count: number
  /** The source farthest beyond its limit (-1: none stands), its newest value and its limit. */
  worst: number
  value: number
  limit: number
  raisedMs: number
}

/** Of the samples in the interval, in the point's base unit. An interval without samples has no row. */
export interface ReadingRow {
  endMs: number
  mean: number
  min: number
  max: number
  last: number
  count: number
  /** Words of `READING_FLAGS`, comma-joined; empty: nothing is wrong. */
  quality: string
}

export interface QualityRow {
  endMs: number
  /** What holds or was seen in the interval. */
  flags: readonly QualityFlag[]
  /** What the newest doubt was. */
  note: QualityNote
  /** Its event time, what was read and what was to be expected: W or J of a reading, a register's count or an hour. */
  atMs: number
  value: number
  expected: number
}

/** Discards all rows: for callers that want the core's state only. */
export const NOWHERE: Sink = {
  energy() {},
  pue() {},
  climate() {},
  compliance() {},
  alarm() {},
  notice() {},
  group() {},
  quality() {},
  reading() {},
}
