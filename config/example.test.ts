/**
 * A site's configuration under test, here with vitest: what a recording comes to, before a daemon runs with it. Install
 * coldaisle as a development dependency (Node 24 or newer); in place of the demonstration's site goes your own file.
 */
import { fileURLToPath } from 'node:url'
import { packetLine, replayLines, rowsOf, siteFromFile, siteFromText } from 'coldaisle/testing'
import { expect, test } from 'vitest'

const site = siteFromFile(fileURLToPath(import.meta.resolve('coldaisle/config/demo.yaml')))
const START_MS = Date.parse('2026-03-02T10:00:00Z')
/** One stamp every 10 s for half an hour. */
const STAMPS_MS = Array.from({ length: 181 }, (_, i) => START_MS + i * 10_000)

/** A device's packet, which arrives 20 ms after its stamp. For a recorded file there is `await replayFile(site, file)`. */
function sent(topic: string, tMs: number, numbers: Record<string, number>): string {
  return packetLine({ topic, nowMs: tMs + 20, payload: JSON.stringify({ ts: tMs, ...numbers }), retain: false })
}

/** The feed carries 120 kW, each UPS 40 kW. */
function evenLoad(tMs: number): string[] {
  const countKwh = 5000 + (40 * (tMs - START_MS)) / 3_600_000
  return [
    sent('demo/utility', tMs, { kw: 120 }),
    ...['demo/ups/1', 'demo/ups/2'].map((topic) => sent(topic, tMs, { kw: 40, energy_kwh: countKwh })),
  ]
}

test('the PUE is facility over IT, of known time', () => {
  const replayed = replayLines(site, STAMPS_MS.flatMap(evenLoad))
  expect(replayed.summary.outcomes.accepted).toBe(replayed.summary.readings)
  const ends = rowsOf(replayed, 'pue', { boundary: 'demo', window: '5m' })
  const half = ends.find(({ timeMs }) => timeMs === START_MS + 30 * 60_000)
  expect(half?.fields.pue).toBeCloseTo(1.5, 3)
  expect(half?.fields.coverage).toBe(1)
})

test('air above the recommended range for longer than the on-delay raises one alarm', () => {
  const lines = STAMPS_MS.map((tMs) => sent('demo/h1/r1/inlet', tMs, { t: 28.5, rh: 40 }))
  const alarms = rowsOf(replayLines(site, lines), 'alarm', { alarm: 'inlet_recommended' })
  expect(alarms.map(({ tags, fields }) => [tags.source, fields.state])).toEqual([['h1-r1', 'raised']])
  expect(alarms[0]?.timeMs).toBe(START_MS + site.config.alarms.inlet_recommended.onDelayS * 1000)
})

test('what cannot be read is counted by name', () => {
  const { summary } = replayLines(site, ['no packet', sent('demo/outdoor', START_MS, { t: 85, rh: 40 })])
  expect(summary.outcomes).toMatchObject({ bad_line: 1, out_of_range: 1 })
  expect(summary.badLines).toEqual([expect.stringContaining('line 1 is not JSON')])
})

test('a configuration with faults is refused, all of them at once', () => {
  const text = 'site: { id: dc5, timezone: Europe/Pari }\npoints: { main: { topic: dc5/main, unit: kwatt } }'
  expect(() => siteFromText(text)).toThrow(/^site\.yaml:1:.*timezone.*\n(.*\n)*site\.yaml:2:.*unit/)
})
