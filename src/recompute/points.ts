import { forgetGapsBefore } from '../core/energy/gaps.ts'
import { firstCoveredInterval, keptFromMs } from '../core/placing.ts'
import { writeAmountRow } from '../core/energy/energy.ts'
import { slotOfInterval, type Intervals } from '../core/energy/intervals.ts'
import { judgeAllLone } from '../core/energy/lone.ts'
import { noteRestated } from '../core/energy/restated.ts'
import { REASONS } from '../core/contract/tables.ts'
import {
  addPastReading,
  createPastReadings,
  dropPastReadings,
  samplesOfPast,
  type PastReadings,
} from '../core/energy/past.ts'
import {
  replaceIntervals,
  replaceSamples,
  copyHeldIntervals,
  createPastIntervals,
  foldPastIntervals,
  openPoint,
} from '../core/energy/restate.ts'
import type { Samples } from '../core/energy/samples.ts'
import type { Core } from '../core/state.ts'
import { rowStateOf } from '../core/windows/row-state.ts'
import { walkJournal, type JournalReading, type Survey, type ReportWalked } from './journal.ts'
import { GROUP_ROWS, rewriteRows, type Revised, type Rewrite } from './rows.ts'
import type { Reason } from './reasons.ts'
import type { FoldedStretch, RecomputedSpan } from './span.ts'
import { compareBins, type Corrections } from './windows.ts'
import type { Amount } from '../core/contract/quotients.ts'
import type { Site } from '../site/site.ts'
import { createRowSink, type Row } from '../rows/rows.ts'

/** What changed of one point. */
export interface PointChange {
  readonly point: string
  /** Of a meter of water. */
  readonly amount?: 'water'
  /** Intervals that changed, and their energy before and after, J; of water L. */
  intervals: number
  beforeJ: number
  afterJ: number
}

/** What may be held in memory at a time: cells (point × interval, 20 bytes each) and readings (16 bytes each). */
export interface MemoryLimits {
  readonly cells: number
  readonly readings: number
}

/** About 200 MB, and for a moment twice that. */
export const MEMORY_LIMITS: MemoryLimits = { cells: 6_000_000, readings: 5_000_000 }

/** What points are folded from. The outcome goes to `rewrite` (rows) and `corrections` (changes of boundaries). */
interface PointFold {
  readonly site: Site
  readonly reading: JournalReading
  readonly core: Core
  readonly span: RecomputedSpan
  readonly survey: Survey
  readonly rewrite: Rewrite
  readonly corrections: Corrections
  readonly limits: MemoryLimits
  /** Why numbers of a point change. */
  readonly reasonOf: (point: number) => Reason
}

interface Work extends PointFold {
  readonly changes: Map<number, PointChange>
  adopted: boolean
}

/**
 * Folds the energy points again, one stretch of intervals after the other, and writes the rows that changed.
 * The intervals and samples that the core holds are corrected. `adopted`: some of them were.
 */
export async function foldPoints(
  fold: PointFold,
  walked: ReportWalked,
): Promise<{ points: PointChange[]; adopted: boolean }> {
  const { core, span, limits, corrections } = fold
  const work: Work = { ...fold, changes: new Map(), adopted: false }
  const isEnergy = core.plan.points.map(({ kind }) => kind !== 'gauge')
  const length = Math.max(60, Math.floor(limits.cells / isEnergy.filter(Boolean).length))
  for (let from = span.from; from < span.upTo; from += length) {
    const to = Math.min(from + length, span.upTo)
    const intervals = createPastIntervals(core.plan.lengthMs, isEnergy, from, to)
    const stretch: FoldedStretch = { intervals, from, to }
    for (const point of core.energy.points) {
      copyHeldIntervals(core.intervals, intervals, point, from, Math.min(to, span.since[point] ?? Infinity))
    }
    await foldInPasses(work, stretch, walked)
    compareBins(span, stretch, corrections)
  }
  return { points: [...work.changes.values()], adopted: work.adopted }
}

/** Folds as many points at a time as memory holds readings of, and at least one: each pass walks the journal once. */
async function foldInPasses(work: Work, stretch: FoldedStretch, walked: ReportWalked): Promise<void> {
  const { reading, core, span } = work
  const { from, to } = stretch
  const { lengthMs } = core.plan
  const left = new Set([...core.energy.points].filter((point) => (span.since[point] ?? Infinity) < to))
  while (left.size > 0) {
    const past = createPastReadings(core.plan.points, from * lengthMs, to === span.upTo ? Infinity : to * lengthMs)
    const now = new Set(left)
    const hear = (point: number, tMs: number, value: number): void => {
      if (!now.has(point)) return
      addPastReading(past, point, tMs, value)
      if (past.total > work.limits.readings) putOff(now, past)
    }
    await walkJournal(reading, work.rewrite.store, (point) => left.has(point), hear, walked)
    for (const point of now) {
      left.delete(point)
      await foldPoint(work, stretch, point, samplesOfPast(past, point))
      dropPastReadings(past, point)
    }
  }
}

/** Leaves the last of the points to the next pass. */
function putOff(now: Set<number>, past: PastReadings): void {
  if (now.size === 1) return
  const last = Math.max(...now)
  now.delete(last)
  dropPastReadings(past, last)
}

async function foldPoint(
  work: Work,
  { intervals: stretch, from: start, to }: FoldedStretch,
  point: number,
  samples: Samples,
): Promise<void> {
  const { core, span, survey } = work
  const from = Math.max(start, span.since[point] ?? Infinity)
  const plan = core.plan.points[point]
  if (plan === undefined) return
  judgeAllLone(samples, core.samples, point, plan, (core.intervals.firstHeard[point] ?? Infinity) * core.plan.lengthMs)
  foldPastIntervals(stretch, point, plan, samples, from, to, core.nextClose * core.plan.lengthMs)
  const oldestMs = survey.oldestMs[point] ?? Infinity
  if (oldestMs !== Infinity) {
    const first = Math.max(span.since[point] ?? Infinity, firstCoveredInterval(core.plan.lengthMs, plan, oldestMs))
    openPoint(core.intervals, point, first, span.present && to === span.upTo ? to - 1 : -Infinity, core.nextClose)
  }
  // Rows `reading` have no revision, and those of gauges stay as they are, too
  const rowsTo = plan.amount === 'temperature' ? from : Math.min(to, span.to)
  for (let group = from; group < rowsTo; group += GROUP_ROWS) {
    const revised = await rewriteIntervals(work, stretch, point, group, Math.min(rowsTo, group + GROUP_ROWS))
    noteRevised(work, point, revised)
  }
  if (replaceIntervals(core.intervals, stretch, point, from, to)) work.adopted = true
  // What is folded again knows readings that the core does not hold: it cannot take a later one among them.
  forgetGapsBefore(core.gaps, point, to * core.plan.lengthMs)
  if (span.present && to === span.upTo && replaceSamples(core.samples, point, samples, keptFromMs(core, point)))
    work.adopted = true
}

async function rewriteIntervals(work: Work, stretch: Intervals, point: number, from: number, to: number) {
  const { site, core, rewrite } = work
  const rows: Row[] = []
  const sink = createRowSink(site, (row) => rows.push(row))
  for (let interval = Math.max(from, core.intervals.firstHeard[point] ?? Infinity); interval < to; interval++) {
    writeAmountRow(core.plan, stretch, point, interval, slotOfInterval(stretch, point, interval), 'restated', sink)
  }
  // A silence of days has no row for each interval: an interval that is still unknown gets none.
  const isEmpty = new Set(rows.filter(({ fields }) => fields['coverage'] === 0).map(({ timeMs }) => timeMs))
  const isNew = (timeMs: number) =>
    !isEmpty.has(timeMs) || timeMs <= core.quietFrom * stretch.lengthMs || timeMs > core.quietTo * stretch.lengthMs
  return rewriteRows(rewrite, rows, isNew)
}

/** Counts what changed, and sets the revisions that the core goes on from. */
function noteRevised({ site, core, changes, reasonOf }: Work, point: number, revised: readonly Revised[]): void {
  const name = site.points[point] ?? ''
  const amount = core.plan.points[point]?.amount ?? 'energy'
  const settledMs = core.settledEnergy * core.plan.lengthMs
  const { restated } = core.pue
  for (const { timeMs, before, after, revision } of revised) {
    const change = changes.get(point) ?? {
      point: name,
      ...(amount === 'water' && { amount }),
      intervals: 0,
      beforeJ: 0,
      afterJ: 0,
    }
    changes.set(point, change)
    change.intervals++
    if (timeMs <= settledMs) {
      const field = AMOUNT_FIELD[amount]
      const numbers = { old: Number(before?.[field] ?? NaN), new: Number(after[field] ?? NaN) }
      restated.reason = REASONS.indexOf(reasonOf(point))
      noteRestated(restated, point, 'interval', timeMs / core.plan.lengthMs, numbers)
    }
    change.beforeJ += amountIn(before, amount)
    change.afterJ += amountIn(after, amount)
    const slot = slotOfInterval(core.intervals, point, timeMs / core.plan.lengthMs - 1)
    if (slot >= 0) core.intervals.rowState[slot] = rowStateOf(revision, timeMs <= settledMs ? 'settled' : 'provisional')
  }
}

/** An interval of which nothing is known adds nothing to the sum. */
function amountIn(fields: Readonly<Record<string, unknown>> | undefined, amount: Amount): number {
  const found = fields?.[AMOUNT_FIELD[amount]]
  return typeof found === 'number' ? found : 0
}

const AMOUNT_FIELD: Readonly<Record<Amount, string>> = {
  energy: 'energy_j',
  water: 'water_l',
  intensity: 'g_per_kwh',
  temperature: 'mean',
}
