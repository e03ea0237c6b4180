import { copyFold, storedSections, type Copy, type Fold } from './fold.ts'
import type { Commit } from '../store/types.ts'

/** Snapshots on their way into the store. */
export interface Saving {
  readonly fold: Fold
  snapshotAtMs: number
  /** Parts of a snapshot that wait for a commit; settles when the last of them is here. */
  readonly parts: NonNullable<Commit['snapshot']>[]
  saving: Promise<void> | undefined
  /** The entry after which the newest snapshot was taken. */
  savedSeq: number
  /** Has the next turn begin. */
  work(): void
  fail(error: unknown): void
}

const SNAPSHOT_MS = 300_000
const SNAPSHOT_PACKETS = 500_000

export function createSaving(fold: Fold): Omit<Saving, 'work' | 'fail'> {
  const snapshotAtMs = performance.now() + SNAPSHOT_MS
  return { fold, snapshotAtMs, parts: [], saving: undefined, savedSeq: fold.foldedSeq }
}

/** Copies a snapshot if one is due. It is called between two entries. */
export function saveIfDue(state: Saving): Promise<void> | undefined {
  const { fold } = state
  const isDue = performance.now() >= state.snapshotAtMs || fold.sinceSnapshot >= SNAPSHOT_PACKETS
  return isDue && state.saving === undefined ? copyAndPrepare(state) : undefined
}

async function copyAndPrepare(state: Saving): Promise<void> {
  const copy = await copyFold(state.fold)
  state.saving = prepareSnapshot(state, copy).finally(() => (state.saving = undefined))
  state.saving.catch((error: unknown) => state.fail(error))
}

/**
 * Puts the parts of a snapshot before the next commits, each as soon as it is ready. One after the same entry as the
 * newest is of another site; the store takes it in one piece, for it replaces what is valid.
 */
export async function prepareSnapshot(state: Saving, copy: Copy): Promise<void> {
  const { seq } = copy
  const last = []
  state.snapshotAtMs = performance.now() + SNAPSHOT_MS
  for await (const sections of storedSections(state.fold, copy)) {
    if (seq === state.savedSeq) last.push(...sections)
    else state.parts.push({ seq, sections, more: true })
    state.work()
  }
  state.parts.push({ seq, sections: last })
  state.savedSeq = seq
  state.work()
}
