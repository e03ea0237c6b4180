/** The figures that are drawn over the types of totals and intervals are those that the code comes to. */
import { expect, test } from 'vitest'
import { runWhole } from '../../../src/core/contract/work.ts'
import { createRings, extendSlots, slotOfInterval } from '../../../src/core/energy/intervals.ts'
import { shiftOf, shiftTotals } from '../../../src/core/windows/shift.ts'
import { appendTotals, createTotals, sumBetween, totalAt, type Totals } from '../../../src/core/windows/totals.ts'

function filled(longest: ReadonlyMap<number, number>, horizon: number): Totals {
  const details = { firstColumn: 1, exactLength: 0, step: 1, columnCounts: [1] }
  const totals = createTotals({ series: 1, columns: 1, longest, horizon, lookBack: 0, details })
  for (const bin of [3, 5, 2, 0, 7, 4]) appendTotals(totals, Float64Array.of(bin))
  return totals
}

test('a window is the difference of two totals, and a correction moves it by the difference of two shifts', () => {
  const totals = filled(new Map([[1, 4]]), 6)
  const window = (from: number, to: number) => sumBetween(totals, 1, 0, from, to)[0]
  expect([0, 1, 2, 3, 4, 5, 6].map((end) => totalAt(totals.tiers[0]!, 0, end))).toEqual([0, 3, 8, 10, 10, 17, 21])
  expect([window(1, 5), window(3, 6)]).toEqual([14, 11])
  runWhole(shiftTotals(totals, 0, shiftOf(1, { intervals: [2], deltas: [6] })))
  expect([window(1, 5), window(3, 6)]).toEqual([14 + 6 - 0, 11 + 6 - 6])
})

test('a tier keeps the totals at the ends of its step, in the place of the end modulo the length of the ring', () => {
  const totals = filled(
    new Map([
      [1, 0],
      [2, 0],
    ]),
    2,
  )
  expect(totals.tiers.map(({ totals: [ring] }) => [...(ring ?? [])])).toEqual([
    [10, 17, 21, 10],
    [21, 8, 10],
  ])
})

test('a point holds its newest intervals, each in the slot of its number modulo the length of the ring', () => {
  const rings = createRings(60_000, Int32Array.of(3, 5))
  extendSlots(rings, 1, 12, 0)
  const slots = [7, 8, 9, 10, 11, 12, 13].map((interval) => slotOfInterval(rings, 1, interval))
  expect(slots).toEqual([-1, 3 + 3, 3 + 4, 3 + 0, 3 + 1, 3 + 2, -1])
})
