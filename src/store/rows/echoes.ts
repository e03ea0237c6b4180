import type { BlockRowsNamed, QueuedBlock } from '../queue-type.ts'
import type { RowReceiver, RowBase } from './base.ts'
import { clearBit, countWithout, emptyBits, setBit } from './bits.ts'

const SAVE = `
  INSERT INTO echo (frame, receiver, bits) VALUES (?, ?, ?)
  ON CONFLICT (frame, receiver) DO UPDATE SET bits = excluded.bits`
const OF_FRAME = 'SELECT receiver, bits FROM echo WHERE frame = ?'
const DROP = 'DELETE FROM echo WHERE frame = ? AND receiver = ?'
const SIZES = 'SELECT bits, rows FROM echo CROSS JOIN frame ON frame.id = echo.frame'

/** Notes rows that the receiver must write once more, but for those that `cleared` names: a newer row comes anyway. */
export function noteEchoes(
  base: RowBase,
  { name }: RowReceiver,
  { id, rows }: BlockRowsNamed,
  isCleared: (row: number) => boolean,
): void {
  const size = base.sql('SELECT rows FROM frame WHERE id = ?').get(id)?.['rows'] as number | undefined
  const wanted = rows.filter((row) => !isCleared(row))
  if (size === undefined || wanted.length === 0) return
  const known = base
    .sql(OF_FRAME)
    .all(id)
    .find(({ receiver }) => receiver === name)
  const bits = (known?.['bits'] as Uint8Array | undefined) ?? emptyBits(size)
  for (const row of wanted) setBit(bits, row)
  base.sql(SAVE).run(id, name, bits)
  countEchoes(base)
}

/** The rows that are marked for a receiver in one of the tables that hold a bit for each row of a block. */
export function takeMarked(base: RowBase, table: 'echo' | 'suspect', receiver: string): QueuedBlock[] {
  const marked = `
    SELECT frame, bits, rows, block FROM ${table} CROSS JOIN frame ON frame.id = ${table}.frame
    WHERE receiver = ? ORDER BY frame`
  return base
    .sql(marked)
    .all(receiver)
    .map((row) => {
      const size = row['rows'] as number
      const bits = row['bits'] as Uint8Array
      return {
        id: row['frame'] as number,
        block: row['block'] as Uint8Array,
        fromRow: 0,
        toRow: size,
        cleared: bits.map((byte) => ~byte),
      }
    })
}

export function dropEchoes(base: RowBase, receiver: string, ids: readonly number[]): void {
  for (const id of ids) base.sql(DROP).run(id, receiver)
  countEchoes(base)
}

/** Ends the echoes of rows of a block, for one receiver or for all. */
export function endEchoes(base: RowBase, id: number, rows: readonly number[], only?: string): void {
  for (const { receiver, bits: saved } of base.sql(OF_FRAME).all(id)) {
    if (only !== undefined && only !== receiver) continue
    const bits = saved as Uint8Array
    for (const row of rows) clearBit(bits, row)
    if (bits.some((byte) => byte !== 0)) base.sql(SAVE).run(id, receiver as string, bits)
    else dropEchoes(base, receiver as string, [id])
  }
  countEchoes(base)
}

/** Counts blocks and rows anew: echoes are few. */
export function countEchoes(base: RowBase): void {
  base.echoes = 0
  base.ledger.echoRows = 0
  for (const { bits, rows } of base.sql(SIZES).iterate()) {
    base.echoes += 1
    base.ledger.echoRows += (rows as number) - countWithout(bits as Uint8Array, 0, rows as number)
  }
}
