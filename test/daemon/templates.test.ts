/** A daemon whose points stand in a table, beside a real broker: members, orphans, and a reload that sees the table's change. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { checkLive } from '../../src/commands/check/live.ts'
import { readConfig } from '../../src/config/config.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import type { Publisher } from '../../src/mqtt/source.ts'
import { createSite } from '../../src/site/site.ts'
import { startDaemon, type TestDaemon } from '../servers/daemon.ts'
import { needs, startMosquitto, type Server } from '../servers/servers.ts'

const mosquitto = needs('mosquitto')
const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const PATIENCE = { timeout: 20_000, interval: 100 }
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-table-'))
const table = join(folder, 'racks.csv')
const part = join(folder, 'racks.yaml')
const text = (url: string) => `
site: { id: dc, timezone: UTC }
mqtt: { url: "${url}" }
points: { main: { topic: dc/main, unit: kW } }
include: ${part}
`

let broker: Server
let daemon: TestDaemon
let publisher: Publisher
beforeAll(async () => {
  if (!mosquitto) return
  writeFileSync(table, 'hall;rack\nh1;r01\nh1;r02\n')
  writeFileSync(
    part,
    `templates:
  - { members: racks.csv, topic: 'dc/{hall}/{rack}/p', points: { '{hall}-{rack}': { unit: W } } }
  - { members: [a, b], topic: 'gw/+/{id}', points: { 'gw-{id}': { unit: °C } } }
`,
  )
  broker = await startMosquitto()
  daemon = await startDaemon(text(broker.url))
  publisher = await connectPublisher(broker.url)
})
afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]()
  await publisher?.close()
  await broker?.stop()
  rmSync(folder, { recursive: true })
})

async function counts(): Promise<Record<string, number>> {
  const samples = [...(await daemon.metrics())]
  return Object.fromEntries(
    ['accepted', 'orphan', 'unknown_topic'].map((word) => [
      word,
      samples.find(([name]) => name.startsWith('coldaisle_readings') && name.includes(`"${word}"`))?.[1] ?? NaN,
    ]),
  )
}

async function say(topic: string, payload: string): Promise<void> {
  await publisher.publish(topic, payload, { qos: 1, retain: false })
}

async function refused(): Promise<string> {
  const args = [COLDAISLE, 'refused', '--config', join(daemon.folder, 'site.yaml'), '--outcome', 'orphan']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.on('data', (more: Buffer) => (out += more.toString()))
  await once(child, 'close')
  return out
}

test.skipIf(!mosquitto)(
  'members count, what else comes on their topics is an orphan, until the table has it',
  async () => {
    for (const topic of ['dc/main', 'dc/h1/r01/p', 'dc/h1/r02/p', 'gw/7/a', 'gw/8/b']) await say(topic, '20')
    for (const topic of ['dc/h2/r09/p', 'dc/h2/r09/p', 'gw/7/c', 'dc/h1/r01/q']) await say(topic, '21')
    await vi.waitFor(async () => expect(await counts()).toEqual({ accepted: 5, orphan: 3, unknown_topic: 0 }), PATIENCE)
    await vi.waitFor(async () => expect(await refused()).toMatch(/^orphan +dc\/h2\/r09\/p +2 /m), PATIENCE)
    expect(await refused()).toMatch(/^orphan +gw\/7\/c +1 /m)

    appendFileSync(table, 'h2;r09\n')
    daemon.reload(text(broker.url))
    await vi.waitFor(() => expect(daemon.log()).toContain('configuration reloaded'), PATIENCE)
    await say('dc/h2/r09/p', '22')
    await vi.waitFor(async () => expect(await counts()).toEqual({ accepted: 6, orphan: 3, unknown_topic: 0 }), PATIENCE)

    appendFileSync(table, 'h2;r10;x\n')
    daemon.reload(text(broker.url))
    await vi.waitFor(
      () => expect(daemon.log()).toContain('racks.csv:5:1 templates[0].members: the line has more'),
      PATIENCE,
    )
  },
)

test.skipIf(!mosquitto)('`check --live` names orphans, and a point that two devices feed', async () => {
  writeFileSync(table, 'hall;rack\nh1;r01\n')
  writeFileSync(join(folder, 'site.yaml'), text(broker.url))
  const read = readConfig(join(folder, 'site.yaml'), {})
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  const listening = checkLive(createSite(read.config), 2)
  for (let round = 0; round < 6; round++) {
    for (const topic of ['dc/h1/r01/p', 'dc/h3/r01/p', 'gw/1/a', 'gw/2/a', 'gw/1/b']) await say(topic, '20')
    await new Promise((done) => setTimeout(done, 200))
  }
  const { text: told } = await listening
  expect(told).toMatch(/^orphan topics\n {2}dc\/h3\/r01\/p: of no member of its template; \d+ messages/m)
  expect(told).toMatch(/^several topics\n {2}gw-a: read from gw\/1\/a, gw\/2\/a: if these are several devices/m)
  expect(told).not.toMatch(/gw-b: read from/)
})
