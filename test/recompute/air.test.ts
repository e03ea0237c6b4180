/** The air of a night that came much too late: recomputed, its rows and alarms are those of the night in time. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import type { Row } from '../../src/rows/rows.ts'
import { differences, keyOf, type Rows } from '../daemon/crash-rows.ts'
import { createPlace, DAY_MS, numbersOf, type Packet, type Place } from './stage.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const SITE = `
site: { id: s, timezone: Europe/Paris }
core: { intervalS: 300, latenessS: 600, backlogS: 0, windows: [1h, 24h, 7d, day, month] }
points:
  main: { topic: s/main, unit: kW, everyS: 600 }
  'r{1..4}-t': { topic: 's/r{1..4}', at: /t, unit: °C, everyS: 300 }
  'r{1..3}-rh': { topic: 's/r{1..3}', at: /rh, unit: '%', everyS: 300 }
  r1-out: { topic: s/out, unit: °C, everyS: 300 }
  supply: { topic: s/supply, unit: °C, everyS: 600 }
  return: { topic: s/return, unit: °C, everyS: 600 }
boundaries:
  s: { facility: [main], it: [main] }
inlets:
  r1: { dryBulb: r1-t, humidity: r1-rh, outlet: r1-out, hall: h1, rack: a }
  'r{2..3}': { dryBulb: 'r{2..3}-t', humidity: 'r{2..3}-rh', hall: h1, rack: a }
  r4: { dryBulb: r4-t, humidity: r3-rh, hall: h2 }
halls:
  h1: { supply: supply, return: return }
`
const STEP_MS = 300_000
const HOUR_STEPS = 12
const HOURS = 30
const AIR = ['climate', 'compliance'] as const

/** What each topic says at a step; r1 has two hot hours in the night, r2 is once told in °F. */
function wordsAt(step: number, random: () => number): [topic: string, text: string][] {
  const hour = step / HOUR_STEPS
  const noise = () => Math.round(10 * random()) / 10
  const t = (rack: number) => {
    if (rack === 1 && hour >= 9 && hour < 11) return 36 + noise()
    return rack === 2 && step === 8 * HOUR_STEPS ? 75.2 : 21 + rack + Math.sin(step / 50) + noise()
  }
  const air = [1, 2, 3].map((n): [string, string] => [`r${n}`, `{"t":${t(n)},"rh":${40 + Math.round(4 * random())}}`])
  const slow: [string, string][] =
    step % 2 === 0
      ? [
          ['main', '100'],
          ['supply', '18'],
          ['return', String(30 + noise())],
        ]
      : []
  return [...air, ['r4', `{"t":${t(4)}}`], ['out', String(35 + noise())], ...slow]
}

/** All packets, and when each arrives, in steps. */
function nightsOf(arrival: (topic: string, step: number) => number): Packet[] {
  const random = createRandom(11)
  const packets: Packet[] = []
  for (let step = 0; step <= HOURS * HOUR_STEPS; step++) {
    for (const [topic, text] of wordsAt(step, () => random.next())) {
      const ts = `"ts":${DAY_MS + step * STEP_MS}}`
      const payload = Buffer.from(text.startsWith('{') ? text.replace('}', `,${ts}`) : `{"value":${text},${ts}`)
      const nowMs = Math.floor(DAY_MS + arrival(topic, step) * STEP_MS)
      packets.push({ nowMs, topic: `s/${topic}`, payload, retain: false })
    }
  }
  return packets.sort((a, b) => a.nowMs - b.nowMs)
}

/** r1 and its outlet are cut off for eight hours and deliver in falling order; one reading in fifty of r3 is lost for hours. */
function muchTooLate(topic: string, step: number): number {
  const hour = step / HOUR_STEPS
  if ((topic === 'r1' || topic === 'out') && hour >= 4 && hour < 12)
    return 15 * HOUR_STEPS + (12 * HOUR_STEPS - step) / 100
  return topic === 'r3' && step % 25 === 7 && hour < 12 ? step + 5 * HOUR_STEPS : step
}

const inTime = nightsOf((_, step) => step)
const late = nightsOf(muchTooLate)

/** Numbers of the air: a share that a correction took away is 0, or absent. */
function airOf(rows: Rows): Rows {
  const numbers = [...numbersOf(rows)].map(([key, fields]) => {
    const told = Object.entries(fields).filter(([name, it]) => it !== 0 || !name.startsWith('pct_'))
    return [key, Object.fromEntries(told)] as const
  })
  return new Map(numbers)
}

async function airIn(place: Place): Promise<Rows> {
  return airOf(await place.rows(HOURS + 1, AIR))
}

/** When alarms of the air were raised, or told late: `2026-03-02T09:15 inlet_allowable r1`. */
async function alarmsIn(place: Place): Promise<string[]> {
  const rows = [...(await place.rows(HOURS + 1, ['alarm']))]
  return rows
    .filter(([key, { state }]) => /inlet_allowable|moisture/.test(key) && (state === 'raised' || state === 'late'))
    .map(([key]) => `${key.slice(-24, -8)} ${/alarm=(\S+)/.exec(key)?.[1]} ${/source=(\S+)/.exec(key)?.[1]}`)
    .sort()
}

const smooth = createPlace()
let wanted: Rows

beforeAll(async () => {
  await smooth.take(SITE, inTime)
  wanted = await airIn(smooth)
})

afterAll(async () => await smooth[Symbol.asyncDispose]())

test('a night much too late ends with the rows of the night in time, and its breaches are told late', async () => {
  await using place = createPlace()
  await place.take(SITE, late)
  const before = await place.rows(HOURS + 1, AIR)
  expect(differences(airOf(before), wanted)).not.toEqual([])
  await place.drained()

  const difference = await place.recompute(SITE, '0:00')
  const after = await place.rows(HOURS + 1, AIR)
  expect(differences(airOf(after), wanted)).toEqual([])
  expect(await alarmsIn(place)).toEqual(await alarmsIn(smooth))
  expect(difference.air.inlets).toBe(3)
  expect(await place.recompute(SITE, '0:00')).toMatchObject({ rows: 0 })

  const queued = await place.queued()
  const restated = queued.filter(({ measurement }) => measurement === 'compliance')
  const revisionOf = (row: Row) => Number(before.get(keyOf(row.measurement, row.tags, row.timeMs))?.['revision'] ?? -1)
  expect(restated.map(({ fields }) => fields['revision'])).toEqual(restated.map((row) => revisionOf(row) + 1))
  const reasons = queued
    .filter(({ measurement }) => measurement === 'restatement')
    .map(({ fields }) => fields['reason'])
  expect(new Set(reasons)).toEqual(new Set(['recompute']))
})

test('recomputed in between and in pieces, the air goes on as if all had been in time', async () => {
  await using place = createPlace()
  const cut = late.findIndex(({ nowMs }) => nowMs >= DAY_MS + 18.2 * HOUR_STEPS * STEP_MS)
  await place.take(SITE, late.slice(0, cut))
  const { air } = await place.recompute(SITE, '0:00', '', { limits: { cells: 400, readings: 1500 } })
  expect(air.rows.climate).toBeGreaterThan(100)
  await place.take(SITE, late.slice(cut))
  expect(differences(await airIn(place), wanted)).toEqual([])
  expect(await alarmsIn(place)).toEqual(await alarmsIn(smooth))
})
