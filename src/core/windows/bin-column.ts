import { blockAt, openFrom, signOf, type Bins } from './bins.ts'
import { recordOf } from './block.ts'
import { addSums, hasColumn, unpackColumns } from './packing.ts'
import { modulo } from './totals.ts'

/** Sum of one column of a series over the bins from `from` on, before `to`. Costs little where the column is empty. */
export function sumColumn(bins: Bins, series: number, column: number, from: number, to: number): number {
  const { length } = bins
  const open = openFrom(bins)
  const first = Math.max(from, bins.begin)
  let sum = 0
  for (let at = first; at < Math.min(to, open);) {
    const next = Math.min(to, at + length - modulo(at, length))
    sum += columnInBlock(bins, series, column, at, next)
    at = next
  }
  const plain = bins.open[column]
  if (plain === undefined) return sum
  const base = series * length - open
  for (let n = base + Math.max(first, open); n < base + to; n++) sum += plain[n]!
  return sum
}

/** Whether any series may have anything but 0 in a column over the bins from `from` on, before `to`. */
export function mayHold(bins: Bins, column: number, from: number, to: number): boolean {
  const { length, begin } = bins
  if (bins.isFull[column] === 1) return true
  const open = openFrom(bins)
  if (to > open && bins.open[column] !== undefined) return true
  for (let number = Math.floor(Math.max(from, begin) / length); number * length < Math.min(to, open); number++) {
    if (((blockAt(bins, number)?.columns ?? 0) >> column) & 1) return true
  }
  return false
}

function columnInBlock(bins: Bins, series: number, column: number, from: number, to: number): number {
  const { length, packer, packed, isFull, full } = bins
  const block = blockAt(bins, Math.floor(from / length))
  if (block === undefined) return 0
  const most = isFull[column] === 1 ? full[series]! * (to - from) : 0
  if (((block.columns >> column) & 1) === 0) return most
  const record = recordOf(block, series)
  if (!hasColumn(packer, record, column)) return most
  if (to - from === length) {
    packed.fill(0, 0, column + 1)
    addSums(packer, record, column + 1, packed, 1)
    return most + signOf(bins, column) * packed[column]!
  }
  unpackColumns(packer, record, column + 1)
  const first = column * length + modulo(from, length)
  let sum = 0
  for (let n = first; n < first + to - from; n++) sum += packer.values[n]!
  return most + signOf(bins, column) * sum
}
