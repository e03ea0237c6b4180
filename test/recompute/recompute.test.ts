/** Journalled readings folded again: what came too late, or was counted wrongly, is put right in every row it is part of. */
import { expect, test } from 'vitest'
import { differences, type Rows } from '../daemon/crash-rows.ts'
import { clockMs, createPlace, numbersOf } from './stage.ts'

const SITE = `
site: { id: s, timezone: Europe/Paris }
core: { latenessS: 600, backlogS: 0, windows: [5m, 1h, 24h, 365d, day, month] }
points:
  main:  { topic: s/main, unit: kW, everyS: 60 }
  ups:   { topic: s/ups, unit: kW, everyS: 60 }
  rack:  { topic: s/rack, unit: kW, everyS: 60 }
  lamp:  { topic: s/lamp, unit: kW, hold: true, everyS: 600, maxGapS: 5400 }
  fan:   { topic: s/fan, unit: kW, kind: mean, everyS: 300 }
  count: { topic: s/count, unit: kWh, register: { rolloverAt: 10000 }, everyS: 60, maxKw: 100 }
boundaries:
  s:    { facility: [main], it: [ups, rack] }
  air:  { facility: [ups, fan, { point: lamp, factor: 0.5 }], it: [ups], part: true }
  part: { facility: [ups], it: [count], part: true }
`
const PRESENT = { by: 'all' } as const
const STEADY = `0:00 to 9:00 every 60 s  main 200~30  ups 80~5  count 500+70/h`

/** A gateway that buffered an hour and sent it two hours late; and the same site had it not. */
const LATE = `${STEADY}
  0:00 to 3:00 every 60 s  rack 40~9
  3:01 to 4:00 every 60 s  rack 40~9  heard 6:00:10
  4:01 to 9:00 every 60 s  rack 40~9`
const IN_TIME = LATE.replace('heard 6:00:10', '')

async function rowsOf(yaml: string, table: string, hours: number): Promise<Rows> {
  await using place = createPlace()
  await place.play(yaml, table)
  return await place.rows(hours)
}

function isBetween(key: string, from: string, to: string): boolean {
  const tMs = Date.parse(key.slice(-24))
  return tMs >= clockMs(from) && tMs <= clockMs(to)
}

test('an hour that a gateway sent two hours late is brought in: the rows are those of a day in which it was in time', async () => {
  await using place = createPlace()
  await place.play(SITE, LATE)
  const wanted = numbersOf(await rowsOf(SITE, IN_TIME, 10))
  expect(differences(numbersOf(await place.rows(10)), wanted)).not.toEqual([]) // it was lost
  await place.drained()

  const difference = await place.recompute(SITE, '2:00')
  expect(differences(numbersOf(await place.rows(10)), wanted)).toEqual([])
  expect(difference).toMatchObject({ tooLate: 60, notes: [] })
  await using small = createPlace()
  await small.play(SITE, LATE)
  const inPieces = await small.recompute(SITE, '2:00', '', { limits: { cells: 400, readings: 100 } })
  expect(inPieces).toEqual(difference)
  expect(differences(numbersOf(await small.rows(10)), wanted)).toEqual([])
  const hour = [...wanted].filter(([key]) => key.startsWith('energy point=rack') && isBetween(key, '3:00:01', '4:01'))
  const afterJ = hour.reduce((sum, [, { energy_j }]) => sum + Number(energy_j), 0)
  expect(difference.points).toEqual([{ point: 'rack', intervals: 61, beforeJ: 0, afterJ }])
  expect(difference.boundaries.map(({ boundary }) => boundary)).toEqual(['s'])

  const queued = (await place.queued()).filter(({ measurement }) => measurement !== 'restatement')
  expect(queued).toHaveLength(difference.rows)
  expect(new Set(queued.map(({ measurement }) => measurement))).toEqual(new Set(['energy', 'pue']))
})

test('what is told again carries the next revision and says that it was restated', async () => {
  await using place = createPlace()
  await place.play(SITE, LATE)
  const before = await place.rows(10)
  await place.recompute(SITE, '2:00')
  const after = await place.rows(10)
  const settled = (key: string) => Date.parse(key.slice(-24)) <= clockMs('7:18')
  const isNumberChanged = (key: string) => {
    const [was, is] = [before, after].map((rows) => numbersOf(new Map([[key, rows.get(key) ?? {}]])))
    return JSON.stringify([...(was ?? [])]) !== JSON.stringify([...(is ?? [])])
  }
  const told = (rows: Rows, key: string) => ({ revision: rows.get(key)?.['revision'], state: rows.get(key)?.['state'] })
  const changed = [...after.keys()].filter(isNumberChanged)
  expect(changed.length).toBeGreaterThan(1000)
  const next = (key: string) => ({
    revision: Number(told(before, key).revision) + 1,
    state: settled(key) ? 'restated' : 'provisional',
  })
  expect(changed.map((key) => [key, told(after, key)])).toEqual(changed.map((key) => [key, next(key)]))
  const same = [...after.keys()].filter((key) => !changed.includes(key))
  expect(same.length).toBeGreaterThan(1000)
  expect(same.map((key) => [key, after.get(key)])).toEqual(same.map((key) => [key, before.get(key)]))
})

test('a second recompute changes nothing, and a dry run writes nothing', async () => {
  await using place = createPlace()
  await place.play(SITE, LATE)
  const untouched = [await place.lastSeq(), await place.rows(10)]
  const planned = await place.recompute(SITE, '2:00', '', { dryRun: true })
  expect([await place.lastSeq(), await place.rows(10)]).toEqual(untouched)

  expect(await place.recompute(SITE, '2:00')).toEqual(planned)
  const done = [await place.lastSeq(), await place.rows(10)]
  expect(done).not.toEqual(untouched)
  const again = await place.recompute(SITE, '2:00')
  expect(again).toMatchObject({ rows: 0, points: [], boundaries: [] })
  expect([await place.lastSeq(), await place.rows(10)]).toEqual(done)
})

test('of two readings of one stamp the first counts, and what is refused in time is refused now', async () => {
  const twice = `
    3:30  rack 99  heard 6:00:20   # another number of a stamp that the gateway sent
    3:40:30  rack -5  heard 6:00:20   # a consumption meter has no negative power
    3:50:30  rack 2000000  heard 6:00:20   # above 1 GW
    8:59:30  rack 70  heard 3:00:30   # a clock that is ahead by hours`
  await using place = createPlace()
  await place.play(SITE, LATE + twice)
  expect(await place.recompute(SITE, '2:00')).toMatchObject({ tooLate: 61 })
  const wanted = numbersOf(await rowsOf(SITE, IN_TIME, 10))
  expect(differences(numbersOf(await place.rows(10)), wanted)).toEqual([])
})

test('a daemon that was killed is folded to its end first', async () => {
  await using place = createPlace()
  await place.playAndFall(SITE, LATE)
  await place.recompute(SITE, '2:00')
  const wanted = numbersOf(await rowsOf(SITE, IN_TIME, 10))
  expect(differences(numbersOf(await place.rows(10)), wanted)).toEqual([])
})

test('the daemon goes on: late readings fall between those that were brought in', async () => {
  // At 6:00 all before 5:48 is too late, and what is ten minutes behind its meter's newest. What comes of 5:48:30 is
  // in time, but its neighbour was not.
  const before = `
    0:00 to 6:00 every 60 s  main 200~30  ups 80~5
    0:00 to 3:00 every 60 s  rack 40~9  count 500+70/h
    3:01 to 5:47 every 60 s  rack 40~9  heard 6:00
    5:49 to 5:52 every 60 s  rack 40~9  heard 6:00
    4:30 to 5:40 every 600 s  count 500+70/h  heard 6:00
    0:00 to 3:00 every 3000 s  lamp 20~10  fan 15~2
    3:05 to 5:45 every 300 s  fan 15~2  heard 6:00
    4:00 to 5:40 every 3000 s  lamp 20~10  heard 6:00
    5:50 to 5:58 every 60 s  count 500+70/h`
  const behind = `
    5:48:30  rack 55  heard 6:00:10
    5:49:00  rack 40~9  heard 6:00:11
    5:49:30  rack 12  count 904  heard 6:00:12
    5:49:10  lamp 40  fan 3  heard 6:00:13
    6:01 to 6:30 every 600 s  lamp 20~10  fan 15~2
    6:01 to 8:00 every 60 s  main 200~30  ups 80~5  rack 40~9  count 500+70/h`
  await using place = createPlace()
  await place.play(SITE, before)
  expect(await place.recompute(SITE, '3:00')).toMatchObject({ tooLate: 211 })
  const restated = await place.rows(7)
  await place.play(SITE, behind)
  const corrected = await place.rows(7)
  const again = differentKeys(numbersOf(restated), numbersOf(corrected)).filter((key) => restated.has(key))
  const revisions = again.map((key) => [restated, corrected].map((rows) => Number(rows.get(key)?.['revision'])))
  expect(again.some((key) => key.startsWith('energy')) && again.some((key) => key.startsWith('pue'))).toBe(true)
  expect(revisions.filter(([before = 0, after = 0]) => after <= before)).toEqual([])

  await using smooth = createPlace()
  await smooth.play(SITE, before.replaceAll('heard 6:00', ''))
  await smooth.play(SITE, behind)
  const wanted = numbersOf(await smooth.rows(9))
  expect(differences(numbersOf(await place.rows(9)), wanted)).toEqual([])
  expect(await place.recompute(SITE, '3:00')).toMatchObject({ rows: 0 })
})

const SLOW = `
site: { id: s, timezone: Europe/Paris }
core: { intervalS: 300, windows: [1h, 24h, 365d, day, month] }
points:
  main: { topic: s/main, unit: kW, everyS: 300, accuracyPct: 0.5 }
  ups:  { topic: s/ups, unit: kWh, register: {}, everyS: 300, maxKw: 100, accuracyPct: 1 }
boundaries:
  s: { facility: [main], it: [ups], category: 2 }
`

test('a corrected factor restates the past if the present configuration counts for all, long windows and days with it', async () => {
  const days = '0:00 to 60:00 every 300 s  main 100~20  ups 0+60/h'
  const corrected = SLOW.replace('unit: kW,', 'unit: kW, factor: 1.25,')
  await using place = createPlace()
  await place.play(SLOW, days)
  const difference = await place.recompute(corrected, '0:00', '', PRESENT)
  const found = await place.rows(61)
  const wanted = await rowsOf(corrected, days, 61)
  expect(differences(numbersOf(found), numbersOf(wanted))).toEqual([])
  const [main] = difference.points
  expect(main?.afterJ).toBeCloseTo(1.25 * (main?.beforeJ ?? NaN), -3)
  expect(difference.boundaries[0]).toMatchObject({ facilityBeforeJ: main?.beforeJ, facilityAfterJ: main?.afterJ })
  const windows = ['1h', '24h', '365d', 'day_to_date', 'day', 'month_to_date']
  expect([...(difference.boundaries[0]?.windows.keys() ?? [])]).toEqual(windows)

  // What is folded next joins what was folded again
  await place.play(corrected, '60:05 to 62:00 every 300 s  main 100~20  ups 0+60/h')
  const further = await rowsOf(corrected, days.replace('60:00', '62:00'), 63)
  expect(differences(numbersOf(await place.rows(63)), numbersOf(further))).toEqual([])
})

test('days are restated where no long window is kept, and what is too long ago for that is named', async () => {
  const short = SLOW.replace('1h, 24h, 365d, day, month', '1h, day')
  const corrected = short.replace('unit: kW,', 'unit: kW, factor: 1.25,')
  const days = '0:00 to 250:00 every 300 s  main 100~20  ups 0+60/h'
  await using place = createPlace()
  await place.play(short, days)
  const { notes } = await place.recompute(corrected, '0:00', '', PRESENT)
  expect(notes).toEqual([
    expect.stringMatching(/^PUE before 2026-03-04T.*Z stays as it is/),
    '11 rows of window 1h stay as they are: intervals so far back are no longer kept',
  ])
  // Eight days, and the longest window
  const isRight = (key: string) =>
    key.startsWith('energy') || isBetween(key, key.includes('window=1h') ? '57:50' : '95:00', '250:00')
  const right = (rows: Rows) => new Map([...rows].filter(([key]) => isRight(key)))
  expect(
    differences(numbersOf(right(await place.rows(250))), numbersOf(right(await rowsOf(corrected, days, 250)))),
  ).toEqual([])
})

test('a swap that is declared afterwards gives its step back', async () => {
  const days = `
    0:00 to 30:00 every 300 s  main 100~20
    0:00 to 20:00 every 300 s  ups 4000+60/h
    20:05 to 30:00 every 300 s  ups 17+60/h`
  const swaps = 'swaps: [{ at: 2026-03-02T20:02:00Z, closing: 5202, opening: 1217 }]'
  const declared = SLOW.replace('register: {}', `register: { ${swaps} }`)
  await using place = createPlace()
  await place.play(SLOW, days)
  const difference = await place.recompute(declared, '12:00')
  expect(difference.points).toEqual([{ point: 'ups', intervals: 1, beforeJ: 0, afterJ: 7 * 3_600_000 }])
  expect(differences(numbersOf(await place.rows(31)), numbersOf(await rowsOf(declared, days, 31)))).toEqual([])
})

test('of a stretch in the past only its intervals change', async () => {
  const days = '0:00 to 60:00 every 300 s  main 100~20  ups 0+60/h'
  await using place = createPlace()
  await place.play(SLOW, days)
  const before = await place.rows(61)
  await place.recompute(SLOW.replace('unit: kW,', 'unit: kW, factor: 1.25,'), '10:00', '20:00', PRESENT)
  const changed = differentKeys(before, await place.rows(61)).filter((key) => key.startsWith('energy'))
  expect([changed.length, changed.every((key) => isBetween(key, '10:05', '20:00'))]).toEqual([120, true])
})

test('days that a site was not heard for, and sent when it was back, are told after all', async () => {
  const table = `
    0:00 to 2:00 every 300 s  main 100~20  ups 0+60/h
    2:05 to 74:55 every 300 s  main 100~20  ups 0+60/h  heard 75:30:01
    75:00 to 78:00 every 300 s  main 100~20  ups 0+60/h`
  await using place = createPlace()
  await place.play(SLOW, table)
  await place.recompute(SLOW, '0:00')
  const wanted = await rowsOf(SLOW, table.replace('heard 75:30:01', ''), 79)
  expect(differences(numbersOf(await place.rows(79)), numbersOf(wanted))).toEqual([])
  expect(await place.recompute(SLOW, '0:00')).toMatchObject({ rows: 0 })
})

test('a meter that was never heard in time begins where its first reading says', async () => {
  const table = (heard: string) => `
    0:00 to 6:00 every 300 s  main 100~20
    1:00 to 3:00 every 300 s  ups 0+60/h  ${heard}`
  await using place = createPlace()
  await place.play(SLOW, table('heard 5:00:01'))
  await place.recompute(SLOW, '0:00')
  const wanted = await rowsOf(SLOW, table(''), 7)
  expect(differences(numbersOf(await place.rows(7)), numbersOf(wanted))).toEqual([])
})

test('what lies before the journal stays as it is, and is named', async () => {
  await using place = createPlace()
  await place.play(SITE, LATE, '0:00', '3:30')
  await place.play(SITE, LATE, '3:30')
  const before = await place.rows(10)
  expect(await place.forget('3:30')).toBeGreaterThan(0)
  const difference = await place.recompute(SITE, '2:00')
  expect(difference.notes).toEqual([
    'the journal is complete from 2026-03-02T03:31:00.000Z on: 4 points begin behind it, by 2026-03-02T03:35:00.000Z',
  ])
  const gone = await place.recompute(SITE, '0:00', '2:00')
  expect(gone).toMatchObject({ rows: 0, notes: ['the journal holds no readings from which this time could be folded'] })
  const after = await place.rows(10)
  const changed = differentKeys(before, after)
  const energies = changed.filter((key) => key.startsWith('energy'))
  expect([energies.length, energies.every((key) => isBetween(key, '3:36', '4:01'))]).toEqual([26, true])
  const wanted = numbersOf(await rowsOf(SITE, IN_TIME, 10))
  const rightFrom = (key: string) => (key.startsWith('energy') ? '3:36' : key.includes('window=5m') ? '3:40' : '4:35')
  const right = (rows: Rows) =>
    new Map([...rows].filter(([key]) => /energy|5m|1h/.test(key) && isBetween(key, rightFrom(key), '9:00')))
  expect(differences(right(numbersOf(after)), right(wanted))).toEqual([])
})

test('where nothing has been closed, or nothing is told of the time, nothing happens', async () => {
  await using place = createPlace()
  expect(await place.recompute(SLOW, '0:00')).toMatchObject({ rows: 0, notes: ['no interval has closed yet'] })
  await place.play(SLOW, '0:00 to 6:00 every 300 s  main 100~20  ups 0+60/h')
  const early = await place.recompute(SLOW, '10:00')
  expect(early).toMatchObject({ rows: 0, notes: ['no interval of this time has closed yet'] })
})

function differentKeys(before: Rows, after: Rows): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key)),
  )
}
