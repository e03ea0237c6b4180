/** The door to NATS: only over TLS that is checked where the configuration says so, and only as somebody who is known. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClientTls } from '../../src/config/files/client-tls.ts'
import { connectNats, NatsRefusal, type NatsConfig } from '../../src/nats/nats.ts'
import { needs, startNats, type Server } from '../servers/servers.ts'

const PLAN = { name: 'coldaisle', replicas: 1, days: 7, bytes: 1_000_000 }

describe.skipIf(!needs('nats-server', 'openssl'))('a connection', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-nats-'))
  const at = (name: string): string => join(folder, name)
  let server: Server
  let plain: Server

  beforeAll(async () => {
    const run = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-x509', '-days', '2']
    for (const name of ['server', 'other'])
      run(
        'req',
        ...key,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
      )
    writeFileSync(at('right'), 'a pass phrase\n')
    writeFileSync(at('wrong'), 'another one\n')
    server = await startNats([
      `tls { cert_file: "${at('server.pem')}", key_file: "${at('server.key')}" }`,
      'authorization { users: [{ user: dc5, password: "a pass phrase" }] }',
    ])
    plain = await startNats()
  })

  afterAll(async () => {
    await server.stop()
    await plain.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Makes a stream, or says why not, as `answer: words`. */
  async function ask(to: Server, nats: Partial<NatsConfig>): Promise<string> {
    const config = { servers: [`tls://127.0.0.1:${to.port}`], ...nats }
    try {
      await using link = await connectNats(config, createClientTls('edge.nats', config, () => {})(), 'edge')
      return `new: ${(await link.openStream(PLAN)).isNew}`
    } catch (error) {
      if (!(error instanceof NatsRefusal)) throw error
      return `${error.answer}: ${error.message}`
    }
  }

  const account = (passwordFile: string) => ({ username: 'dc5', passwordFile })

  test('is made over TLS with an account', async () => {
    expect(await ask(server, { caFile: at('server.pem'), ...account(at('right')) })).toBe('new: true')
  })

  test.each([
    ['of another authority', () => ({ caFile: at('other.pem'), ...account(at('right')) }), /^none: .*self.signed/],
    ['without an authority', () => account(at('right')), /^none: .*self.signed/],
    ['with another password', () => ({ caFile: at('server.pem'), ...account(at('wrong')) }), /^refused: Auth/i],
    ['without an account', () => ({ caFile: at('server.pem') }), /^refused: Auth/i],
    [
      'without its file',
      () => account(at('nowhere')),
      /^refused: edge\.nats\.passwordFile: .*cannot be read \(ENOENT\)/,
    ],
  ])('is none %s', async (_, nats, words) => {
    expect(await ask(server, nats())).toMatch(words)
  })

  test('of a site may do what it needs by config/nats.conf, and send for no other site', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../config/nats.conf'), 'utf8')
    const own = /^(listen|tls|jetstream)/ // startNats says where, and there is a test of TLS
    const lines = text.replace(/password: ".*"/, 'password: "a pass phrase"').split('\n')
    await using allowed = await startNats(lines.filter((line) => !own.test(line)))
    const nats = { servers: [`nats://127.0.0.1:${allowed.port}`], ...account(at('right')) }
    await using link = await connectNats(nats, {}, 'edge')
    expect(link.mostBytes).toBe(4_194_304 - 256)
    expect(await link.openStream(PLAN)).toEqual({ isNew: true, differences: [] })
    expect(await link.last('coldaisle', 'coldaisle.dc5')).toBeUndefined()
    expect(await link.publish('coldaisle.dc5', Buffer.from('a'), 0)).toBe(1)
    expect(await link.last('coldaisle', 'coldaisle.dc5')).toMatchObject({ streamSeq: 1 })
    await expect(link.publish('coldaisle.dc6', Buffer.from('a'), 0)).rejects.toThrow(/Permissions Violation/)
  })

  test('is none under a name that is not in the certificate', async () => {
    const servers = [`tls://localhost:${server.port}`]
    expect(await ask(server, { servers, caFile: at('server.pem'), ...account(at('right')) })).toMatch(
      /^none: .*altnames/,
    )
  })

  test('is none to a server without TLS: it would hear the password', async () => {
    expect(await ask(plain, account(at('right')))).toMatch(/^none: .*does not support 'tls'/)
  })
})
