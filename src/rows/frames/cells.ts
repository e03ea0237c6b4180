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

/** How a column is written. */
interface ColumnPlan {
  readonly mode: number
  /** The number of a column that has only one. */
  readonly first: number
}

/** Numbers row by row, `width` of them each; of the rows only `kept` (rising) are written. */
interface CellRows {
  readonly cells: Float64Array
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

/** The mode of each column, and how many bytes all of them take. */
export function planColumns(rows: CellRows): { plans: readonly ColumnPlan[]; bytes: number } {
  const plans = Array.from({ length: rows.width }, (_, column) => planColumn(rows, column))
  return { plans, bytes: plans.reduce((sum, { mode }) => sum + sizeOf(mode, rows.kept.length), 0) }
}

/** Writes the columns from byte `at` of `buffer` on. */
export function writeColumns(buffer: ArrayBuffer, at: number, rows: CellRows, plans: readonly ColumnPlan[]): void {
  let from = at
  for (const [column, plan] of plans.entries()) {
    writeColumn(buffer, from, rows, column, plan)
    from += sizeOf(plan.mode, rows.kept.length)
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

function planColumn({ cells, width, kept }: CellRows, column: number): ColumnPlan {
  const first = kept.length === 0 ? NaN : (cells[(kept[0] ?? 0) * width + column] ?? NaN)
  let isSame = true
  let isWhole = true
  let [least, most] = [Infinity, -Infinity]
  for (const row of kept) {
    const cell = cells[row * width + column] ?? NaN
    if (!Object.is(cell, first)) isSame = false
    if (Number.isNaN(cell)) continue
    if (cell < least) least = cell
    if (cell > most) most = cell
    isWhole &&= Number.isInteger(cell)
  }
  if (isSame) return { mode: Number.isNaN(first) ? ABSENT : CONSTANT, first }
  if (isWhole && least >= 0 && most < NO_U8) return { mode: U8, first }
  return { mode: isWhole && least > NO_I32 && most < 2 ** 31 ? I32 : F64, first }
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
  buffer: ArrayBuffer,
  at: number,
  { cells, width, kept }: CellRows,
  column: number,
  { mode, first }: ColumnPlan,
): void {
  if (mode === ABSENT) return
  if (mode === CONSTANT) {
    new Float64Array(buffer, at, 1)[0] = first
    return
  }
  const written = arrayAt(buffer, at, mode, kept.length)
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
