import { describe, expect, test } from 'vitest'
import { createCalendar } from './calendar.ts'
import { exactly, minus, nearHalf, over, plus, round, times, toNumber } from './exact.ts'

// What the oracle stands on: a calendar found by walking, and sums that are not rounded.

describe('the slow calendar', () => {
  const hours = (timezone: string, name: 'day' | 'month' | 'year', at: string) => {
    const stay = createCalendar(timezone)(name, Date.parse(at))
    return [new Date(stay.fromMs).toISOString(), (stay.toMs - stay.fromMs) / 3_600_000]
  }

  test.each([
    ['Europe/Paris', 'day', '2026-03-29T12:00Z', '2026-03-28T23:00:00.000Z', 23],
    ['Europe/Paris', 'day', '2026-10-25T22:59:59.999Z', '2026-10-24T22:00:00.000Z', 25],
    ['America/Denver', 'day', '2026-03-08T07:00Z', '2026-03-08T07:00:00.000Z', 23],
    ['America/Denver', 'day', '2026-11-02T06:59Z', '2026-11-01T06:00:00.000Z', 25],
    ['Australia/Lord_Howe', 'day', '2026-04-05T00:00Z', '2026-04-04T13:00:00.000Z', 24.5],
    ['Asia/Kathmandu', 'day', '2026-06-10T00:00Z', '2026-06-09T18:15:00.000Z', 24],
    ['Europe/Paris', 'month', '2026-10-31T22:59Z', '2026-09-30T22:00:00.000Z', 31 * 24 + 1],
    ['America/Denver', 'year', '2024-07-01T00:00Z', '2024-01-01T07:00:00.000Z', 366 * 24],
  ] as const)('%s: the %s around %s begins %s and has %d h', (timezone, name, at, from, length) => {
    expect(hours(timezone, name, at)).toEqual([from, length])
  })
})

describe('exact fractions', () => {
  test('a tenth is the double next to a tenth, and sums of fractions do not round', () => {
    const tenth = exactly(0.1)
    expect(tenth.top * 10n === tenth.bottom).toBe(false)
    expect(toNumber(minus(plus(over(exactly(1), 3), over(exactly(1), 6)), over(exactly(1), 2)))).toBe(0)
    expect(toNumber(times(exactly(1.5), exactly(-3)))).toBe(-4.5)
  })

  test.each([
    [1, 2, 1],
    [-1, 2, 0],
    [-3, 2, -1],
    [5, 3, 2],
    [4, 3, 1],
    [-5, 3, -2],
    [-4, 3, -1],
    [-7, 1, -7],
  ])('%d/%d rounds to %d', (top, bottom, rounded) => {
    expect(round(over(exactly(top), bottom))).toBe(rounded)
  })

  test('near a half is a matter of last bits', () => {
    expect(nearHalf(over(exactly(2e9 + 1), 2))).toBe(true)
    expect(nearHalf(over(exactly(1e9 + 1), 3))).toBe(false)
    expect(nearHalf(exactly(1e9 + 0.5 + 1e-6))).toBe(true)
    expect(nearHalf(exactly(1e9 + 0.5 + 1e-4))).toBe(false)
    expect(nearHalf(exactly(0))).toBe(false)
  })
})
