/** Refused packets as a user asks for them: the command, the API and the page's question, of a daemon and without one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import type { RefusedBody } from '../../src/http/refused-body.ts'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { freePort } from '../servers/servers.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))

async function refused(daemon: TestDaemon, ...args: string[]): Promise<{ code: number; out: string }> {
  const all = [COLDAISLE, 'refused', '--config', join(daemon.folder, 'site.yaml'), ...args]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, out }
}

const asked = async (daemon: TestDaemon, ...args: string[]): Promise<RefusedBody> =>
  JSON.parse((await refused(daemon, '--json', ...args)).out) as RefusedBody

const countsOf = ({ counts }: RefusedBody): string[] =>
  counts.map(({ outcome, topic, readings }) => `${outcome} ${topic} ${readings}`).toSorted()

test('refused readings are told with reason, topic, points and payload, by a daemon, over a kill, and without one', async () => {
  const port = await freePort()
  await using daemon = await startDaemon(`
site: { id: dc, timezone: UTC }
mqtt: { listen: "127.0.0.1:${port}" }
points:
  main: { topic: dc/main, unit: kW, everyS: 10 }
  t: { topic: dc/air, at: /t, unit: °C, everyS: 10, min: 0, max: 50 }
  rh: { topic: dc/air, at: /rh, unit: '%', everyS: 10 }
`)
  expect(await refused(daemon)).toEqual({ code: 0, out: 'nothing was refused\n' })
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`)
  const say = (topic: string, payload: string | Buffer) => client.publishAsync(topic, payload, { qos: 1 })
  await say('dc/main', '120')
  for (let n = 0; n < 20; n++) await say('dc/main', '-5')
  await say('dc/air', '{"t":85}')
  await say('dc/strange', Buffer.from([0xff, 0x00]))
  const all = ['negative dc/main 20', 'no_value dc/air 1', 'out_of_range dc/air 1', 'unknown_topic dc/strange 1']
  await until('all are counted', 10_000, async () => countsOf(await asked(daemon)).join() === all.join())

  expect(await asked(daemon, '--topic', 'dc/air', '--outcome', 'out_of_range')).toMatchObject({
    counts: [{ outcome: 'out_of_range', topic: 'dc/air', readings: 1 }],
    packets: [{ outcome: 'out_of_range', topic: 'dc/air', points: ['t'], payload: '{"t":85}', bytes: 8 }],
  })
  expect((await asked(daemon, '--outcome', 'unknown_topic')).packets).toMatchObject([
    { payload_hex: 'ff00', points: [] },
  ])
  expect((await asked(daemon, '--outcome', 'negative')).packets).toHaveLength(1)
  expect(await asked(daemon, '--since', '1h')).toEqual(await asked(daemon))
  expect((await asked(daemon, '--since', new Date(Date.now() + 60_000).toISOString())).counts).toEqual([])
  const body = (await (await fetch(`${daemon.url}/api/v1/refused?topic=dc%2Fmain`)).json()) as RefusedBody
  expect(countsOf(body)).toEqual(['negative dc/main 20'])
  expect((await fetch(`${daemon.url}/api/v1/refused?why=1`)).status).toBe(400)
  expect((await daemon.metrics()).get('coldaisle_refused_kept')).toBe(4)

  const { out } = await refused(daemon)
  expect(out).toMatch(/reason +topic +readings +first +last\n/)
  expect(out).toMatch(/negative +dc\/main +20 /)
  expect(out).toMatch(/out_of_range +dc\/air +t +\{\\"t\\":85\}\n/)

  await daemon.kill()
  expect(countsOf(await asked(daemon))).toEqual(all)
  await daemon.start()
  await say('dc/main', '-6')
  client.end(true)
  expect(await daemon.stop()).toBe(0)
  expect((await asked(daemon, '--topic', 'dc/air')).counts).toHaveLength(2)
  expect(await refused(daemon, '--outcome', 'nonsense')).toMatchObject({ code: 2 })
  expect(await refused(daemon, '--since', 'yesterday')).toMatchObject({ code: 2 })
}, 120_000)
