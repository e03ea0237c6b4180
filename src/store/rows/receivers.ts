import { countWithout, emptyBits, hasBit, setBit, type Bits } from './bits.ts'
import type { Backlog, QueueSpan, RowReceiver, RowBase, RowPlace } from './base.ts'
import type { Database } from '../database/database.ts'
import { isDamaged } from '../database/damaged.ts'

const ALL = 'SELECT * FROM row_receiver ORDER BY name'
const SAVE = `
  INSERT INTO row_receiver (name, live_id, live_row, live_rows, back_id, back_row, back_rows, back_end)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET
    live_id = excluded.live_id, live_row = excluded.live_row, live_rows = excluded.live_rows,
    back_id = excluded.back_id, back_row = excluded.back_row, back_rows = excluded.back_rows,
    back_end = excluded.back_end`
const CLEARED = 'SELECT bits FROM cleared WHERE receiver = ? AND frame = ?'
const SAVE_CLEARED = `
  INSERT INTO cleared (receiver, frame, bits) VALUES (?, ?, ?)
  ON CONFLICT (receiver, frame) DO UPDATE SET bits = excluded.bits`
const FORGET_CLEARED = 'DELETE FROM cleared WHERE receiver = ? AND frame >= ? AND frame < ?'
const SIZES = 'SELECT id, rows FROM frame WHERE id >= ? AND id <= ? ORDER BY id'

export function loadReceivers(base: Database): RowReceiver[] {
  return base
    .sql(ALL)
    .all()
    .map((row) => {
      const numberIn = (column: string) => row[column] as number
      const spanOf = (at: string): QueueSpan => ({
        place: { id: numberIn(`${at}_id`), row: numberIn(`${at}_row`) },
        rows: numberIn(`${at}_rows`),
      })
      const endId = numberIn('back_end')
      return {
        name: row['name'] as string,
        live: spanOf('live'),
        back: endId === 0 ? undefined : { ...spanOf('back'), endId },
      }
    })
}

/** Makes `names` the receivers: a new one begins behind the newest block, one that is gone is forgotten. */
export function setRowReceivers(base: RowBase, names: readonly string[]): void {
  const gone = base.receivers.filter(({ name }) => !names.includes(name))
  for (const { name } of gone) {
    for (const sql of [
      'row_receiver WHERE name',
      'cleared WHERE receiver',
      'echo WHERE receiver',
      'suspect WHERE receiver',
    ])
      base.sql(`DELETE FROM ${sql} = ?`).run(name)
  }
  const kept = base.receivers.filter(({ name }) => names.includes(name))
  const known = new Set(kept.map(({ name }) => name))
  const added = [...new Set(names)].filter((name) => !known.has(name))
  if (gone.length === 0 && added.length === 0) return
  const begin = { id: isDamaged(base, 'row_receiver') ? oldestBlock(base) : base.ledger.lastBlock + 1, row: 0 }
  base.receivers = [...kept, ...added.map((name) => ({ name, live: { place: begin, rows: 0 }, back: undefined }))]
  saveReceivers(base)
}

/** Where a place was lost, a receiver gets all rows again that are still there as they came. */
function oldestBlock(base: Database): number {
  return (base.sql('SELECT min(id) AS id FROM frame').get()?.['id'] ?? base.ledger.lastBlock + 1) as number
}

/** Counts anew how many rows wait at each place. */
export function countWaiting(base: RowBase): void {
  for (const receiver of base.receivers) {
    for (const span of [receiver.live, receiver.back]) {
      if (span === undefined) continue
      const { id: fromId, row: fromRow } = span.place
      const toId = span === receiver.live ? base.ledger.lastBlock : (receiver.back?.endId ?? 0) - 1
      span.rows = 0
      for (const { id, rows } of base.sql(SIZES).all(fromId, toId) as { id: number; rows: number }[])
        span.rows += countWithout(clearedOf(base, receiver, id), id === fromId ? fromRow : 0, rows)
    }
  }
  saveReceivers(base)
}

/** Writes down where the receivers are. A part of the queue that has no rows left is passed. */
export function saveReceivers(base: RowBase): void {
  let most = 0
  for (const receiver of base.receivers) {
    const { name, live } = receiver
    if (receiver.back?.rows === 0) {
      forgetCleared(base, receiver, receiver.back.place.id, receiver.back.endId)
      receiver.back = undefined
    }
    const endId = base.ledger.lastBlock + 1
    if (live.rows === 0 && live.place.id < endId) {
      forgetCleared(base, receiver, live.place.id, endId)
      live.place = { id: endId, row: 0 }
    }
    const back: Backlog = receiver.back ?? { place: { id: 0, row: 0 }, rows: 0, endId: 0 }
    const places = [live, back].flatMap(({ place, rows }) => [place.id, place.row, rows])
    base.sql(SAVE).run(name, ...places, back.endId)
    most = Math.max(most, live.rows + back.rows)
  }
  base.ledger.waitingRows = most
}

/** The block before which all receivers have passed everything. */
export function firstWaitingId({ receivers }: RowBase): number {
  return Math.min(...receivers.map(({ live, back }) => (back ?? live).place.id))
}

/** The part of a receiver's queue that a block is in; undefined: it is passed. */
function spanAt({ live, back }: RowReceiver, id: number): QueueSpan | undefined {
  if (id >= live.place.id) return live
  return back !== undefined && id >= back.place.id && id < back.endId ? back : undefined
}

/** The first row of a block that a receiver has not passed; Infinity: it has passed all of them. */
export function firstWaitingRow(receiver: RowReceiver, id: number): number {
  const span = spanAt(receiver, id)
  if (span === undefined) return Infinity
  return id === span.place.id ? span.place.row : 0
}

export function clearedOf(base: Database, { name }: RowReceiver, id: number): Bits {
  return base.sql(CLEARED).get(name, id)?.['bits'] as Bits
}

/** Clears those of a block's rows that wait for the receiver; returns them. `size`: how many rows the block has. */
export function clearRows(
  base: Database,
  receiver: RowReceiver,
  id: number,
  size: number,
  rows: readonly number[],
): number[] {
  const span = spanAt(receiver, id)
  if (span === undefined) return []
  const fromRow = firstWaitingRow(receiver, id)
  const before = clearedOf(base, receiver, id)
  const cleared = [...new Set(rows)].filter((row) => row >= fromRow && row < size && !hasBit(before, row))
  if (cleared.length === 0) return cleared
  const bits = before ?? emptyBits(size)
  for (const row of cleared) setBit(bits, row)
  base.sql(SAVE_CLEARED).run(receiver.name, id, bits)
  span.rows -= cleared.length
  return cleared
}

/** Takes a block out of the queue; returns how many of its rows had waited. */
export function removeBlock(base: Database, receiver: RowReceiver, id: number, size: number): number {
  const span = spanAt(receiver, id)
  if (span === undefined) return 0
  const waited = countWithout(clearedOf(base, receiver, id), firstWaitingRow(receiver, id), size)
  span.rows -= waited
  forgetCleared(base, receiver, id, id + 1)
  return waited
}

/** Moves a part's place on to `toRow` of block `id`, never back. */
export function moveOn(base: Database, receiver: RowReceiver, span: QueueSpan, { id, row }: RowPlace): void {
  const { place } = span
  if (id < place.id || (id === place.id && row <= place.row)) return
  let next: RowPlace = { id, row }
  for (const { id: at, rows } of base.sql(SIZES).all(place.id, id) as { id: number; rows: number }[]) {
    const toRow = at === id ? Math.min(row, rows) : rows
    span.rows -= countWithout(clearedOf(base, receiver, at), at === place.id ? place.row : 0, toRow)
    if (at === id && toRow === rows) next = { id: id + 1, row: 0 }
  }
  span.place = next
  forgetCleared(base, receiver, place.id, next.id)
}

/** Lets the oldest rows fall out of a queue that is too long; counts them. */
export function limitQueue(base: RowBase, receiver: RowReceiver): void {
  for (;;) {
    const { live, back } = receiver
    const excess = live.rows + (back?.rows ?? 0) - base.queueLimit
    if (excess <= 0) return
    const span = back !== undefined && back.rows > 0 ? back : live
    const before = span.rows
    moveOn(base, receiver, span, placeBehind(base, receiver, span, Math.min(excess, before)))
    base.ledger.droppedRows += before - span.rows
  }
}

/** The place behind the next `count` rows that wait. */
function placeBehind(base: Database, receiver: RowReceiver, { place }: QueueSpan, count: number): RowPlace {
  let left = count
  for (const { id, rows } of base.sql(SIZES).iterate(place.id, base.ledger.lastBlock) as Iterable<Size>) {
    const cleared = clearedOf(base, receiver, id)
    for (let row = id === place.id ? place.row : 0; row < rows; row++) {
      if (!hasBit(cleared, row)) left -= 1
      if (left === 0) return { id, row: row + 1 }
    }
  }
  return { id: base.ledger.lastBlock + 1, row: 0 }
}

interface Size {
  id: number
  rows: number
}

function forgetCleared(base: Database, { name }: RowReceiver, fromId: number, toId: number): void {
  base.sql(FORGET_CLEARED).run(name, fromId, toId)
}
