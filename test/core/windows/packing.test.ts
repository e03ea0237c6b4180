/** Numbers come back from a record as they went in, whatever they are, and take the room that they should. */
import { expect, test } from 'vitest'
import { addSums, createPacker, pack, unpack } from '../../../src/core/windows/packing.ts'
import { createRandom } from '../../../simulators/random.ts'

const LENGTH = 30

function packed(columns: readonly (readonly number[])[], like: readonly number[] = columns.map(() => -1)) {
  const packer = createPacker(columns.length, LENGTH, Int8Array.from(like))
  for (const [c, numbers] of columns.entries()) packer.values.set(numbers, c * LENGTH)
  pack(packer)
  const record = { bytes: packer.written.bytes.slice(0, packer.written.at), from: 0, to: packer.written.at }
  const sums = new Float64Array(columns.length)
  addSums(packer, record, columns.length, sums, 1)
  unpack(packer, record, columns.length)
  const back = columns.map((_, c) => [...packer.values.subarray(c * LENGTH, (c + 1) * LENGTH)])
  return { bytes: record.to, sums: [...sums], back }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)
const column = (of: (n: number) => number): number[] => Array.from({ length: LENGTH }, (_, n) => of(n))

const COLUMNS: [string, number[], number][] = [
  ['nothing', column(() => 0), 0],
  ['all the same', column(() => 60_000), 1 + 1 + 3],
  ['one bit each', column((n) => n % 2), 1 + 1 + 1 + 1 + 4],
  ['from below zero', column((n) => n - 15), 1 + 1 + 1 + 2 + 19],
  ['24 bits', column((n) => n * 550_000), 1 + 1 + 1 + 4 + 90],
  ['four bytes', column((n) => n * 1e8), 1 + 1 + 1 + 6 + 120],
  ['too far apart', column((n) => n * 1e12), 1 + 1 + 8 * LENGTH],
  ['not whole', column((n) => n / 3), 1 + 1 + 8 * LENGTH],
]

test.each(COLUMNS)('%s', (_name, numbers, bytes) => {
  const told = packed([numbers])
  expect(told).toEqual({ bytes, sums: [total(numbers)], back: [numbers] })
})

test('a column that is told by another one keeps only how far it is off the line', () => {
  const random = createRandom(5)
  const told = column(() => 60_000 + Math.floor(random.next() * 4000))
  const teller = column((n) => 55_000 + Math.round(0.615 * told[n]!) + (n % 3))
  const apart = packed([told, teller])
  const together = packed([told, teller], [-1, 0])
  expect(together).toMatchObject({ sums: [total(told), total(teller)], back: [told, teller] })
  expect(together.bytes).toBeLessThan(apart.bytes - 25)
})

test.each([1, 2, 3])('any columns, seed %d', (seed) => {
  const random = createRandom(seed)
  for (let round = 0; round < 300; round++) {
    const range = 2 ** random.int(0, 36)
    const base = random.int(-1000, 1000)
    const columns = [0, 1, 2].map((c) =>
      column((n) => (random.next() < 0.1 ? 0 : base + c * n + Math.floor(random.next() * range))),
    )
    expect(packed(columns, [-1, 0, 1])).toMatchObject({ sums: columns.map(total), back: columns })
  }
})
