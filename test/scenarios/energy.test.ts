import { test } from 'vitest'
import { scenario } from './scenario.ts'

// 120 kW for a minute are 7,200,000 J, 80 kW are 4,800,000 J.
const SITE = `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, windows: [5m] }
points:
  main: { topic: main, unit: W, everyS: 30, role: facility }
  it: { topic: it, unit: W, everyS: 30, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`

test('a segment across an interval edge gives each interval its trapezoid', () =>
  scenario(
    SITE,
    `
    0:00:30  it 0
    0:01:30  it 60000
    0:01:59  it 60000
    0:02:30  it 60000   # the watermark, 30 s behind, is at 0:02
                        => energy it 0:01  450000 J coverage 0.50 15000 W r0 provisional
                        => energy it 0:02 3150000 J coverage 1.00 52500 W r0 provisional`,
  ))

test('an interval closes when the watermark passes its end, not before', () =>
  scenario(
    SITE,
    `
    0:00 to 0:01 every 30 s  it 80000
    0:01:29.999  it 80000   => no energy
    0:01:30      it 80000   => energy it 0:01 4800000 J coverage 1.00 estimated 0.00 r0 provisional
    @0:01:31                => no energy`,
  ))

test('a late reading restates its interval with r1 at the next whole minute', () =>
  scenario(
    SITE,
    `
    0:00 to 0:05 every 30 s  main 120000  it 80000
                                    => energy it 0:01 4800000 J r0 provisional
                                    => energy it 0:02 4800000 J r0 provisional
                                    => energy it 0:03 4800000 J r0 provisional
                                    => energy it 0:04 4800000 J r0 provisional
    0:02:10  it 90000  @0:05:20     => outcome accepted
                                    => no energy
    @0:05:59                        => no energy
    @0:06                           => energy it 0:03 4950000 J coverage 1.00 r1 provisional
                                    => no energy main
                                    => pue 5m 0:03 1.4845 coverage 0.60 r1 provisional
                                    => pue 5m 0:04 1.4884 coverage 0.80 r1 provisional
    @0:06:20                        => no energy`,
  ))

test('several late readings within one minute give one revision', () =>
  scenario(
    SITE,
    `
    0:00 to 0:05 every 30 s  it 80000   => so far
    0:02:05  it 81000  @0:05:10
    0:02:10  it 90000  @0:05:20
    0:02:20  it 85000  @0:05:30
    0:02:25  it 80000  @0:05:40         => no energy
    @0:06                               => energy it 0:03 4917500 J r1
    0:02:15  it 87500  @0:06:10         # on the line between its neighbours
    @0:07                               => energy it 0:05 4800000 J r0 provisional   # by the clock: nothing fresh came
                                        => energy it 0:06 nothing coverage 0.00 r0 provisional`,
  ))

test('a correction that changes no number gives no row', () =>
  scenario(
    SITE,
    `
    0:00 to 0:05 every 30 s  main 120000  it 80000
    0:02:10  it 80000  @0:05:20   => outcome accepted
    @0:06                         => no energy
                                  => no pue 5m`,
  ))

test('what settles has the revision it had', () =>
  scenario(
    SITE,
    `
    0:00 to 0:02:30 every 30 s  it 80000   => energy it 0:01 4800000 J r0 provisional
                                           => energy it 0:02 4800000 J r0 provisional
    0:00:40  it 80600  @0:02:40
    @0:03                               => energy it 0:01 4809000 J r1 provisional
    end                                 => energy it 0:03 2400000 J coverage 0.50 r0 provisional
                                        => energy it 0:01 4809000 J r1 settled
                                        => energy it 0:02 4800000 J r0 settled
                                        => energy it 0:03 2400000 J coverage 0.50 r0 settled`,
  ))

test('a reading in time is settled when W is past its end by the lateness and the longest gap', () =>
  scenario(
    SITE,
    `
    0:00 to 0:31 every 30 s  it 80000   => outcome ${'accepted '.repeat(63).trim()}
    0:31:29.999  it 80000   => no energy
    0:31:30      it 80000   => energy it 0:31 4800000 J r0 provisional   # W is 0:31: 0:01 and twice 15 min
                            => energy it 0:01 4800000 J r0 settled
    0:31:31      it 80000   => no energy`,
  ))

test('a meter first heard late begins with r0', () =>
  scenario(
    SITE,
    `
    0:00 to 0:04 every 30 s  main 120000
    0:01     it 80000  @0:04:10
    0:01:30  it 80000  @0:04:10
    0:02     it 80000  @0:04:10          => so far
    @0:05                                => energy it 0:02 4800000 J coverage 1.00 r0 provisional
                                         => pue 5m 0:02 nothing coverage 0.20 r1
                                         => pue 5m 0:03 nothing coverage 0.20 r1
    end                                  => energy it 0:04 nothing coverage 0.00 r0 provisional
                                         => energy it 0:05 nothing coverage 0.00 r0 provisional
                                         => energy it 0:02 4800000 J coverage 1.00 r0 settled
                                         => energy it 0:03 nothing coverage 0.00 r0 settled
                                         => energy it 0:04 nothing coverage 0.00 r0 settled
                                         => energy it 0:05 nothing coverage 0.00 r0 settled`,
  ))

test('an interval that closed before its point was heard begins with r0', () =>
  scenario(
    SITE,
    `
    0:00 to 0:02 every 30 s  main 120000
    0:02:20  it 80000
    0:02:30 to 0:03 every 30 s  main 120000   => no energy it   # 0:02 closes; the story of it begins behind it
    0:01:30  it 80000  @0:03:10
    @0:04                                     => energy it 0:02 2400000 J coverage 0.50 r0 provisional`,
  ))

test('an interval settles when W says so, also when none closes then', () =>
  scenario(
    SITE.replace('latenessS: 900', 'latenessS: 910'),
    `
    0:00 to 0:31:30 every 30 s  it 80000   => so far
    0:31:39  it 80000                      => no energy   # W is 0:31:09, settled is what ended by 0:00:59
    0:31:40  it 80000                      => energy it 0:01 4800000 J r0 settled`,
  ))

test('import and export that cancel within an interval: the estimated share stays a share', () =>
  scenario(
    `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, windows: [5m] }
points:
  grid: { topic: grid, unit: W, everyS: 10, min: -1000 }
`,
    `
    0:00 to 0:01:40 every 10 s  grid 100
    0:02:30  grid 100    # 50 s without a reading: 5,000 J, estimated
    0:03     grid -300
    0:04     grid -300   => energy grid 0:01 6000 J estimated 0.00
                         => energy grid 0:02 6000 J estimated 0.33
                         => energy grid 0:03 0 J estimated 1.00`,
  ))
