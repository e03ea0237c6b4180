/** A year of real roll-ups, some of which exploded to −34 and +118: those are marked as suspect, and no other. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { accept, createPipeline } from '../../src/fold/pipeline.ts'
import { createSite } from '../../src/site/site.ts'
import { createRowSink, type Row } from '../../src/rows/rows.ts'
import { configOf } from '../core/site-text.ts'

const DATA = join(import.meta.dirname, '../../../shared/data')
const FOLDER = join(DATA, 'facebook-puewue-demo')
const TRUTH = join(DATA, 'ground-truth-A.json')
const absent = existsSync(FOLDER) ? '' : ' (skipped: ../shared/data is absent)'

type RollUp = Record<'timestamp' | 'pue' | 'min_pue' | 'max_pue' | 'wue', number>

const FILES = [
  { file: '24-hours', stepS: 300 },
  { file: '7-days', stepS: 4500 },
  { file: '30-days', stepS: 18_000 },
  { file: '90-days', stepS: 54_000 },
  { file: '1-year', stepS: 432_000 },
] as const

/** IT draws a constant 1 MW, so the facility draws as many as its PUE. Means over the step that ends at each stamp. */
function rowsOf(rollUps: readonly RollUp[], field: keyof RollUp, stepS: number): Row[] {
  const site = createSite(
    configOf(`
site: { id: f, timezone: UTC }
core: { intervalS: ${Math.min(900, stepS)}, windows: [${stepS}s] }
points:
  main: { topic: main, unit: MW, kind: mean, everyS: ${stepS}, min: -1000 }
  it: { topic: it, unit: MW, kind: mean, everyS: ${stepS} }
boundaries: { f: { facility: [main], it: [it] } }
`),
  )
  const rows = new Map<number, Row>()
  const pipeline = createPipeline(
    site,
    createRowSink(site, (row) => {
      if (row.measurement === 'pue' && row.tags['window'] !== 'live') rows.set(row.timeMs, row)
    }),
  )
  for (const rollUp of rollUps) {
    const packet = { nowMs: rollUp.timestamp, retain: false }
    accept(pipeline, { ...packet, topic: 'it', payload: JSON.stringify({ ts: rollUp.timestamp, value: 1 }) })
    accept(pipeline, {
      ...packet,
      topic: 'main',
      payload: JSON.stringify({ ts: rollUp.timestamp, value: rollUp[field] }),
    })
  }
  finish(pipeline.core)
  for (const { fields } of rows.values()) expect('facility_j' in fields).toBe('it_j' in fields)
  return rollUps.flatMap(({ timestamp }) => rows.get(timestamp) ?? [])
}

for (const { file, stepS } of FILES) {
  test.skipIf(absent !== '')(`${file} of roll-ups: suspect below 1 and above 2, and nowhere else${absent}`, () => {
    const rollUps = JSON.parse(readFileSync(join(FOLDER, `${file}.json`), 'utf8')) as RollUp[]
    const truth = (JSON.parse(readFileSync(TRUTH, 'utf8')) as Record<string, Record<string, Record<string, number>>>)[
      'facebook-puewue-demo'
    ]?.[file]
    const suspects = (['pue', 'min_pue', 'max_pue'] as const).map((field) => {
      const rows = rowsOf(rollUps, field, stepS)
      expect(rows.map(({ fields }) => fields['pue'])).toEqual(rollUps.map((it) => expect.closeTo(it[field], 9)))
      const odd = rollUps.filter((it) => it[field] < 1 || it[field] > 2)
      const marked = rows.filter(({ fields }) => fields['suspect'] === true)
      expect(marked.map(({ timeMs }) => timeMs)).toEqual(odd.map(({ timestamp }) => timestamp))
      return marked.length
    })
    expect(rollUps.length).toBe(truth?.['points'])
    expect(suspects.slice(1)).toEqual([truth?.['min_pue_lt_1'], truth?.['max_pue_gt_2']])
  })
}

/** IT draws a constant 1 MW, so as many m³ of water flow in an hour as its WUE in L/kWh says. */
test.skipIf(absent !== '')(`the WUE of eight times five days of roll-ups${absent}`, () => {
  const rollUps = (JSON.parse(readFileSync(join(FOLDER, '1-year.json'), 'utf8')) as RollUp[]).slice(0, 9)
  const site = createSite(
    configOf(`
site: { id: f, timezone: UTC }
core: { intervalS: 900, windows: [432000s] }
points:
  main: { topic: main, unit: MW, kind: mean, everyS: 432000 }
  it: { topic: it, unit: MW, kind: mean, everyS: 432000 }
  water: { topic: water, unit: m³/h, kind: mean, everyS: 432000 }
boundaries: { f: { facility: [main], it: [it], water: { total: [water] } } }
`),
  )
  const rows = new Map<number, Row>()
  const sink = createRowSink(site, (row) => {
    if (row.measurement === 'indicator') rows.set(row.timeMs, row)
  })
  const pipeline = createPipeline(site, sink)
  for (const { timestamp, pue, wue } of rollUps) {
    for (const [topic, value] of Object.entries({ main: pue, it: 1, water: wue })) {
      accept(pipeline, { nowMs: timestamp, retain: false, topic, payload: JSON.stringify({ ts: timestamp, value }) })
    }
  }
  finish(pipeline.core)
  const known = rollUps.slice(1).map(({ timestamp }) => rows.get(timestamp)?.fields)
  expect(known.length).toBe(8)
  for (const [n, fields] of known.entries()) {
    expect(fields).toMatchObject({ value: expect.closeTo(rollUps[n + 1]!.wue, 6), coverage: 1, name: 'iWUE' })
  }
})
