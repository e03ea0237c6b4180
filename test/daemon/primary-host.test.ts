/**
 * A daemon as a primary host application, beside a real broker and a real edge node. Names of tests are assertions of
 * the specification (3.0.0); they are no certificate.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectAsync, type MqttClient } from 'mqtt'
import sparkplug from 'sparkplug-client'
import type { UPayload } from 'sparkplug-client'
import { startDaemon, type TestDaemon } from '../servers/daemon.ts'
import { needs, startMosquitto, type Server } from '../servers/servers.ts'

const mosquitto = needs('mosquitto')
const PATIENCE = { timeout: 20_000, interval: 100 }
const STATE = 'spBv1.0/STATE/coldaisle-dc'

let broker: Server
let daemon: TestDaemon
let observer: MqttClient
const states: { online: boolean; timestamp: number; retain: boolean; qos: number }[] = []
const commands: { topic: string; qos: number; retain: boolean }[] = []

beforeAll(async () => {
  if (!mosquitto) return
  broker = await startMosquitto()
  observer = await connectAsync(broker.url, { protocolVersion: 5 })
  observer.on('message', (topic, payload, { retain, qos }) => {
    if (topic === STATE) states.push({ ...JSON.parse(payload.toString()), retain, qos })
    else commands.push({ topic, qos, retain })
  })
  await observer.subscribeAsync([STATE, 'spBv1.0/+/NCMD/#'], { qos: 1 })
  daemon = await startDaemon(`
site: { id: dc, timezone: UTC }
mqtt: { url: "${broker.url}" }
sparkplug: { primaryHost: coldaisle-dc }
points:
  fac: { topic: spBv1.0/DC/DDATA/edge/meter, at: /Meter/Power, unit: kW, everyS: 10 }
`)
})
afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]()
  await observer?.endAsync(true)
  await broker?.stop()
})

const newest = () => states.at(-1)
const told = (online: boolean) => vi.waitFor(() => expect(newest()?.online).toBe(online), PATIENCE)

async function counted(outcome: string): Promise<number> {
  const samples = await daemon.metrics()
  const [, count = 0] = [...samples].find(([name]) => name.includes('readings') && name.includes(`"${outcome}"`)) ?? []
  return count
}

describe.skipIf(!mosquitto)('a primary host', () => {
  test('host-topic-phid-birth-payload, -qos: online, with its time, at QoS 1', async () => {
    await told(true)
    expect(newest()).toMatchObject({ qos: 1 })
    expect(Math.abs(Date.now() - (newest()?.timestamp ?? 0))).toBeLessThan(60_000)
  })

  test('host-topic-phid-birth-retain: who comes later hears it', async () => {
    const late = await connectAsync(broker.url)
    const heard: [string, boolean][] = []
    late.on('message', (_, payload, { retain }) => heard.push([payload.toString(), retain]))
    await late.subscribeAsync(STATE)
    await vi.waitFor(() => expect(heard).toEqual([[expect.stringContaining('"online":true'), true]]), PATIENCE)
    await late.endAsync(true)
  })

  test('hid-sparkplug-state-message-delivered: another says that we are gone, and we say that we are not', async () => {
    await observer.publishAsync(STATE, JSON.stringify({ online: false, timestamp: Date.now() }), {
      qos: 1,
      retain: true,
    })
    await told(true)
    expect(states.some(({ online }) => !online)).toBe(true)
  })

  test('host-topic-phid-death-payload-timestamp: the will has the time of the birth', async () => {
    const bornMs = newest()?.timestamp
    await daemon.kill()
    await told(false)
    expect(newest()?.timestamp).toBe(bornMs)
    await daemon.start()
    await told(true)
    expect(newest()?.timestamp).toBeGreaterThan(bornMs ?? Infinity)
  })

  test('operational-behavior-data-commands-rebirth-*: a node whose data mean nothing is asked for a rebirth', async () => {
    const { hostname, port } = new URL(broker.url)
    const edge = sparkplug.newClient({
      serverUrl: `mqtt://${hostname}:${port}`,
      username: '',
      password: '',
      groupId: 'DC',
      edgeNode: 'edge',
      clientId: 'edge',
      version: 'spBv1.0',
    })
    const asked: UPayload[] = []
    edge.on('ncmd', (payload) => asked.push(payload))
    await once(edge, 'birth')
    const power = (metric: object): UPayload => ({ timestamp: Date.now(), metrics: [metric as never] })
    // A node that was born before we listened: its aliases are unknown
    edge.publishDeviceData('meter', power({ alias: 1, type: 'Double', value: 5 }))
    await vi.waitFor(() => expect(asked.length).toBe(1), PATIENCE)
    expect(asked[0]?.metrics).toMatchObject([{ name: 'Node Control/Rebirth', type: 'Boolean', value: true }])
    expect(commands).toEqual([{ topic: 'spBv1.0/DC/NCMD/edge', qos: 0, retain: false }])
    edge.publishNodeBirth({ timestamp: Date.now(), metrics: [] })
    edge.publishDeviceBirth('meter', power({ name: 'Meter/Power', alias: 1, type: 'Double', value: 6 }))
    await sleep(5)
    edge.publishDeviceData('meter', power({ alias: 1, type: 'Double', value: 7 }))
    await vi.waitFor(async () => expect(await counted('accepted')).toBeGreaterThan(1), PATIENCE)
    expect(await counted('before_birth')).toBe(1)
    edge.stop()
  })

  test('operational-behavior-host-application-termination: it says that it goes', async () => {
    expect(await daemon.stop()).toBe(0)
    await told(false)
  })
})
