import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Aedes } from 'aedes'
import { expect, test, vi } from 'vitest'
import { connectMqtt, connectPublisher, listenAll, type MqttOptions } from '../../src/mqtt/mqtt.ts'
import { createHold, createLane, holdMessage, whenRoom } from '../../src/mqtt/hold.ts'
import { retryDelayMs } from '../../src/mqtt/options.ts'
import { createTeller, noteTakeover } from '../../src/mqtt/tell.ts'
import { createTwins, noteStatus, runningStatus } from '../../src/mqtt/twin.ts'
import type { Link, LinkChange } from '../../src/mqtt/source.ts'
import { freePort, needs, startMosquitto, type Server } from '../servers/servers.ts'

const mosquitto = needs('mosquitto', 'mosquitto_pub', 'mosquitto_sub')
const openssl = spawnSync('openssl', ['version']).status === 0
const PATIENCE = { timeout: 20_000, interval: 20 }

/** A subscriber with everything that it brought and told. Acks wait until the test calls them, unless `ack` is set. */
interface Inbox extends AsyncDisposable {
  link: Link
  /** Payloads as text, in order of arrival. */
  came: string[]
  acks: (() => void)[]
  told: LinkChange[]
  ack: boolean
  close(): Promise<void>
}

async function openInbox(url: string, more: Partial<MqttOptions> & { ack?: boolean } = {}): Promise<Inbox> {
  const inbox = { came: [], acks: [], told: [], ack: more.ack ?? true } as Pick<Inbox, 'came' | 'acks' | 'told' | 'ack'>
  const link = await connectMqtt({
    site: 'dc5',
    topics: ['dc5/a'],
    random: () => 0.1,
    onState: (change) => inbox.told.push(change),
    deliver(arrival, ack) {
      inbox.came.push(Buffer.from(arrival.payload).toString())
      if (inbox.ack) ack()
      else inbox.acks.push(ack)
    },
    ...more,
    config: { url, ...more.config },
  })
  const close = (): Promise<void> => link.close()
  const opened: Inbox = Object.assign(inbox, { link, close, [Symbol.asyncDispose]: close })
  return opened
}

async function connected(inbox: Inbox, times = 1): Promise<void> {
  await vi.waitFor(() => expect(kinds(inbox).filter((kind) => kind === 'connected')).toHaveLength(times), PATIENCE)
  await sleep(100) // SUBSCRIBE is on its way
}

function kinds(inbox: Inbox): string[] {
  return inbox.told.map(({ kind }) => kind)
}

async function cameAll(inbox: Inbox, payloads: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(inbox.came).toEqual(payloads), PATIENCE)
}

/** Publishes with QoS 1, one message a line; returns when the broker has them all. */
function publish(server: Server, payloads: readonly string[], topic = 'dc5/a', ...more: string[]): void {
  execFileSync('mosquitto_pub', ['-p', String(server.port), '-q', '1', '-t', topic, '-l', ...more], {
    input: payloads.map((payload) => `${payload}\n`).join(''),
  })
}

function status(server: Server): string {
  const args = ['-p', String(server.port), '-t', 'coldaisle/dc5/status', '-C', '1', '-W', '5']
  return execFileSync('mosquitto_sub', args, { encoding: 'utf8' }).trim()
}

function numbers(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index))
}

/** A wire between client and broker: it can be cut, and it keeps the packet ids of the PUBACKs that went over it. */
interface Wire extends AsyncDisposable {
  url: string
  /** By connection, in order. */
  pubacks: number[][]
  cut(): void
  /** Cuts, and takes no new connections. */
  unplug(): void
}

async function openWire(server: Server): Promise<Wire> {
  const sockets = new Set<Socket>()
  const pubacks: number[][] = []
  const proxy = createServer((client) => {
    const broker = connect(server.port, '127.0.0.1')
    const seen: number[] = []
    pubacks.push(seen)
    let rest: Buffer = Buffer.alloc(0)
    client.on('data', (bytes: Buffer) => (rest = notePubacks(Buffer.concat([rest, bytes]), seen)))
    for (const [from, to] of [[client, broker] as const, [broker, client] as const]) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from) && to.destroy())
    }
  })
  const port = await freePort()
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve))
  function cut(): void {
    for (const socket of sockets) socket.destroy()
  }
  function unplug(): void {
    cut()
    proxy.close()
  }
  return { url: `mqtt://127.0.0.1:${port}`, pubacks, cut, unplug, [Symbol.asyncDispose]: async () => unplug() }
}

/** Walks over whole packets and gives back what is left. Packets of a client are short here: one or two length bytes. */
function notePubacks(bytes: Buffer, seen: number[]): Buffer {
  for (let at = 0; ;) {
    const [type = 0, low = 0, high = 0] = bytes.subarray(at)
    const size = low < 128 ? 2 + low : 3 + (low & 127) + high * 128
    if (bytes.length < at + 3 || bytes.length < at + size) return bytes.subarray(at)
    if (type >> 4 === 4) seen.push(bytes.readUInt16BE(at + 2))
    at += size
  }
}

test.skipIf(!mosquitto)('what was acked does not come again, what was not does', async () => {
  await using broker = await startMosquitto()
  const first = await openInbox(broker.url, { ack: false })
  await connected(first)
  publish(broker, numbers(5))
  await cameAll(first, numbers(5))
  first.acks[0]!()
  first.acks[1]!()
  await first.close()
  await using second = await openInbox(broker.url)
  await cameAll(second, ['3', '4', '5'])
  expect(second.told[0]).toEqual({ kind: 'connected', sessionPresent: true })
})

test.skipIf(!mosquitto)('acks leave in order of arrival, in whatever order they are given', async () => {
  await using broker = await startMosquitto()
  await using wire = await openWire(broker)
  await using inbox = await openInbox(wire.url, { ack: false })
  await connected(inbox)
  publish(broker, numbers(4))
  await cameAll(inbox, numbers(4))
  inbox.acks[2]!()
  inbox.acks[1]!()
  await sleep(100)
  expect(wire.pubacks[0]).toEqual([])
  inbox.acks[0]!()
  inbox.acks[0]!() // a second time changes nothing
  await vi.waitFor(() => expect(wire.pubacks[0]).toEqual([1, 2, 3]), PATIENCE)
  inbox.acks[3]!()
  await vi.waitFor(() => expect(wire.pubacks[0]).toEqual([1, 2, 3, 4]), PATIENCE)
})

test.skipIf(!mosquitto)(
  'an ack kept over a reconnect is not sent: its packet id may name another message',
  async () => {
    await using broker = await startMosquitto()
    await using wire = await openWire(broker)
    await using inbox = await openInbox(wire.url, { ack: false })
    await connected(inbox)
    publish(broker, numbers(3))
    await cameAll(inbox, numbers(3))
    wire.cut()
    await cameAll(inbox, [...numbers(3), ...numbers(3)])
    for (const ack of inbox.acks.slice(0, 3)) ack()
    await sleep(200)
    expect(wire.pubacks).toEqual([[], []])
    for (const ack of inbox.acks.slice(3)) ack()
    await vi.waitFor(() => expect(wire.pubacks[1]).toEqual([1, 2, 3]), PATIENCE)
  },
)

test.skipIf(!mosquitto)('5,000 messages that waited in the session all come, and each once', async () => {
  await using broker = await startMosquitto()
  const before = await openInbox(broker.url)
  await connected(before)
  await before.close()
  publish(broker, numbers(5_000))
  await using inbox = await openInbox(broker.url)
  await cameAll(inbox, numbers(5_000))
  expect(inbox.told[0]).toEqual({ kind: 'connected', sessionPresent: true })
})

test.skipIf(!mosquitto)(
  'without acks the broker stops near Receive Maximum, and the connection stays alive',
  async () => {
    await using broker = await startMosquitto()
    await using inbox = await openInbox(broker.url, { ack: false })
    await connected(inbox)
    publish(broker, numbers(10_000))
    await vi.waitFor(() => expect(inbox.came.length).toBeGreaterThanOrEqual(1_000), PATIENCE)
    await sleep(500)
    expect(inbox.came.length).toBeLessThanOrEqual(4_000)
    inbox.ack = true
    for (const ack of inbox.acks) ack()
    await cameAll(inbox, numbers(10_000))
    expect(kinds(inbox)).toEqual(['connected'])
  },
)

test('at 4,000 held messages the next one waits, and goes on with the first ack', () => {
  const hold = createHold()
  const lane = createLane('open')
  const acks = numbers(4_000).map(() => holdMessage(hold, lane, 10, () => undefined))
  let went = 0
  whenRoom(hold, () => (went += 1))
  expect(went).toBe(0)
  acks[3_999]!()
  expect(went).toBe(1)
  acks[0]!()
  expect(went).toBe(1)
})

test('64 MiB of held payload make the next message wait as well', () => {
  const hold = createHold()
  const ack = holdMessage(hold, createLane('open'), 64 * 1_048_576, () => undefined)
  let went = false
  whenRoom(hold, () => (went = true))
  expect(went).toBe(false)
  ack()
  expect(went).toBe(true)
})

test.skipIf(!mosquitto)('a broker that restarts with its sessions brings what came meanwhile', async () => {
  await using broker = await startMosquitto()
  await using inbox = await openInbox(broker.url, { ack: false })
  await connected(inbox)
  publish(broker, ['kept'])
  await cameAll(inbox, ['kept'])
  await broker.restart()
  await connected(inbox, 2)
  // A broker that takes its time refuses a try in between.
  expect(kinds(inbox).filter((kind) => kind !== 'refused')).toEqual(['connected', 'lost', 'connected'])
  await cameAll(inbox, ['kept', 'kept'])
})

test.skipIf(!mosquitto)('a broker that comes back without sessions: that is told, and we subscribe anew', async () => {
  await using broker = await startMosquitto({ config: ['persistence false'] })
  await using inbox = await openInbox(broker.url, { topics: numbers(250).map((name) => `dc5/${name}`) })
  await connected(inbox)
  await broker.kill()
  await sleep(1_000)
  await broker.restart()
  await connected(inbox, 2)
  expect(kinds(inbox).filter((kind) => kind !== 'refused')).toEqual(['connected', 'lost', 'connected', 'session_lost'])
  publish(broker, ['first'], 'dc5/1')
  publish(broker, ['last'], 'dc5/250')
  await cameAll(inbox, ['first', 'last'])
})

test.skipIf(!mosquitto)(
  'a session that an earlier run left and that is gone is told of at the first connection',
  async () => {
    await using broker = await startMosquitto()
    await using inbox = await openInbox(broker.url, { expectSession: true })
    await connected(inbox)
    expect(kinds(inbox)).toEqual(['connected', 'session_lost'])
  },
)

test.skipIf(!mosquitto)(
  'a wrong password is told once and tried again; a corrected file needs no restart',
  async () => {
    await using broker = await startMosquitto({
      config: ['allow_anonymous false', 'password_file {folder}/passwords'],
      prepare(folder) {
        writeFileSync(join(folder, 'passwords'), '', { mode: 0o600 })
        execFileSync('mosquitto_passwd', ['-b', join(folder, 'passwords'), 'site', 'right'], { stdio: 'ignore' })
      },
    })
    const passwordFile = join(broker.folder, 'password')
    writeFileSync(passwordFile, 'wrong\n')
    await using inbox = await openInbox(broker.url, { config: { username: 'site', passwordFile } })
    await vi.waitFor(() => expect(broker.log().match(/not authorised/g)?.length).toBeGreaterThan(2), PATIENCE)
    expect(inbox.told).toEqual([{ kind: 'refused', reason: 'Connection refused: Not authorized' }])
    writeFileSync(passwordFile, 'right\n')
    await connected(inbox)
    publish(broker, ['in'], 'dc5/a', '-u', 'site', '-P', 'right')
    await cameAll(inbox, ['in'])
  },
)

test('a password file that is not there is said at once, with its path and without a secret', async () => {
  const config = { url: 'mqtt://127.0.0.1:1', username: 'site', passwordFile: '/nowhere/password' }
  await expect(openInbox(config.url, { config })).rejects.toThrow('mqtt.passwordFile: /nowhere/password cannot be read')
})

test('a broker that is not there is told of once', async () => {
  const port = await freePort()
  await using inbox = await openInbox(`mqtt://127.0.0.1:${port}`)
  await sleep(1_000)
  expect(inbox.told).toEqual([{ kind: 'refused', reason: `connect ECONNREFUSED 127.0.0.1:${port}` }])
  await expect(inbox.link.publish('a', '1', { qos: 1, retain: false })).rejects.toThrow('not connected to the broker')
})

test('a server that takes the connection and says nothing is given up after 10 s and tried again', async () => {
  let connections = 0
  const silent = createServer((socket) => socket.on('error', () => socket.destroy()) && (connections += 1))
  const port = await freePort()
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve))
  {
    await using inbox = await openInbox(`mqtt://127.0.0.1:${port}`)
    await vi.waitFor(() => expect(connections).toBe(2), PATIENCE)
    expect(kinds(inbox)).toEqual(['refused'])
  }
  silent.close()
})

test.skipIf(!mosquitto || !openssl)(
  `TLS with an authority of one's own${openssl ? '' : ' (needs openssl)'}: who is not signed by it is not talked to`,
  async () => {
    await using broker = await startMosquitto({
      config: ['cafile {folder}/ca.pem', 'certfile {folder}/server.pem', 'keyfile {folder}/server.key'].concat(
        'require_certificate true',
      ),
      prepare: makeCertificates,
    })
    const file = (name: string): string => join(broker.folder, name)
    const url = `mqtts://127.0.0.1:${broker.port}`
    const device = { certFile: file('device.pem'), keyFile: file('device.key') }
    await using good = await openInbox(url, { config: { caFile: file('ca.pem'), ...device } })
    await connected(good)
    await using stranger = await openInbox(url, { site: 'b', config: { caFile: file('other-ca.pem'), ...device } })
    await using nobody = await openInbox(url, { site: 'c', config: { caFile: file('ca.pem') } })
    await vi.waitFor(() => expect([kinds(stranger), kinds(nobody)]).toEqual([['refused'], ['refused']]), PATIENCE)
  },
)

test.skipIf(!mosquitto || !openssl)(
  `TLS${openssl ? '' : ' (needs openssl)'}: renewed certificates connect anew; those that do not fit leave the connection, and the next one, alone`,
  async () => {
    await using broker = await startMosquitto({
      config: ['cafile {folder}/ca.pem', 'certfile {folder}/server.pem', 'keyfile {folder}/server.key'].concat(
        'require_certificate true',
        'use_identity_as_username true',
      ),
      prepare: makeCertificates,
    })
    await using wire = await openWire(broker)
    const file = (name: string): string => join(broker.folder, name)
    const files = { certFile: file('mine.pem'), keyFile: file('mine.key') }
    const place = (cert: string, key: string) => {
      copyFileSync(file(`${cert}.pem`), files.certFile)
      copyFileSync(file(`${key}.key`), files.keyFile)
    }
    place('device', 'device')
    const config = { caFile: file('ca.pem'), ...files }
    await using inbox = await openInbox(wire.url.replace('mqtt:', 'mqtts:'), { config })
    await connected(inbox)
    expect(inbox.link.renew?.(0), 'nothing has changed').toBe(false)
    place('server', 'device')
    expect(() => inbox.link.renew?.(0)).toThrow(`mqtt.keyFile: ${files.keyFile} is the key of another certificate`)
    expect(inbox.link.connected).toBe(true)
    writeFileSync(files.certFile, '')
    wire.cut()
    await connected(inbox, 2)
    place('server', 'server')
    expect(inbox.link.renew?.(0)).toBe(true)
    await connected(inbox, 3)
    expect(kinds(inbox)).toEqual(['connected', 'lost', 'connected', 'lost', 'connected'])
    expect(broker.log()).toMatch(/u'device'[^]*u'device'[^]*u'server'/)
  },
)

test.skipIf(!mosquitto)('of two that use one client id the younger finds out that it has to stop', async () => {
  await using broker = await startMosquitto()
  await using elder = await openInbox(broker.url)
  await connected(elder)
  await sleep(1_100) // they say in seconds since when they run
  await using younger = await openInbox(broker.url)
  await vi.waitFor(() => expect(kinds(younger)).toContain('takeover'), PATIENCE)
  await younger.close()
  expect([kinds(elder).includes('takeover'), kinds(younger).includes('twin')]).toEqual([false, false])
})

test.skipIf(!mosquitto)(
  'a broker that ends each connection is no twin, nor is what an earlier run left',
  async () => {
    await using broker = await startMosquitto()
    await using wire = await openWire(broker)
    await using lone = await openInbox(wire.url)
    for (let times = 1; times <= 8; times++) {
      await connected(lone, times)
      wire.cut()
      publish(broker, [RUNNING(1)], 'coldaisle/dc5/status', '-r') // as a broker does that was killed
    }
    await connected(lone, 9)
    expect(new Set(kinds(lone))).toEqual(new Set(['connected', 'lost']))
  },
  60_000,
)

const RUNNING = (connections: number): string =>
  `{"state":"running","since":"2026-03-02T10:00:00Z","instance":"a","connections":${connections}}`

test.each<[name: string, atS: number[], texts: string[], counts: (number | undefined)[]]>([
  ['three new words in a minute', [0, 20, 40], [1, 2, 3].map(RUNNING), [undefined, undefined, 3]],
  ['now and then', [0, 31, 62, 93], [1, 2, 3, 4].map(RUNNING), [undefined, undefined, undefined, undefined]],
  ['an old word, held by the broker', [0, 1, 2, 3], [1, 1, 1, 1].map(RUNNING), Array(4).fill(undefined)],
  ['its stops and wills', [0, 1, 2], ['{"state":"stopped"}', '{"state":"lost"}', ''], Array(3).fill(undefined)],
  ['no words of ours', [0, 1, 2], ['[]', 'null', '{"state":"running","since":"x"}'], Array(3).fill(undefined)],
])('the status topic: %s', (_name, atS, texts, counts) => {
  const twins = createTwins('2026-03-02T10:00:01Z')
  expect(texts.map((text, n) => noteStatus(twins, text, (atS[n] ?? NaN) * 1000))).toEqual(counts)
  expect(noteStatus(twins, runningStatus(twins), 0)).toBeUndefined()
  expect(twins.isElder).toBe(false)
})

test.each([
  ['2026-03-02T09:59:59Z', true],
  ['2026-03-02T10:00:00Z', false],
  ['2026-03-02T10:00:01Z', false],
])('who runs since %s is the elder of one who runs since 10:00: %s', (since, isElder) => {
  const twins = { ...createTwins(since), instance: 'b' }
  noteStatus(twins, RUNNING(1), 0)
  expect(twins.isElder).toBe(isElder)
})

test.each([
  ['three times in a minute', 20, 3, true],
  ['now and then', 31, 4, false],
])('the broker says that we were taken over %s', (_name, everyS, times, told) => {
  const changes: LinkChange[] = []
  const teller = createTeller((change) => changes.push(change), { expectSession: false })
  for (let n = 0; n < times; n++) noteTakeover(teller, n * everyS * 1000)
  expect(changes.some(({ kind }) => kind === 'takeover')).toBe(told)
})

test.skipIf(!mosquitto)('topics change in the same session', async () => {
  await using broker = await startMosquitto()
  await using inbox = await openInbox(broker.url, { topics: ['dc5/a', 'dc5/b'] })
  await connected(inbox)
  inbox.link.setTopics(['dc5/b', 'dc5/c'])
  await sleep(200)
  for (const topic of ['dc5/a', 'dc5/b', 'dc5/c']) publish(broker, [topic], topic)
  await cameAll(inbox, ['dc5/b', 'dc5/c'])
  expect(kinds(inbox)).toEqual(['connected'])
})

test.skipIf(!mosquitto)(
  'a topic that an earlier configuration left in the session comes once and no more',
  async () => {
    await using broker = await startMosquitto()
    const before = await openInbox(broker.url, { topics: ['dc5/old'] })
    await connected(before)
    await before.close()
    await using inbox = await openInbox(broker.url, { topics: ['dc5/new'] })
    await connected(inbox)
    publish(broker, ['once'], 'dc5/old')
    await cameAll(inbox, ['once'])
    await sleep(200)
    publish(broker, ['never'], 'dc5/old')
    publish(broker, ['news'], 'dc5/new')
    await cameAll(inbox, ['once', 'news'])
    expect(kinds(inbox)).toEqual(['connected'])
  },
)

test.skipIf(!mosquitto)('what is retained is marked, once, and news is not', async () => {
  await using broker = await startMosquitto()
  publish(broker, ['old'], 'dc5/a', '-r')
  const marks: [string, boolean][] = []
  const more: Partial<MqttOptions> = {
    deliver({ payload, retain }, ack) {
      marks.push([Buffer.from(payload).toString(), retain])
      ack()
    },
  }
  const first = await openInbox(broker.url, more)
  await connected(first)
  publish(broker, ['new'], 'dc5/a', '-r')
  await vi.waitFor(() => expect(marks).toHaveLength(2), PATIENCE)
  await first.close()
  await using second = await openInbox(broker.url, more)
  await connected(second)
  expect(marks).toEqual([
    ['old', true],
    ['new', false],
  ])
})

test.skipIf(!mosquitto)('others see whether we run, have stopped or are lost', async () => {
  await using broker = await startMosquitto()
  await using wire = await openWire(broker)
  const inbox = await openInbox(broker.url)
  await connected(inbox)
  expect(status(broker)).toMatch(/^\{"state":"running","since":"\d{4}-/)
  await inbox.close()
  expect(status(broker)).toBe('{"state":"stopped"}')
  await using cutOff = await openInbox(wire.url)
  await connected(cutOff)
  wire.unplug()
  await vi.waitFor(() => expect(status(broker)).toBe('{"state":"lost"}'), PATIENCE)
})

test.skipIf(!mosquitto)('closing waits for the acks of what came, takes nothing more and loses nothing', async () => {
  await using broker = await startMosquitto()
  const first = await openInbox(broker.url, { ack: false })
  await connected(first)
  publish(broker, numbers(3))
  await cameAll(first, numbers(3))
  const closed = first.close()
  publish(broker, ['later'])
  await sleep(100)
  for (const ack of first.acks) ack()
  await closed
  expect(first.came).toEqual(numbers(3))
  await using second = await openInbox(broker.url)
  await cameAll(second, ['later'])
})

test.skipIf(!mosquitto)('a publisher brings 2,000 messages, and one without a broker says so', async () => {
  await using broker = await startMosquitto()
  await using inbox = await openInbox(broker.url)
  await connected(inbox)
  const publisher = await connectPublisher(broker.url)
  await Promise.all(numbers(2_000).map((text) => publisher.publish('dc5/a', text, { qos: 1, retain: false })))
  await publisher.publish('dc5/a', Buffer.from('bytes'), { qos: 0, retain: false })
  await publisher.close()
  await cameAll(inbox, [...numbers(2_000), 'bytes'])
  await expect(connectPublisher(`mqtt://127.0.0.1:${await freePort()}`)).rejects.toThrow('cannot connect to the broker')
})

test.each([
  // attempt, random, ms
  [0, 0.999, 499],
  [1, 0.5, 500],
  [3, 0.999, 3_996],
  [6, 0.999, 29_970],
  [500, 0.999, 29_970],
  [500, 0, 50],
])('attempt %i waits, by the dice %d, %i ms', (attempt, dice, expectedMs) => {
  expect(retryDelayMs(attempt, () => dice)).toBe(expectedMs)
})

/** An authority, a server and a device signed by it, and an authority that signed neither. */
function makeCertificates(folder: string): void {
  const run = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  for (const name of ['ca', 'other-ca']) {
    run('req', '-x509', ...key, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '2')
  }
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1')
  for (const name of ['server', 'device']) {
    run('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2']
    run('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signer)
  }
}

test('a broker that speaks MQTT 3.1.1 only is reached too, by the daemon and by check --live', async () => {
  const aedes = await Aedes.createBroker()
  const server = createServer((socket) => aedes.handle(socket))
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  try {
    await using inbox = await openInbox(url, { ack: true })
    await connected(inbox)
    expect(kinds(inbox)).toEqual(['refused', 'connected'])
    const publisher = await connectPublisher(url)
    for (const text of ['1', '2', '3']) await publisher.publish('dc5/a', text, { qos: 1, retain: false })
    await cameAll(inbox, ['1', '2', '3'])
    const heard: string[] = []
    const listening = listenAll(
      { url },
      {
        filters: new Map([['dc5/#', ['dc5/a']]]),
        hear: ({ payload }) => heard.push(Buffer.from(payload).toString()),
        ms: 1000,
        signal: new AbortController().signal,
      },
    )
    const again = setInterval(() => void publisher.publish('dc5/a', '4', { qos: 1, retain: false }), 100)
    expect(await listening).toMatchObject({ kind: 'listened', refused: [], lost: undefined })
    clearInterval(again)
    expect(new Set(heard)).toEqual(new Set(['4']))
    await publisher.close()
  } finally {
    server.close()
    await new Promise<void>((closed) => aedes.close(closed))
  }
})
