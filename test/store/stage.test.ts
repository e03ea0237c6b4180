/** Rows that are staged for a commit: with it they are there, without it they never were. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Commit, type Store } from '../../src/store/store.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'
import { bookNow, energyRow } from './rows.ts'

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'coldaisle-stage-'))
})

afterEach(() => rmSync(path, { recursive: true, force: true }))

function open(): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: ['influx'] })
}

function rowsOf(store: Store, point: string, fromMs: number, watts: number) {
  return newRows(
    bookNow(store),
    [0, 1, 2].map((n) => energyRow(point, fromMs + n, watts)),
  )
}

const PACKET = { nowMs: 1000, topic: 'a', payload: Buffer.from('1'), retain: false }
const EMPTY: Commit = { packets: [], foldedSeq: 0, rows: NO_ROWS, notices: [] }

/** What the local history holds, as point, time and watts, and how many rows wait for a database. */
async function held(store: Store): Promise<string> {
  const rows = await store.history('energy', { fromMs: 0, toMs: 1e15, limit: 100 })
  const words = rows.map(({ tags, timeMs, fields }) => `${tags['point']}@${timeMs}=${String(fields['mean_w'])}`)
  return `${words.join(' ')} waiting ${store.depth().rows}`
}

test('staged rows come with the next commit', async () => {
  {
    await using store = await open()
    await store.commit({ ...EMPTY, rows: rowsOf(store, 'a', 10, 1) })
    await store.stage(rowsOf(store, 'a', 11, 2))
    await store.stage(rowsOf(store, 'b', 10, 3))
    const { lastSeq } = await store.commit({ ...EMPTY, packets: [PACKET], foldedSeq: 1 })
    expect(lastSeq).toBe(1)
  }
  await using store = await open()
  expect(await held(store)).toBe('a@10=1 a@11=2 a@12=2 a@13=2 b@10=3 b@11=3 b@12=3 waiting 7')
  expect(store.depth().superseded).toBe(2)
})

test('without a commit they are gone with the store, whatever else was asked meanwhile', async () => {
  {
    await using store = await open()
    await store.commit({ ...EMPTY, packets: [PACKET], rows: rowsOf(store, 'a', 10, 1) })
    await store.stage(rowsOf(store, 'a', 11, 2))
    await store.stage(rowsOf(store, 'b', 10, 3))
    expect(await held(store)).toContain('b@12=3 waiting 7')
    expect(await Array.fromAsync(store.journal(1))).toHaveLength(1)
  }
  await using store = await open()
  expect(await held(store)).toBe('a@10=1 a@11=1 a@12=1 waiting 3')
})

test('a commit that is refused takes the staged rows with it, and the store goes on', async () => {
  await using store = await open()
  await store.commit({ ...EMPTY, rows: rowsOf(store, 'a', 10, 1) })
  const refused = rowsOf(store, 'b', 10, 3)
  await store.stage(refused)
  await expect(store.commit({ ...EMPTY, foldedSeq: 99 })).rejects.toThrow('cannot be')
  expect(await held(store)).toBe('a@10=1 a@11=1 a@12=1 waiting 3')
  const next = rowsOf(store, 'b', 20, 4)
  await expect(store.stage(next), 'its series went, too').rejects.toThrow('series 2 was never saved')
  await store.stage({ ...next, series: refused.series })
  await store.commit(EMPTY)
  expect(await held(store)).toBe('a@10=1 a@11=1 a@12=1 b@20=4 b@21=4 b@22=4 waiting 6')
})
