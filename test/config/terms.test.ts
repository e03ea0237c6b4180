/** What may be wrong with the terms of a sum, and what is said of it. */
import { describe, expect, test } from 'vitest'
import { configOf } from '../core/site-text.ts'

const HEAD = `site: { id: dc, timezone: UTC }
points:
  main: { topic: main, unit: kW, maxKw: 4000 }
  north: { topic: north, unit: kW }
  south: { topic: south, unit: kW }
  it: { topic: it, unit: kW }
  ups: { topic: ups, unit: kWh, register: {}, meter: ups }
  ups-kw: { topic: ups-kw, unit: kW, meter: ups }
  hot: { topic: hot, unit: °C }
`

/** Faults, each behind the word of the text that it points at and with its hint. */
function faultsOf(text: string): string[] {
  try {
    configOf(HEAD + text)
    return []
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const lines = (HEAD + text).split('\n')
    return error.message.split(/\n(?! {2}hint)/).map((fault) =>
      fault.replace(/^.*\.yaml:(\d+):(\d+) /, (_, line, column) => {
        const [word] = /^([\w.-]+|.)/.exec(lines[Number(line) - 1]?.slice(Number(column) - 1) ?? '') ?? []
        return `${word} | `
      }),
    )
  }
}

function boundary(facility: string, more = '', it = '[it]'): string {
  return `boundaries: { dc: { facility: ${facility}, it: ${it}${more} } }\n`
}

test('all shapes of a term are taken', () => {
  const text = `virtual:
  boards: { sum: [north, { point: south, factor: -1 }], factor: 0.5 }
  feed: { point: main, fallback: [boards, { constantKw: 5 }] }
  spare: { share: 0.05, of: { sum: [boards] } }
${boundary('[feed, { sum: [boards, spare] }, { share: 2, of: it, fallback: [north] }]', ', losses: { ups: [boards] }')}`
  expect(faultsOf(text)).toEqual([])
})

describe('each fault says where, why, and what to do', () => {
  test.for<[string, string, string[]]>([
    [
      'a name that is none',
      boundary('[{ sum: [north, { point: sooth }] }]'),
      ['{ | boundaries.dc.facility[0].sum[1]: there is no point "sooth"\n  hint: did you mean `south`?'],
    ],
    [
      'a name that is none, in what stands in and in what a share is of',
      boundary('[{ point: main, fallback: [nord] }, { share: 0.1, of: sud }, { share: 0.1, of: { sum: [est] } }]'),
      [
        'nord | boundaries.dc.facility[0].fallback[0]: there is no point "nord"',
        'sud | boundaries.dc.facility[1].of: there is no point "sud"',
        'est | boundaries.dc.facility[2].of.sum[0]: there is no point "est"',
      ],
    ],
    [
      'no energy',
      boundary('[{ sum: [main, hot] }]'),
      [
        'hot | boundaries.dc.facility[0].sum[1]: "hot" measures no energy\n  hint: name a point of power or energy; the unit of this one is °C',
      ],
    ],
    [
      'a factor of nothing',
      boundary('[{ point: main, factor: 0 }]'),
      ['0 | boundaries.dc.facility[0].factor: must not be 0\n  hint: remove the term'],
    ],
    [
      'a key that does not go with the others',
      boundary('[{ sum: [north], factr: 2 }]'),
      ['factr | boundaries.dc.facility[0].factr: unknown key\n  hint: did you mean `factor`?'],
    ],
    ['no term at all', boundary('[7]'), ['7 | boundaries.dc.facility[0]: expected text or a map; found 7']],
    [
      'a virtual point with a fallback, in a sum',
      `virtual: { feed: { point: main, fallback: [north] } }\n${boundary('[{ sum: [feed, south] }]')}`,
      [
        'feed | boundaries.dc.facility[0].sum[0]: "feed" has a fallback, and cannot be part of a sum\n' +
          '  hint: use it as a term of its own, or take the fallback away and give the sum one',
      ],
    ],
    [
      'a fallback of a fallback',
      boundary('[{ point: main, fallback: [{ point: north, fallback: [south] }] }]'),
      ['fallback | boundaries.dc.facility[0].fallback[0].fallback: unknown key\n  hint: known keys: point, factor'],
    ],
    [
      'what stands behind a constant',
      boundary('[{ point: main, fallback: [{ constantKw: 5 }, north] }]'),
      [
        'north | boundaries.dc.facility[0].fallback[1]: is never used\n  hint: the constant before it is always known: put the constant last',
      ],
    ],
    [
      'a name of a point and of a virtual one',
      `virtual: { it: { sum: [north] } }\n${boundary('[main]')}`,
      ['it | virtual.it: "it" is also the name of a point\n  hint: use another name for one of them'],
    ],
    [
      'a circle',
      `virtual: { a: { sum: [b] }, b: { sum: [c, north] }, c: { share: 1, of: a } }\n${boundary('[a]')}`,
      [
        'a | virtual.a: "a" is defined by itself, by way of b, c, a',
        'b | virtual.b: "b" is defined by itself, by way of c, a, b',
        'c | virtual.c: "c" is defined by itself, by way of a, b, c',
      ],
    ],
    [
      'more virtual points in each other than eight',
      `virtual: { v0: main, ${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `v${n}: { sum: [v${n - 1}] }`).join(', ')} }\n` +
        boundary('[v8]'),
      ['{ | virtual.v8: virtual points are nested more than 8 deep\n  hint: name the points themselves'],
    ],
    [
      'a meter twice, by a virtual point',
      `virtual: { boards: { sum: [north, south] } }\n${boundary('[boards, north]')}`,
      [
        'north | boundaries.dc.facility[1]: "north" is in this sum already\n  hint: remove one of them: it would count twice',
      ],
    ],
    [
      "both of a meter's points",
      boundary('[main]', '', '[{ sum: [ups-kw, ups] }]'),
      [
        '{ | boundaries.dc.it[0]: "ups" is of the same meter as "ups-kw", which is in this sum already\n' +
          '  hint: keep one of them: the meter would count twice, and its register counts for its power',
      ],
    ],
    [
      'estimates alone',
      boundary('[{ constantKw: 5 }, { share: 1.2, of: it }]'),
      [
        '[ | boundaries.dc.facility: the sum has no measured point\n  hint: constants and shares are estimates: add a point that measures',
      ],
    ],
    [
      'more joules than can be counted, by a factor below 0 too',
      boundary('[{ point: main, factor: -80 }]'),
      [
        '[ | boundaries.dc.facility: boundary "dc": 320 MW over window 365d exceeds 2^53 J\n' +
          '  hint: correct `maxKw`, shorten `core.windows` or divide the boundary',
      ],
    ],
    [
      'losses',
      boundary('[main]', ', losses: { ups: [north, north], heat: [south] }'),
      [
        'north | boundaries.dc.losses.ups[1]: "north" is in this sum already\n  hint: remove one of them: it would count twice',
        'heat | boundaries.dc.losses.heat: unknown key\n  hint: known keys: ups, distribution, cooling',
      ],
    ],
    [
      'a bound for a PUE that no PUE can keep',
      boundary('[main]', ', suspectAbove: 0.9'),
      ['0.9 | boundaries.dc.suspectAbove: must be at least 1; found 0.9'],
    ],
  ])('%s', ([, text, expected]) => expect(faultsOf(text)).toEqual(expected))
})

test('virtual points that multiply are refused, and not expanded', () => {
  const ten = (names: string) =>
    `{ sum: [${Array.from({ length: 10 }, (_, n) => `{ point: ${names}, factor: ${n + 1} }`).join()}] }`
  const text = `virtual:
  a: ${ten('north')}
  b: ${ten('a')}
  c: ${ten('b')}
  d: ${ten('c')}
  e: ${ten('d')}
${boundary('[e]')}`
  expect(faultsOf(text).map((fault) => fault.replace(/\n.*/, ''))).toEqual([
    'e | boundaries.dc.facility[0]: expands to more than 10000 points',
  ])
})
