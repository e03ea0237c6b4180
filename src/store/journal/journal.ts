import type { Database } from '../database/database.ts'
import {
  checksumOf,
  entriesOf,
  GROUP_BYTES,
  GROUP_PACKETS,
  groupOfRow,
  type Group,
  type NumberedGroup,
} from './group.ts'
import { firstRowSeq, newestRowMs, readRows, ROWS } from './rows.ts'
import type { LostGroup, StoreOptions } from '../types.ts'

/** What a group costs beside its bytes, on average. */
const ROW_BYTES = 32
/** So many groups that did not pass their check are kept for whoever wants to look at them. */
const KEPT_BAD = 100
const DAY_MS = 86_400_000

const APPEND = 'INSERT INTO packet_group (first_seq, count, last_ms, crc32, bytes) VALUES (?, ?, ?, ?, ?)'
/** It is read row by row, and given up where a batch is full. */
const READ = `
  SELECT first_seq, count, last_ms, crc32, bytes FROM packet_group
  WHERE first_seq <= ? AND first_seq >= coalesce((SELECT max(first_seq) FROM packet_group WHERE first_seq <= ?), 0)
  ORDER BY first_seq`
const OLDEST = 'SELECT min(first_seq) AS seq FROM packet_group'
const NEWEST_GROUP = 'SELECT * FROM packet_group ORDER BY first_seq DESC LIMIT 1'
const NEWEST_WITH_PACKETS = 'SELECT * FROM packet_group WHERE octet_length(bytes) > 0 ORDER BY first_seq DESC LIMIT 1'
const NEWEST_ROW = 'SELECT max(seq) AS seq FROM journal'
const AFTER = 'SELECT min(first_seq) AS seq FROM packet_group WHERE first_seq > ?'
const SIZES = `
  SELECT first_seq + count - 1 AS last_seq, last_ms, iif(octet_length(bytes) > 0, count, 0) AS entries,
    iif(octet_length(bytes) > 0, ${ROW_BYTES} + octet_length(bytes), 0) AS bytes
  FROM packet_group WHERE first_seq <= ? ORDER BY first_seq LIMIT 500`
const DELETE = 'DELETE FROM packet_group WHERE first_seq <= ?'
const GROUPS = { sizes: SIZES, remove: DELETE }
/** Numbers whose packets are lost, in place of their group: no packets, no bytes, not checked. */
const NOTE_LOST =
  "INSERT OR REPLACE INTO packet_group (first_seq, count, last_ms, crc32, bytes) VALUES (?, ?, 0, 0, x'')"
const BYTES = 'SELECT octet_length(bytes) AS bytes FROM packet_group WHERE first_seq = ?'
const SET_ASIDE = 'INSERT OR REPLACE INTO bad_packet_group SELECT * FROM packet_group WHERE first_seq = ?'
const FORGET_BAD = `
  DELETE FROM bad_packet_group
  WHERE first_seq <= (SELECT first_seq FROM bad_packet_group ORDER BY first_seq DESC LIMIT 1 OFFSET ${KEPT_BAD})`

/** Appends groups of packets in their order, each packet with the next number. */
export function append(base: Database, groups: readonly Group[]): void {
  const { ledger } = base
  for (const group of groups) {
    const numbered = { firstSeq: ledger.lastSeq + 1, ...group }
    base.sql(APPEND).run(numbered.firstSeq, group.count, group.lastMs, checksumOf(numbered), group.bytes)
    ledger.lastSeq += group.count
    ledger.journalEntries += group.count
    ledger.journalBytes += ROW_BYTES + group.bytes.length
  }
}

/** What a read found: sound groups in their order, and perhaps lost packets behind them, where it stopped. */
export interface JournalBatch {
  groups: NumberedGroup[]
  bad: LostGroup | undefined
}

/**
 * The next groups with entries from `fromSeq` to `toSeq`; the first may begin before, the last may end behind. Nothing
 * in it: there are no more.
 */
export function readBatch(base: Database, fromSeq: number, toSeq: number): JournalBatch {
  const rows = readRows(base, fromSeq, toSeq)
  if (rows !== undefined) return { groups: [rows], bad: undefined }
  const groups: NumberedGroup[] = []
  let packets = 0
  let bytes = 0
  let nextSeq: number | undefined
  for (const row of base.sql(READ).iterate(toSeq, fromSeq)) {
    const { group, isSound } = groupOfRow(row)
    const { firstSeq, count } = group
    nextSeq ??= firstSeq <= fromSeq ? firstSeq : seqBehindRows(base)
    if (nextSeq !== undefined && firstSeq > nextSeq) return { groups, bad: missing(nextSeq, firstSeq - 1) }
    nextSeq = firstSeq + count
    if (group.bytes.length === 0 || (isSound && nextSeq <= fromSeq)) continue
    if (!isSound) return { groups, bad: changed(base, group) }
    packets += count
    if (groups.length > 0 && packets > GROUP_PACKETS) break
    groups.push(group)
    bytes += group.bytes.length
    if (bytes >= GROUP_BYTES) break
  }
  return { groups, bad: undefined }
}

/** A bad group's own count may be what is bad: its entries are all up to the next group. */
function changed(base: Database, { firstSeq }: NumberedGroup): LostGroup {
  const next = base.sql(AFTER).get(firstSeq)?.['seq'] ?? base.ledger.lastSeq + 1
  return { firstSeq, lastSeq: (next as number) - 1, reason: 'changed' }
}

function missing(firstSeq: number, lastSeq: number): LostGroup {
  return { firstSeq, lastSeq, reason: 'missing' }
}

/** The number behind the entries of an older release that lie before all groups; undefined: there are none. */
function seqBehindRows(base: Database): number | undefined {
  const seq = base.sql(NEWEST_ROW).get()?.['seq'] ?? undefined
  return seq === undefined ? undefined : (seq as number) + 1
}

/**
 * Notes that packets are lost, so that they are counted and told once. What is left of a changed group is kept beside
 * the journal.
 */
export function setGroupAside(base: Database, { firstSeq, lastSeq }: LostGroup): void {
  const { ledger } = base
  const entries = lastSeq - firstSeq + 1
  const found = base.sql(BYTES).get(firstSeq)?.['bytes'] as number | undefined
  // Nobody knows how large a missing group was: as large as the others are on average.
  const bytes = found === undefined ? (entries * ledger.journalBytes) / ledger.journalEntries : ROW_BYTES + found
  base.sql(SET_ASIDE).run(firstSeq)
  base.sql(FORGET_BAD).run()
  noteLost(base, firstSeq, lastSeq)
  ledger.journalEntries -= entries
  ledger.journalBytes -= Math.round(bytes)
}

/** Notes that the packets of these numbers are lost. The journal has no packets behind them, or a group. */
export function noteLost(base: Database, firstSeq: number, lastSeq: number): void {
  const entries = lastSeq - firstSeq + 1
  base.sql(NOTE_LOST).run(firstSeq, entries)
  base.ledger.lostEntries += entries
}

/** Number of the oldest entry; the next number to be given when there is none. */
export function firstSeqOf(base: Database): number {
  return firstRowSeq(base) ?? ((base.sql(OLDEST).get()?.['seq'] ?? base.ledger.lastSeq + 1) as number)
}

/** Number of the journal's last entry; undefined: it is empty, or its newest group has changed and says nothing. */
export function newestSeq(base: Pick<Database, 'sql'>): number | undefined {
  const row = base.sql(NEWEST_GROUP).get()
  if (row === undefined) return (base.sql(NEWEST_ROW).get()?.['seq'] ?? undefined) as number | undefined
  const { group, isSound } = groupOfRow(row)
  return isSound || group.bytes.length === 0 ? group.firstSeq + group.count - 1 : undefined
}

/** Arrival time of the journal's last entry; undefined as for `newestSeq`. */
export function newestArrivalMs(base: Database): number | undefined {
  const row = base.sql(NEWEST_WITH_PACKETS).get()
  if (row === undefined) return newestRowMs(base)
  const { group, isSound } = groupOfRow(row)
  return isSound ? entriesOf(group).at(-1)?.nowMs : undefined
}

/** What the journal may hold: entries up to `fenceSeq` are deleted once they are too old or too many. */
interface JournalLimits {
  days: number
  bytes: number
  fenceSeq: number
}

type Limited = Database & { options: Pick<StoreOptions, 'journalDays' | 'journalBytes' | 'isForwarded'> }

function limitsOf({ ledger, options }: Limited, snapshotSeq: number): JournalLimits {
  const { journalDays: days, journalBytes, isForwarded = false } = options
  const fenceSeq = Math.min(snapshotSeq, ledger.foldedSeq, isForwarded ? ledger.forwardedSeq : Infinity)
  return { days, bytes: isForwarded ? Infinity : journalBytes, fenceSeq }
}

/**
 * Deletes a chunk of the oldest entries that are past a limit, whole groups; 0: none is. Entries behind `snapshotSeq`
 * stay.
 */
export function purgeChunk(base: Limited, snapshotSeq: number, nowMs: number): number {
  const { ledger } = base
  const limits = limitsOf(base, snapshotSeq)
  const { sizes, remove } = firstRowSeq(base) === undefined ? GROUPS : ROWS
  const oldestMs = nowMs - limits.days * DAY_MS
  let left = ledger.journalBytes
  let deleted = 0
  let upTo: number | undefined
  for (const row of base.sql(sizes).iterate(limits.fenceSeq)) {
    const isOld = (row['last_ms'] as number) < oldestMs
    if ((!isOld && left <= limits.bytes) || (row['last_seq'] as number) > limits.fenceSeq) break
    upTo = row['last_seq'] as number
    left -= row['bytes'] as number
    deleted += row['entries'] as number
    if (ledger.journalBytes - left >= GROUP_BYTES) break
  }
  if (upTo === undefined) return 0
  base.sql(remove).run(upTo)
  ledger.journalBytes = left
  ledger.journalEntries -= deleted
  return deleted
}
