/** Who may do what with the embedded broker: accounts of devices and their topics, over real TLS, in a real daemon. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { freePort } from '../servers/servers.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const PASSWORD = 'canary-5d2b7c9e'
const COMMANDS = 'coldaisle/dc/command'
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-clients-'))
const site = join(folder, 'site.yaml')
/** What was said when accounts were made. */
const made: string[] = []
let daemon: TestDaemon
let port: number

function run(...args: string[]): { status: number | null; out: string } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...args, '--config', site], {
    encoding: 'utf8',
    input: `${PASSWORD}\n`,
  })
  return { status, out: stdout + stderr }
}

const device = (...args: string[]) => run('account', 'device', ...args)

/** A certificate by an authority; without one it is an authority of its own. */
function certify(name: string, days: string, by?: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`]
  const about = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  const make = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  if (by === undefined) return void make('req', '-x509', ...key, '-out', `${name}.pem`, ...about, '-days', days)
  make('req', '-new', ...key, '-out', `${name}.csr`, ...about)
  const signed = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', days]
  make('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed)
}

function options(name: string, more: IClientOptions): IClientOptions {
  const ca = readFileSync(join(folder, 'page.pem'))
  return { protocolVersion: 4, reconnectPeriod: 0, username: name, password: PASSWORD, ca, ...more }
}

function client(name: string, more: IClientOptions = {}): Promise<MqttClient> {
  return connectAsync(`mqtts://127.0.0.1:${port}`, options(name, more))
}

const siteText = (mqtt: string) => `
site: { id: dc, timezone: UTC }
mqtt: { listen: "0.0.0.0:${port}", certFile: ${folder}/page.pem, keyFile: ${folder}/page.key, ${mqtt} }
points:
  t1: { topic: dc/h1/t, unit: "°C", everyS: 3600, role: inlet }
  t2: { topic: dc/h2/t, unit: "°C", everyS: 3600, role: inlet }
inlets: { r1: { dryBulb: t1, class: A2 }, r2: { dryBulb: t2, class: A2 } }
alarms: { inlet_recommended: { enabled: false }, inlet_allowable: { onDelayS: 0 } }
`

interface Entry {
  action: string
  who?: string
  what?: string
  from?: string
  outcome?: string
  reason?: string
}

/** What the API gives this machine's own commands. */
async function rows(measurement: string): Promise<Entry[]> {
  const token = readFileSync(join(daemon.storePath, 'local-token'), 'utf8')
  const answer = await fetch(`${daemon.url}/api/v1/latest?measurement=${measurement}&count=100`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  const found = (await answer.json()) as { tags: object; fields: object }[]
  return found.map(({ tags, fields }) => ({ ...tags, ...fields }) as Entry)
}

async function metric(name: string): Promise<number> {
  const token = readFileSync(join(daemon.storePath, 'local-token'), 'utf8')
  const answer = await fetch(`${daemon.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })
  const line = (await answer.text()).split('\n').find((text) => text.startsWith(`coldaisle_${name} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}

const accepted = () => metric('readings_total{outcome="accepted"}')
const refused = (name: string) => metric(`broker_refused_total{client="${name}"}`)
const told = (part: string) => daemon.log().split(part).length - 1

beforeAll(async () => {
  if (!openssl) return
  port = await freePort()
  certify('page', '2')
  const http = await freePort()
  const text = `${siteText(`accountsFile: ${folder}/accounts.json`)}
http: { listen: "127.0.0.1:${http}", accountsFile: ${folder}/accounts.json }
store: { path: ${folder}/store }
`
  writeFileSync(site, text)
  made.push(device('gw-1', '--publish', 'dc/h1').out)
  made.push(device('wall', '--subscribe', 'coldaisle/dc', 'dc/h1/').out)
  made.push(device('console', '--commands').out)
  daemon = await startDaemon(text, { ready: false })
  Object.assign(daemon, { url: `http://127.0.0.1:${http}`, storePath: join(folder, 'store') })
  await until('it runs', 60_000, () => daemon.log().includes('"running"'))
}, 120_000)

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!openssl)('clients of the embedded broker, over TLS', () => {
  test('are made by the command line, which says what they may do', () => {
    expect(made).toEqual([
      'gw-1 publishes below dc/h1\n',
      'wall subscribes below coldaisle/dc, dc/h1/\n',
      'console gives commands\n',
    ])
    expect(device('gw-1', '--publish', 'dc/h2').out).toContain('there is a device gw-1 already')
    expect(device('gw-2', '--publish', 'dc/+').out).toContain('without wildcards')
    expect(device('gw-2').out).toContain('could do nothing: give it --publish, --subscribe or --commands')
    expect(device('local', '--commands').out).toContain('is the name of this machine')
    expect(run('account', 'list').out).toMatch(/^gw-1 +device +publishes below dc\/h1 /m)
  })

  test.each([
    ['gw-1', 'dc/h1/t', true],
    ['gw-1', 'dc/h2/t', false],
    ['gw-1', 'dc/h1', true],
    ['gw-1', 'dc/h10/t', false],
    ['gw-1', 'dc', false],
    ['gw-1', COMMANDS, false],
    ['gw-1', 'coldaisle/dc/alarms/inlet_allowable/r1', false],
    ['wall', 'dc/h1/t', false],
    ['console', 'dc/h1/t', false],
    ['console', 'coldaisle/other/command', false],
    ['local', 'dc/h1/t', false],
  ])('%s publishes to %s: %s', { timeout: 30_000 }, async (name, topic, isTaken) => {
    const heard: string[] = []
    const wall = await client('wall')
    wall.on('message', (at) => heard.push(at))
    await wall.subscribeAsync(['coldaisle/dc/#', 'dc/h1/#'])
    const before = await refused(name)
    const own = name === 'local' ? { password: readFileSync(join(folder, 'store', 'local-token'), 'utf8') } : {}
    const speaker = await client(name, own)
    await speaker.publishAsync(topic, '22', { qos: 1 })
    if (isTaken) await until('it is forwarded', 10_000, () => heard.includes(topic))
    await speaker.publishAsync('dc/h1/last', '1', { qos: 1 })
    expect(heard.includes(topic)).toBe(isTaken)
    expect((await refused(name)) - before).toBe((isTaken ? 0 : 1) + (name === 'gw-1' ? 0 : 1))
    await Promise.all([wall.endAsync(true), speaker.endAsync(true)])
  })

  test('a device that is not let into one topic keeps its others; it is counted each time and told once', async () => {
    const [speaker, before] = [await client('gw-1'), await refused('gw-1')]
    const had = await accepted()
    for (let n = 0; n < 5; n++) {
      await speaker.publishAsync('dc/h2/t', '39', { qos: 1 })
      await speaker.publishAsync('dc/h1/t', String(20 + n), { qos: 1 })
    }
    await until('the readings', 10_000, async () => (await accepted()) === had + 5)
    expect((await refused('gw-1')) - before).toBe(5)
    expect(told('client gw-1 of the broker: may not publish to dc/h2/t')).toBe(1)
    await speaker.endAsync(true)
  })

  test.each([
    ['coldaisle/dc/#', true],
    ['dc/h1/+', true],
    ['dc/#', false],
    ['#', false],
    ['+/h1/t', false],
    ['coldaisle/dcx/#', false],
  ])('the wall subscribes to %s: %s', async (filter, isTaken) => {
    const wall = await client('wall')
    const asked = wall.subscribeAsync(filter).then(
      () => true,
      () => false,
    )
    expect(await asked).toBe(isTaken)
    await wall.endAsync(true)
  })

  test('a wrong password, an unknown name, none at all and a will beyond its topics are refused', async () => {
    const nobody: IClientOptions = { username: '', password: '' }
    await expect(client('gw-1', { password: 'wrong-password' })).rejects.toThrow(/Bad username or password/)
    await expect(client('gw-9')).rejects.toThrow(/Bad username or password/)
    await expect(client('', nobody)).rejects.toThrow(/Bad username or password/)
    const will = { topic: 'dc/h2/gone', payload: Buffer.from('1'), qos: 1 as const, retain: false }
    await expect(client('gw-1', { will })).rejects.toThrow(/Bad username or password/)
    expect((await client('gw-1', { will: { ...will, topic: 'dc/h1/gone' } })).connected).toBe(true)
  })

  test('what silences an alarm has a name: in its row, and in the audit with the address and what came of it', async () => {
    const [gateway, console] = [await client('gw-1'), await client('console')]
    await gateway.publishAsync('dc/h1/t', '39', { qos: 1 })
    await until('the alarm', 20_000, async () => JSON.stringify(await rows('alarm')).includes('"raised"'))
    const order = { command: 'ack', alarm: 'inlet_allowable', source: 'r1', who: 'otto', why: 'seen' }
    await gateway.publishAsync(COMMANDS, JSON.stringify(order), { qos: 1 })
    await console.subscribeAsync('coldaisle/dc/reply')
    const answered = new Promise((resolve) => console.once('message', (_, bytes) => resolve(JSON.parse(String(bytes)))))
    await console.publishAsync(COMMANDS, JSON.stringify({ ...order, id: 'a1' }), { qos: 1 })
    expect(await answered).toEqual({ id: 'a1', command: 'ack', done: true, changed: 1 })
    await console.publishAsync(COMMANDS, JSON.stringify({ ...order, source: 'r9' }), { qos: 1 })
    await console.publishAsync(COMMANDS, 'no command', { qos: 1 })
    await until(
      'the audit',
      20_000,
      async () => (await rows('audit')).filter((it) => it.action === 'command').length === 3,
    )
    expect(await rows('alarm')).toContainEqual(expect.objectContaining({ state: 'acked', who: 'otto (console)' }))
    const from = { site: 'dc', who: 'console', from: '127.0.0.1' }
    const entries = await rows('audit')
    expect(entries.filter(({ action }) => action === 'command').toReversed()).toEqual([
      { ...from, action: 'command', what: 'ack inlet_allowable r1: seen', outcome: 'done', reason: '1 alarm changed' },
      {
        ...from,
        action: 'command',
        what: 'ack inlet_allowable r9: seen',
        outcome: 'refused',
        reason: 'alarm inlet_allowable has no source "r9"',
      },
      { ...from, action: 'command', outcome: 'refused', reason: 'a command is a JSON object' },
    ])
    expect(entries).toContainEqual({
      ...from,
      action: 'command_refused',
      who: 'gw-1',
      outcome: 'refused',
      reason: 'may not give commands',
    })
    await Promise.all([gateway.endAsync(true), console.endAsync(true)])
  }, 60_000)

  test('this machine’s own command is let in by the secret beside the database', { timeout: 60_000 }, () => {
    const order = ['alarms', 'shelve', 'inlet_allowable', 'r1', '--for', '1h', '--why', 'works', '--by', 'mia']
    expect(run(...order).out).toContain('sent to the daemon: done, 1 alarm')
  })

  test('a new password, other topics and a removal count at once', { timeout: 60_000 }, async () => {
    const open = await client('gw-1')
    const closed = new Promise((resolve) => open.once('close', () => resolve('closed')))
    expect(run('account', 'remove', 'gw-1').out).toBe('gw-1 is gone\n')
    expect(await closed).toBe('closed')
    await expect(client('gw-1')).rejects.toThrow(/Bad username or password/)
    device('gw-1', '--publish', 'dc/h2')
    let moved: MqttClient | undefined
    await until('it is known', 10_000, async () => (moved = await client('gw-1').catch(() => undefined)) !== undefined)
    const had = await accepted()
    await moved?.publishAsync('dc/h1/t', '21', { qos: 1 })
    await moved?.publishAsync('dc/h2/t', '21', { qos: 1 })
    await until('the reading', 10_000, async () => (await accepted()) > had)
    expect((await accepted()) - had).toBe(1)
    await moved?.endAsync(true)
    expect(daemon.log()).not.toContain(PASSWORD)
  })

  test('a file that others may read, and an account beside accounts, are refused by check', () => {
    chmodSync(join(folder, 'accounts.json'), 0o644)
    expect(run('check').out).toContain('is a secret that all accounts of this machine can read (mode 0644)')
    chmodSync(join(folder, 'accounts.json'), 0o600)
    expect(run('check').status).toBe(0)
    writeFileSync(site, siteText(`accountsFile: accounts.json, username: a`))
    expect(run('check').out).toContain('`accountsFile` and `username` exclude each other')
    writeFileSync(site, siteText('accountsFile: accounts.json').replace(/listen: "\S+"/, 'url: "mqtt://127.0.0.1"'))
    expect(run('check').out).toContain('`accountsFile` needs `listen`: it is of the embedded broker')
  })
})

/** Visitors of a broker that wants certificates: what they show it, where they subscribe, what comes of it. */
const VISITS: [who: string, shown: string | undefined, more: IClientOptions, filter: string, outcome: string][] = [
  ['one with all that is wanted', 'good', {}, 'dc/h1/#', 'let in'],
  ['one without a certificate', undefined, {}, 'dc/h1/#', 'turned away'],
  ['one with a certificate of a foreign authority', 'stranger', {}, 'dc/h1/#', 'turned away'],
  ['one whose certificate has ended', 'old', {}, 'dc/h1/#', 'turned away'],
  ['one with a wrong password', 'good', { password: 'wrong-password' }, 'dc/h1/#', 'turned away'],
  ['one of an unknown name', 'good', { username: 'wall-2' }, 'dc/h1/#', 'turned away'],
  ['one that asks for topics above its prefix', 'good', {}, 'dc/#', 'topic refused'],
]

describe.skipIf(!openssl)('certificates of clients', () => {
  test('only who has one by our authority that holds, and the password, is let in, and below its prefix', async () => {
    certify('ca', '2')
    certify('foreign', '2')
    certify('good', '2', 'ca')
    certify('stranger', '2', 'foreign')
    certify('old', '-1', 'ca')
    await daemon.stop()
    await using second = await startDaemon(siteText(`caFile: ${folder}/ca.pem, accountsFile: ${folder}/accounts.json`))
    const outcomes = VISITS.map(async ([who, shown, more, filter]) => {
      const files =
        shown === undefined ? [] : ['pem', 'key'].map((end) => readFileSync(join(folder, `${shown}.${end}`)))
      const [cert, key] = files
      const { promise, resolve } = Promise.withResolvers<string>()
      const certificate = cert && key ? { cert, key } : {}
      const visitor = connect(`mqtts://127.0.0.1:${port}`, options('wall', { ...certificate, ...more }))
      visitor.once('connect', () =>
        visitor.subscribe(filter, (error) => resolve(error === null ? 'let in' : 'topic refused')),
      )
      for (const end of ['error', 'close'] as const) visitor.on(end, () => resolve('turned away'))
      return [who, await promise.finally(() => visitor.end(true))]
    })
    expect(await Promise.all(outcomes)).toEqual(VISITS.map(([who, , , , outcome]) => [who, outcome]))
    expect(await second.stop()).toBe(0)
  }, 90_000)
})
