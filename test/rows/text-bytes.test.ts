import { expect, test } from 'vitest'
import { createTextBytes, putNumberText, putUtf8, utf8Of } from '../../src/rows/text-bytes.ts'
import { createRandom } from '../../simulators/random.ts'

const ODD = [0, 1, 0.1, 1e-6, 9.99999e-7, 1e-7, 5e-324, 0.3, 0.1 + 0.2, 4.460000000000001, 97.8808231292517]
const LARGE = [
  999_999.999_999_999,
  1e6 + 0.1,
  99_999_999,
  1e8,
  1e15,
  2 ** 53 - 1,
  2 ** 53,
  1e20,
  1e21,
  1.7e308,
  Infinity,
]

function written(value: number): string {
  const to = createTextBytes()
  putNumberText(to, value)
  return Buffer.from(to.bytes.subarray(0, to.at)).toString()
}

test.each([...ODD, ...LARGE])('%d stands in a row as JavaScript writes it, with either sign', (value) => {
  expect(written(value)).toBe(String(value))
  expect(written(-value)).toBe(String(-value))
})

test('numbers of any size and any number of places are written to the last digit, seed 5', () => {
  const random = createRandom(5)
  const wrong: number[] = []
  for (let n = 0; n < 10_000; n++) {
    const value = (random.next() - 0.5) * 10 ** random.int(-8, 18)
    const places = random.int(0, 15)
    for (const one of [value, Number(value.toFixed(places)), Number(value.toPrecision(places + 1))]) {
      if (written(one) !== String(one)) wrong.push(one)
    }
  }
  expect(wrong).toEqual([])
})

test('pieces of any length stand one behind the other', () => {
  const to = createTextBytes(1)
  const pieces = ['', 'é', 'a longer piece than fits at first', '{', '…'.repeat(5_000)]
  for (const piece of pieces) putUtf8(to, utf8Of(piece))
  expect(Buffer.from(to.bytes.subarray(0, to.at)).toString()).toBe(pieces.join(''))
})
