/** The store when it does not come to an end: killed, its log cut, a bit of it turned. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'
import { energyRow, MINUTE_MS, rowsIn } from './rows.ts'

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url))
const SEED = 20_260_117

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'coldaisle-crash-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

function optionsOf(path: string) {
  return { path, journalDays: 7, journalBytes: 1e9, rowReceivers: ['influx'] }
}

/** The journal is whole up to its end, and everything else speaks of the entry it says it speaks of. */
async function expectWhole(store: Store): Promise<void> {
  const { lastSeq, foldedSeq, snapshotSeq, badSnapshots, sections } = store.start()
  const entries = (await Array.fromAsync(store.journal(1))).flat()
  expect(entries.map(({ seq, payload }) => `${seq}:${Buffer.from(payload).toString()}`)).toEqual(
    Array.from({ length: lastSeq }, (_, i) => `${i + 1}:${i + 1}`),
  )
  const held = await store.history('energy', { fromMs: 0, toMs: 1e15, limit: 20_000 })
  const rows = rowsIn(openSeriesBook(store.start()), await store.takeBlocks('influx', 'live', 40_000))
  const notices = await store.takeNotices('mqtt', 10_000)
  const depth = store.depth()
  expect(depth.journal).toBe(lastSeq)
  expect([rows.length, notices.length]).toEqual([depth.rows, Math.min(depth.notices, 10_000)])
  expect(badSnapshots).toEqual([])
  expect(snapshotSeq).toBeLessThanOrEqual(foldedSeq)
  for await (const { bytes } of sections) expect(Buffer.from(bytes).toString()).toBe(String(snapshotSeq).repeat(5_000))
  expect(held.map(({ timeMs, fields }) => [timeMs, fields])).toEqual(rows.map(({ row }) => [row.timeMs, row.fields]))
  if (lastSeq === 0) return
  expect(held.at(-1)?.fields['mean_w']).toBe(foldedSeq)
  expect(rows.at(-1)?.row.fields).toEqual({ mean_w: foldedSeq })
  expect(notices.at(-1)?.notice.payload).toBe(JSON.stringify({ total: foldedSeq }))
}

/** Runs the writer until it has confirmed something and some more ms have passed. Gives the last number that it confirmed. */
async function writeUntilKilled(path: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (part: string) => (text += part))
  await once(child.stdout, 'data')
  await sleep(afterMs)
  child.kill('SIGKILL')
  await ended
  const confirmed = text.slice(0, text.lastIndexOf('\n')).split('\n').map(Number)
  return confirmed.at(-1) ?? 0
}

test(`killed ten times while it commits (seed ${SEED}): what was confirmed is there, whole and in order`, async () => {
  const random = createRandom(SEED)
  const path = join(root, 'killed')
  let before = 0
  for (let round = 1; round <= 10; round += 1) {
    const confirmed = await writeUntilKilled(path, random.int(0, 250))
    expect(confirmed, `round ${round}`).toBeGreaterThan(before)
    await using store = await openStore(optionsOf(path))
    const { lastSeq, lostSeq, quarantined } = store.start()
    expect({ lostSeq, quarantined }).toEqual({})
    expect(lastSeq).toBeGreaterThanOrEqual(confirmed)
    expect(lastSeq - confirmed, 'at most one commit was not confirmed').toBeLessThanOrEqual(60)
    await expectWhole(store)
    before = lastSeq
  }
})

test('after a write that the disk failed nothing more is confirmed, and a new start finds what was', async () => {
  const path = join(root, 'failed')
  const limited = ['-c', 'ulimit -f 6000 && exec "$@"', 'sh', process.execPath, WRITER, path]
  const run = spawnSync('sh', limited, { encoding: 'utf8', maxBuffer: 1e8 })
  expect(run.status).toBe(3)
  expect(run.stderr).toMatch(/did not take the commit: disk I\/O error\n.*takes nothing more after a failed write/)
  await using store = await openStore(optionsOf(path))
  const { lastSeq, lostSeq, quarantined } = store.start()
  expect({ lostSeq, quarantined }).toEqual({})
  expect(lastSeq).toBe(Number(run.stdout.trimEnd().split('\n').at(-1)))
  await expectWhole(store)
})

/** A store of 40 commits that was cut off from its power: database and log as they lay, and the mark that confirms all of it. */
interface Wreck {
  path: string
  logBytes: number
  /** The last number of each commit. */
  ends: number[]
}

let wreck: Wreck

beforeAll(async () => {
  const path = join(root, 'whole')
  const store = await openStore(optionsOf(path))
  const book = openSeriesBook(store.start())
  const ends: number[] = []
  for (let lastSeq = 0, group = 0; group < 40; group += 1) {
    const total = JSON.stringify({ total: lastSeq })
    const packets = Array.from({ length: 1 + (group % 7) }, (_, i) => {
      return { nowMs: 1_700_000_000_000, topic: 'a/b', payload: Buffer.from(String(lastSeq + 1 + i)), retain: false }
    })
    const sections = [{ name: 'core', bytes: Buffer.from(String(lastSeq).repeat(5_000)) }]
    const done = await store.commit({
      packets,
      foldedSeq: lastSeq,
      rows: newRows(book, [energyRow('total', lastSeq * MINUTE_MS, lastSeq)]),
      notices: [{ id: String(lastSeq), topic: 't', payload: total }],
      snapshot: { seq: lastSeq, sections },
    })
    lastSeq = done.lastSeq
    ends.push(lastSeq)
  }
  wreck = { path: join(root, 'wreck'), logBytes: statSync(join(path, 'coldaisle.db-wal')).size, ends }
  mkdirSync(wreck.path)
  for (const name of ['coldaisle.db', 'coldaisle.db-wal']) copyFileSync(join(path, name), join(wreck.path, name))
  await store.close()
  copyFileSync(join(path, 'high-water'), join(wreck.path, 'high-water'))
})

/** Opens a copy of the wreck after something was done to its log. */
async function openWreck(name: string, damage: (log: string) => void): Promise<Store> {
  const path = join(root, name)
  mkdirSync(path)
  for (const file of ['coldaisle.db', 'coldaisle.db-wal', 'high-water']) {
    copyFileSync(join(wreck.path, file), join(path, file))
  }
  damage(join(path, 'coldaisle.db-wal'))
  return openStore(optionsOf(path))
}

test('the log as it lay holds everything', async () => {
  await using store = await openWreck('untouched', () => undefined)
  expect(store.start().lastSeq).toBe(wreck.ends.at(-1))
  expect(store.start().lostSeq).toBeUndefined()
  await expectWhole(store)
})

test(`a log cut at a random byte (seed ${SEED}) gives whole commits up to one, and the loss is told`, async () => {
  const random = createRandom(SEED)
  const cuts = Array.from({ length: 14 }, () => random.int(0, wreck.logBytes - 1)).sort((a, b) => a - b)
  const total = wreck.ends.at(-1) ?? 0
  let shorter = 0
  for (const cut of cuts) {
    await using store = await openWreck(`cut-${cut}`, (log) => truncateSync(log, cut))
    const { lastSeq, lostSeq, quarantined } = store.start()
    expect(quarantined).toBeUndefined()
    expect([0, ...wreck.ends], `cut at ${cut}`).toContain(lastSeq)
    expect(lastSeq, `cut at ${cut}`).toBeGreaterThanOrEqual(shorter)
    expect(lostSeq, `cut at ${cut}`).toBe(total - lastSeq)
    await expectWhole(store)
    shorter = lastSeq
  }
  expect(shorter).toBeGreaterThan(0)
})

test(`a flipped bit in the log (seed ${SEED}) is noticed, because SQLite alone opens it without a word`, async () => {
  const random = createRandom(SEED + 1)
  const total = wreck.ends.at(-1) ?? 0
  for (let round = 0; round < 10; round += 1) {
    const at = random.int(0, wreck.logBytes - 1)
    await using store = await openWreck(`flip-${round}`, (log) => {
      const bytes = readFileSync(log)
      bytes[at]! ^= 1 << random.int(0, 7)
      writeFileSync(log, bytes)
    })
    const { lastSeq, lostSeq } = store.start()
    expect(lastSeq, `byte ${at}`).toBeLessThan(total)
    expect(lostSeq, `byte ${at}`).toBe(total - lastSeq)
    await expectWhole(store)
    expect(await store.commit({ packets: [], foldedSeq: total, rows: NO_ROWS, notices: [] })).toMatchObject({
      lastSeq: total,
    })
  }
})
