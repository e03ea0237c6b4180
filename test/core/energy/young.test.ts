/** A meter that began anew and reports ten times as fast as declared: its confirmed hour counts whole. */
import { expect, test } from 'vitest'
import { finish } from '../../../src/core/core.ts'
import { createStage, siteOf, tell } from '../../scenarios/scenario.ts'

function siteWith(point: string) {
  return siteOf(`
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 60, windows: [5m] }
points:
  it: { topic: it, unit: kWh, everyS: 60, ${point}, role: it }
boundaries: {}
`)
}

/** 60 kW: half an hour of an old meter, then a new one. kWh of the new one's first hour and a half. */
function countedKwh(point: string, everyS: number, jitter: boolean): number {
  const site = siteWith(point)
  const stage = createStage(site)
  for (let s = 0; s <= 7200; s += everyS) {
    const count = s < 1800 ? 5000 + s / 60 : (s - 1800) / 60
    const wobble = jitter && (s / everyS) % 17 === 3 ? -0.4 : 0
    const tMs = stage.baseMs + s * 1000
    tell(stage, 'it', String(count + wobble), tMs, tMs)
  }
  finish(stage.pipeline.core)
  const last = new Map(
    stage.rows.filter(({ measurement }) => measurement === 'energy').map((row) => [row.timeMs, row.fields]),
  )
  const joules = [...last]
    .filter(([timeMs]) => timeMs > stage.baseMs + 1_860_000 && timeMs <= stage.baseMs + 7_200_000)
    .map(([, fields]) => Number(fields['energy_j'] ?? 0))
  return joules.reduce((sum, it) => sum + it, 0) / 3.6e6
}

test.each([60, 6, 2])('every %d s', (everyS) => {
  for (const point of ['maxKw: 100, register: {}', 'register: {}']) {
    expect(countedKwh(point, everyS, false)).toBeCloseTo(89, 3)
    expect(countedKwh(point, everyS, true)).toBeCloseTo(89, 0)
  }
})
