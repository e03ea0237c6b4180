/** The embedded broker's certificate: refused at the start, kept or renewed by a reload. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { startDaemon, until } from '../servers/daemon.ts'
import { freePort } from '../servers/servers.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-certificates-'))
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
afterAll(() => rmSync(folder, { recursive: true }))

function make(commonName: string, days = '2'): void {
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${commonName}.key`]
  const args = ['req', '-x509', ...made, '-out', `${commonName}.pem`, '-subj', `/CN=${commonName}`, '-days', days]
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
}

/** Puts these files in the place of the daemon's. */
function place(certOf: string, keyOf: string): void {
  copyFileSync(join(folder, `${certOf}.pem`), cert)
  copyFileSync(join(folder, `${keyOf}.key`), key)
}

/** The name in the certificate that a new client is shown. */
async function shownAt(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
    resolve(String(socket.getPeerCertificate().subject.CN))
    socket.destroy()
  })
  socket.on('error', reject)
  return promise
}

test.skipIf(!openssl)(
  `a certificate that cannot be shown stops no running daemon, and starts none${openssl ? '' : ' (needs openssl)'}`,
  async () => {
    for (const commonName of ['first', 'second']) make(commonName)
    place('first', 'first')
    const port = await freePort()
    const text = `site: { id: dc, timezone: UTC }
mqtt: { listen: "127.0.0.1:${port}", certFile: ${cert}, keyFile: ${key} }
points: { main: { topic: dc/main, unit: kW } }
`
    await using daemon = await startDaemon(text)
    expect(await shownAt(port)).toBe('first')
    place('second', 'first')
    daemon.reload(text)
    await until('the refusal', 60_000, () => daemon.log().includes('is the key of another certificate'))
    expect(daemon.log()).toContain('the configuration has faults: nothing is changed')
    expect(await shownAt(port)).toBe('first')

    writeFileSync(join(folder, 'site.yaml'), text)
    for (const command of ['check', 'run']) {
      const args = [MAIN, command, '--config', join(folder, 'site.yaml')]
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
      expect(stderr).toContain(`mqtt.keyFile: ${key} is the key of another certificate`)
      expect(status).toBe(2)
    }

    place('second', 'second')
    daemon.reload(text)
    await until('the reload', 60_000, () => daemon.log().includes('configuration reloaded'))
    expect(await shownAt(port)).toBe('second')
    expect(await daemon.stop()).toBe(0)
  },
  180_000,
)

interface Row {
  tags: { severity: string }
  fields: { state: string; value?: number; message: string }
}

test.skipIf(!openssl)(
  'a certificate that ends is an alarm, which gets worse and is over when the renewed file is in its place',
  async () => {
    for (const [name, days] of [
      ['month', '20'],
      ['week', '6'],
      ['year', '400'],
    ] as const)
      make(name, days)
    place('month', 'month')
    const port = await freePort()
    const text = `site: { id: dc, timezone: UTC }
mqtt: { listen: "127.0.0.1:${port}", certFile: ${cert}, keyFile: ${key}, caFile: ${folder}/year.pem }
points: { main: { topic: dc/main, unit: kW } }
`
    await using daemon = await startDaemon(text)
    const told = async (): Promise<string[]> => {
      const answer = await fetch(`${daemon.url}/api/v1/latest?measurement=alarm&tag.alarm=certificate&count=10`)
      const rows = (await answer.json()) as Row[]
      return rows.map(({ tags, fields }) => `${tags.severity} ${fields.state} ${fields.value}`)
    }
    const days = async (name: string) =>
      (await daemon.metrics()).get(`coldaisle_certificate_ends_days{certificate="mqtt.${name}"}`)
    await until('the alarm', 30_000, async () => (await told()).includes('warning raised 19'))
    expect(await days('certFile')).toBeCloseTo(20, 1)
    expect(await days('caFile')).toBeCloseTo(400, 1)
    place('week', 'week')
    daemon.reload(text)
    await until('the week', 30_000, async () => (await told()).includes('critical raised 5'))
    expect(await shownAt(port)).toBe('week')
    place('year', 'year')
    daemon.reload(text)
    await until('the end', 30_000, async () => (await told()).some((it) => it.startsWith('critical cleared')))
    expect(await days('certFile')).toBeCloseTo(400, 1)
    expect(await daemon.stop()).toBe(0)
  },
  180_000,
)
