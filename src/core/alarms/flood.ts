import { distance } from './breach.ts'
import { ALARM_KINDS, SEVERITIES, type LimitQuantity, type LimitSide } from '../contract/alarm-kinds.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import type { Sink } from '../contract/sink.ts'
import { withoutNoise } from './row.ts'

/**
 * An alarm flood (ISA-18.2, EEMUA 191). An alarm raised in a flood sends no notice of its own: it joins the group of
 * its kind and hall. There it stays until it is over, even if the flood ends before. Every transition is still a row.
 *
 *              the 11th alarm raised within 10 min (`countRaise`)
 *       off ────────────────────────────────────────────────────────> on
 *        ^                                                             │
 *        └─────────────────────────────────────────────────────────────┘
 *           fewer than 5 raised in the last 10 min (`isFlooded`, seen at the next raise) (D46)
 */
export interface Flood {
  /** Arrival times of the newest raises, newest first. */
  readonly raisesMs: Float64Array
  on: boolean
  /** Groups by kind and hall, in the order in which they began. */
  readonly groups: Map<number, FloodGroup>
}

/**
 * The alarms of one kind and hall that a flood raised: one notice tells their number. A tick looks at a group at most
 * once a minute.
 *
 *     (none)  ── a member is raised or changes ──> changed
 *     changed ── tick: some members stand ───────> quiet     notice, if their number is not that of the last notice,
 *                                                            or their highest severity is above that of any notice
 *             ── tick: no member stands ─────────> (none)    notice with count 0, if there was a notice before
 *     quiet   ── a member is raised or changes ──> changed
 */
interface FloodGroup {
  /** Place in `ALARM_KINDS`: it is saved. */
  readonly kind: number
  readonly hall: number
  raisedMs: number
  /** Arrival time of the tick that looked last, and the count of the last notice. */
  emittedMs: number
  emittedCount: number
  changed: boolean
  /** When the first of its breaches began, and how many alarms stood at most. */
  sinceMs: number
  most: number
  /** The value farthest beyond its limit so far, and that limit; NaN: there was none yet. */
  peak: number
  limit: number
  quantity: LimitQuantity
  side: LimitSide
  spanMs: number
  /** Severities that its notices have told, as bits. */
  severities: number
}

/** What a group tells before the first look at its members. */
const NO_MEMBERS = {
  sinceMs: NaN,
  most: 0,
  peak: NaN,
  limit: NaN,
  quantity: 'only',
  side: 'none',
  spanMs: NaN,
  severities: 0,
} as const

const BEGIN_RAISES = 10
const END_RAISES = 5
const SPAN_MS = 600_000
const EMIT_EVERY_MS = 60_000
/** How many sources a group's notice names. */
const MOST_SOURCES = 5

export function createFlood(): Flood {
  return { raisesMs: new Float64Array(BEGIN_RAISES + 1).fill(-Infinity), on: false, groups: new Map() }
}

/** Counts an alarm raised now; the eleventh in ten minutes begins the flood and is its first. */
export function countRaise({ flood, counts }: Alarms, nowMs: number): void {
  const wasFlooded = isFlooded(flood, nowMs)
  flood.raisesMs.copyWithin(1, 0)
  flood.raisesMs[0] = nowMs
  if (wasFlooded || flood.raisesMs[BEGIN_RAISES]! <= nowMs - SPAN_MS) return
  flood.on = true
  counts.floods++
}

/** Whether the flood lasts at an arrival time (which does not fall); ends it if not. */
export function isFlooded(flood: Flood, nowMs: number): boolean {
  if (flood.on && flood.raisesMs[END_RAISES - 1]! <= nowMs - SPAN_MS) flood.on = false
  return flood.on
}

/**
 * A member of a group was raised or changed: the group's notice is due at the next tick, or a minute after its last.
 */
export function markGroupChanged(alarms: Alarms, state: AlarmState, nowMs: number): void {
  const { kind, hall, raisedMs } = state
  const place = ALARM_KINDS.indexOf(kind)
  const key = groupKey(place, hall)
  const group = alarms.flood.groups.get(key)
  if (group === undefined) {
    const fresh = { kind: place, hall, raisedMs, emittedMs: -Infinity, emittedCount: 0, changed: true, ...NO_MEMBERS }
    alarms.flood.groups.set(key, fresh)
    notePeak(fresh, state)
    alarms.dueMs = Math.min(alarms.dueMs, nowMs)
    return
  }
  group.changed = true
  notePeak(group, state)
  alarms.dueMs = Math.min(alarms.dueMs, group.emittedMs + EMIT_EVERY_MS)
}

/** Key of a group by its kind's place in `ALARM_KINDS` and its hall (-1: none). */
export function groupKey(kind: number, hall: number): number {
  return kind * 2 ** 20 + hall + 1
}

/** Sends the notices of changed groups, each group at most once a minute; a group without members ends. */
export function emitGroups(alarms: Alarms, nowMs: number, sink: Sink): void {
  const { groups } = alarms.flood
  for (const [key, group] of groups) {
    if (!group.changed) continue
    if (nowMs < group.emittedMs + EMIT_EVERY_MS) {
      alarms.dueMs = Math.min(alarms.dueMs, group.emittedMs + EMIT_EVERY_MS)
      continue
    }
    const { count, farthest, severity } = membersOf(alarms, group)
    const [worst] = farthest
    group.changed = false
    group.most = Math.max(group.most, count)
    group.emittedMs = nowMs
    if (count === 0) groups.delete(key)
    const isSeverer = count > 0 && 1 << severity > group.severities
    if (count === group.emittedCount && !isSeverer) continue // came and went between two notices
    group.emittedCount = count
    if (isSeverer) group.severities |= 1 << severity
    const { quantity, side, spanMs, limit } = worst ?? group
    sink.group({
      timeMs: nowMs,
      alarm: ALARM_KINDS[group.kind]!,
      hall: group.hall,
      severity: SEVERITIES[Math.max(0, 31 - Math.clz32(group.severities))]!,
      severities: SEVERITIES.filter((_, place) => (group.severities >> place) & 1),
      count,
      worst: worst?.source ?? -1,
      value: withoutNoise(worst?.value ?? NaN),
      limit: withoutNoise(limit),
      verdict: worst?.verdict ?? 'inside',
      quantity,
      side,
      spanMs,
      peak: withoutNoise(worst?.peak ?? group.peak),
      sinceMs: group.sinceMs,
      most: group.most,
      sources: farthest.map(({ source }) => source),
      raisedMs: group.raisedMs,
    })
  }
}

/** A group remembers the worst that any of its members reached, for the notice that it is over. */
function notePeak(group: FloodGroup, state: AlarmState): void {
  const { breachMs, peak, limit, quantity, side, spanMs } = state
  if (!(group.sinceMs <= breachMs)) group.sinceMs = breachMs
  const before = Math.abs(group.peak - group.limit)
  if (Number.isNaN(peak) || before >= distance(state, peak)) return
  Object.assign(group, { peak, limit, quantity, side, spanMs })
}

/**
 * How many members of a group stand, how severe they are at most, and those farthest beyond their limit, which a notice
 * names, in this order.
 */
function membersOf(
  { byKind }: Alarms,
  { kind, hall }: FloodGroup,
): { count: number; farthest: AlarmState[]; severity: number } {
  const farthest: AlarmState[] = []
  let count = 0
  let severity = 0
  for (const state of byKind.get(ALARM_KINDS[kind]!)!.values()) {
    if (!state.grouped || state.hall !== hall || state.standing === 'cleared') continue
    count++
    severity = Math.max(severity, state.severity)
    if (farthest.length === MOST_SOURCES && byDistance(farthest.at(-1)!, state) < 0) continue
    farthest.push(state)
    farthest.sort(byDistance)
    farthest.length = Math.min(farthest.length, MOST_SOURCES)
  }
  return { count, farthest, severity }
}

/**
 * By distance from the limit; of equals the lower source, so that the order in which they were raised does not matter.
 */
function byDistance(a: AlarmState, b: AlarmState): number {
  return distance(b, b.value) - distance(a, a.value) || a.source - b.source
}
