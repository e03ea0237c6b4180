/** The tables of the rows: names and types as others rely on them, and rows that hold what is declared and nothing else. */
import { describe, expect, test } from 'vitest'
import type { ClimateRow, ComplianceRow, EnergyRow, PueRow, Sink } from '../../src/core/contract/sink.ts'
import { createRowSink, type Row } from '../../src/rows/rows.ts'
import { MEASUREMENTS, tableNamed } from '../../src/rows/tables/measurements.ts'
import { siteOf } from '../scenarios/scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
points:
  main: { topic: main, unit: kW, everyS: 30, role: facility }
  it: { topic: it, unit: kW, everyS: 30, role: it }
  t: { topic: t, unit: °C, everyS: 30 }
  rh: { topic: rh, unit: "%", everyS: 30 }
boundaries: { dc: { facility: [main], it: [it] } }
inlets: { r01: { dryBulb: t, humidity: rh, hall: h1 } }
`)

const ENERGY: EnergyRow = {
  endMs: 60_000,
  energyJ: 600,
  coverage: 1,
  meanW: 10,
  estimatedShare: 0,
  revision: 2,
  state: 'settled',
}
const PUE: PueRow = {
  endMs: 60_000,
  pue: 1.5,
  facilityJ: 900,
  itJ: 600,
  coverage: 1,
  uncertainty: NaN,
  estimatedShare: 0,
  name: 'iPUE',
  suspect: false,
  upsJ: NaN,
  distributionJ: NaN,
  coolingJ: 200,
  otherJ: 100,
  revision: 0,
  state: 'provisional',
}
const CLIMATE: ClimateRow = {
  endMs: 60_000,
  dryBulbC: 24,
  rhPct: 45,
  dewPointC: 11.3,
  wetBulbC: 16.3,
  humidityRatio: 0.0084,
  enthalpyJPerKg: 45_500,
  densityKgPerM3: 1.18,
  headroomK: 3,
  band: 0,
  worstBand: 1,
  violations: '',
  rate15minK: 0.2,
  rate60minK: 0.4,
  quality: '',
}
const COMPLIANCE: ComplianceRow = {
  endMs: 60_000,
  recommendedPct: 90,
  allowablePct: 10,
  outPct: 0,
  unknownPct: 5,
  worstInlet: -1,
  worstOutPct: NaN,
  rciHi: 99,
  rciLo: 100,
  rciWarning: false,
  xFactor: 1.1,
  xFactorLower: 1,
  xFactorUpper: 1.2,
  xClamped: true,
  rtiPct: NaN,
  brokenPct: new Float64Array(15).map((_, bit) => (bit === 1 ? 10 : NaN)),
  revision: 1,
  state: undefined,
}

/** The rows that a sink of the site emits. */
function emitted(tell: (sink: Sink) => void): Row[] {
  const rows: Row[] = []
  tell(createRowSink(SITE, (row) => rows.push(row)))
  return rows
}

function everyRow(): Row[] {
  return emitted((sink) => {
    sink.energy(0, ENERGY)
    sink.pue(0, '1h', PUE)
    sink.climate(0, CLIMATE)
    sink.compliance(0, -1, '1h', COMPLIANCE)
    sink.alarm({
      timeMs: 60_000,
      alarm: 'inlet_allowable',
      source: 0,
      state: 'shelved',
      value: 33,
      limit: 32,
      quantity: 'only',
      raisedMs: 30_000,
      by: { who: 'Ann', why: 'known', untilMs: 90_000 },
    })
    sink.quality(0, -1, { endMs: 60_000, flags: ['spike'], note: 'spike', atMs: 30_000, value: 5, expected: 1 })
    sink.reading(2, { endMs: 60_000, mean: 20, min: 19, max: 21, last: 20, count: 2, quality: '' })
  })
}

describe('the tables', () => {
  test('name tags and fields so that InfluxQL needs no quotes, none of them twice in a table', () => {
    for (const { tags, fields } of Object.values(MEASUREMENTS)) {
      const names = [...tags, ...Object.keys(fields)]
      for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(names).not.toContain('time')
      expect(new Set(names).size).toBe(names.length)
    }
  })

  test('are found by name, and what every object has is no measurement', () => {
    expect(tableNamed('pue')).toBe(MEASUREMENTS.pue)
    expect(tableNamed('toString')).toBeUndefined()
  })
})

describe('a row', () => {
  test('of each measurement that the core tells has the tags and, in their order, fields of its table', () => {
    const rows = everyRow()
    expect(new Set([...rows.map(({ measurement }) => measurement), 'health'])).toEqual(
      new Set(Object.keys(MEASUREMENTS)),
    )
    for (const { measurement, tags, fields } of rows) {
      const table = tableNamed(measurement)!
      expect(Object.keys(tags)).toEqual(table.tags)
      const held = Object.keys(fields)
      expect(held.length).toBeGreaterThan(2)
      expect(held).toEqual(Object.keys(table.fields).filter((name) => held.includes(name)))
      for (const [name, value] of Object.entries(fields)) {
        const { type } = table.fields[name]!
        expect(typeof value).toBe(type === 'string' ? 'string' : type === 'bool' ? 'boolean' : 'number')
      }
    }
  })

  test('leaves out what is not known: no NaN, no flag that means nothing without its number', () => {
    const [pue, compliance] = emitted((sink) => {
      sink.pue(0, '1h', PUE)
      sink.compliance(0, -1, '1h', { ...COMPLIANCE, rciHi: NaN })
    })
    expect(Object.keys(pue!.fields)).not.toContain('uncertainty')
    expect(pue!.fields).toMatchObject({ cooling_j: 200, suspect: false })
    expect(Object.keys(compliance!.fields)).not.toContain('rci_warning')
    expect(compliance!.fields).toMatchObject({
      pct_recommended_dry_bulb_max: 10,
      recommended_max_c: 27,
      basis: expect.stringMatching(/^2021r A1 /),
    })
  })

  test('of coverage 0 tells that nothing is known, and no amount', () => {
    const [energy, pue] = emitted((sink) => {
      sink.energy(0, { ...ENERGY, coverage: 0 })
      sink.pue(0, '1h', { ...PUE, coverage: 0 })
    })
    expect(energy!.fields).toEqual({ coverage: 0, revision: 2, state: 'settled' })
    expect(pue!.fields).toEqual({ coverage: 0, name: 'iPUE', revision: 0, state: 'provisional', suspect: false })
  })

  test('takes nothing along that its table does not declare', () => {
    const row = { endMs: 60_000, mean: 20, min: 19, max: 21, last: 20, count: 2, quality: '', inside: 7 }
    expect(Object.keys(emitted((sink) => sink.reading(2, row))[0]!.fields)).toEqual(
      Object.keys(MEASUREMENTS.reading.fields),
    )
  })
})
