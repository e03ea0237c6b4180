/**
 * A register that lies while its gateway is cut off: what the gateway stored ends with the rows of the undisturbed day,
 * in any order, beside a meter that goes on.
 */
import { describe, expect, test } from 'vitest'
import { TOO_LATE } from '../../src/core/contract/outcome.ts'
import { finish } from '../../src/core/core.ts'
import { createRandom } from '../../simulators/random.ts'
import { createStage, siteOf, tell, type Stage } from './scenario.ts'

function siteWith(register: string): string {
  return `
site: { id: dc, timezone: UTC }
core: { windows: [1h, day] }
points:
  main: { topic: main, unit: kW, everyS: 60, role: facility }
  it: { topic: it, unit: kWh, register: {}, everyS: 60, ${register} role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`
}

const MINUTES = 10 * 60
/** Cut off from and to this minute. */
const [LEFT, BACK] = [60, 300]

/** What a register of 60 kW says at a minute: it counts 1 kWh in each. */
type Count = (minute: number) => number

const counted: Count = (minute) => 5000 + minute

const STORIES: [string, Count][] = [
  ['counts on', counted],
  ['shows zeros for ten minutes', (minute) => (minute >= 150 && minute < 160 ? 0 : counted(minute))],
  ['shows zeros until it is back', (minute) => (minute > 200 && minute <= BACK ? 0 : counted(minute))],
  ['shows zeros from the beginning', (minute) => (minute > LEFT && minute < 90 ? 0 : counted(minute))],
  ['shows young counts for half an hour', (minute) => (minute >= 150 && minute < 180 ? minute - 150 : counted(minute))],
  ['begins anew', (minute) => (minute >= 150 ? minute - 150 : counted(minute))],
  ['begins anew before it is back', (minute) => (minute >= BACK - 5 ? minute - BACK + 5 : counted(minute))],
]

/** Plays ten hours; `arrival` says in which minute the reading of a minute arrives. */
function tenHours(register: string, count: Count, arrival: (minute: number) => number): Stage {
  const stage = createStage(siteOf(siteWith(register)))
  const told = []
  for (let minute = 0; minute <= MINUTES; minute++) {
    const atMs = stage.baseMs + 60_000 * minute
    told.push({ point: 'main', text: String(150 + (minute % 7)), atMs, nowMs: atMs })
    told.push({ point: 'it', text: String(count(minute)), atMs, nowMs: stage.baseMs + 60_000 * arrival(minute) })
  }
  told.sort((a, b) => a.nowMs - b.nowMs)
  for (const { point, text, atMs, nowMs } of told) tell(stage, point, text, atMs, Math.floor(nowMs))
  finish(stage.pipeline.core)
  return stage
}

/** The last energy and PUE rows, without revision, state and rows of which nothing is known. */
function lastRows({ rows }: Stage): Map<string, Record<string, unknown>> {
  const last = new Map<string, Record<string, unknown>>()
  for (const { measurement, tags, fields, timeMs } of rows) {
    if ((measurement !== 'energy' && measurement !== 'pue') || tags['window'] === 'live') continue
    const { revision: _, state: __, ...numbers } = fields
    last.set([measurement, ...Object.values(tags), timeMs].join(' '), numbers)
  }
  for (const [key, { coverage }] of last) if (coverage === 0) last.delete(key)
  return last
}

const random = createRandom(11)
const DICE = Array.from({ length: MINUTES + 1 }, () => random.next())

/** When the gateway sends the readings that it stored, in minutes behind its return. */
const ORDERS: [string, (minute: number) => number][] = [
  ['rising', (minute) => (minute - LEFT) / 1000],
  ['falling', (minute) => (BACK - minute) / 1000],
  ['shuffled', (minute) => DICE[minute]!],
  ['rising, an hour later', (minute) => 60 + (minute - LEFT) / 1000],
  ['shuffled over ten minutes, three hours later', (minute) => 180 + 10 * DICE[minute]!],
]

/** Stories in which the register is suspended at an edge of its gap: that is open for an hour or so (D116). */
const SUSPENDED = new Set(['shows zeros until it is back', 'begins anew', 'begins anew before it is back'])

describe.each(['maxKw: 100,', ''])('a register (%s)', (register) => {
  describe.each(STORIES)('%s', (story, count) => {
    const inOrder = lastRows(tenHours(register, count, (minute) => minute))
    test.each(ORDERS)('%s', (__, sent) => {
      const isStored = (minute: number) => minute > LEFT && minute < BACK
      const late = tenHours(register, count, (minute) => (isStored(minute) ? BACK + 0.5 + sent(minute) : minute))
      const isWhole = late.pipeline.counts[TOO_LATE] === 0
      expect(isWhole || SUSPENDED.has(story)).toBe(true)
      const told = lastRows(late)
      expect(told).toEqual(isWhole ? inOrder : withEnergiesOf(told, inOrder))
    })
  })
})

/** Rows with the energies that others say: what is known is right, and PUE is of what is known. */
function withEnergiesOf(rows: Map<string, Record<string, unknown>>, others: Map<string, Record<string, unknown>>) {
  return new Map(
    [...rows].map(([key, row]) => [
      key,
      key.startsWith('energy') ? { ...row, energy_j: others.get(key)?.['energy_j'] } : row,
    ]),
  )
}
