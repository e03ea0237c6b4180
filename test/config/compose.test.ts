/**
 * What docker-compose.yml promises, as far as it can be seen without a container engine: that it is accepted, refers to what
 * exists, opens nothing and has no password of its own; and that its parts, run with its files, arguments and accounts by
 * the real programs, give rows that Grafana's account can read.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFailed, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { readConfig } from '../../src/config/config.ts'
import { startDaemon, until } from '../servers/daemon.ts'
import { needs, programPath, startInfluxd, startMosquitto, type Server } from '../servers/servers.ts'

/** One of the stack's parts. */
interface Part {
  image: string
  entrypoint?: string[]
  command?: string[]
  user?: string
  ports?: string[]
  volumes?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean }
  cap_drop?: string[]
  network_mode?: string
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SECRETS = '/run/secrets'
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-compose-'))
const stack = parse(textOf('docker-compose.yml'), { merge: true }) as Record<string, Record<string, Part>>
const parts = stack['services'] ?? {}
const volumes = stack['volumes'] ?? {}
const named = Object.entries(parts)
/** One that ends by itself has nothing to be asked, the simulator serves nothing. */
const ASKED = named.filter(([name]) => name !== 'secrets' && name !== 'simulator')
const children: ChildProcess[] = []

afterAll(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(!needs('docker-compose'))('docker-compose accepts the file', () => {
  const run = spawnSync(programPath('docker-compose') ?? '', ['-f', join(ROOT, 'docker-compose.yml'), 'config', '-q'])
  expect(run.stderr.toString()).toBe('')
  expect(run.status).toBe(0)
})

test('every image is one version', () => {
  for (const [name, { image }] of named) expect(image, `${name}`).toMatch(/^[a-z/-]+:\d+\.\d+\.\d+$/)
  const bases = [...textOf('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
  const { optionalDependencies } = JSON.parse(textOf('package.json')) as { optionalDependencies: object }
  const nodes = new Set(Object.values(optionalDependencies).map((version) => `node:${String(version)}-bookworm-slim`))
  expect(new Set(bases), 'the image runs the Node that the package pins').toEqual(nodes)
})

test('nothing is reachable from another machine', () => {
  const ports = named.flatMap(([, part]) => part.ports ?? [])
  expect(ports.length).toBeGreaterThan(0)
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  expect(named.filter(([, { network_mode }]) => network_mode === 'host')).toEqual([])
})

test('nobody has more rights than it needs', () => {
  for (const [name, { cap_drop, user, network_mode, ...part }] of named) {
    // Giving files away takes root and its rights: once, without a network.
    const right = { cap_drop, isRoot: user === 'root', isAlone: network_mode === 'none' }
    const isMaker = name === 'secrets'
    expect(right, `${name}`).toEqual({ cap_drop: isMaker ? undefined : ['ALL'], isRoot: isMaker, isAlone: isMaker })
    const writable = (part.volumes ?? []).filter((volume) => !volume.endsWith(':ro') && volume.startsWith('secrets:'))
    expect(writable.length, `${name}`).toBe(isMaker ? 1 : 0)
  }
  expect(textOf('Dockerfile')).toMatch(/^USER [1-9]\d+:[1-9]\d+$/m)
})

test('each part waits until what it needs is there, and says whether it is there itself', () => {
  for (const [name, { healthcheck }] of ASKED) expect(healthcheck?.test?.length, `${name}`).toBeGreaterThan(1)
  for (const [name, { depends_on }] of named) {
    for (const [other, { condition }] of Object.entries(depends_on ?? {})) {
      const wanted = other === 'secrets' ? 'service_completed_successfully' : 'service_healthy'
      expect(condition, `${name} on ${other}`).toBe(wanted)
      expect(parts).toHaveProperty(other)
    }
  }
})

test('every file that is mounted, copied or named exists', () => {
  for (const volume of named.flatMap(([, part]) => part.volumes ?? [])) {
    const [from] = volume.split(':')
    const isThere = from?.startsWith('.') === true ? existsSync(join(ROOT, from)) : (from ?? '') in volumes
    expect(isThere, `${volume}`).toBe(true)
  }
  const copied = [...textOf('Dockerfile').matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, from]) => from?.split(' '))
  const letThrough = textOf('.dockerignore').split('\n')
  for (const from of copied) {
    expect(existsSync(join(ROOT, from ?? '')), `${from}`).toBe(true)
    expect(letThrough).toContain(`!${from}`)
  }
  const home = parts['grafana']?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? ''
  expect(existsSync(join(ROOT, home.replace('/etc/grafana/', 'grafana/'))), `${home}`).toBe(true)
})

test('no password is written anywhere; each file of one that is named is made at the first start', () => {
  for (const [name, { environment }] of named) {
    const secret = Object.entries(environment ?? {}).filter(([key]) => /PASSWORD|SECRET|TOKEN/.test(key))
    for (const [key, value] of secret) {
      expect(key, `${name}`).toMatch(/__FILE$/)
      expect(value, `${name}`).toMatch(/^\/run\/secrets\//)
    }
  }
  const script = scriptOf('secrets')
  const provisioned = readdirSync(join(ROOT, 'grafana/provisioning/datasources')).map(
    (file) => `grafana/provisioning/datasources/${file}`,
  )
  const files = ['docker-compose.yml', 'config/compose.yaml', 'config/mosquitto-compose.conf', ...provisioned]
  const mentions = files.flatMap((file) => [...textOf(file).matchAll(/\/run\/secrets\/([a-z][a-z-]+)/g)])
  expect(mentions.length).toBeGreaterThan(6)
  for (const [path, name] of mentions)
    expect(script, `${path}`).toMatch(new RegExp(`make_secret ${name} |>?\\S+/${name}\\b`))
})

test('the site is sound, and the page is open to the proxy only because of where it is published', () => {
  const read = readConfig(join(ROOT, 'config/compose.yaml'), {})
  expect('faults' in read ? read.faults : []).toEqual([])
})

test('the broker of the stack keeps what the broker alone keeps', () => {
  const settings = (file: string) => new Map(linesOf(file).map((line) => line.split(' ') as [string, string]))
  const alone = settings('config/mosquitto.conf')
  const composed = settings('config/mosquitto-compose.conf')
  const kept = [...alone.keys()].filter((key) => /^(max_|persist|autosave)/.test(key) && !key.endsWith('location'))
  expect(kept).toContain('max_queued_messages')
  for (const key of kept) expect(composed.get(key), `${key}`).toBe(alone.get(key))
  expect(composed.get('allow_anonymous')).toBe('false')
})

const isMade = needs('mosquitto_passwd')
test.skipIf(!isMade)('passwords are random, kept over a second start, and readable by their two sides only', () => {
  const made = makeSecrets('a')
  const names = readdirSync(made.secrets)
  expect(names.toSorted()).toEqual(
    ['grafana-admin', 'grafana-influx-password', 'grafana-key', 'influxdb-admin', 'influxdb-coldaisle']
      .concat(['mosquitto-acl', 'mosquitto-passwords', 'mqtt-coldaisle', 'mqtt-meters'])
      .toSorted(),
  )
  const secrets = names.filter((name) => !name.startsWith('mosquitto')).map((name) => secretOf(made.secrets, name))
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9]{40}$/)
  expect(new Set(secrets).size).toBe(secrets.length)
  for (const name of names) expect(statSync(join(made.secrets, name)).mode & 0o007, `${name}`).toBe(0)
  expect(made.owners()).toContain(`10001:1500 ${made.secrets}/new`)
  expect(textOf(join(made.secrets, 'mosquitto-passwords'))).not.toContain(secretOf(made.secrets, 'mqtt-meters'))
  made.again()
  expect(names.filter((name) => !name.startsWith('mosquitto')).map((name) => secretOf(made.secrets, name))).toEqual(
    secrets,
  )
})

const isRun = needs('mosquitto', 'mosquitto_passwd', 'mosquitto_pub', 'influxd')
test.skipIf(!isRun)(
  'its parts together: a simulated past and now, through the accounts, to what Grafana reads',
  async () => {
    const { secrets } = makeSecrets('b')
    const config = linesOf('config/mosquitto-compose.conf').filter(
      (line) => !/^(listener|persistence_loc|log_)/.test(line),
    )
    await using broker = await startMosquitto({ config: config.map((line) => line.replace(SECRETS, secrets)) })
    await using influx = await startInfluxd({ http: 'auth-enabled = true' })
    await makeAccounts(influx, secrets)
    await using daemon = await startDaemon(siteText(secrets, broker, influx))
    onTestFailed(() => console.log(daemon.log()))

    expect(publish(broker, 'dc1/utility/a', []), 'a stranger').toContain('not authori')
    await until('the daemon to have subscribed', 30_000, () => daemon.log().includes('connected'))
    const simulator = startSimulator(secrets, broker)
    const grafana = `grafana:${secretOf(secrets, 'grafana-influx-password')}`
    const newest = `SELECT last(coverage) AS coverage FROM pue WHERE "window" = '1h' AND time > now() - 5m`
    await until(
      'an hour of PUE in InfluxDB',
      90_000,
      async () => Number((await query(influx, grafana, newest))[0]) >= 0.9,
    )

    // Each account can do its own work and nothing else.
    await expect(query(influx, grafana, 'DROP MEASUREMENT pue')).rejects.toThrow('403')
    const writer = `coldaisle:${secretOf(secrets, 'influxdb-coldaisle')}`
    await expect(query(influx, writer, newest)).rejects.toThrow('403')
    const meters = ['-u', 'meters', '-P', secretOf(secrets, 'mqtt-meters')]
    // The counters are brought up to date once a second.
    const packets = async (): Promise<number> => (await daemon.metrics()).get('coldaisle_packets_total') ?? 0
    await until('the packets of the past to be counted', 10_000, async () => (await packets()) > 1000)
    publish(broker, 'coldaisle/dc1/alarm/forged', meters)
    const told = await listen(broker, 'coldaisle/#', secrets)
    expect(told).toContain('coldaisle/dc1/status')
    expect(told).not.toContain('forged')

    simulator.child.kill('SIGTERM')
    expect(await simulator.exit).toBe(0)
    expect(simulator.text()).not.toContain(secretOf(secrets, 'mqtt-meters'))
    expect(daemon.log()).not.toContain(secretOf(secrets, 'influxdb-coldaisle'))
    expect(await daemon.stop()).toBe(0)
  },
  240_000,
)

/** Runs what the part `secrets` runs, in a folder; `chown` only notes what it was asked for. */
function makeSecrets(name: string) {
  const secrets = join(folder, name)
  const programs = join(folder, `${name}-programs`)
  spawnSync('mkdir', ['-p', secrets, programs])
  writeFileSync(join(programs, 'chown'), `#!/bin/sh\necho "$@" >>"${programs}/owners"\n`)
  chmodSync(join(programs, 'chown'), 0o755)
  const again = (): void => {
    const path = `${programs}:${process.env['PATH']}:/usr/sbin`
    const [shell = '', ...flags] = parts['secrets']?.entrypoint ?? []
    const script = scriptOf('secrets').replaceAll(SECRETS, secrets)
    const run = spawnSync(shell, [...flags, script], { env: { ...process.env, PATH: path } })
    expect(run.stderr.toString()).toBe('')
    expect(run.status).toBe(0)
  }
  again()
  return { secrets, again, owners: () => textOf(join(programs, 'owners')) }
}

/** What the image of InfluxDB does with the variables that it is given. */
async function makeAccounts(influx: Server, secrets: string): Promise<void> {
  const { environment: names = {} } = parts['influxdb'] ?? {}
  const admin = secretOf(secrets, 'influxdb-admin')
  const database = names['INFLUXDB_DB'] ?? ''
  await query(influx, '', `CREATE USER "${names['INFLUXDB_ADMIN_USER']}" WITH PASSWORD '${admin}' WITH ALL PRIVILEGES`)
  const accounts = [
    ['WRITE', names['INFLUXDB_WRITE_USER'], secretOf(secrets, 'influxdb-coldaisle')],
    ['READ', names['INFLUXDB_READ_USER'], secretOf(secrets, 'grafana-influx-password')],
  ] as const
  const asAdmin = (text: string): Promise<unknown> => query(influx, `${names['INFLUXDB_ADMIN_USER']}:${admin}`, text)
  await asAdmin(`CREATE DATABASE ${database}`)
  for (const [right, name, password] of accounts) {
    await asAdmin(`CREATE USER "${name}" WITH PASSWORD '${password}'`)
    await asAdmin(`GRANT ${right} ON "${database}" TO "${name}"`)
  }
}

function siteText(secrets: string, broker: Server, influx: Server): string {
  const site = parse(textOf('config/compose.yaml').replaceAll(SECRETS, secrets)) as Record<string, object>
  const { http: _page, store: _folder, ...rest } = site
  return stringify({
    ...rest,
    mqtt: { ...site['mqtt'], url: broker.url },
    influx: { ...site['influx'], url: influx.url },
  })
}

/** The command of the part, with two hours in place of a day. */
function startSimulator(secrets: string, broker: Server) {
  const [, ...args] = (parts['simulator']?.command ?? []).map((word) =>
    word
      .replace('/etc/coldaisle/site.yaml', join(ROOT, 'config/compose.yaml'))
      .replace('mqtt://mosquitto:1883', broker.url)
      .replace(SECRETS, secrets)
      .replace(/^24$/, '2'),
  )
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code))
  })
  return { child, exit, text: () => text }
}

function publish(broker: Server, topic: string, account: readonly string[]): string {
  const args = ['-p', String(broker.port), '-q', '1', '-r', '-t', topic, '-m', '1', ...account]
  return spawnSync(programPath('mosquitto_pub') ?? '', args, { encoding: 'utf8' }).stderr
}

/** Topics that a listener with the daemon's account gets within a second. */
async function listen(broker: Server, filter: string, secrets: string): Promise<string> {
  const account = ['-u', 'coldaisle', '-P', secretOf(secrets, 'mqtt-coldaisle')]
  const args = ['-p', String(broker.port), '-t', filter, '-W', '1', '-F', '%t', ...account]
  return spawnSync(programPath('mosquitto_sub') ?? '', args, { encoding: 'utf8' }).stdout
}

/** Values of the first row, without its time. `account`: name:password. Throws the status of a refusal. */
async function query(influx: Server, account: string, text: string): Promise<unknown[]> {
  const headers = account === '' ? {} : { Authorization: `Basic ${Buffer.from(account).toString('base64')}` }
  const body = new URLSearchParams({ q: text, db: 'coldaisle' })
  const answer = await fetch(`${influx.url}/query`, { method: 'POST', body, headers })
  const { results, error } = (await answer.json()) as {
    error?: string
    results?: { error?: string; series?: { values: unknown[][] }[] }[]
  }
  const fault = error ?? results?.[0]?.error
  if (!answer.ok) throw new Error(`${answer.status}: ${fault}`)
  return results?.[0]?.series?.[0]?.values[0]?.slice(1) ?? []
}

function scriptOf(name: string): string {
  return (parts[name]?.command?.[0] ?? '').replaceAll('$$', '$')
}

function secretOf(secrets: string, name: string): string {
  return readFileSync(join(secrets, name), 'utf8')
}

function textOf(path: string): string {
  return readFileSync(path.startsWith('/') ? path : join(ROOT, path), 'utf8')
}

function linesOf(path: string): string[] {
  return textOf(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}
