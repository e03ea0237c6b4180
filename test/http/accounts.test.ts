/** Who may see and do what: accounts, tokens and sessions over real TLS, and the page in a real browser. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { connect, type MqttClient } from 'mqtt'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { freePort, needs, programPath } from '../servers/servers.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const SCREENS = join(tmpdir(), 'coldaisle-page')
const PASSWORD = 'canary-0f1e2d3c4b5a'
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-accounts-'))
const config = join(folder, 'site.yaml')

let daemon: TestDaemon
let port: number
let broker: MqttClient
let beat: NodeJS.Timeout

/** `coldaisle account …`; gives what it says. */
function account(...args: string[]): string {
  const whole = [MAIN, 'account', ...args, '--config', config]
  const { stdout, stderr, status } = spawnSync(process.execPath, whole, { encoding: 'utf8', input: `${PASSWORD}\n` })
  return status === 0 ? stdout : `${status}: ${stderr}`
}

interface Answer {
  status: number
  text: string
  cookie: string
}

async function ask(path: string, how: RequestOptions = {}, body?: object): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const asked = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, ...how })
  if (body !== undefined) asked.setHeader('Content-Type', 'application/json')
  asked.on('response', (response) => {
    const [cookie = ''] = response.headers['set-cookie'] ?? []
    const told = { status: response.statusCode ?? 0, cookie: cookie.split(';')[0] ?? '' }
    textOf(response).then((text) => resolve({ ...told, text }), reject)
  })
  asked.on('error', reject)
  asked.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}

/** Puts a certificate for this machine and its key in the place of the page's; with an end, one that has ended. */
function makeCertificate(commonName: string, end?: string): void {
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem']
  const about = ['-subj', `/CN=${commonName}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  if (end === undefined) return void run('req', '-x509', ...key, '-out', 'cert.pem', ...about, '-days', '2')
  run('req', '-new', ...key, '-out', 'asked.csr', ...about)
  const authority = '[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=i\nserial=s\ndefault_md=sha256\npolicy=p\n[p]\n'
  writeFileSync(join(folder, 'ca.cnf'), `${authority}commonName=supplied\n`)
  writeFileSync(join(folder, 'i'), '')
  writeFileSync(join(folder, 's'), '01\n')
  const signed = ['-selfsign', '-keyfile', 'key.pem', '-in', 'asked.csr', '-out', 'cert.pem', '-notext']
  run('ca', '-batch', '-config', 'ca.cnf', ...signed, '-startdate', '20200101000000Z', '-enddate', end)
}

const origin = () => `https://127.0.0.1:${port}`

/** Logs in; gives what a page of the session sends with an order. */
async function logIn(name: string, password = PASSWORD) {
  const answer = await ask('/api/v1/session', { method: 'POST', headers: { Origin: origin() } }, { name, password })
  const csrf = answer.status === 200 ? (JSON.parse(answer.text) as { csrf: string }).csrf : ''
  return { ...answer, headers: { Cookie: answer.cookie, Origin: origin(), 'X-Coldaisle-CSRF': csrf } }
}

const COMMAND = '/api/v1/alarms/command'
const PLAN = { command: 'plan', name: 'fans', from: '2099-03-03T08:00', hours: 2, why: 'new fans' }
const ACK = { command: 'ack', alarm: 'inlet_allowable', source: 'r1', why: 'seen' }
const AUDIT = '/api/v1/latest?measurement=audit&count=100'

beforeAll(async () => {
  if (!openssl) return
  makeCertificate('page')
  port = await freePort()
  const mqtt = await freePort()
  const text = `
site: { id: dc, timezone: UTC }
mqtt: { listen: "127.0.0.1:${mqtt}" }
core: { latenessS: 60 }
points:
  t1: { topic: dc/t1, unit: "°C", everyS: 1, role: inlet }
  t2: { topic: dc/t2, unit: "°C", everyS: 1, role: inlet }
inlets:
  r1: { dryBulb: t1, class: A2, hall: h }
  r2: { dryBulb: t2, class: A2, hall: h }
alarms: { inlet_recommended: { enabled: false }, inlet_allowable: { onDelayS: 0, acknowledge: true } }
http:
  listen: "0.0.0.0:${port}"
  certFile: ${folder}/cert.pem
  keyFile: ${folder}/key.pem
  accountsFile: ${folder}/accounts.json
store: { path: ${folder}/store }
`
  writeFileSync(config, text)
  account('add', 'vera')
  account('add', 'otto', '--role', 'operator')
  account('add', 'nora', '--role', 'none')
  daemon = await startDaemon(text, { ready: false })
  await until('it runs', 60_000, () => daemon.log().includes('"running"'))
  broker = connect(`mqtt://127.0.0.1:${mqtt}`)
  beat = setInterval(() => {
    for (const topic of ['dc/t1', 'dc/t2']) broker.publish(topic, '39')
  }, 500)
}, 120_000)

afterAll(async () => {
  clearInterval(beat)
  broker?.end(true)
  await daemon?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!openssl)('who may do what', () => {
  const tokens: Record<string, string> = {}

  test(
    'each path asks for its right, and each visitor has what the file of accounts says',
    { timeout: 60_000 },
    async () => {
      tokens['prometheus'] = account('token', 'prometheus').trim()
      tokens['wall'] = account('token', 'wall', '--grants', 'viewer').trim()
      const bearer = (name: string) => ({ headers: { Authorization: `Bearer ${tokens[name]}` } })
      const [vera, otto] = [await logIn('vera'), await logIn('otto')]
      const visitors: Record<string, RequestOptions> = {
        nobody: {},
        'a wrong token': { headers: { Authorization: 'Bearer mine' } },
        prometheus: bearer('prometheus'),
        wall: bearer('wall'),
        vera: { headers: vera.headers },
        otto: { headers: otto.headers },
      }
      await until('the tokens are known', 10_000, async () => (await ask('/metrics', visitors['wall'])).status === 200)
      const paths = ['/healthz', '/login', '/', '/metrics', '/api/v1/site', '/api/v1/events?x', AUDIT, COMMAND]
      const found: string[] = []
      for (const [name, how] of Object.entries(visitors)) {
        const answers: number[] = []
        for (const path of paths.filter((it) => !it.includes('events'))) answers.push((await ask(path, how)).status)
        answers.push((await ask(COMMAND, { ...how, method: 'POST' }, ACK)).status)
        found.push(`${name}: ${answers.join(' ')}`)
      }
      expect(found).toEqual([
        //                 healthz login / metrics site audit command (GET, POST)
        'nobody: 200 200 303 401 401 401 401 401',
        'a wrong token: 200 200 303 401 401 401 401 401',
        'prometheus: 200 200 303 200 403 403 403 403',
        'wall: 200 200 200 200 200 403 403 403',
        'vera: 200 200 200 200 200 403 403 403',
        'otto: 200 200 200 200 200 200 405 202',
      ])
    },
  )

  test('an order is the session’s own: not another page’s, not without what only the page knows', async () => {
    const { headers } = await logIn('otto')
    const { Cookie, Origin } = headers
    const post = async (sent: object) => (await ask(COMMAND, { method: 'POST', headers: { ...sent } }, ACK)).status
    expect(await post(headers)).toBe(202)
    expect(await post({ Cookie, Origin })).toBe(403)
    expect(await post({ ...headers, 'X-Coldaisle-CSRF': 'x'.repeat(43) })).toBe(403)
    expect(await post({ ...headers, Origin: 'https://elsewhere.example' })).toBe(403)
    expect(await post({ ...headers, Origin: Origin.replace('https', 'http') })).toBe(403)
    expect(await post({ ...headers, Origin: 'null' })).toBe(403)
    expect(await post({ Cookie, 'X-Coldaisle-CSRF': headers['X-Coldaisle-CSRF'] })).toBe(403)
    expect(await post({ ...headers, Cookie: Cookie.replace('__Host-', '') }), 'a cookie that HTTP could set').toBe(401)
  })

  test('an order that is none is refused with the reason, and nothing is journalled', async () => {
    const { headers } = await logIn('otto')
    const say = async (body: object) => (await ask(COMMAND, { method: 'POST', headers }, body)).text.trim()
    expect(await say({ ...ACK, source: 'r9' })).toBe('alarm inlet_allowable has no source "r9"')
    expect(await say({ ...ACK, alarm: 'heat' })).toMatch(/^alarm is one of inlet_recommended, /)
    expect(await say({ ...ACK, racks: 'r1' })).toMatch(/^a command has no "racks": it is narrowed by /)
    expect(await say({ ...ACK, command: 'shelve' })).toBe('until is a time with offset, within 90 days from now')
    expect(await say({ ...ACK, why: 'x'.repeat(5000) })).toBe('a command is a JSON object of at most 4 KiB')
    expect(await say({ ...PLAN, rack: 'r9' })).toBe('no alarm has a source in rack r9')
    expect(await say({ ...PLAN, hours: -1 })).toMatch(/^hours: /)
    expect(await say({ command: 'unplan' })).toBe('name is that of planned work')
  })

  test('work is planned and called off as by the command line, and the audit says what became of it', async () => {
    const { headers } = await logIn('otto')
    const order = async (body: object) => (await ask(COMMAND, { method: 'POST', headers }, body)).text
    const planned = async () =>
      (JSON.parse((await ask('/api/v1/planned', { headers })).text) as { work: { name: string; who: string }[] }).work
    expect(JSON.parse(await order(PLAN))).toEqual({ command: 'plan', name: 'fans', who: 'otto' })
    await until('the plan', 20_000, async () => (await planned()).length === 1)
    expect(await planned()).toMatchObject([{ name: 'fans', who: 'otto', by: 'command' }])
    expect(JSON.parse(await order({ command: 'unplan', name: 'fans' }))).toMatchObject({ command: 'unplan' })
    await until('its end', 20_000, async () => (await planned()).length === 0)
    await order({ command: 'unplan', name: 'fans' }) // only the daemon's state knows that there is none any more
    const refusal = 'no work "fans" is planned'
    await until('the refusal', 20_000, async () =>
      (await ask(AUDIT, { headers })).text.includes(JSON.stringify(refusal).slice(1, -1)),
    )
  })

  test('who did it is the account, whatever the order says; it is told in the alarm’s row and in the audit', async () => {
    const { headers } = await logIn('otto')
    const standing = async () =>
      (
        JSON.parse((await ask('/api/v1/latest?measurement=alarm&tag.source=r2', { headers })).text) as {
          fields: object
        }[]
      ).map(({ fields }) => fields)
    await until('the alarm', 20_000, async () => JSON.stringify(await standing()).includes('"raised"'))
    const answer = await ask(COMMAND, { method: 'POST', headers }, { ...ACK, source: 'r2', who: 'somebody else' })
    expect(JSON.parse(answer.text)).toEqual({ command: 'ack', alarm: 'inlet_allowable', source: 'r2', who: 'otto' })
    await until('the row', 20_000, async () => JSON.stringify(await standing()).includes('"acked"'))
    expect(await standing()).toMatchObject([{ state: 'acked', who: 'otto' }])
    const audit = JSON.parse((await ask(AUDIT, { headers })).text) as { tags: object; fields: object }[]
    const entries = audit.map(({ tags, fields }) => ({ ...tags, ...fields }))
    const order = { site: 'dc', action: 'command', who: 'otto', from: '127.0.0.1' }
    const what = 'ack inlet_allowable r2: seen'
    expect(entries).toContainEqual({ ...order, what, outcome: 'done', reason: '1 alarm changed' })
    const refused = { ...order, action: 'command_refused', outcome: 'refused' }
    const source = 'alarm inlet_allowable has no source "r9"'
    expect(entries).toContainEqual({ ...refused, what: 'ack inlet_allowable r9: seen', reason: source })
    expect(entries).toContainEqual({ ...refused, reason: 'a command is a JSON object of at most 4 KiB' })
    expect(entries).toContainEqual({ ...refused, reason: 'an order comes from a page of this daemon, or with a token' })
    expect(entries).toContainEqual({ ...refused, who: 'vera', reason: 'has no right to it' })
    expect(entries).toContainEqual({ site: 'dc', action: 'login', who: 'vera', from: '127.0.0.1' })
  })

  test('a new role, a new password and a removal count at once, for streams too', { timeout: 90_000 }, async () => {
    account('add', 'paul', '--role', 'operator')
    let paul = await logIn('paul')
    await until('paul is known', 10_000, async () => (paul = await logIn('paul')).status === 200)
    let hasEnded = false
    const stream = ask('/api/v1/events?measurement=audit', { headers: paul.headers }).then(() => (hasEnded = true))
    const isSeen = async () => (await ask('/api/v1/site', { headers: paul.headers })).status
    expect(await isSeen()).toBe(200)
    account('role', 'paul', '--role', 'none')
    await until('paul may see nothing', 10_000, async () => (await isSeen()) === 403)
    await stream
    expect(hasEnded).toBe(true)
    account('role', 'paul', '--role', 'viewer')
    await until('paul is back', 10_000, async () => (await isSeen()) === 200)
    account('password', 'paul')
    await until('the session has ended', 10_000, async () => (await isSeen()) === 401)
    account('remove', 'wall')
    const wall = { headers: { Authorization: `Bearer ${tokens['wall']}` } }
    await until('the token is gone', 10_000, async () => (await ask('/metrics', wall)).status === 401)
  })

  test('a file of accounts that is torn changes nothing, and is told', { timeout: 30_000 }, async () => {
    const file = join(folder, 'accounts.json')
    const whole = readFileSync(file, 'utf8')
    writeFileSync(file, whole.slice(0, -40))
    await until('it is told', 10_000, async () => {
      expect((await logIn('vera')).status).toBe(200)
      return daemon.log().includes('is no JSON')
    }).finally(() => writeFileSync(file, whole, { mode: 0o600 }))
    rmSync(file)
    symlinkSync('/dev/zero', file)
    await sleep(1_500)
    expect((await logIn('vera')).status, 'a file without an end').toBe(200)
    rmSync(file)
    writeFileSync(file, whole, { mode: 0o600 })
  })

  test('renewed certificate files are shown, but none that has ended', { timeout: 150_000 }, async () => {
    const shown = async () =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
          resolve(String(socket.getPeerCertificate().subject.CN))
          socket.destroy()
        })
        socket.on('error', reject)
      })
    expect(await shown()).toBe('page')
    const text = readFileSync(config, 'utf8')
    makeCertificate('next')
    daemon.reload(text)
    await until('the next one', 20_000, async () => (await shown()) === 'next')
    makeCertificate('late', '20200102000000Z')
    daemon.reload(text)
    await until('the word', 20_000, () => daemon.log().includes('ended on 2020-01-02'))
    await until('the next look at it', 90_000, () => daemon.log().includes('certificate files of the page: not used'))
    expect(await shown()).toBe('next')
    makeCertificate('page')
    daemon.reload(text)
    await until('the first name', 20_000, async () => (await shown()) === 'page')
  })

  test('this machine’s own commands are let in, by the secret beside the database', () => {
    const args = [MAIN, 'alarms', 'list', '--config', config]
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/inlet_allowable +.*r2/)
    expect(status).toBe(0)
  })
})

describe.skipIf(!openssl || !needs('chromium'))('the page in a browser', () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    mkdirSync(SCREENS, { recursive: true })
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
    browser = await chromium.launch({ executablePath: programPath('chromium') ?? 'chromium', args })
    page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } })
  })
  afterAll(() => browser?.close())

  test('asks who comes, says when it is wrong, and shows the page', { timeout: 60_000 }, async () => {
    await page.goto(origin())
    expect(page.url()).toBe(`${origin()}/login`)
    await page.fill('#name', 'otto')
    await page.fill('#password', 'not the password')
    await page.click('button')
    await page.waitForSelector('#fault:not(:empty)')
    expect(await page.textContent('#fault')).toBe('name or password is wrong')
    await page.screenshot({ path: join(SCREENS, 'login.png') })
    await page.fill('#password', PASSWORD)
    await page.click('button')
    await page.waitForSelector('#link[data-state=live]')
    expect(await page.textContent('#who-name')).toBe('otto')
  })

  test('an operator acknowledges and shelves', { timeout: 60_000 }, async () => {
    const alarm = page.locator('#active li', { hasText: 'r1' })
    await alarm.locator('[data-command=shelve]').click()
    await page.screenshot({ path: join(SCREENS, 'shelve.png') })
    await page.fill('#order-why', 'fan is changed')
    await page.selectOption('#order-for', '30')
    await page.click('#order-do')
    await page.waitForSelector('#order', { state: 'hidden' })
    await expect.poll(() => page.textContent('#transitions'), { timeout: 20_000 }).toContain('shelved')
    await expect.poll(() => alarm.count(), { timeout: 20_000 }).toBe(0)
    await page.screenshot({ path: join(SCREENS, 'orders.png') })
    await page.click('#aside-part summary')
    const aside = page.locator('#aside li', { hasText: 'r1' })
    expect(await aside.textContent()).toContain('fan is changed')
    await page.screenshot({ path: join(SCREENS, 'aside.png') })
    await aside.locator('[data-command=unshelve]').click()
    await page.fill('#order-why', 'it turns')
    await page.click('#order-do')
    await page.waitForSelector('#order', { state: 'hidden' })
    await expect.poll(() => alarm.count(), { timeout: 20_000 }).toBe(1)
    await expect.poll(() => aside.count(), { timeout: 20_000 }).toBe(0)
  })

  test('who leaves has to log in again', { timeout: 60_000 }, async () => {
    await page.click('#log-out')
    await page.waitForURL(`${origin()}/login`)
    await page.goto(origin())
    expect(page.url()).toBe(`${origin()}/login`)
  })
})

describe.skipIf(!openssl)('what is kept away', () => {
  test('a password can be tried five times a minute, the right one too', { timeout: 60_000 }, async () => {
    const tries: number[] = []
    await logIn('otto') // whose own password does not forgive tries of another's
    for (let n = 0; n < 6; n++) tries.push((await logIn('vera', `guess number ${n}`)).status)
    expect(tries.slice(-1)).toEqual([429])
    expect((await logIn('vera')).status).toBe(429)
  })

  test('a client that checks the certificate trusts no other', async () => {
    await expect(ask('/healthz', { rejectUnauthorized: true })).rejects.toThrow('self-signed certificate')
    const ca = readFileSync(join(folder, 'cert.pem'))
    expect((await ask('/healthz', { rejectUnauthorized: true, ca })).status).toBe(200)
  })

  test('no password and no token stands anywhere that we write', async () => {
    expect(await daemon.stop()).toBe(0)
    expect(daemon.log()).not.toContain(PASSWORD)
    const store = join(folder, 'store')
    for (const name of readdirSync(store, { recursive: true, encoding: 'utf8' })) {
      if (readFileSync(join(store, name)).includes(PASSWORD)) throw new Error(`${name} holds the password`)
    }
    expect(readdirSync(store), 'the secret of the commands goes with the daemon').not.toContain('local-token')
    expect(readFileSync(join(folder, 'accounts.json'), 'utf8')).not.toContain(PASSWORD)
  })
})
