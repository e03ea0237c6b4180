import { expect, test } from 'vitest'
import { envelope } from '../../../src/core/air/envelope.ts'
import { overHigh, overLow, X_AVERAGE, xFactor } from '../../../src/core/air/indices.ts'
import { scenario } from '../../scenarios/scenario.ts'

test.each([
  [20, 1],
  [15, 0.72],
  [45, 1.76],
  [25, 1.24],
  [27.5, 1.34],
  [21.25, 1.065], // half way between 1.00 and 1.13
  [10, 0.72], // held below the first knot
  [60, 1.76], // and above the last
])('the x-factor at %d °C is %d', (dryBulbC, expected) => {
  expect(xFactor(X_AVERAGE, dryBulbC)).toBeCloseTo(expected, 12)
})

test('an unknown dry bulb has no x-factor', () => expect(xFactor(X_AVERAGE, NaN)).toBeNaN())

test.each([
  ['A1', 27, 0, 0],
  ['A1', 29.5, 0.5, 0], // half way from 27 to 32
  ['A1', 32, 1, 0],
  ['A1', 37, 2, 0],
  ['A1', 16.5, 0, 0.5], // half way from 18 to 15
  ['A4', 36, 0.5, 0], // half way from 27 to 45
] as const)('class %s at %d °C is %d of the way above, %d below', (itClass, dryBulbC, high, low) => {
  const limits = envelope('2021r', itClass, 0, 'low')
  expect(overHigh(limits, dryBulbC)).toBeCloseTo(high, 12)
  expect(overLow(limits, dryBulbC)).toBeCloseTo(low, 12)
})

test('where altitude has made both limits one, all that is above is outside', () => {
  const limits = envelope('2021r', 'A1', 3050, 'low') // 32 − 2150/300 = 24.83 °C, below 27
  expect(overHigh(limits, 24.8)).toBe(0)
  expect(overHigh(limits, 24.9)).toBe(1)
})

test('half way to the limit for five minutes: RCI-HI 50, and the x-factor of that air, weighted by time', () =>
  scenario(
    `
site: { id: dc, timezone: UTC, corrosion: low }
core: { intervalS: 60, boundS: 0, windows: [5m] }
points:
  a: { topic: a, unit: °C, everyS: 60 }
inlets:
  one: { dryBulb: a, class: A1, hall: h1 }
`,
    `
    0:00 to 0:04 every 60 s  a 29.5   => so far
    0:05  a 20   => compliance hall h1 5m 0:05 rci_hi 50 rci_lo 100 x_factor 1.404 r0
                 => compliance site dc 5m 0:05 rci_hi 50 rci_lo 100 x_factor 1.404 r0
    0:06  a 20   => compliance hall h1 5m 0:06 rci_hi 60 x_factor 1.3232 r0
                 => compliance site dc 5m 0:06 rci_hi 60 x_factor 1.3232 r0`,
  ))
