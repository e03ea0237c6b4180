/** `/readyz` while InfluxDB is away: silent by default, since rows wait; after the minutes of `unreadyAfterMin` not ready. */
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { startDaemon, until } from '../servers/daemon.ts'
import { freePort, needs, startInfluxd } from '../servers/servers.ts'

async function ready(url: string): Promise<{ status: number; reasons: string[] }> {
  const answer = await fetch(`${url}/readyz`)
  const { reasons } = (await answer.json()) as { reasons: string[] }
  return { status: answer.status, reasons }
}

test.skipIf(!needs('influxd'))(
  'InfluxDB that does not answer makes the daemon unready where that is asked for, until it answers',
  async () => {
    await using influx = await startInfluxd()
    const listen = `127.0.0.1:${await freePort()}`
    const text = (keys: string) => `
site: { id: dc, timezone: UTC }
mqtt: { listen: "${listen}" }
influx: { url: "${influx.url}", database: dc${keys} }
points: { main: { topic: dc/main, unit: kW, everyS: 10 } }
`
    await using daemon = await startDaemon(text(', unreadyAfterMin: 0'))
    await influx.kill()
    const client = await connectAsync(`mqtt://${listen}`)
    try {
      const minute = Math.floor(Date.now() / 60_000) * 60_000
      for (const ts of [-240, -180, -120, -60].map((s) => minute + s * 1000)) {
        await client.publishAsync('dc/main', JSON.stringify({ ts, value: 5 }), { qos: 1 })
      }
    } finally {
      await client.endAsync()
    }
    await until('it says so', 60_000, async () => (await ready(daemon.url)).status === 503)
    expect((await ready(daemon.url)).reasons).toEqual(['InfluxDB has not answered for 0 min'])
    await influx.restart()
    await until('it is ready again', 60_000, async () => (await ready(daemon.url)).status === 200)
    expect(await daemon.stop()).toBe(0)
  },
  180_000,
)
