/** A moisture alarm speaks of the limit that is broken, whatever numbers the limits have. */
import { expect, test } from 'vitest'
import { accept, createPipeline } from '../../../src/fold/pipeline.ts'
import { createSite } from '../../../src/site/site.ts'
import { createRowSink, type Row } from '../../../src/rows/rows.ts'
import { configOf } from '../site-text.ts'

const START_MS = Date.UTC(2026, 2, 2)

/** A dew point of at most 17 °C and a relative humidity of at least 17 %. */
function siteOfEqualNumbers() {
  const site = createSite(
    configOf(`
site: { id: dc, timezone: UTC }
points:
  t: { topic: t, unit: °C, everyS: 30 }
  rh: { topic: rh, unit: "%", everyS: 30 }
inlets: { in: { dryBulb: t, humidity: rh, class: A1 } }
alarms: { moisture: { onDelayS: 0, offDelayS: 0 }, inlet_recommended: { enabled: false } }
`),
  )
  const moisture = site.plan.alarms.moisture.map((limits) => ({ ...limits, rhMinPct: 17, dewPointMaxC: 17 }))
  return { ...site, plan: { ...site.plan, alarms: { ...site.plan.alarms, moisture } } }
}

/** Words of the alarm's rows while dry bulb and humidity are read, once a minute. */
function messagesOf(readings: readonly (readonly [dryBulbC: number, rhPct: number])[]): string[] {
  const site = siteOfEqualNumbers()
  const rows: Row[] = []
  const pipeline = createPipeline(
    site,
    createRowSink(site, (row) => rows.push(row)),
  )
  for (const [minute, [dryBulbC, rhPct]] of readings.entries()) {
    const nowMs = START_MS + minute * 60_000
    for (const [topic, value] of [['t', dryBulbC] as const, ['rh', rhPct] as const]) {
      accept(pipeline, { nowMs, topic, payload: `{"ts":${nowMs},"value":${value}}`, retain: false })
    }
  }
  return rows
    .filter(({ tags }) => tags['alarm'] === 'moisture')
    .map(({ fields }) => String(fields['message']).replace(/^.*\): |\. .*$/g, ''))
}

test('a dew point and a humidity with limits of the same number are told apart', () => {
  expect(messagesOf([[25, 66]])).toEqual([
    'dew point 18.2 °C, 1.2 K above the allowable upper limit of 17 °C (ASHRAE 2021r, class A1)',
  ])
  expect(messagesOf([[25, 15]])).toEqual([
    'relative humidity 15 %, 2 percentage points below the allowable lower limit of 17 % (ASHRAE 2021r, class A1)',
  ])
})

test('while it clears, value and limit are of one quantity', () => {
  expect(
    messagesOf([
      [25, 66],
      [25, 50],
    ])[1],
  ).toBe('dew point 13.9 °C, within the allowable upper limit of 17 °C (ASHRAE 2021r, class A1)')
  expect(
    messagesOf([
      [25, 15],
      [25, 40],
    ])[1],
  ).toBe('relative humidity 40 %, within the allowable lower limit of 17 % (ASHRAE 2021r, class A1)')
})
