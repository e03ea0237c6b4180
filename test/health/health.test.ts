/** How the daemon says how it is: the row, the certificates, and real requests to its HTTP server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as openRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { certificateDaysLeft, certificateState } from '../../src/daemon/certificate.ts'
import { ACCEPTED, OUTCOMES, TOO_LATE } from '../../src/core/contract/outcome.ts'
import { createHealth, isAlive, recordCommit, sampleHealth, unready, type Health } from '../../src/health/health.ts'
import { HEALTH_FIELDS, healthRow } from '../../src/health/row.ts'
import { answerText, openHttp, type HttpOptions, type HttpServer } from '../../src/http/server.ts'

const NOW_MS = Date.parse('2026-11-23T14:00:00Z')

// Self-signed, without their keys: the first ends on 2027-12-28, the second on 2026-11-28, both at 15:35:35Z.
const LONG = `-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIUQTvs6bsCkatycKLtjEH4XnseSwgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9uZy50ZXN0MB4XDTI2MTEyMzE1MzUzNVoXDTI3MTIyODE1
MzUzNVowFDESMBAGA1UEAwwJbG9uZy50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEyEbioEvryAGb3FezCqb4VjMNeU4492Ex9/zMajAk8iIrjwpeurCBf0Xo
AAW9Q1U/TYTRG83Tx1lw81KmjPsZA6NTMFEwHQYDVR0OBBYEFE0/htV2ihkO0WEv
tus5+3zfuFYFMB8GA1UdIwQYMBaAFE0/htV2ihkO0WEvtus5+3zfuFYFMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgc6pd5drbQvOUxSAbHvWqAxUk
rbxtc2y4yP6LafsrtnkCIQD0knhjnXrw34R4Q+zjgUz5UVFmzZZ4XAe0BCBNUl11
4g==
-----END CERTIFICATE-----`
const SHORT = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUXtnjJCX8EogEtqzHXrpCecsIKc4wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKc2hvcnQudGVzdDAeFw0yNjExMjMxNTM1MzVaFw0yNjExMjgx
NTM1MzVaMBUxEzARBgNVBAMMCnNob3J0LnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASOeaK9FThy6P0yZ0+G6ew3+LoMGpJZo6ttrOHeZ1IcwB49dQ7XoltE
PwjC87Dd0w9jrWLxjoBCPMpN5UJ0Luwto1MwUTAdBgNVHQ4EFgQUGMawdns2L/LJ
CZk98Gsb+IQMaxAwHwYDVR0jBBgwFoAUGMawdns2L/LJCZk98Gsb+IQMaxAwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAsCOfm8PERaSz5LBtPu3k
GHIRSFRcl1kmBiLMjew+htgCIA0VdXz0tI9VWXCqdIs+2MvRFlX7fFljLBHNSZMX
h9X4
-----END CERTIFICATE-----`

describe('the row', () => {
  test('counts everything, and leaves out what is not known', () => {
    const { measurement, tags, fields, timeMs } = healthRow(createHealth(NOW_MS - 90_000), 'dc5', NOW_MS)
    expect({ measurement, tags, timeMs }).toEqual({ measurement: 'health', tags: { site: 'dc5' }, timeMs: NOW_MS })
    expect(Object.keys(fields).filter((name) => name.startsWith('readings_'))).toHaveLength(OUTCOMES.length)
    expect(fields).toMatchObject({ readings_accepted: 0, rows_dropped: 0, connected: 0, ready: 0, uptime_s: 90 })
    for (const unknown of ['lag_s', 'last_packet_s', 'commit_p99_ms', 'certificate_days']) {
      expect(fields).not.toHaveProperty(unknown)
    }
  })

  test('holds what the parts have noted', () => {
    const { fields } = healthRow(busyHealth(), 'dc5', NOW_MS)
    expect(fields).toMatchObject({
      readings_accepted: 1000,
      readings_too_late: 3,
      rows_accepted: 70,
      rows_kept: 2,
      rows_rejected: 1,
      outbox_rows: 12,
      lag_s: 7.5,
      last_packet_s: 0.25,
      connected: 1,
      ready: 1,
      certificate_days: 6.5,
    })
    expect(fields.commit_p50_ms).toBeCloseTo(2, 1)
    expect(fields.commit_p99_ms).toBeCloseTo(40, 0)
  })

  test('has no field beyond the contract, and every field of it once all is known', async () => {
    const health = busyHealth()
    await new Promise((done) => setTimeout(done, 100)) // the loop is measured in turns of 20 ms
    sampleHealth(health, NOW_MS)
    recordCommit(health, 1)
    sampleHealth(health, NOW_MS)
    await new Promise((done) => setTimeout(done, 100))
    recordCommit(health, 1)
    sampleHealth(health, NOW_MS)
    const { fields } = healthRow(health, 'dc5', NOW_MS)
    expect(Object.keys(fields).toSorted()).toEqual(HEALTH_FIELDS.toSorted())
    expect(Object.values(fields).every((field) => Number.isFinite(field))).toBe(true)
  })

  test('names its fields as the database and the dashboards know them', () => {
    const readings = OUTCOMES.slice(0, 16)
      .map((outcome) => `readings_${outcome}`)
      .join(' ')
    expect(HEALTH_FIELDS.join(' ')).toBe(
      `${readings} rows_accepted rows_kept rows_rejected rows_dropped packets journal_packets journal_bytes ` +
        'outbox_rows outbox_notices notices_delivered notices_kept notices_rejected notices_dropped lag_s ' +
        'last_packet_s commit_p50_ms commit_p99_ms loop_p99_ms loop_max_ms rss_bytes connected ready ' +
        'certificate_days uptime_s settled_through_ms readings_ignored readings_unselected doubted_times refused_kept refused_fallen ' +
        'readings_before_birth messages_lost messages_unnumbered numbers_anew readings_orphan journal_unforwarded',
    )
  })

  test('shows a stall of the loop, and the next minute no longer', async () => {
    const health = createHealth(NOW_MS)
    await new Promise((done) => setTimeout(done, 60))
    const untilMs = performance.now() + 300
    while (performance.now() < untilMs) Math.sqrt(2)
    await new Promise((done) => setTimeout(done, 60))
    sampleHealth(health, NOW_MS)
    expect(health.loopMaxMs).toBeGreaterThan(200)
    await expect
      .poll(() => {
        sampleHealth(health, NOW_MS)
        return health.loopMaxMs
      })
      .toBeLessThan(200)
  })
})

const TEN_MIN = { influxPatienceMs: 600_000 }
const STATES: [words: string, change: Partial<Health>, alive: boolean, reasons: string[]][] = [
  ['all well', {}, true, []],
  [
    'just started',
    { storeOpen: false, connected: false },
    true,
    ['the store is not open', 'no connection to a broker'],
  ],
  ['the broker is away', { connected: false }, true, ['no connection to a broker']],
  ['the database refuses', { outboxHeld: '401 for user cold' }, true, ['rows are held']],
  ['the disk is full', { diskFull: true }, true, ['the disk takes nothing: packets wait with the broker']],
  ['InfluxDB is away, and nobody asked', { influxLostMs: NOW_MS - 86_400_000 }, true, []],
  ['InfluxDB is away for 9 min of the 10 it may be', { influxLostMs: NOW_MS - 540_000, ...TEN_MIN }, true, []],
  [
    'InfluxDB is away for 11 min of the 10 it may be',
    { influxLostMs: NOW_MS - 660_000, ...TEN_MIN },
    true,
    ['InfluxDB has not answered for 11 min'],
  ],
  ['a slow disk', { commitSinceMs: NOW_MS - 30_000 }, true, []],
  ['a dead disk', { commitSinceMs: NOW_MS - 90_000 }, false, []],
  [
    'behind its journal',
    { behind: () => 34_120 },
    true,
    ['catching up with the journal: 34120 of its entries are left'],
  ],
  ['failed', { failed: 'store worker ended' }, false, ['the daemon has failed']],
]

test.each(STATES)('alive and ready: %s', (_words, change, alive, reasons) => {
  const health = { ...busyHealth(), ...change }
  expect(isAlive(health, NOW_MS)).toBe(alive)
  expect(unready(health, NOW_MS)).toEqual(reasons)
})

describe('a certificate', () => {
  test.each([
    ['one', LONG, 400.07],
    ['a chain: the first to end', LONG + SHORT, 5.07],
    ['text around it', `subject=/CN=a\n${SHORT}\ntrailer`, 5.07],
    ['binary', Buffer.from(LONG.split('\n').slice(1, -1).join(''), 'base64'), 400.07],
  ])('%s', async (_words, content, days) => {
    const left = await inFolder(async (folder) => {
      await writeFile(join(folder, 'cert.pem'), content)
      return certificateDaysLeft(join(folder, 'cert.pem'), NOW_MS)
    })
    expect(left).toBeCloseTo(days, 1)
  })

  test('that is none, or not there, is an error that names the file', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'cert.pem')
      await expect(certificateDaysLeft(file, NOW_MS)).rejects.toThrow(`${file} holds no certificate that can be read`)
      await writeFile(file, 'none')
      await expect(certificateDaysLeft(file, NOW_MS)).rejects.toThrow(`${file} holds no certificate that can be read`)
    })
  })

  test.each([
    [400, 'good'],
    [30.01, 'good'],
    [30, '30 days'],
    [7.5, '30 days'],
    [7, '7 days'],
    [1, '1 day'],
    [0.1, '1 day'],
    [0, 'ended'],
    [-3, 'ended'],
  ])('with %d days left is %s', (days, state) => {
    expect(certificateState(days)).toBe(state)
  })
})

describe('over HTTP', () => {
  const open: HttpServer[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })

  test('/healthz and /readyz follow the health, and tell no more than they must', async () => {
    const health = busyHealth()
    health.outboxHeld = '401 for user cold at http://influx.intern'
    const { port } = await openAt({ health, clock: () => NOW_MS })
    expect(await get(port, '/healthz')).toMatchObject({ status: 200, body: 'alive\n' })
    expect(await get(port, '/readyz')).toMatchObject({ status: 503, body: '{"reasons":["rows are held"]}\n' })
    health.outboxHeld = undefined
    expect(await get(port, '/readyz')).toMatchObject({ status: 200, body: '{"reasons":[]}\n' })
    health.failed = 'store worker ended'
    expect(await get(port, '/healthz')).toMatchObject({ status: 503, body: 'not alive\n' })
  })

  test('/metrics is Prometheus text, from the numbers of this moment', async () => {
    const health = busyHealth()
    const { port } = await openAt({ health, clock: () => NOW_MS })
    const first = await get(port, '/metrics')
    expect(first.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const metrics = parseMetrics(first.body)
    expect(metrics.get('coldaisle_readings_total{outcome="accepted"}')).toBe(1000)
    expect(metrics.get('coldaisle_readings_total{outcome="too_late"}')).toBe(3)
    expect([...metrics.keys()].filter((name) => name.startsWith('coldaisle_readings_total'))).toHaveLength(
      OUTCOMES.length,
    )
    expect(metrics.get('coldaisle_rows_total{outcome="kept"}')).toBe(2)
    expect(metrics.get('coldaisle_packets_total')).toBe(900)
    expect(metrics.get('coldaisle_lag_seconds')).toBe(7.5)
    expect(metrics.get('coldaisle_commit_p99_seconds')).toBeCloseTo(0.04, 3)
    expect(metrics.get('coldaisle_certificate_days')).toBe(6.5)
    expect(metrics.get('coldaisle_ready')).toBe(1)
    health.readings[ACCEPTED] = 1001
    health.newestMs = Number.NaN
    const second = parseMetrics((await get(port, '/metrics')).body)
    expect(second.get('coldaisle_readings_total{outcome="accepted"}')).toBe(1001)
    expect(second.has('coldaisle_lag_seconds')).toBe(false)
    health.newestMs = NOW_MS
    expect(parseMetrics((await get(port, '/metrics')).body).get('coldaisle_lag_seconds')).toBe(0)
  })

  test('every name is documented, every counter ends in _total, no number is missing', async () => {
    const { port } = await openAt({ health: createHealth(NOW_MS) })
    const { body } = await get(port, '/metrics')
    const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!] as const)
    expect(types.length).toBeGreaterThan(15)
    for (const [name, type] of types) {
      expect(name).toMatch(/^coldaisle_[a-z0-9_]+$/)
      expect(name.endsWith('_total')).toBe(type === 'counter')
      expect(body).toContain(`# HELP ${name} `)
    }
    expect(body).not.toMatch(/NaN|undefined/)
  })

  test('names its metrics as Prometheus knows them, in seconds and bytes', async () => {
    const health = busyHealth()
    health.loopMaxMs = 250
    health.settledThroughMs = NOW_MS - 1_200_000
    const { port } = await openAt({ health, clock: () => NOW_MS })
    const { body } = await get(port, '/metrics')
    const names = [...body.matchAll(/^# TYPE coldaisle_(\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`)
    expect(names.filter((name) => name.endsWith(' counter')).toSorted()).toEqual(
      [
        'alarm_floods_total alarms_chattering_total alarms_raised_total broker_refused_total doubted_times_total http_errors_total messages_lost_total',
        'messages_unnumbered_total notices_fallen_total notices_total numbers_anew_total packets_total readings_total refused_fallen_total rows_total',
      ].flatMap((some) => some.split(' ').map((name) => `${name} counter`)),
    )
    expect(names.filter((name) => name.endsWith(' gauge')).toSorted()).toEqual(
      [
        'alarms_active alarms_standing certificate_days certificate_ends_days commit_p50_seconds commit_p99_seconds connected',
        'event_loop_delay_max_seconds event_loop_delay_p99_seconds journal_behind journal_bytes journal_packets journal_unforwarded lag_seconds',
        'last_packet_timestamp_seconds latencies_timestamp_seconds notices_waiting outbox_notices outbox_rows ready refused_kept',
        'resident_memory_bytes settled_through_timestamp_seconds start_time_seconds',
      ].flatMap((some) => some.split(' ').map((name) => `${name} gauge`)),
    )
    const metrics = parseMetrics(body)
    expect(metrics.get('coldaisle_event_loop_delay_max_seconds')).toBe(0.25)
    expect(metrics.get('coldaisle_start_time_seconds')).toBe(NOW_MS / 1000 - 90)
    expect(metrics.get('coldaisle_settled_through_timestamp_seconds')).toBe(NOW_MS / 1000 - 1200)
  })

  const REFUSED: [words: string, method: string, path: string, headers: Record<string, string>, status: number][] = [
    ['a path that is not there', 'GET', '/config', {}, 404],
    ['a path above the root', 'GET', '/../../etc/passwd', {}, 404],
    ['a path of slashes', 'GET', '//healthz', {}, 404],
    ['a whole address as a path', 'GET', 'http://127.0.0.1/healthz', {}, 400],
    ['a method that changes something', 'POST', '/healthz', {}, 405],
    ['deleting', 'DELETE', '/metrics', {}, 405],
    ['a body', 'GET', '/healthz', { 'Content-Length': '5' }, 413],
    ['a body of no told length', 'GET', '/healthz', { 'Transfer-Encoding': 'chunked' }, 413],
    ['headers without end', 'GET', '/healthz', { 'X-Long': 'a'.repeat(10_000) }, 431],
    ['a name from elsewhere', 'GET', '/healthz', { Host: 'evil.example' }, 421],
    ['a name that begins like ours', 'GET', '/healthz', { Host: '127.0.0.1.evil.example' }, 421],
    ['a name that ends like ours', 'GET', '/healthz', { Host: 'evil.example@localhost.evil.example:80' }, 421],
  ]

  test.each(REFUSED)('refuses %s', async (_words, method, path, headers, status) => {
    const { port } = await openAt({ health: busyHealth() })
    expect((await get(port, path, { method, headers })).status).toBe(status)
  })

  test.each(['localhost:9999', '127.0.0.1', '[::1]:80', 'LOCALHOST'])('answers to %s', async (Host) => {
    const { port } = await openAt({ health: busyHealth() })
    expect((await get(port, '/healthz', { headers: { Host } })).status).toBe(200)
  })

  test('HEAD has the headers alone, and every answer those of security', async () => {
    const { port } = await openAt({ health: busyHealth() })
    for (const path of ['/healthz', '/nowhere']) {
      const { body, headers } = await get(port, path, { method: 'HEAD' })
      expect(body).toBe('')
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
      expect(headers['content-security-policy']).toContain("default-src 'self'")
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    }
  })

  test.each(['0.0.0.0:0', '[::]:0', '10.1.2.3:0', 'dc5.example:0'])(
    '%s is not listened on without a proxy',
    async (listen) => {
      await expect(openAt({ listen, health: busyHealth() })).rejects.toThrow(/http\.trustedProxy/)
    },
  )

  test('behind a trusted proxy any address is listened on, and any name answered to', async () => {
    const { port } = await openAt({ listen: '0.0.0.0:0', health: busyHealth(), trustedProxy: true })
    expect((await get(port, '/healthz', { headers: { Host: 'pue.example' } })).status).toBe(200)
  })

  test('an address in use is an error that names it', async () => {
    const { port } = await openAt({ health: busyHealth() })
    const listen = `127.0.0.1:${port}`
    await expect(openAt({ listen, health: busyHealth() })).rejects.toThrow(
      `http.listen: ${listen} cannot be listened on`,
    )
  })

  test('other parts add their paths; what throws there is told to us, counted, and not shown', async () => {
    const told: unknown[] = []
    const health = busyHealth()
    const routes: HttpOptions['routes'] = [
      { path: '/', answer: (_request, response) => answerText(response, 200, 'page') },
      {
        path: '/api/*',
        answer: (_request, response, url) => answerText(response, 200, `${url.pathname}${url.search}`),
      },
      { path: '/api/v1/*', answer: (_request, response) => answerText(response, 200, 'v1') },
      { path: '/broken', answer: () => Promise.reject(new Error('hunter2 at /secret/place.ts')) },
    ]
    const { port } = await openAt({ health, routes, onError: (error) => void told.push(error) })
    expect((await get(port, '/')).body).toBe('page\n')
    expect((await get(port, '/api/v2/rows?from=1')).body).toBe('/api/v2/rows?from=1\n')
    expect((await get(port, '/api/v1/rows')).body).toBe('v1\n')
    expect(await get(port, '/broken')).toMatchObject({ status: 500, body: 'internal error\n' })
    expect(told).toHaveLength(1)
    expect(parseMetrics((await get(port, '/metrics')).body).get('coldaisle_http_errors_total')).toBe(1)
  })

  test('a client that never finishes its request is hung up on', async () => {
    const { port } = await openAt({ health: busyHealth() })
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    await new Promise((done) => socket.on('close', done))
    expect(heard).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('closing waits for nobody longer than a second', async () => {
    const routes: HttpOptions['routes'] = [
      { path: '/events', answer: (_request, response) => void response.write('a') },
    ]
    const server = await openAt({ health: busyHealth(), routes })
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((done) => socket.once('data', done))
    const ended = new Promise((done) => socket.on('close', done))
    const fromMs = performance.now()
    await server.close()
    await ended
    expect(performance.now() - fromMs).toBeLessThan(10_000)
  })

  async function openAt(options: Partial<HttpOptions> & { health: Health }): Promise<HttpServer> {
    const server = await openHttp({ listen: '127.0.0.1:0', ...options })
    open.push(server)
    return server
  }
})

function busyHealth(): Health {
  const health = createHealth(NOW_MS - 90_000)
  health.readings[ACCEPTED] = 1000
  health.readings[TOO_LATE] = 3
  health.packets = 900
  Object.assign(health.rows, { accepted: 70, kept: 2, rejected: 1 })
  health.outboxRows = 12
  health.unforwarded = () => 5
  health.newestMs = NOW_MS - 7500
  health.settledThroughMs = NOW_MS - 1_200_000
  health.lastPacketMs = NOW_MS - 250
  health.certificateDays.set('mqtt', 6.5).set('influx', 300)
  health.storeOpen = true
  health.connected = true
  for (let i = 0; i < 97; i++) recordCommit(health, 2)
  for (let i = 0; i < 3; i++) recordCommit(health, 40)
  sampleHealth(health, NOW_MS)
  return health
}

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
}

/** `node:http`, because `fetch` sends neither every path nor every Host. */
function get(port: number, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<Answer>((done, fail) => {
    const request = openRequest({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers, body }))
    })
    request.on('error', fail)
    if (options.headers?.['Content-Length']) request.write('hello')
    request.end()
  })
}

/** Every sample of a text in Prometheus' format by its name with labels; throws at a line that is none. */
function parseMetrics(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const match = /^([a-z0-9_]+(?:\{[a-z]+="[a-z_]+"\})?) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line)
      if (match === null) throw new Error(`no sample: ${line}`)
      return [match[1]!, Number(match[2])]
    }),
  )
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'coldaisle-health-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
