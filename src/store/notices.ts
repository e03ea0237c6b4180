import type { Database } from './database/database.ts'
import type { HeldChange, HeldNotice, QueuedNotice, ReceiverPlace } from './notice-type.ts'
import { isDamaged } from './database/damaged.ts'
import { endStanding, noteStanding, remindStanding, timeOf } from './standing.ts'
import type { Notice } from '../rows/notice.ts'

/** Beyond this the oldest fall out. */
const QUEUED_NOTICES = 100_000
const TAKEN = 10_000

const PUT = 'INSERT INTO notice (id, name, topic, payload, at_ms) VALUES (?, ?, ?, ?, ?)'
const TAKE = `
  SELECT id, notice.name, topic, payload, at_ms FROM notice
  WHERE id > (SELECT passed_id FROM receiver WHERE receiver.name = ?) ORDER BY id LIMIT ?`
const DROP_OLDEST = 'DELETE FROM notice WHERE id IN (SELECT id FROM notice ORDER BY id LIMIT ?)'
const DROP_PASSED = 'DELETE FROM notice WHERE id <= (SELECT min(passed_id) FROM receiver)'
const PASS = 'UPDATE receiver SET passed_id = max(passed_id, ?) WHERE name = ?'
const BEGIN = 'INSERT INTO receiver (name, passed_id) VALUES (?, ?)'
const HOLD = `
  INSERT INTO held_notice (receiver, name, topic, payload, at_ms, told) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (receiver, name) DO UPDATE SET
    topic = excluded.topic, payload = excluded.payload, at_ms = excluded.at_ms, told = excluded.told`
const LET_GO = 'DELETE FROM held_notice WHERE receiver = ? AND name = ?'
const HELD = 'SELECT topic, name, payload, at_ms, told FROM held_notice WHERE receiver = ? ORDER BY at_ms, name'
const OLDEST = 'SELECT min(id) AS id FROM notice'
const RECEIVERS = 'SELECT name, passed_id FROM receiver ORDER BY name'

/** Queues a commit's notices, and keeps the table of standing alarms in step with them. */
export function putNotices(base: Database, notices: readonly Notice[]): void {
  noteStanding(base, notices)
  queue(base, notices)
}

export function takeNotices(base: Database, receiver: string, limit: number): QueuedNotice[] {
  const rows = base.sql(TAKE).all(receiver, Math.min(limit, TAKEN))
  return rows.map((row) => ({
    id: row['id'] as number,
    notice: { id: row['name'] as string, topic: row['topic'] as string, payload: row['payload'] as string },
    atMs: row['at_ms'] as number,
  }))
}

export function passNotices(base: Database, receiver: string, uptoId: number, held?: HeldChange): void {
  base.sql(PASS).run(Math.min(uptoId, base.ledger.lastNoticeId), receiver)
  if (held !== undefined && 'drop' in held) base.sql(LET_GO).run(receiver, held.drop)
  else if (held !== undefined) {
    const { notice, atMs, told } = held.put
    base.sql(HOLD).run(receiver, notice.id, notice.topic, notice.payload, atMs, told ? 1 : 0)
  }
  dropPassed(base)
}

export function heldNotices(base: Database, receiver: string): HeldNotice[] {
  const rows = base.sql(HELD).all(receiver)
  return rows.map((row) => ({
    notice: { id: row['name'] as string, topic: row['topic'] as string, payload: row['payload'] as string },
    atMs: row['at_ms'] as number,
    told: row['told'] === 1,
  }))
}

export function setReceivers(base: Database, names: readonly string[]): ReceiverPlace[] {
  const known = new Set(readReceivers(base).map(({ name }) => name))
  for (const name of known) {
    if (names.includes(name)) continue
    base.sql('DELETE FROM receiver WHERE name = ?').run(name)
    base.sql('DELETE FROM held_notice WHERE receiver = ?').run(name)
  }
  for (const name of names) {
    if (!known.has(name)) base.sql(BEGIN).run(name, placeOfNew(base))
  }
  dropPassed(base)
  return readReceivers(base)
}

/** A new receiver begins behind the newest notice. Where a place was lost, at the oldest: better twice than never. */
function placeOfNew(base: Database): number {
  const oldest = isDamaged(base, 'receiver') ? base.sql(OLDEST).get()?.['id'] : undefined
  return typeof oldest === 'number' ? oldest - 1 : base.ledger.lastNoticeId
}

export function remind(base: Database, nowMs: number, afterMs: number): number {
  const notices = remindStanding(base, nowMs, nowMs - afterMs)
  queue(base, notices, nowMs)
  return notices.length
}

export function endAlarms(base: Database, topics: readonly string[], nowMs: number, message: string): void {
  queue(base, endStanding(base, topics, nowMs, message))
}

function queue(base: Database, notices: readonly Notice[], atMs?: number): void {
  const { ledger } = base
  for (const notice of notices) {
    ledger.lastNoticeId += 1
    base.sql(PUT).run(ledger.lastNoticeId, notice.id, notice.topic, notice.payload, atMs ?? timeOf(notice))
  }
  ledger.queuedNotices += notices.length
  if (ledger.queuedNotices > QUEUED_NOTICES) {
    const fallen = Number(base.sql(DROP_OLDEST).run(ledger.queuedNotices - QUEUED_NOTICES).changes)
    ledger.queuedNotices -= fallen
    ledger.droppedNotices += fallen
  }
}

function readReceivers(base: Database): ReceiverPlace[] {
  const rows = base.sql(RECEIVERS).all()
  return rows.map((row) => ({ name: row['name'] as string, passedId: row['passed_id'] as number }))
}

/** Deletes what all receivers have passed. Without a receiver nothing is deleted: one may come. */
function dropPassed(base: Database): void {
  base.ledger.queuedNotices -= Number(base.sql(DROP_PASSED).run().changes)
}
