/**
 * Messages that are taken out of a connection's bytes where they lie, against the client library alone: the same bytes
 * bring the same messages, packets, PUBACKs and ends, wherever the bytes are cut and whatever is wrong with them.
 */
import { Duplex, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { connectAsync, MqttClient } from 'mqtt'
import { describe, expect, test, vi } from 'vitest'
import { createHold } from '../../src/mqtt/hold.ts'
import { connectMqtt } from '../../src/mqtt/mqtt.ts'
import { changeLane, changeTopics, createReception, receive, receiveInPlace } from '../../src/mqtt/receive.ts'
import { createTopics } from '../../src/mqtt/topics.ts'
import { packetBytes } from '../../src/mqtt/wire/publish-packet.ts'
import { tapStream } from '../../src/mqtt/wire/tap.ts'
import { addName, createTopicTable, nameOf } from '../../src/mqtt/wire/topic-table.ts'
import { createRandom, type Random } from '../../simulators/random.ts'
import { needs, startMosquitto } from '../servers/servers.ts'

type Version = 4 | 5

const STATUS = 'coldaisle/dc5/status'
const TOPICS = ['dc5/a', 'dc5/h1/r07/inlet', 'dc5/Ä/ü', 'spBv1.0/g/+/n']
/** Turns of the event loop without anything new. */
const QUIET_TURNS = 12

/** What a client made of bytes. */
interface Made {
  /** Messages, and other packets by their names, in order. */
  came: string[]
  pubacks: number[]
  /** Why it hung up: of its own, or because the library said that something was wrong. */
  fault: string | undefined
  /** How many messages did not go through the library. */
  inPlace: number
}

/** Gives a client the chunks as from a broker that has let it in; `way`: through the library alone, or in place. */
async function make(way: 'library' | 'in place', version: Version, chunks: readonly Uint8Array[]): Promise<Made> {
  const made: Made = { came: [], pubacks: [], fault: undefined, inPlace: 0 }
  const written: Buffer[] = []
  const stream = new Duplex({
    read() {},
    write(bytes: Buffer, _, done) {
      written.push(bytes)
      done()
    },
  })
  let viaLibrary = 0
  const end = (fault: string): void => {
    made.fault ??= fault
    stream.destroy()
  }
  // The library goes on with what it has; nothing of that counts behind a fault
  const note = (what: string): void => void (made.fault === undefined && made.came.push(what))
  const options = { protocolVersion: version, manualConnect: true, reconnectPeriod: 0, writeCache: false, keepalive: 0 }
  const client = new MqttClient(() => {
    if (way === 'in place') receiveInPlace(reception, client, stream)
    return stream
  }, options)
  const reception = createReception(
    {
      hold: createHold(),
      topics: createTopics(TOPICS, () => {}),
      statusTopic: STATUS,
      onStatus: (text) => note(`status ${text}`),
      onFault: end,
      deliver({ topic, payload, retain }, ack) {
        note(`${topic} ${payload.length} ${Buffer.from(payload).toString('latin1', 0, 40)} ${retain}`)
        made.inPlace += 1
        ack()
      },
    },
    client,
  )
  receive(reception, client)
  client.on('packetreceive', (it) => {
    if (it.cmd === 'connack') changeLane(reception, 'open', client)
    if (it.cmd !== 'publish') note(it.cmd)
    else if (it.topic !== STATUS) viaLibrary += 1
  })
  client.on('error', ({ message }) => end(message))
  client.connect()
  const connack = version === 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]
  for (const chunk of [Uint8Array.from(connack), ...chunks]) if (!stream.destroyed) stream.push(chunk)
  for (let [quiet, seen] = [0, 0]; quiet < QUIET_TURNS; quiet++) {
    await turn()
    if (made.came.length !== seen) [quiet, seen] = [0, made.came.length]
  }
  client.end(true)
  stream.destroy()
  made.inPlace -= viaLibrary
  made.pubacks = pubacksIn(Buffer.concat(written))
  return made
}

function pubacksIn(bytes: Buffer): number[] {
  const ids: number[] = []
  for (let at = 0; at < bytes.length; at += packetBytes(bytes, at)) {
    if (bytes.readUInt8(at) >> 4 === 4) ids.push(bytes.readUInt16BE(at + 2))
  }
  return ids
}

/** Packet by packet, as far as lengths can be read. */
function byPacket(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const to = Math.min(bytes.length, at + (packetBytes(bytes, at) || Infinity))
    packets.push(bytes.subarray(at, to))
    at = to
  }
  return packets
}

function packet(head: number, ...parts: readonly (readonly number[] | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.from([head, ...lengthOf(body.length)]), body])
}

function lengthOf(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) | 128, ...lengthOf(Math.floor(length / 128))]
}

function text(written: string | Buffer): Buffer {
  const bytes = Buffer.from(written)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

const PROPERTIES: readonly (readonly number[])[] = [
  [],
  [0x01, 1],
  [0x02, 0, 0, 1, 0],
  [0x03, ...text('json'), 0x26, ...text('a'), ...text('b'), 0x26, ...text('a'), ...text('')],
  [0x08, ...text('answers'), 0x09, ...text('12')],
  [0x26, ...text('long'), ...text('x'.repeat(150))],
]

interface Message {
  topic?: string
  payload?: string | Buffer
  qos?: 0 | 1 | 2
  id?: number
  flags?: number
  properties?: readonly number[]
}

function message(version: Version, how: Message = {}): Buffer {
  const { topic = 'dc5/a', payload = 'x', qos = 1, id = 7, flags = 0, properties = [] } = how
  return packet(
    0x30 | (qos << 1) | flags,
    text(topic),
    qos === 0 ? [] : [id >> 8, id & 255],
    version === 5 ? [...lengthOf(properties.length), ...properties] : [],
    Buffer.from(payload),
  )
}

/** Whatever a broker may send, in any order. */
function anything(random: Random, version: Version, n: number): Buffer {
  const topic = ['dc5/a', 'dc5/h1/r07/inlet', 'dc5/Ä/ü', 'spBv1.0/g/DDATA/n', 'dc5/not ours'][random.int(0, 4)] ?? ''
  const one = (how: Message): Buffer =>
    message(version, { topic, id: n + 1, properties: PROPERTIES[random.int(0, 5)] ?? [], ...how })
  const payload = `{"n":${n}}`
  switch (random.int(0, 9)) {
    case 0:
      return packet(0xd0)
    case 1:
      return Buffer.concat([one({ qos: 2, payload }), packet(0x62, [(n + 1) >> 8, (n + 1) & 255])])
    case 2:
      return one({ qos: 0, flags: random.int(0, 1), payload })
    case 3:
      return one({ payload: '' })
    case 5:
      return one({ topic: STATUS, qos: 0, payload })
    case 4:
      return one({ flags: 8 | random.int(0, 1), payload: 'y'.repeat(random.int(100, 300)) })
    default:
      return one({ flags: random.int(0, 1), payload })
  }
}

function stream(seed: number, version: Version, packets: number): Buffer {
  const random = createRandom(seed)
  return Buffer.concat(Array.from({ length: packets }, (_, n) => anything(random, version, n)))
}

describe.each<Version>([4, 5])('MQTT version %i:', (version) => {
  test('cut in two at every byte, and into single bytes', { timeout: 60_000 }, async () => {
    // A message inside a message of QoS 2 is none
    const nested = message(version, { qos: 2, id: 90, payload: message(version, { payload: 'inner' }) })
    const bytes = Buffer.concat([stream(version, version, 16), nested, packet(0x62, [0, 90])])
    const { inPlace, ...expected } = await make('library', version, byPacket(bytes))
    expect(inPlace).toBe(0)
    expect(expected.fault).toBeUndefined()
    for (let at = 0; at < bytes.length; at++) {
      const chunks = [bytes.subarray(0, at), bytes.subarray(at)].filter((chunk) => chunk.length > 0)
      const made = await make('in place', version, chunks)
      expect({ at, ...made }).toEqual({ at, ...expected, inPlace: made.inPlace })
      expect(made.inPlace).toBeGreaterThan(3)
    }
    expect(
      await make(
        'in place',
        version,
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
      ),
    ).toMatchObject(expected)
  })

  test.each([1, 2, 3, 4])('seed %i: 300 packets in chunks of any size', async (seed) => {
    const bytes = stream(seed, version, 300)
    const random = createRandom(seed + 100)
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length;) {
      const to = at + random.int(1, random.chance(0.2) ? 4_000 : 90)
      chunks.push(bytes.subarray(at, to))
      at = to
    }
    const { inPlace: _, ...expected } = await make('library', version, byPacket(bytes))
    const made = await make('in place', version, chunks)
    expect(made).toMatchObject(expected)
    expect(made.inPlace).toBeGreaterThan(100)
  })

  test('a byte is another one, a packet is cut short: what comes before it is the same, and so is the end', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = createRandom(seed)
      const bytes = stream(seed, version, 6)
      if (random.chance(0.8)) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255)
      const broken = random.chance(0.8) ? bytes : bytes.subarray(0, random.int(1, bytes.length))
      const [expected, made] = [
        await make('library', version, byPacket(broken)),
        await make('in place', version, [broken]),
      ]
      expect({ seed, came: made.came, fault: made.fault }).toEqual({
        seed,
        came: expected.came,
        fault: expected.fault,
      })
    }
  })

  test('with all properties that say nothing to us, and without', async () => {
    const made = await make('in place', version, [
      Buffer.concat(PROPERTIES.map((properties, n) => message(version, { id: n + 1, properties }))),
    ])
    expect(made).toMatchObject({ pubacks: [1, 2, 3, 4, 5, 6], inPlace: PROPERTIES.length, fault: undefined })
  })

  test('messages of 200 KB and of more than a megabyte', async () => {
    const sizes = [200_000, 1_048_500, 1_100_000, 3]
    const bytes = Buffer.concat(
      sizes.map((size, n) => message(version, { id: n + 1, payload: Buffer.alloc(size, 'z') })),
    )
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, n) =>
      bytes.subarray(n * 65_536, (n + 1) * 65_536),
    )
    const made = await make('in place', version, chunks)
    expect(made).toMatchObject({ pubacks: [1, 2, 3, 4], inPlace: 3 })
    expect(made.came.slice(1).map((line) => Number(line.split(' ')[1]))).toEqual(sizes)
  })
})

test('without room the connection is paused; then the message that waited comes first, and the library before what is behind', async () => {
  const stream = new Duplex({ read() {} })
  const [came, passed] = [[] as string[], [] as (() => void)[]]
  let [room, goOn] = [2, (): void => {}]
  tapStream(stream, {
    version: 4,
    isOpen: () => true,
    topicOf: (bytes, from, to) => bytes.toString('utf8', from, to),
    hasRoom: () => came.length < room,
    whenRoom: (go) => (goOn = go),
    take: (_, payload) => came.push(Buffer.from(payload).toString()),
  })
  stream.pipe(new Writable({ write: (_bytes, _, done) => passed.push(done) }))
  const [messages, ping] = [['1', '2', '3', '4'].map((payload) => message(4, { payload })), packet(0xd0)]
  stream.push(Buffer.concat([...messages.slice(0, 3), ping, ...messages.slice(3)]))
  stream.push(message(4, { payload: '5' }))
  await turn()
  expect({ came, passed: passed.length, isPaused: stream.isPaused() }).toEqual({
    came: ['1', '2'],
    passed: 0,
    isPaused: true,
  })
  room = 10
  goOn()
  await turn()
  expect({ came, passed: passed.length }).toEqual({ came: ['1', '2', '3'], passed: 1 })
  passed[0]?.()
  await turn()
  expect(came).toEqual(['1', '2', '3', '4', '5'])
})

test('a topic is the same string each time, and topics that come newly are told apart', () => {
  const table = createTopicTable()
  const topics = Array.from({ length: 2_000 }, (_, n) => Buffer.from(`dc5/é/${n}`))
  for (const topic of topics) {
    expect(nameOf(table, topic, 0, topic.length)).toBeUndefined()
    addName(table, topic.toString(), topic, 0, topic.length)
  }
  for (const topic of topics) expect(nameOf(table, Buffer.concat([topic, topic]), 0, topic.length)).toBe(String(topic))
  expect(nameOf(table, Buffer.from('dc5/é/2x'), 0, 9)).toBeUndefined()
})

test('topics that are not wanted any more are not taken in place', async () => {
  const reception = createReception(
    {
      hold: createHold(),
      topics: createTopics(TOPICS, () => {}),
      statusTopic: STATUS,
      deliver: () => {},
      onStatus: () => {},
      onFault: () => {},
    },
    { stream: new Duplex() },
  )
  const bytes = Buffer.from('dc5/a')
  addName(reception.names, 'dc5/a', bytes, 0, bytes.length)
  changeTopics(reception, ['dc5/b'])
  expect(nameOf(reception.names, bytes, 0, bytes.length)).toBeUndefined()
})

test.skipIf(!needs('mosquitto')).each<Version>([4, 5])(
  'a real broker and a publisher of MQTT version %i: the daemon’s way and the library’s bring the same',
  async (version) => {
    await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'max_inflight_messages 0'] })
    const [ours, theirs] = [[] as string[], [] as string[]]
    const line = (topic: string, payload: Uint8Array, retain: boolean): string =>
      `${topic} ${payload.length} ${Buffer.from(payload).toString('latin1', 0, 60)} ${retain}`
    const publisher = await connectAsync(broker.url, { protocolVersion: version })
    await publisher.publishAsync('dc5/a', 'kept', { retain: true, qos: 1 })
    const library = await connectAsync(broker.url, { protocolVersion: 5 })
    library.on('message', (topic, payload, { retain }) => theirs.push(line(topic, payload, retain)))
    await library.subscribeAsync(['dc5/#'], { qos: 1 })
    const link = await connectMqtt({
      config: { url: broker.url },
      site: 'dc5',
      topics: ['dc5/#'],
      random: Math.random,
      onState: () => {},
      deliver({ topic, payload, retain }, ack) {
        ours.push(line(topic, payload, retain))
        ack()
      },
    })
    await vi.waitFor(() => expect([...ours, ...theirs]).toHaveLength(2), 20_000)
    const random = createRandom(version)
    const sent = Array.from({ length: 400 }, (_, n) => {
      const payload = random.chance(0.05) ? 'z'.repeat(random.int(1, 300_000)) : `{"n":${n}}`
      const qos = ([0, 1, 2] as const)[random.int(0, 2)] ?? 0
      const properties = random.chance(0.5) ? {} : { userProperties: { a: 'b' }, contentType: 'json' }
      return publisher.publishAsync(`dc5/${random.int(1, 30)}`, payload, {
        qos,
        retain: random.chance(0.2),
        ...(version === 5 ? { properties: { ...properties, messageExpiryInterval: 600 } } : {}),
      })
    })
    await Promise.all(sent)
    await vi.waitFor(() => expect([...ours, ...theirs]).toHaveLength(802), 20_000)
    expect(ours).toEqual(theirs)
    await Promise.all([link.close(), library.endAsync(), publisher.endAsync()])
  },
)
