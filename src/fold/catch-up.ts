import type { JournalEntry, Store } from '../store/types.ts'

/**
 * Entries that a start found behind its snapshot, and those that came while these were folded. They are in the journal,
 * so they are read from there in their order, a batch at a time, however many they are. Of what comes meanwhile nothing
 * is kept in memory until few are left:
 *
 *     journal:  … folded │ a batch in memory │ to be read … │ `later`, in memory as well
 *                        ▲                   ▲              ▲
 *                   foldedSeq             nextSeq         toSeq
 */
export interface CatchUp {
  readonly store: Pick<Store, 'journal'>
  /** The last entry that the start found. */
  readonly startSeq: number
  /** The next entry to be read, and the last one. */
  nextSeq: number
  toSeq: number
  /** As `NEAR`. */
  readonly near: number
  /** Entries behind `toSeq`; undefined: `toSeq` still moves on with what comes. */
  later: JournalEntry[] | undefined
  /** Called when all up to `toSeq` is folded. */
  readonly onEnd: () => void
}

/** With fewer entries left to be read, those that come are kept in memory. */
export const NEAR = 5_000
/** So many entries that came since the start may wait for the fold; then the broker keeps further ones. */
const MOST_BEHIND = 1_000_000

/** Whether what comes stays in the journal only. */
export function isFar(catchUp: CatchUp | undefined): catchUp is CatchUp & { later: undefined } {
  return catchUp !== undefined && catchUp.later === undefined
}

/** Whether more entries may come while they stay in the journal. */
export function hasRoomBehind({ startSeq, toSeq }: CatchUp, foldedSeq: number): boolean {
  return toSeq - Math.max(startSeq, foldedSeq) < MOST_BEHIND
}

/** How many entries are still to be folded. */
export function leftOf({ toSeq, later }: CatchUp, foldedSeq: number): number {
  return Math.max(0, (later?.at(-1)?.seq ?? toSeq) - foldedSeq)
}

/** The next entries, once those before are folded; none: some were lost there, or these are all. */
export async function nextEntries(catchUp: CatchUp): Promise<JournalEntry[]> {
  if (catchUp.toSeq - catchUp.nextSeq < catchUp.near) catchUp.later ??= []
  const { store, nextSeq, toSeq } = catchUp
  const batch = await store.journal(nextSeq).next()
  const entries = batch.done === true ? [] : batch.value.filter(({ seq }) => seq <= toSeq)
  catchUp.nextSeq = (entries.at(-1)?.seq ?? toSeq) + 1
  return entries
}
