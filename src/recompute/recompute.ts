import assert from 'node:assert/strict'
import { payOwed } from '../core/energy/owed.ts'
import { tellRestated } from '../core/energy/restated.ts'
import { keptFromMs } from '../core/placing.ts'
import { takeRows } from '../fold/outputs.ts'
import { configurationDigest, configurationEntry } from '../fold/configurations.ts'
import { applyToPast, foldEntry, openFold, takeSnapshot, type Fold } from '../fold/fold.ts'
import { OWN_TOPIC, ownPayload } from '../ingest/own-entry.ts'
import { formatInstant } from '../ingest/times.ts'
import { sureFrom } from './counting.ts'
import { surveyJournal, type ReportWalked } from './journal.ts'
import { oldestHeldBin } from '../core/windows/restate.ts'
import { foldPoints, MEMORY_LIMITS, type MemoryLimits, type PointChange } from './points.ts'
import type { Rewrite } from './rows.ts'
import { reasonsOf } from './reasons.ts'
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
  /** Whether the present configuration counts for all, or where its dates speak; absent: by its dates. */
  by?: 'dates' | 'all'
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
  /** The present configuration, and for what of the past it counts. */
  readonly configuration: { readonly digest: string; readonly by: 'dates' | 'all' }
  /** What was not done, or not as asked, in sentences. */
  readonly notes: readonly string[]
}

/**
 * Folds journalled readings again, also those that came too late, by the configuration that was in force when they
 * came. The present one counts from where its dates speak of the past, or for all of it. Corrected
 * rows of energies and windows are written in one commit with the corrected core. No daemon may hold the store. Rejects
 * with an Error when the store fails; then nothing is changed.
 */
export async function recompute(site: Site, store: Store, options: RecomputeOptions): Promise<Difference> {
  const { fromMs, toMs, dryRun, by = 'dates', limits = MEMORY_LIMITS, onProgress } = options
  const configuration = { digest: configurationDigest(site.config), by }
  const nothing = (reason: string): Difference => ({ ...NOTHING, configuration, notes: [reason] })
  onProgress('reading the store', 0)
  // Rows of packets that no commit has taken yet go first: they are the newest of their series
  const stageRows = async ({ outputs, book }: Fold) => {
    if (outputs.frames.rows > 0) await store.stage(takeRows(outputs, book))
  }
  const fold = await openFold(site, store, { onBatch: stageRows })
  const { loads } = fold
  const before = fold.pipeline
  let { core } = before
  payOwed(core.intervals, core.nextClose)
  if (!core.hasClosed) return nothing('no interval has closed yet')
  if (fromMs >= core.nextClose * core.plan.lengthMs) return nothing('no interval of this time has closed yet')
  const asked = { fromMs, toMs, keepMs: keptFromMs(core) }
  const reading = { site, first: by === 'all' ? undefined : loads[0]?.config }
  const survey = await surveyJournal(reading, store, asked, walkedBy(onProgress, 'looking through the journal'))
  const sure = await sureFrom(site, store, survey)
  const span = spanOf(core, survey, sure, asked, fold.pipeline.nowMs)
  if (span.from >= span.to) return nothing('the journal holds no readings from which this time could be folded')
  applyToPast(fold, { from: span.from, until: span.to, by })
  core = fold.pipeline.core
  const reasons = reasonsOf(before.site, fold.pipeline.site, loads)
  const { notices } = fold.outputs
  const rewrite: Rewrite = {
    store,
    book: fold.book,
    settledMs: core.settledEnergy * core.plan.lengthMs,
    write: !dryRun,
    rows: 0,
  }
  const corrections = createCorrections(core, span, reasons.ofBoundary)
  const binFrom = oldestHeldBin(core.pue.tally)
  const pointFold = { site, reading, core, span, survey, rewrite, corrections, limits, reasonOf: reasons.ofPoint }
  const folded = await foldPoints(pointFold, walkedBy(onProgress, 'folding readings again'))
  const windows = await rewriteWindows(site, core, rewrite, corrections, (share) => onProgress('windows', share))
  tellRestated(core.pue.restated, core.sink)
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
    configuration,
    notes: [...notesOf(site, span, survey.gapMs, options, lengthMs), ...windowNotes, ...windows.notes],
  }
}

function walkedBy(onProgress: RecomputeOptions['onProgress'], what: string): ReportWalked {
  return (done, all) => onProgress(what, done / all)
}

/** Staged rows, the configuration as an entry and the whole corrected core: all of it or nothing. */
async function commit(fold: Fold, store: Store, notices: Fold['outputs']['notices']): Promise<void> {
  const { lastSeq, highWater } = store.start()
  const seq = Math.max(lastSeq, highWater ?? 0) + 1
  const payload = ownPayload(configurationEntry(fold.present))
  const entry = { nowMs: fold.pipeline.nowMs, topic: OWN_TOPIC, payload, retain: false }
  foldEntry(fold, { ...entry, seq })
  const committed = await store.commit({
    packets: [entry],
    foldedSeq: seq,
    rows: takeRows(fold.outputs, fold.book),
    notices,
    snapshot: { seq, sections: takeSnapshot(fold) },
  })
  assert(committed.lastSeq === seq, 'the entry has the number that its snapshot names')
}

const NOTHING = { fromMs: NaN, toMs: NaN, readings: 0, tooLate: 0, points: [], boundaries: [], rows: 0 }

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
