import { blockAt, openFrom, packOne, putBlock, type Bins } from './bins.ts'
import { createBlock, recordOf, type PackedBlock } from './block.ts'
import { hasColumnsFrom, pack, unpack } from './packing.ts'
import { COST, type Work } from '../contract/work.ts'

/**
 * What is held of bins that are older than all windows of a day around recent intervals. They are asked for only when a
 * backlog fills an old gap, so of most series the first columns are enough:
 *
 * ```
 * begin          knownFrom                                     newest
 *   | reduced, all | of a series with a gap: complete | complete  |
 *   |              | of others: the first columns     |           |
 * ```
 */

/**
 * Reduces the records of old blocks to their first columns, of all series that need no more. `neededFrom` has the first
 * bin that a series needs. Where what is left takes more than `most` bytes, the oldest blocks are reduced altogether.
 */
export function* thinBlocks(bins: Bins, columns: number, neededFrom: Float64Array, most: number): Work {
  const open = openFrom(bins) / bins.length
  const last = open - bins.completeSlots
  let bytes = 0
  for (let number = last; number > open - bins.slots; number--) {
    const block = blockAt(bins, number)
    if (block === undefined || block.isThin) continue
    if (bytes > most) bins.knownFrom = Math.max(bins.knownFrom, (number + 1) * bins.length)
    const from = bytes > most ? Infinity : number * bins.length
    const thin = thinned(bins, block, columns, from, neededFrom)
    if (thin !== block) putBlock(bins, thin)
    if (!thin.isThin) bytes += thin.bytes.length
    yield COST.point * bins.series
  }
}

/** A block without the later columns of series that need only what lies behind it. `from`: its first bin. */
function thinned(bins: Bins, block: PackedBlock, columns: number, from: number, neededFrom: Float64Array): PackedBlock {
  const { series, packer, length } = bins
  const lengths = new Uint16Array(series)
  const bytes: Uint8Array[] = []
  let [size, isThin, isSame] = [0, true, true]
  for (let s = 0; s < series; s++) {
    const { bytes: all, from: at, to } = recordOf(block, s)
    let record = all.subarray(at, to)
    if (hasColumnsFrom(packer, { bytes: all, from: at, to }, columns)) {
      if (from < Infinity && neededFrom[s]! < from + length) isThin = false
      else {
        record = reduced(bins, record, columns)
        isSame = false
      }
    }
    lengths[s] = record.length
    size += record.length
    bytes.push(record)
  }
  const kept = isSame ? block : createBlock(block.number, lengths, joined(bytes, size))
  kept.isThin = isThin
  return kept
}

/** A record with its first columns only. */
function reduced({ packer, length }: Bins, record: Uint8Array, columns: number): Uint8Array {
  unpack(packer, { bytes: record, from: 0, to: record.length }, columns)
  packer.values.fill(0, columns * length)
  packer.written.at = 0
  pack(packer)
  return packer.written.bytes.slice(0, packer.written.at)
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Lets bins begin earlier, with nothing but 0: a reading tells of a time before the first. */
export function extendBack(bins: Bins, bin: number): void {
  if (bin >= bins.begin || bin < bins.knownFrom) return
  const { length, series, packer } = bins
  const [first, behind] = [Math.floor(bin / length), Math.floor(bins.begin / length)]
  if (first <= openFrom(bins) / length - bins.slots) return
  const lengths = new Uint16Array(series)
  packer.written.at = 0
  packer.values.fill(0)
  for (let s = 0; s < series; s++) {
    const at = packer.written.at
    packer.values.fill(0)
    packOne(bins, s)
    lengths[s] = packer.written.at - at
  }
  const bytes = packer.written.bytes.slice(0, packer.written.at)
  for (let number = first; number < behind; number++) putBlock(bins, createBlock(number, lengths, bytes))
  bins.begin = first * length
}
