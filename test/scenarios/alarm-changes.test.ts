/** The alarm for too fast a change: its span and direction, and changes that were long past when they were found. */
import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

function siteWith(equipment = 'ite'): string {
  return `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  t: { topic: t, unit: °C, everyS: 60 }
inlets:
  in: { dryBulb: t, class: A4, hall: h1, equipment: ${equipment} }
alarms: { rate_of_change: { onDelayS: 0 }, stale: { enabled: false }, inlet_recommended: { enabled: false }, inlet_allowable: { enabled: false } }
`
}

describe('a change says its span and its direction', () => {
  test('warmer', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:19 every 60 s  t 20
      0:20 to 0:21 every 60 s  t 28.13   => alarm rate_of_change raised 8.13 limit 5 side above says Critical: Inlet in (dc, hall h1): warmed by 8.1 K in 15 min, more than the limit of 5 K (ASHRAE 2021r, class A4). Since 2026-03-02 00:20:00 UTC.`,
    ))

  test('colder', () =>
    scenario(
      siteWith(),
      `
      0:00 to 0:19 every 60 s  t 28
      0:20 to 0:21 every 60 s  t 21   => alarm rate_of_change raised 7 limit 5 side below says Critical: Inlet in (dc, hall h1): cooled by 7 K in 15 min, more than the limit of 5 K (ASHRAE 2021r, class A4). Since 2026-03-02 00:20:00 UTC.`,
    ))

  test('tape has its own limit, over the hour', () =>
    scenario(
      siteWith('tape'),
      `
      0:00 to 0:50 every 60 s  t 20
      0:51 to 0:52 every 60 s  t 25.5   => alarm rate_of_change raised 5.5 limit 5 says Critical: Inlet in (dc, hall h1): warmed by 5.5 K in 60 min, more than the limit of 5 K (ASHRAE 2021r, class A4). Since 2026-03-02 00:51:00 UTC.`,
    ))
})

test('it is critical at once; a warning where a rule says so, of all or of a hall', () => {
  const RISE = `
      0:00 to 0:19 every 60 s  t 20
      0:20 to 0:21 every 60 s  t 26   => alarm rate_of_change raised 6 limit 5`
  scenario(siteWith(), `${RISE} severity critical`)
  scenario(siteWith().replace('onDelayS: 0', 'onDelayS: 0, severity: warning'), `${RISE} severity warning`)
  const inHall = siteWith().replace(
    'alarms: {',
    'alarms: { rules: [{ kind: rate_of_change, hall: h1, severity: warning }],',
  )
  scenario(inHall, `${RISE} severity warning`)
})

test('what is told begins at one time, though the air turns while it stands', () =>
  scenario(
    siteWith(),
    `
      0:00 to 0:19 every 60 s  t 20
      0:20 to 0:24 every 60 s  t 28   => alarm rate_of_change raised 8 since 0:20 side above
      0:25 to 0:39 every 60 s  t 20
      0:40 to 0:41 every 60 s  t 20   => alarm rate_of_change cleared since 0:20`,
  ))

test('by default it has to last for a minute', () =>
  scenario(
    siteWith().replace('rate_of_change: { onDelayS: 0 }, ', ''),
    `
      0:00 to 0:19 every 60 s  t 20
      0:20  t 28                       => no alarm
      0:21 to 0:22 every 60 s  t 28    => alarm rate_of_change raised 0:21 since 0:20`,
  ))

describe('a change that was long past when we heard of it', () => {
  const BACKLOG = `
      0:00 to 0:19 every 60 s  t 20    @0:32
      0:20 to 0:32 every 60 s  t 28    @0:32   => alarm rate_of_change late 0:20 8 side above`

  test('is recorded as late, and stays so while it is still within the quarter of an hour', () =>
    scenario(
      siteWith(),
      `${BACKLOG}
      0:33 to 0:50 every 60 s  t 28.3          => no alarm`,
    ))

  test('does not hide a new one', () =>
    scenario(
      siteWith(),
      `${BACKLOG}
      0:33  t 28                               => no alarm
      0:34 to 0:35 every 60 s  t 22            => alarm rate_of_change raised since 0:34 side above`,
    ))
})
