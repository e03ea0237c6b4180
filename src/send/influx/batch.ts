import { decodeBlock } from '../../rows/frames/block.ts'
import { createLines, type LineWriter } from '../../rows/line-protocol.ts'
import type { BlockPlace, BlockRowsNamed, QueuedBlock } from '../../store/queue-type.ts'

/** How this receiver is called in the store. */
export const INFLUX = 'influx'

/** A row as the text that is sent. Echoes have the negative of their id, so that none is taken for a block's row. */
export interface LineRow extends RowPlace {
  readonly text: string
}

interface RowPlace {
  readonly id: number
  readonly row: number
}

/** Rows to be sent, in the order of the queue. */
export interface Batch {
  readonly rows: readonly LineRow[]
  /** Rows that must not be sent, by the reason. */
  readonly faults: ReadonlyMap<string, readonly RowPlace[]>
  /** How far the queue is read with this batch; undefined: it held nothing. */
  readonly upTo: BlockPlace | undefined
}

/** Makes the lines of at most `limit` rows; cleared rows are passed over. */
export function batchOf(writer: LineWriter, blocks: readonly QueuedBlock[], limit: number): Batch {
  const rows: LineRow[] = []
  const faults = new Map<string, RowPlace[]>()
  let upTo: BlockPlace | undefined
  for (const { id, block, fromRow, toRow, cleared } of blocks) {
    if (rows.length >= limit) break
    const lineOf = createLines(writer, decodeBlock(block))
    let row = fromRow
    for (; row < toRow && rows.length < limit; row++) {
      if (isCleared(cleared, row)) continue
      const line = lineOf(row)
      if ('text' in line) {
        rows.push({ id, row, text: line.text })
        continue
      }
      const alike = faults.get(line.fault)
      if (alike === undefined) faults.set(line.fault, [{ id, row }])
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
  let behind = from
  for (; behind < echoes.length && rows.length < limit; behind++) {
    const batch = batchOf(writer, echoes.slice(behind, behind + 1), Infinity)
    for (const row of batch.rows) rows.push({ ...row, id: -row.id })
  }
  return { rows, behind }
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

function isCleared(cleared: Uint8Array | undefined, row: number): boolean {
  return cleared !== undefined && (((cleared[row >> 3] ?? 0) >> (row & 7)) & 1) === 1
}
