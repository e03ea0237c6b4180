/** Certificates and keys that a configuration names: what does not work is found before anybody waits for it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fileDrafts, looseSecrets } from '../../src/config/files/named-files.ts'
import { tlsFaults, type TlsPart } from '../../src/config/files/tls-files.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-tls-'))
const DAY_MS = 86_400_000
const NOW_MS = Date.now()
const at = (name: string) => join(folder, name)
const bytes = (name: string) => readFileSync(at(name))

if (openssl) {
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  for (const name of ['ours', 'other']) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`]
    run('req', '-x509', ...key, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '2')
  }
  run('req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-keyout', 'weak.key', '-out', 'weak.pem', '-subj', '/CN=weak')
  run('pkey', '-in', 'ours.key', '-aes128', '-passout', 'pass:secret', '-out', 'locked.key')
  writeFileSync(at('garbage'), 'hello\n')
  writeFileSync(
    at('half.pem'),
    bytes('ours.pem')
      .toString()
      .replace(/\n.{20}/, '\n'),
  )
  writeFileSync(
    at('half.key'),
    bytes('ours.key')
      .toString()
      .replace(/\n.{20}/, '\n'),
  )
  writeFileSync(at('chain.pem'), `${bytes('ours.pem').toString()}${bytes('other.pem').toString()}`)
}
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(!openssl)(`TLS files${openssl ? '' : ' (needs openssl)'}`, () => {
  const faults = (files: Partial<Record<TlsPart, string>>, nowMs?: number) => {
    const read = Object.entries(files).map(([key, name]) => [key, bytes(name)] as const)
    return tlsFaults(new Map(read), nowMs).map(({ key, reason }) => `${key} ${reason}`)
  }

  test.each<[string, Partial<Record<TlsPart, string>>, string[]]>([
    ['a pair', { certFile: 'ours.pem', keyFile: 'ours.key' }, []],
    ['a chain: the first is ours', { certFile: 'chain.pem', keyFile: 'ours.key', caFile: 'chain.pem' }, []],
    ['authorities alone', { caFile: 'other.pem' }, []],
    [
      'the key of another',
      { certFile: 'ours.pem', keyFile: 'other.key' },
      ['keyFile is the key of another certificate'],
    ],
    [
      'garbage',
      { certFile: 'garbage', keyFile: 'garbage', caFile: 'garbage' },
      ['certFile holds no certificate', 'caFile holds no certificate', 'keyFile holds no private key'],
    ],
    [
      'the wrong way round',
      { certFile: 'ours.key', keyFile: 'ours.pem' },
      ['certFile holds no certificate, but a key', 'keyFile holds no private key'],
    ],
    [
      'changed on the way',
      { certFile: 'half.pem', keyFile: 'half.key' },
      ['certFile holds a certificate that cannot be read', 'keyFile holds a key that cannot be read'],
    ],
    [
      'a key with a passphrase',
      { certFile: 'ours.pem', keyFile: 'locked.key' },
      ['keyFile holds a key with a passphrase'],
    ],
    [
      'RSA of 1024 bits, with which OpenSSL does not work',
      { certFile: 'weak.pem', keyFile: 'weak.key' },
      ['certFile is refused by OpenSSL: ee key too small'],
    ],
  ])('%s', (_, files, found) => {
    expect(faults(files)).toEqual(found)
  })

  test('a certificate that we show must hold now; another side judges ours itself', () => {
    const pair = { certFile: 'ours.pem', keyFile: 'ours.key' }
    expect(faults(pair, NOW_MS)).toEqual([])
    expect(faults(pair, NOW_MS + 3 * DAY_MS)).toEqual([expect.stringMatching(/^certFile ended on \d{4}-\d\d-\d\dT/)])
    expect(faults(pair, NOW_MS - DAY_MS)).toEqual([expect.stringMatching(/^certFile begins only on \d{4}-/)])
    chmodSync(at('ours.key'), 0o600)
    const drafts = (mqtt: object) =>
      fileDrafts({ written: { mqtt: { ...mqtt, ...pair } } }, folder, NOW_MS + 3 * DAY_MS).map(({ path }) => path)
    expect(drafts({ listen: '127.0.0.1:0' })).toEqual([['mqtt', 'certFile']])
    expect(drafts({ url: 'mqtts://broker' })).toEqual([])
  })
})

test.each([
  [0o600, true],
  [0o400, true],
  [0o640, true],
  [0o660, true],
  [0o644, false],
  [0o604, false],
  [0o602, false],
  [0o777, false],
])('a secret of mode %o', (mode, isFine) => {
  const file = at(`secret-${mode}`)
  writeFileSync(file, 'open sesame\n')
  chmodSync(file, mode)
  const octal = mode.toString(8).padStart(4, '0')
  const reason = `${file} is a secret that all accounts of this machine can read (mode ${octal})`
  const hint = `chmod 0600 ${file}; or \`security: relaxed\` where others are kept away, as in a container`
  const written = { influx: { passwordFile: file }, notify: { webhooks: [{ secretFile: file }] } }
  const places = [
    ['influx', 'passwordFile'],
    ['notify', 'webhooks', 0, 'secretFile'],
  ]
  const strict = isFine ? [] : places.map((path) => ({ path, part: 'content', reason, hint }))
  expect(fileDrafts({ written }, folder, NOW_MS)).toEqual(strict)
  expect(looseSecrets({ written }, folder)).toEqual([])
  const relaxed = { ...written, security: 'relaxed' }
  expect(fileDrafts({ written: relaxed }, folder, NOW_MS)).toEqual([])
  expect(looseSecrets({ written: relaxed }, folder)).toEqual(isFine ? [] : places.map(() => `${reason}: ${hint}`))
})
