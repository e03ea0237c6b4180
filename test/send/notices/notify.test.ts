/** Notices on their way: a real store, real HTTP servers, a clock that tests move. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Receiver } from '../../../src/send/notices/types.ts'
import { createWebhook } from '../../../src/send/notices/webhook.ts'
import { createNotifier, type Result } from '../../../src/send/notices/notify.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { until } from '../../servers/daemon.ts'
import { createTestClock, startReceiver, type Heard, type TestClock } from '../../servers/receivers.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'

const root = mkdtempSync(join(tmpdir(), 'coldaisle-notify-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const T0 = Date.parse('2026-11-23T14:00:00Z')
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const SECRET = Buffer.from('correct horse battery staple')

function openAt(path: string): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
}

/** Commits a transition of r1's alarm, `minute` minutes after T0; raised in the minute `since`. */
async function tell(store: Store, state: string, minute: number, since = minute, severity = 'critical'): Promise<void> {
  const timeMs = T0 + minute * MINUTE_MS
  const startsAtMs = T0 + since * MINUTE_MS
  const id = `inlet_allowable:r1:${startsAtMs}`
  const told = { site: 'dc5', alarm: 'inlet_allowable', source: 'r1', severity, hall: 'north', state, id }
  const numbers = { value: 33.5, limit: 32, timeMs, startsAtMs }
  const payload = JSON.stringify({ ...told, ...numbers, message: 'is above the allowable limit' })
  await store.commit({ packets: [], foldedSeq: 0, rows: NO_ROWS, notices: [{ id, topic: 'a/r1', payload }] })
}

interface Running extends AsyncDisposable {
  wake(): void
  counts: Record<string, number>
  states: string[]
  lost: string[]
  waiting(): Record<string, number>
  /** Time goes on to so many minutes after T0. */
  runTo(minute: number): Promise<void>
  stop(): Promise<void>
}

async function start(store: Store, clock: TestClock, receivers: Receiver[], repeatMs = 0): Promise<Running> {
  const counts: Record<string, number> = {}
  const states: string[] = []
  const lost: string[] = []
  const notifier = await createNotifier({
    store,
    receivers,
    clock,
    random: () => 0.5,
    repeatMs,
    gone: 'it is no longer in the configuration',
    known: () => () => true,
    count: (receiver: string, result: Result, notices: number) => {
      counts[`${receiver} ${result}`] = (counts[`${receiver} ${result}`] ?? 0) + notices
    },
    onState: (receiver, reason) => {
      const state = `${receiver}: ${reason ?? 'well'}`
      if (states.at(-1) !== state) states.push(state)
    },
    onHeld: () => undefined,
    onLost: (receiver, ids, reason) => lost.push(`${receiver}: ${ids.length} ${reason}`),
  })
  const stopping = new AbortController()
  const running = notifier.run(stopping.signal, stopping.signal)
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
  }
  return {
    wake: () => notifier.wake(),
    counts,
    states,
    lost,
    waiting: () => Object.fromEntries(notifier.waiting()),
    runTo: (minute) => clock.runTo(T0 + minute * MINUTE_MS, receivers.length + 1),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function webhook(url: string, clock: TestClock, name = 'pager', filter: object = {}): Receiver {
  return createWebhook({ name, config: { url, ...filter }, secret: SECRET, clock })
}

function statesOf(heard: readonly Heard[]): unknown[] {
  return heard.map(({ body }) => (JSON.parse(body) as { state: unknown }).state)
}

function keysOf(heard: readonly Heard[]): unknown[] {
  return heard.map(({ headers }) => headers['idempotency-key'])
}

/** A store, a clock and webhooks that are new; those at work when the clock is read stand still. */
async function begin() {
  const store = await openAt(mkdtempSync(join(root, 'store-')))
  return { store, clock: createTestClock(T0), [Symbol.asyncDispose]: () => store.close() }
}

describe('a webhook', () => {
  test('gets each transition in order, signed so that others can verify it', async () => {
    await using pager = await startReceiver()
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [webhook(pager.url, clock)])
    await tell(store, 'raised', 0)
    await tell(store, 'cleared', 7, 0)
    running.wake()
    await running.runTo(8)
    expect(pager.heard.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {
        version: 1,
        id: `inlet_allowable:r1:${T0}`,
        state: 'raised',
        alarm: 'inlet_allowable',
        source: 'r1',
        severity: 'critical',
        site: 'dc5',
        hall: 'north',
        message: 'is above the allowable limit',
        value: 33.5,
        limit: 32,
        startsAt: '2026-11-23T14:00:00.000Z',
        time: '2026-11-23T14:00:00.000Z',
        repeat: 0,
      },
      expect.objectContaining({
        state: 'cleared',
        startsAt: '2026-11-23T14:00:00.000Z',
        endsAt: '2026-11-23T14:07:00.000Z',
      }),
    ])
    for (const { method, headers, body } of pager.heard) {
      expect([method, headers['content-type']]).toEqual(['POST', 'application/json'])
      const signed = `${String(headers['x-coldaisle-time'])}.${body}`
      const digest = createHmac('sha256', 'correct horse battery staple').update(signed).digest('hex')
      expect(headers['x-coldaisle-signature']).toBe(`sha256=${digest}`)
      expect(Number(headers['x-coldaisle-time'])).toBe(T0 / 1_000)
    }
    expect(keysOf(pager.heard)).toEqual([
      `inlet_allowable:r1:${T0}:raised:${T0}`,
      `inlet_allowable:r1:${T0}:cleared:${T0 + 7 * MINUTE_MS}`,
    ])
    expect(running.counts).toEqual({ 'pager delivered': 2 })
    expect(running.waiting()).toEqual({ pager: 0 })
  })

  test('that fails three times gets it once it can, with the same key, and what comes after it later', async () => {
    await using pager = await startReceiver((n) => [500, 503, 429][n - 1] ?? 204)
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [webhook(pager.url, clock)])
    await tell(store, 'raised', 0)
    await tell(store, 'cleared', 1, 0)
    running.wake()
    await running.runTo(2)
    expect(statesOf(pager.heard)).toEqual(['raised', 'raised', 'raised', 'raised', 'cleared'])
    expect(new Set(keysOf(pager.heard).slice(0, 4)).size).toBe(1)
    expect(running.counts).toEqual({ 'pager kept': 3, 'pager delivered': 2 })
    expect(running.states).toEqual(['pager: status 500', 'pager: status 503', 'pager: status 429', 'pager: well'])
  })

  test('that is told to wait waits as long as it was asked to', async () => {
    await using pager = await startReceiver((n) =>
      n > 1 ? 200 : (response) => void response.writeHead(429, { 'retry-after': '600' }).end(),
    )
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [webhook(pager.url, clock)])
    await tell(store, 'raised', 0)
    running.wake()
    await running.runTo(9)
    expect(pager.heard).toHaveLength(1)
    await running.runTo(11)
    expect(running.counts).toEqual({ 'pager kept': 1, 'pager delivered': 1 })
  })

  test.each([400, 410, 422])('that answers %i is not asked again; the next one is sent', async (status) => {
    await using pager = await startReceiver((n) =>
      n === 1 ? (response) => void response.writeHead(status).end('no\n such thing') : 200,
    )
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [webhook(pager.url, clock)])
    await tell(store, 'raised', 0)
    await tell(store, 'cleared', 1, 0)
    running.wake()
    await running.runTo(60)
    expect(statesOf(pager.heard)).toEqual(['raised', 'cleared'])
    expect(running.counts).toEqual({ 'pager rejected': 1, 'pager delivered': 1 })
    expect(running.lost).toEqual([`pager: 1 status ${status}: no such thing`])
  })

  test.each([401, 403, 404])('that answers %i keeps the notice until somebody has put it right', async (status) => {
    let isMended = false
    await using pager = await startReceiver(() => (isMended ? 200 : status))
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [webhook(pager.url, clock)])
    await tell(store, 'raised', 0)
    running.wake()
    await running.runTo(60)
    expect([running.waiting(), running.lost]).toEqual([{ pager: 1 }, []])
    isMended = true
    await running.runTo(240)
    expect([running.waiting(), running.counts['pager delivered']]).toEqual([{ pager: 0 }, 1])
  })

  test('that points elsewhere is not followed there', async () => {
    await using elsewhere = await startReceiver()
    await using pager = await startReceiver(
      () => (response) => void response.writeHead(307, { location: elsewhere.url }).end(),
    )
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [webhook(pager.url, clock)])
    await tell(store, 'raised', 0)
    running.wake()
    await running.runTo(1)
    expect(pager.heard.length).toBeGreaterThan(1)
    expect(elsewhere.heard).toEqual([])
    expect(running.waiting()).toEqual({ pager: 1 })
  })

  test('whose answer does not end is cut off after 64 KiB, and has been heard', async () => {
    let sent = 0
    await using pager = await startReceiver(() => (response) => {
      response.writeHead(200)
      const more = (): void => {
        for (let room = true; room && !response.destroyed; sent += 16_384) room = response.write(Buffer.alloc(16_384))
      }
      response.on('drain', more)
      more()
    })
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [webhook(pager.url, clock)])
    await tell(store, 'raised', 0)
    running.wake()
    await until('it is delivered', 5_000, () => running.counts['pager delivered'] === 1)
    await until('the answer is over', 5_000, async () => {
      const before = sent
      await new Promise((resolve) => setTimeout(resolve, 100))
      return sent === before
    })
    expect(sent).toBeLessThan(20_000_000)
  })

  test('gets only what it asks for', async () => {
    await using all = await startReceiver()
    await using critical = await startReceiver()
    await using silent = await startReceiver()
    await using parts = await begin()
    const { store, clock } = parts
    await using running = await start(store, clock, [
      webhook(all.url, clock, 'all'),
      webhook(critical.url, clock, 'critical', { severities: ['critical'] }),
      webhook(silent.url, clock, 'silent', { alarms: ['stale'] }),
    ])
    await tell(store, 'raised', 0, 0, 'warning')
    await tell(store, 'cleared', 1, 0, 'critical')
    running.wake()
    await running.runTo(2)
    expect([all, critical, silent].map(({ heard }) => statesOf(heard))).toEqual([
      ['raised', 'cleared'],
      ['cleared'],
      [],
    ])
    expect(running.waiting()).toEqual({ all: 0, critical: 0, silent: 0 })
    expect(running.counts).toMatchObject({ 'critical skipped': 1, 'silent skipped': 2 })
  })
})

test('one that is dead and one that never answers hold nobody else back', { timeout: 30_000 }, async () => {
  await using slow = await startReceiver(() => () => undefined)
  await using dead = await startReceiver()
  await dead.close()
  await using well = await startReceiver()
  await using parts = await begin()
  const { store, clock } = parts
  const names = { slow, dead, well }
  await using running = await start(
    store,
    clock,
    Object.entries(names).map(([name, { url }]) => webhook(url, clock, name)),
  )
  await tell(store, 'raised', 0)
  await tell(store, 'cleared', 1, 0)
  running.wake()
  await until('the well one has both', 5_000, () => well.heard.length === 2 && running.waiting()['well'] === 0)
  expect(running.waiting()).toEqual({ slow: 2, dead: 2, well: 0 })
  await until('the slow one has had its time', 15_000, () => running.states.includes('slow: no answer within 10 s'))
  expect(running.states).toContain('dead: ECONNREFUSED')
})

test('many new notices do not hurry a receiver that has failed: its pause is its pause', async () => {
  await using pager = await startReceiver(() => 500)
  await using parts = await begin()
  const { store, clock } = parts
  await using running = await start(store, clock, [webhook(pager.url, clock)])
  await tell(store, 'raised', 0)
  running.wake()
  await running.runTo(0)
  for (let n = 0; n < 20; n++) {
    await tell(store, 'acked', 0, 0)
    running.wake()
    await running.runTo(0)
  }
  expect(pager.heard).toHaveLength(1)
})

test('a receiver that is away for an hour and a restart gets all of it, in order, each once', async () => {
  const away = await startReceiver()
  await away.close()
  const path = mkdtempSync(join(root, 'store-'))
  const clock = createTestClock(T0)
  const first = await openAt(path)
  const before = await start(first, clock, [webhook(away.url, clock)])
  await tell(first, 'raised', 0)
  before.wake()
  await before.runTo(30)
  await before.stop()
  const tries = before.counts['pager kept'] ?? 0
  expect(tries).toBeGreaterThan(20) // every minute at most in the end
  expect(tries).toBeLessThan(80)
  await tell(first, 'cleared', 31, 0)
  await first.close()

  await using second = await openAt(path)
  await using after = await start(second, clock, [webhook(away.url, clock)])
  await after.runTo(60)
  await using back = await startReceiver(() => 200, away.port)
  await after.runTo(62)
  expect(statesOf(back.heard)).toEqual(['raised', 'cleared'])
  expect(after.waiting()).toEqual({ pager: 0 })
})

test('what cannot be delivered for 24 h is dropped, counted and told; what is newer is delivered', async () => {
  const away = await startReceiver()
  await away.close()
  await using well = await startReceiver()
  await using parts = await begin()
  const { store, clock } = parts
  await using running = await start(store, clock, [webhook(away.url, clock), webhook(well.url, clock, 'well')])
  await tell(store, 'raised', 0)
  await tell(store, 'cleared', 600, 0)
  running.wake()
  await running.runTo(24 * 60 - 2)
  expect(running.waiting()).toEqual({ pager: 2, well: 0 })
  await running.runTo(24 * 60 + 2)
  expect(running.waiting()).toEqual({ pager: 1, well: 0 })
  expect(running.lost).toEqual(['pager: 1 not delivered within 24 h'])
  await using back = await startReceiver(() => 200, away.port)
  await running.runTo(24 * 60 + 5)
  expect(statesOf(back.heard)).toEqual(['cleared'])
  expect(running.counts).toMatchObject({ 'pager dropped': 1, 'pager delivered': 1, 'well delivered': 2 })
})

test('an alarm that stands is told again every four hours with a key of its own, until somebody acknowledges', async () => {
  await using pager = await startReceiver()
  await using parts = await begin()
  const { store, clock } = parts
  await using running = await start(store, clock, [webhook(pager.url, clock)], 4 * HOUR_MS)
  await tell(store, 'raised', 0)
  running.wake()
  await running.runTo(8 * 60 + 30)
  await tell(store, 'acked', 8 * 60 + 30, 0)
  running.wake()
  await running.runTo(24 * 60)
  expect(keysOf(pager.heard)).toEqual([
    `inlet_allowable:r1:${T0}:raised:${T0}`,
    `inlet_allowable:r1:${T0}:raised:${T0}:1`,
    `inlet_allowable:r1:${T0}:raised:${T0}:2`,
    `inlet_allowable:r1:${T0}:acked:${T0 + (8 * 60 + 30) * MINUTE_MS}`,
  ])
})
