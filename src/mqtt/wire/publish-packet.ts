/**
 * PUBLISH packets read where they lie (MQTT 3.1.1 and 5, section 3.3):
 *
 *     0011 DUP QoS RETAIN   remaining length   topic length   topic   packet id   properties   payload
 *             1 B               1 to 4 B            2 B               2 B, QoS 1   MQTT 5
 */
export interface PublishParts {
  topicFrom: number
  topicTo: number
  /** 0: the message is of QoS 0 and has none. */
  id: number
  isRetained: boolean
  payloadFrom: number
}

export type MqttVersion = 4 | 5

const LENGTH_BYTES = 4
/** PUBLISH without, and of QoS 1 with and without DUP; each with and without RETAIN. */
const HEADS: ReadonlySet<number> = new Set([0x30, 0x31, 0x32, 0x33, 0x3a, 0x3b])
const RETAIN = 1
const QOS_1 = 2

export function createParts(): PublishParts {
  return { topicFrom: 0, topicTo: 0, id: 0, isRetained: false, payloadFrom: 0 }
}

/** Bytes of the packet that begins at `at`. 0: its length is not all there yet; Infinity: its length cannot be one. */
export function packetBytes(bytes: Uint8Array, at: number): number {
  let [length, factor] = [0, 1]
  for (let n = 1; n <= LENGTH_BYTES; n++) {
    const byte = bytes[at + n]
    if (byte === undefined) return 0
    length += (byte & 127) * factor
    if (byte < 128) return 1 + n + length
    factor *= 128
  }
  return Infinity
}

/** Whether a packet that begins with this byte is a message of QoS 0 or 1. */
export function isMessage(head: number | undefined): boolean {
  return head !== undefined && HEADS.has(head)
}

/**
 * Finds the parts of the message from `at` to `end`. False: something about it is not plain. It has the packet id 0, a
 * topic alias, no topic, or a part that is unknown or longer than the packet.
 */
export function findParts(
  parts: PublishParts,
  version: MqttVersion,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  const head = bytes[at] ?? 0
  let next = at + 1
  while ((bytes[next++] ?? 0) >= 128);
  const topicFrom = next + 2
  const topicTo = topicFrom + numberAt(bytes, next)
  next = topicTo
  parts.id = 0
  if ((head & QOS_1) !== 0) {
    parts.id = numberAt(bytes, next)
    if (parts.id === 0) return false
    next += 2
  }
  if (topicTo === topicFrom || next > end) return false
  if (version === 5) next = bytes[next] === 0 ? next + 1 : propertiesEnd(bytes, next, end)
  if (next > end) return false
  parts.topicFrom = topicFrom
  parts.topicTo = topicTo
  parts.isRetained = (head & RETAIN) !== 0
  parts.payloadFrom = next
  return true
}

function numberAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

/** Where the payload begins behind properties that say nothing to us; Infinity: one of them is none of those. */
function propertiesEnd(bytes: Uint8Array, from: number, end: number): number {
  // The length of properties is written as that of a packet behind its first byte
  const length = packetBytes(bytes, from - 1) - 1
  const to = from + length
  if (length < 1 || to > end) return Infinity
  let at = from
  while ((bytes[at++] ?? 0) >= 128);
  while (at < to) at = propertyEnd(bytes, at)
  return at === to ? to : Infinity
}

function propertyEnd(bytes: Uint8Array, at: number): number {
  const from = at + 1
  switch (bytes[at] ?? 0) {
    case 0x01: // payload format
      return from + 1
    case 0x02: // message expiry
      return from + 4
    case 0x03: // content type
    case 0x08: // response topic
    case 0x09: // correlation data
      return textEnd(bytes, from)
    case 0x26: // user property
      return textEnd(bytes, textEnd(bytes, from))
    default:
      return Infinity
  }
}

function textEnd(bytes: Uint8Array, at: number): number {
  return at + 2 + numberAt(bytes, at)
}
