/** The sum behind a WUE, in litres and joules, as the row has it. */
import { expect, test } from 'vitest'
import { explainIndicator } from '../../src/explain/indicator.ts'
import { NoAnswer } from '../../src/explain/quotient.ts'
import { replayedHistory } from '../../src/explain/row-history.ts'
import { indicatorText } from '../../src/explain/text.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createReplay, endReplay } from '../../src/fold/replay.ts'
import type { Row } from '../../src/rows/rows.ts'
import { createSite } from '../../src/site/site.ts'
import { configOf } from '../core/site-text.ts'

const START_MS = Date.UTC(2026, 2, 2)
const QUARTER_MS = 900_000
const OF = { boundary: 'dc', indicator: 'wue', window: '30d' }

/** 31 days of 100 kW of IT; the mains bring 30 L/h and a share of 5 % that no meter sees, from the 20th day on silent. */
function replayed() {
  const site = createSite(
    configOf(`
site: { id: dc, timezone: UTC }
core: { intervalS: 900, windows: [24h, 30d] }
points:
  it: { topic: it, unit: kW, everyS: 21600, accuracyPct: 1 }
  mains: { topic: mains, unit: L/h, everyS: 21600, accuracyPct: 2 }
boundaries:
  dc: { facility: [it], it: [it], shared: as one, water: { total: [mains, { share: 0.05, of: mains }] } }
`),
  )
  const rows: Row[] = []
  const { history, keep } = replayedHistory(OF)
  const replay = createReplay(site, (row) => {
    keep(row)
    if (row.measurement === 'indicator' && row.tags['window'] === OF.window) rows.push(row)
  })
  for (let tMs = START_MS; tMs <= START_MS + 31 * 96 * QUARTER_MS; tMs += 24 * QUARTER_MS) {
    const packet = { nowMs: tMs, retain: false }
    accept(replay.pipeline, { ...packet, topic: 'it', payload: JSON.stringify({ ts: tMs, value: 100 }) })
    if (tMs - START_MS > 20 * 96 * QUARTER_MS) continue
    accept(replay.pipeline, { ...packet, topic: 'mains', payload: JSON.stringify({ ts: tMs, value: 30 }) })
  }
  endReplay(replay)
  return { ...replay.pipeline, rows, history }
}

test('a WUE of 30 days: lines add up to its sums, its causes to its ±, and to the row', async () => {
  const { site, core, rows, history } = replayed()
  const asked = { boundary: 'dc', window: '30d', atMs: Infinity }
  const told = await explainIndicator(site, core, history, 'wue', asked)
  const row = rows.findLast(({ timeMs }) => timeMs === told.endMs)
  expect(row?.fields).toMatchObject({
    value: told.value,
    over: told.over.amount,
    under: told.under.amount,
    uncertainty: told.uncertainty,
    coverage: told.coverage,
    revision: told.revision,
    state: told.state,
  })
  // 19 of 30 days: 30 L/h and 5 % of it over 100 kW
  expect(told).toMatchObject({
    value: 0.315,
    unit: 'L/kWh',
    indicator: 'wue',
    estimatedShare: expect.closeTo(0.0476, 3),
  })
  for (const { amount, lines } of [told.over, told.under]) {
    expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBeCloseTo(amount, 6)
  }
  const squares = told.uncertaintyBy.reduce((sum, by) => sum + by.uncertainty ** 2, 0)
  expect(Math.sqrt(squares)).toBeCloseTo(told.uncertainty ?? NaN, 12)
  expect(told.masked[0]).toMatchObject({ points: ['mains'] })
  const text = indicatorText(told, 'UTC')
  expect(text).toContain('iWUE of dc (category 1), window 30d: water over it, L/kWh')
  expect(text).toMatch(/^ {2}mains +13,680 +95\.2 %/m)
})

test('an indicator that a boundary does not have: which it has', async () => {
  const { site, core, history } = replayed()
  const asked = { boundary: 'dc', window: '24h', atMs: Infinity }
  await expect(explainIndicator(site, core, history, 'cue', asked)).rejects.toThrow(NoAnswer)
  await expect(explainIndicator(site, core, history, 'cue', asked)).rejects.toThrow('it has pue, wue')
})

test('carbon: what each kWh stood for stands beside its line, and is a cause of its ±', async () => {
  const site = createSite(
    configOf(`
site: { id: dc, timezone: UTC }
core: { intervalS: 900, windows: [24h] }
points:
  it: { topic: it, unit: kW, everyS: 21600, accuracyPct: 1 }
  gas: { topic: gas, unit: kWh, everyS: 21600, accuracyPct: 2, register: {} }
boundaries:
  dc:
    facility: [it]
    it: [it]
    shared: as one
    carbon: { location: [{ point: it, by: grid }, { point: gas, by: fuel }] }
intensities:
  grid: { gPerKwh: 50, source: the operator, accuracyPct: 10 }
  fuel: { gPerKwh: 200, source: the supplier, scope: 1, accuracyPct: 5 }
`),
  )
  const replay = createReplay(site, () => undefined)
  for (let n = 0; n <= 5; n++) {
    const packet = { nowMs: START_MS + n * 24 * QUARTER_MS, retain: false }
    const told = { ts: packet.nowMs }
    accept(replay.pipeline, { ...packet, topic: 'it', payload: JSON.stringify({ ...told, value: 100 }) })
    accept(replay.pipeline, { ...packet, topic: 'gas', payload: JSON.stringify({ ...told, value: 1000 + 30 * n }) })
  }
  endReplay(replay)
  const { history } = replayedHistory({ boundary: 'dc', indicator: 'cue', window: '24h' })
  const asked = { boundary: 'dc', window: '24h', atMs: START_MS + 96 * QUARTER_MS }
  const told = await explainIndicator(site, replay.pipeline.core, history, 'cue', asked)
  // 2400 kWh × 50 g and 120 kWh × 200 g over 2400 kWh
  expect(told).toMatchObject({ value: 0.06, unit: 'kg/kWh', over: { unit: 'g', amount: 144_000 } })
  expect(told.over.lines.map(({ by, amount, intensity }) => [by, amount, intensity])).toEqual([
    ['it', 120_000, { name: 'grid', energyKwh: 2400, gPerKwh: 50 }],
    ['gas', 24_000, { name: 'fuel', energyKwh: 120, gPerKwh: 200 }],
  ])
  // The meter of IT errs in both sums: of 0.05 by the grid nothing of it is left
  const by = new Map(told.uncertaintyBy.map(({ cause, uncertainty }) => [cause, uncertainty]))
  expect(by.get('intensity grid')).toBeCloseTo((2 * 0.05 * 0.1) / Math.sqrt(3), 9)
  expect(by.get('intensity fuel')).toBeCloseTo((2 * 0.01 * 0.05) / Math.sqrt(3), 9)
  expect(by.get('meter it')).toBeCloseTo((2 * 0.01 * 0.01) / Math.sqrt(3), 9)
  // A display of whole 10 kWh, as its counts show: of 200 g each
  expect(by.get('resolution of gas')).toBeCloseTo((2 * 10 * 0.2) / 2400 / Math.SQRT2 / Math.sqrt(3), 9)
  expect(indicatorText(told, 'UTC')).toMatch(/^ {2}gas +24,000 .* 120 kWh × 200\.0 g\/kWh \(fuel\)$/m)
})
