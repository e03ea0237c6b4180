/**
 * One gateway that is gone, that is days behind, or whose clock is ahead stops neither closing nor settlement of what
 * the others measure: live, and in a replay of the same packets.
 */
import { describe, expect, test } from 'vitest'
import { settledThroughMs } from '../../src/core/closing.ts'
import { finish } from '../../src/core/core.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createReplay, endReplay, replayLine } from '../../src/fold/replay.ts'
import type { Row } from '../../src/rows/rows.ts'
import { createStage, siteOf } from './scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
core: { intervalS: 300, windows: [1h, day] }
points:
  main: { topic: main, unit: kW, everyS: 300, role: facility }
  it: { topic: it, unit: kW, everyS: 300, role: it }
  other: { topic: other, unit: kW, everyS: 300 }
  '{r1,r2}-t': { topic: '{r1,r2}', unit: °C, everyS: 300, stuckAfterS: 0 }
boundaries:
  dc: { facility: [main], it: [it] }
inlets:
  r1: { dryBulb: r1-t, moisture: unmeasured, hall: h1 }
  r2: { dryBulb: r2-t, moisture: unmeasured, hall: h2 }
`)

const DAY = 288
const STEPS = 5 * DAY
const STEP_MS = 300_000

/** Of which steps the gateway with `other` and `r2` sends readings at a step, and how far its clock is ahead. */
type Habit = (step: number) => { steps: readonly number[]; aheadMs: number }

/** Silent from day 1 on; from day 3.5 on it sends the oldest it has, one reading at a time, and never catches up. */
const trickling: Habit = (step) => ({
  steps: step <= DAY ? [step] : step < 3.5 * DAY ? [] : [DAY + step - 3.5 * DAY],
  aheadMs: 0,
})

const HABITS: [string, Habit][] = [
  ['is decommissioned after a day', (step) => ({ steps: step <= DAY ? [step] : [], aheadMs: 0 })],
  ['trickles readings that are days old', trickling],
  ['has a clock that is 50 s ahead', (step) => ({ steps: [step], aheadMs: 50_000 })],
  ['has a clock that is an hour ahead: nothing of it is taken', (step) => ({ steps: [step], aheadMs: 3_600_000 })],
]

/** `stamped`: the others say when they measured; if not, their readings count at their arrival. */
function packetsOf(baseMs: number, habit: Habit, stamped: boolean) {
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const nowMs = baseMs + step * STEP_MS
    const at = (topic: string, value: number, tMs: number) => ({
      nowMs,
      topic,
      payload: `{"value":${value},"ts":${tMs}}`,
    })
    const { steps, aheadMs } = habit(step)
    const others = steps.flatMap((it) => {
      const tMs = baseMs + it * STEP_MS + aheadMs
      return [at('other', 5, tMs), at('r2', 24, tMs)]
    })
    const own = (topic: string, value: number) =>
      stamped ? at(topic, value, nowMs) : { nowMs, topic, payload: String(value) }
    return [own('main', 150), own('it', 100), own('r1', 24), ...others]
  })
}

const CASES = HABITS.flatMap(([name, habit]) => [
  [`${name}, beside others that stamp`, habit, true] as const,
  [`${name}, beside others without stamps`, habit, false] as const,
])

describe.each(CASES)('a gateway that %s', (_, habit, stamped) => {
  const stage = createStage(SITE)
  const packets = packetsOf(stage.baseMs, habit, stamped)
  const behindMs: { closed: number; settled: number }[] = []
  for (const together of packets) {
    for (const packet of together) accept(stage.pipeline, { ...packet, retain: false })
    const { core } = stage.pipeline
    const nowMs = together[0]!.nowMs
    behindMs.push({ closed: nowMs - core.nextClose * STEP_MS, settled: nowMs - settledThroughMs(core) })
  }
  finish(stage.pipeline.core)

  test('leaves the others closed within the bound, and settled a quarter of an hour and their longest gap later', () => {
    // What has no stamps is closed by the clock, once the stamped ones are idle
    const boundMs = SITE.plan.boundMs + (stamped ? 0 : SITE.plan.idleMs)
    const { latenessMs } = SITE.plan
    const gapMs = Math.max(...SITE.plan.points.map(({ maxGapMs }) => maxGapMs))
    const last = behindMs.slice(DAY)
    expect(Math.max(...last.map(({ closed }) => closed))).toBeLessThan(boundMs + 2 * STEP_MS)
    expect(Math.max(...last.map(({ settled }) => settled))).toBeLessThan(boundMs + latenessMs + gapMs + 2 * STEP_MS)
  })

  test('leaves their numbers known: each hour has its PUE, each inlet its air', () => {
    const last = new Map(
      stage.rows.map((row) => [`${row.measurement} ${Object.values(row.tags).join(' ')} ${row.timeMs}`, row]),
    )
    const isMeant = (timeMs: number) =>
      timeMs > stage.baseMs + 2 * DAY * STEP_MS && timeMs <= stage.baseMs + STEPS * STEP_MS
    const rows = [...last.values()].filter(({ timeMs }) => isMeant(timeMs))
    const hours = rows.filter(({ measurement, tags }) => measurement === 'pue' && tags['window'] === '1h')
    expect(hours.length).toBeGreaterThanOrEqual(3 * DAY)
    expect(hours.every(({ fields }) => fields['pue'] === 1.5 && fields['coverage'] === 1)).toBe(true)
    const air = rows.filter(({ measurement, tags }) => measurement === 'climate' && tags['inlet'] === 'r1')
    expect(air.every(({ fields }) => fields['band'] === 0)).toBe(true)
    expect(air.length).toBeGreaterThanOrEqual(3 * DAY)
  })

  test('gives the same rows in a replay', () => {
    const rows: Row[] = []
    const replay = createReplay(SITE, (row) => rows.push(row))
    for (const { nowMs, ...packet } of packets.flat()) {
      replayLine(replay, JSON.stringify({ tst: new Date(nowMs).toISOString(), ...packet }), 'line')
    }
    endReplay(replay)
    const endMs = rows.reduce(
      (most, { measurement, timeMs }) => (measurement === 'alarm' ? most : Math.max(most, timeMs)),
      0,
    )
    expect(rows.filter(isNoAlarm)).toEqual(stage.rows.filter((row) => isNoAlarm(row) && row.timeMs <= endMs))
  })
})

function isNoAlarm({ measurement }: Row): boolean {
  return measurement !== 'alarm'
}
