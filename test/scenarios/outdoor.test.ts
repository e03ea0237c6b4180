/** The air outside: wet bulb and dew point of what is read, at the end of each interval. */
import { describe, test } from 'vitest'
import { restartedScenario, scenario } from './scenario.ts'

const site = (place = '{ dryBulb: t, humidity: rh }', altitudeM = 0): string => `
site: { id: dc, timezone: UTC, altitudeM: ${altitudeM} }
core: { latenessS: 600, boundS: 5, windows: [1h] }
points:
  t: { topic: t, unit: °C, everyS: 60 }
  rh: { topic: rh, unit: '%', everyS: 60 }
  dew: { topic: dew, unit: °C, everyS: 60 }
outdoor: { roof: ${place} }
`

describe('air outside', () => {
  // ASHRAE Handbook, Fundamentals, chapter 1: eq. 33 and 35 by hand for these; 95 °F and 50 % are 79.1 °F wet bulb
  test.each([
    ['a hot day', '0:10  t 35  rh 50', 0, '35 °C rh 50 dew 23.0 wet 26.1'],
    ['the same at 1500 m: the wet bulb is lower', '0:10  t 35  rh 50', 1500, '35 °C rh 50 dew 23.0 wet 25.8'],
    ['saturated air', '0:10  t 22  rh 100', 0, '22 °C rh 100 dew 22.0 wet 22.0'],
    ['frost: over ice the wick is colder', '0:10  t -5  rh 60', 0, '-5 °C rh 60 dew -11.6 wet -6.7'],
    ['a sensor that says 103 %', '0:10  t 22  rh 103', 0, '22 °C rh 100 wet 22.0'],
    ['no humidity', '0:10  t 22', 0, '22 °C dry'],
  ])('%s', (_day, read, altitudeM, row) =>
    scenario(
      site(undefined, altitudeM),
      `
      ${read}
      1:05  t 0
        => outdoor roof 0:01 ${row}
        => outdoor roof 0:02 ${row}
        => outdoor roof 0:03 ${row}`.replaceAll('0:10', '0:00:10'),
    ),
  )

  test('a dew point tells the humidity; where both are read the humidity counts', () =>
    scenario(
      site('{ dryBulb: t, humidity: rh, dewPoint: dew }'),
      `
      0:00:10  t 35  dew 23.015
      0:01:10  t 35  dew 23.015  rh 30
      0:02:10  t 35
        => outdoor roof 0:01 35 °C rh 50.0 wet 26.1
        => outdoor roof 0:02 35 °C rh 30 dew 14.8 wet 21.5`,
    ))

  test('late readings correct all ends at which they hold, and a spike is nobody’s weather', () =>
    restartedScenario(
      site(),
      `
      0:00:10  t 30  rh 40
      0:01:10  t 30  rh 40
      0:04:10  t 30  rh 40
      0:05:10  t 30  rh 40  => so far
      0:02:20  t 20  @0:05:30
      0:03:20  t 80  @0:05:31
      0:06:10  t 30  rh 40
      0:07:10  t 30  rh 40
        => outdoor roof 0:03 20 °C rh 40 wet 12.4
        => outdoor roof 0:04 20 °C rh 40
        => outdoor roof 0:05 30 °C rh 40
        => outdoor roof 0:06 30 °C rh 40
        => outdoor roof 0:07 30 °C rh 40`,
    ))
})
