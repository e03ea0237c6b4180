/** Lists of numbers come back from their bytes to the last bit. */
import { expect, test } from 'vitest'
import { createWriter, putBytes, putNumbers, takeBytes, takeNumbers } from '../../../src/core/snapshot/numbers.ts'
import { createRandom } from '../../../simulators/random.ts'

function there(numbers: readonly number[], stride: number): { bytes: number; back: number[] } {
  const to = createWriter()
  putNumbers(to, numbers, stride)
  return { bytes: to.at, back: [...takeNumbers({ bytes: to.bytes, at: 0 })] }
}

const LISTS: [string, number[], number, number][] = [
  ['nothing', [], 0, 2],
  ['words', [NaN, Infinity, -Infinity, -0, 0], 0, 2 + 3 + 9 + 1],
  ['raw numbers', [Math.PI, 1e300, Number.MIN_VALUE, 2 ** 53, 0.1 + 0.2], 0, 2 + 5 * 9],
  ['tenths to thousandths', [21.5, 21.52, 21.523, -7.25], 0, 2 + 2 + 3 + 3 + 3],
  ['repeated ones', new Array<number>(500).fill(Math.PI), 1, 3 + 9 + 2],
  [
    'samples a minute apart',
    [0, 1, 2, 3, 4, 5].flatMap((n) => [1.77e12 + 60_000 * n, 20 + n / 10]),
    2,
    2 + 7 + 2 + 5 * (3 + 2),
  ],
]

test.each(LISTS)('%s', (_name, numbers, stride, bytes) => {
  const { back, bytes: taken } = there(numbers, stride)
  expect(back.length).toBe(numbers.length)
  for (const [n, number] of numbers.entries()) expect(back[n]).toBe(number)
  expect(taken).toBeLessThanOrEqual(bytes)
})

test.each([1, 2, 3])('any numbers, seed %d', (seed) => {
  const random = createRandom(seed)
  const numberOf = (): number => {
    switch (random.int(0, 6)) {
      case 0:
        return NaN
      case 1:
        return random.int(-1000, 1000) / 100
      case 2:
        return (random.next() - 0.5) * 2 ** random.int(-60, 60)
      case 3:
        return Math.round((random.next() - 0.5) * 2 ** random.int(0, 60))
      default:
        return random.int(0, 3)
    }
  }
  for (let round = 0; round < 500; round++) {
    const numbers = Array.from({ length: random.int(0, 40) }, numberOf)
    expect(there(numbers, random.int(0, 5)).back).toEqual(numbers)
  }
})

test('bytes stand between lists', () => {
  const to = createWriter()
  putNumbers(to, [1], 0)
  putBytes(to, new Uint8Array(10_000).fill(7))
  putNumbers(to, [2], 0)
  const from = { bytes: to.bytes, at: 0 }
  expect([takeNumbers(from)[0], takeBytes(from).length, takeNumbers(from)[0]]).toEqual([1, 10_000, 2])
})
