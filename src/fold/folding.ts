import { setImmediate } from 'node:timers/promises'
import { foldInSlices, type Fold } from './fold.ts'
import type { JournalEntry } from '../store/types.ts'

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
 * Small entries are folded one after the other, up to a slice of them without a breath.
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
  return { ...options, ...idle, entries: [], breathers: [], readers: [] }
}

/** Whether more entries may be added. Until then their packets are not committed, so the broker keeps them. */
export function hasRoom({ entries, next, bytes }: Folding): boolean {
  return entries.length - next < MOST_ENTRIES && bytes < MOST_BYTES
}

/** Adds entries behind those that wait. What fits into a slice is folded at once, if nothing else is. */
export function addEntries(folding: Folding, entries: readonly JournalEntry[]): void {
  for (const entry of entries) {
    folding.entries.push(entry)
    folding.bytes += entry.payload.byteLength
  }
  if (folding.isBusy || entries.length === 0) return
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
  for (let entry = takeEntry(folding); entry !== undefined; entry = takeEntry(folding)) {
    const slices = foldInSlices(fold, entry)
    let slice = slices.next()
    for (; slice.done !== true; slice = slices.next()) {
      folding.isCut = true
      await breathe(folding)
    }
    units += folding.isCut ? fold.sliceUnits : slice.value
    folding.isCut = false
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
  for (const resolve of waiting.splice(0)) resolve()
}
