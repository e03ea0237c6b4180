import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Packet } from '../../src/ingest/recording.ts'
import { formatLine, MAX_LINE, openRecording, parseLine, tstMs } from '../../src/ingest/recording.ts'
import type { Server } from '../servers/servers.ts'
import { needs, programPath, startMosquitto } from '../servers/servers.ts'

const folder = mkdtempSync(join(tmpdir(), 'recording-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('arrival times', () => {
  const AT = Date.UTC(2026, 10, 23, 14, 26, 49, 681)
  test.each([
    ['2026-11-23T14:26:49.681014Z+0000', AT],
    ['2026-11-23T15:26:49.681Z+0100', AT],
    ['2026-11-23T08:56:49.681Z-0530', AT],
    ['2026-11-23T14:26:49.681Z', AT],
    ['2026-11-23T14:26:49.681999999Z', AT],
    ['2026-11-23T15:26:49.681+0100', AT],
    ['2026-11-23T15:26:49.681+01:00', AT],
    ['2026-11-23T15:26:49.681+01', AT],
    ['2026-11-23T15:26:49.681Z+01:00', AT],
    ['2026-11-23T14:26:49+0000', AT - 681],
    ['2026-11-23T14:26:49.6Z', AT - 81],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2024-12-31T23:30:00-0100', Date.UTC(2025, 0, 1, 0, 30)],
  ])('%s', (tst, tMs) => expect(tstMs(tst)).toBe(tMs))

  test.each([
    '',
    'yesterday',
    '1795444009',
    '2026-11-23',
    '2026-11-23T14:26:49.681', // no offset: nobody knows whose clock
    '2026-11-23 14:26:49Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T14:60:00Z',
    '2026-11-23T14:26:49.Z',
    '2026-11-23T14:26:49Z+',
    '2026-11-23T14:26:49Z+1',
    '2026-11-23T14:26:49+01:0',
    '2026-11-23T14:26:49+0160',
    '2026-11-23T14:26:49+010000',
    '2026-11-23T14:26:49ZZ',
    '2026-1a-23T14:26:49Z',
  ])('refused: %j', (tst) => expect(tstMs(tst)).toBeNaN())
})

test.each<[string, number]>([
  ['1470825369', 1_470_825_369_000],
  ['1470825369.25', 1_470_825_369_250],
  ['"1470825369.25"', 1_470_825_369_250],
  ['1470825369250', 1_470_825_369_250],
])('a tst of %s counts from 1970, as mosquitto_sub before 1.6 prints it', (tst, nowMs) => {
  expect(parseLine(`{"tst":${tst},"topic":"a","payload":"1"}`)).toMatchObject({ nowMs })
})

describe('lines', () => {
  const line = (rest: string) => parseLine(`{"tst":"2026-11-23T14:26:49Z","topic":"a/b"${rest}}`)
  const packet = (payload: Packet['payload'], retain = false) => {
    return { nowMs: Date.UTC(2026, 10, 23, 14, 26, 49), topic: 'a/b', payload, retain }
  }

  test.each<[string, Packet]>([
    [',"qos":0,"retain":0,"payloadlen":4,"payload":"23.4"', packet('23.4')],
    [',"qos":1,"retain":1,"mid":7,"payload":"23.4"', packet('23.4', true)],
    [',"retain":true,"payload":{"kw":1}', packet({ kw: 1 }, true)],
    [',"retain":false,"payload":[1,2]', packet([1, 2])],
    [',"payload":23.4', packet(23.4)],
    [',"payload":true', packet(true)],
    [',"payload":null,"payloadlen":4', packet(null)],
    [',"payloadlen":10,"payload":"{\\"p\\":130}"', packet('{"p":130}')], // %j cut the zero byte of a C string
    [',"payloadlen":5,"payload":"36.5"', packet('36.5')],
    [',"payloadlen":6,"payload":"35 °C"', packet('35 °C')],
    [',"payloadlen":6,"payload":"23.4"', packet('23.4')], // %J: a JSON text with its quotes
    [',"payload":null,"payloadlen":0', packet('')],
    [',"payload":""', packet('')],
    [',"payload_hex":""', packet('')],
    [',"payload_hex":"00fF"', packet(new Uint8Array([0, 255]))],
    [',"payload":"lost","payload_hex":"3233"', packet(new Uint8Array([0x32, 0x33]))],
    [',"payload":"kept","payload_hex":""', packet('kept')],
    [',"payload":"1","__proto__":{"retain":1}', packet('1')],
  ])('%s', (rest, expected) => expect(line(rest)).toEqual(expected))

  test.each([
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payl', /not JSON/],
    ['[]', /not a JSON object/],
    ['null', /not a JSON object/],
    ['23.4', /not a JSON object/],
    ['{"topic":"a/b","payload":"1"}', /no tst/],
    ['{"tst":true,"topic":"a/b","payload":"1"}', /no tst/],
    ['{"tst":12,"topic":"a/b","payload":"1"}', /not a time/],
    ['{"tst":"2026-11-23T14:26:49","topic":"a/b","payload":"1"}', /tst that is not a time with its offset/],
    ['{"tst":"2026-11-23T14:26:49Z","payload":"1"}', /no topic/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"","payload":"1"}', /no topic/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b"}', /neither payload nor payload_hex/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payload":"1","retain":"yes"}', /retain/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payload_hex":"0"}', /payload_hex/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payload_hex":"0g"}', /payload_hex/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payload":"","payloadlen":6}', /zero byte/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payload":"36.5","payloadlen":7}', /zero byte/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payload":"36.5","payloadlen":3}', /zero byte/],
    ['{"tst":"2026-11-23T14:26:49Z","topic":"a/b","payload":"{\\"p\\":1","payloadlen":7}', /zero byte/],
    [' '.repeat(MAX_LINE + 1), /longer than 1048576/],
  ])('refused: %.80s', (text, reason) => expect(parseLine(text)).toMatch(reason))

  test.each<[string, Packet['payload']]>([
    ['text', '{"ts":1,"kw":2.5}'],
    ['text with signs', '"x" \\ \t\u0001 température 😀 \u2028'],
    ['empty', ''],
    ['a zero byte in text', 'ab\0cd'],
    ['a number', 23.4],
    ['JSON null', null],
    ['an object', { kw: 1 }],
    ['binary', new Uint8Array([0, 255, 16, 97])],
  ])('a written line reads back as the same packet: %s', (_, payload) => {
    const written = formatLine(packet(payload, true))
    expect(written).not.toMatch(/[\n\r]/)
    expect(parseLine(written)).toEqual(packet(payload, true))
  })

  test('a written line is what mosquitto_sub prints', () => {
    expect(formatLine(packet('23.4'))).toBe(
      '{"tst":"2026-11-23T14:26:49.000000Z+0000","topic":"a/b","qos":0,"retain":0,"payloadlen":4,"payload":"23.4"}',
    )
    expect(formatLine(packet(new Uint8Array([0xc3, 0xa9])))).toMatch(/"payloadlen":2,"payload":"é"}$/)
    expect(formatLine(packet(new Uint8Array([0xc3])))).toMatch(/"payloadlen":1,"payload_hex":"c3"}$/)
  })
})

describe('files', () => {
  async function read(path: string): Promise<{ lines: string[]; failure: string }> {
    const lines: string[] = []
    try {
      for await (const batch of openRecording(path)) lines.push(...batch)
    } catch (error) {
      return { lines, failure: String(error) }
    }
    return { lines, failure: '' }
  }
  function write(name: string, content: string | Uint8Array): string {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const many = Array.from({ length: 50_000 }, (_, i) => `{"line":${i},"é":"${String((i * 7919) % 10_007)}"}`)

  test.each<[string, string | Uint8Array, string[]]>([
    ['plain', 'a\nb\n', ['a', 'b']],
    ['no newline at the end', 'a\nb', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['byte order mark', '\ufeffa\nb\n', ['a', 'b']],
    ['empty lines', '\n\na\n \n\nb\n\n', ['a', 'b']],
    ['nothing', '', []],
    ['one byte', 'a', ['a']],
    ['two bytes', 'a\n', ['a']],
    ['gzip under any name', gzipSync('a\nb'), ['a', 'b']],
    ['two gzip files, one behind the other', Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]), ['a', 'b']],
    ['gzip of a byte order mark', gzipSync('\ufeffa\r\n'), ['a']],
    ['a signature that is not gzip', Buffer.from([0x1f, 0x61, 0x62]), ['\u001fab']],
    ['many lines', many.join('\n'), many],
    ['many lines in gzip', gzipSync(many.join('\n')), many],
  ])('%s', async (name, content, lines) => {
    expect(await read(write(`${name}.ndjson.gz`, content))).toEqual({ lines, failure: '' })
  })

  test('a line of more than 1 MiB is refused as a line; its neighbours are read', async () => {
    const long = 'é'.repeat(MAX_LINE)
    for (const content of [`a\n${long}\nb\n`, `${long}\nb`, `a\n${long}`, `a\n${long}\n${long}\nb`]) {
      const { lines, failure } = await read(write('long', content))
      expect(failure).toBe('')
      const seen = lines.map((line) => (line.length > 1 ? parseLine(line) : line))
      expect(seen).toEqual(
        content.split('\n').flatMap((line) => {
          return line === '' ? [] : line === long ? `is longer than ${MAX_LINE} characters` : line
        }),
      )
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(MAX_LINE + 100)
    }
  })

  test.each([0.3, 0.7, 0.999])(
    'gzip cut at %d of its length gives what was readable, then a clear error',
    async (share) => {
      const whole = gzipSync(many.join('\n'))
      const { lines, failure } = await read(write('cut.gz', whole.subarray(0, Math.floor(whole.length * share))))
      expect(failure).toContain('cut.gz: the gzip stream ends early')
      expect(lines.length / many.length).toBeGreaterThan(share - 0.15)
      expect(lines.slice(0, -1)).toEqual(many.slice(0, lines.length - 1))
    },
  )

  test('gzip damaged in the middle gives the lines before, then a clear error', async () => {
    const whole = Buffer.from(gzipSync(many.join('\n')))
    whole.fill(0xff, whole.length - 5000, whole.length - 4000)
    const { lines, failure } = await read(write('damaged.gz', whole))
    expect(failure).toContain('damaged.gz: the gzip stream is damaged')
    expect(lines.length).toBeGreaterThan(0)
  })

  test.each<[string, Buffer]>([
    ['text', Buffer.from('hello')],
    ['one byte', Buffer.from([7])],
    ['the beginning of a member', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
    ['much', Buffer.alloc(200_000, 'x')],
  ])('bytes behind the end of gzip, %s: all lines, then a clear error', async (_, behind) => {
    for (const content of [['a', 'b'], many]) {
      const { lines, failure } = await read(write('behind.gz', Buffer.concat([gzipSync(content.join('\n')), behind])))
      expect(failure).toContain('behind.gz: bytes that are no gzip stand behind the end of the gzip stream')
      expect(lines).toEqual(content)
    }
  })

  test.each<[string, number, string[]]>([
    ['a block of them', 1_000, []],
    ['more than are read at once', 200_000, []],
    ['another file of gzip behind them', 1_000, ['c']],
  ])('zeros behind the end of gzip are padding: %s', async (_, zeros, behind) => {
    const parts = [gzipSync('a\nb\n'), Buffer.alloc(zeros), ...behind.map((line) => gzipSync(line))]
    const padded = write('padded.gz', Buffer.concat(parts))
    expect(await read(padded)).toEqual({ lines: ['a', 'b', ...behind], failure: '' })
  })

  test('the head of gzip may have a name, a comment and more', async () => {
    const bare = gzipSync('a\nb')
    const more = [Buffer.from([2, 0, 1, 1]), Buffer.from('a.log\0'), Buffer.from('a comment\0'), Buffer.from([0, 0])]
    const named = Buffer.concat([bare.subarray(0, 3), Buffer.from([2 + 4 + 8 + 16]), bare.subarray(4, 10), ...more])
    expect(await read(write('named.gz', Buffer.concat([named, bare.subarray(10)])))).toMatchObject({
      lines: ['a', 'b'],
      failure: '',
    })
  })

  test('a file that cannot be read says so', async () => {
    expect((await read(join(folder, 'absent'))).failure).toMatch(/absent: no such file/)
    expect((await read(folder)).failure).toMatch(/is a directory/)
  })

  test('a reader may leave early', async () => {
    for (const content of [many.join('\n'), gzipSync(many.join('\n'))]) {
      for await (const batch of openRecording(write('early', content))) {
        expect(batch[0]).toBe(many[0])
        break
      }
    }
  })

  test('- is standard input, gzip or not', async () => {
    const code = `import { openRecording } from ${JSON.stringify(join(import.meta.dirname, '../../src/ingest/recording.ts'))}
      for await (const batch of openRecording('-')) for (const line of batch) console.log(line)`
    for (const content of ['a\nb\r\nc', gzipSync('a\nb\r\nc')]) {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      child.stdin.end(content)
      let out = ''
      for await (const piece of child.stdout) out += String(piece)
      expect(out).toBe('a\nb\nc\n')
    }
  })
})

const TOOLS = ['mosquitto', 'mosquitto_pub', 'mosquitto_sub'] as const
const run = promisify(execFile)

const SENT: Record<string, Buffer> = {
  'a/number': Buffer.from('23.4'),
  'a/json': Buffer.from('{"ts":1795444009681,"kw":2.5}'),
  'a/lines': Buffer.from('{\n "kw": 1\n}\n'),
  'a/null': Buffer.from('null'),
  'a/empty': Buffer.alloc(0),
  'a/é☃': Buffer.from('température 23 °C 😀 "x" \\ \t'),
  'a/binary': Buffer.from([0, 255, 16, 97, 98, 10]),
  'a/broken': Buffer.from([0x6f, 0x6b, 0xc3]),
}

/** What mosquitto_sub prints in this format while every payload of SENT and one retained message pass. */
async function record(broker: Server, format: string): Promise<Map<string, Packet | string>> {
  const port = String(broker.port)
  const publish = async (topic: string, payload: Buffer, ...more: string[]) => {
    const isEmpty = payload.length === 0
    const how = isEmpty ? '-n' : '-s' // with -s an empty input sends nothing, and with -n none is read
    const child = spawn(programPath('mosquitto_pub') ?? '', ['-p', port, '-q', '1', '-t', topic, how, ...more], {
      stdio: [isEmpty ? 'ignore' : 'pipe', 'ignore', 'inherit'],
    })
    child.stdin?.end(payload)
    await once(child, 'close')
  }
  await publish('a/kept', Buffer.from('7'), '-r')
  const sub = spawn(programPath('mosquitto_sub') ?? '', ['-p', port, '-q', '1', '-t', 'a/#', '-F', format, '-W', '20'])
  const path = join(folder, `${String(format.length)}.ndjson`)
  const pieces: Buffer[] = []
  const ended = once(sub, 'close')
  sub.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  await once(sub.stdout, 'data') // the retained message: it listens
  for (const [topic, payload] of Object.entries(SENT)) await publish(topic, payload)
  await publish('a/last', Buffer.from('0'))
  while (!Buffer.concat(pieces).includes('a/last')) await once(sub.stdout, 'data')
  sub.kill()
  await ended
  writeFileSync(path, Buffer.concat(pieces))
  const packets = new Map<string, Packet | string>()
  for await (const batch of openRecording(path)) {
    for (const line of batch) packets.set(/"topic":"([^"]*)"/.exec(line)?.[1] ?? line, parseLine(line))
  }
  packets.delete('a/last')
  return packets
}

function payloadsOf(packets: Map<string, Packet | string>): Record<string, unknown> {
  return Object.fromEntries(
    [...packets].map(([topic, it]) => [topic, typeof it === 'string' ? `refused: ${it}` : it.payload]),
  )
}

describe('what mosquitto_sub really prints', () => {
  const skipped = !needs(...TOOLS)

  test.skipIf(skipped)('%j: payloads as text', async () => {
    await using broker = await startMosquitto()
    const from = Date.now()
    const packets = await record(broker, '%j')
    const found = payloadsOf(packets)
    for (const topic of ['a/number', 'a/json', 'a/lines', 'a/null', 'a/empty', 'a/é☃']) {
      expect(found).toHaveProperty([topic], SENT[topic]?.toString())
    }
    expect(found['a/binary']).toMatch(/^refused: .*zero byte/)
    expect(found['a/broken']).toBe('ok\ufffd')
    expect(packets.get('a/kept')).toMatchObject({ topic: 'a/kept', payload: '7', retain: true })
    for (const packet of packets.values()) {
      if (typeof packet === 'string') continue
      expect(packet.nowMs).toBeGreaterThanOrEqual(from - 1)
      expect(packet.nowMs).toBeLessThanOrEqual(Date.now())
    }
  })

  test.skipIf(skipped)('%J: payloads as JSON; what is not JSON it does not print', async () => {
    await using broker = await startMosquitto()
    expect(payloadsOf(await record(broker, '%J'))).toEqual({
      'a/kept': 7,
      'a/number': 23.4,
      'a/json': { ts: 1795444009681, kw: 2.5 },
      'a/lines': { kw: 1 },
      'a/null': null,
      'a/empty': '',
    })
  })

  test.skipIf(skipped)('"payload_hex":"%x": every byte', async () => {
    await using broker = await startMosquitto()
    const packets = await record(broker, '{"tst":"%I","topic":"%t","retain":%r,"payload_hex":"%x"}')
    expect(packets.get('a/kept')).toMatchObject({ retain: true })
    const bytes = Object.entries(payloadsOf(packets)).map(([topic, it]) => {
      return [topic, it instanceof Uint8Array ? Buffer.from(it) : it === '' ? Buffer.alloc(0) : it]
    })
    expect(Object.fromEntries(bytes)).toEqual({ ...SENT, 'a/kept': Buffer.from('7') })
  })

  test.skipIf(skipped)('MQTT 5 properties in the line change nothing', async () => {
    await using broker = await startMosquitto()
    const port = String(broker.port)
    const sub = programPath('mosquitto_sub') ?? ''
    const v5 = ['-V', 'mqttv5', '-p', port, '-t', 'a/b']
    await run(programPath('mosquitto_pub') ?? '', [...v5, '-m', '1', '-r', '-D', 'publish', 'user-property', 'k', 'v'])
    const { stdout } = await run(sub, [...v5, '-F', '%j', '-C', '1', '-W', '5'])
    expect(stdout).toContain('properties')
    expect(parseLine(stdout.trim())).toMatchObject({ topic: 'a/b', payload: '1', retain: true })
  })
})
