import { sealOf } from './seals.ts'
import type { Depth } from '../types.ts'

/** Counters that every transaction saves, so that nothing is counted by a scan and no number is given twice. */
export interface Ledger {
  /** Last number given to a journal entry. */
  lastSeq: number
  /** The number that `lastSeq` was raised to because acknowledged entries were missing. */
  raisedSeq: number
  foldedSeq: number
  /** The entry of which so many slices are folded, and the form of the slices; all 0: none. */
  cutSeq: number
  cutSlices: number
  cutForm: number
  journalEntries: number
  journalBytes: number
  lostEntries: number
  /** Number of the newest block of rows. */
  lastBlock: number
  /** The greatest number ever given to a series. */
  lastSeries: number
  /** Rows that wait for the receiver that is furthest behind. */
  waitingRows: number
  /** Rows that receivers have to write once more. */
  echoRows: number
  /** Rows that wait in the old outbox (rows/old-rows.ts). */
  queuedRows: number
  supersededRows: number
  droppedRows: number
  rejectedRows: number
  badBlocks: number
  lastNoticeId: number
  queuedNotices: number
  droppedNotices: number
  /** Refused packets that are kept as examples, their payloads' bytes, and how many gave way to newer ones. */
  refusedPackets: number
  refusedBytes: number
  fallenRefused: number
  /** The last entry that the site's stream was found to have. */
  forwardedSeq: number
}

const ZERO: Readonly<Ledger> = {
  lastSeq: 0,
  raisedSeq: 0,
  foldedSeq: 0,
  cutSeq: 0,
  cutSlices: 0,
  cutForm: 0,
  journalEntries: 0,
  journalBytes: 0,
  lostEntries: 0,
  lastBlock: 0,
  lastSeries: 0,
  waitingRows: 0,
  echoRows: 0,
  queuedRows: 0,
  supersededRows: 0,
  droppedRows: 0,
  rejectedRows: 0,
  badBlocks: 0,
  lastNoticeId: 0,
  queuedNotices: 0,
  droppedNotices: 0,
  refusedPackets: 0,
  refusedBytes: 0,
  fallenRefused: 0,
  forwardedSeq: 0,
}

/** Counters that can be counted again where they have changed on the disk, by what counts them. */
export const COUNTED_AGAIN = {
  journalEntries: `
    SELECT (SELECT count(*) FROM journal) + coalesce(sum(count), 0) AS n FROM packet_group WHERE octet_length(bytes) > 0`,
  journalBytes: `
    SELECT (SELECT coalesce(sum(24 + octet_length(topic) + octet_length(payload)), 0) FROM journal)
      + coalesce(sum(32 + octet_length(bytes)), 0) AS n FROM packet_group WHERE octet_length(bytes) > 0`,
  queuedNotices: 'SELECT count(*) AS n FROM notice',
  refusedPackets: 'SELECT count(*) AS n FROM refused_packet',
  refusedBytes: 'SELECT coalesce(sum(bytes), 0) AS n FROM refused_packet',
} as const satisfies Partial<Record<keyof Ledger, string>>

/** Counters that only tell what has been; all others are numbers that are given or places that are reached. */
const TOLD: readonly string[] = [
  ...Object.keys(COUNTED_AGAIN),
  'lostEntries',
  'waitingRows',
  'echoRows',
  'supersededRows',
  'droppedRows',
  'rejectedRows',
  'badBlocks',
  'droppedNotices',
  'fallenRefused',
  'forwardedSeq',
]

/**
 * The counters from their rows in the database; one without a row is 0. `damaged`: names of those whose row does not
 * pass its check, `isFatal` if the store cannot go on without one of them.
 */
export function readLedger(rows: Iterable<Record<string, unknown>>): {
  ledger: Ledger
  damaged: string[]
  isFatal: boolean
} {
  const ledger = { ...ZERO }
  const damaged: string[] = []
  for (const { name, number, seal } of rows) {
    if (seal !== sealOf(String(name), Number(number))) damaged.push(String(name))
    else if (typeof number === 'number' && isName(name)) ledger[name] = number
  }
  return { ledger, damaged, isFatal: damaged.some((name) => !TOLD.includes(name)) }
}

export function changedCounters(ledger: Ledger, before: Ledger): [name: string, number: number][] {
  return Object.entries(ledger).filter(([name, number]) => isName(name) && before[name] !== number)
}

export function depthOf(ledger: Ledger): Depth {
  return {
    rows: ledger.waitingRows + ledger.echoRows + ledger.queuedRows,
    notices: ledger.queuedNotices,
    lastNotice: ledger.lastNoticeId,
    journal: ledger.journalEntries,
    bytes: ledger.journalBytes,
    superseded: ledger.supersededRows,
    dropped: ledger.droppedRows,
    rejected: ledger.rejectedRows,
    badBlocks: ledger.badBlocks,
    droppedNotices: ledger.droppedNotices,
    lost: ledger.lostEntries,
    refused: ledger.refusedPackets,
    fallenRefused: ledger.fallenRefused,
    lastSeq: ledger.lastSeq,
    forwarded: ledger.forwardedSeq,
  }
}

function isName(name: unknown): name is keyof Ledger {
  return typeof name === 'string' && name in ZERO
}
