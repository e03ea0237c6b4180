import { crc32 } from 'node:zlib'
import type { JournalEntry, JournalPacket } from '../types.ts'

/**
 * Packets of one commit as one block of bytes. The main thread encodes it once and moves it to the store's thread,
 * which writes it as one row. It is split again where packets are folded.
 *
 *     form  packet  packet  packet …
 *      1 B    │
 *             └─▶ arrival time   payload length   topic length   retain   topic   payload
 *                 8 B, epoch ms       4 B             2 B         1 B     UTF-8
 *
 * Numbers are little-endian. The row beside it holds the first packet's number, how many there are, the last arrival
 * time, and the checksum over those three and the bytes.
 */
export interface Group {
  count: number
  /** The latest arrival time of its packets. */
  lastMs: number
  bytes: Uint8Array<ArrayBuffer>
}

/** A group as it lies in the journal. */
export interface NumberedGroup extends Group {
  firstSeq: number
}

/** No group takes more packets, and none takes another once it has so many bytes. */
export const GROUP_PACKETS = 1_000
export const GROUP_BYTES = 4_194_304

const FORM = 1
const FORM_BYTES = 1
const HEAD_BYTES = 15
/** UTF-8 takes at most so many bytes for one unit of a string. */
const UTF8_BYTES = 3
const MOST_TOPIC_BYTES = 65_535

/** Encodes packets in their order; no packets, no group. */
export function groupsOf(packets: readonly JournalPacket[]): Group[] {
  const groups: Group[] = []
  for (let from = 0; from < packets.length;) {
    let to = from
    let mostBytes = FORM_BYTES
    while (to < packets.length && to - from < GROUP_PACKETS && mostBytes < GROUP_BYTES) {
      const packet = packets[to++]
      if (packet !== undefined) mostBytes += HEAD_BYTES + packet.topic.length * UTF8_BYTES + packet.payload.length
    }
    groups.push(encode(packets, from, to, mostBytes))
    from = to
  }
  return groups
}

function encode(packets: readonly JournalPacket[], from: number, to: number, mostBytes: number): Group {
  const buffer = new ArrayBuffer(mostBytes)
  const bytes = Buffer.from(buffer)
  const view = new DataView(buffer)
  let lastMs = -Infinity
  let at = FORM_BYTES
  bytes[0] = FORM
  for (let i = from; i < to; i++) {
    const packet = packets[i]
    if (packet === undefined) continue
    const { nowMs, topic, payload, retain } = packet
    const topicBytes = bytes.write(topic, at + HEAD_BYTES)
    if (topicBytes > MOST_TOPIC_BYTES) throw new RangeError(`a topic of ${topicBytes} bytes`)
    view.setFloat64(at, nowMs, true)
    view.setUint32(at + 8, payload.length, true)
    view.setUint16(at + 12, topicBytes, true)
    view.setUint8(at + 14, retain ? 1 : 0)
    at += HEAD_BYTES + topicBytes
    bytes.set(payload, at)
    at += payload.length
    lastMs = Math.max(lastMs, nowMs)
  }
  return { count: to - from, lastMs, bytes: new Uint8Array(buffer, 0, at) }
}

/** The packets of a sound group with their numbers; the payloads are views of the group's bytes. */
export function entriesOf({ firstSeq, count, bytes }: NumberedGroup): JournalEntry[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes[0] !== FORM) throw new Error(`a group of packets of form ${bytes[0]}, this version knows form ${FORM}`)
  const entries: JournalEntry[] = []
  let at = FORM_BYTES
  for (let i = 0; i < count; i++) {
    const topicAt = at + HEAD_BYTES
    const payloadAt = topicAt + view.getUint16(at + 12, true)
    const endAt = payloadAt + view.getUint32(at + 8, true)
    entries.push({
      seq: firstSeq + i,
      nowMs: view.getFloat64(at, true),
      topic: text.toString('utf8', topicAt, payloadAt),
      payload: bytes.subarray(payloadAt, endAt),
      retain: view.getUint8(at + 14) === 1,
    })
    at = endAt
  }
  return entries
}

/** The buffers that are moved to the other thread instead of being copied. */
export function buffersOf(groups: readonly Group[]): ArrayBuffer[] {
  return groups.map(({ bytes }) => bytes.buffer)
}

/** A group from its row, and whether it is as it was written. */
export function groupOfRow(row: Record<string, unknown>): { group: NumberedGroup; isSound: boolean } {
  const group: NumberedGroup = {
    firstSeq: row['first_seq'] as number,
    count: row['count'] as number,
    lastMs: row['last_ms'] as number,
    bytes: row['bytes'] as Uint8Array<ArrayBuffer>,
  }
  return { group, isSound: checksumOf(group) === row['crc32'] }
}

/** The checksum of a group and of what its row says about it. */
export function checksumOf({ firstSeq, count, lastMs, bytes }: NumberedGroup): number {
  return crc32(bytes, crc32(new Uint8Array(Float64Array.of(firstSeq, count, lastMs).buffer)))
}
