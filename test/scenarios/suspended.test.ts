/**
 * Registers that lie for a while, and those that really begin anew: what counts, how long it is unknown, what is said.
 * A meter carries 60 kW and is read every minute, so it counts 1 kWh between two readings. Each row is read in order, and
 * out of order by up to eight minutes: the answer is the same.
 */
import { describe, expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { createRandom } from '../../simulators/random.ts'
import { createStage, siteOf, tell, type Stage } from './scenario.ts'

const RATED = 'maxKw: 100, register: {}'
const UNRATED = 'register: {}'
const WRAPS = 'maxKw: 100, register: { rolloverAt: 1000000 }'

function siteWith(point: string): string {
  return `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 60, windows: [5m] }
points:
  it: { topic: it, unit: kWh, everyS: 60, ${point}, role: it }
boundaries: {}
`
}

/** Counts, one a minute. `+30` goes on for so many minutes, `0 x 15` stands still for so long, `-` is no reading. */
function countsOf(written: string): string[] {
  const counts: string[] = []
  for (const [, first, more, times] of written.matchAll(/(-|[\d.]+)(?: \+(\d+)| x (\d+))?/g)) {
    const [from, step] = [Number(first), more === undefined ? 0 : 1]
    const minutes = Number(more ?? times ?? 1)
    for (let n = 0; n < minutes; n++) counts.push(first === '-' ? '-' : String(from + n * step))
  }
  return counts
}

interface Reading {
  readonly minute: number
  readonly count: string
}

function play(point: string, readings: readonly Reading[]): Stage {
  const stage = createStage(siteOf(siteWith(point)))
  let newest = 0
  for (const { minute, count } of readings) {
    newest = Math.max(newest, minute)
    tell(stage, 'it', count, stage.baseMs + minute * 60_000, stage.baseMs + newest * 60_000)
  }
  finish(stage.pipeline.core)
  return stage
}

/** kWh counted, minutes of which nothing is known, and register alarms; without the minute behind the last reading. */
function toldBy({ rows, baseMs }: Stage, minutes: number) {
  const last = new Map(
    rows.filter(({ measurement }) => measurement === 'energy').map((row) => [row.timeMs, row.fields]),
  )
  const known = [...last].filter(([timeMs]) => timeMs <= baseMs + minutes * 60_000).map(([, fields]) => fields)
  return {
    kwh: Math.round(known.reduce((sum, { energy_j: joules }) => sum + Number(joules ?? 0), 0) / 3600) / 1000,
    unknown: known.filter(({ coverage }) => coverage === 0).length,
    alarms: rows.filter(({ tags, fields }) => tags['alarm'] === 'register' && fields['state'] === 'raised').length,
  }
}

const CASES: [string, string, string, { kwh: number; unknown: number; alarms: number }][] = [
  ['three zeros', RATED, '5000 +30 0 x 3 5033 +30', { kwh: 62, unknown: 0, alarms: 1 }],
  ['three zeros', UNRATED, '5000 +30 0 x 3 5033 +30', { kwh: 62, unknown: 0, alarms: 1 }],
  ['three zeros', WRAPS, '5000 +30 0 x 3 5033 +30', { kwh: 62, unknown: 0, alarms: 1 }],
  ['a quarter of an hour of zeros', RATED, '5000 +30 0 x 15 5045 +30', { kwh: 74, unknown: 0, alarms: 1 }],
  ['a quarter of an hour of zeros', UNRATED, '5000 +30 0 x 15 5045 +30', { kwh: 74, unknown: 0, alarms: 1 }],
  ['two hours of zeros', RATED, '5000 +30 0 x 120 5150 +30', { kwh: 179, unknown: 0, alarms: 1 }],
  ['young counts', RATED, '5000 +30 0 +10 5040 +30', { kwh: 69, unknown: 0, alarms: 1 }],
  ['young counts', UNRATED, '5000 +30 0 +10 5040 +30', { kwh: 69, unknown: 0, alarms: 1 }],
  ['young counts that begin again and again', RATED, '5000 +30 0 +5 0 +5 5040 +30', { kwh: 69, unknown: 0, alarms: 1 }],
  ['an old count that stands', RATED, '5000 +30 4990 x 5 5035 +30', { kwh: 64, unknown: 0, alarms: 1 }],
  ['an old count that stands', UNRATED, '5000 +30 4990 x 5 5035 +30', { kwh: 64, unknown: 0, alarms: 1 }],
  ['an old count that counts on', RATED, '5000 +30 4990 +5 5035 +30', { kwh: 64, unknown: 0, alarms: 1 }],
  ['another meter', RATED, '5000 +30 20 +61', { kwh: 29 + 60, unknown: 1, alarms: 1 }],
  ['another meter', UNRATED, '5000 +30 20 +61', { kwh: 29 + 60, unknown: 1, alarms: 1 }],
  ['another meter, less than an hour ago', RATED, '5000 +30 20 +60', { kwh: 29, unknown: 60, alarms: 1 }],
  ['it began anew at 0, and passes its old count', RATED, '10 +30 0 +80', { kwh: 29 + 79, unknown: 1, alarms: 1 }],
  ['a return later than an hour', RATED, '5000 +30 20 +70 5100 +30', { kwh: 29 + 69 + 29, unknown: 2, alarms: 2 }],
  ['one zero is a spike', RATED, '5000 +30 0 5031 +30', { kwh: 60, unknown: 0, alarms: 0 }],
  ['zeros before the first count', UNRATED, '0 x 5 5000 +30', { kwh: 29, unknown: 1, alarms: 1 }],
  [
    'a feeder that takes a load over',
    UNRATED,
    '5000 x 30 5003 5007 5011 5014 5018',
    { kwh: 18, unknown: 0, alarms: 0 },
  ],
]

/** Readings of up to eight minutes change places. */
function shuffled(readings: readonly Reading[], seed: number): Reading[] {
  const random = createRandom(seed)
  return readings
    .map((reading) => ({ reading, at: reading.minute + random.int(0, 8) }))
    .sort((a, b) => a.at - b.at)
    .map(({ reading }) => reading)
}

describe('a register that falls', () => {
  test.each(CASES)('%s (%s): %s', (_, point, written, told) => {
    const counts = countsOf(written)
    const readings = counts.map((count, minute) => ({ minute, count })).filter(({ count }) => count !== '-')
    expect(toldBy(play(point, readings), counts.length - 1)).toEqual(told)
    for (const seed of [1, 2, 3]) {
      const { kwh, unknown } = toldBy(play(point, shuffled(readings, seed)), counts.length - 1)
      expect({ seed, kwh, unknown }).toEqual({ seed, kwh: told.kwh, unknown: told.unknown })
    }
  })
})
