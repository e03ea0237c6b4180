/** Meters of the field that lie for a while, with the answers that were worked out by hand beside each recording. */
import { describe, expect, test } from 'vitest'
import { rowsOf, type Replayed } from '../../src/testing.ts'
import { alarmsOf, hasField, outcomesOf, pueAt, replayField, timeOf } from './cases.ts'

/** IT energy, kWh, and coverage of the hour that ends at a time of the day. */
function hourAt(replayed: Replayed, time: string) {
  const row = rowsOf(replayed, 'pue', { window: '1h' }).findLast(({ timeMs }) => timeOf(timeMs) === time)
  return { itKwh: Number(((row?.fields.it_j ?? NaN) / 3.6e6).toFixed(1)), coverage: row?.fields.coverage }
}

/** PUE of all windows, in its last row each, that differ. */
function lastPues(replayed: Replayed): string[] {
  const last = new Map<string, string | undefined>()
  for (const { timeMs, tags, fields } of rowsOf(replayed, 'pue')) {
    if (tags.window !== 'live') last.set(`${tags.window} ${timeMs}`, fields.pue?.toFixed(2))
  }
  return [...new Set(last.values())].filter((pue) => pue !== undefined)
}

describe.skipIf(!hasField)(`meters of the field${hasField ? '' : ' (skipped: ../shared/data is absent)'}`, () => {
  test.each(['counter-zero-recover', 'counter-zero-recover-maxkw'])(
    '%s: three zeros after a restart are no energy, and the count goes on across them',
    async (name) => {
      const replayed = await replayField(name)
      expect(hourAt(replayed, '12:00')).toEqual({ itKwh: 50, coverage: 1 })
      expect(pueAt(replayed, '1h', '12:00')).toBe(1.3)
      expect(lastPues(replayed)).toEqual(['1.30'])
      expect(alarmsOf(replayed, 'register')).toEqual(['11:30 raised ups', '12:30 cleared ups'])
    },
  )

  test('power-word-glitch: 41.7 MW of a meter of 200 kW cannot be', async () => {
    const replayed = await replayField('power-word-glitch')
    expect(outcomesOf(replayed)).toMatchObject({ out_of_range: 1 })
    expect(lastPues(replayed)).toEqual(['1.30'])
    expect(pueAt(replayed, '1h', '12:00')).toBe(1.3)
    expect(pueAt(replayed, '24h', '12:00')).toBe(1.3)
  })

  test('coarse-kwh-register: the truth of 1.30 lies within ±, and hours are suspect', async () => {
    const replayed = await replayField('coarse-kwh-register')
    const last = new Map(rowsOf(replayed, 'pue').map((row) => [`${row.tags.window} ${row.timeMs}`, row]))
    const rows = [...last.values()].filter(({ tags, fields }) => tags.window !== 'live' && fields.pue !== undefined)
    const off = rows.filter(({ fields: { pue = NaN, uncertainty = NaN, suspect } }) => {
      return !(Math.abs(pue - 1.3) <= uncertainty) && suspect !== true
    })
    // The day so far begins with the same reading all day: k = 2 leaves some of its ends out
    const [soFar, others] = [
      off.filter(({ tags }) => tags.window === 'day_to_date'),
      off.filter(({ tags }) => tags.window !== 'day_to_date'),
    ]
    expect(others.map(({ tags, timeMs, fields }) => `${tags.window} ${timeOf(timeMs)} ${fields.pue}`)).toEqual([])
    expect(soFar.length).toBeLessThan(0.05 * rows.filter(({ tags }) => tags.window === 'day_to_date').length)
    // Of 8.45 and 6.5 kWh, whole ones: 2 × 1.3 × √((1/8.45)² + (1/6.5)²) / √6 is 0.206
    const hours = rows.filter(({ tags }) => tags.window === '1h').slice(60)
    expect(Math.min(...hours.map(({ fields }) => fields.uncertainty ?? NaN))).toBeGreaterThan(0.17)
    expect(Math.max(...hours.map(({ fields }) => fields.uncertainty ?? NaN))).toBeLessThan(0.25)
    expect(hours.every(({ fields }) => fields.suspect === true)).toBe(true)
    // Of 202.8 and 156 kWh: 2 × √((1.3 × 0.005)² × 2 + (1.3/√2)² × (1/202.8² + 1/156²)) / √3
    const day = rows.findLast(({ tags }) => tags.window === '24h')
    expect(day?.fields.uncertainty).toBeCloseTo(0.0136, 3)
    expect(day?.fields.suspect).toBe(false)
  })

  test('day-counter: declared as one it loses a step a day, without a word', async () => {
    const replayed = await replayField('day-counter', { points: { it: { register: { resets: 'daily' } } } })
    expect(alarmsOf(replayed, 'register')).toEqual([])
    expect(rowsOf(replayed, 'quality')).toEqual([])
    expect(lastPues(replayed)).toEqual(['1.30'])
    const days = rowsOf(replayed, 'pue', { window: 'day' }).map(({ fields }) => fields.coverage ?? 0)
    expect(Math.min(...days.slice(1))).toBeGreaterThanOrEqual(0.9965)
  })
})
