import type { Database } from './database/database.ts'

/** One packet as it was refused; its readings may have ended in other outcomes too. */
export interface RefusedPacket {
  /** The reason: a word of OUTCOMES. */
  outcome: string
  /** Its beginning, if it is very long. */
  topic: string
  /** Arrival. */
  nowMs: number
  /** Names of the points whose readings were refused for this reason, the first of them. */
  points: readonly string[]
  /** The payload's beginning, and how many bytes it had. */
  payload: Uint8Array
  bytes: number
}

/** How many readings were refused for one reason from one topic; topic '' stands for those of too many topics. */
export interface RefusalCount {
  outcome: string
  topic: string
  readings: number
  /** Arrival of the first and of the last. */
  firstMs: number
  lastMs: number
}

/** What a commit adds: counts since the commit before, and packets kept as examples. */
export interface NewRefusals {
  counts: readonly RefusalCount[]
  packets: readonly RefusedPacket[]
}

export interface RefusedQuery {
  outcome?: string
  topic?: string
  /** Arrived then or later. Epoch ms. */
  sinceMs: number
  /** At most so many packets. */
  limit: number
}

/** What is kept, the newest first. */
export interface Refused {
  counts: RefusalCount[]
  packets: RefusedPacket[]
  /** Packets that have given way to newer ones, over the database's life. */
  fallen: number
}

/** Beyond either of these the oldest packets give way. */
const PACKETS = 2_000
const BYTES = 2_000_000
const COUNTS = 2_000
/** So many counts in an answer. */
const SHOWN = 1_000

const COUNT = `
  INSERT INTO refusal (outcome, topic, readings, first_ms, last_ms) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (outcome, topic) DO UPDATE SET readings = readings + excluded.readings, last_ms = excluded.last_ms`
const COUNTED = 'SELECT count(*) AS n FROM refusal'
const FORGET = `
  DELETE FROM refusal WHERE (outcome, topic) IN (SELECT outcome, topic FROM refusal ORDER BY last_ms LIMIT ?)`
const PUT = 'INSERT INTO refused_packet (outcome, topic, now_ms, points, payload, bytes) VALUES (?, ?, ?, ?, ?, ?)'
const OLDEST = 'SELECT id, length(payload) AS bytes FROM refused_packet ORDER BY id LIMIT 1'
const DROP = 'DELETE FROM refused_packet WHERE id = ?'
const READ_COUNTS = `
  SELECT * FROM refusal WHERE last_ms >= :since AND (:outcome IS NULL OR outcome = :outcome)
    AND (:topic IS NULL OR topic = :topic) ORDER BY last_ms DESC LIMIT :limit`
const READ_PACKETS = `
  SELECT * FROM refused_packet WHERE now_ms >= :since AND (:outcome IS NULL OR outcome = :outcome)
    AND (:topic IS NULL OR topic = :topic) ORDER BY id DESC LIMIT :limit`

/** Adds a commit's refusals; the oldest give way. */
export function putRefused(base: Database, { counts, packets }: NewRefusals): void {
  const { ledger } = base
  for (const { outcome, topic, readings, firstMs, lastMs } of counts) {
    base.sql(COUNT).run(outcome, topic, readings, firstMs, lastMs)
  }
  for (const { outcome, topic, nowMs, points, payload, bytes } of packets) {
    base.sql(PUT).run(outcome, topic, nowMs, JSON.stringify(points), payload, bytes)
    ledger.refusedPackets += 1
    ledger.refusedBytes += payload.length
  }
  while (ledger.refusedPackets > PACKETS || ledger.refusedBytes > BYTES) {
    const oldest = base.sql(OLDEST).get()
    if (oldest === undefined) break
    base.sql(DROP).run(oldest['id'] as number)
    ledger.refusedPackets -= 1
    ledger.refusedBytes -= oldest['bytes'] as number
    ledger.fallenRefused += 1
  }
  const over = (base.sql(COUNTED).get()?.['n'] as number) - COUNTS
  if (over > 0) base.sql(FORGET).run(over)
}

export function readRefused(base: Database, query: RefusedQuery): Refused {
  const { outcome = null, topic = null, sinceMs, limit } = query
  const asked = { since: sinceMs, outcome, topic }
  const counts = base.sql(READ_COUNTS).all({ ...asked, limit: SHOWN })
  const packets = base.sql(READ_PACKETS).all({ ...asked, limit: Math.min(limit, PACKETS) })
  return {
    counts: counts.map((row) => ({
      outcome: row['outcome'] as string,
      topic: row['topic'] as string,
      readings: row['readings'] as number,
      firstMs: row['first_ms'] as number,
      lastMs: row['last_ms'] as number,
    })),
    packets: packets.map((row) => ({
      outcome: row['outcome'] as string,
      topic: row['topic'] as string,
      nowMs: row['now_ms'] as number,
      points: JSON.parse(row['points'] as string) as string[],
      payload: row['payload'] as Uint8Array,
      bytes: row['bytes'] as number,
    })),
    fallen: base.ledger.fallenRefused,
  }
}
