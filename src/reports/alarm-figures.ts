import type { Period } from '../core/windows/calendar.ts'
import type { Row } from '../rows/rows.ts'
import type { AlarmFigures } from '../rows/tables/alarm-figures.ts'

/** A transition of an alarm; rows of `alarm` fit. */
type Transition = Pick<Row, 'tags' | 'fields' | 'timeMs'>

/** An alarm that stands. */
interface Standing {
  readonly sinceMs: number
  /** When somebody was called for it. */
  readonly raisedMs: number
  /** Stays the same from raised until it is over; absent: the row does not say it. */
  readonly id: unknown
  acked: boolean
  /** Nothing is heard of it, or it has returned: raised once more, it counts once more. */
  isBlind: boolean
  /** Its condition is over; it waits to be reset. */
  over: boolean
}

/** Alarms that stand, by kind and source. */
type Standings = Map<string, Standing>

const MINUTE_MS = 60_000
const TEN_MINUTES_MS = 10 * MINUTE_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** EEMUA 191, 3rd edition: more than ten in ten minutes are a flood; an hour of more than thirty is too much. */
const FLOOD = 10
const BUSY = 30
/** Raised so often within a minute, an alarm chatters (ISA-18.2). */
const CHATTER = 3
const TOP = 10

/** What stood once these rows had come, oldest first. What was raised before them counts from its breach. */
export function standingsFrom(rows: readonly Transition[]): Standings {
  const standings: Standings = new Map()
  for (const row of rows) follow(standings, row)
  return standings
}

/**
 * The figures of one stretch of time, [startMs, endMs). `rows` are its transitions, oldest first; others are passed
 * over. `standings` are those at its start, and at its end when this returns.
 */
export function alarmFigures(
  standings: Standings,
  rows: readonly Transition[],
  { startMs, endMs }: Period,
): AlarmFigures {
  const raised = new Map<string, number[]>()
  const severities = { critical: 0, high: 0, warning: 0, low: 0 }
  const [ackS, clearS]: [number[], number[]] = [[], []]
  let stale = 0
  for (const row of rows) {
    if (row.timeMs < startMs || row.timeMs >= endMs) continue
    const state = stateOf(row)
    const known = standings.get(keyOf(row))
    // A severity that rises, or one more route that is told, is no other alarm
    const isSame = known !== undefined && !known.over && !known.isBlind && known.id === row.fields['id']
    if ((state === 'raised' && !(isSame && known.id !== undefined)) || state === 'chattering') {
      raised.set(keyOf(row), [...(raised.get(keyOf(row)) ?? []), row.timeMs])
      const severity = row.tags['severity']
      severities[severity === 'critical' || severity === 'high' || severity === 'low' ? severity : 'warning']++
    }
    if (state === 'stale') stale++
    const { toAckMs, toClearMs } = follow(standings, row)
    if (toAckMs !== undefined) ackS.push(toAckMs / 1000)
    if (toClearMs !== undefined) clearS.push(toClearMs / 1000)
  }
  const times = [...raised.values()].flat()
  const hours = countsBy(times, startMs, endMs, HOUR_MS)
  const top = [...raised]
    .map(([key, each]) => ({ key, count: each.length }))
    .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
    .slice(0, TOP)
  return {
    raised: times.length,
    ...severities,
    most_in_hour: Math.max(...hours),
    flood_pct: shareAbove(countsBy(times, startMs, endMs, TEN_MINUTES_MS), FLOOD),
    busy_pct: shareAbove(hours, BUSY),
    top_pct: (100 * top.reduce((sum, { count }) => sum + count, 0)) / times.length,
    top: top.map(({ key, count }) => `${key} ${count}`).join(', '),
    chattering: [...raised.values()].filter(isChattering).length,
    standing: [...standings.values()].filter(({ sinceMs }) => endMs - sinceMs > DAY_MS).length,
    stale,
    acked: ackS.length,
    ack_p50_s: quantile(ackS, 0.5),
    ack_p90_s: quantile(ackS, 0.9),
    cleared: clearS.length,
    clear_p50_s: quantile(clearS, 0.5),
    clear_p90_s: quantile(clearS, 0.9),
  }
}

/** Takes a transition into what stands; gives the time to acknowledge, or until it was over, where it ends one. */
function follow(standings: Standings, row: Transition): { toAckMs?: number; toClearMs?: number } {
  const key = keyOf(row)
  const { timeMs, fields } = row
  const known = standings.get(key)
  const begun = (): Standing => {
    const since = fields['since_ms']
    const sinceMs = typeof since === 'number' ? since : timeMs
    return {
      sinceMs,
      raisedMs: stateOf(row) === 'raised' ? timeMs : sinceMs,
      id: fields['id'],
      acked: false,
      isBlind: false,
      over: false,
    }
  }
  switch (stateOf(row)) {
    case 'raised':
    case 'chattering':
      standings.set(key, known === undefined || known.over ? begun() : { ...known, isBlind: false })
      return {}
    case 'acked': {
      const standing = known ?? begun()
      standings.set(key, standing)
      if (standing.acked) return {}
      standing.acked = true
      return { toAckMs: timeMs - standing.raisedMs }
    }
    case 'stale':
    case 'returned':
      standings.set(key, { ...(known ?? begun()), isBlind: true })
      return {}
    case 'latched':
    case 'cleared':
    case 'normal': {
      if (stateOf(row) === 'latched') standings.set(key, { ...(known ?? begun()), over: true })
      else standings.delete(key)
      return known === undefined || known.over ? {} : { toClearMs: timeMs - known.raisedMs }
    }
    case 'shelved':
    case 'suppressed':
    case 'out_of_service':
    case 'retired':
      standings.delete(key)
      return {}
    default: // late, unshelved and reclassified: nothing stands by them
      return {}
  }
}

function keyOf({ tags }: Transition): string {
  return `${tags['alarm'] ?? ''} ${tags['source'] ?? ''}`
}

function stateOf({ fields }: Transition): string {
  return String(fields['state'])
}

/** How many times fall into each stretch of `lengthMs` from the start on. */
function countsBy(timesMs: readonly number[], startMs: number, endMs: number, lengthMs: number): number[] {
  const counts = Array.from({ length: Math.ceil((endMs - startMs) / lengthMs) }, () => 0)
  for (const timeMs of timesMs) {
    const place = Math.floor((timeMs - startMs) / lengthMs)
    counts[place] = (counts[place] ?? 0) + 1
  }
  return counts
}

function shareAbove(counts: readonly number[], limit: number): number {
  return (100 * counts.filter((count) => count > limit).length) / counts.length
}

function isChattering(timesMs: readonly number[]): boolean {
  return timesMs.some((timeMs, n) => (timesMs[n + CHATTER - 1] ?? Infinity) - timeMs <= MINUTE_MS)
}

/** The smallest that so large a share does not exceed; NaN of none. */
function quantile(each: readonly number[], share: number): number {
  return each.toSorted((a, b) => a - b)[Math.ceil(share * each.length) - 1] ?? NaN
}
