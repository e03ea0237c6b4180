import { BAD_PAYLOAD, BAD_TIME, NON_FINITE, NO_VALUE, OVERSIZE, RETAINED } from '../core/contract/outcome.ts'
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

/** Where readings go: each ends in exactly one call. Values in base units × factor, `outcome` as in core/outcome.ts. */
export interface Take {
  reading(point: number, tMs: number, value: number): void
  refused(point: number, outcome: number): void
}

/**
 * Reads a payload into readings: for every point of the route, and for every element if the payload is an array, exactly one
 * call of `take`. A payload that cannot be read at all, and an empty array, gives one refusal per point. Never throws.
 *
 * An array is a list of readings, unless the `at` of every point begins with an index: then it is one document. Of several
 * faults the value's is named before the stamp's. Limits: 64 KiB, 16 levels, 1,000 elements; the size of a value that a
 * recording had already parsed is bounded by that recording's line.
 *
 * @param nowMs arrival time, epoch ms: the event time of readings without a stamp
 * @param retain whether the broker sent its kept copy
 */
export function decode(route: Route, payload: Payload, nowMs: number, retain: boolean, take: Take): void {
  const root = rootOf(payload)
  if (root === TOO_LARGE) return refuseAll(route, OVERSIZE, take)
  if (root === undefined) return refuseAll(route, BAD_PAYLOAD, take)
  if (!Array.isArray(root) || readsByIndex(route)) return decodeReading(route, root, root, nowMs, retain, take)
  if (root.length > MAX_ELEMENTS) return refuseAll(route, OVERSIZE, take)
  if (root.length === 0) return refuseAll(route, NO_VALUE, take)
  for (let n = 0; n < root.length; n++) decodeReading(route, root[n], root, nowMs, retain, take)
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
const MAX_DEPTH = 16
const MAX_ELEMENTS = 1000
const TOO_LARGE = Symbol('too large')

/** The payload's JSON value; null for an empty one, undefined for one that is neither JSON nor a number, or TOO_LARGE. */
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
  return isDeeper(payload, MAX_DEPTH) ? undefined : payload
}

// `fatal`: a broken byte must not become U+FFFD inside a topic's only number. The mark is stripped with the text's.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined // the caller counts it
  }
}

function rootOfText(raw: string): unknown {
  const text = raw.charCodeAt(0) === BYTE_ORDER_MARK ? raw.slice(1) : raw
  const first = text.charCodeAt(0)
  if (first !== BRACE && first !== BRACKET) {
    if (DECIMAL.test(text)) return Number(text)
    if (NO_NUMBER.test(text)) return NaN
    if (text.trim() === '') return null
  }
  if (nestsTooDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller counts it
  }
}

const BYTE_ORDER_MARK = 0xfeff
const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d

/** Whether brackets outside of strings nest deeper than MAX_DEPTH; on a broken text it only has to end. */
function nestsTooDeep(text: string): boolean {
  if (text.indexOf('{', 1) === -1 && text.indexOf('[', 1) === -1) return false // flat, as most are
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === BRACE || code === BRACKET) {
      if (++depth > MAX_DEPTH) return true
    } else if (code === BRACE_END || code === BRACKET_END) depth--
  }
  return false
}

/** Where the string that opens at `at` closes, or the end of the text. */
function endOfString(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next++) {
    const code = text.charCodeAt(next)
    if (code === QUOTE) return next
    if (code === BACKSLASH) next++
  }
  return text.length
}

function isDeeper(node: unknown, levels: number): boolean {
  if (!isObject(node)) return false
  if (levels === 0) return true
  for (const key of Object.keys(node)) {
    if (isDeeper((node as Readonly<Record<string, unknown>>)[key], levels - 1)) return true
  }
  return false
}

function refuseAll(route: Route, outcome: number, take: Take): void {
  for (const { point } of route.points) take.refused(point, outcome)
}

function readsByIndex(route: Route): boolean {
  return route.points.every(({ at }) => at?.[0] !== undefined && INDEX.test(at[0]))
}

const INDEX = /^(?:0|[1-9]\d*)$/

/** One element (or the whole payload) for every point of the route. */
function decodeReading(
  route: Route,
  element: unknown,
  root: unknown,
  nowMs: number,
  retain: boolean,
  take: Take,
): void {
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
  if (typeof found !== 'string') return NaN
  return DECIMAL.test(found) ? Number(found) : NaN // Number('') and Number('0x10') are numbers to it, not to us
}

/** Blanks around it are printf's padding and echo's line end. */
const DECIMAL = /^\s*-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/
const NO_NUMBER = /^\s*[+-]?(?:nan|inf|infinity)\s*$/i

function whyNot(found: unknown): number {
  if (found === undefined || found === null) return NO_VALUE
  if (typeof found === 'number') return NON_FINITE
  if (typeof found !== 'string') return BAD_PAYLOAD
  if (found.trim() === '') return NO_VALUE
  return DECIMAL.test(found) || NO_NUMBER.test(found) ? NON_FINITE : BAD_PAYLOAD
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
