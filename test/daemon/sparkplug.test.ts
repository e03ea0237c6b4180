/** A daemon beside a real broker and a real edge node (Eclipse Tahu's client): births, data, a death, a start in between. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import sparkplug from 'sparkplug-client'
import type { UPayload } from 'sparkplug-client'
import { startDaemon, type TestDaemon } from '../servers/daemon.ts'
import { needs, startMosquitto, type Server } from '../servers/servers.ts'

const mosquitto = needs('mosquitto')
const PATIENCE = { timeout: 20_000, interval: 200 }

let broker: Server
let daemon: TestDaemon
beforeAll(async () => {
  if (!mosquitto) return
  broker = await startMosquitto()
  daemon = await startDaemon(`
site: { id: dc, timezone: UTC }
mqtt: { url: "${broker.url}" }
points:
  fac: { topic: spBv1.0/DC/DDATA/edge/meter, at: /Meter/Power, unit: kW, everyS: 10 }
  e: { topic: spBv1.0/DC/DDATA/edge/meter, at: /Meter/Energy, unit: Wh, register: {}, everyS: 10 }
  t: { topic: spBv1.0/DC/NDATA/edge, at: /Inlet/Temperature, unit: °C, everyS: 10 }
`)
})
afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]()
  await broker?.stop()
})

/** An edge node that is connected and wants to be born. */
async function edgeNode() {
  const { hostname, port } = new URL(broker.url)
  const edge = sparkplug.newClient({
    serverUrl: `mqtt://${hostname}:${port}`,
    username: '',
    password: '',
    groupId: 'DC',
    edgeNode: 'edge',
    clientId: `edge-${Math.random()}`,
    version: 'spBv1.0',
    publishDeath: true,
  })
  await once(edge, 'birth')
  return edge
}

const node = (value: number): UPayload => ({
  timestamp: Date.now(),
  metrics: [{ name: 'Inlet/Temperature', type: 'Float', value }],
})
const meter = (power: number, energy: number): UPayload => ({
  timestamp: Date.now(),
  metrics: [
    { name: 'Meter/Power', alias: 1, type: 'Double', value: power },
    { name: 'Meter/Energy', alias: 2, type: 'UInt64', value: energy },
  ],
})
const byAlias = (power: number): UPayload => ({
  timestamp: Date.now(),
  metrics: [{ alias: 1, type: 'Double', value: power } as never],
})

async function counted(outcome: string): Promise<number> {
  const samples = await daemon.metrics()
  const [, count = 0] = [...samples].find(([name]) => name.includes('readings') && name.includes(`"${outcome}"`)) ?? []
  return count
}

test.skipIf(!mosquitto)('readings of births, names and aliases are taken; a death is told', async () => {
  const edge = await edgeNode()
  edge.publishNodeBirth(node(21))
  edge.publishDeviceBirth('meter', meter(100, 5))
  await vi.waitFor(async () => expect(await counted('accepted')).toBe(3), PATIENCE)
  await sleep(5)
  edge.publishDeviceData('meter', byAlias(101))
  edge.publishNodeData(node(21.5))
  await vi.waitFor(async () => expect(await counted('accepted')).toBe(5), PATIENCE)

  // Aliases are known after a start as before it
  await daemon.kill()
  await daemon.start()
  edge.publishDeviceData('meter', byAlias(102))
  await vi.waitFor(async () => expect(await counted('accepted')).toBe(6), PATIENCE)

  // What is said while the daemon is away is lost, and may have been a birth
  await daemon.stop()
  edge.publishDeviceData('meter', byAlias(103))
  await sleep(200)
  await daemon.start()
  edge.publishDeviceData('meter', byAlias(104))
  await vi.waitFor(async () => expect(await counted('before_birth')).toBe(2), PATIENCE)

  edge.stop()
  const alarms = async () => {
    const answer = await fetch(`${daemon.url}/api/v1/latest?measurement=alarm`)
    return JSON.stringify(await answer.json())
  }
  await vi.waitFor(async () => expect(await alarms()).toContain('DC/edge'), PATIENCE)
  expect(await counted('bad_payload')).toBe(0)
})
