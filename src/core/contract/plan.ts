/**
 * The plan: what the core is told about a site, once. Numbers are in base units (W, J, °C, %, Pa, ms), shares 0 to 1.
 *
 *     CorePlan
 *      ├ points[]      one measured quantity each
 *      ├ boundaries[]  facility, IT and losses (formula.ts): terms → alternatives → leaves → points
 *      ├ intensities[] what a kWh stands for, by the time
 *      ├ inlets[]      the air at one place: its points and its envelope
 *      ├ outdoor[]     the air outside, by place
 *      ├ scopes[]      racks, halls and the site: inlets that are judged together
 *      ├ pairs[], trees[], airflows[], devices[], gateways[], uplinks[]   points that belong together
 *      ├ numberings[]  messages that their sender numbers
 *      └ windows[], alarms
 *
 * A number that names a point, inlet or scope is its index in these arrays; -1 names none.
 */
import type { AlarmsPlan, NumberingPlan } from './alarm-plan.ts'
import { pointsEver, type BoundaryPlan } from './formula.ts'
import type { Envelope } from './limits.ts'
import type { Amount } from './quotients.ts'
import type { OutdoorPlan } from './outdoor.ts'
import { reachMs } from './reach.ts'

/**
 * How a point's readings become energy. Snapshots name a kind by its place: append only.
 *
 * - `power`: power at one moment; a straight line joins two readings
 * - `mean`: mean power since the reading before
 * - `energy`: energy since the reading before
 * - `register`: a running count of energy
 * - `gauge`: no energy at all (temperature, humidity …)
 */
export const POINT_KINDS = ['power', 'mean', 'energy', 'register', 'gauge'] as const

export type PointKind = (typeof POINT_KINDS)[number]

export interface PointPlan {
  kind: PointKind
  /** What it counts; of a gauge without meaning. */
  amount: Amount
  /** Expected distance between two readings. */
  everyMs: number
  /** A longer time between two readings is a gap, in which nothing is known. A register bridges as much. */
  maxGapMs: number
  /** The device reports power on change only: the last value holds. */
  hold: boolean
  /** Smallest and largest plausible value, in base units; ∓Infinity where not declared. */
  min: number
  max: number
  /** Negative power or energy is a sound reading: the meter counts export too. */
  signed: boolean
  /** Register modulus in joules; NaN where the register does not wrap. */
  rolloverJ: number
  /** Joules of one kWh on a register's display, or mL of one m³, before its factor. */
  countJ: number
  /** Time zone at whose midnights a register begins anew; '': it counts on. */
  dayZone: string
  /** Declared swaps of a register's meter, in rising time. */
  swaps: readonly SwapPlan[]
  /** From when on a register's count is worth more or less than before all dates, in rising time. */
  ratios: readonly RatioPlan[]
  /** Sums count the point within these times, and only there its silence is one; ∓Infinity where not declared. */
  fromMs: number
  untilMs: number
  /** Accuracy class as a share of the reading; NaN where not declared. */
  accuracy: number
  /** Class of the current transformer before the meter, as a share; 0: none is declared. */
  ctAccuracy: number
  /** Transformers of one batch err alike; -1: this one is of no batch. */
  ctBatch: number
  /** How far a register may be from its meter's power over an hour, as a share. */
  driftShare: number
  /** Rated power in watts; NaN where not declared. */
  maxW: number
  /** Samples are held for so much longer than they may still change: rates of change look back on them. */
  lookBackMs: number
  /** Which readings of a gauge can be believed. */
  sensor: SensorPlan
  /** Whether a gauge's readings have rows of their own. */
  hasReadingRows: boolean
}

/** Which readings of a gauge can be believed; all in its base unit. */
export interface SensorPlan {
  /** Air and water are within these: a reading outside says nothing. */
  readonly lowest: number
  readonly highest: number
  /** Numbers that devices send in place of a reading: the power-on value, no sensor, all bits set. */
  readonly sentinels: readonly number[]
  /** A reading above it, up to `highest`, counts as this much: a humidity sensor may say 102 %. */
  readonly clampAbove: number
  /** A single reading that leaves its neighbours by more than this and returns is a spike. */
  readonly jump: number
  /** A sensor that repeats one value for longer is stuck, and unknown. */
  readonly stuckMs: number
  /** The same of a multiple of a half in the point's own unit: it may come from a sensor that shows no less. */
  readonly stuckCoarseMs: number
  /** That half, and where these steps begin. */
  readonly coarseStep: number
  readonly coarseFrom: number
}

/** A register's meter was replaced: the old one showed `closingJ` last, the new one began with `openingJ`. */
interface SwapPlan {
  atMs: number
  closingJ: number
  openingJ: number
}

/** From then on each joule of a register's count stands for so many. */
export interface RatioPlan {
  atMs: number
  ratio: number
}

/** One meter's register and power, which should agree. */
export interface PairPlan {
  register: number
  power: number
}

/** The meters fed from a meter, which together should count no more than itself. */
export interface TreePlan {
  parent: number
  children: readonly number[]
}

export interface InletPlan {
  dryBulb: number
  /** Point of relative humidity, or -1. */
  humidity: number
  /** Point of dew point, or -1. */
  dewPoint: number
  /** Where both are known the dew point counts, otherwise the humidity. */
  dewPointFirst: boolean
  /** Dry bulb of the inlet whose humidity or dew point stands for this one's; -1: they are its own. */
  otherDryBulb: number
  /** Nobody measures its moisture: the dry bulb alone is judged. */
  isMoistureUnmeasured: boolean
  /** Point of the exhaust's temperature, or -1. */
  outlet: number
  /** Tape equipment, which has its own limits for the rate of change. */
  tape: boolean
  envelope: Envelope
}

/** Temperatures of a hall's air handling: the air that it supplies and takes back. */
export interface AirflowPlan {
  /** Index of the hall among the scopes. */
  scope: number
  supply: number
  return: number
}

/** Inlets that are judged together: a rack, a hall, the site. */
export interface ScopePlan {
  scope: 'rack' | 'hall' | 'site'
  inlets: readonly number[]
}

export const CALENDAR_UNITS = ['day', 'month', 'year'] as const

export type CalendarUnit = (typeof CALENDAR_UNITS)[number]

/** A rolling window of whole intervals, or a calendar unit in the site's time zone. */
export type WindowPlan = { kind: 'rolling'; name: string; lengthMs: number } | { kind: 'calendar'; name: CalendarUnit }

/** What several gateways are reached through. The last one may be the site: all of them, and what has no gateway. */
export interface UplinkPlan {
  points: readonly number[]
  /** What lies behind it, each with the shortest time between two readings; slow ones are left out. */
  branches: readonly { points: readonly number[]; everyMs: number }[]
  /** Index of the uplink that this one is reached through, -1: none. */
  parent: number
}

/** What stamps readings by one clock: a gateway, or a topic. */
export interface SourcePlan {
  /** Its first point, and the longest time between two readings of any of its points. */
  point: number
  everyMs: number
}

/**
 * What a kWh stands for, such as the carbon of the grid, in g/kWh: as a point tells it, or in steps, each from an
 * interval on. NaN: it is not known.
 */
export interface IntensityPlan {
  readonly name: string
  /** -1: the steps hold it. */
  readonly point: number
  readonly from: readonly number[]
  readonly worth: readonly number[]
  /** Length of a step; 0: it has none, or the point tells it. No window that is shorter says anything. */
  readonly stepMs: number
  /** It is within this share of the truth; NaN where not declared. */
  readonly accuracy: number
}

export interface CorePlan {
  /** Length of an interval. */
  lengthMs: number
  /** Readings up to so much behind their own point's newest still correct what was known. */
  latenessMs: number
  /** Readings up to so much behind the close mark still fill what was unknown. */
  backlogMs: number
  /** How far a device's clock may be ahead of ours. */
  skewMs: number
  /** How far the watermark trails the newest event time. */
  boundMs: number
  /** A site that is silent for longer holds no interval open. */
  idleMs: number
  /** An interval counts in a boundary if this share of it is known. */
  minCoverage: number
  timezone: string
  /** Of the air, by the site's altitude. */
  pressurePa: number
  /** Over what dew points below 0 °C are meant; over ice they are frost points. */
  freezingOver: 'water' | 'ice'
  points: readonly PointPlan[]
  pairs: readonly PairPlan[]
  trees: readonly TreePlan[]
  boundaries: readonly BoundaryPlan[]
  intensities: readonly IntensityPlan[]
  inlets: readonly InletPlan[]
  outdoor: readonly OutdoorPlan[]
  scopes: readonly ScopePlan[]
  /** Per gateway the points behind it. */
  gateways: readonly (readonly number[])[]
  /** Points that one device measures, where they are several. */
  devices: readonly (readonly number[])[]
  uplinks: readonly UplinkPlan[]
  /** Per point and per gateway the index of its uplink, -1: none. */
  uplinkOfPoint: readonly number[]
  uplinkOfGateway: readonly number[]
  sources: readonly SourcePlan[]
  /** Per point the index of its source. */
  sourceOf: readonly number[]
  airflows: readonly AirflowPlan[]
  numberings: readonly NumberingPlan[]
  windows: readonly WindowPlan[]
  alarms: AlarmsPlan
}

/** The clock alone closes intervals for so long; in a longer silence the next reading does. */
const IDLE_CAP_MS = 6 * 3_600_000

/** How many intervals behind the watermark the clock alone may close: at least up to the newest reading's. */
export function idleCapIntervals(plan: CorePlan): number {
  return Math.ceil(Math.max(IDLE_CAP_MS, plan.boundMs + plan.lengthMs) / plan.lengthMs)
}

/** Settlement waits for gaps of one of two sorts of points. */
type Settling = 'energy' | 'gauges'

/** The gap that settlement waits for. What a register bridges beyond its usual gap is a restatement. */
export function settlingGapMs(plan: CorePlan, of: Settling): number {
  const gaps = plan.points
    .filter((point) => settlingOf(point) === of)
    .map(({ kind, everyMs, maxGapMs }) => (kind === 'register' ? Math.max(3 * everyMs, 900_000) : maxGapMs))
  return gaps.reduce((most, it) => Math.max(most, it), 0)
}

function settlingOf({ kind }: PointPlan): Settling {
  return kind === 'gauge' ? 'gauges' : 'energy'
}

/**
 * Per point, how many intervals back from its newest are kept: those that readings can still change. An interval counts
 * in a boundary if all its points are known, so the longest bridge among them counts for all.
 */
export function reachIntervals(plan: CorePlan): Int32Array {
  const gapMs = Float64Array.from(plan.points, reachMs)
  for (const boundary of plan.boundaries) {
    const points = pointsEver(boundary)
    const longestMs = Math.max(0, ...points.map((point) => reachMs(plan.points[point]!)))
    for (const point of points) gapMs[point] = Math.max(gapMs[point]!, longestMs)
  }
  const openMs = plan.latenessMs + plan.boundMs + plan.skewMs + settlingGapMs(plan, 'energy')
  return Int32Array.from(gapMs, (ms) => Math.ceil((openMs + ms) / plan.lengthMs) + 4)
}

/** How many intervals back from the newest closed one windows can still change. */
export function horizonIntervals(plan: CorePlan, of: Settling): number {
  const openMs = plan.boundMs + plan.skewMs + plan.backlogMs
  return Math.max(recentIntervals(plan, of), Math.ceil(openMs / plan.lengthMs) + idleCapIntervals(plan) + 4)
}

/** The same where no unknown time is filled by a backlog. */
export function recentIntervals(plan: CorePlan, of: Settling): number {
  const gapMs = plan.points.reduce((most, it) => (settlingOf(it) === of ? Math.max(most, it.maxGapMs) : most), 0)
  const openMs = plan.boundMs + plan.skewMs + plan.latenessMs + gapMs + settlingGapMs(plan, of)
  return Math.ceil(openMs / plan.lengthMs) + idleCapIntervals(plan) + 4
}
