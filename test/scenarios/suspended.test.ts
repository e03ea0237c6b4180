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

function play(point: string, readings: readonly Reading[], baseMs?: number): Stage {
  const stage = createStage(siteOf(siteWith(point)), baseMs)
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

interface Told {
  readonly kwh: number
  readonly unknown: number
  readonly alarms: number
}

const CASES: [string, string, string, Told][] = [
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

/** The first count is of half past eleven at night: the one at midnight is the 31st. */
const NIGHT_MS = Date.UTC(2026, 2, 1, 23, 30)
const NIGHTS: [string, string, Told, unrated?: Told][] = [
  ['midnight', '1400 +30 0 +60', { kwh: 29 + 59, unknown: 1, alarms: 0 }],
  ['midnight by a clock that is five minutes ahead', '1400 +25 0 +60', { kwh: 24 + 59, unknown: 1, alarms: 0 }],
  ['no load from before midnight on', '1400 +25 1424 x 5 0 x 40', { kwh: 24, unknown: 1, alarms: 0 }],
  ['three zeros just before midnight', '1400 +22 0 x 3 1425 +5 0 +30', { kwh: 29 + 29, unknown: 1, alarms: 1 }],
  ['zeros that begin earlier', '1400 +13 0 x 12 1425 +5 0 +30', { kwh: 29 + 29, unknown: 1, alarms: 1 }],
  ['zeros just behind midnight', '1400 +30 0 +3 0 x 3 6 +30', { kwh: 29 + 35, unknown: 1, alarms: 1 }],
  ['40 minutes of zeros behind it', '1400 +30 0 +3 0 x 40 43 +30', { kwh: 29 + 72, unknown: 1, alarms: 1 }],
  ['zeros over midnight', '1400 +15 0 x 21 6 +30', { kwh: 14 + 29, unknown: 22, alarms: 1 }],
  [
    'zeros until long behind it: from the first count on, and with it where no rating says that it is too much',
    '1400 +15 0 x 31 16 +70',
    { kwh: 14 + 69, unknown: 32, alarms: 1 },
    { kwh: 14 + 85, unknown: 31, alarms: 1 },
  ],
]

describe('a day counter around midnight', () => {
  test.each(NIGHTS)('%s: %s', (_, written, rated, unrated = rated) => {
    const readings = countsOf(written).map((count, minute) => ({ minute, count }))
    for (const point of ['maxKw: 100, register: { resets: daily }', 'register: { resets: daily }']) {
      const told = point.startsWith('maxKw') ? rated : unrated
      expect({ point, ...toldBy(play(point, readings, NIGHT_MS), readings.length - 1) }).toEqual({ point, ...told })
      for (const seed of [1, 2, 3]) {
        const stage = play(point, shuffled(readings, seed), NIGHT_MS)
        const { kwh, unknown } = toldBy(stage, readings.length - 1)
        expect({ point, seed, kwh, unknown }).toEqual({ point, seed, kwh: told.kwh, unknown: told.unknown })
      }
    }
  })
})
