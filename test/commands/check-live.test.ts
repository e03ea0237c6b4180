import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkLive, filtersOf, type LiveReport } from '../../src/commands/check/live.ts'
import { numbersIn, shown } from '../../src/commands/check/payload.ts'
import { formatFault, readConfig } from '../../src/config/config.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import type { Publisher } from '../../src/mqtt/source.ts'
import { createSite, type Site } from '../../src/site/site.ts'
import { DOUBLE, payloadOf, type SentMetric } from '../ingest/sparkplug-bytes.ts'
import { freePort, needs, startMosquitto, type Server } from '../servers/servers.ts'

const mosquitto = needs('mosquitto')
/** Brought by mosquitto's package: the only thing in it that refuses a subscription. */
const [rights] = globSync('/usr/lib/*/mosquitto_dynamic_security.so')
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-live-'))
const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const ROUND_MS = 400
const LISTEN_S = 2.4

let broker: Server
let publisher: Publisher
beforeAll(async () => {
  if (!mosquitto) return
  broker = await startMosquitto()
  publisher = await connectPublisher(broker.url)
})
afterAll(async () => {
  await publisher?.close()
  await broker?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** What a site says in its round `n`: payload by topic below the test's own root. */
type Round = (n: number, nowMs: number) => Record<string, unknown>

interface Case {
  name: string
  /** By name, without the members that are alike everywhere; topics below the test's root. */
  points: Record<string, string>
  says: Round
  finds: RegExp
  /** In the order of the report; just the one that `finds` speaks of unless said otherwise. */
  faults?: number
}

function configFile(root: string, points: Record<string, string>, mqtt = `url: "${broker.url}"`): string {
  const file = join(folder, `${root}.yaml`)
  const lines = Object.entries(points).map(([name, members]) => {
    const own = members.replace(/topic: ([^,]+)/, `topic: "${root}/$1"`)
    return `  ${name}: { ${own}${own.includes('everyS') ? '' : ', everyS: 0.4'} }`
  })
  writeFileSync(file, [`site: { id: ${root}, timezone: UTC }`, `mqtt: { ${mqtt} }`, 'points:', ...lines, ''].join('\n'))
  return file
}

async function during<T>(root: string, says: Round, work: Promise<T>, by = publisher): Promise<T> {
  const done = new AbortController()
  const talk = (async () => {
    for (let n = 0; !done.signal.aborted; n++) {
      for (const [topic, payload] of Object.entries(says(n, Date.now()))) {
        const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
        await by.publish(`${root}/${topic}`, text, { qos: 0, retain: false })
      }
      await sleep(ROUND_MS)
    }
  })()
  try {
    return await work
  } finally {
    done.abort()
    await talk
  }
}

async function listen(root: string, points: Record<string, string>, says: Round): Promise<LiveReport> {
  return during(root, says, checkLive(siteAt(root, points, broker), LISTEN_S))
}

function siteAt(root: string, points: Record<string, string>, { url }: Server): Site {
  const read = readConfig(configFile(root, points, `url: "${url}"`), {})
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  return createSite(read.config)
}

const MAIN = { main: 'topic: main, unit: kW, maxKw: 500, role: facility' }
const KWH_MS = 3_600_000

const CASES: Case[] = [
  {
    name: 'a point from which nothing comes',
    points: { ...MAIN, it: 'topic: it, unit: kW, maxKw: 500' },
    says: () => ({ main: 120 }),
    finds: /^silent\n {2}it \(\S+\/it\): nothing came$/m,
  },
  {
    name: 'a dead gateway in one line',
    points: { ...MAIN, 'r{1..6}': 'topic: r{1..6}, unit: °C, gateway: h1' },
    says: () => ({ main: 120 }),
    finds: /^silent\n {2}gateway h1: nothing came from any of its points \(6\)$/m,
  },
  {
    name: 'a topic that no point reads, with an example that cannot harm a terminal',
    points: { ...MAIN, it: 'topic: it, unit: kW, maxKw: 500' },
    says: (_n, nowMs) => ({
      main: 120,
      it: 80,
      spare: `{"kw":12.5,"name":"\u009b2J","ts":${nowMs},"phase":{"l/1":"4.5"}}`,
    }),
    finds:
      /^orphan topics\n {2}\S+\/spare: \d+ messages, such as \{"kw":12\.5,"name":"\\u\{9b\}2J".* – numbers: \/kw \(12\.5\), \/ts \(a time\), \/phase\/l~11 \(4\.5\)$/m,
  },
  {
    name: 'watts declared as kilowatts, by the rating',
    points: MAIN,
    says: () => ({ main: 120_000 }),
    finds: /^odd units\n {2}main: 120,000 kW is 240 × maxKw: in W it would be 120 kW$/m,
  },
  {
    name: 'watts declared as kilowatts, by the peers',
    points: { 'ups-{1..4}': 'topic: ups/{1..4}, unit: kW, role: it' },
    says: () => ({ 'ups/1': 90, 'ups/2': 110, 'ups/3': 95_000, 'ups/4': 70 }),
    finds: /^odd units\n {2}ups-3: 95,000 kW among it points of about 90 kW: is it W\?$/m,
  },
  {
    name: '°F declared as °C at an inlet, though 75 °C is a temperature',
    points: { t: 'topic: air, unit: °C, role: inlet', x: 'topic: x, unit: °C' },
    says: () => ({ air: 75, x: 75 }),
    finds: /^odd units\n {2}t: 75 °C: °F would be 23\.89 °C/m,
  },
  {
    name: 'kelvin declared as °C anywhere',
    points: { t: 'topic: air, unit: °C' },
    says: () => ({ air: 296.5 }),
    finds: /^odd units\n {2}t: 296\.5 °C: K would be 23\.35 °C/m,
  },
  {
    name: 'a sensor that says it is broken',
    points: { t: 'topic: air, unit: °C' },
    says: () => ({ air: -127 }),
    finds: /^odd units\n {2}t: -127 °C: a sensor's word for no reading/m,
  },
  {
    name: 'humidity as a share',
    points: { rh: 'topic: air, unit: "%"' },
    says: () => ({ air: 0.45 }),
    finds: /^odd units\n {2}rh: never above 0\.45 %: a share \(`factor: 100`\)\?$/m,
  },
  {
    name: 'humidity above 100 %',
    points: { rh: 'topic: air, unit: "%"' },
    says: () => ({ air: 455 }),
    finds: /^odd units\n {2}rh: 455 %: above 105, tenths/m,
  },
  {
    name: 'watt hours declared as kilowatt hours',
    points: { kwh: 'topic: kwh, unit: kWh, register: {}, maxKw: 500' },
    says: (_n, nowMs) => ({ kwh: { ts: nowMs, value: Math.round(((nowMs % 1e10) * 300_000) / KWH_MS) } }),
    finds: /^odd units\n {2}kwh: the count rose by .* faster than maxKw 500 allows: is it Wh\?$/m,
  },
  {
    name: 'a register that falls',
    points: { kwh: 'topic: kwh, unit: kWh, register: {}, maxKw: 500' },
    says: (n) => ({ kwh: 5000 - 10 * n }),
    finds: /^odd units\n {2}kwh: the count fell by 10 kWh: /m,
  },
  {
    name: 'a local time without offset',
    points: MAIN,
    says: (_n, nowMs) => ({ main: { time: new Date(nowMs).toISOString().replace('Z', ''), value: 120 } }),
    finds:
      /^refused\n {2}\S+\/main \(main\): bad_time, \d+ readings, such as \{"time":.* – .*a local time without offset/m,
  },
  {
    name: 'a number that lies elsewhere, and where',
    points: { main: 'topic: main, at: /power, unit: kW' },
    says: () => ({ main: { kw: 120 } }),
    finds: /^refused\n {2}\S+\/main \(main\): no_value, .*; numbers: \/kw \(120\)$/m,
  },
  {
    name: 'a bare number where an object is configured',
    points: { main: 'topic: main, at: /power, unit: kW' },
    says: () => ({ main: 120 }),
    finds: /^refused\n {2}\S+\/main \(main\): bad_payload, .* – the payload is a bare number: leave `at` out$/m,
  },
  {
    name: 'a text that is no number',
    points: MAIN,
    says: () => ({ main: '120 kVA' }),
    finds: /^refused\n {2}\S+\/main \(main\): bad_payload, .* such as 120 kVA – /m,
  },
  {
    name: 'what the core refuses: negative at a meter',
    points: MAIN,
    says: () => ({ main: -120 }),
    finds: /^refused\n {2}\S+\/main \(main\): negative, /m,
  },
  {
    name: 'a point that reports more often than declared',
    points: { main: 'topic: main, unit: kW, everyS: 2' },
    says: () => ({ main: 120 }),
    finds: /^pace\n {2}main: a reading every \d\.\d+ s, everyS is 2$/m,
  },
  {
    name: 'a point that reports less often than declared',
    points: { main: 'topic: main, unit: kW, everyS: 0.1' },
    says: () => ({ main: 120 }),
    finds: /^pace\n {2}main: a reading every \d\.\d+ s, everyS is 0\.1$/m,
  },
  {
    name: 'messages that are missing by the count of their sender, and one without its number',
    points: { t: 'topic: t, at: /v, unit: °C, seq: /n', rh: 'topic: rh, at: /v, unit: "%", seq: /n' },
    says: (n) => ({ t: { v: 20 + n, n: n * 3 }, rh: { v: 40 + n } }),
    finds:
      /^numbers\n {2}topic of t: \d+ messages missing by its own count: lost on the way to us\n {2}topic of rh: \d messages without a whole number where `seq` points$/m,
    faults: 2,
  },
  {
    name: 'a clock that shows local time as UTC, which the core refuses too',
    points: MAIN,
    says: (_n, nowMs) => ({ main: { ts: nowMs + 3_600_000, value: 120 } }),
    finds: /^clocks\n {2}main: stamps are 60 min ahead of our clock: a local time sent as UTC\?$/m,
    faults: 2,
  },
  {
    name: 'a clock that was never set, in time to tell',
    points: { ...MAIN, it: 'topic: it, unit: kW' },
    says: (n) => ({ main: { ts: 946_684_800 + n, value: 120 }, it: 80 }),
    finds: /^clocks\n {2}main: stamps are 9,\d+ d behind our clock/m,
    faults: 2,
  },
  {
    name: 'a clock that is behind, once for all of its points',
    points: { t: 'topic: air, at: /t, unit: °C', rh: 'topic: air, at: /rh, unit: "%"' },
    says: (_n, nowMs) => ({ air: { ts: nowMs - 300_000, t: 24, rh: 45 } }),
    finds: /^clocks\n {2}t, rh: stamps are 5 min behind our clock/m,
    faults: 2,
  },
]

describe.skipIf(!mosquitto).concurrent('check --live finds', () => {
  for (const [index, { name, points, says, finds, faults = 1 }] of CASES.entries()) {
    test(`${name}`, async ({ expect }) => {
      const { code, text } = await listen(`case${index}`, points, says)
      expect(text).toMatch(finds)
      expect(text).toMatch(new RegExp(`^found: ${faults} faults?$`, 'm'))
      expect(code).toBe(1)
    })
  }
})

const SOUND = {
  ...MAIN,
  kwh: 'topic: kwh, unit: kWh, register: {}, maxKw: 500',
  t: 'topic: air, at: /t, timeAt: /ts, unit: °C, role: inlet',
  rh: 'topic: air, at: /rh, timeAt: /ts, unit: "%"',
  door: 'topic: door, unit: °C, hold: true',
  hourly: 'topic: hourly, unit: °C, everyS: 3600',
}
function sound(_n: number, nowMs: number): Record<string, unknown> {
  const kwh = (nowMs * 200) / KWH_MS
  return { main: 120.5, kwh: { ts: nowMs, value: kwh }, air: { ts: nowMs, t: 24, rh: 45 } }
}

describe.skipIf(!mosquitto)('check --live', () => {
  test('of a Sparkplug node says what is refused, silent or stored, each point for itself', async () => {
    const file = join(folder, 'node.yaml')
    const point = (metric: string) => `{ topic: spBv1.0/live/DDATA/edge/meter, at: /${metric}, unit: kW, everyS: 1 }`
    const points = ['P', 'Gone', 'Alias'].map((metric) => `  ${metric}: ${point(metric)}\n`).join('')
    const stored = '  Old: { topic: spBv1.0/live/DDATA/edge/old, at: /P, unit: kW, everyS: 1 }\n'
    writeFileSync(
      file,
      `site: { id: node, timezone: UTC }\nmqtt: { url: "${broker.url}" }\npoints:\n${points}${stored}`,
    )
    const read = readConfig(file, {})
    if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
    const say = (topic: string, seq: number, retain: boolean, ...metrics: SentMetric[]) =>
      publisher.publish(`spBv1.0/live/${topic}`, Buffer.from(payloadOf({ tMs: Date.now(), seq, metrics })), {
        qos: 0,
        retain,
      })
    const power = { name: 'P', datatype: DOUBLE, double: 120 }
    await say('DDATA/edge/old', 0, true, power)
    const listening = checkLive(createSite(read.config), LISTEN_S)
    for (let seq = 0; seq < 6; seq++) {
      await say('DDATA/edge/meter', seq, false, power, { alias: 7, double: 1 })
      await sleep(ROUND_MS)
    }
    const { text } = await listening
    expect(text).toMatch(/^ {2}P +\d+ {2}120 kW/m)
    expect(text).toMatch(/^silent\n {2}Old \(.*\): only a stored \(retained\) message came\n(?! {2}(Gone|Alias))/m)
    expect(text).toMatch(
      /^ {2}spBv1\.0\/live\/DDATA\/edge\/meter \(Gone, Alias\): before_birth, \d+ readings, such as/m,
    )
    expect(text).not.toMatch(/of a stored \(retained\) message, such as/)
  })

  test('of a sound site shows each point and finds nothing; who reports on change or by the hour is not silent', async () => {
    const { code, text } = await listen('sound', SOUND, sound)
    expect(text).toMatch(/^listened +127\.0\.0\.1:\d+, sound\/#, 2 s: \d+ messages$/m)
    expect(text).toMatch(/^ {2}main +\d+ {2}120\.5 kW +0 s$/m)
    expect(text).toMatch(/^ {2}hourly +0 {2}nothing$/m)
    expect(text).toMatch(/^notes\n {2}not due yet, listen longer: door, hourly$/m)
    expect(text).toMatch(/^nothing wrong was found$/m)
    expect(code).toBe(0)
  })

  test('takes stored messages for state: they are no sign of life and no fault', async () => {
    await publisher.publish('stored/main', '120', { qos: 1, retain: true })
    await publisher.publish('stored/it', '{"ts":1700000000,"value":80}', { qos: 1, retain: true })
    const { text } = await listen('stored', { ...MAIN, it: 'topic: it, unit: kW, everyS: 1' }, () => ({ it: 80 }))
    expect(text).toMatch(/^silent\n {2}main \(stored\/main\): only a stored \(retained\) message came$/m)
    expect(text).toMatch(/^found: 1 fault$/m)
  })

  test('remembers a thousand orphan topics and counts the rest', async () => {
    const names = Array.from({ length: 1_050 }, (_, n) => [`spare/${n}`, n])
    const { text } = await listen('many', { ...MAIN, it: 'topic: it, unit: kW' }, (n) => ({
      main: 120,
      it: 80,
      ...(n === 2 ? Object.fromEntries(names) : {}),
    }))
    expect(text.match(/^ {2}many\/spare\/\d+: 1 message, such as/gm)).toHaveLength(1_000)
    expect(text).toMatch(/^ {2}more topics: 50 messages on topics beyond these$/m)
  })

  test('leaves the daemon’s session and its own topics alone', async () => {
    const daemon = 'coldaisle/own'
    const { code, text } = await listen('own', MAIN, () => ({ main: 120 }))
    expect([code, text.includes(daemon)]).toEqual([0, false])
    expect(broker.log()).not.toMatch(/as coldaisle-own/)
    expect(broker.log()).toMatch(/as coldaisle-check-[0-9a-f]{12} /)
  })

  test('says that the broker went away, and when', async () => {
    await using own = await startMosquitto()
    const listening = checkLive(siteAt('gone', MAIN, own), 30)
    await sleep(1_000)
    await own.kill()
    const { code, text } = await listening
    expect(text).toMatch(/^connection\n {2}the connection ended after [01] s: /m)
    expect(code).toBe(1)
  })

  test('is refused by a broker that wants an account', async () => {
    await using closed = await startMosquitto({ config: ['allow_anonymous false'] })
    const { code, text } = await checkLive(siteAt('closed', MAIN, closed), 5)
    expect(text).toMatch(/^cannot listen to 127\.0\.0\.1:\d+: .*Not authorized/)
    expect(code).toBe(2)
  })

  test.skipIf(rights === undefined)(
    `asks for the topics alone where it may not hear more${rights === undefined ? ': skipped, no mosquitto_dynamic_security.so' : ''}`,
    async () => {
      await using strict = await startMosquitto({
        config: [`plugin ${rights}`, 'plugin_opt_config_file {folder}/rights.json'],
        prepare: (into) => writeFileSync(join(into, 'rights.json'), JSON.stringify(rightsTo('narrow/main'))),
      })
      const speaker = await connectPublisher(strict.url)
      const says: Round = () => ({ main: 120, it: 80, spare: 1 })
      const site = siteAt('narrow', { ...MAIN, it: 'topic: it, unit: kW, everyS: 60' }, strict)
      const { code, text } = await during('narrow', says, checkLive(site, LISTEN_S), speaker)
      await speaker.close()
      expect(text).toMatch(/^ {2}main +\d+ {2}120 kW/m)
      expect(text).toMatch(/^connection\n {2}the broker does not let us read narrow\/it$/m)
      expect(text).toMatch(/^notes\n {2}the broker refuses narrow\/#: orphan topics below it cannot be told$/m)
      expect([code, text.includes('narrow/spare')]).toEqual([1, false])
    },
  )

  test('is told by the exit code: 0 sound, 1 found, 2 no connection', async () => {
    const file = configFile('cli', MAIN)
    expect(await during('cli', () => ({ main: 120 }), coldaisle(file))).toMatchObject({ status: 0, err: '' })
    const found = await during('cli', () => ({ main: 'x' }), coldaisle(file))
    expect(found).toMatchObject({ status: 1, err: '' })
    expect(found.out).toMatch(/^ok\nlistened [^]*^found: 1 fault\n$/m)
    const away = await coldaisle(configFile('away', MAIN, `url: "mqtt://127.0.0.1:${await freePort()}"`))
    expect(away.status).toBe(2)
    expect(away.err).toMatch(/^cannot listen to 127\.0\.0\.1:\d+: .*ECONNREFUSED/)
  })
})

test('with the embedded broker there is nothing to listen to: exit code 2', async () => {
  const file = configFile('listen', { main: 'topic: main, unit: kW' }, 'listen: "127.0.0.1:1883"')
  const { status, out, err } = await coldaisle(file)
  expect([status, err]).toEqual([2, 'there is nothing to listen to: `mqtt.listen` is the daemon’s own broker\n'])
  expect(out).toMatch(/^ok$/m)
})

test.each([
  [['dc5/utility/a', 'dc5/ups/1'], ['dc5/#']],
  [['dc5/h1/r1/inlet', 'dc5/h1/r2/inlet'], ['dc5/h1/#']],
  [
    ['a/x', 'b/y'],
    ['a/#', 'b/#'],
  ],
  [['power'], ['power/#']],
  [['power', 'power/a'], ['power/#']],
  [['/dc5/a', '/dc5/b'], ['/dc5/#']],
])('of the topics %j it hears %j', (topics, filters) => {
  expect([...filtersOf(topics).keys()]).toEqual(filters)
})

test.each([
  ['a list within', '{"a":[{"v":1}]}', '/a/0/v (1)'],
  ['a list of readings', '[{"t":21.5},{"t":22}]', 'in each element /t (21.5)'],
  ['a number', '21.5', 'a bare number (no `at`)'],
  ['a word', 'on', 'neither JSON nor a number'],
  ['an object without any', '{"state":"on"}', 'no numbers'],
  ['half a nest of lists', '['.repeat(5_000), 'neither JSON nor a number'],
  ['a nest of lists', `${'['.repeat(5_000)}1${']'.repeat(5_000)}`, 'no numbers'],
])('where numbers are: %s', (_name, payload, numbers) => {
  expect(numbersIn(payload, Date.UTC(2026, 2, 2))).toBe(numbers)
})

test('an example is short, whatever it is made of', () => {
  expect(Array.from(shown('😀'.repeat(500)))).toHaveLength(120)
  expect(shown('\u0007'.repeat(5_000)).length).toBe(120)
  expect(shown('a\u202eb\n')).toBe('a\\u{202e}b\\n')
})

/** Anybody may publish, and read one topic. */
function rightsTo(topic: string): object {
  const access = { publishClientSend: true, publishClientReceive: true, subscribe: false, unsubscribe: true }
  return {
    defaultACLAccess: access,
    anonymousGroup: 'anybody',
    groups: [{ groupname: 'anybody', roles: [{ rolename: 'reader' }] }],
    roles: [{ rolename: 'reader', acls: [{ acltype: 'subscribeLiteral', topic, allow: true }] }],
  }
}

/** Runs the command as a user does, beside a broker that this thread talks to. */
async function coldaisle(config: string): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [COLDAISLE, 'check', '--config', config, '--live', '1'])
  let out = ''
  let err = ''
  child.stdout.on('data', (piece) => (out += String(piece)))
  child.stderr.on('data', (piece) => (err += String(piece)))
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.once('close', resolve)
  return { status: await promise, out, err }
}
