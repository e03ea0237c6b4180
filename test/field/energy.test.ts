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

  test('coarse-kwh-register: the truth of 1.30 lies within ±, and short windows are suspect', async () => {
    const replayed = await replayField('coarse-kwh-register')
    const off = (window: string) =>
      rowsOf(replayed, 'pue', { window }).flatMap(({ timeMs, fields }) => {
        const { pue = NaN, uncertainty = NaN, suspect } = fields
        return Math.abs(pue - 1.3) > uncertainty && suspect !== true
          ? [`${timeOf(timeMs)} ${pue} ± ${uncertainty}`]
          : []
      })
    expect([...off('5m'), ...off('1h'), ...off('24h'), ...off('day')]).toEqual([])
    // r / √2 of 8.45 kWh and of 6.5 kWh: 2 × √(0.109² + 0.141²) / √3
    const hours = rowsOf(replayed, 'pue', { window: '1h' }).slice(60)
    const plus = hours.map(({ fields }) => fields.uncertainty ?? NaN)
    expect(Math.min(...plus)).toBeGreaterThan(0.17)
    expect(Math.max(...plus)).toBeLessThan(0.25)
    expect(hours.every(({ fields }) => fields.suspect === true)).toBe(true)
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
