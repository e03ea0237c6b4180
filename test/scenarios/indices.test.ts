/** What compliance says beside its bands: broken limits, RCI's warning, the x-factor's range, RTI, what it goes by. */
import { expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { createStage, scenario, siteOf, tell } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC, corrosion: low, altitudeM: 30 }
core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [5m, 1h] }
points:
  main: { topic: main, unit: W, everyS: 30 }
  rh: { topic: rh, unit: '%', everyS: 60, maxGapS: 7200 }
  '{a,b,a-out,b-out,cold,warm}': { topic: '{a,b,a-out,b-out,cold,warm}', unit: °C, everyS: 60 }
inlets:
  a: { dryBulb: a, humidity: rh, outlet: a-out, class: A1, hall: h1 }
  b: { dryBulb: b, humidity: rh, outlet: b-out, class: A2, hall: h1 }
halls:
  h1: { supply: cold, return: warm }
`

test('every broken limit has its share of the known time, and one that was not broken has no field', () =>
  scenario(
    SITE,
    `
    0:00  rh 20
    0:00 to 0:01 every 60 s  a 25  b 25
    0:02  a 33  b 33
    0:03  a 28  b 25
    0:04  a 25  b 25
    0:04:45  main 1   => so far
    0:05:30  main 1   => compliance hall h1 5m 0:05 recommended 70 out 10 recommended_dry_bulb_max 30 allowable_dry_bulb_max 10 no-recommended_dry_bulb_min no-rate_15min warned
                      => compliance site dc 5m 0:05 recommended_dry_bulb_max 30`,
  ))

test('a share of what is known: the rest of the window does not dilute it, if it is no more than half', () =>
  scenario(
    SITE.replace(
      "a,b,a-out,b-out,cold,warm}', unit: °C, everyS: 60 }",
      "a,b,a-out,b-out,cold,warm}', unit: °C, everyS: 20 }",
    ),
    `
    0:00  rh 20
    0:00 to 0:04:40 every 20 s  a 28
    0:04:45  main 1   => so far
    0:05:30  main 1   => compliance hall h1 5m 0:05 unknown 50 coverage 0.5 allowable 100 recommended_dry_bulb_max 100
                      => compliance site dc 5m 0:05 unknown 50 coverage 0.5 recommended_dry_bulb_max 100
    0:05:59  a 28
    0:06:30  main 1   => compliance hall h1 5m 0:06 unknown 53.17 coverage 0.4683 nothing no-recommended_dry_bulb_max
                      => compliance site dc 5m 0:06 nothing`,
  ))

test('a correction that takes the last of a violation away tells 0', () =>
  scenario(
    SITE,
    `
    0:00  rh 60
    0:00 to 0:03 every 60 s  a 20  b 20
    0:04  a 27  b 20
    0:04:45  main 1          => so far
    0:05:30  main 1          => compliance hall h1 5m 0:05 recommended_dew_point_max 10 worst a no-recommended_rh_max r0   # 60 % of 27 °C
    0:04  rh 30  @0:05:40    => no compliance
    @0:06                    => compliance hall h1 5m 0:05 recommended 100 recommended_dew_point_max 0.00 nobody r1
                             => no compliance inlet b`,
  ))

test('RCI of 50 % with one inlet far too hot is marked; what is only warm is not', () =>
  scenario(
    SITE,
    `
    0:00  rh 20
    0:00 to 0:04 every 60 s  a 29.5  b 20
    0:04:45  main 1   => so far
    0:05:30  main 1   => compliance hall h1 5m 0:05 rci_hi 75 rci_lo 100 unwarned
                      => compliance site dc 5m 0:05 unwarned
    0:05 to 0:09 every 60 s  a 42  b 20
    0:09:45  main 1   => so far
    0:10:30  main 1   => compliance hall h1 5m 0:10 rci_hi -50 warned        # raw, below nothing
                      => compliance site dc 5m 0:10 rci_hi -50 warned`,
  ))

test('the x-factor with its range, and whether it is outside of what is known of it', () =>
  scenario(
    SITE,
    `
    0:00  rh 20
    0:00 to 0:04 every 60 s  a 27.5  b 27.5
    0:04:45  main 1   => so far
    0:05:30  main 1   => compliance hall h1 5m 0:05 x_factor 1.34 x_lower 1.12 x_upper 1.54 unclamped
                      => compliance site dc 5m 0:05 x_factor 1.34
    0:05 to 0:09 every 60 s  a 14  b 27.5
    0:09:45  main 1   => so far
    0:10:30  main 1   => compliance hall h1 5m 0:10 x_factor 1.03 x_lower 0.92 x_upper 1.13 clamped
                      => compliance site dc 5m 0:10 clamped`,
  ))

test('RTI: return less supply over exhaust less inlet, of the time in which both are known', () =>
  scenario(
    SITE,
    `
    0:00  rh 20
    0:00 to 0:04 every 60 s  a 22  a-out 34  b 24  b-out 32  cold 20  warm 28    # 8 K over a mean of 10 K
    0:04:45  main 1   => so far
    0:05:30  main 1   => compliance hall h1 5m 0:05 rti 80.0
                      => compliance site dc 5m 0:05 no-rti
    0:05 to 0:09 every 60 s  a 22  a-out 34  b 24  b-out 32  cold 20  warm 32
    0:09:45  main 1   => so far
    0:10:30  main 1   => compliance hall h1 5m 0:10 rti 120.0
                      => compliance site dc 5m 0:10 no-rti`,
  ))

test('equipment that seems to cool its air is left out; without any RTI is not known', () =>
  scenario(
    SITE,
    `
    0:00  rh 20
    0:00 to 0:04 every 60 s  a 22  a-out 21  b 24  b-out 32  cold 20  warm 28
    0:04:45  main 1   => so far
    0:05:30  main 1   => compliance hall h1 5m 0:05 rti 100.0
                      => compliance site dc 5m 0:05 no-rti
    0:05 to 0:09 every 60 s  a 22  a-out 21  b 24  b-out 24  cold 20  warm 28
    0:09:45  main 1   => so far
    0:10:30  main 1   => compliance hall h1 5m 0:10 no-rti
                      => compliance site dc 5m 0:10 no-rti`,
  ))

test('an exhaust that is stuck, and one that leaps and leaps back, do not count in RTI', () =>
  scenario(
    SITE.replaceAll('a-out,b-out', 'b-out').replace(
      'inlets:',
      '  a-out: { topic: a-out, unit: °C, everyS: 60, stuckAfterS: 1200 }\ninlets:',
    ),
    `
    0:00  rh 20
    0:00 to 0:29 every 60 s  a 22  a-out 38  b 24  b-out 32  cold 20  warm 28
    0:29:45  main 1   => so far
    0:30:30  main 1   => compliance hall h1 5m 0:30 rti 100.0     # of b alone
                      => compliance site dc 5m 0:30 no-rti
    0:30 to 0:32 every 60 s  a 22  a-out 34    b 24  b-out 32  cold 20  warm 28
    0:33                     a 22  a-out 75.2  b 24  b-out 32  cold 20  warm 28
    0:34                     a 22  a-out 34    b 24  b-out 32  cold 20  warm 28
    0:34:45  main 1   => so far
    0:35:30  main 1   => compliance hall h1 5m 0:35 rti 83.3      # 8 K over 10 K, and for a minute over 8 K
                      => compliance site dc 5m 0:35 no-rti`,
  ))

test('a late exhaust corrects the RTI of its hall, and of nothing else', () =>
  scenario(
    SITE,
    `
    0:00  rh 20
    0:00 to 0:04 every 60 s  a 22  b 24  b-out 32  cold 20  warm 28
    0:04:45  main 1   => so far
    0:05:30  main 1   => compliance hall h1 5m 0:05 rti 100.0 r0
                      => compliance site dc 5m 0:05 no-rti
    0:00 to 0:04 every 60 s  a-out 34  @0:05:40   => so far
    @0:06             => compliance hall h1 5m 0:01 rti 80.0 r1
                      => compliance hall h1 5m 0:02 rti 80.0 r1
                      => compliance hall h1 5m 0:03 rti 80.0 r1
                      => compliance hall h1 5m 0:04 rti 80.0 r1
                      => compliance hall h1 5m 0:05 rti 80.0 r1
                      => no compliance site dc 5m
                      => no climate`,
  ))

test('every row says what it goes by; that of an inlet has its limits', () => {
  const stage = createStage(siteOf(SITE.replace('altitudeM: 30', 'altitudeM: 1500, edition: 2015, dewPointPhase: ice')))
  for (const point of ['a', 'b']) tell(stage, point, '25', stage.baseMs, stage.baseMs)
  tell(stage, 'rh', '30', stage.baseMs + 270_000, stage.baseMs + 270_000)
  finish(stage.pipeline.core)
  const of = (scope: string, name: string) =>
    stage.rows.find(
      ({ measurement, tags }) => measurement === 'compliance' && tags['scope'] === scope && tags['name'] === name,
    )?.fields
  expect(of('inlet', 'a')).toMatchObject({
    basis: '2015 A1 1500 m low ice',
    recommended_min_c: 18,
    recommended_max_c: 27,
    allowable_min_c: 15,
    allowable_max_c: 30,
  })
  expect(of('inlet', 'b')).toMatchObject({ basis: '2015 A2 1500 m low ice', allowable_max_c: 33 })
  expect(of('hall', 'h1')?.['basis']).toBe('2015 A1+A2 1500 m low ice')
  expect(of('hall', 'h1')).not.toHaveProperty('allowable_max_c')
})

test.each([
  ['halls: { h2: { supply: cold, return: warm } }', 'no inlet is in this hall'],
  ['halls: { h1: { supply: rh, return: warm } }', '"rh" has the unit %'],
  ['halls: { h1: { supply: cold, return: wram } }', 'there is no point "wram"'],
])('%s: %s', (halls, reason) => {
  expect(() => siteOf(SITE.slice(0, SITE.indexOf('halls:')) + halls)).toThrow(reason)
})
