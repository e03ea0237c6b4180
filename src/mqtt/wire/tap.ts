import type { Duplex } from 'node:stream'
import {
  createParts,
  findParts,
  isMessage,
  packetBytes,
  type MqttVersion,
  type PublishParts,
} from './publish-packet.ts'

/** Who takes messages out of a connection's bytes. */
interface Taker {
  readonly version: MqttVersion
  /** Whether it takes any now: the broker has let us in, and the connection is the present one. */
  isOpen(): boolean
  /** The topic that these bytes name; undefined: the client library is to judge the message. */
  topicOf(bytes: Buffer, from: number, to: number): string | undefined
  hasRoom(): boolean
  /** Calls `go` as soon as there is room for another message. */
  whenRoom(go: () => void): void
  /** `id`: of the packet, 0 at QoS 0. */
  take(topic: string, payload: Uint8Array, isRetained: boolean, id: number): void
}

/** Where the library takes bytes: it calls back when it has done all that they ask for. */
interface Library {
  write(bytes: Uint8Array, done: () => void): unknown
  end(): unknown
}

interface Tap {
  readonly stream: Duplex
  readonly library: Library
  readonly taker: Taker
  readonly parts: PublishParts
  /** The bytes that came, of which those before `at` are done. */
  bytes: Buffer
  at: number
  /** The beginning of a packet, and how many bytes of it are still to come at least. */
  begun: Buffer[]
  missing: number
  /** Bytes that belong to a packet whose beginning the library has already. */
  toPass: number
}

/** A longer packet is the library's, which knows how long they may be and counts what is longer. */
const MOST_BYTES = 1_048_576

/**
 * Has plain messages (PUBLISH, QoS 0 and 1) taken out of a connection's bytes where they lie. All else goes to the
 * client library byte for byte: answers, QoS 2, aliases, what is malformed. The order stays. While the library works,
 * or no room is left for a message, the connection is paused.
 *
 *     socket ─▶ packet ── plain message, a topic of ours ──────────▶ take
 *       ▲         │
 *       └ paused  └── all else ──▶ library ── done ──▶ the next packet
 *
 * The library reads a connection by `pipe` and by nothing else, so that is what is replaced here.
 */
export function tapStream(stream: Duplex, taker: Taker): void {
  stream.pipe = (library) => {
    const tap: Tap = {
      stream,
      library,
      taker,
      parts: createParts(),
      bytes: Buffer.alloc(0),
      at: 0,
      begun: [],
      missing: 0,
      toPass: 0,
    }
    stream.on('data', (bytes: Buffer) => addBytes(tap, bytes))
    stream.on('end', () => library.end())
    return library
  }
}

function addBytes(tap: Tap, bytes: Buffer): void {
  if (tap.begun.length === 0) tap.bytes = bytes
  else {
    tap.begun.push(bytes)
    tap.missing -= bytes.length
    if (tap.missing > 0) return
    tap.bytes = Buffer.concat(tap.begun)
    tap.begun = []
  }
  tap.at = 0
  if (!walk(tap)) tap.stream.pause()
}

/** What had to be waited for is done. */
function goOn(tap: Tap): void {
  if (!tap.stream.destroyed && walk(tap)) tap.stream.resume()
}

/** Goes from packet to packet; false: something has to be waited for, which then calls `goOn`. */
function walk(tap: Tap): boolean {
  const { bytes, taker } = tap
  const isOpen = taker.isOpen()
  while (tap.at < bytes.length) {
    const size = tap.toPass > 0 ? tap.toPass : packetBytes(bytes, tap.at)
    const end = tap.at + size
    const isPlain = isOpen && tap.toPass === 0 && size <= MOST_BYTES && isMessage(bytes[tap.at])
    if (size === 0 || (isPlain && end > bytes.length)) {
      keep(tap, size === 0 ? 1 : end - bytes.length)
      return true
    }
    const topic = isPlain ? topicAt(tap, end) : undefined
    if (topic === undefined) {
      passOn(tap, end)
      return false
    }
    if (!taker.hasRoom()) {
      taker.whenRoom(() => goOn(tap))
      return false
    }
    const { payloadFrom, isRetained, id } = tap.parts
    tap.at = end
    taker.take(topic, bytes.subarray(payloadFrom, end), isRetained, id)
  }
  return true
}

function keep(tap: Tap, missing: number): void {
  tap.begun = [tap.bytes.subarray(tap.at)]
  tap.missing = missing
}

function topicAt({ parts, taker, bytes, at }: Tap, end: number): string | undefined {
  return findParts(parts, taker.version, bytes, at, end)
    ? taker.topicOf(bytes, parts.topicFrom, parts.topicTo)
    : undefined
}

/** Gives the library what has come of a packet. */
function passOn(tap: Tap, end: number): void {
  const { bytes, at } = tap
  tap.at = Math.min(end, bytes.length)
  tap.toPass = end - tap.at
  tap.library.write(bytes.subarray(at, tap.at), () => goOn(tap))
}
