import assert from 'node:assert/strict'
import { payOwed } from '../core/energy/owed.ts'
import { keptFromMs } from '../core/placing.ts'
import { takeRows } from '../fold/outputs.ts'
import { foldEntry, openFold, takeSnapshot, type Fold } from '../fold/fold.ts'
import { OWN_TOPIC } from '../ingest/own-entry.ts'
import { formatInstant } from '../ingest/times.ts'
import { sureFrom } from './counting.ts'
import { surveyJournal, type ReportWalked } from './journal.ts'
import { oldestHeldBin } from '../core/windows/restate.ts'
import { foldPoints, MEMORY_LIMITS, type MemoryLimits, type PointChange } from './points.ts'
import type { Rewrite } from './rows.ts'
import { spanOf, type RecomputedSpan } from './span.ts'
import { createCorrections, rewriteWindows, type BoundaryChange } from './windows.ts'
import type { Site } from '../site/site.ts'
import type { Store } from '../store/types.ts'

export interface RecomputeOptions {
  /** Event times; epoch ms. */
  fromMs: number
  toMs: number
  /** Only find out what would change. */
  dryRun: boolean
  /** What may be held in memory at a time: less means more walks through the journal. */
  limits?: MemoryLimits
  /** Gets now and then what is being done, and the share of it that is done. */
  onProgress: (what: string, share: number) => void
}

/** What a recompute changed, or on a dry run would have changed. Joules. */
export interface Difference {
  /** The time whose intervals were folded again, epoch ms; NaN where none could be. */
  readonly fromMs: number
  readonly toMs: number
  /** Energy readings in it, and how many of them were too late when they came. */
  readonly readings: number
  readonly tooLate: number
  readonly points: readonly PointChange[]
  readonly boundaries: readonly BoundaryChange[]
  readonly rows: number
  /** What was not done, or not as asked, in sentences. */
  readonly notes: readonly string[]
}

/**
 * Folds journalled readings again under the present configuration of the site, also those that came too late. Corrected
 * rows of energies and windows are written in one commit with the corrected core. No daemon may hold the store. Rejects
 * with an Error when the store fails; then nothing is changed.
 */
export async function recompute(site: Site, store: Store, options: RecomputeOptions): Promise<Difference> {
  const { fromMs, toMs, dryRun, limits = MEMORY_LIMITS, onProgress } = options
  onProgress('reading the store', 0)
  // Rows of packets that no commit has taken yet go first: they are the newest of their series
  const stageRows = async ({ outputs, book }: Fold) => {
    if (outputs.frames.rows > 0) await store.stage(takeRows(outputs, book))
  }
  const fold = await openFold(site, store, { onBatch: stageRows })
  const { core } = fold.pipeline
  payOwed(core.intervals, core.nextClose)
  if (!core.hasClosed) return nothing('no interval has closed yet')
  if (fromMs >= core.nextClose * core.plan.lengthMs) return nothing('no interval of this time has closed yet')
  const walk =
    (what: string): ReportWalked =>
    (done, all) =>
      onProgress(what, done / all)
  const asked = { fromMs, toMs, keepMs: keptFromMs(core) }
  const survey = await surveyJournal(site, store, asked, walk('looking through the journal'))
  const sure = await sureFrom(site, store, survey)
  const span = spanOf(core, survey, sure, asked, fold.pipeline.nowMs)
  if (span.from >= span.to) return nothing('the journal holds no readings from which this time could be folded')
  const { notices } = fold.outputs
  const rewrite: Rewrite = {
    store,
    book: fold.book,
    settledMs: core.settledEnergy * core.plan.lengthMs,
    write: !dryRun,
    rows: 0,
  }
  const corrections = createCorrections(core, span)
  const binFrom = oldestHeldBin(core.pue.tally)
  const pointFold = { site, core, span, survey, rewrite, corrections, limits }
  const folded = await foldPoints(pointFold, walk('folding readings again'))
  const windows = await rewriteWindows(site, core, rewrite, corrections, (share) => onProgress('windows', share))
  const { lengthMs } = core.plan
  const windowNotes =
    binFrom > span.from && site.boundaries.length > 0
      ? [`PUE before ${formatInstant(binFrom * lengthMs)} stays as it is: its intervals are no longer known one by one`]
      : []
  if (!dryRun && (rewrite.rows > 0 || folded.adopted)) await commit(fold, store, notices)
  return {
    fromMs: span.from * lengthMs,
    toMs: span.to * lengthMs,
    readings: survey.readings,
    tooLate: survey.tooLate,
    points: folded.points,
    boundaries: windows.boundaries,
    rows: rewrite.rows,
    notes: [...notesOf(site, span, survey.gapMs, options, lengthMs), ...windowNotes, ...windows.notes],
  }
}

/** Staged rows, a tick and the whole corrected core: all of it or nothing. */
async function commit(fold: Fold, store: Store, notices: Fold['outputs']['notices']): Promise<void> {
  const { lastSeq, highWater } = store.start()
  const seq = Math.max(lastSeq, highWater ?? 0) + 1
  const tick = { nowMs: fold.pipeline.nowMs, topic: OWN_TOPIC, payload: new Uint8Array(), retain: false }
  foldEntry(fold, { ...tick, seq })
  const committed = await store.commit({
    packets: [tick],
    foldedSeq: seq,
    rows: takeRows(fold.outputs, fold.book),
    notices,
    snapshot: { seq, sections: takeSnapshot(fold) },
  })
  assert(committed.lastSeq === seq, 'the tick has the number that its snapshot names')
}

function nothing(reason: string): Difference {
  const none = { readings: 0, tooLate: 0, points: [], boundaries: [], rows: 0 }
  return { fromMs: NaN, toMs: NaN, ...none, notes: [reason] }
}

function notesOf(
  site: Site,
  span: RecomputedSpan,
  gapMs: number,
  { fromMs, toMs }: RecomputeOptions,
  lengthMs: number,
): string[] {
  const notes: string[] = []
  const [startMs, endMs] = [span.from * lengthMs, span.to * lengthMs]
  if (span.present && (startMs < Math.floor(fromMs / lengthMs) * lengthMs || toMs < endMs)) {
    notes.push(
      'late readings may still change the end of this time: it is folded up to the present, and from where they reach',
    )
  }
  const later = site.points.filter(
    (_, point) => Number.isFinite(span.since[point]) && (span.since[point] ?? 0) > span.from,
  )
  if (later.length > 0) {
    const newest = Math.max(...span.since.filter(Number.isFinite)) * lengthMs
    notes.push(
      `the journal is complete from ${formatInstant(gapMs)} on: ${named(later)} begin behind it, by ${formatInstant(newest)}`,
    )
  }
  const left = site.points.filter(
    (_, point) =>
      site.plan.points[point]?.kind !== 'gauge' && span.since[point] === Infinity && span.known[point] !== -Infinity,
  )
  if (left.length > 0) notes.push(`the journal does not reach far enough back for ${named(left)}: left as it is`)
  return notes
}

function named(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.length} points`
}
