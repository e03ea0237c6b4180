/** The local history against a plain map: frames, chunks and what an older release left give the same answers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import type { Row } from '../../src/rows/rows.ts'
import { openStore, type Commit, type HistoryQuery, type Store, type StoreOptions } from '../../src/store/store.ts'
import { newRows, NO_ROWS } from '../rows/new-rows.ts'
import { bookNow, commitWords, energyRow, historyWords, MINUTE_MS, stageWords } from './rows.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const T0_MS = Date.UTC(2026, 0, 15)
const EMPTY: Commit = { packets: [], foldedSeq: 0, rows: NO_ROWS, notices: [] }

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'coldaisle-history-'))
})

afterEach(() => rmSync(path, { recursive: true, force: true }))

function open(part: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: [], ...part })
}

function edit(sql: string): void {
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  db.exec(sql)
}

function counts(): Record<string, unknown> {
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  const count = (table: string) => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']
  return { frame: count('frame'), chunk: count('chunk'), bad: count('bad_block') }
}

/** What the history must hold: the last row of each series, window and time. Both in the order in which they first came. */
class Model {
  private readonly bySeries = new Map<string, Map<string, Map<number, Row>>>()
  private readonly windows: string[] = []

  put(rows: readonly Row[]): void {
    for (const row of rows) {
      const { window = '', ...own } = row.tags
      const series = `${row.measurement} ${JSON.stringify(own)}`
      const byWindow = this.bySeries.get(series) ?? new Map<string, Map<number, Row>>()
      this.bySeries.set(series, byWindow)
      if (!this.windows.includes(window)) this.windows.push(window)
      byWindow.set(window, (byWindow.get(window) ?? new Map<number, Row>()).set(row.timeMs, row))
    }
  }

  ask(measurement: string, query: HistoryQuery): unknown[] {
    const { tags = {}, fromMs, toMs, limit, perSeries = limit, newestFirst = false } = query
    const found: unknown[] = []
    for (const byWindow of this.bySeries.values()) {
      for (const window of this.windows) {
        const kept = [...(byWindow.get(window)?.values() ?? [])]
          .filter((row) => row.measurement === measurement && row.timeMs >= fromMs && row.timeMs <= toMs)
          .filter((row) => Object.entries(tags).every(([name, text]) => row.tags[name] === text))
          .sort((a, b) => (newestFirst ? b.timeMs - a.timeMs : a.timeMs - b.timeMs))
        found.push(...kept.slice(0, perSeries))
      }
    }
    return found.slice(0, limit)
  }
}

type Random = ReturnType<typeof createRandom>

/** Some rows of some tables: mostly of the present, now and then of hours ago. */
function someRows(random: Random, nowMs: number): Row[] {
  return Array.from({ length: random.int(1, 25) }, (): Row => {
    const backMs = random.int(0, 9) === 0 ? random.int(0, 600) * MINUTE_MS : random.int(0, 2) * MINUTE_MS
    const timeMs = nowMs - backMs
    const state = ['provisional', 'settled', 'restated'][random.int(0, 2)] ?? ''
    const amount = random.int(0, 3) === 0 ? random.int(0, 1000) / 7 : random.int(0, 1e6)
    switch (random.int(0, 3)) {
      case 0: {
        const tags = {
          site: 's',
          boundary: `b${random.int(0, 1)}`,
          window: ['1h', '24h'][random.int(0, 1)] ?? '',
          category: '2',
        }
        const some = random.int(0, 1) === 0 ? { pue: amount } : { it_j: amount, suspect: random.int(0, 1) === 1 }
        return { measurement: 'pue', tags, fields: { ...some, revision: random.int(0, 3), state }, timeMs }
      }
      case 1: {
        const tags = { site: 's', alarm: 'stale', source: `p${random.int(0, 3)}`, severity: 'high' }
        const fields = { state: 'raised', message: `message ${random.int(0, 1e6)}`, id: String(amount) }
        return { measurement: 'alarm', tags, fields, timeMs: timeMs + random.int(0, 999) }
      }
      default: {
        const tags = { site: 's', point: `p${random.int(0, 6)}`, role: 'it' }
        return {
          measurement: 'energy',
          tags,
          fields: { energy_j: amount, coverage: 1, revision: random.int(0, 2), state },
          timeMs,
        }
      }
    }
  })
}

function questions(random: Random, nowMs: number): [string, HistoryQuery][] {
  const span = { fromMs: nowMs - random.int(0, 1_500) * MINUTE_MS, toMs: nowMs - random.int(0, 300) * MINUTE_MS }
  const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }
  const tables = ['energy', 'pue', 'alarm', 'climate']
  return [
    ...tables.map((table): [string, HistoryQuery] => [table, { ...all, limit: 20_000 }]),
    ...tables.map((table): [string, HistoryQuery] => [table, { ...span, limit: 20_000 }]),
    ...tables.map((table): [string, HistoryQuery] => [
      table,
      { ...all, limit: 20_000, perSeries: 1, newestFirst: true },
    ]),
    ['energy', { ...all, limit: random.int(1, 300) }],
    ['energy', { ...all, limit: random.int(1, 300), newestFirst: true, perSeries: random.int(1, 90) }],
    ['energy', { ...span, tags: { point: 'p1', site: 's' }, limit: 50 }],
    ['pue', { ...all, tags: { window: '24h', boundary: 'b1' }, limit: 9_000 }],
    ['pue', { ...all, tags: { window: '7d' }, limit: 9 }],
    ['energy', { ...all, tags: { window: '24h' }, limit: 9 }],
  ]
}

async function expectEqual(store: Store, model: Model, random: Random, nowMs: number): Promise<void> {
  for (const [table, query] of questions(random, nowMs)) {
    expect(await store.history(table, query), `${table} ${JSON.stringify(query)}`).toEqual(model.ask(table, query))
  }
}

test.each([1, 2, 3])('random commits, corrections, compactions and restarts (seed %i)', async (seed) => {
  const random = createRandom(seed)
  const model = new Model()
  let store = await open({ rowReceivers: seed === 3 ? ['influx'] : [] })
  let nowMs = T0_MS
  for (let round = 1; round <= 300; round += 1) {
    nowMs += random.int(0, 5) * MINUTE_MS
    const rows = someRows(random, nowMs)
    model.put(rows)
    await store.stage(newRows(bookNow(store), rows)) // a frame of its own, without waiting for the disk
    if (random.int(0, 12) > 0 && round % 100 > 0) continue
    await store.commit(EMPTY)
    const last = store.depth()
    if (random.int(0, 5) === 0) await store.compact(nowMs)
    if (random.int(0, 5) === 0 && seed === 3) {
      const taken = await store.takeBlocks('influx', 'live', 1 + random.int(0, last.rows))
      const end = taken.at(-1)
      if (end !== undefined) await store.passBlocks('influx', 'live', { id: end.id, toRow: end.toRow })
    }
    if (random.int(0, 8) === 0) {
      await store.close()
      store = await open({ rowReceivers: seed === 3 ? ['influx'] : [] })
    }
    if (round % 100 === 0) await expectEqual(store, model, random, nowMs)
  }
  await store.compact(nowMs)
  await expectEqual(store, model, random, nowMs)
  await store.close()
  expect(counts()).toMatchObject({ chunk: expect.toSatisfy((n: number) => n > 200), bad: 0 })
})

test('hours that are over become chunks, and their frames go once everybody has passed them', async () => {
  const words = Array.from({ length: 240 }, (_, n) => `a@${n}=${n} b@${n}=${n}`).join(' ')
  {
    await using store = await open({ rowReceivers: ['influx'] })
    for (const word of words.match(/\S+ \S+/g) ?? []) await stageWords(store, word)
    await store.commit(EMPTY)
    await store.compact(0)
    expect(await historyWords(store)).toBe(
      [
        ...words.split(' ').filter((word) => word.startsWith('a')),
        ...words.split(' ').filter((word) => word.startsWith('b')),
      ].join(' '),
    )
  }
  expect(counts(), 'what waits for the receiver stays').toEqual({ frame: 240, chunk: 2, bad: 0 })
  {
    await using store = await open({ rowReceivers: ['influx'] })
    await store.passBlocks('influx', 'live', { id: 30, toRow: 2 })
    await store.compact(0)
  }
  expect(counts()).toEqual({ frame: 210, chunk: 2, bad: 0 })
  {
    await using store = await open({ rowReceivers: ['influx'] })
    await store.passBlocks('influx', 'live', { id: 240, toRow: 2 })
    await store.compact(0)
    await commitWords(store, 'a@7=777 c@7=7')
    expect((await historyWords(store)).split(' ').slice(6, 9)).toEqual(['a@6=6', 'a@7=777', 'a@8=8'])
    await store.passBlocks('influx', 'live', { id: 241, toRow: 2 })
    await store.compact(0)
    expect((await historyWords(store)).split(' ').slice(6, 9)).toEqual(['a@6=6', 'a@7=777', 'a@8=8'])
  }
  expect(counts(), 'a late correction is merged').toEqual({ frame: 180, chunk: 3, bad: 0 })
})

test('a packing that is cut short at any step changes no answer, and the next one ends it', async () => {
  const words = Array.from({ length: 600 }, (_, n) => `a@${n % 300}=${n} p${n % 7}@${n % 290}=${n}`)
  {
    await using store = await open()
    for (const word of words) await stageWords(store, word)
    await store.commit(EMPTY)
  }
  let expected = ''
  for (let steps = 0; steps < 10; steps += 1) {
    await using store = await open()
    if (steps === 0) expected = await historyWords(store)
    expect(await historyWords(store), `round ${steps}`).toBe(expected)
    const packing = store.compact(0).catch(() => null)
    for (let n = 1; n < steps; n += 1) await store.takeEchoes('nobody') // a step goes on with each
    await store.close()
    await packing
  }
  await using store = await open()
  expect(await historyWords(store)).toBe(expected)
  await store.compact(0)
  expect(await historyWords(store)).toBe(expected)
})

test('points leave the local history after 30 days, boundaries after 400; what waits for a receiver stays', async () => {
  const days = [401, 399, 31, 29]
  const pue = (day: number): Row => {
    const tags = { site: 's', boundary: 'b', window: '1h', category: '2' }
    return { measurement: 'pue', tags, fields: { facility_j: day }, timeMs: T0_MS - day * DAY_MS }
  }
  const rows = days.flatMap((day) => [energyRow('a', T0_MS - day * DAY_MS, day), pue(day)])
  async function left(store: Store): Promise<unknown[]> {
    const query = { fromMs: 0, toMs: 1e15, limit: 100 }
    const all = [await store.history('energy', query), await store.history('pue', query)]
    return all.map((found) => found.map(({ fields }) => fields['mean_w'] ?? fields['facility_j']).join(' '))
  }
  await using store = await open({ rowReceivers: ['influx'] })
  await store.commit({ ...EMPTY, rows: newRows(bookNow(store), rows) })
  expect(await store.purge(T0_MS)).toEqual({ journal: 0, history: 0 })
  await store.passBlocks('influx', 'live', { id: 2, toRow: 1 })
  expect(await store.purge(T0_MS), 'frames that are passed').toEqual({ journal: 0, history: 2 })
  expect(await left(store)).toEqual(['31 29', '401 399 31 29'])
  await store.passBlocks('influx', 'live', { id: 8, toRow: 1 })
  await store.compact(T0_MS)
  expect(await store.purge(T0_MS), 'chunks').toEqual({ journal: 0, history: 2 })
  expect(await left(store)).toEqual(['29', '399 31 29'])
  expect(await store.purge(T0_MS + 400 * DAY_MS)).toEqual({ journal: 0, history: 4 })
  expect(await left(store)).toEqual(['', ''])
})

test('a series without rows goes at the next start; its number is not given again', async () => {
  {
    await using store = await open()
    const old = energyRow('a', T0_MS - 40 * DAY_MS, 1)
    await store.commit({
      ...EMPTY,
      rows: newRows(bookNow(store), [old, energyRow('b', T0_MS, 2), energyRow('c', T0_MS - 35 * DAY_MS, 3)]),
    })
    await store.compact(T0_MS)
    expect(await store.purge(T0_MS)).toEqual({ journal: 0, history: 2 })
    await store.commit({ ...EMPTY, rows: newRows(bookNow(store), [energyRow('c', T0_MS, 4)]) })
    expect(store.start().series).toEqual([])
  }
  await using store = await open()
  expect(store.start().series.map(({ tags }) => JSON.parse(tags).point)).toEqual(['b', 'c'])
  expect(store.start().lastSeries).toBe(3)
})

test.each([
  ['frame', 'UPDATE frame SET block = zeroblob(length(block)) WHERE id = 1', 'a@1=1'],
  ['chunk', 'UPDATE chunk SET block = substr(block, 1, length(block) - 1) WHERE id = 1', 'a@1=1'],
])('a damaged %s is set aside, counted, and the rest is there', async (kind, sql, lost) => {
  {
    await using store = await open({ rowReceivers: ['influx'] })
    await commitWords(store, 'a@1=1')
    await commitWords(store, 'b@1=1 a@900=1')
    if (kind === 'chunk') {
      await store.passBlocks('influx', 'live', { id: 3, toRow: 1 })
      await store.compact(0)
    }
  }
  edit(sql)
  await using store = await open({ rowReceivers: ['influx'] })
  expect(await historyWords(store)).toBe('a@900=1 b@1=1')
  expect(store.depth().badBlocks).toBe(1)
  expect(await historyWords(store)).not.toContain(lost)
  expect(store.depth()).toMatchObject({
    badBlocks: 1,
    dropped: kind === 'frame' ? 1 : 0,
    rows: kind === 'frame' ? 2 : 0,
  })
})

test('a damaged frame in the queue is passed over', async () => {
  {
    await using store = await open({ rowReceivers: ['influx'] })
    await commitWords(store, 'a@1=1 b@1=1')
    await commitWords(store, 'a@2=1')
    await commitWords(store, 'a@3=1')
  }
  edit('UPDATE frame SET block = zeroblob(60) WHERE id IN (1, 2)')
  await using store = await open({ rowReceivers: ['influx'] })
  await commitWords(store, 'a@2=2')
  expect((await store.takeBlocks('influx', 'live', 100)).map(({ id }) => id)).toEqual([3, 4])
  expect(store.depth()).toMatchObject({ badBlocks: 2, dropped: 3, rows: 2, superseded: 0 })
})
