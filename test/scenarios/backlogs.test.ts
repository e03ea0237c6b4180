/**
 * Days of a site whose sources are all cut off, each for hours or days of its own, and deliver what they stored late
 * and in any order. The last rows are those of the undisturbed days, in all numbers, and nothing is recomputed.
 */
import { expect, test, vi } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createRandom, type Random } from '../../simulators/random.ts'
import { seedsOf } from '../seeds.ts'
import { createStage, siteOf, type Stage } from './scenario.ts'

vi.setConfig({ testTimeout: 300_000 })

const SITE = siteOf(`
site: { id: dc, timezone: Europe/Paris }
core: { intervalS: 300, windows: [15m, 1h, 24h, 7d, day, month] }
points:
  main: { topic: main, unit: kW, everyS: 300, role: facility }
  ups: { topic: ups, unit: kWh, register: {}, everyS: 300, maxKw: 500, role: it }
  pdu: { topic: pdu, unit: kW, everyS: 300, kind: mean, role: it }
  crac: { topic: crac, unit: kW, everyS: 300 }
  light: { topic: light, unit: kW, everyS: 300 }
  '{a1,a2,b1}-t': { topic: '{a1,a2,b1}', at: /t, unit: °C, everyS: 300 }
  '{a1,a2,b1}-rh': { topic: '{a1,a2,b1}', at: /rh, unit: '%', everyS: 300 }
  b2-t: { topic: b2, at: /t, unit: °C, everyS: 300 }
  door: { topic: door, unit: '%', everyS: 300 }
boundaries:
  dc: { facility: [main, crac], it: [ups, pdu] }
  hall: { facility: [ups, crac], it: [ups], part: true }
inlets:
  '{a1,a2}': { dryBulb: '{a1,a2}-t', humidity: '{a1,a2}-rh', hall: h1, rack: a }
  b1: { dryBulb: b1-t, humidity: b1-rh, hall: h2 }
  b2: { dryBulb: b2-t, humidityFrom: b1, hall: h2 }
`)

const DAYS = 3
const DAY = 288
const STEPS = DAYS * DAY
const STEP_MS = 300_000

/** By topic what it says at each step of five minutes. */
function storyOf(random: Random): Map<string, string[]> {
  const wave = (middle: number, size: number, length: number) => {
    const phase = random.next() * length
    return (step: number) => middle + size * Math.sin((step + phase) / length) + size * 0.3 * random.next()
  }
  const words = (say: (step: number) => string) => Array.from({ length: STEPS + 1 }, (_, step) => say(step))
  const number = (of: (step: number) => number, places: number) => words((step) => of(step).toFixed(places))
  let counted = 1000
  const story = new Map([
    ['main', number(wave(150, 20, 40), 2)],
    ['ups', words(() => (counted += 4 + random.int(0, 2)).toFixed(0))],
    ['pdu', number(wave(40, 5, 60), 1)],
    ['crac', number(wave(20, 4, 30), 2)],
    ['light', number(wave(3, 1, 90), 1)],
    ['door', number(wave(50, 5, 70), 0)],
    ['b2', words(airWords(wave(23, 3, 50)))],
  ])
  for (const topic of ['a1', 'a2', 'b1']) story.set(topic, words(airWords(wave(24, 4, 80), wave(50, 12, 100))))
  return story
}

function airWords(t: (step: number) => number, rh?: (step: number) => number): (step: number) => string {
  return (step) => JSON.stringify({ t: Number(t(step).toFixed(1)), ...(rh && { rh: Math.round(rh(step)) }) })
}

/** When the reading of a step arrives, in steps. */
type Arrival = (step: number) => number

const ORDERS = ['rising', 'falling', 'shuffled'] as const
/** In so many steps a source has delivered all. Shuffled, the last of a small gap may come last of all: within `latenessS`. */
const MOST_SPAN = 60
const SHUFFLED_SPAN = 2.8

/** A source is cut off once or twice, and delivers at once or over hours, up to a day after it is back. */
function arrivalOf(random: Random): Arrival {
  const late = new Map<number, number>()
  let from = random.int(6, DAY)
  for (let outages = random.int(1, 2); outages > 0 && from < STEPS - DAY; outages--) {
    const steps = Math.min(random.int(24, DAY + DAY / 2), STEPS - MOST_SPAN - 2 - from)
    const back = from + steps
    const sent = Math.min(back + (random.next() < 0.5 ? 0.3 : random.int(1, DAY)), STEPS - MOST_SPAN - 1)
    const order = ORDERS[random.int(0, 2)]
    const most = order === 'shuffled' ? SHUFFLED_SPAN : MOST_SPAN
    const span = random.next() < 0.5 ? 0.01 : 1 + random.next() * (most - 1)
    for (let step = from; step < back; step++) {
      const share = order === 'shuffled' ? random.next() : (step - from) / steps
      late.set(step, sent + span * (order === 'falling' ? 1 - share : share))
    }
    from = back + random.int(24, DAY)
  }
  return (step) => late.get(step) ?? step
}

function play(story: ReadonlyMap<string, readonly string[]>, arrivals: ReadonlyMap<string, Arrival>): Stage {
  const stage = createStage(SITE)
  const packets = []
  for (const [topic, words] of story) {
    for (const [step, text] of words.entries()) {
      const atMs = stage.baseMs + step * STEP_MS
      const payload = text.startsWith('{') ? text.replace('}', `,"ts":${atMs}}`) : `{"value":${text},"ts":${atMs}}`
      packets.push({
        nowMs: Math.floor(stage.baseMs + (arrivals.get(topic)?.(step) ?? step) * STEP_MS),
        topic,
        payload,
      })
    }
  }
  packets.sort((a, b) => a.nowMs - b.nowMs)
  for (const packet of packets) accept(stage.pipeline, { ...packet, retain: false })
  finish(stage.pipeline.core)
  return stage
}

const COMPARED = new Set(['energy', 'pue', 'climate', 'compliance', 'reading'])

/**
 * The last row of every key, without revision and state. A share that a correction took away is 0, or absent. Rows of
 * which nothing is known may be there or not.
 */
function lastRows({ rows }: Stage): Map<string, Record<string, unknown>> {
  const last = new Map<string, Record<string, unknown>>()
  for (const { measurement, tags, fields, timeMs } of rows) {
    if (!COMPARED.has(measurement) || tags['window'] === 'live') continue
    const { revision: _, state: __, ...all } = fields
    const numbers = Object.entries(all).filter(([name, it]) => it !== 0 || !name.startsWith('pct_'))
    last.set([measurement, ...Object.values(tags), timeMs].join(' '), Object.fromEntries(numbers))
  }
  for (const [key, { coverage }] of last) if (coverage === 0) last.delete(key)
  return last
}

/** Keys whose rows differ. */
function differences(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  const keys = new Set([...a.keys(), ...b.keys()])
  return [...keys].filter((key) => JSON.stringify(a.get(key)) !== JSON.stringify(b.get(key)))
}

test.each(seedsOf('backlogs'))('days of seed %i, every source cut off: the rows of the undisturbed days', (seed) => {
  const random = createRandom(seed)
  const story = storyOf(random)
  const arrivals = new Map([...story.keys()].map((topic) => [topic, arrivalOf(random)]))
  const late = play(story, arrivals)
  const [accepted] = late.pipeline.counts
  expect(accepted).toBe((story.size + 3) * (STEPS + 1))
  expect(differences(lastRows(late), lastRows(play(story, new Map())))).toEqual([])
})
