/** Bit r & 7 of byte r >> 3 stands for row r of a block; undefined: no bit is set. */
export type Bits = Uint8Array | undefined

export function hasBit(bits: Bits, row: number): boolean {
  return bits !== undefined && ((bits[row >> 3] ?? 0) >> (row & 7)) % 2 === 1
}

export function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7))
}

export function clearBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] ?? 0) & ~(1 << (row & 7))
}

export function emptyBits(rows: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.ceil(rows / 8))
}

/** How many of the rows `fromRow` … `toRow` - 1 have no bit. */
export function countWithout(bits: Bits, fromRow: number, toRow: number): number {
  if (bits === undefined) return Math.max(0, toRow - fromRow)
  let count = 0
  for (let row = fromRow; row < toRow; row++) if (!hasBit(bits, row)) count += 1
  return count
}
