/** What a configuration may say of heats, and of plant that halls share. */
import { expect, test } from 'vitest'
import { formatFault, parseConfig } from '../../src/config/config.ts'

function faultsOf({ heats = '{}', allocations = '{}', reuse = '[main]', dryBulb = 'room' }): string[] {
  const read = parseConfig(
    `site: { id: s, timezone: UTC }
points:
  main: { topic: main, unit: kW }
  it-{1,2}: { topic: 'it/{1,2}', unit: kW }
  flow: { topic: flow, unit: m³/h }
  hot: { topic: hot, unit: °C, kind: power }
  cold: { topic: cold, unit: °F, kind: mean }
  room: { topic: room, unit: °C }
boundaries: { dc: { facility: [main], it: [it-1, it-2], reuse: ${reuse} } }
heats: ${heats}
allocations: ${allocations}
inlets: { r1: { dryBulb: ${dryBulb}, moisture: unmeasured } }
`,
    { file: 'f' },
  )
  return 'faults' in read ? read.faults.map((fault) => formatFault(fault).replace(/^f:\d+:\d+ /, '')) : []
}

const HEAT = 'heat: { flow: flow, hot: hot, cold: cold }'

test.each<[Parameters<typeof faultsOf>[0], string[]]>([
  [{ heats: `{ ${HEAT} }`, reuse: '[heat]' }, []],
  [
    { heats: `{ ${HEAT} }`, reuse: '[heats]' },
    ['boundaries.dc.reuse[0]: there is no point "heats"\n  hint: did you mean `heat`?'],
  ],
  [
    { heats: '{ h: { flow: main, hot: hot, cold: room } }' },
    [
      'heats.h.flow: "main" measures no flow: its unit is kW\n  hint: name a point of L/h, m³/h or gal/min, or a register of L or m³',
      'heats.h.cold: "room" is kept as readings alone, and heat needs its mean over time\n  hint: add `kind: power` to the point',
    ],
  ],
  [
    { heats: '{ h: { flow: flow, hot: hot, cold: hot } }' },
    ['heats.h.cold: is the hot side, too\n  hint: name the point of the other side'],
  ],
  [
    { heats: `{ ${HEAT} }`, reuse: '[heat]', dryBulb: 'hot' },
    [
      'inlets.r1.dryBulb: "hot" is kept as a mean over time, and air is judged by readings\n  hint: remove `kind` from the point, or make another point of its topic',
    ],
  ],
  [
    { reuse: '[flow, hot]' },
    [
      'boundaries.dc.reuse[0]: "flow" measures water, and this sum is of energy\n  hint: name a point of W, kW, MW, J, Wh, kWh, MWh',
      'boundaries.dc.reuse[1]: "hot" measures a temperature, and this sum is of energy\n  hint: name a point of W, kW, MW, J, Wh, kWh, MWh',
    ],
  ],
  [{ allocations: '{ p: { of: [main], by: itLoad, to: { a: [it-1], b: [it-2] } } }', reuse: '[main, p/a]' }, []],
  [{ allocations: '{ p: { of: [main], by: constant, to: { a: 0.1, b: 0.2, c: 0.7 } } }', reuse: '[main, p/c]' }, []],
  [
    { allocations: '{ p: { of: [main], by: constant, to: { a: 0.4, b: 0.5 } } }' },
    ['allocations.p.to: the shares add to 0.9, not to 1\n  hint: correct one of them'],
  ],
  [
    { allocations: '{ p: { of: [flow], by: energy, to: { a: [it-1], b: 0.5 } } }' },
    [
      'allocations.p.of[0]: "flow" measures no energy: its unit is m³/h\n  hint: name a point of power or energy',
      'allocations.p.to.b: is a constant share\n  hint: name the points by which the part is told, or write `by: constant`',
    ],
  ],
  [
    { allocations: '{ main: { of: [main], by: constant, to: { a: 1 } } }' },
    [
      'allocations.main: "main" is also the name of a point\n  hint: use another name for one of them',
      'allocations.main.to: names fewer than two parts\n  hint: plant of one part is no shared plant',
    ],
  ],
])('%j', (written, faults) => {
  expect(faultsOf(written)).toEqual(faults)
})
