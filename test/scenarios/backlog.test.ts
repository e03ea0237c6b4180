/**
 * What a gateway stored while it was cut off ends with the rows of the undisturbed days, whenever and in whatever order
 * it comes, beside meters that go on.
 */
import { expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createRandom } from '../../simulators/random.ts'
import { createStage, siteOf, tell, type Stage } from './scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: Europe/Paris }
core: { intervalS: 300, windows: [15m, 1h, 24h, 7d, day] }
points:
  main: { topic: main, unit: kW, everyS: 300, role: facility }
  ups: { topic: ups, unit: kWh, register: {}, everyS: 300, maxKw: 500, role: it }
  pdu: { topic: pdu, unit: kW, everyS: 300, kind: mean, role: it }
  light: { topic: light, unit: kW, everyS: 300 }
  clock: { topic: clock, unit: kW, everyS: 300 }
boundaries:
  dc: { facility: [main], it: [ups, pdu] }
`)

const MINUTE_MS = 60_000
const STEPS = 6 * 288

/** What the meters say at a step of five minutes. */
function wordsAt(step: number): [point: string, text: string][] {
  const day = Math.sin(step / 40)
  return [
    ['main', (150 + 20 * day + (step % 7)).toFixed(2)],
    ['ups', (1000 + 5 * step).toFixed(2)],
    ['pdu', (40 + (step % 5)).toFixed(1)],
    ['light', '3.1'],
    ['clock', '1.5'],
  ]
}

interface Told {
  readonly atMs: number
  readonly nowMs: number
  readonly point: string
  readonly text: string
}

/** Plays six days; `held` gives for the steps of a point when they arrive, in steps. `light` has no stamps. */
function sixDays(held: (point: string, step: number) => number): Stage {
  const stage = createStage(SITE)
  const packets: Told[] = []
  for (let step = 0; step <= STEPS; step++) {
    for (const [point, text] of wordsAt(step)) {
      const atMs = stage.baseMs + 5 * step * MINUTE_MS
      packets.push({ atMs, nowMs: stage.baseMs + 5 * held(point, step) * MINUTE_MS, point, text })
    }
  }
  packets.sort((a, b) => a.nowMs - b.nowMs)
  for (const { atMs, nowMs, point, text } of packets) {
    const [topic, arrivalMs] = [point, Math.floor(nowMs)]
    if (point !== 'light') tell(stage, point, text, atMs, arrivalMs)
    else accept(stage.pipeline, { nowMs: arrivalMs, topic, payload: text, retain: false })
  }
  finish(stage.pipeline.core)
  return stage
}

/** The last row of every key, without its revision, a restated one as settled, and none of which nothing is known. */
function lastRows({ rows }: Stage): Map<string, Record<string, unknown>> {
  const last = new Map<string, Record<string, unknown>>()
  for (const { measurement, tags, fields, timeMs } of rows) {
    if (
      measurement === 'alarm' ||
      measurement === 'restatement' ||
      measurement === 'skew' ||
      tags['window'] === 'live' ||
      tags['point'] === 'light'
    )
      continue
    const { revision: _, state: __, ...numbers } = fields
    last.set([measurement, ...Object.values(tags), timeMs].join(' '), numbers)
  }
  for (const [key, { coverage }] of last) if (coverage === 0) last.delete(key)
  return last
}

const inOrder = sixDays((_, step) => step)

const random = createRandom(7)
const DICE = Array.from({ length: STEPS + 1 }, () => random.next())

/** From day 1 on for `days`, the points of a gateway are silent; then they say everything, each step by its share. */
function afterOutage(days: number, share: (step: number, steps: number) => number, points = ['ups', 'pdu', 'main']) {
  return (point: string, step: number) => {
    const steps = days * 288
    const isHeld = points.includes(point) && step > 288 && step <= 288 + steps
    return isHeld ? 288 + steps + 1.2 + share(step - 288, steps) : step
  }
}

const ORDERS: [string, (point: string, step: number) => number][] = [
  ['rising, at once', afterOutage(4, (step, steps) => step / steps / 100)],
  ['falling, at once', afterOutage(4, (step, steps) => (1 - step / steps) / 100)],
  ['shuffled, at once', afterOutage(4, (step) => DICE[step]! / 100)],
  ['shuffled over eight hours, between live readings', afterOutage(4, (step) => 96 * DICE[step]!)],
  ['rising over eight hours, between live readings', afterOutage(4, (step, steps) => (96 * step) / steps)],
  ['of the IT meters alone', afterOutage(4, (step) => DICE[step]!, ['ups', 'pdu'])],
  ['of the main alone, over half a day', afterOutage(3, (step) => 144 * DICE[step]!, ['main'])],
  ['of the whole site', afterOutage(1.5, (step) => DICE[step]!, ['ups', 'pdu', 'main', 'light', 'clock'])],
]

test.each(ORDERS)('a backlog of days: %s', (_, held) => {
  const late = sixDays(held)
  const [accepted = 0] = late.pipeline.counts
  expect(accepted).toBe(5 * (STEPS + 1))
  expect(lastRows(late)).toEqual(lastRows(inOrder))
})

test.each([
  'it: { topic: it, unit: kWh, register: {}, everyS: 600, role: it }',
  'it: { topic: it, unit: kW, everyS: 600, role: it }',
])('of a meter that is first heard a day behind (%s) a row that was told as nothing rises by one', (meter) => {
  const stage = createStage(
    siteOf(`
site: { id: dc, timezone: UTC }
core: { intervalS: 900, windows: [1h] }
points:
  main: { topic: main, unit: kW, everyS: 600, role: facility }
  ${meter}
boundaries: { dc: { facility: [main], it: [it] } }`),
  )
  const behind = 26 * 6
  for (let step = 0; step <= 3 * 144; step++) {
    const nowMs = stage.baseMs + 10 * step * MINUTE_MS
    tell(stage, 'main', '150', nowMs, nowMs)
    if (step >= behind) {
      const atMs = nowMs - 10 * behind * MINUTE_MS
      tell(stage, 'it', String(1000 + 10 * (step - behind)), atMs, nowMs + 1)
    }
  }
  finish(stage.pipeline.core)
  const told = new Map<number, { joules: unknown; revision: unknown }[]>()
  for (const { measurement, tags, timeMs, fields } of stage.rows) {
    if (measurement !== 'energy' || tags['point'] !== 'it') continue
    const row = { joules: fields['energy_j'], revision: fields['revision'] }
    told.set(timeMs, [...(told.get(timeMs) ?? []), row])
  }
  const early = [...told].filter(([, [first]]) => first?.joules === undefined)
  expect(early.length).toBeGreaterThan(1)
  for (const [, rows] of early) {
    const changes = rows.filter(({ joules }, n) => n > 0 && joules !== rows[n - 1]?.joules)
    expect(changes.map(({ revision }) => revision)).toEqual(changes.map((_, n) => n + 1))
  }
})
