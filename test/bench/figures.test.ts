import { expect, test } from 'vitest'
import { answerOf, median, numberText, quantile, spreadText, tableText } from './figures.ts'
import type { Figure, Missed } from './question.ts'

function pair(measured: number, floor: number): Figure[] {
  return [{ line: 'a', unit: 'µs', measured, floor, target: { of: 'ratio', atMost: 1.5 } }]
}

test('a ratio is taken pair by pair, not of the medians', () => {
  const { lines } = answerOf([pair(10, 10), pair(30, 15), pair(24, 20)])
  expect(lines).toEqual([
    {
      line: 'a',
      unit: 'µs',
      pairs: 3,
      measured: { min: 10, median: 24, max: 30 },
      floor: { min: 10, median: 15, max: 20 },
      ratio: { min: 1, median: 1.2, max: 2 },
      target: { of: 'ratio', atMost: 1.5 },
      met: true,
    },
  ])
  expect(answerOf([pair(16, 10), pair(30, 15), pair(10, 10)]).lines[0]?.met).toBe(false)
})

test('a figure without a floor is judged by itself, and what was not measured is named once', () => {
  const least: Figure = { line: 'b', unit: '/s', measured: 4, target: { of: 'measured', atLeast: 5 } }
  const missed: Missed = { line: 'c', reason: 'no memory' }
  const answer = answerOf([
    [least, missed],
    [{ ...least, measured: 8 }, missed],
  ])
  expect(answer.missed).toEqual([missed])
  expect(answer.lines[0]).toMatchObject({ measured: { median: 6 }, met: true })
  expect(answer.lines[0]).not.toHaveProperty('ratio')
})

test('medians and quantiles', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1)
  expect([0, 0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 99, 100])
  expect(quantile([7], 0.99)).toBe(7)
})

test('numbers have three digits, tables stand in columns', () => {
  expect([0, 0.01234, 0.5, 1.5, 12.34, 123.4, 1234.5, 1234567, NaN].map(numberText)).toEqual(
    ['0', '0.0123', '0.500', '1.50', '12.3', '123', '1 235', '1 234 567', '–'], // 1234.5 rounds up
  )
  expect(spreadText({ min: 1, median: 2, max: 3 })).toBe('2.00 (1.00 … 3.00)')
  expect(
    tableText([
      ['a', 'bcd', ''],
      ['efg', 'h', 'i'],
    ]),
  ).toBe('  a    bcd\n  efg  h    i')
})
