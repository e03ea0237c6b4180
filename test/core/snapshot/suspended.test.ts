/** A register is suspended when the core is saved: the one that is restored goes on with the same rows. */
import { expect, test } from 'vitest'
import { finish } from '../../../src/core/core.ts'
import { restoreCore, saveCore } from '../../../src/core/snapshot/snapshot.ts'
import { createPipeline } from '../../../src/fold/pipeline.ts'
import { createRowSink } from '../../../src/rows/rows.ts'
import { createStage, siteOf, tell } from '../../scenarios/scenario.ts'

function siteWith(point: string) {
  return siteOf(`
site: { id: dc, timezone: UTC }
core: { latenessS: 300, boundS: 60, windows: [5m, 1h] }
points:
  main: { topic: main, unit: kW, everyS: 60, role: facility }
  it: { topic: it, unit: kWh, everyS: 60, ${point}, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`)
}

/** All rows of a day in which the core is saved and restored at each of the minutes `stops`. */
function rowsOf(point: string, countAt: (minute: number) => number, stops: (minute: number) => boolean): string[] {
  const site = siteWith(point)
  let stage = createStage(site)
  for (let minute = 0; minute < 240; minute++) {
    if (stops(minute)) {
      const { sections } = saveCore(stage.pipeline.core, site, undefined)
      const pipeline = createPipeline(
        site,
        createRowSink(site, (row) => stage.rows.push(row)),
      )
      pipeline.nowMs = stage.pipeline.nowMs
      if (!restoreCore(pipeline.core, site, sections)) throw new Error('the snapshot was not taken')
      stage = { ...stage, pipeline }
    }
    const tMs = stage.baseMs + minute * 60_000
    tell(stage, 'main', '90', tMs, tMs)
    tell(stage, 'it', String(countAt(minute)), tMs, tMs)
  }
  finish(stage.pipeline.core)
  return stage.rows.map((row) => JSON.stringify(row))
}

const isIn = (minute: number, from: number, to: number) => minute >= from && minute < to
const DAYS: [string, (minute: number) => number][] = [
  ['zeros for 50 minutes, then the old count', (minute) => (isIn(minute, 60, 110) ? 0 : 5000 + minute)],
  ['young counts, then the old count', (minute) => (isIn(minute, 60, 100) ? minute - 60 : 5000 + minute)],
  ['zeros for hours', (minute) => (isIn(minute, 60, 200) ? 0 : 5000 + minute)],
  ['another meter', (minute) => (minute < 60 ? 5000 : 20 - 60) + minute],
]

/** Midnight is at 1:00 UTC: zeros before it, a day begins, zeros again. */
const nightAt = (minute: number) => {
  if (isIn(minute, 45, 55) || isIn(minute, 65, 100)) return 0
  return minute < 60 ? 1400 + minute : minute - 60
}

test.each([
  ...DAYS.flatMap(([name, countAt]) => [
    [name, 'maxKw: 100, register: {}', countAt] as const,
    [name, 'register: {}', countAt] as const,
  ]),
  ['a day counter', 'maxKw: 100, timezone: Atlantic/Azores, register: { resets: daily }', nightAt] as const,
])('%s (%s)', (_, point, countAt) => {
  const whole = rowsOf(point, countAt, () => false)
  expect(whole.filter((row) => row.includes('"register"')).length).toBeGreaterThan(0)
  for (const every of [7, 37]) {
    expect(rowsOf(point, countAt, (minute) => minute > 0 && minute % every === 0)).toEqual(whole)
  }
})
