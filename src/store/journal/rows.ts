import type { Database } from '../database/database.ts'
import { GROUP_BYTES, GROUP_PACKETS, groupsOf, type NumberedGroup } from './group.ts'
import type { JournalPacket } from '../types.ts'

/**
 * The journal as releases up to 0.2.0 wrote it: a row a packet. Such entries are older than every group. They are read
 * until they are purged; nothing is added.
 */

const READ = 'SELECT seq, now_ms, retain, topic, payload FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?'
const OLDEST = 'SELECT min(seq) AS seq FROM journal'
const NEWEST_MS = 'SELECT now_ms FROM journal ORDER BY seq DESC LIMIT 1'
/** 24: what a row costs beside its topic and payload, on average; so it was counted when it was written. */
const SIZES = `
  SELECT seq AS last_seq, now_ms AS last_ms, 1 AS entries, 24 + octet_length(topic) + octet_length(payload) AS bytes
  FROM journal WHERE seq <= ? ORDER BY seq LIMIT 5000`
const DELETE = 'DELETE FROM journal WHERE seq <= ?'

/** What a purge looks at, oldest first, and how it deletes: a commit waits meanwhile, about 10 ms. */
export const ROWS = { sizes: SIZES, remove: DELETE }

/** Number of the oldest entry that is a row; undefined: there is none. */
export function firstRowSeq(base: Database): number | undefined {
  return (base.sql(OLDEST).get()?.['seq'] ?? undefined) as number | undefined
}

/** Arrival time of the newest entry that is a row; undefined: there is none. */
export function newestRowMs(base: Database): number | undefined {
  return (base.sql(NEWEST_MS).get()?.['now_ms'] ?? undefined) as number | undefined
}

/** The next entries from `fromSeq` to `toSeq` whose numbers follow one another, as a group; undefined: none. */
export function readRows(base: Database, fromSeq: number, toSeq: number): NumberedGroup | undefined {
  const packets: JournalPacket[] = []
  let firstSeq = fromSeq
  let bytes = 0
  for (const row of base.sql(READ).iterate(fromSeq, toSeq, GROUP_PACKETS)) {
    const seq = row['seq'] as number
    if (packets.length === 0) firstSeq = seq
    if (seq !== firstSeq + packets.length) break // entries were lost here: what follows is another group
    const [topic, payload] = [row['topic'] as string, row['payload'] as Uint8Array]
    packets.push({ nowMs: row['now_ms'] as number, topic, payload, retain: row['retain'] === 1 })
    bytes += topic.length + payload.length
    if (bytes >= GROUP_BYTES) break
  }
  const [group] = groupsOf(packets)
  return group === undefined ? undefined : { firstSeq, ...group }
}
