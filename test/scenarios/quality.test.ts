import { describe, expect, test } from 'vitest'
import { restartedScenario, scenario, siteOf } from './scenario.ts'

const CORE = 'core: { latenessS: 900, boundS: 30, idleS: 600, windows: [5m] }'

/** One point as told, and a main meter that moves the time on. */
function siteWith(point: string): string {
  return `
site: { id: dc, timezone: UTC }
${CORE}
points:
  main: { topic: main, unit: kW, everyS: 60, role: facility }
  it: { topic: it, everyS: 60, ${point}, role: it }
boundaries: {}
alarms: { stale: { enabled: false } }
`
}

describe('what a register shows is told in the interval in which it was noticed', () => {
  const RATED = siteWith('unit: kWh, maxKw: 60, register: { rolloverAt: 100000 }')

  test('a reset: a row, and an alarm until it has counted on for an hour', () =>
    scenario(
      RATED,
      `
      0:00 to 0:02 every 60 s  it 500  main 100   => so far
      0:03  it 5        => no alarm
      0:04  it 5.5      => alarm 0:03 register of it raised 5 limit 500
                        => quality it 0:03 5 expected 500 flags reset
      0:05  it 6        => no quality
      0:06 to 1:03 every 60 s  it 6   => no alarm
                                      => no quality
      1:04  it 6        # the reading of 1:03 is a good step, an hour later
                        => alarm 1:03 register of it cleared
                        => no quality`,
    ))

  test.each([
    ['another meter', '120 121', 'swap', 'raised'],
    ['a rise that goes on', '800 801', 'swap', 'raised'],
    ['a rise above the rating that nothing confirms', '800 1200', 'rate', 'raised'],
  ])('%s', (_, counts, flag, state) => {
    const [first, second] = counts.split(' ')
    scenario(
      RATED,
      `
      0:00 to 0:02 every 60 s  it 500
      0:03     it ${first}
      0:04     it ${second}   => alarm 0:03 register of it ${state} ${first} limit 500
                              => quality it 0:03 ${first} expected 500 flags ${flag}`,
    )
  })

  test('a spike is told, and no alarm', () =>
    scenario(
      RATED,
      `
      0:00 to 0:02 every 60 s  it 500
      0:03     it 900
      0:04     it 501     => quality it 0:03 900 expected 500 flags spike
                          => no alarm
      0:06     it 502     => no quality`,
    ))

  test('rollover, jitter, a gap and a declared swap are nothing to be doubted', () =>
    scenario(
      siteWith(
        'unit: kWh, maxKw: 60, register: { rolloverAt: 1000, swaps: [{ at: "2026-03-02T00:06:30Z", closing: 4, opening: 90 }] }',
      ),
      `
      0:00     it 998
      0:01     it 999
      0:02     it 0.5
      0:03     it 2
      0:04     it 1.9
      0:05     it 3
      0:06     it 3.5
      0:07     it 90.5
      0:08     it 91
      0:10     it 92    => no quality
                        => no alarm`,
    ))
})

describe('a unit that slips', () => {
  const POWER = siteWith('unit: kW, maxKw: 500')
  const UNRATED = siteWith('unit: kW')

  test('kW told as W for three readings: flagged, not corrected, until the old level is back for three', () =>
    scenario(
      UNRATED,
      `
      0:00 to 0:03 every 60 s  it 80
      0:04 to 0:05 every 60 s  it 80000   => no alarm
      0:06  it 80100    => alarm 0:06 unit_slip of it raised 1001 limit 1
      0:07  it 80000    => energy it 0:06 4803000000 J   # as it was read
                        => quality it 0:06 80100 expected 80 flags unit_slip
      0:08 to 0:09 every 60 s  it 81   => so far
      0:10  it 82       => alarm 0:10 unit_slip of it cleared
                        => quality it 0:09 80100 expected 80 flags unit_slip
      0:11  it 83       => quality it 0:10 82 expected 80 flags unit_slip   # the last interval that saw it
      0:13  it 83       => no quality`,
    ))

  test('which is in the sums, so every window that holds some of it is suspect', () =>
    restartedScenario(
      `${UNRATED.replace('boundaries: {}', 'boundaries: { dc: { facility: [main], it: [it], suspectAbove: 5000 } }')}`,
      `
      0:00 to 0:03 every 60 s  main 100 it 80  => so far
      0:04 to 0:07 every 60 s  main 100000 it 80
      => pue 5m 0:03 of dc 1.25 sound
      => pue 5m 0:04 of dc sound        # nobody knows it yet: three readings tell
      => pue 5m 0:05 of dc sound
      => pue 5m 0:06 of dc suspect
      0:08 to 0:13 every 60 s  main 100 it 80  => so far
      0:14 to 0:16 every 60 s  main 100 it 80
      => pue 5m 0:13 of dc 1.25 suspect   # its last reading at the old level came at 0:10
      => pue 5m 0:14 of dc 1.25 suspect
      => pue 5m 0:15 of dc 1.25 sound`,
    ))

  test('the same of a meter of 500 kW: no energy at all, and flagged as well', () =>
    restartedScenario(
      POWER,
      `
      0:00 to 0:03 every 60 s  it 80
      0:04  it 80000    => outcome out_of_range
                        => no alarm
      0:04  it 80000    # once more: a reading is judged once
      0:05  it 80000    => no alarm
      0:06  it 80100    => outcome out_of_range
                        => alarm 0:06 unit_slip of it raised 1001 limit 1
      0:07  it 81       => energy it 0:03 4800000 J
                        => energy it 0:04 4807500 J   # 80 to 81 kW in 4 min: 80.125 kW on average
                        => energy it 0:05 4822500 J
                        => energy it 0:06 4837500 J
      0:08  it 81       => no alarm
      0:09  it 81       => alarm 0:09 unit_slip of it cleared`,
    ))

  test.each([
    ['625 kW, a quarter above the rating, can be', 625, 'accepted'],
    ['more cannot', 625.1, 'out_of_range'],
  ])('%s', (_, kw, outcome) => {
    scenario(POWER, `0:00  it 400\n0:01  it ${kw}  => outcome ${outcome}`)
    scenario(siteWith('unit: kW, kind: mean, maxKw: 500'), `0:00  it 400\n0:01  it ${kw}  => outcome ${outcome}`)
    scenario(
      siteWith('unit: kWh, kind: energy, maxKw: 500'), // a minute at that power
      `0:00  it 6\n0:01  it ${kw / 60}  => outcome ${outcome}`,
    )
    scenario(
      siteWith('unit: kW, min: -1000, maxKw: 500'), // it feeds back
      `0:00  it 400\n0:01  it ${-kw}  => outcome ${outcome}`,
    )
  })

  test.each([
    ['one or two readings are a glitch', 'it 80000', 2],
    ['a jump by a hundred is a load', 'it 8000', 5],
    ['by five thousand it is no unit', 'it 400000', 5],
  ])('%s', (_, reading, minutes) =>
    scenario(
      UNRATED,
      `
      0:00 to 0:03 every 60 s  it 80
      0:04 to 0:0${3 + minutes} every 60 s  ${reading}
      0:15 to 0:20 every 60 s  it 80   => no quality
                                       => no alarm`,
    ),
  )

  test('a room that starts up from 0 has changed no unit', () =>
    scenario(
      POWER,
      `
      0:00 to 0:03 every 60 s  it 0.08
      0:04     it 0
      0:05 to 0:09 every 60 s  it 80   => no quality
                                       => no alarm`,
    ))

  test('below 1 % of the rated power a load may begin', () =>
    scenario(
      POWER,
      `
      0:00 to 0:03 every 60 s  it 0.004
      0:04 to 0:09 every 60 s  it 4    => no quality
                                       => no alarm`,
    ))

  test('a level that stays for a day is taken as the new one', () =>
    scenario(
      siteWith('unit: kW, maxKw: 500').replace('everyS: 60, unit: kW, maxKw', 'everyS: 900, unit: kW, maxKw'),
      `
      0:00 to 0:30 every 900 s  it 80
      0:45 to 24:30 every 900 s  it 0.08   => alarm 1:15 unit_slip of it raised 0.0010 limit 1
      24:45    it 0.08                     => alarm 24:45 unit_slip of it cleared 0.0010
      25:00 to 26:00 every 900 s  it 0.08  => no alarm`,
    ))

  test('a register that changes from kWh to Wh', () =>
    scenario(
      siteWith('unit: kWh, maxKw: 60, register: {}'),
      `
      0:00     it 500
      0:01     it 500.5
      0:02     it 501000
      0:03     it 501500
      0:04     it 502000   => alarm 0:02 register of it raised
      0:05     it 502500   => alarm 0:04 unit_slip of it raised`,
    ))

  test('a register that begins anew has changed no unit', () =>
    scenario(
      siteWith('unit: kWh, maxKw: 60, register: {}'),
      `
      0:00     it 500
      0:01     it 500.5
      0:02     it 0.5
      0:03     it 0.6
      0:04     it 0.7
      0:05     it 0.8      => alarm 0:02 register of it raised
      0:06     it 0.9      => no alarm`,
    ))
})

describe('meters that should agree, by the hour', () => {
  const PAIR = `
site: { id: dc, timezone: UTC }
${CORE}
points:
  kwh: { topic: kwh, unit: kWh, register: {}, everyS: 60, meter: m }
  kw: { topic: kw, unit: kW, everyS: 60, meter: m }
`

  /** An hour at so many kW, with a register that shows, after n minutes, what it is told to. */
  const hour = (kw: number, kwhAt: (n: number) => number) =>
    Array.from({ length: 63 }, (_, n) => `${Math.floor(n / 60)}:${String(n % 60).padStart(2, '0')}  kw ${kw}  kwh ${kwhAt(n)}`).join('\n') // prettier-ignore

  test('a register 8 % below its meter’s power drifts: 5 % and one of its steps are allowed', () =>
    scenario(
      PAIR,
      `${hour(120, (n) => 1000 + n * 1.84)}
      => quality kwh 1:01 110.4 expected 120 flags drift
      => alarm 1:00 drift of kwh raised 8.00 limit 6.53`,
    ))

  test.each([
    ['4 % is within the usual 5 %', PAIR, hour(120, (n) => 1000 + n * 1.92)],
    [
      '8 % is within a declared 8 %',
      PAIR.replace('register: {}', 'register: {}, driftPct: 8'),
      hour(120, (n) => 1000 + n * 1.84),
    ],
    // 120 kWh where 112 kWh were used: the last of its steps came just now
    ['a register of whole 10 kWh may be off by one', PAIR, hour(112, (n) => 10 * Math.floor(100.8 + (n * 11.2) / 60))],
  ])('%s', (_, site, minutes) => scenario(site, `${minutes}\n=> no quality\n=> no alarm`))

  const TREE = `
site: { id: dc, timezone: UTC }
${CORE}
points:
  feeder: { topic: f, unit: kW, everyS: 60, accuracyPct: 1 }
  a: { topic: a, unit: kW, everyS: 60, accuracyPct: 1, parent: feeder }
  b: { topic: b, unit: kW, everyS: 60, accuracyPct: 1, parent: feeder }
`

  test('children above their parent by more than the meters’ classes allow', () =>
    scenario(
      TREE,
      `
      0:00 to 1:02 every 60 s  feeder 100  a 60  b 42
      => quality feeder 1:01 102 expected 100 flags tree
      => alarm 1:00 drift of feeder raised 2.00
      1:03 to 2:02 every 60 s  feeder 100  a 60  b 41   # 1 % is within them
      => alarm 2:00 drift of feeder cleared`,
    ))

  test('children below their parent are no fault: not everything is metered', () =>
    scenario(TREE, '0:00 to 1:05 every 60 s  feeder 100  a 10  b 10\n=> no quality'))

  test('without classes 5 % are allowed, and no hour counts in which one of them is not known', () => {
    const bare = TREE.replaceAll(', accuracyPct: 1', '')
    scenario(bare, '0:00 to 1:02 every 60 s  feeder 100  a 60  b 44\n=> no quality')
    scenario(
      bare,
      '0:00 to 1:02 every 60 s  feeder 100  a 60  b 46\n=> quality feeder 1:01 106 expected 100 flags tree',
    )
    scenario(bare, '0:00 to 1:02 every 60 s  feeder 100  a 160\n=> no quality')
  })

  test('a boundary whose IT takes more than the whole facility', () =>
    scenario(
      `
site: { id: dc, timezone: UTC }
${CORE}
points:
  main: { topic: main, unit: kW, everyS: 60 }
  ups: { topic: ups, unit: kW, everyS: 60 }
boundaries:
  dc: { facility: [main], it: [ups] }
`,
      `
      0:00 to 1:00 every 60 s  main 100  ups 101
      1:01 to 1:02 every 60 s  main 100  ups 99
      => quality dc 1:01 101 expected 100 flags it_above_facility
      => alarm 1:00 it_above_facility of dc raised 101 limit 100
      1:03 to 2:02 every 60 s  main 100  ups 99
      => alarm 2:00 it_above_facility of dc cleared`,
    ))
})

describe('faults of parents and drift limits are told with their place', () => {
  const faultOf = (points: string): string => {
    try {
      siteOf(`site: { id: dc, timezone: UTC }\npoints:\n${points}`)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    return 'none'
  }
  const point = (name: string, keys: string) => `  ${name}: { topic: t, unit: kW, ${keys} }\n`

  test.each([
    ['a parent that is not there', point('a', 'parent: b'), 'points.a.parent: there is no point "b"'],
    ['itself', point('a', 'parent: a'), '"a" is fed from itself'],
    ['a cycle', point('a', 'parent: b') + point('b', 'parent: a'), 'points.b.parent: "b" is fed from itself'],
    ['a temperature', '  t: { topic: t, unit: °C }\n' + point('a', 'parent: t'), '"t" measures no energy'],
    ['a drift limit of a power', point('a', 'driftPct: 3'), 'points.a.driftPct: applies to registers only'],
  ])('%s', (_, points, reason) => expect(faultOf(points)).toContain(reason))

  test('a chain is none', () => expect(faultOf(point('a', 'parent: b') + point('b', ''))).toBe('none'))
})
