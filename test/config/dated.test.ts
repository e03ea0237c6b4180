/** Dates of points and terms: what may be wrong with them, and what is said of it. */
import { describe, expect, test } from 'vitest'
import { formulasText } from '../../src/commands/check/formulas.ts'
import { createSite } from '../../src/site/site.ts'
import { configOf } from '../core/site-text.ts'

const HEAD = `site: { id: dc, timezone: Europe/Paris }
points:
  main: { topic: main, unit: kW }
  new: { topic: new, unit: kW, from: 2026-03-01 }
  old: { topic: old, unit: kW, until: 2026-03-01 }
  it: { topic: it, unit: kW }
`

function boundary(it: string, more = ''): string {
  return `${HEAD}boundaries: { dc: { facility: [main], it: ${it} } }\n${more}`
}

function faultsOf(text: string): string[] {
  try {
    configOf(text)
    return []
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return error.message.split(/\n(?! {2}hint)/).map((fault) => fault.replace(/^.*\.yaml:\d+:\d+ /, ''))
  }
}

describe('each fault says where, why, and what to do', () => {
  test.for<[string, string, string[]]>([
    [
      'a date that is none',
      boundary('[{ point: it, from: 2026-02-30 }]'),
      [
        `boundaries.dc.it[0].from: "2026-02-30" is neither a date nor a time with an offset
  hint: write one such as 2026-03-01 (midnight in the site's time zone) or 2026-03-01T10:15:00+01:00`,
      ],
    ],
    [
      'a stretch that ends before it begins',
      boundary('[{ point: it, from: 2026-03-02, until: 2026-03-01 }]'),
      [
        `boundaries.dc.it[0].until: must be later than \`from\`, which is 2026-03-01T23:00:00Z
  hint: the stretch begins with \`from\` and ends before \`until\``,
      ],
    ],
    [
      'a date within an interval',
      boundary('[{ point: it, factors: [{ from: "2026-03-01T10:15:20Z", factor: 2 }] }]'),
      [
        `boundaries.dc.it[0].factors[0].from: is within an interval of 60 s
  hint: write 2026-03-01T10:15:00Z or 2026-03-01T10:16:00Z`,
      ],
    ],
    [
      'factors out of order, and outside of their term',
      boundary(
        '[{ point: it, from: 2026-01-01, until: 2026-06-01, factors: [{ from: 2026-01-01, factor: 2 }, { from: 2026-07-01, factor: 3 }, { from: 2026-02-01, factor: 4 }] }]',
      ),
      [
        `boundaries.dc.it[0].factors[0].from: begins no later than \`from\`, 2025-12-31T23:00:00Z
  hint: write this factor as \`factor\``,
        `boundaries.dc.it[0].factors[1].from: begins no earlier than \`until\`, 2026-05-31T22:00:00Z
  hint: remove it, or correct \`until\``,
        `boundaries.dc.it[0].factors[2].from: must be later than the factor before it
  hint: put the oldest first, each date once`,
      ],
    ],
    [
      'a meter that counts twice for a month',
      boundary('[{ point: it, until: 2026-04-01 }, { point: it, from: 2026-03-01, factor: 2 }]'),
      [
        `boundaries.dc.it[1]: "it" is in this sum already
  hint: remove one of them: it would count twice`,
      ],
    ],
    [
      'a month in which nothing counts',
      boundary('[old, { point: it, from: 2026-04-01 }]'),
      [
        `boundaries.dc.it: no term counts from 2026-02-28T23:00:00Z until 2026-03-31T22:00:00Z
  hint: let one term end where the next begins: \`until\` is the first instant that does not count`,
      ],
    ],
    [
      'a factor of nothing',
      boundary('[{ point: it, factors: [{ from: 2026-03-01, factor: 0 }] }]'),
      [
        `boundaries.dc.it[0].factors[0].factor: must not be 0
  hint: end the term with \`until\``,
      ],
    ],
  ])('%s', ([, text, faults]) => {
    expect(faultsOf(text)).toEqual(faults)
  })
})

test('one meter after another, in one sum or as one term, is no fault', () => {
  expect(faultsOf(boundary('[old, new]'))).toEqual([])
  expect(faultsOf(boundary('[{ point: it, until: 2026-03-01 }, { point: it, from: 2026-03-01, factor: 2 }]'))).toEqual(
    [],
  )
  expect(faultsOf(boundary('[{ point: old, fallback: [it] }, new]'))).toEqual([])
})

test('`check` shows the formula of each time', () => {
  const text = boundary(
    '[{ point: old, fallback: [it] }, new, { sum: [rest, new], factor: 0.5 }]',
    'virtual: { rest: { point: it, from: 2026-06-01, factors: [{ from: 2026-07-01, factor: 2 }] } }\n',
  ).replace('[rest, new]', '[rest]')
  expect(formulasText(createSite(configOf(text)))).toEqual([
    'dc at first: facility main; it old (or it)',
    'dc from 2026-02-28T23:00Z: facility main; it new',
    'dc from 2026-05-31T22:00Z: facility main; it new + 0.5 × (rest) = 0.5 × it',
    'dc from 2026-06-30T22:00Z: facility main; it new + 0.5 × (rest) = it',
  ])
})
