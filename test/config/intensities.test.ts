/** What a configuration may say of what a kWh stands for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatFault, parseConfig } from '../../src/config/config.ts'

function faultsOf(intensities: string, carbon: string): string[] {
  const read = parseConfig(
    `site: { id: s, timezone: UTC }
points:
  main: { topic: main, unit: kW }
  it: { topic: it, unit: kW }
  co2: { topic: co2, unit: kg/MWh, everyS: 3600 }
  well: { topic: well, unit: L/h }
boundaries: { dc: { facility: [main], it: [it], carbon: ${carbon} } }
intensities: ${intensities}
`,
    { file: 'f' },
  )
  return 'faults' in read ? read.faults.map((fault) => formatFault(fault).replace(/^f:\d+:\d+ /, '')) : []
}

const GRID = 'grid: { gPerKwh: 56, source: the operator }'

test.each<[string, string, string[]]>([
  [`{ ${GRID} }`, '{ location: grid }', []],
  ['{ grid: { monthly: { 2026-03: 61 }, source: x } }', '{ location: [{ point: main, by: grid }] }', []],
  ['{ grid: { point: co2, source: x } }', '{ location: [{ constantKw: 5, by: grid }, { point: main, by: grid }] }', []],
  [
    `{ ${GRID} }`,
    '{ location: gridd }',
    ['boundaries.dc.carbon.location: there is no intensity "gridd"\n  hint: did you mean `grid`?'],
  ],
  [
    '{ green: { gPerKwh: 0, basis: market, source: x } }',
    '{ location: green, market: green }',
    [
      'boundaries.dc.carbon.location: "green" is market-based\n' +
        '  hint: a location-based sum takes what the grid emits: use another, or `market`',
    ],
  ],
  [
    '{ grid: { source: x } }',
    '{ location: grid }',
    ['intensities.grid: tells no intensity\n  hint: give it one of gPerKwh, monthly, file, steps, point'],
  ],
  [
    '{ grid: { gPerKwh: 5, point: co2, source: x } }',
    '{ location: grid }',
    ['intensities.grid: tells it twice, by gPerKwh and point\n  hint: keep one of them'],
  ],
  [
    '{ grid: { point: it, source: x } }',
    '{ location: grid }',
    [
      'intensities.grid.point: "it" measures no intensity: its unit is kW\n  hint: name a point of g/kWh, kg/MWh or kg/kWh',
    ],
  ],
  [
    `{ ${GRID} }`,
    '{ location: [{ point: well, by: grid }] }',
    [
      'boundaries.dc.carbon.location[0]: "well" measures water, and this sum is of energy\n' +
        '  hint: name a point of W, kW, MW, J, Wh, kWh, MWh',
    ],
  ],
  [
    '{ grid: { monthly: { 2026-13: 61 }, source: x } }',
    '{ location: grid }',
    ['intensities.grid.monthly.2026-13: "2026-13" is no month\n  hint: write one such as 2026-03'],
  ],
])('intensities %s, carbon %s', (intensities, carbon, faults) => {
  expect(faultsOf(intensities, carbon)).toEqual(faults)
})

test.each<[string, string, [string, number][] | string]>([
  [
    'with a header',
    'time;g\n2026-01-01T00:00Z;61.5\n2026-01-01T01:00Z;60\n',
    [
      ['2026-01-01T00:00Z', 61.5],
      ['2026-01-01T01:00Z', 60],
    ],
  ],
  ['local times', '2026-01-01T00:00,61\n', 'line 1 does not begin with a time and its offset'],
  ['back in time', '\n2026-01-01T01:00Z,1\n\n2026-01-01T00:00Z,2\n', 'line 4 is not later than the line before it'],
  ['no number', '2026-01-01T01:00Z,\n', 'line 1 has no number from 0 to 10000 behind its time'],
  ['nothing', '\n', 'has no line'],
])('a file of hours: %s', (_name, text, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-intensity-'))
  try {
    writeFileSync(join(folder, 'co2.csv'), text)
    const site = `site: { id: s, timezone: UTC }
points: { main: { topic: main, unit: kW } }
intensities: { grid: { file: co2.csv, source: x } }
`
    const read = parseConfig(site, { file: join(folder, 'site.yaml') })
    const told =
      'config' in read
        ? read.config.intensities['grid']?.steps
        : read.faults.map(({ reason }) => reason.replace(`${join(folder, 'co2.csv')}: `, '')).join()
    expect(told).toEqual(expected)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
