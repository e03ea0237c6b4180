import { adoptPastAir, createPastAir, type PastAir } from '../../core/air/past/past-air.ts'
import { closeCompliance } from '../../core/air/compliance.ts'
import { correctBacklog } from '../../core/air/recount.ts'
import { replacedForRates, settleRates } from '../../core/air/rate.ts'
import { catchUp } from '../../core/closing.ts'
import { runWhole } from '../../core/contract/work.ts'
import { forgetGapsBefore } from '../../core/energy/gaps.ts'
import {
  addPastReading,
  createPastReadings,
  holdPast,
  samplesOfPast,
  type PastReadings,
} from '../../core/energy/past.ts'
import { replaceSamples } from '../../core/energy/restate.ts'
import { createSamples } from '../../core/energy/samples.ts'
import { neededFromMs } from '../../core/placing.ts'
import type { Core } from '../../core/state.ts'
import type { Load } from '../../fold/configurations.ts'
import type { Site } from '../../site/site.ts'
import { walkJournal, type JournalReading, type ReportWalked, type Survey } from '../journal.ts'
import type { MemoryLimits } from '../points.ts'
import type { Rewrite } from '../rows.ts'
import { createLateTeller } from './late.ts'
import { createAirRows } from './rows.ts'
import { affectedBy, airSpanOf, type Affected, type AirSpan } from './span.ts'

/** What of the air changed. */
export interface AirChange {
  /** Inlets of which rows were written again. */
  readonly inlets: number
  /** Rows that were written again, by table. */
  readonly rows: { readonly climate: number; readonly compliance: number }
  /** Breaches that are told `late`. */
  readonly late: number
  readonly notes: readonly string[]
}

export const SAME_AIR: AirChange = { inlets: 0, rows: { climate: 0, compliance: 0 }, late: 0, notes: [] }

/** What air is folded again from, and where its rows go. */
export interface AirFold {
  readonly site: Site
  readonly reading: JournalReading
  readonly core: Core
  readonly survey: Survey
  readonly rewrite: Rewrite
  readonly limits: MemoryLimits
  /** First event time that is asked for, and arrival time of the newest entry; epoch ms. */
  readonly fromMs: number
  readonly nowMs: number
  readonly loads: readonly Load[]
}

/** Writes the corrections of the air that wait, so that nothing of it is left to be judged by samples of now. */
export function writeWaitingAir(core: Core): void {
  if (!core.hasClosed) return
  catchUp(core)
  runWhole(correctBacklog(core.compliance, core.settledAir, core.sink))
}

/**
 * Judges the air again, in the order of event time, from where is asked up to now. It writes the rows that
 * differ, of the inlets that have readings which came late, their racks, halls and the site. The core knows the air of
 * that time as it is then.
 */
export async function foldAir(fold: AirFold, walked: ReportWalked): Promise<AirChange> {
  const { core, survey } = fold
  const rewrite = { ...fold.rewrite, settledMs: core.settledAir * core.plan.lengthMs }
  const affected = affectedBy(core.plan, fold.reading.first === undefined ? 'all' : survey.air.late)
  if (affected.inlets.size === 0) return SAME_AIR
  const span = airSpanOf(fold)
  if (span.since >= span.to) return { ...SAME_AIR, notes: [span.note ?? ''] }
  const samples = createSamples(core.plan)
  const past = createPastAir(core.compliance, samples, span)
  openInlets(past, fold)
  const rows = createAirRows({ ...fold, rewrite, past, affected, span })
  const late = createLateTeller({ ...fold, affected, samples })
  let readings: PastReadings | undefined
  for (let from = span.from; from < span.to;) {
    const { to, held } = await gather(fold, span, from, walked)
    holdPast(samples, held)
    for (let interval = from; interval < to; interval++) {
      runWhole(closeCompliance(past.compliance, interval, rows.sink))
      rows.noteKnown(interval)
      if (rows.isFull(interval)) await rows.flush()
    }
    await late.tell(Math.max(from, span.since), to)
    readings = held
    from = to
  }
  await rows.flush()
  if (rows.counts.climate + rows.counts.compliance > 0 && readings !== undefined) {
    adoptPastAir(core.compliance, past, span.since)
    adoptSamples(core, readings, affected)
  }
  const lost =
    rows.lost > 0
      ? [`${rows.lost} rows of longer windows of the air stay as they are: they begin before what is known`]
      : []
  return {
    inlets: rows.changed.size,
    rows: rows.counts,
    late: late.told(),
    notes: [...(span.note === undefined ? [] : [span.note]), ...lost],
  }
}

/** Lets inlets begin with the oldest reading of the journal, where they did not earlier. */
function openInlets({ compliance: { plan, first, inletsOf } }: PastAir, { survey }: AirFold): void {
  for (const [point, inlets] of inletsOf.entries()) {
    const oldest = Math.floor((survey.air.oldestMs[point] ?? Infinity) / plan.lengthMs)
    for (const inlet of inlets) first[inlet] = Math.min(first[inlet] ?? Infinity, oldest)
  }
}

/** The readings of a stretch that begins with an interval, as long as memory holds them, and what is around them. */
async function gather(
  { reading, core, rewrite, limits }: AirFold,
  span: AirSpan,
  from: number,
  walked: ReportWalked,
): Promise<{ to: number; held: PastReadings }> {
  const { plan, compliance } = core
  const { lengthMs } = plan
  const isOfAir = (point: number) =>
    (compliance.inletsOf[point]?.length ?? 0) > 0 || (compliance.airflow.airflowsOf[point]?.length ?? 0) > 0
  for (let length = span.to - from; ; length = Math.max(1, Math.floor(length / 2))) {
    const to = Math.min(span.to, from + length)
    const upToMs = to === span.to ? Infinity : to * lengthMs
    const held = createPastReadings(plan.points, from * lengthMs - span.lookBackMs, upToMs)
    let isWhole = true
    const hear = (point: number, tMs: number, value: number) => {
      if (isWhole) addPastReading(held, point, tMs, value)
      if (held.total > limits.readings && length > 1) isWhole = false
    }
    await walkJournal(reading, rewrite.store, isOfAir, hear, walked)
    if (isWhole) return { to, held }
  }
}

/** Replaces the core's samples of what came late: what comes next falls between the right neighbours. */
function adoptSamples(core: Core, readings: PastReadings, { points }: Affected): void {
  const { compliance, samples, gaps, nextClose, plan } = core
  for (const point of points) {
    replaceSamples(samples, point, samplesOfPast(readings, point), neededFromMs(core, point))
    // What is folded again knows readings that the core does not hold: it cannot take a later one among them.
    forgetGapsBefore(gaps, point, nextClose * plan.lengthMs)
    replacedForRates(compliance.rates, point)
  }
  // What their spans change is judged already
  settleRates(compliance.rates, nextClose, new Set())
}
