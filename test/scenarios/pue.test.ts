import { test } from 'vitest'
import { scenario } from './scenario.ts'

/** Two meters; what the boundary and its points say besides can be told. */
function siteWith({ it = 'everyS: 30', boundary = 'facility: [main], it: [it]', windows = '[1m, 5m]' } = {}): string {
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, minCoverage: 0.9, windows: ${windows} }
points:
  main: { topic: main, unit: W, everyS: 30, role: facility }
  chiller: { topic: chiller, unit: W, everyS: 30, role: cooling }
  it: { topic: it, unit: W, ${it}, role: it }
boundaries:
  dc: { ${boundary} }
`
}

test('PUE is the quotient of the sums, not the mean of quotients', () =>
  scenario(
    siteWith({ windows: '[1m, 2m, 5m]' }),
    `
    0:00 to 0:01 every 60 s  main 120000  it 100000
    0:01:00.001  main 20000  it 10000     # as good as a step
    0:02         main 20000  it 10000
    0:02:30      main 20000  it 10000   => pue 1m 0:01 1.200 coverage 1.00 iPUE
                                        => pue 1m 0:02 2.000 coverage 1.00 iPUE
                                        => pue 2m 0:01 1.200 coverage 0.50
                                        => pue 2m 0:02 1.2727 facility 8400050 it 6600045 coverage 1.00   # 1.6 would be the mean
                                        => pue 5m 0:01 nothing coverage 0.20
                                        => pue 5m 0:02 nothing facility 8400050 it 6600045 coverage 0.40`,
  ))

test('an interval in which IT is not known is left out of both sums', () =>
  scenario(
    siteWith({ it: 'everyS: 30, maxGapS: 60' }),
    `
    0:00 to 0:01 every 30 s  main 120000  it 80000
    0:01:30 to 0:02 every 30 s  main 120000
                              => pue 5m 0:01 nothing facility  7200000 it  4800000 coverage 0.20
    0:02:30 to 0:05:30 every 30 s  main 120000  it 80000
                              => pue 5m 0:02 nothing facility  7200000 it  4800000 coverage 0.20
                              => pue 5m 0:03 nothing facility  7200000 it  4800000 coverage 0.20
                              => pue 5m 0:04 nothing facility 14400000 it  9600000 coverage 0.40
                              => pue 5m 0:05 1.5000  facility 21600000 it 14400000 coverage 0.60 iPUE sound
                              => pue 1m 0:02 nothing coverage 0.00 r0 provisional
                              => pue 1m 0:03 nothing coverage 0.00 r0 provisional
                              => pue 1m 0:04 1.5000 coverage 1.00
                              => pue 1m 0:05 1.5000 coverage 1.00`,
  ))

test('a sum with a missing term is missing', () =>
  scenario(
    siteWith({ boundary: 'facility: [main, chiller], it: [it]' }),
    `
    0:00 to 0:01:30 every 30 s  main 100000  it 80000   => pue 1m 0:01 nothing coverage 0.00
    0:02 to 0:04:30 every 30 s  main 100000  chiller 20000  it 80000
                                                        => pue 1m 0:02 nothing coverage 0.00
                                                        => pue 1m 0:03 1.500 coverage 1.00
                                                        => pue 1m 0:04 1.500 coverage 1.00`,
  ))

test('a term counts with its factor', () =>
  scenario(
    siteWith({ boundary: 'facility: [main], it: [{ point: it, factor: 0.5 }]' }),
    `
    0:00 to 0:01:30 every 30 s  main 120000  it 80000   => pue 1m 0:01 3.000 it 2400000`,
  ))

test('an interval that is known for exactly minCoverage counts, one known for a millisecond less does not', () =>
  scenario(
    siteWith({ it: 'everyS: 2, maxGapS: 5' }),
    `
    0:00 to 0:04 every 30 s  main 120000  @0:04
    0:00 to 0:01:10 every 2 s  it 80000  @0:04
    0:01:16 to 0:02:10 every 2 s  it 80000  @0:04
    0:02:16.001  it 80000  @0:04
    0:02:18 to 0:04 every 2 s  it 80000  @0:04
    @0:04:59   => so far
    @0:05    => pue 1m 0:01 1.500 coverage 1.00 estimated 0.00 r1
             => pue 1m 0:02 1.500 coverage 1.00 estimated 0.10 it 4800000 r1
             => energy it 0:01 4800000 J coverage 1.00
             => energy it 0:02 4320000 J coverage 0.90
             => energy it 0:03 4319920 J coverage 0.899983`,
  ))

test('an interval known for 95 % speaks for all of it, the added part estimated', () =>
  scenario(
    siteWith({ it: 'everyS: 1, maxGapS: 2' }),
    `
    0:00 to 0:00:10 every 1 s  it 80000
    0:00:00      main 120000   @0:00:10
    0:00:13 to 0:01:29 every 1 s  it 80000
    0:00:30      main 120000   @0:01:29
    0:01         main 120000   @0:01:29
    0:01:30      main 120000   => energy it 0:01 4560000 J coverage 0.95 estimated 0.00
                               => energy main 0:01 7200000 J coverage 1.00
                               => pue 1m 0:01 1.500 facility 7200000 it 4800000 coverage 1.00 estimated 0.05
                               => pue 5m 0:01 nothing facility 7200000 it 4800000 coverage 0.20 estimated 0.05`,
  ))

test('the estimated share is the larger one of the two sums', () =>
  scenario(
    siteWith({ it: 'everyS: 10' }),
    `
    0:00         main 120000  it 80000
    0:00:30      main 120000  it 80000
    0:01         main 120000
    0:01:30      it 80000  main 120000   => pue 1m 0:01 1.500 coverage 1.00 estimated 0.50`,
  ))

test('no IT energy, no PUE', () =>
  scenario(
    siteWith(),
    `
    0:00 to 0:01:30 every 30 s  main 10000  it 0   => pue 1m 0:01 nothing facility 600000 it 0 coverage 1.00 sound`,
  ))

test('less facility than IT energy is kept, and suspect', () =>
  scenario(
    siteWith(),
    `
    0:00 to 0:01:30 every 30 s  main 70000  it 80000   => pue 1m 0:01 0.875 coverage 1.00 suspect iPUE`,
  ))

test('of a part of a site it is a pPUE', () =>
  scenario(
    siteWith({ boundary: 'facility: [main], it: [it], part: true' }),
    `
    0:00 to 0:01:30 every 30 s  main 120000  it 80000   => pue 1m 0:01 1.500 pPUE
                                                        => pue 5m 0:01 nothing pPUE`,
  ))

test('a correction rewrites every window end that contains it, and no other', () =>
  scenario(
    siteWith({ windows: '[3m]' }),
    `
    0:00 to 0:08 every 30 s  main 120000  it 80000   => pue 3m 0:01 nothing coverage 0.33 r0
                                                     => pue 3m 0:02 1.5000 coverage 0.67 r0
                                                     => pue 3m 0:03 1.5000 coverage 1.00 r0
                                                     => pue 3m 0:04 1.5000 coverage 1.00 r0
                                                     => pue 3m 0:05 1.5000 coverage 1.00 r0
                                                     => pue 3m 0:06 1.5000 coverage 1.00 r0
                                                     => pue 3m 0:07 1.5000 coverage 1.00 r0
    0:02:15  main 140000  @0:08:10
    @0:09                                            => pue 3m 0:03 1.5208 coverage 1.00 r1
                                                     => pue 3m 0:04 1.5208 coverage 1.00 r1
                                                     => pue 3m 0:05 1.5208 coverage 1.00 r1`,
  ))

test('a window that began before the first reading says so by its coverage', () =>
  scenario(
    siteWith({ windows: '[5m, day]' }),
    `
    from 2026-03-02T23:57Z
    0:00 to 0:05:30 every 30 s  main 120000  it 80000   => pue 5m 0:01 nothing coverage 0.20
                                                        => pue 5m 0:02 nothing coverage 0.40
                                                        => pue 5m 0:03 1.500 coverage 0.60
                                                        => pue 5m 0:04 1.500 coverage 0.80
                                                        => pue 5m 0:05 1.500 coverage 1.00
                                                        => pue day 0:03 nothing coverage 0.0021   # 3 min of 24 h`,
  ))

test('points of a sum are masked together: where one is unknown, what the others counted stays out too', () =>
  scenario(
    siteWith({ it: 'everyS: 30, maxGapS: 90', boundary: 'facility: [main], it: [it, chiller]', windows: '[4m]' }),
    `
    0:00 to 0:01 every 30 s  main 120000  it 80000  chiller 20000
    0:01:30 to 0:03 every 30 s  main 120000  chiller 20000
    0:03:30 to 0:04:30 every 30 s  main 120000  it 80000  chiller 20000
        => pue 4m 0:01 nothing facility  7200000 it  6000000 coverage 0.25
        => pue 4m 0:02 nothing facility  7200000 it  6000000 coverage 0.25
        => pue 4m 0:03 nothing facility  7200000 it  6000000 coverage 0.25
        => pue 4m 0:04 nothing facility  7200000 it  6000000 coverage 0.25`,
  ))

test('before its first reading a boundary says nothing', () =>
  scenario(
    siteWith({ boundary: 'facility: [main], it: [it]' }),
    `
    0:00 to 0:03 every 30 s  chiller 20000         => no pue
    0:03 to 0:05:30 every 30 s  main 120000  it 80000   => pue 1m 0:04 1.500
                                                        => pue 1m 0:05 1.500`,
  ))

test('a correction that a factor rounds away is no revision', () =>
  scenario(
    siteWith({ boundary: 'facility: [main], it: [{ point: it, factor: 0.5 }]' }),
    `
    0:00 to 0:02 every 60 s  main 3  it 1.65   => energy it 0:01 99 J r0
                                               => pue 1m 0:01 3.6 it 50 r0
    0:00:30  it 1.7  @0:02:20
    @0:03                                      => energy it 0:01 101 J r1   # half of 100.5 J rounds to 50 as well
                                               => no pue 1m`,
  ))
