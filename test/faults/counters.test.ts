/**
 * Two hours of a meter that counts 1 kWh a minute, with one trouble each: what a glitch, a wild stamp or a clock that
 * runs ahead may cost. 120 readings of a sound meter are 119 kWh. What is left out is never more than the step that
 * nobody can know, and nothing is ever negative.
 */
import { describe, expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { createStage, siteOf, tell } from '../scenarios/scenario.ts'

const READINGS = 120
const MINUTE_MS = 60_000

interface Trouble {
  /** What the display shows in a minute; it would show 100 and the minutes since. */
  shows?: (minute: number) => number
  /** How far the device's clock is ahead in a minute, ms. */
  aheadMs?: (minute: number) => number
  kWh: number
}

const sound = (minute: number) => 100 + minute
/** Something else than it would show, in some minutes. */
const but = (value: number, from: number, to = from) => ({
  shows: (minute: number) => (minute >= from && minute <= to ? value : sound(minute)),
})

const TROUBLES: [what: string, trouble: Trouble][] = [
  ['none', { kWh: 119 }],
  ['one zero', { ...but(0, 50), kWh: 119 }],
  ['one huge count', { ...but(99_999_999, 50), kWh: 119 }],
  ['a bit turned, upwards', { ...but(214, 50), kWh: 119 }],
  ['a bit turned, downwards', { ...but(86, 50), kWh: 119 }],
  ['three zeros, and back', { ...but(0, 50, 52), kWh: 119 }],
  ['a zero by turns', { shows: (m) => (m > 40 && m < 60 && m % 2 === 1 ? 0 : sound(m)), kWh: 119 }],
  ['a digit less now and then', { shows: (m) => sound(m) - (m % 10 === 5 ? 1 : 0), kWh: 119 }],
  ['a zero first', { ...but(0, 0), kWh: 118 }],
  ['a huge count first', { ...but(1e8, 0), kWh: 118 }],
  ['a zero last', { ...but(0, 119), kWh: 118 }],
  ['5,000 more from one minute on', { shows: (m) => sound(m) + (m < 60 ? 0 : 5000), kWh: 118 }],
  ['one stamp 50 s ahead', { aheadMs: (m) => (m === 50 ? 50_000 : 0), kWh: 119 }],
  ['a clock 59 s ahead for ten minutes', { aheadMs: (m) => (m >= 50 && m < 60 ? 59_000 : 0), kWh: 119 }],
  ['a clock an hour ahead for ten minutes', { aheadMs: (m) => (m >= 50 && m < 60 ? 3_600_000 : 0), kWh: 119 }],
]

describe.each([
  ['', ''],
  ['', ', maxKw: 100'],
  [' rolloverAt: 1000 ', ''],
  [' rolloverAt: 1000 ', ', maxKw: 100'],
])('register {%s}%s', (register, rating) => {
  test.each(TROUBLES)('%s', (_, { shows = sound, aheadMs = () => 0, kWh }) => {
    const stage = createStage(
      siteOf(`
site: { id: dc, timezone: UTC }
core: { latenessS: 300, boundS: 30, windows: [1h] }
points: { r: { topic: r, unit: kWh, register: {${register}}, everyS: 60, role: it${rating} } }
`),
    )
    for (let minute = 0; minute < READINGS; minute++) {
      const nowMs = stage.baseMs + minute * MINUTE_MS
      tell(stage, 'r', String(shows(minute)), nowMs + aheadMs(minute), nowMs)
    }
    finish(stage.pipeline.core)
    const energies = new Map<number, number>()
    for (const { measurement, timeMs, fields } of stage.rows) {
      if (measurement === 'energy' && 'energy_j' in fields) energies.set(timeMs, Number(fields.energy_j))
    }
    const all = [...energies.values()]
    expect(all.reduce((sum, joules) => sum + joules, 0) / 3.6e6).toBe(kWh)
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0)
  })
})
