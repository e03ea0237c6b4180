import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort, have, needs, startInfluxd, startMosquitto, type Server } from './servers.ts'

const mosquitto = needs('mosquitto', 'mosquitto_pub', 'mosquitto_sub')
const influxd = needs('influxd')

function publish(server: Server, topic: string, message: string, ...more: string[]): void {
  execFileSync('mosquitto_pub', ['-p', String(server.port), '-q', '1', '-t', topic, '-m', message, ...more])
}

function receiveOne(server: Server, topic: string): string {
  return execFileSync('mosquitto_sub', ['-p', String(server.port), '-t', topic, '-C', '1', '-W', '5'], {
    encoding: 'utf8',
  }).trim()
}

test('a program that is not there is said to be missing, and a free port can be listened on', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  try {
    expect(have('chromium')).toBe(false)
  } finally {
    process.env['PATH'] = path
  }
  const server = createServer().listen(await freePort(), '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  server.close()
})

test('CI fails for want of a program where elsewhere the test is skipped', () => {
  const { PATH, CI } = process.env
  process.env['PATH'] = '/nowhere'
  process.env['CI'] = '1'
  try {
    expect(() => needs('chromium')).toThrow(/lacks chromium \(Debian: chromium\)/)
  } finally {
    process.env['PATH'] = PATH
    if (CI === undefined) delete process.env['CI']
    else process.env['CI'] = CI
  }
})

test.skipIf(!mosquitto)('a broker takes messages as soon as it is there, and is gone after stop', async () => {
  const broker = await startMosquitto()
  publish(broker, 'a/b', '42', '-r')
  expect(receiveOne(broker, 'a/b')).toBe('42')
  const pid = broker.pid()
  await broker.stop()
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  expect(existsSync(broker.folder)).toBe(false)
  expect(() => broker.pid()).toThrow(/does not run/)
})

test.skipIf(!mosquitto)(
  'a broker that is killed comes back on its port, one that is restarted keeps its messages',
  async () => {
    await using broker = await startMosquitto()
    publish(broker, 'a/b', 'kept', '-r')
    await broker.restart()
    expect(receiveOne(broker, 'a/b')).toBe('kept')
    const before = broker.pid()
    await broker.kill()
    await broker.restart()
    expect(broker.pid()).not.toBe(before)
    expect(receiveOne(broker, 'a/b')).toBe('kept')
  },
)

test.skipIf(!mosquitto)('lines of the test win over the defaults', async () => {
  await using broker = await startMosquitto({
    config: ['allow_anonymous false', 'password_file {folder}/passwords'],
    prepare: (folder) => {
      writeFileSync(join(folder, 'passwords'), '', { mode: 0o600 })
      execFileSync('mosquitto_passwd', ['-b', join(folder, 'passwords'), 'site', 'secret'], { stdio: 'ignore' })
    },
  })
  expect(() => publish(broker, 'a', '1')).toThrow(/not authorised/i)
  publish(broker, 'a', '1', '-u', 'site', '-P', 'secret')
})

test.skipIf(!mosquitto)('a broker that cannot start says why', async () => {
  await expect(startMosquitto({ config: ['no_such_word 1'] })).rejects.toThrow(/no_such_word/)
})

test.skipIf(!influxd)('a database answers, and holds its points over kill and restart', async () => {
  await using server = await startInfluxd()
  async function query(q: string): Promise<string> {
    const response = await fetch(`${server.url}/query?db=site`, { method: 'POST', body: new URLSearchParams({ q }) })
    return response.text()
  }
  expect((await fetch(`${server.url}/ping`)).status).toBe(204)
  await query('CREATE DATABASE site')
  const write = await fetch(`${server.url}/write?db=site`, {
    method: 'POST',
    body: 'pue,boundary=dc5 pue=1.25 60000000000',
  })
  expect(write.status).toBe(204)
  await server.kill()
  await server.restart()
  expect(await query('SELECT pue FROM pue')).toContain('1.25')
})
