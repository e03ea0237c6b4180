/** The tables of the rows: names and types as others rely on them, and rows that hold what is declared and nothing else. */
import { describe, expect, test } from 'vitest'
import type { Sink } from '../../src/core/contract/sink.ts'
import {
  createCells,
  ROW_COLUMNS,
  STATE,
  TABLE,
  type ColumnOf,
  type NumberTable,
} from '../../src/core/contract/tables.ts'
import { SHAPES } from '../../src/rows/frames/shape.ts'
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
  water: { topic: water, unit: L/h, everyS: 30 }
boundaries: { dc: { facility: [main], it: [it], water: { total: [water] } } }
inlets: { r01: { dryBulb: t, humidity: rh, hall: h1 } }
outdoor: { roof: { dryBulb: t, humidity: rh } }
`)

/** A row as the core emits it, from the columns that it has. */
function cellsOf<Table extends NumberTable>(table: Table, known: Partial<Record<ColumnOf<Table>, number>>) {
  const cells = createCells(table)
  for (const [name, cell] of Object.entries<number | undefined>(known))
    cells[ROW_COLUMNS[table].findIndex((it) => it === name)] = cell ?? NaN
  return cells
}

const { provisional, settled } = STATE
const SHARES = { energy_j: 600, coverage: 1, mean_w: 10, estimated_share: 0 }
const ENERGY = cellsOf('energy', { ...SHARES, revision: 2, state: settled })
const SUMS = { pue: 1.5, facility_j: 900, it_j: 600, coverage: 1, estimated_share: 0, cooling_j: 200, other_j: 100 }
const PUE = cellsOf('pue', { ...SUMS, name: 1, suspect: 0, revision: 0, state: provisional })
const CLIMATE = cellsOf('climate', {
  dry_bulb_c: 24,
  rh_pct: 45,
  dew_point_c: 11.3,
  wet_bulb_c: 16.3,
  humidity_ratio: 0.0084,
  enthalpy_j_kg: 45_500,
  density_kg_m3: 1.18,
  headroom_k: 3,
  rate_15min_k: 0.2,
  rate_60min_k: 0.4,
  band: 0,
  worst_band: 1,
  violations: 0b10,
  quality: 0,
})
const BANDS = { recommended_pct: 90, allowable_pct: 10, out_pct: 0, unknown_pct: 5 }
const INDICES = { rci_hi: 99, rci_lo: 100, rci_warning: 0, x_factor: 1.1, x_factor_lower: 1, x_factor_upper: 1.2 }
const BROKEN = { x_clamped: 1, pct_recommended_dry_bulb_max: 10 }
const COMPLIANCE = cellsOf('compliance', { ...BANDS, ...INDICES, ...BROKEN, revision: 1 })
const WATER = cellsOf('water', { water_l: 3, coverage: 1, mean_l_h: 180, estimated_share: 0, revision: 0, state: 0 })
const WUE_SUMS = { value: 0.2, over: 480, under: 8.64e9, coverage: 1, uncertainty: 0.01, estimated_share: 0 }
const INDICATOR = cellsOf('indicator', { ...WUE_SUMS, name: 1, revision: 0, state: settled, suspect: 0 })
const RESTATEMENT = cellsOf('restatement', { reason: 1, old: 1.5, new: 1.4, count: 12 })
const SKEW = cellsOf('skew', { skew_s: 1.2 })
const INTENSITY = cellsOf('intensity', {
  g_per_kwh: 56.5,
  coverage: 1,
  estimated_share: 0,
  revision: 0,
  state: settled,
})
const OUTDOOR = cellsOf('outdoor', {
  dry_bulb_c: 35,
  rh_pct: 50,
  dew_point_c: 23,
  wet_bulb_c: 26.1,
  enthalpy_j_kg: 81_000,
})
const READING = cellsOf('reading', { mean: 20, min: 19, max: 21, last: 20, count: 2, quality: 0 })

/** The rows that a sink of the site emits. */
function emitted(tell: (sink: Sink) => void): Row[] {
  const rows: Row[] = []
  tell(createRowSink(SITE, (row) => rows.push(row)))
  return rows
}

function everyRow(): Row[] {
  return emitted((sink) => {
    sink.row('energy', 0, '', 60_000, ENERGY)
    sink.row('pue', 0, '1h', 60_000, PUE)
    sink.row('climate', 0, '', 60_000, CLIMATE)
    sink.row('compliance', 0, '1h', 60_000, COMPLIANCE)
    sink.alarm({
      timeMs: 60_000,
      alarm: 'inlet_allowable',
      source: 0,
      state: 'shelved',
      severity: 'high',
      severities: ['high'],
      escalated: 0,
      value: 33,
      limit: 32,
      quantity: 'only',
      verdict: 'breached',
      newestMs: 60_000,
      side: 'above',
      sinceMs: 20_000,
      peak: 34,
      spanMs: NaN,
      unseen: [],
      cycles: 0,
      raisedMs: 30_000,
      by: { who: 'Ann', why: 'known', untilMs: 90_000 },
    })
    sink.quality(0, -1, { endMs: 60_000, flags: ['spike'], note: 'spike', atMs: 30_000, value: 5, expected: 1 })
    sink.row('reading', 2, '', 60_000, READING)
    sink.row('restatement', 1, 'interval', 60_000, RESTATEMENT)
    sink.row('water', 4, '', 60_000, WATER)
    sink.row('indicator', 0, '24h', 60_000, INDICATOR)
    sink.row('skew', 0, '', 3_600_000, SKEW)
    sink.row('intensity', 4, '', 60_000, INTENSITY)
    sink.row('outdoor', 0, '', 60_000, OUTDOOR)
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

  test('have the places and the columns that the core fills', () => {
    expect(Object.fromEntries(SHAPES.map(({ measurement }, place) => [measurement, place]))).toEqual(TABLE)
    for (const [place, { measurement }] of SHAPES.entries()) expect(SHAPES[place]?.place).toBe(TABLE[measurement])
    for (const [table, columns] of Object.entries(ROW_COLUMNS)) {
      expect(Object.keys(tableNamed(table)!.fields)).toEqual(columns)
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
    expect(new Set([...rows.map(({ measurement }) => measurement), 'health', 'alarm_figures', 'audit'])).toEqual(
      new Set(Object.keys(MEASUREMENTS)),
    )
    for (const { measurement, tags, fields } of rows) {
      const table = tableNamed(measurement)!
      expect(Object.keys(tags)).toEqual(table.tags)
      const held = Object.keys(fields)
      expect(held.length).toBeGreaterThan(measurement === 'skew' ? 0 : 2)
      expect(held).toEqual(Object.keys(table.fields).filter((name) => held.includes(name)))
      for (const [name, value] of Object.entries(fields)) {
        const { type } = table.fields[name]!
        expect(typeof value).toBe(type === 'string' ? 'string' : type === 'bool' ? 'boolean' : 'number')
      }
    }
  })

  test('leaves out what is not known: no NaN, no flag that means nothing without its number', () => {
    const [pue, compliance] = emitted((sink) => {
      sink.row('pue', 0, '1h', 60_000, PUE)
      sink.row('compliance', 0, '1h', 60_000, cellsOf('compliance', { ...BANDS, ...BROKEN, revision: 1 }))
    })
    expect(Object.keys(pue!.fields)).not.toContain('uncertainty')
    expect(pue!.fields).toMatchObject({ cooling_j: 200, suspect: false })
    expect(Object.keys(compliance!.fields)).not.toContain('rci_warning')
    expect(Object.keys(compliance!.fields)).not.toContain('worst')
    expect(compliance!.fields).toMatchObject({
      pct_recommended_dry_bulb_max: 10,
      recommended_max_c: 27,
      basis: expect.stringMatching(/^2021r A1 /),
    })
  })

  test('has words for the numbers that stand for them', () => {
    const [energy, climate, site] = emitted((sink) => {
      sink.row('energy', 0, '', 60_000, ENERGY)
      sink.row('climate', 0, '', 60_000, CLIMATE)
      const last = SITE.plan.scopes.length // behind the one inlet
      sink.row('compliance', last, '1h', 60_000, cellsOf('compliance', { worst: 0, worst_out_pct: 3, state: settled }))
    })
    expect(energy!.fields['state']).toBe('settled')
    expect(climate!.fields).toMatchObject({ violations: 'recommended_dry_bulb_max', quality: '', band: 0 })
    expect(site!.tags).toMatchObject({ scope: 'site' })
    expect(site!.fields).toMatchObject({ worst: 'r01', worst_out_pct: 3, state: 'settled' })
  })

  test('is read during the call: the next one fills the same cells', () => {
    const cells = cellsOf('reading', { mean: 1, count: 2, quality: 0 })
    const rows = emitted((sink) => {
      sink.row('reading', 2, '', 60_000, cells)
      cells.fill(7)
      sink.row('reading', 2, '', 120_000, cells.fill(NaN))
    })
    expect(rows.map(({ fields }) => fields)).toEqual([{ mean: 1, count: 2, quality: '' }, {}])
  })
})
