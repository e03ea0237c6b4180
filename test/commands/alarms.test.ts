/** Alarms as operators meet them: a running daemon, a broker, and the command line. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectAsync, type MqttClient } from 'mqtt'
import { expect, test } from 'vitest'
import type { Row } from '../../src/rows/rows.ts'
import { startDaemon, type TestDaemon } from '../servers/daemon.ts'
import { freePort, needs, startMosquitto } from '../servers/servers.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))

function siteText(mqtt: string): string {
  return `
site: { id: dc, timezone: UTC }
mqtt: ${mqtt}
points:
  t: { topic: dc/t, unit: °C, everyS: 10 }
  u: { topic: dc/u, unit: °C, everyS: 10 }
inlets:
  r1: { dryBulb: t, hall: h1 }
  r2: { dryBulb: u, hall: h1 }
alarms: { inlet_recommended: { onDelayS: 1, offDelayS: 1, latch: true }, inlet_allowable: { enabled: false } }
`
}

function coldaisle(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COLDAISLE, ...args], { encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

/** `alarms …` against the daemon's configuration. */
function alarms(daemon: TestDaemon, ...args: string[]): ReturnType<typeof coldaisle> {
  const [name = '', ...rest] = args
  return coldaisle('alarms', name, '--config', join(daemon.folder, 'site.yaml'), ...rest)
}

async function listed(daemon: TestDaemon, words: RegExp): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const { out } = alarms(daemon, 'list')
    if (words.test(out)) return out
    await sleep(250)
  }
  throw new Error(`the list never said ${String(words)}: ${alarms(daemon, 'list').out}`)
}

async function warm(client: MqttClient, topic: string, tempC: number, seconds: number): Promise<void> {
  for (let n = 0; n < seconds * 4; n++) {
    await client.publishAsync(topic, JSON.stringify({ ts: Date.now(), value: tempC }), { qos: 1 })
    await sleep(250)
  }
}

test.skipIf(!needs('mosquitto'))(
  'an alarm is acknowledged, shelved and reset, over a crash and without a daemon; a backtest of its journal says the same',
  { timeout: 300_000 },
  async () => {
    await using broker = await startMosquitto()
    await using daemon = await startDaemon(siteText(`{ url: "${broker.url}" }`))
    const client = await connectAsync(broker.url)
    await warm(client, 'dc/t', 29, 3)
    expect(await listed(daemon, /raised/)).toMatch(/raised +warning +inlet_recommended +r1/)
    const ack = () => alarms(daemon, 'ack', 'inlet_recommended', 'r1', '--by', 'ann').out
    expect(ack()).toContain('sent to the daemon: done, 1 alarm')
    expect(ack()).toContain('sent to the daemon: nothing to change')
    expect(await listed(daemon, /acked/)).toMatch(/acked +warning +inlet_recommended +r1 .* ann /)

    await daemon.kill()
    await daemon.start()
    expect(await listed(daemon, /acked/)).toContain('ann')
    const shelve = { command: 'shelve', alarm: 'inlet_recommended', source: 'r1', who: 'bob', why: 'new fans' }
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await client.publishAsync('coldaisle/dc/command', JSON.stringify({ ...shelve, until }), { qos: 1 })
    expect(await listed(daemon, /shelved/)).toMatch(/shelved .* bob +\d{4}-/)
    expect(alarms(daemon, 'unshelve', 'inlet_recommended', 'r1', '--by', 'bob').status).toBe(0)
    await listed(daemon, /raised/)
    await warm(client, 'dc/t', 24, 3)
    await listed(daemon, /latched/)

    await daemon.stop()
    const reset = alarms(daemon, 'ack', 'inlet_recommended', 'r1', '--by', 'ann')
    expect(reset.out).toContain('no daemon runs')
    expect(alarms(daemon, 'list').out).toContain('latched')
    await daemon.start()
    expect(await listed(daemon, /no alarm stands/)).not.toContain('latched')
    const metrics = await daemon.metrics()
    expect(metrics.get('coldaisle_readings_total{outcome="bad_payload"}')).toBe(0)

    const live = (await (await fetch(`${daemon.url}/api/v1/rows?measurement=alarm&from=0&limit=1000`)).json()) as Row[]
    await client.endAsync()
    await daemon.stop()
    const history = alarms(daemon, 'history', '--alarm', 'inlet_recommended', '--source', 'r1').out
    const told = history
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/)[1])
    expect(told).toEqual(['state', 'raised', 'acked', 'shelved', 'unshelved', 'raised', 'latched', 'normal'])
    expect(alarms(daemon, 'history', '--source', 'r9').out).toBe('no transition in that time\n')
    const recording = join(daemon.folder, 'recording.ndjson')
    const site = join(daemon.folder, 'site.yaml')
    writeFileSync(recording, coldaisle('journal', '--config', site).out)
    const backtest = alarms(daemon, 'backtest', recording)
    const again = backtest.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    expect(again.map(sentence).sort()).toEqual(live.map(sentence).sort())
    const states = again.map(({ fields }) => fields['state']).join(' ')
    expect(states).toBe('raised acked shelved unshelved raised latched normal')
    expect(backtest.err).toMatch(/pages 2, of which 0 of groups\n +2 {2}inlet_recommended in h1/)
  },
)

function sentence({ tags, fields, timeMs }: Row): string {
  return JSON.stringify([tags, fields, timeMs])
}

/** What only the daemon may say, in its present form and in that of older releases. */
const FORGED = [
  '{"command":"listen"}',
  '{"command":"own","alarm":"journal","breached":true}',
  '{"start":{"offsetMs":0}}',
  '{"coldaisle":{"step":{"fromMs":0,"toMs":3600000}}}',
  '{"own":{"alarm":"outbox","breached":true}}',
]

test('the embedded broker takes commands from this machine', { timeout: 180_000 }, async () => {
  const port = await freePort()
  await using daemon = await startDaemon(siteText(`{ listen: "127.0.0.1:${port}" }`))
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 })
  await warm(client, 'dc/t', 29, 3)
  await listed(daemon, /raised/)
  expect(alarms(daemon, 'ack', 'inlet_recommended', '*', '--by', 'ann').status).toBe(0)
  expect(await listed(daemon, /acked/)).toContain('ann')
  await client.publishAsync('coldaisle/dc/command', '{"command":"ack"}', { qos: 1 })
  await client.publishAsync('coldaisle/dc/alarm/inlet_recommended/r1', 'forged', { qos: 0 })
  for (const text of FORGED) await client.publishAsync('coldaisle/dc/command', text, { qos: 1 })
  await sleep(1500)
  expect((await daemon.metrics()).get('coldaisle_readings_total{outcome="bad_payload"}')).toBe(1 + FORGED.length)
  expect(alarms(daemon, 'list').out).not.toMatch(/journal|outbox/)
  await client.endAsync(true)
})

test(
  'the list keeps what is over until somebody acknowledges it, and what is shelved whatever comes late',
  { timeout: 240_000 },
  async () => {
    const port = await freePort()
    const text = siteText(`{ listen: "127.0.0.1:${port}" }`).replace('latch: true', 'acknowledge: true')
    await using daemon = await startDaemon(text)
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 })
    const both = async (tempC: number) => Promise.all([warm(client, 'dc/t', tempC, 3), warm(client, 'dc/u', tempC, 3)])
    await both(29)
    await listed(daemon, /(?=.*raised[^\n]* r1 )(?=.*raised[^\n]* r2 )/s) // raised within a millisecond, in any order
    alarms(daemon, 'ack', 'inlet_recommended', 'r2', '--by', 'ann')
    await listed(daemon, /acked.*r2/)
    await both(24)
    const waiting = await listed(daemon, /^(?!.* r2 ).*cleared/s) // that of r2 was acknowledged while it stood
    expect(waiting).toMatch(/cleared, to acknowledge +warning +inlet_recommended +r1/)
    alarms(daemon, 'ack', 'inlet_recommended', 'r1', '--by', 'ann')
    await listed(daemon, /no alarm stands/)

    alarms(daemon, 'shelve', 'inlet_recommended', 'r1', '--by', 'bob', '--why', 'new fans', '--for', '1h')
    await listed(daemon, /shelved/)
    await sleep(5_000) // a breach that is told lasts for the on-delay
    const ts = Date.now()
    for (const [at, tempC] of [
      [ts, 24],
      [ts - 3_000, 29],
    ]) {
      await client.publishAsync('dc/t', JSON.stringify({ ts: at, value: tempC }), { qos: 1 })
    }
    await client.endAsync(true)
    await newestState(daemon, 'late')
    expect(alarms(daemon, 'list').out).toMatch(/shelved .* r1 .* bob /)
    await daemon.stop()
    expect(alarms(daemon, 'list').out).toMatch(/shelved .* r1 .* bob /)
  },
)

async function newestState(daemon: TestDaemon, wanted: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${daemon.url}/api/v1/latest?measurement=alarm&tag.source=r1`)
    const [row] = (await answer.json()) as Row[]
    if (row?.fields['state'] === wanted) return
    await sleep(250)
  }
  throw new Error(`the newest row was never ${wanted}`)
}

test.skipIf(!needs('mosquitto'))('what the broker kept is no command', { timeout: 180_000 }, async () => {
  await using broker = await startMosquitto()
  const client = await connectAsync(broker.url)
  const ack = { command: 'ack', alarm: 'inlet_recommended', source: 'r1', who: 'ann' }
  await client.publishAsync('coldaisle/dc/command', JSON.stringify(ack), { qos: 1, retain: true })
  await using daemon = await startDaemon(siteText(`{ url: "${broker.url}" }`))
  for (let tries = 0; tries < 40; tries++) {
    if ((await daemon.metrics()).get('coldaisle_readings_total{outcome="retained"}') === 1) break
    await sleep(250)
  }
  const metrics = await daemon.metrics()
  expect(metrics.get('coldaisle_readings_total{outcome="retained"}')).toBe(1)
  expect(metrics.get('coldaisle_readings_total{outcome="command"}')).toBe(0)
  await client.endAsync()
})

test('wrong names are told, with what there is: exit code 2', { timeout: 180_000 }, async () => {
  await using daemon = await startDaemon(siteText(`{ listen: "127.0.0.1:${await freePort()}" }`))
  const cases: [string[], string][] = [
    [['ack', 'inlet_recomended', 'r1', '--by', 'ann'], 'did you mean `inlet_recommended`?'],
    [['ack', 'inlet_recommended', 'r9', '--by', 'ann'], 'has no source "r9": it has r1, r2'],
    [['shelve', 'inlet_recommended', 'r1', '--by', 'ann', '--for', '2h'], 'shelve asks for why'],
    [['shelve', 'inlet_recommended', 'r1', '--by', 'ann', '--why', 'x'], 'shelve asks for --for or --until'],
    [['shelve', 'inlet_recommended', 'r1', '--by', 'a', '--why', 'x', '--for', '91d'], 'within 90 days'],
    [['shelve', 'inlet_recommended', 'r1', '--by', 'a', '--why', 'x', '--for', '2y'], 'such as 20s, 30m, 2h or 1d'],
  ]
  for (const [args, words] of cases) {
    const { status, err } = alarms(daemon, ...args)
    expect([status, err]).toEqual([2, expect.stringContaining(words)])
  }
})

test('rows that the database does not take are an alarm of the daemon itself', { timeout: 180_000 }, async () => {
  let status = 401
  const database = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}'))
  })
  await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve))
  const { port } = database.address() as AddressInfo
  const own = `influx: { url: "http://127.0.0.1:${port}", database: dc, createDatabase: false }\n`
  const brokerPort = await freePort()
  const text = siteText(`{ listen: "127.0.0.1:${brokerPort}" }`).replace(
    'alarms: {',
    'alarms: { outbox: { onDelayS: 1 },',
  )
  await using daemon = await startDaemon(own + text)
  try {
    const client = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { protocolVersion: 4 })
    await warm(client, 'dc/t', 29, 3) // its alarm is a row, which is held
    await client.endAsync(true)
    expect(await listed(daemon, /outbox/)).toMatch(
      /raised +warning +outbox +dc .* the database takes no more rows; they are kept here/,
    )
    expect((await daemon.metrics()).get('coldaisle_alarms_active')).toBe(2)
    status = 204
    await listed(daemon, /^(?!.*outbox)/s)
    expect(alarms(daemon, 'list').out).toContain('inlet_recommended')
  } finally {
    database.close()
    database.closeAllConnections()
  }
})
