/** The order in which readings of the air arrive leaves no trace in what is said of it at last. */
import { expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { finish } from '../../src/core/core.ts'
import { createStage, siteOf, tell } from './scenario.ts'
import { seedsOf } from '../seeds.ts'

const SITE = `
site: { id: dc, timezone: UTC, corrosion: low }
core: { intervalS: 60, latenessS: 900, boundS: 30, skewS: 60, idleS: 3600, windows: [5m, 15m, 30m, 1h, day] }
rows: { readings: all }
points:
  '{a,b,a-out,b-out,cold,warm,dew}': { topic: '{a,b,a-out,b-out,cold,warm,dew}', unit: °C, everyS: 60, stuckAfterS: 1800 }
  rh: { topic: rh, unit: '%', everyS: 60 }
inlets:
  a: { dryBulb: a, humidity: rh, dewPoint: dew, outlet: a-out, class: A1, hall: h1, rack: r1 }
  b: { dryBulb: b, humidityFrom: a, outlet: b-out, equipment: tape, hall: h1, rack: r1 }
halls:
  h1: { supply: cold, return: warm }
`

interface Reading {
  point: string
  text: string
  tMs: number
  nowMs: number
}

/** Three hours of eight sensors: wandering air, spikes, sentinels, a stuck sensor, gaps. */
function readings(seed: number): Reading[] {
  const random = createRandom(seed)
  const made: Reading[] = []
  const air: Record<string, number> = { a: 24, b: 22, 'a-out': 34, 'b-out': 33, cold: 20, warm: 31, dew: 11, rh: 45 }
  for (let s = 0; s < 3 * 3600; s += 60) {
    for (const point of Object.keys(air)) {
      air[point]! += random.next() * 2 - 1
      if (random.next() < 0.04 || (point === 'b' && s > 4000 && s < 5000)) continue
      const stuck = point === 'cold' && s > 3000 && s < 9000
      const lies = random.next() < 0.02 ? 85 : random.next() < 0.03 ? air[point]! + 35 : air[point]!
      const said = stuck ? 19 : lies
      const tMs = s * 1000 + random.int(0, 59_000)
      made.push({ point, text: said.toFixed(1), tMs, nowMs: tMs })
    }
  }
  return made
}

/** The last of each row but alarms, without its revision; a share of 0 is as good as none. */
function lastRows(all: readonly Reading[]): Map<string, string> {
  const stage = createStage(siteOf(SITE))
  for (const { point, text, tMs, nowMs } of all.toSorted((x, y) => x.nowMs - y.nowMs)) {
    tell(stage, point, text, stage.baseMs + tMs, stage.baseMs + nowMs)
  }
  finish(stage.pipeline.core)
  expect(stage.outcomes.every((outcome) => outcome === 'accepted')).toBe(true)
  const rows = new Map<string, string>()
  for (const { measurement, tags, fields, timeMs } of stage.rows) {
    if (measurement === 'alarm' || measurement === 'skew') continue
    const kept = Object.entries(fields).filter(
      ([name, held]) => name !== 'revision' && !(name.startsWith('pct_') && held === 0),
    )
    rows.set(JSON.stringify([measurement, tags, timeMs]), JSON.stringify(kept))
  }
  return rows
}

test.each(seedsOf('late air'))('seed %i: in order, and each up to 13 minutes late', (seed) => {
  const all = readings(seed)
  const random = createRandom(seed + 100)
  const late = all.map((reading) => ({
    ...reading,
    nowMs: reading.tMs + (random.next() < 0.5 ? random.int(0, 30_000) : random.int(0, 780_000)),
  }))
  const [calm, wild] = [lastRows(all), lastRows(late)]
  expect(calm.size).toBeGreaterThan(3000)
  expect([...wild.keys()].toSorted()).toEqual([...calm.keys()].toSorted())
  const different = [...calm].filter(([key, fields]) => wild.get(key) !== fields)
  expect(different.map(([key, fields]) => `${key}: ${fields} became ${wild.get(key)}`).slice(0, 3)).toEqual([])
  for (const word of ['stuck', 'spike', 'rate_15min', 'rti_pct', 'moisture_conflict']) {
    expect(
      [...calm.values()].some((fields) => fields.includes(word)),
      `no row tells ${word}`,
    ).toBe(true)
  }
})
