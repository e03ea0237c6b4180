/** Power that only one reading shows, of meters without a rating: it cannot be, so its time is unknown. */
import { describe, test } from 'vitest'
import { restartedScenario as scenario } from './scenario.ts'

const siteWith = (point: string) => `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 7200, boundS: 65, idleS: 600, windows: [5m] }
points:
  main: { topic: main, unit: kW, everyS: 60, role: facility }
  it: { topic: it, everyS: 60, ${point}, role: it }
boundaries: {}
alarms: { stale: { enabled: false } }
`
const SITE = siteWith('unit: kW')

/** An hour at 90 kW, a reading a minute. */
const HOUR = '0:00 to 1:04 every 60 s  main 100 it 90  => so far'

/** Energy of the minutes that end at 1:05 and behind: of 90 kW it is 5.4 MJ. */
const whole = (...ends: string[]) => ends.map((end) => `=> energy it ${end} 5400000 J coverage 1`).join('\n')
const unknown = (...ends: string[]) => ends.map((end) => `=> energy it ${end} coverage 0`).join('\n')

describe('a reading above ten times both neighbours, and ten times all of a week', () => {
  test('is no energy: the two minutes around it are unknown, and the row of doubts says why', () =>
    scenario(
      SITE,
      `${HOUR}
      1:05  main 100 it 910   => so far
      1:06 to 1:09 every 60 s  main 100 it 90
      => energy it 1:04 5400000 J coverage 1
      ${unknown('1:05', '1:06')}
      => energy it 1:07 5400000 J coverage 1
      => quality it 1:05 910 expected 90 flags spike`,
    ))

  test('at exactly ten times it is a load', () =>
    scenario(
      SITE,
      `${HOUR}
      1:05  main 100 it 900   => so far
      1:06 to 1:08 every 60 s  main 100 it 90
      => energy it 1:04 5400000 J
      => energy it 1:05 29700000 J coverage 1   # 495 kW on average
      => energy it 1:06 29700000 J coverage 1
      => no quality`,
    ))

  test('two of them in a row are a load: known one reading later', () =>
    scenario(
      SITE,
      `${HOUR}
      1:05 to 1:06 every 60 s  main 100 it 1000
      1:07 to 1:09 every 60 s  main 100 it 90
      ${whole('1:03', '1:04')}
      => energy it 1:05 32700000 J coverage 1   # 545 kW on average
      => energy it 1:06 60000000 J coverage 1
      => energy it 1:07 32700000 J coverage 1
      => no quality`,
    ))

  test('within the first hour nothing is known to compare with', () =>
    scenario(
      SITE,
      `
      0:00 to 0:58 every 60 s  main 100 it 90  => so far
      0:59  main 100 it 910   => so far
      1:00 to 1:02 every 60 s  main 100 it 90
      => energy it 0:58 5400000 J
      => energy it 0:59 30000000 J coverage 1   # 500 kW
      => energy it 1:00 30000000 J coverage 1`,
    ))

  test('which came before in that week may come again', () =>
    scenario(
      SITE,
      `
      0:00 to 0:01 every 60 s  main 100 it 500
      0:02 to 1:04 every 60 s  main 100 it 40  => so far
      1:05  main 100 it 1000   => so far
      1:06 to 1:08 every 60 s  main 100 it 40
      => energy it 1:04 2400000 J
      => energy it 1:05 31200000 J coverage 1
      => energy it 1:06 31200000 J coverage 1`,
    ))

  test('an earlier one that was left out is nothing to compare with', () =>
    scenario(
      SITE,
      `${HOUR}
      1:05  main 100 it 910   => so far
      1:06 to 1:35 every 60 s  main 100 it 90   => so far
      1:36  main 100 it 5000
      1:37 to 1:39 every 60 s  main 100 it 90
      => energy it 1:34 5400000 J
      => energy it 1:35 5400000 J
      ${unknown('1:36', '1:37')}`,
    ))
})

describe('is left out whatever the order of arrival', () => {
  const AFTER = `
      => energy it 1:04 5400000 J coverage 1
      ${unknown('1:05', '1:06')}
      => energy it 1:07 5400000 J coverage 1`

  test('it comes late', () =>
    scenario(
      SITE,
      `${HOUR}
      1:06 to 1:07 every 60 s  main 100 it 90
      1:05  main 100 it 910  @1:07:30
      1:08 to 1:09 every 60 s  main 100 it 90
      ${whole('1:03', '1:04')}
      => energy it 1:05 5400000 J coverage 1   # bridged over what was not known yet
      => energy it 1:05 coverage 0 r1
      => energy it 1:06 coverage 0
      => energy it 1:07 5400000 J coverage 1`,
    ))

  test('what contradicts it comes late: until then it is the newest, and waits', () =>
    scenario(
      SITE,
      `${HOUR}
      1:05  main 100 it 910   => so far
      1:08  main 100 it 90
      1:07  main 100 it 90  @1:08:10
      1:06  main 100 it 90  @1:08:20
      1:09  main 100 it 90
      ${AFTER}`,
    ))

  test('a reading that comes late stands between two that were a load: both are left out', () =>
    scenario(
      SITE,
      `${HOUR}
      1:05  main 100 it 1000   => so far
      1:07  main 100 it 1000
      1:08  main 100 it 90
      1:06  main 100 it 90  @1:08:10
      1:09 to 1:10 every 60 s  main 100 it 90
      => energy it 1:04 5400000 J
      => energy it 1:05 coverage 0 r0           # the newest waits
      => energy it 1:05 32700000 J coverage 1 r1
      => energy it 1:06 60000000 J coverage 1
      => energy it 1:05 coverage 0 r2
      => energy it 1:06 coverage 0 r1
      ${unknown('1:07', '1:08')}`,
    ))
})

describe('what is energy, without a rating', () => {
  test('a compressor that starts: 60 kW at first, then 20 kW', () =>
    scenario(
      SITE,
      `
      0:00 to 1:04 every 60 s  main 100 it 0.5  => so far
      1:05  main 100 it 60   => so far
      1:06 to 1:08 every 60 s  main 100 it 20
      => energy it 1:04 30000 J
      => energy it 1:05 1815000 J coverage 1
      => energy it 1:06 2400000 J coverage 1`,
    ))

  test('one that is off for a day, and runs for less than a minute', () =>
    scenario(
      SITE,
      `
      0:00 to 1:04 every 60 s  main 100 it 0  => so far
      1:05  main 100 it 20   => so far
      1:06 to 1:08 every 60 s  main 100 it 0
      => energy it 1:04 0 J
      => energy it 1:05 600000 J coverage 1
      => energy it 1:06 600000 J coverage 1`,
    ))

  test('a generator’s test: 400 kW for a quarter of an hour, after nothing', () =>
    scenario(
      SITE,
      `
      0:00 to 1:04 every 60 s  main 100 it 0  => so far
      1:05 to 1:20 every 60 s  main 100 it 400  => so far
      1:21 to 1:24 every 60 s  main 100 it 0
      => energy it 1:19 24000000 J coverage 1
      => energy it 1:20 24000000 J coverage 1
      => energy it 1:21 12000000 J coverage 1
      => energy it 1:22 0 J coverage 1`,
    ))

  test('a feed that takes over the load at failover', () =>
    scenario(
      SITE,
      `
      0:00 to 1:04 every 60 s  main 100 it 0.0014  => so far
      1:05  main 100 it 130    => energy it 1:03 84 J coverage 1
      1:06 to 1:07 every 60 s  main 100 it 130
      => energy it 1:04 84 J coverage 1
      => energy it 1:05 3900042 J coverage 1
      1:08 to 1:09 every 60 s  main 100 it 130
      => energy it 1:06 7800000 J coverage 1
      => energy it 1:07 7800000 J coverage 1`,
    ))
})

describe('of every kind of power', () => {
  test.each([
    ['kind: mean, unit: kW', 1],
    ['kind: energy, unit: kWh', 1 / 60],
  ])('%s: its own minute is unknown, no other', (kind, perKw) =>
    scenario(
      siteWith(kind),
      `
      0:00 to 1:04 every 60 s  main 100 it ${90 * perKw}  => so far
      1:05  main 100 it ${910 * perKw}   => so far
      1:06 to 1:08 every 60 s  main 100 it ${90 * perKw}
      ${whole('1:04')}
      ${unknown('1:05')}
      ${whole('1:06')}`,
    ),
  )

  test('a value that holds: unknown from its report to the next one', () =>
    scenario(
      siteWith('unit: kW, hold: true'),
      `${HOUR}
      1:05  main 100 it 910   => so far
      1:06 to 1:09 every 60 s  main 100 it 90
      ${whole('1:04', '1:05')}
      ${unknown('1:06')}
      ${whole('1:07')}`,
    ))
})
