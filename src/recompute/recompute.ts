import assert from 'node:assert/strict'
import { payOwed } from '../core/energy/owed.ts'
import { tellRestated } from '../core/energy/restated.ts'
import { keptFromMs } from '../core/placing.ts'
import { takeRows } from '../fold/outputs.ts'
import { configurationDigest, configurationEntry, type Load } from '../fold/configurations.ts'
import { foldEntry, openFold, takeSnapshot, type Fold } from '../fold/fold.ts'
import { applyToPast } from '../fold/loading.ts'
import { OWN_TOPIC, ownPayload } from '../ingest/own-entry.ts'
import { formatInstant } from '../ingest/times.ts'
import { foldAir, SAME_AIR, writeWaitingAir, type AirChange } from './air/air.ts'
import { sureFrom } from './counting.ts'
import { surveyJournal, type JournalReading, type ReportWalked, type Survey } from './journal.ts'
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
  /** Readings in it, and how many of them were too late when they came. */
  readonly readings: number
  readonly tooLate: number
  readonly points: readonly PointChange[]
  readonly boundaries: readonly BoundaryChange[]
  readonly air: AirChange
  readonly rows: number
  /** The present configuration, and for what of the past it counts. */
  readonly configuration: { readonly digest: string; readonly by: 'dates' | 'all' }
  /** What was not done, or not as asked, in sentences. */
  readonly notes: readonly string[]
}

/**
 * Folds journalled readings again, also those that came too late, by the configuration that was in force when they
 * came. The present one counts from where its dates speak of the past, or for all of it. Corrected
 * rows of energies, windows and the air are written in one commit with the corrected core. No daemon may hold the
 * store. Rejects with an Error when the store fails; then nothing is changed.
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
  const before = fold.pipeline.site
  let { core } = fold.pipeline
  payOwed(core.intervals, core.nextClose)
  if (!core.hasClosed) return nothing('no interval has closed yet')
  writeWaitingAir(core)
  await stageRows(fold)
  if (fromMs >= core.nextClose * core.plan.lengthMs) return nothing('no interval of this time has closed yet')
  const asked = { fromMs, toMs, keepMs: keptFromMs(core) }
  const reading = { site, first: by === 'all' ? undefined : loads[0]?.config }
  const survey = await surveyJournal(reading, store, asked, walkedBy(onProgress, 'looking through the journal'))
  const sure = await sureFrom(site, store, survey)
  const span = spanOf(core, survey, sure, asked, fold.pipeline.nowMs)
  const isOfEnergy = span.from < span.to
  const isOfAir = survey.air.late.size > 0 || (by === 'all' && site.inlets.length > 0)
  if (!isOfEnergy && !isOfAir) return nothing('the journal holds no readings from which this time could be folded')
  if (isOfEnergy) applyToPast(fold, { from: span.from, until: span.to, by })
  core = fold.pipeline.core
  const { lengthMs } = core.plan
  const rewrite: Rewrite = { store, book: fold.book, settledMs: NaN, write: !dryRun, rows: 0 }
  const past = { before, loads, survey, span }
  const work: RecomputeWork = { ...past, site, fold, reading, rewrite, limits, onProgress }
  const energy = isOfEnergy ? await foldEnergy(work) : NO_ENERGY
  const air = await foldAir({ ...work, core, fromMs, nowMs: fold.pipeline.nowMs }, walkedBy(onProgress, 'air again'))
  const rows = energy.rows + air.rows.climate + air.rows.compliance + air.late
  tellRestated(core.pue.restated, core.sink)
  if (!dryRun && (rows > 0 || energy.adopted)) await commit(fold, store, fold.outputs.notices)
  const notes = isOfEnergy ? notesOf(site, span, survey.gapMs, options, lengthMs) : []
  return {
    fromMs: isOfEnergy ? span.from * lengthMs : fromMs,
    toMs: (isOfEnergy ? span.to : core.nextClose) * lengthMs,
    readings: survey.readings,
    tooLate: survey.tooLate,
    points: energy.points,
    boundaries: energy.boundaries,
    air,
    rows,
    configuration,
    notes: [...notes, ...energy.notes, ...air.notes],
  }
}

interface RecomputeWork extends Pick<RecomputeOptions, 'onProgress'> {
  readonly site: Site
  readonly fold: Fold
  /** The site before the present configuration counted for the past. */
  readonly before: Site
  readonly loads: readonly Load[]
  readonly reading: JournalReading
  readonly survey: Survey
  readonly span: RecomputedSpan
  readonly rewrite: Rewrite
  readonly limits: MemoryLimits
}

/** What changed of energies and the quotients of boundaries. */
interface EnergyChange extends Pick<Difference, 'points' | 'boundaries' | 'rows' | 'notes'> {
  /** Something that the core holds was corrected. */
  readonly adopted: boolean
}

const NO_ENERGY: EnergyChange = { points: [], boundaries: [], rows: 0, notes: [], adopted: false }

async function foldEnergy(work: RecomputeWork): Promise<EnergyChange> {
  const { site, fold, before, loads, reading, survey, span, limits, onProgress } = work
  const { core } = fold.pipeline
  const { lengthMs } = core.plan
  const reasons = reasonsOf(before, fold.pipeline.site, loads)
  const rewrite = { ...work.rewrite, settledMs: core.settledEnergy * lengthMs }
  const corrections = createCorrections(core, span, reasons.ofBoundary)
  const binFrom = oldestHeldBin(core.pue.tally)
  const pointFold = { site, reading, core, span, survey, rewrite, corrections, limits, reasonOf: reasons.ofPoint }
  const folded = await foldPoints(pointFold, walkedBy(onProgress, 'folding readings again'))
  const windows = await rewriteWindows(site, core, rewrite, corrections, (share) => onProgress('windows', share))
  const windowNotes =
    binFrom > span.from && site.boundaries.length > 0
      ? [`PUE before ${formatInstant(binFrom * lengthMs)} stays as it is: its intervals are no longer known one by one`]
      : []
  return {
    points: folded.points,
    boundaries: windows.boundaries,
    rows: rewrite.rows,
    notes: [...windowNotes, ...windows.notes],
    adopted: folded.adopted,
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

const NOTHING = { fromMs: NaN, toMs: NaN, readings: 0, tooLate: 0, points: [], boundaries: [], air: SAME_AIR, rows: 0 }

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
