import { setImmediate } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { SLICE_FORM, SLICE_UNITS, type Work } from '../core/contract/work.ts'
import { unitsOf } from '../core/packet-readings.ts'
import { putByteSection, takeByteSection, type Sections } from '../core/snapshot/form.ts'
import { saveInParts, type Saved } from '../core/snapshot/snapshot.ts'
import { restorePipeline, savePipeline } from './changing.ts'
import {
  configurationDigest,
  configurationIn,
  loadInForce,
  loadsFromBytes,
  loadsToBytes,
  siteOfLoads,
  type Load,
} from './configurations.ts'
import { createFoldPipeline, dropOutputs, type Outputs } from './outputs.ts'
import { changeConfiguration, loadConfiguration } from './loading.ts'
import { acceptAtOnce, acceptInSteps, type Pipeline } from './pipeline.ts'
import { createRefusals } from './refusals.ts'
import { deflated, deflatedAside, joinSections, splitSections, type Parts } from './sections.ts'
import { isOwnStart, OWN_TOPIC } from '../ingest/own-entry.ts'
import type { Site } from '../site/site.ts'
import { fillRow } from '../rows/frames/fill.ts'
import { createFrames } from '../rows/frames/frame.ts'
import type { SeriesBook } from '../rows/frames/series.ts'
import type { Row } from '../rows/rows.ts'
import { openSeriesBook } from '../store/series-book.ts'
import { SECTION_BYTES, type Cut, type JournalEntry, type Section, type Store } from '../store/types.ts'

/** The pipeline as the daemon runs it: fed from the journal, its outputs gathered for the next commit. */
export interface Fold {
  pipeline: Pipeline
  readonly outputs: Outputs
  /** The configuration that the process has, and those that were loaded, as far as corrections reach. */
  present: Config
  loads: Load[]
  isLoadsSaved: boolean
  /** The numbers of the series in its rows. */
  readonly book: SeriesBook
  /** The last entry that was folded, and the first `start` of the present form; 0: there was none. */
  foldedSeq: number
  ownFromSeq: number
  /** The entry behind it of which so many slices are folded; 0 slices: none. */
  cutSeq: number
  slices: number
  /** Units of a slice. */
  readonly sliceUnits: number
  /** Up to where the store had all outputs when it was opened, and of which slices behind that, if ours end there. */
  readonly stored: { readonly seq: number; readonly cut: Cut | undefined }
  /** Packets folded since the last snapshot, and the sections that it held. */
  sinceSnapshot: number
  saved: Saved | undefined
  /** In how many parts the store has each section. */
  parts: Parts
  /** Stored sections of an earlier release or site; the next snapshot deletes those that it has none of. */
  obsoleteSections: string[]
}

/**
 * Goes on where the store's journal ends: restores the newest snapshot, then folds the entries behind it. A stop may
 * have left many of them, so `onBatch` is called between batches: it takes the outputs so far. At last the site's
 * configuration is in force, whichever was before.
 */
export async function openFold(
  site: Site,
  store: Store,
  { sliceUnits, onBatch }: { sliceUnits?: number; onBatch?: (fold: Fold) => unknown } = {},
): Promise<Fold> {
  const fold = await restoreFold(site, store, sliceUnits)
  for await (const entries of store.journal(nextSeqOf(fold, store))) {
    for (const entry of entries) foldEntry(fold, entry)
    await onBatch?.(fold)
  }
  endRefold(fold)
  const digest = configurationDigest(site.config)
  if (fold.loads.length > 0 && loadInForce(fold.loads)?.digest !== digest)
    changeConfiguration(fold, site.config, digest)
  return fold
}

/** The first entry that the journal has behind a fold. */
export function nextSeqOf({ foldedSeq }: Fold, store: Store): number {
  return Math.max(store.start().firstSeq, foldedSeq + 1)
}

/** All entries that the store had are folded. The last of them may be missing. */
export function endRefold(fold: Fold): void {
  fold.foldedSeq = Math.max(fold.foldedSeq, fold.stored.seq)
}

/**
 * Restores the newest snapshot. The store has the outputs of entries up to its `foldedSeq` already, and those of the
 * first slices of the entry that was cut. When these are folded again, nothing of them is gathered.
 */
export async function restoreFold(site: Site, store: Store, sliceUnits = SLICE_UNITS): Promise<Fold> {
  const start = store.start()
  const { foldedSeq, snapshotSeq, sections, cut } = start
  const outputs: Outputs = { frames: createFrames(), notices: [], refusals: createRefusals(), answer: () => {} }
  const book = openSeriesBook(start)
  const stored = snapshotSeq > 0 ? await joinSections(sections) : undefined
  const saved = stored && takeByteSection(stored.sections, 'configurations', 'configurations')
  const loads = saved === undefined ? [] : loadsFromBytes(saved, site.config)
  const pipeline = createFoldPipeline(siteOfLoads(loads) ?? site, outputs, book)
  const fold: Fold = {
    pipeline,
    outputs,
    present: site.config,
    loads,
    isLoadsSaved: true,
    book,
    foldedSeq: snapshotSeq,
    ownFromSeq: 0,
    cutSeq: 0,
    slices: 0,
    sliceUnits,
    stored: { seq: foldedSeq, cut: cut?.form === sliceForm(sliceUnits) ? cut : undefined },
    sinceSnapshot: 0,
    saved: undefined,
    parts: stored?.parts ?? new Map(),
    obsoleteSections: [],
  }
  if (stored !== undefined) {
    fold.obsoleteSections = [...stored.sections.keys()]
    fold.ownFromSeq = restorePipeline(pipeline, stored.sections)
  }
  pipeline.takesOldForm = fold.ownFromSeq === 0
  return fold
}

/**
 * Up to which entry the outputs are gathered or stored, and of how many slices of the one behind. While entries are
 * folded again it stays where the store is.
 */
export function progressOf(fold: Fold): { foldedSeq: number; cut: Cut | undefined } {
  const { foldedSeq, cutSeq: seq, slices, stored } = fold
  if (foldedSeq < stored.seq || isKnownCut(fold, foldedSeq + 1)) return { foldedSeq: stored.seq, cut: stored.cut }
  return { foldedSeq, cut: slices === 0 ? undefined : { seq, slices, form: sliceForm(fold.sliceUnits) } }
}

/**
 * Whether the store had the slices of an entry that are folded so far. Slices of another form end elsewhere: then all
 * outputs of the entry are gathered once more, and the same rows are written again.
 */
function isKnownCut({ slices, stored: { cut } }: Fold, seq: number): boolean {
  return cut?.seq === seq && slices <= cut.slices
}

/** Tells slices apart that do not end at the same places. */
function sliceForm(sliceUnits: number): number {
  return SLICE_FORM * 1e9 + sliceUnits
}

/** Folds one entry of the journal. */
export function foldEntry(fold: Fold, entry: JournalEntry): void {
  const work = foldAtOnce(fold, entry)
  while (typeof work !== 'number' && work.next().done !== true);
}

/** Folds one entry, if nothing about it is long, and gives how many units it was; else gives its slices. */
export function foldAtOnce(fold: Fold, entry: JournalEntry): number | Work<number> {
  const { pipeline, sliceUnits } = fold
  if (entry.topic === OWN_TOPIC) return foldInSlices(fold, entry)
  const rest = acceptAtOnce(pipeline, entry, sliceUnits)
  if (rest !== undefined) return foldInSlices(fold, entry, rest)
  endEntry(fold, entry)
  return unitsOf(pipeline.readings)
}

/**
 * Folds one entry; gives after each slice how many units it was, and returns those behind the last. Where slices end
 * follows from the entry and what was folded before it. Outputs that the store had are thrown away.
 */
export function* foldInSlices(fold: Fold, entry: JournalEntry, steps = foldInSteps(fold, entry)): Work<number> {
  let units = 0
  for (const done of steps) {
    units += done
    if (units < fold.sliceUnits) continue
    fold.cutSeq = entry.seq
    fold.slices++
    if (entry.seq <= fold.stored.seq || isKnownCut(fold, entry.seq)) dropOutputs(fold.outputs)
    yield units
    units = 0
  }
  endEntry(fold, entry)
  return units
}

function endEntry(fold: Fold, { seq }: JournalEntry): void {
  if (seq <= fold.stored.seq) dropOutputs(fold.outputs)
  fold.foldedSeq = seq
  fold.slices = 0
  fold.sinceSnapshot++
}

function* foldInSteps(fold: Fold, entry: JournalEntry): Work {
  const { pipeline } = fold
  if (pipeline.takesOldForm && isOwnStart(entry)) {
    pipeline.takesOldForm = false
    fold.ownFromSeq = entry.seq
  }
  yield* acceptInSteps(pipeline, entry)
  const { topic, payload } = entry
  const loaded = topic === OWN_TOPIC && payload.length > 0 ? configurationIn(payload) : undefined
  if (loaded !== undefined) loadConfiguration(fold, loaded)
}

/** Adds a row that no packet caused. */
export function addRow(fold: Fold, row: Row): void {
  fillRow(fold.outputs.frames, fold.book, row)
}

/** A copy of the core as of an entry, not yet in the form of the store. */
export interface Copy {
  readonly seq: number
  readonly sections: Sections
}

/** The sections that changed since the last snapshot, as of `foldedSeq`. */
export function takeSnapshot(fold: Fold): Section[] {
  const sections: Sections = new Map()
  for (const parts = copyInParts(fold, sections); parts.next().done !== true;);
  return splitSections(sections, fold.parts).map(deflated)
}

/** Copies the same, and lets others work after each part. Nothing may be folded until the copy is done. */
export async function copyFold(fold: Fold): Promise<Copy> {
  const sections: Sections = new Map()
  for (const parts = copyInParts(fold, sections); parts.next().done !== true;) await setImmediate()
  return { seq: fold.foldedSeq, sections }
}

/** The sections of a copy as the store takes them, so many at a time as one commit should carry. */
export async function* storedSections(fold: Fold, { sections }: Copy): AsyncGenerator<Section[]> {
  let batch: Section[] = []
  let bytes = 0
  for (const [name, numbers] of sections) {
    sections.delete(name)
    for (const part of splitSections(new Map([[name, numbers]]), fold.parts)) {
      const section = await deflatedAside(part)
      batch.push(section)
      bytes += section.bytes.length
    }
    if (bytes < SECTION_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  yield batch
}

function* copyInParts(fold: Fold, sections: Sections): Generator<void> {
  const { pipeline } = fold
  fold.saved = yield* saveInParts(pipeline.core, pipeline.site, fold.saved, sections)
  savePipeline(pipeline, fold.ownFromSeq, sections)
  if (!fold.isLoadsSaved) {
    putByteSection(sections, 'configurations', 'configurations', loadsToBytes(fold.loads))
    fold.isLoadsSaved = true
  }
  for (const name of fold.obsoleteSections) if (!sections.has(name)) sections.set(name, new Float64Array())
  fold.obsoleteSections = []
  fold.sinceSnapshot = 0
}
