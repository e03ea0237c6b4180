import {
  bytesOfBits,
  putBits,
  putCount,
  putWhole,
  RAW,
  takeBits,
  takeCount,
  takeWhole,
  widthOf,
  type Cursor,
} from './bits.ts'

/**
 * Whole numbers of some columns over a block of intervals, packed into a record of bytes. Columns of nothing but 0 take
 * no room, constant ones a few bytes, all others as many bits a number as their range asks for.
 *
 *     record = mask │ column │ column …             a bit of the mask for each column that is not 0 throughout
 *     column = width 0, number                      all are the same
 *            = width, smallest, rest, bits …        rest: by how much the sum exceeds that of the smallest alone
 *            = RAW, numbers …                       not whole, or too far apart
 *            = LIKENED + width, base, rise, smallest, rest, bits …
 *
 * A likened column is told by another one of the same record. A straight line goes through its numbers where that one
 * is least and largest. What is kept is by how much each number is off the line.
 *
 * ```
 * told by      20   23   21   24          least at 0, largest at 3
 * numbers      40   47   42   48          base 40, rise 8: a line of 40, 46, 42, 48
 * off           0    1    0    0          one bit each
 * ```
 *
 * An empty record has no column. The sum of a column is known without its bits.
 */
export interface Packer {
  /** Columns of a record, and numbers of each. */
  readonly columns: number
  readonly length: number
  /** Per column an earlier one that it is likened to; -1: none. */
  readonly like: Int8Array
  readonly written: Cursor
  readonly read: Cursor
  /** Column by column `length` numbers. */
  readonly values: Float64Array
  /** The head of the column that is being read, and the line of one that is likened. */
  readonly head: Head
  readonly line: Line
  /** Numbers of one column off its line, for the time of one call. */
  readonly off: Float64Array
}

/** A record: where it begins and ends among bytes. */
interface Place {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

interface Head {
  width: number
  isLikened: boolean
  smallest: number
  sum: number
}

/** A column's line: its place by the column `told`, which is least and largest at two places. */
interface Line {
  told: number
  low: number
  high: number
  base: number
  rise: number
}

const LIKENED = 128
/** In a shorter block a line costs more than it saves. */
const LEAST_LINE = 8
/** Bytes of the longest head of a column. */
const HEAD_BYTES = 64

export function createPacker(columns: number, length: number, like: Int8Array): Packer {
  return {
    columns,
    length,
    like,
    written: { bytes: new Uint8Array(mostBytes(columns, length)), at: 0 },
    read: { bytes: new Uint8Array(0), at: 0 },
    values: new Float64Array(columns * length),
    head: { width: 0, isLikened: false, smallest: 0, sum: 0 },
    line: { told: 0, low: 0, high: 0, base: 0, rise: 0 },
    off: new Float64Array(length),
  }
}

/** Writes `values` as a record behind what was written. */
export function pack(packer: Packer): void {
  makeRoom(packer)
  const { columns, length, values } = packer
  let mask = 0
  for (let c = 0; c < columns; c++) if (!isZero(values, c * length, length)) mask |= 1 << c
  if (mask === 0) return
  putCount(packer.written, mask)
  for (let c = 0; c < columns; c++) if ((mask >> c) & 1) packColumn(packer, mask, c)
}

/** Adds the sums of a record's columns before `upTo` to `sums`; sign -1 takes them away. */
export function addSums(packer: Packer, record: Place, upTo: number, sums: Float64Array, sign: 1 | -1): void {
  if (!beginReading(packer, record)) return
  const mask = takeCount(packer.read)
  for (let c = 0; c < upTo; c++) {
    if (((mask >> c) & 1) === 0) continue
    takeHead(packer)
    const { width, sum } = packer.head
    if (width === RAW) {
      takeBits(packer.read, packer.off, { from: 0, length: packer.length }, 0, RAW)
      sums[c]! += sign * sumOf(packer.off, 0, packer.length)
      continue
    }
    sums[c]! += sign * sum
    packer.read.at += bytesOfBits(width, packer.length)
  }
}

/** Puts the numbers of a record's columns before `upTo` into `values`. */
export function unpack(packer: Packer, record: Place, upTo: number): void {
  packer.values.fill(0, 0, upTo * packer.length)
  unpackColumns(packer, record, upTo)
}

/** The same without those that are 0 throughout, of which nothing is put. Gives the others, a bit each. */
export function unpackColumns(packer: Packer, record: Place, upTo: number): number {
  if (!beginReading(packer, record)) return 0
  const mask = takeCount(packer.read)
  for (let c = 0; c < upTo; c++) if ((mask >> c) & 1) unpackColumn(packer, c)
  return mask
}

/** Whether a record says anything of a column but 0. */
export function hasColumn(packer: Packer, record: Place, column: number): boolean {
  return beginReading(packer, record) && ((takeCount(packer.read) >> column) & 1) === 1
}

/** Whether a record says anything of a column from this one on but 0. */
export function hasColumnsFrom(packer: Packer, record: Place, column: number): boolean {
  return beginReading(packer, record) && takeCount(packer.read) >> column !== 0
}

function beginReading({ read }: Packer, { bytes, from, to }: Place): boolean {
  read.bytes = bytes
  read.at = from
  return to > from
}

function mostBytes(columns: number, length: number): number {
  return 8 + columns * (8 * length + HEAD_BYTES)
}

function makeRoom({ written, columns, length }: Packer): void {
  const needed = written.at + mostBytes(columns, length)
  if (needed <= written.bytes.length) return
  const bytes = new Uint8Array(2 * needed)
  bytes.set(written.bytes.subarray(0, written.at))
  written.bytes = bytes
}

function isZero(values: Float64Array, from: number, length: number): boolean {
  for (let n = from; n < from + length; n++) if (values[n] !== 0) return false
  return true
}

function packColumn(packer: Packer, mask: number, c: number): void {
  const { length, values, like, written } = packer
  const from = c * length
  const width = widthOf(values, from, length)
  const told = like[c]!
  if (told >= 0 && (mask >> told) & 1 && width > 0 && width !== RAW && packLikened(packer, told, c, width)) return
  written.bytes[written.at++] = width
  const smallest = width === RAW ? 0 : leastOf(values, from, length)
  if (width !== RAW) putWhole(packer.written, smallest)
  if (width !== RAW && width > 0) putCount(packer.written, sumOf(values, from, length) - length * smallest)
  if (width > 0) putBits(packer.written, values, { from, length }, smallest, width)
}

/** Writes a column by its line, if that takes less than `plain` bits a number. */
function packLikened(packer: Packer, told: number, c: number, plain: number): boolean {
  const { length, values, off, line, written } = packer
  if (length < LEAST_LINE || !findEnds(packer, told)) return false
  line.base = values[c * length + line.low]!
  line.rise = values[c * length + line.high]! - line.base
  for (let n = 0; n < length; n++) off[n] = values[c * length + n]! - lineAt(packer, n)
  const width = widthOf(off, 0, length)
  if (width + 2 >= plain) return false
  const smallest = leastOf(off, 0, length)
  written.bytes[written.at++] = LIKENED + width
  putWhole(packer.written, line.base)
  putWhole(packer.written, line.rise)
  putWhole(packer.written, smallest)
  putWhole(packer.written, sumOf(values, c * length, length) - length * line.base)
  if (width > 0) putBits(packer.written, off, { from: 0, length }, smallest, width)
  return true
}

/** The line at its n-th number. */
function lineAt({ length, values, line }: Packer, n: number): number {
  const from = line.told * length
  const least = values[from + line.low]!
  return line.base + Math.round((line.rise * (values[from + n]! - least)) / (values[from + line.high]! - least))
}

/** Finds where a column is least and largest, the first of equals; false: it is the same throughout. */
function findEnds({ length, values, line }: Packer, told: number): boolean {
  const from = told * length
  line.told = told
  line.low = 0
  line.high = 0
  for (let n = 1; n < length; n++) {
    if (values[from + n]! < values[from + line.low]!) line.low = n
    if (values[from + n]! > values[from + line.high]!) line.high = n
  }
  return line.low !== line.high
}

function unpackColumn(packer: Packer, c: number): void {
  const { length, values, like, head } = packer
  const from = c * length
  takeHead(packer)
  if (head.width === 0) values.fill(head.smallest, from, from + length)
  else takeBits(packer.read, values, { from, length }, head.smallest, head.width)
  if (!head.isLikened) return
  findEnds(packer, like[c]!)
  for (let n = 0; n < length; n++) values[from + n]! += lineAt(packer, n)
}

/** Reads the head of a column; `at` is behind it. A raw column has no sum. */
function takeHead(packer: Packer): void {
  const { head, line, length, read } = packer
  const code = read.bytes[read.at++]!
  head.isLikened = code >= LIKENED
  head.width = head.isLikened ? code - LIKENED : code
  head.smallest = 0
  if (code === RAW) return
  if (head.isLikened) {
    line.base = takeWhole(packer.read)
    line.rise = takeWhole(packer.read)
    head.smallest = takeWhole(packer.read)
    head.sum = length * line.base + takeWhole(packer.read)
    return
  }
  head.smallest = takeWhole(packer.read)
  head.sum = length * head.smallest + (head.width > 0 ? takeCount(packer.read) : 0)
}

function leastOf(values: Float64Array, from: number, length: number): number {
  let smallest = Infinity
  for (let n = from; n < from + length; n++) if (values[n]! < smallest) smallest = values[n]!
  return smallest
}

function sumOf(values: Float64Array, from: number, length: number): number {
  let sum = 0
  for (let n = from; n < from + length; n++) sum += values[n]!
  return sum
}
