import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

/** IT reports on change only, the main meter twice a minute. */
function siteWith(it: string): string {
  return `
site: { id: dc, timezone: UTC }
core: { latenessS: 1800, boundS: 30, idleS: 600, windows: [5m] }
points:
  main: { topic: main, unit: W, everyS: 30, role: facility }
  it: { topic: it, unit: W, hold: true, ${it}, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`
}

describe('the last value holds up to where intervals are closed', () => {
  const HOURLY = siteWith('everyS: 3600, maxGapS: 7200')

  test('a meter that reports once an hour has a PUE every minute', () =>
    scenario(
      HOURLY,
      `
      0:00     it 80000
      0:00 to 0:06 every 30 s  main 120000
      => energy it 0:01 4800000 J coverage 1.00 estimated 0.00 r0 provisional
      => energy it 0:02 4800000 J coverage 1.00 r0
      => energy it 0:03 4800000 J coverage 1.00 r0
      => energy it 0:04 4800000 J coverage 1.00 r0
      => energy it 0:05 4800000 J coverage 1.00 r0
      => pue 5m 0:01 nothing coverage 0.20
      => pue 5m 0:02 nothing coverage 0.40
      => pue 5m 0:03 1.500 coverage 0.60
      => pue 5m 0:04 1.500 coverage 0.80
      => pue 5m 0:05 1.500 coverage 1.00`,
    ))

  test('its next reading takes over from there, and nothing is counted twice', () =>
    scenario(
      HOURLY,
      `
      0:00     it 80000
      0:00 to 0:03:30 every 30 s  main 120000   => so far
      0:03:45  it 60000
      0:04     main 120000
      0:04:30  main 120000
      0:05:30  main 120000   => energy it 0:04 4500000 J coverage 1.00 r0   # 45 s at 80 kW, 15 s at 60 kW
                             => energy it 0:05 3600000 J coverage 1.00 r0`,
    ))

  test('a late reading corrects what was held in its place', () =>
    scenario(
      HOURLY,
      `
      0:00     it 80000
      0:00 to 0:05 every 30 s  main 120000   => so far
      0:02:30  it 40000  @0:05:10
      @0:06                       => energy it 0:03 3600000 J coverage 1.00 r1
                                  => energy it 0:04 2400000 J coverage 1.00 r1
                                  => pue 5m 0:03 1.636 r1
                                  => pue 5m 0:04 1.846 r1
      0:05:30  main 120000        => energy it 0:05 2400000 J coverage 1.00 r0`,
    ))

  test('another late reading between them changes only its own time', () =>
    scenario(
      HOURLY,
      `
      0:00     it 80000
      0:00 to 0:05 every 30 s  main 120000
      0:03     it 40000  @0:05:10
      @0:06    => so far
      0:02     it 60000  @0:06:10
      @0:07    => energy it 0:03 3600000 J coverage 1.00 r1`,
    ))

  test('maxGapS ends it: what was told stays, the rest is a gap until the next reading', () =>
    scenario(
      siteWith('everyS: 60, maxGapS: 150'),
      `
      0:00     it 80000
      0:00 to 0:05 every 30 s  main 120000
      => energy it 0:01 4800000 J coverage 1.00
      => energy it 0:02 4800000 J coverage 1.00
      => energy it 0:03 2400000 J coverage 0.50 estimated 0.00
      => energy it 0:04 nothing coverage 0.00
      0:05:10  it 80000
      0:06:30  main 120000   => energy it 0:05 nothing coverage 0.00 r0
                             => energy it 0:06 4000000 J coverage 0.8333 r0`,
    ))

  test('time held beyond 3 × everyS is estimated, until a reading says that it was shorter', () =>
    scenario(
      siteWith('everyS: 60, maxGapS: 900'),
      `
      0:00     it 80000
      0:00 to 0:04:30 every 30 s  main 120000
      => energy it 0:01 4800000 J estimated 0.00 r0
      => energy it 0:02 4800000 J estimated 0.00 r0
      => energy it 0:03 4800000 J estimated 0.00 r0
      => energy it 0:04 4800000 J estimated 1.00 r0   # the whole stretch is now
      @0:05    => energy it 0:01 4800000 J estimated 1.00 r1
               => energy it 0:02 4800000 J estimated 1.00 r1
               => energy it 0:03 4800000 J estimated 1.00 r1
      0:02:30  it 80000  @0:05:10
      @0:06    => energy it 0:01 4800000 J estimated 0.00 r2
               => energy it 0:02 4800000 J estimated 0.00 r2
               => energy it 0:03 4800000 J estimated 0.00 r2
               => energy it 0:04 4800000 J estimated 0.00 r1`,
    ))

  test('a value that does not divide evenly leaves no millijoule behind', () =>
    scenario(
      siteWith('everyS: 3600, maxGapS: 7200'),
      `
      0:00:00.007  it 33.3333
      0:00 to 0:03:30 every 30 s  main 120000   => so far
      0:03:00.001  it 33.3333  @0:03:40
      @0:04        => no energy it   # not one row has changed`,
    ))

  test('in a silence the clock closes, and the value holds on', () =>
    scenario(
      siteWith('everyS: 60, maxGapS: 900').replace('idleS: 600', 'idleS: 60'),
      `
      0:00:30  it 80000
      0:01     main 120000   => so far
      @0:02:30               => energy it 0:01 2400000 J coverage 0.50
                             => energy it 0:02 4800000 J coverage 1.00`,
    ))
})
