/**
 * The plan: what the core is told about a site, once, in base units (W, J, °C, %, Pa, ms). Points, boundaries, inlets and
 * scopes are known by their index from here on.
 */
import type { AlarmKind } from './alarm-kinds.ts'
import type { Envelope, Limits } from './limits.ts'

/** How a point's readings become energy, or that they do not (`gauge`). */
export const POINT_KINDS = ['power', 'mean', 'energy', 'register', 'gauge'] as const

export type PointKind = (typeof POINT_KINDS)[number]

export interface PointPlan {
  kind: PointKind
  /** Expected distance between two readings. */
  everyMs: number
  /** A longer segment (or hold) is a gap; for a register, `bridgeS`. */
  maxGapMs: number
  /** Power that is reported on change: the last value holds. */
  hold: boolean
  /** Smallest and largest plausible value, in base units; ∓Infinity where not declared. */
  min: number
  max: number
  /** Negative power or energy is a reading, not a fault (import and export). */
  signed: boolean
  /** Register modulus in joules; NaN where the register does not wrap. */
  rolloverJ: number
  /** Declared swaps of a register's meter, in rising time. */
  swaps: readonly SwapPlan[]
  /** Accuracy class as a share of the reading; NaN where not declared. */
  accuracy: number
  /** Class of the current transformer before the meter, as a share; 0 where none is declared. */
  ctAccuracy: number
  /** Transformers of one batch err alike; -1: this one errs by itself. */
  ctBatch: number
  /** How far a register may be from its meter's power over an hour, as a share. */
  driftShare: number
  /** Rated power in watts; NaN where not declared. */
  maxW: number
  /** How far back its samples are asked for, beside what may still change: for rates of change. */
  lookBackMs: number
  /** What can be believed of it, where it is a gauge. */
  sensor: SensorPlan
}

/** What can be believed of a gauge, in base units. */
export interface SensorPlan {
  /** Outside of these no air or water of ours is: such a reading says nothing. */
  readonly lowest: number
  readonly highest: number
  /** What devices send in place of a reading: the power-on value, no sensor, all bits set. */
  readonly sentinels: readonly number[]
  /** Above it, up to `highest`, a reading counts as this: humidity may be told as a little more than all. */
  readonly clampAbove: number
  /** A single reading that leaves its neighbours by more than this and returns is a spike. */
  readonly jump: number
  /** How long it may repeat one value, and still be believed to be alive. */
  readonly stuckMs: number
}

/** A register's meter was replaced: the old one showed `closingJ` last, the new one began with `openingJ`. */
export interface SwapPlan {
  atMs: number
  closingJ: number
  openingJ: number
}

/** One meter's register and what it says of power: they should agree. */
export interface PairPlan {
  register: number
  power: number
}

/** What is fed from a meter: together no more than the meter itself. */
export interface TreePlan {
  parent: number
  children: readonly number[]
}

/** A term of a sum: in each interval the first alternative that is known counts. */
export interface TermPlan {
  /** As a person would call it. */
  label: string
  alternatives: readonly AlternativePlan[]
}

/** A sum of points, each with its factor, and a constant. */
export interface AlternativePlan {
  label: string
  /** Metered energy. */
  measured: readonly LeafPlan[]
  /** Energy by estimate: shares of points, and every point of a fallback. */
  estimated: readonly LeafPlan[]
  /** A declared load, estimated too, W. */
  constantW: number
}

/** One meter by its points: the first that is known counts, so a register goes before its meter's power. */
export interface LeafPlan {
  points: readonly number[]
  factor: number
}

/** Where energy is lost between facility and IT, in the order of their fields in a row. */
export const LOSSES = ['ups', 'distribution', 'cooling'] as const

export type Loss = (typeof LOSSES)[number]

export interface BoundaryPlan {
  facility: readonly TermPlan[]
  it: readonly TermPlan[]
  losses: Readonly<Partial<Record<Loss, readonly TermPlan[]>>>
  /** A part of a data centre: its quotient is a pPUE. */
  part: boolean
  /** A PUE above it is suspect. */
  suspectAbove: number
  /** What the PUE of 24 h should stay below; NaN: there is no target. */
  targetPue: number
}

/** Points of all alternatives of terms, each once. */
export function pointsOf(terms: readonly TermPlan[]): number[] {
  const leaves = terms.flatMap(({ alternatives }) => alternatives.flatMap((it) => [...it.measured, ...it.estimated]))
  return [...new Set(leaves.flatMap(({ points }) => points))]
}

/** All terms of a boundary, those of its losses included. */
export function termsOf({ facility, it, losses }: BoundaryPlan): TermPlan[] {
  return [...facility, ...it, ...LOSSES.flatMap((loss) => losses[loss] ?? [])]
}

export interface InletPlan {
  dryBulb: number
  /** Point of relative humidity, or -1. */
  humidity: number
  /** Point of dew point, or -1. */
  dewPoint: number
  /** Of two that are both known, the dew point counts; else the humidity. */
  dewPointFirst: boolean
  /** Where humidity and dew point are another inlet's: its dry bulb, else -1. */
  otherDryBulb: number
  /** Point of the exhaust's temperature, or -1. */
  outlet: number
  /** Tape has limits of its own for the rate of change. */
  tape: boolean
  envelope: Envelope
}

/** Points of a hall's air handling: what it supplies and takes back. */
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

/** One alarm's rule: how long a breach (its end) must hold, and how far back the value must fall. */
export interface RulePlan {
  enabled: boolean
  onDelayMs: number
  offDelayMs: number
  deadband: number
  /** Over, it still waits to be reset; over and not acknowledged, it still waits for that. */
  latch: boolean
  acknowledge: boolean
}

/** Dry bulb limits of a thermal alarm at one inlet, °C, both allowed; ∓Infinity: none. */
export interface LimitPlan {
  minC: number
  maxC: number
}

export interface CorePlan {
  lengthMs: number
  latenessMs: number
  skewMs: number
  boundMs: number
  idleMs: number
  minCoverage: number
  timezone: string
  pressurePa: number
  /** Dew points below 0 °C are frost points. */
  overIce: boolean
  points: readonly PointPlan[]
  pairs: readonly PairPlan[]
  trees: readonly TreePlan[]
  boundaries: readonly BoundaryPlan[]
  inlets: readonly InletPlan[]
  scopes: readonly ScopePlan[]
  /** Points behind each gateway. */
  gateways: readonly (readonly number[])[]
  airflows: readonly AirflowPlan[]
  windows: readonly WindowPlan[]
  alarms: {
    rules: Readonly<Record<AlarmKind, RulePlan>>
    /** Per inlet. */
    recommended: readonly LimitPlan[]
    allowable: readonly LimitPlan[]
    moisture: readonly Limits[]
    moistureDeadbandPct: number
    leastCoverage: number
    /** Silence after which a point is stale (the on-delay comes on top), per point. */
    staleAfterMs: readonly number[]
    /** Sources of each kind whose alarm is out of service. */
    out: ReadonlyMap<AlarmKind, ReadonlySet<number>>
  }
}

/** Longest time for which intervals are closed by the clock alone; longer silences wait for the next reading. */
const IDLE_CAP_MS = 6 * 3_600_000

/** Behind the watermark; at least up to the interval of the newest reading, however far that is ahead of it. */
export function idleCapIntervals(plan: CorePlan): number {
  return Math.ceil(Math.max(IDLE_CAP_MS, plan.boundMs + plan.lengthMs) / plan.lengthMs)
}

/** The gap that settlement waits for. A register's bridge is a restatement, so only its usual gap counts. */
export function settlingGapMs(plan: CorePlan, energy: boolean): number {
  let gapMs = 0
  for (const point of plan.points) {
    if ((point.kind !== 'gauge') !== energy) continue
    gapMs = Math.max(gapMs, point.kind === 'register' ? Math.max(3 * point.everyMs, 900_000) : point.maxGapMs)
  }
  return gapMs
}

/**
 * Intervals, counted back from a point's newest, that its readings can still change or that others may still ask for:
 * points of one boundary are masked together, so the longest bridge among them counts for all.
 */
export function reachIntervals(plan: CorePlan): Int32Array {
  const gapMs = Float64Array.from(plan.points, (point) => point.maxGapMs)
  for (const boundary of plan.boundaries) {
    const points = pointsOf(termsOf(boundary))
    const longestMs = Math.max(0, ...points.map((point) => plan.points[point]!.maxGapMs))
    for (const point of points) gapMs[point] = Math.max(gapMs[point]!, longestMs)
  }
  const settlingMs = settlingGapMs(plan, true)
  const openMs = plan.latenessMs + plan.boundMs + plan.skewMs + settlingMs
  return Int32Array.from(gapMs, (ms) => Math.ceil((openMs + ms) / plan.lengthMs) + 4)
}

/** Intervals, counted back from the newest closed, whose windows can still change. */
export function horizonIntervals(plan: CorePlan, energy: boolean): number {
  let gapMs = 0
  for (const point of plan.points) if ((point.kind !== 'gauge') === energy) gapMs = Math.max(gapMs, point.maxGapMs)
  const openMs = plan.latenessMs + plan.boundMs + plan.skewMs + gapMs + settlingGapMs(plan, energy)
  return Math.ceil(openMs / plan.lengthMs) + idleCapIntervals(plan) + 4
}
