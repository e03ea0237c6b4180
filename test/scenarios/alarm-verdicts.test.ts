/** Alarms say what the machine found: the words of the person who is woken, and no page for what is over. */
import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

/** Class A2: 18–27 °C recommended, 10–35 °C allowable. A point is stale after 4 min and a minute of delay. */
function siteWith(rules = '', language = 'en'): string {
  return `
site: { id: dc, timezone: Europe/Paris }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  t: { topic: t, unit: °C, everyS: 30 }
  other: { topic: other, unit: °C, everyS: 30 }
inlets:
  in: { dryBulb: t, class: A2, hall: h1, rack: r7 }
notify: { language: ${language} }
alarms: { rate_of_change: { enabled: false }, inlet_allowable: { enabled: false }, ${rules} }
`
}

const STANDS = `
      0:00 to 0:10 every 30 s  t 29 other 20   => alarm inlet_recommended of in raised 0:01 29`

describe('a breach says where, by how much, whose limit, and since when', () => {
  test('when it is raised', () =>
    scenario(
      siteWith(),
      `
      0:00     t 24
      0:00:30  t 28.5
      0:01     t 29.5
      0:01:29  t 29
      @0:01:31
      => alarm inlet_recommended raised 0:01:30 since 0:00:30 peak 29.5 unit °C side above says Warning: Inlet in (dc, hall h1, rack r7): 29 °C, 2 K above the recommended upper limit of 27 °C (ASHRAE 2021r, class A2). Since 2026-03-02 01:00:30 UTC+1, for 1 min; highest 29.5 °C.`,
    ))

  test('when it is over: how long it lasted and how far it went', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:03 every 30 s  t 29   => so far
      0:03:30  t 31.2
      0:06 to 0:08 every 30 s  t 24 other 20   => alarm stale of other raised
                                      => alarm stale of other cleared
                                      => alarm inlet_recommended cleared 0:07 24 since 0:00 peak 31.2 says Inlet in (dc, hall h1, rack r7): 24 °C, within the recommended upper limit of 27 °C (ASHRAE 2021r, class A2). It lasted 7 min, from 2026-03-02 01:00:00 UTC+1; highest 31.2 °C.`,
    ))

  test('too cold is below the low limit, and its peak is the lowest', () =>
    scenario(
      siteWith(),
      `
      0:00     t 17
      0:00:30  t 15.5
      0:00:59  t 16
      @0:01    => alarm inlet_recommended raised peak 15.5 side below says Warning: Inlet in (dc, hall h1, rack r7): 16 °C, 2 K below the recommended lower limit of 18 °C (ASHRAE 2021r, class A2). Since 2026-03-02 01:00:00 UTC+1, for 1 min; lowest 15.5 °C.`,
    ))

  test('a hundredth of a kelvin above is not told as the limit itself', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:01 every 30 s  t 27.02   => alarm inlet_recommended raised says Warning: Inlet in (dc, hall h1, rack r7): 27.02 °C, 0.02 K above the recommended upper limit of 27 °C (ASHRAE 2021r, class A2). Since 2026-03-02 01:00:00 UTC+1, for 1 min.`,
    ))

  test('a limit that the site has shifted is the site\u2019s own', () =>
    scenario(
      siteWith('inlet_recommended: { limit: allowable - 1 K }'),
      `
      0:00 to 0:01 every 30 s  t 34.5   => alarm inlet_recommended raised 34.5 limit 34 says Warning: Inlet in (dc, hall h1, rack r7): 34.5 °C, 0.5 K above the site's own upper limit of 34 °C (allowable − 1 K). Since 2026-03-02 01:00:00 UTC+1, for 1 min.`,
    ))

  test('high in the mountains the allowable limit is the derated one', () =>
    scenario(
      siteWith('inlet_recommended: { limit: allowable }').replace('id: dc,', 'id: dc, altitudeM: 1800,'),
      `
      0:00 to 0:01 every 30 s  t 33   => alarm inlet_recommended raised 33 limit 32 says Warning: Inlet in (dc, hall h1, rack r7): 33 °C, 1 K above the allowable upper limit of 32 °C (ASHRAE 2021r, class A2, at 1800 m). Since 2026-03-02 01:00:00 UTC+1, for 1 min.`,
    ))

  test('in French', () =>
    scenario(
      siteWith('', 'fr'),
      `
      0:00 to 0:01 every 30 s  t 29.5   => alarm inlet_recommended raised says Avertissement\u00a0: Entrée d'air in (dc, salle h1, baie r7)\u00a0: 29,5\u00a0°C, 2,5\u00a0K au-dessus de la limite haute recommandée de 27\u00a0°C (ASHRAE 2021r, classe A2). Depuis le 2026-03-02 01:00:00 UTC+1, soit 1\u00a0min.`,
    ))
})

describe('back from silence', () => {
  test('well inside: a return, cleared when it lasts; never raised anew', () =>
    scenario(
      siteWith(),
      `${STANDS}
      0:10:30 to 0:40 every 30 s  other 20       => alarm stale of t raised 0:15
                                                 => alarm inlet_recommended becomes stale 0:15 29 since 0:00
      0:40:30  t 24   => alarm stale of t cleared 0:40:30
                      => alarm inlet_recommended returned 0:40:30 24 since 0:00 says Warning: Inlet in (dc, hall h1, rack r7): heard again at 2026-03-02 01:40:30 UTC+1: 24 °C, within the recommended upper limit of 27 °C (ASHRAE 2021r, class A2). The alarm ends once this has lasted 1 min.
      0:41 to 0:42 every 30 s  t 24              => alarm inlet_recommended cleared 0:41:30 24`,
    ))

  test('within the deadband: it stands, and nobody is paged again', () =>
    scenario(
      siteWith(),
      `${STANDS}
      @0:40                                      => so far
      0:40:30  t 26.8   => alarm stale cleared of t
                        => alarm inlet_recommended returned says Warning: Inlet in (dc, hall h1, rack r7): heard again at 2026-03-02 01:40:30 UTC+1: 26.8 °C, within the recommended upper limit of 27 °C (ASHRAE 2021r, class A2), but by less than the deadband of 0.5 K. The alarm stands until the value has left the deadband.
      0:41 to 0:45 every 30 s  t 26.8            => no alarm`,
    ))

  test('inside at first, then beyond: raised after all, under the same alarm', () =>
    scenario(
      siteWith(),
      `${STANDS}
      @0:40                    => so far
      0:40:30  t 24            => alarm stale cleared of t
                               => alarm inlet_recommended returned
      0:41     t 29            => alarm inlet_recommended raised 0:41 29 since 0:00`,
    ))

  test('beyond: raised once more, since when it began', () =>
    scenario(
      siteWith(),
      `${STANDS}
      @0:40                    => so far
      0:40:30  t 30            => alarm stale cleared of t
                               => alarm inlet_recommended raised 0:40:30 30 since 0:00 peak 30`,
    ))

  test('an acknowledged alarm keeps who acknowledged it, and since when it stands', () =>
    scenario(
      siteWith(),
      `${STANDS}
      0:10:10  ack inlet_recommended in by ann   => so far
      0:10:30 to 0:16 every 30 s  other 20   => alarm stale of t raised
                  => alarm inlet_recommended becomes stale by ann since 0:00 says Warning: Inlet in (dc, hall h1, rack r7): no valid reading since 2026-03-02 01:10:00 UTC+1 while the alarm for the recommended temperature stands; whether it still holds is not known. Last reading: 29 °C, 2 K above the recommended upper limit of 27 °C (ASHRAE 2021r, class A2). It began at 2026-03-02 01:00:00 UTC+1. Acknowledged by ann.
      0:20  t 29  => alarm stale cleared of t
                  => alarm inlet_recommended acked 29 by ann since 0:00`,
    ))
})

describe('set aside', () => {
  test('off the shelf while the newest reading is inside: nobody is paged', () =>
    scenario(
      siteWith(),
      `${STANDS}
      0:10:10  shelve inlet_recommended in by ann until 0:12:10 why new fans   => so far
      0:10:30 to 0:11:30 every 30 s  t 29        => no alarm
      0:12     t 24                              => no alarm
      @0:12:10   => alarm inlet_recommended unshelved 0:12:10
                 => alarm inlet_recommended normal`,
    ))
})

describe('a gateway', () => {
  const GATEWAY = siteWith().replaceAll('everyS: 30', 'everyS: 30, gateway: g')

  test('that nobody listened to for a while is told by when it was really heard', () =>
    scenario(
      GATEWAY,
      `
      0:00 to 0:02 every 30 s  t 24 other 24
      0:18:30  listen   # the daemon was away from 0:02 on
      @0:22:30   => alarm gateway of g raised 1230 since 0:02 says Critical: Gateway g (dc, hall h1, rack r7): none of its 2 points has been heard since 2026-03-02 01:02:00 UTC+1 (20 min 30 s); a point may be silent for 4 min. Not seen meanwhile: inlet in.`,
    ))
})
