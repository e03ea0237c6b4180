/** What an alarm knows of its breach and of who acknowledged it is saved with it. */
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { restoreCore, saveCore } from '../../../src/core/snapshot/snapshot.ts'
import { advance } from '../../../src/core/core.ts'
import { accept, createPipeline, type Pipeline } from '../../../src/fold/pipeline.ts'
import { commandTopic } from '../../../src/ingest/command.ts'
import { createRowSink, type Row } from '../../../src/rows/rows.ts'
import { siteOf } from '../../scenarios/scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
points: { t: { topic: t, unit: °C, everyS: 30 } }
inlets: { in: { dryBulb: t, class: A1 } }
alarms: { rate_of_change: { enabled: false }, inlet_allowable: { enabled: false } }
`)
const START_MS = Date.UTC(2026, 2, 2)

function opened(rows: Row[]): Pipeline {
  return createPipeline(
    SITE,
    createRowSink(SITE, (row) => void (row.measurement === 'alarm' && rows.push(row))),
  )
}

function read(pipeline: Pipeline, atS: number, value: number): void {
  const nowMs = START_MS + atS * 1000
  accept(pipeline, { nowMs, topic: 't', payload: `{"ts":${nowMs},"value":${value}}`, retain: false })
}

/** A breach, acknowledged; then silence, a return, a breach again. In between the core is thrown away and restored. */
function rowsWith(restoreAtS: readonly number[]): Row[] {
  const rows: Row[] = []
  let pipeline = opened(rows)
  const steps: [atS: number, step: () => void][] = [
    [0, () => read(pipeline, 0, 16)],
    [30, () => read(pipeline, 30, 15.5)],
    [60, () => read(pipeline, 60, 17)],
    [70, () => acknowledge()],
    [400, () => advance(pipeline.core, START_MS + 400_000)],
    [500, () => read(pipeline, 500, 22)],
    [530, () => read(pipeline, 530, 17)],
    [560, () => read(pipeline, 560, 22)],
    [620, () => read(pipeline, 620, 22)],
  ]
  const acknowledge = () => {
    const order = { command: 'ack', alarm: 'inlet_recommended', source: 'in', who: 'ann', why: 'seen' }
    const payload = JSON.stringify(order)
    accept(pipeline, { nowMs: START_MS + 70_000, topic: commandTopic('dc'), payload, retain: false })
  }
  for (const [atS, step] of steps) {
    step()
    if (!restoreAtS.includes(atS)) continue
    const { sections } = saveCore(pipeline.core, SITE, undefined)
    const { nowMs } = pipeline
    pipeline = opened(rows)
    pipeline.nowMs = nowMs
    assert(restoreCore(pipeline.core, SITE, sections))
  }
  return rows
}

test('who acknowledged, since when and how far last over silence and restarts', () => {
  const rows = rowsWith([])
  const told = rows
    .filter(({ tags }) => tags['alarm'] === 'inlet_recommended')
    .map(({ fields }) => [fields['state'], fields['who'], fields['since_ms'], fields['peak'], fields['side']])
  expect(told).toEqual([
    ['raised', undefined, START_MS, 15.5, 'below'],
    ['acked', 'ann', START_MS, 15.5, 'below'],
    ['stale', 'ann', START_MS, 15.5, 'below'],
    ['returned', 'ann', START_MS, 15.5, 'below'],
    ['acked', 'ann', START_MS, 15.5, 'below'],
    ['cleared', undefined, START_MS, 15.5, 'below'],
  ])
  for (const atS of [30, 60, 70, 400, 500, 530, 560]) expect(rowsWith([atS])).toEqual(rows)
  expect(rowsWith([30, 60, 70, 400, 500, 530, 560])).toEqual(rows)
})
