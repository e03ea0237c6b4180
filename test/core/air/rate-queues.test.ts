/**
 * Queues keep numbers of samples: spans stay those of the samples held, however many came between. Their rings hold twice
 * what is declared: of a faster point the oldest samples give way.
 */
import { expect, test } from 'vitest'
import { createQueues, pushSample } from '../../../src/core/air/rate-queues.ts'
import { createGaps } from '../../../src/core/energy/gaps.ts'
import { createRetention, makeRoom } from '../../../src/core/energy/retention.ts'
import { createSamples, insertSample, reserveRoom } from '../../../src/core/energy/samples.ts'
import type { CorePlan } from '../../../src/core/contract/plan.ts'
import { siteOf } from '../../scenarios/scenario.ts'

const planOf = (everyS: number): CorePlan =>
  siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points: { t: { topic: t, unit: °C, everyS: ${everyS}, role: inlet } }
inlets: { a: { dryBulb: t } }
`).plan
const plan = planOf(60)

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

interface Stretch {
  seconds: number
  /** Seconds from one sample to the next. */
  every: number
  /** Value by seconds since the stretch began, °C. */
  value: (s: number) => number
}

/** Many more than the rings have places for come within an hour, as while a gap is filled that keeps all samples. */
test.each<[string, number, Stretch[]]>([
  ['falls', 60, [{ seconds: 5400, every: 5, value: (s) => 40 - s / 500 }]],
  ['rises', 60, [{ seconds: 5400, every: 5, value: (s) => 20 + s / 500 }]],
  [
    'is silent for 10 min, then falls',
    60,
    [
      { seconds: 1800, every: 60, value: () => 45 },
      { seconds: 600, every: 600, value: () => 44 },
      { seconds: 5400, every: 5, value: (s) => 40 - s / 500 },
    ],
  ],
  [
    'sends 40,000 readings in 400 s',
    10,
    [
      // The first is the smallest for an hour; then the queue has those that rose since, and rests for 50 min
      { seconds: 10, every: 10, value: () => 10 },
      { seconds: 2990, every: 10, value: () => 30 },
      { seconds: 700, every: 10, value: (s) => 15 + s / 1000 },
      { seconds: 400, every: 0.01, value: (s) => 20 + (s % 7) / 10 },
      { seconds: 4000, every: 10, value: (s) => 25 + (s % 70) / 100 },
    ],
  ],
])('a point that %s, faster than declared', (_, everyS, stretches) => {
  const fast = planOf(everyS)
  const samples = createSamples(fast)
  const queues = createQueues(fast, samples, [0])
  const most = queues.capacity[0] ?? NaN
  const [spansK, heard] = [new Float64Array(2), [] as { tMs: number; value: number }[]]
  let fromS = 0
  for (const { seconds, every, value } of stretches) {
    for (let n = 0; n * every < seconds; n++) {
      const reading = { tMs: Math.round(1000 * (fromS + n * every)), value: value(n * every) }
      reserveRoom(samples, 0, heard.length + 1, 100_000)
      insertSample(samples, 0, heard.length, reading.tMs, reading.value)
      pushSample(queues, 0, heard.length, spansK)
      heard.push(reading)
      if (n % (every < 1 ? 4001 : 29) !== 0) continue
      for (const [span, minutes] of [15, 60].entries()) {
        const spanK = spansK[span] ?? NaN
        const inStretch = heard.filter(({ tMs }) => tMs >= reading.tMs - 60_000 * minutes).map((it) => it.value)
        if (Number.isNaN(spanK)) continue
        expect(spanK).toBeGreaterThanOrEqual(spanOf(inStretch.slice(-most)))
        expect(spanK).toBeLessThanOrEqual(spanOf(inStretch))
      }
    }
    fromS += seconds
  }
  expect(spansK.some(Number.isNaN)).toBe(false)
})

function spanOf(values: readonly number[]): number {
  return values.reduce((most, it) => Math.max(most, it), -Infinity) - values.reduce((least, it) => Math.min(least, it))
}
