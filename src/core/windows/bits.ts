/**
 * Whole numbers as bits and bytes. A writer or reader has its bytes and how far it is; all of these move `at` on.
 *
 *     count    0 0000101            seven bits a byte, the lowest first; a set top bit: more follow
 *     whole    count of 0, -1, 1, -2, 2 …
 *     bits     |width|width|width|  one behind the other, the lowest first
 */
export interface Cursor {
  bytes: Uint8Array
  at: number
}

/** Numbers that do not fit into bits stand there as they are. */
export const RAW = 64
/** Numbers of more than 24 bits take four bytes. */
const WORD = 32
const MOST_BITS = 24
/** Below it whole numbers can be doubled, and those of a block summed up, without a loss. */
const MOST_WHOLE = 2 ** 43

/** Bits that numbers need above the smallest; RAW where they are not whole or too far apart. */
export function widthOf(values: Float64Array, from: number, length: number): number {
  let smallest = Infinity
  let largest = -Infinity
  for (let n = from; n < from + length; n++) {
    const value = values[n]!
    if (!Number.isInteger(value)) return RAW
    if (value < smallest) smallest = value
    if (value > largest) largest = value
  }
  const range = largest - smallest
  if (range >= 2 ** WORD || Math.abs(smallest) > MOST_WHOLE || Math.abs(largest) > MOST_WHOLE) return RAW
  const bits = range === 0 ? 0 : 32 - Math.clz32(range)
  return bits > MOST_BITS ? WORD : bits
}

/** Bytes that so many numbers of a width take. */
export function bytesOfBits(width: number, length: number): number {
  return width === RAW ? 8 * length : (width * length + 7) >> 3
}

/** Writes `length` numbers from `from` on, each by how much it exceeds `smallest`. */
export function putBits(to: Cursor, values: Float64Array, span: Span, smallest: number, width: number): void {
  const { bytes } = to
  if (width === RAW) return putRaw(to, values, span)
  let held = 0
  let bits = 0
  for (let n = span.from; n < span.from + span.length; n++) {
    let rest = values[n]! - smallest
    if (width === WORD) {
      for (let byte = 0; byte < 4; byte++, rest = Math.floor(rest / 256)) bytes[to.at++] = rest % 256
      continue
    }
    held |= rest << bits
    bits += width
    for (; bits >= 8; bits -= 8, held >>>= 8) bytes[to.at++] = held & 255
  }
  if (bits > 0) bytes[to.at++] = held & 255
}

/** Reads numbers into `values`. */
export function takeBits(from: Cursor, values: Float64Array, span: Span, smallest: number, width: number): void {
  const { bytes } = from
  if (width === RAW) return takeRaw(from, values, span)
  let held = 0
  let bits = 0
  for (let n = span.from; n < span.from + span.length; n++) {
    if (width === WORD) {
      const low = bytes[from.at]! | (bytes[from.at + 1]! << 8) | (bytes[from.at + 2]! << 16)
      values[n] = smallest + low + bytes[from.at + 3]! * 2 ** 24
      from.at += 4
      continue
    }
    for (; bits < width; bits += 8) held |= bytes[from.at++]! << bits
    values[n] = smallest + (held & ((1 << width) - 1))
    held >>>= width
    bits -= width
  }
}

/** Where numbers stand: `length` of them from `from` on. */
interface Span {
  readonly from: number
  readonly length: number
}

function putRaw(to: Cursor, values: Float64Array, { from, length }: Span): void {
  const view = new DataView(to.bytes.buffer, to.bytes.byteOffset)
  for (let n = from; n < from + length; n++, to.at += 8) view.setFloat64(to.at, values[n]!, true)
}

function takeRaw(from: Cursor, values: Float64Array, span: Span): void {
  const view = new DataView(from.bytes.buffer, from.bytes.byteOffset)
  for (let n = span.from; n < span.from + span.length; n++, from.at += 8) values[n] = view.getFloat64(from.at, true)
}

/** A whole number from 0 on, seven bits a byte. */
export function putCount(to: Cursor, count: number): void {
  for (; count >= 128; count = Math.floor(count / 128)) to.bytes[to.at++] = (count % 128) + 128
  to.bytes[to.at++] = count
}

export function takeCount(from: Cursor): number {
  const { bytes } = from
  let count = 0
  for (let unit = 1; ; unit *= 128) {
    const byte = bytes[from.at++]!
    if (byte < 128) return count + byte * unit
    count += (byte - 128) * unit
  }
}

export function putWhole(to: Cursor, whole: number): void {
  putCount(to, whole < 0 ? -2 * whole - 1 : 2 * whole)
}

export function takeWhole(from: Cursor): number {
  const count = takeCount(from)
  return count % 2 === 0 ? count / 2 : -(count + 1) / 2
}
