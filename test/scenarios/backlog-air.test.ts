/**
 * What the sensors of a store-and-forward gateway measured while it was cut off ends with the rows of the undisturbed
 * days, whenever and in whatever order it comes, beside sensors that go on.
 */
import { expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createRandom } from '../../simulators/random.ts'
import { createStage, restarted, siteOf, type Stage } from './scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: Europe/Paris }
core: { intervalS: 300, windows: [15m, 1h, 24h, 7d, day, month] }
rows: { readings: all }
points:
  r{1..4}-t: { topic: 'r{1..4}', at: /t, unit: °C, everyS: 150 }
  r{1..3}-rh: { topic: 'r{1..3}', at: /rh, unit: '%', everyS: 150 }
  door: { topic: door, at: /rh, unit: '%', everyS: 150 }
inlets:
  r{1..3}: { dryBulb: 'r{1..3}-t', humidity: 'r{1..3}-rh', hall: h1, rack: a }
  r4: { dryBulb: r4-t, humidity: r3-rh, hall: h2 }
`)

const STEP_MS = 150_000
const DAY = 576
const STEPS = 4 * DAY

const random = createRandom(7)
const DICE = Array.from({ length: STEPS + 1 }, () => random.next())

/** What the topics say at a step of two and a half minutes: an hour of 29 °C on the second day, one reading in °F. */
function wordsAt(step: number): [topic: string, text: string][] {
  const t = (inlet: number) => {
    const isHot = inlet === 1 && step > 1.4 * DAY && step <= 1.4 * DAY + 24
    const isStrange = inlet === 2 && step === Math.floor(1.7 * DAY)
    return isStrange ? 75.2 : (isHot ? 29 : 22 + inlet + Math.sin(step / 50)) + Math.round(10 * DICE[step]!) / 10
  }
  const rh = (inlet: number) => 45 + 5 * inlet + Math.round(20 * Math.sin(step / 90))
  return [
    ...[1, 2, 3].map((n): [string, string] => [`r${n}`, `{"t":${t(n)},"rh":${rh(n)}}`]),
    ['r4', `{"t":${t(4)}}`],
    ['door', `{"rh":${rh(1)}}`],
  ]
}

/**
 * Plays four days; `arrival` gives for the steps of a topic when they arrive, in steps. After every so many packets the
 * core is saved and restored.
 */
function fourDays(arrival: (topic: string, step: number) => number, savedEvery = Infinity): Stage {
  const stage = { ...createStage(SITE), restarts: true }
  const packets = []
  for (let step = 0; step <= STEPS; step++) {
    for (const [topic, text] of wordsAt(step)) {
      const nowMs = Math.floor(stage.baseMs + arrival(topic, step) * STEP_MS)
      packets.push({ topic, payload: text.replace('}', `,"ts":${stage.baseMs + step * STEP_MS}}`), nowMs })
    }
  }
  packets.sort((a, b) => a.nowMs - b.nowMs)
  for (const [n, { topic, payload, nowMs }] of packets.entries()) {
    if (n % savedEvery === savedEvery - 1) restarted(stage)
    accept(stage.pipeline, { nowMs, topic, payload, retain: false })
  }
  finish(stage.pipeline.core)
  return stage
}

/** The last row of every key, without its revision and state. A share that a correction took away is 0, or absent. */
function lastRows({ rows }: Stage): Map<string, Record<string, unknown>> {
  const last = new Map<string, Record<string, unknown>>()
  for (const { measurement, tags, fields, timeMs } of rows) {
    if (['alarm', 'restatement', 'skew'].includes(measurement)) continue
    const { revision: _, state: __, ...all } = fields
    const numbers = Object.fromEntries(Object.entries(all).filter(([name, it]) => it !== 0 || !name.startsWith('pct_')))
    last.set([measurement, ...Object.values(tags), timeMs].join(' '), numbers)
  }
  return last
}

const inOrder = fourDays((_, step) => step)

/** From day 1 on for `days`, a gateway is silent; then it says everything, each step by its share. */
function afterOutage(days: number, share: (step: number, steps: number) => number, topics = ['r1', 'r2']) {
  return (topic: string, step: number) => {
    const steps = days * DAY
    const isHeld = topics.includes(topic) && step > DAY && step <= DAY + steps
    return isHeld ? DAY + steps + 1.2 + share(step - DAY, steps) : step
  }
}

const ORDERS: [string, (topic: string, step: number) => number][] = [
  ['rising, at once', afterOutage(2, (step, steps) => step / steps / 100)],
  ['falling, at once', afterOutage(2, (step, steps) => (1 - step / steps) / 100)],
  ['shuffled, at once', afterOutage(2, (step) => DICE[step]! / 100)],
  ['shuffled over two hours, between live readings', afterOutage(2, (step) => 48 * DICE[step]!)],
  ['rising over three hours, between live readings', afterOutage(2.5, (step, steps) => (72 * step) / steps)],
  ['two days after the gateway is back', afterOutage(0.5, (step) => 2 * DAY + DICE[step]!)],
  ['whose moisture another inlet has', afterOutage(2, (step) => DICE[step]!, ['r3'])],
  ['of the whole site', afterOutage(1.5, (step) => DICE[step]!, ['r1', 'r2', 'r3', 'r4', 'door'])],
]

test.each(ORDERS)('the air of days: %s', (_, arrival) => {
  const late = fourDays(arrival)
  const [accepted] = late.pipeline.counts
  expect(accepted).toBe(8 * (STEPS + 1))
  expect(lastRows(late)).toEqual(lastRows(inOrder))
})

test.each(ORDERS.slice(2, 6))('saved and restored in between, %s', (_, arrival) => {
  expect(fourDays(arrival, 397).rows).toEqual(fourDays(arrival).rows)
})
