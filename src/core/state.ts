import { createAlarms } from './alarms/alarms.ts'
import type { Alarms } from './alarms/alarm-state.ts'
import { createCompliance, type Compliance } from './air/compliance.ts'
import { createComparisons, type Comparison } from './quality/drift.ts'
import { energyPoints, type Energy } from './energy/energy.ts'
import { createIntervals, type Intervals } from './energy/intervals.ts'
import { createGaps, type Gaps } from './energy/gaps.ts'
import { holdingPoints } from './energy/join.ts'
import { createLivePue, type LivePue } from './energy/quotients/live.ts'
import { createNumbering, type Numbering } from './numbering.ts'
import { horizonIntervals, settlingGapMs, type CorePlan } from './contract/plan.ts'
import type { Planned } from './contract/planned.ts'
import { createAllQuotients, createQuotientBase, type Quotients } from './energy/quotients/quotients.ts'
import { createQuality, type Quality } from './quality/quality.ts'
import { createHourMeans } from './quality/hour-means.ts'
import { createSensors, type Sensors } from './quality/sensors.ts'
import { createReadings, type Readings } from './air/reading.ts'
import { createRetention, type Retention } from './energy/retention.ts'
import { createSamples, type Samples } from './energy/samples.ts'
import type { Sink } from './contract/sink.ts'
import { createSkews, type Skews } from './skew.ts'
import { createWatermark, type Watermark } from './watermark.ts'
import { createPeriods } from './windows/window.ts'

/**
 * All state of a site. It has no clock: event time `tMs` and arrival time `nowMs` come with each call, and `nowMs`
 * falls only in `stepInSteps`. The same calls in the same order give the same results to the last bit.
 *
 * ```
 *             settledEnergy           nextClose
 * ... settled | closed, provisional   | open ...      intervals of energy; of air up to settledAir
 * ```
 */
export interface Core {
  readonly plan: CorePlan
  readonly sink: Sink
  readonly mark: Watermark
  readonly samples: Samples
  readonly intervals: Intervals
  readonly gaps: Gaps
  readonly retention: Retention
  /** How many intervals waited at the last whole minute, and for how many minutes the first has. */
  readonly backlog: { deferred: number; minutes: number }
  /** Points whose last value holds until the next one. */
  readonly holdingPoints: Int32Array
  readonly energy: Energy
  /** The PUE of each boundary, and behind it the indicators of those that have any. */
  readonly quotients: readonly [Quotients, ...Quotients[]]
  readonly pue: Quotients
  readonly compliance: Compliance
  readonly planned: Planned
  readonly readings: Readings
  readonly quality: Quality
  readonly comparisons: readonly Comparison[]
  readonly sensors: Sensors
  readonly alarms: Alarms
  readonly live: LivePue
  readonly numbering: Numbering
  readonly skews: Skews
  /** Arrival time of the reading or tick that is folded; NaN before the first. */
  nowMs: number
  /** Arrival time of the next tick; NaN before the first packet. */
  nextTickMs: number
  /** Intervals before it are closed; NaN before the first reading. */
  nextClose: number
  /** Whether an interval has been closed. */
  hasClosed: boolean
  /** Intervals before it are settled: of energy, and of air. */
  settledEnergy: number
  settledAir: number
  readonly gapEnergyMs: number
  readonly gapAirMs: number
  /** The last intervals without rows of their own, because the site had been silent for days: from, and before. */
  quietFrom: number
  quietTo: number
}

/** What closes while a reading is on its way. */
const AIR_MARGIN = 4

export function createCore(plan: CorePlan, sink: Sink): Core {
  const samples = createSamples(plan)
  const intervals = createIntervals(plan)
  const periods = createPeriods(plan.timezone, plan.lengthMs)
  const base = createQuotientBase(plan, intervals, periods)
  const quotients = createAllQuotients(base)
  const compliance = createCompliance(plan, samples, periods, base.restated)
  const gaps = createGaps(plan, (horizonIntervals(plan, 'gauges') - AIR_MARGIN) * plan.lengthMs)
  return {
    plan,
    sink,
    mark: createWatermark(plan.boundMs, plan.idleMs),
    samples,
    intervals,
    gaps,
    retention: createRetention(plan, gaps),
    backlog: { deferred: 0, minutes: 0 },
    holdingPoints: holdingPoints(plan),
    energy: { plan, intervals, points: energyPoints(plan), restated: base.restated },
    quotients,
    pue: quotients[0],
    compliance,
    planned: compliance.planned,
    readings: createReadings(plan, samples),
    quality: createQuality(plan),
    comparisons: createComparisons(plan, quotients[0].seriesOf),
    sensors: createSensors(plan, createHourMeans(plan, samples)),
    alarms: createAlarms(plan),
    live: createLivePue(plan, intervals),
    numbering: createNumbering(plan.numberings.length),
    skews: createSkews(plan),
    nowMs: NaN,
    nextTickMs: NaN,
    nextClose: NaN,
    hasClosed: false,
    settledEnergy: NaN,
    settledAir: NaN,
    gapEnergyMs: settlingGapMs(plan, 'energy'),
    gapAirMs: settlingGapMs(plan, 'gauges'),
    quietFrom: Infinity,
    quietTo: -Infinity,
  }
}
