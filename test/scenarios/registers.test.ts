import { describe, expect, test } from 'vitest'
import { verdictAt } from '../../src/core/energy/register/register.ts'
import { createStage, scenario, siteOf, tell } from './scenario.ts'

/** A site whose IT meter is a register as told, and a main meter that moves the time on. */
function siteWith(it: string, core = 'latenessS: 900, boundS: 30, idleS: 600, windows: [5m]'): string {
  return `
site: { id: dc, timezone: UTC }
core: { ${core} }
points:
  main: { topic: main, unit: W, everyS: 30, role: facility }
  it: { topic: it, everyS: 60, ${it}, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`
}

/** A swap at 0:02:30 of the scenarios' day. */
function swapOf(closing: number, opening: number, at = '00:02:30'): string {
  return `{ at: "2026-03-02T${at}Z", closing: ${closing}, opening: ${opening} }`
}

describe('a declared swap of the meter', () => {
  const SWAPPED = siteWith(`unit: kWh, maxKw: 100, register: { swaps: [${swapOf(502, 10)}] }`)

  test('the old meter counts up to its closing, the new one from its opening', () =>
    scenario(
      SWAPPED,
      `
      0:01     it 501
      0:02     it 501.5
      0:03     it 10.5     # 0.5 kWh before the swap and 0.5 behind it
      0:04     it 11
      0:04:30  it 11.25   => energy it 0:02 1800000 J coverage 1.00
                          => energy it 0:03 3600000 J coverage 1.00 estimated 0.00 r0
                          => energy it 0:04 1800000 J coverage 1.00`,
    ))

  test('without the declaration the same readings suspend the register', () =>
    scenario(
      siteWith('unit: kWh, maxKw: 100, register: {}'),
      `
      0:01     it 501
      0:02     it 501.5
      0:03     it 10.5
      0:04     it 11
      0:04:30  it 11.25   => energy it 0:02 1800000 J coverage 1.00
                          => energy it 0:03 nothing coverage 0.00
                          => energy it 0:04 nothing coverage 0.00`,
    ))

  test('a late read of the old meter falls before the swap, one of the new meter behind it', () =>
    scenario(
      SWAPPED,
      `
      0:01     it 501
      0:04     it 11               => energy it 0:02 2400000 J coverage 1.00 r0   # 2 kWh in three minutes
                                   => energy it 0:03 2400000 J coverage 1.00 r0
      0:04:30  it 11.25            => energy it 0:04 2400000 J coverage 1.00 r0
      0:02     it 501.5  @0:04:40
      @0:05                        => energy it 0:02 1800000 J coverage 1.00 r1   # 0.5 kWh, then 1.5 in two minutes
                                   => energy it 0:03 2700000 J coverage 1.00 r1
                                   => energy it 0:04 2700000 J coverage 1.00 r1
      0:03     it 10.9   @0:05:10
      @0:06                        => energy it 0:03 5040000 J coverage 1.00 r2   # 0.5 + 0.9 kWh
                                   => energy it 0:04 360000 J coverage 1.00 r2`,
    ))

  test('a reading stamped as the swap is the new meter’s', () =>
    scenario(
      siteWith(`unit: kWh, maxKw: 100, register: { swaps: [${swapOf(502, 10, '00:03')}] }`),
      `
      0:02     it 501.5
      0:03     it 10
      0:04     it 10.2
      0:04:30  it 10.2   => energy it 0:03 1800000 J coverage 1.00
                         => energy it 0:04 720000 J coverage 1.00`,
    ))

  test('a read of the old meter stamped behind the swap is skipped', () =>
    scenario(
      SWAPPED,
      `
      0:02     it 501.5
      0:02:40  it 502.1   # the declared time is some seconds off
      0:03     it 10.5
      0:03:30  it 10.5   => energy it 0:03 3600000 J coverage 1.00`,
    ))

  test('a declaration that the readings contradict leaves the gap', () =>
    scenario(
      siteWith(`unit: kWh, maxKw: 100, register: { swaps: [${swapOf(402, 10)}] }`),
      `
      0:02     it 501.5
      0:03     it 10.5
      0:03:30  it 10.5   => energy it 0:03 nothing coverage 0.00`,
    ))

  test('CT ratio and unit hold for closing and opening as for readings', () =>
    scenario(
      siteWith(`unit: MWh, factor: 40, register: { swaps: [${swapOf(0.502, 0.01)}] }`),
      `
      0:02     it 0.5015
      0:03     it 0.0105
      0:03:30  it 0.0105   => energy it 0:03 144000000 J coverage 1.00   # 40 × 1 kWh`,
    ))

  test.each([
    ['the old meter wraps before its closing', 999.8, swapOf(0.3, 10), 10.5],
    ['the new meter wraps behind its opening', 501.5, swapOf(502, 999.7), 0.2],
    ['both wrap', 999.8, swapOf(0.3, 999.7), 0.2],
  ])('%s', (_, before, swap, behind) =>
    scenario(
      siteWith(`unit: kWh, maxKw: 100, register: { rolloverAt: 1000, swaps: [${swap}] }`),
      `
      0:02     it ${before}
      0:03     it ${behind}
      0:03:30  it ${behind}   => energy it 0:03 3600000 J coverage 1.00`,
    ),
  )

  test('two swaps within one step add up', () =>
    scenario(
      siteWith(
        `unit: kWh, maxKw: 100, register: { swaps: [${swapOf(502, 10, '00:02:10')}, ${swapOf(10.2, 7000, '00:02:40')}] }`,
      ),
      `
      0:02     it 501.5
      0:03     it 7000.3
      0:03:30  it 7000.3   => energy it 0:03 3600000 J coverage 1.00   # 0.5 + 0.2 + 0.3 kWh`,
    ))
})

describe('moduli, decimal and binary', () => {
  test.each([
    ['six digits of kWh', 'unit: kWh', 1e6, 999_999.5, 0.5, 3_600_000],
    ['six digits with one decimal wrap at 100,000', 'unit: kWh', 1e5, 99_999.9, 0.1, 720_000],
    ['2^16 counts of 0.1 kWh', 'unit: kWh, factor: 0.1', 2 ** 16, 65_535, 4, 1_800_000],
    ['2^32 counts of 1 Wh', 'unit: Wh', 2 ** 32, 2 ** 32 - 300, 200, 1_800_000],
    ['2^31 counts of 10 Wh', 'unit: Wh, factor: 10', 2 ** 31, 2 ** 31 - 30, 20, 1_800_000],
  ])('%s', (_, unit, rolloverAt, before, behind, joules) =>
    scenario(
      siteWith(`${unit}, maxKw: 100, register: { rolloverAt: ${rolloverAt} }`),
      `
      0:02     it ${before}
      0:03     it ${behind}
      0:03:30  it ${behind}   => energy it 0:03 ${joules} J coverage 1.00`,
    ),
  )

  test('a count that stands above its modulus is no rollover: the modulus is declared wrong', () =>
    scenario(
      siteWith('unit: kWh, maxKw: 100, register: { rolloverAt: 1000 }'),
      `
      0:02     it 1500
      0:03     it 10
      0:03:30  it 10   => energy it 0:03 nothing coverage 0.00`,
    ))
})

test('what is exported has a register of its own, and is taken off', () =>
  scenario(
    `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, idleS: 600, windows: [5m] }
points:
  import: { topic: import, unit: kWh, register: {}, everyS: 60 }
  export: { topic: export, unit: kWh, register: {}, everyS: 60 }
  ups: { topic: ups, unit: kW, everyS: 60 }
boundaries:
  dc: { facility: [import, { point: export, factor: -1 }], it: [ups] }
`,
    `
    0:00  import 1000  export 50    ups 60
    0:01  import 1002  export 50.5  ups 60
    0:02  import 1004  export 51    ups 60
    0:03  import 1006  export 51.5  ups 60
    0:04  import 1008  export 52    ups 60
    0:05  import 1010  export 52.5  ups 60
    0:06  import 1012  export 53    ups 60   => so far
    0:07  import 1014  export 53.5  ups 60   => pue 5m 0:06 1.500 coverage 1.00 facility 27000000 it 18000000`,
  ))

/** The verdict on each reading of a register, one a minute; `-` is a minute without. */
function verdictsOf(point: string, readings: string): string[] {
  const stage = createStage(siteOf(siteWith(point)))
  for (const [minute, count] of readings.split(' ').entries()) {
    const tMs = stage.baseMs + minute * 60_000
    if (count !== '-') tell(stage, 'it', count, tMs, tMs)
  }
  const { samples, plan } = stage.pipeline.core
  const it = stage.site.points.indexOf('it')
  const verdicts = Array.from({ length: samples.count[it]! }, (_, n) => verdictAt(samples, it, plan.points[it]!, n))
  return verdicts
}

describe('what the count did', () => {
  const RATED = 'unit: kWh, maxKw: 60, register: { rolloverAt: 1000 }' // 1 kWh a minute, 6 more for late reads

  test.each([
    ['a step up to the rating', RATED, '100 101 108', 'gap step step'],
    ['a rollover', RATED, '999 0.5 1', 'gap rollover step'],
    ['a fall to what can have been counted since is a reset', RATED, '500 5 6', 'gap reset suspended'],
    ['a fall to more than that is a swap', RATED, '500 120 121', 'gap swap suspended'],
    ['a rise above the rating that the next reading goes on from is a swap', RATED, '100 400 401', 'gap swap step'],
    ['… while nothing confirms it, a rate', RATED, '100 400', 'gap rate'],
    ['… nor is it confirmed by another one', RATED, '100 400 600', 'gap rate rate'],
    ['a rise that is gone again is a spike', RATED, '100 400 102', 'gap spike step'],
    ['so is a zero', RATED, '100 0 102', 'gap spike step'],
    ['a digit that falls back is jitter', RATED, '100 101 100.9 102', 'gap step jitter step'],
    ['behind a longer silence than the bridge nothing is known', `${RATED}, maxGapS: 60`, '1 - - 2', 'gap step'],
    ['without a rating: ten times the power before is the measure of a reset', 'unit: kWh, register: {}', '100 101 5 6', 'gap step reset suspended'], // prettier-ignore
    ['… and of a swap', 'unit: kWh, register: {}', '1000 1001 900 901', 'gap step swap suspended'],
    ['without a rating a zero is a spike too', 'unit: kWh, register: {}', '1000 1001 0 1003', 'gap step spike step'],
  ])('%s', (_, point, readings, verdicts) => {
    expect(verdictsOf(point, readings).join(' ')).toBe(verdicts)
  })

  test('a declared swap is a step', () => {
    expect(
      verdictsOf(`unit: kWh, maxKw: 60, register: { swaps: [${swapOf(502, 10)}] }`, '500 501 501.5 10.5 11'),
    ).toEqual(['gap', 'step', 'step', 'step', 'step'])
  })
})

describe('faults of declared swaps are told with their place', () => {
  const faultOf = (swaps: string): string => {
    try {
      siteOf(siteWith(`unit: kWh, register: { rolloverAt: 1000, swaps: [${swaps}] }`))
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    return 'none'
  }

  test.each([
    ['a time without offset', '{ at: "2026-03-02T00:02:30", closing: 1, opening: 0 }', 'is not a time with an offset'],
    ['times that fall', `${swapOf(1, 0)}, ${swapOf(1, 0, '00:01')}`, 'must be later than the swap before it'],
    ['a count below 0', swapOf(-1, 0), 'closing'],
    ['a closing beyond the modulus', swapOf(1000, 0), 'must be below `rolloverAt`, which is 1000'],
  ])('%s', (_, swaps, reason) => {
    expect(faultOf(swaps)).toContain(reason)
    expect(faultOf(swaps)).toContain('points.it.register.swaps')
  })

  test('none', () => expect(faultOf(swapOf(1, 0))).toBe('none'))
})
