/** What is multiplied before it is summed: heat of a flow between two temperatures, and shares of plant that halls share. */
import { describe, expect, test } from 'vitest'
import { waterJPerMlK } from '../../src/core/contract/product.ts'
import { restartedScenario, scenario } from './scenario.ts'

/** Every 15 min from `from` up to `to`, in hours, what is read then. */
function quarters(from: number, to: number, read: (n: number) => string): string {
  const lines: string[] = []
  for (let n = from * 4; n <= to * 4; n++) {
    lines.push(`${Math.floor(n / 4)}:${String((n % 4) * 15).padStart(2, '0')}  ${read(n)}`)
  }
  return lines.join('\n')
}

describe('heat as flow × ΔT', () => {
  /** 4 m³/h between 40 and 30 °C. Of this glycol a m³ carries 1 kWh for each K: 40 kW of 120. */
  const site = ({
    medium = '{ name: glycol, densityKgM3: 1000, heatCapacityJKgK: 3600, source: data sheet }',
    flow = 'unit: m³/h, everyS: 900',
    boundary = 'reuse: [used]',
  } = {}): string => `
site: { id: dc, timezone: UTC }
core: { intervalS: 900, latenessS: 7200, boundS: 30, idleS: 7200, windows: [1h, day] }
points:
  main: { topic: main, unit: kW, everyS: 900, accuracyPct: 0.5 }
  it: { topic: it, unit: kW, everyS: 900, accuracyPct: 1 }
  flow: { topic: flow, ${flow}, accuracyPct: 2 }
  hot: { topic: hot, unit: °C, kind: power, everyS: 900 }
  cold: { topic: cold, unit: °C, kind: power, everyS: 900 }
heats:
  used: { flow: flow, hot: hot, cold: cold, medium: ${medium}, accuracyK: 0.2 }
boundaries:
  dc: { facility: [main], it: [it], ${boundary} }
`
  const hourly = (yaml: string) => yaml.replaceAll('everyS: 900', 'everyS: 3600')
  const read = (more: string) => `main 120  it 100  ${more}`
  const hours = (from: number, to: number, more: string) => `${from}:00 to ${to}:00 every 3600 s  ${read(more)}`
  const end = (more: string, next = '24:15') => `24:00  ${read(more)}\n${next}  ${read(more)}`

  test('ERF of a day with both ±: the flow by its class, the difference by its K', () =>
    restartedScenario(
      hourly(site()),
      // 960 of 2880 kWh. ± 2 × ⅓ × √(0.02² + (0.2 / 10)² + 0.005²) / √3, and less of it in ERE, over IT
      `
      ${hours(0, 23, 'flow 4  hot 40  cold 30')}  => so far
      ${end('flow 4  hot 40  cold 30', '25:00')}
        => indicator erf day 24:00 0.33333 over 3456000000 under 10368000000 uncertainty 0.01106 coverage 1.00 sound
        => indicator ere day 24:00 0.8000 over 6912000000
        => reading hot 22:15 mean 40
        => reading hot 22:30 mean 40
        => reading hot 22:45 mean 40
        => reading hot 23:00 mean 40
        => reading hot 23:15 mean 40
        => reading hot 23:30 mean 40
        => reading hot 23:45 mean 40
        => reading hot 24:00 mean 40
        => pue day 24:00 1.200`,
    ))

  test('water carries what its temperatures say, at the side of the meter', () => {
    // 992.22 kg/m³ at 40 °C, 4.17845 kJ/(kg K) at 35 °C: 40 m³ K/h × 1.15163 kWh/(m³ K) for 24 h
    expect(waterJPerMlK(40, 35)).toBeCloseTo(4.14594, 5)
    expect([-5, 0, 4, 55, 100, 120].map((tC) => waterJPerMlK(tC, tC).toFixed(4))).toEqual([
      '4.2169',
      '4.2169',
      '4.2065',
      '4.1223',
      '4.0405',
      '4.0405',
    ])
    scenario(
      hourly(site({ medium: 'water, at: hot' })),
      `
      ${hours(0, 23, 'flow 4  hot 40  cold 30')}  => so far
      ${end('flow 4  hot 40  cold 30', '25:00')}
        => indicator erf day 24:00 0.38388 coverage 1.00`,
    )
  })

  test('a register of m³ and slower temperatures: each interval by the mean of what was told around it', () =>
    scenario(
      site({ flow: 'unit: m³, register: {}, everyS: 900' }).replaceAll(
        'kind: power, everyS: 900',
        'kind: power, everyS: 3600',
      ),
      // 1 m³ a quarter of an hour; the hot side rises from 40 to 64 °C over the day, as a line: 22 K on average
      `
      ${quarters(0, 23.75, (n) => read(`flow ${n}${n % 4 === 0 ? `  hot ${40 + n / 4}  cold 30` : ''}`))}  => so far
      24:00  ${read('flow 96  hot 64  cold 30')}
      24:15  ${read('flow 97')}
        => indicator erf day 24:00 0.73333 over 7603200000 coverage 1.00`,
    ))

  test('a gap where either side is missing, filled when it comes late', () =>
    scenario(
      site(),
      // From 20:00 to 23:00 nobody tells the cold side, and then it does: 30 °C, and 20 °C at 22:00
      `
      ${quarters(0, 20, () => read('flow 4  hot 40  cold 30'))}
      ${quarters(20.25, 22.75, () => read('flow 4  hot 40'))}
      ${quarters(23, 23.75, () => read('flow 4  hot 40  cold 30'))}  => so far
      ${end('flow 4  hot 40  cold 30')}
        => indicator erf day 24:00 0.33333 over 3024000000 under 9072000000 coverage 0.88 r0
        => pue day 24:00 1.200 coverage 1.00
      ${['20:15', '20:30', '20:45', '21:00', '21:15', '21:30', '21:45'].map((at) => `${at}  cold 30  @24:16`).join('\n')}
      22:00  cold 20  @24:16
      ${['22:15', '22:30', '22:45'].map((at) => `${at}  cold 30  @24:16`).join('\n')}
      24:30  ${read('flow 4  hot 40  cold 30')}
      24:45  ${read('flow 4  hot 40  cold 30')}
        => indicator erf day 24:00 0.33681 over 3492000000 under 10368000000 coverage 1.00`,
    ))

  test('heat that flows back is taken off, and a temperature below 0 °C is one', () =>
    scenario(
      hourly(site()),
      // 17 h less 6 h × 40 kW of 2880 kWh: in the hour between, the difference goes from 10 to −10 K
      `
      ${hours(0, 17, 'flow 4  hot 5  cold -5')}
      ${hours(18, 23, 'flow 4  hot -5  cold 5')}  => so far
      ${end('flow 4  hot -5  cold 5', '25:00')}
        => indicator erf day 24:00 0.15278 coverage 1.00`,
    ))

  test('district cooling counts by a declared factor in the facility, and in its carbon', () =>
    scenario(
      hourly(
        site({
          boundary: 'facility: [main, { point: used, factor: 0.5 }], carbon: { location: grid }',
        }),
      ).replace('facility: [main], it: [it], facility', 'it: [it], facility') +
        'intensities: { grid: { gPerKwh: 100, source: x } }\n',
      // 120 + 20 kW over 100; 140 g/h × 1000 over 100 kWh
      `
      ${hours(0, 23, 'flow 4  hot 40  cold 30')}  => so far
      ${end('flow 4  hot 40  cold 30', '25:00')}
        => indicator cue day 24:00 0.1400 over 336000 unsure
        => pue day 24:00 1.400 coverage 1.00`,
    ))
})

describe('plant that halls share', () => {
  const site = (plant: string): string => `
site: { id: dc, timezone: UTC }
core: { intervalS: 900, latenessS: 3600, boundS: 30, idleS: 7200, windows: [1h] }
points:
  chiller: { topic: chiller, unit: kW, everyS: 900, accuracyPct: 1 }
  pump: { topic: pump, unit: kW, everyS: 900, accuracyPct: 1 }
  it-{1,2}: { topic: 'it/{1,2}', unit: kW, everyS: 900, accuracyPct: 1 }
  heat-{1,2}: { topic: 'heat/{1,2}', unit: kW, everyS: 900 }
allocations:
  plant: { of: [chiller, pump], ${plant} }
boundaries:
  hall-1: { facility: [it-1, plant/hall-1], it: [it-1], part: true }
  hall-2: { facility: [it-2, plant/hall-2], it: [it-2], part: true }
`
  /** 40 kW of plant, 60 and 40 kW of IT, 30 and 70 kW of heat. */
  const day = `
      0:00 to 1:00 every 900 s  chiller 36  pump 4  it-1 60  it-2 40  heat-1 30  heat-2 70  => so far
      1:15  chiller 36  pump 4  it-1 60  it-2 40  heat-1 30  heat-2 70`

  test.each([
    ['a constant share', 'by: constant, to: { hall-1: 0.25, hall-2: 0.75 }', '1.16667', '1.75', '0.14', '0.43'],
    ['IT load', 'by: itLoad, to: { hall-1: [it-1], hall-2: [it-2] }', '1.4', '1.4', '0.29', '0.29'],
    ['energy', 'by: energy, to: { hall-1: [heat-1], hall-2: [heat-2] }', '1.2', '1.7', '0.17', '0.41'],
  ])('by %s: what both halls get is the plant, as an estimate', (_rule, plant, one, two, oneGuessed, twoGuessed) =>
    scenario(
      site(plant),
      `${day}
        => pue 1h 1:00 ${one} of hall-1 estimated ${oneGuessed} coverage 1.00 r0
        => pue 1h 1:00 ${two} of hall-2 estimated ${twoGuessed} coverage 1.00 r0`,
    ),
  )

  test('a key that is late corrects both halls', () =>
    restartedScenario(
      site('by: energy, to: { hall-1: [heat-1], hall-2: [heat-2] }'),
      // The heat of hall 1 at 0:30 comes late, and is 110 kW: a mean of 70 from 0:15 to 0:45, and half of the plant
      `
      0:00 to 0:15 every 900 s  chiller 36  pump 4  it-1 60  it-2 40  heat-1 30  heat-2 70
      0:30  chiller 36  pump 4  it-1 60  it-2 40  heat-2 70
      0:45 to 1:00 every 900 s  chiller 36  pump 4  it-1 60  it-2 40  heat-1 30  heat-2 70  => so far
      1:15  chiller 36  pump 4  it-1 60  it-2 40  heat-1 30  heat-2 70
        => pue 1h 1:00 1.2 of hall-1 coverage 1.00 r0
        => pue 1h 1:00 1.7 of hall-2 coverage 1.00 r0
      0:30  heat-1 110  @1:16
      1:18  it-1 60
        => pue 1h 0:30 1.26667 of hall-1
        => pue 1h 0:45 1.28889 of hall-1
        => pue 1h 1:00 1.26667 of hall-1 coverage 1.00 r1
        => pue 1h 0:30 1.6 of hall-2
        => pue 1h 0:45 1.56667 of hall-2
        => pue 1h 1:00 1.6 of hall-2 coverage 1.00 r1
        => pue 1h 1:15 1.26667 of hall-1
        => pue 1h 1:15 1.6 of hall-2`,
    ))

  test('without any load nobody can be charged, and halls have no pPUE', () =>
    scenario(
      site('by: itLoad, to: { hall-1: [it-1], hall-2: [it-2] }'),
      `
      0:00 to 1:00 every 900 s  chiller 36  pump 4  it-1 0  it-2 0  => so far
      1:15  chiller 36  pump 4  it-1 0  it-2 0
        => pue 1h 1:00 nothing of hall-1 coverage 0.00
        => pue 1h 1:00 nothing of hall-2 coverage 0.00`,
    ))
})
