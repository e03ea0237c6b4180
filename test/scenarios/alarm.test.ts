import { describe, test } from 'vitest'
import { restartedScenario, scenario } from './scenario.ts'

/** An inlet without humidity: its band is unknown, its alarms are of the dry bulb. Class A1: 18–27 °C and 15–32 °C. */
function siteWith(rules = ''): string {
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, windows: [1h] }
points:
  t: { topic: t, unit: °C, everyS: 30 }
  other: { topic: other, unit: °C, everyS: 30 }
inlets:
  in: { dryBulb: t, class: A1 }
alarms: { stale: { afterS: 3600 }, rate_of_change: { enabled: false }, ${rules} }
`
}

describe('a breach', () => {
  test('29 °C for 20 min: one alarm, raised after the on-delay and cleared after the off-delay', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:04:30 every 30 s  t 25
      0:05 to 0:25 every 30 s  t 29
      0:25:30 to 0:40 every 30 s  t 25   => alarm inlet_recommended of in raised 0:06 29 limit 27 severity warning
                                         => alarm inlet_recommended of in cleared 0:26:30 25 limit 27`,
    ))

  test('34 °C is also beyond the allowable limit', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:04:30 every 30 s  t 25
      0:05 to 0:25 every 30 s  t 34
      0:25:30 to 0:40 every 30 s  t 25   => alarm inlet_allowable raised 0:06 34 limit 32 severity critical
                                         => alarm inlet_recommended suppressed 0:06 34 limit 27 severity warning
                                         => alarm inlet_allowable cleared 0:26:30 25 limit 32
                                         => alarm inlet_recommended normal 0:26:30 25 limit 27`,
    ))

  test('one cool reading before a hot one, or before a silence, ends nothing', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:03 every 30 s  t 29      => alarm inlet_recommended of in raised 0:01
      0:03:30  t 25
      0:04:50  t 29
      0:05:10  t 25
      0:15  t 25                         => no alarm
      0:15:30 to 0:17 every 30 s  t 25   => alarm inlet_recommended of in cleared 0:16`,
    ))

  test('too cold is a breach as well', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:01:30 every 30 s  t 14   => alarm inlet_allowable raised 0:01 14 limit 15
                                         => alarm inlet_recommended suppressed 0:01 14 limit 18`,
    ))

  test('exactly at the limit is inside', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:10 every 30 s  t 27    => no alarm
      0:10:30 to 0:20 every 30 s  t 18  => no alarm`,
    ))

  test('a sample back inside restarts the on-delay', () =>
    scenario(
      siteWith(),
      `
      0:05     t 29
      0:05:30  t 29
      0:05:45  t 27   # inside, though within the deadband
      0:06     t 29
      0:06:30  t 29
      0:06:59  t 29   => no alarm
      0:07     t 29   => alarm inlet_recommended raised 0:07 29`,
    ))

  test('at two inlets that share a sensor it is two alarms', () =>
    scenario(
      siteWith().replace('inlets:', 'inlets:\n  on: { dryBulb: t, class: A2 }'),
      `
      0:00 to 0:01 every 30 s  t 34   => alarm inlet_recommended of on raised 0:01 34
                                      => alarm inlet_allowable of in raised 0:01 34
                                      => alarm inlet_recommended of in suppressed 0:01 34`,
    ))
})

describe('its end', () => {
  const RAISED = `
      0:00 to 0:02 every 30 s  t 29   => alarm inlet_recommended raised 0:01 29`

  test('within the deadband of 0.5 K is not over', () =>
    scenario(
      siteWith(),
      `${RAISED}
      0:02:30 to 0:10 every 30 s  t 26.5      => no alarm
      0:10:30 to 0:11:30 every 30 s  t 26.49  => alarm inlet_recommended cleared 0:11:30 26.49`,
    ))

  test('a sample above the deadband restarts the off-delay', () =>
    scenario(
      siteWith(),
      `${RAISED}
      0:02:30  t 26
      0:03     t 26.8   # inside, and not far enough
      0:03:30  t 26
      0:04     t 26
      0:04:29  t 26     => no alarm
      0:04:30  t 26     => alarm inlet_recommended cleared 0:04:30 26`,
    ))

  test('delays and deadband are what the configuration says', () =>
    scenario(
      siteWith('inlet_recommended: { onDelayS: 300, offDelayS: 120, deadbandK: 2 }'),
      `
      0:00 to 0:04:59 every 30 s  t 29
      0:05     t 29   => alarm inlet_recommended raised 0:05 29
      0:05:30 to 0:09:30 every 30 s  t 25.5   => no alarm
      0:10 to 0:12 every 30 s  t 24.9   => alarm inlet_recommended cleared 0:12 24.9`,
    ))

  test('a rule that is not enabled is silent', () =>
    scenario(
      siteWith('inlet_recommended: { enabled: false }'),
      `
      0:00 to 0:10 every 30 s  t 29   => no alarm`,
    ))
})

describe('the clock', () => {
  test('a tick raises when the delay ends between two samples; the row says when that was', () =>
    scenario(
      siteWith(),
      `
      0:05:10  t 29
      @0:06:09   => no alarm
      @0:06:10   => alarm inlet_recommended raised 0:06:10 29
      0:06:30  t 29   => no alarm`,
    ))

  test('… to the millisecond', () =>
    scenario(
      siteWith(),
      `
      0:05:10.400  t 29
      @0:06:10   => no alarm
      @0:06:11   => alarm inlet_recommended raised 0:06:10.400 29`,
    ))

  test('no tick clears: only the next sample tells that it was over', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:02 every 30 s  t 29   => so far
      0:02:30  t 25
      @0:03:50                        => no alarm
      0:03:50  t 25                   => alarm inlet_recommended cleared 0:03:30 25`,
    ))

  test('one sample inside, and those behind it held up on the way: no false clear', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:20 every 30 s  t 29              => so far
      0:20:30  t 24
      @0:24                                      => no alarm   # the line is down
      0:21 to 0:24 every 30 s  t 29  @0:24:01    => no alarm`,
    ))

  test('a device slower than declared, but not silent, raises all the same', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:10 every 100 s  t 29   => alarm inlet_recommended raised 0:01 29`,
    ))

  test('a late reading of a breach that was raised and is over is no breach of its own', () =>
    scenario(
      siteWith(),
      `
      0:05     t 29
      0:05:30  t 29
      0:06:30  t 29
      0:07 to 0:10 every 30 s  t 24   => so far
      0:06     t 29  @0:12
      @0:14                           => no alarm`,
    ))

  test('a source whose clock is behind is judged by its own clock', () =>
    scenario(
      siteWith(),
      `
      0:05  t 29  @0:06
      @0:06:59   => no alarm
      @0:07      => alarm inlet_recommended raised 0:06 29`,
    ))
})

describe('silence', () => {
  test('a sensor that says nothing but its power-on 85 °C is stale, as if it said nothing', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:10 every 30 s  t 24  other 24
      0:10:30 to 1:20 every 30 s  t 85  other 24   => alarm stale of t raised 1:11`,
    ))

  test('in the breach clears nothing, and raises its own alarm', () =>
    scenario(
      siteWith().replace('afterS: 3600', 'afterS: 240'),
      `
      0:00 to 0:10 every 30 s  other 20
      0:10 to 0:12 every 30 s  t 29  => so far
      0:12:30 to 1:00 every 30 s  other 20   => alarm stale of t raised 0:17 300 limit 240 severity warning
                                             => alarm inlet_recommended of in becomes stale 0:17 29
      1:00:30  t 29                          => alarm stale of t cleared 1:00:30 0
                                             => alarm inlet_recommended of in raised 1:00:30 29
      1:01 to 1:05 every 30 s  t 29 other 20 => no alarm   # it never went
      1:05:30 to 1:06:30 every 30 s  t 25    => alarm inlet_recommended cleared 1:06:30 25`,
    ))

  test('ends a delay no later than the last sample holds', () =>
    scenario(
      siteWith('inlet_recommended: { onDelayS: 120 }'),
      `
      0:05  t 29
      @0:20                             => no alarm
      0:20 to 0:21:30 every 30 s  t 29  => no alarm   # time that nobody saw does not count
      0:22  t 29                        => alarm inlet_recommended raised 0:22 29`,
    ))

  test('of a point that never spoke is stale too', () =>
    scenario(
      siteWith().replace('afterS: 3600', 'afterS: 240'),
      `
      0:00 to 0:05 every 30 s  t 25   => alarm stale of other raised 0:05 300`,
    ))

  test('is three times everyS, but four minutes at least, and a minute of on-delay', () =>
    scenario(
      siteWith().replace('afterS: 3600', 'onDelayS: 60'),
      `
      0:00     t 25  other 20
      @0:04:59   => no alarm
      @0:05      => alarm stale of t raised 0:05 300 limit 240
                 => alarm stale of other raised 0:05 300 limit 240`,
    ))
})

describe('late readings', () => {
  test('an older breach that lasts for the on-delay gives one row when it is corrected, and raises nothing', () =>
    restartedScenario(
      siteWith(),
      `
      0:00 to 0:05 every 30 s  t 25
      0:08 to 0:10 every 30 s  t 25                   => no alarm
      0:05:30 to 0:07:30 every 30 s  t 29  @0:10:10   => no alarm
      @0:11                                           => alarm inlet_recommended late 0:06:30 29 limit 27
      @0:13                                           => no alarm`,
    ))

  test('one that is shorter gives none', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:10 every 30 s  t 25
      0:05:05  t 29  @0:10:10
      0:05:10  t 29  @0:10:10
      @0:13                                => no alarm`,
    ))

  test('each run of a backlog of days gives a row, in any order, and nobody is told', () =>
    scenario(
      siteWith(),
      `
      0:00 to 1:00 every 30 s  t 25
      30:00 to 30:10 every 30 s  t 25                    => so far
      20:00 to 20:30 every 30 s  t 33  @30:10:10
      19:30 to 19:59 every 30 s  t 25  @30:10:20
      10:00 to 10:02 every 30 s  t 28  @30:10:30
      10:02:30 to 10:10 every 30 s  t 25  @30:10:40
      @30:11    => no alarm
      @30:14    => alarm inlet_recommended late 10:01 28 limit 27
                => alarm inlet_recommended late 20:01 33 limit 27
                => alarm inlet_allowable late 20:01 33 limit 32
                => no notice`,
    ))

  test('one that the running alarm covers is not told again', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:05 every 30 s  t 29     => so far
      0:02:10  t 28  @0:05:10
      @0:07                             => no alarm`,
    ))

  test('an old good reading clears nothing', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:05 every 30 s  t 29              => so far
      0:02:10 to 0:04:10 every 30 s  t 25  @0:05:10   => no alarm
      @0:07                                      => no alarm`,
    ))
})

test('an alarm of the low side names the low limit, also when it is cleared', () =>
  scenario(
    siteWith(),
    `
    0:00 to 0:02 every 30 s  t 17.5
    0:02:30 to 0:06 every 30 s  t 20   => alarm inlet_recommended of in raised 0:01 17.5 limit 18
                                       => alarm inlet_recommended of in cleared 0:03:30 20 limit 18`,
  ))
