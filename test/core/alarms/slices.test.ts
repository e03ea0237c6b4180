/** When a broker goes, all points of a site fall silent at once: the tick that says so is cut like other long work. */
import { expect, test } from 'vitest'
import { advanceInSteps, notePacket } from '../../../src/core/core.ts'
import { SLICE_UNITS } from '../../../src/core/contract/work.ts'
import { createCore } from '../../../src/core/state.ts'
import { createRowSink, type Row } from '../../../src/rows/rows.ts'
import { siteOf } from '../../scenarios/scenario.ts'

const POINTS = 600
/** Of a hundred alarms a slice, each with its sentence. */
const MOST_ROWS = SLICE_UNITS / 100
const FROM_MS = Date.UTC(2026, 2, 2)

test('a tick that tells of hundreds of silences is cut between them', () => {
  const site = siteOf(`
site: { id: dc, timezone: UTC }
points: { "p{001..${POINTS}}": { topic: "p{001..${POINTS}}", unit: kW, everyS: 60 } }
`)
  const rows: Row[] = []
  const core = createCore(
    site.plan,
    createRowSink(site, (row) => rows.push(row)),
  )
  notePacket(core, FROM_MS)
  let [units, told] = [0, 0]
  const perSlice: number[] = []
  for (const done of advanceInSteps(core, FROM_MS + 3_600_000)) {
    units += done
    if (units < SLICE_UNITS) continue
    perSlice.push(rows.length - told)
    units = 0
    told = rows.length
  }
  expect(rows.filter(({ fields }) => fields['state'] === 'raised').length).toBe(POINTS)
  expect(perSlice.length).toBeGreaterThan(POINTS / MOST_ROWS - 1)
  expect(Math.max(...perSlice, rows.length - told)).toBeLessThanOrEqual(MOST_ROWS)
})
