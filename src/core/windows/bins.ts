import { createBlock, fits, recordOf, replaceRecord, widened, type OpenColumn, type PackedBlock } from './block.ts'
import { addSums, createPacker, pack, unpack, unpackColumns, type Packer } from './packing.ts'
import { modulo } from './totals.ts'
import { COST, STEP, type Work } from '../contract/work.ts'

/**
 * What each interval of the recent past brought, by series and column: bins of whole numbers. Bin n is interval n, or
 * hour n. The newest block of bins stands there plainly. All before it are packed, a block a piece with a record for
 * each series (packing.ts):
 *
 * ```
 * begin                                              newest
 *   |------ block 6 ------|------ block 7 ------|-- open --|
 *   | record of series 0  | record of series 0  | columns of plain numbers
 *   | record of series 1  | record of series 1  |
 * ```
 *
 * Columns that are full most of the time (all is known, all is recommended) are packed as what is missing to `full`.
 * Before `begin` there is nothing: every bin is 0.
 */
export interface Bins {
  readonly series: number
  readonly columns: number
  /** Bins of a block, and how many blocks are held. */
  readonly length: number
  readonly slots: number
  /** Of so many newest blocks all records are complete. */
  readonly completeSlots: number
  /** Per series the most that its full columns can have; 1 for each column that is packed as what is missing to it. */
  readonly full: Float64Array
  readonly isFull: Uint8Array
  readonly packer: Packer
  /** Packed sums of a record, and the bins of one block, for the time of one call. */
  readonly packed: Float64Array
  readonly piece: BinRange
  /** PackedBlock k lies in place k modulo `slots`. */
  readonly blocks: (PackedBlock | undefined)[]
  /** Per column the open block, series by series; undefined: nothing but 0. As narrow as its numbers let it be. */
  readonly open: (OpenColumn | undefined)[]
  /** The first bin that is held, and the one behind the newest. */
  begin: number
  newest: number
  /** Since when blocks have been complete: all before it has been reduced, or was never known (thin.ts). */
  knownFrom: number
}

/** Bins from `from` on, before `to`, of the columns before `upTo`. */
export interface BinRange {
  from: number
  to: number
  upTo: number
}

interface BinsPlan {
  readonly full: Float64Array
  readonly columns: number
  readonly fullColumns: readonly number[]
  readonly like: Int8Array
  readonly length: number
  /** How many bins back from the newest are held at least. Blocks of so many of them are complete. */
  readonly reach: number
  readonly complete?: number
}

export function createBins({ full, columns, fullColumns, like, length, reach, complete = reach }: BinsPlan): Bins {
  const slots = Math.ceil(reach / length) + 1
  const isFull = new Uint8Array(columns)
  for (const column of fullColumns) isFull[column] = 1
  return {
    series: full.length,
    columns,
    length,
    slots,
    completeSlots: Math.ceil(complete / length) + 1,
    full,
    isFull,
    packer: createPacker(columns, length, like),
    packed: new Float64Array(columns),
    piece: { from: 0, to: 0, upTo: 0 },
    blocks: new Array<PackedBlock | undefined>(slots).fill(undefined),
    open: new Array<OpenColumn | undefined>(columns).fill(undefined),
    begin: 0,
    newest: 0,
    knownFrom: -Infinity,
  }
}

/** Forgets everything. Holds nothing but 0 from `begin` on, up to `newest`. */
export function* resetBins(bins: Bins, begin: number, newest: number): Work {
  bins.blocks.fill(undefined)
  bins.open.fill(undefined)
  bins.begin = begin
  bins.newest = newest
  bins.knownFrom = -Infinity
  for (let block = Math.floor(begin / bins.length); (block + 1) * bins.length <= newest; block++) {
    yield* packBlock(bins, block)
  }
}

/** Appends the next bin of every series (series × columns). */
export function* appendBin(bins: Bins, values: Float64Array): Work {
  const { series, columns, length } = bins
  const at = modulo(bins.newest++, length)
  for (let c = 0; c < columns; c++) {
    for (let s = 0; s < series; s++) {
      const value = values[s * columns + c]!
      if (value !== 0) openColumn(bins, c, value)[s * length + at] = value
    }
  }
  yield COST.series * series
  if (at === length - 1) yield* closeBlock(bins)
}

/** Puts a bin of one series in the open block, as it was before. */
export function setOpenBin(
  bins: Bins,
  { series, column, bin }: { series: number; column: number; bin: number },
  value: number,
): void {
  if (value !== 0) openColumn(bins, column, value)[series * bins.length + modulo(bin, bins.length)] = value
}

/** First bin of the open block. */
export function openFrom({ newest, length }: Bins): number {
  return newest - modulo(newest, length)
}

/** Adds the bins of a range to `sums`; sign -1 takes them away. */
export function addBins(
  bins: Bins,
  series: number,
  { from, to, upTo }: Readonly<BinRange>,
  sums: Float64Array,
  sign: 1 | -1,
): void {
  const { length, piece } = bins
  const open = openFrom(bins)
  const first = Math.max(from, bins.begin)
  for (let at = first; at < Math.min(to, open);) {
    const next = Math.min(to, at + length - modulo(at, length))
    piece.from = at
    piece.to = next
    piece.upTo = upTo
    addFromBlock(bins, series, piece, sums, sign)
    at = next
  }
  for (let c = 0; c < upTo; c++) {
    const column = bins.open[c]
    if (column === undefined) continue
    const base = series * length - open
    let sum = 0
    for (let n = base + Math.max(first, open); n < base + to; n++) sum += column[n]!
    sums[c]! += sign * sum
  }
}

/** Adds to bins of a series: `deltas` has a number for each column. */
export function correctBin(bins: Bins, series: number, bin: number, deltas: Float64Array): void {
  if (bin < bins.begin || bin >= bins.newest) return
  const { columns, length, packer } = bins
  if (bin >= openFrom(bins)) {
    for (let c = 0; c < columns; c++) {
      if (deltas[c] === 0) continue
      const at = series * length + modulo(bin, length)
      const value = (bins.open[c]?.[at] ?? 0) + deltas[c]!
      openColumn(bins, c, value)[at] = value
    }
    return
  }
  const block = blockAt(bins, Math.floor(bin / length))
  if (block === undefined) return
  unpack(packer, recordOf(block, series), columns)
  for (let c = 0; c < columns; c++) packer.values[c * length + modulo(bin, length)]! += signOf(bins, c) * deltas[c]!
  packer.written.at = 0
  pack(packer)
  const record = packer.written.bytes.slice(0, packer.written.at)
  putBlock(bins, replaceRecord(block, series, record, bins.series))
}

/** Columns of a record that change from bin to bin, and bits of each bin of theirs together: by experience. */
const CHANGING = 5
const RECORD_BYTES = 36
const BIN_BITS = 18
/** Columns of which the open block has anything. */
const OPEN_COLUMNS = 10

/** Bytes once all blocks are held. Of a few first columns hardly anything but what is full is packed. */
export function fullBinsBytes({ series, columns, length, slots, completeSlots }: Bins): number {
  const record = columns < CHANGING ? 1 : RECORD_BYTES + (BIN_BITS * length) / 8
  const open = 4 * length * Math.min(columns, OPEN_COLUMNS)
  return series * (completeSlots * record + (slots - completeSlots) + open)
}

/** A packed block by its number; undefined: it is not held. */
export function blockAt({ blocks, slots }: Bins, number: number): PackedBlock | undefined {
  const block = blocks[modulo(number, slots)]
  return block?.number === number ? block : undefined
}

/** Puts a block in its place. */
export function putBlock({ blocks, slots }: Bins, block: PackedBlock): void {
  blocks[modulo(block.number, slots)] = block
}

function addFromBlock(
  bins: Bins,
  series: number,
  { from, to, upTo }: Readonly<BinRange>,
  sums: Float64Array,
  sign: 1 | -1,
): void {
  const { length, packer, isFull, full } = bins
  const block = blockAt(bins, Math.floor(from / length))
  if (block === undefined) return
  const record = recordOf(block, series)
  for (let c = 0; c < upTo; c++) if (isFull[c] === 1) sums[c]! += sign * full[series]! * (to - from)
  if (to - from === length) {
    if (record.to > record.from) addPacked(bins, record, upTo, sums, sign)
    return
  }
  const mask = unpackColumns(packer, record, upTo)
  const first = modulo(from, length)
  for (let c = 0; c < upTo; c++) {
    if (((mask >> c) & 1) === 0) continue
    let sum = 0
    for (let n = c * length + first; n < c * length + first + to - from; n++) sum += packer.values[n]!
    sums[c]! += sign * signOf(bins, c) * sum
  }
}

function addPacked(
  { packer, packed, isFull }: Bins,
  record: { bytes: Uint8Array; from: number; to: number },
  upTo: number,
  sums: Float64Array,
  sign: 1 | -1,
): void {
  packed.fill(0, 0, upTo)
  addSums(packer, record, upTo, packed, sign)
  for (let c = 0; c < upTo; c++) sums[c]! += isFull[c] === 1 ? -packed[c]! : packed[c]!
}

/** Full columns are packed as what is missing to them. */
export function signOf({ isFull }: Bins, column: number): 1 | -1 {
  return isFull[column] === 1 ? -1 : 1
}

/** The open block of a column, with room for a value. */
function openColumn({ open, series, length }: Bins, column: number, value: number): OpenColumn {
  const known = open[column]
  if (known !== undefined && fits(known, value)) return known
  return (open[column] = widened(known, series * length, value))
}

function* closeBlock(bins: Bins): Work {
  yield* packBlock(bins, Math.floor((bins.newest - 1) / bins.length))
  bins.open.fill(undefined)
}

/** Packs the open block of every series. A reader may use the packer between two steps. */
function* packBlock(bins: Bins, number: number): Work {
  const { series, columns, length, packer, open, isFull } = bins
  const lengths = new Uint16Array(series)
  packer.written.at = 0
  let units = 0
  let isFirst = true
  for (let s = 0; s < series; s++) {
    const from = packer.written.at
    for (let c = 0; c < columns; c++) {
      const column = open[c]
      if (column !== undefined) packer.values.set(column.subarray(s * length, (s + 1) * length), c * length)
      else if (isFirst || isFull[c] === 1) packer.values.fill(0, c * length, (c + 1) * length)
    }
    packOne(bins, s)
    lengths[s] = packer.written.at - from
    isFirst = false
    if ((units += COST.packing) < STEP) continue
    yield units
    units = 0
    isFirst = true
  }
  yield units
  putBlock(bins, createBlock(number, lengths, packer.written.bytes.slice(0, packer.written.at)))
}

/** Packs the bins of a series that stand in the packer's `values`; full columns become what is missing. */
export function packOne({ columns, length, packer, full, isFull }: Bins, series: number): void {
  for (let c = 0; c < columns; c++) {
    if (isFull[c] !== 1) continue
    for (let n = c * length; n < (c + 1) * length; n++) packer.values[n] = full[series]! - packer.values[n]!
  }
  pack(packer)
}
