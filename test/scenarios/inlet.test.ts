/** Where an inlet's moisture comes from, and what becomes of readings that no one can believe. */
import { describe, expect, test } from 'vitest'
import { scenario, siteOf } from './scenario.ts'

/** Inlet `in` as told, its neighbour `near` with a humidity of its own; `main` moves the watermark. */
function site(inlet: string, phase = 'water'): string {
  return `
site: { id: dc, timezone: UTC, corrosion: low, dewPointPhase: ${phase} }
core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [1h] }
points:
  main: { topic: main, unit: W, everyS: 30 }
  '{t,dp,near-t}': { topic: '{t,dp,near-t}', unit: °C, everyS: 30 }
  '{rh,near-rh}': { topic: '{rh,near-rh}', unit: '%', everyS: 30 }
inlets:
  in: { dryBulb: t, ${inlet}, class: A2, hall: h1, rack: r1 }
  near: { dryBulb: near-t, humidity: near-rh, class: A2, hall: h1, rack: r2 }
`
}

/** Each line: readings of the first minute, and what the row of its end says. */
function judged(yaml: string, table: string): void {
  for (const line of table.trim().split('\n')) {
    const [readings = '', words = ''] = line.replace(/#.*/, '').split('=>')
    scenario(
      yaml,
      `
      0:00 to 0:01 every 30 s  ${readings.trim()}
      0:01:30  main 1000   => climate in 0:01 ${words.trim()}`,
    )
  }
}

describe("a neighbour's humidity is carried over as its dew point", () => {
  test('the same vapour at our dry bulb', () =>
    judged(
      site('humidityFrom: near'),
      `
      t 30  near-t 20  near-rh 50   =>  30 C  dew 9.27  27.5 %  allowable  good
      t 20  near-t 20  near-rh 50   =>  20 C  dew 9.27  50.0 %  recommended`,
    ))

  test('a dew point that our air cannot have is no moisture', () =>
    judged(
      site('humidityFrom: near'),
      `
      t 14    near-t 25  near-rh 60   =>  14 C  unknown  no-rh  no-dew  flags dew_point_bad
      t 16.6  near-t 25  near-rh 60   =>  dew 16.600  100 %  flags dew_point_clamped  # its dew point is 16.69 °C`,
    ))

  test("it is known no longer than the neighbour's two sensors are", () =>
    scenario(
      site('humidityFrom: near'),
      `
      0:00 to 0:00:30 every 30 s  near-t 20  near-rh 50  t 25
      0:01 to 0:03:30 every 30 s  near-rh 50  t 25
        => climate in 0:01 recommended
        => climate in 0:02 recommended
        => climate in 0:03 unknown worst-unknown no-rh   # the dry bulb beside it held until 0:02`,
    ))

  test("a neighbour's late reading is carried over late", () =>
    scenario(
      site('humidityFrom: near'),
      `
      0:00 to 0:02 every 30 s  t 25  near-t 20  near-rh 50   => climate in 0:01 25 C dew 9.27
      0:00:45  near-rh 75  @0:02:10
      @0:03   => climate in 0:01 25 C dew 15.4 allowable  breaks recommended_dew_point_max`,
    ))
})

describe('humidity and dew point of one inlet', () => {
  test('the humidity counts, and the dew point where there is none', () =>
    judged(
      site('humidity: rh, dewPoint: dp'),
      `
      t 25  rh 50  dp 13   =>  50 %  dew 13.86  good      # 0.86 K apart
      t 25  dp 13          =>  47 %  dew 13.00  good
      t 25  rh 50          =>  50 %  dew 13.86  good`,
    ))

  test('or the other way round, as configured', () =>
    judged(
      site('humidity: rh, dewPoint: dp, primary: dewPoint'),
      `
      t 25  rh 50  dp 13   =>  47 %  dew 13.00  good
      t 25  rh 50          =>  50 %  dew 13.86  good`,
    ))

  test('more than 1.5 K apart they contradict each other: the first choice counts, and it is said', () =>
    judged(
      site('humidity: rh, dewPoint: dp'),
      `
      t 25  rh 50  dp 12.4   =>  50 %  dew 13.86  good
      t 25  rh 50  dp 12.3   =>  50 %  dew 13.86  flags moisture_conflict
      t 25  rh 50  dp 15.4   =>  50 %  dew 13.86  flags moisture_conflict`,
    ))
})

describe('readings that no one can believe', () => {
  test('a humidity a little above all is all; more, or none, is no humidity', () =>
    judged(
      site('humidity: rh'),
      `
      t 25  rh 101     =>  100 %  flags humidity_clamped
      t 25  rh 105     =>  100 %  flags humidity_clamped
      t 25  rh 105.1   =>  unknown  no-rh  flags humidity_bad
      t 25  rh 0       =>  unknown  no-rh  flags humidity_bad
      t 25  rh -5      =>  unknown  no-rh  flags humidity_bad
      t 36  rh 0       =>  out             flags humidity_bad   # too hot all the same`,
    ))

  test('a dew point a little above the dry bulb is the dry bulb; more is none', () =>
    judged(
      site('dewPoint: dp'),
      `
      t 20  dp 20      =>  100 %  dew 20.000  good
      t 20  dp 20.3    =>  100 %  dew 20.000  flags dew_point_clamped
      t 20  dp 20.31   =>  unknown  no-rh no-dew  flags dew_point_bad
      t 20  dp -127    =>  unknown  no-rh no-dew  flags dew_point_bad`,
    ))

  test.each([85, -127, 999, 6553.5, 3276.7, -20.01, 80.01])('a dry bulb of %d °C is not known', (celsius) =>
    judged(
      site('humidity: rh'),
      `
      t ${celsius}  rh 50   =>  unknown  worst-unknown  no-t  sound  flags dry_bulb_bad`,
    ),
  )

  test('-20 and 80 °C can be believed', () =>
    judged(
      site('humidity: rh'),
      `
      t -20  rh 50   =>  -20 C  out  good
      t 80   rh 5    =>   80 C  out  good`,
    ))

  test('what cannot be believed ends what held before it', () =>
    scenario(
      site('humidity: rh'),
      `
      0:00     t 25  rh 40
      0:00:30  t 85  rh 40
      0:01:30  t 25  rh 40   => climate in 0:01 unknown worst-recommended flags dry_bulb_bad`,
    ))
})

describe('dew points below 0 °C', () => {
  test('over water, as the limits are: 24 °C and 8 % are too dry for -12 °C by a little', () =>
    judged(site('humidity: rh'), 't 24  rh 8   =>  dew -12.3  out'))

  test('over ice the same air has its frost point higher, and passes', () =>
    judged(site('humidity: rh', 'ice'), 't 24  rh 8   =>  dew -10.9  allowable'))

  test('a sensor that tells frost points is read so', () =>
    judged(site('dewPoint: dp', 'ice'), 't 22  dp -9   =>  10.7 %  dew -9.000'))
})

test('wet bulb, humidity ratio, enthalpy and density are those of the air at the pressure of the site', () => {
  judged(site('humidity: rh'), 't 25  rh 50  =>  wet 17.9  ratio 0.00988  enthalpy 50322  density 1.177')
  const high = site('humidity: rh').replace('corrosion: low', 'corrosion: low, altitudeM: 1500')
  judged(high, 't 25  rh 50  =>  wet 17.5  ratio 0.01188  enthalpy 55409  density 0.981')
})

describe('faults of the configuration', () => {
  const faults = (inlet: string) => {
    try {
      siteOf(site(inlet))
      return 'none'
    } catch (error) {
      return String(error)
    }
  }
  test.each([
    ['humidityFrom: in', 'names the inlet itself'],
    ['humidityFrom: nera', 'there is no inlet "nera"'],
    ['humidityFrom: near, humidity: rh', 'the inlet has a `humidity` or `dewPoint` of its own'],
    ['humidity: rh, primary: dewPoint', 'needs a `dewPoint`'],
  ])('%s: %s', (inlet, reason) => expect(faults(inlet)).toContain(reason))

  test('a neighbour without moisture of its own has none to give', () => {
    const yaml = site('humidityFrom: near').replace('humidity: near-rh', 'outlet: dp')
    expect(() => siteOf(yaml)).toThrow('has neither `humidity` nor `dewPoint`')
  })
})
