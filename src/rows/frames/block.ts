import { crc32 } from 'node:zlib'
import {
  cellAt,
  columnBytes,
  padded,
  planColumns,
  readColumns,
  writeColumns,
  type CellRows,
  type Cells,
} from './cells.ts'
import type { OpenFrame } from './frame.ts'
import { SHAPES, type Shape } from './shape.ts'

/**
 * Rows of one table and window as bytes, as they are stored and cross threads. A frame's block holds one time and many
 * series, a chunk of the history one series and many times. Little-endian, each part begins at a multiple of 8 bytes:
 *
 *     0   magic 'CDB1' u32 | version u16 | kind u8 | spaced u8 | hash of the columns u32 | place of the table u16
 *     14  columns u16 | rows u32 | bytes of the words u32 | what all rows share: time in epoch ms, or series, f64
 *     32  CRC-32 of all other bytes u32 | 0 u32
 *     40  a mode u8 for each column (cells.ts)
 *     …   for each row its series i32, or its time f64, rising; with spaced 1 only the first time and the step, f64
 *     …   the columns one after the other
 *     …   window and words, a JSON array in UTF-8
 *
 * Texts and booleans are numbers as in frame.ts. Columns may be appended to a table: a block with fewer of them stays
 * readable.
 */
const MAGIC = 0x31424443
const VERSION = 1
const CRC_AT = 32
const HEAD = 40

/** By place in this list, what varies from row to row. */
const KINDS = ['series', 'time'] as const

/** What is in a block, before its columns. */
export interface BlockRows {
  readonly shape: Shape
  /** '': the table's rows have no window. */
  readonly window: string
  readonly varies: (typeof KINDS)[number]
  /** The time of a frame in epoch ms, or the series of a chunk. */
  readonly shared: number
  /** The rows' series, or their times. Each stands there once. */
  readonly keys: Int32Array | Float64Array
}

/** Rows as they are read from a block. */
export interface Block extends BlockRows {
  /** By column; a table that has got more columns since has undefined there. */
  readonly columns: readonly Cells[]
  readonly words: readonly string[]
}

/** A row's field; undefined: it is absent. */
export function fieldAt({ shape, columns, words }: Block, column: number, row: number) {
  const cell = cellAt(columns[column], row)
  if (Number.isNaN(cell)) return undefined
  const type = shape.types[column]
  if (type === 'string') return words[cell] ?? ''
  return type === 'bool' ? cell === 1 : cell
}

/** Turns a frame into a block. Of rows with the same series the last one stays; `dropped` counts the others. */
export function encodeFrame(frame: OpenFrame): { block: Uint8Array<ArrayBuffer>; dropped: number } {
  const { shape, window, timeMs, cells, series, words } = frame
  const kept = lastRows(series)
  const keys = new Int32Array(kept.length)
  for (let n = 0; n < keys.length; n++) keys[n] = series[kept[n] ?? 0] ?? 0
  const rows = { shape, window, varies: 'series', shared: timeMs, keys } as const
  return { block: encodeBlock(rows, cells, kept, words), dropped: series.length - kept.length }
}

/** `cells` holds numbers row by row, of which `kept` (rising, as many as keys) are written. */
export function encodeBlock(
  rows: BlockRows,
  cells: CellRows['cells'],
  kept: Int32Array,
  words: readonly string[],
): Uint8Array<ArrayBuffer> {
  const { shape, window, varies, shared, keys } = rows
  const width = shape.columns.length
  const table = { cells, width, kept }
  const modes = planColumns(table)
  const text = JSON.stringify([window, ...words])
  const textBytes = Buffer.byteLength(text)
  const spacing = varies === 'time' ? spacingOf(keys) : undefined
  const written = spacing ?? keys
  const keysAt = HEAD + padded(width)
  const columnsAt = keysAt + padded(written.byteLength)
  const textAt = columnsAt + columnBytes(modes, keys.length)
  const bytes = Buffer.allocUnsafe(textAt + textBytes).fill(0) // from a pool: most blocks are small
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  head.setUint32(0, MAGIC, true)
  head.setUint16(4, VERSION, true)
  head.setUint8(6, KINDS.indexOf(varies))
  head.setUint8(7, spacing === undefined ? 0 : 1)
  head.setUint32(8, shape.hashes[width] ?? 0, true)
  head.setUint16(12, shape.place, true)
  head.setUint16(14, width, true)
  head.setUint32(16, keys.length, true)
  head.setUint32(20, textBytes, true)
  head.setFloat64(24, shared, true)
  bytes.set(modes, HEAD)
  bytes.set(new Uint8Array(written.buffer, written.byteOffset, written.byteLength), keysAt)
  writeColumns(head, columnsAt, table, modes)
  bytes.write(text, textAt)
  head.setUint32(CRC_AT, checksumOf(bytes), true)
  return bytes
}

/**
 * Reads a block; its arrays are views of the bytes. Throws Error when these are damaged, of a later version, or of a
 * table that this release does not know.
 */
export function decodeBlock(given: Uint8Array): Block {
  const bytes = aligned(given)
  const head = readHead(bytes, false)
  const { shape, varies, shared, width } = head
  const { keys, end: columnsAt } = keysOf(bytes, head)
  const columns = readColumns(bytes.buffer, columnsAt, bytes.subarray(HEAD, HEAD + width), keys.length)
  const [window = '', ...words] = wordsOf(bytes, head)
  return { shape, window, varies, shared, keys, columns, words }
}

/** What is in a block, without its columns. Trusts the bytes: their checksum is not looked at. */
export function peekBlock(given: Uint8Array): BlockRows {
  const bytes = aligned(given)
  const head = readHead(bytes, true)
  const { shape, varies, shared } = head
  return { shape, window: wordsOf(bytes, head)[0] ?? '', varies, shared, keys: keysOf(bytes, head).keys }
}

/** The table of a block. Trusts the bytes, and does not look at what else they hold. */
export function tableIn(bytes: Uint8Array): Shape {
  return readHead(bytes, true).shape
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
}

type Head = ReturnType<typeof readHead>

/** The keys, and the byte behind them. */
function keysOf({ buffer, byteOffset }: Uint8Array, { varies, width, rows, isSpaced }: Head) {
  const keysAt = byteOffset + HEAD + padded(width)
  if (varies === 'series') return { keys: new Int32Array(buffer, keysAt, rows), end: keysAt + padded(4 * rows) }
  if (!isSpaced) return { keys: new Float64Array(buffer, keysAt, rows), end: keysAt + 8 * rows }
  const [first = NaN, step = NaN] = new Float64Array(buffer, keysAt, 2)
  return { keys: Float64Array.from({ length: rows }, (_, row) => first + row * step), end: keysAt + 16 }
}

/** The first time and the step, if all times are evenly spaced. */
function spacingOf(times: BlockRows['keys']): Float64Array | undefined {
  const [first = NaN, second = NaN] = times
  const step = second - first
  const isSpaced = times.length > 2 && times.every((timeMs, row) => timeMs === first + row * step)
  return isSpaced ? Float64Array.of(first, step) : undefined
}

function wordsOf(bytes: Uint8Array, { wordBytes }: Head): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + bytes.length - wordBytes, wordBytes)
  return JSON.parse(text.toString()) as string[]
}

function readHead(bytes: Uint8Array, isTrusted: boolean) {
  if (bytes.length < HEAD) throw new Error(`a block of ${bytes.length} bytes is cut short`)
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (head.getUint32(0, true) !== MAGIC) throw new Error('these bytes are no block of rows')
  const version = head.getUint16(4, true)
  if (version > VERSION) throw new Error(`a block of version ${version}: this release reads up to ${VERSION}`)
  if (!isTrusted && head.getUint32(CRC_AT, true) !== checksumOf(bytes)) throw new Error('a block of rows is damaged')
  const place = head.getUint16(12, true)
  const width = head.getUint16(14, true)
  const [shape, varies] = [SHAPES[place], KINDS[head.getUint8(6)]]
  const isKnown = shape !== undefined && width <= shape.columns.length && varies !== undefined
  if (!isKnown || head.getUint32(8, true) !== shape.hashes[width])
    throw new Error(`a block of table ${place} has columns that this release does not know`)
  const [rows, wordBytes, shared] = [head.getUint32(16, true), head.getUint32(20, true), head.getFloat64(24, true)]
  return { shape, width, varies, rows, wordBytes, shared, isSpaced: head.getUint8(7) === 1 }
}

function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes.subarray(HEAD), crc32(bytes.subarray(0, CRC_AT)))
}

/** The rows that stay, rising: of each series the last. */
function lastRows(series: readonly number[]): Int32Array {
  if (isRising(series)) return upTo(series.length)
  const last = new Map<number, number>()
  for (const [row, number] of series.entries()) last.set(number, row)
  return Int32Array.from(last.values()).sort()
}

/** 0, 1, 2 … */
function upTo(count: number): Int32Array {
  const numbers = new Int32Array(count)
  for (let n = 0; n < count; n++) numbers[n] = n
  return numbers
}

function isRising(numbers: readonly number[]): boolean {
  for (let n = 1; n < numbers.length; n++) if ((numbers[n] ?? 0) <= (numbers[n - 1] ?? 0)) return false
  return true
}
