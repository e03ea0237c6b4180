import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

/** A site whose IT meter is as told, and a main meter that reports every 30 s. */
function siteWith(it: string, core = 'intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [5m]'): string {
  return `
site: { id: dc, timezone: UTC }
core: { ${core} }
points:
  main: { topic: main, unit: W, everyS: 30, role: facility }
  it: { topic: it, ${it}, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`
}

describe('power', () => {
  const POWER = siteWith('unit: W, everyS: 30, maxGapS: 120')

  test('a gap longer than maxGapS counts nothing', () =>
    scenario(
      POWER,
      `
      0:00 to 0:01 every 30 s  it 80000
      0:03:01  it 80000                   # 121 s later
      0:04     it 80000   => energy it 0:01 4800000 J coverage 1.00
                          => energy it 0:02 nothing coverage 0.00
                          => energy it 0:03 nothing coverage 0.00
      0:05:30  it 80000   => energy it 0:04 4720000 J coverage 0.9833 estimated 0.00
                          => energy it 0:05 4800000 J coverage 1.00 estimated 0.00   # 90 s is 3 × everyS`,
    ))

  test('its intervals are told as not covered', () =>
    scenario(
      POWER,
      `
      0:00 to 0:01 every 30 s  it 80000
      0:03:01  it 80000   => energy it 0:01 4800000 J coverage 1.00 r0
                          => energy it 0:02 nothing coverage 0.00 r0 provisional
      0:03:30  it 80000   => energy it 0:03 nothing coverage 0.00 r0 provisional`,
    ))

  test('a segment of exactly maxGapS is covered; one longer than 3 × everyS is estimated', () =>
    scenario(
      POWER,
      `
      0:00     it 60000
      0:02     it 120000
      0:02:30  it 120000   => energy it 0:01 4500000 J coverage 1.00 estimated 1.00
                           => energy it 0:02 6300000 J coverage 1.00 estimated 1.00`,
    ))

  test('the estimated share is that of the energy', () =>
    scenario(
      POWER,
      `
      0:00 to 0:00:30 every 30 s  it 60000
      0:02     it 60000          # 90 s: as measured
      0:02:30  it 60000          => energy it 0:01 3600000 J estimated 0.00
                                 => energy it 0:02 3600000 J estimated 0.00
      0:04:01  it 60000          # 91 s
      0:04:31  it 60000          => energy it 0:03 3600000 J estimated 0.50
                                 => energy it 0:04 3600000 J estimated 1.00`,
    ))

  test('a late reading in a gap closes it', () =>
    scenario(
      POWER,
      `
      0:00 to 0:01 every 30 s  it 80000
      0:03:01 to 0:04 every 59 s  it 80000   => so far
      0:02     it 80000   @0:04:10
      @0:05               => energy it 0:02 4800000 J coverage 1.00 r1
                          => energy it 0:03 4800000 J coverage 1.00 r1`,
    ))

  test('reported on change: the last value holds', () =>
    scenario(
      siteWith('unit: W, everyS: 30, hold: true'),
      `
      0:00     it 60000
      0:00:30  it 120000
      0:01:30  it 0        => energy it 0:01 5400000 J coverage 1.00
      0:02:30  it 0        => energy it 0:02 3600000 J coverage 1.00`,
    ))
})

describe('averages and energies of an interval', () => {
  test('an average speaks of the time before its stamp', () =>
    scenario(
      siteWith('unit: W, everyS: 60, kind: mean'),
      `
      0:01:30  it 60000
      0:02:30  it 120000   => energy it 0:01 1800000 J coverage 0.50 60000 W r0
                           => energy it 0:02 5400000 J coverage 1.00 90000 W
      0:02:50  it 300000   # cut at the reading before: 20 s
      0:03:50  it 60000    => energy it 0:03 10200000 J coverage 1.00`,
    ))

  test('an energy is spread over the time before its stamp', () =>
    scenario(
      siteWith('unit: kWh, everyS: 60, kind: energy'),
      `
      0:01:30  it 2
      0:02:30  it 1   => energy it 0:01 3600000 J coverage 0.50 r0
                      => energy it 0:02 5400000 J coverage 1.00
      0:02:50  it 1   # all of it within 20 s
      0:03:50  it 3   => energy it 0:03 7200000 J coverage 1.00`,
    ))

  test('after a gap its stretch is known when the interval closes', () =>
    scenario(
      siteWith('unit: W, everyS: 60, maxGapS: 180, kind: mean'),
      `
      0:01     it 60000
      0:10:30  it 60000   => so far
      0:11:30  it 60000   => energy it 0:11 3600000 J coverage 1.00 r0
      @0:12               => no energy`,
    ))

  test('… also when that stretch is longer than the bound', () =>
    scenario(
      siteWith('unit: W, everyS: 120, maxGapS: 180, kind: mean'),
      `
      0:02  it 60000
      0:12  it 60000      => energy it 0:01 3600000 J r0
                          => energy it 0:02 3600000 J r0
                          => energy it 0:03 nothing coverage 0.00 r0
                          => energy it 0:04 nothing r0
                          => energy it 0:05 nothing r0
                          => energy it 0:06 nothing r0
                          => energy it 0:07 nothing r0
                          => energy it 0:08 nothing r0
                          => energy it 0:09 nothing r0
                          => energy it 0:10 nothing r0
                          => energy it 0:11 3600000 J coverage 1.00 r0
      @0:12:59            => no energy
      @0:13               => no energy`,
    ))

  test('a late average cuts the one behind it', () =>
    scenario(
      siteWith('unit: W, everyS: 60, kind: mean'),
      `
      0:01 to 0:04 every 60 s  it 60000   => so far
      0:01:30  it 90000  @0:04:10
      @0:05              => energy it 0:02 4500000 J coverage 1.00 r1   # 30 s at 90 kW, 30 s at 60 kW`,
    ))
})

describe('registers', () => {
  const COUNT = 'unit: kWh, everyS: 60, register: { rolloverAt: 1000 }'

  test('a step is the energy, in equal parts over its time', () =>
    scenario(
      siteWith(COUNT),
      `
      0:00  it 100
      0:01  it 101.5
      0:03  it 104.5
      0:04  it 104.5   => energy it 0:01 5400000 J coverage 1.00 estimated 0.00
                       => energy it 0:02 5400000 J coverage 1.00 estimated 0.00
                       => energy it 0:03 5400000 J coverage 1.00 estimated 0.00
      0:05  it 104.5   => energy it 0:04 0 J coverage 1.00`,
    ))

  test('a rollover within the rated power is a step', () =>
    scenario(
      siteWith(`${COUNT}, maxKw: 100`),
      `
      0:00     it 999.5
      0:01     it 0.5
      0:01:30  it 0.5   => energy it 0:01 3600000 J coverage 1.00`,
    ))

  test('a fall beyond the rated power suspends the register: nothing is known from there on', () =>
    scenario(
      siteWith(`${COUNT}, maxKw: 100`),
      `
      0:00     it 500
      0:01     it 1
      0:02     it 2
      0:02:30  it 2.5   => energy it 0:01 nothing coverage 0.00
                        => energy it 0:02 nothing coverage 0.00`,
    ))

  test('without a rating a fall from above nine tenths is a rollover', () =>
    scenario(
      siteWith(COUNT),
      `
      0:00     it 950
      0:01     it 10
      0:01:30  it 40   => energy it 0:01 216000000 J coverage 1.00`,
    ))

  test('without a rating a fall from below is a reset', () =>
    scenario(
      siteWith(COUNT),
      `
      0:00     it 850
      0:01     it 10
      0:01:30  it 40   => energy it 0:01 nothing coverage 0.00`,
    ))

  test('without a rating a fall that implies no more than ten times the power so far is a rollover', () =>
    scenario(
      siteWith(COUNT),
      `
      0:00     it 700
      0:01     it 800
      0:02     it 890
      0:03     it 0   => so far
      0:03:30  it 50  => energy it 0:03 396000000 J coverage 1.00`,
    ))

  test('a step beyond the rated power is a spike: the count goes on from before it', () =>
    scenario(
      siteWith(`${COUNT}, maxKw: 100`),
      `
      0:00     it 100
      0:01     it 900
      0:02     it 102
      0:03     it 103
      0:04     it 104
      0:04:30  it 104.5
      0:05     it 105   # 1 kWh a minute
      0:05:30  it 105.5
      @0:06             => energy it 0:01 3600000 J coverage 1.00
                        => energy it 0:02 3600000 J coverage 1.00
                        => energy it 0:03 3600000 J coverage 1.00
                        => energy it 0:04 3600000 J coverage 1.00
                        => energy it 0:05 3600000 J coverage 1.00`,
    ))

  test('a register that jitters downwards by a digit is not reset', () =>
    scenario(
      siteWith('unit: kWh, everyS: 60, register: {}, maxKw: 100'),
      `
      0:00     it 100
      0:01     it 101
      0:02     it 100.9
      0:02:30  it 101.5
      0:03     it 102
      0:03:30  it 102.5   => energy it 0:01 3600000 J coverage 1.00
                          => energy it 0:02 1200000 J coverage 1.00   # 0.5 kWh within 90 s, whatever the digit between says
                          => energy it 0:03 2400000 J coverage 1.00`,
    ))

  test('a bridge over a gap restates what was settled', () =>
    scenario(
      siteWith('unit: kWh, everyS: 300, register: {}', 'intervalS: 300, latenessS: 300, boundS: 0, windows: [15m]'),
      `
      0:00 to 0:05 every 300 s  it 995
      0:05 to 1:00 every 300 s  main 120000
      1:00  it 1050   => outcome accepted   # W is 1:00, settled is what ended by 0:40
      @1:01           => energy it 0:10 18000000 J estimated 1.00 r1 restated
                      => energy it 0:15 18000000 J estimated 1.00 r1 restated
                      => energy it 0:20 18000000 J r1 restated
                      => energy it 0:25 18000000 J r1 restated
                      => energy it 0:30 18000000 J r1 restated
                      => energy it 0:35 18000000 J r1 restated
                      => energy it 0:40 18000000 J r1 restated
                      => energy it 0:45 18000000 J r1 provisional
                      => energy it 0:50 18000000 J r1 provisional
                      => energy it 0:55 18000000 J r1 provisional
                      => energy it 1:00 18000000 J r1 provisional`,
    ))

  test('a register that comes back after a gap leaves alone what the others have let go of', () =>
    scenario(
      siteWith(
        'unit: kWh, everyS: 60, register: {}',
        'intervalS: 60, latenessS: 60, boundS: 0, skewS: 60, bridgeS: 300, windows: [1h]',
      ),
      `
      0:00     it 100
      0:01     it 101
      0:02     it 102
      0:00 to 0:50 every 30 s  main 120000  => so far
      0:50:10  it 103                       # the gap is longer than bridgeS: nothing is known of it, and nothing changes
      @0:51                                 => no pue 1h`,
    ))

  test('a gap longer than bridgeS is a gap', () =>
    scenario(
      siteWith(
        'unit: kWh, everyS: 300, register: {}',
        'intervalS: 300, latenessS: 60, boundS: 30, bridgeS: 1800, windows: [15m]',
      ),
      `
      0:00 to 0:05 every 300 s  it 995
      0:05 to 0:35 every 300 s  main 120000   => so far
      0:35:01  it 1050
      @0:36                                   => no energy it`,
    ))
})
