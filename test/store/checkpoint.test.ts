/** SQLite's log is emptied into the database beside the commits, not by one of them, and does not grow without end. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../src/store/store.ts'
import { createSeriesBook } from '../../src/rows/frames/series.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'

const PAGE_BYTES = 4_096

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'coldaisle-checkpoint-'))
})

afterEach(() => rmSync(path, { recursive: true, force: true }))

function open(): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
}

function bytesOf(name: string): number {
  return statSync(join(path, name)).size
}

/** Commits about so many pages of packets. */
async function commitPages(store: Store, pages: number): Promise<void> {
  const payload = Buffer.alloc(PAGE_BYTES)
  const packets = Array.from({ length: pages }, () => ({ nowMs: 1, topic: 'a', payload, retain: false }))
  await store.commit({ packets, foldedSeq: 0, rows: NO_ROWS, notices: [] })
}

async function until(what: () => boolean): Promise<void> {
  for (let n = 0; n < 200 && !what(); n++) await sleep(25)
  expect(what()).toBe(true)
}

test('what is in the log goes into the database once the thread has nothing to do', async () => {
  await using store = await open()
  await commitPages(store, 500)
  await sleep(200)
  expect(bytesOf('coldaisle.db'), 'too little to trouble the disk for').toBeLessThan(100 * PAGE_BYTES)
  await commitPages(store, 800)
  await until(() => bytesOf('coldaisle.db') > 1_300 * PAGE_BYTES)
})

test('the log of a store that is never idle stays short', async () => {
  await using store = await open()
  let longest = 0
  for (let n = 0; n < 60; n++) {
    await commitPages(store, 500)
    longest = Math.max(longest, bytesOf('coldaisle.db-wal'))
  }
  expect(bytesOf('coldaisle.db')).toBeGreaterThan(25_000 * PAGE_BYTES)
  expect(longest).toBeLessThan(4_500 * PAGE_BYTES)
})

test('staged rows are no idle moment: they wait for their commit', async () => {
  const tags = { site: 's', point: 'a', role: 'it' }
  const row = { measurement: 'energy' as const, tags, fields: { mean_w: 1 } }
  await using store = await open()
  await commitPages(store, 950)
  const rows = Array.from({ length: 9_000 }, (_, n) => ({ ...row, timeMs: n * 60_000 }))
  await store.stage(newRows(createSeriesBook(), rows))
  await sleep(200)
  await commitPages(store, 1)
  expect(await store.history('energy', { fromMs: 0, toMs: 1e15, limit: 20_000 })).toHaveLength(9_000)
  await until(() => bytesOf('coldaisle.db') > 960 * PAGE_BYTES)
})
