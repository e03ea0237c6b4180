/** Two more of each kind of what sensors of air send, made up by hand, with what each must give. */
import { describe, expect, test } from 'vitest'
import { rowsOf } from '../../src/testing.ts'
import { alarmsOf } from './cases.ts'
import { each, NOON_MS, replayed, siteWith, stamped, type Said } from './said.ts'

describe('air', () => {
  const INLET = 'inlets: { r1: { dryBulb: t, humidity: rh, hall: h1, class: A1 } }'
  const yaml = (more = '') =>
    siteWith(
      't: { topic: r1, at: /t, unit: °C, everyS: 60 }, rh: { topic: r1, at: /rh, unit: "%", everyS: 60 }',
      INLET + more,
    )
  const air = (say: (m: number) => { t: number; rh: number }, from = -30, to = 90) =>
    each(from, to, 1, (m) => [m, 'r1', { ts: NOON_MS + m * 60_000, ...say(m) }])

  test.each([
    [
      'it warms while its dew point stays at 15.5 °C',
      (m: number) => (m < 20 ? { t: 22, rh: 66.7 } : { t: 27, rh: 49.3 }),
    ],
    [
      'it cools while its dew point stays at 15.5 °C',
      (m: number) => (m < 20 ? { t: 27, rh: 49.3 } : { t: 22, rh: 66.7 }),
    ],
  ])('%s: no moisture alarm', (_, say) => {
    const rule = '\nalarms: { moisture: { onDelayS: 0 } }'
    expect(alarmsOf(replayed(yaml(rule), air(say)), 'moisture')).toEqual([])
  })

  test.each([
    ['at least one known half: 30 of 60 minutes', 30, 0.5],
    ['24 of 60 minutes are no verdict', 24, 0.4],
  ])('%s', (_, minutes, coverage) => {
    const ran = replayed(yaml(), [
      ...air(() => ({ t: 22, rh: 45 }), 0, minutes - 3),
      ...air(() => ({ t: 22, rh: 45 }), 60, 90),
    ])
    const row = rowsOf(ran, 'compliance', { scope: 'inlet', window: '1h' }).findLast(
      ({ timeMs }) => timeMs === NOON_MS + 3_600_000,
    )
    expect(row?.fields.coverage).toBeCloseTo(coverage, 6)
    expect(row?.fields.recommended_pct).toBe(coverage < 0.5 ? undefined : 100)
  })

  test('five minutes of 34 °C: out for them, and no moisture that was not measured', () => {
    const ran = replayed(
      siteWith('t: { topic: r1, at: /t, unit: °C, everyS: 60 }', 'inlets: { r1: { dryBulb: t, hall: h1, class: A1 } }'),
      air((m) => ({ t: m >= 20 && m < 25 ? 34 : 24, rh: 0 })),
    )
    const row = rowsOf(ran, 'compliance', { scope: 'inlet', window: '1h' }).findLast(
      ({ timeMs }) => timeMs === NOON_MS + 3_600_000,
    )
    expect(row?.fields.out_pct).toBeCloseTo((100 * 5) / 60, 6)
    expect(row?.fields.moisture_unknown_pct).toBeCloseTo((100 * 55) / 60, 6)
  })
})

test.each([
  ['in order', [70, 71]],
  ['the newer one first', [71, 70]],
])('two readings behind a gap, %s: the same rates of change', (_, order) => {
  const yaml = siteWith(
    't: { topic: r1, unit: °C, everyS: 600, maxGapS: 1800 }',
    'inlets: { r1: { dryBulb: t, hall: h1, class: A1, moisture: unmeasured } }',
  )
  const said = [0, 10, 20, 30, 40].map((m): Said => [m, 'r1', stamped(m, 20 + m / 20)])
  const behind = order.map((m, n): Said => [m, 'r1', stamped(m, 20 + m / 10), 72 + n / 10])
  const ran = replayed(yaml, [...said, ...behind, [80, 'r1', stamped(80, 28)]])
  const rates = rowsOf(ran, 'climate').map(({ fields }) => fields.rate_60min_k ?? NaN)
  // From 22 °C at 12:40 up to 28 °C at 13:20; the hour before holds the samples of 12:20 on
  expect(Math.max(...rates.filter(Number.isFinite))).toBeCloseTo(7, 6)
})

test.each([
  ['a dry bulb that speaks every five minutes', 5],
  ['one that speaks every three', 3],
])('an hour too moist beside %s is one alarm', (_, step) => {
  const yaml = siteWith(
    `t: { topic: t, unit: °C, everyS: ${60 * step} }, rh: { topic: rh, unit: "%", everyS: 60 }`,
    'inlets: { r1: { dryBulb: t, humidity: rh, hall: h1, class: A1 } }',
  )
  const ran = replayed(yaml, [
    ...each(-30, 120, step, (m): Said => [m, 't', stamped(m, 24 + (m % 2) / 10)]),
    ...each(-30, 120, 1, (m): Said => [m, 'rh', stamped(m, (m >= 20 && m < 80 ? 78 : 45) + (m % 3) / 10)]),
  ])
  expect(alarmsOf(ran, 'moisture').map((it) => it.slice(6))).toEqual(['raised r1', 'cleared r1'])
})
