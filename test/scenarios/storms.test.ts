/**
 * Storms: what comes and goes, what one alarm says of another, and what a fresh site does not know yet. `notice` is what
 * people are told. Each scenario is played a second time with a core that is saved and restored before every packet.
 */
import { describe, test } from 'vitest'
import { restartedScenario as scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points: { t: { topic: t, unit: °C, everyS: 30 } }
inlets: { in: { dryBulb: t, class: A1 } }
alarms: { inlet_allowable: { enabled: false }, rate_of_change: { enabled: false } }
`

describe('an alarm that comes and goes', () => {
  test('every six minutes for two minutes: a page at first, one that it chatters, and an end when it is quiet', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  t 28      => notice inlet_recommended of in raised 0:01 severity warning
      0:02:30 to 0:06 every 30 s  t 24   => notice inlet_recommended of in cleared 0:03:30
      0:06:30 to 0:08 every 30 s  t 28   => alarm inlet_recommended of in raised 0:07:30
                                         => no notice
      0:08:30 to 0:12 every 30 s  t 24   => alarm inlet_recommended of in cleared 0:09:30
                                         => no notice
      0:12:30 to 0:14 every 30 s  t 28   => no notice
      0:14:30 to 0:18 every 30 s  t 24   => no notice
      0:18:30 to 0:20 every 30 s  t 28   => alarm inlet_recommended of in chattering 0:19:30 cycles 4
                                         => notice inlet_recommended of in chattering 0:19:30 severity warning says Warning: Inlet in (dc, hall): 28 °C, 1 K above the recommended upper limit of 27 °C (ASHRAE 2021r, class A1). Since 2026-03-02 00:18:30 UTC, for 1 min. Chattering alarm: raised 4 times within an hour. No further notice until it has been quiet for 30 min, unless it lasts 5 min.
      0:20:30 to 0:24 every 30 s  t 24   => no notice
      0:24:30 to 0:26 every 30 s  t 28   => alarm inlet_recommended of in raised 0:25:30 cycles 5
                                         => no notice
      0:26:30 to 0:57 every 30 s  t 24   => alarm inlet_recommended of in cleared 0:27:30
                                         => no notice
      0:57:30 to 1:10 every 30 s  t 24   => alarm inlet_recommended of in normal 0:57:30
                                         => notice inlet_recommended of in normal 0:57:30 says Inlet in (dc, hall): the alarm for the recommended temperature has been quiet for 30 min, after being raised 5 times.
      1:10:30 to 1:12 every 30 s  t 28   => notice inlet_recommended of in raised 1:11:30`,
    ))

  test('and then stays: that is told once, after five minutes', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  t 28
      0:02:30 to 0:06 every 30 s  t 24
      0:06:30 to 0:08 every 30 s  t 28
      0:08:30 to 0:12 every 30 s  t 24
      0:12:30 to 0:14 every 30 s  t 28
      0:14:30 to 0:18 every 30 s  t 24
      0:18:30 to 0:20 every 30 s  t 28    => so far
      0:20:30 to 0:24 every 30 s  t 24
      0:24:30 to 0:30 every 30 s  t 28    => no notice
      0:30:30 to 0:45 every 30 s  t 28    => notice inlet_recommended of in raised 0:25:30
      0:45:30 to 0:47 every 30 s  t 24    => alarm inlet_recommended of in cleared 0:46:30
                                          => no notice
      0:47:30 to 0:59 every 30 s  t 28    => no notice
      0:59:30 to 1:40 every 30 s  t 24    => notice inlet_recommended of in normal 1:30:30`,
    ))

  test('again soon after its end: told once it has stayed for five minutes, and over then as usual', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  t 28
      0:02:30 to 0:06 every 30 s  t 24    => so far
      0:06:30 to 0:12 every 30 s  t 28    => no notice
      0:12:30 to 0:20 every 30 s  t 28    => notice inlet_recommended of in raised 0:07:30
      0:20:30 to 0:22 every 30 s  t 24    => notice inlet_recommended of in cleared 0:21:30`,
    ))

  test('stays as it is when it has settled above the limit: its end is told', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  t 28
      0:02:30 to 0:06 every 30 s  t 24
      0:06:30 to 0:08 every 30 s  t 28
      0:08:30 to 0:12 every 30 s  t 24
      0:12:30 to 0:14 every 30 s  t 28
      0:14:30 to 0:18 every 30 s  t 24
      0:18:30 to 1:00 every 30 s  t 28   => so far
      1:00:30 to 1:02 every 30 s  t 24   => alarm inlet_recommended of in cleared 1:01:30
                                         => notice inlet_recommended of in cleared 1:01:30`,
    ))

  test('acknowledged while it is inside: whoever got the page has answered it', () =>
    scenario(
      SITE,
      `
      0:00 to 0:02 every 30 s  t 28
      0:02:30 to 0:06 every 30 s  t 24
      0:06:30 to 0:08 every 30 s  t 28
      0:08:30 to 0:12 every 30 s  t 24
      0:12:30 to 0:14 every 30 s  t 28
      0:14:30 to 0:18 every 30 s  t 24
      0:18:30 to 0:20 every 30 s  t 28
      0:20:30 to 0:22 every 30 s  t 24    => so far
      0:22:10  ack inlet_recommended in by ann   => notice inlet_recommended of in acked`,
    ))
})

const BOTH = SITE.replace('inlet_allowable: { enabled: false }, ', '')

describe('two limits of one inlet', () => {
  test('the lesser is suppressed while the greater stands, and told by a row when that is over', () =>
    scenario(
      BOTH,
      `
      0:00 to 0:05 every 30 s  t 28     => notice inlet_recommended of in raised 0:01
      0:05:30 to 0:10 every 30 s  t 33  => alarm inlet_allowable of in raised 0:06:30 severity critical
                                        => alarm inlet_recommended of in suppressed 0:06:30 says Inlet in (dc, hall): 33 °C, 6 K above the recommended upper limit of 27 °C (ASHRAE 2021r, class A1). No notice of its own: the alarm for the allowable temperature stands for this one.
                                        => notice inlet_allowable of in raised 0:06:30
      0:10:30 to 0:15 every 30 s  t 29  => alarm inlet_allowable of in cleared 0:11:30
                                        => alarm inlet_recommended of in raised 0:11:30
                                        => notice inlet_allowable of in cleared 0:11:30
      0:15:30 to 0:17 every 30 s  t 24  => alarm inlet_recommended of in cleared 0:16:30
                                        => notice inlet_recommended of in cleared 0:16:30`,
    ))

  test('both at once: one page, of the greater', () =>
    scenario(
      BOTH,
      `
      0:00  t 24
      0:00:30 to 0:05 every 30 s  t 40  => alarm inlet_allowable of in raised 0:01:30
                                        => alarm inlet_recommended of in suppressed 0:01:30
                                        => notice inlet_allowable of in raised 0:01:30
      0:05:30 to 0:10 every 30 s  t 24  => alarm inlet_allowable of in cleared 0:06:30
                                        => alarm inlet_recommended of in normal 0:06:30
                                        => notice inlet_allowable of in cleared 0:06:30`,
    ))

  test('still too warm for the lesser when the greater is over, and nobody was told of that: now they are', () =>
    scenario(
      BOTH,
      `
      0:00  t 24
      0:00:30 to 0:05 every 30 s  t 40  => so far
      0:05:30 to 0:10 every 30 s  t 29  => notice inlet_allowable of in cleared 0:06:30
                                        => notice inlet_recommended of in raised 0:06:30`,
    ))

  test('a sensor that cycles over both: the greater pages through what the lesser holds back', () =>
    scenario(
      BOTH,
      `
      0:00 to 0:02 every 30 s  t 28
      0:02:30 to 0:06 every 30 s  t 24
      0:06:30 to 0:08 every 30 s  t 28
      0:08:30 to 0:12 every 30 s  t 24
      0:12:30 to 0:14 every 30 s  t 28
      0:14:30 to 0:18 every 30 s  t 24
      0:18:30 to 0:20 every 30 s  t 28    => so far
      0:20:30 to 0:24 every 30 s  t 24
      0:24:30 to 0:27 every 30 s  t 33    => notice inlet_allowable of in raised 0:25:30 severity critical`,
    ))

  test.each([
    ['their time is over', '0:05:30 to 0:12 every 30 s  t 40', '0:10'],
    ['by an order to all', '0:08:10  unshelve * * by ann', '0:08:10'],
  ])('both come off their shelf, %s: the greater is raised, the lesser stays behind it', (_, end, at) =>
    scenario(
      BOTH,
      `
      0:00  t 24
      0:00:30 to 0:05 every 30 s  t 40  => notice inlet_allowable of in raised 0:01:30
      0:05:10  shelve * * by ann until 0:10 why a fan is mended   => notice inlet_allowable of in shelved
      0:05:30 to 0:08 every 30 s  t 40  => no notice
      ${end}                            => notice inlet_allowable of in unshelved ${at}
                                        => notice inlet_allowable of in raised`,
    ),
  )

  test('the greater is shelved: the lesser speaks for itself', () =>
    scenario(
      BOTH,
      `
      0:00  t 24
      0:00:30 to 0:05 every 30 s  t 40  => so far
      0:05:10  shelve inlet_allowable in by ann until 1:05 why a fan is mended
      @0:05:12                          => alarm inlet_allowable of in shelved
                                        => alarm inlet_recommended of in raised
                                        => notice inlet_allowable of in shelved
                                        => notice inlet_recommended of in raised`,
    ))
})

describe('shelved', () => {
  const shelve = 'shelve inlet_recommended in by ann until 0:10 why a fan is mended'

  test('nobody was told of the alarm: nobody is told of its shelf, and rows have it', () =>
    scenario(
      SITE,
      `
      0:00 to 0:05 every 30 s  t 24   => so far
      0:05:10  ${shelve}              => alarm inlet_recommended of in shelved
                                      => no notice
      0:05:30 to 0:12 every 30 s  t 24  => alarm inlet_recommended of in unshelved 0:10
                                      => alarm inlet_recommended of in normal
                                      => no notice
      0:12:30 to 0:15 every 30 s  t 28  => notice inlet_recommended of in raised 0:13:30`,
    ))

  test('whoever was told of it is told', () =>
    scenario(
      SITE,
      `
      0:00 to 0:05 every 30 s  t 28   => notice inlet_recommended of in raised
      0:05:10  ${shelve}              => notice inlet_recommended of in shelved
      0:05:30 to 0:12 every 30 s  t 24  => notice inlet_recommended of in unshelved 0:10
                                      => notice inlet_recommended of in normal`,
    ))
})

const FAST = SITE.replace(', rate_of_change: { enabled: false }', '')
const RATE = 'rate_of_change of in'

describe('a fast change of temperature', () => {
  test('that breaks a limit: the limit is the page, and what it told is no news when it is over', () =>
    scenario(
      FAST,
      `
      0:00 to 0:20 every 30 s  t 22
      0:20:30 to 0:26 every 30 s  t 29    => alarm inlet_recommended of in raised 0:21:30
                                          => alarm ${RATE} suppressed 0:21:30 says Inlet in (dc, hall): warmed by 7 K in 15 min, more than the limit of 5 K (ASHRAE 2021r, class A1). No notice of its own: the alarm for the recommended temperature stands for this one.
                                          => notice inlet_recommended of in raised 0:21:30
      0:26:30 to 0:30 every 30 s  t 22    => alarm inlet_recommended of in cleared 0:27:30
                                          => alarm ${RATE} normal 0:27:30
                                          => notice inlet_recommended of in cleared 0:27:30
      0:30:30 to 1:40 every 30 s  t 22    => no notice
                                          => no alarm`,
    ))

  test('as large once more after that: told, as no limit stands for it', () =>
    scenario(
      FAST,
      `
      0:00 to 0:20 every 30 s  t 22
      0:20:30 to 0:26 every 30 s  t 29
      0:26:30 to 0:30 every 30 s  t 20    => so far
      0:30:30 to 0:35 every 30 s  t 26    => notice ${RATE} raised 0:30:30 severity critical`,
    ))

  test('inside the limits, which breaks one later: both are told, each when it is so', () =>
    scenario(
      FAST,
      `
      0:00 to 0:20 every 30 s  t 20
      0:20:30 to 0:25 every 30 s  t 26    => notice ${RATE} raised 0:21:30
                                          => alarm ${RATE} raised 0:21:30
      0:25:30 to 0:30 every 30 s  t 28    => notice inlet_recommended of in raised 0:26:30
                                          => alarm inlet_recommended of in raised 0:26:30
                                          => alarm ${RATE} suppressed 0:26:30
      0:30:30 to 0:50 every 30 s  t 25    => notice inlet_recommended of in cleared 0:31:30
                                          => notice ${RATE} cleared 0:36:30`,
    ))

  test('it waits for a limit whose on-delay still runs, and speaks for itself when that comes to nothing', () =>
    scenario(
      FAST,
      `
      0:00 to 0:20 every 30 s  t 20
      0:20:30             t 26
      0:21                t 28
      0:21:30 to 0:24 every 30 s  t 26    => alarm ${RATE} suppressed 0:21:30
                                          => alarm ${RATE} reclassified 0:21:30.001
                                          => alarm ${RATE} raised 0:21:30.002
                                          => notice ${RATE} raised 0:21:30.002`,
    ))

  test('it does not wait longer for a sensor that fell silent meanwhile', () =>
    scenario(
      FAST.replace('alarms: {', 'alarms: { inlet_recommended: { onDelayS: 240 },'),
      `
      0:00 to 0:20 every 30 s  t 20
      0:20:30             t 26
      0:21                t 28
      @0:24:50                            => alarm ${RATE} suppressed 0:21:30
                                          => no notice
      @0:25:30                            => notice ${RATE} raised 0:25:01.001`,
    ))

  test('that is more urgent than the limit, by a rule of the site, has a page of its own', () =>
    scenario(
      FAST.replace('alarms: {', 'alarms: { rate_of_change: { severity: high },'),
      `
      0:00 to 0:20 every 30 s  t 22
      0:20:30 to 0:26 every 30 s  t 29    => notice inlet_recommended of in raised 0:21:30 severity warning
                                          => notice ${RATE} raised 0:21:30 severity high`,
    ))
})

const METERS = `
site: { id: dc, timezone: UTC }
core: { latenessS: 60, boundS: 5, windows: [5m] }
points:
  main: { topic: main, unit: kW, everyS: 60, maxGapS: 90 }
  ups: { topic: ups, unit: kW, everyS: 60, maxGapS: 90 }
boundaries:
  dc: { facility: [main], it: [ups] }
`

describe('a PUE that is not known', () => {
  test('because a meter is silent: its silence is the page, and an hour behind it the PUE is known again', () =>
    scenario(
      METERS,
      `
      0:00 to 2:00 every 60 s  main 120 ups 100
      2:01 to 2:45 every 60 s  main 120           => notice stale of ups raised 2:05
                                                  => alarm stale of ups raised 2:05
                                                  => alarm coverage of dc suppressed 2:31 says Boundary dc (dc): only 48.3 % of the last hour is known for the PUE; the site requires 50 % (alarms.coverage.least). No notice of its own: the alarm for silence stands for this one.
      2:46 to 4:00 every 60 s  main 120 ups 100   => notice stale of ups cleared 2:46
                                                  => alarm stale of ups cleared 2:46
                                                  => alarm coverage of dc normal 3:16`,
    ))

  test('for another reason than silence: it speaks for itself', () =>
    scenario(
      METERS.replace(
        'everyS: 60, maxGapS: 90 }\nboundaries',
        'everyS: 60, maxGapS: 90 }\nalarms: { stale: { enabled: false }, refused: { enabled: false } }\nboundaries',
      ),
      `
      0:00 to 2:00 every 60 s  main 120 ups 100
      2:01 to 2:45 every 60 s  main 120           => notice coverage of dc raised 2:31`,
    ))

  test('on a fresh site: nobody is told for a day, but once it was known', () =>
    scenario(
      METERS.replace('boundaries', 'alarms: { stale: { enabled: false } }\nboundaries'),
      `
      0:00             main 120 ups 100
      0:01 to 5:00 every 60 s  main 120           => no notice
      5:01 to 6:30 every 60 s  main 120 ups 100   => no notice
      6:31 to 8:00 every 60 s  main 120           => notice coverage of dc raised 7:01`,
    ))

  test('on a site that was never known: after a day', () =>
    scenario(
      METERS.replace('boundaries', 'alarms: { stale: { enabled: false }, coverage: { graceS: 7200 } }\nboundaries'),
      `
      0:00             main 120 ups 100
      0:01 to 3:00 every 60 s  main 120           => notice coverage of dc raised 2:00 0.0`,
    ))
})
