/**
 * A source whose readings come and are refused is not silent, and whoever is woken is told what is wrong with them. Each
 * scenario is played a second time with a core that is saved and restored before every packet.
 */
import { describe, test } from 'vitest'
import { restartedScenario as scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, skewS: 60, windows: [1h] }
points:
  a: { topic: a, unit: °C, everyS: 30, min: -20, max: 70 }
  b: { topic: b, unit: °C, everyS: 30, min: -20, max: 70 }
inlets:
  in: { dryBulb: a, class: A1 }
alarms: { inlet_allowable: { enabled: false } }
`

describe('a point', () => {
  test('whose clock goes an hour ahead: by how much, instead of silent', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      1:02:30  a 25  @0:02:30   => outcome future
      0:02:30 to 0:04:30 every 30 s  b 25
      1:04:31  a 25  @0:04:31   => outcome future
      0:05 to 0:06:30 every 30 s  b 25   => no alarm
      0:07  b 25
            => alarm refused of a raised 0:07 3600 limit 60 since 0:02 severity warning says Warning: Point a (dc, hall, rack in): readings arrive, but are refused: their clock is 1 h ahead of ours, more than the allowed 1 min (core.skewS); none has been accepted since 2026-03-02 00:02:00 UTC (5 min). Not seen meanwhile: inlet in.
      0:07:30 to 0:30 every 30 s  b 25   => no alarm
      0:30:30  a 25   => alarm refused of a cleared 0:30:30 says Point a (dc, hall, rack in): its readings are accepted again. It lasted 28 min 30 s, from 2026-03-02 00:02:00 UTC.`,
    ))

  test('that sends what cannot be', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30 to 0:10 every 30 s  a 850 b 25   => alarm refused of a raised 0:07 says Warning: Point a (dc, hall, rack in): readings arrive, but are refused: they lie outside the min and max of the point, or far above its rating; none has been accepted since 2026-03-02 00:02:00 UTC (5 min). Not seen meanwhile: inlet in.`,
    ))

  test('whose messages nobody can read any more', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30 to 0:10 every 30 s  a "hot" b 25   => alarm refused of a raised 0:07 says Warning: Point a (dc, hall, rack in): readings arrive, but are refused: their messages do not match what the configuration says of the point; none has been accepted since 2026-03-02 00:02:00 UTC (5 min). Not seen meanwhile: inlet in.`,
    ))

  test('whose clock stands still', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02  a 25.1  @0:02:30   => outcome conflict
      0:02:30 to 0:04:30 every 30 s  b 25
      0:02  a 25.2  @0:04:31   => outcome conflict
      0:05 to 0:10 every 30 s  b 25   => alarm refused of a raised 0:07`,
    ))

  test('whose last reading the broker or a gateway repeats is silent', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02 to 0:04:30 every 30 s  b 25
      0:02  a 25  @0:04:31   => outcome duplicate
      0:05 to 0:10 every 30 s  b 25   => alarm stale of a raised 0:07`,
    ))

  test('that sends good and bad readings by turns is heard', () =>
    scenario(
      SITE,
      `
      0:00 to 0:30 every 60 s  a 25 b 25
      0:31 to 1:00 every 60 s  a 850 b 25   => alarm refused of a raised
      1:01  a 25     => alarm refused of a cleared
      1:01:30  a 850 => outcome out_of_range
      1:02  a 25
      1:02:30  a 850 => no alarm`,
    ))

  test('that was silent, and comes back with a wrong clock: refused instead of silent', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30 to 0:20 every 30 s  b 25   => alarm stale of a raised 0:07
      1:20:30  a 25  @0:20:30            => no alarm
      0:21 to 0:22 every 30 s  b 25      => alarm refused of a raised 0:21:30 3600 since 0:02
                                         => alarm stale of a cleared 0:21:30
      0:22:30 to 1:00 every 30 s  b 25   => no alarm
      1:00:30  a 25                      => alarm refused of a cleared 1:00:30`,
    ))

  test('that was silent, and whose first reading is refused, as a device that starts may send it: no more than back', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30 to 0:20 every 30 s  b 25   => alarm stale of a raised 0:07
      0:20:30  a 850 b 25
      0:20:40  a 25                      => alarm stale of a cleared 0:20:40
      0:21 to 0:30 every 30 s  a 25 b 25 => no alarm`,
    ))

  test('of which a refused reading comes now and then: one alarm', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30 to 0:15 every 30 s  b 25   => alarm stale of a raised 0:07
      0:15:30  a 850 b 25
      0:16 to 0:30 every 30 s  b 25      => alarm refused of a raised 0:16:30
                                         => alarm stale of a cleared
      0:30:30  a 850 b 25
      0:31 to 1:00 every 30 s  b 25      => no alarm`,
    ))

  test('that falls silent afterwards is not told a second time', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30 to 0:10 every 30 s  a 850 b 25   => alarm refused of a raised 0:07
      0:10:30 to 1:00 every 30 s  b 25         => no alarm`,
    ))

  test('whose rule is switched off is called silent, as nothing sound comes', () =>
    scenario(
      SITE.replace('alarms: {', 'alarms: { refused: { enabled: false },'),
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30 to 0:10 every 30 s  a 850 b 25   => alarm stale of a raised 0:07`,
    ))

  test('an alarm on it that stands can no longer be seen', () =>
    scenario(
      SITE,
      `
      0:00 to 0:10 every 30 s  a 29 b 25       => alarm inlet_recommended of in raised
      0:10:30 to 0:20 every 30 s  a 850 b 25   => alarm refused of a raised 0:15
                                               => alarm inlet_recommended of in becomes stale 0:15`,
    ))

  test('over a restart of the daemon: the time without it does not count', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  a 25 b 25
      0:02:30  a 850 b 25
      1:00:00  listen
      1:00 to 1:03:30 every 30 s  a 850 b 25   => no alarm
      1:04 to 1:05 every 30 s  a 850 b 25      => alarm refused of a raised 1:04:30`,
    ))
})

describe('a gateway', () => {
  const GATEWAY = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, skewS: 60, windows: [1h] }
points:
  a: { topic: a, unit: °C, everyS: 30, min: -20, max: 70, gateway: g }
  b: { topic: b, unit: °C, everyS: 30, min: -20, max: 70, gateway: g }
  c: { topic: c, unit: °C, everyS: 300, min: -20, max: 70, gateway: g }
  other: { topic: other, unit: °C, everyS: 30 }
inlets:
  in: { dryBulb: a, class: A1 }
alarms: { inlet_allowable: { enabled: false } }
`

  test('all of whose readings are refused: one alarm, not one a point, and none of silence', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:10 every 30 s  a 25 b 25 c 25 other 25
      0:10:30 to 1:00 every 30 s  a 850 b 850 other 25
            => alarm gateway_refused of g raised 0:18:30 severity critical
            => alarm refused of a suppressed
            => alarm refused of b suppressed
            => alarm stale of c suppressed
      1:00:30  a 25 other 25   => alarm gateway_refused of g cleared 1:00:30
                               => alarm refused of a normal
      1:01  b 25 c 25 other 25   => alarm refused of b normal
                                 => alarm stale of c normal`,
    ))

  test('one point of it is refused: that point’s alarm', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:10 every 30 s  a 25 b 25 c 25 other 25
      0:10:30 to 0:30 every 30 s  a 850 b 25 c 25 other 25   => alarm refused of a raised 0:15`,
    ))

  test('that was silent, and is back with readings that are refused', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:10 every 30 s  a 25 b 25 c 25 other 25
      0:10:30 to 0:30 every 30 s  other 25   => so far
      0:30:30 to 0:45 every 30 s  a 850 b 850 other 25
            => alarm gateway_refused of g raised 0:31:30
            => alarm gateway of g cleared 0:31:30
            => alarm refused of a suppressed
            => alarm stale of a normal
            => alarm refused of b suppressed
            => alarm stale of b normal`,
    ))

  test('of which one refused reading comes now and then: one alarm, not one each time', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:10 every 30 s  a 25 b 25 c 25 other 25
      0:10:30 to 0:30 every 30 s  other 25   => so far
      0:30:30  a 850 other 25
      0:31 to 0:44:30 every 30 s  other 25   => so far
      0:45     a 850 other 25
      0:45:30 to 1:15 every 30 s  other 25   => no alarm
      1:15:30  a 25 other 25                 => alarm gateway_refused of g cleared 1:15:30
                                             => alarm refused of a normal`,
    ))

  test('of its two rules only that of refusals is on: points wait for it all the same', () =>
    scenario(
      GATEWAY.replace('alarms: {', 'alarms: { gateway: { enabled: false }, gateway_refused: { onDelayS: 300 },'),
      `
      0:00 to 0:10 every 30 s  a 25 b 25 c 25 other 25
      0:10:30 to 1:00 every 30 s  a 850 b 850 c 850 other 25
            => alarm gateway_refused of g raised 0:22:30
            => alarm refused of a suppressed
            => alarm refused of b suppressed
            => alarm refused of c suppressed`,
    ))
})
