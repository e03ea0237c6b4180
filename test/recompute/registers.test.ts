/** Registers that fell, recomputed: what they showed before, and what is to count once they show it again. */
import { expect, test } from 'vitest'
import { differences, type Rows } from '../daemon/crash-rows.ts'
import { clockMs, createPlace, numbersOf } from './stage.ts'

const SITE = `
site: { id: s, timezone: UTC }
core: { latenessS: 600, windows: [5m, 1h] }
points:
  main: { topic: s/main, unit: kW, everyS: 60 }
  ups:  { topic: s/ups, unit: kWh, register: {}, everyS: 60, maxKw: 100 }
boundaries:
  s: { facility: [main], it: [ups] }
`

async function rowsOf(table: string, hours: number): Promise<Rows> {
  await using place = createPlace()
  await place.play(SITE, table)
  return numbersOf(await place.rows(hours))
}

test('the last counts before a fall come too late: what the register shows again goes on from the newest of them', async () => {
  const day = (heard: string) => `
    0:00 to 4:00 every 60 s  main 90
    0:00 to 0:50 every 60 s  ups 5000+60/h
    0:51 to 1:00 every 60 s  ups 5000+60/h  ${heard}
    1:01 to 4:00 every 60 s  ups 0`
  const back = `
    4:01 to 5:00 every 60 s  main 90  ups 5000+60/h`
  await using place = createPlace()
  await place.play(SITE, day('heard 2:00'))
  expect(await place.recompute(SITE, '0:00')).toMatchObject({ tooLate: 10 })
  await place.play(SITE, back)
  const wanted = await rowsOf(day('') + back, 6)
  expect(differences(numbersOf(await place.rows(6)), wanted)).toEqual([])
})

/** From 1:00 to 3:00 the register shows zeros; what was heard before 2:00 is no longer in the journal. */
const ZEROS = `
    0:00 to 8:00 every 60 s  main 90
    0:00 to 1:00 every 60 s  ups 5000+60/h
    1:01 to 3:00 every 60 s  ups 0
    3:01 to 8:00 every 60 s  ups 5000+60/h`

test('a journal that begins while a register shows zeros: what they were is not guessed anew', async () => {
  await using place = createPlace()
  await place.play(SITE, ZEROS, '0:00', '2:00')
  await place.play(SITE, ZEROS, '2:00')
  const before = numbersOf(await place.rows(9))
  expect(await place.forget('2:00')).toBeGreaterThan(0)
  expect(await place.recompute(SITE, '0:00')).toMatchObject({ points: [], boundaries: [] })
  expect(differences(numbersOf(await place.rows(9)), before)).toEqual([])
})

test('a register that still shows zeros goes on from its old count after such a recompute', async () => {
  await using place = createPlace()
  await place.play(SITE, ZEROS, '0:00', '2:00')
  await place.play(SITE, ZEROS, '2:00', '2:50')
  expect(await place.forget('2:00')).toBeGreaterThan(0)
  const difference = await place.recompute(SITE, '0:00')
  expect(difference.notes.at(-1)).toBe('the journal does not reach far enough back for ups: left as it is')
  await place.play(SITE, ZEROS, '2:50')
  expect(differences(numbersOf(await place.rows(9)), await rowsOf(ZEROS, 9))).toEqual([])
})

test('behind the return its readings that came too late are brought in', async () => {
  const table = `
    0:00 to 8:00 every 60 s  main 90
    0:00 to 1:00 every 60 s  ups 5000+60/h
    1:01 to 3:00 every 60 s  ups 0
    3:01 to 5:30 every 60 s  ups 5000+60/h
    5:30:30  ups 5331  heard 7:00   # the step over two minutes does not know it: that time is known
    5:32 to 8:00 every 60 s  ups 5000+60/h`
  await using place = createPlace()
  await place.play(SITE, table, '0:00', '2:00')
  await place.play(SITE, table, '2:00')
  expect(await place.forget('2:00')).toBeGreaterThan(0)
  const difference = await place.recompute(SITE, '0:00')
  expect(difference.points.map(({ point }) => point)).toEqual(['ups'])
  const wanted = await rowsOf(table.replaceAll('heard 7:00', ''), 9)
  const isTold = (key: string) => Date.parse(key.slice(-24)) <= clockMs('8:00')
  const told = (rows: Rows) => new Map([...rows].filter(([key]) => isTold(key)))
  expect(differences(told(numbersOf(await place.rows(9))), told(wanted))).toEqual([])
})
