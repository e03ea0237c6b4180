/** Names of SenML's fields by their numbers in CBOR (RFC 8428, table 4). */
const FIELDS: Readonly<Record<number, string>> = {
  [-1]: 'bver',
  [-2]: 'bn',
  [-3]: 'bt',
  [-4]: 'bu',
  [-5]: 'bv',
  [-6]: 'bs',
  0: 'n',
  1: 'u',
  2: 'v',
  3: 'vs',
  4: 'vb',
  5: 's',
  6: 't',
  7: 'ut',
  8: 'vd',
}
const MOST_MEMBERS = 256
const ARRAY = 4
const MAP = 5
const BREAK = 0xff
const TEXT = new TextDecoder('utf-8', { fatal: true })

/** Whether bytes begin as an array of CBOR does; no text begins so. */
export function isCborPack(payload: unknown): payload is Uint8Array {
  const first = payload instanceof Uint8Array ? (payload[0] ?? 0) : 0
  return first >= 0x80 && first <= 0x9f
}

/**
 * A SenML pack in CBOR (RFC 8428, section 6; RFC 8949), as its JSON would have been read: an array of maps, of numbers,
 * texts and truth values. Undefined for bytes that are none, for tags, and for anything deeper.
 */
export function packOfCbor(bytes: Uint8Array): unknown[] | undefined {
  const reader: Reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes, at: 0 }
  try {
    const pack = readList(reader, ARRAY, bytes.length, () =>
      Object.fromEntries(readList(reader, MAP, MOST_MEMBERS, readMember)),
    )
    return reader.at === bytes.length ? pack : undefined
  } catch {
    return undefined // the caller counts it
  }
}

interface Reader {
  readonly view: DataView
  readonly bytes: Uint8Array
  at: number
}

function readMember(reader: Reader): [name: string, value: unknown] {
  const label = readValue(reader)
  const name = typeof label === 'number' ? (FIELDS[label] ?? String(label)) : label
  if (typeof name !== 'string') throw new RangeError('a label is a number or a text')
  return [name, readValue(reader)]
}

/** Entries of an array or a map, of a length that stands before them or up to a break. */
function readList<T>(reader: Reader, major: number, most: number, read: (reader: Reader) => T): T[] {
  const head = reader.view.getUint8(reader.at)
  if (head >> 5 !== major) throw new RangeError('another structure than a pack has')
  const isOpen = (head & 31) === 31
  if (isOpen) reader.at++
  const count = isOpen ? most : readArgument(reader)
  if (count > most) throw new RangeError('too many')
  const list: T[] = []
  while (list.length < count && !(isOpen && reader.view.getUint8(reader.at) === BREAK)) list.push(read(reader))
  if (isOpen && reader.view.getUint8(reader.at++) !== BREAK) throw new RangeError('too many')
  return list
}

/** The number in or behind the first byte. */
function readArgument(reader: Reader): number {
  const { view } = reader
  const short = view.getUint8(reader.at++) & 31
  if (short < 24) return short
  if (short > 27) throw new RangeError('no length')
  const from = reader.at
  reader.at += 2 ** (short - 24)
  if (short === 24) return view.getUint8(from)
  if (short === 25) return view.getUint16(from)
  return short === 26 ? view.getUint32(from) : Number(view.getBigUint64(from))
}

function readValue(reader: Reader): unknown {
  const { view, bytes } = reader
  const head = view.getUint8(reader.at)
  const major = head >> 5
  if (major === 0) return readArgument(reader)
  if (major === 1) return -1 - readArgument(reader)
  if (major === 3) {
    const length = readArgument(reader)
    const end = reader.at + length
    if (end > bytes.length) throw new RangeError('a text ends behind its message')
    const text = TEXT.decode(bytes.subarray(reader.at, end))
    reader.at = end
    return text
  }
  reader.at++
  if (head === 0xf4 || head === 0xf5) return head === 0xf5
  const from = reader.at
  const length = { 0xf9: 2, 0xfa: 4, 0xfb: 8 }[head]
  if (length === undefined) throw new RangeError('neither number, text nor truth value')
  reader.at += length
  if (length === 2) return half(view.getUint16(from))
  return length === 4 ? view.getFloat32(from) : view.getFloat64(from)
}

/** A number of 16 bit (IEEE 754 binary16; RFC 8949, appendix D). */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  const size =
    exponent === 31
      ? fraction === 0
        ? Infinity
        : NaN
      : 2 ** (Math.max(exponent, 1) - 25) * (fraction + (exponent === 0 ? 0 : 1024))
  return bits & 0x8000 ? -size : size
}
