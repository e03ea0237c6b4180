/**
 * A broker, or what listens in its place, that speaks no MQTT: malformed properties, lengths, types, topics. The daemon
 * hangs up at once and says why, takes nothing of it, and goes on with the next connection. Without that it would stay
 * connected and deaf until its keep-alive ends.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { connectMqtt } from '../../src/mqtt/mqtt.ts'
import type { LinkChange } from '../../src/mqtt/source.ts'

const PATIENCE = { timeout: 20_000, interval: 20 }
const CONNACK = [0x20, 3, 0, 0, 0]
const PINGRESP = [0xd0, 0]

function text(written: string): number[] {
  return [written.length >> 8, written.length & 255, ...Buffer.from(written)]
}

/** A packet of less than 128 bytes. */
function packet(head: number, body: readonly number[]): number[] {
  return [head, body.length, ...body]
}

/** A message of QoS 1 on our topic; `properties` with their length before them. */
function message(payload: string, { topic = text('dc5/a'), id = 7, properties = [0], head = 0x32 } = {}): number[] {
  return packet(head, [...topic, 0, id, ...properties, ...Buffer.from(payload)])
}

interface Heard extends AsyncDisposable {
  told: LinkChange[]
  came: string[]
  /** Packet ids that were acknowledged. */
  acked: number[]
}

/** A server that answers the first CONNECT with `connack`, sends `bytes`, and behaves well from the second on. */
async function hear(bytes: readonly number[], connack: readonly number[] = CONNACK): Promise<Heard> {
  const sockets = new Set<Socket>()
  const heard = { told: [] as LinkChange[], came: [] as string[], acked: [] as number[] }
  let connects = 0
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => sockets.delete(socket)))
    const isFirst = ++connects === 1
    socket.on('data', (part) => {
      for (let at = 0; at + 1 < part.length; at += 2 + part.readUInt8(at + 1)) {
        const type = part.readUInt8(at) >> 4
        if (type === 1) {
          socket.write(Buffer.from(isFirst ? connack : CONNACK))
          const next = isFirst ? [...bytes, ...message('behind it', { id: 8 })] : message('sound', { id: 9 })
          setTimeout(() => socket.write(Buffer.from(next)), 50)
          return
        }
        if (type === 4) heard.acked.push(part.readUInt16BE(at + 2))
        if (type === 8) socket.write(Buffer.from([0x90, 4, ...part.subarray(at + 2, at + 4), 0, 1]))
        if (type === 12) socket.write(Buffer.from(PINGRESP))
      }
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const link = await connectMqtt({
    site: 'dc5',
    topics: ['dc5/a'],
    random: () => 0.1,
    config: { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` },
    onState: (change) => heard.told.push(change),
    deliver(arrival, ack) {
      heard.came.push(Buffer.from(arrival.payload).toString())
      ack()
    },
  })
  return {
    ...heard,
    async [Symbol.asyncDispose]() {
      const closing = link.close()
      await sleep(50)
      for (const socket of sockets) socket.destroy()
      server.close()
      await closing
    },
  }
}

describe('hangs up, says why, and goes on with the next connection:', () => {
  test.each<[what: string, bytes: number[], reason: RegExp]>([
    ['a property that does not exist', message('x', { properties: [2, 0x7f, 1] }), /property/i],
    ['properties that are longer than their packet', message('x', { properties: [100] }), /./],
    ['a length of properties in five bytes', message('x', { properties: [255, 255, 255, 255, 127] }), /./],
    ['a topic that is longer than its packet', packet(0x32, [0xff, 0xff, 0x61]), /./],
    ['a message on no topic', message('x', { topic: text('') }), /no topic/],
    ['a message on a wildcard', message('x', { topic: text('dc5/#') }), /no topic/],
    ['a message on a topic with a zero byte', message('x', { topic: text('dc5\0a') }), /no topic/],
    ['a topic alias that we never allowed', message('x', { properties: [3, 0x23, 0, 9] }), /Alias/],
    ['the packet id 0', message('x', { id: 0 }), /packet id 0/],
    ['QoS 3', message('x', { head: 0x36 }), /./],
    ['a length in five bytes', [0x30, 0xff, 0xff, 0xff, 0xff, 1, 0], /./],
    ['a packet of no type', [0, 0], /./],
    ['reserved bits that are set', [0xd3, 0], /./],
    ['AUTH that nobody asked for', [0xf0, 2, 0x18, 0], /Auth/],
    ['a second CONNACK', CONNACK, /CONNACK/],
    ['a farewell that cannot be read', packet(0xe0, [0x82, 5, 1, 2]), /./],
    ['the answer of a web server', [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], /./],
  ])('%s', async (_, bytes, reason) => {
    await using heard = await hear(bytes)
    await vi.waitFor(() => expect(heard.came).toContain('sound'), PATIENCE)
    const lost = heard.told.flatMap((change) => (change.kind === 'lost' ? [change.reason] : []))
    expect(lost).toEqual([expect.stringMatching(reason)])
    expect(heard.came).toEqual(['sound'])
    expect(heard.acked).not.toContain(0)
  })

  test.each<[what: string, connack: number[]]>([
    ['a property that does not exist', [0x20, 5, 0, 0, 2, 0x7f, 1]],
    ['properties that are longer than their packet', [0x20, 4, 0, 0, 50, 1]],
    ['a reason that does not exist', [0x20, 3, 0, 200, 0]],
  ])('a CONNACK with %s', async (_, connack) => {
    await using heard = await hear([], connack)
    await vi.waitFor(() => expect(heard.came).toEqual(['sound']), PATIENCE)
    expect(heard.told.map(({ kind }) => kind)).toEqual(['refused', 'connected'])
  })
})

test('what is unusual and allowed is taken', async () => {
  await using heard = await hear(message('x', { properties: [2, 1, 1] }))
  await vi.waitFor(() => expect(heard.came).toEqual(['x', 'behind it']), PATIENCE)
  expect(heard.acked).toEqual([7, 8])
})
