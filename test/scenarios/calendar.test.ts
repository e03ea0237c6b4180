import { expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import type { Row } from '../../src/rows/rows.ts'
import { createStage, scenario, siteOf, tell } from './scenario.ts'

const WINDOWS = '[15m, 1h, 24h, 7d, 30d, 365d, day, month, year]'

function siteWith(windows: string): string {
  return `
site: { id: dc, timezone: Europe/Paris }
core: { intervalS: 900, latenessS: 900, boundS: 60, windows: ${windows} }
points:
  main: { topic: main, unit: W, everyS: 900, role: facility }
  it: { topic: it, unit: W, everyS: 900, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`
}

test('a day of 23 hours: 100 kW are 2,300 kWh', () =>
  scenario(
    siteWith('[day]'),
    `
    from 2026-03-28T23:00Z   # midnight in Paris
    0:00 to 22:45 every 900 s  main 100000  it 80000   => no pue day
    23:00  main 100000  it 80000                       => no pue day
    23:15  main 100000  it 80000                       => pue day 23:00 1.25 coverage 1.00 facility 8280000000 it 6624000000`,
  ))

test('a day of 25 hours: 100 kW are 2,500 kWh', () =>
  scenario(
    siteWith('[day]'),
    `
    from 2026-10-24T22:00Z
    0:00 to 24:45 every 900 s  main 100000  it 80000   => no pue day
    25:00 to 25:15 every 900 s  main 100000  it 80000  => pue day 25:00 1.25 coverage 1.00 facility 9000000000 it 7200000000`,
  ))

test('the running day begins anew at midnight; its coverage is of the time up to now', () =>
  scenario(
    siteWith('[day]'),
    `
    from 2026-06-10T21:30Z   # half an hour before midnight in Paris
    0:00 to 1:15 every 900 s  main 100000  it 80000
             => pue day_to_date 0:15 nothing facility  90000000 coverage 0.0105
             => pue day_to_date 0:30 nothing facility 180000000 coverage 0.0208
             => pue day_to_date 0:45 1.25    facility  90000000 coverage 1.00
             => pue day_to_date 1:00 1.25    facility 180000000 coverage 1.00
             => pue day         0:30 nothing facility 180000000 coverage 0.0208`,
  ))

test('a late reading corrects the running day and the day that has ended', () =>
  scenario(
    siteWith('[day]').replace('latenessS: 900', 'latenessS: 3600'),
    `
    from 2026-06-09T22:00Z
    0:00 to 24:15 every 900 s  main 100000  it 80000   => so far
    23:57:30  main 130000  @24:16
    @24:17   => pue day_to_date 24:00 1.251953 coverage 1.00 r1
             => pue day         24:00 1.251953 coverage 1.00 r1`,
  ))

test('a year of constant load: every window is known whole, its PUE is exactly 1.2, and only 12 months are called PUE', () => {
  const stage = createStage(siteOf(siteWith(WINDOWS)), Date.UTC(2025, 11, 31, 23))
  const days = 367
  for (let tMs = stage.baseMs; tMs <= stage.baseMs + days * 86_400_000; tMs += 900_000) {
    tell(stage, 'main', '1200000', tMs, tMs)
    tell(stage, 'it', '1000000', tMs, tMs)
  }
  finish(stage.pipeline.core)
  // The newest reading lies at the start of one more interval, of which nothing else is known.
  const endMs = stage.baseMs + days * 86_400_000
  const rows = stage.rows.filter(({ measurement, timeMs }) => measurement === 'pue' && timeMs <= endMs)
  const wrong = rows.filter((row) => row.fields['pue'] !== (Number(row.fields['coverage']) >= 0.5 ? 1.2 : undefined))
  expect(wrong).toEqual([])
  const ends = days * 96
  const newest = new Map<string, Row>()
  for (const row of rows) newest.set(`${row.tags['window']} ${row.timeMs}`, row)
  const lasting = { '15m': 1, '1h': 4, '24h': 96, '7d': 7 * 96, '30d': 30 * 96, '365d': 365 * 96 }
  for (const [window, intervals] of Object.entries(lasting)) {
    const ofWindow = [...newest.values()].filter(({ tags }) => tags['window'] === window)
    expect(ofWindow.length, `${window}`).toBe(ends)
    const odd = ofWindow.filter(({ fields, timeMs }) => {
      const n = (timeMs - stage.baseMs) / 900_000
      const coverage = Math.min(n, intervals) / intervals
      const name = window === '365d' && coverage >= 0.95 ? 'PUE' : 'iPUE'
      return fields['coverage'] !== coverage || fields['name'] !== name || fields['state'] !== 'settled'
    })
    expect(odd, `${window}`).toEqual([])
  }
  const count = (window: string) => [...newest.values()].filter(({ tags }) => tags['window'] === window).length
  expect([count('day'), count('month'), count('year')]).toEqual([367, 12, 1])
  for (const to of ['day_to_date', 'month_to_date', 'year_to_date']) expect(count(to), `${to}`).toBe(ends)
  const calendar = [...newest.values()].filter(({ tags }) => /day|month|year/.test(tags['window'] ?? ''))
  expect(calendar.filter(({ fields }) => fields['coverage'] !== 1)).toEqual([])
  expect(calendar.filter(({ fields }) => fields['name'] === 'PUE').map(({ tags }) => tags['window'])).toEqual(['year'])
  const year = calendar.find(({ tags }) => tags['window'] === 'year')
  expect(year?.fields).toMatchObject({ facility_j: 1_200_000 * 365 * 86_400, it_j: 1_000_000 * 365 * 86_400 })
  expect(year?.timeMs).toBe(Date.UTC(2026, 11, 31, 23))
}, 240_000)

test('12 months known for less than 95 % are an iPUE, known for 95 % a PUE', () => {
  const stage = createStage(siteOf(siteWith('[365d]')), Date.UTC(2026, 0, 1))
  const year = 365 * 96
  // Nothing is known of the first 1,753 intervals; 5 % of a year are 1,752.
  for (let n = 0; n <= year + 2; n++) {
    if (n > 0 && n < 1753) continue
    const tMs = stage.baseMs + n * 900_000
    tell(stage, 'main', '1200000', tMs, tMs)
    tell(stage, 'it', '1000000', tMs, tMs)
  }
  finish(stage.pipeline.core)
  const at = (n: number) =>
    stage.rows.findLast(({ tags, timeMs }) => tags['window'] === '365d' && timeMs === stage.baseMs + n * 900_000)
      ?.fields
  expect(at(year)).toMatchObject({ name: 'iPUE', coverage: 1 - 1753 / year, pue: 1.2 })
  expect(at(year + 1)).toMatchObject({ name: 'PUE', coverage: 0.95, pue: 1.2 })
})
