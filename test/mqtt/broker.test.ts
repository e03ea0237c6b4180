import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connectAsync } from 'mqtt'
import { expect, test, vi } from 'vitest'
import { openBroker, type Broker, type BrokerOptions } from '../../src/mqtt/broker.ts'
import {
  awaitReturn,
  createBucket,
  createGuards,
  hasReturned,
  subscribeFault,
  publishFault,
  turnAway,
} from '../../src/mqtt/broker-guards.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import type { LinkChange } from '../../src/mqtt/source.ts'
import { needs } from '../servers/servers.ts'
import type { Arrival } from '../../src/ingest/arrival.ts'

const clients = needs('mosquitto_pub', 'mosquitto_sub')
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
const openssl = spawnSync('openssl', ['version']).status === 0
const PATIENCE = { timeout: 20_000, interval: 20 }

interface House extends AsyncDisposable {
  broker: Broker
  url: string
  came: Arrival[]
  acks: (() => void)[]
  told: LinkChange[]
  ack: boolean
}

async function openHouse(more: Partial<BrokerOptions> & { ack?: boolean } = {}): Promise<House> {
  const house = { came: [], acks: [], told: [], ack: more.ack ?? true } as Pick<House, 'came' | 'acks' | 'told' | 'ack'>
  const broker = await openBroker({
    listen: '127.0.0.1:0',
    onState: (change) => house.told.push(change),
    deliver(arrival, ack) {
      house.came.push(arrival)
      if (house.ack) ack()
      else house.acks.push(ack)
    },
    ...more,
  })
  const url = `mqtt://127.0.0.1:${broker.port}`
  const opened: House = Object.assign(house, { broker, url, [Symbol.asyncDispose]: () => broker.close() })
  return opened
}

function texts(house: House): string[] {
  return house.came.map(({ payload }) => Buffer.from(payload).toString())
}

function pub(house: House, ...args: string[]): Promise<number | null> {
  const child = spawn('mosquitto_pub', ['-p', String(house.broker.port), ...args], { stdio: 'ignore' })
  return once(child, 'exit').then(([code]) => code as number | null)
}

/** A client of bare bytes: what it got, and whether it was thrown out. */
interface Raw {
  socket: Socket
  got: () => Buffer
  isOut: () => boolean
}

async function raw(house: House, bytes: Uint8Array, host = '127.0.0.1'): Promise<Raw> {
  const socket = connect(house.broker.port, host)
  const parts: Buffer[] = []
  let isOut = false
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.on('error', () => (isOut = true))
  socket.on('close', () => (isOut = true))
  await once(socket, 'connect')
  socket.write(bytes)
  return { socket, got: () => Buffer.concat(parts), isOut: () => isOut }
}

async function thrownOut(client: Raw): Promise<void> {
  await vi.waitFor(() => expect(client.isOut()).toBe(true), PATIENCE)
}

function text(written: string): Buffer {
  const bytes = Buffer.from(written)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

/** A packet with a body of less than 16 KiB. */
function packet(head: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]
  return Buffer.concat([Buffer.from([head, ...length]), body])
}

function connectPacket(id: string, will?: { topic: string; payload: string }): Buffer {
  const flags = will === undefined ? 2 : 2 | 4
  const head = Buffer.from([0, 4, 77, 81, 84, 84, 4, flags, 0, 60])
  return packet(0x10, head, text(id), ...(will === undefined ? [] : [text(will.topic), text(will.payload)]))
}

function publishPacket(topic: Uint8Array, id: number, payload = '1'): Buffer {
  return packet(0x32, topic, Buffer.from([id >> 8, id & 255]), Buffer.from(payload))
}

test.skipIf(!clients)('QoS 1 and 2 are confirmed after the ack and not before; QoS 0 comes as well', async () => {
  await using house = await openHouse({ ack: false })
  let exits = 0
  const sent = ['1', '2'].map((qos) => pub(house, '-t', 'dc5/a', '-m', qos, '-q', qos).then(() => (exits += 1)))
  await vi.waitFor(() => expect(texts(house).sort()).toEqual(['1', '2']), PATIENCE)
  await sleep(200)
  expect(exits).toBe(0)
  for (const ack of house.acks) ack()
  await Promise.all(sent)
  await pub(house, '-t', 'dc5/a', '-m', '0', '-r')
  await vi.waitFor(
    () => expect(house.came[2]).toEqual({ topic: 'dc5/a', payload: Buffer.from('0'), retain: false }),
    PATIENCE,
  )
})

test('acks leave in order of arrival, whatever order they are given in', async () => {
  await using house = await openHouse({ ack: false })
  const client = await raw(house, connectPacket('a'))
  for (const id of [7, 8, 9]) client.socket.write(publishPacket(text('dc5/a'), id))
  await vi.waitFor(() => expect(house.acks).toHaveLength(3), PATIENCE)
  house.acks[2]!()
  house.acks[1]!()
  await sleep(100)
  expect(client.got()).toEqual(Buffer.from([0x20, 2, 0, 0]))
  house.acks[0]!()
  const pubacks = [7, 8, 9].flatMap((id) => [0x40, 2, 0, id])
  await vi.waitFor(() => expect(client.got().subarray(4)).toEqual(Buffer.from(pubacks)), PATIENCE)
})

test('a client that left before its ack is no trouble, and a message cut in the middle does not come', async () => {
  await using house = await openHouse({ ack: false })
  const client = await raw(house, connectPacket('a'))
  const whole = publishPacket(text('dc5/a'), 1)
  client.socket.write(Buffer.concat([whole, whole.subarray(0, 6)]))
  await vi.waitFor(() => expect(house.acks).toHaveLength(1), PATIENCE)
  client.socket.destroy()
  await sleep(100)
  house.acks[0]!()
  await sleep(100)
  expect(house.came).toHaveLength(1)
  expect(Object.values(house.broker.counts).every((count) => count === 0)).toBe(true)
})

test('20,000 messages of four publishers come, each publisher in its order', async () => {
  await using house = await openHouse()
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(
    names.map(async (name) => {
      const publisher = await connectPublisher(house.url)
      const each = Array.from({ length: 5_000 }, (_, index) =>
        publisher.publish(name, String(index), { qos: 1, retain: false }),
      )
      await Promise.all(each)
      await publisher.close()
    }),
  )
  for (const name of names) {
    const ofName = house.came.filter(({ topic }) => topic === name).map(({ payload }) => Number(Buffer.from(payload)))
    expect(ofName).toEqual(Array.from({ length: 5_000 }, (_, index) => index))
  }
})

test.skipIf(!clients)('our topics can be read, those that are retained also later', async () => {
  await using house = await openHouse()
  await house.broker.publish('coldaisle/dc5/status', 'running', { retain: true, qos: 1 })
  const args = ['-p', String(house.broker.port), '-t', 'coldaisle/#', '-C', '1', '-W', '5', '-q', '1']
  const child = spawn('mosquitto_sub', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  expect(line.toString()).toBe('running\n')
})

test('a will comes like any message; one below our topics does not get in', async () => {
  await using house = await openHouse()
  const client = await raw(house, connectPacket('a', { topic: 'dc5/gw', payload: 'dead' }))
  await vi.waitFor(() => expect(client.got()).toHaveLength(4), PATIENCE)
  client.socket.destroy()
  await vi.waitFor(() => expect(texts(house)).toEqual(['dead']), PATIENCE)
  await thrownOut(await raw(house, connectPacket('b', { topic: 'coldaisle/dc5/status', payload: 'lost' })))
  expect(house.broker.counts.will).toBe(1)
})

const CONNECTED = connectPacket('a')
const MQTT_5 = packet(0x10, Buffer.from([0, 4, 77, 81, 84, 84, 5, 2, 0, 60, 0]), text('a'))
const REFUSED: [what: string, bytes: Buffer, guard: keyof Broker['counts']][] = [
  [
    'a packet of 256 MB, told from its length',
    Buffer.concat([CONNECTED, Buffer.from('32ffffff7f', 'hex')]),
    'oversize',
  ],
  ['a packet just above 128 KiB', Buffer.concat([CONNECTED, Buffer.from('32818008', 'hex')]), 'oversize'],
  ['a CONNECT of 1 MB', Buffer.from('10c0843d', 'hex'), 'oversize'],
  ['a length of five bytes', Buffer.concat([CONNECTED, Buffer.from('3280808080', 'hex')]), 'malformed'],
  ['something else than CONNECT', publishPacket(text('dc5/a'), 1), 'malformed'],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'malformed'],
  ['MQTT 5 and nothing older', MQTT_5, 'malformed'],
  ['a packet id of 0', Buffer.concat([CONNECTED, publishPacket(text('dc5/a'), 0)]), 'malformed'],
  ['a topic below ours', Buffer.concat([CONNECTED, publishPacket(text('coldaisle/x'), 1)]), 'topic'],
  ['a topic of 257 bytes', Buffer.concat([CONNECTED, publishPacket(text('a'.repeat(257)), 1)]), 'topic'],
  ['a topic with a zero byte', Buffer.concat([CONNECTED, publishPacket(text('a\0b'), 1)]), 'topic'],
  ['a topic that is no UTF-8', Buffer.concat([CONNECTED, publishPacket(Buffer.from([0, 2, 0xc3, 0x28]), 1)]), 'topic'],
  ['a will of 2 KiB', connectPacket('a', { topic: 'dc5/gw', payload: 'x'.repeat(2_048) }), 'will'],
]

test.each(REFUSED)('%s is refused, and the next client served', async (_what, bytes, guard) => {
  await using house = await openHouse()
  await thrownOut(await raw(house, bytes))
  expect(house.came).toEqual([])
  await vi.waitFor(() => expect(house.broker.counts[guard]).toBe(1), PATIENCE)
  expect(house.told.filter(({ kind }) => kind === 'guarded')).toHaveLength(1)
  const next = await raw(house, Buffer.concat([connectPacket('b'), publishPacket(text('dc5/a'), 1)]))
  await vi.waitFor(() => expect(next.got()).toHaveLength(8), PATIENCE)
  next.socket.destroy()
})

test.each([
  ['nobody of its address comes back', [], 1],
  ['it comes back with MQTT 3.1.1', ['::1'], 0],
  ['another comes', ['10.0.0.2'], 1],
])('who begins with MQTT 5 is told of where %s', (_, back, told) => {
  vi.useFakeTimers()
  try {
    const changes: LinkChange[] = []
    const guards = createGuards((change) => changes.push(change))
    awaitReturn(guards, '::1')
    for (const address of back) hasReturned(guards, address)
    vi.advanceTimersByTime(10_000)
    expect([changes.length, guards.counts.malformed]).toEqual([told, told])
  } finally {
    vi.useRealTimers()
  }
})

test('a packet of just 128 KiB, in single bytes at its head, comes whole', async () => {
  await using house = await openHouse()
  const client = await raw(house, CONNECTED)
  const topic = text('dc5/a')
  const payload = Buffer.alloc(131_072 - topic.length - 2, 'x')
  const bytes = Buffer.concat([Buffer.from('32808008', 'hex'), topic, Buffer.from([0, 1]), payload])
  for (const byte of bytes.subarray(0, 8)) {
    client.socket.write(Buffer.from([byte]))
    await sleep(5)
  }
  client.socket.write(bytes.subarray(8))
  await vi.waitFor(() => expect(house.came[0]?.payload.length).toBe(payload.length), PATIENCE)
  client.socket.destroy()
})

test('who does not send CONNECT within 5 s is thrown out, also with half of one', async () => {
  await using house = await openHouse()
  const visitors = [await raw(house, new Uint8Array()), await raw(house, CONNECTED.subarray(0, 5))]
  await sleep(4_000)
  expect(visitors.map((client) => client.isOut())).toEqual([false, false])
  await Promise.all(visitors.map(thrownOut))
  expect(house.broker.counts.no_connect).toBe(2)
})

test('ten subscriptions a client, and none below $', async () => {
  await using house = await openHouse()
  const client = await connectAsync(house.url, { protocolVersion: 4 })
  for (let index = 0; index < 10; index += 1) await client.subscribeAsync(`coldaisle/${index}`)
  await expect(client.subscribeAsync('coldaisle/10')).rejects.toThrow(/Subscribe error/)
  await client.unsubscribeAsync('coldaisle/0')
  await client.subscribeAsync('coldaisle/10')
  await client.unsubscribeAsync('coldaisle/1')
  await expect(client.subscribeAsync('$SYS/#')).rejects.toThrow(/Subscribe error/)
  expect(house.broker.counts).toMatchObject({ subscriptions: 1, topic: 1 })
  await client.endAsync(true)
})

test('500 connections, and with one less there is room again', async () => {
  await using house = await openHouse()
  const visitors: Raw[] = []
  for (let index = 0; index < 500; index += 1) visitors.push(await raw(house, connectPacket(`c${index}`)))
  await thrownOut(await raw(house, connectPacket('late')))
  expect(house.broker.counts.connections).toBe(1)
  visitors[0]!.socket.destroy()
  await sleep(200)
  const next = await raw(house, connectPacket('next'))
  await vi.waitFor(() => expect(next.got()).toHaveLength(4), PATIENCE)
  for (const { socket } of [...visitors, next]) socket.destroy()
})

test('of 1,000 connections that came and went no socket and no memory stays', { timeout: 60_000 }, async () => {
  await using house = await openHouse()
  const visit = async (n: number) => {
    const client = await raw(house, Buffer.concat([connectPacket(`gw-${n}`), publishPacket(text('dc5/a'), 1)]))
    await vi.waitFor(() => expect(client.got().length).toBe(8), PATIENCE)
    if (n % 2 === 0) client.socket.resetAndDestroy()
    else client.socket.end(Buffer.from([0xe0, 0]))
    await thrownOut(client)
  }
  const visits = async (from: number) => {
    for (let n = from; n < from + 500; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => visit(n + i)))
    house.came.length = 0
    await vi.waitFor(() => expect(resources()).toEqual(before), PATIENCE)
    return heapBytes()
  }
  const before = resources()
  const grown = (await visits(0)) - (await visits(500))
  console.log(`heap after 500 more connections: ${(-grown / 1e6).toFixed(2)} MB more`)
  expect(-grown).toBeLessThan(2e6)
})

/** Sockets that are open. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => kind.startsWith('TCP'))
    .sort()
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

test.skipIf(!clients)('with an account, nobody comes in without it, and the password can change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-broker-'))
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'secret\n')
  await using house = await openHouse({ credentials: { username: 'site', passwordFile } })
  const send = (...account: string[]): Promise<number | null> => pub(house, '-t', 'a', '-m', '1', '-q', '1', ...account)
  expect(await send()).not.toBe(0)
  expect(await send('-u', 'site', '-P', 'wrong')).not.toBe(0)
  expect(await send('-u', 'other', '-P', 'secret')).not.toBe(0)
  expect(await send('-u', 'site', '-P', 'secret')).toBe(0)
  writeFileSync(passwordFile, 'changed')
  expect(await send('-u', 'site', '-P', 'changed')).toBe(0)
  expect(house.broker.counts.credentials).toBe(3)
  expect(JSON.stringify(house.told)).not.toMatch(/secret|wrong"|changed/)
  rmSync(folder, { recursive: true })
})

test('it does not listen to the network without an account', async () => {
  await expect(openHouse({ listen: '0.0.0.0:0' })).rejects.toThrow(/open to the network/)
})

test.skipIf(!openssl)(`TLS with a certificate of its own${openssl ? '' : ' (needs openssl)'}`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-broker-'))
  const tls = { section: 'mqtt' as const, certFile: join(folder, 'broker.pem'), keyFile: join(folder, 'broker.key') }
  const names = ['-subj', '/CN=broker', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', tls.keyFile]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', tls.certFile, ...names], { stdio: 'ignore' })
  await using house = await openHouse({ tls })
  const url = house.url.replace('mqtt:', 'mqtts:')
  const client = await connectAsync(url, { protocolVersion: 4, ca: readFileSync(tls.certFile) })
  await client.publishAsync('dc5/a', 'sealed', { qos: 1 })
  expect(texts(house)).toEqual(['sealed'])
  await client.endAsync(true)
  await thrownOut(await raw(house, CONNECTED))
  expect(house.broker.counts.malformed).toBe(1)
  rmSync(folder, { recursive: true })
})

test('a port that is taken is said', async () => {
  await using house = await openHouse()
  await expect(openHouse({ listen: `127.0.0.1:${house.broker.port}` })).rejects.toThrow(/cannot listen on 127.0.0.1/)
})

test.skipIf(outside === undefined)(
  `from outside${outside === undefined ? ' (this machine has no address)' : ''}: 20 connections, 200 messages a second after 1,000, and no filter but ours`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldaisle-broker-'))
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, 'secret')
    await using house = await openHouse({ listen: '0.0.0.0:0', credentials: { username: 'site', passwordFile } })
    const url = `mqtt://${outside}:${house.broker.port}`
    const client = await connectAsync(url, { protocolVersion: 4, username: 'site', password: 'secret' })
    await expect(client.subscribeAsync('#')).rejects.toThrow(/Subscribe error/)
    const startMs = performance.now()
    await Promise.all(
      Array.from({ length: 1_400 }, (_, index) => client.publishAsync('dc5/a', String(index), { qos: 1 })),
    )
    const tookMs = performance.now() - startMs
    expect(texts(house)).toEqual(Array.from({ length: 1_400 }, (_, index) => String(index)))
    expect(tookMs).toBeGreaterThan(1_000)
    expect(house.broker.counts.rate).toBeGreaterThan(0)
    const more = await Promise.all(Array.from({ length: 20 }, () => raw(house, new Uint8Array(), outside)))
    await vi.waitFor(() => expect(more.filter((one) => one.isOut())).toHaveLength(1), PATIENCE)
    for (const { socket } of more) socket.destroy()
    await client.endAsync(true)
    rmSync(folder, { recursive: true })
  },
)

test('closing waits for the acks, confirms them, and takes nothing more', async () => {
  const house = await openHouse({ ack: false })
  const client = await raw(house, Buffer.concat([CONNECTED, publishPacket(text('dc5/a'), 1)]))
  await vi.waitFor(() => expect(house.acks).toHaveLength(1), PATIENCE)
  const closed = house.broker.close()
  client.socket.write(publishPacket(text('dc5/a'), 2))
  await sleep(100)
  house.acks[0]!()
  await closed
  await thrownOut(client)
  expect(client.got()).toEqual(Buffer.from([0x20, 2, 0, 0, 0x40, 2, 0, 1]))
  expect(house.came).toHaveLength(1)
  expect(house.broker.connected).toBe(false)
})

test.each([
  ['dc5/h1/r01', undefined],
  ['coldaisle', 'a topic below coldaisle/'],
  ['coldaisle/dc5/alarm', 'a topic below coldaisle/'],
  ['coldaisles/a', undefined],
  ['$SYS/a', 'a topic that begins with $'],
  ['', 'a topic that is not printable ASCII'],
  ['dc5/größe', 'a topic that is not printable ASCII'],
])('a client publishes to %s: %s', (topic, fault) => {
  expect(publishFault(topic)).toBe(fault)
})

test.each([
  ['coldaisle/#', 'network', true],
  ['coldaisle/+/status', 'network', true],
  ['#', 'network', false],
  ['+/dc5', 'network', false],
  ['#', 'machine', true],
  ['$share/a/coldaisle/#', 'machine', false],
] as const)('a filter %s, from the %s, may be read: %s', (filter, origin, may) => {
  expect(subscribeFault(filter, origin) === undefined).toBe(may)
})

test('a bucket gives 1,000 at once, then 200 a second, and never saves more than 1,000', () => {
  let nowMs = 0
  const bucket = createBucket(() => nowMs)
  const take = (): number => {
    for (let count = 0; ; count += 1) if (bucket() > 0) return count
  }
  const taken = [0, 1_000, 1_500, 3_600_000].map((ms) => {
    nowMs = ms
    return take()
  })
  expect(taken).toEqual([1_000, 200, 100, 1_000])
})

test('a guard counts each time and tells once a minute', () => {
  const told: LinkChange[] = []
  const guards = createGuards((change) => told.push(change))
  for (const nowS of [0, 1, 59, 60, 61]) turnAway(guards, 'rate', 'too many', nowS * 1000)
  expect(told.map((change) => change.kind === 'guarded' && change.count)).toEqual([1, 4])
  expect(guards.counts.rate).toBe(5)
})
