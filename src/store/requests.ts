import type { StoreFaultCode } from './fault.ts'
import type { Group } from './journal/group.ts'
import type { JournalBatch } from './journal/journal.ts'
import type { PackedRows } from './pack-rows.ts'
import type { BlockPlace, BlockRowsNamed, QueuedBlock, QueuePlace } from './queue-type.ts'
import type { Refused, RefusedQuery } from './refused.ts'
import type { DeadLetter } from './rows/dead-letters.ts'
import type { RowStage } from './rows/purge.ts'
import type {
  Commit,
  Committed,
  Depth,
  HeldChange,
  HeldNotice,
  HistoryQuery,
  HistoryRow,
  Purged,
  QueuedNotice,
  ReceiverPlace,
  Section,
  StandingAlarm,
  Start,
  StoreOptions,
} from './types.ts'

/** Where a purge goes on: it does the journal first, then the rows. */
export type PurgeStage = { of: 'journal' } | RowStage

/**
 * What the main thread asks of the store's thread, by kind. One request and its answer:
 *
 *     main thread (store.ts)                           store's thread (worker.ts, base.ts)
 *
 *     ask(kind, body): a promise, kept under its id
 *          │  at most 256 wait; beyond that `ask` rejects
 *          └── { id, kind, body } ───────────────────▶ one request after the other, in the order of the calls:
 *              buffers are moved                       one transaction, until the disk has it
 *                                                                │
 *     the promise of that id settles ◀─── done: answer, depth ───┤
 *                                    ◀─── failed: a code, words ─┘
 *
 * The first request is `open`, the last is `close`. Only `backup` is overtaken by later requests: it copies some pages
 * at a time. Long reads and purges are many short requests, so that commits go in between. `stage` leaves its
 * transaction open for the next commit. If the thread ends, all promises that wait reject.
 */
export interface Requests {
  open: StoreOptions
  commit: Omit<Commit, 'packets' | 'rows'> & { groups: readonly Group[]; rows: PackedRows }
  stage: { rows: PackedRows }
  sections: { snapshotSeq: number; after: string }
  journal: { fromSeq: number; toSeq: number }
  takeBlocks: { receiver: string; place: QueuePlace; rows: number }
  takeSuspects: { receiver: string; rows: number }
  noteSuspects: { receiver: string; rows: readonly BlockRowsNamed[] }
  dropSuspects: { receiver: string }
  passBlocks: { receiver: string; place: QueuePlace; upTo: BlockPlace; echoes: readonly BlockRowsNamed[] }
  rejectRows: { receiver: string; rows: readonly BlockRowsNamed[]; reason: string }
  takeEchoes: { receiver: string }
  dropEchoes: { receiver: string; ids: readonly number[] }
  setReceivers: { names: readonly string[] }
  takeNotices: { receiver: string; limit: number }
  passNotices: { receiver: string; uptoId: number; held: HeldChange | undefined }
  heldNotices: { receiver: string }
  standing: null
  remind: { nowMs: number; afterMs: number }
  endStanding: { topics: readonly string[]; nowMs: number; message: string }
  history: { measurement: string; query: HistoryQuery }
  refused: RefusedQuery
  deadLetters: { limit: number }
  dropDeadLetters: { ids: readonly number[] }
  purge: { nowMs: number; stage: PurgeStage }
  compact: { nowMs: number }
  backup: { file: string }
  noteForwarded: { seq: number }
  close: null
}

/** The answers to `Requests`, by kind. */
export interface Answers {
  open: Omit<Start, 'sections'>
  commit: Committed
  stage: null
  sections: Section[]
  journal: JournalBatch
  takeBlocks: QueuedBlock[]
  takeSuspects: QueuedBlock[]
  noteSuspects: null
  dropSuspects: null
  passBlocks: null
  rejectRows: null
  takeEchoes: QueuedBlock[]
  dropEchoes: null
  setReceivers: ReceiverPlace[]
  takeNotices: QueuedNotice[]
  passNotices: null
  heldNotices: HeldNotice[]
  standing: StandingAlarm[]
  remind: number
  endStanding: null
  history: HistoryRow[]
  refused: Refused
  deadLetters: DeadLetter[]
  dropDeadLetters: null
  purge: { purged: Purged; next: PurgeStage | undefined }
  /** Whether there are more steps. */
  compact: { more: boolean }
  backup: null
  noteForwarded: null
  close: null
}

export type Kind = keyof Requests

export type Request = { [K in Kind]: { id: number; kind: K; body: Requests[K] } }[Kind]

/** A `StoreFault` as it crosses the threads: the class of an error would not. */
export interface Failure {
  code: StoreFaultCode
  message: string
  /** Messages of the causes, one behind the other; empty: there are none. */
  cause: string
}

export type Reply =
  { id: number; kind: 'done'; answer: Answers[Kind]; depth: Depth } | { id: number; kind: 'failed'; failure: Failure }
