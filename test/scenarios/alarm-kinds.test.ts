/** Alarms of gateways, moisture and boundaries. */
import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

const GATEWAY = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  a: { topic: a, unit: °C, everyS: 30, gateway: g }
  b: { topic: b, unit: °C, everyS: 30, gateway: g }
  c: { topic: c, unit: °C, everyS: 300, gateway: g }
  other: { topic: other, unit: °C, everyS: 30 }
inlets:
  in: { dryBulb: a, class: A1 }
alarms: { inlet_allowable: { enabled: false } }
`

describe('a gateway', () => {
  test('dead: one alarm; those of its points are suppressed, and normal once they speak', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:10 every 30 s  a 25 b 25 c 25
      0:10:30 to 1:00 every 30 s  other 25
            => alarm stale of other raised 0:05
            => alarm stale of other cleared 0:10:30
            => alarm gateway of g raised 0:17:30 450 limit 240 severity critical
            => alarm stale of a suppressed 0:17:30
            => alarm stale of b suppressed 0:17:30
            => alarm stale of c suppressed 0:26
      1:00:30  a 25   => alarm gateway of g cleared 1:00:30
                      => alarm stale of a normal 1:00:30
      1:01     b 25   => alarm stale of b normal 1:01
      1:04     c 25   => alarm stale of c normal 1:04`,
    ))

  test('alive with one dead point: an alarm of the point', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:02 every 30 s  a 25 b 25 c 25 other 25
      0:02:30 to 0:14 every 30 s  b 25 c 25 other 25   => alarm stale of a raised 0:07 300 limit 240`,
    ))

  test('back, but not all of its points: those are stale as if they had just fallen silent', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:02 every 30 s  a 25 b 25 c 25 other 25
      0:02:30 to 1:00 every 30 s  other 25   => so far
      1:00:30 to 1:05 every 30 s  a 25 other 25   => alarm gateway of g cleared 1:00:30
                                                  => alarm stale of a normal 1:00:30
      1:05:30 to 1:06 every 30 s  a 25 other 25   => alarm stale of b raised 1:05:30
      1:06:30 to 1:20 every 30 s  a 25 other 25   => alarm stale of c raised 1:16:30`,
    ))

  test('dead while an alarm stands: that one stays, as stale', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:10 every 30 s  a 29 b 25 c 25 other 25   => alarm inlet_recommended of in raised 0:01
      0:10:30 to 1:00 every 30 s  other 25
            => alarm gateway of g raised 0:17:30
            => alarm stale of a suppressed
            => alarm inlet_recommended of in becomes stale 0:17:30
            => alarm stale of b suppressed
            => alarm stale of c suppressed 0:26`,
    ))

  test('without its rule every point speaks for itself', () =>
    scenario(
      GATEWAY.replace('alarms: {', 'alarms: { gateway: { enabled: false },'),
      `
      0:00  a 25 b 25 c 25 other 25
      0:00:30 to 0:20 every 30 s  other 25   => alarm stale of a raised 0:05
                                             => alarm stale of b raised 0:05
                                             => alarm stale of c raised 0:16`,
    ))
})

const MOIST = `
site: { id: dc, timezone: UTC, corrosion: low }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  t: { topic: t, unit: °C, everyS: 30 }
  rh: { topic: rh, unit: "%", everyS: 30 }
inlets:
  in: { dryBulb: t, humidity: rh, class: A1 }
alarms: { stale: { afterS: 3600 } }
`

describe('moisture', () => {
  test('humidity that falls silent while the alarm stands leaves it standing, unseen', () =>
    scenario(
      MOIST.replace('afterS: 3600', 'afterS: 240'),
      `
      0:00 to 0:10 every 30 s      t 25 rh 90   => so far
      0:10:30 to 0:20 every 30 s   t 25         => alarm stale of rh raised 0:15
                                                => alarm moisture of in becomes stale 0:15`,
    ))

  test('a dew point above 17 °C for a minute, until it is half a kelvin below', () =>
    scenario(
      MOIST,
      `
      0:00 to 0:01 every 30 s  t 25 rh 63      => alarm moisture of in raised 0:01 17.5 limit 17 severity high
      0:01:30 to 0:05 every 30 s  t 25 rh 60.5 => no alarm
      0:05:30 to 0:08 every 30 s  t 25 rh 50   => alarm moisture of in cleared 0:06:30 13.9 limit 17`,
    ))

  test('air that is too dry, by its relative humidity', () =>
    scenario(
      MOIST,
      `
      0:00 to 0:01 every 30 s  t 27 rh 7.5   => alarm moisture of in raised 0:01 7.5 limit 8
      0:01:30 to 0:04 every 30 s  t 27 rh 9  => no alarm
      0:04:30 to 0:06 every 30 s  t 27 rh 12 => alarm moisture of in cleared 0:05:30 12.0`,
    ))

  test('recommended limits where the rule says so', () =>
    scenario(
      MOIST.replace('alarms: {', 'alarms: { moisture: { limit: recommended, onDelayS: 0 },'),
      `
      0:00  t 20 rh 75   => alarm moisture of in raised 0:00 15.4 limit 15`,
    ))

  test('without a fresh dry bulb the dew point is not known; too humid is too humid', () =>
    scenario(
      MOIST,
      `
      0:00 to 0:10 every 30 s  t 25 rh 50
      0:12 to 0:20 every 30 s  rh 75   => no alarm
      0:20:30 to 0:22 every 30 s  rh 81   => alarm moisture of in raised 0:21:30 81 limit 80`,
    ))
})

const BOUNDARY = `
site: { id: dc, timezone: UTC }
core: { latenessS: 60, boundS: 5, windows: [5m] }
points:
  main: { topic: main, unit: kW, everyS: 60, maxGapS: 90 }
  ups: { topic: ups, unit: kW, everyS: 60, maxGapS: 90 }
boundaries:
  dc: { facility: [main], it: [ups], targetPue: 1.4 }
alarms: { stale: { enabled: false } }
`

describe('a boundary', () => {
  test('whose PUE of 24 h passes its target, and falls back below it by the deadband', () =>
    scenario(
      BOUNDARY,
      `
      0:00 to 12:00 every 60 s   main 150 ups 100
      12:01 to 24:00 every 60 s  main 125 ups 100   => alarm pue_target of dc raised 12:00 1.500 limit 1.4
                                                    => alarm pue_target of dc cleared 21:27 1.390`,
    ))

  test('of whose last hour too little is known', () =>
    scenario(
      BOUNDARY,
      `
      0:00 to 2:00 every 60 s  main 130 ups 100
      2:01 to 3:00 every 60 s  main 130              => alarm coverage of dc raised 2:31 0.483 limit 0.5
      3:01 to 4:00 every 60 s  main 130 ups 100      => alarm coverage of dc cleared 3:31 0.500`,
    ))

  test('is not judged before it has been heard for an hour', () =>
    scenario(
      BOUNDARY.replace('alarms: {', 'alarms: { coverage: { graceS: 0 },'),
      `
      0:00 to 0:10 every 60 s  main 130 ups 100
      0:11 to 0:59 every 60 s  main 130   => no alarm
      1:00 to 1:02 every 60 s  main 130   => alarm coverage of dc raised 1:00`,
    ))
})
