/** Compliance and climate of sensors that repeat a value, over seeded hours, in time and late: against the slow way. */
import { expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { accept, createPipeline } from '../../src/fold/pipeline.ts'
import { finish } from '../../src/core/core.ts'
import { createRowSink, type Row } from '../../src/rows/rows.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { seedsOf } from '../seeds.ts'
import { sharesBefore, stayBefore, staysOf, type HeardReading, type SensorRule, type Stay } from './stuck-air.ts'

const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 2, 2)
const SENSORS = ['quick', 'slow', 'never'] as const

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 60, windows: [1h] }
points:
  quick: { topic: quick, unit: °C, everyS: 60, stuckAfterS: 1200 }
  slow: { topic: slow, unit: °C, everyS: 60, stuckAfterS: 2400 }
  never: { topic: never, unit: °C, everyS: 60, stuckAfterS: 0 }
inlets:
  '{quick,slow,never}': { dryBulb: '{quick,slow,never}', moisture: unmeasured, class: A2 }
`)
const RULES: Readonly<Record<string, SensorRule>> = {
  quick: { holdsMs: 180_000, stuckAfterMs: 1_200_000 },
  slow: { holdsMs: 180_000, stuckAfterMs: 2_400_000 },
  never: { holdsMs: 180_000, stuckAfterMs: Infinity },
}

/** Five hours of a sensor that stands still now and then, at times in a thinner or broken row of readings. */
function readingsOf(seed: number): HeardReading[] {
  const random = createRandom(seed)
  const readings: HeardReading[] = []
  let valueC = 24
  let [same, everyMs] = [0, MINUTE_MS]
  for (let tMs = START_MS; tMs < START_MS + 300 * MINUTE_MS; tMs += everyMs + random.int(-5000, 5000)) {
    if (same > 0) same -= 1
    else if (random.chance(0.03)) {
      same = random.int(10, 60)
      everyMs = random.pick([MINUTE_MS, MINUTE_MS, 30_000, 3 * MINUTE_MS, 4 * MINUTE_MS])
    } else {
      everyMs = MINUTE_MS
      valueC = Math.round(10 * (22 + 16 * random.next() - (random.chance(0.1) ? 14 : 0))) / 10
      valueC = readings.length > 0 ? Math.max(valueC, (readings.at(-1)?.valueC ?? 0) - 9.5) : valueC // no leap
      valueC = readings.length > 0 ? Math.min(valueC, (readings.at(-1)?.valueC ?? 0) + 9.5) : valueC
    }
    if (!random.chance(0.03)) readings.push({ tMs, valueC: Math.round(10 * valueC) / 10 })
  }
  return readings
}

/** The last row of each inlet and time, after its readings came, some of them up to ten minutes late. */
function toldOf(heard: ReadonlyMap<string, readonly HeardReading[]>, seed: number): Map<string, Row> {
  const random = createRandom(seed)
  const rows = new Map<string, Row>()
  const pipeline = createPipeline(
    SITE,
    createRowSink(SITE, (row) => {
      const { measurement, tags, timeMs } = row
      if (tags['scope'] === 'inlet' && tags['window'] === '1h') rows.set(`share ${tags['name']} ${timeMs}`, row)
      if (measurement === 'climate') rows.set(`climate ${tags['inlet']} ${timeMs}`, row)
    }),
  )
  const packets = [...heard].flatMap(([topic, readings]) =>
    readings.map(({ tMs, valueC }) => {
      const nowMs = tMs + (random.chance(0.3) ? random.int(0, 10 * MINUTE_MS) : 0)
      return { nowMs, topic, payload: `{"ts":${tMs},"value":${valueC}}`, retain: false }
    }),
  )
  for (const packet of packets.sort((a, b) => a.nowMs - b.nowMs)) accept(pipeline, packet)
  finish(pipeline.core)
  return rows
}

/** What differs at the end of an interval of an inlet. */
function differing(rows: ReadonlyMap<string, Row>, name: string, stays: readonly Stay[], endMs: number): string[] {
  const climate = rows.get(`climate ${name} ${endMs}`)?.fields
  const stay = stayBefore(stays, endMs)
  const due = { dry_bulb_c: stay?.isStuck === true ? undefined : stay?.valueC, isStuck: stay?.isStuck === true }
  const told = { dry_bulb_c: climate?.['dry_bulb_c'], isStuck: String(climate?.['quality']).includes('stuck') }
  const odd = JSON.stringify(due) === JSON.stringify(told) ? [] : [`climate ${JSON.stringify({ due, told })}`]
  const isWhole = endMs >= START_MS + 60 * MINUTE_MS && endMs % (5 * MINUTE_MS) === 0
  if (isWhole) {
    const shares = rows.get(`share ${name} ${endMs}`)?.fields ?? {}
    const expected: Readonly<Record<string, number>> = sharesBefore(stays, endMs)
    for (const field of ['coverage', 'recommended_pct', 'allowable_pct', 'out_pct']) {
      const [is, should] = [shares[field], expected[field]]
      const isSame = typeof is === 'number' && should !== undefined ? Math.abs(is - should) < 1e-9 : is === should
      if (!isSame) odd.push(`${field} is ${is}, not ${should}`)
    }
  }
  return odd.map((text) => `${name} ${new Date(endMs).toISOString()} ${text}`)
}

test.each(seedsOf('stuck air'))('seed %i: what a stuck sensor leaves unknown, and nothing else', (seed) => {
  const heard = new Map(SENSORS.map((name, n) => [name, readingsOf(100 * seed + n)]))
  const rows = toldOf(heard, seed)
  const odd: string[] = []
  let stuck = 0
  for (const [name, readings] of heard) {
    const stays = staysOf(readings, RULES[name] ?? { holdsMs: 0, stuckAfterMs: 0 })
    stuck += stays.filter(({ isStuck }) => isStuck).length
    const newestMs = readings.at(-1)?.tMs ?? 0
    for (let endMs = START_MS + MINUTE_MS; endMs <= newestMs; endMs += MINUTE_MS) {
      odd.push(...differing(rows, name, stays, endMs))
    }
  }
  expect(odd.slice(0, 8)).toEqual([])
  expect(stuck).toBeGreaterThan(0)
})
