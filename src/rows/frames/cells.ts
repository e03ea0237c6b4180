/**
 * The columns of a block, one after the other. A column takes the least room that gives each number back: absent, one
 * number for all rows, u8, i32 or f64. Each begins at a multiple of 8 bytes, little-endian.
 */
const ABSENT = 0
const CONSTANT = 1
const U8 = 2
const I32 = 3
const F64 = 4

/** Stand for NaN where a column holds no floats. */
const NO_U8 = 0xff
const NO_I32 = -0x80000000

/** The numbers of a column: one for all rows, one for each, or undefined where no row has the field. */
export type Cells = Float64Array | Int32Array | Uint8Array | number | undefined

/** Numbers row by row, `width` of them each; of the rows only `kept` (rising) are written. */
export interface CellRows {
  readonly cells: Float64Array | readonly number[]
  readonly width: number
  readonly kept: Int32Array
}

/** The number of a row in a column; NaN: the row has no such field. */
export function cellAt(cells: Cells, row: number): number {
  if (cells === undefined) return NaN
  if (typeof cells === 'number') return cells
  const cell = cells[row] ?? NaN
  if (cells instanceof Float64Array) return cell
  return cell === (cells instanceof Uint8Array ? NO_U8 : NO_I32) ? NaN : cell
}

/** How each column is written. */
export function planColumns(rows: CellRows): Uint8Array {
  const modes = new Uint8Array(rows.width)
  for (let column = 0; column < rows.width; column++) modes[column] = modeOf(rows, column)
  return modes
}

/** How many bytes the columns of so many rows take. */
export function columnBytes(modes: Uint8Array, rows: number): number {
  let bytes = 0
  for (const mode of modes) bytes += sizeOf(mode, rows)
  return bytes
}

/** Writes the columns from byte `at` of a view on. */
export function writeColumns(view: DataView<ArrayBuffer>, at: number, rows: CellRows, modes: Uint8Array): void {
  let from = at
  for (const [column, mode] of modes.entries()) {
    if (mode === CONSTANT) view.setFloat64(from, firstCell(rows, column), true)
    else if (mode !== ABSENT) writeColumn(view, from, rows, column, mode)
    from += sizeOf(mode, rows.kept.length)
  }
}

/** Reads columns that were written with these modes; the arrays are views of the buffer. */
export function readColumns(buffer: ArrayBufferLike, at: number, modes: Uint8Array, rows: number): Cells[] {
  const columns: Cells[] = []
  let from = at
  for (const mode of modes) {
    columns.push(readColumn(buffer, from, mode, rows))
    from += sizeOf(mode, rows)
  }
  return columns
}

export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

function modeOf(rows: CellRows, column: number): number {
  const { cells, width, kept } = rows
  const first = firstCell(rows, column)
  let isSame = true
  let isWhole = true
  let least = Infinity
  let most = -Infinity
  for (let n = 0; n < kept.length; n++) {
    const cell = cells[(kept[n] ?? 0) * width + column] ?? NaN
    if (!Object.is(cell, first)) isSame = false
    if (Number.isNaN(cell)) continue
    if (cell < least) least = cell
    if (cell > most) most = cell
    isWhole &&= Number.isInteger(cell)
    if (!isWhole && !isSame) return F64 // whatever follows
  }
  if (isSame) return Number.isNaN(first) ? ABSENT : CONSTANT
  if (isWhole && least >= 0 && most < NO_U8) return U8
  return isWhole && least > NO_I32 && most < 2 ** 31 ? I32 : F64
}

/** A column's number in the first row; NaN: there is no row, or it has no such field. */
function firstCell({ cells, width, kept }: CellRows, column: number): number {
  return kept.length === 0 ? NaN : (cells[(kept[0] ?? 0) * width + column] ?? NaN)
}

function sizeOf(mode: number, rows: number): number {
  switch (mode) {
    case ABSENT:
      return 0
    case CONSTANT:
      return 8
    case U8:
      return padded(rows)
    case I32:
      return padded(4 * rows)
    default:
      return 8 * rows
  }
}

function writeColumn(
  { buffer, byteOffset }: DataView<ArrayBuffer>,
  at: number,
  { cells, width, kept }: CellRows,
  column: number,
  mode: number,
): void {
  const written = arrayAt(buffer, byteOffset + at, mode, kept.length)
  const none = mode === U8 ? NO_U8 : mode === I32 ? NO_I32 : NaN
  for (let n = 0; n < kept.length; n++) {
    const cell = cells[(kept[n] ?? 0) * width + column] ?? NaN
    written[n] = Number.isNaN(cell) ? none : cell
  }
}

function readColumn(buffer: ArrayBufferLike, at: number, mode: number, rows: number): Cells {
  if (mode === ABSENT) return undefined
  if (mode === CONSTANT) return new Float64Array(buffer, at, 1)[0]
  return arrayAt(buffer, at, mode, rows)
}

function arrayAt(buffer: ArrayBufferLike, at: number, mode: number, rows: number) {
  if (mode === U8) return new Uint8Array(buffer, at, rows)
  return mode === I32 ? new Int32Array(buffer, at, rows) : new Float64Array(buffer, at, rows)
}
