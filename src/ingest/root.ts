import { isCborPack, packOfCbor } from './formats/cbor.ts'
import { byPlace, recordsOfLines } from './formats/cells.ts'
import { dsxValue } from './formats/dsx.ts'
import { beginsAsJson, hasTooMany, isTooDeep, parseJson, WIDE, type JsonLimits } from './formats/json.ts'
import { recordsOfLineProtocol } from './formats/line-protocol.ts'
import { decimalOf, isNumberText } from './formats/number.ts'
import { recordsOfPack } from './formats/senml.ts'
import type { PayloadFormat } from './route.ts'

/** A packet's payload: text or bytes as they came, or the JSON value that a recording had already parsed. */
export type Payload = string | Uint8Array | number | boolean | object | null

const MAX_BYTES = 65_536
/** Stands for the value of a payload that is too large. */
export const TOO_LARGE = Symbol('too large')

/**
 * The payload's JSON value. Null for an empty one; the text itself where it is no JSON and does not begin as such.
 * Undefined for bytes that are no text and for broken JSON; or TOO_LARGE.
 */
export function rootOf(payload: Payload, limits?: JsonLimits): unknown {
  if (typeof payload === 'string') return isTooLong(payload) ? TOO_LARGE : rootOfText(payload, limits)
  if (payload instanceof Uint8Array) {
    if (payload.byteLength > MAX_BYTES) return TOO_LARGE
    const text = textOf(payload)
    return text === undefined ? undefined : rootOfText(text, limits)
  }
  if (isTooDeep(payload, limits)) return undefined
  return limits !== undefined && hasTooMany(payload, limits.members) ? TOO_LARGE : payload
}

/**
 * The same of a topic whose format is declared: one record, or the list of its records, each as a JSON object. A record
 * that cannot be read stands there as its text. `nowMs` is the arrival time, for stamps that count from it.
 */
export function formattedRoot(
  { kind, separator }: PayloadFormat,
  payload: Payload,
  nowMs: number,
  limits?: JsonLimits,
): unknown {
  if (kind === 'dsx') return dsxValue(rootOf(payload, limits))
  if (kind === 'senml') {
    if (isCborPack(payload)) {
      return payload.byteLength > MAX_BYTES ? TOO_LARGE : recordsOfPack(packOfCbor(payload), nowMs)
    }
    const root = rootOf(payload, limits)
    return root === TOO_LARGE || root === null ? root : recordsOfPack(root, nowMs)
  }
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) return rootOf(payload, limits)
  const raw = boundedText(payload)
  if (typeof raw !== 'string') return raw
  const text = withoutPadding(raw.charCodeAt(0) === BYTE_ORDER_MARK ? raw.slice(1) : raw)
  if (text.trim() === '') return null
  if (kind === 'line-protocol') return recordsOfLineProtocol(text)
  if (!beginsAsJson(text)) return recordsOfLines(text, separator)
  const root = parseJson(text, limits)
  if (root === WIDE) return TOO_LARGE
  return Array.isArray(root) ? byPlace(root) : root
}

/** The text of a payload; undefined for bytes that are no text; or TOO_LARGE. */
function boundedText(payload: string | Uint8Array): string | undefined | typeof TOO_LARGE {
  if (typeof payload === 'string') return isTooLong(payload) ? TOO_LARGE : payload
  return payload.byteLength > MAX_BYTES ? TOO_LARGE : textOf(payload)
}

/** A UTF-16 unit takes one to three bytes: most texts need not be measured. */
function isTooLong(text: string): boolean {
  return text.length > MAX_BYTES || (text.length * 3 > MAX_BYTES && Buffer.byteLength(text) > MAX_BYTES)
}

/** Whether a payload is this text, blanks and zero bytes around it aside. */
export function isText(payload: Payload, text: string): boolean {
  if (typeof payload === 'string') return withoutPadding(payload).trim() === text
  if (!(payload instanceof Uint8Array) || payload.byteLength > MAX_BYTES) return false
  return withoutPadding(textOf(payload) ?? '').trim() === text
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

function rootOfText(raw: string, limits: JsonLimits | undefined): unknown {
  const marked = raw.charCodeAt(0) === BYTE_ORDER_MARK ? raw.slice(1) : raw
  const text = isPadding(marked.charCodeAt(marked.length - 1)) ? withoutPadding(marked) : marked
  if (!beginsAsJson(text)) {
    const decimal = decimalOf(text)
    if (!Number.isNaN(decimal) || isNumberText(text)) return decimal
    if (text.trim() === '') return null
    // A text that is neither: a point may know its decimal comma, or its unit behind the number
    const parsed = parseJson(text)
    return parsed === undefined ? text : parsed
  }
  const root = parseJson(text, limits)
  return root === WIDE ? TOO_LARGE : root
}

const BYTE_ORDER_MARK = 0xfeff

/** Zero bytes behind a text are C's end of a string, or what a buffer of fixed size has left; line ends may follow. */
function withoutPadding(text: string): string {
  let end = text.length
  while (end > 0 && isPadding(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

function isPadding(code: number): boolean {
  return code === 0 || code === 10 || code === 13
}
