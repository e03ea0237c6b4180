/** What operators do with alarms, and what the alarms do then (ISA-18.2). */
import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

/** Class A1: 18–27 °C and 15–32 °C; only the recommended range raises anything. Nothing is stale before an hour. */
function siteWith(rule = '', more = ''): string {
  return `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  t: { topic: t, unit: °C, everyS: 30 }
inlets:
  in: { dryBulb: t, class: A1 }
alarms:
  inlet_recommended: { ${rule} }
  inlet_allowable: { enabled: false }
  stale: { afterS: 3600 }
  ${more}
`
}

const RAISED = `
      0:00 to 0:02 every 30 s  t 29   => alarm inlet_recommended of in raised 0:01 29 limit 27`

describe('acknowledged', () => {
  test('while it stands: it is told once, and cleared as ever', () =>
    scenario(
      siteWith(),
      `${RAISED}
      0:02:10  ack inlet_recommended in by ann   => outcome command
                                                 => alarm inlet_recommended of in acked 0:02:10 29 by ann
      0:02:20  ack inlet_recommended in by bob   => no alarm
      0:02:30 to 0:05 every 30 s  t 25           => alarm inlet_recommended of in cleared 0:03:30 25`,
    ))

  test('when it is over and the rule asks for it: cleared, and normal only then', () =>
    scenario(
      siteWith('acknowledge: true'),
      `${RAISED}
      0:02:30 to 0:05 every 30 s  t 25           => alarm inlet_recommended cleared 0:03:30 25
      0:05:10  ack inlet_recommended in by ann   => alarm inlet_recommended normal 0:05:10 by ann
      0:05:20  ack inlet_recommended in by ann   => no alarm`,
    ))

  test('before it was over: nothing is left to acknowledge', () =>
    scenario(
      siteWith('acknowledge: true'),
      `${RAISED}
      0:02:10  ack inlet_recommended in by ann   => alarm inlet_recommended acked by ann
      0:02:30 to 0:05 every 30 s  t 25           => alarm inlet_recommended normal 0:03:30
      0:05:10  ack inlet_recommended in by ann   => no alarm`,
    ))

  test('cleared and not acknowledged, it is raised anew', () =>
    scenario(
      siteWith('acknowledge: true'),
      `${RAISED}
      0:02:30 to 0:04 every 30 s  t 25   => alarm inlet_recommended cleared 0:03:30
      0:04:30 to 0:06 every 30 s  t 29   => alarm inlet_recommended raised 0:05:30 29
      0:06:10  ack inlet_recommended in by ann   => alarm inlet_recommended acked 0:06:10`,
    ))

  test('all that stand of a kind, by a star', () =>
    scenario(
      siteWith().replace('inlets:', 'inlets:\n  on: { dryBulb: t, class: A1 }'),
      `
      0:00 to 0:01 every 30 s  t 29              => alarm inlet_recommended of on raised 0:01
                                                 => alarm inlet_recommended of in raised 0:01
      0:01:10  ack inlet_recommended * by ann    => alarm inlet_recommended of on acked 0:01:10
                                                 => alarm inlet_recommended of in acked 0:01:10`,
    ))
})

describe('latched', () => {
  test('it outlives its cause until somebody resets it', () =>
    scenario(
      siteWith('latch: true'),
      `${RAISED}
      0:02:30 to 0:05 every 30 s  t 25           => alarm inlet_recommended latched 0:03:30 25
      0:05:10  ack inlet_recommended in by ann   => alarm inlet_recommended normal 0:05:10 by ann`,
    ))

  test('acknowledged before, it latches all the same', () =>
    scenario(
      siteWith('latch: true'),
      `${RAISED}
      0:02:10  ack inlet_recommended in by ann   => alarm inlet_recommended acked 0:02:10
      0:02:30 to 0:05 every 30 s  t 25           => alarm inlet_recommended latched 0:03:30`,
    ))

  test('breached again before the reset, it is the same alarm', () =>
    scenario(
      siteWith('latch: true'),
      `
      0:00 to 0:02 every 30 s  t 29       => alarm inlet_recommended raised 0:01 id inlet_recommended:in:1772409660000
      0:02:30 to 0:04 every 30 s  t 25    => alarm inlet_recommended latched 0:03:30
      0:04:30 to 0:06 every 30 s  t 29    => alarm inlet_recommended raised 0:05:30 id inlet_recommended:in:1772409660000`,
    ))
})

describe('shelved', () => {
  test('nothing is told until its time is over; what is active then is raised anew', () =>
    scenario(
      siteWith(),
      `${RAISED}
      0:02:10  shelve inlet_recommended in by ann until 0:10:05 why new fans
              => alarm inlet_recommended shelved 0:02:10 by ann until 2026-03-02T00:10:05.000Z
      0:02:30 to 0:04 every 30 s  t 25   => no alarm
      0:04:30 to 0:10 every 30 s  t 30   => no alarm
      @0:10:05                           => alarm inlet_recommended unshelved 0:10:05
                                         => alarm inlet_recommended raised 0:10:05.001 30
      0:10:30 to 0:13 every 30 s  t 25   => alarm inlet_recommended cleared 0:11:30`,
    ))

  test('what is over by then is normal', () =>
    scenario(
      siteWith(),
      `${RAISED}
      0:02:10  shelve inlet_recommended in by ann until 0:10 why new fans   => so far
      0:02:30 to 0:12 every 30 s  t 25   => alarm inlet_recommended unshelved 0:10
                                         => alarm inlet_recommended normal 0:10:00.001 says Inlet in (dc, hall): the alarm for the recommended temperature is in use again and not raised.`,
    ))

  test('before anything was raised: it is not told to be over, a breach that waits for its delay neither', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:09:30 every 30 s  t 25   => no alarm
      0:09:31  shelve inlet_recommended in by ann until 0:09:50 why new fans   => so far
      0:09:45  t 30
      @0:09:50   => alarm inlet_recommended unshelved 0:09:50
                 => alarm inlet_recommended normal 0:09:50.001 says Inlet in (dc, hall): the alarm for the recommended temperature is in use again and not raised. At present: 30 °C, 3 K above the recommended upper limit of 27 °C (ASHRAE 2021r, class A1).
      0:10:15 to 0:11 every 30 s  t 30   => alarm inlet_recommended raised 0:10:45 since 0:09:45`,
    ))

  test('taken off the shelf by hand', () =>
    scenario(
      siteWith(),
      `
      0:00  t 25
      0:00:10  shelve inlet_recommended in by ann until 4:00 why new fans   => so far
      0:00:30 to 0:05 every 30 s  t 29                => no alarm
      0:05:10  unshelve inlet_recommended in by bob   => alarm inlet_recommended unshelved 0:05:10 by bob
                                                      => alarm inlet_recommended raised 29`,
    ))

  test('all of a kind, before anything was raised', () =>
    scenario(
      siteWith().replace('points:', 'points:\n  u: { topic: u, unit: °C, everyS: 30 }'),
      `
      0:00  t 25  u 25
      0:00:10  shelve stale * by ann until 3:00 why the network is being mended
              => alarm stale of u shelved 0:00:10 by ann
              => alarm stale of t shelved 0:00:10 by ann
      @2:59   => no alarm
      @3:00   => alarm stale of u unshelved 3:00
              => alarm stale of u raised
              => alarm stale of t unshelved 3:00
              => alarm stale of t raised`,
    ))

  test('without a why, without an end, for too long: refused', () =>
    scenario(
      siteWith(),
      `${RAISED}
      0:02:10  shelve inlet_recommended in by ann until 0:10               => outcome bad_payload
                                                                           => no alarm
      0:02:11  shelve inlet_recommended in by ann why new fans             => outcome bad_payload
      0:02:12  shelve inlet_recommended in by ann until 2400:00 why rest   => outcome bad_payload
      0:02:13  ack inlet_recommended nobody by ann                         => outcome bad_payload`,
    ))

  test('a latch is still there afterwards', () =>
    scenario(
      siteWith('latch: true'),
      `${RAISED}
      0:02:30 to 0:04 every 30 s  t 25   => alarm inlet_recommended latched
      0:04:10  shelve inlet_recommended in by ann until 0:10 why new fans   => so far
      @0:10                              => alarm inlet_recommended unshelved 0:10
                                         => alarm inlet_recommended latched`,
    ))
})

describe('out of service', () => {
  test('by command: nothing is told until it is back', () =>
    scenario(
      siteWith(),
      `
      0:00  t 25
      0:00:10  out_of_service inlet_recommended in by ann why the row is being built   => alarm inlet_recommended out_of_service 0:00:10 by ann
      0:00:30 to 0:05 every 30 s  t 29                  => no alarm
      0:05:10  in_service inlet_recommended in by ann   => alarm inlet_recommended raised 0:05:10 29`,
    ))

  test.each(['moisture of in', 'rate_of_change of in', 'gateway of g', 'coverage of it', 'journal of dc'])(
    'by command, all of a kind, before anything was raised: %s',
    (told) =>
      scenario(
        siteWith()
          .replace('everyS: 30', 'everyS: 30, gateway: g')
          .replace(
            'inlets:',
            '  p: { topic: p, unit: kW, everyS: 30 }\nboundaries:\n  it: { facility: [p], it: [p] }\ninlets:',
          ),
        `
      0:00  t 25
      0:00:10  out_of_service ${told.split(' ')[0]} * by ann why the row is being built   => alarm ${told} out_of_service by ann`,
      ),
  )

  test('by the configuration, all of a kind', () =>
    scenario(
      siteWith('', 'out_of_service: [inlet_recommended]'),
      `
      0:00 to 0:05 every 30 s  t 29   => alarm inlet_recommended of in out_of_service 0:00:01`,
    ))

  test('… or all alarms of a source', () =>
    scenario(
      siteWith('', 'out_of_service: [in]'),
      `
      0:00 to 0:05 every 30 s  t 29   => alarm inlet_recommended of in out_of_service 0:00:01
                                      => alarm moisture of in out_of_service 0:00:01
                                      => alarm rate_of_change of in out_of_service 0:00:01
                                      => alarm sensor of in out_of_service 0:00:01`,
    ))
})

describe('the source falls silent', () => {
  const STALE = siteWith().replace('afterS: 3600', 'afterS: 240')

  test('an acknowledged alarm stays acknowledged when it speaks again', () =>
    scenario(
      STALE,
      `${RAISED}
      0:02:10  ack inlet_recommended in by ann   => so far
      @0:07                                      => alarm stale of t raised 0:07
                                                 => alarm inlet_recommended of in becomes stale 0:07
      0:20  t 29                                 => alarm stale of t cleared 0:20
                                                 => alarm inlet_recommended of in acked 0:20`,
    ))

  test('it is cleared by readings only', () =>
    scenario(
      STALE,
      `${RAISED}
      @0:30   => so far
      0:30 to 0:32 every 30 s  t 25   => alarm stale of t cleared 0:30
                                      => alarm inlet_recommended of in returned 0:30
                                      => alarm inlet_recommended of in cleared 0:31 25`,
    ))

  test('time in which nobody listened is no silence', () =>
    scenario(
      STALE,
      `
      0:00 to 0:01 every 30 s  t 25
      5:00     listen                   => no alarm
      @5:03:59                          => no alarm
      @5:05                             => alarm stale of t raised 5:05`.replace('@5:05 ', '@5:05 '),
    ))
})

describe('limits', () => {
  test.each([
    ['limit: 30', 'inlet_recommended raised 0:01 30.5 limit 30', '29.5'],
    ['limit: allowable', 'inlet_recommended raised 0:01 32.5 limit 32', '31.5'],
    ['limit: allowable - 2 K', 'inlet_recommended raised 0:01 30.5 limit 30', '29.5'],
    ['high: recommended + 1.5 K', 'inlet_recommended raised 0:01 29 limit 28.5', '28.4'],
    ['limit: allowable - 2 K', 'inlet_recommended raised 0:01 16.5 limit 17', '17.5'],
    ['low: 10', 'inlet_recommended raised 0:01 9.5 limit 10', '10.5'],
    ['limit: 30', 'inlet_recommended raised 0:01 17.5 limit 18', '18.5'],
  ])('%s: %s', (rule, expected, inside) => {
    const [, breaching = ''] = / ([\d.]+) limit/.exec(expected) ?? []
    scenario(
      siteWith(rule),
      `
      0:00 to 0:01 every 30 s  t ${breaching}   => alarm ${expected}`,
    )
    scenario(
      siteWith(rule),
      `
      0:00 to 0:10 every 30 s  t ${inside}      => no alarm`,
    )
  })
})
