/**
 * A year of hourly readings of a real room in which the cooling failed, judged reading by reading and as a site would: how
 * many are too warm and too cold is what others counted. The record lies beside the project and is never part of it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { finish } from '../../../src/core/core.ts'
import { envelope, violations } from '../../../src/core/air/envelope.ts'
import { toBase, UNITS } from '../../../src/ingest/units.ts'
import { createStage, siteOf, tell } from '../../scenarios/scenario.ts'

const DATA = join(import.meta.dirname, '../../../../shared/data')
const FILE = join(DATA, 'nab/ambient_temperature_system_failure.csv')
const absent = existsSync(FILE) ? '' : ' (SKIPPED: ../shared/data/nab is absent)'

interface Truth {
  'nab-ambient_temperature_system_failure': {
    rows: number
    celsius: { min: number; max: number; rows_gt_27: number; rows_lt_18: number }
  }
}

/** A year minute by minute, beside other tests. */
const YEAR = { timeout: 240_000 }
const HOURLY = `
site: { id: room, timezone: UTC, corrosion: low }
core: { intervalS: 900, windows: [366d] }
points:
  t: { topic: t, unit: °F, everyS: 3600, maxGapS: 3600 }
inlets:
  room: { dryBulb: t, class: A1 }
alarms: { stale: { enabled: false } }
`

describe.skipIf(absent !== '')(`a year of a room${absent}`, () => {
  const truth = (): Truth['nab-ambient_temperature_system_failure'] =>
    (JSON.parse(readFileSync(join(DATA, 'ground-truth-A.json'), 'utf8')) as Truth)[
      'nab-ambient_temperature_system_failure'
    ]

  function readings(): { tMs: number; fahrenheit: string }[] {
    return readFileSync(FILE, 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((line) => {
        const [stamp = '', fahrenheit = ''] = line.split(',')
        return { tMs: Date.parse(`${stamp.replace(' ', 'T')}Z`), fahrenheit }
      })
  }

  test('reading by reading', () => {
    const { rows, celsius } = truth()
    const room = envelope('2021r', 'A1', 0, 'low')
    const all = readings().map(({ fahrenheit }) => toBase(UNITS['°F']!, Number(fahrenheit)))
    const breaking = (bit: number) => all.filter((tC) => (violations(room, tC, NaN, NaN) >> bit) & 1).length
    expect(all).toHaveLength(rows)
    expect(Math.min(...all)).toBeCloseTo(celsius.min, 6)
    expect(Math.max(...all)).toBeCloseTo(celsius.max, 6)
    expect(breaking(1), 'above 27 °C').toBe(celsius.rows_gt_27)
    expect(breaking(0), 'below 18 °C').toBe(celsius.rows_lt_18)
  })

  test('as a site sees it: each quarter of an hour, once for every reading where they come hourly', YEAR, () => {
    const stage = createStage(siteOf(HOURLY))
    for (const { tMs, fahrenheit } of readings()) tell(stage, 't', fahrenheit, tMs, tMs)
    finish(stage.pipeline.core)
    const warm = new Set<number>()
    for (const { measurement, fields, timeMs } of stage.rows) {
      if (measurement === 'climate' && String(fields['violations']).includes('recommended_dry_bulb_max')) {
        warm.add(Math.ceil(timeMs / 3_600_000))
      }
    }
    expect(stage.pipeline.counts[0]).toBe(truth().rows)
    expect(warm.size).toBe(truth().celsius.rows_gt_27)
    // Hourly readings cannot show 5 K in 15 min, nor be called known over an hour's stretch without two of them.
    const rated = stage.rows.filter(({ measurement, fields }) => measurement === 'climate' && 'rate_15min_k' in fields)
    expect(rated).toEqual([])
  })
})
