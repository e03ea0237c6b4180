/** Rows that a real InfluxDB will never take as they are: told once, listed, sent again once that is mended, or dropped. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import type { DeadLetter } from '../../src/store/types.ts'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { freePort, needs, startInfluxd } from '../servers/servers.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))

async function deadLetters(daemon: TestDaemon, ...args: string[]): Promise<{ code: number; out: string }> {
  const [kind = '', ...rest] = args
  const all = [COLDAISLE, 'dead-letters', kind, '--config', join(daemon.folder, 'site.yaml'), ...rest]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, out }
}

const listed = async (daemon: TestDaemon): Promise<DeadLetter[]> =>
  JSON.parse((await deadLetters(daemon, 'list', '--json')).out) as DeadLetter[]

test.skipIf(!needs('influxd'))(
  'a field of another type in the database: its rows are kept, listed, and sent again once it is gone',
  async () => {
    await using influxd = await startInfluxd()
    const query = async (q: string): Promise<string> =>
      (await fetch(`${influxd.url}/query?db=coldaisle`, { method: 'POST', body: new URLSearchParams({ q }) })).text()
    await query('CREATE DATABASE coldaisle')
    // The type of a field is one of its shard: that of this week
    const body = `energy mean_w="much" ${Date.now()}000000`
    await fetch(`${influxd.url}/write?db=coldaisle`, { method: 'POST', body })
    const port = await freePort()
    await using daemon = await startDaemon(`
site: { id: dc, timezone: UTC }
mqtt: { listen: "127.0.0.1:${port}" }
influx: { url: "${influxd.url}", database: coldaisle }
core: { latenessS: 60 }
points: { main: { topic: dc/main, timeAt: /ts, at: /kw, unit: kW, everyS: 10 } }
`)
    expect(await deadLetters(daemon, 'list')).toEqual({ code: 0, out: 'there are no dead letters\n' })
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`)
    const fromMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000
    for (let tMs = fromMs; tMs <= fromMs + 300_000; tMs += 10_000) {
      await client.publishAsync('dc/main', JSON.stringify({ ts: tMs, kw: 60 }), { qos: 1 })
    }
    client.end(true)
    await until('four rows are dead letters', 60_000, async () => (await listed(daemon)).length >= 4)

    const [newest] = await listed(daemon)
    expect(newest).toMatchObject({ measurement: 'energy', tags: { point: 'main' }, fields: { mean_w: 60_000 } })
    expect(newest?.reason).toContain('type conflict')
    expect((await deadLetters(daemon, 'list')).out).toMatch(/^id +time +measurement +tags +fields +reason\n/)
    expect(daemon.log().match(/dead letters: kept/g), 'told once').toHaveLength(1)
    expect(await deadLetters(daemon, 'retry'), 'it runs').toMatchObject({ code: 2 })
    expect(await daemon.stop()).toBe(0)

    const kept = await listed(daemon)
    const oldest = kept.at(-1)
    expect(await deadLetters(daemon, 'drop', String(oldest?.id))).toMatchObject({
      code: 0,
      out: '1 dead letters are forgotten\n',
    })
    await query('DROP MEASUREMENT energy')
    const { code, out } = await deadLetters(daemon, 'retry')
    expect([code, out]).toEqual([0, `${kept.length - 1} rows wait for InfluxDB again: start the daemon\n`])
    expect(await listed(daemon)).toEqual([])
    await daemon.start()
    const ends = [...new Set(kept.map(({ timeMs }) => timeMs))].filter((timeMs) => timeMs !== oldest?.timeMs)
    const found = async (): Promise<string> => query("SELECT mean_w FROM energy WHERE point = 'main'")
    await until('the others are there', 30_000, async () => {
      const text = await found()
      return ends.every((timeMs) => text.includes(new Date(timeMs).toISOString().replace('.000Z', 'Z')))
    })
    expect(await listed(daemon)).toEqual([])
  },
  120_000,
)
