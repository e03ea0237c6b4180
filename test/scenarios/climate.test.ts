import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

interface Air {
  edition?: string
  corrosion?: string
  altitudeM?: number
  class?: string
  moisture?: string
}

/** One inlet with a dry bulb and what else is told; `main` moves the watermark. */
function siteWith({
  edition = '2021r',
  corrosion = 'low',
  altitudeM = 0,
  class: itClass = 'A1',
  moisture,
}: Air): string {
  return `
site: { id: dc, timezone: UTC, edition: ${edition}, corrosion: ${corrosion}, altitudeM: ${altitudeM} }
core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [5m, 1h] }
points:
  main: { topic: main, unit: W, everyS: 30 }
  t: { topic: t, unit: °C, everyS: 30 }
  rh: { topic: rh, unit: '%', everyS: 30 }
  dp: { topic: dp, unit: °C, everyS: 30 }
inlets:
  in: { dryBulb: t, ${moisture ?? 'humidity: rh'}, class: ${itClass}, hall: h1, rack: r1 }
`
}

/** Each line: dry bulb, humidity or dew point, what the row says. */
function judged(air: Air, table: string): void {
  for (const line of table.trim().split('\n')) {
    const [t = '', moisture = '', ...words] = line.replace(/#.*/, '').trim().split(/\s+/)
    const point = air.moisture?.startsWith('dewPoint') === true ? 'dp' : 'rh'
    scenario(
      siteWith(air),
      `
      0:00 to 0:01 every 30 s  t ${t}  ${point} ${moisture}
      0:01:30  main 1000   => climate in 0:01 ${t} C ${words.join(' ')}`,
    )
  }
}

const BREAKS_MAX = 'breaks recommended_dry_bulb_max'

describe('dry bulb limits are closed', () => {
  test('class A1', () =>
    judged(
      { class: 'A1' },
      `
      27     40  recommended worst-recommended headroom 0.00 sound
      27.01  40  allowable   worst-allowable   headroom -0.01 ${BREAKS_MAX}
      26.99  40  recommended headroom 0.01
      18     40  recommended headroom 0.00 sound
      17.99  40  allowable   breaks recommended_dry_bulb_min
      32     30  allowable   ${BREAKS_MAX}
      32.01  30  out         ${BREAKS_MAX},allowable_dry_bulb_max
      15     40  allowable
      14.99  40  out         breaks recommended_dry_bulb_min,allowable_dry_bulb_min`,
    ))

  test('class A2', () =>
    judged(
      { class: 'A2' },
      `
      35     30  allowable
      35.01  30  out
      10     40  allowable
      9.99   40  out
      27     40  recommended`,
    ))

  test('class A3', () =>
    judged(
      { class: 'A3' },
      `
      40     20  allowable
      40.01  20  out
      5      40  allowable
      4.99   40  out`,
    ))

  test('class A4', () =>
    judged(
      { class: 'A4' },
      `
      45     20  allowable
      45.01  20  out
      5      40  allowable
      4.99   40  out`,
    ))

  test('class H1, minimum 15 °C in the revised edition', () =>
    judged(
      { class: 'H1' },
      `
      22     40  recommended
      22.01  40  allowable
      25     40  allowable
      25.01  40  out
      18     40  recommended
      17.99  40  allowable
      15     40  allowable
      14.99  40  out`,
    ))

  test('class H1, minimum 5 °C in the edition of 2021', () =>
    judged(
      { class: 'H1', edition: '2021' },
      `
      14.99  40  allowable
      5      40  allowable
      4.99   40  out`,
    ))

  test('at altitude the allowable maximum falls by 1 K in 300 m above 900 m', () =>
    judged(
      { class: 'A1', altitudeM: 1500 },
      `
      30     30  allowable
      30.01  30  out
      27     40  recommended`,
    ))

  test('and takes the recommended one with it', () =>
    judged(
      { class: 'A1', altitudeM: 2700 },
      `
      26     40  recommended headroom 0.00
      26.01  40  out
      27     40  out`,
    ))

  test('above 3050 m nothing is known but what is out', () =>
    judged(
      { class: 'A1', altitudeM: 3100 },
      `
      22     40  unknown breaks altitude_high
      33     40  out`,
    ))
})

describe('humidity limits are closed', () => {
  test('70 % are recommended where corrosion is low', () =>
    judged(
      { corrosion: 'low' },
      `
      20  70    recommended
      20  70.1  allowable  breaks recommended_rh_max
      18  80    allowable
      18  80.1  out        breaks recommended_rh_max,allowable_rh_max
      30  8     allowable  breaks recommended_dry_bulb_max
      30  7.99  out        breaks recommended_dry_bulb_max,allowable_rh_min`,
    ))

  test('50 % where it is not known', () =>
    judged(
      { corrosion: 'unknown' },
      `
      20  50    recommended
      20  50.1  allowable  breaks recommended_rh_max`,
    ))

  test('60 % in the edition of 2015', () =>
    judged(
      { edition: '2015', corrosion: 'unknown' },
      `
      20  60    recommended
      20  60.1  allowable`,
    ))

  test('the edition of 2011 wants a dew point of 5.5 °C, and 20 % of A1', () =>
    judged(
      { edition: '2011', moisture: 'dewPoint: dp' },
      `
      20  5.5    recommended
      20  5.49   allowable  breaks recommended_dew_point_min
      20  -3     allowable
      20  -4     out        breaks recommended_dew_point_min,allowable_rh_min`,
    ))

  test('dew points from −9 to 15 °C are recommended, from −12 to 17 °C allowable', () =>
    judged(
      { moisture: 'dewPoint: dp' },
      `
      25  15      recommended dew 15.000
      25  15.01   allowable   breaks recommended_dew_point_max
      25  17      allowable
      25  17.01   out         breaks recommended_dew_point_max,allowable_dew_point_max
      20  -9      recommended
      20  -9.01   allowable   breaks recommended_dew_point_min
      20  -12     allowable
      20  -12.01  out         breaks recommended_dew_point_min,allowable_dew_point_min`,
    ))

  test('the dew point of A2 may reach 21 °C, that of A3 24 °C', () => {
    judged({ class: 'A2', moisture: 'dewPoint: dp' }, '30  21  allowable\n30  21.01  out')
    judged({ class: 'A3', moisture: 'dewPoint: dp' }, '30  24  allowable\n30  24.01  out')
  })

  test('the state of air: dew point and humidity ratio', () =>
    judged({}, '25  50  recommended 50 % dew 13.86 ratio 0.00988'))
})

describe('what is not known', () => {
  test('without humidity the band is unknown, but the violations known are told', () =>
    scenario(
      siteWith({}),
      `
      0:00 to 0:01 every 30 s  t 25
      0:01:30  t 29   => climate in 0:01 25 C unknown worst-unknown sound
      0:02     t 29
      0:02:30  t 33   => climate in 0:02 29 C unknown ${BREAKS_MAX}`,
    ))

  test('a broken allowable limit is out whatever is missing', () =>
    scenario(
      siteWith({}),
      `
      0:00 to 0:01 every 30 s  t 32.01
      0:01:30  t 25   => climate in 0:01 32.01 C out worst-out ${BREAKS_MAX},allowable_dry_bulb_max`,
    ))

  test('humidity that no air has is missing', () =>
    scenario(
      siteWith({}),
      `
      0:00 to 0:01 every 30 s  t 25  rh 0
      0:01:30  main 1000   => climate in 0:01 25 C unknown`,
    ))

  test('a state holds for 3 × everyS at most', () =>
    scenario(
      siteWith({}),
      `
      0:00  t 25  rh 40
      0:00:30 to 0:03:30 every 30 s  main 1000   => climate in 0:01 25 C recommended worst-recommended
                                                 => climate in 0:02 unknown worst-recommended   # known until 0:01:30
                                                 => climate in 0:03 unknown worst-unknown`,
    ))

  test('the worst band of the interval is told beside that of its end', () =>
    scenario(
      siteWith({}),
      `
      0:00     t 25  rh 30
      0:00:20  t 33  rh 30
      0:00:40  t 25  rh 30
      0:01:30  t 25  rh 30   => climate in 0:01 25 C recommended worst-out sound`,
    ))

  test('a late reading is judged at its own time', () =>
    scenario(
      siteWith({}),
      `
      0:00 to 0:02:30 every 30 s  t 25  rh 30   => so far
      0:00:40  t 33  @0:02:40                   => no climate
      @0:03                                     => climate in 0:01 33 C out worst-out`,
    ))

  test('a correction that changes no number of a row writes none', () =>
    scenario(
      siteWith({}),
      `
      0:00 to 0:02:30 every 30 s  t 25  rh 30   => so far
      0:00:40  t 25  @0:02:40                   => no climate
      @0:03                                     => no climate
      0:00:45  t 33  @0:03:10                   => no climate
      @0:04                                     => climate in 0:01 33 C out worst-out
      0:00:50  t 33  @0:04:10                   => no climate
      @0:05                                     => no climate`,
    ))

  test('an inlet is told from its first reading on', () =>
    scenario(
      siteWith({}),
      `
      0:00 to 0:02 every 30 s  main 1000
      0:02:10  t 25  rh 30   => no climate
      0:03:30  main 1000     => climate in 0:03 25 C recommended`,
    ))

  const ALL = 'rows: { readings: all }'
  test('readings that are neither power nor energy have their statistics', () =>
    scenario(
      siteWith({}) + ALL,
      `
      0:00     t 20
      0:00:30  t 26
      0:00:45  t 23
      0:01     t 30
      0:01:30  main 1000      => reading t 0:01 mean 23.0 min 20 max 26 last 23 count 3
      0:00:50  t 27  @0:01:40
      @0:02                   => reading t 0:01 mean 24.0 min 20 max 27 last 27 count 4`,
    ))
})
