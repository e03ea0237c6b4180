import { takeCount } from './bits.ts'

/** A packed block of bins: a record for each series, one behind the other. */
export interface PackedBlock {
  readonly number: number
  /** A bit for each column of which some record says anything but 0, or once did. */
  columns: number
  /** Bytes of each series' record; empty: no record has any. */
  readonly lengths: Uint8Array | Uint16Array
  /** Where every 32nd record begins. */
  readonly starts: Uint32Array
  readonly bytes: Uint8Array
  /** Records that a correction replaced. */
  readonly replaced: Map<number, Uint8Array>
  /** A snapshot has the block as it is. */
  isSaved: boolean
  /** All of its records have been reduced to their first columns (thin.ts). */
  isThin: boolean
}

/** Where a record stands. */
interface Place {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

const STRIDE = 32
const EMPTY = new Uint8Array(0)

export function createBlock(number: number, lengths: Uint16Array, bytes: Uint8Array): PackedBlock {
  const replaced = new Map<number, Uint8Array>()
  const state = { isSaved: false, isThin: false }
  if (bytes.length === 0) {
    return { number, columns: 0, lengths: EMPTY, starts: new Uint32Array(0), bytes, replaced, ...state }
  }
  const starts = new Uint32Array(Math.ceil(lengths.length / STRIDE))
  let columns = 0
  let at = 0
  for (let n = 0; n < lengths.length; n++) {
    if (n % STRIDE === 0) starts[n / STRIDE] = at
    if (lengths[n]! > 0) columns |= columnsOf(bytes, at)
    at += lengths[n]!
  }
  const isShort = lengths.every((length) => length < 256)
  return { number, columns, lengths: isShort ? Uint8Array.from(lengths) : lengths, starts, bytes, replaced, ...state }
}

/** The columns of which a record says anything but 0, as bits: what it begins with (packing.ts). */
function columnsOf(bytes: Uint8Array, at: number): number {
  return takeCount({ bytes, at })
}

/** Where a series' record stands. */
export function recordOf({ lengths, starts, bytes, replaced }: PackedBlock, series: number): Place {
  const record = replaced.size === 0 ? undefined : replaced.get(series)
  if (record !== undefined) return { bytes: record, from: 0, to: record.length }
  if (lengths.length === 0) return { bytes, from: 0, to: 0 }
  let from = starts[Math.floor(series / STRIDE)]!
  for (let n = series - (series % STRIDE); n < series; n++) from += lengths[n]!
  return { bytes, from, to: from + lengths[series]! }
}

/**
 * Replaces a record. Replaced records stay beside their block until they are an eighth of it; then all are put into
 * one piece again.
 */
export function replaceRecord(block: PackedBlock, series: number, record: Uint8Array, count: number): PackedBlock {
  block.replaced.set(series, record)
  if (record.length > 0) block.columns |= columnsOf(record, 0)
  block.isSaved = false
  return 8 * block.replaced.size > count + 256 ? inOnePiece(block, count) : block
}

/** A block of so many records without replaced ones. */
export function inOnePiece(block: PackedBlock, count: number): PackedBlock {
  const lengths = new Uint16Array(count)
  let size = 0
  for (let s = 0; s < count; s++) {
    const { from, to } = recordOf(block, s)
    lengths[s] = to - from
    size += to - from
  }
  const bytes = new Uint8Array(size)
  for (let s = 0, at = 0; s < count; s++) {
    const record = recordOf(block, s)
    bytes.set(record.bytes.subarray(record.from, record.to), at)
    at += lengths[s]!
  }
  return createBlock(block.number, lengths, bytes)
}

/** Plain numbers of a block that is not packed yet: an interval has at most 65,535 ms of most things. */
export type OpenColumn = Uint16Array | Int32Array | Float64Array

export function fits(column: OpenColumn, value: number): boolean {
  if (column instanceof Uint16Array) return (value & 0xffff) === value
  return column instanceof Float64Array || (value | 0) === value
}

/** The same column with room for a wider value; undefined: nothing but 0. */
export function widened(known: OpenColumn | undefined, length: number, value: number): OpenColumn {
  const isNarrow = (value & 0xffff) === value
  const isWhole = (value | 0) === value
  const wide = isNarrow ? new Uint16Array(length) : isWhole ? new Int32Array(length) : new Float64Array(length)
  if (known !== undefined) wide.set(known)
  return wide
}
