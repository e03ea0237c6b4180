/** What is said of sensors that lie: nothing is taken away, everything is named. */
import { describe, test } from 'vitest'
import { restartedScenario, scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [1h] }
rows: { readings: all }
points:
  main: { topic: main, unit: W, everyS: 30 }
  t: { topic: t, unit: °C, everyS: 60, stuckAfterS: 1200 }
  f: { topic: f, unit: °F, everyS: 60 }
  rh: { topic: rh, unit: '%', everyS: 60, stuckAfterS: 0 }
  hot: { topic: hot, unit: °C, everyS: 60 }
inlets:
  in: { dryBulb: t, humidity: rh }
`

describe('by itself', () => {
  test.each([
    ['t', '20', 'good'],
    ['t', '85', 'flags sentinel'],
    ['t', '-127', 'flags sentinel'],
    ['t', '999', 'flags sentinel'],
    ['t', '6553.5', 'flags sentinel'],
    ['t', '80.1', 'flags implausible'],
    ['t', '-20.1', 'flags implausible'],
    ['hot', '85', 'good'], // water may be
    ['hot', '-127', 'flags sentinel'],
    ['hot', '201', 'flags implausible'],
    ['f', '85', 'good'], // 29.4 °C
    ['f', '999', 'flags sentinel'],
    ['f', '-196.6', 'flags sentinel'], // -127 °C
    ['rh', '0', 'flags implausible'],
    ['rh', '105', 'flags clamped'],
    ['rh', '105.1', 'flags implausible'],
  ])('%s of %s is %s', (point, number, words) =>
    scenario(
      SITE,
      `
      0:00:30  ${point} ${number}
      0:01:30  main 1   => reading ${point} 0:01 count 1 ${words}`,
    ),
  )

  test('all that came in a minute is kept, and all that is wrong with it is named', () =>
    scenario(
      SITE,
      `
      0:00     t 20
      0:00:20  t 85
      0:00:40  t 90
      0:01:30  main 1   => reading t 0:01 count 3 min 20 max 90 last 90 flags sentinel,implausible`,
    ))
})

describe('spikes', () => {
  test('more than 10 K away and back within one sample', () =>
    scenario(
      SITE,
      `
      0:00     t 20
      0:01     t 30.1
      0:02     t 20
      0:03:30  main 1   => reading t 0:01 good
                        => reading t 0:02 max 30.1 flags spike
                        => reading t 0:03 good`,
    ))

  test.each([
    ['10 K are none', '20', '30', '20'],
    ['a leap that stays', '20', '31', '31'],
    ['a leap that returns by half', '20', '31', '25'],
    ['steps in one direction', '20', '31', '42'],
  ])('%s', (_why, before, there, after) =>
    scenario(
      SITE,
      `
      0:00     t ${before}
      0:01     t ${there}
      0:02     t ${after}
      0:03:30  main 1   => reading t 0:01 good
                        => reading t 0:02 good
                        => reading t 0:03 good`,
    ),
  )

  test('is named once the next sample has shown it to be one', () =>
    scenario(
      SITE,
      `
      0:00     t 20     => so far
      0:01:10  t 50
      0:01:40  main 1   => so far
      0:02:40  main 1   => reading t 0:02 last 50 good
      0:02:50  t 20     => no reading
      @0:03             => reading t 0:02 last 50 flags spike`,
    ))

  test('humidity may move by 30 % in one sample', () =>
    scenario(
      SITE,
      `
      0:00     rh 40
      0:01     rh 70
      0:02     rh 40
      0:03     rh 70.1
      0:04     rh 40
      0:05:30  main 1   => reading rh 0:01 good
                        => reading rh 0:02 good
                        => reading rh 0:03 good
                        => reading rh 0:04 flags spike
                        => reading rh 0:05 good`,
    ))
})

describe('stuck', () => {
  test('the same for 20 minutes and 20 readings, as configured', () =>
    scenario(
      SITE,
      `
      0:00 to 0:18 every 60 s  t 20   => so far
      0:19  t 20
      0:20  t 20                      => so far
      0:20:40  main 1                 => reading t 0:20 good
      0:21  t 20.1
      0:21:30  main 1                 => reading t 0:21 flags stuck     # from 0:00 to 0:20
      0:22:30  main 1                 => reading t 0:22 good`,
    ))

  test('a few readings in that time mean nothing: a device may tell changes only', () =>
    scenario(
      SITE,
      `
      0:00 to 1:30 every 300 s  t 20   => so far
      1:31:30  main 1                  => reading t 1:31 good`,
    ))

  test('0 s: never, for sensors of whole degrees', () =>
    scenario(
      SITE,
      `
      0:00 to 8:00 every 60 s  rh 40
      8:00:40  main 1                  => so far
      8:01:30  main 1                  => reading rh 8:01 good`,
    ))

  test('six hours unless configured, long after the readings of before have been let go', () =>
    scenario(
      SITE,
      `
      0:00 to 5:59 every 60 s  hot 60.3
      5:59:40  main 1                   => so far
      6:00:40  main 1                   => reading hot 6:00 good
      6:00  hot 60.3                    => so far
      6:01:40  main 1                   => reading hot 6:01 flags stuck`,
    ))

  test('a day where the value is a multiple of a half, as a coarse sensor shows', () =>
    scenario(
      SITE,
      `
      0:00 to 23:59 every 60 s  hot 60.5
      23:59:40  main 1                  => so far
      24:00:40  main 1                  => reading hot 24:00 good
      24:00  hot 60.5                   => so far
      24:01:40  main 1                  => reading hot 24:01 flags stuck`,
    ))

  test('a half counts in the unit in which the sensor shows it: 72 °F is no 22.22 °C', () =>
    scenario(
      SITE,
      `
      0:00 to 6:01 every 60 s  f 72
      6:01:40  main 1                   => so far
      6:02:40  main 1                   => reading f 6:02 last 22.22 good`,
    ))

  const INLET = `
    site: { id: dc, timezone: UTC }
    core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [1h] }
    points:
      t: { topic: a, unit: °C, everyS: 60, stuckAfterS: 1200 }
      rh: { topic: b, unit: "%", everyS: 60 }
      main: { topic: m, unit: W, everyS: 60 }
    boundaries: { dc: { facility: [main], it: [main] } }
    inlets: { r1: { dryBulb: t, humidity: rh, class: A2 } }
    alarms: { inlet_allowable: { onDelayS: 0, offDelayS: 300 }, inlet_recommended: { enabled: false } }`

  test('an inlet whose dry bulb is stuck is unknown, and says why; a reading that moves makes it known again', () =>
    restartedScenario(
      INLET,
      `
      0:00 to 0:26 every 60 s  t 24.1  rh 44.3  main 1
      0:27  t 24.1  rh 44.7  main 1       => so far
      0:28  t 24.2  rh 44.8  main 1       => climate r1 0:27 unknown flags stuck
      0:29  t 24.1  rh 44.9  main 1       => climate r1 0:28 unknown flags stuck
      0:30  t 24.1  rh 44.9  main 1       => climate r1 0:29 24.2 C recommended`,
    ))

  test('stuck out of the limits it no longer holds the alarm of heat up; it is told as what it is', () =>
    scenario(
      INLET,
      `
      0:00 to 0:18 every 60 s  t 36.1  rh 20.3  main 1  => alarm 0:00 inlet_allowable of r1 raised
      0:19 to 0:26 every 60 s  t 36.1  rh 20.7  main 1  => alarm 0:24 refused of t raised
                                                        => alarm 0:24 inlet_allowable of r1 becomes stale
      0:27  t 24.3  rh 44.7  main 1                     => alarm 0:27 refused of t cleared
                                                        => alarm 0:27 inlet_allowable of r1 returned`,
    ))

  test('a set-point that stays for a day is no alarm', () =>
    scenario(
      SITE,
      `
      0:00 to 23:00 every 60 s  hot 21.3   => alarm 0:05 stale of main raised
                                           => alarm 0:05 stale of t raised
                                           => alarm 0:05 stale of f raised
                                           => alarm 0:05 stale of rh raised`,
    ))

  test('a late reading within the time that was stuck makes it known', () =>
    scenario(
      INLET,
      `
      0:00 to 0:26 every 60 s  t 24.1  rh 44.3  main 1
      0:27  t 24.1  rh 44.7  main 1       => so far
      0:28  t 24.1  rh 44.8  main 1       => climate r1 0:27 unknown flags stuck
      0:20:30  t 24.4  @0:28:10           => so far
      0:29  t 24.1  rh 44.9  main 1       => climate r1 0:21 24.4 C recommended
                                          => climate r1 0:22 recommended
                                          => climate r1 0:23 recommended
                                          => climate r1 0:24 recommended
                                          => climate r1 0:25 recommended
                                          => climate r1 0:26 recommended
                                          => climate r1 0:27 recommended
                                          => climate r1 0:28 recommended`,
    ))

  test('a late humidity within the time that was stuck makes the inlet known', () =>
    scenario(
      INLET.replace('everyS: 60, stuckAfterS: 1200 }', 'everyS: 60 }').replace(
        '"%", everyS: 60',
        '"%", everyS: 60, stuckAfterS: 1200',
      ),
      `
      0:00 to 0:26 every 60 s  t 24.1  rh 44.3  main 1
      0:27  t 24.2  rh 44.3  main 1       => so far
      0:28  t 24.3  rh 44.3  main 1       => climate r1 0:27 unknown flags stuck
      0:20:30  rh 44.8  @0:28:10          => so far
      0:29  t 24.4  rh 44.3  main 1       => climate r1 0:21 recommended
                                          => climate r1 0:22 recommended
                                          => climate r1 0:23 recommended
                                          => climate r1 0:24 recommended
                                          => climate r1 0:25 recommended
                                          => climate r1 0:26 recommended
                                          => climate r1 0:27 recommended
                                          => climate r1 0:28 recommended`,
    ))

  test('a late reading that says otherwise takes the word back', () =>
    scenario(
      SITE,
      `
      0:00 to 0:25 every 60 s  t 20
      0:25:40  main 1                 => so far
      0:26:40  main 1                 => reading t 0:26 flags stuck
      0:15:30  t 20.5  @0:26:50       => no reading
      @0:27                           => reading t 0:16 last 20.5 good
                                      => reading t 0:21 good
                                      => reading t 0:22 good
                                      => reading t 0:23 good
                                      => reading t 0:24 good
                                      => reading t 0:25 good
                                      => reading t 0:26 good`,
    ))
})
