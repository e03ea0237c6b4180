import { BAD_PAYLOAD, BAD_TIME, NON_FINITE, NO_VALUE, OVERSIZE, RETAINED } from '../core/contract/outcome.ts'
import { beginsAsJson, isTooDeep, parseJson } from './formats/json.ts'
import { decimalOf, isNumberText } from './formats/number.ts'
import type { Packet } from './recording.ts'
import { timeMs, type TimeRule } from './times.ts'
import { toBase, type Conversion } from './units.ts'

/** One point that reads a topic: where its value and stamp lie, and how they are read. */
export interface RoutePoint {
  /** The point's index in the site. */
  point: number
  /** Tokens of the JSON Pointer to the value; undefined: a bare number, or the member `value`. */
  at: readonly string[] | undefined
  /** Tokens of the JSON Pointer to the stamp; undefined: `ts`, `time` or `timestamp`, else arrival time. */
  timeAt: readonly string[] | undefined
  time: TimeRule
  conversion: Conversion
  /** CT/VT ratio; the value in base units is multiplied by it. */
  factor: number
  /** Whether retained packets without a stamp of their own are taken, at arrival time. */
  retained: boolean
}

/** All points that read one topic. */
export interface Route {
  points: readonly RoutePoint[]
}

/** A packet's payload: text or bytes as they came, or the JSON value that a recording had already parsed. */
export type Payload = string | Uint8Array | number | boolean | object | null

/** Where readings go, each by exactly one call. Values: base units × factor; `outcome`: core/contract/outcome.ts. */
export interface Take {
  reading(point: number, tMs: number, value: number): void
  refused(point: number, outcome: number): void
}

/** The parts of a packet that readings are decoded from. Readings without a stamp get the arrival time `nowMs`. */
type Contents = Omit<Packet, 'topic'>

/**
 * Reads a packet into readings: calls `take` exactly once for every point of the route, and for every element if the
 * payload is an array. A payload that cannot be read at all, and an empty array, gives one refusal per point. Never
 * throws.
 *
 * An array is a list of readings, unless the `at` of every point begins with an index: then it is one document. Of
 * several faults the value's is named before the stamp's. Limits: 64 KiB, 16 levels, 1,000 elements; the size of a
 * value that a recording had already parsed is bounded by that recording's line.
 */
export function decode(route: Route, packet: Contents, take: Take): void {
  const root = rootOf(packet.payload)
  if (root === TOO_LARGE) return refuseAll(route, OVERSIZE, take)
  if (root === undefined) return refuseAll(route, BAD_PAYLOAD, take)
  if (!Array.isArray(root) || readsByIndex(route)) return decodeReading(route, root, root, packet, take)
  if (root.length > MAX_ELEMENTS) return refuseAll(route, OVERSIZE, take)
  if (root.length === 0) return refuseAll(route, NO_VALUE, take)
  for (let n = 0; n < root.length; n++) decodeReading(route, root[n], root, packet, take)
}

/** Tokens of a JSON Pointer (RFC 6901); `''` is the whole document. Throws Error on bad syntax. */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw new Error(`a JSON Pointer begins with /: ${pointer}`)
  if (/~(?![01])/.test(pointer)) throw new Error(`in a JSON Pointer ~ is written ~0 (and / is written ~1): ${pointer}`)
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const MAX_BYTES = 65_536
const MAX_ELEMENTS = 1000
const TOO_LARGE = Symbol('too large')

/**
 * The payload's JSON value; null for an empty one, undefined for one that is neither JSON nor a number, or TOO_LARGE.
 */
export function rootOf(payload: Payload): unknown {
  if (typeof payload === 'string') {
    // A UTF-16 unit takes one to three bytes: most texts need not be measured.
    if (payload.length > MAX_BYTES) return TOO_LARGE
    if (payload.length * 3 > MAX_BYTES && Buffer.byteLength(payload) > MAX_BYTES) return TOO_LARGE
    return rootOfText(payload)
  }
  if (payload instanceof Uint8Array) {
    if (payload.byteLength > MAX_BYTES) return TOO_LARGE
    const text = textOf(payload)
    return text === undefined ? undefined : rootOfText(text)
  }
  return isTooDeep(payload) ? undefined : payload
}

// `fatal`: a broken byte must not become U+FFFD inside a topic's only number. The mark is stripped with the text's.
const REPLACEMENT = '\ufffd'
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string | undefined {
  // Half the price of the decoder below, but it puts U+FFFD where bytes are broken
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  if (!text.includes(REPLACEMENT)) return text
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined // the caller counts it
  }
}

function rootOfText(raw: string): unknown {
  const text = raw.charCodeAt(0) === BYTE_ORDER_MARK ? raw.slice(1) : raw
  if (!beginsAsJson(text)) {
    const decimal = decimalOf(text)
    if (!Number.isNaN(decimal) || isNumberText(text)) return decimal
    if (text.trim() === '') return null
  }
  return parseJson(text)
}

const BYTE_ORDER_MARK = 0xfeff
function refuseAll(route: Route, outcome: number, take: Take): void {
  for (const { point } of route.points) take.refused(point, outcome)
}

function readsByIndex(route: Route): boolean {
  return route.points.every(({ at }) => at?.[0] !== undefined && INDEX.test(at[0]))
}

const INDEX = /^(?:0|[1-9]\d*)$/

/** One element (or the whole payload) for every point of the route. */
function decodeReading(route: Route, element: unknown, root: unknown, { nowMs, retain }: Contents, take: Take): void {
  for (const to of route.points) {
    const found = to.at === undefined ? bareOrMember(element) : lookUp(element, to.at)
    // + 0 makes -0 a plain 0: SQLite and JSON do so too, and a replay must see the same bits.
    const value = toBase(to.conversion, measured(found)) * to.factor + 0
    if (!Number.isFinite(value)) {
      take.refused(to.point, to.at !== undefined && isScalar(element, to.at) ? BAD_PAYLOAD : whyNot(found))
      continue
    }
    const stamp = stampOf(to, element, root)
    if (stamp !== undefined) {
      const tMs = timeMs(stamp, to.time)
      if (Number.isNaN(tMs)) take.refused(to.point, BAD_TIME)
      else take.reading(to.point, tMs, value)
    } else if (retain && !to.retained) take.refused(to.point, RETAINED)
    else if (to.timeAt !== undefined) take.refused(to.point, BAD_TIME)
    else take.reading(to.point, nowMs, value)
  }
}

/** Without a pointer: the payload itself, or its member `value`. */
function bareOrMember(element: unknown): unknown {
  return isObject(element) && !Array.isArray(element) ? member(element, 'value') : element
}

/** What lies at the pointer; undefined where nothing does. */
function lookUp(from: unknown, tokens: readonly string[]): unknown {
  let node = from
  for (const token of tokens) {
    if (!isObject(node)) return undefined
    node = member(node, token)
  }
  return node
}

/** An own member only: `constructor` and an array's `length` are no payload. */
function member(node: object, token: string): unknown {
  if (!Object.hasOwn(node, token)) return undefined
  if (Array.isArray(node) && !INDEX.test(token)) return undefined
  return (node as Readonly<Record<string, unknown>>)[token]
}

function isObject(node: unknown): node is object {
  return typeof node === 'object' && node !== null
}

/** A pointer into a payload that has no inside: the route does not fit the device. */
function isScalar(element: unknown, at: readonly string[]): boolean {
  return at.length > 0 && element !== null && typeof element !== 'object'
}

/** A number, or a text that is a plain decimal number; else NaN. */
function measured(found: unknown): number {
  if (typeof found === 'number') return found
  return typeof found === 'string' ? decimalOf(found) : NaN
}

function whyNot(found: unknown): number {
  if (found === undefined || found === null) return NO_VALUE
  if (typeof found === 'number') return NON_FINITE
  if (typeof found !== 'string') return BAD_PAYLOAD
  if (found.trim() === '') return NO_VALUE
  return isNumberText(found) ? NON_FINITE : BAD_PAYLOAD
}

/** The stamp as written; undefined where there is none. A null stamp is there, and unusable. */
function stampOf(to: RoutePoint, element: unknown, root: unknown): unknown {
  if (to.timeAt !== undefined) {
    const own = lookUp(element, to.timeAt)
    return own === undefined && element !== root ? lookUp(root, to.timeAt) : own
  }
  if (!isObject(element) || Array.isArray(element)) return undefined
  let stamp = member(element, 'ts')
  if (stamp === undefined) stamp = member(element, 'time')
  if (stamp === undefined) stamp = member(element, 'timestamp')
  return stamp
}
