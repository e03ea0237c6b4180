/** The command as a new user types it: at a real broker, on recordings, on a terminal. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../src/config/config.ts'
import { formatLine } from '../../../src/ingest/recording.ts'
import { connectPublisher } from '../../../src/mqtt/mqtt.ts'
import { needs, startMosquitto } from '../../servers/servers.ts'
import { BEGAN_MS, heardFrom, siteFrom, textOf, type Message } from './found.ts'

const COLDAISLE = fileURLToPath(new URL('../../../src/coldaisle.mjs', import.meta.url))
const DRIVER = fileURLToPath(new URL('../../servers/terminal.py', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-discover-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  status: number | null
  out: string
  err: string
}

async function discover(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [COLDAISLE, 'discover', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (part) => (out += String(part)))
  child.stderr.on('data', (part) => (err += String(part)))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, out, err }
}

function coldaisle(...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COLDAISLE, ...args], { encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

/** A recording of what devices say in each of some rounds. */
function recording(name: string, says: (n: number) => readonly Message[], { count = 12, everyS = 5 } = {}): string {
  const file = join(folder, name)
  const lines = Array.from({ length: count }, (_, n) =>
    says(n).map(([topic, payload]) => {
      const sent = typeof payload === 'object' ? JSON.stringify(payload) : payload
      return formatLine({ topic, payload: sent, nowMs: BEGAN_MS + n * everyS * 1000, retain: false })
    }),
  )
  writeFileSync(file, `${lines.flat().join('\n')}\n`)
  return file
}

function rack(n: number): Message[] {
  return [
    ['dc/rack-1/inlet', { t: 22 + n / 10, rh: 45 }],
    ['dc/rack-2/inlet', { t: 23 + n / 10, rh: 44 }],
    ['dc/fire/panel', 'ok'],
    ['coldaisle/dc/status', '{"state":"running"}'],
  ]
}

describe('from a recording', () => {
  const day = recording('racks.ndjson', rack)

  test('writes a file for its owner alone that passes check, and never replaces one', async () => {
    const out = join(folder, 'site.yaml')
    const { status, out: table, err } = await discover(day, '--yes', '--out', out)
    expect(status).toBe(0)
    expect(err).toMatch(/^limits: 1,000,000 messages, 256 MB, 20,000 topics; QoS 0, nothing is published$/m)
    expect(table).toMatch(/^dc-rack-1-inlet-t +temperature +°C +5 s +inlet /m)
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(coldaisle('check', '--config', out)).toMatchObject({ status: 0 })
    const text = readFileSync(out, 'utf8')
    expect(text).toContain('dc-rack-1-inlet: { dryBulb: dc-rack-1-inlet-t, humidity: dc-rack-1-inlet-rh, class: A1 }')
    expect(text).toMatch(/ignore:.*\n {2}- "dc\/fire\/panel"\n/)
    expect(text).not.toContain('coldaisle/dc')
    const again = await discover(day, '--yes', '--out', out)
    expect(again).toMatchObject({ status: 2 })
    expect(again.err).toMatch(/was not written: EEXIST/)
    expect(readFileSync(out, 'utf8')).toBe(text)
  })

  test('every guess is marked as one', () => {
    const points = textOf(siteFrom((n) => rack(n)))
      .split('\n')
      .filter((line) => /^ {2}[\w-]+: \{ topic/.test(line))
    expect(points).toHaveLength(4)
    for (const line of points) expect(line).toMatch(/# guess: unit °?[C%].*; every 5 s, .*; role inlet, named “inlet”$/)
  })

  test('a second run on the site tells what is new, and writes nothing', async () => {
    const site = join(folder, 'known.yaml')
    await discover(day, '--yes', '--out', site)
    const same = await discover(day, '--config', site)
    expect(same).toMatchObject({
      status: 0,
      out: 'nothing new: every number that was recognised is read, or ignored\n',
    })
    const more = recording('more.ndjson', (n) => [...rack(n), ['dc/rack-3/inlet', { t: 24, rh: 40 }]])
    const { out } = await discover(more, '--config', site)
    expect(out).toMatch(/^ {2}dc-rack-3-inlet-t: \{ topic: "dc\/rack-3\/inlet"/m)
    expect(out).not.toMatch(/rack-1/)
  })

  test.each([
    [['--out', 'x.yaml'], 2, /no terminal to ask on: --yes writes/],
    [['--yes'], 2, /either a broker, --url mqtt:\/\/HOST, or recordings/],
    [['--yes', '--url', 'mqtt://me:secret@127.0.0.1:1'], 2, /the URL holds an account or a password/],
    [['--yes', '--url', 'mqtt://127.0.0.1:1'], 2, /cannot listen to 127\.0\.0\.1:1/],
    [
      ['--yes', '--url', 'mqtt://127.0.0.1:1', '--username', 'a', '--password-file', '/none'],
      2,
      /there is no file \/none/,
    ],
    [['--yes', '--topic', 'a/b#', day], 2, /--topic: .* is not a filter of topics/],
    [['--yes', '--for', '0', day], 2, /Write a length of time, such as 20s, 30m, 2h or 1d, or a number of seconds/],
    [['--yes', '--topic', 'nowhere/#', day], 1, /nothing was heard/],
    [['--yes', join(folder, 'absent.ndjson')], 2, /cannot be read/],
  ])('%j ends with %i', async (args, status, says) => {
    const ended = await discover(...args)
    expect(ended.err).toMatch(says)
    expect(ended.status).toBe(status)
  })
})

const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0
const why = PYTHON ? '' : ': skipped, there is no python3, which opens the terminal'

/** Types what the steps say on a terminal of its own; gives what was seen on it. */
function onTerminal(args: readonly string[], steps: readonly object[]): { code: number; heard: string } {
  const command = [process.execPath, COLDAISLE, 'discover', ...args]
  const { stdout, stderr } = spawnSync('python3', [DRIVER, JSON.stringify(steps), ...command], { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as { code: number; heard: string }
}

describe.skipIf(!PYTHON)(`on a terminal${why}`, () => {
  const day = recording('terminal.ndjson', (n) => [...rack(n), ['dc/\u009b2Jevil/inlet', { t: 21, rh: 44 }]])

  test('shows what it found, asks, and writes', () => {
    const out = join(folder, 'asked.yaml')
    const { code, heard } = onTerminal(
      [day, '--out', out],
      [
        { wait: 'name of the site' },
        { type: 'not a name\n' },
        { wait: 'not a valid name' },
        { type: 'dc9\n' },
        { wait: 'time zone' },
        { type: 'Europe/Paris\n' },
        { wait: 'yes or no' },
        { type: 'yes\n' },
        { wait: 'asked.yaml: \\d+ points' },
      ],
    )
    expect(code).toBe(0)
    expect(heard).toMatch(/dc-rack-1-inlet-t +temperature/)
    expect(heard).toContain('\\u{9b}2Jevil')
    expect(heard).not.toContain('\u009b')
    expect(readFileSync(out, 'utf8')).toMatch(/id: "dc9"\n {2}timezone: "Europe\/Paris"/)
  })

  test('writes nothing unless told to', () => {
    const out = join(folder, 'declined.yaml')
    const steps = [
      { wait: 'name' },
      { type: '\n' },
      { wait: 'zone' },
      { type: '\n' },
      { wait: 'yes or no' },
      { type: '\n' },
      { wait: 'nothing was written' },
    ]
    expect(onTerminal([day, '--out', out], steps).code).toBe(0)
    expect(existsSync(out)).toBe(false)
  })
})

describe('limits', () => {
  const LIMITS = { messages: 50, bytes: 10_000, topics: 10 }

  test('copies that the broker kept take half of the topics: what is alive finds room', () => {
    const retained = Array.from({ length: 40 }, (_, n): Message => [`old/${n}/power_kw`, '1', 'retained'])
    const ear = heardFrom((n) => [...retained, ['live/power_kw', String(n)]], { count: 3, limits: LIMITS })
    expect([...ear.topics.keys()].filter((it) => it.startsWith('old/'))).toHaveLength(5)
    expect(ear.topics.get('live/power_kw')?.live).toBe(3)
    expect(ear.beyond).toBe(35)
  })

  test('5,000 topics make a configuration of as many files as they need, which passes with all of them', async () => {
    const says = (n: number): Message[] =>
      Array.from({ length: 5_000 }, (_, m) => [
        `building/floor-${m % 7}/room-${m}/a-rather-long-name-of-a-meter/power_kw`,
        String(m + n),
      ])
    const many = recording('many.ndjson', says, { count: 3 })
    const out = join(folder, 'many{1}.yaml')
    const done = await discover(many, '--yes', '--out', out)
    expect(done.err).toMatch(/many\{1\}\.yaml, .*many\{1\}-2\.yaml.*: 5,000 points\n$/)
    const files = readdirSync(folder).filter((file) => file.startsWith('many{1}'))
    for (const file of files) expect(statSync(join(folder, file)).size).toBeLessThan(1_000_000)
    const read = readConfig(out, {})
    expect('config' in read ? new Set(Object.values(read.config.points).map(({ topic }) => topic)).size : read).toBe(
      5_000,
    )

    // None of them is ever replaced, and none is left where another is in the way
    for (const file of files.slice(1)) rmSync(join(folder, file))
    const again = await discover(many, '--yes', '--out', out)
    expect(again.err).toMatch(/was not written: EEXIST/)
    expect(readdirSync(folder).filter((file) => file.startsWith('many{1}'))).toEqual(files.slice(0, 1))
  }, 60_000)
})

describe.skipIf(!needs('mosquitto'))('at a broker', () => {
  test('listens within its limits, publishes nothing, and leaves no session', async () => {
    await using broker = await startMosquitto({ config: ['log_type all'] })
    const publisher = await connectPublisher(broker.url)
    await publisher.publish('dc/kept/power_kw', '5', { qos: 0, retain: true })
    const done = new AbortController()
    const talk = (async () => {
      for (let n = 0; !done.signal.aborted; n++) {
        for (const [topic, payload] of rack(n % 40)) {
          await publisher.publish(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), {
            qos: 0,
            retain: false,
          })
        }
        await sleep(200)
      }
    })()
    const out = join(folder, 'live.yaml')
    const { status, err } = await discover('--url', broker.url, '--for', '3', '--yes', '--out', out)
    done.abort()
    await talk
    await publisher.close()
    expect(err).toContain('live.yaml: 4 points, 1 more stand commented out')
    expect(status).toBe(0)
    expect(coldaisle('check', '--config', out)).toMatchObject({ status: 0 })
    const [, client = ''] =
      /New client connected from \S+ as (coldaisle-check-[0-9a-f]{12}) \(p5, c1/.exec(broker.log()) ?? []
    expect(client).not.toBe('')
    expect(broker.log()).toMatch(new RegExp(`${client} 0 #`))
    expect(broker.log()).not.toContain(`Received PUBLISH from ${client}`)
    expect(existsSync(join(broker.folder, 'mosquitto.db'))).toBe(false)
  }, 30_000)
})
