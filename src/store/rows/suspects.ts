import type { BlockRowsNamed, QueuedBlock } from '../queue-type.ts'
import type { RowBase } from './base.ts'
import { emptyBits, setBit, type Bits } from './bits.ts'
import { takeMarked } from './echoes.ts'
import { headsOf } from './queue.ts'

const SAVE = `
  INSERT INTO suspect (frame, receiver, bits) VALUES (?, ?, ?)
  ON CONFLICT (frame, receiver) DO UPDATE SET bits = excluded.bits`
const OF_FRAME = 'SELECT bits FROM suspect WHERE frame = ? AND receiver = ?'
const SIZE = 'SELECT rows FROM frame WHERE id = ?'
const DROP = 'DELETE FROM suspect WHERE receiver = ?'

/** Adds the heads of both places to the receiver's suspects, and returns all of them. */
export function takeSuspects(base: RowBase, receiver: string, most: number): QueuedBlock[] {
  for (const { id, fromRow, toRow } of headsOf(base, receiver, most)) {
    noteSuspects(base, receiver, [{ id, rows: Array.from({ length: toRow - fromRow }, (_, n) => fromRow + n) }])
  }
  return takeMarked(base, 'suspect', receiver)
}

/** Adds rows to the receiver's suspects. Blocks that are gone are passed over. */
export function noteSuspects(base: RowBase, receiver: string, named: readonly BlockRowsNamed[]): void {
  for (const { id, rows } of named) {
    const size = base.sql(SIZE).get(id)?.['rows'] as number | undefined
    if (size === undefined) continue
    const bits = (base.sql(OF_FRAME).get(id, receiver)?.['bits'] as Bits) ?? emptyBits(size)
    for (const row of rows) setBit(bits, row)
    base.sql(SAVE).run(id, receiver, bits)
  }
}

export function dropSuspects(base: RowBase, receiver: string): void {
  base.sql(DROP).run(receiver)
}
