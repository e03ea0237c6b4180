import { decodeBlock } from '../../rows/frames/block.ts'
import type { BlockPlace, BlockRowsNamed, QueuedBlock, QueuePlace } from '../queue-type.ts'
import type { QueueSpan, RowReceiver, RowBase } from './base.ts'
import { countWithout, hasBit, type Bits } from './bits.ts'
import { endEchoes, noteEchoes } from './echoes.ts'
import { putDeadLetters } from './dead-letters.ts'
import { setFrameAside } from './frames.ts'
import { clearedOf, clearRows, firstWaitingRow, moveOn, saveReceivers } from './receivers.ts'

/** More rows than this that wait in the live place become the backlog: a few seconds of writing. */
export const LIVE_ROWS = 5_000
/** At most so many rows at a time. */
const TAKEN = 50_000
/** Rows at the head of a place, cleared ones included, among which those of one write are looked for. */
const HEAD_ROWS = 40_000

const NEXT = 'SELECT id, rows, block FROM frame WHERE id >= ? AND id < ? ORDER BY id LIMIT 1'
const SIZE = 'SELECT rows FROM frame WHERE id = ?'

/** Takes the next rows at a place; before that, a live place with too many rows becomes the backlog. */
export function takeBlocks(base: RowBase, name: string, place: QueuePlace, most: number): QueuedBlock[] {
  const receiver = base.receivers.find((known) => known.name === name)
  if (receiver === undefined) return []
  if (place === 'live') cutLive(base, receiver)
  const span = place === 'live' ? receiver.live : receiver.back
  if (span === undefined) return []
  const blocks = blocksFrom(base, receiver, span, Math.min(most, TAKEN))
  return blocks.filter(({ cleared, fromRow, toRow }) => countWithout(cleared, fromRow, toRow) > 0).toArray()
}

/** The blocks at the heads of both places, with the rows that were cleared; of very many cleared ones the first. */
export function headsOf(base: RowBase, name: string, most: number): QueuedBlock[] {
  const receiver = base.receivers.find((known) => known.name === name)
  if (receiver === undefined) return []
  const taken: QueuedBlock[] = []
  for (const span of receiver.back === undefined ? [receiver.live] : [receiver.back, receiver.live]) {
    let left = HEAD_ROWS
    for (const head of blocksFrom(base, receiver, span, Math.min(most, TAKEN))) {
      taken.push({ ...head, cleared: undefined })
      left -= head.toRow - head.fromRow
      if (left <= 0) break
    }
  }
  return taken
}

export function passBlocks(
  base: RowBase,
  name: string,
  place: QueuePlace,
  { id, toRow }: BlockPlace,
  echoes: readonly BlockRowsNamed[],
): void {
  const receiver = base.receivers.find((known) => known.name === name)
  const span = place === 'live' ? receiver?.live : receiver?.back
  if (receiver === undefined || span === undefined) return
  const cleared = new Map<number, Bits>(echoes.map((echo) => [echo.id, clearedOf(base, receiver, echo.id)]))
  const last = place === 'live' ? base.ledger.lastBlock : (receiver.back?.endId ?? 0) - 1
  moveOn(base, receiver, span, id > last ? { id: last, row: Infinity } : { id, row: toRow })
  for (const echo of echoes) noteEchoes(base, receiver, echo, (row) => hasBit(cleared.get(echo.id), row))
  saveReceivers(base)
}

export function rejectRows(base: RowBase, name: string, named: readonly BlockRowsNamed[], reason: string): void {
  const receiver = base.receivers.find((known) => known.name === name)
  if (receiver === undefined) return
  for (const { id, rows } of named) {
    const size = base.sql(SIZE).get(id)?.['rows'] as number | undefined
    if (size === undefined) continue
    const cleared = clearRows(base, receiver, id, size, rows)
    if (cleared.length > 0) putDeadLetters(base, id, cleared, reason.slice(0, 1_000))
    base.ledger.rejectedRows += cleared.length
    endEchoes(base, id, rows, name)
  }
  saveReceivers(base)
}

/** So that newest rows need not wait for those of an outage. */
function cutLive(base: RowBase, receiver: RowReceiver): void {
  const { live, back } = receiver
  const newest = base.ledger.lastBlock
  if (back !== undefined || live.rows <= LIVE_ROWS || live.place.id >= newest) return
  const size = base.sql(SIZE).get(newest)?.['rows'] as number | undefined
  const rows = countWithout(clearedOf(base, receiver, newest), 0, size ?? 0)
  receiver.back = { place: live.place, rows: live.rows - rows, endId: newest }
  receiver.live = { place: { id: newest, row: 0 }, rows }
  saveReceivers(base)
}

/**
 * The blocks of a place from its head on, until `most` rows wait in them; a block may have been cleared as a whole. One
 * that cannot be read is set aside on the way.
 */
function* blocksFrom(base: RowBase, receiver: RowReceiver, span: QueueSpan, most: number): Generator<QueuedBlock> {
  const endId = span === receiver.back ? receiver.back.endId : base.ledger.lastBlock + 1
  let left = most
  for (let next = span.place.id; left > 0;) {
    const found = base.sql(NEXT).get(next, endId)
    if (found === undefined) return
    const [id, size, block] = [found['id'] as number, found['rows'] as number, found['block'] as Uint8Array]
    next = id + 1
    if (!isSound(base, id, block)) continue
    const fromRow = firstWaitingRow(receiver, id)
    const cleared = clearedOf(base, receiver, id)
    const waiting = countWithout(cleared, fromRow, size)
    yield { id, block, fromRow, toRow: waiting <= left ? size : rowBehind(cleared, fromRow, left), cleared }
    left -= waiting
  }
}

function isSound(base: RowBase, id: number, block: Uint8Array): boolean {
  try {
    decodeBlock(block)
    return true
  } catch (error) {
    setFrameAside(base, id, block, error)
    return false
  }
}

/** The row behind the next `count` rows that are not cleared. */
function rowBehind(cleared: Bits, fromRow: number, count: number): number {
  let left = count
  for (let row = fromRow; ; row++) {
    if (!hasBit(cleared, row)) left -= 1
    if (left === 0) return row + 1
  }
}
