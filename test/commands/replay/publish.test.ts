/** A recording played to a real broker. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { freePort, needs, startMosquitto } from '../../servers/servers.ts'
import { BASE_MS, MAIN, minute, write } from './replaying.ts'

interface Heard {
  topic: string
  hex: string
  qos: number
  retain: boolean
  atMs: number
}

/** Runs `coldaisle replay` with a listener at the broker; gives what that hears until the command has ended. */
async function played(url: string, args: readonly string[]): Promise<{ code: number; err: string; heard: Heard[] }> {
  const heard: Heard[] = []
  const listener = await connectAsync(url, { protocolVersion: 5 })
  const ended = new Promise<void>((resolve) => {
    listener.on('message', (topic, payload, { qos, retain }) => {
      if (topic === 'end') resolve()
      else heard.push({ topic, hex: payload.toString('hex'), qos, retain, atMs: performance.now() })
    })
  })
  await listener.subscribeAsync('#', { qos: 1 })
  try {
    const child = spawn(process.execPath, [MAIN, 'replay', '--to', url, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let err = ''
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()))
    const [code] = (await once(child, 'close')) as [number]
    // What the broker acknowledged is on its way to the listener, too; its answer to this comes behind
    await listener.publishAsync('end', '', { qos: 1 })
    await ended
    return { code, err, heard }
  } finally {
    await listener.endAsync()
  }
}

function lineAt(min: number, rest: object): string {
  return JSON.stringify({ tst: minute(min), ...rest })
}

const text = (it: string) => Buffer.from(it).toString('hex')

/** No site stands beside it: publishing needs none. */
const MIXED = write(
  'mixed.ndjson',
  [
    lineAt(0, { topic: 'dc/a', payload: `{"ts":${BASE_MS},"value":1}`, retain: 0 }),
    lineAt(1, { topic: 'dc/b', payload: { ts: BASE_MS, list: [1, null] } }),
    lineAt(2, { topic: 'dc/kept', payload: '23,5 °C', retain: 1 }),
    'no packet at all',
    lineAt(3, { topic: 'dc/#', payload: '1' }),
    lineAt(3, { topic: 'dc/\0', payload: '1' }),
    lineAt(3, { topic: 'dc/bytes', payload_hex: '00ff80' }),
    lineAt(4, { coldaisle: { start: { offsetMs: 0 } } }),
    lineAt(4, { topic: 'coldaisle/dc/command', payload: '{"ack":"x"}' }),
    lineAt(5, { topic: 'dc/a', payload: '', payloadlen: 0 }),
  ].join('\n'),
)

test.skipIf(!needs('mosquitto'))(
  'packets come as they were: order, bytes, retain flag, QoS 1; the daemon’s own do not',
  async () => {
    await using broker = await startMosquitto()
    const { code, err, heard } = await played(broker.url, [MIXED])
    const [words, ...bad] = err.trimEnd().split('\n')
    expect(words).toMatch(/^5 packets published in [\d.]+ s; 3 lines were no packets, 2 were of a daemon$/)
    const impossible = 'has a topic that no message can have: with + or #, a NUL, or more than 65,535 bytes'
    expect(bad).toEqual([
      expect.stringContaining(`bad line: ${MIXED}:4 is not JSON`),
      `bad line: ${MIXED}:5 ${impossible}`,
      `bad line: ${MIXED}:6 ${impossible}`,
    ])
    expect(code).toBe(0)
    expect(heard.map(({ topic, hex }) => [topic, hex])).toEqual([
      ['dc/a', text(`{"ts":${BASE_MS},"value":1}`)],
      ['dc/b', text(`{"ts":${BASE_MS},"list":[1,null]}`)],
      ['dc/kept', text('23,5 °C')],
      ['dc/bytes', '00ff80'],
      ['dc/a', ''],
    ])
    expect(new Set(heard.map(({ qos }) => qos))).toEqual(new Set([1]))
    // Who comes later gets the retained one, and it alone
    const late = await played(broker.url, ['--from', minute(5), MIXED])
    expect(late.heard.map(({ topic, retain }) => [topic, retain])).toEqual([
      ['dc/kept', true],
      ['dc/a', false],
    ])
  },
)

test.skipIf(!needs('mosquitto'))('a stretch at its pace: 3 minutes at 90 times take 2 s', async () => {
  await using broker = await startMosquitto()
  const args = ['--from', minute(0), '--until', minute(3.5), '--speed', '90', MIXED]
  const { code, heard } = await played(broker.url, args)
  expect(code).toBe(0)
  expect(heard.map(({ topic }) => topic)).toEqual(['dc/a', 'dc/b', 'dc/kept', 'dc/bytes'])
  const [first] = heard
  for (const [n, { atMs }] of heard.entries()) {
    expect(atMs - (first?.atMs ?? NaN)).toBeGreaterThan((n * 60_000) / 90 - 200)
    expect(atMs - (first?.atMs ?? NaN)).toBeLessThan((n * 60_000) / 90 + 6_000)
  }
})

test.skipIf(!needs('mosquitto'))(
  'a stretch without a packet, and a broker that is not there, are told',
  async () => {
    await using broker = await startMosquitto()
    const empty = await played(broker.url, ['--from', minute(60), MIXED])
    expect([empty.code, empty.err, empty.heard]).toEqual([
      1,
      `nothing arrived from ${minute(60)} on: the packet before came at ${minute(5)}\n`,
      [],
    ])
    const nowhere = `127.0.0.1:${await freePort()}`
    const child = spawn(process.execPath, [MAIN, 'replay', '--to', `mqtt://${nowhere}`, MIXED])
    let err = ''
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()))
    expect(await once(child, 'close')).toEqual([1, null])
    expect(err).toContain(`cannot connect to the broker at ${nowhere}`)
  },
  30_000,
)
