/** Notices as mails: over real SMTP with TLS and accounts, refused in every way a server can, and over kill -9. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, describe, expect, test } from 'vitest'
import { connectPublisher } from '../../../src/mqtt/mqtt.ts'
import { createEmail } from '../../../src/send/notices/email.ts'
import type { Receiver } from '../../../src/send/notices/types.ts'
import type { QueuedNotice } from '../../../src/store/types.ts'
import { startDaemon, subscribed, until } from '../../servers/daemon.ts'
import { freePort, needs, startMosquitto } from '../../servers/servers.ts'

const root = mkdtempSync(join(tmpdir(), 'coldaisle-email-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const T0 = Date.parse('2026-11-23T14:00:00Z')
const SITE = 'mails'
const USUAL = {
  from: 'coldaisle@dc5.example',
  to: ['noc@dc5.example'],
  subject: '{title}: {source}, {state}',
  text: '{text}',
}
const NEVER = new AbortController().signal

const openssl = spawnSync('openssl', ['version']).status === 0
const [keyFile, certFile] = [join(root, 'key.pem'), join(root, 'cert.pem')]
if (openssl) {
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-days', '1']
  execFileSync('openssl', ['req', '-x509', ...made, '-out', certFile, ...names], { stdio: 'ignore' })
}

interface Mail {
  to: string[]
  raw: string
  /** Headers by lower-case name, folded lines joined. */
  headers: Map<string, string>
  isSecure: boolean
}

interface TestMailServer extends AsyncDisposable {
  port: number
  mails: Mail[]
}

/** A mail server that takes what its options let it. */
async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<TestMailServer> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const raw = Buffer.concat(parts).toString('utf8')
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ to, raw, headers: headersOf(raw), isSecure: session.secure })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined) // a client that breaks off
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  const address = server.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

function headersOf(raw: string): Map<string, string> {
  const [head = ''] = raw.split('\r\n\r\n')
  const lines = head.replaceAll(/\r\n\s+/g, ' ').split('\r\n')
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
}

function mailTo({ port }: { port: number }, more: Partial<Parameters<typeof createEmail>[0]['config']> = {}): Receiver {
  return createEmail({ name: 'email-1', config: { host: '127.0.0.1', port, tls: 'none', ...USUAL, ...more } })
}

function notice(state: string, more: object = {}): QueuedNotice {
  const id = `inlet_allowable:r1:${T0}`
  const told = { site: SITE, alarm: 'inlet_allowable', source: 'r1', severity: 'critical', hall: 'north', state, id }
  const words = {
    title: 'Temperature outside the allowable range',
    message: 'Inlet r1: 36 °C',
    text: 'The whole text.',
  }
  const payload = JSON.stringify({ ...told, ...words, timeMs: T0, startsAtMs: T0, ...more })
  return { id: 1, notice: { id, topic: 'a/r1', payload }, atMs: T0 }
}

describe('a mail', () => {
  test('says what the notice says, by the templates, and is known again when it is sent once more', async () => {
    await using server = await startMailServer()
    const raised = notice('raised')
    // A receiver each time, as after a kill: what the last one had sent is not known
    for (const it of [raised, raised, notice('cleared', { timeMs: T0 + 60_000 })]) {
      const receiver = mailTo(server, { to: ['noc@dc5.example', 'boss@dc5.example'] })
      expect(await receiver.deliver([it], NEVER)).toEqual({ kind: 'delivered' })
    }
    const [first, again, over] = server.mails
    expect(first?.to).toEqual(['noc@dc5.example', 'boss@dc5.example'])
    expect(first?.headers.get('subject')).toBe('Temperature outside the allowable range: r1, raised')
    expect(first?.headers.get('date')).toBe('Mon, 23 Nov 2026 14:00:00 +0000')
    expect(first?.headers.get('auto-submitted')).toBe('auto-generated')
    expect(first?.headers.get('importance')).toBe('High')
    expect(first?.raw).toContain('\r\n\r\nThe whole text.')
    const ids = [first, again, over].map((it) => it?.headers.get('message-id'))
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@dc5\.example>$/)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    expect(over?.headers.get('references')).toBe(first?.headers.get('references'))
  })

  test('of its own words; a line break in what a device is called makes no header', async () => {
    await using server = await startMailServer()
    const receiver = mailTo(server, {
      subject: '[{severity}] {source} {value} {unit} {who}',
      text: '{message}\n{page}',
    })
    const page = 'https://pue.example/#alarms'
    const told = { source: 'r1\r\nBcc: evil@elsewhere.example', value: 36.2, unit: '°C', links: { page } }
    expect(await receiver.deliver([notice('raised', told)], NEVER)).toEqual({ kind: 'delivered' })
    const [mail] = server.mails
    expect(mail?.to).toEqual(USUAL.to)
    expect(mail?.headers.get('bcc')).toBeUndefined()
    expect(mail?.raw.replaceAll('=\r\n', '')).toContain(page)
  })

  test('comes only for what is asked for', async () => {
    await using server = await startMailServer()
    expect(await mailTo(server, { severities: ['warning'] }).deliver([notice('raised')], NEVER)).toEqual({
      kind: 'skipped',
    })
    expect(await mailTo(server, { alarms: ['moisture'] }).deliver([notice('raised')], NEVER)).toEqual({
      kind: 'skipped',
    })
    expect(server.mails).toEqual([])
  })
})

describe('a server that does not take it', () => {
  const REFUSALS: [what: string, options: SMTPServerOptions, expected: object, mails: number][] = [
    [
      'is busy: the mail waits',
      { onMailFrom: (_from, _session, done) => done(refusal(451)) },
      { kind: 'kept', reason: expect.stringContaining('status 451') as string },
      0,
    ],
    [
      'knows none of the addresses: those can be put right, the mail waits',
      { onRcptTo: (_to, _session, done) => done(refusal(550)) },
      { kind: 'kept', reason: expect.stringContaining('status 550') as string },
      0,
    ],
    [
      'knows one of two addresses: the other has it, and that is told',
      { onRcptTo: ({ address }, _session, done) => done(address.startsWith('boss') ? refusal(550) : undefined) },
      { kind: 'delivered', reason: 'the mail server refuses 1 of those who should get it' },
      1,
    ],
    [
      'refuses the content for good: it is given up',
      atData(554, '5.6.0 cannot be converted'),
      { kind: 'rejected', reason: expect.stringContaining('status 554') as string },
      0,
    ],
    [
      'finds it too large: it is given up',
      atData(552, 'too much'),
      { kind: 'rejected', reason: expect.stringContaining('status 552') as string },
      0,
    ],
    [
      'refuses our account behind the content: that can be put right, the mail waits',
      atData(554, '5.2.252 this account may not send as that one'),
      { kind: 'kept', reason: expect.stringContaining('status 554') as string },
      0,
    ],
  ]

  test.each(REFUSALS)('%s', async (_, options, expected, mails) => {
    await using server = await startMailServer(options)
    const receiver = mailTo(server, { to: ['noc@dc5.example', 'boss@dc5.example'] })
    expect(await receiver.deliver([notice('raised')], NEVER)).toEqual(expected)
    expect(server.mails).toHaveLength(mails)
  })

  test('has no time for one of two addresses: only that one is tried again', async () => {
    let isBusy = true
    await using server = await startMailServer({
      onRcptTo: ({ address }, _session, done) => done(isBusy && address.startsWith('boss') ? refusal(450) : undefined),
    })
    const receiver = mailTo(server, { to: ['noc@dc5.example', 'boss@dc5.example'] })
    const busy = { kind: 'kept', reason: expect.stringContaining('status 450') as string }
    expect(await receiver.deliver([notice('raised')], NEVER)).toEqual(busy)
    expect(await receiver.deliver([notice('raised')], NEVER)).toEqual(busy)
    isBusy = false
    expect(await receiver.deliver([notice('raised')], NEVER)).toEqual({ kind: 'delivered' })
    expect(await receiver.deliver([notice('cleared')], NEVER)).toEqual({ kind: 'delivered' })
    const [noc, boss] = ['noc@dc5.example', 'boss@dc5.example']
    expect(server.mails.map(({ to }) => to)).toEqual([[noc], [boss], [noc, boss]])
  })

  test('is not there', async () => {
    const delivery = await mailTo({ port: await freePort() }).deliver([notice('raised')], NEVER)
    expect(delivery).toMatchObject({ kind: 'kept', reason: 'ECONNREFUSED at CONN' })
  })

  test('never answers: a stop cuts it short', async () => {
    await using server = await startMailServer({ onMailFrom: () => undefined })
    const stop = new AbortController()
    const delivery = mailTo(server).deliver([notice('raised')], stop.signal)
    setTimeout(() => stop.abort(), 100)
    expect(await delivery).toEqual({ kind: 'kept', reason: 'we are stopping' })
  })
})

describe.skipIf(!openssl)(`TLS${openssl ? '' : ': skipped, no openssl'}`, () => {
  const account: SMTPServerOptions = {
    disabledCommands: [],
    authOptional: false,
    onAuth: ({ username, password }, _session, done) =>
      username === 'cold' && password === 'open sesame' ? done(null, { user: username }) : done(new Error('no')),
  }
  const secure = (options: SMTPServerOptions): SMTPServerOptions => ({
    ...options,
    key: readFileSync(keyFile),
    cert: readFileSync(certFile),
  })

  test.each([
    ['starttls', {}],
    ['implicit', { secure: true }],
  ] as const)('%s, with an account, to a server of our authority only', async (tls, options) => {
    await using server = await startMailServer(secure({ ...account, ...options }))
    const receiver = (password: string, ca?: Buffer): Receiver =>
      createEmail({
        name: 'email-1',
        config: { host: '127.0.0.1', port: server.port, tls, username: 'cold', ...USUAL },
        password,
        tls: () => (ca === undefined ? {} : { ca }),
      })
    const ca = readFileSync(certFile)
    expect(await receiver('open sesame').deliver([notice('raised')], NEVER)).toEqual({
      kind: 'kept',
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT at CONN',
    })
    expect(await receiver('open barley', ca).deliver([notice('raised')], NEVER)).toMatchObject({
      kind: 'kept',
      reason: expect.stringContaining('status 535') as string,
    })
    expect(server.mails).toEqual([])
    expect(await receiver('open sesame', ca).deliver([notice('raised')], NEVER)).toEqual({ kind: 'delivered' })
    expect(server.mails.map(({ isSecure }) => isSecure)).toEqual([true])
  })

  test('a server that offers no TLS gets neither password nor mail', async () => {
    const heard: string[] = []
    await using server = await startMailServer({
      ...account,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth({ password }, _session, done) {
        heard.push(password ?? '')
        done(null, { user: 'cold' })
      },
    })
    const config = { host: '127.0.0.1', port: server.port, tls: 'starttls' as const, username: 'cold', ...USUAL }
    const receiver = createEmail({ name: 'email-1', config, password: 'open sesame' })
    expect(await receiver.deliver([notice('raised')], NEVER)).toMatchObject({ kind: 'kept' })
    expect([heard, server.mails]).toEqual([[], []])
  })
})

test.skipIf(!needs('mosquitto'))(
  'over kill -9: what was raised while the mail server was down comes once it is there',
  async () => {
    await using broker = await startMosquitto()
    const port = await freePort()
    const passwordFile = join(root, 'unused')
    writeFileSync(passwordFile, 'unused\n')
    await using daemon = await startDaemon(
      JSON.stringify({
        site: { id: SITE, timezone: 'UTC' },
        mqtt: { url: broker.url },
        points: { t1: { topic: `${SITE}/r1`, unit: '°C', at: '/t', timeAt: '/ts', everyS: 30 } },
        inlets: { r1: { dryBulb: 't1', class: 'A1' } },
        alarms: { inlet_allowable: { onDelayS: 0 }, inlet_recommended: { enabled: false } },
        notify: { emails: [{ host: '127.0.0.1', port, tls: 'none', from: USUAL.from, to: USUAL.to }] },
      }),
    )
    await subscribed(broker, SITE)
    const publisher = await connectPublisher(broker.url)
    await publisher.publish(`${SITE}/r1`, JSON.stringify({ t: 40, ts: Date.now() }), { qos: 1, retain: false })
    await publisher.close()
    await until('it waits', 20_000, async () => {
      return ((await daemon.metrics()).get('coldaisle_notices_waiting{receiver="email-1"}') ?? 0) > 0
    })
    await daemon.kill()
    await using server = await startMailServer({}, port)
    await daemon.start()
    await until('the mail comes', 30_000, () => server.mails.length > 0)
    const [mail] = server.mails
    expect(mail?.headers.get('subject')).toBe('Temperature outside the allowable range: r1 (mails), raised')
    expect(mail?.raw).toContain('40 =C2=B0C')
    expect(server.mails).toHaveLength(1)
  },
)

function refusal(responseCode: number, words = 'refused'): Error {
  return Object.assign(new Error(words), { responseCode })
}

/** Refuses a mail once its content is there. */
function atData(responseCode: number, words: string): SMTPServerOptions {
  return {
    onData(stream, _session, done) {
      stream.resume()
      stream.on('end', () => done(refusal(responseCode, words)))
    },
  }
}
