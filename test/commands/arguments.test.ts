/** Lengths of time are written the same way for every command; a number alone means what it always has. */
import { describe, expect, test } from 'vitest'
import { lengthIn, lengthOfTime } from '../../src/commands/arguments.ts'

describe('a length of time', () => {
  test.each([
    ['20s', 20_000],
    ['30m', 1_800_000],
    ['30min', 1_800_000],
    ['1.5h', 5_400_000],
    ['1d', 86_400_000],
  ])('%s, with any option', (text, ms) => {
    expect(lengthOfTime(text)).toBe(ms)
    expect(lengthIn('s')(text)).toBe(ms)
    expect(lengthIn('h')(text)).toBe(ms)
  })

  test('a number alone is of the unit that the option always had, if it had one', () => {
    expect(lengthIn('s')('60')).toBe(60_000)
    expect(lengthIn('h')('0.5')).toBe(1_800_000)
    expect(() => lengthOfTime('60')).toThrow('Write a length of time, such as 20s, 30m, 2h or 1d.')
  })

  test.each(['', '0', '0s', '-5m', '5 parsecs', '2y', '1e3s', 'Infinity'])('%j is none', (text) => {
    expect(() => lengthIn('s')(text)).toThrow('or a number of seconds')
  })
})
