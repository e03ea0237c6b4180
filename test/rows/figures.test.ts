/** Which rows still speak of the present: what others show must not be a number of yesterday. */
import { expect, test } from 'vitest'
import { figuresOf } from '../../src/rows/figures/figures.ts'
import { createNewestRows } from '../../src/rows/figures/newest.ts'
import { stateTopics } from '../../src/rows/figures/state-topics.ts'
import { announcements } from '../../src/rows/figures/home-assistant.ts'
import { createSeriesBook } from '../../src/rows/frames/series.ts'
import { siteOf } from '../servers/daemon.ts'
import { newRows } from './new-rows.ts'

const site = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: "mqtt://127.0.0.1" }
core: { windows: [1h] }
publish: { windows: [live, 1h] }
points:
  main: { topic: main, unit: kW, everyS: 60, role: facility }
  it: { topic: it, unit: kWh, register: {}, everyS: 900, role: it }
boundaries: { dc: { facility: [main], it: [it] }, a_b: { facility: [main], it: [it] }, a: { facility: [main], it: [it] } }
`)
const AT_MS = Date.parse('2026-03-02T10:00:00Z')
const MINUTE_MS = 60_000

function figuresAt(minutes: number) {
  const book = createSeriesBook()
  const newest = createNewestRows(book)
  const pue = (window: string, timeMs: number, ratio: number) => ({
    measurement: 'pue' as const,
    tags: { site: 'dc', boundary: 'dc', window, category: '1' },
    fields: { pue: ratio, coverage: 1, name: 'iPUE', state: 'provisional' },
    timeMs,
  })
  const energy = (point: string, timeMs: number, fields: object) => ({
    measurement: 'energy' as const,
    tags: { site: 'dc', point, role: point },
    fields: { energy_j: 1, coverage: 0, revision: 0, ...fields },
    timeMs,
  })
  for (const rows of [
    [pue('1h', AT_MS, 1.5), pue('live', AT_MS, 1.6)],
    [pue('1h', AT_MS - 5 * MINUTE_MS, 1.9)], // a correction of the past
    [energy('main', AT_MS, { mean_w: 3000, coverage: 1 }), energy('it', AT_MS - 10 * MINUTE_MS, { mean_w: 2000 })],
    [energy('it', AT_MS, {})], // the slow register has not told this minute yet
  ]) {
    newest.take(newRows(book, rows).blocks)
  }
  return figuresOf(site, newest, undefined, AT_MS + minutes * MINUTE_MS)
}

test.each([
  // minutes after the last row, then what is known of: 1h, live, facility, it
  [1, 1.5, 1.6, 3000, 2000],
  [40, 1.5, 1.6, 3000, 2000],
  [48, 1.5, undefined, 3000, 2000],
  [51, undefined, undefined, 3000, 2000],
  [60, undefined, undefined, NaN, 2000],
  [96, undefined, undefined, NaN, NaN],
])('%i min after the last row', (minutes, hour, live, facilityW, itW) => {
  const { pues, powers } = figuresAt(minutes)
  expect([pues.get('dc 1h')?.pue, pues.get('dc live')?.pue]).toEqual([hour, live])
  expect(powers.map(({ role, powerW }) => [role, powerW])).toEqual([
    ['facility', facilityW],
    ['it', itW],
  ])
})

test('names that become the same without their special characters are two sensors', () => {
  const told = announcements(stateTopics(site.config), { site: 'dc', prefix: 'ha', expireS: 180 })
  expect(told.size).toBe(3 * 2 + 2 + 1)
  for (const topic of told.keys()) expect(topic).toMatch(/^ha\/sensor\/coldaisle\/[A-Za-z0-9_-]+\/config$/)
})
