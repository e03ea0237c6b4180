import { firstCoveredInterval, keptFromMs } from '../core/core.ts'
import { writeEnergyRow } from '../core/energy/energy.ts'
import { slotOfInterval, type Intervals } from '../core/energy/intervals.ts'
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
import { walkJournal, type Survey, type Walked } from './journal.ts'
import { GROUP_ROWS, rewriteRows, type Revised, type Rewrite } from './rows.ts'
import type { Span } from './span.ts'
import { compareBins, type Corrections } from './windows.ts'
import type { Site } from '../site/site.ts'
import { createRowSink, type Row } from '../rows/rows.ts'

/** What changed of one point. */
export interface PointChange {
  readonly point: string
  /** Intervals that changed, and their energy before and after, J. */
  intervals: number
  beforeJ: number
  afterJ: number
}

/** What is held in memory at a time: cells of a stretch (point × interval, 20 bytes) and readings (16 bytes). */
export interface Limits {
  readonly cells: number
  readonly readings: number
}

/** About 200 MB, twice that for a moment. */
export const LIMITS: Limits = { cells: 6_000_000, readings: 5_000_000 }

interface Work {
  readonly site: Site
  readonly core: Core
  readonly span: Span
  readonly survey: Survey
  readonly rewrite: Rewrite
  readonly limits: Limits
  readonly changes: Map<number, PointChange>
  adopted: boolean
}

/**
 * Folds the energy points again, stretch by stretch, and writes the rows of their intervals that changed; the core's own
 * intervals and samples are put right, and what boundaries make of them is gathered in `corrections`.
 */
export async function foldPoints(
  site: Site,
  core: Core,
  span: Span,
  survey: Survey,
  rewrite: Rewrite,
  corrections: Corrections,
  limits: Limits,
  walked: Walked,
): Promise<{ points: PointChange[]; adopted: boolean }> {
  const work: Work = { site, core, span, survey, rewrite, limits, changes: new Map(), adopted: false }
  const isEnergy = core.plan.points.map(({ kind }) => kind !== 'gauge')
  const length = Math.max(60, Math.floor(limits.cells / isEnergy.filter(Boolean).length))
  for (let from = span.from; from < span.upTo; from += length) {
    const to = Math.min(from + length, span.upTo)
    const stretch = createPastIntervals(core.plan.lengthMs, isEnergy, from, to)
    for (const point of core.energy.points) {
      copyHeldIntervals(core.intervals, stretch, point, from, Math.min(to, span.since[point] ?? Infinity))
    }
    await foldInPasses(work, stretch, from, to, walked)
    compareBins(core, span, stretch, from, Math.min(to, span.to), corrections)
  }
  return { points: [...work.changes.values()], adopted: work.adopted }
}

/** As many points at a time as the memory holds readings of; at least one. */
async function foldInPasses(work: Work, stretch: Intervals, from: number, to: number, walked: Walked): Promise<void> {
  const { site, core, span } = work
  const { lengthMs } = core.plan
  const left = new Set([...core.energy.points].filter((point) => (span.since[point] ?? Infinity) < to))
  while (left.size > 0) {
    const past = createPastReadings(
      core.plan.points.length,
      from * lengthMs,
      to === span.upTo ? Infinity : to * lengthMs,
    )
    const now = new Set(left)
    const hear = (point: number, tMs: number, value: number): void => {
      if (!now.has(point)) return
      addPastReading(past, point, tMs, value)
      if (past.total > work.limits.readings) putOff(now, past)
    }
    await walkJournal(site, work.rewrite.store, (point) => left.has(point), hear, walked)
    for (const point of now) {
      left.delete(point)
      await foldPoint(
        work,
        stretch,
        point,
        samplesOfPast(past, point),
        Math.max(from, span.since[point] ?? Infinity),
        to,
      )
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
  stretch: Intervals,
  point: number,
  samples: Samples,
  from: number,
  to: number,
): Promise<void> {
  const { core, span, survey } = work
  const plan = core.plan.points[point]
  if (plan === undefined) return
  foldPastIntervals(stretch, point, plan, samples, from, to, core.nextClose * core.plan.lengthMs)
  const oldestMs = survey.oldestMs[point] ?? Infinity
  if (oldestMs !== Infinity) {
    const first = Math.max(span.since[point] ?? Infinity, firstCoveredInterval(core.plan.lengthMs, plan, oldestMs))
    openPoint(core.intervals, point, first, span.present && to === span.upTo ? to - 1 : -Infinity, core.nextClose)
  }
  const rowsTo = Math.min(to, span.to)
  for (let group = from; group < rowsTo; group += GROUP_ROWS) {
    const revised = await rewriteIntervals(work, stretch, point, group, Math.min(rowsTo, group + GROUP_ROWS))
    noteRevised(work, point, revised)
  }
  if (replaceIntervals(core.intervals, stretch, point, from, to)) work.adopted = true
  if (span.present && to === span.upTo && replaceSamples(core.samples, point, samples, keptFromMs(core)))
    work.adopted = true
}

async function rewriteIntervals(work: Work, stretch: Intervals, point: number, from: number, to: number) {
  const { site, core, rewrite } = work
  const rows: Row[] = []
  const sink = createRowSink(site, (row) => rows.push(row))
  for (let interval = Math.max(from, core.intervals.firstHeard[point] ?? Infinity); interval < to; interval++) {
    writeEnergyRow(stretch, point, interval, slotOfInterval(stretch, point, interval), 'restated', sink)
  }
  // A silence of days is not told interval by interval: what is still nothing stays untold.
  const isEmpty = new Set(rows.filter(({ fields }) => fields['coverage'] === 0).map(({ timeMs }) => timeMs))
  const isNew = (timeMs: number) =>
    !isEmpty.has(timeMs) || timeMs <= core.quietFrom * stretch.lengthMs || timeMs > core.quietTo * stretch.lengthMs
  return rewriteRows(rewrite, rows, isNew)
}

/** Counts what changed, and lets the core's revisions go on from there. */
function noteRevised({ site, core, changes }: Work, point: number, revised: readonly Revised[]): void {
  const name = site.points[point] ?? ''
  const settledMs = core.settledEnergy * core.plan.lengthMs
  for (const { timeMs, before, after, revision } of revised) {
    const change = changes.get(point) ?? { point: name, intervals: 0, beforeJ: 0, afterJ: 0 }
    changes.set(point, change)
    change.intervals++
    change.beforeJ += joulesOf(before)
    change.afterJ += joulesOf(after)
    const slot = slotOfInterval(core.intervals, point, timeMs / core.plan.lengthMs - 1)
    if (slot >= 0) core.intervals.rowState[slot] = rowStateOf(revision, timeMs <= settledMs ? 'settled' : 'provisional')
  }
}

/** An interval of which nothing is known adds nothing to a sum. */
function joulesOf(fields: Readonly<Record<string, unknown>> | undefined): number {
  const joules = fields?.['energy_j']
  return typeof joules === 'number' ? joules : 0
}
