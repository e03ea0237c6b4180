/** Dry bulbs that do not fit what is around them: far from their neighbours, or warmer than the air behind. */
import { describe, test } from 'vitest'
import { restartedScenario, scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { intervalS: 300, latenessS: 900, boundS: 30, idleS: 600, windows: [1h] }
points:
  main: { topic: main, unit: W, everyS: 300 }
  '{a,b,c,d,e,a-out}': { topic: '{a,b,c,d,e,a-out}', unit: °C, everyS: 300, stuckAfterS: 0 }
inlets:
  a: { dryBulb: a, outlet: a-out, moisture: unmeasured, class: A2, hall: h1 }
  '{b,c,d,e}': { dryBulb: '{b,c,d,e}', moisture: unmeasured, class: A2, hall: h1 }
alarms:
  '{inlet_recommended,inlet_allowable,rate_of_change}': { enabled: false }
`

describe('neighbours', () => {
  test('the mean of a whole hour is compared with the median of the inlets next to it', () =>
    restartedScenario(
      SITE,
      `
      0:00 to 1:00 every 300 s  a 22  b 23  c 29.2  d 24  e 22  a-out 34  main 1
      1:05 to 2:05 every 300 s  a 22  b 23  c 28.4  d 24  e 22  a-out 34  main 1
        => quality c 1:00 29.2 expected 22.5 flags neighbours
        => alarm 1:00 sensor of c raised 29.2 limit 22.5 severity low says Low: Inlet c (dc, hall h1): its hourly mean is 29.2 °C, 6.7 K above the median of the inlets next to it (22.5 °C). Since 2026-03-02 01:00:00 UTC.
        => alarm 2:00 sensor of c cleared`,
    ))

  test('two of five that are wrong leave the others in no doubt, and are told both', () =>
    scenario(
      SITE,
      `
      0:00 to 1:05 every 300 s  a 22  b 12  c 22  d 23  e 32  a-out 34  main 1
        => quality b 1:00 12 expected 22.5 flags neighbours
        => quality e 1:00 32 expected 22 flags neighbours
        => alarm 1:00 sensor of b raised
        => alarm 1:00 sensor of e raised`,
    ))

  test('fewer than three that are known are no evidence, nor is less than half an hour', () =>
    scenario(
      SITE,
      `
      0:00 to 0:10 every 300 s  a 22  b 22  c 30  d 22  e 22  a-out 34  main 1
      0:15 to 1:30 every 300 s  c 30  d 22  e 22  main 1   => no quality`,
    ))

  test('how far apart they may be is the site’s to say', () =>
    scenario(
      `${SITE}  sensor: { apartK: 7, severity: warning }\n`,
      `
      0:00 to 1:00 every 300 s  a 22  b 23  c 29.2  d 24  e 22  a-out 34  main 1
      1:05 to 2:05 every 300 s  a 22  b 23  c 30  d 24  e 22  a-out 34  main 1   => quality c 2:00 29.93 flags neighbours
                                                                             => alarm 2:00 sensor of c raised severity warning`,
    ))
})

describe('swapped', () => {
  test('an inlet that is warmer than the air behind its equipment', () =>
    scenario(
      SITE,
      `
      0:00 to 1:05 every 300 s  a 26  b 23  c 23  d 24  e 22  a-out 24.9  main 1
        => quality a 1:00 26 expected 24.9 flags swapped
        => alarm 1:00 sensor of a raised 26 limit 24.9 says Low: Inlet a (dc, hall h1): its hourly mean is 26 °C, above the 24.9 °C behind the equipment. Since 2026-03-02 01:00:00 UTC.`,
    ))

  test('by 1 K it may be off; far from its neighbours as well it has both words', () =>
    scenario(
      SITE,
      `
      0:00 to 1:00 every 300 s  a 23.9  b 23  c 23  d 24  e 22  a-out 23  main 1
      1:05 to 2:05 every 300 s  a 35    b 23  c 23  d 24  e 22  a-out 23  main 1
        => quality a 2:00 34.08 expected 23 flags neighbours,swapped
        => alarm 2:00 sensor of a raised`,
    ))
})

describe('swapped for a part of an hour', () => {
  test('forty minutes tell it, whatever the hour holds besides', () =>
    scenario(
      SITE,
      `
      0:00 to 0:05 every 300 s  a 22  b 22  c 22  d 22  e 22  a-out 34  main 1
      0:10 to 0:45 every 300 s  a 34  b 22  c 22  d 22  e 22  a-out 22  main 1
      0:50 to 1:05 every 300 s  a 22  b 22  c 22  d 22  e 22  a-out 34  main 1
        => quality a 1:00 30 expected 26 flags neighbours,swapped
        => alarm 1:00 sensor of a raised`,
    ))

  test('twenty do not: the means of the hour still lie as they should', () =>
    scenario(
      SITE,
      `
      0:00 to 0:15 every 300 s  a 22  b 22  c 22  d 22  e 22  a-out 34  main 1
      0:20 to 0:35 every 300 s  a 34  b 22  c 22  d 22  e 22  a-out 22  main 1
      0:40 to 1:05 every 300 s  a 22  b 22  c 22  d 22  e 22  a-out 34  main 1
        => no quality a
        => no alarm`,
    ))
})

describe('what comes late', () => {
  test('changes an hour that was judged: what it tells no longer holds', () =>
    restartedScenario(
      SITE,
      `
      0:00 to 1:05 every 300 s  a 22  b 22  c 28.4  d 22  e 22  a-out 34  main 1
        => quality c 1:00 28.4 expected 22 flags neighbours
        => alarm 1:00 sensor of c raised
      0:51  c 20  @1:06   => so far
      @1:07               => quality c 1:00 27.84 expected 22
                          => alarm sensor of c cleared`,
    ))

  test('the mean waits for its whole hour while a backlog of another meter trickles in', () => {
    const trickle = Array.from({ length: 20 }, (_, n) => {
      const minute = String(13 + n)
      return `2:${minute}  main 1  @5:${minute}
        5:${minute} to 5:${minute}:30 every 30 s  a 32  a-out 31
        ${n === 0 ? '4:59  a-out 24  @5:13:50' : ''}`
    })
    scenario(
      `${SITE.replace(/^core.*$/m, 'core: { latenessS: 900, windows: [1h] }')
        .replace('everyS: 300,', 'everyS: 30,')
        .replace('everyS: 300 }', 'everyS: 60 }')}`,
      `
      0:13 to 2:12 every 60 s  main 1
      0:13 to 3:59:30 every 30 s     a 32  a-out 31
      4:00 to 4:09:30 every 30 s     a 32  a-out 22
      4:10 to 4:58:30 every 30 s     a 32  a-out 31
      4:59                           a 32
      4:59:30 to 5:12:30 every 30 s  a 32  a-out 31
        => quality a 5:00 32 expected 29.50
      ${trickle.join('\n')}
        => quality a 5:00 32 expected 29.44   # 10 min of 22 °C, half a minute of 24 °C, else 31 °C`,
    )
  })

  test('a stored backlog ends with the flags of the undisturbed day; an alarm of long ago is told late', () =>
    restartedScenario(
      SITE,
      `
      0:00 to 4:00 every 300 s  a 22  b 22  d 22  e 22  a-out 34  main 1  => alarm 0:16 stale of c raised
      0:00 to 1:55 every 300 s  c 29  @4:01
      2:00 to 4:00 every 300 s  c 22  @4:01   => so far
      @4:10   => quality c 1:00 29 expected 22 flags neighbours
              => quality c 2:00 29 expected 22 flags neighbours
              => alarm 1:00 sensor of c late 29 limit 22`,
    ))
})
