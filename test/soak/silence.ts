/**
 * `npm run soak -- --silence`: each of 300, then 2,000 meters speaks for an hour until 47.5 h ago, and then now. The two
 * days between are closed while a meter goes on every 50 ms. Printed are the slowest PUBACK of the daemon's own broker,
 * and the most memory that it had in that hour and in the silence.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import { machineOf, memoryBytes } from '../bench/machine.ts'
import { digits, powerSite } from '../bench/sites.ts'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { freePort } from '../servers/servers.ts'

const SILENCE_MS = 47.5 * 3_600_000
const HOUR_MINUTES = 60
const EVERY_MS = 50
const MB = 1_000_000

export async function soakSilence(): Promise<void> {
  const { cpu, cores, load } = machineOf()
  console.log(`${new Date().toISOString()}, ${cpu}, ${cores} cores, load ${load} before it began\n`)
  for (const points of [300, 2_000]) await afterSilence(points)
}

async function afterSilence(points: number): Promise<void> {
  const listen = `127.0.0.1:${await freePort()}`
  await using daemon = await startDaemon(JSON.stringify({ ...powerSite(points), mqtt: { listen } }))
  const client = await connectAsync(`mqtt://${listen}`)
  try {
    const silentMs = Date.now() - SILENCE_MS
    for (let minute = HOUR_MINUTES; minute > 0; minute--) await sayAll(client, points, silentMs - minute * 60_000)
    const hour = HOUR_MINUTES * points
    await until('the hour is folded', 300_000, async () => (await acceptedBy(daemon)) >= hour)
    const steadyBytes = memoryBytes(daemon.pid(), 'VmHWM')
    const beganMs = performance.now()
    const all = sayAll(client, points, Date.now())
    let slowestMs = 0
    for (let said = 1; (await acceptedBy(daemon)) < hour + points; said++) {
      const askedMs = performance.now()
      await client.publishAsync(`bench/m/${digits(0, points)}`, reading(Date.now()), { qos: 1 })
      slowestMs = Math.max(slowestMs, performance.now() - askedMs)
      await sleep(EVERY_MS)
    }
    await all
    const mostBytes = memoryBytes(daemon.pid(), 'VmHWM')
    console.log(
      `${points} points: closed in ${((performance.now() - beganMs) / 1000).toFixed(1)} s, slowest PUBACK ` +
        `${slowestMs.toFixed(0)} ms, at most ${(mostBytes / MB).toFixed(0)} MB (RSS), ${(steadyBytes / MB).toFixed(0)} MB before it`,
    )
  } finally {
    await client.endAsync()
  }
}

async function sayAll(client: MqttClient, points: number, tMs: number): Promise<void> {
  const topics = Array.from({ length: points }, (_, n) => `bench/m/${digits(n, points)}`)
  await Promise.all(topics.map((topic) => client.publishAsync(topic, reading(tMs), { qos: 1 })))
}

function reading(tMs: number): string {
  return JSON.stringify({ ts: tMs, kw: 100 })
}

async function acceptedBy(daemon: TestDaemon): Promise<number> {
  return (await daemon.metrics()).get('coldaisle_readings_total{outcome="accepted"}') ?? 0
}
