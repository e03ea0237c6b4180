import { expect, test } from 'vitest'
import { createEmittedClimate, noteEmitted } from '../../../src/core/air/emitted.ts'
import { NOWHERE } from '../../../src/core/contract/sink.ts'
import { ROW_COLUMNS } from '../../../src/core/contract/tables.ts'
import { restoreCore, saveCore } from '../../../src/core/snapshot/snapshot.ts'
import { createCore } from '../../../src/core/state.ts'
import { createRandom } from '../../../simulators/random.ts'
import { siteOf } from '../../scenarios/scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
points: { t: { topic: t, unit: °C, everyS: 30 } }
inlets: { a: { dryBulb: t }, b: { dryBulb: t } }
`)
const CELLS = Float64Array.from(ROW_COLUMNS.climate, (_, n) => 20 + n / 8)
const INTERVAL = 29_541_600

test('a row is new until it was emitted, and again once any of its numbers changes', () => {
  const emitted = createEmittedClimate(SITE.plan)
  const note = (cells: Float64Array, inlet = 0, interval = INTERVAL) => noteEmitted(emitted, inlet, interval, cells)
  expect([note(CELLS), note(CELLS), note(CELLS, 1), note(CELLS, 1), note(CELLS, 0, INTERVAL - 1)]).toEqual([
    true,
    false,
    true,
    false,
    true,
  ])
  for (const [column, number] of CELLS.entries()) {
    for (const other of [number + 1e-9, -number, 0, NaN]) {
      expect([note(CELLS.with(column, other)), note(CELLS)]).toEqual([true, true])
    }
  }
  expect([note(CELLS.with(3, 0)), note(CELLS.with(3, -0))]).toEqual([true, false])
})

test('what an older interval left in the ring is not taken for the row of a newer one', () => {
  const emitted = createEmittedClimate(SITE.plan)
  expect(noteEmitted(emitted, 0, INTERVAL, CELLS)).toBe(true)
  expect(noteEmitted(emitted, 0, INTERVAL + emitted.length, CELLS)).toBe(true)
  expect(emitted.length).toBeGreaterThan(15) // minutes that readings may be late
})

test('a snapshot keeps what was emitted, by the names of the inlets', () => {
  const core = createCore(SITE.plan, NOWHERE)
  noteEmitted(core.compliance.emitted, 0, INTERVAL, CELLS)
  const { sections } = saveCore(core, SITE, undefined)
  const turned = { ...SITE, inlets: SITE.inlets.toReversed() }
  const restored = createCore(SITE.plan, NOWHERE)
  expect(restoreCore(restored, turned, sections)).toBe(true)
  const { emitted } = restored.compliance
  expect([0, 1].map((inlet) => noteEmitted(emitted, inlet, INTERVAL, CELLS))).toEqual([true, false])
})

test('a million rows have a million marks', () => {
  const emitted = createEmittedClimate(SITE.plan)
  const random = createRandom(1)
  const marks = new Set<number>()
  const cells = Float64Array.from(CELLS)
  for (let n = 0; n < 1e6; n++) {
    cells[n % cells.length] = Math.round(random.next() * 1e6) / 1e6
    cells[(n + 1) % cells.length] = n % 3
    noteEmitted(emitted, 0, INTERVAL, cells)
    marks.add(emitted.marks[INTERVAL % emitted.length] ?? NaN)
  }
  expect(marks.size).toBe(1e6)
})
