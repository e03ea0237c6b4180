/** Alarms at a real Alertmanager, and what it tells on: what the person on call gets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { connectPublisher } from '../../../src/mqtt/mqtt.ts'
import { createAlertmanager } from '../../../src/send/notices/alertmanager.ts'
import { createNotifier, type Notifier } from '../../../src/send/notices/notify.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { startDaemon, subscribed, until } from '../../servers/daemon.ts'
import { createTestClock, startReceiver, type Heard, type TestClock } from '../../servers/receivers.ts'
import { needs, startAlertmanager, startMosquitto, type Server } from '../../servers/servers.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'

const root = mkdtempSync(join(tmpdir(), 'coldaisle-alertmanager-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const MINUTE_MS = 60_000
const alertmanager = needs('prometheus-alertmanager')
const inlets = ['r1', 'r2', 'r3']

interface Alert {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
  status: { state: string }
}

/** Tells each alert on to a webhook at once, its end too. */
function toldOn(url: string): string {
  return `
route: { receiver: on-call, group_by: [alertname, source], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: on-call, webhook_configs: [{ url: '${url}', send_resolved: true }] }]
`
}

async function alertsOf(server: Server): Promise<Alert[]> {
  return (await (await fetch(`${server.url}/api/v2/alerts`)).json()) as Alert[]
}

/** What the person on call was told, in words: status, alarm, source, start and end. */
function wordsTold(heard: readonly Heard[]): string[] {
  const told = heard.flatMap(
    ({ body }) => (JSON.parse(body) as { alerts: (Omit<Alert, 'status'> & { status: string })[] }).alerts,
  )
  return told.map(({ status, labels, startsAt, endsAt }) => {
    const at = (time: string): string => new Date(time).toISOString()
    const end = status === 'resolved' ? ` to ${at(endsAt)}` : ''
    return `${status} ${labels['alertname']} ${labels['source']} from ${at(startsAt)}${end}`
  })
}

/** `severities`: all that the alarm has had, the present one last. */
async function tell(
  store: Store,
  state: string,
  source: string,
  timeMs: number,
  startsAtMs: number,
  severities = ['critical'],
): Promise<void> {
  const severity = severities.at(-1)
  const id = `inlet_allowable:${source}:${startsAtMs}`
  const told = { site: 'dc5', alarm: 'inlet_allowable', source, severity, severities, hall: 'north', state, id }
  const payload = JSON.stringify({ ...told, timeMs, startsAtMs, message: `${source} is ${state}` })
  await store.commit({ packets: [], foldedSeq: 0, rows: NO_ROWS, notices: [{ id, topic: `a/${source}`, payload }] })
}

interface Telling extends AsyncDisposable {
  notifier: Notifier
  store: Store
  counts: Record<string, number>
}

async function startTelling(path: string, clock: TestClock, server: Server): Promise<Telling> {
  const store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
  const counts: Record<string, number> = {}
  const notifier = await createNotifier({
    store,
    receivers: [createAlertmanager({ name: 'alertmanager', url: `${server.url}/`, config: {}, clock })],
    clock,
    random: () => 0.5,
    repeatMs: 0,
    gone: 'it is no longer in the configuration',
    known: () => () => true,
    count: (_receiver, result, notices) => void (counts[result] = (counts[result] ?? 0) + notices),
    onState: () => undefined,
    onLost: () => undefined,
    onHeld: () => undefined,
  })
  const stop = new AbortController()
  const running = notifier.run(stop.signal, stop.signal)
  return {
    notifier,
    store,
    counts,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
      await store.close()
    },
  }
}

test.skipIf(!alertmanager)(
  'an Alertmanager that is away for an hour, and our restart meanwhile: in the end it knows what stands, and what has ended wakes nobody',
  { timeout: 60_000 },
  async () => {
    await using onCall = await startReceiver()
    await using server = await startAlertmanager(toldOn(onCall.url))
    const path = mkdtempSync(join(root, 'store-'))
    const t0 = Date.now() - 70 * MINUTE_MS
    const clock = createTestClock(t0)
    const [a = '', b = '', c = ''] = inlets
    await server.kill()
    {
      await using before = await startTelling(path, clock, server)
      await tell(before.store, 'raised', a, t0, t0)
      await tell(before.store, 'raised', b, t0 + MINUTE_MS, t0 + MINUTE_MS)
      before.notifier.wake()
      await clock.runTo(t0 + 30 * MINUTE_MS, 2)
      expect(before.counts['delivered']).toBe(undefined)
      expect(before.counts['unrefreshed']).toBeGreaterThan(20)
    }
    await using after = await startTelling(path, clock, server)
    await tell(after.store, 'cleared', b, t0 + 40 * MINUTE_MS, t0 + MINUTE_MS)
    await tell(after.store, 'raised', c, t0 + 45 * MINUTE_MS, t0 + 45 * MINUTE_MS)
    after.notifier.wake()
    await clock.runTo(t0 + 60 * MINUTE_MS, 2)
    await server.restart()
    await clock.runTo(t0 + 70 * MINUTE_MS, 2)
    await until('on call is told', 10_000, () => wordsTold(onCall.heard).length >= 2)
    await sleep(2_500) // two more group intervals
    expect(wordsTold(onCall.heard).toSorted()).toEqual(
      [
        `firing inlet_allowable ${a} from ${new Date(t0).toISOString()}`,
        `firing inlet_allowable ${c} from ${new Date(t0 + 45 * MINUTE_MS).toISOString()}`,
      ].toSorted(),
    )
    const [alert] = await alertsOf(server)
    expect(alert).toMatchObject({
      labels: { alertname: 'inlet_allowable', site: 'dc5', severity: 'critical', hall: 'north' },
      annotations: expect.objectContaining({
        summary: expect.stringMatching(/^inlet_allowable: /),
        description: expect.any(String),
      }),
      status: { state: 'active' },
    })
  },
)

test.skipIf(!alertmanager)(
  'an alert that stands is told anew before it ends by itself; an alarm that is shelved is not, and one that clears ends',
  { timeout: 60_000 },
  async () => {
    await using onCall = await startReceiver()
    await using server = await startAlertmanager(toldOn(onCall.url))
    const t0 = Date.now()
    const clock = createTestClock(t0)
    const [a = '', b = '', c = ''] = inlets
    await using telling = await startTelling(mkdtempSync(join(root, 'store-')), clock, server)
    for (const inlet of inlets) await tell(telling.store, 'raised', inlet, t0, t0)
    telling.notifier.wake()
    const endsOf = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await alertsOf(server)).map(({ labels, endsAt }) => [
          labels['source'],
          Math.round((Date.parse(endsAt) - t0) / 1_000),
        ]),
      )
    await clock.runTo(t0 + 1_000, 2)
    expect(await endsOf()).toEqual({ [a]: 180, [b]: 180, [c]: 180 })
    await clock.runTo(t0 + 10 * MINUTE_MS, 2)
    expect(await endsOf()).toEqual({ [a]: 780, [b]: 780, [c]: 780 })
    await tell(telling.store, 'shelved', b, t0 + 10 * MINUTE_MS, t0)
    await tell(telling.store, 'cleared', c, Date.now(), t0)
    telling.notifier.wake()
    await clock.runTo(t0 + 20 * MINUTE_MS, 2)
    const ends = await endsOf()
    expect(Object.keys(ends)).not.toContain(c)
    expect(ends).toMatchObject({ [a]: 20 * 60 + 180 })
    await until('on call is told of the end', 10_000, () =>
      wordsTold(onCall.heard).some((word) => word.startsWith('resolved')),
    )
    const ended = wordsTold(onCall.heard).filter((word) => word.startsWith('resolved'))
    expect(ended).toEqual([
      expect.stringContaining(`resolved inlet_allowable ${c} from ${new Date(t0).toISOString()} to `),
    ])
  },
)

test.skipIf(!alertmanager)('an alert that it does not take is found in its batch; the others are taken', async () => {
  await using server = await startAlertmanager(toldOn('http://127.0.0.1:9/'))
  const clock = createTestClock(Date.now())
  const [a = '', b = '', c = ''] = inlets
  await using telling = await startTelling(mkdtempSync(join(root, 'store-')), clock, server)
  const nowMs = clock.nowMs()
  await tell(telling.store, 'raised', a, nowMs, nowMs)
  // A time that no standard writes: whatever it is that it does not take, the others must not suffer.
  const faulty = { site: 'dc5', alarm: 'inlet_allowable', source: 'x', state: 'cleared', timeMs: 3e14 }
  await telling.store.commit({
    packets: [],
    foldedSeq: 0,
    rows: NO_ROWS,
    notices: [{ id: 'x', topic: 't', payload: JSON.stringify(faulty) }],
  })
  await tell(telling.store, 'raised', b, nowMs, nowMs)
  await tell(telling.store, 'raised', c, nowMs, nowMs)
  telling.notifier.wake()
  await until('all are done with', 10_000, () => telling.notifier.waiting()[0]?.[1] === 0)
  expect(telling.counts).toMatchObject({ delivered: 3, rejected: 1 })
  expect(new Set((await alertsOf(server)).map(({ labels }) => labels['source']))).toEqual(new Set([a, b, c]))
})

test.skipIf(!alertmanager)('under another severity it is another alert, and the one before is over', async () => {
  await using server = await startAlertmanager(toldOn('http://127.0.0.1:9/'))
  const clock = createTestClock(Date.now())
  const [a = ''] = inlets
  await using telling = await startTelling(mkdtempSync(join(root, 'store-')), clock, server)
  const severities = async () => (await alertsOf(server)).map(({ labels }) => labels['severity'])
  const told = async (state: string, list: string[]): Promise<void> => {
    await tell(telling.store, state, a, clock.nowMs(), clock.nowMs() - 1000, list)
    telling.notifier.wake()
    await until('all are done with', 10_000, () => telling.notifier.waiting()[0]?.[1] === 0)
  }
  await told('raised', ['high'])
  expect(await severities()).toEqual(['high'])
  await told('raised', ['high', 'critical'])
  expect(await severities()).toEqual(['critical'])
  await told('acked', ['critical', 'high'])
  expect(await severities()).toEqual(['high'])
  await told('cleared', ['critical', 'high'])
  expect(await severities()).toEqual([])
})

const SITE = 'am'

/** One inlet at a real broker; its alarms are quick. */
function daemonText(broker: Server, server: Server, pager: string, heart: string, secretFile: string): string {
  const quick = { onDelayS: 1, offDelayS: 1 }
  return JSON.stringify({
    site: { id: SITE, timezone: 'UTC' },
    mqtt: { url: broker.url, clientId: 'am-daemon' },
    points: { 'r1-t': { topic: `${SITE}/r1`, at: '/t', timeAt: '/ts', unit: '°C', everyS: 60 } },
    inlets: { r1: { dryBulb: 'r1-t', class: 'A1', hall: 'north' } },
    alarms: { inlet_recommended: { enabled: false }, inlet_allowable: quick, stale: { enabled: false } },
    notify: {
      alertmanager: { url: server.url },
      webhooks: [{ name: 'pager', url: pager, secretFile }],
      heartbeat: { url: heart, everyS: 1, secretFile },
    },
    schedule: { backup: { keep: 0 } },
  })
}

test.skipIf(!(alertmanager && needs('mosquitto', 'mosquitto_sub')))(
  'through the daemon: raised, a restart, cleared; on call is told twice, the page once each, and heartbeats stop with it',
  { timeout: 120_000 },
  async () => {
    await using onCall = await startReceiver()
    await using pager = await startReceiver((n) => (n === 1 ? 500 : 200))
    await using heart = await startReceiver()
    await using server = await startAlertmanager(toldOn(onCall.url))
    await using broker = await startMosquitto()
    const secretFile = join(root, 'secret')
    writeFileSync(secretFile, 'correct horse battery staple\n', { mode: 0o600 })
    await using daemon = await startDaemon(daemonText(broker, server, pager.url, heart.url, secretFile))
    await subscribed(broker, SITE)
    const publisher = await connectPublisher(broker.url)
    const publish = (t: number): Promise<void> =>
      publisher.publish(`${SITE}/r1`, JSON.stringify({ t, ts: Date.now() }), { qos: 1, retain: false })
    try {
      await publish(40)
      await until('on call is told', 20_000, () => wordsTold(onCall.heard).length === 1)
      await until('the pager is told, the second time', 20_000, () => pager.heard.length === 2)
      expect(pager.heard[0]?.headers['idempotency-key']).toBe(pager.heard[1]?.headers['idempotency-key'])
      const metrics = await daemon.metrics()
      expect(metrics.get('coldaisle_notices_total{receiver="mqtt",result="delivered"}')).toBe(1)
      expect(metrics.get('coldaisle_notices_total{receiver="alertmanager",result="delivered"}')).toBe(1)
      expect(metrics.get('coldaisle_notices_total{receiver="pager",result="kept"}')).toBe(1)
      expect(metrics.get('coldaisle_notices_total{receiver="heartbeat",result="delivered"}')).toBeGreaterThan(0)
      expect(metrics.get('coldaisle_notices_waiting{receiver="alertmanager"}')).toBe(0)

      expect(await daemon.stop()).toBe(0)
      const beats = heart.heard.length
      await publish(22) // the broker keeps it for us
      await sleep(2_500)
      expect(heart.heard.length).toBe(beats)
      expect(JSON.parse(heart.heard[0]?.body ?? '')).toMatchObject({ site: SITE, version: 1, everyS: 1 })
      expect(heart.heard[0]?.headers['x-coldaisle-signature']).toMatch(/^sha256=[0-9a-f]{64}$/)
      await daemon.start()
      await sleep(1_500)
      await publish(22) // only a sample ends an alarm, and the one before it began its off-delay
      await until('on call is told of the end', 20_000, () => wordsTold(onCall.heard).length === 2)
      await until('the pager too', 20_000, () => pager.heard.length === 3)
      expect(wordsTold(onCall.heard).map((word) => word.split(' from ')[0])).toEqual([
        'firing inlet_allowable r1',
        'resolved inlet_allowable r1',
      ])
      expect(await alertsOf(server)).toEqual([])
      expect(JSON.parse(pager.heard[2]?.body ?? '')).toMatchObject({ state: 'cleared', hall: 'north', source: 'r1' })
      await daemon.stop()
      expect(daemon.log()).not.toMatch(/correct horse|sha256=/)
    } finally {
      await publisher.close()
    }
  },
)
