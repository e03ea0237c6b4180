import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { InfluxDB } from 'influx'
import { afterAll, describe, expect, test, vi } from 'vitest'

import { MAX_BATCH_ROWS, openInflux, type InfluxConfig, type WriteAnswer } from '../../../src/send/influx/influx.ts'
import type { Row } from '../../../src/rows/rows.ts'
import { bodyOf, lineOf } from '../../rows/new-rows.ts'
import { needs, startInfluxd, type Server } from '../../servers/servers.ts'
import { startScript, type ScriptedAnswer } from '../../servers/influx-script.ts'

const NOON_MS = Date.UTC(2026, 10, 23, 12)
const PASSWORD = 'korrekt-pferd-batterie'
const TOKEN = 'tok_8f3a11c0ffee'

const openssl = spawnSync('openssl', ['version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-influx-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ENERGY: Row = {
  measurement: 'energy',
  tags: { site: 'dc5', point: 'ups-1', role: 'it' },
  fields: { energy_j: 4_800_000, coverage: 1, mean_w: 80_000, estimated_share: 0, revision: 0, state: 'provisional' },
  timeMs: NOON_MS,
}

/** One row of each measurement, with every field and the signs that need escaping. */
const ROWS: Row[] = [
  ENERGY,
  {
    measurement: 'pue',
    tags: { site: 'dc5', boundary: 'dc5', window: '5m', category: '1' },
    fields: {
      pue: 1.2345678901234567,
      facility_j: 9_007_199_254_740_991,
      it_j: 1e21,
      coverage: 0.98,
      estimated_share: 0,
      name: 'iPUE',
      revision: 3,
      state: 'restated',
      suspect: false,
    },
    timeMs: NOON_MS,
  },
  {
    measurement: 'climate',
    tags: { site: 'dc5', hall: 'hall 1, north=1', rack: "r'01", inlet: 'Größe→°' },
    fields: {
      dry_bulb_c: -0.5,
      rh_pct: 45,
      dew_point_c: 11.1,
      humidity_ratio: 0.008,
      headroom_k: 2.5,
      band: 1,
      worst_band: 2,
      violations: '',
    },
    timeMs: NOON_MS,
  },
  {
    measurement: 'compliance',
    tags: { site: 'dc5', scope: 'rack', name: 'r01', window: '24h' },
    fields: {
      recommended_pct: 99.5,
      allowable_pct: 0.5,
      out_pct: 0,
      unknown_pct: 12,
      worst_out_pct: 0,
      worst: 'h1-r01',
      revision: 0,
    },
    timeMs: NOON_MS,
  },
  {
    measurement: 'alarm',
    tags: { site: 'dc5', alarm: 'inlet_allowable', source: 'h1-r01', severity: 'critical' },
    fields: { state: 'raised', value: 33, limit: 32, message: 'said "33, 5 = hot" \\ it\'s 33 °C', id: 'a:1' },
    timeMs: NOON_MS + 123,
  },
  {
    measurement: 'reading',
    tags: { site: 'dc5', point: 'h1-r01-t' },
    fields: { mean: 22.5, min: 22, max: 23, last: 22.5, count: 6 },
    timeMs: 0,
  },
  { measurement: 'health', tags: { site: 'dc5' }, fields: { packets: 12, lag_s: 0.5 }, timeMs: NOON_MS },
]

const LINE = lineOf(ENERGY)

describe('every answer has its class', () => {
  const error = (text: string): string => JSON.stringify({ error: text })
  test.each<[string, ScriptedAnswer, Partial<WriteAnswer>]>([
    ['204', { status: 204 }, { kind: 'accepted' }],
    ['200 of another server', { status: 200, body: 'Welcome' }, { kind: 'held', reason: expect.stringMatching(/200/) }],
    ['a redirect', { status: 302, headers: { location: '/x' } }, { kind: 'held', reason: '302' }],
    [
      'a line that is not understood',
      { status: 400, body: error('unable to parse') },
      { kind: 'bisect', reason: '400 unable to parse' },
    ],
    [
      'a type conflict',
      { status: 400, body: error('partial write: field type conflict: … dropped=1') },
      { kind: 'bisect' },
    ],
    ['a type conflict of 2.x', { status: 422, body: '{"message":"field type conflict"}' }, { kind: 'bisect' }],
    [
      'too old',
      { status: 400, body: error('partial write: points beyond retention policy dropped=9') },
      { kind: 'bisect' },
    ],
    [
      'too many series',
      { status: 400, body: error('partial write: max-series-per-database limit exceeded: (9) dropped=4') },
      { kind: 'held', reason: '400 partial write: max-series-per-database limit exceeded: (9)' },
    ],
    ['a 400 of unknown cause', { status: 400, body: '<h1>Bad Request</h1>' }, { kind: 'held' }],
    ['401', { status: 401, body: error('authorization failed') }, { kind: 'held', reason: '401 authorization failed' }],
    ['403', { status: 403, body: error('not authorized') }, { kind: 'held' }],
    ['404', { status: 404, body: error('database not found: "x"') }, { kind: 'held' }],
    ['408', { status: 408 }, { kind: 'kept', mayArrive: false }],
    ['413', { status: 413, body: error('Request Entity Too Large') }, { kind: 'split' }],
    ['429', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'kept', mayArrive: false, afterMs: 7_000 }],
    [
      '503 until a date',
      {
        status: 503,
        headers: { date: 'Mon, 23 Nov 2026 12:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 12:01:30 GMT' },
      },
      { kind: 'kept', mayArrive: true, afterMs: 90_000 },
    ],
    ['503 for ten years', { status: 503, headers: { 'retry-after': '315360000' } }, { kind: 'kept', afterMs: 900_000 }],
    ['500', { status: 500, body: error('timeout') }, { kind: 'kept', reason: '500 timeout', mayArrive: true }],
    ['500 for the retention policy', { status: 500, body: error('retention policy not found: x') }, { kind: 'held' }],
    ['a cut 200', { status: 200, fault: 'cut' }, { kind: 'kept', reason: 'the answer was cut off', mayArrive: true }],
    ['a cut error', { status: 400, fault: 'cut' }, { kind: 'kept', reason: 'the answer was cut off', mayArrive: true }],
    [
      'a stalled error',
      { status: 500, fault: 'stall' },
      { kind: 'kept', reason: 'no answer within 0.3 s', mayArrive: true },
    ],
    ['a stalled 200', { status: 200, fault: 'stall' }, { kind: 'kept', mayArrive: true }],
    ['no answer', { status: 204, fault: 'silent' }, { kind: 'kept', mayArrive: true }],
    ['an endless body', { status: 400, body: 'x'.repeat(3_000_000) }, { kind: 'kept' }],
  ])('%s', async (_name, answer, expected) => {
    await using server = await startScript((_request, before) => (before === 0 ? answer : { status: 204 }))
    const door = await openInflux(config(server), 300)
    expect(await door.write(bodyOf([LINE]))).toMatchObject(expected)
    expect(await door.write(bodyOf([LINE])), 'the next write').toEqual({ kind: 'accepted' })
    door.close()
  })

  test('nobody listens: kept, and the rows cannot arrive later', async () => {
    const server = await startScript(() => ({ status: 204 }))
    await server[Symbol.asyncDispose]()
    const door = await openInflux(config(server))
    expect(await door.write(bodyOf([LINE]))).toMatchObject({ kind: 'kept', mayArrive: false })
    expect(await door.ping()).toEqual({ online: false, version: undefined })
    door.close()
  })

  test('a closed door ends a write that is on its way', async () => {
    await using server = await startScript(() => ({ status: 204, fault: 'silent' }))
    const door = await openInflux(config(server))
    const answer = door.write(bodyOf([LINE]))
    await expect.poll(() => server.requests.length).toBe(1)
    door.close()
    expect(await answer).toMatchObject({ kind: 'kept', mayArrive: true })
  })

  test(`more than ${MAX_BATCH_ROWS} rows are split unsent`, async () => {
    await using server = await startScript(() => ({ status: 204 }))
    const door = await openInflux(config(server))
    expect(await door.write(bodyOf(new Array<string>(MAX_BATCH_ROWS + 1).fill(LINE)))).toEqual({ kind: 'split' })
    expect(server.requests).toEqual([])
    door.close()
  })
})

describe('credentials', () => {
  test.each<[string, Partial<InfluxConfig>, string | undefined]>([
    ['none are invented', {}, undefined],
    ['a password from its file', { username: 'dcd', passwordFile: secretFile('password', PASSWORD) }, basic(PASSWORD)],
    ['a token from its file', { tokenFile: secretFile('token', TOKEN) }, `Token ${TOKEN}`],
  ])('%s', async (_, credentials, authorization) => {
    await using server = await startScript(() => ({ status: 204 }))
    const door = await openInflux(config(server, credentials))
    await door.write(bodyOf([LINE]))
    expect(server.requests[0]).toMatchObject({ path: '/write', authorization })
    expect(server.requests[0]!.query.get('precision')).toBe('ms')
    door.close()
  })

  test('a changed password is read when the old one is refused', async () => {
    await using server = await startScript(({ authorization }) => ({
      status: authorization === basic('new') ? 204 : 401,
    }))
    const passwordFile = secretFile('changing', 'first-secret')
    const door = await openInflux(config(server, { username: 'dcd', passwordFile }))
    expect(await door.write(bodyOf([LINE]))).toMatchObject({ kind: 'held' })
    writeFileSync(passwordFile, 'new\n')
    expect(await door.write(bodyOf([LINE]))).toEqual({ kind: 'accepted' })
    rmSync(passwordFile)
    expect(await door.write(bodyOf([LINE])), 'nothing is read while it goes well').toEqual({ kind: 'accepted' })
    door.close()
  })

  test('a password file that is gone holds the rows and says so', async () => {
    await using server = await startScript(() => ({ status: 401 }))
    const passwordFile = secretFile('going', 'first-secret')
    const door = await openInflux(config(server, { username: 'dcd', passwordFile }))
    await door.write(bodyOf([LINE]))
    rmSync(passwordFile)
    expect(await door.write(bodyOf([LINE]))).toEqual({
      kind: 'held',
      reason: `influx.passwordFile: ${passwordFile} cannot be read (ENOENT)`,
    })
    await expect(openInflux(config(server, { username: 'dcd', passwordFile }))).rejects.toThrow(/cannot be read/)
    door.close()
  })

  test.each<[string, Partial<InfluxConfig>, string[]]>([
    ['a password', { username: 'dcd', passwordFile: secretFile('password', PASSWORD) }, [PASSWORD, basic(PASSWORD)]],
    ['a token', { tokenFile: secretFile('token', TOKEN) }, [TOKEN]],
  ])(
    '%s is in no answer and in nothing that can be printed, even if the server tells it',
    async (_, given, secrets) => {
      const echo = secrets.join(' ')
      const answers: ScriptedAnswer[] = [
        { status: 400, body: echo },
        { status: 401, body: JSON.stringify({ error: echo }) },
        { status: 503, body: echo },
        { status: 500, fault: 'cut', body: echo },
      ]
      await using server = await startScript((_request, before) => answers[before % answers.length]!)
      const door = await openInflux(config(server, given), 300)
      const seen: unknown[] = [door]
      for (let i = 0; i < answers.length; i += 1) seen.push(await door.write(bodyOf([LINE])))
      seen.push(await door.prepare(), await door.ping())
      door.close()
      const text = inspect(seen, { depth: 9, showHidden: true })
      for (const secret of secrets) {
        expect(text).not.toContain(secret.replace('Basic ', ''))
      }
      expect(server.requests[0]!.authorization).toContain(secrets.at(-1))
      expect(text, 'something was seen').toContain('held')
    },
  )
})

test.skipIf(!openssl)(
  `TLS${openssl ? '' : ' (needs openssl)'}: only a server of our authority is talked to, with our certificate`,
  async () => {
    const [ours, theirs] = [certificate('ours'), certificate('theirs')]
    const pem = { cert: readFileSync(ours.certFile), key: readFileSync(ours.keyFile) }
    await using server = await startScript(() => ({ status: 204 }), { ...pem, ca: pem.cert, requestCert: true })
    const answerWith = async (files: Partial<InfluxConfig>): Promise<WriteAnswer> => {
      const door = await openInflux(config(server, files))
      const answer = await door.write(bodyOf([LINE]))
      door.close()
      return answer
    }
    expect(await answerWith({ caFile: ours.certFile, ...ours })).toEqual({ kind: 'accepted' })
    expect(server.requests).toHaveLength(1)
    expect(await answerWith({ caFile: theirs.certFile, ...ours })).toMatchObject({ kind: 'kept', mayArrive: false })
    expect(await answerWith(ours), 'an unknown authority').toMatchObject({ kind: 'kept', mayArrive: false })
    expect(await answerWith({ caFile: ours.certFile, ...theirs })).toMatchObject({ kind: 'kept' })
    expect(await answerWith({ caFile: ours.certFile }), 'no certificate of ours').toMatchObject({ kind: 'kept' })
    expect(server.requests).toHaveLength(1)
  },
)

test.skipIf(!openssl)(
  `TLS${openssl ? '' : ' (needs openssl)'}: renewed certificates are shown at the next write, those that do not fit leave the old ones`,
  async () => {
    const [its, old, young] = [certificate('server'), certificate('old'), certificate('young')]
    const ca = [old, young].map(({ certFile }) => readFileSync(certFile))
    const pem = { cert: readFileSync(its.certFile), key: readFileSync(its.keyFile), ca }
    await using server = await startScript(() => ({ status: 204 }), {
      ...pem,
      requestCert: true,
      rejectUnauthorized: true,
    })
    const files = { certFile: join(folder, 'mine.pem'), keyFile: join(folder, 'mine.key') }
    const place = (cert: typeof old, key: typeof old) => {
      copyFileSync(cert.certFile, files.certFile)
      copyFileSync(key.keyFile, files.keyFile)
    }
    place(old, old)
    const told: (string | undefined)[] = []
    const door = await openInflux(config(server, { caFile: its.certFile, ...files }), 3_000, (why) => told.push(why))
    for (const [cert, key] of [
      [old, old],
      [young, old],
      [young, young],
    ] as const) {
      place(cert, key)
      expect(await door.write(bodyOf([LINE]))).toEqual({ kind: 'accepted' })
    }
    door.close()
    expect(server.requests.map(({ client }) => client)).toEqual(['old', 'old', 'young'])
    const other = `influx.keyFile: ${files.keyFile} is the key of another certificate`
    expect(told).toEqual([undefined, other, undefined])
  },
)

describe.skipIf(!needs('influxd'))('a real InfluxDB', { timeout: 60_000 }, () => {
  test('gives back every measurement as it was written, with its types', async () => {
    await using server = await startInfluxd()
    const door = await openInflux(config(server))
    expect(await door.prepare()).toEqual({ kind: 'accepted' })
    expect(await door.write(bodyOf(ROWS.map(lineOf)))).toEqual({ kind: 'accepted' })
    for (const row of ROWS) expect(await readBack(server, row.measurement)).toEqual([row])
    expect(await typesOf(server)).toMatchObject({
      'energy.revision': 'integer',
      'energy.coverage': 'float',
      'pue.suspect': 'boolean',
      'pue.name': 'string',
      'reading.count': 'integer',
      'health.packets': 'float',
    })
    expect((await door.ping()).version).toMatch(/^1\./)
    door.close()
  })

  test('takes a correction as the same row', async () => {
    await using server = await startInfluxd()
    const door = await openInflux(config(server))
    await door.prepare()
    const corrected = { ...ENERGY, fields: { ...ENERGY.fields, energy_j: 5, revision: 1 } }
    for (const row of [ENERGY, corrected, corrected])
      expect(await door.write(bodyOf([lineOf(row)]))).toEqual({ kind: 'accepted' })
    expect(await readBack(server, 'energy')).toEqual([corrected])
    door.close()
  })

  test('holds rows for want of a database or a retention policy, until they are made', async () => {
    await using server = await startInfluxd()
    const waiting = await openInflux(config(server, { createDatabase: false, retentionPolicy: 'year' }))
    expect(await waiting.prepare()).toEqual({ kind: 'accepted' })
    expect(await waiting.write(bodyOf([LINE]))).toEqual({ kind: 'held', reason: '404 database not found: "coldaisle"' })
    const making = await openInflux(config(server))
    await making.prepare()
    expect(await waiting.write(bodyOf([LINE]))).toEqual({
      kind: 'held',
      reason: '500 retention policy not found: year',
    })
    const policy = await openInflux(config(server, { retentionPolicy: 'year' }))
    expect(await policy.prepare()).toEqual({ kind: 'accepted' })
    expect(await policy.prepare(), 'a second time').toEqual({ kind: 'accepted' })
    expect(await waiting.write(bodyOf([LINE]))).toEqual({ kind: 'accepted' })
    for (const door of [waiting, making, policy]) door.close()
  })

  test('that knows the account writes; one that does not, holds; one that may only write, writes', async () => {
    await using server = await startInfluxd({ http: 'auth-enabled = true' })
    const admin = { username: 'admin', passwordFile: secretFile('admin', 'a-d-m-i-n') }
    const writer = { username: 'dcd', passwordFile: secretFile('password', PASSWORD) }
    await raw(server, `CREATE USER admin WITH PASSWORD 'a-d-m-i-n' WITH ALL PRIVILEGES`)
    const asAdmin = await openInflux(config(server, admin))
    expect(await asAdmin.prepare()).toEqual({ kind: 'accepted' })
    const asWriter = await openInflux(config(server, writer))
    expect(await asWriter.write(bodyOf([LINE]))).toEqual({ kind: 'held', reason: '401 authorization failed' })
    const asNobody = await openInflux(config(server))
    expect(await asNobody.write(bodyOf([LINE]))).toMatchObject({ kind: 'held', reason: expect.stringContaining('401') })
    const client = new InfluxDB({ host: '127.0.0.1', port: server.port, username: 'admin', password: 'a-d-m-i-n' })
    await client.createUser('dcd', PASSWORD)
    expect(await asWriter.write(bodyOf([LINE]))).toMatchObject({ kind: 'held', reason: expect.stringContaining('403') })
    await client.grantPrivilege('dcd', 'WRITE', 'coldaisle')
    expect(await asWriter.prepare()).toEqual({ kind: 'accepted' })
    expect(await asWriter.write(bodyOf([LINE]))).toEqual({ kind: 'accepted' })
    for (const door of [asAdmin, asWriter, asNobody]) door.close()
  })

  test('that has too many series holds, and one with a type conflict is to be bisected', async () => {
    vi.stubEnv('INFLUXDB_DATA_MAX_SERIES_PER_DATABASE', '2') // its [data] table is already written
    await using server = await startInfluxd()
    vi.unstubAllEnvs()
    const door = await openInflux(config(server))
    await door.prepare()
    const of = (point: string) => lineOf({ ...ENERGY, tags: { ...ENERGY.tags, point } })
    expect(await door.write(bodyOf([of('a'), of('b'), of('c')]))).toMatchObject({
      kind: 'held',
      reason: expect.stringContaining('max-series-per-database'),
    })
    await raw(server, 'DROP DATABASE coldaisle')
    await door.prepare()
    const other = new InfluxDB({ host: '127.0.0.1', port: server.port, database: 'coldaisle' })
    await other.writePoints([{ measurement: 'energy', fields: { coverage: 'x' }, timestamp: '1' }], { precision: 'ms' })
    expect(await door.write(bodyOf([lineOf({ ...ENERGY, timeMs: 60_000 })]))).toMatchObject({
      kind: 'bisect',
      reason: expect.stringContaining('field type conflict'),
    })
    door.close()
  })
})

function config({ url }: { url: string }, more: Partial<InfluxConfig> = {}): InfluxConfig {
  return { url, database: 'coldaisle', createDatabase: true, ...more }
}

function secretFile(name: string, secret: string): string {
  const file = join(folder, name)
  writeFileSync(file, `${secret}\n`, { mode: 0o600 })
  return file
}

/** A certificate that is its own authority, and its key. */
function certificate(name: string): { certFile: string; keyFile: string } {
  const files = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) }
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', files.keyFile]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', files.certFile, ...names], { stdio: 'ignore' })
  return files
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`dcd:${password}`).toString('base64')}`
}

interface Series {
  name: string
  tags: Record<string, string>
  columns: string[]
  values: unknown[][]
}

/** One query as a person would ask it, past the door. */
async function raw(server: Server, q: string): Promise<Series[]> {
  const query = new URLSearchParams({ q, db: 'coldaisle', epoch: 'ms' })
  const answer = await fetch(`${server.url}/query?${query.toString()}`, {
    method: /^(SELECT|SHOW)/.test(q) ? 'GET' : 'POST',
  })
  const { results } = (await answer.json()) as { results: { series?: Series[] }[] }
  return results[0]?.series ?? []
}

async function readBack(server: Server, measurement: string): Promise<object[]> {
  const found = await raw(server, `SELECT * FROM ${measurement} GROUP BY *`)
  return found.flatMap(({ tags, columns, values }) =>
    values.map(([timeMs, ...row]) => {
      const fields = Object.fromEntries(columns.slice(1).map((name, i) => [name, row[i]]))
      return { measurement, tags, fields, timeMs: Number(timeMs) }
    }),
  )
}

async function typesOf(server: Server): Promise<Record<string, unknown>> {
  const found = await raw(server, 'SHOW FIELD KEYS')
  return Object.fromEntries(
    found.flatMap(({ name, values }) => values.map(([field, type]) => [`${name}.${String(field)}`, type])),
  )
}
