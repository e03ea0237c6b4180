/** Limits of alarms that are the wrong way round: refused, with the place, both limits and what to do. */
import { expect, test } from 'vitest'
import { formatFault, parseConfig } from '../../src/config/config.ts'

/** Edition 2021r at sea level: recommended 18 to 27 °C in all classes, allowable of A2 10 to 35 °C, of A1 15 to 32 °C. */
function faultsOf(rules: string, { itClass = 'A2', site = '' } = {}): string[] {
  const text = `
site: { id: dc, timezone: UTC${site} }
points: { t: { topic: a, unit: °C } }
inlets: { r1: { dryBulb: t, class: ${itClass} } }
alarms: { ${rules} }
`
  const read = parseConfig(text)
  if (!('faults' in read)) return []
  return read.faults.map((fault) => formatFault({ ...fault, file: 'f' }).replace(/^f:\d+:\d+ ?/, ''))
}

test.each([
  ['inlet_recommended: { limit: 24 }'],
  ['inlet_recommended: { limit: allowable }'],
  ['inlet_recommended: { high: 35, low: 10 }'],
  ['inlet_allowable: { limit: allowable - 1 K }'],
  ['inlet_allowable: { limit: 27 }, inlet_recommended: { limit: 27 }'],
  ['inlet_recommended: { limit: 40, enabled: false }'],
  ['inlet_recommended: { limit: 40 }, inlet_allowable: { enabled: false }'],
  ['inlet_recommended: { high: 19, low: 18, deadbandK: 0.5 }'],
])('%s is taken', (rules) => expect(faultsOf(rules)).toEqual([]))

test.each([
  [
    'inlet_recommended: { limit: 36 }',
    'alarms.inlet_recommended.limit',
    'the recommended alarm comes at 36 °C, the allowable alarm at 35 °C',
  ],
  [
    'inlet_recommended: { low: 9 }',
    'alarms.inlet_recommended.low',
    'the recommended alarm comes at 9 °C, the allowable alarm at 10 °C',
  ],
  [
    'inlet_allowable: { limit: 26 }',
    'alarms.inlet_allowable.limit',
    'the recommended alarm comes at 27 °C, the allowable alarm at 26 °C',
  ],
  [
    'inlet_allowable: { limit: allowable - 10 K }',
    'alarms.inlet_allowable.limit',
    'the recommended alarm comes at 27 °C, the allowable alarm at 25 °C',
  ],
  [
    'inlet_allowable: { limit: recommended, high: 26.5 }',
    'alarms.inlet_allowable.high',
    'at 27 °C, the allowable alarm at 26.5 °C',
  ],
  [
    'inlet_recommended: { high: 17, low: 20 }',
    'alarms.inlet_recommended.high',
    'it raises below 20 °C and above 17 °C',
  ],
  [
    'inlet_recommended: { high: 19, low: 18.5 }',
    'alarms.inlet_recommended.high',
    'clears 0.5 K within: it could never clear',
  ],
  [
    'inlet_recommended: { deadbandK: 5 }',
    'alarms.inlet_recommended.deadbandK',
    'below 18 °C and above 27 °C, and clears 5 K within',
  ],
])('%s is refused', (rules, path, reason) => {
  const [fault = '', ...others] = faultsOf(rules)
  expect(fault).toContain(`${path}: of class A2 `)
  expect(fault).toContain(reason)
  expect(fault).toContain('hint: ')
  expect(others.length).toBeLessThanOrEqual(1)
})

test('the class and the altitude decide: 31 °C warns before A1 is out at sea level, behind it at 2,000 m', () => {
  const rules = 'inlet_recommended: { limit: 31 }'
  expect(faultsOf(rules, { itClass: 'A1' })).toEqual([])
  expect(faultsOf(rules, { itClass: 'A1', site: ', altitudeM: 2000' }).join()).toContain(
    'the allowable alarm at 28.33 °C',
  )
})
