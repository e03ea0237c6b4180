import { describe, expect, test } from 'vitest'
import { pointDoubt } from '../../src/rows/quality-rows.ts'
import { restartedScenario, scenario, siteOf } from './scenario.ts'

/** Intervals of 15 min keep a day short. Water meters of ISO 4064 class 1 and 2 err by 1 and 2 %. */
function siteWith({ boundary = 'water: { total: [water] }', windows = '[1h, day]', more = '' } = {}): string {
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 900, latenessS: 3600, boundS: 30, idleS: 7200, windows: ${windows} }
points:
  main: { topic: main, unit: kW, everyS: 900, accuracyPct: 0.5, role: facility }
  it: { topic: it, unit: kW, everyS: 900, accuracyPct: 1, role: it }
  water: { topic: water, unit: m³, register: {}, everyS: 900, accuracyPct: 2, role: water }
  well: { topic: well, unit: L/h, everyS: 900, accuracyPct: 1, role: water }
${more}
boundaries:
  dc: { facility: [main], it: [it], ${boundary} }
`
}

/** Every 15 min from `from` up to `to`, in hours: 120 kW, 100 kW of IT, and what else is read then. */
function quarters(from: number, to: number, read: (n: number) => string): string {
  const lines: string[] = []
  for (let n = from * 4; n <= to * 4; n++) {
    const minutes = String((n % 4) * 15).padStart(2, '0')
    lines.push(`${Math.floor(n / 4)}:${minutes}  main 120  it 100  ${read(n)}`)
  }
  return lines.join('\n')
}

/** A register that counts 10 L in each quarter. */
const count = (n: number): string => `water ${(7 + n / 100).toFixed(2)}`

describe('water usage effectiveness', () => {
  test('litres over kWh of IT, over a day and no less, with its ±', () =>
    scenario(
      siteWith({ windows: '[1h, day, month]' }),
      // 960 L / 2400 kWh. ± 2 × √((0.02 × 0.4)² + (0.01 × 0.4)² + (10 L / √2 / 2400 kWh)²) / √3: classes and display
      `
      from 2026-03-01T00:00Z
      ${quarters(0, 23.75, count)}  => so far
      24:00  main 120  it 100  water 7.96
      24:15  main 120  it 100  water 7.97
        => indicator wue day 24:00 0.4000 over 960 under 8640000000 uncertainty 0.01087 coverage 1.00 r0 provisional
        => no indicator wue 1h
        => no indicator wue day_to_date
        => indicator wue month_to_date 24:00 0.4000 over 960
        => water water 23:45 10.0 L 40.0 L/h coverage 1.00
        => water water 22:00 10.0 L settled
        => water water 24:00 10.0 L provisional
        => water water 22:15 10.0 L settled
        => no energy water`,
    ))

  test('a count that falls is told in m³, by the row and by its words', () => {
    scenario(
      siteWith(),
      `
      ${quarters(0, 2, count)}  => so far
      2:15  main 120  it 100  water 0.50
      2:30  main 120  it 100  water 0.51
        => alarm 2:15 register of water raised 0.5 limit 7.08`,
    )
    const site = siteOf(siteWith())
    const fell = {
      endMs: 0,
      flags: ['reset'],
      note: 'reset',
      value: 500_000,
      expected: 7_080_000,
      atMs: Date.UTC(2026, 2, 2),
    } as const
    expect(pointDoubt(site, site.points.indexOf('water'), fell).message).toContain('water fell from 7.08 m³ to 0.5 m³')
    const slipped = {
      ...fell,
      flags: ['unit_slip'],
      note: 'unit_slip',
      value: 10_000 / 3.6,
      expected: 10 / 3.6,
    } as const
    expect(pointDoubt(site, site.points.indexOf('well'), slipped).message).toContain('10000 L/h where it read 10 L/h')
  })

  test('a silent water meter says nothing of the PUE', () =>
    scenario(
      siteWith(),
      `
      ${quarters(0, 2, count)}  => so far
      ${quarters(2.25, 5, () => '')}  => alarm 2:46 stale of water raised says Warning: Point water (dc): no valid reading since 2026-03-02 02:00:00 UTC (46 min); one is due every 15 min, and silence is allowed for 45 min.`,
    ))

  test('what is not known of either side is left out of both', () =>
    scenario(
      siteWith({ boundary: 'water: { total: [well] }' }),
      // From 6:00 to 12:00 nobody measures the flow: 18 h × 40 L over 18 h × 100 kWh
      `
      ${quarters(0, 6, () => 'well 40')}
      ${quarters(6.25, 11.75, () => '')}
      ${quarters(12, 23.75, () => 'well 40')}  => so far
      24:00  main 120  it 100  well 40
      24:15  main 120  it 100  well 40
        => indicator wue day 24:00 0.400 over 720 under 6480000000 coverage 0.75 sound`,
    ))

  test('all water, the fresh and the potable of it are named by what they count; a restart changes nothing', () =>
    restartedScenario(
      siteWith({
        boundary:
          'water: { total: [well], fresh: [{ point: well, factor: 0.75 }], potable: [{ point: well, factor: 0.5 }] }',
      }).replaceAll('everyS: 900', 'everyS: 3600'),
      `
      0:00 to 23:00 every 3600 s  main 120  it 100  well 40  => so far
      24:00  main 120  it 100  well 40
      25:00  main 120  it 100  well 40
        => indicator wue day 24:00 0.400 over 960
        => indicator wue_fresh day 24:00 0.300 over 720
        => indicator wue_potable day 24:00 0.200 over 480
        => pue day 24:00 1.200`,
    ))

  test('a late reading corrects the windows that hold it', () =>
    scenario(
      siteWith({ boundary: 'water: { total: [well] }' }),
      `
      ${quarters(0, 12, () => 'well 40')}
      ${quarters(12.25, 12.75, () => '')}
      ${quarters(13, 23.75, () => 'well 40')}
      24:00  main 120  it 100  well 40
      24:15  main 120  it 100  well 40  => indicator wue day 24:00 0.4000 over 920 coverage 0.96 r0
      12:30  well 100  @24:16
      24:18  it 100                     => indicator wue day 24:00 0.4125 over 990 coverage 1.00 r1 provisional`,
    ))

  test('a water meter that was replaced counts on across', () =>
    scenario(
      siteWith().replace(
        'register: {}',
        "register: { swaps: [{ at: '2026-03-02T12:05Z', closing: 7.48, opening: 0 }] }",
      ),
      `
      ${quarters(0, 12, count)}
      ${quarters(12.25, 23.75, (n) => `water ${(n / 100 - 0.48).toFixed(2)}`)}  => so far
      24:00  main 120  it 100  water 0.48
      24:15  main 120  it 100  water 0.49
        => indicator wue day 24:00 0.400 over 960 coverage 1.00`,
    ))

  test('a heat meter counts water and heat: neither stands for the other', () =>
    scenario(
      siteWith({
        boundary: 'water: { total: [flow] }',
        more: `
  flow: { topic: flow, unit: m³/h, everyS: 900, meter: hm }
  heat: { topic: heat, unit: kWh, register: {}, everyS: 900, meter: hm }`,
      }),
      `
      ${quarters(0, 23.75, (n) => `flow 0.04  heat ${n * 100}`)}  => so far
      24:00  main 120  it 100  flow 0.04  heat 9600
      24:15  main 120  it 100  flow 0.04  heat 9700
        => indicator wue day 24:00 0.400 over 960 unsure`,
    ))
})

describe('heat used outside, and renewable energy', () => {
  test('ERF is a share of the facility, ERE leaves the heat out, and the PUE is not reduced by it', () =>
    scenario(
      siteWith({
        boundary: 'reuse: [heat], renewable: [{ share: 0.5, of: main }, pv]',
        more: `
  heat: { topic: heat, unit: kWh, register: {}, everyS: 900, accuracyPct: 3 }
  pv: { topic: pv, unit: kW, everyS: 900 }`,
      }),
      // 24 h of 120 kW, 100 kW of IT and 36 kW of heat: 0.3, (120 − 36) / 100, 1.2. A day is too short for REF.
      // ERF ± 2 × 0.3 × √((0.03² + 0.005²) + (1 kWh / √2 / 864 kWh)²) / √3
      `
      ${quarters(0, 23.75, (n) => `heat ${n * 9}  pv 6`)}  => so far
      24:00  main 120  it 100  heat 864  pv 6
      24:15  main 120  it 100  heat 873  pv 6
        => indicator erf day 24:00 0.3000 over 3110400000 under 10368000000 uncertainty 0.0105 coverage 1.00 sound
        => indicator ere day 24:00 0.8400 over 7257600000 under 8640000000 sound
        => no indicator ref
        => pue day 24:00 1.200`,
    ))

  test('REF of a month; more than the facility took is suspect, and not clamped', () =>
    scenario(
      siteWith({
        boundary: 'renewable: [pv]',
        windows: '[24h, month]',
        more: '  pv: { topic: pv, unit: kW, everyS: 21600 }',
      }).replaceAll('everyS: 900', 'everyS: 21600'),
      `
      from 2026-03-01T00:00Z
      0:00 to 738:00 every 21600 s  main 120  it 100  pv 150  => so far
      744:00  main 120  it 100  pv 150
      750:00  main 120  it 100  pv 150
        => indicator ref month 744:00 1.2500 coverage 1.00 suspect
        => no indicator ref 24h
        => no indicator ref month_to_date`,
    ))
})

describe('what a PUE is made of', () => {
  const losses = `
  ups: { topic: ups, unit: kW, everyS: 900, accuracyPct: 1 }
  pdu: { topic: pdu, unit: kW, everyS: 900, accuracyPct: 1 }
  chiller: { topic: chiller, unit: kW, everyS: 900, accuracyPct: 1 }
  heat: { topic: heat, unit: kW, everyS: 900, accuracyPct: 3 }`
  const boundary = 'losses: { ups: [ups], distribution: [pdu], cooling: [chiller] }, removedHeat: [heat]'

  test('CLF and PLF add up to the PUE, with the rest; CER is heat over the energy that removes it', () =>
    scenario(
      siteWith({ boundary, more: losses }),
      // 120 = 100 IT + 5 UPS + 3 PDU + 8 cooling + 4; ± of CLF 2 × 0.08 × √2 × 0.01 / √3
      `
      ${quarters(0, 23.75, () => 'ups 5  pdu 3  chiller 8  heat 104')}  => so far
      24:00  main 120  it 100  ups 5  pdu 3  chiller 8  heat 104
      24:15  main 120  it 100  ups 5  pdu 3  chiller 8  heat 104
        => indicator clf day 24:00 0.0800 over 691200000 under 8640000000 uncertainty 0.00131 sound
        => indicator plf day 24:00 0.0800 over 691200000 under 8640000000 sound
        => indicator cer day 24:00 13.0 over 8985600000 under 691200000 sound
        => no indicator cer 1h
        => no indicator mlc
        => no indicator elc
        => pue day 24:00 1.200`,
    ))

  test('the chain of power alone: ELC is what it loses over what it takes in, as MLC of a month and more', () =>
    scenario(
      siteWith({
        boundary: 'losses: { ups: [ups], cooling: [chiller] }',
        windows: '[24h, month]',
        more: losses,
      }).replaceAll('everyS: 900', 'everyS: 21600'),
      `
      from 2026-03-01T00:00Z
      0:00 to 738:00 every 21600 s  main 120  it 100  ups 5  chiller 8  => so far
      744:00  main 120  it 100  ups 5  chiller 8
      750:00  main 120  it 100  ups 5  chiller 8
        => indicator elc month 744:00 0.04762 coverage 1.00 sound
        => indicator mlc month 744:00 0.0800 sound
        => indicator plf month 744:00 0.0500
        => no indicator elc 24h`,
    ))

  test('cooling that nobody sees for six hours: CLF leaves them out, the PUE does not', () =>
    scenario(
      siteWith({ boundary, more: losses }),
      `
      ${quarters(0, 6, () => 'ups 5  pdu 3  chiller 8')}
      ${quarters(6.25, 11.75, () => 'ups 5  pdu 3')}
      ${quarters(12, 23.75, () => 'ups 5  pdu 3  chiller 8')}  => so far
      24:00  main 120  it 100  ups 5  pdu 3  chiller 8
      24:15  main 120  it 100  ups 5  pdu 3  chiller 8
        => indicator clf day 24:00 0.0800 under 6480000000 coverage 0.75 sound
        => indicator plf day 24:00 0.0800 coverage 1.00
        => pue day 24:00 1.200`,
    ))
})

describe('carbon', () => {
  const grid = (how: string, boundary = 'carbon: { location: grid }', more = '') =>
    siteWith({ boundary, windows: '[1h, day]', more: more }) +
    `intensities:
  grid: { ${how}, source: the grid's operator, accuracyPct: 10 }
  diesel: { gPerKwh: 270, scope: 1, source: the supplier }
`

  test('CUE of a constant is the intensity times the PUE, with its ±', () =>
    scenario(
      grid('gPerKwh: 56'),
      // 2880 kWh × 56 g over 2400 kWh. ± 2 × 0.0672 × √(0.10² + 0.005² + 0.01²) / √3
      `
      ${quarters(0, 23.75, () => '')}  => so far
      24:00  main 120  it 100
      24:15  main 120  it 100
        => indicator cue day 24:00 0.0672 over 161280 under 8640000000 uncertainty 0.00781 coverage 1.00 sound`,
    ))

  test('a month without a figure has none, and no day has one by a table of months', () =>
    scenario(
      grid('monthly: { 2026-03: 60 }').replace('[1h, day]', '[24h, month]').replaceAll('everyS: 900', 'everyS: 21600'),
      `
      from 2026-03-01T00:00Z
      0:00 to 1458:00 every 21600 s  main 120  it 100  => so far
      1464:00  main 120  it 100
      1470:00  main 120  it 100
        => indicator cue month 1464:00 nothing coverage 0.00
        => no indicator cue 24h`,
    ))

  test('a table of hours: an hour that lacks counts for nothing', () =>
    scenario(
      grid(
        `steps: [${Array.from({ length: 26 }, (_, n) => n)
          .filter((n) => n !== 6)
          .map((n) => `['${new Date(Date.UTC(2026, 2, 2, n)).toISOString()}', ${n < 12 ? 50 : 100}]`)
          .join(', ')}]`,
      ),
      // 11 h of 120 kW × 50 g and 12 h × 100 g over 23 h of 100 kW
      `
      ${quarters(0, 23.75, () => '')}  => so far
      24:00  main 120  it 100
      24:15  main 120  it 100
        => indicator cue day 24:00 0.09130 over 210000 under 8280000000 coverage 0.96`,
    ))

  test('a topic tells it: each value holds until the next, and a late one corrects what it was thought to be', () =>
    scenario(
      grid('point: co2', undefined, '  co2: { topic: co2, unit: g/kWh, everyS: 3600 }'),
      // 50 g until 12:00, 100 g from then on; that it was 200 g from 23:30 comes late
      `
      ${quarters(0, 23.75, (n) => (n % 4 === 0 ? `co2 ${n < 48 ? 50 : 100}` : ''))}  => so far
      24:00  main 120  it 100  co2 100
      24:15  main 120  it 100
        => indicator cue day 24:00 0.0900 over 216000 coverage 1.00 r0
        => intensity co2 23:45 100 g/kWh coverage 1.00 provisional
        => intensity co2 19:45 100 g/kWh settled
        => intensity co2 24:00 100 g/kWh provisional
        => intensity co2 20:00 100 g/kWh settled
      23:30  co2 200  @24:20
      24:21  it 100
        => indicator cue day 24:00 0.0925 over 222000 r1`,
    ))

  test('each source by its own, the facility as a whole by another', () =>
    scenario(
      grid(
        'gPerKwh: 60',
        'carbon: { location: [{ point: main, by: grid }, { point: gas, by: diesel, fallback: [{ constantKw: 10 }] }], market: green }',
        '  gas: { topic: gas, unit: kW, everyS: 900, accuracyPct: 2 }',
      ) + '  green: { gPerKwh: 0, basis: market, source: guarantees of origin }\n',
      // 2880 kWh × 60 g and 12 h × 20 kW × 270 g; for the other 12 h 10 kW are estimated
      `
      ${quarters(0, 12, () => 'gas 20')}
      ${quarters(12.25, 23.75, () => '')}  => so far
      24:00  main 120  it 100
      24:15  main 120  it 100
        => indicator cue day 24:00 0.1125 over 270000 under 8640000000 estimated 0.12 unsure
        => indicator cue_market day 24:00 0.0000 over 0`,
    ))
})
