/** Rows as places in frames, and frames as bytes: what goes in comes out, and nothing else does. */
import { expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { decodeBlock } from '../../src/rows/frames/block.ts'
import { createSeriesBook } from '../../src/rows/frames/series.ts'
import { createBlockText } from '../../src/rows/ndjson.ts'
import type { Row } from '../../src/rows/rows.ts'
import { MEASUREMENTS, type Measurement } from '../../src/rows/tables/measurements.ts'
import type { RowTable } from '../../src/rows/tables/table.ts'
import { newRows, rowsIn } from './new-rows.ts'

/** A row with random tags and fields, some of them absent. */
function randomRow(random: ReturnType<typeof createRandom>): Row {
  const names = Object.keys(MEASUREMENTS) as Measurement[]
  const measurement = names[random.int(0, names.length - 1)]!
  const { tags, fields }: RowTable = MEASUREMENTS[measurement]
  const numbers = [0, 1, -1, 254, 255, 256, -(2 ** 31), 2 ** 31, 1.5, -0.25, 1e300, 2 ** 53 - 1, 5e-324]
  const words = ['', 'iPUE', 'settled', 'Größe→°', 'a "b" \\ c', '🌡']
  const valueOf = (type: string): number | string | boolean => {
    if (type === 'string') return words[random.int(0, words.length - 1)]!
    if (type === 'bool') return random.next() < 0.5
    return numbers[random.int(0, numbers.length - 1)]!
  }
  const known = Object.entries(fields).filter(() => random.next() < 0.7)
  return {
    measurement,
    tags: Object.fromEntries(tags.map((tag) => [tag, `${tag}${random.int(0, 3)}`])),
    fields: Object.fromEntries(known.map(([name, { type }]) => [name, valueOf(type)])),
    timeMs: 60_000 * random.int(0, 4),
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('all rows come back, the last of each key: seed %i', (seed) => {
  const random = createRandom(seed)
  const rows = Array.from({ length: 2_000 }, () => randomRow(random))
  const keyOf = ({ measurement, tags, timeMs }: Row) => JSON.stringify([measurement, tags, timeMs])
  const last = new Map(rows.map((row) => [keyOf(row), row]))
  const book = createSeriesBook()
  const { blocks, superseded, series } = newRows(book, rows)
  const found = blocks.map(decodeBlock).flatMap((block) => rowsIn(book, block))
  expect(new Map(found.map((row) => [keyOf(row), row]))).toEqual(last)
  expect(found.length + superseded).toBe(rows.length)
  expect(series.map(({ number }) => number)).toEqual(series.map((_, n) => n + 1))
  const textOf = createBlockText(book)
  expect(blocks.map(decodeBlock).flatMap(textOf)).toEqual(found.map((row) => JSON.stringify(row)))
})

test('numbers of series go on behind the greatest that was ever given', () => {
  const first = createSeriesBook()
  const row: Row = { measurement: 'health', tags: { site: 'dc5' }, fields: { packets: 1 }, timeMs: 0 }
  const [saved] = newRows(first, [row]).series
  const known = { measurement: 'health' as const, tags: { site: 'dc5' }, number: 1 }
  expect(saved).toEqual({ ...known, tags: '{"site":"dc5"}' })
  const again = createSeriesBook([known], 9)
  expect(newRows(again, [row]).series).toEqual([])
  expect(newRows(again, [{ ...row, tags: { site: 'dc6' } }]).series[0]?.number).toBe(10)
})

test('a column whose rows are all the same takes 8 bytes, an absent one none', () => {
  const rows = Array.from({ length: 1_000 }, (_, n): Row => ({
    measurement: 'energy',
    tags: { site: 'dc5', point: `p${n}`, role: 'it' },
    fields: { energy_j: 4_800_000 + n, coverage: 1, revision: 0, state: 'provisional' },
    timeMs: 60_000,
  }))
  const [block] = newRows(createSeriesBook(), rows).blocks
  expect(block!.length).toBeLessThan(8_200) // series and energy in 4 bytes each
})

test.each([0, 3, 12, 17, 25, 33, 41, 60, 100])('a bit that flipped in byte %i is seen', (at) => {
  const book = createSeriesBook()
  const rows = [randomRow(createRandom(3)), randomRow(createRandom(4))]
  const block = newRows(book, rows).blocks[0]!.slice()
  block[at % block.length]! ^= 4
  expect(() => decodeBlock(block)).toThrow(/damaged|no block|version|does not know/)
  expect(() => decodeBlock(block.subarray(0, 30))).toThrow(/cut short/)
})

test('bytes at any offset are read', () => {
  const book = createSeriesBook()
  const row: Row = { measurement: 'health', tags: { site: 'dc5' }, fields: { packets: 1, lag_s: 0.5 }, timeMs: 7 }
  const [block] = newRows(book, [row]).blocks
  const shifted = new Uint8Array(block!.length + 3)
  shifted.set(block!, 3)
  expect(rowsIn(book, decodeBlock(shifted.subarray(3)))).toEqual([row])
})
