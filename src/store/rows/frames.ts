import assert from 'node:assert/strict'
import { peekBlock, type BlockRows } from '../../rows/frames/block.ts'
import { unpackBlocks, type PackedRows } from '../pack-rows.ts'
import { keepBadBlock, type RowBase } from './base.ts'
import { countEchoes, endEchoes } from './echoes.ts'
import { forgetOldEntries } from './old-series.ts'
import { clearRows, firstWaitingId, limitQueue, removeBlock, saveReceivers } from './receivers.ts'
import { putSeries, windowNumber } from './series.ts'

const PUT = 'INSERT INTO frame (id, place, window, time_ms, rows, block) VALUES (?, ?, ?, ?, ?, ?)'
const WAITING = 'SELECT id FROM frame WHERE time_ms = ? AND place = ? AND window = ? AND id >= ?'
const ECHOED = `
  SELECT frame.id FROM echo CROSS JOIN frame ON frame.id = echo.frame
  WHERE time_ms = ? AND place = ? AND window = ? AND frame.id < ?`
const BLOCK = 'SELECT block FROM frame WHERE id = ?'

/** Writes a commit's blocks to the local history and to the receivers' queue, and the series that are new in them. */
export function putRows(base: RowBase, rows: PackedRows): void {
  const { receivers, ledger } = base
  putSeries(base, base.index, rows.series)
  if (receivers.length > 0) ledger.supersededRows += rows.superseded
  let isEmpty = true
  for (const block of unpackBlocks(rows)) {
    putFrame(base, block)
    isEmpty = false
  }
  if (isEmpty || receivers.length === 0) return
  for (const receiver of receivers) limitQueue(base, receiver)
  saveReceivers(base)
}

/** Appends a frame's block. It supersedes what waits of the same table, window, time and series. */
export function putFrame(base: RowBase, block: Uint8Array): void {
  const rows = peekBlock(block)
  const { shape, shared, keys } = rows
  if (keys.length === 0) return
  for (const series of keys) assert(series <= base.ledger.lastSeries, `series ${series} was never saved`)
  const window = windowNumber(base, base.index, rows.window)
  if (base.oldIds !== undefined) forgetOldEntries(base, rows, window)
  supersede(base, rows, window)
  base.ledger.lastBlock += 1
  base.sql(PUT).run(base.ledger.lastBlock, shape.place, window, shared, keys.length, block)
  for (const { live } of base.receivers) live.rows += keys.length
}

export function frameBlock(base: RowBase, id: number): Uint8Array | undefined {
  return base.sql(BLOCK).get(id)?.['block'] as Uint8Array | undefined
}

/** Takes a frame that cannot be read out of history and queue. */
export function setFrameAside(base: RowBase, id: number, block: Uint8Array, error: unknown): void {
  const size = base.sql('SELECT rows FROM frame WHERE id = ?').get(id)?.['rows'] as number
  keepBadBlock(base, `frame ${id}`, block, error)
  for (const receiver of base.receivers) base.ledger.droppedRows += removeBlock(base, receiver, id, size)
  base.sql('DELETE FROM frame WHERE id = ?').run(id)
  for (const table of ['echo', 'suspect']) base.sql(`DELETE FROM ${table} WHERE frame = ?`).run(id)
  countEchoes(base)
  saveReceivers(base)
}

/** Clears the rows that wait in older frames, for each receiver that has not passed them, and ends their echoes. */
function supersede(base: RowBase, { shape, shared, keys }: BlockRows, window: number): void {
  const added = new Set<number>()
  const firstId = firstWaitingId(base)
  for (const id of olderFrames(base, shape.place, window, shared, firstId)) {
    if (added.size === 0) for (const series of keys) added.add(series)
    const block = frameBlock(base, id)
    if (block !== undefined) clearSame(base, id, block, added)
  }
}

function olderFrames(base: RowBase, place: number, window: number, timeMs: number, firstId: number): number[] {
  const { ledger, echoes } = base
  const ids = firstId > ledger.lastBlock ? [] : base.sql(WAITING).all(timeMs, place, window, firstId)
  const echoed = echoes === 0 ? [] : base.sql(ECHOED).all(timeMs, place, window, firstId)
  return [...ids, ...echoed].map(({ id }) => id as number)
}

function clearSame(base: RowBase, id: number, block: Uint8Array, series: ReadonlySet<number>): void {
  const rows = rowsOf(base, id, block, series)
  if (rows.same.length === 0) return
  const cleared = new Set<number>()
  for (const receiver of base.receivers) {
    for (const row of clearRows(base, receiver, id, rows.size, rows.same)) cleared.add(row)
  }
  base.ledger.supersededRows += cleared.size
  if (base.echoes > 0) endEchoes(base, id, rows.same)
}

function rowsOf(base: RowBase, id: number, block: Uint8Array, series: ReadonlySet<number>) {
  const same: number[] = []
  try {
    const { keys } = peekBlock(block)
    for (let row = 0; row < keys.length; row++) if (series.has(keys[row] ?? -1)) same.push(row)
    return { same, size: keys.length }
  } catch (error) {
    setFrameAside(base, id, block, error)
    return { same, size: 0 }
  }
}
