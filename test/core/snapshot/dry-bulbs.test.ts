/** Alarms of inlets that were never in breach have no state: a snapshot says how far their dry bulbs were judged. */
import { expect, test } from 'vitest'
import { createDryBulbs } from '../../../src/core/alarms/dry-bulbs.ts'
import { stateOf } from '../../../src/core/alarms/create-state.ts'
import { advance } from '../../../src/core/core.ts'
import type { Core } from '../../../src/core/state.ts'
import { createStage, restarted, siteOf, tell, type Stage } from '../../scenarios/scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, idleS: 600, windows: [5m] }
points:
  a-t: { topic: a, unit: °C, everyS: 60 }
inlets:
  a: { dryBulb: a-t, class: A2, hall: h }
alarms: { inlet_recommended: { onDelayS: 120 } }
`)

/** Reads `celsius` at each of the minutes, all at the arrival of the last. */
function read(stage: Stage, celsius: number, ...minutes: number[]): void {
  for (const minute of minutes) {
    tell(stage, 'a-t', String(celsius), stage.baseMs + minute * 60_000, stage.baseMs + 10 * 60_000)
  }
}

/** As the releases were that had both states of each inlet from the start, and no list of dry bulbs. */
function asEarlier({ alarms }: Core): void {
  for (const kind of ['inlet_allowable', 'inlet_recommended'] as const) stateOf(alarms, kind, 0)
  alarms.dryBulbs.set(createDryBulbs(1))
}

test.each([
  ['over a restart', () => {}],
  ['over a restart with a new release', asEarlier],
])('a breach that is older than what was judged is late, %s', (_, prepare) => {
  const stage: Stage = { ...createStage(SITE), restarts: true }
  read(stage, 22, 0, 1, 2, 8, 9, 10)
  prepare(stage.pipeline.core)
  expect(restarted(stage).core.alarms.states).toEqual([])
  read(stage, 30, 3, 4, 5, 6)
  advance(stage.pipeline.core, stage.baseMs + 13 * 60_000)
  const alarms = stage.rows.filter(({ measurement, tags }) => measurement === 'alarm' && tags['alarm'] !== 'stale')
  expect(alarms.map(({ tags, fields }) => [tags['alarm'], fields['state']])).toEqual([['inlet_recommended', 'late']])
})
