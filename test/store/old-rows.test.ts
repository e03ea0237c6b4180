/** A database of the release before frames: its rows are brought over in slices, and nothing is lost, doubled or outdated. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Commit, type HistoryQuery, type Store, type StoreOptions } from '../../src/store/store.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'
import { oldEnergy, oldPue, oldTables, writeOldStore, type OldRow } from './old-store.ts'
import { bookNow, commitWords, energyRow, historyWords, MINUTE_MS, rowsIn, wordOf } from './rows.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** On an hour. */
const NOW_MS = 500_000 * HOUR_MS
const EMPTY: Commit = { packets: [], foldedSeq: 0, rows: NO_ROWS, notices: [] }

let root: string
let path: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coldaisle-old-'))
  path = join(root, 'store')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function open(part: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: ['influx'], ...part })
}

async function all(store: Store, part: Partial<HistoryQuery> = {}): Promise<string[]> {
  const query = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 20_000, ...part }
  const rows = [...(await store.history('energy', query)), ...(await store.history('pue', query))]
  return rows.map(({ measurement, tags, fields, timeMs }) => JSON.stringify({ measurement, tags, fields, timeMs }))
}

function wordsOf(rows: readonly OldRow[]): string[] {
  return rows.map(({ measurement, tags, fields, timeMs }) => JSON.stringify({ measurement, tags, fields, timeMs }))
}

/** Rows of two points and of two windows of a PUE, series by series. */
const HISTORY = [
  ...['a', 'b'].flatMap((point) =>
    Array.from({ length: 900 }, (_, n) => oldEnergy(point, NOW_MS - n * MINUTE_MS, n)).reverse(),
  ),
  ...['1h', '24h'].flatMap((window) =>
    Array.from({ length: 100 }, (_, n) => oldPue(window, NOW_MS - n * 10 * MINUTE_MS, 1 + n / 100)).reverse(),
  ),
]

test('its rows are there at once, and stay the same while they are brought over', async () => {
  writeOldStore(path, HISTORY, [])
  {
    await using store = await open()
    expect(store.start().series).toHaveLength(3)
    expect(store.depth()).toMatchObject({ rows: 0, rejected: 1 })
    const answers = [
      await all(store),
      await all(store, { newestFirst: true, perSeries: 2 }),
      await all(store, { toMs: NOW_MS - 40 * MINUTE_MS, limit: 950 }),
    ]
    expect(answers[0]).toEqual(wordsOf(HISTORY))
    expect(answers[1]).toHaveLength(8)
    await store.compact(NOW_MS)
    expect([
      await all(store),
      await all(store, { newestFirst: true, perSeries: 2 }),
      await all(store, { toMs: NOW_MS - 40 * MINUTE_MS, limit: 950 }),
    ]).toEqual(answers)
    await commitWords(store, `c@${NOW_MS / MINUTE_MS}=1`)
    expect(bookNow(store).numbers.size, 'numbers go on').toBe(4)
  }
  expect(oldTables(path)).toEqual([])
  await using store = await open()
  expect(await all(store, { tags: { point: 'b' } })).toEqual(wordsOf(HISTORY.slice(900, 1_800)))
  expect(store.start().series.map(({ number }) => number)).toEqual([1, 2, 3, 4])
})

test('rows of 30 days ago are not brought over', async () => {
  writeOldStore(
    path,
    [
      oldEnergy('a', NOW_MS - 31 * DAY_MS, 1),
      oldEnergy('a', NOW_MS - 29 * DAY_MS, 2),
      oldPue('1h', NOW_MS - 31 * DAY_MS, 1),
    ],
    [],
  )
  await using store = await open()
  await store.compact(NOW_MS)
  expect(await all(store)).toEqual(
    wordsOf([oldEnergy('a', NOW_MS - 29 * DAY_MS, 2), oldPue('1h', NOW_MS - 31 * DAY_MS, 1)]),
  )
})

/** Takes all that waits and passes it; returns it as words. */
async function drain(store: Store): Promise<string[]> {
  const sent: string[] = []
  for (;;) {
    const blocks = await store.takeBlocks('influx', 'live', 10_000)
    const last = blocks.at(-1)
    if (last === undefined) return sent
    sent.push(...rowsIn(bookNow(store), blocks).map(({ row }) => wordOf(row)))
    await store.passBlocks('influx', 'live', last)
  }
}

/** Minute n after NOW_MS, as the words of rows count them. */
const at = (n: number) => NOW_MS / MINUTE_MS + n

test('what waits is sent once, and never after a newer form', async () => {
  const rows = Array.from({ length: 1_200 }, (_, n) => oldEnergy(`p${n % 3}`, NOW_MS + n * MINUTE_MS, n))
  writeOldStore(
    path,
    rows,
    rows.map((_, n) => n).filter((n) => n > 0),
  )
  await using store = await open()
  expect(store.depth().rows).toBe(1_199)
  await commitWords(store, `p1@${at(1)}=9001 p0@${at(0)}=9000`)
  expect(store.depth(), 'the newer form ends the entry').toMatchObject({ rows: 1_200, superseded: 1 })
  expect(await drain(store)).toEqual([`p1@${at(1)}=9001`, `p0@${at(0)}=9000`])
  const compacting = store.compact(NOW_MS)
  await commitWords(store, `p2@${at(1_199)}=9002 p2@${at(2)}=9003`)
  await compacting
  const sent = await drain(store)
  const count = (word: string) => sent.filter((other) => other === word).length
  expect([count(`p2@${at(1_199)}=9002`), count(`p2@${at(1_199)}=1199`)]).toEqual([1, 0])
  expect(sent.length).toBe(new Set(sent.map((word) => word.split('=')[0])).size)
  expect(sent).toHaveLength(1_198)
  expect(store.depth()).toMatchObject({ rows: 0, dropped: 0 })
  expect(store.depth().superseded).toBe(3)
  expect((await historyWords(store)).split(' ')).toHaveLength(1_200)
  expect(await historyWords(store)).toContain(`p1@${at(1)}=9001`)
})

test('without a receiver what waits is forgotten', async () => {
  writeOldStore(path, HISTORY, [1, 2, 3])
  await using store = await open({ rowReceivers: [] })
  await store.compact(NOW_MS)
  expect(store.depth()).toMatchObject({ rows: 0, superseded: 0 })
  expect(await all(store)).toEqual(wordsOf(HISTORY))
})

test('cut short after any slice, with new rows in between, it goes on where it was', async () => {
  writeOldStore(
    path,
    HISTORY,
    HISTORY.map((_, n) => n).filter((n) => n % 2 === 0),
  )
  const expected = new Map(HISTORY.map((row) => [`${JSON.stringify(row.tags)} ${row.timeMs}`, row]))
  const sent = new Map<string, string[]>()
  const queued = new Set([...expected.keys()].filter((_, n) => n % 2 === 0))
  let rounds = 0
  for (let ended = false; !ended; rounds += 1) {
    const store = await open()
    const watts = 100_000 + rounds
    const rows = [
      energyRow('a', NOW_MS - rounds * 97 * MINUTE_MS, watts),
      energyRow('b', NOW_MS - rounds * MINUTE_MS, watts),
    ]
    await store.commit({ ...EMPTY, rows: newRows(openSeriesBook(store.start()), rows) })
    for (const row of rows) {
      const key = `${JSON.stringify(row.tags)} ${row.timeMs}`
      expected.set(key, { ...row, fields: { ...row.fields } })
      queued.add(key)
    }
    const found = await all(store)
    expect(new Set(found), `round ${rounds}`).toEqual(new Set(wordsOf([...expected.values()])))
    expect(found).toHaveLength(expected.size)
    const blocks = await store.takeBlocks('influx', 'live', 300)
    for (const { row } of rowsIn(openSeriesBook(store.start()), blocks)) {
      const key = `${JSON.stringify(row.tags)} ${row.timeMs}`
      sent.set(key, [...(sent.get(key) ?? []), JSON.stringify(row.fields)])
    }
    const last = blocks.at(-1)
    if (last !== undefined) await store.passBlocks('influx', 'live', last)
    const packing = store.compact(NOW_MS).catch(() => null)
    await store.close() // comes behind the first slice
    await packing
    ended = oldTables(path).length === 0
  }
  expect(rounds).toBeGreaterThan(6)
  await using store = await open()
  await store.compact(NOW_MS)
  expect(new Set(await all(store))).toEqual(new Set(wordsOf([...expected.values()])))
  for (;;) {
    const blocks = await store.takeBlocks('influx', 'live', 20_000)
    const last = blocks.at(-1)
    if (last === undefined) break
    for (const { row } of rowsIn(openSeriesBook(store.start()), blocks)) {
      const key = `${JSON.stringify(row.tags)} ${row.timeMs}`
      sent.set(key, [...(sent.get(key) ?? []), JSON.stringify(row.fields)])
    }
    await store.passBlocks('influx', 'live', last)
  }
  expect(new Set(sent.keys())).toEqual(queued)
  for (const [key, forms] of sent) {
    expect(forms.at(-1), `${key}`).toBe(JSON.stringify(expected.get(key)?.fields))
    expect(forms.length, `${key}: ${forms.join(' ')}`).toBe(new Set(forms).size)
  }
})
