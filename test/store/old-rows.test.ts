/** A database of the release before frames: its rows are brought over in slices, and nothing is lost, doubled or outdated. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SCHEMA } from '../../src/store/schema.ts'
import { openStore, type Commit, type HistoryQuery, type Store, type StoreOptions } from '../../src/store/store.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'
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

interface OldRow {
  measurement: string
  tags: Record<string, string>
  fields: Record<string, number | string | boolean>
  timeMs: number
}

function energyOf(point: string, timeMs: number, watts: number): OldRow {
  return { ...energyRow(point, timeMs, watts), fields: { mean_w: watts, state: 'provisional' } }
}

function pueOf(window: string, timeMs: number, pue: number): OldRow {
  const tags = { site: 's', boundary: 'b', window, category: '2' }
  return { measurement: 'pue', tags, fields: { pue, name: 'PUE', revision: 1, suspect: pue > 2 }, timeMs }
}

/** Writes a database as the release before did; those of the rows whose places are named wait in its outbox. */
function writeOld(rows: readonly OldRow[], queued: readonly number[]): void {
  cpSync(mkdtempSync(join(root, 'new-')), path, { recursive: true })
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  db.exec(`${SCHEMA.slice(0, 2).join(';')}; PRAGMA application_id = ${0x636f6c64}; PRAGMA user_version = 2; BEGIN`)
  const ids = new Map<string, number>()
  for (const [place, { measurement, tags, fields, timeMs }] of rows.entries()) {
    const key = `${measurement} ${JSON.stringify(tags)}`
    const id = ids.get(key) ?? ids.size + 1
    if (!ids.has(key)) db.prepare('INSERT INTO series VALUES (?, ?, ?)').run(id, measurement, JSON.stringify(tags))
    ids.set(key, id)
    db.prepare('INSERT INTO history VALUES (?, ?, ?)').run(id, timeMs, JSON.stringify(fields))
    if (queued.includes(place)) db.prepare('INSERT INTO outbox VALUES (?, ?, ?)').run(place + 1, id, timeMs)
  }
  db.exec(
    `INSERT INTO ledger VALUES ('queuedRows', ${queued.length}), ('lastRowId', ${rows.length}), ('rejectedRows', 1)`,
  )
  db.exec(`INSERT INTO rejected VALUES (1, 'energy', '{}', '{}', 0, 'of before'); COMMIT`)
}

async function all(store: Store, part: Partial<HistoryQuery> = {}): Promise<string[]> {
  const query = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 20_000, ...part }
  const rows = [...(await store.history('energy', query)), ...(await store.history('pue', query))]
  return rows.map(({ measurement, tags, fields, timeMs }) => JSON.stringify({ measurement, tags, fields, timeMs }))
}

function wordsOf(rows: readonly OldRow[]): string[] {
  return rows.map(({ measurement, tags, fields, timeMs }) => JSON.stringify({ measurement, tags, fields, timeMs }))
}

function tables(): string[] {
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1`).all()
  return names.map(({ name }) => String(name)).filter((name) => ['history', 'outbox', 'series'].includes(name))
}

/** Rows of two points and of two windows of a PUE, series by series. */
const HISTORY = [
  ...['a', 'b'].flatMap((point) =>
    Array.from({ length: 900 }, (_, n) => energyOf(point, NOW_MS - n * MINUTE_MS, n)).reverse(),
  ),
  ...['1h', '24h'].flatMap((window) =>
    Array.from({ length: 100 }, (_, n) => pueOf(window, NOW_MS - n * 10 * MINUTE_MS, 1 + n / 100)).reverse(),
  ),
]

test('its rows are there at once, and stay the same while they are brought over', async () => {
  writeOld(HISTORY, [])
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
  expect(tables()).toEqual([])
  await using store = await open()
  expect(await all(store, { tags: { point: 'b' } })).toEqual(wordsOf(HISTORY.slice(900, 1_800)))
  expect(store.start().series.map(({ number }) => number)).toEqual([1, 2, 3, 4])
})

test('rows of 30 days ago are not brought over', async () => {
  writeOld(
    [
      energyOf('a', NOW_MS - 31 * DAY_MS, 1),
      energyOf('a', NOW_MS - 29 * DAY_MS, 2),
      pueOf('1h', NOW_MS - 31 * DAY_MS, 1),
    ],
    [],
  )
  await using store = await open()
  await store.compact(NOW_MS)
  expect(await all(store)).toEqual(
    wordsOf([energyOf('a', NOW_MS - 29 * DAY_MS, 2), pueOf('1h', NOW_MS - 31 * DAY_MS, 1)]),
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
  const rows = Array.from({ length: 1_200 }, (_, n) => energyOf(`p${n % 3}`, NOW_MS + n * MINUTE_MS, n))
  writeOld(
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
  writeOld(HISTORY, [1, 2, 3])
  await using store = await open({ rowReceivers: [] })
  await store.compact(NOW_MS)
  expect(store.depth()).toMatchObject({ rows: 0, superseded: 0 })
  expect(await all(store)).toEqual(wordsOf(HISTORY))
})

test('cut short after any slice, with new rows in between, it goes on where it was', async () => {
  writeOld(
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
    ended = tables().length === 0
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
