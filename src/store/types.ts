import type { HeldChange, HeldNotice, NoticeQueue, QueuedNotice, ReceiverPlace, StandingAlarm } from './notice-type.ts'
import type { NumberedGroup } from './journal/group.ts'
import type { NewRows, RowQueue, SavedSeries } from './queue-type.ts'
import type { NewRefusals, RefusalCount, Refused, RefusedPacket, RefusedQuery } from './refused.ts'
import type { DeadLetter } from './rows/dead-letters.ts'
import type { Notice } from '../rows/notice.ts'

/** Where the store lies and what it may hold. */
export interface StoreOptions {
  /** The folder; it is made, readable by its owner only. */
  path: string
  /** How long packets are kept, in days, and how many bytes of them; whichever is less. */
  journalDays: number
  journalBytes: number
  /**
   * For whom rows are queued, in any order. A new receiver begins behind the newest block, one that is gone is
   * forgotten. Without any, rows go to the local history only.
   */
  rowReceivers: readonly string[]
  /** How many rows may wait for a receiver; beyond it the oldest fall out of its queue and are counted. */
  queuedRows?: number
  /** How large the database file may grow, in bytes; beyond it a commit is refused as on a full disk. */
  databaseBytes?: number
  /**
   * The journal is forwarded to a stream. Entries that the stream does not have are kept however old and many they are;
   * those that it has are kept for `journalDays`, however many.
   */
  isForwarded?: boolean
  /** Opens only a sound store that is there: makes no folder and no database, puts none in a damaged one's place. */
  mustExist?: boolean
}

/** One packet as it came. `topic` is empty for a tick. */
export interface JournalPacket {
  nowMs: number
  topic: string
  payload: Uint8Array
  retain: boolean
}

export interface JournalEntry extends JournalPacket {
  /** Rises by one from entry to entry; never used again. */
  seq: number
}

/** Packets of the journal, first to last, that are lost: their bytes have changed on the disk, or are not there. */
export interface LostGroup {
  firstSeq: number
  lastSeq: number
  reason: 'changed' | 'missing'
}

/** A part of a snapshot of the core, at most `SECTION_BYTES`. Without bytes it says that the section is gone. */
export interface Section {
  name: string
  bytes: Uint8Array
}

export const SECTION_BYTES = 1_048_576

/** The entry behind `foldedSeq` that is folded in part: the outputs of its first slices are stored. */
export interface Cut {
  seq: number
  slices: number
  /** A number for where slices end; those of another form end elsewhere. */
  form: number
}

/** One transaction: when the promise resolves all of it is on the disk, when it rejects nothing is. */
export interface Commit {
  /** Appended to the journal in this order, up to 1,000 of them and about 4 MiB as one group. */
  packets: readonly JournalPacket[]
  /** All entries up to here are folded, and their outputs are in this or earlier commits. It never falls. */
  foldedSeq: number
  /** How far the next entry is folded. It never goes back in one entry. */
  cut?: Cut | undefined
  /** To the local history, the last row of a series, window and time winning, and to the receivers' queue. */
  rows: NewRows
  notices: readonly Notice[]
  refused?: NewRefusals
  /**
   * The sections that changed, all as they were after entry `seq` (at most `foldedSeq`); those not named stay valid. A
   * large snapshot may be spread over commits with `more`: it counts when the commit without `more` is in.
   */
  snapshot?: { seq: number; sections: readonly Section[]; more?: boolean }
}

export interface Committed {
  /** Numbers of the first and last packet of the commit; without packets, `firstSeq` is `lastSeq` + 1. */
  firstSeq: number
  lastSeq: number
}

/** What the store found when it was opened: all that the fold needs to go on. */
export interface Start {
  /** Oldest entry still there (`lastSeq` + 1 when there is none), and the newest. */
  firstSeq: number
  lastSeq: number
  foldedSeq: number
  /** Arrival time of the newest entry; absent: there is none that can be read. */
  newestMs?: number
  /** Absent: no entry was cut. */
  cut?: Cut
  /** The newest good snapshot was taken after this entry; 0: there is none, fold from `firstSeq`. */
  snapshotSeq: number
  /** The last acknowledged number by the mark beside the database; undefined: there was no readable mark. */
  highWater: number | undefined
  /** So many acknowledged entries are missing at the end of the journal. */
  lostSeq?: number
  /** All series of the local history, and the greatest number ever given to one. */
  series: readonly SavedSeries[]
  lastSeries: number
  /** Snapshots that did not pass their check and were set aside, newest first. */
  badSnapshots: { seq: number; reason: string }[]
  /** Counters, and rows by table and key, that had changed on the disk: they were taken out and are kept beside. */
  damaged: readonly string[]
  /** The database was damaged, was moved to this file, and a new one begun. */
  quarantined?: string
  /** The sections of the snapshot at `snapshotSeq`, one read at a time. */
  sections: AsyncIterable<Section>
}

/** How much the store holds, counted transaction by transaction. */
export interface Depth {
  /**
   * Rows that wait for the receiver that is furthest behind or must be written once more, notices that wait for
   * anybody, journal entries, and the journal's bytes.
   */
  rows: number
  notices: number
  /** The number of the newest notice. */
  lastNotice: number
  journal: number
  bytes: number
  /**
   * Over the database's life: rows that a newer one replaced while they waited for anybody, that fell out of a
   * receiver's full queue, that a receiver rejected.
   */
  superseded: number
  dropped: number
  rejected: number
  /** Blocks of rows that were damaged and set aside, over the database's life. */
  badBlocks: number
  droppedNotices: number
  /** Acknowledged entries that were missing at a start, or whose bytes had changed. */
  lost: number
  /** Refused packets that are kept, and those that gave way to newer ones over the database's life. */
  refused: number
  fallenRefused: number
  /** The newest entry of the journal, and the last one that the stream has, as it was noted. */
  lastSeq: number
  forwarded: number
}

export interface HistoryQuery {
  /** Only series with these tags. */
  tags?: Readonly<Record<string, string>>
  /** Both included; rows are stamped with the end of their interval. Epoch ms. */
  fromMs: number
  toMs: number
  /** At most so many rows in all (at most `HISTORY_ROWS`), and of each series. */
  limit: number
  perSeries?: number
  /** Newest first within each series, otherwise oldest first. */
  newestFirst?: boolean
}

export const HISTORY_ROWS = 20_000

/** How long the local history keeps rows of points and inlets, in days. */
export const KEEP_DAYS = 30

export interface HistoryRow {
  measurement: string
  tags: Record<string, string>
  fields: Record<string, number | string | boolean>
  timeMs: number
}

export interface Purged {
  /** Journal entries and rows of the local history that were deleted. */
  journal: number
  history: number
}

/** Every promise rejects with a `StoreFault`: a sentence, its cause, and a code that tells what can be done. */
export interface Store extends RowQueue, NoticeQueue, AsyncDisposable {
  /** In the order of the calls. When it rejects, nothing of the commit is kept, and no number is used. */
  commit(commit: Commit): Promise<Committed>
  /**
   * Adds rows to the next commit, for more of them than one commit should carry. Until that commit is in, nothing of
   * them is kept; when it is refused, or the store closes before, they are gone.
   */
  stage(rows: NewRows): Promise<void>
  start(): Start
  /** Entries from `fromSeq` to the newest at the call, in batches of at most 1,000 entries and about 4 MiB. */
  journal(fromSeq: number): AsyncGenerator<JournalEntry[], void, undefined>
  /** The same as the groups that they lie in. The first may begin before `fromSeq`. */
  groups(fromSeq: number): AsyncGenerator<NumberedGroup[], void, undefined>
  /** Notes that the stream has all entries up to this one, and none behind it. */
  noteForwarded(seq: number): Promise<void>
  /** What reads of the journal have met since the store was opened and left out: set aside, counted as lost. */
  lostGroups(): readonly LostGroup[]
  /** Series by series, each in the order of time. */
  history(measurement: string, query: HistoryQuery): Promise<HistoryRow[]>
  /** Refused readings by outcome and topic, and packets kept as examples. */
  refused(query: RefusedQuery): Promise<Refused>
  /** Rows that their receiver will never take as they are, the newest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>
  /** Forgets dead letters. */
  dropDeadLetters(ids: readonly number[]): Promise<void>
  depth(): Depth
  /** Deletes what is past its time or size, in small steps between which commits go on. */
  purge(nowMs: number): Promise<Purged>
  /**
   * Packs frames of hours that are over into chunks of the local history, and brings over what an older release left.
   * In small steps between which commits go on; one that is cut short goes on at the next call.
   */
  compact(nowMs: number, signal?: AbortSignal): Promise<void>
  /** Copies the database while commits go on; `file` is whole or not there. Replaces an older file. */
  backup(file: string): Promise<void>
  /** Waits for what was asked before, writes the mark and closes. Further calls reject. */
  close(): Promise<void>
}

export { isFull, StoreFault } from './fault.ts'
export type { DeadLetter }
export type { NewRefusals, RefusalCount, Refused, RefusedPacket, RefusedQuery }
export type { HeldChange, HeldNotice, NewRows, Notice, NoticeQueue, QueuedNotice }
export type { ReceiverPlace, RowQueue, SavedSeries, StandingAlarm }
