import type { Database } from './database.ts'
import { pack, unpack, type PackedPackets } from './requests.ts'
import type { JournalPacket } from './types.ts'

/** At most so many entries, and about so many bytes, at a time. */
const BATCH_ENTRIES = 1_000
const BATCH_BYTES = 4_194_304
/** What a row costs beside its topic and payload, on average. */
const ROW_BYTES = 24
/** A commit of packets waits while a chunk is deleted: about 10 ms. */
const CHUNK_ENTRIES = 5_000
const DAY_MS = 86_400_000

const APPEND = 'INSERT INTO journal (seq, now_ms, retain, topic, payload) VALUES (?, ?, ?, ?, ?)'
const READ = 'SELECT seq, now_ms, retain, topic, payload FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?'
const OLDEST = 'SELECT min(seq) AS seq FROM journal'
const SIZES = `
  SELECT seq, now_ms, octet_length(topic) + octet_length(payload) AS bytes
  FROM journal WHERE seq <= ? ORDER BY seq LIMIT ${CHUNK_ENTRIES}`
const DELETE = 'DELETE FROM journal WHERE seq <= ?'

/** Appends packets in their order, each with the next number. */
export function append(base: Database, packets: PackedPackets): void {
  const { ledger } = base
  const insert = base.sql(APPEND)
  for (const { nowMs, retain, topic, payload } of unpack(packets)) {
    ledger.lastSeq += 1
    insert.run(ledger.lastSeq, nowMs, retain ? 1 : 0, topic, payload)
    ledger.journalEntries += 1
    ledger.journalBytes += ROW_BYTES + Buffer.byteLength(topic) + payload.length
  }
}

/** The next entries from `fromSeq` to `toSeq` whose numbers follow one another; an empty batch: there are no more. */
export function readBatch(
  base: Database,
  fromSeq: number,
  toSeq: number,
): { firstSeq: number; packets: PackedPackets } {
  const packets: JournalPacket[] = []
  let firstSeq = fromSeq
  let bytes = 0
  for (const row of base.sql(READ).iterate(fromSeq, toSeq, BATCH_ENTRIES)) {
    const seq = row['seq'] as number
    if (packets.length === 0) firstSeq = seq
    if (seq !== firstSeq + packets.length) break // entries were lost here: what follows is another batch
    const payload = row['payload'] as Uint8Array
    packets.push({
      nowMs: row['now_ms'] as number,
      topic: row['topic'] as string,
      payload,
      retain: row['retain'] === 1,
    })
    bytes += payload.length
    if (bytes >= BATCH_BYTES) break
  }
  return { firstSeq, packets: pack(packets) }
}

/** Number of the oldest entry; the next number to be given when there is none. */
export function firstSeqOf(base: Database): number {
  const oldest = base.sql(OLDEST).get()?.['seq']
  return typeof oldest === 'number' ? oldest : base.ledger.lastSeq + 1
}

/** What the journal may hold: entries up to `fenceSeq` are deleted once they are too old or too many. */
interface JournalLimits {
  days: number
  bytes: number
  fenceSeq: number
}

/** Deletes one chunk of the oldest entries that are past a limit; `more`: perhaps not the last one. */
export function purgeChunk(base: Database, limits: JournalLimits, nowMs: number): { deleted: number; more: boolean } {
  const { ledger } = base
  let left = ledger.journalBytes
  let deleted = 0
  let upTo: number | undefined
  for (const row of base.sql(SIZES).iterate(limits.fenceSeq)) {
    const isOld = (row['now_ms'] as number) < nowMs - limits.days * DAY_MS
    if (!isOld && left <= limits.bytes) break
    upTo = row['seq'] as number
    left -= ROW_BYTES + (row['bytes'] as number)
    deleted += 1
  }
  if (upTo === undefined) return { deleted: 0, more: false }
  base.sql(DELETE).run(upTo)
  ledger.journalBytes = left
  ledger.journalEntries -= deleted
  return { deleted, more: deleted === CHUNK_ENTRIES }
}
