import { checksumOf, entriesOf, groupsOf, type NumberedGroup } from './group.ts'
import type { JournalEntry } from '../types.ts'

/**
 * A group of the journal as one message of a stream:
 *
 *     form   first number   count   last arrival   checksum   the group's bytes
 *     1 B        8 B         8 B    8 B, epoch ms     4 B     as in the journal (group.ts)
 *
 * Numbers are little-endian. The checksum is that of the journal. A message without bytes says that the packets of
 * these numbers are lost.
 */
const FORM = 1
const HEAD_BYTES = 29
/** What an entry takes in a group beside its topic and payload. */
const ENTRY_BYTES = 15

export function messageOfGroup(group: NumberedGroup): Uint8Array {
  const { firstSeq, count, lastMs, bytes } = group
  const message = new Uint8Array(HEAD_BYTES + bytes.length)
  const view = new DataView(message.buffer)
  view.setUint8(0, FORM)
  view.setFloat64(1, firstSeq, true)
  view.setFloat64(9, count, true)
  view.setFloat64(17, lastMs, true)
  view.setUint32(25, checksumOf(group), true)
  message.set(bytes, HEAD_BYTES)
  return message
}

/** The group of a message; or why it is none of ours, to follow "the message". */
export function groupOfMessage(message: Uint8Array): NumberedGroup | string {
  if (message.length < HEAD_BYTES) return `has ${message.length} bytes, fewer than its head`
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  if (view.getUint8(0) !== FORM) return `has form ${view.getUint8(0)}, this version knows form ${FORM}`
  const group: NumberedGroup = {
    firstSeq: view.getFloat64(1, true),
    count: view.getFloat64(9, true),
    lastMs: view.getFloat64(17, true),
    bytes: message.slice(HEAD_BYTES),
  }
  return checksumOf(group) === view.getUint32(25, true) ? group : 'does not pass its checksum'
}

/** The last number of a group. */
export function lastSeqOf({ firstSeq, count }: NumberedGroup): number {
  return firstSeq + count - 1
}

/** Stands for packets that are lost. */
export function lostGroup(firstSeq: number, lastSeq: number): NumberedGroup {
  return { firstSeq, count: lastSeq - firstSeq + 1, lastMs: 0, bytes: new Uint8Array() }
}

/**
 * A group from a number on, as one group or as several of which no message is larger than `mostBytes`; a packet that is
 * larger alone stays one.
 */
export function partsOfGroup(group: NumberedGroup, fromSeq: number, mostBytes: number): NumberedGroup[] {
  const room = mostBytes - HEAD_BYTES
  if (group.firstSeq >= fromSeq && group.bytes.length <= room) return [group]
  const parts: NumberedGroup[] = []
  let part: JournalEntry[] = []
  let bytes = 1
  const end = () => {
    for (const made of groupsOf(part)) {
      const before = parts.at(-1)
      parts.push({ firstSeq: before === undefined ? (part[0]?.seq ?? 0) : lastSeqOf(before) + 1, ...made })
    }
    part = []
    bytes = 1
  }
  for (const entry of entriesOf(group)) {
    if (entry.seq < fromSeq) continue
    const size = ENTRY_BYTES + Buffer.byteLength(entry.topic) + entry.payload.length
    if (part.length > 0 && bytes + size > room) end()
    part.push(entry)
    bytes += size
  }
  end()
  return parts
}

/** Whether entries of this journal are those of a group; of a group that tells of a loss nothing can be said. */
export function isOfJournal(entries: readonly JournalEntry[], group: NumberedGroup): boolean {
  const own = entries.filter(({ seq }) => seq >= group.firstSeq && seq <= lastSeqOf(group))
  if (own.length < group.count || group.bytes.length === 0) return true
  const [encoded] = groupsOf(own)
  return encoded !== undefined && Buffer.compare(encoded.bytes, group.bytes) === 0
}
