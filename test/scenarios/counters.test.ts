/**
 * How others count, and where we differ. The counters and the answers of Prometheus are those of its own tests
 * (promql/promqltest/testdata/functions.test, Apache-2.0: `resets`, `increase`, `rate`); the rule of emoncms is described
 * from its process list. Increases are those of all samples, before Prometheus extrapolates them to its window's edges (which
 * a register need not: a step is spread over its own time). One count is 1 kWh, read every 5 minutes; a rating is declared, so that every fall is judged.
 */
import { describe, expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { verdictAt } from '../../src/core/energy/register/register.ts'
import { createStage, siteOf, tell, type Stage } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { intervalS: 300, latenessS: 7200, windows: [15m] }
points:
  it: { topic: it, unit: kWh, everyS: 300, maxKw: 1000, register: {}, role: it }
`

/** `0+27x4` is 0 and four steps of 27, as Prometheus writes it. */
function countsOf(written: string): number[] {
  return written.split(' ').flatMap((word) => {
    const [, from, step, times] = /^(\d+)\+(\d+)x(\d+)$/.exec(word) ?? [undefined, word, '0', '0']
    return Array.from({ length: Number(times) + 1 }, (_, n) => Number(from) + n * Number(step))
  })
}

/** The register read with each count in turn, `everyS` apart. */
function read(counts: readonly number[], everyS = 300, site = SITE): Stage {
  const stage = createStage(siteOf(site))
  for (const [n, count] of counts.entries()) {
    const tMs = stage.baseMs + n * everyS * 1000
    tell(stage, 'it', String(count), tMs, tMs)
  }
  finish(stage.pipeline.core)
  return stage
}

/** Falls that were taken for a reset or a swap. */
function resetsOf({ pipeline: { core } }: Stage): number {
  const verdicts = Array.from({ length: core.samples.count[0]! }, (_, n) =>
    verdictAt(core.samples, 0, core.plan.points[0]!, n),
  )
  return verdicts.filter((verdict) => verdict === 'reset' || verdict === 'swap').length
}

/** kWh counted, and the minutes of which nothing is known. */
function countedOf({ rows }: Stage): { kwh: number; unknownMin: number } {
  const last = new Map(rows.map((row) => [row.timeMs, row.fields]))
  const settled = [...last.values()].slice(0, -1) // the interval that the last reading begins
  return {
    kwh: settled.reduce((sum, { energy_j }) => sum + Number(energy_j ?? 0), 0) / 3.6e6,
    unknownMin: settled.reduce((sum, { coverage }) => sum + 5 * (1 - Number(coverage)), 0),
  }
}

describe('resets() of Prometheus', () => {
  test.each([
    ['a counter that restarts', '1 2 3 4 5 1 2 3 4 5', 1],
    ['one that never falls', '0 0 0 0 0 1 1 1 1 1', 0],
  ])('%s', (_, counts, prometheus) => {
    expect(resetsOf(read(countsOf(counts)))).toBe(prometheus)
  })

  test('a reading between two that are the same is a reset there, a digit that jitters here', () => {
    const prometheus = 3
    expect(resetsOf(read(countsOf('1 2 3 0 1 0 0 1 2 0')))).toBe(prometheus - 2) // the 1 of `0 1 0` is skipped, the last 0 is a young count like those before it
  })
})

describe('increase() and rate() of Prometheus', () => {
  test.each([
    ['without a fall', '0+10x10', 100],
    ['from 10 on', '10+10x10', 100],
    ['from 1 on', '1+10x10', 100],
    ['80 a step', '0+80x10', 800],
  ])('%s the same is counted', (_, counts, prometheus) => {
    expect(countedOf(read(countsOf(counts)))).toEqual({ kwh: prometheus, unknownMin: 0 })
  })

  test.each([
    ['restart from 0 after 90', '0+18x5 0+18x12', 306, 306, 5],
    ['restart in the middle', '0+27x4 0+27x12', 432, 432, 5],
    ['restart at the end', '0+10x9 0 10', 100, 90, 10],
  ])('%s: there from 0 on, here a gap, and an hour to be sure', (_, counts, prometheus, kwh, unknownMin) => {
    expect(countedOf(read(countsOf(counts)))).toEqual({ kwh, unknownMin })
    expect(kwh).toBeLessThanOrEqual(prometheus)
  })

  test('0 1 2 3 2 3 4: there 7 with a restart from 0, here 4 with a digit that jitters', () => {
    expect(countedOf(read(countsOf('0 1 2 3 2 3 4')))).toEqual({ kwh: 4, unknownMin: 0 })
  })
})

describe('emoncms', () => {
  const HOURLY = SITE.replace('everyS: 300', 'everyS: 3600')

  test('10.0 10.5 0.2 0.7 kWh, hourly: we count what it counts, and say that an hour is missing', () => {
    const stage = read([10, 10.5, 0.2, 0.7], 3600, HOURLY)
    expect(countedOf(stage)).toEqual({ kwh: 1, unknownMin: 60 }) // emoncms 1.0; Prometheus 1.2, from 0 on
  })

  test('a step above 60 kW is lost there; here the rating decides', () => {
    expect(countedOf(read([10, 110, 210], 3600, HOURLY))).toEqual({ kwh: 200, unknownMin: 0 })
    const rated = HOURLY.replace('maxKw: 1000', 'maxKw: 60')
    expect(countedOf(read([10, 110, 210], 3600, rated))).toEqual({ kwh: 0, unknownMin: 120 })
  })
})
