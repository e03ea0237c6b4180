import { setImmediate } from 'node:timers/promises'
import { clearRemoved } from '../core/alarms/shelving.ts'
import { ALARM_KINDS } from '../core/contract/alarm-kinds.ts'
import type { AlarmState } from '../core/alarms/alarm-state.ts'
import { SLICE_FORM, SLICE_UNITS, type Work } from '../core/contract/work.ts'
import { putByteSection, putSection, takeByteSection, takeSection, type Sections } from '../core/snapshot/form.ts'
import { restoreCore, saveCore, saveInParts, type Saved } from '../core/snapshot/snapshot.ts'
import { dropOutputs, type Outputs } from './outputs.ts'
import { acceptInSteps, createPipeline, type Pipeline } from './pipeline.ts'
import { createRefusals } from './refusals.ts'
import { deflated, deflatedAside, joinSections, splitSections, type Parts } from './sections.ts'
import { isOwnStart } from '../ingest/own-entry.ts'
import { birthsFromJson, birthsToJson } from '../ingest/sparkplug/births.ts'
import { sourceNames } from '../site/alarms.ts'
import type { Site } from '../site/site.ts'
import { fillRow, createFrameTarget } from '../rows/frames/fill.ts'
import { createFrames } from '../rows/frames/frame.ts'
import type { SeriesBook } from '../rows/frames/series.ts'
import type { Row } from '../rows/rows.ts'
import { createSink } from '../rows/sink.ts'
import { auditRow } from '../rows/audit-row.ts'
import { openSeriesBook } from '../store/series-book.ts'
import { SECTION_BYTES, type Cut, type JournalEntry, type Section, type Store } from '../store/types.ts'

/** The pipeline as the daemon runs it: fed from the journal, its outputs gathered for the next commit. */
export interface Fold {
  pipeline: Pipeline
  readonly outputs: Outputs
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
 * have left many of them, so `onBatch` is called between batches: it takes the outputs so far.
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
  const pipeline = createFoldPipeline(site, outputs, book)
  const fold: Fold = {
    pipeline,
    outputs,
    book,
    foldedSeq: snapshotSeq,
    ownFromSeq: 0,
    cutSeq: 0,
    slices: 0,
    sliceUnits,
    stored: { seq: foldedSeq, cut: cut?.form === sliceForm(sliceUnits) ? cut : undefined },
    sinceSnapshot: 0,
    saved: undefined,
    parts: new Map(),
    obsoleteSections: [],
  }
  if (snapshotSeq > 0) {
    const stored = await joinSections(sections)
    fold.parts = stored.parts
    fold.obsoleteSections = [...stored.sections.keys()]
    restorePipeline(fold, stored.sections)
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
  for (const work = foldInSlices(fold, entry); work.next().done !== true;);
}

/**
 * Folds one entry; gives after each slice how many units it was, and returns those behind the last. Where slices end
 * follows from the entry and what was folded before it. Outputs that the store had are thrown away.
 */
export function* foldInSlices(fold: Fold, entry: JournalEntry): Work<number> {
  let units = 0
  for (const done of foldInSteps(fold, entry)) {
    units += done
    if (units < fold.sliceUnits) continue
    fold.cutSeq = entry.seq
    fold.slices++
    if (entry.seq <= fold.stored.seq || isKnownCut(fold, entry.seq)) dropOutputs(fold.outputs)
    yield units
    units = 0
  }
  if (entry.seq <= fold.stored.seq) dropOutputs(fold.outputs)
  fold.foldedSeq = entry.seq
  fold.slices = 0
  fold.sinceSnapshot++
  return units
}

function foldInSteps(fold: Fold, entry: JournalEntry): Work {
  const { pipeline } = fold
  if (pipeline.takesOldForm && isOwnStart(entry)) {
    pipeline.takesOldForm = false
    fold.ownFromSeq = entry.seq
  }
  return acceptInSteps(pipeline, entry)
}

/** Adds a row that no packet caused. */
export function addRow(fold: Fold, row: Row): void {
  fillRow(fold.outputs.frames, fold.book, row)
}

/**
 * In stored sections: the number of the first `start` entry of the journal in its present form. 0: up to the snapshot
 * there was none, so an older release wrote the entries before it.
 */
export async function ownFromSeqIn(sections: AsyncIterable<Section>): Promise<number> {
  for await (const section of sections) {
    if (section.name !== 'pipeline') continue
    const { sections: joined } = await joinSections(only(section))
    return takeSection(joined, 'pipeline', 'pipeline')?.[3] ?? 0
  }
  return 0
}

async function* only(section: Section): AsyncGenerator<Section, void, undefined> {
  yield await Promise.resolve(section)
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
  savePipeline(fold, sections)
  for (const name of fold.obsoleteSections) if (!sections.has(name)) sections.set(name, new Float64Array())
  fold.obsoleteSections = []
  fold.sinceSnapshot = 0
}

/**
 * Goes on with another site, whose points, boundaries and inlets are matched by name. The next snapshot holds all
 * sections.
 */
export function changeSite(fold: Fold, site: Site): void {
  const { core, site: before } = fold.pipeline
  const kept = new Map(ALARM_KINDS.map((kind) => [kind, new Set(sourceNames(site, kind))]))
  const isKept = ({ kind, source }: AlarmState) => kept.get(kind)?.has(sourceNames(before, kind)[source] ?? '') === true
  clearRemoved(core.alarms, isKept, fold.pipeline.nowMs, core.sink)
  const { sections } = saveCore(core, before, undefined)
  savePipeline(fold, sections)
  fold.pipeline = createFoldPipeline(site, fold.outputs, fold.book)
  fold.obsoleteSections.push(...fold.parts.keys())
  restorePipeline(fold, sections)
  fold.pipeline.takesOldForm = fold.ownFromSeq === 0
  fold.saved = undefined
}

function createFoldPipeline(site: Site, outputs: Outputs, book: SeriesBook): Pipeline {
  const target = createFrameTarget(outputs.frames, book)
  const sink = createSink(site, target, (notice) => outputs.notices.push(notice))
  return createPipeline(site, sink, outputs.refusals, (answer, audit, timeMs) => {
    outputs.answer(answer)
    fillRow(outputs.frames, book, auditRow(site.config.site.id, audit, timeMs))
  })
}

function savePipeline({ pipeline, ownFromSeq }: Fold, sections: Sections): void {
  const { nowMs, packets, doubted, counts, sparkplug, auditMs } = pipeline
  putSection(sections, 'pipeline', 'pipeline', [nowMs, packets, doubted, ownFromSeq, ...counts])
  if (auditMs > -Infinity) putSection(sections, 'audit', 'audit', [auditMs])
  if (sparkplug.births.size === 0) return
  putByteSection(sections, 'sparkplug', 'sparkplug', new TextEncoder().encode(birthsToJson(sparkplug.births)))
}

/** Restores the core and the counts; an outcome younger than the snapshot has been counted 0 times. */
function restorePipeline(fold: Fold, sections: Sections): void {
  const { pipeline } = fold
  const state = takeSection(sections, 'pipeline', 'pipeline')
  const audit = takeSection(sections, 'audit', 'audit')
  const births = takeByteSection(sections, 'sparkplug', 'sparkplug')
  if (state === undefined || !restoreCore(pipeline.core, pipeline.site, sections)) return
  pipeline.nowMs = state[0] ?? pipeline.nowMs
  pipeline.packets = state[1] ?? 0
  pipeline.doubted = state[2] ?? 0
  fold.ownFromSeq = state[3] ?? 0
  pipeline.auditMs = audit?.[0] ?? -Infinity
  pipeline.counts.set(state.subarray(4))
  const saved = births === undefined ? [] : birthsFromJson(new TextDecoder().decode(births))
  for (const [node, birth] of saved) if (pipeline.site.sparkplug.has(node)) pipeline.sparkplug.births.set(node, birth)
}
