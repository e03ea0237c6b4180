/** The queue of blocks: what a receiver gets, what supersedes what, and that places survive a restart. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LIVE_ROWS } from '../../src/store/rows/queue.ts'
import { openStore, type Store, type StoreOptions } from '../../src/store/store.ts'
import { newRows } from '../rows/new-rows.ts'
import { bookNow, commitWords, energyRow, historyWords, MINUTE_MS, queuedWords, waiting } from './rows.ts'

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'coldaisle-queue-'))
})

afterEach(() => rmSync(path, { recursive: true, force: true }))

function open(part: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: ['influx'], ...part })
}

async function echoes(store: Store): Promise<string> {
  return queuedWords(bookNow(store), await store.takeEchoes('influx'))
}

test('a receiver reads on from where it is, also inside a block and after a restart', async () => {
  {
    await using store = await open()
    await commitWords(store, 'a@1=1 b@1=1 c@1=1 a@2=2')
    expect(await waiting(store, 'influx')).toBe('1:a@1=1 1:b@1=1 1:c@1=1 2:a@2=2')
    const [first] = await store.takeBlocks('influx', 'live', 2)
    expect(first).toMatchObject({ id: 1, fromRow: 0, toRow: 2, cleared: undefined })
    expect(await store.takeBlocks('influx', 'live', 2)).toHaveLength(1)
    await store.passBlocks('influx', 'live', { id: 1, toRow: 2 })
    expect(store.depth().rows).toBe(2)
  }
  await using store = await open()
  expect(await waiting(store, 'influx')).toBe('1:c@1=1 2:a@2=2')
  await store.passBlocks('influx', 'live', { id: 1, toRow: 3 })
  await store.passBlocks('influx', 'live', { id: 1, toRow: 1 })
  expect(await waiting(store, 'influx'), 'a place never moves back').toBe('2:a@2=2')
  await store.passBlocks('influx', 'live', { id: 2, toRow: 1 })
  expect(await waiting(store, 'influx')).toBe('')
  await commitWords(store, 'a@3=3')
  expect(await waiting(store, 'influx')).toBe('3:a@3=3')
  expect(store.depth()).toMatchObject({ rows: 1, superseded: 0, dropped: 0, rejected: 0 })
})

test('a correction clears the row that waits, in its commit, and only that row', async () => {
  {
    await using store = await open()
    await commitWords(store, 'a@1=1 b@1=1 a@2=1')
    await commitWords(store, 'b@1=2')
    expect(await waiting(store, 'influx')).toBe('1:a@1=1 2:a@2=1 3:b@1=2')
    await commitWords(store, 'b@1=3 c@1=3')
    expect(await waiting(store, 'influx')).toBe('1:a@1=1 2:a@2=1 4:b@1=3 4:c@1=3')
    expect(store.depth()).toMatchObject({ rows: 4, superseded: 2 })
  }
  await using store = await open()
  expect(await waiting(store, 'influx'), 'after a restart').toBe('1:a@1=1 2:a@2=1 4:b@1=3 4:c@1=3')
  await store.passBlocks('influx', 'live', { id: 1, toRow: 2 })
  expect(store.depth()).toMatchObject({ rows: 3, superseded: 2 })
  await commitWords(store, 'a@1=4')
  expect(store.depth().superseded, 'what is passed is not cleared').toBe(2)
})

test('a row of another window, table or time supersedes nothing', async () => {
  await using store = await open()
  const book = bookNow(store)
  const tags = { site: 's', boundary: 'b', category: '2' }
  const pue = (window: string, facilityJ: number) =>
    ({ measurement: 'pue', tags: { ...tags, window }, fields: { facility_j: facilityJ }, timeMs: MINUTE_MS }) as const
  const reading = { ...energyRow('a', MINUTE_MS, 9), measurement: 'reading', fields: { mean: 9 } } as const
  await store.commit({
    packets: [],
    foldedSeq: 0,
    notices: [],
    rows: newRows(book, [pue('1h', 1), pue('24h', 2), reading]),
  })
  await store.commit({
    packets: [],
    foldedSeq: 0,
    notices: [],
    rows: newRows(book, [pue('1h', 3), energyRow('a', MINUTE_MS, 1)]),
  })
  expect(store.depth()).toMatchObject({ rows: 4, superseded: 1 })
})

test('what was taken stays until it is passed; taken again, it lacks what was cleared meanwhile', async () => {
  await using store = await open()
  await commitWords(store, 'a@1=1 b@1=1')
  expect(await waiting(store, 'influx')).toBe('1:a@1=1 1:b@1=1')
  await commitWords(store, 'a@1=2')
  expect(await waiting(store, 'influx')).toBe('1:b@1=1 2:a@1=2')
  await store.passBlocks('influx', 'live', { id: 1, toRow: 2 })
  expect(await waiting(store, 'influx')).toBe('2:a@1=2')
  expect(store.depth()).toMatchObject({ rows: 1, superseded: 1 })
})

test('two receivers go each at their own pace: a bit is cleared only for the one that has not passed', async () => {
  const both = { rowReceivers: ['influx', 'feed'] }
  {
    await using store = await open(both)
    await commitWords(store, 'a@1=1 b@1=1')
    await store.passBlocks('feed', 'live', { id: 1, toRow: 1 })
    expect(store.depth().rows).toBe(2)
    await commitWords(store, 'a@1=2 b@1=2')
    expect(await waiting(store, 'influx')).toBe('2:a@1=2 2:b@1=2')
    expect(await waiting(store, 'feed')).toBe('2:a@1=2 2:b@1=2')
    expect(store.depth(), 'a row counts once').toMatchObject({ rows: 2, superseded: 2 })
    await store.passBlocks('feed', 'live', { id: 2, toRow: 2 })
    expect(store.depth().rows, 'of the one that is furthest behind').toBe(2)
  }
  {
    await using store = await open({ rowReceivers: ['feed', 'sink'] })
    expect(await waiting(store, 'sink'), 'a new one begins behind the newest block').toBe('')
    expect(await waiting(store, 'influx'), 'one that is gone is forgotten').toBe('')
    await commitWords(store, 'a@3=3')
    expect([await waiting(store, 'feed'), await waiting(store, 'sink')]).toEqual(['3:a@3=3', '3:a@3=3'])
  }
  await using store = await open(both)
  expect(await waiting(store, 'influx')).toBe('')
  expect(await waiting(store, 'feed')).toBe('3:a@3=3')
})

/** As many rows of one minute as make a live place too long. */
function manyRows(minute: number, watts: number) {
  return Array.from({ length: LIVE_ROWS }, (_, n) => energyRow(`p${n}`, minute * MINUTE_MS, watts))
}

test('too many rows in the live place become the backlog, and newest rows need not wait for them', async () => {
  {
    await using store = await open()
    const rows = [...manyRows(1, 1), energyRow('a', 2 * MINUTE_MS, 2)]
    await store.commit({ packets: [], foldedSeq: 0, notices: [], rows: newRows(bookNow(store), rows) })
    expect(await store.takeBlocks('influx', 'backlog', 10), 'not before somebody reads').toEqual([])
    expect(await waiting(store, 'influx')).toBe('2:a@2=2')
    expect(store.depth().rows).toBe(LIVE_ROWS + 1)
    await store.passBlocks('influx', 'live', { id: 2, toRow: 1 })
    await store.passBlocks('influx', 'backlog', { id: 1, toRow: LIVE_ROWS - 3 })
    await commitWords(store, 'b@3=3')
  }
  await using store = await open()
  const last = (n: number, watts: number) => `p${LIVE_ROWS - n}@1=${watts}`
  expect(await waiting(store, 'influx', 'backlog')).toBe(`1:${last(3, 1)} 1:${last(2, 1)} 1:${last(1, 1)}`)
  expect(await waiting(store, 'influx')).toBe('3:b@3=3')
  await commitWords(store, `${last(2, 5)} p1@1=5 a@2=5`)
  expect(await waiting(store, 'influx', 'backlog')).toBe(`1:${last(3, 1)} 1:${last(1, 1)}`)
  expect(await waiting(store, 'influx')).toBe(`3:b@3=3 4:${last(2, 5)} 4:p1@1=5 5:a@2=5`)
  expect(store.depth()).toMatchObject({ rows: 6, superseded: 1 })
  await store.passBlocks('influx', 'backlog', { id: 1, toRow: LIVE_ROWS })
  expect(await waiting(store, 'influx', 'backlog')).toBe('')
  expect(store.depth()).toMatchObject({ rows: 4, superseded: 1 })
})

test('echoes are given until they are written, over a restart, and a newer row ends them', async () => {
  {
    await using store = await open()
    await commitWords(store, 'a@1=1 b@1=1 c@1=1 d@1=1')
    await commitWords(store, 'd@1=2')
    await store.passBlocks('influx', 'live', { id: 1, toRow: 4 }, [{ id: 1, rows: [0, 1, 2, 3] }])
    expect(await echoes(store), 'a row that was superseded on its way comes anyway').toBe('1:a@1=1 1:b@1=1 1:c@1=1')
    await commitWords(store, 'b@1=2')
    expect(await waiting(store, 'influx')).toBe('2:d@1=2 3:b@1=2')
    expect(store.depth(), 'two wait, two are to be written once more').toMatchObject({ rows: 4, superseded: 1 })
  }
  await using store = await open()
  expect(store.depth().rows).toBe(4)
  expect(await echoes(store)).toBe('1:a@1=1 1:c@1=1')
  await store.passBlocks('influx', 'live', { id: 3, toRow: 1 }, [{ id: 3, rows: [0] }])
  await store.compact(0)
  expect(await echoes(store)).toBe('1:a@1=1 1:c@1=1 3:b@1=2')
  await store.dropEchoes('influx', [1, 77])
  expect(await echoes(store)).toBe('3:b@1=2')
  await commitWords(store, 'b@1=3')
  expect(await echoes(store)).toBe('')
  expect(store.depth().rows).toBe(1)
})

test('rejected rows become dead letters; what is gone or superseded is passed over', async () => {
  await using store = await open()
  await commitWords(store, 'a@1=1 b@1=1 c@1=1')
  await commitWords(store, 'a@1=2')
  await store.rejectRows(
    'influx',
    [
      { id: 1, rows: [0, 1, 1, 9] },
      { id: 9, rows: [0] },
    ],
    'field type conflict',
  )
  expect(await waiting(store, 'influx')).toBe('1:c@1=1 2:a@1=2')
  expect(store.depth()).toMatchObject({ rows: 2, superseded: 1, rejected: 1, dropped: 0 })
  await store.passBlocks('influx', 'live', { id: 2, toRow: 1 })
  await store.rejectRows('influx', [{ id: 2, rows: [0] }], 'too late')
  expect(store.depth()).toMatchObject({ rows: 0, rejected: 1 })
})

test('a full queue drops its oldest rows, counted; the local history keeps them', async () => {
  await using store = await open({ queuedRows: 3 })
  await commitWords(store, 'a@1=1 b@1=1 c@1=1')
  await commitWords(store, 'b@1=2 a@2=2')
  expect(await waiting(store, 'influx')).toBe('1:c@1=1 2:b@1=2 3:a@2=2')
  expect(store.depth()).toMatchObject({ rows: 3, superseded: 1, dropped: 1 })
  await commitWords(store, 'a@4=4 b@4=4')
  expect(await waiting(store, 'influx')).toBe('3:a@2=2 4:a@4=4 4:b@4=4')
  expect(store.depth()).toMatchObject({ rows: 3, superseded: 1, dropped: 3 })
  expect(await historyWords(store)).toBe('a@1=1 a@2=2 a@4=4 b@1=2 b@4=4 c@1=1')
})

test('without a receiver rows go to the local history only', async () => {
  await using store = await open({ rowReceivers: [] })
  await commitWords(store, 'a@1=1')
  await commitWords(store, 'a@1=2')
  expect(await waiting(store, 'influx')).toBe('')
  expect(store.depth()).toMatchObject({ rows: 0, superseded: 0 })
  expect(await historyWords(store)).toBe('a@1=2')
})
