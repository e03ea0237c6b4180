/** What a recompute takes for the past: the configuration that was in force then, the dates of the present one, or all of it. */
import { expect, test } from 'vitest'
import { createPlace, type Place } from './stage.ts'

function siteWith(it: string, points = ''): string {
  return `
site: { id: s, timezone: UTC }
core: { latenessS: 600, backlogS: 0, windows: [1m, 1h] }
points:
  main: { topic: s/main, unit: kW, everyS: 60 }
  it: { topic: s/it, unit: kW, everyS: 60${points} }
  count: { topic: s/count, unit: kWh, register: {}, everyS: 60, maxKw: 100 }
boundaries:
  s: { facility: [main], it: ${it} }
`
}

const ALL = 'main 120  it 100  count 500+60/h'

/** PUE of the minutes that end at some minutes, and the reasons of what is queued. */
async function toldBy(place: Place, ...minutes: number[]): Promise<string> {
  const rows = await place.rows(4)
  return minutes
    .map((minute) => {
      const at = new Date(Date.UTC(2026, 2, 2) + minute * 60_000).toISOString()
      const row = [...rows].find(([key]) => key.startsWith('pue ') && key.includes('window=1m') && key.endsWith(at))
      return Number(row?.[1]['pue']).toFixed(3)
    })
    .join(' ')
}

async function reasonsIn(place: Place): Promise<Record<string, string>> {
  const restated = (await place.queued()).filter(({ measurement }) => measurement === 'restatement')
  return Object.fromEntries(
    restated.map(({ tags, fields }): [string, string] => {
      const text = (value: unknown) => (value === undefined ? 'unknown' : Number(value).toFixed(3))
      return [
        `${tags['of']} ${tags['name']} ${tags['window']}`,
        `${String(fields['reason'])} ${text(fields['old'])} → ${text(fields['new'])}`,
      ]
    }),
  )
}

const BEFORE = siteWith('[it]')
const AFTER = siteWith('[{ point: it, factor: 0.5 }]')

/** Two hours under the one, an hour under the other. */
async function reloaded(next: string): Promise<Place> {
  const place = createPlace()
  await place.play(BEFORE, `0:00 to 2:00 every 60 s  ${ALL}\n0:30:30  it 40  heard 1:30`)
  await place.play(next, `2:01 to 3:00 every 60 s  ${ALL}`)
  await place.drained()
  return place
}

test('old time keeps the sums that were in force then', async () => {
  await using place = await reloaded(AFTER)
  expect(await toldBy(place, 31, 60, 170)).toBe('1.200 1.200 2.400')
  const { configuration } = await place.recompute(AFTER, '0:00')
  expect(configuration.by).toBe('dates')
  // Only what came too late is new
  expect(await toldBy(place, 31, 60, 170)).toBe('1.714 1.200 2.400')
  expect(await reasonsIn(place)).toMatchObject({
    'energy it interval': 'recompute 6000000.000 → 4200000.000',
    'pue s 1m': 'recompute 1.200 → 1.714',
  })
  // The sums of then are kept as well by what comes behind it
  expect(await place.recompute(AFTER, '0:00')).toMatchObject({ rows: 0 })
})

test('asked to, the present configuration counts for all, and says so', async () => {
  await using place = await reloaded(AFTER)
  const { configuration } = await place.recompute(AFTER, '0:00', '', { by: 'all' })
  expect(configuration).toEqual({ digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string, by: 'all' })
  expect(await toldBy(place, 31, 60, 170)).toBe('3.429 2.400 2.400')
  expect(await reasonsIn(place)).toMatchObject({ 'pue s 1m': 'configuration 1.200 → 3.429' })
  expect(await place.recompute(AFTER, '0:00', '', { by: 'all' })).toMatchObject({ rows: 0 })
})

test('a dated correction of a wrong factor mends the time since then, and none before', async () => {
  const next = siteWith('[{ point: it, factors: [{ from: "2026-03-02T01:00Z", factor: 0.5 }] }]')
  await using place = await reloaded(next)
  expect(await toldBy(place, 50, 90, 170)).toBe('1.200 1.200 2.400')
  await place.recompute(next, '0:00')
  expect(await toldBy(place, 50, 60, 61, 90, 170)).toBe('1.200 1.200 2.400 2.400 2.400')
  expect((await reasonsIn(place))['pue s 1m']).toContain('configuration')
  expect(await place.recompute(next, '0:00')).toMatchObject({ rows: 0 })
})

test("a dated correction of a point's wrong factor mends its readings since then", async () => {
  const next = siteWith('[it]', ', factors: [{ from: "2026-03-02T01:00Z", factor: 0.5 }]')
  await using place = await reloaded(next)
  expect(await toldBy(place, 50, 90, 170)).toBe('1.200 1.200 2.400')
  await place.recompute(next, '0:00')
  expect(await toldBy(place, 50, 90, 170)).toBe('1.200 2.400 2.400')
  expect(await reasonsIn(place)).toMatchObject({
    'energy it interval': 'configuration 6000000.000 → 3000000.000',
    'pue s 1m': 'configuration 1.200 → 2.400',
  })
})

test('a factor without a date that a reload brought leaves the readings before it as they were', async () => {
  const next = siteWith('[it]', ', factor: 0.5')
  await using place = await reloaded(next)
  await place.recompute(next, '0:00')
  expect(await toldBy(place, 50, 90, 110, 170)).toBe('1.200 1.200 1.200 2.400')
})

test('a swap that is declared afterwards says so', async () => {
  await using place = createPlace()
  const site = (more: string) => siteWith('[count]').replace('register: {}', `register: {${more}}`)
  const swapped = site(' swaps: [{ at: "2026-03-02T01:00:30Z", closing: 560.5, opening: 60.5 }] ')
  await place.play(
    site(''),
    `0:00 to 1:00 every 60 s  main 120  count 500+60/h\n1:01 to 3:00 every 60 s  main 120  count 0+60/h`,
  )
  await place.drained()
  await place.recompute(swapped, '0:00')
  expect((await reasonsIn(place))['energy count interval']).toContain('swap')
})
