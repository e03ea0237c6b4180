import type { AlarmKind, AlarmRowState } from './alarm-kinds.ts'
import type { QualityFlag, QualityNote } from './flags.ts'

/** Where the core's results go: one call per row, numbers in base units, named by index. It must not keep `sums`. */
export type State = 'provisional' | 'settled' | 'restated'

export interface Sink {
  /** A point's interval. `coveredMs` 0: nothing is known of it. Joules whole, `meanW` over the covered time. */
  energy(point: number, row: EnergyRow): void
  /** A boundary's window. */
  pue(boundary: number, window: string, row: PueRow): void
  /** The state of one inlet at the end of an interval. */
  climate(inlet: number, row: ClimateRow): void
  /** Time of an inlet (`scope` -1) or of a scope by band. */
  compliance(inlet: number, scope: number, window: string, row: ComplianceRow): void
  /** One transition of an alarm. */
  alarm(row: AlarmRow): void
  /** What others outside are to know of an alarm: a transition, or one that stands. `hall`: its scope index, or -1. */
  notice(row: AlarmRow, hall: number): void
  /** … and of a flood. */
  group(row: GroupRow): void
  /** What is to be doubted of a point (or, `point` -1, of a boundary). */
  quality(point: number, boundary: number, row: QualityRow): void
  /** Statistics of a point that is neither power nor energy. */
  reading(point: number, row: ReadingRow): void
}

export interface EnergyRow {
  endMs: number
  energyJ: number
  coverage: number
  meanW: number
  estimatedShare: number
  revision: number
  state: State
}

export interface PueRow {
  endMs: number
  /** NaN where there is no quotient: coverage below one half, or no IT energy. */
  pue: number
  facilityJ: number
  itJ: number
  coverage: number
  /** ±, k = 2; NaN where a meter has no declared accuracy. */
  uncertainty: number
  estimatedShare: number
  name: string
  suspect: boolean
  /** Losses on the way from facility to IT, and what else lies between them; NaN where not declared or not known. */
  upsJ: number
  distributionJ: number
  coolingJ: number
  otherJ: number
  revision: number
  state: State | 'live'
}

/** NaN stands for unknown. */
export interface ClimateRow {
  endMs: number
  dryBulbC: number
  rhPct: number
  dewPointC: number
  wetBulbC: number
  humidityRatio: number
  enthalpyJPerKg: number
  densityKgPerM3: number
  headroomK: number
  band: number
  worstBand: number
  violations: string
  /** Warmest less coldest moment of the last 15 and 60 min, in K. */
  rate15minK: number
  rate60minK: number
  /** What is wrong with the readings, in words; empty where nothing is. */
  quality: string
}

/** Shares in percent: the three bands of the known time, unknown time of the whole window. NaN: nothing is known. */
export interface ComplianceRow {
  endMs: number
  recommendedPct: number
  allowablePct: number
  outPct: number
  unknownPct: number
  /** Index of the inlet with the largest share out, -1 where none is known, and that share. */
  worstInlet: number
  worstOutPct: number
  /** Rack Cooling Index of both sides, %, and x-factor, over the time with a known dry bulb; NaN without any. */
  rciHi: number
  rciLo: number
  /** An inlet passed its allowable dry bulb limit: RCI alone would hide it (Herrlin's asterisk). */
  rciWarning: boolean
  xFactor: number
  xFactorLower: number
  xFactorUpper: number
  /** Part of the time lay outside of what the x-factor is given for. */
  xClamped: boolean
  /** Return Temperature Index of a hall, %; NaN elsewhere and where it has no meaning. */
  rtiPct: number
  /** Share of the known time in which each of `VIOLATIONS` was broken; NaN: never, and never told otherwise. */
  brokenPct: Float64Array
  revision: number
}

export interface AlarmRow {
  timeMs: number
  alarm: AlarmKind
  /** Index of the inlet, point, boundary or gateway: see `SOURCE_OF`. */
  source: number
  state: AlarmRowState
  /** In the alarm's own unit; NaN: there is none. */
  value: number
  limit: number
  /** When the alarm that this row speaks of was raised: with alarm and source its identity. */
  raisedMs: number
  /** Whose command it follows. */
  by?: AlarmBy
}

export interface AlarmBy {
  who: string
  why: string
  /** End of a shelf; NaN where there is none. */
  untilMs: number
}

/** What stands of a flood's alarms of one kind in one hall. */
export interface GroupRow {
  timeMs: number
  alarm: AlarmKind
  /** Scope index of the hall; -1: of no hall. */
  hall: number
  /** How many stand; 0: the group is over. */
  count: number
  /** Source that is farthest beyond its limit, -1 where none stands; its newest value and the limit. */
  worst: number
  value: number
  limit: number
  raisedMs: number
}

export interface ReadingRow {
  endMs: number
  mean: number
  min: number
  max: number
  last: number
  count: number
  /** What is wrong with the samples, in words; empty where nothing is. */
  quality: string
}

export interface QualityRow {
  endMs: number
  /** What held or was seen in the interval, in the order of the alphabet. */
  flags: readonly QualityFlag[]
  /** The newest of it, or how a unit slip ended. */
  note: QualityNote
  /** Event time, and what was read and was to be expected: W or J; a register's count, an hour's energy. */
  atMs: number
  value: number
  expected: number
}

/** For who wants the core's counts only. */
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
