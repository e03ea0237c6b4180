/** The queue of notices and what stands, in a real store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { SCHEMA } from '../../src/store/database/schema.ts'
import { openStore, type Notice, type Store } from '../../src/store/store.ts'
import { NO_ROWS } from '../rows/new-rows.ts'

const root = mkdtempSync(join(tmpdir(), 'coldaisle-notices-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const T0 = Date.parse('2026-11-23T14:00:00Z')
const MINUTE_MS = 60_000

function openAt(path: string): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
}

function newFolder(): string {
  return mkdtempSync(join(root, 'store-'))
}

/** A transition of inlet r1's alarm, `minute` minutes after T0, raised in the minute `since`. */
function noticeOf(state: string, minute: number, since: number, source = 'r1'): Notice {
  const id = `inlet_allowable:${source}:${T0 + since * MINUTE_MS}`
  const times = { timeMs: T0 + minute * MINUTE_MS, startsAtMs: T0 + since * MINUTE_MS }
  const body = {
    site: 's',
    alarm: 'inlet_allowable',
    source,
    severity: 'critical',
    state,
    message: state,
    id,
    ...times,
  }
  return { id, topic: `coldaisle/s/alarm/inlet_allowable/${source}`, payload: JSON.stringify(body) }
}

async function commit(store: Store, ...notices: Notice[]): Promise<void> {
  await store.commit({ packets: [], foldedSeq: 0, rows: NO_ROWS, notices })
}

async function waitingFor(store: Store, receiver: string): Promise<string[]> {
  const notices = await store.takeNotices(receiver, 100)
  return notices.map(({ id, notice }) => {
    const { state, source, repeat } = JSON.parse(notice.payload) as Record<string, string | number>
    return [id, source, state, ...(repeat === undefined ? [] : [`repeat ${repeat}`])].join(' ')
  })
}

async function standing(store: Store): Promise<string[]> {
  const all = await store.standing()
  return all.map(({ source, state, sinceMs }) => `${source} ${state} since ${(sinceMs - T0) / MINUTE_MS}`)
}

test('each receiver has a place of its own, which outlives a restart; a notice goes when all have passed it', async () => {
  const path = newFolder()
  const first = await openAt(path)
  await first.setReceivers(['mqtt', 'pager'])
  await commit(first, noticeOf('raised', 0, 0), noticeOf('cleared', 5, 0))
  await first.passNotices('mqtt', 2)
  await first.passNotices('pager', 1)
  expect(first.depth()).toMatchObject({ notices: 1, lastNotice: 2 })
  await first.close()
  await using second = await openAt(path)
  expect(await second.setReceivers(['mqtt', 'pager'])).toEqual([
    { name: 'mqtt', passedId: 2 },
    { name: 'pager', passedId: 1 },
  ])
  expect(await waitingFor(second, 'mqtt')).toEqual([])
  expect(await waitingFor(second, 'pager')).toEqual(['2 r1 cleared'])
  await second.passNotices('pager', 2)
  expect(second.depth().notices).toBe(0)
})

test('a receiver that is new is told of what comes, not of what was; one that is gone holds nothing back', async () => {
  await using store = await openAt(newFolder())
  await store.setReceivers(['mqtt', 'old'])
  await commit(store, noticeOf('raised', 0, 0))
  await store.setReceivers(['mqtt', 'new'])
  await commit(store, noticeOf('cleared', 5, 0))
  expect(await waitingFor(store, 'mqtt')).toEqual(['1 r1 raised', '2 r1 cleared'])
  expect(await waitingFor(store, 'new')).toEqual(['2 r1 cleared'])
  await store.passNotices('mqtt', 2)
  await store.passNotices('new', 2)
  expect(store.depth().notices).toBe(0)
})

test('a place never goes back, and never past what there is', async () => {
  await using store = await openAt(newFolder())
  await store.setReceivers(['mqtt', 'slow'])
  await commit(store, noticeOf('raised', 0, 0), noticeOf('cleared', 5, 0))
  await store.passNotices('mqtt', 1)
  await store.passNotices('mqtt', 0)
  expect(await waitingFor(store, 'mqtt')).toEqual(['2 r1 cleared'])
  await store.passNotices('mqtt', 99)
  await commit(store, noticeOf('raised', 6, 6))
  expect(await waitingFor(store, 'mqtt')).toEqual(['3 r1 raised'])
})

const STORIES: [words: string, notices: string, stands: string[]][] = [
  ['raised', 'raised@0', ['r1 raised since 0']],
  ['cleared', 'raised@0 cleared@5', []],
  ['acknowledged', 'raised@0 acked@2', ['r1 acked since 0']],
  ['gone silent', 'raised@0 stale@2', ['r1 stale since 0']],
  ['over, and waiting to be reset', 'raised@0 latched@2', ['r1 latched since 0']],
  ['shelved: it stands for nobody', 'raised@0 shelved@2', []],
  ['taken off its shelf: what comes next says', 'raised@0 shelved@2 unshelved@3', []],
]

test.each(STORIES)('what stands: %s', async (_words, story, stands) => {
  await using store = await openAt(newFolder())
  for (const word of story.split(' ')) {
    const [state = '', minute = ''] = word.split('@')
    await commit(store, noticeOf(state, Number(minute), 0))
  }
  expect(await standing(store)).toEqual(stands)
})

test('raised, cleared and raised again in one commit stands since the second time', async () => {
  await using store = await openAt(newFolder())
  await commit(store, noticeOf('raised', 0, 0), noticeOf('cleared', 5, 0), noticeOf('raised', 7, 7))
  expect(await standing(store)).toEqual(['r1 raised since 7'])
})

test('what stands unacknowledged is told again after its time, numbered, and after a restart counts on', async () => {
  const path = newFolder()
  const first = await openAt(path)
  await commit(first, noticeOf('raised', 0, 0), noticeOf('raised', 10, 10, 'r2'), noticeOf('raised', 0, 0, 'r3'))
  await commit(first, noticeOf('acked', 20, 0, 'r3'))
  expect(await first.remind(T0 + 59 * MINUTE_MS, 60 * MINUTE_MS)).toBe(0)
  expect(await first.remind(T0 + 61 * MINUTE_MS, 60 * MINUTE_MS)).toBe(1)
  await first.close()
  await using second = await openAt(path)
  expect(await second.remind(T0 + 80 * MINUTE_MS, 60 * MINUTE_MS)).toBe(1)
  expect(await second.remind(T0 + 125 * MINUTE_MS, 60 * MINUTE_MS)).toBe(1)
  expect((await waitingFor(second, 'mqtt')).slice(4)).toEqual([
    '5 r1 raised repeat 1',
    '6 r2 raised repeat 1',
    '7 r1 raised repeat 2',
  ])
})

test('alarms without a source end, and are told to have ended', async () => {
  await using store = await openAt(newFolder())
  await commit(store, noticeOf('raised', 0, 0), noticeOf('raised', 0, 0, 'r2'))
  await store.endStanding(['coldaisle/s/alarm/inlet_allowable/r1'], T0 + 9 * MINUTE_MS, 'is gone')
  expect(await standing(store)).toEqual(['r2 raised since 0'])
  const [, , told] = await store.takeNotices('mqtt', 10)
  expect(JSON.parse(told?.notice.payload ?? '')).toMatchObject({
    id: `inlet_allowable:r1:${T0}`,
    state: 'cleared',
    message: 'is gone',
    timeMs: T0 + 9 * MINUTE_MS,
  })
})

/** A row of the history, as it was before. */
function rowOf(state: string, minute: number, source: string): { tags: string; fields: string; timeMs: number } {
  const timeMs = T0 + minute * MINUTE_MS
  const tags = { site: 's', alarm: 'inlet_allowable', source, severity: 'critical' }
  const fields = { state, value: 33.5, limit: 32, message: state, id: `inlet_allowable:${source}:${timeMs}` }
  return { tags: JSON.stringify(tags), fields: JSON.stringify(fields), timeMs }
}

test('a database of before: its notices wait for MQTT, and what is raised in its history stands', async () => {
  const path = newFolder()
  const db = new DatabaseSync(join(path, 'coldaisle.db'))
  db.exec(`${SCHEMA[0] ?? ''}; PRAGMA application_id = ${0x636f6c64}; PRAGMA user_version = 1`)
  const waits = noticeOf('raised', 7, 7)
  db.prepare('INSERT INTO notice VALUES (1, ?, ?, ?)').run(waits.id, waits.topic, waits.payload)
  db.exec(`INSERT INTO ledger VALUES ('lastNoticeId', 1), ('queuedNotices', 1)`)
  const history: [row: ReturnType<typeof rowOf>, series: number][] = [
    [rowOf('raised', 0, 'r1'), 1],
    [rowOf('cleared', 5, 'r1'), 1],
    [rowOf('raised', 7, 'r1'), 1],
    [rowOf('late', 8, 'r1'), 1],
    [rowOf('raised', 0, 'r2'), 2],
    [rowOf('cleared', 5, 'r2'), 2],
  ]
  for (const [{ tags }, series] of history)
    db.prepare('INSERT OR IGNORE INTO series VALUES (?, ?, ?)').run(series, 'alarm', tags)
  for (const [{ fields, timeMs }, series] of history)
    db.prepare('INSERT INTO history VALUES (?, ?, ?)').run(series, timeMs, fields)
  db.close()
  await using store = await openAt(path)
  await store.setReceivers(['mqtt', 'pager'])
  expect(await waitingFor(store, 'mqtt')).toEqual(['1 r1 raised'])
  expect(await waitingFor(store, 'pager')).toEqual([])
  expect(await standing(store)).toEqual(['r1 raised since 7'])
  const [stands] = await store.standing()
  expect(stands?.notice).toMatchObject({ id: waits.id, topic: waits.topic })
  expect(JSON.parse(stands?.notice.payload ?? '')).toMatchObject({
    ...(JSON.parse(waits.payload) as object),
    value: 33.5,
  })
})

test('a full queue lets the oldest go, and counts them', { timeout: 60_000 }, async () => {
  await using store = await openAt(newFolder())
  const many = Array.from({ length: 100_005 }, (_, n) => ({ id: String(n), topic: 't', payload: '{}' }))
  await commit(store, ...many)
  expect(store.depth()).toMatchObject({ notices: 100_000, droppedNotices: 5 })
  expect((await store.takeNotices('mqtt', 1))[0]?.id).toBe(6)
})

test('of two alarms of an inlet the lesser is reminded of once the greater is over, not while that stands', async () => {
  await using store = await openAt(newFolder())
  await store.setReceivers(['mqtt'])
  const lesser = (state: string, minute: number): Notice => {
    const { id, payload } = noticeOf(state, minute, 0)
    const body = { ...(JSON.parse(payload) as object), alarm: 'inlet_recommended' }
    return { id: `lesser ${id}`, topic: 'coldaisle/s/alarm/inlet_recommended/r1', payload: JSON.stringify(body) }
  }
  const remind = (minute: number) => store.remind(T0 + minute * MINUTE_MS, 240 * MINUTE_MS)
  await commit(store, lesser('raised', 0), noticeOf('raised', 5, 5), noticeOf('acked', 6, 5))
  expect(await remind(250)).toBe(0)
  await commit(store, noticeOf('cleared', 260, 5))
  expect(await remind(261)).toBe(1)
  expect(await remind(262)).toBe(0)
  expect((await waitingFor(store, 'mqtt')).at(-1)).toBe('5 r1 raised repeat 1')
  await commit(store, noticeOf('raised', 265, 265), noticeOf('cleared', 266, 265))
  expect(await remind(267)).toBe(1)
  await commit(store, lesser('cleared', 270))
  expect(await remind(900)).toBe(0)
})
