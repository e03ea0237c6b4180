/** What a configuration may say of water. */
import { expect, test } from 'vitest'
import { formatFault, parseConfig } from '../../src/config/config.ts'

function faultsOf(points: string, boundary: string): string[] {
  const read = parseConfig(
    `site: { id: s, timezone: UTC }
points:
  main: { topic: main, unit: kW }
  it: { topic: it, unit: kW }
  ${points}
boundaries: { dc: { facility: [main], it: [it], ${boundary} } }
`,
    { file: 'f' },
  )
  return 'faults' in read ? read.faults.map((fault) => formatFault(fault).replace(/^f:\d+:\d+ /, '')) : []
}

test.each([
  ['w: { topic: w, unit: m³, register: {} }', 'water: { total: [w] }', []],
  ['w: { topic: w, unit: m3, kind: energy }', 'water: { potable: [w] }', []],
  ['w: { topic: w, unit: gal/min, kind: mean }', 'water: { fresh: [{ share: 0.5, of: w }, w] }', []],
  [
    'w: { topic: w, unit: m³ }',
    'water: { total: [w] }',
    [
      'boundaries.dc.water.total[0]: "w" is a reading that no sum takes\n' +
        '  hint: add `register: {}` to the point for a running count, or `kind: energy` for the water of each interval',
    ],
  ],
  [
    'w: { topic: w, unit: m³/h, register: {} }',
    'water: { total: [w] }',
    ['points.w.unit: m³/h is a unit of flow\n  hint: use L or m³, or remove `register`'],
  ],
  [
    'w: { topic: w, unit: L/h, maxKw: 5 }',
    'water: { total: [w] }',
    ['points.w.maxKw: is of power, and the point measures water\n  hint: remove it; `max` limits a flow'],
  ],
  [
    'w: { topic: w, unit: L/h, role: facility }',
    'water: { total: [w] }',
    [
      'points.w.role: facility is a role of meters of energy, and the point measures water\n' +
        '  hint: use `role: water`, or remove it',
    ],
  ],
  [
    'w: { topic: w, unit: L/h }',
    'water: { total: [main, w] }',
    [
      'boundaries.dc.water.total[0]: "main" measures energy, and this sum is of water\n' +
        '  hint: name a point of L, m³, L/h, m³/h',
    ],
  ],
  [
    'w: { topic: w, unit: L/h }',
    'losses: { cooling: [w] }',
    [
      'boundaries.dc.losses.cooling[0]: "w" measures water, and this sum is of energy\n' +
        '  hint: name a point of W, kW, MW, J, Wh, kWh, MWh',
    ],
  ],
  [
    'w: { topic: w, unit: L/h }',
    'water: { total: [w, { constantKw: 3 }] }',
    ['boundaries.dc.water.total[1]: a constant load is no water\n  hint: name a point of L, m³, L/h, m³/h'],
  ],
  [
    'w: { topic: w, unit: L/h }',
    'water: { totl: [w] }',
    ['boundaries.dc.water.totl: unknown key\n  hint: did you mean `total`?'],
  ],
])('%s in %s', (point, boundary, faults) => expect(faultsOf(point, boundary)).toEqual(faults))
