import { padded } from '../rows/frames/cells.ts'
import type { NewRows } from './queue-type.ts'

/**
 * New rows as they cross the threads: all blocks in one buffer, which is moved. The caller keeps its own blocks, for a
 * commit that is tried again and for readers of the page. Each begins at a multiple of 8 bytes, so that its columns
 * need not be copied.
 */
export interface PackedRows extends Pick<NewRows, 'series' | 'superseded'> {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lengths: readonly number[]
}

export function packRows({ blocks, series, superseded }: NewRows): PackedRows {
  const bytes = new Uint8Array(blocks.reduce((sum, { length }) => sum + padded(length), 0))
  let at = 0
  for (const block of blocks) {
    bytes.set(block, at)
    at += padded(block.length)
  }
  return { series, superseded, bytes, lengths: blocks.map(({ length }) => length) }
}

/** The blocks, as views of the one buffer. */
export function* unpackBlocks({ bytes, lengths }: PackedRows): Generator<Uint8Array, void, undefined> {
  let at = 0
  for (const length of lengths) {
    yield bytes.subarray(at, at + length)
    at += padded(length)
  }
}
