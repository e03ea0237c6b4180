/** The store on real files: what goes in comes out, what is refused leaves no trace, and every limit holds. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { upgrade } from '../../src/store/database/database.ts'
import { isFull, openStore, StoreFault, type Commit, type JournalEntry, type Store } from '../../src/store/store.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'
import { bookNow, energyRow, energyRows, waiting } from './rows.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 0, 15)
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'coldaisle-store-'))
  folders.push(made)
  return made
}

function optionsOf(path: string) {
  return { path, journalDays: 7, journalBytes: 1e10, rowReceivers: ['influx'] }
}

/** A commit of packets `n` (payload `p<n>`), everything before it folded. */
function commitOf(part: Partial<Commit> = {}, ...numbers: number[]): Commit {
  const packets = numbers.map((n) => ({
    nowMs: NOW_MS + n,
    topic: 'a/b',
    payload: Buffer.from(`p${n}`),
    retain: false,
  }))
  return { packets, foldedSeq: 0, rows: NO_ROWS, notices: [], ...part }
}

async function entries(store: Store, fromSeq = 1): Promise<JournalEntry[]> {
  return (await Array.fromAsync(store.journal(fromSeq))).flat()
}

async function seqs(store: Store): Promise<string> {
  return (await entries(store)).map(({ seq, payload }) => `${seq}:${Buffer.from(payload).toString()}`).join(' ')
}

async function sections(store: Store): Promise<string> {
  const found = await Array.fromAsync(store.start().sections)
  return found.map(({ name, bytes }) => `${name}=${Buffer.from(bytes).toString()}`).join(' ')
}

function snapshotOf(seq: number, text: string, more?: boolean): Pick<Commit, 'snapshot' | 'foldedSeq'> {
  const parts = text.split(' ').map((part) => part.split('='))
  const named = parts.map(([name = '', bytes = '']) => ({ name, bytes: Buffer.from(bytes) }))
  return { foldedSeq: seq, snapshot: { seq, sections: named, ...(more === undefined ? {} : { more }) } }
}

/** Opens the closed database as another program would. */
function edit(path: string, sql: string): void {
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  db.exec(sql)
}

test('what was committed comes back, numbered from 1 without a gap, also after a restart', async () => {
  const path = folder()
  const large = Buffer.alloc(65_536, 7)
  const packets = [
    { nowMs: NOW_MS, topic: 'dc5/h1/température', payload: Buffer.from('{"t":1}'), retain: true },
    { nowMs: NOW_MS + 1, topic: '', payload: new Uint8Array(0), retain: false },
    { nowMs: NOW_MS + 2, topic: 'binary', payload: large.subarray(1_000, 1_003), retain: false },
  ]
  const first = await openStore(optionsOf(path))
  expect(first.start()).toMatchObject({ firstSeq: 1, lastSeq: 0, foldedSeq: 0, snapshotSeq: 0, badSnapshots: [] })
  expect(await first.commit(commitOf({ packets }))).toEqual({ firstSeq: 1, lastSeq: 3 })
  expect(await first.commit(commitOf({ foldedSeq: 3 }))).toEqual({ firstSeq: 4, lastSeq: 3 })
  expect(await first.commit(commitOf({ foldedSeq: 3 }, 4))).toEqual({ firstSeq: 4, lastSeq: 4 })
  await first.close()
  await using second = await openStore(optionsOf(path))
  expect(second.start()).toMatchObject({ firstSeq: 1, lastSeq: 4, foldedSeq: 3, highWater: 4 })
  expect(second.start().lostSeq).toBeUndefined()
  expect(await entries(second)).toEqual([
    {
      seq: 1,
      nowMs: NOW_MS,
      topic: 'dc5/h1/température',
      payload: new Uint8Array(Buffer.from('{"t":1}')),
      retain: true,
    },
    { seq: 2, nowMs: NOW_MS + 1, topic: '', payload: new Uint8Array(0), retain: false },
    { seq: 3, nowMs: NOW_MS + 2, topic: 'binary', payload: new Uint8Array([7, 7, 7]), retain: false },
    { seq: 4, nowMs: NOW_MS + 4, topic: 'a/b', payload: new Uint8Array(Buffer.from('p4')), retain: false },
  ])
  expect(await entries(second, 4)).toHaveLength(1)
  expect(await entries(second, 5)).toEqual([])
})

test('commits keep the order of the calls, and the journal is read in bounded batches', async () => {
  await using store = await openStore(optionsOf(folder()))
  const groups = Array.from({ length: 50 }, (_, i) => Array.from({ length: 50 }, (__, j) => i * 50 + j + 1))
  await Promise.all(groups.map((numbers) => store.commit(commitOf({}, ...numbers))))
  const batches = await Array.fromAsync(store.journal(1))
  expect(batches.map((batch) => batch.length)).toEqual([1_000, 1_000, 500])
  expect(batches.flat().every(({ seq, payload }) => Buffer.from(payload).toString() === `p${seq}`)).toBe(true)
  const large = Buffer.alloc(1_048_576)
  const packets = Array.from({ length: 6 }, () => ({ nowMs: NOW_MS, topic: 'large', payload: large, retain: false }))
  await store.commit(commitOf({ packets }))
  expect((await Array.fromAsync(store.journal(2_501))).map((batch) => batch.length)).toEqual([4, 2])
})

test('a commit that breaks a rule is refused whole, and no number is used', async () => {
  await using store = await openStore(optionsOf(folder()))
  const book = bookNow(store)
  await store.commit(commitOf({ rows: newRows(book, energyRows('a@1=1')) }, 1, 2))
  await store.commit(commitOf({ foldedSeq: 2 }))
  const rows = newRows(book, energyRows('b@1=2'))
  const bad = { ...rows, series: [...rows.series, { number: 9, measurement: 'energy', tags: '{' }] }
  const refused: [string, Partial<Commit>][] = [
    ['folded ahead of the journal', { rows, foldedSeq: 4 }],
    ['folded falls', { rows, foldedSeq: 1 }],
    ['a snapshot ahead of what is folded', { rows, ...snapshotOf(3, 'core=x'), foldedSeq: 2 }],
    ['a section too large', { snapshot: { seq: 2, sections: [{ name: 'core', bytes: Buffer.alloc(1_048_577) }] } }],
    [
      'an arrival time that is none',
      { packets: [{ nowMs: Number.NaN, topic: 'a', payload: Buffer.of(), retain: false }] },
    ],
    ['tags that are not JSON', { foldedSeq: 2, rows: bad }],
    ['a block that is none', { foldedSeq: 2, rows: { ...rows, blocks: [new Uint8Array(99)] } }],
    ['a series of no table', { rows: { ...rows, series: [{ number: 9, measurement: 'x', tags: '{}' }] } }],
  ]
  for (const [name, part] of refused)
    await expect(store.commit(commitOf({ foldedSeq: 2, ...part }, 3)), `${name}`).rejects.toThrow(Error)
  expect(store.depth()).toMatchObject({ journal: 2, rows: 1 })
  expect(await seqs(store)).toBe('1:p1 2:p2')
  expect(await waiting(store, 'influx')).toBe('1:a@1=1')
  expect(await store.commit(commitOf({ rows, foldedSeq: 2 }, 3))).toEqual({ firstSeq: 3, lastSeq: 3 })
  expect(await waiting(store, 'influx')).toBe('1:a@1=1 2:b@1=2')
})

test('a full disk refuses the commit whole; after a purge it is taken', async () => {
  const path = folder()
  const small = { ...optionsOf(path), journalBytes: 100_000, databaseBytes: 1_000_000 }
  await using store = await openStore(small)
  const payload = Buffer.alloc(20_000)
  const packets = [1, 2].map((n) => ({ nowMs: NOW_MS + n, topic: 'a', payload, retain: false }))
  let lastSeq = 0
  let refusal: unknown
  while (refusal === undefined && lastSeq < 100) {
    try {
      const rows = newRows(bookNow(store), [energyRow('a', lastSeq * 60_000, lastSeq)])
      const done = await store.commit({
        packets,
        foldedSeq: lastSeq,
        rows,
        notices: [{ id: 'n', topic: 't', payload: '' }],
      })
      lastSeq = done.lastSeq
    } catch (error) {
      refusal = error
    }
  }
  expect(refusal).toMatchObject({ message: expect.stringContaining('full') })
  expect(refusal).toMatchObject({ code: 'full' })
  expect(isFull(refusal)).toBe(true)
  expect(lastSeq).toBeGreaterThan(20)
  const depth = store.depth()
  expect(depth).toMatchObject({ journal: lastSeq, rows: lastSeq / 2, notices: lastSeq / 2 })
  await expect(store.commit({ packets, foldedSeq: lastSeq, rows: NO_ROWS, notices: [] })).rejects.toSatisfy(isFull)
  expect((await entries(store)).length).toBe(lastSeq)
  await store.commit(commitOf(snapshotOf(lastSeq, 'core=x')))
  expect((await store.purge(NOW_MS)).journal).toBeGreaterThan(10)
  expect(await store.commit({ packets, foldedSeq: lastSeq, rows: NO_ROWS, notices: [] })).toEqual({
    firstSeq: lastSeq + 1,
    lastSeq: lastSeq + 2,
  })
})

test('a second daemon is refused, in this process and in another', async () => {
  const path = folder()
  await using store = await openStore(optionsOf(path))
  await store.commit(commitOf({}, 1))
  const refusal: unknown = await openStore(optionsOf(path)).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(StoreFault)
  expect(refusal).toMatchObject({
    code: 'in_use',
    message: `${join(path, 'coldaisle.db')} is in use by another process`,
  })
  const code = `import { openStore } from ${JSON.stringify(new URL('../../src/store/store.ts', import.meta.url).href)}
    await openStore(${JSON.stringify(optionsOf(path))}).catch((error) => console.log(error.message))`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  expect(run.stdout).toMatch(/coldaisle\.db is in use by another process/)
  expect(await store.commit(commitOf({}, 2))).toEqual({ firstSeq: 2, lastSeq: 2 })
})

test.each([
  ['is not there', 'absent', /^there is no store in /, (path: string) => join(path, 'data'), undefined],
  ['lies below a file', 'absent', /^there is no store in /, (path: string) => join(path, 'coldaisle.db'), 'x'],
  ['is damaged', 'damaged', /coldaisle\.db is damaged/, (path: string) => path, 'x'.repeat(10_000)],
])('a store that must exist and %s is refused and left as it is', async (_, code, words, at, database) => {
  const path = folder()
  if (database !== undefined) writeFileSync(join(path, 'coldaisle.db'), database)
  const before = readdirSync(path)
  const refusal: unknown = await openStore({ ...optionsOf(at(path)), mustExist: true }).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code, message: expect.stringMatching(words) })
  expect(readdirSync(path)).toEqual(before)
})

test('a store that must exist and does is opened, with what is in it', async () => {
  const path = folder()
  const first = await openStore(optionsOf(path))
  await first.commit(commitOf({}, 1, 2))
  await first.close()
  await using second = await openStore({ ...optionsOf(path), mustExist: true })
  expect(await seqs(second)).toBe('1:p1 2:p2')
})

test('the folder and its files are for their owner only', async () => {
  const path = join(folder(), 'a', 'b')
  await using store = await openStore(optionsOf(path))
  await store.backup(join(path, 'copy.db'))
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(readdirSync(path).sort()).toEqual(['coldaisle.db', 'coldaisle.db-wal', 'copy.db', 'high-water'])
  for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o077, `mode of ${name}`).toBe(0)
})

test('a folder that cannot be made is refused with a sentence', async () => {
  const path = folder()
  writeFileSync(join(path, 'file'), '')
  await expect(openStore(optionsOf(join(path, 'file', 'store')))).rejects.toThrow(/folder .* cannot be made or written/)
})

const isRoot = process.getuid?.() === 0
test.skipIf(isRoot)(`a read-only folder is refused${isRoot ? ': skipped, root may write anywhere' : ''}`, async () => {
  const path = folder()
  mkdirSync(join(path, 'store'), { mode: 0o500 })
  await expect(openStore(optionsOf(join(path, 'store')))).rejects.toThrow(/cannot be made or written/)
})

test.each([
  ['a newer version', 'PRAGMA user_version = 99', /written by a newer version \(schema 99/],
  ['another program', 'PRAGMA application_id = 1', /database of another program/],
])('the database of %s is refused and left as it is', async (_, sql, words) => {
  const path = folder()
  await (await openStore(optionsOf(path))).close()
  edit(path, sql)
  const before = readFileSync(join(path, 'coldaisle.db'))
  await expect(openStore(optionsOf(path))).rejects.toThrow(words)
  expect(readFileSync(join(path, 'coldaisle.db')).equals(before)).toBe(true)
  expect(readdirSync(path).sort()).toEqual(['coldaisle.db', 'high-water'])
})

test('a step of the schema that fails changes nothing', () => {
  using db = new DatabaseSync(':memory:')
  const steps = ['CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (7)']
  upgrade(db, steps)
  expect(() => upgrade(db, [...steps, 'UPDATE a SET x = 8; CREATE TABLE a (y INTEGER)'])).toThrow(/already exists/)
  expect(db.prepare('SELECT x FROM a').get()).toEqual({ x: 7 })
  upgrade(db, [...steps, 'UPDATE a SET x = 8'])
  expect(db.prepare('SELECT x FROM a').get()).toEqual({ x: 8 })
})

test('a snapshot is the newest writing of each section', async () => {
  const path = folder()
  const first = await openStore(optionsOf(path))
  await first.commit(commitOf({}, 1, 2, 3, 4, 5, 6))
  await first.commit(commitOf(snapshotOf(2, 'core=c2 points/1=p2 points/2=q2')))
  await first.commit(commitOf(snapshotOf(3, 'points/1=p3')))
  await first.commit(commitOf(snapshotOf(4, 'core=c4 points/2=')))
  await first.commit(commitOf(snapshotOf(6, 'core=unfinished', true)))
  await first.close()
  const second = await openStore(optionsOf(path))
  expect(second.start()).toMatchObject({ snapshotSeq: 4, foldedSeq: 6, badSnapshots: [] })
  expect(await sections(second)).toBe('core=c4 points/1=p3')
  await second.commit(commitOf(snapshotOf(6, 'core=c6', true)))
  await second.commit(commitOf(snapshotOf(6, 'points/3=r6')))
  await second.close()
  await using third = await openStore(optionsOf(path))
  expect(third.start().snapshotSeq).toBe(6)
  expect(await sections(third)).toBe('core=c6 points/1=p3 points/3=r6')
})

const FLIP = `UPDATE section SET bytes = CAST('X' || substr(CAST(bytes AS TEXT), 2) AS BLOB) WHERE`
test.each([
  ['a byte in the newest', `${FLIP} name = 'core' AND seq = 4`, 2, 'core=c2 points=p2', [4]],
  ['a section of the newest is gone', `DELETE FROM section WHERE seq = 4`, 2, 'core=c2 points=p2', [4]],
  ['a byte that both share', `${FLIP} name = 'points'`, 0, '', [4, 2]],
  ['a byte in the older one', `${FLIP} name = 'core' AND seq = 2`, 4, 'core=c4 points=p2', []],
])('a bad snapshot is set aside and told: %s', async (_, sql, seq, found, bad) => {
  const path = folder()
  const first = await openStore(optionsOf(path))
  await first.commit(commitOf({}, 1, 2, 3, 4, 5))
  await first.commit(commitOf(snapshotOf(2, 'core=c2 points=p2')))
  await first.commit(commitOf(snapshotOf(4, 'core=c4')))
  await first.close()
  edit(path, sql)
  const second = await openStore(optionsOf(path))
  expect(second.start()).toMatchObject({ snapshotSeq: seq, firstSeq: 1, lastSeq: 5 })
  expect(second.start().badSnapshots.map((it) => it.seq)).toEqual(bad)
  expect(await sections(second)).toBe(found)
  await second.commit(
    commitOf({ foldedSeq: 5, snapshot: { seq: 5, sections: [{ name: 'core', bytes: Buffer.from('c5') }] } }),
  )
  await second.close()
  await using third = await openStore(optionsOf(path))
  expect(third.start()).toMatchObject({ snapshotSeq: 5, badSnapshots: [] })
})

test('of the dead letters the newest 10,000 are kept', async () => {
  const path = folder()
  const store = await openStore(optionsOf(path))
  const rows = Array.from({ length: 10_020 }, (_, n) => energyRow(`p${n}`, 60_000, n))
  await store.commit(commitOf({ rows: newRows(bookNow(store), rows) }))
  for (let first = 0; first < rows.length; first += 1_000) {
    const places = Array.from({ length: Math.min(1_000, rows.length - first) }, (_, n) => first + n)
    await store.rejectRows('influx', [{ id: 1, rows: places }], 'no such field type')
  }
  expect(store.depth()).toMatchObject({ rows: 0, rejected: 10_020 })
  await store.close()
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  expect(db.prepare('SELECT count(*) AS n FROM rejected').get()).toEqual({ n: 10_000 })
  expect(db.prepare('SELECT tags, fields, time_ms, reason FROM rejected ORDER BY id LIMIT 1').get()).toEqual({
    tags: '{"site":"s","point":"p20","role":"it"}',
    fields: '{"mean_w":20}',
    time_ms: 60_000,
    reason: 'no such field type',
  })
})

test('notices wait in order until they are passed, one id may come twice', async () => {
  const path = folder()
  const notices = ['raised', 'cleared'].map((payload) => ({ id: 'inlet:r1:1', topic: 't', payload }))
  const first = await openStore(optionsOf(path))
  await first.commit(commitOf({ notices }))
  expect(await first.takeNotices('mqtt', 1)).toEqual([{ id: 1, notice: notices[0], atMs: 0 }])
  await first.passNotices('mqtt', 1)
  await first.close()
  await using second = await openStore(optionsOf(path))
  expect(second.depth().notices).toBe(1)
  expect(await second.takeNotices('mqtt', 10)).toEqual([{ id: 2, notice: notices[1], atMs: 0 }])
})

test('a purge of many rows and series goes in steps and takes all of them', async () => {
  await using store = await openStore({ ...optionsOf(folder()), rowReceivers: [] })
  const book = bookNow(store)
  const many = Array.from({ length: 5_200 }, (_, n) => energyRow(`p${n}`, 60_000, n))
  await store.commit(commitOf({ rows: newRows(book, many) }))
  const long = Array.from({ length: 300 }, (_, n) => energyRow('long', (n + 1) * 3_600_000, n))
  await store.commit(commitOf({ rows: newRows(book, long) }))
  await store.compact(NOW_MS)
  expect(await store.purge(NOW_MS)).toEqual({ journal: 0, history: 5_500 })
})

test.each([
  ['nothing is old or too much', 7, 1e9, 0, '1 2 3 4 5 6'],
  ['old entries go', 7, 1e9, 6 * DAY_MS, '4 5 6'],
  ['too many bytes go, oldest first', 7, 110, 0, '5 6'],
  ['but never what the older snapshot needs', 1, 1, 30 * DAY_MS, '5 6'],
])('purge of the journal: %s', async (_, journalDays, journalBytes, laterMs, left) => {
  await using store = await openStore({ ...optionsOf(folder()), journalDays, journalBytes })
  const packets = [1, 2, 3, 4, 5, 6].map((n) => {
    return { nowMs: NOW_MS + (n - 5) * DAY_MS, topic: 'ab', payload: Buffer.from(`p${n}`), retain: false }
  })
  for (const packet of packets) await store.commit({ packets: [packet], foldedSeq: 0, rows: NO_ROWS, notices: [] })
  expect((await store.purge(NOW_MS + 1e12)).journal, 'without a snapshot').toBe(0)
  await store.commit(commitOf(snapshotOf(4, 'core=c4')))
  await store.commit(commitOf(snapshotOf(6, 'core=c6')))
  const { journal } = await store.purge(NOW_MS + laterMs)
  const seqsLeft = (await entries(store)).map(({ seq }) => seq)
  expect(seqsLeft.join(' ')).toBe(left)
  expect(journal).toBe(6 - seqsLeft.length)
  expect(store.depth()).toMatchObject({ journal: seqsLeft.length, bytes: seqsLeft.length * 52 })
})

test('numbers go on after everything is purged, and after a restart', async () => {
  const path = folder()
  const options = { ...optionsOf(path), journalDays: 1 }
  const numbers = Array.from({ length: 12_000 }, (_, n) => n + 1)
  const first = await openStore(options)
  await first.commit(commitOf({}, ...numbers))
  await first.commit(commitOf(snapshotOf(12_000, 'core=c')))
  expect((await first.purge(NOW_MS + 2 * DAY_MS)).journal).toBe(12_000)
  expect(first.depth()).toMatchObject({ journal: 0, bytes: 0 })
  await first.close()
  await using second = await openStore(options)
  expect(second.start()).toMatchObject({ firstSeq: 12_001, lastSeq: 12_000 })
  expect(await second.commit(commitOf({ foldedSeq: 12_000 }, 1))).toEqual({ firstSeq: 12_001, lastSeq: 12_001 })
})

test('a backup is whole while commits go on, and replaces the older one', async () => {
  const path = folder()
  const copy = join(path, 'backup', 'coldaisle.db')
  mkdirSync(join(path, 'backup'))
  writeFileSync(copy, 'older')
  await using store = await openStore(optionsOf(path))
  const packets = Array.from({ length: 2_000 }, (_, n) => {
    return { nowMs: NOW_MS, topic: 'a', payload: Buffer.alloc(5_000, n), retain: false }
  })
  await store.commit(commitOf({ packets }))
  const done = { copy: false, commits: 0 }
  const copying = store.backup(copy).finally(() => (done.copy = true))
  await expect(store.backup(copy)).rejects.toThrow(/under way/)
  while (!done.copy) {
    await store.commit(commitOf({}, 1))
    done.commits += 1
  }
  await copying
  expect(done.commits, 'commits during the copy').toBeGreaterThan(2)
  expect(readdirSync(join(path, 'backup'))).toEqual(['coldaisle.db'])
  await using restored = await openStore(optionsOf(join(path, 'backup')))
  const { lastSeq } = restored.start()
  expect(lastSeq).toBeGreaterThanOrEqual(2_000)
  expect((await entries(restored)).map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, n) => n + 1))
})

test('a backup ends, and another, though commits wait one behind the other', async () => {
  const path = folder()
  await using store = await openStore(optionsOf(path))
  const packets = Array.from({ length: 1_000 }, (_, n) => {
    return { nowMs: NOW_MS, topic: 'a', payload: Buffer.alloc(5_000, n), retain: false }
  })
  await store.commit(commitOf({ packets }))
  let isOver = false
  const committing = Array.from({ length: 3 }, async () => {
    while (!isOver) await store.commit(commitOf({}, 1))
  })
  mkdirSync(join(path, 'copy'))
  for (let n = 0; n < 5; n++) await store.backup(join(path, 'copy', 'coldaisle.db'))
  isOver = true
  await Promise.all(committing)
  await using copied = await openStore(optionsOf(join(path, 'copy')))
  expect(copied.start().lastSeq).toBeGreaterThan(1_000)
})

test('closing ends a backup and leaves nothing of it', async () => {
  const path = folder()
  const store = await openStore(optionsOf(path))
  const packets = Array.from({ length: 4_000 }, () => {
    return { nowMs: NOW_MS, topic: 'a', payload: Buffer.alloc(5_000), retain: false }
  })
  await store.commit(commitOf({ packets }))
  const [copied, closed] = await Promise.allSettled([store.backup(join(path, 'copy.db')), store.close()])
  expect([copied.status, closed.status]).toEqual(['rejected', 'fulfilled'])
  expect(readdirSync(path).sort()).toEqual(['coldaisle.db', 'high-water'])
  await expect(store.commit(commitOf({}, 1))).rejects.toThrow(/closed/)
  await store.close()
})

test('a mark ahead of the journal tells how many acknowledged entries are lost; their numbers are not given again', async () => {
  const path = folder()
  const first = await openStore(optionsOf(path))
  await first.commit(commitOf({}, 1, 2, 3))
  await first.close()
  const older = readFileSync(join(path, 'coldaisle.db'))
  const second = await openStore(optionsOf(path))
  await second.commit(commitOf({}, 4, 5, 6, 7))
  await second.close()
  writeFileSync(join(path, 'coldaisle.db'), older)
  const third = await openStore(optionsOf(path))
  expect(third.start()).toMatchObject({ lastSeq: 3, highWater: 7, lostSeq: 4 })
  expect(third.depth().lost).toBe(4)
  await third.close()
  const fourth = await openStore(optionsOf(path))
  expect(fourth.start().lostSeq).toBeUndefined()
  expect(await fourth.commit(commitOf({}, 8))).toEqual({ firstSeq: 8, lastSeq: 8 })
  expect(await seqs(fourth)).toBe('1:p1 2:p2 3:p3 8:p8')
  await fourth.close()
  await using fifth = await openStore(optionsOf(path))
  expect(fifth.start()).toMatchObject({ lastSeq: 8, highWater: 8 })
  expect(fifth.depth().lost).toBe(4)
})

test.each([
  ['is damaged', (text: string) => text.replace('0000003', '0000009')],
  ['is cut', (text: string) => text.slice(0, 20)],
  ['is empty', () => ''],
])('a mark that %s says nothing', async (_, damage) => {
  const path = folder()
  const first = await openStore(optionsOf(path))
  await first.commit(commitOf({}, 1, 2, 3))
  await first.close()
  const mark = join(path, 'high-water')
  expect(readFileSync(mark, 'latin1')).toMatch(/^high-water 0{15}3 [\da-f]{8} +\n$/)
  writeFileSync(mark, damage(readFileSync(mark, 'latin1')))
  const second = await openStore(optionsOf(path))
  expect(second.start()).toMatchObject({ lastSeq: 3, highWater: undefined })
  expect(second.start().lostSeq).toBeUndefined()
  await second.close()
  await using third = await openStore(optionsOf(path))
  expect(third.start().highWater).toBe(3)
})

test.each([
  ['its head is overwritten', (bytes: Buffer) => bytes.fill(0x55, 0, 200)],
  ['pages are overwritten', (bytes: Buffer) => bytes.fill(0x55, 4_096)],
  ['it is cut', (bytes: Buffer) => bytes.subarray(0, 20_000)],
])('a damaged database is moved aside, a new one begun, and numbers go on: %s', async (_, damage) => {
  const path = folder()
  const first = await openStore(optionsOf(path))
  const payload = Buffer.alloc(1_000)
  const packets = Array.from({ length: 100 }, () => ({ nowMs: NOW_MS, topic: 'a', payload, retain: false }))
  await first.commit(commitOf({ packets }))
  await first.close()
  const file = join(path, 'coldaisle.db')
  const bad = damage(readFileSync(file))
  writeFileSync(file, bad)
  await using second = await openStore(optionsOf(path))
  expect(second.start()).toMatchObject({ lastSeq: 0, highWater: 100, quarantined: `${file}.damaged-1` })
  expect(readFileSync(`${file}.damaged-1`).equals(bad)).toBe(true)
  expect(await second.commit(commitOf({}, 1))).toEqual({ firstSeq: 101, lastSeq: 101 })
})
