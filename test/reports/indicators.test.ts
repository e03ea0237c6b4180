/** Indicators, their uncertainty, classes and limits, against values worked out by hand. */
import { describe, expect, test } from 'vitest'
import { ruleSetNamed } from '../../src/config/rules/rules.ts'
import { classesWithin } from '../../src/reports/model/indicators.ts'
import { halfEven } from '../../src/reports/render/print.ts'
import { dayPage, reportOf } from './site-of-report.ts'

// One day: 1200 kWh in all, 1000 kWh of IT, 0.15 m³ from the city and 0.05 m³ from the well, 120 kWh of heat reused,
// 100 kWh generated, 500 kWh of guarantees, 12 kWh of a heat pump that only raises waste heat
const DAY = [dayPage({ day: '2026-10-05' })]

describe('quotients of the whole sums', () => {
  test.each([
    ['eu-2024-1364', 'pue', 1.2, '1200 / 1000'],
    ['eu-2024-1364', 'wue', 0.2, '0.2 m³ / 1 MWh'],
    ['eu-2024-1364', 'erf', 0.1, '120 / 1200'],
    ['eu-2024-1364', 'ref', 0.5, '(500 + 0 + 100) / 1200'],
    ['eu-c-2026-3472', 'wue', 0.15, 'fresh water alone: 0.15 m³ / 1 MWh'],
    ['eu-c-2026-3472', 'wue_total', 0.2, 'as 2024/1364 has it, beside it'],
    ['de-enefg-2023', 'pue', 1.188, '(1200 − 12) / 1000: without the heat pump'],
    ['fr-2025-1382', 'pue', 1.2, 'the fields of the EU'],
  ])('%s %s is %d: %s', (rules, id, value) => {
    const found = reportOf({ pages: DAY, rules }).indicators.find((it) => it.id === id)
    expect(found?.value).toBeCloseTo(value, 12)
  })

  test('without a meter of the heat pump it is counted in, and the page says so', () => {
    const disclosure = 'disclosure: { boundary: dc5 }'
    const [pue] = reportOf({ pages: DAY, rules: 'de-enefg-2023', disclosure }).indicators
    expect(pue?.value).toBeCloseTo(1.2, 12)
    expect(pue?.remarks.map(({ code }) => code)).toEqual(['pump_unmetered'])
  })

  test('what is missing is named, and counts nothing: no indicator is made of it', () => {
    const report = reportOf({ pages: DAY, disclosure: 'disclosure: { boundary: dc5 }' })
    expect(report.indicators.map(({ id, value, missing }) => [id, value, missing])).toEqual([
      ['pue', 1.2, []],
      ['wue', undefined, ['w_in']],
      ['erf', undefined, ['e_reuse']],
      ['ref', undefined, ['e_res_tot']],
    ])
    expect(report.missing).toContain('e_res_tot')
    expect(report.fields).toHaveLength(ruleSetNamed('eu-2024-1364').fields.length)
  })
})

describe('uncertainty, k = 2, of classes as rectangular bounds', () => {
  test('two meters: 2/√3 · 1.2 · √(0.005² + 0.01²)', () => {
    const [pue] = reportOf({ pages: DAY }).indicators
    expect(pue?.plusMinus).toBeCloseTo((2 / Math.sqrt(3)) * 1.2 * Math.hypot(0.005, 0.01), 12)
  })

  test('a meter without a class leaves ± out: the well', () => {
    const wue = reportOf({ pages: DAY }).indicators.find(({ id }) => id === 'wue')
    expect(wue).not.toHaveProperty('plusMinus')
    const fresh = reportOf({ pages: DAY, rules: 'eu-c-2026-3472' }).indicators.find(({ id }) => id === 'wue')
    expect(fresh?.plusMinus).toBeCloseTo((2 / Math.sqrt(3)) * 0.15 * Math.hypot(0.02, 0.01), 12)
  })

  test('the pump is metered apart: √((0.005 · 1200)² + (0.01 · 12)² + (0.01 · 1188)²) / 1000', () => {
    const [pue] = reportOf({ pages: DAY, rules: 'de-enefg-2023' }).indicators
    expect(pue?.plusMinus).toBeCloseTo(((2 / Math.sqrt(3)) * Math.hypot(6, 0.12, 11.88)) / 1000, 12)
  })
})

describe('classes of C(2026) 3472', () => {
  const { classes } = ruleSetNamed('eu-c-2026-3472')
  const of = (indicator: string) => classes.find((it) => it.indicator === indicator) ?? classes[0]!

  test.each([
    ['pue', 1.15, 0, 'A'],
    ['pue', 1.150001, 0, 'B'],
    ['pue', 1.25, 0, 'B'],
    ['pue', 1.9, 0, 'F'],
    ['pue', 1.91, 0, 'G'],
    ['pue', 1.24, 0.02, 'B C'],
    ['pue', 1.2, 0.2, 'A B C D'],
    ['wue', 0.1, 0, 'A'],
    ['wue', 0.21, 0.02, 'B C'],
    ['wue', 3, 0, 'G'],
  ])('%s %d ± %d: %s', (indicator, value, plusMinus, expected) => {
    expect(classesWithin(of(indicator), value, plusMinus).join(' ')).toBe(expected)
  })

  test('W_IN / E_IT has none: the classes are of fresh water', () => {
    const found = reportOf({ pages: DAY, rules: 'eu-c-2026-3472' }).indicators
    expect(found.map(({ id, classes: own }) => [id, own])).toEqual([
      ['pue', ['B']],
      ['wue', ['B']],
      ['erf', []],
      ['ref', []],
      ['wue_total', []],
    ])
  })
})

describe('limits are compared unrounded', () => {
  const started = (day: string) => `
disclosure: { boundary: dc5, typed: { started: { value: ${day}, by: A, on: 2026-11-02, source: file } } }`

  test.each([
    ['an old site from 2027-07', '2018-06-01', '2028', 1500, 'most 1.5 kept whole; most 1.3 broken not yet'],
    ['printed as 1.500, and above it', '2018-06-01', '2028', 1500.4, 'most 1.5 broken whole; most 1.3 broken not yet'],
    ['from July on, in a year', '2018-06-01', '2027', 1400, 'most 1.5 kept part; most 1.3 broken not yet'],
    ['the later limit', '2018-06-01', '2031', 1300, 'most 1.5 kept no more; most 1.3 kept whole'],
    ['a new site has two years', '2026-09-01', '2027', 1300, 'most 1.2 broken not yet'],
    ['and then is held to 1.2', '2026-09-01', '2029', 1200, 'most 1.2 kept whole'],
  ])('%s', (_words, day, period, facility, expected) => {
    const pages = [dayPage({ day: `${period}-01-01`, facility })]
    const { limits } = reportOf({ pages, period, rules: 'de-enefg-2023', disclosure: started(day) })
    const told = limits.filter(({ indicator }) => indicator === 'pue')
    expect(told.map((it) => `${it.bound} ${it.limit} ${it.verdict} ${it.due}`).join('; ')).toBe(expected)
  })

  test('when the site began is not known: limits that depend on it stay open', () => {
    const report = reportOf({ pages: DAY, rules: 'de-enefg-2023', disclosure: 'disclosure: { boundary: dc5 }' })
    expect(report.limits.filter(({ indicator }) => indicator === 'pue').map(({ verdict }) => verdict)).toEqual([
      'open',
      'open',
      'open',
    ])
    expect(report.remarks.map(({ code }) => code)).toContain('started_missing')
  })
})

test.each([
  [1.0005, 3, '1.000'],
  [1.0015, 3, '1.002'],
  [1.3005, 3, '1.300'],
  [0.12345, 4, '0.1234'],
  [0.12355, 4, '0.1236'],
  [2.5, 0, '2'],
  [3.5, 0, '4'],
  [1234567.5, 0, '1,234,568'],
  [-0.0001, 2, '0.00'],
])('%d with %d decimals, half to even: %s', (value, digits, text) => {
  expect(halfEven('en-GB', value, digits)).toBe(text)
})
