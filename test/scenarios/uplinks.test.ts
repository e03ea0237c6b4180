/**
 * One cause is one page: a dead head with two values, a dead gateway, a lost uplink, a site of which nothing comes. Each
 * scenario is played a second time with a core that is saved and restored before every packet.
 */
import { describe, test } from 'vitest'
import { restartedScenario as scenario } from './scenario.ts'

const HEAD = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  t: { topic: head-t, device: head, unit: °C, everyS: 30 }
  rh: { topic: head-rh, device: head, unit: "%", everyS: 30 }
  other: { topic: other, unit: °C, everyS: 30 }
inlets: { in: { dryBulb: t, humidity: rh, class: A1 } }
alarms: { inlet_allowable: { enabled: false }, moisture: { enabled: false } }
`

describe('a head with temperature and humidity', () => {
  test('dead: one page, which names what cannot be seen', () =>
    scenario(
      HEAD,
      `
      0:00 to 0:02 every 30 s  t 25 rh 50 other 25
      0:02:30 to 0:30 every 30 s  other 25
            => alarm stale of t raised 0:07 unseen in
            => alarm stale of rh suppressed 0:07
            => notice stale of t raised 0:07
      0:30:30 to 0:32 every 30 s  t 25 rh 50 other 25
            => alarm stale of t cleared 0:30:30
            => alarm stale of rh normal 0:30:30
            => notice stale of t cleared 0:30:30`,
    ))

  test('of which one comes back: the other is told once it has had the time to', () =>
    scenario(
      HEAD,
      `
      0:00 to 0:02 every 30 s  t 25 rh 50 other 25
      0:02:30 to 0:30 every 30 s  other 25   => so far
      0:30:30 to 0:40 every 30 s  t 25 other 25
            => notice stale of t cleared 0:30:30
            => notice stale of rh raised 0:35:30`,
    ))

  test('whose humidity fails first: that the temperature falls silent too is news', () =>
    scenario(
      HEAD,
      `
      0:00 to 0:02 every 30 s  t 25 rh 50 other 25
      0:02:30 to 0:30 every 30 s  t 25 other 25   => notice stale of rh raised 0:07
      0:30:30 to 0:40 every 30 s  other 25        => notice stale of t raised 0:35`,
    ))
})

const SITE = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  a1: { topic: a1, unit: °C, everyS: 30, gateway: a }
  a2: { topic: a2, unit: °C, everyS: 60, gateway: a }
  b1: { topic: b1, unit: °C, everyS: 30, gateway: b }
  c1: { topic: c1, unit: °C, everyS: 30, gateway: c }
  direct: { topic: direct, unit: °C, everyS: 60 }
inlets: { in: { dryBulb: a1, class: A1 } }
alarms: { inlet_allowable: { enabled: false } }
`
const UPLINK = SITE.replace('alarms:', 'gateways: { a: { uplink: core-1 }, b: { uplink: core-1 } }\nalarms:')
const REFUSING = UPLINK.replaceAll('unit: °C,', 'unit: °C, min: -20, max: 70,')

describe('a lost uplink', () => {
  test('with a broker that is gone: the site is one page, and all else is suppressed', () =>
    scenario(
      SITE,
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      @0:30
            => notice uplink of dc raised 0:14 240 limit 240 severity critical says Critical: Site dc: nothing heard since 2026-03-02 00:10:00 UTC (4 min) from any of the 4 gateways and devices behind it; silence is allowed for 4 min. Not seen meanwhile: inlet in.
            => alarm uplink of dc raised 0:14
            => alarm gateway of a suppressed 0:14
            => alarm gateway of b suppressed 0:14
            => alarm gateway of c suppressed 0:14
            => alarm stale of a1 suppressed 0:15
            => alarm stale of a2 suppressed 0:15
            => alarm stale of b1 suppressed 0:15
            => alarm stale of c1 suppressed 0:15
            => alarm stale of direct suppressed 0:15
      0:30:30 to 0:34 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
            => notice uplink of dc cleared 0:30:30
            => alarm uplink of dc cleared 0:30:30
            => alarm gateway of a normal 0:30:30
            => alarm stale of a1 normal 0:30:30
            => alarm stale of a2 normal 0:30:30
            => alarm gateway of b normal 0:30:30
            => alarm stale of b1 normal 0:30:30
            => alarm gateway of c normal 0:30:30
            => alarm stale of c1 normal 0:30:30
            => alarm stale of direct normal 0:30:30`,
    ))

  test('with a meter that is heard every five minutes: gateways wait until it is late as well', () =>
    scenario(
      SITE.replace('topic: direct, unit: °C, everyS: 60', 'topic: direct, unit: °C, everyS: 300'),
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      @0:30   => notice uplink of dc raised 0:17:30`,
    ))

  test('with a meter that is heard once an hour: nobody waits for that', () =>
    scenario(
      SITE.replace('topic: direct, unit: °C, everyS: 60', 'topic: direct, unit: °C, everyS: 3600'),
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      @0:30   => notice uplink of dc raised 0:14`,
    ))

  test('of some gateways: that uplink is the page', () =>
    scenario(
      UPLINK,
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:10:30 to 0:40 every 30 s  c1 25 direct 25   => notice uplink of core-1 raised 0:14`,
    ))

  test('and one gateway of it does not come back: its own page, once it has had the time to', () =>
    scenario(
      UPLINK,
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:10:30 to 0:40 every 30 s  c1 25 direct 25   => so far
      0:40:30 to 0:50 every 30 s  b1 25 c1 25 direct 25
            => notice uplink of core-1 cleared 0:40:30
            => notice gateway of a raised 0:44:30`,
    ))

  test('one gateway alone is that gateway’s page, as soon as another is heard', () =>
    scenario(
      UPLINK,
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:10:30 to 0:30 every 30 s  b1 25 c1 25 direct 25   => notice gateway of a raised 0:14`,
    ))

  test('without its rule each gateway speaks for itself', () =>
    scenario(
      SITE.replace('alarms: {', 'alarms: { uplink: { enabled: false },'),
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      @0:14:30   => notice gateway of a raised 0:14
                 => notice gateway of b raised 0:14
                 => notice gateway of c raised 0:14`,
    ))

  test('that comes and goes: two pages, however often', () =>
    scenario(
      SITE.replace('alarms: {', 'alarms: { stale: { afterS: 60 },'),
      `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:13 to 0:16 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25   => notice uplink of dc raised 0:11:30
                                                                   => notice uplink of dc cleared 0:13
      0:19 to 0:22 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:25 to 0:28 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:31 to 0:34 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25   => notice uplink of dc chattering 0:29:30
      0:37 to 0:40 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:43 to 0:46 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25   => no notice`,
    ))
})

describe('an uplink whose readings come and are refused', () => {
  const AHEAD = `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25`

  test('all of one: that uplink is the page, with what is wrong, not one a gateway', () =>
    scenario(
      REFUSING,
      `${AHEAD}
      0:10:30 to 0:40 every 30 s  a1 850 a2 850 b1 850 c1 25 direct 25
            => notice uplink_refused of core-1 raised 0:15 severity critical says Critical: Uplink core-1 (dc, hall, rack in): readings arrive, but are refused: they lie outside the min and max of the point, or far above its rating; none has been accepted since 2026-03-02 00:10:00 UTC (5 min). Not seen meanwhile: inlet in.
            => alarm uplink_refused of core-1 raised 0:15
            => alarm gateway_refused of a suppressed
            => alarm gateway_refused of b suppressed
            => alarm refused of a1 suppressed
            => alarm refused of a2 suppressed
            => alarm refused of b1 suppressed
      0:40:30 to 0:50 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
            => notice uplink_refused of core-1 cleared 0:40:30
            => alarm uplink_refused of core-1 cleared 0:40:30
            => alarm gateway_refused of a normal
            => alarm refused of a1 normal
            => alarm refused of a2 normal
            => alarm gateway_refused of b normal
            => alarm refused of b1 normal`,
    ))

  test('of the whole site: the site is the page', () =>
    scenario(
      REFUSING,
      `${AHEAD}
      0:10:30 to 0:40 every 30 s  a1 850 a2 850 b1 850 c1 850 direct 850
            => notice uplink_refused of dc raised 0:15`,
    ))

  test('of one gateway, while the other is heard: that gateway’s page', () =>
    scenario(
      REFUSING,
      `${AHEAD}
      0:10:30 to 0:40 every 30 s  a1 850 a2 850 b1 25 c1 25 direct 25
            => notice gateway_refused of a raised 0:15`,
    ))

  test('of one gateway, while the other is silent: two troubles, two pages', () =>
    scenario(
      REFUSING,
      `${AHEAD}
      0:10:30 to 0:40 every 30 s  a1 850 a2 850 c1 25 direct 25
            => notice gateway of b raised 0:14
            => notice gateway_refused of a raised 0:15`,
    ))

  test('that was lost, and is back with readings that are refused: one alarm takes over from the other', () =>
    scenario(
      REFUSING,
      `${AHEAD}
      0:10:30 to 0:20 every 30 s  c1 25 direct 25   => notice uplink of core-1 raised 0:14
      0:20:30 to 0:40 every 30 s  a1 850 a2 850 b1 850 c1 25 direct 25
            => notice uplink_refused of core-1 raised 0:21:30
            => notice uplink of core-1 cleared 0:21:30`,
    ))

  test('that was lost, and of which one gateway is back with such readings: it is no longer the uplink', () =>
    scenario(
      REFUSING,
      `${AHEAD}
      0:10:30 to 0:20 every 30 s  c1 25 direct 25   => notice uplink of core-1 raised 0:14
      0:20:30 to 0:40 every 30 s  a1 850 a2 850 c1 25 direct 25
            => notice uplink of core-1 cleared 0:21:15
            => notice gateway of b raised
            => notice gateway_refused of a raised`,
    ))

  test('without its rule each gateway speaks for itself', () =>
    scenario(
      REFUSING.replace('alarms: {', 'alarms: { uplink_refused: { enabled: false },'),
      `${AHEAD}
      0:10:30 to 0:20 every 30 s  a1 850 a2 850 b1 850 c1 25 direct 25
            => notice gateway_refused of a raised 0:15
            => notice gateway_refused of b raised 0:15`,
    ))
})

test('a lost site whose branches fell silent one after the other is still one page', () =>
  scenario(
    UPLINK,
    `
      0:00 to 0:10 every 30 s  a1 25 a2 25 b1 25 c1 25 direct 25
      0:10:10  c1 25
      0:10:25  direct 25
      @0:30   => notice uplink of dc raised`,
  ))
