import { decodeBlock } from '../../rows/frames/block.ts'
import { createLines, type LineWriter } from '../../rows/line-protocol.ts'
import { createTextBytes, type TextBytes } from '../../rows/text-bytes.ts'
import type { BlockPlace, BlockRowsNamed, QueuedBlock } from '../../store/queue-type.ts'

/** How this receiver is called in the store. */
export const INFLUX = 'influx'

/** A row as the line that is sent. Echoes have the negative of their id, so that none is taken for a block's row. */
export interface LineRow extends RowPlace {
  /** Where its line stands: its first byte among all lines, and the line feed behind it. */
  readonly lines: TextBytes
  readonly from: number
  readonly to: number
}

interface RowPlace {
  readonly id: number
  readonly row: number
}

/** Lines as they are sent: UTF-8, with a line feed between two. */
export interface Lines {
  readonly utf8: Uint8Array
  readonly count: number
}

/** Rows to be sent, in the order of the queue. */
export interface Batch {
  readonly rows: readonly LineRow[]
  /** Rows that must not be sent, by the reason. */
  readonly faults: ReadonlyMap<string, readonly RowPlace[]>
  /** How far the queue is read with this batch; undefined: it held nothing. */
  readonly upTo: BlockPlace | undefined
}

/** Bytes of a line, by experience. */
const LINE_BYTES = 400

/** Makes the lines of at most `limit` rows, behind those in `lines`; cleared rows are passed over. */
export function batchOf(
  writer: LineWriter,
  blocks: readonly QueuedBlock[],
  limit: number,
  lines = createTextBytes(LINE_BYTES * Math.min(limit, countOf(blocks))),
): Batch {
  const rows: LineRow[] = []
  const faults = new Map<string, RowPlace[]>()
  let upTo: BlockPlace | undefined
  for (const { id, block, fromRow, toRow, cleared } of blocks) {
    if (rows.length >= limit) break
    const putLine = createLines(writer, decodeBlock(block), lines)
    let row = fromRow
    for (; row < toRow && rows.length < limit; row++) {
      if (isCleared(cleared, row)) continue
      const from = lines.at
      const fault = putLine(row)
      if (fault === undefined) {
        rows.push({ id, row, lines, from, to: lines.at - 1 })
        continue
      }
      const alike = faults.get(fault)
      if (alike === undefined) faults.set(fault, [{ id, row }])
      else alike.push({ id, row })
    }
    upTo = { id, toRow: row }
  }
  return { rows, faults, upTo }
}

/** The lines of the echoes from place `from` on, until there are `limit` or more; `behind`: the first that is left. */
export function echoesFrom(
  writer: LineWriter,
  echoes: readonly QueuedBlock[],
  from: number,
  limit: number,
): { rows: LineRow[]; behind: number } {
  const rows: LineRow[] = []
  const lines = createTextBytes()
  let behind = from
  for (; behind < echoes.length && rows.length < limit; behind++) {
    const batch = batchOf(writer, echoes.slice(behind, behind + 1), Infinity, lines)
    for (const row of batch.rows) rows.push({ ...row, id: -row.id })
  }
  return { rows, behind }
}

/** The lines of rows that stand one behind the other. */
export function linesIn(rows: readonly LineRow[]): Lines {
  const [first, last] = [rows[0], rows.at(-1)]
  const utf8 = first && last ? first.lines.bytes.subarray(first.from, last.to) : new Uint8Array()
  return { utf8, count: rows.length }
}

/** The places of rows, block by block. */
export function rowPlacesOf(rows: readonly RowPlace[]): BlockRowsNamed[] {
  const places = new Map<number, number[]>()
  for (const { id, row } of rows) {
    const known = places.get(id)
    if (known === undefined) places.set(id, [row])
    else known.push(row)
  }
  return [...places].map(([id, ofBlock]) => ({ id, rows: ofBlock }))
}

function countOf(blocks: readonly QueuedBlock[]): number {
  return blocks.reduce((sum, { fromRow, toRow }) => sum + toRow - fromRow, 0)
}

function isCleared(cleared: Uint8Array | undefined, row: number): boolean {
  return cleared !== undefined && (((cleared[row >> 3] ?? 0) >> (row & 7)) & 1) === 1
}
