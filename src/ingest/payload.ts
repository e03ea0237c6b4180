import {
  ACCEPTED,
  BAD_PAYLOAD,
  BAD_TIME,
  IGNORED,
  NON_FINITE,
  NO_VALUE,
  OVERSIZE,
  RETAINED,
  UNSELECTED,
} from '../core/contract/outcome.ts'
import { isNumberText, decimalOf, isSameUnit, writtenNumber } from './formats/number.ts'
import { beginsWithIndex, isObject, lookUp, member, type Pointer } from './pointer.ts'
import { formattedRoot, isText, rootOf, TOO_LARGE, type Payload } from './root.ts'
import type { Packet } from './recording.ts'
import type { IgnoreRule, MemberIs, MessageLimits, RareTopic, Route, RoutePoint } from './route.ts'
import { endRecord, instantOf, orderedTurn, type Past, type Turn } from './stamp.ts'
import { timeMs } from './times.ts'
import { toBase } from './units.ts'

/**
 * Where readings go, each by exactly one call. Values: base units; `outcome`: core/contract/outcome.ts; `from`: whether
 * the event time `tMs` is the reading's own stamp or its arrival.
 */
export interface Take {
  readonly reading: (point: number, tMs: number, value: number, from: TimeSource) => void
  readonly refused: (point: number, outcome: number) => void
  /** What a refused retained message says of its point before it has readings. */
  readonly seed?: (point: number, value: number) => void
  /** The number that a message has by its sender's count, NaN where it cannot be read; not a reading. */
  readonly numbered?: (numbering: number, number: number) => void
}

/** `history`: its own stamp, of a reading that its sender says is of the past. */
export type TimeSource = 'stamp' | 'arrival' | 'history'

/** The parts of a packet that readings are decoded from. Readings without a stamp get the arrival time `nowMs`. */
type Contents = Omit<Packet, 'topic'>

/**
 * Reads a packet into readings: calls `take` exactly once for every point of the route, and for every element if the
 * payload is an array. A payload that cannot be read at all, and an empty array, gives one refusal per point. Never
 * throws.
 *
 * An array is a list of readings, unless the `at` of every point begins with an index: then it is one document. A list
 * that a declared format gives is one of readings always. Of
 * several faults the value's is named before the stamp's. Limits: 64 KiB, and those of the route; the size of a
 * value that a recording had already parsed is bounded by that recording's line.
 *
 * Points with `records` read each record of their list, and those with `where` only the records that are theirs. A
 * record that no point selects, and a message that is to be ignored, is one call for the route's first point.
 *
 * `past` tells what came before: without it a local time of a doubled hour is the first of its two.
 */
export function decode(route: Route, packet: Contents, take: Take, past?: Past): void {
  const { points, rare, limits = USUAL_LIMITS } = route
  const format = rare?.format
  const root =
    format === undefined ? rootOf(packet.payload, limits) : formattedRoot(format, packet.payload, packet.nowMs, limits)
  if (rare?.numbers !== undefined && !packet.retain) takeNumbers(rare, root, limits, take)
  if (rare?.ignore !== undefined && isIgnored(rare.ignore, root, packet.payload)) {
    return refuseOnce(points, IGNORED, take)
  }
  if (root === TOO_LARGE) return refuseAll(points, OVERSIZE, take)
  if (root === undefined) return refuseAll(points, BAD_PAYLOAD, take)
  const turn = rare?.hasLocalTime && past !== undefined ? orderedTurn(packet, past) : packet
  if (rare?.groups !== undefined) return decodeGroups(route, root, turn, take)
  if (!Array.isArray(root) || (format === undefined && readsByIndex(points)))
    return void decodeReading(points, root, root, turn, take)
  if (root.length > limits.records) return refuseAll(points, OVERSIZE, take)
  if (root.length === 0) return refuseAll(points, NO_VALUE, take)
  for (let n = 0; n < root.length; n++) decodeReading(points, root[n], root, turn, take)
}

/** What a message may have at most, unless the configuration says otherwise. */
export const USUAL_LIMITS: MessageLimits = { depth: 16, members: 256, records: 1000 }

/** Tells the numbers of a message; those of a list are in its records. A message that cannot be read has none. */
function takeNumbers({ numbers = [], format }: RareTopic, root: unknown, limits: MessageLimits, take: Take): void {
  for (const { numbering, at, where } of numbers) {
    const isList = Array.isArray(root) && (format !== undefined || !beginsWithIndex(at))
    for (const record of isList ? root.slice(0, limits.records) : [root]) {
      if (isObject(record) && !selects(where, record, root)) continue
      take.numbered?.(numbering, numberOf(inEither(record, root, at)))
    }
  }
}

/** A whole number from 0 on, which may be text; NaN: it is none. */
function numberOf(found: unknown): number {
  const number = typeof found === 'string' && found !== '' ? decimalOf(found) : found
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : NaN
}

function refuseAll(points: readonly RoutePoint[], outcome: number, take: Take): void {
  for (const { point } of points) take.refused(point, outcome)
}

function refuseOnce([first]: readonly RoutePoint[], outcome: number, take: Take): void {
  if (first !== undefined) take.refused(first.point, outcome)
}

function readsByIndex(points: readonly RoutePoint[]): boolean {
  return points.every(({ at }) => beginsWithIndex(at))
}

/** Whether a message is one that some rule says to ignore: all that the rule gives is so. */
function isIgnored(rules: readonly IgnoreRule[], root: unknown, payload: Payload): boolean {
  return rules.some(({ where, without, texts }) => {
    if (texts !== undefined && !texts.some((text) => isText(payload, text))) return false
    if (without !== undefined && (!isObject(root) || lookUp(root, without) !== undefined)) return false
    return selects(where, root, root)
  })
}

/** Every record of every list; one that no point selects is refused once. */
function decodeGroups({ rare, limits = USUAL_LIMITS }: Route, root: unknown, turn: Turn, take: Take): void {
  const { groups = [], format } = rare ?? {}
  let found = false
  for (const { records, points } of groups) {
    const list = records === undefined ? root : lookUp(root, records)
    if (list === undefined) continue
    found = true
    const isList = Array.isArray(list) && (records !== undefined || format !== undefined || !readsByIndex(points))
    const elements = isList ? list : [list]
    if (elements.length > limits.records) refuseAll(points, OVERSIZE, take)
    else if (elements.length === 0) refuseAll(points, NO_VALUE, take)
    for (let n = 0; n < elements.length && elements.length <= limits.records; n++) {
      if (!decodeReading(points, elements[n], root, turn, take)) refuseOnce(points, UNSELECTED, take)
    }
  }
  if (!found) refuseOnce(groups[0]?.points ?? [], UNSELECTED, take)
}

/** One element (or the whole payload) for every point that selects it. Gives whether some point did. */
function decodeReading(
  points: readonly RoutePoint[],
  element: unknown,
  root: unknown,
  turn: Turn,
  take: Take,
): boolean {
  let isSelected = false
  for (const to of points) {
    const { rare } = to
    if (rare?.where !== undefined && !selects(rare.where, element, root)) continue
    isSelected = true
    const found = to.at === undefined ? bareOrMember(element) : lookUp(element, to.at)
    let raw = typeof found === 'number' ? found : measured(to, found)
    if (rare?.plus !== undefined) raw = added(to, element, root, raw)
    // + 0 makes -0 a plain 0: SQLite and JSON do so too, and a replay must see the same bits.
    let value = toBase(to.conversion, raw * to.factor + to.offset) + 0
    if (!Number.isFinite(value) || rare?.invalid?.includes(value)) {
      take.refused(to.point, whyNot(to, element, root, found, value))
      continue
    }
    if (value < 0 && value >= to.idleFrom) value = 0
    const stamp = rare?.atArrival ? undefined : stampOf(to, element, root)
    if (stamp !== undefined) {
      const tMs = rare === undefined ? timeMs(stamp, to.time) : instantOf(to.time, rare, stamp, turn)
      if (Number.isNaN(tMs)) take.refused(to.point, BAD_TIME)
      else take.reading(to.point, tMs, rare?.factors === undefined ? value : valueThen(to, raw, tMs), 'stamp')
    } else if (turn.retain && to.retained !== 'accept') {
      if (to.retained === 'seed') take.seed?.(to.point, valueThen(to, raw, turn.nowMs))
      take.refused(to.point, RETAINED)
    } else if (to.timeAt !== undefined) take.refused(to.point, BAD_TIME)
    else {
      const then = rare?.factors === undefined ? value : valueThen(to, raw, turn.nowMs)
      take.reading(to.point, turn.nowMs, then, 'arrival')
    }
  }
  if (turn.order !== undefined) endRecord(turn.order)
  return isSelected
}

/** The value of a number by the factor of its time, where a point has several. */
export function valueThen(
  { factor, offset, conversion, idleFrom, rare }: RoutePoint,
  raw: number,
  tMs: number,
): number {
  const dated = rare?.factors?.findLast(({ fromMs }) => fromMs <= tMs)
  const value = toBase(conversion, raw * (dated?.factor ?? factor) + offset) + 0
  return value < 0 && value >= idleFrom ? 0 : value
}

/** Whether a record has all the members that are asked for, itself or in the message around it. */
function selects(where: readonly MemberIs[], element: unknown, root: unknown): boolean {
  return where.every(({ at, is }) => {
    const found = inEither(element, root, at)
    return (typeof found === 'object' ? found === null && is === 'null' : found !== undefined) && String(found) === is
  })
}

/** Whether a message names no unit, or the point's. */
function isOfUnit({ unit, rare }: RoutePoint, element: unknown, root: unknown): boolean {
  const named = rare?.unitAt === undefined ? undefined : inEither(element, root, rare.unitAt)
  return named === undefined || named === null || (typeof named === 'string' && isSameUnit(named, unit))
}

/** Without a pointer: the payload itself, or its member `value`. */
function bareOrMember(element: unknown): unknown {
  return isObject(element) && !Array.isArray(element) ? member(element, 'value') : element
}

/** A pointer into a payload that has no inside: the route does not fit the device. */
function isScalar(element: unknown, at: Pointer): boolean {
  return at.length > 0 && element !== null && typeof element !== 'object'
}

/** The number of a text: a plain decimal one, one with a decimal comma that is declared, or with the point's unit. */
function measured({ unit, rare }: RoutePoint, found: unknown): number {
  if (typeof found !== 'string') return NaN
  const plain = decimalOf(found)
  return Number.isNaN(plain) ? writtenNumber(found, unit, rare?.decimal ?? '.') : plain
}

/** The number with the further members; NaN if one of them is no number, or if it is of another unit. */
function added(to: RoutePoint, element: unknown, root: unknown, raw: number): number {
  if (!isOfUnit(to, element, root)) return NaN
  let sum = raw
  for (const { at, factor } of to.rare?.plus ?? []) {
    const found = lookUp(element, at)
    sum += (typeof found === 'number' ? found : measured(to, found)) * factor
  }
  return sum
}

/** Why a number is refused: the first of its members that is none says it. */
function whyNot(to: RoutePoint, element: unknown, root: unknown, found: unknown, value: number): number {
  if (!isOfUnit(to, element, root)) return BAD_PAYLOAD
  if (to.at !== undefined && isScalar(element, to.at)) return BAD_PAYLOAD
  for (const one of [found, ...(to.rare?.plus ?? []).map(({ at }) => lookUp(element, at))]) {
    const outcome = whyNoNumber(to, one)
    if (outcome !== ACCEPTED) return outcome
  }
  return Number.isFinite(value) ? NO_VALUE : NON_FINITE
}

function whyNoNumber(to: RoutePoint, found: unknown): number {
  if (found === undefined || found === null) return NO_VALUE
  if (typeof found === 'number') return Number.isFinite(found) ? ACCEPTED : NON_FINITE
  if (typeof found !== 'string') return BAD_PAYLOAD
  if (found.trim() === '') return NO_VALUE
  if (Number.isFinite(measured(to, found))) return ACCEPTED
  return isNumberText(found) ? NON_FINITE : BAD_PAYLOAD
}

/** The stamp as written; undefined where there is none. A null stamp is there, and unusable. */
function stampOf(to: RoutePoint, element: unknown, root: unknown): unknown {
  if (to.timeAt !== undefined) {
    const stamp = inEither(element, root, to.timeAt)
    const timeOfDayAt = to.rare?.timeOfDayAt
    if (timeOfDayAt === undefined || stamp === undefined) return stamp
    const timeOfDay = inEither(element, root, timeOfDayAt)
    return timeOfDay === undefined ? undefined : joined(stamp, timeOfDay)
  }
  const own = usualStamp(element)
  return own === undefined && element !== root ? usualStamp(root) : own
}

/** A date and a time of day as one text. A number is its digits: 90000 is 09:00:00. */
function joined(date: unknown, timeOfDay: unknown): string | null {
  if (typeof date !== 'string' && typeof date !== 'number') return null
  if (typeof timeOfDay === 'number') return `${date} ${String(timeOfDay).padStart(6, '0')}`
  return typeof timeOfDay === 'string' ? `${date} ${timeOfDay}` : null
}

/** What a record holds at the pointer; where it holds nothing, what the message around it does. */
function inEither(element: unknown, root: unknown, at: Pointer): unknown {
  const own = lookUp(element, at)
  return own === undefined && element !== root ? lookUp(root, at) : own
}

function usualStamp(element: unknown): unknown {
  if (!isObject(element) || Array.isArray(element)) return undefined
  let stamp = member(element, 'ts')
  if (stamp === undefined) stamp = member(element, 'time')
  if (stamp === undefined) stamp = member(element, 'timestamp')
  return stamp
}
