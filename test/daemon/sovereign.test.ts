/**
 * A daemon with everything configured, traced by the kernel: it connects to nothing that its configuration does not
 * name, asks no name server, and shows none of its secrets anywhere.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../servers/daemon.ts'
import { startReceiver, type Heard, type Reply, type TestReceiver } from '../servers/receivers.ts'
import { freePort, needs } from '../servers/servers.ts'

const programs = needs('strace', 'openssl')
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-sovereign-'))
const site = join(folder, 'site.yaml')
const trace = join(folder, 'trace')
const store = join(folder, 'store')
/** Evidence packs of reports. */
const packs = join(folder, 'packs')

/** Files of secrets by their name; each holds a word that is nowhere else. */
const SECRETS = ['influx', 'hook-key', 'hook-token', 'am', 'mail', 'heart'] as const
const secretOf = (name: string) => `canary-${name}-9c41d7e2b8`
const DEVICE = secretOf('device')
const PERSON = secretOf('person')

interface World {
  influx: TestReceiver & { port: number }
  hook: TestReceiver & { port: number }
  alertmanager: TestReceiver & { port: number }
  heart: TestReceiver & { port: number }
  mail: Server
  mailPort: number
  mailHeard: string[]
  broker: number
  page: number
}

let world: World
let daemon: ChildProcess
let log = ''
/** Everything that a person or program was shown, by where. */
const shown = new Map<string, string>()
let token = ''
let localToken = ''

/** A server that is wrong in the worst way: it refuses, and says again all that it was told. */
function echo(_n: number, { headers, body, path }: Heard): Reply {
  return (response) => void response.writeHead(400).end(`no: ${headers.authorization} ${path} ${body}`)
}

/** A mail server that refuses every password, and repeats it. */
async function startMail(heard: string[]): Promise<Server> {
  const server = createServer((socket) => {
    socket.write('220 here\r\n')
    socket.on('error', () => socket.destroy())
    socket.on('data', (part: Buffer) => {
      const line = part.toString().trim()
      heard.push(line)
      if (/^EHLO/i.test(line)) socket.write('250-here\r\n250 AUTH PLAIN\r\n')
      else if (/^AUTH/i.test(line)) {
        const text = Buffer.from(line.split(' ').at(-1) ?? '', 'base64')
          .toString()
          .replaceAll('\0', ' ')
        socket.write(`535 wrong: ${line} (${text})\r\n`)
      } else socket.write('250 ok\r\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function account(...args: string[]): string {
  const input = `${args[0] === 'device' ? DEVICE : PERSON}\n`
  return execFileSync(process.execPath, [MAIN, 'account', ...args, '--config', site], { encoding: 'utf8', input })
}

function siteText({ influx, hook, alertmanager, heart, mailPort, broker, page }: World): string {
  const at = (name: string) => join(folder, name)
  return `
site: { id: dc, timezone: UTC }
mqtt: { listen: "127.0.0.1:${broker}", certFile: ${at('cert.pem')}, keyFile: ${at('key.pem')}, accountsFile: ${at('accounts.json')} }
influx: { url: "http://127.0.0.1:${influx.port}", database: cold, username: cold, passwordFile: ${at('influx')} }
core: { intervalS: 10 }
points:
  t1: { topic: dc/t1, unit: "°C", everyS: 3600, role: inlet }
  main: { topic: dc/main, unit: kW, everyS: 3600, role: facility }
  it: { topic: dc/it, unit: kW, everyS: 3600, role: it }
boundaries: { dc: { facility: [main], it: [it] } }
disclosure: { boundary: dc }
inlets: { r1: { dryBulb: t1, class: A2 } }
alarms: { inlet_allowable: { onDelayS: 0 } }
http: { listen: "127.0.0.1:${page}", certFile: ${at('cert.pem')}, keyFile: ${at('key.pem')}, accountsFile: ${at('accounts.json')} }
notify:
  alertmanager: { url: "http://127.0.0.1:${alertmanager.port}", username: cold, passwordFile: ${at('am')} }
  webhooks: [{ url: "http://127.0.0.1:${hook.port}/in", secretFile: ${at('hook-key')}, tokenFile: ${at('hook-token')} }]
  emails: [{ host: 127.0.0.1, port: ${mailPort}, tls: none, username: cold, passwordFile: ${at('mail')}, from: a@dc.example, to: [b@dc.example] }]
  heartbeat: { url: "http://127.0.0.1:${heart.port}/in", secretFile: ${at('heart')}, everyS: 1 }
store: { path: ${store} }
log: { level: trace }
`
}

async function ask(path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { Authorization: `Bearer ${localToken}` }
  const asked = request({ host: '127.0.0.1', port: world.page, path, headers, rejectUnauthorized: false }, (answer) => {
    let text = JSON.stringify(answer.headers)
    answer.setEncoding('utf8')
    answer.on('data', (part: string) => (text += part))
    answer.on('end', () => resolve(text))
  })
  asked.on('error', reject)
  asked.end()
  return promise
}

beforeAll(async () => {
  if (!programs) return
  const mailHeard: string[] = []
  const mail = await startMail(mailHeard)
  const mailAddress = mail.address()
  world = {
    influx: await startReceiver(echo),
    hook: await startReceiver(echo),
    alertmanager: await startReceiver(echo),
    heart: await startReceiver(echo),
    mail,
    mailPort: typeof mailAddress === 'object' && mailAddress !== null ? mailAddress.port : 0,
    mailHeard,
    broker: await freePort(),
    page: await freePort(),
  }
  for (const name of SECRETS) writeFileSync(join(folder, name), secretOf(name), { mode: 0o600 })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem', '-days', '9']
  execFileSync('openssl', ['req', '-x509', ...key, '-out', 'cert.pem', '-subj', '/CN=dc'], {
    cwd: folder,
    stdio: 'ignore',
  })
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', 'sign.key'], { cwd: folder, stdio: 'ignore' })
  chmodSync(join(folder, 'sign.key'), 0o600)
  writeFileSync(site, siteText(world))
  account('device', 'gw', '--publish', 'dc')
  account('add', 'otto', '--role', 'operator')
  token = account('token', 'prometheus').trim()
  const traced = ['-f', '-qq', '-s', '0', '-e', 'trace=connect,sendto,sendmsg,sendmmsg', '-o', trace]
  daemon = spawn('strace', [...traced, process.execPath, MAIN, 'run', '--config', site], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  for (const stream of [daemon.stdout, daemon.stderr]) stream?.on('data', (part: Buffer) => (log += part.toString()))
  await until('it runs', 90_000, () => log.includes('"running"'))
  localToken = readFileSync(join(store, 'local-token'), 'utf8')
  await live()
}, 240_000)

/** What happens in a day: readings, an alarm, refusals, a wrong password, orders; and all of it is looked at. */
async function live(): Promise<void> {
  const url = `mqtts://127.0.0.1:${world.broker}`
  const how = { protocolVersion: 4 as const, reconnectPeriod: 0, rejectUnauthorized: false, username: 'gw' }
  const gateway = await connectAsync(url, { ...how, password: DEVICE })
  await connectAsync(url, { ...how, password: `${DEVICE}-wrong` }).catch(() => undefined)
  for (const payload of ['39', 'no number', '{"a":1}']) await gateway.publishAsync('dc/t1', payload, { qos: 1 })
  await gateway.publishAsync('elsewhere', '1', { qos: 1 })
  const all = [world.hook, world.alertmanager, world.heart, world.influx]
  await until('all are called', 60_000, () => all.every(({ heard }) => heard.length > 0) && world.mailHeard.length > 2)
  await until('the alarm', 60_000, async () => (await ask('/api/v1/latest?measurement=alarm')).includes('"raised"'))
  const paths = ['/', '/login', '/metrics', '/healthz', '/readyz', '/api/v1/site', '/api/v1/refused', '/api/v1/session']
  for (const measurement of ['alarm', 'audit', 'health', 'climate', 'reading', 'compliance']) {
    paths.push(`/api/v1/latest?measurement=${measurement}&count=100`)
  }
  for (const path of paths) shown.set(path, await ask(path))
  const said = (...args: string[]) => {
    const { stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args, '--config', site], { encoding: 'utf8' })
    shown.set(args.join(' '), stdout + stderr)
  }
  said('check')
  said('refused')
  said('dead-letters', 'list')
  said('alarms', 'list', '--json')
  said('account', 'list')
  gateway.end(true)
  const ended = new Promise((resolve) => daemon.once('close', resolve))
  const [node] = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8').trim().split(' ')
  process.kill(Number(node), 'SIGTERM')
  await ended
  said('journal')
  const period = new Date().toISOString().slice(0, 10)
  said('report', '--period', period, '--format', 'html')
  said('report', '--period', period, '--out', packs, '--sign', join(folder, 'sign.key'))
  shown.set('log', log)
}

afterAll(async () => {
  if (!programs) return
  if (daemon?.exitCode === null && daemon.pid !== undefined) process.kill(-daemon.pid, 'SIGKILL')
  await Promise.all([world.influx, world.hook, world.alertmanager, world.heart].map((it) => it.close()))
  world.mail.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!programs)('a daemon with everything configured', () => {
  test('connects to what its configuration names, and to nothing else; no name server is asked', () => {
    const { influx, hook, alertmanager, heart, mailPort } = world
    const named = new Set(
      [influx.port, hook.port, alertmanager.port, heart.port, mailPort].map((it) => `127.0.0.1:${it}`),
    )
    const lines = readFileSync(trace, 'utf8').split('\n')
    const reached = new Set(
      lines.flatMap((line) => {
        if (!/ (connect|sendto|sendmsg|sendmmsg)\(/.test(line)) return []
        const port = /sin6?_port=htons\((\d+)\)/.exec(line)?.[1]
        const address = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(line)
        if (port !== undefined) return [`${address?.[1] ?? address?.[2]}:${port}`]
        const path = /sun_path=@?"([^"]+)"/.exec(line)?.[1]
        return path === undefined ? [] : [`a socket at ${path}`]
      }),
    )
    expect([...reached].toSorted()).toEqual([...named].toSorted())
  })

  test('shows none of its secrets: log, page, API, metrics, commands, reports, files', () => {
    const keys = ['key.pem', 'sign.key'].map((it) => readFileSync(join(folder, it), 'utf8').split('\n')[1] ?? '')
    const plain = [...SECRETS.map(secretOf), DEVICE, PERSON, token, localToken, ...keys]
    const secrets = plain.flatMap((secret) => [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')])
    const basics = ['influx', 'am'].map((name) => Buffer.from(`cold:${secretOf(name)}`).toString('base64'))
    basics.push(Buffer.from(`\0cold\0${secretOf('mail')}`).toString('base64'))
    expect(world.hook.heard[0]?.headers.authorization, 'the token travels').toContain(secretOf('hook-token'))
    for (const place of [store, packs]) {
      for (const { name, parentPath } of readdirSync(place, { recursive: true, withFileTypes: true })) {
        const file = join(parentPath, name)
        if (statSync(file).isFile()) shown.set(file, readFileSync(file, 'latin1'))
      }
    }
    shown.set('accounts', readFileSync(join(folder, 'accounts.json'), 'utf8'))
    const found = [...shown].flatMap(([where, text]) =>
      [...secrets, ...basics].flatMap((secret) => (text.includes(secret) ? [`${where}: ${secret}`] : [])),
    )
    expect(found).toEqual([])
    expect(shown.get('/api/v1/refused'), 'it looks where something stands').toContain('no number')
    expect(shown.get('check')).toContain('points      3')
    expect([...shown.keys()].filter((it) => it.startsWith(packs)).length).toBeGreaterThan(3)
  })
})
