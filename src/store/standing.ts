import type { Database } from './database/database.ts'
import type { StandingAlarm } from './notice-type.ts'
import type { Notice } from '../rows/notice.ts'

/** States of an alarm that stands; and states in which it is over or nobody has to act. */
const STANDS = new Set(['raised', 'chattering', 'acked', 'stale', 'returned', 'latched'])
const ENDED = new Set(['cleared', 'normal', 'retired', 'shelved', 'suppressed', 'out_of_service'])

const PUT = `
  INSERT INTO standing (topic, id, alarm, source, state, since_ms, told_ms, repeats, payload)
  VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)
  ON CONFLICT (topic) DO UPDATE SET
    repeats = iif(id = excluded.id, repeats, 0), id = excluded.id, alarm = excluded.alarm, source = excluded.source,
    state = excluded.state, since_ms = excluded.since_ms, told_ms = excluded.told_ms, payload = excluded.payload`
const END = 'DELETE FROM standing WHERE topic = ?'
const ALL = 'SELECT topic, id, alarm, source, state, since_ms, payload FROM standing ORDER BY since_ms, topic'
const FIND = 'SELECT id, payload FROM standing WHERE topic = ?'
const DUE = `
  SELECT topic, id, repeats, payload FROM standing AS it
  WHERE state = 'raised' AND told_ms <= ? AND NOT EXISTS (
    SELECT 1 FROM standing AS other
    WHERE it.alarm = 'inlet_recommended' AND other.alarm = 'inlet_allowable' AND other.source = it.source
      AND other.state <> 'latched')
  ORDER BY told_ms LIMIT 1000`
const UNCOVER = `
  UPDATE standing SET told_ms = 0 WHERE alarm = 'inlet_recommended' AND state = 'raised' AND source = ?`
const TOLD = 'UPDATE standing SET told_ms = ?, repeats = ? WHERE topic = ?'

/** What a notice says about an alarm. */
interface Facts {
  alarm: string
  source: string
  state: string
  timeMs: number
  sinceMs: number
}

/** Keeps the table of standing alarms, by topic: an alarm stands until a notice says that it is over. */
export function noteStanding(base: Database, notices: readonly Notice[]): void {
  for (const { id, topic, payload } of notices) {
    const facts = factsOf(membersOf(payload))
    if (facts === undefined) continue
    const { alarm, source, state, timeMs, sinceMs } = facts
    if (STANDS.has(state)) base.sql(PUT).run(topic, id, alarm, source, state, sinceMs, timeMs, payload)
    else if (ENDED.has(state)) base.sql(END).run(topic)
    // While the greater stood it stood for the lesser, too: what is left of both is told once more
    if (alarm === 'inlet_allowable' && (ENDED.has(state) || state === 'latched')) base.sql(UNCOVER).run(source)
  }
}

export function readStanding(base: Database): StandingAlarm[] {
  const rows = base.sql(ALL).all()
  return rows.map((row) => ({
    alarm: row['alarm'] as string,
    source: row['source'] as string,
    state: row['state'] as string,
    sinceMs: row['since_ms'] as number,
    notice: { id: row['id'] as string, topic: row['topic'] as string, payload: row['payload'] as string },
  }))
}

/**
 * Notices for alarms whose last notice is from `beforeMs` or earlier, with the number of the repetition. The lesser of
 * two alarms of an inlet is not told again while the greater stands.
 */
export function remindStanding(base: Database, nowMs: number, beforeMs: number): Notice[] {
  const rows = base.sql(DUE).all(beforeMs)
  return rows.map((row) => {
    const topic = row['topic'] as string
    const repeat = (row['repeats'] as number) + 1
    base.sql(TOLD).run(nowMs, repeat, topic)
    const payload = JSON.stringify({ ...membersOf(row['payload'] as string), repeat })
    return { id: row['id'] as string, topic, payload }
  })
}

/** Ends alarms whose sources are gone, and returns the notices that say so. */
export function endStanding(base: Database, topics: readonly string[], nowMs: number, message: string): Notice[] {
  return topics.flatMap((topic) => {
    const row = base.sql(FIND).get(topic)
    if (row === undefined) return []
    base.sql(END).run(topic)
    const members = membersOf(row['payload'] as string)
    const payload = JSON.stringify({
      ...members,
      state: 'cleared',
      message,
      text: message,
      timeMs: nowMs,
      endsAtMs: nowMs,
    })
    return [{ id: row['id'] as string, topic, payload }]
  })
}

/** Time of a notice's transition, epoch ms; 0 if it names none. */
export function timeOf({ payload }: Notice): number {
  return factsOf(membersOf(payload))?.timeMs ?? 0
}

function factsOf(members: Record<string, unknown>): Facts | undefined {
  const { alarm, source, state, timeMs, startsAtMs = timeMs } = members
  if (typeof alarm !== 'string' || typeof source !== 'string' || typeof state !== 'string') return undefined
  if (!Number.isSafeInteger(timeMs) || !Number.isSafeInteger(startsAtMs)) return undefined
  return { alarm, source, state, timeMs: timeMs as number, sinceMs: startsAtMs as number }
}

function membersOf(json: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {} // no alarm's notice
    throw error
  }
}
