import type { Database } from './database.ts'
import type { Notice, StandingAlarm } from './notice-type.ts'
import type { StoredRow } from './types.ts'

/** States of an alarm that is there, and such that say that it is not, or is not to be told. */
const STANDS = new Set(['raised', 'acked', 'stale', 'latched'])
const ENDED = new Set(['cleared', 'normal', 'shelved', 'suppressed', 'out_of_service'])
/** Whoever was told that an alarm was raised is told of these, however late they come. */
const OWED = new Set(['cleared', 'normal'])

const PUT = `
  INSERT INTO standing (alarm, source, id, topic, state, since_ms, told_ms, repeats, payload)
  VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)
  ON CONFLICT (alarm, source) DO UPDATE SET
    since_ms = iif(id = excluded.id, since_ms, excluded.since_ms), repeats = iif(id = excluded.id, repeats, 0),
    id = excluded.id, topic = excluded.topic, state = excluded.state, told_ms = excluded.told_ms,
    payload = excluded.payload`
const CHANGE = 'UPDATE standing SET state = ? WHERE alarm = ? AND source = ? AND since_ms <= ?'
const END = 'DELETE FROM standing WHERE alarm = ? AND source = ? AND since_ms <= ? RETURNING id, topic'
const ALL = 'SELECT alarm, source, id, topic, state, since_ms, payload FROM standing ORDER BY since_ms, alarm, source'
const FIND = 'SELECT alarm, source, id, topic, state, since_ms, payload FROM standing WHERE alarm = ? AND source = ?'
const DUE = `
  SELECT alarm, source, id, topic, repeats, payload FROM standing
  WHERE state = 'raised' AND told_ms <= ? ORDER BY told_ms LIMIT 1000`
const TOLD = 'UPDATE standing SET told_ms = ?, repeats = ? WHERE alarm = ? AND source = ?'

/** What a notice or a row says of an alarm. */
interface Facts {
  alarm: string
  source: string
  state: string
  timeMs: number
}

/**
 * Notes what a commit says of alarms: those that are told stand until a row ends them. Gives notices that are owed: for
 * ends that nobody would be told of, because they came too late to be news.
 */
export function noteStanding(base: Database, notices: readonly Notice[], rows: readonly StoredRow[]): Notice[] {
  const told = new Set<string>()
  for (const notice of notices) {
    const facts = factsOf(membersOf(notice.payload))
    if (facts === undefined) continue
    const { alarm, source, state, timeMs } = facts
    told.add(`${notice.id} ${state}`)
    if (STANDS.has(state)) {
      base.sql(PUT).run(alarm, source, notice.id, notice.topic, state, timeMs, timeMs, notice.payload)
    } else if (ENDED.has(state)) base.sql(END).all(alarm, source, timeMs)
  }
  return rows.flatMap((row) => (row.measurement === 'alarm' ? noteRow(base, row, told) : []))
}

function noteRow(base: Database, row: StoredRow, told: ReadonlySet<string>): Notice[] {
  const members = { ...membersOf(row.tags), ...membersOf(row.fields), timeMs: row.timeMs }
  const facts = factsOf(members)
  if (facts === undefined) return []
  const { alarm, source, state, timeMs } = facts
  if (STANDS.has(state)) base.sql(CHANGE).run(state, alarm, source, timeMs)
  if (!ENDED.has(state)) return []
  const ended = base.sql(END).get(alarm, source, timeMs)
  if (ended === undefined || !OWED.has(state) || told.has(`${String(ended['id'])} ${state}`)) return []
  const { id, topic } = ended as { id: string; topic: string }
  return [{ id, topic, payload: JSON.stringify(members) }]
}

export function readStanding(base: Database): StandingAlarm[] {
  return base
    .sql(ALL)
    .all()
    .map((row) => standingOf(row))
}

/** Notices for alarms that were told last at `beforeMs` or earlier, with the number of the repetition. */
export function remindStanding(base: Database, nowMs: number, beforeMs: number): Notice[] {
  return base
    .sql(DUE)
    .all(beforeMs)
    .map((row) => {
      const { notice, alarm, source } = standingOf({ ...row, state: 'raised', since_ms: 0 })
      const repeat = (row['repeats'] as number) + 1
      base.sql(TOLD).run(nowMs, repeat, alarm, source)
      return { ...notice, payload: JSON.stringify({ ...membersOf(notice.payload), repeat }) }
    })
}

/** Ends alarms whose source is no more, and gives the notices that tell it. */
export function endStanding(
  base: Database,
  alarms: readonly Pick<StandingAlarm, 'alarm' | 'source'>[],
  nowMs: number,
  message: string,
): Notice[] {
  return alarms.flatMap(({ alarm, source }) => {
    const row = base.sql(FIND).get(alarm, source)
    if (row === undefined) return []
    const { notice } = standingOf(row)
    base.sql(END).all(alarm, source, Number.MAX_SAFE_INTEGER)
    const members = { ...membersOf(notice.payload), state: 'cleared', message, timeMs: nowMs }
    return [{ ...notice, payload: JSON.stringify(members) }]
  })
}

function standingOf(row: Record<string, unknown>): StandingAlarm {
  return {
    alarm: row['alarm'] as string,
    source: row['source'] as string,
    state: row['state'] as string,
    sinceMs: row['since_ms'] as number,
    notice: { id: row['id'] as string, topic: row['topic'] as string, payload: row['payload'] as string },
  }
}

/** When a notice's transition was, epoch ms; 0 if it does not say. */
export function timeOf({ payload }: Notice): number {
  return factsOf(membersOf(payload))?.timeMs ?? 0
}

function factsOf(members: Record<string, unknown>): Facts | undefined {
  const { alarm, source, state, timeMs } = members
  if (typeof alarm !== 'string' || typeof source !== 'string' || typeof state !== 'string') return undefined
  return Number.isSafeInteger(timeMs) ? { alarm, source, state, timeMs: timeMs as number } : undefined
}

function membersOf(json: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {} // not of an alarm
    throw error
  }
}
