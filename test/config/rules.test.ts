/** Rule sets as files: the shipped ones, one of a contract, and what is said of a wrong one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { ruleSetNamed, ruleSetNames, ruleStateOn } from '../../src/config/rules/rules.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-rules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONTRACT = `
id: hall-contract
title: Contract of hall 2
jurisdiction: landlord and tenant
states: [{ state: in force, from: 2026-01-01, confidence: H }]
periods: { from: 2026-01-01, confidence: H }
scope: { text: the tenant of hall 2, confidence: H }
due: { text: each quarter, confidence: H }
source: [contract of 2025-11-14]
read: 2026-01-05
checkedBy: J. Doe
fields:
  - { id: e_dc, unit: kWh, quantity: facility, group: energy, confidence: H }
  - { id: e_it, unit: kWh, quantity: it, group: energy, confidence: H }
indicators:
  - { id: pue, symbol: PUE, over: e_dc, under: e_it, unit: '1', digits: 3, basis: E_DC / E_IT, confidence: H }
limits:
  - { indicator: pue, most: 1.25, confidence: H }
`

function ruleSetOf(text: string) {
  const file = join(folder, 'contract.yaml')
  writeFileSync(file, text)
  return ruleSetNamed(file)
}

/** The contract with a third field. */
function withField(members: string): string {
  return CONTRACT.replace('indicators:', `  - { id: e_sum, group: energy, ${members}, confidence: H }\nindicators:`)
}

test('the shipped ones: each can be read, and says from what, when and by whom', () => {
  expect(ruleSetNames()).toEqual([
    'de-enefg-2023',
    'de-enefg-draft-2026',
    'eu-2024-1364',
    'eu-c-2026-3472',
    'fr-2025-1382',
  ])
  for (const name of ruleSetNames()) {
    const rules = ruleSetNamed(name)
    expect([rules.id, rules.read, rules.digests[name]?.length]).toEqual([name, '2026-11-29', 64])
    expect(rules.indicators.length).toBeGreaterThan(2)
  }
})

test('an amendment takes the fields of what it amends, without those that are gone', () => {
  const ids = (name: string) => new Set(ruleSetNamed(name).fields.map(({ id }) => id))
  const [before, after] = [ids('eu-2024-1364'), ids('eu-c-2026-3472')]
  expect([...before].filter((id) => !after.has(id))).toEqual(['w_in_pot', 'b_in', 'b_out', 'traffic_in', 'traffic_out'])
  expect([...after].filter((id) => !before.has(id))).toEqual(['w_in_fre', 'reuse_ready', 'leef'])
  expect(Object.keys(ruleSetNamed('eu-c-2026-3472').digests)).toEqual(['eu-c-2026-3472', 'eu-2024-1364'])
})

test('its state goes by the day', () => {
  const rules = ruleSetNamed('eu-c-2026-3472')
  expect([ruleStateOn(rules, '2026-09-20')?.state, ruleStateOn(rules, '2026-09-21')?.state]).toEqual([
    undefined,
    'adopted',
  ])
})

test('a contract of one’s own is a file', () => {
  expect(ruleSetOf(CONTRACT)).toMatchObject({ id: 'hall-contract', limits: [{ most: 1.25 }] })
})

describe('a wrong file is told with its place, or what is wrong with it', () => {
  test.each([
    ['an unknown key', CONTRACT.replace('checkedBy', 'checkdBy'), /contract\.yaml:\d+:\d+ .*checkdBy.*unknown key/],
    ['no such day', CONTRACT.replace('read: 2026-01-05', 'read: 2026-02-30'), /contract\.yaml:\d+:\d+ read/],
    ['both bounds', CONTRACT.replace('most: 1.25', 'most: 1.25, least: 1'), /needs one of `most` and `least`/],
    ['a field that is not there', CONTRACT.replace('over: e_dc', 'over: e_dx'), /there is no field e_dx/],
    ['an indicator that is not there', CONTRACT.replace('indicator: pue', 'indicator: wue'), /no indicator wue/],
    ['two fields of one name', CONTRACT.replace('id: e_it', 'id: e_dc'), /contract\.yaml:\d+:\d+ fields.*same `id`/],
    ['a sum that is measured', withField('quantity: it, sumOf: [e_dc]'), /contract\.yaml:\d+:\d+ .*measured or a sum/],
    ['a part twice', withField('sumOf: [e_dc, e_dc]'), /would count twice/],
    ['a sum of itself', withField('sumOf: [e_sum]'), /e_sum is a sum itself: name its parts/],
    [
      'the name of what it amends',
      `${CONTRACT.replace('hall-contract', 'eu-2024-1364')}amends: eu-2024-1364\n`,
      /called eu-2024-1364 already/,
    ],
    ['itself amended', `${CONTRACT}amends: hall-contract\n`, /amended by itself|cannot be read/],
  ])('%s', (_words, text, expected) => {
    expect(() => ruleSetOf(text)).toThrow(expected)
  })

  test('the name of one that is shipped, and what is no file', () => {
    expect(() => ruleSetOf(CONTRACT.replace('hall-contract', 'eu-2024-1364'))).toThrow(/is a rule set that is shipped/)
    expect(() => ruleSetNamed('/dev/zero')).toThrow(/\/dev\/zero: cannot be read \(no plain file/)
  })

  test('a name that is none', () => {
    expect(() => ruleSetNamed('eu-2024-1365')).toThrow(/there is no rule set eu-2024-1365: did you mean `eu-2024-1364`/)
  })
})

describe('a disclosure names points that are there and fit', () => {
  const SITE = `
site: { id: dc5, timezone: Etc/UTC }
points:
  main: { topic: m, unit: kW }
  city: { topic: c, unit: m³ }
boundaries: { dc5: { facility: [main], it: [main], shared: a test } }
`
  test.each([
    ['{ boundary: dc5, measured: { water: [city], reuse: [main] } }', []],
    ['{ boundary: dc6 }', ['there is no boundary "dc6"']],
    ['{ boundary: dc5, measured: { water: [main] } }', ['"main" has the unit kW']],
    ['{ boundary: dc5, measured: { reuse: [hot] } }', ['there is no point "hot"']],
    ['{ boundary: dc5, meters: { hot: { class: "1" } } }', ['there is no point "hot"']],
  ])('%s', (disclosure, reasons) => {
    const read = parseConfig(`${SITE}disclosure: ${disclosure}\n`)
    expect('faults' in read ? read.faults.map(({ reason }) => reason) : []).toEqual(reasons)
  })
})
