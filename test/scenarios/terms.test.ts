/** What stands in a sum: differences, declared loads, shares, what stands in for a silent meter, a meter's two points. */
import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

const POWER = 'unit: W, everyS: 30, maxGapS: 90'

/** A feed of two switchboards, IT with its register, and what a test declares besides. */
function siteWith({ facility = '[main]', it = '[it]', virtual = '{}', more = '', points = '' }): string {
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, minCoverage: 0.9, windows: [1m, 5m] }
points:
  main: { topic: main, ${POWER} }
  north: { topic: north, ${POWER} }
  south: { topic: south, ${POWER} }
  it: { topic: it, ${POWER} }
  ${points}
virtual: ${virtual}
boundaries:
  dc: { facility: ${facility}, it: ${it} ${more} }
`
}

test('a difference: what the building next door takes is not ours', () =>
  scenario(
    siteWith({ facility: '[{ sum: [main, { point: south, factor: -1 }] }]' }),
    `
    0:00 to 0:01:30 every 30 s  main 150000  south 30000  it 80000   => pue 1m 0:01 1.5000 facility 7200000 estimated 0.00`,
  ))

test('import less export: solar power that goes to the grid is not ours either', () =>
  scenario(
    siteWith({
      facility: '[import, { point: export, factor: -1 }]',
      points: `
  import: { topic: import, unit: Wh, register: {}, everyS: 60, maxKw: 1000, meter: grid }
  export: { topic: export, unit: Wh, register: {}, everyS: 60, maxKw: 1000, meter: grid }`,
    }),
    `
    0:00  import 5000000  export 800000
    0:00 to 0:01 every 30 s  it 80000
    0:01  import 5002500  export 800500
    0:01:30  it 80000
    0:02  import 5005000  export 801000   => pue 1m 0:01 1.5000 facility 7200000 it 4800000 estimated 0.00`,
  ))

describe('a main meter with its switchboards behind it', () => {
  const site = siteWith({ facility: '[{ point: main, fallback: [{ sum: [north, south] }, { constantKw: 120 }] }]' })

  test('counts itself while it is known, then they do, estimated, then the declared load; and itself again', () =>
    scenario(
      site,
      `
      0:00 to 0:01 every 30 s  main 120000  north 70000  south 45000  it 80000
      0:01:30 to 0:03 every 30 s  north 70000  south 45000  it 80000
      0:03:30 to 0:05:30 every 30 s  north 70000  it 80000
                                => pue 1m 0:01 1.5000 facility 7200000 estimated 0.00
                                => pue 1m 0:02 1.4375 facility 6900000 estimated 1.00
                                => pue 1m 0:03 1.4375 facility 6900000 estimated 1.00
                                => pue 1m 0:04 1.5000 facility 7200000 estimated 1.00
                                => pue 1m 0:05 1.5000 facility 7200000 estimated 1.00
      0:06 to 0:07:30 every 30 s  main 126000  it 80000
                                => pue 1m 0:06 1.5000 facility 7200000 estimated 1.00
                                => pue 1m 0:07 1.5750 facility 7560000 estimated 0.00`,
    ))

  test('late readings of the main meter take the switchboards out again', () =>
    scenario(
      site,
      `
      0:00 to 0:04:30 every 30 s  north 70000  south 45000  it 80000
                                => pue 1m 0:01 1.4375 estimated 1.00 r0
                                => pue 1m 0:02 1.4375 estimated 1.00 r0
                                => pue 1m 0:03 1.4375 estimated 1.00 r0
                                => pue 1m 0:04 1.4375 estimated 1.00 r0
      0:01 to 0:02 every 30 s  main 120000  @0:04:40
      @0:05                     => pue 1m 0:02 1.5000 facility 7200000 estimated 0.00 r1`,
    ))

  test('what stands in must be known for as much of the interval as what it stands for', () =>
    scenario(
      siteWith({ facility: '[{ point: main, fallback: [north] }]' }),
      `
      0:00  it 80000
      0:00:15 to 0:01:30 every 15 s  north 70000  it 80000   # north is known for three quarters of the first minute
                                => pue 1m 0:01 nothing coverage 0.00`,
    ))
})

test('a declared load is estimated, the meters beside it are not', () =>
  scenario(
    siteWith({ facility: '[main, { constantKw: 30 }]' }),
    `
    0:00 to 0:01:30 every 30 s  main 90000  it 80000   => pue 1m 0:01 1.5000 facility 7200000 estimated 0.25`,
  ))

test('and so is one that is taken away: what is left is as unsure', () =>
  scenario(
    siteWith({
      virtual: '{ shop: { constantKw: 30 } }',
      facility: '[{ sum: [main, { point: shop, factor: -1 }] }]',
    }),
    `
    0:00 to 0:01:30 every 30 s  main 150000  it 80000   => pue 1m 0:01 1.5000 facility 7200000 estimated 0.25`,
  ))

test('so is a load that no meter sees, told as a share of another', () =>
  scenario(
    siteWith({ facility: '[main, { share: 0.05, of: { sum: [north, south] } }]' }),
    `
    0:00 to 0:01:30 every 30 s  main 115000  north 60000  south 40000  it 80000
                              => pue 1m 0:01 1.5000 facility 7200000 estimated 0.0417`,
  ))

test('virtual points stand in each other; only the estimated part of a sum is estimated', () =>
  scenario(
    siteWith({
      virtual:
        '{ boards: { sum: [north, south] }, lights: { constantKw: 5 }, all: { sum: [boards, lights], factor: 1.2 } }',
      facility: '[all]',
    }),
    `
    0:00 to 0:01:30 every 30 s  north 60000  south 35000  it 80000
                              => pue 1m 0:01 1.5000 facility 7200000 estimated 0.05`,
  ))

test('a virtual point with a fallback is a chain under one name, scaled where it is used', () =>
  scenario(
    siteWith({
      virtual: '{ feed: { point: main, fallback: [north] } }',
      facility: '[{ point: feed, factor: 2 }, south]',
    }),
    `
    0:00 to 0:01 every 30 s  main 50000  north 40000  south 20000  it 80000
    0:01:30 to 0:03:30 every 30 s  north 40000  south 20000  it 80000
                              => pue 1m 0:01 1.5000 facility 7200000 estimated 0.00
                              => pue 1m 0:02 1.2500 facility 6000000 estimated 0.80
                              => pue 1m 0:03 1.2500 facility 6000000 estimated 0.80`,
  ))

test('the register of a meter counts before its power, and its power where the register is silent; both are measured', () =>
  scenario(
    siteWith({
      it: '[ups-kw]',
      points: `
  ups-kwh: { topic: ups-kwh, unit: Wh, register: {}, everyS: 60, maxKw: 1000, meter: ups }
  ups-kw: { topic: ups-kw, ${POWER}, meter: ups }`,
    }).replace('core: {', 'core: { bridgeS: 60,'),
    `
    0:00 to 0:04:30 every 30 s  main 120000  ups-kw 78000  @0:04:30   => so far
    0:00  ups-kwh 500000  @0:04:30
    0:01  ups-kwh 501333  @0:04:30
    0:02  ups-kwh 502667  @0:04:30
    0:04:30  ups-kwh 506000  @0:04:35
    @0:06   => pue 1m 0:01 1.5004 it 4798800 estimated 0.00 r1
            => pue 1m 0:02 1.4993 it 4802400 estimated 0.00 r1`,
  ))

describe('losses between facility and IT', () => {
  const site = siteWith({
    more: ', losses: { ups: [{ sum: [north, { point: south, factor: -1 }] }], cooling: [chiller] }',
    points: `chiller: { topic: chiller, ${POWER} }`,
  })

  test('are told with what is left', () =>
    scenario(
      site,
      `
      0:00 to 0:01:30 every 30 s  main 120000  north 90000  south 84000  chiller 20000  it 80000
                                => pue 1m 0:01 1.5000 ups 360000 cooling 1200000 other 840000`,
    ))

  test('mask nothing: from 90 % of the time they speak for all of it, below that they are not told', () =>
    scenario(
      site.replace('[1m, 5m]', '[10m]'),
      `
      0:00 to 0:09 every 30 s  main 120000  it 80000  north 90000  south 84000  chiller 20000   => so far
      0:09:30 to 0:11:30 every 30 s  main 120000  it 80000  north 90000  south 84000
             => pue 10m 0:09 1.5000 coverage 0.90 ups 3240000 cooling 10800000 other 7560000
             => pue 10m 0:10 1.5000 coverage 1.00 ups 3600000 cooling 12000000 other 8400000
             => pue 10m 0:11 1.5000 coverage 1.00 ups 3600000 unlost unrest`,
    ))
})

describe('a PUE is suspect', () => {
  test.for([
    ['below 1', 79_900, 'suspect', ''],
    ['at 1', 80_000, 'sound', ''],
    ['at 2, which is not above', 160_000, 'sound', ''],
    ['above 2', 160_100, 'suspect', ''],
    ['above what is declared', 120_100, 'suspect', ', suspectAbove: 1.5'],
    ['not below it', 200_100, 'sound', ', suspectAbove: 3'],
  ] as const)('%s', ([, mainW, word, more]) =>
    scenario(
      siteWith({ more }),
      `
      0:00 to 0:01:30 every 30 s  main ${mainW}  it 80000   => pue 1m 0:01 coverage 1.00 ${word}`,
    ),
  )
})
