/** A water meter that came much too late: recomputed, its rows and the WUE are those of the day in time. */
import { expect, test } from 'vitest'
import { differences } from '../daemon/crash-rows.ts'
import { createPlace, numbersOf } from './stage.ts'

const SITE = `
site: { id: s, timezone: UTC }
core: { intervalS: 900, latenessS: 900, backlogS: 0, windows: [24h, day] }
points:
  main: { topic: s/main, unit: kW, everyS: 900 }
  it: { topic: s/it, unit: kW, everyS: 900 }
  make-up: { topic: s/make-up, unit: m³, register: {}, everyS: 900 }
boundaries:
  s: { facility: [main], it: [it], water: { total: [make-up] } }
`
const HOURS = 30
const LATE = `
  0:00 to 30:00 every 900 s  main 120~9  it 100~5
  0:00 to 6:00 every 900 s   make-up 500+2/h
  6:15 to 9:00 every 900 s   make-up 494+3/h  heard 12:00
  9:15 to 30:00 every 900 s  make-up 503+2/h`

test('litres and litres per kWh of a day, with three hours that came too late', async () => {
  const measurements = ['water', 'indicator', 'energy']
  await using smooth = createPlace()
  await smooth.play(SITE, LATE.replace('heard 12:00', ''))
  const wanted = numbersOf(await smooth.rows(HOURS + 1, measurements))
  await using place = createPlace()
  await place.play(SITE, LATE)
  expect(differences(numbersOf(await place.rows(HOURS + 1, measurements)), wanted)).not.toEqual([])
  const { points, boundaries } = await place.recompute(SITE, '0:00')
  expect(differences(numbersOf(await place.rows(HOURS + 1, measurements)), wanted)).toEqual([])
  expect(points.map(({ point, amount }) => [point, amount])).toEqual([['make-up', 'water']])
  expect(boundaries.map(({ indicator }) => indicator)).toContain('wue')
})
