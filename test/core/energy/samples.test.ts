/** A point that needs more samples than its declared rate brings moves to more room; its neighbours keep theirs. */
import { expect, test } from 'vitest'
import { createGaps } from '../../../src/core/energy/gaps.ts'
import { createRetention, makeRoom } from '../../../src/core/energy/retention.ts'
import { createSamples, insertSample, timeAt, valueAt } from '../../../src/core/energy/samples.ts'
import { siteOf } from '../../scenarios/scenario.ts'

const { plan } = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points: { 'm{1..4}': { topic: 'm{1..4}', unit: kW, everyS: 60 } }
`)

test('samples stay what they are while points move to more room', () => {
  const samples = createSamples(plan)
  const retention = createRetention(plan, createGaps(plan, plan.backlogMs))
  const most = samples.capacity[1] ?? 0
  expect(samples.room[1]).toBeLessThan(most)
  for (let n = 0; n < most; n++) {
    for (const point of [0, 1, 2, 3]) {
      // All of the second and third are needed; the others have those of the last ten minutes
      const keepMs = point === 1 || point === 2 ? -Infinity : (n - 10) * 60_000
      const at = samples.count[point] ?? 0
      insertSample(samples, point, at - makeRoom(samples, retention, point, at, keepMs), n * 60_000, 1000 * point + n)
    }
  }
  for (const point of [0, 1, 2, 3]) {
    const count = samples.count[point] ?? 0
    const held = Array.from({ length: count }, (_, n) => [timeAt(samples, point, n), valueAt(samples, point, n)])
    const last = Array.from({ length: count }, (_, n) => most - count + n)
    expect(held).toEqual(last.map((n) => [n * 60_000, 1000 * point + n]))
  }
  expect(samples.count[1]).toBe(most)
  expect(samples.room[0]).toBe(createSamples(plan).room[0])
})
