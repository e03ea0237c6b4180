/**
 * A bit of the database file turns while nobody looks, or the file ends early. The next start tells it, or everything
 * that is read is as it was written: packets, rows, queue, notices, snapshot and counts.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import { openStore, StoreFault, type Store } from '../../src/store/store.ts'
import type { Depth } from '../../src/store/types.ts'
import type { QueuedBlock } from '../../src/store/queue-type.ts'
import { newRows } from '../rows/new-rows.ts'
import { seedsOf } from '../seeds.ts'
import { energyRow, MINUTE_MS } from './rows.ts'

const T0_MS = Date.UTC(2026, 0, 15)
const COMMITS = 260
const POINTS = ['utility', 'ups-1', 'ups-2', 'crah']

let root: string
let whole: Record<string, unknown>

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'coldaisle-flips-'))
  await write(join(root, 'sound'))
  whole = await read(await open(join(root, 'sound')))
}, 120_000)

afterAll(() => rmSync(root, { recursive: true, force: true }))

function open(path: string): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: ['influx'] })
}

/** Four hours and a bit, packed but for the last hour; two thirds of the queue is passed, some rows are echoes. */
async function write(path: string): Promise<void> {
  await using store = await open(path)
  const book = openSeriesBook(store.start())
  await store.setReceivers(['mqtt'])
  for (let n = 1; n <= COMMITS; n++) {
    const packets = Array.from({ length: 3 }, (_, i) => {
      const payload = Buffer.from(JSON.stringify({ ts: T0_MS + n * MINUTE_MS, kw: n + i / 8 }))
      return { nowMs: T0_MS + n * MINUTE_MS + i, topic: `dc5/${POINTS[i]}`, payload, retain: false }
    })
    const late = n > COMMITS - 9 ? [energyRow('crah', T0_MS + (n - 1) * MINUTE_MS, n)] : []
    const rows = [...POINTS.map((point, i) => energyRow(point, T0_MS + n * MINUTE_MS, n * 1_000 + i)), ...late]
    const notice = {
      id: `a-${n}`,
      topic: `dc5/alarm/${n % 5}`,
      payload: JSON.stringify({ alarm: 'stale', source: `${n % 5}`, state: 'raised', timeMs: n }),
    }
    const sections = ['core', 'points/1', 'points/2'].map((name) => ({
      name,
      bytes: Buffer.from(`${name} ${n} `.repeat(99)),
    }))
    await store.commit({
      packets,
      foldedSeq: 3 * (n - 1),
      rows: newRows(book, rows),
      notices: n % 20 === 0 ? [notice] : [],
      ...(n % 50 === 0 ? { snapshot: { seq: 3 * (n - 1), sections } } : {}),
    })
  }
  await store.compact(T0_MS + COMMITS * MINUTE_MS)
  const blocks = await store.takeBlocks('influx', 'live', 600)
  const last = blocks.at(-1)
  if (last === undefined) throw new Error('nothing waits')
  await store.passBlocks('influx', 'live', { id: last.id, toRow: last.toRow }, [{ id: last.id, rows: [0, 2] }])
  await store.rejectRows('influx', [{ id: last.id + 1, rows: [1] }], 'no database takes it')
}

/** All that others get from a store. */
async function read(opened: Store): Promise<Record<string, unknown>> {
  await using store = opened
  const { sections, ...start } = store.start()
  await store.setReceivers(['mqtt'])
  const all = { fromMs: 0, toMs: 1e15, limit: 20_000 }
  const entries = (await Array.fromAsync(store.journal(1))).flat()
  return {
    start,
    sections: (await Array.fromAsync(sections)).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    packets: entries.map(({ payload, ...entry }) => ({ ...entry, payload: Buffer.from(payload).toString() })),
    history: await store.history('energy', all),
    queue: wordsOf(await store.takeBlocks('influx', 'live', 50_000)),
    echoes: wordsOf(await store.takeEchoes('influx')),
    notices: await store.takeNotices('mqtt', 1_000),
    standing: await store.standing(),
    depth: store.depth(),
    told: { lost: store.lostGroups().length, bad: store.depth().badBlocks },
  }
}

function wordsOf(blocks: readonly QueuedBlock[]): { rows: number }[] {
  const words = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64')
  return blocks.map(({ block, cleared, ...place }) => {
    const places = Array.from({ length: place.toRow - place.fromRow }, (_, n) => place.fromRow + n)
    const rows = places.filter((row) => (((cleared?.[row >> 3] ?? 0) >> (row & 7)) & 1) === 0).length
    return { ...place, rows, cleared: words(cleared), block: words(block) }
  })
}

/** What a damaged copy says: `same`, `told`, or the names of what differs without a word. */
async function verdictOf(path: string): Promise<string> {
  let found: Record<string, unknown>
  try {
    found = await read(await open(path))
  } catch (error) {
    return error instanceof StoreFault ? `refused: ${error.message}` : `threw: ${String(error)}`
  }
  const differing = Object.keys(whole).filter((name) => JSON.stringify(found[name]) !== JSON.stringify(whole[name]))
  if (differing.length === 0) return 'same'
  const start = found['start'] as ReturnType<Store['start']>
  const { lost, bad } = found['told'] as { lost: number; bad: number }
  const isTold =
    lost > 0 || bad > 0 || start.quarantined !== undefined || start.badSnapshots.length > 0 || start.damaged.length > 0
  return isTold ? 'told' : `silent: ${differing.join(' ')}`
}

/** A copy of the sound store whose database file was changed. */
function hurt(change: (bytes: Buffer) => Uint8Array): string {
  const path = join(root, 'hurt')
  rmSync(path, { recursive: true, force: true })
  cpSync(join(root, 'sound'), path, { recursive: true })
  const file = join(path, 'coldaisle.db')
  writeFileSync(file, change(readFileSync(file)))
  return path
}

test('after bits that turned anywhere in the file, a start tells it, or nothing differs', async () => {
  const verdicts: string[] = []
  for (const seed of seedsOf('turned bits')) {
    const random = createRandom(seed)
    const path = hurt((bytes) => {
      bytes[random.int(0, bytes.length - 1)]! ^= 1 << random.int(0, 7)
      return bytes
    })
    verdicts.push(await verdictOf(path))
  }
  console.log(`of ${verdicts.length} bits ${verdicts.filter((it) => it === 'told').length} were told`)
  expect(verdicts.filter((it) => it !== 'told' && it !== 'same')).toEqual([])
  expect(verdicts).toContain('told')
}, 600_000)

test('a file that ends early is told, wherever it was cut', async () => {
  const verdicts: string[] = []
  for (const seed of seedsOf('cut files')) {
    const random = createRandom(seed)
    verdicts.push(await verdictOf(hurt((bytes) => bytes.subarray(0, random.int(1, bytes.length - 1)))))
  }
  expect(new Set(verdicts)).toEqual(new Set(['told']))
}, 600_000)

const ROWS: [change: string, told: string, differs: string][] = [
  ["UPDATE notice SET payload = '{}' WHERE id = 3", 'notice 3', 'notices'],
  ["UPDATE standing SET since_ms = 7 WHERE topic = 'dc5/alarm/0'", 'standing dc5/alarm/0', 'standing'],
  ["UPDATE row_series SET tags = replace(tags, 'ups-1', 'ups-7') WHERE number = 2", 'row_series 2', 'history'],
  ["UPDATE receiver SET passed_id = 9 WHERE name = 'mqtt'", 'receiver mqtt', ''],
  ["UPDATE row_receiver SET live_id = live_id + 5 WHERE name = 'influx'", 'row_receiver influx', 'queue'],
  ["UPDATE cleared SET bits = x'0f'", 'cleared influx', 'queue'],
  ["UPDATE echo SET bits = x'0f'", 'echo', 'echoes'],
  ['UPDATE chunked_hour SET upto_id = 1', 'chunked_hour', ''],
  ['UPDATE chunked_series SET last_hour = first_hour', 'chunked_series', ''],
  ["UPDATE ledger SET number = number + 1 WHERE name = 'journalEntries'", 'journalEntries', ''],
  ["UPDATE ledger SET number = number + 1 WHERE name = 'rejectedRows'", 'rejectedRows', 'depth'],
]

test.each(ROWS)('%s is told, and the rest goes on from what is known', async (change, told, differs) => {
  const path = hurt((bytes) => bytes)
  {
    using db = new DatabaseSync(join(path, 'coldaisle.db'))
    db.function('seal', { varargs: true }, () => 7)
    db.exec(change)
  }
  const found = await read(await open(path))
  const { damaged } = found['start'] as ReturnType<Store['start']>
  expect(damaged.join()).toContain(told)
  const others = ['sections', 'packets', 'history', 'queue', 'echoes', 'notices', 'standing'].filter(
    (it) => it !== differs,
  )
  const waiting = [...(found['queue'] as { rows: number }[]), ...(found['echoes'] as { rows: number }[])]
  expect(waiting.reduce((sum, { rows }) => sum + rows, 0)).toBe((found['depth'] as Depth).rows)
  expect(partOf(found, others)).toEqual(partOf(whole, others))
  expect((await read(await open(path)))['start'], 'told once').toMatchObject({ damaged: [] })
})

function partOf(all: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, all[name]]))
}
