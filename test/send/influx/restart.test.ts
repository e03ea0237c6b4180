/** A write that is still on its way when the process ends: its rows may land after those of the next process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Row } from '../../../src/rows/rows.ts'
import { INFLUX } from '../../../src/send/influx/batch.ts'
import { createDrain } from '../../../src/send/influx/drain.ts'
import { openInflux } from '../../../src/send/influx/influx.ts'
import { LIVE_ROWS } from '../../../src/store/rows/queue.ts'
import { openSeriesBook } from '../../../src/store/series-book.ts'
import { openStore } from '../../../src/store/store.ts'
import { newRows } from '../../rows/new-rows.ts'
import { startScript, type ScriptedServer } from '../../servers/influx-script.ts'

const NOON_MS = Date.UTC(2026, 10, 23, 12)
const GHOST_MS = 400

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'coldaisle-restart-'))
})

afterEach(() => rmSync(path, { recursive: true, force: true }))

/** A database that keeps one write for later, as it does when it stands still, and takes all others at once. */
async function startLate(late = 0): Promise<ScriptedServer & { landed: Map<string, string>; landLate: () => void }> {
  const landed = new Map<string, string>()
  const land = (lines: string[]): void => lines.forEach((line) => landed.set(keyOf(line), line))
  const server = await startScript(({ lines }, before) => {
    if (before === late) return { status: 204, fault: 'silent' }
    land(lines)
    return { status: 204 }
  })
  return Object.assign(server, { landed, landLate: () => land(server.requests[late]?.lines ?? []) })
}

/** One process: a store, and a drain that runs until the process ends. */
async function startProcess(url: string, timeoutMs = 60_000) {
  const store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [INFLUX] })
  const book = openSeriesBook(store.start())
  const door = await openInflux({ url, database: 'coldaisle', createDatabase: false }, timeoutMs)
  const limits = { pauseMs: [10, 40], gatherMs: 5, ghostMs: GHOST_MS, idleMs: 50 } as const
  const drain = createDrain({ store, book, door, onState: () => undefined, onRejected: () => undefined, limits })
  const stop = new AbortController()
  let running: Promise<void> | undefined
  return {
    drain,
    start: () => void (running = drain.run(stop.signal).catch(() => undefined)), // it ends with the store
    put: (rows: readonly Row[]) => store.commit({ packets: [], foldedSeq: 0, rows: newRows(book, rows), notices: [] }),
    async drained() {
      await expect.poll(() => store.depth().rows, { timeout: 20_000, interval: 10 }).toBe(0)
    },
    /** Ends it as a kill does: the write on its way gets no answer, and nothing is stored any more. */
    async end() {
      stop.abort()
      await store.close()
      door.close()
      await running
    },
  }
}

const cases = [
  ['before the process ends', 'before'],
  ['after the next one has started', 'after'],
  ['before the next one sends anything', 'between'],
] as const

test.each(cases)('a correction that comes %s outlasts the write that lands late', async (_, when) => {
  await using server = await startLate()
  const first = await startProcess(server.url)
  await first.put([energy(7), energy(8)])
  first.start()
  await expect.poll(() => server.requests.length).toBe(1)
  if (when === 'before') await first.put([energy(7, 1), energy(8, 1)])
  await first.end()

  const next = await startProcess(server.url)
  if (when === 'between') await next.put([energy(7, 1)])
  next.start()
  if (when === 'after') {
    await next.drained()
    await next.put([energy(7, 1)])
  }
  await expect.poll(() => revisionOf(server.landed, 7)).toBe(1)
  server.landLate()
  expect(revisionOf(server.landed, 7), 'the old one is over it for a moment').toBe(0)
  await next.drained()
  expect(revisionOf(server.landed, 7)).toBe(1)
  expect(revisionOf(server.landed, 8)).toBe(when === 'before' ? 1 : 0)
  await next.end()
})

test('a correction after two kills outlasts the write of the first process', async () => {
  await using server = await startLate()
  const first = await startProcess(server.url)
  await first.put([energy(7)])
  first.start()
  await expect.poll(() => server.requests.length).toBe(1)
  await first.end()

  const second = await startProcess(server.url)
  second.start()
  await second.drained()
  await second.end()

  const third = await startProcess(server.url)
  third.start()
  await third.put([energy(7, 1)])
  await expect.poll(() => revisionOf(server.landed, 7)).toBe(1)
  server.landLate()
  expect(revisionOf(server.landed, 7), 'the old one is over it for a moment').toBe(0)
  await third.drained()
  expect(revisionOf(server.landed, 7)).toBe(1)
  await third.end()
})

test('nothing is suspected any more once the time of late writes is over, after a restart neither', async () => {
  await using server = await startLate()
  const first = await startProcess(server.url)
  await first.put([energy(7)])
  first.start()
  await expect.poll(() => server.requests.length).toBe(1)
  await first.end()

  const second = await startProcess(server.url)
  second.start()
  await second.drained()
  await sleep(GHOST_MS * 1.5)
  await second.put([energy(8)])
  await second.drained()
  await second.end()

  const third = await startProcess(server.url)
  third.start()
  await third.put([energy(7, 1)])
  await third.drained()
  await third.end()
  expect(server.requests.slice(1).flatMap(({ lines }) => lines.map(minuteOf))).toEqual([7, 8, 7])
})

test('a write without an answer is suspected after a restart, though the next try went through', async () => {
  await using server = await startLate(1)
  const first = await startProcess(server.url, 100)
  first.start()
  await first.put([energy(6)])
  await first.drained()
  await first.put([energy(7)])
  await first.drained()
  await first.end()

  const second = await startProcess(server.url)
  second.start()
  await second.put([energy(7, 1)])
  await expect.poll(() => revisionOf(server.landed, 7)).toBe(1)
  server.landLate()
  expect(revisionOf(server.landed, 7), 'the old one is over it for a moment').toBe(0)
  await second.drained()
  expect(revisionOf(server.landed, 7)).toBe(1)
  await second.end()
})

test('a row of the backlog that was on its way is corrected for good, too', async () => {
  await using server = await startLate()
  const crowd = Array.from({ length: LIVE_ROWS + 1 }, (_, n) => energy(n))
  const first = await startProcess(server.url)
  await first.put(crowd)
  first.start()
  await expect.poll(() => server.requests.length).toBe(1)
  const sent = server.requests[0]!.lines.map(minuteOf)
  await first.end()

  const next = await startProcess(server.url)
  await next.put([energy(sent[0]!, 1)])
  next.start()
  await expect.poll(() => revisionOf(server.landed, sent[0]!)).toBe(1)
  server.landLate()
  await next.drained()
  expect(revisionOf(server.landed, sent[0]!)).toBe(1)
  expect(next.drain.counts.unguarded).toBe(0)
  await next.end()
})

test('a correction of a row that is still an echo outlasts what the echo was written for', async () => {
  await using server = await startLate()
  const first = await startProcess(server.url)
  await first.put([energy(7)])
  first.start()
  await expect.poll(() => server.requests.length).toBe(1)
  await first.put([energy(7, 1)])
  await first.end()

  const second = await startProcess(server.url)
  second.start()
  await expect.poll(() => revisionOf(server.landed, 7)).toBe(1)
  await second.end()

  const third = await startProcess(server.url)
  third.start()
  await third.put([energy(8)])
  await expect.poll(() => revisionOf(server.landed, 8)).toBe(0)
  await third.put([energy(7, 2)])
  await expect.poll(() => revisionOf(server.landed, 7)).toBe(2)
  server.landLate()
  await third.drained()
  expect(revisionOf(server.landed, 7)).toBe(2)
  await third.end()
})

/** The energy row of one minute. */
function energy(minute: number, revision = 0): Row {
  return {
    measurement: 'energy',
    tags: { site: 'dc5', point: 'ups-1', role: 'it' },
    fields: { energy_j: 4_800_000, coverage: 1, revision, state: 'provisional' },
    timeMs: NOON_MS + minute * 60_000,
  }
}

function minuteOf(line: string): number {
  return (Number(line.slice(line.lastIndexOf(' '))) - NOON_MS) / 60_000
}

/** The revision of a minute's row as the database has it; undefined: it has none. */
function revisionOf(landed: ReadonlyMap<string, string>, minute: number): number | undefined {
  const line = [...landed.values()].find((each) => minuteOf(each) === minute)
  return line === undefined ? undefined : Number(/revision=(\d+)i/.exec(line)?.[1])
}

/** Series and time of a line. */
function keyOf(line: string): string {
  return `${line.slice(0, line.indexOf(' '))}${line.slice(line.lastIndexOf(' '))}`
}
