import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { InfluxDB } from 'influx'
import { afterEach, describe, expect, test } from 'vitest'

import { createRandom } from '../../../simulators/random.ts'
import { INFLUX } from '../../../src/send/influx/batch.ts'
import { createDrain, type Drain, type DrainState } from '../../../src/send/influx/drain.ts'
import { openInflux, type InfluxConfig } from '../../../src/send/influx/influx.ts'
import type { DrainLimits } from '../../../src/send/influx/limits.ts'
import { createSeriesBook } from '../../../src/rows/frames/series.ts'
import type { Row } from '../../../src/rows/rows.ts'
import { LIVE_ROWS } from '../../../src/store/rows/queue.ts'
import { openStore } from '../../../src/store/store.ts'
import type { Store } from '../../../src/store/types.ts'
import { startScript, type ScriptedAnswer, type ScriptedRequest } from '../../servers/influx-script.ts'
import { needs, startInfluxd, type Server } from '../../servers/servers.ts'
import { newRows } from '../../rows/new-rows.ts'
import { seedsOf } from '../../seeds.ts'

const NOON_MS = Date.UTC(2026, 10, 23, 12)
const QUICK: Partial<DrainLimits> = { pauseMs: [10, 40], gatherMs: 5, ghostMs: 400, idleMs: 50 }

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end()
})

/** A real store in a folder of its own, with the drain of its outbox towards one server. */
interface Rig {
  store: Store
  drain: Drain
  states: DrainState[]
  rejected: [reason: string, rows: number][]
  put: (...rows: Row[]) => Promise<void>
  /** Starts the loop; gives what stops it. */
  start: () => () => Promise<void>
  /** Resolves when the outbox is empty. */
  drained: () => Promise<void>
}

async function rig(
  url: string,
  {
    limits,
    influx,
    timeoutMs = 300,
  }: { limits?: Partial<DrainLimits>; influx?: Partial<InfluxConfig>; timeoutMs?: number } = {},
): Promise<Rig> {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-drain-'))
  const store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [INFLUX] })
  const book = createSeriesBook()
  const door = await openInflux({ url, database: 'coldaisle', createDatabase: false, ...influx }, timeoutMs)
  const states: DrainState[] = []
  const rejected: [string, number][] = []
  const drain = createDrain({
    store,
    book,
    door,
    onState: (state) => states.push(state),
    onRejected: (reason, count) => rejected.push([reason, count]),
    random: () => 0.999,
    limits: { ...QUICK, ...limits },
  })
  open.push(async () => {
    door.close()
    await store.close()
    rmSync(path, { recursive: true })
  })
  return {
    store,
    drain,
    states,
    rejected,
    async put(...rows) {
      await store.commit({ packets: [], foldedSeq: 0, rows: newRows(book, rows), notices: [] })
      drain.wake()
    },
    start() {
      const stop = new AbortController()
      const run = drain.run(stop.signal)
      const end = async (): Promise<void> => {
        stop.abort()
        await run
      }
      open.push(end)
      return end
    },
    async drained() {
      await expect.poll(() => store.depth().rows, { timeout: 20_000, interval: 10 }).toBe(0)
    },
  }
}

describe('rows reach the database', () => {
  test('in batches of at most so many, also those that come later', async () => {
    await using server = await startScript(() => ({ status: 204 }))
    const { put, start, drained, drain } = await rig(server.url, { limits: { batchRows: 1_000 } })
    await put(...minutes(2_500))
    start()
    await drained()
    await put(energy(5_000))
    await drained()
    expect(server.requests.map(({ lines }) => lines.length)).toEqual([1_000, 1_000, 500, 1])
    expect(drain.counts).toEqual({ accepted: 2_501, kept: 0, rejected: 0, unguarded: 0 })
  })

  test('the live ones and those of the backlog in turn', async () => {
    const first = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    await using server = await startScript(async (_request, before) => {
      if (before === 0) {
        first.resolve()
        await goOn.promise
      }
      return { status: 204 }
    })
    const { put, start, drained } = await rig(server.url, { limits: { batchRows: 1_000 }, timeoutMs: 20_000 })
    await put(...crowd(LIVE_ROWS / 1_000 + 3, 1_000))
    start()
    await first.promise
    await put(energy(90_000))
    goOn.resolve()
    await drained()
    const firsts = server.requests.map(({ lines }) => minuteOf(lines[0] ?? ''))
    expect(firsts.slice(0, 4)).toEqual([LIVE_ROWS / 1_000 + 2, 90_000, 0, 1])
  })

  test('a backlog without waiting for live rows to gather', async () => {
    await using server = await startScript(() => ({ status: 204 }))
    const { put, start, drained } = await rig(server.url, { limits: { batchRows: 1_000, gatherMs: 600_000 } })
    await put(...crowd(LIVE_ROWS / 1_000 + 3, 1_000), energy(90_000)) // one live row, all others before it
    start()
    await drained()
    const firsts = server.requests.map(({ lines }) => minuteOf(lines[0] ?? ''))
    expect(firsts).toEqual([90_000, 0, 1, 2, 3, 4, 5, 6, 7])
  })

  test.each<[string, ScriptedAnswer, DrainState['kind']]>([
    ['503', { status: 503 }, 'lost'],
    ['429', { status: 429 }, 'lost'],
    ['cut', { status: 500, fault: 'cut' }, 'lost'],
    ['silence', { status: 204, fault: 'silent' }, 'lost'],
    ['401', { status: 401, body: '{"error":"authorization failed"}' }, 'held'],
    ['404', { status: 404, body: '{"error":"database not found"}' }, 'held'],
  ])('after %s thrice, which is told once', async (_, answer, kind) => {
    await using server = await startScript((_request, before) => (before < 3 ? answer : { status: 204 }))
    const { put, start, drained, drain, states } = await rig(server.url)
    await put(...minutes(10))
    start()
    await drained()
    expect(states).toEqual([
      { kind, reason: expect.any(String) },
      { kind: 'back', afterMs: expect.any(Number) },
    ])
    expect(drain.counts).toEqual({ accepted: 10, kept: 3, rejected: 0, unguarded: 0 })
  })

  test('not before the server asked to be tried again', async () => {
    const atMs: number[] = []
    await using server = await startScript((_request, before) => {
      atMs.push(performance.now())
      return before === 0 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 204 }
    })
    const { put, start, drained } = await rig(server.url)
    await put(energy(1))
    start()
    await drained()
    expect(atMs[1]! - atMs[0]!).toBeGreaterThanOrEqual(990)
  })

  test('more and more patiently', async () => {
    const atMs: number[] = []
    await using server = await startScript((_request, before) => {
      atMs.push(performance.now())
      return { status: before < 9 ? 503 : 204 }
    })
    const { put, start, drained } = await rig(server.url, { limits: { pauseMs: [20, 80] } })
    await put(energy(1))
    start()
    await drained()
    const pauses = atMs.slice(1).map((ms, i) => ms - atMs[i]!)
    for (const [i, pauseMs] of pauses.entries()) expect(pauseMs).toBeGreaterThanOrEqual(i === 0 ? 38 : 78)
    expect(pauses[8], 'one that doubles without an end is 10 s by then').toBeLessThan(5_000)
  })

  test('in halves while a batch is too large', async () => {
    await using server = await startScript(({ lines }) => ({ status: lines.join('\n').length > 10_000 ? 413 : 204 }))
    const { put, start, drained, drain } = await rig(server.url)
    await put(...minutes(2_000))
    start()
    await drained()
    expect(stateOf(server.requests, ({ lines }) => lines.join('\n').length <= 10_000).size).toBe(2_000)
    expect(drain.counts).toMatchObject({ accepted: 2_000, rejected: 0 })
  })
})

describe('a row that nobody will take', () => {
  test('is found among 1,000 with 21 requests, and the others are written', async () => {
    const isBad = ({ lines }: ScriptedRequest): boolean => lines.some((line) => minuteOf(line) === 617)
    const bad = { status: 400, body: '{"error":"partial write: field type conflict dropped=1"}' }
    await using server = await startScript((request) => (isBad(request) ? bad : { status: 204 }))
    const { put, start, drained, drain, store, states, rejected } = await rig(server.url)
    await put(...minutes(1_000))
    start()
    await drained()
    expect(server.requests.length).toBeLessThanOrEqual(21)
    expect(stateOf(server.requests, (request) => !isBad(request)).size).toBe(999)
    expect(drain.counts).toEqual({ accepted: 999, kept: 0, rejected: 1, unguarded: 0 })
    expect(store.depth().rejected).toBe(1)
    expect(rejected).toEqual([[expect.stringContaining('field type conflict'), 1]])
    expect(states).toEqual([])
  })

  test.each<[string, Partial<Row>]>([
    ['infinity', { fields: { coverage: Infinity } }],
    ['a broken count', { fields: { coverage: 1, revision: 0.5 } }],
    ['a control character', { fields: { state: 'a\u0007b' } }],
    ['a line break in a tag', { tags: { site: 'dc5', point: 'a\nb', role: 'it' } }],
    ['no fields', { fields: {} }],
  ])('for %s is set aside unsent', async (_, change) => {
    await using server = await startScript(() => ({ status: 204 }))
    const { put, start, drained, drain, store } = await rig(server.url)
    await put(energy(1), { ...energy(2), ...change }, energy(3))
    start()
    await drained()
    expect(server.requests.map(({ lines }) => lines.length)).toEqual([2])
    expect(drain.counts).toMatchObject({ accepted: 2, rejected: 1 })
    expect(store.depth().rejected).toBe(1)
  })
})

describe('a correction', () => {
  test('that comes while the row is on its way is written after it', async () => {
    const first = Promise.withResolvers<void>()
    await using server = await startScript((_request, before) => {
      if (before === 0) first.resolve()
      return before === 0 ? { status: 503 } : { status: 204 }
    })
    const { put, start, drained } = await rig(server.url)
    await put(energy(7, 0))
    start()
    await first.promise
    await put(energy(7, 1))
    await drained()
    expect(stateOf(server.requests).get(keyOf(energy(7)))).toContain('revision=1i')
  })

  test('outlasts the ghost of its older revision: it is written again when that can no longer come', async () => {
    const corrected = { isQueued: false }
    await using server = await startScript((_request, before) => {
      if (before === 0) return { status: 204, fault: 'silent' }
      return { status: corrected.isQueued ? 204 : 503 }
    })
    const { put, start, drained, drain, store } = await rig(server.url, { limits: { ghostMs: 1_500 } })
    await put(energy(7, 0), energy(8, 0))
    start()
    await expect.poll(() => drain.counts.kept).toBeGreaterThan(0)
    await put(energy(7, 1))
    corrected.isQueued = true
    await expect.poll(() => store.depth().rows).toBe(1) // the corrected row waits
    await drained()
    const lines = server.requests.flatMap((request) => request.lines)
    const revisions = lines.filter((line) => minuteOf(line) === 7).map(revisionOf)
    expect(revisions.join('')).toMatch(/^0+11$/)
    expect(server.requests.at(-1)!.lines.map(minuteOf), 'the other row is not written again').toEqual([7])
    expect(drain.counts.accepted).toBe(2)
  })

  test.each(seedsOf('database faults'))(
    'is what the database has in the end, whatever goes wrong: seed %i',
    async (seed) => {
      const random = createRandom(seed)
      const database = new Map<string, string>()
      const apply = (lines: string[]): void => lines.forEach((line) => database.set(keyIn(line), line))
      const ghosts: Promise<void>[] = []
      await using server = await startScript(({ lines }) => {
        const dice = random.next()
        if (lines.length > 150 && dice < 0.5) return { status: 413 }
        if (dice < 0.1) return { status: 429 }
        if (dice < 0.2) return { status: 503 }
        if (dice < 0.3) return (apply(lines), { status: 500, fault: 'cut' })
        if (dice < 0.4) {
          ghosts.push(sleep(350 * random.next()).then(() => apply(lines)))
          return { status: 204, fault: 'silent' }
        }
        return (apply(lines), { status: 204 })
      })
      const { put, start, drained } = await rig(server.url, { limits: { batchRows: 200, ghostMs: 800 }, timeoutMs: 60 })
      start()
      const newest = new Map<number, number>()
      for (let round = 0; round < 40; round += 1) {
        const rows = Array.from({ length: random.int(1, 30) }, () => {
          const minute = random.int(0, 299)
          newest.set(minute, (newest.get(minute) ?? -1) + 1)
          return energy(minute, newest.get(minute))
        })
        await put(...rows)
        await sleep(10)
      }
      await drained()
      await Promise.all(ghosts)
      const found = new Map([...database.values()].map((line) => [minuteOf(line), revisionOf(line)]))
      expect(found).toEqual(newest)
    },
  )
})

describe('the loop', () => {
  test('ends at once when it is told to, from a pause and from idleness', async () => {
    await using server = await startScript(() => ({ status: 503 }))
    const { put, start, drain } = await rig(server.url, { limits: { pauseMs: [60_000, 60_000], idleMs: 60_000 } })
    const stopIdle = start()
    await sleep(50)
    await stopIdle()
    await put(energy(1))
    const stopPaused = start()
    await expect.poll(() => drain.counts.kept).toBe(1)
    await stopPaused()
  })

  test('goes on where another one ended', async () => {
    await using server = await startScript(() => ({ status: 204 }))
    const { put, start, drained } = await rig(server.url)
    await put(...minutes(10))
    const stop = start()
    await stop()
    start()
    await drained()
    expect(stateOf(server.requests).size).toBe(10)
  })

  test('fails with the store, not in silence', async () => {
    await using server = await startScript(() => ({ status: 204 }))
    const { store, drain } = await rig(server.url)
    await store.close()
    await expect(drain.run(new AbortController().signal)).rejects.toThrow(Error)
  })
})

describe.skipIf(!needs('influxd'))('with a real InfluxDB', { timeout: 60_000 }, () => {
  test('one row of a type that the database has otherwise is found, 999 are stored', async () => {
    await using server = await startInfluxd()
    const database = client(server)
    await database.createDatabase('coldaisle')
    const points = [{ measurement: 'energy', fields: { coverage: 'text' }, timestamp: '60000' }]
    await database.writePoints(points, { precision: 'ms' }) // a week of its own: types are kept by shard
    const { put, start, drained, drain } = await rig(server.url)
    await put(...minutes(999), { ...energy(1), timeMs: 120_000 })
    start()
    await drained()
    expect(await countOf(server)).toBe(999)
    expect(drain.counts).toMatchObject({ accepted: 999, rejected: 1, kept: 0 })
  })

  test('a dropped database holds the rows until it is there again', async () => {
    await using server = await startInfluxd()
    await client(server).createDatabase('coldaisle')
    const { put, start, drained, states, drain } = await rig(server.url)
    start()
    await put(energy(1))
    await drained()
    await client(server).dropDatabase('coldaisle')
    await put(...minutes(500))
    await expect.poll(() => states).toEqual([{ kind: 'held', reason: '404 database not found: "coldaisle"' }])
    await client(server).createDatabase('coldaisle')
    await drained()
    expect(await countOf(server)).toBe(500)
    expect(states.at(-1)).toMatchObject({ kind: 'back' })
    expect(drain.counts.rejected).toBe(0)
  })

  test('a dropped database is made again if the configuration says so', async () => {
    await using server = await startInfluxd()
    const { put, start, drained, states } = await rig(server.url, { influx: { createDatabase: true } })
    start()
    await put(energy(1))
    await drained()
    await client(server).dropDatabase('coldaisle')
    await put(...minutes(500))
    await drained()
    expect(await countOf(server)).toBe(500)
    expect(states.map(({ kind }) => kind)).toEqual(['held', 'back'])
  })

  test('one that stands still loses nothing, and newer revisions win', async () => {
    await using server = await startInfluxd()
    const { put, start, drained, states } = await rig(server.url, { influx: { createDatabase: true } })
    await put(...minutes(2_000))
    start()
    await drained()
    process.kill(server.pid(), 'SIGSTOP')
    await put(...minutes(2_000, 1))
    await expect.poll(() => states).toMatchObject([{ kind: 'lost', reason: 'no answer within 0.3 s' }])
    await put(...minutes(2_000, 2))
    await sleep(700)
    process.kill(server.pid(), 'SIGCONT')
    await drained()
    expect(states.at(-1)).toMatchObject({ kind: 'back' })
    expect(await countOf(server, 'WHERE revision = 2')).toBe(2_000)
    expect(await countOf(server)).toBe(2_000)
  })

  test('one that is killed twice and started again has every row', async () => {
    await using server = await startInfluxd()
    const { put, start, drained, states } = await rig(server.url, { influx: { createDatabase: true } })
    start()
    await put(...minutes(1_000))
    await drained()
    for (const round of [1, 2]) {
      await server.kill()
      await put(...minutes(3_000, round))
      await expect.poll(() => states.at(-1)).toMatchObject({ kind: 'lost' })
      await server.restart()
      await put(energy(5_000, round))
      await expect.poll(() => states.at(-1)).toMatchObject({ kind: 'back' })
    }
    await drained()
    expect(await countOf(server, 'WHERE revision = 2')).toBe(3_001)
    expect(await countOf(server)).toBe(3_001)
  })
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

function minutes(count: number, revision = 0): Row[] {
  return Array.from({ length: count }, (_, minute) => energy(minute, revision))
}

/** Each minute's rows of so many points. */
function crowd(count: number, points: number): Row[] {
  return minutes(count).flatMap((row) =>
    Array.from({ length: points }, (_, n) => ({ ...row, tags: { ...row.tags, point: `ups-${n}` } })),
  )
}

function minuteOf(line: string): number {
  return (Number(line.slice(line.lastIndexOf(' '))) - NOON_MS) / 60_000
}

function revisionOf(line: string): number {
  return Number(/revision=(\d+)i/.exec(line)?.[1])
}

/** Series and time of a line. */
function keyIn(line: string): string {
  return `${line.slice(0, line.indexOf(' '))}${line.slice(line.lastIndexOf(' '))}`
}

function keyOf({ timeMs }: Row): string {
  return `energy,site=dc5,point=ups-1,role=it ${timeMs}`
}

/** What a database has that took the requests that pass: the last line of each key. */
function stateOf(
  requests: ScriptedRequest[],
  isTaken: (request: ScriptedRequest) => boolean = () => true,
): Map<string, string> {
  return new Map(requests.filter(isTaken).flatMap(({ lines }) => lines.map((line) => [keyIn(line), line])))
}

function client({ port }: Server): InfluxDB {
  return new InfluxDB({ host: '127.0.0.1', port, database: 'coldaisle' })
}

async function countOf(server: Server, where = "WHERE site = 'dc5'"): Promise<number> {
  const [row] = await client(server).query<{ count: number }>(`SELECT count(energy_j) FROM energy ${where}`)
  return row?.count ?? 0
}
