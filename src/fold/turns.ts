import { addRow, copyFold, progressOf } from './fold.ts'
import { addEntries, behindStart, hasRoom, nextBreath, type Folding } from './folding.ts'
import { commitUntilThere, type Committing } from './committing.ts'
import { takeRefusals } from './refusals.ts'
import { takeRows } from './outputs.ts'
import { prepareSnapshot, type Saving } from './saving.ts'
import type { Row } from '../rows/rows.ts'
import type { JournalEntry } from '../store/types.ts'

export const TURN_PACKETS = 500
/** So many rows do not wait for packets to ride with. */
const MANY_ROWS = 5_000

/** A packet on its way in; `seq` is 0 until the journal has given it a number. */
export interface Waiting extends JournalEntry {
  ack: (() => void) | undefined
}

/** The intake, as its turns see it: see `Intake`. */
export interface Turns extends Saving {
  readonly options: Committing & { onOutputs(blocks: readonly Uint8Array[]): void }
  readonly folding: Folding
  readonly waiting: Waiting[]
  /** Rows that no packet caused, for the next commit. */
  readonly emitted: Row[]
  /** Arrival time of the newest entry. It falls only by a step. */
  nowMs: number
  open: boolean
  /** Runs while packets wait for more of them; undefined: those that wait are due. */
  timer: NodeJS.Timeout | undefined
  /** Settles when the turn under way has ended; then the next one begins. */
  turn: Promise<unknown>
  /** Rows of the commit under way. */
  committingRows: number
  /** Whether a turn that commits is to come. */
  isTurnAhead: boolean
  failedCommit?: unknown
}

export function inTurn(state: Turns, work: () => Promise<void>): Promise<void> {
  const done = state.turn.then(work)
  state.turn = done.catch(keepQueueGoing)
  return done
}

/** The caller of a failed turn gets its error; the next turn runs anyway. */
export function keepQueueGoing(error: unknown): unknown {
  return error
}

/** Commits due packets group by group, what folding them emitted, and parts of a snapshot, until none is left. */
export async function commitAll(state: Turns): Promise<void> {
  while (isWorkLeft(state)) {
    if (state.failedCommit !== undefined) throw new Error('a commit has failed', { cause: state.failedCommit })
    await commit(state, hasRoom(state.folding) ? state.waiting.splice(0, TURN_PACKETS) : [])
  }
}

/** Whether a commit should not wait. While an entry is being folded, a few rows wait for packets or for more rows. */
export function isWorkLeft(state: Turns): boolean {
  const { fold, folding, parts } = state
  const rows = rowsWaiting(state)
  if (parts.length > 0 || fold.outputs.notices.length > 0 || rows >= MANY_ROWS) return true
  return (isDue(state) && hasRoom(folding)) || (rows > 0 && !folding.isBusy)
}

/** Packets that came during a commit wait for more as others do: each commit costs the same, however few it holds. */
function isDue({ waiting, timer }: Turns): boolean {
  return waiting.length >= TURN_PACKETS || (waiting.length > 0 && timer === undefined)
}

/** Rows for the next commit. */
export function rowsWaiting({ fold, emitted }: Turns): number {
  return fold.outputs.frames.rows + emitted.length
}

/** Commits until all that came is folded and stored, and no snapshot is under way. */
export async function finishAll(state: Turns): Promise<void> {
  for (;;) {
    await state.saving
    endWait(state)
    await commitAll(state)
    if (state.folding.isBusy) await nextBreath(state.folding)
    else if (state.saving === undefined && !isWorkLeft(state)) return
  }
}

/** Folds and stores all that came, then a snapshot of it; where a start is left to the next one, of what is folded. */
export async function saveAll(state: Turns): Promise<void> {
  await finishAll(state)
  if (behindStart(state.folding) > 0 && state.fold.foldedSeq === state.savedSeq) return
  await prepareSnapshot(state, await copyFold(state.fold))
  await commitAll(state)
}

/** Makes the packets that wait due. */
export function endWait(state: Turns): void {
  clearTimeout(state.timer)
  state.timer = undefined
}

/** One transaction: packets, the outputs of earlier folds, and a part of a snapshot if one waits. */
async function commit(state: Turns, packets: readonly Waiting[]): Promise<void> {
  const { fold, options } = state
  const { notices } = fold.outputs
  for (const row of state.emitted.splice(0)) addRow(fold, row)
  state.committingRows = fold.outputs.frames.rows
  const rows = takeRows(fold.outputs, fold.book)
  fold.outputs.notices = []
  const refused = takeRefusals(fold.outputs.refusals)
  const snapshot = state.parts.shift()
  const { firstSeq } = await commitUntilThere(options, {
    packets,
    ...progressOf(fold),
    rows,
    notices,
    ...(refused === undefined ? {} : { refused }),
    ...(snapshot === undefined ? {} : { snapshot }),
  }).catch((error: unknown) => {
    state.failedCommit = error
    throw error
  })
  state.committingRows = 0
  acknowledge(packets, firstSeq)
  await nextTick() // the PUBACKs leave before the fold, and the broker can go on
  addEntries(state.folding, packets)
  if (rows.blocks.length > 0 || notices.length > 0) options.onOutputs(rows.blocks)
}

/** Gives packets the numbers that the journal gave them. A function of its own: V8 leaves loops of `commit` slow. */
function acknowledge(packets: readonly Waiting[], firstSeq: number): void {
  let seq = firstSeq
  for (const packet of packets) {
    packet.seq = seq++
    packet.ack?.()
  }
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
