/** Queues keep 16 bits of a sample's number: spans stay those of the samples held, however many came between. */
import { expect, test } from 'vitest'
import { createQueues, pushSample } from '../../../src/core/air/rate-queues.ts'
import { createGaps } from '../../../src/core/energy/gaps.ts'
import { createRetention, makeRoom } from '../../../src/core/energy/retention.ts'
import { createSamples, insertSample } from '../../../src/core/energy/samples.ts'
import { siteOf } from '../../scenarios/scenario.ts'

const { plan } = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points: { t: { topic: t, unit: °C, everyS: 60, role: inlet } }
inlets: { a: { dryBulb: t } }
`)

test.each([100, 32_900, 65_600, 98_400])('after %d samples that were left out', (left) => {
  const samples = createSamples(plan)
  const retention = createRetention(plan, createGaps(plan, plan.backlogMs))
  const queues = createQueues(plan, samples, [0])
  const spansK = new Float64Array(2)
  const values: number[] = []
  const push = (isSound: boolean) => {
    const tMs = values.length * 60_000
    // No leap is a spike; 85 is what a sensor says that has just begun
    const value = isSound ? 20 + ((values.length * 7919) % 101) / 32 : 85
    values.push(value)
    const at = samples.count[0] ?? 0
    insertSample(samples, 0, at - makeRoom(samples, retention, 0, at, tMs - 7_200_000), tMs, value)
    if (isSound) pushSample(queues, 0, (samples.count[0] ?? 0) - 1, spansK)
  }
  for (let n = 0; n < 70; n++) push(true)
  for (let n = 0; n < left; n++) push(false)
  for (let n = 0; n < 130; n++) push(true)
  const spanOf = (newest: number) => Math.max(...values.slice(-newest)) - Math.min(...values.slice(-newest))
  expect([...spansK]).toEqual([spanOf(16), spanOf(61)])
})
