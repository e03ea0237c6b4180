/** The journal's groups: what is changed in one is noticed, what an older release wrote is read, purges take whole ones. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { SCHEMA } from '../../src/store/database/schema.ts'
import { checksumOf, groupsOf } from '../../src/store/journal/group.ts'
import { openStore, type Commit, type Store } from '../../src/store/store.ts'
import { createSeriesBook } from '../../src/rows/frames/series.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'

const SEED = 20_260_118
const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 0, 15)
const RELEASE = join(import.meta.dirname, '../fixtures/store-0.2.0')

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'coldaisle-journal-'))
})

afterEach(() => rmSync(path, { recursive: true, force: true }))

function open(limits: { journalDays?: number; journalBytes?: number } = {}): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: ['influx'], ...limits })
}

/** A commit of packets `from` to `to`, each with its number as payload, as one group. */
function groupOf(from: number, to: number, part: Partial<Commit> = {}): Commit {
  const packets = Array.from({ length: to - from + 1 }, (_, i) => {
    return { nowMs: NOW_MS + from + i, topic: 'a/b', payload: Buffer.from(String(from + i)), retain: false }
  })
  return { packets, foldedSeq: 0, rows: NO_ROWS, notices: [], ...part }
}

/** The entries that a read gives, as `seq:payload`. */
async function read(store: Store, fromSeq = 1): Promise<string> {
  const entries = (await Array.fromAsync(store.journal(fromSeq))).flat()
  return entries.map(({ seq, payload }) => `${seq}:${Buffer.from(payload).toString()}`).join(' ')
}

function numbered(...numbers: number[]): string {
  return numbers.map((n) => `${n}:${n}`).join(' ')
}

/** Opens the closed database as another program would. */
function edit<T>(work: (db: DatabaseSync) => T): T {
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  return work(db)
}

/** Three groups: 1 to 3, 4 to 6, 7 to 9. */
async function writeThree(): Promise<void> {
  await using store = await open()
  for (const from of [1, 4, 7]) await store.commit(groupOf(from, from + 2))
}

/** Flips one bit of a group's bytes, somewhere in them. */
function flip(firstSeq: number, random: ReturnType<typeof createRandom>): void {
  edit((db) => {
    const row = db.prepare('SELECT bytes FROM packet_group WHERE first_seq = ?').get(firstSeq)
    const bytes = row?.['bytes'] as Uint8Array
    bytes[random.int(0, bytes.length - 1)]! ^= 1 << random.int(0, 7)
    db.prepare('UPDATE packet_group SET bytes = ? WHERE first_seq = ?').run(bytes, firstSeq)
  })
}

test('a read may begin in the middle of a group', async () => {
  await writeThree()
  await using store = await open()
  expect(await read(store, 5)).toBe(numbered(5, 6, 7, 8, 9))
  expect(await read(store, 9)).toBe(numbered(9))
  expect(await read(store, 10)).toBe('')
})

test('a commit of very many packets is kept as bounded groups', async () => {
  await using store = await open()
  await store.commit(groupOf(1, 2_500))
  const batches = await Array.fromAsync(store.journal(1))
  expect(batches.map((batch) => batch.length)).toEqual([1_000, 1_000, 500])
  expect(batches.flat().every(({ seq, payload }) => Buffer.from(payload).toString() === String(seq))).toBe(true)
})

test(`a bit that turned in a group (seed ${SEED}): its packets are left out, told and counted as lost, once`, async () => {
  const random = createRandom(SEED)
  for (let round = 0; round < 4; round += 1) {
    rmSync(join(path, 'coldaisle.db'), { force: true })
    rmSync(join(path, 'high-water'), { force: true })
    await writeThree()
    flip(4, random)
    {
      await using store = await open()
      expect(await read(store), `round ${round}`).toBe(numbered(1, 2, 3, 7, 8, 9))
      expect(store.lostGroups()).toEqual([{ firstSeq: 4, lastSeq: 6, reason: 'changed' }])
      expect(store.depth()).toMatchObject({ journal: 6, lost: 3 })
      expect(await store.commit(groupOf(10, 10))).toEqual({ firstSeq: 10, lastSeq: 10 })
    }
    await using store = await open()
    expect(await read(store)).toBe(numbered(1, 2, 3, 7, 8, 9, 10))
    expect(store.lostGroups()).toEqual([])
    expect(store.depth()).toMatchObject({ journal: 7, lost: 3 })
    expect(store.start().quarantined).toBeUndefined()
  }
})

test.each([
  ['one', 'first_seq = 4', [1, 2, 3, 7, 8, 9, 10], { firstSeq: 4, lastSeq: 6 }],
  ['two in a row', 'first_seq IN (4, 7)', [1, 2, 3, 10], { firstSeq: 4, lastSeq: 9 }],
])('a group that is missing whole is noticed, told and counted as lost, once: %s', async (_, rows, left, lost) => {
  await writeThree()
  {
    await using store = await open()
    await store.commit(groupOf(10, 10))
  }
  edit((db) => db.exec(`DELETE FROM packet_group WHERE ${rows}`))
  {
    await using store = await open()
    expect(await read(store, 5)).toBe(numbered(...left.filter((seq) => seq >= 5)))
    expect(await read(store)).toBe(numbered(...left))
    expect(store.lostGroups()).toEqual([{ ...lost, reason: 'missing' }])
    expect(store.depth()).toMatchObject({ journal: left.length, lost: 10 - left.length })
  }
  await using store = await open()
  expect(await read(store)).toBe(numbered(...left))
  expect(store.lostGroups()).toEqual([])
  expect(store.depth()).toMatchObject({ journal: left.length, lost: 10 - left.length })
})

test('gaps that a database of the schema before has are known: counted then, they are not told again', async () => {
  mkdirSync(path, { recursive: true })
  edit((db) => {
    db.exec(SCHEMA.slice(0, 5).join(';'))
    db.exec(`PRAGMA application_id = ${0x636f6c64}; PRAGMA user_version = 5`)
    const [group] = groupsOf(groupOf(1, 3).packets)
    if (group === undefined) throw new Error('no group')
    const row = { firstSeq: 1, ...group }
    const put = db.prepare('INSERT INTO packet_group VALUES (?, ?, ?, ?, ?)')
    put.run(1, row.count, row.lastMs, checksumOf(row), row.bytes)
    db.exec("INSERT INTO ledger VALUES ('lastSeq', 9), ('raisedSeq', 9), ('journalEntries', 3), ('lostEntries', 6)")
  })
  {
    await using store = await open()
    expect(store.start()).toMatchObject({ firstSeq: 1, lastSeq: 9 })
    await store.commit(groupOf(10, 11))
  }
  await using store = await open()
  expect(await read(store)).toBe(numbered(1, 2, 3, 10, 11))
  expect(store.lostGroups()).toEqual([])
  expect(store.depth()).toMatchObject({ journal: 5, lost: 6 })
})

test('what a purge deleted is not missing, and a purge passes over what is', async () => {
  await writeThree()
  edit((db) => db.exec('DELETE FROM packet_group WHERE first_seq = 4'))
  await using store = await open({ journalDays: 1 })
  expect(await read(store)).toBe(numbered(1, 2, 3, 7, 8, 9))
  await store.commit(groupOf(10, 10, { foldedSeq: 9, snapshot: { seq: 9, sections: [] } }))
  await store.purge(NOW_MS + 2 * DAY_MS)
  expect(await read(store)).toBe(numbered(10))
  expect(store.lostGroups()).toHaveLength(1)
  expect(store.depth()).toMatchObject({ journal: 1, lost: 3 })
})

test.each([
  ['its last arrival', 'last_ms = last_ms + 1'],
  ['its number of packets', 'count = 2'],
  ['its checksum', 'crc32 = crc32 + 1'],
])('a row that says something else of its group is noticed as well: %s', async (_, change) => {
  await writeThree()
  edit((db) => db.exec(`UPDATE packet_group SET ${change} WHERE first_seq = 4`))
  await using store = await open()
  expect(await read(store)).toBe(numbered(1, 2, 3, 7, 8, 9))
  expect(store.lostGroups()).toEqual([{ firstSeq: 4, lastSeq: 6, reason: 'changed' }])
})

test('the newest group may be the bad one: its numbers are not given again, and what was set aside can be looked at', async () => {
  await writeThree()
  edit((db) => db.exec('UPDATE packet_group SET count = 2 WHERE first_seq = 7'))
  const found = edit((db) => db.prepare('SELECT * FROM packet_group WHERE first_seq = 7').get())
  {
    await using store = await open()
    expect(await read(store)).toBe(numbered(1, 2, 3, 4, 5, 6))
    expect(store.lostGroups()).toEqual([{ firstSeq: 7, lastSeq: 9, reason: 'changed' }])
  }
  expect(edit((db) => db.prepare('SELECT * FROM bad_packet_group').all())).toEqual([found])
  {
    await using store = await open()
    expect(store.start()).toMatchObject({ lastSeq: 9 })
    expect(store.start().quarantined).toBeUndefined()
    expect(await store.commit(groupOf(10, 11))).toEqual({ firstSeq: 10, lastSeq: 11 })
  }
  await using store = await open()
  expect(await read(store)).toBe(numbered(1, 2, 3, 4, 5, 6, 10, 11))
  expect(store.depth()).toMatchObject({ journal: 8, lost: 3 })
})

test('a read that meets a bad group commits no staged rows', async () => {
  await writeThree()
  flip(4, createRandom(SEED))
  const tags = { site: 's', point: 'a', role: 'it' }
  const row = { measurement: 'energy' as const, tags, fields: { mean_w: 1 }, timeMs: 60_000 }
  {
    await using store = await open()
    await store.stage(newRows(createSeriesBook(), [row]))
    expect(await read(store)).toBe(numbered(1, 2, 3, 7, 8, 9))
  }
  await using store = await open()
  expect(await store.history('energy', { fromMs: 0, toMs: 1e12, limit: 9 })).toEqual([])
  expect(await read(store)).toBe(numbered(1, 2, 3, 7, 8, 9))
  expect(store.depth()).toMatchObject({ journal: 6, lost: 3 })
})

test('a purge leaves a group whole that a start may still need the end of', async () => {
  await using store = await open({ journalDays: 1 })
  await store.commit(groupOf(1, 3))
  await store.commit(groupOf(4, 6))
  await store.commit(
    groupOf(7, 7, { foldedSeq: 5, snapshot: { seq: 5, sections: [{ name: 'core', bytes: Buffer.of(1) }] } }),
  )
  expect((await store.purge(NOW_MS + 9 * DAY_MS)).journal).toBe(3)
  expect(await read(store)).toBe(numbered(4, 5, 6, 7))
})

/** Lays the store of release 0.2.0 into the folder. */
function layRelease(): void {
  writeFileSync(join(path, 'coldaisle.db'), gunzipSync(readFileSync(join(RELEASE, 'coldaisle.db.gz'))))
  copyFileSync(join(RELEASE, 'high-water'), join(path, 'high-water'))
}

/** As the fixture's README tells them. */
const RELEASED = Array.from({ length: 8 }, (_, i) => {
  const seq = i + 1
  const text = { topic: 'dc5/h1/température', payload: new Uint8Array(Buffer.from(`{"n":${seq}}`)) }
  const tick = { topic: '', payload: new Uint8Array() }
  const binary = { topic: 'b', payload: Uint8Array.of(0, 255, 128) }
  return { seq, nowMs: NOW_MS + seq, retain: seq === 5, ...(seq === 6 ? tick : seq === 7 ? binary : text) }
})

test('entries that release 0.2.0 wrote are read on, and new ones follow them', async () => {
  layRelease()
  {
    await using store = await open()
    expect(store.start()).toMatchObject({ firstSeq: 1, lastSeq: 8, foldedSeq: 6, snapshotSeq: 6, highWater: 8 })
    expect((await Array.fromAsync(store.journal(1))).flat()).toEqual(RELEASED)
    expect((await Array.fromAsync(store.journal(7))).flat()).toEqual(RELEASED.slice(6))
    expect(await store.commit(groupOf(9, 10, { foldedSeq: 8 }))).toEqual({ firstSeq: 9, lastSeq: 10 })
  }
  await using store = await open()
  expect(store.start()).toMatchObject({ firstSeq: 1, lastSeq: 10, foldedSeq: 8 })
  const entries = (await Array.fromAsync(store.journal(1))).flat()
  expect(entries.slice(0, 8)).toEqual(RELEASED)
  expect(entries.slice(8).map(({ seq, payload }) => `${seq}:${Buffer.from(payload).toString()}`)).toEqual([
    '9:9',
    '10:10',
  ])
  expect(store.depth().journal).toBe(10)
})

test('a purge takes what release 0.2.0 wrote first, then groups, and the counts come to nothing', async () => {
  layRelease()
  await using store = await open({ journalDays: 1 })
  await store.commit(groupOf(9, 10, { foldedSeq: 8 }))
  expect((await store.purge(NOW_MS + 9 * DAY_MS)).journal).toBe(6)
  expect((await Array.fromAsync(store.journal(1))).flat().map(({ seq }) => seq)).toEqual([7, 8, 9, 10])
  for (const seq of [9, 10]) {
    await store.commit(
      groupOf(1, 0, { foldedSeq: seq, snapshot: { seq, sections: [{ name: 'core', bytes: Buffer.of(seq) }] } }),
    )
  }
  expect((await store.purge(NOW_MS + 9 * DAY_MS)).journal, 'the older snapshot needs the end of the group').toBe(2)
  await store.commit(
    groupOf(11, 11, { foldedSeq: 11, snapshot: { seq: 11, sections: [{ name: 'core', bytes: Buffer.of(1) }] } }),
  )
  expect((await store.purge(NOW_MS + 9 * DAY_MS)).journal).toBe(2)
  expect(await read(store)).toBe(numbered(11))
  expect(store.depth()).toMatchObject({ journal: 1 })
})
