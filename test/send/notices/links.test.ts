/** The ways to receivers: TLS, accounts, a stop in the middle of a request, files, sources that are taken out. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, expect, test } from 'vitest'
import { createClientTls } from '../../../src/config/files/client-tls.ts'
import { connectPublisher } from '../../../src/mqtt/mqtt.ts'
import { createAlertmanager } from '../../../src/send/notices/alertmanager.ts'
import { postJson, deliveryOf } from '../../../src/send/notices/post.ts'
import type { Receiver } from '../../../src/send/notices/types.ts'
import { createWebhook } from '../../../src/send/notices/webhook.ts'
import { createNotifier } from '../../../src/send/notices/notify.ts'
import { openStore, type QueuedNotice, type Store } from '../../../src/store/store.ts'
import { retained, startDaemon, subscribed, until } from '../../servers/daemon.ts'
import { createTestClock, startReceiver } from '../../servers/receivers.ts'
import { needs, startMosquitto, type Server } from '../../servers/servers.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'

const root = mkdtempSync(join(tmpdir(), 'coldaisle-links-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const T0 = Date.parse('2026-11-23T14:00:00Z')
const openssl = spawnSync('openssl', ['version']).status === 0
const SITE = 'links'

function notice(state: string): QueuedNotice {
  const id = `inlet_allowable:r1:${T0}`
  const told = { site: 'dc5', alarm: 'inlet_allowable', source: 'r1', severity: 'critical', hall: 'north', state, id }
  const payload = JSON.stringify({ ...told, timeMs: T0, startsAtMs: T0, message: 'is too warm' })
  return { id: 1, notice: { id, topic: 'a/r1', payload }, atMs: T0 }
}

test.skipIf(!openssl)(
  `TLS: only one with a certificate of our authority is told${openssl ? '' : ': skipped, no openssl'}`,
  async () => {
    const [key, cert] = [join(root, 'key.pem'), join(root, 'cert.pem')]
    const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-days', '1']
    execFileSync('openssl', ['req', '-x509', ...made, '-out', cert, ...names], { stdio: 'ignore' })
    let requests = 0
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
      requests += 1
      response.writeHead(200).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = new URL(`https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
    const signal = new AbortController().signal
    const posts = { url, body: '{}', headers: {} }
    try {
      expect(deliveryOf(await postJson(posts, signal))).toEqual({ kind: 'kept', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
      expect(requests).toBe(0)
      expect(deliveryOf(await postJson({ ...posts, tls: { ca: readFileSync(cert) } }, signal))).toEqual({
        kind: 'delivered',
      })
      expect(requests).toBe(1)
    } finally {
      server.close()
    }
  },
)

test.skipIf(!openssl)(
  'a receiver that asks for our certificate gets the renewed one, and never half of it',
  async () => {
    const make = (...args: string[]) => execFileSync('openssl', args, { cwd: root, stdio: 'ignore' })
    const key = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name]
    for (const name of ['one', 'two'])
      make('req', '-x509', ...key(`${name}.key`), '-out', `${name}.pem`, '-subj', `/CN=${name}`)
    const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    make('req', '-x509', ...key('server.key'), '-out', 'server.pem', ...names)
    const file = (name: string) => join(root, name)
    const place = (cert: string, of: string) => {
      copyFileSync(file(`${cert}.pem`), file('ours.pem'))
      copyFileSync(file(`${of}.key`), file('ours.key'))
    }
    const seen: string[] = []
    const own = { key: readFileSync(file('server.key')), cert: readFileSync(file('server.pem')) }
    const ca = ['one', 'two'].map((name) => readFileSync(file(`${name}.pem`)))
    const server = createServer({ ...own, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      seen.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
      response.writeHead(200).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = new URL(`https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
    place('one', 'one')
    const caFile = file('server.pem')
    const told: (string | undefined)[] = []
    const pair = { certFile: file('ours.pem'), keyFile: file('ours.key') }
    const tls = createClientTls('notify.webhooks[0]', { caFile, ...pair }, (fault) => told.push(fault))
    const post = async (own = tls()) =>
      deliveryOf(await postJson({ url, body: '{}', headers: {}, tls: own }, new AbortController().signal)).kind
    try {
      expect(await post(createClientTls('notify.webhooks[0]', { caFile }, () => {})()), 'without a certificate').toBe(
        'kept',
      )
      expect(await post()).toBe('delivered')
      place('two', 'one') // the key has not come yet
      expect(await post()).toBe('delivered')
      place('two', 'two')
      expect(await post()).toBe('delivered')
      expect(seen).toEqual(['one', 'one', 'two'])
      const other = `notify.webhooks[0].keyFile: ${pair.keyFile} is the key of another certificate`
      expect(told).toEqual([other, undefined])
    } finally {
      server.close()
    }
  },
)

test('an Alertmanager behind an account gets it; a wrong password or path is waited out, not a no', async () => {
  await using behind = await startReceiver((n, { headers, path }) => {
    expect(path).toBe('/am/api/v2/alerts')
    return headers.authorization === `Basic ${btoa('cold:open sesame')}` ? 200 : [401, 404][n % 2]!
  })
  const url = behind.url.replace(/in$/, 'am/')
  const clock = createTestClock(T0)
  const signal = new AbortController().signal
  const receiver = (password: string): Receiver =>
    createAlertmanager({ name: 'alertmanager', url, config: { username: 'cold' }, password, clock })
  expect(await receiver('open barley').deliver([notice('raised')], signal)).toMatchObject({ kind: 'kept' })
  expect(await receiver('open barley').deliver([notice('raised')], signal)).toMatchObject({ kind: 'kept' })
  expect(await receiver('open sesame').deliver([notice('raised')], signal)).toEqual({ kind: 'delivered' })
})

test('the group of a flood is one alert whatever its worst source, and an alarm off its shelf says nothing yet', async () => {
  await using server = await startReceiver()
  const clock = createTestClock(T0 + 60_000)
  const receiver = createAlertmanager({ name: 'a', url: server.url, config: {}, clock })
  const group = (source: string, count: number): QueuedNotice => {
    const { notice: one } = notice(count > 0 ? 'raised' : 'cleared')
    const payload = JSON.stringify({ ...(JSON.parse(one.payload) as object), source, count })
    return { id: 1, notice: { ...one, payload, topic: 'coldaisle/dc5/flood/inlet_allowable/north' }, atMs: T0 }
  }
  const { signal } = new AbortController()
  await receiver.deliver([group('r1', 12)], signal)
  await receiver.deliver([group('r7', 40)], signal)
  await receiver.deliver([group('', 0)], signal)
  const alerts = server.heard.map(({ body }) => (JSON.parse(body) as { labels: object; endsAt: string }[])[0])
  expect(new Set(alerts.map((alert) => JSON.stringify(alert?.labels)))).toEqual(
    new Set([
      JSON.stringify({ alertname: 'inlet_allowable', site: 'dc5', severity: 'critical', hall: 'north', flood: 'yes' }),
    ]),
  )
  expect(alerts.map((alert) => (Date.parse(alert?.endsAt ?? '') - T0) / 60_000)).toEqual([4, 4, 0])
  expect(await receiver.deliver([notice('unshelved')], signal)).toEqual({ kind: 'skipped' })
  expect(server.heard).toHaveLength(3)
})

test('of a batch Alertmanager is told the last of each alarm only', async () => {
  await using server = await startReceiver()
  const clock = createTestClock(T0 + 60_000)
  const receiver = createAlertmanager({ name: 'a', url: server.url, config: {}, clock })
  const batch = [notice('raised'), notice('acked'), notice('cleared')]
  expect(await receiver.deliver(batch, new AbortController().signal)).toEqual({ kind: 'delivered' })
  const alerts = JSON.parse(server.heard[0]?.body ?? '') as { endsAt: string }[]
  expect(alerts.map(({ endsAt }) => endsAt)).toEqual([new Date(T0).toISOString()])
})

test('a request that is on its way at the stop has its time, is then cut, and is sent again with the same key', async () => {
  await using slow = await startReceiver((n) => (n === 1 ? () => undefined : 200))
  const path = mkdtempSync(join(root, 'store-'))
  const clock = createTestClock(T0)
  const open = (): Promise<Store> => openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
  const run = async (store: Store) => {
    const notifier = await createNotifier({
      store,
      receivers: [createWebhook({ name: 'pager', config: { url: slow.url }, secret: Buffer.from('s'), clock })],
      clock,
      random: () => 0.5,
      repeatMs: 0,
      gone: 'it is no longer in the configuration',
      known: () => () => true,
      count: () => undefined,
      onState: () => undefined,
      onLost: () => undefined,
      onHeld: () => undefined,
    })
    const [stop, cut] = [new AbortController(), new AbortController()]
    return { notifier, stop, cut, running: notifier.run(stop.signal, cut.signal) }
  }
  const first = await open()
  const before = await run(first)
  await first.commit({ packets: [], foldedSeq: 0, rows: NO_ROWS, notices: [notice('raised').notice] })
  before.notifier.wake()
  await until('it is on its way', 5_000, () => slow.heard.length === 1)
  before.stop.abort()
  expect(await Promise.race([before.running, new Promise((resolve) => setTimeout(resolve, 300, 'still'))])).toBe(
    'still',
  )
  before.cut.abort()
  const cutAtMs = performance.now()
  await before.running
  expect(performance.now() - cutAtMs).toBeLessThan(3_000)
  await first.close()

  const second = await open()
  const after = await run(second)
  await until('it has come again', 5_000, () => slow.heard.length === 2)
  await until('nothing waits', 5_000, () => after.notifier.waiting()[0]?.[1] === 0)
  expect(slow.heard[1]?.headers['idempotency-key']).toBe(slow.heard[0]?.headers['idempotency-key'])
  after.stop.abort()
  after.cut.abort()
  await after.running
  await second.close()
})

/** One inlet at a real broker, one webhook; its alarms are quick. */
function textOf(broker: Server, inlets: object, secretFile: string, url: string): string {
  const quick = { onDelayS: 1, offDelayS: 1 }
  return JSON.stringify({
    site: { id: SITE, timezone: 'UTC' },
    mqtt: { url: broker.url, clientId: 'links-daemon' },
    points: { 'r1-t': { topic: `${SITE}/r1`, at: '/t', timeAt: '/ts', unit: '°C', everyS: 60 } },
    inlets,
    alarms: { inlet_recommended: { enabled: false }, inlet_allowable: quick, stale: { enabled: false } },
    notify: { webhooks: [{ url, secretFile }] },
    schedule: { backup: { keep: 0 } },
  })
}

test.skipIf(!needs('mosquitto', 'mosquitto_sub'))(
  'an inlet that is taken out of the configuration while its alarm stands: all are told that it is over',
  { timeout: 60_000 },
  async () => {
    await using pager = await startReceiver()
    await using broker = await startMosquitto()
    const secretFile = join(root, 'secret')
    writeFileSync(secretFile, 'open sesame\n', { mode: 0o600 })
    const inlets = { r1: { dryBulb: 'r1-t', class: 'A1' } }
    await using daemon = await startDaemon(textOf(broker, inlets, secretFile, pager.url))
    await subscribed(broker, SITE)
    const publisher = await connectPublisher(broker.url)
    await publisher.publish(`${SITE}/r1`, JSON.stringify({ t: 40, ts: Date.now() }), { qos: 1, retain: false })
    await publisher.close()
    const states = (): unknown[] => pager.heard.map(({ body }) => (JSON.parse(body) as { state: unknown }).state)
    await until('it is raised', 20_000, () => states().includes('raised'))
    await daemon.stop()
    writeFileSync(
      join(daemon.folder, 'site.yaml'),
      JSON.stringify({
        ...(JSON.parse(textOf(broker, {}, secretFile, pager.url)) as object),
        http: { listen: new URL(daemon.url).host },
        store: { path: './store' },
      }),
    )
    await daemon.start()
    await until('it is over', 20_000, () => states().length === 2)
    expect(JSON.parse(pager.heard[1]?.body ?? '')).toMatchObject({
      state: 'retired',
      source: 'r1',
      message: expect.stringContaining('is no longer monitored: the configuration has changed') as string,
    })
    const topic = `coldaisle/${SITE}/alarm/inlet_allowable/r1`
    expect(retained(broker, topic, 2, 1).get(topic)).toContain('"retired"')
  },
)

test.skipIf(!needs('mosquitto'))(
  'a secret that is not there or empty ends the start with its key and path',
  async () => {
    await using broker = await startMosquitto()
    const secretFile = join(root, 'empty')
    writeFileSync(secretFile, '\n', { mode: 0o600 })
    await using daemon = await startDaemon(textOf(broker, {}, secretFile, 'http://127.0.0.1:9/'), { ready: false })
    expect(await daemon.ended()).not.toBe(0)
    expect(daemon.log()).toContain(`notify.webhooks[0].secretFile: ${secretFile} is empty`)
  },
)
