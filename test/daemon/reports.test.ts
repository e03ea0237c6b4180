/** The daemon itself: reports of days that ended while it was stopped are there once it runs again, and on its page. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { startDaemon, until } from '../servers/daemon.ts'
import { freePort } from '../servers/servers.ts'

const DAY_MS = 86_400_000
const STEP_MS = 1_800_000

test('reports of days that ended while it was stopped are made up for at its start', { timeout: 60_000 }, async () => {
  const port = await freePort()
  await using daemon = await startDaemon(`
site: { id: dc5, timezone: Etc/UTC }
core: { intervalS: 900, windows: [day] }
mqtt: { listen: "127.0.0.1:${port}" }
points:
  main: { topic: dc/main, unit: kW, everyS: 1800 }
  it: { topic: dc/it, unit: kW, everyS: 1800 }
boundaries: { dc5: { facility: [main], it: [it] } }
schedule: { reports: [{ every: day }] }
`)
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`)
  const untilMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
  const fromMs = (Math.floor(untilMs / DAY_MS) - 2) * DAY_MS
  const sent: Promise<unknown>[] = []
  for (let tMs = fromMs; tMs <= untilMs; tMs += STEP_MS) {
    const payload = (value: number) => JSON.stringify({ ts: tMs, value })
    sent.push(
      client.publishAsync('dc/main', payload(120), { qos: 1 }),
      client.publishAsync('dc/it', payload(100), { qos: 1 }),
    )
  }
  await Promise.all(sent)
  await client.endAsync()
  expect(await daemon.stop()).toBe(0)
  const marks = join(daemon.storePath, 'schedule.json')
  const written = JSON.parse(readFileSync(marks, 'utf8')) as Record<string, number>
  writeFileSync(marks, JSON.stringify({ ...written, 'energy reports': fromMs }))
  await daemon.start()
  const day = new Date(fromMs).toISOString().slice(0, 10)
  const list = async () => await (await fetch(`${daemon.url}/reports`)).text()
  await until('the report of the day is there', 20_000, async () => (await list()).includes(`${day} · eu-2024-1364`))
  const at = `${daemon.url}/reports/dc5-${day}-eu-2024-1364/r0`
  const report = (await (await fetch(`${at}/report.json`)).json()) as {
    status: string
    indicators: { value: number }[]
  }
  expect(report).toMatchObject({ status: 'preliminary', coverage: 1 })
  expect(report.indicators[0]?.value).toBe(1.2)
  expect((await fetch(`${at}.zip`)).headers.get('content-type')).toBe('application/zip')
})
