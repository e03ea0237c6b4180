import { setImmediate } from 'node:timers/promises'
import { hasRoomBehind, isFar, leftOf, nextEntries, type CatchUp } from './catch-up.ts'
import type { Work } from '../core/contract/work.ts'
import { endRefold, foldAtOnce, nextSeqOf, type Fold } from './fold.ts'
import type { JournalEntry, Store } from '../store/types.ts'

/**
 * Folds committed entries in their order, beside everything else that the event loop does:
 *
 *     add ─▶ entries that wait        at most `MOST_ENTRIES` or about `MOST_BYTES`, see `hasRoom`
 *               │
 *               ▼
 *     ┌──▶ slice ── the entry goes on ──▶ breath: commits, acknowledgements, HTTP, sending; the core is not to be read
 *     │      ▲                                │
 *     │      └────────────────────────────────┘
 *     │      └───── the entry ends ─────▶ between two entries: who waits for `between` reads the core, a snapshot that
 *     │                                       │                  is due is copied
 *     └───────────── entries wait ────────────┴─ none ──▶ idle
 *
 * Small entries are folded one after the other, up to a slice of them without a breath. Behind a start the entries come
 * from the journal first (catch-up.ts).
 */
export interface Folding {
  readonly fold: Fold
  /** Entries from `next` on wait, with so many bytes. */
  entries: JournalEntry[]
  next: number
  bytes: number
  isBusy: boolean
  /** Why it went no further: then nothing is folded any more. */
  failure: { cause: unknown } | undefined
  /** Whether an entry is folded in part. */
  isCut: boolean
  /** While entries from before the start are folded. */
  catchUp: CatchUp | undefined
  /** Whether they are left to the next start: then nothing is folded any more. */
  isLeaving: boolean
  readonly onBreath: () => void
  /** Copies a snapshot if one is due. */
  readonly saveIfDue: () => Promise<void> | undefined
  readonly fail: (error: unknown) => void
  /** Who waits for the next breath, and for the end of the entry that is cut. */
  breathers: (() => void)[]
  readers: (() => void)[]
}

const MOST_ENTRIES = 20_000
const MOST_BYTES = 16 * 1_048_576

type FoldingOptions = Pick<Folding, 'fold' | 'onBreath' | 'saveIfDue' | 'fail'>

export function createFolding(options: FoldingOptions): Folding {
  const idle = { next: 0, bytes: 0, isBusy: false, failure: undefined, isCut: false }
  return { ...options, ...idle, catchUp: undefined, isLeaving: false, entries: [], breathers: [], readers: [] }
}

/** Folds what the journal has behind the fold, before all that is added. `onEnd`: when that is done. */
export function beginCatchUp(folding: Folding, store: Store, near: number, onEnd: () => void): void {
  const startSeq = store.start().lastSeq
  const nextSeq = nextSeqOf(folding.fold, store)
  folding.catchUp = { store, startSeq, nextSeq, toSeq: startSeq, near, later: undefined, onEnd }
  begin(folding)
}

/** How many entries are left to be folded until the core is where the journal was at the start; 0: it is, or beyond. */
export function behindStart({ catchUp, fold }: Folding): number {
  return catchUp === undefined ? 0 : leftOf(catchUp, fold.foldedSeq)
}

/** Leaves to the next start what is still behind, if that is much. */
export function leaveBehind(folding: Folding): void {
  folding.isLeaving = behindStart(folding) > (folding.catchUp?.near ?? Infinity)
}

/** Whether more entries may be added. Until then their packets are not committed, so the broker keeps them. */
export function hasRoom({ entries, next, bytes, catchUp, fold }: Folding): boolean {
  if (isFar(catchUp)) return hasRoomBehind(catchUp, fold.foldedSeq)
  const waiting = catchUp?.later?.length ?? entries.length - next
  return waiting < MOST_ENTRIES && bytes < MOST_BYTES
}

/** Adds entries behind those that wait. What fits into a slice is folded at once, if nothing else is. */
export function addEntries(folding: Folding, entries: readonly JournalEntry[]): void {
  const { catchUp } = folding
  if (isFar(catchUp)) {
    catchUp.toSeq = entries.at(-1)?.seq ?? catchUp.toSeq
    return
  }
  keep(folding, catchUp?.later ?? folding.entries, entries)
  if (!folding.isBusy && entries.length > 0) begin(folding)
}

function keep(folding: Folding, list: JournalEntry[], entries: readonly JournalEntry[]): void {
  for (const entry of entries) {
    list.push(entry)
    folding.bytes += entry.payload.byteLength
  }
}

function begin(folding: Folding): void {
  folding.isBusy = true
  foldAll(folding).catch((cause: unknown) => {
    folding.failure = { cause }
    wake(folding.breathers)
    folding.fail(cause)
  })
}

/** Resolves at the next breath, or at once where nothing is being folded. */
export async function nextBreath({ isBusy, failure, breathers }: Folding): Promise<void> {
  if (failure !== undefined) throw new Error('an entry could not be folded', failure)
  if (isBusy) await new Promise<void>((resolve) => breathers.push(resolve))
}

/** Resolves when no entry is folded in part. The core is whole until the next turn of the event loop. */
export function betweenEntries({ isCut, readers }: Folding): Promise<void> {
  return isCut ? new Promise((resolve) => readers.push(resolve)) : Promise.resolve()
}

async function foldAll(folding: Folding): Promise<void> {
  const { fold } = folding
  let units = 0
  while (!isLeft(folding)) {
    const entry = takeEntry(folding)
    if (entry === undefined) {
      if (folding.catchUp === undefined) break
      await readOn(folding, folding.catchUp)
      continue
    }
    const work = foldAtOnce(fold, entry)
    units += typeof work === 'number' ? work : await foldSlices(folding, work)
    wake(folding.readers)
    const saving = folding.saveIfDue()
    if (saving !== undefined) await saving
    if (units < fold.sliceUnits) continue
    await breathe(folding)
    units = 0
  }
  folding.isBusy = false
  wake(folding.breathers)
  folding.onBreath()
}

/** Folds what is left of an entry, with a breath between two slices; gives its last units. */
async function foldSlices(folding: Folding, slices: Work<number>): Promise<number> {
  let slice = slices.next()
  for (; slice.done !== true; slice = slices.next()) {
    folding.isCut = true
    await breathe(folding)
  }
  const units = folding.isCut ? folding.fold.sliceUnits : slice.value
  folding.isCut = false
  return units
}

/** Whether the rest is left to the next start. Nothing of it stays in memory: all is in the journal. */
function isLeft(folding: Folding): boolean {
  const { isLeaving, catchUp } = folding
  if (!isLeaving || catchUp === undefined) return false
  catchUp.later = undefined
  Object.assign(folding, { entries: [], next: 0, bytes: 0 })
  return true
}

/** Takes the next entries of the journal, or those that came meanwhile when there are no more. */
async function readOn(folding: Folding, catchUp: CatchUp): Promise<void> {
  if (catchUp.later === undefined || catchUp.nextSeq <= catchUp.toSeq) {
    keep(folding, folding.entries, await nextEntries(catchUp))
    return
  }
  folding.entries = catchUp.later
  folding.catchUp = undefined
  endRefold(folding.fold)
  catchUp.onEnd()
}

function takeEntry(folding: Folding): JournalEntry | undefined {
  const entry = folding.entries[folding.next]
  if (entry === undefined) {
    folding.entries = []
    folding.next = 0
    return undefined
  }
  folding.next++
  folding.bytes -= entry.payload.byteLength
  return entry
}

/** Lets the event loop run once. */
async function breathe(folding: Folding): Promise<void> {
  folding.onBreath()
  wake(folding.breathers)
  await setImmediate()
}

function wake(waiting: (() => void)[]): void {
  if (waiting.length === 0) return
  for (const resolve of waiting.splice(0)) resolve()
}
