import { createReadStream } from 'node:fs'
import { createGunzip, type Gunzip } from './gunzip.ts'
import { dateMs, digits, writtenOffsetMs } from './civil-time.ts'
import { OWN_TOPIC, readOwnEntry } from './own-entry.ts'
import { rootOf, TOO_LARGE, type Payload } from './root.ts'
import { formatInstant, parseInstant } from './times.ts'

/**
 * One MQTT packet as it came: arrival time in ms since 1970 (UTC), topic, payload, and whether the broker marked it
 * retained. Or an entry of the daemon's own (own-entry.ts), whose topic is empty.
 */
export interface Packet {
  nowMs: number
  topic: string
  payload: Payload
  retain: boolean
}

/**
 * The longest line we take, in characters (and, where lines are read from a file, in bytes). A longer one is refused as
 * a line.
 */
export const MAX_LINE = 1_048_576
const PIECE_BYTES = 262_144
const MAX_TOPIC_BYTES = 65_535
const LF = 10

/**
 * Parses one line of a recording: the form that `mosquitto_sub -F %j` and `-F %J` print, or a `-F` format with
 * `"payload_hex":"%x"` (hex wins over `payload` when it is not empty). Gives the packet, or the reason why the line is
 * refused.
 * `%j` cuts a payload at its first zero byte and prints bytes that are not UTF-8 as they are; record binary payloads
 * with `%x`. A payload whose text is not as long as `payloadlen` says was cut so. Its line is refused, unless only the
 * zero byte that ends a C string is missing behind a whole value.
 * A line with `coldaisle` in place of a topic is an own entry of a daemon's journal.
 */
export function parseLine(line: string): Packet | string {
  if (line.length > MAX_LINE) return `is longer than ${MAX_LINE} characters`
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}`
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'is not a JSON object'
  const {
    tst,
    topic,
    payload,
    payload_hex: hex,
    payloadlen,
    retain: flag,
    coldaisle,
  } = parsed as Record<string, unknown>
  if (typeof tst !== 'string' && typeof tst !== 'number') return 'has no tst (arrival time)'
  const nowMs = arrivalMs(tst)
  if (Number.isNaN(nowMs)) return `has a tst that is not a time with its offset: ${String(tst).slice(0, 60)}`
  if (coldaisle !== undefined && topic === undefined) {
    const entry = readOwnEntry(coldaisle)
    if (entry === undefined) return 'has an entry of coldaisle that this release does not know'
    return { nowMs, topic: OWN_TOPIC, payload: entry, retain: false }
  }
  if (typeof topic !== 'string' || topic === '') return 'has no topic'
  if (!isTopicName(topic)) return 'has a topic that no message can have: with + or #, a NUL, or more than 65,535 bytes'
  const retain = flag === 1 || flag === true
  if (!retain && flag !== undefined && flag !== 0 && flag !== false) return 'has a retain that is neither 0 nor 1'
  if (hex !== undefined && hex !== '') {
    if (typeof hex !== 'string' || !isHex(hex)) return 'has a payload_hex that is not pairs of hex digits'
    return { nowMs, topic, payload: new Uint8Array(Buffer.from(hex, 'hex')), retain }
  }
  if (payload === undefined) {
    return hex === '' ? { nowMs, topic, payload: '', retain } : 'has neither payload nor payload_hex'
  }
  // mosquitto_sub prints null for an empty payload; only the length tells it from a payload of the four letters
  if (payload === null && payloadlen === 0) return { nowMs, topic, payload: '', retain }
  if (typeof payload === 'string' && typeof payloadlen === 'number' && isCut(payload, payloadlen)) {
    return 'has a payload that %j cut at a zero byte, or could not print (record it with "payload_hex":"%x")'
  }
  return { nowMs, topic, payload: payload as Payload, retain }
}

/** Whether messages can have this topic (MQTT 5, 4.7): some characters, no wildcard or NUL among them. */
export function isTopicName(topic: string): boolean {
  // A character of UTF-16 is at most three bytes: of most topics they need not be counted
  const fits = 3 * topic.length <= MAX_TOPIC_BYTES || Buffer.byteLength(topic) <= MAX_TOPIC_BYTES
  return topic !== '' && !/[+#\0]/.test(topic) && fits
}

/** mosquitto_sub up to 1.5 prints `tst` as whole seconds since 1970. */
function arrivalMs(tst: string | number): number {
  return typeof tst === 'string' && tst[4] === '-' ? tstMs(tst) : parseInstant(tst)
}

/** Whether a text of `payloadlen` bytes was printed otherwise than it came, so that its value is not to be trusted. */
function isCut(payload: string, payloadlen: number): boolean {
  if (payload.length === payloadlen) return false
  const missing = payloadlen - Buffer.byteLength(payload)
  // `%J` prints a JSON text as such, without the quotes and signs that were counted
  if (missing === 0 || payloadlen === Buffer.byteLength(JSON.stringify(payload))) return false
  const value = missing === 1 && payload.trim() !== '' ? rootOf(payload) : undefined
  return value === undefined || value === TOO_LARGE || value === payload
}

/**
 * The line (without its end) that `mosquitto_sub -F %j` prints for this packet; JSON values as `%J` prints them, bytes
 * that
 * are not UTF-8 as `payload_hex`. Read back, it is the same packet (valid UTF-8 bytes come back as text).
 */
export function formatLine(packet: Packet): string {
  const { nowMs, topic, payload, retain } = packet
  const tst = `${formatInstant(nowMs).slice(0, -1)}000Z+0000`
  if (topic === OWN_TOPIC) return `{"tst":"${tst}","coldaisle":${JSON.stringify(rootOf(payload))}}`
  const head = `{"tst":"${tst}","topic":${JSON.stringify(topic)},"qos":0,"retain":${retain ? 1 : 0}`
  if (payload instanceof Uint8Array) {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    const text = bytes.toString('utf8')
    if (!bytes.equals(Buffer.from(text))) {
      return `${head},"payloadlen":${bytes.length},"payload_hex":"${bytes.toString('hex')}"}`
    }
    return `${head},"payloadlen":${bytes.length},"payload":${JSON.stringify(text)}}`
  }
  const json = JSON.stringify(payload)
  const length = Buffer.byteLength(typeof payload === 'string' ? payload : json)
  return `${head},"payloadlen":${length},"payload":${json}}`
}

/**
 * Epoch ms of `YYYY-MM-DDThh:mm:ss[.fraction]` followed by `Z`, `±hh`, `±hhmm` or `±hh:mm`, or by Z and an offset,
 * which then counts. The fraction is cut to ms. Anything else is NaN.
 */
export function tstMs(tst: string): number {
  if (tst[4] !== '-' || tst[7] !== '-' || tst[10] !== 'T' || tst[13] !== ':' || tst[16] !== ':') return NaN
  const year = digits(tst, 0, 4)
  const dayMs = dateMs(year, digits(tst, 5, 2), digits(tst, 8, 2))
  const hour = digits(tst, 11, 2)
  const minute = digits(tst, 14, 2)
  const second = digits(tst, 17, 2)
  if (!(year >= 1900 && hour <= 23 && minute <= 59 && second <= 60)) return NaN
  let at = 19
  let fractionMs = 0
  if (tst[at] === '.') {
    const from = ++at
    while (!Number.isNaN(digits(tst, at, 1))) at++
    if (at === from) return NaN
    for (let i = 0; i < 3; i++) fractionMs = fractionMs * 10 + (from + i < at ? digits(tst, from + i, 1) : 0)
  }
  return dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - tstOffsetMs(tst, at)
}

/**
 * The lines of a recording in batches, without their ends and without empty lines. Path `-` is standard input; gzip is
 * known by its first bytes. A line beyond `MAX_LINE` comes as its beginning, long enough for `parseLine` to refuse it.
 * Throws when the file cannot be read, and for gzip that ends early or is damaged after everything before the damage
 * has been given.
 */
export async function* openRecording(path: string): AsyncGenerator<string[], void, undefined> {
  for await (const lines of readLines(path)) {
    const full = lines.filter((line) => line.trim() !== '')
    if (full.length > 0) yield full
  }
}

/** A file that cannot be read to its end, or is no recording: the message names it and says why. */
export class RecordingFault extends Error {}

/** The lines of any text file as `openRecording` reads them, empty ones included, so that they can be counted. */
export async function* readLines(path: string): AsyncGenerator<string[], void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  let fresh = true
  let failure: unknown
  try {
    for await (let piece of readPieces(path)) {
      if (fresh && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) piece = piece.subarray(3)
      fresh = false
      const end = piece.lastIndexOf(LF)
      if (end === -1) {
        if (rest.length <= MAX_LINE) rest = Buffer.concat([rest, piece])
        continue
      }
      yield splitLines(rest, piece.subarray(0, end))
      rest = Buffer.from(piece.subarray(end + 1))
    }
  } catch (error) {
    failure = error
  }
  if (rest.length > 0) yield splitLines(rest, Buffer.alloc(0))
  if (failure !== undefined)
    throw new RecordingFault(`${path === '-' ? 'standard input' : path}: ${reasonOf(failure)}`, { cause: failure })
}

/** The offset of a `tst`: as elsewhere, but a Z before it says nothing, since mosquitto_sub prints local time so. */
function tstOffsetMs(tst: string, at: number): number {
  const isLocal = tst[at] === 'Z' && (tst[at + 1] === '+' || tst[at + 1] === '-')
  return writtenOffsetMs(tst, isLocal ? at + 1 : at)
}

function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text)
}

function splitLines(rest: Buffer, bytes: Buffer): string[] {
  if (rest.length > MAX_LINE) {
    // one character a byte: long enough for parseLine to see that the line was too long
    const tail = bytes.indexOf(LF)
    const first = rest.toString('latin1', 0, MAX_LINE + 1)
    return tail === -1 ? [first] : [first, ...splitLines(Buffer.alloc(0), bytes.subarray(tail + 1))]
  }
  const text = (rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes).toString('utf8')
  if (!text.includes('\r')) return text.split('\n')
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

async function* readPieces(path: string): AsyncGenerator<Buffer, void, undefined> {
  const source: AsyncIterable<Buffer> =
    path === '-' ? process.stdin : createReadStream(path, { highWaterMark: PIECE_BYTES })
  let head: Buffer = Buffer.alloc(0)
  let unzip: Gunzip | undefined
  try {
    for await (const piece of source) {
      if (head.length >= 3) {
        if (unzip === undefined) yield piece
        else yield* unzip.write(piece)
        continue
      }
      head = Buffer.concat([head, piece])
      if (head.length < 3) continue // too little to know gzip's mark and the byte order mark by
      if (head[0] === 0x1f && head[1] === 0x8b) unzip = createGunzip(PIECE_BYTES)
      if (unzip === undefined) yield head
      else yield* unzip.write(head)
    }
    if (head.length > 0 && head.length < 3) yield head
    if (unzip !== undefined) yield* unzip.end()
  } finally {
    unzip?.close()
  }
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure)
  const code = 'code' in failure ? failure.code : undefined
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EISDIR') return 'is a directory'
  return failure.message
}
