import { ALARM_KINDS } from '../contract/alarm-kinds.ts'
import type { Alarms, Watch } from './watch.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * An alarm flood (ISA-18.2, EEMUA 191): more than 10 alarms in 10 minutes, until a span of 10 minutes has fewer than 5. What
 * is raised meanwhile is told outside by kind and hall, once a minute at most; what was raised so stays with its group.
 */
export interface Flood {
  /** Arrival times of the newest raises, newest first. */
  readonly raisesMs: Float64Array
  on: boolean
  /** Groups that have been gathered, by kind and hall, in the order in which they began. */
  readonly groups: Map<number, Group>
}

export interface Group {
  readonly kind: number
  readonly hall: number
  raisedMs: number
  /** Arrival time of the last telling, and what it said. */
  toldMs: number
  toldCount: number
  changed: boolean
}

const BEGIN = 10
const END = 5
const SPAN_MS = 600_000
const EVERY_MS = 60_000

export function createFlood(): Flood {
  return { raisesMs: new Float64Array(BEGIN + 1).fill(-Infinity), on: false, groups: new Map() }
}

/** Counts an alarm raised now; the eleventh in ten minutes begins the flood, and is of it. */
export function noteRaise({ flood, counts }: Alarms, nowMs: number): void {
  const was = isFlooded(flood, nowMs)
  flood.raisesMs.copyWithin(1, 0)
  flood.raisesMs[0] = nowMs
  if (was || flood.raisesMs[BEGIN]! <= nowMs - SPAN_MS) return
  flood.on = true
  counts.floods++
}

/** Whether the flood is on at an arrival time (which does not fall). */
export function isFlooded(flood: Flood, nowMs: number): boolean {
  if (flood.on && flood.raisesMs[END - 1]! <= nowMs - SPAN_MS) flood.on = false
  return flood.on
}

/** Something changed in a group: it is told at the next tick, or a minute after it was told last. */
export function gather(alarms: Alarms, { kind, hall, raisedMs }: Watch, nowMs: number): void {
  const place = ALARM_KINDS.indexOf(kind)
  const key = keyOf(place, hall)
  const group = alarms.flood.groups.get(key)
  if (group === undefined) {
    const fresh = { kind: place, hall, raisedMs, toldMs: -Infinity, toldCount: 0, changed: true }
    alarms.flood.groups.set(key, fresh)
    alarms.dueMs = Math.min(alarms.dueMs, nowMs)
    return
  }
  group.changed = true
  alarms.dueMs = Math.min(alarms.dueMs, group.toldMs + EVERY_MS)
}

export function keyOf(kind: number, hall: number): number {
  return kind * 2 ** 20 + hall + 1
}

/** Tells the groups that changed, each at most once a minute; those whose last alarm is over end. */
export function tellGroups(alarms: Alarms, nowMs: number, sink: Sink): void {
  const { groups } = alarms.flood
  for (const [key, group] of groups) {
    if (!group.changed) continue
    if (nowMs < group.toldMs + EVERY_MS) {
      alarms.dueMs = Math.min(alarms.dueMs, group.toldMs + EVERY_MS)
      continue
    }
    const { count, worst } = membersOf(alarms, group)
    group.changed = false
    group.toldMs = nowMs
    if (count === 0) groups.delete(key)
    if (count === group.toldCount) continue // came and went between two tellings
    group.toldCount = count
    sink.group({
      timeMs: nowMs,
      alarm: ALARM_KINDS[group.kind]!,
      hall: group.hall,
      count,
      worst: worst?.source ?? -1,
      value: worst?.value ?? NaN,
      limit: worst?.limit ?? NaN,
      raisedMs: group.raisedMs,
    })
  }
}

/** How many of a group stand, and the one that is farthest beyond its limit. */
function membersOf({ byKind }: Alarms, { kind, hall }: Group): { count: number; worst: Watch | undefined } {
  let count = 0
  let worst: Watch | undefined
  for (const watch of byKind.get(ALARM_KINDS[kind]!)!.values()) {
    if (!watch.grouped || watch.hall !== hall || watch.standing === 'cleared') continue
    count++
    if (worst === undefined || isWorse(watch, worst)) worst = watch
  }
  return { count, worst }
}

/** By distance from the limit; of equals the first by source, so that the order in which they came does not matter. */
function isWorse(a: Watch, b: Watch): boolean {
  const difference = Math.abs(a.value - a.limit) - Math.abs(b.value - b.limit)
  return difference > 0 || (difference === 0 && a.source < b.source)
}
