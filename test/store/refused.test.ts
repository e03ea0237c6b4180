/** Refused packets in the store: bounded, the oldest give way and are counted, and a restart changes nothing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import type { NewRefusals, RefusedPacket, Store } from '../../src/store/types.ts'
import { NO_ROWS } from '../rows/new-rows.ts'

let path: string
beforeEach(() => (path = mkdtempSync(join(tmpdir(), 'coldaisle-refused-'))))
afterEach(() => rmSync(path, { recursive: true, force: true }))

const open = (): Promise<Store> => openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
const ALL = { sinceMs: 0, limit: 5_000 }

async function commit(store: Store, refused: NewRefusals): Promise<void> {
  await store.commit({ packets: [], foldedSeq: 0, rows: NO_ROWS, notices: [], refused })
}

function packet(n: number, length = 10): RefusedPacket {
  const payload = new Uint8Array(length).fill(65)
  return { outcome: 'no_value', topic: `dc/${n}`, nowMs: n, points: ['a', 'b'], payload, bytes: length }
}

const count = (topic: string, readings: number, lastMs: number, outcome = 'future') => ({
  outcome,
  topic,
  readings,
  firstMs: lastMs,
  lastMs,
})

test('counts of one outcome and topic add up, the newest first, by what is asked', async () => {
  await using store = await open()
  await commit(store, { counts: [count('a', 2, 10), count('b', 1, 20)], packets: [] })
  await commit(store, { counts: [count('a', 3, 30), count('a', 1, 25, 'no_value')], packets: [packet(31)] })
  const told = (await store.refused(ALL)).counts.map((it) => `${it.outcome} ${it.topic} ${it.readings} ${it.firstMs}`)
  expect(told).toEqual(['future a 5 10', 'no_value a 1 25', 'future b 1 20'])
  expect((await store.refused({ ...ALL, outcome: 'future', topic: 'a' })).counts).toHaveLength(1)
  expect((await store.refused({ ...ALL, sinceMs: 21 })).counts).toHaveLength(2)
  expect((await store.refused({ ...ALL, sinceMs: 32 })).packets).toEqual([])
  expect((await store.refused({ ...ALL, topic: 'dc/31' })).packets).toEqual([packet(31)])
})

test('packets beyond the most that are kept push the oldest out, which is counted, over a restart too', async () => {
  {
    await using store = await open()
    for (let n = 0; n < 2_100; n += 100) {
      await commit(store, { counts: [], packets: Array.from({ length: 100 }, (_, i) => packet(n + i)) })
    }
    const { packets, fallen } = await store.refused(ALL)
    expect([packets.length, fallen, packets[0]?.topic, packets.at(-1)?.topic]).toEqual([
      2_000,
      100,
      'dc/2099',
      'dc/100',
    ])
  }
  await using store = await open()
  expect(store.depth()).toMatchObject({ refused: 2_000, fallenRefused: 100 })
  await commit(store, { counts: [], packets: Array.from({ length: 2 }, (_, i) => packet(3_000 + i, 1_000_000)) })
  expect((await store.refused(ALL)).packets.map(({ topic }) => topic)).toEqual(['dc/3001', 'dc/3000'])
  expect(store.depth()).toMatchObject({ refused: 2, fallenRefused: 2_100 })
})

test('counts of more topics than are kept push out those that ended first', async () => {
  await using store = await open()
  const many = Array.from({ length: 2_050 }, (_, n) => count(`dc/${n}`, 1, n))
  await commit(store, { counts: many.slice(0, 1_000), packets: [] })
  await commit(store, { counts: many.slice(1_000), packets: [] })
  const { counts } = await store.refused(ALL)
  expect([counts.length, counts[0]?.topic]).toEqual([1_000, 'dc/2049'])
  expect((await store.refused({ ...ALL, topic: 'dc/49' })).counts).toEqual([])
  expect((await store.refused({ ...ALL, topic: 'dc/50' })).counts).toHaveLength(1)
})
