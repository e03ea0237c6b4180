/**
 * What others show of a site: metrics, state topics, and the documents of both ways. A real daemon beside a real broker;
 * each path and each topic is held to what its document says of it.
 */
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { needs, startMosquitto, type Server } from '../servers/servers.ts'

const mosquitto = needs('mosquitto')
const PATIENCE = { timeout: 20_000, interval: 100 }

/** JSON of which the tests know the members. */
type Json = Record<string, ReturnType<typeof JSON.parse>>

let broker: Server
let daemon: TestDaemon
let client: MqttClient
let beat: NodeJS.Timeout | undefined
/** The newest message of each topic, and after how many seconds the broker drops it. */
const heard = new Map<string, { text: string; expiryS: number | undefined }>()

beforeAll(async () => {
  if (!mosquitto) return
  broker = await startMosquitto()
  client = await connectAsync(broker.url, { protocolVersion: 5 })
  client.on('message', (topic, payload, { properties }) => {
    heard.set(topic, { text: payload.toString(), expiryS: properties?.messageExpiryInterval })
  })
  await client.subscribeAsync(['coldaisle/#', 'homeassistant/#'], { qos: 1 })
  daemon = await startDaemon(siteText('dc', 'spare'))
  const lastMs = Math.floor(Date.now() / 10_000) * 10_000
  for (let tMs = lastMs - 300_000; tMs <= lastMs; tMs += 10_000) await tell(tMs)
  beat = setInterval(() => void tell(Date.now()), 1_000)
  await client.publishAsync('coldaisle/dc/command', '{"command":"ack","alarm":"moisture","who":"otto","id":"1"}', {
    qos: 1,
  })
  await until('PUE and alarm on their topics', 20_000, () => {
    const { state } = told('coldaisle/dc/alarm/inlet_allowable/hot')
    return told('coldaisle/dc/state/pue/dc/1m')['pue'] === 1.5 && state === 'raised'
  })
})
afterAll(async () => {
  clearInterval(beat)
  await daemon?.[Symbol.asyncDispose]()
  await client?.endAsync(true)
  await broker?.stop()
})

/** A hall of three inlets, of which one is too warm and one is silent; the meter of the spare boundary is silent too. */
function siteText(...boundaries: string[]): string {
  const sums = { dc: '{ facility: [main], it: [it] }', spare: '{ facility: [main], it: [gone] }' } as Json
  return `
site: { id: dc, timezone: UTC }
mqtt: { url: "${broker.url}" }
core: { intervalS: 10, boundS: 5, windows: [1m, day] }
publish: { everyS: 5, windows: [live, 1m, day_to_date, 24h], homeAssistant: homeassistant }
alarms: { inlet_allowable: { onDelayS: 30 } }
points:
  main: { topic: dc/main, timeAt: /ts, at: /kw, unit: kW, everyS: 10, role: facility }
  it: { topic: dc/it, timeAt: /ts, at: /kw, unit: kW, everyS: 10, role: it }
  gone: { topic: dc/gone, timeAt: /ts, at: /kw, unit: kW, everyS: 10, role: gone }
  '{cool,hot,lost}-t': { topic: 'dc/{cool,hot,lost}', timeAt: /ts, at: /t, unit: °C, everyS: 10 }
  '{cool,hot,lost}-rh': { topic: 'dc/{cool,hot,lost}', timeAt: /ts, at: /rh, unit: '%', everyS: 10 }
boundaries: { ${boundaries.map((name) => `${name}: ${sums[name]}`).join(', ')} }
inlets:
  '{cool,hot,lost}': { dryBulb: '{cool,hot,lost}-t', humidity: '{cool,hot,lost}-rh', class: A2, hall: h1 }
`
}

async function tell(ts: number): Promise<void> {
  const send = (topic: string, reading: object) =>
    client.publishAsync(`dc/${topic}`, JSON.stringify({ ts, ...reading }))
  await Promise.all([
    send('main', { kw: 120 }),
    send('it', { kw: 80 }),
    send('cool', { t: 22, rh: 40 }),
    send('hot', { t: 40, rh: 20 }),
  ])
}

/** What stands on a topic; nothing: an empty object. */
function told(topic: string): Json {
  const text = heard.get(topic)?.text ?? ''
  return text === '' ? {} : JSON.parse(text)
}

async function documentOf(name: 'openapi' | 'asyncapi'): Promise<Json> {
  return (await (await fetch(`${daemon.url}/api/${name}.json`)).json()) as Json
}

/** A check that takes no member that the schema does not name, as readers of the document expect it. */
function strictly(schema: Json, components: Json = {}): z.ZodType {
  const close = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(close)
    if (typeof node !== 'object' || node === null) return node
    const closed = Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, close(inner)]))
    return closed['properties'] === undefined ? closed : { additionalProperties: false, ...closed }
  }
  const text = JSON.stringify(close({ ...schema, $defs: components })).replaceAll('#/components/schemas/', '#/$defs/')
  return z.fromJSONSchema(JSON.parse(text))
}

describe.skipIf(!mosquitto)('metrics of the site', () => {
  test('tell PUE, power, the worst inlet and alarms, and nothing of what is not known', async () => {
    const samples = await daemon.metrics()
    const of = (name: string) => samples.get(`coldaisle_${name}`)
    expect(of('pue{boundary="dc",window="1m",category="1"}')).toBe(1.5)
    expect(of('pue_coverage_ratio{boundary="dc",window="1m",category="1"}')).toBe(1)
    expect(of('pue{boundary="spare",window="1m",category="1"}')).toBeUndefined()
    expect(of('power_watts{role="facility"}')).toBe(120_000)
    expect([of('power_watts{role="gone"}'), of('power_meters{role="gone",state="unknown"}')]).toEqual([undefined, 1])
    expect(
      ['recommended', 'allowable', 'out', 'unknown'].map((band) => of(`inlets{hall="h1",band="${band}"}`)),
    ).toEqual([1, 0, 1, 1])
    expect(of('worst_inlet_dry_bulb_celsius{hall="h1",rack="hot",inlet="hot"}')).toBe(40)
    expect(of('worst_inlet_headroom_kelvin{hall="h1",rack="hot",inlet="hot"}')).toBe(-13)
    expect(of('alarms{alarm="inlet_allowable",severity="critical"}')).toBe(1)
    expect([...samples.keys()].filter((name) => /window="day"/.test(name))).toEqual([]) // it has ended
  })
})

describe.skipIf(!mosquitto)('the OpenAPI document', () => {
  test('names each path once, with an id of its own', async () => {
    const { openapi, paths } = await documentOf('openapi')
    const ids = Object.values<Json>(paths).flatMap((methods) =>
      Object.values<Json>(methods).map((it) => it.operationId),
    )
    expect([openapi, ids.length, new Set(ids).size]).toEqual(['3.1.0', ids.length, ids.length])
    expect(ids).toEqual(
      expect.arrayContaining(['getApiV1Rows', 'getMetrics', 'getApiOpenapiJson', 'getApiAsyncapiJson']),
    )
    expect(ids).not.toContain('postApiV1AlarmsCommand') // without accounts nobody gives orders
  })

  test('is kept by each path: status, type and every member of the answer; each question may be asked', async () => {
    const { paths, components } = await documentOf('openapi')
    const examples: Json = {
      field: 'coverage',
      boundary: 'dc',
      window: '1m',
      indicator: 'pue',
      topic: 'dc/main',
      'tag.boundary': 'dc',
    }
    const example = ({ name, schema }: Json): string =>
      examples[name] ??
      schema.enum?.[1] ??
      String(schema.default ?? (schema.anyOf === undefined ? 1 : Date.now() - 60_000))
    for (const [path, { get }] of Object.entries<Json>(paths)) {
      const required = get.parameters.filter((it: Json) => it.required)
      const others = get.parameters.filter((it: Json) => !it.required && !it.name.startsWith('tag.'))
      for (const asked of [required, ...others.map((it: Json) => [...required, it])]) {
        const query = new URLSearchParams(asked.map((it: Json) => [it.name, example(it)]))
        const stop = new AbortController()
        const response = await fetch(`${daemon.url}${path}?${query.toString()}`, { signal: stop.signal })
        const [type, { schema }] = Object.entries<Json>(get.responses['200'].content)[0]!
        expect([path, query.toString(), response.status, response.headers.get('content-type')]).toEqual([
          path,
          query.toString(),
          200,
          expect.stringContaining(type),
        ])
        const answer: unknown = type === 'application/json' ? await response.json() : ''
        stop.abort()
        expect([path, strictly(schema, components.schemas).safeParse(answer).error?.issues]).toEqual([path, undefined])
      }
    }
  })

  test('tells rows of every measurement as they are', async () => {
    const { paths, components } = await documentOf('openapi')
    const measurement = paths['/api/v1/latest'].get.parameters.find((it: Json) => it.name === 'measurement')
    const rows = strictly({ $ref: '#/components/schemas/Rows' }, components.schemas)
    for (const name of measurement.schema.enum) {
      const response = await fetch(`${daemon.url}/api/v1/latest?measurement=${name}`)
      const told: unknown = response.ok ? await response.json() : []
      expect([name, rows.safeParse(told).error, response.status]).toEqual([
        name,
        undefined,
        name === 'audit' ? 403 : 200,
      ])
    }
  })
})

describe.skipIf(!mosquitto)('state topics', () => {
  test('tell what is known, null for what is not, and until when it holds', () => {
    const pue = told('coldaisle/dc/state/pue/dc/1m')
    expect(pue).toMatchObject({ pue: 1.5, coverage: 1, name: 'iPUE', state: expect.any(String), suspect: false })
    expect(Date.now() - Date.parse(pue['time'])).toBeLessThan(60_000)
    expect(told('coldaisle/dc/state/pue/spare/1m')).toMatchObject({ time: null, pue: null })
    expect(told('coldaisle/dc/state/power/it')).toMatchObject({ power_w: 80_000, meters: 1, known: 1 })
    expect(told('coldaisle/dc/state/power/gone')).toMatchObject({ time: null, power_w: null, meters: 1, known: 0 })
    expect(told('coldaisle/dc/state/inlets/h1')).toMatchObject({
      out: 1,
      unknown: 1,
      worst_inlet: 'hot',
      headroom_k: -13,
    })
    expect(told('coldaisle/dc/state/alarms')['critical']).toBe(1)
    const windows = [...heard.keys()]
      .filter((topic) => topic.includes('/state/pue/dc/'))
      .map((topic) => topic.split('/')[5])
    expect(windows).toEqual(['live', '1m', 'day_to_date']) // the site has no 24h
    const states = [...heard].filter(([topic]) => topic.includes('/state/'))
    expect(states.filter(([, { expiryS = 0 }]) => !(expiryS > 0 && expiryS <= 15))).toEqual([])
  })

  test('are announced to Home Assistant, which forgets them with the daemon', () => {
    const announced = [...heard].filter(([topic]) => topic.startsWith('homeassistant/'))
    const sensors = announced.map(([topic]) => told(topic))
    expect(sensors.map((it) => it['name'])).toEqual(
      expect.arrayContaining(['PUE dc 1m', 'Power it', 'Headroom h1', 'Alarms']),
    )
    expect(new Set(sensors.map((it) => it['unique_id'])).size).toBe(sensors.length)
    for (const [topic] of announced) expect(topic).toMatch(/^homeassistant\/sensor\/coldaisle\/[A-Za-z0-9_-]+\/config$/)
    for (const sensor of sensors) {
      const member = /^\{\{ value_json\.(\w+) \}\}$/.exec(sensor['value_template'])?.[1] ?? ''
      expect(told(sensor['state_topic'])).toHaveProperty(member)
      expect(sensor).toMatchObject({ expire_after: 15, availability: [{ topic: 'coldaisle/dc/status' }] })
    }
  })

  test('and all others are as the AsyncAPI document says', async () => {
    const { asyncapi, channels } = await documentOf('asyncapi')
    expect(asyncapi).toBe('3.0.0')
    const known = Object.values<Json>(channels).map((channel) => ({
      pattern: new RegExp(`^${channel['address'].replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      check: strictly(channel['messages'].told.payload),
    }))
    const used = new Set<unknown>()
    for (const [topic, { text }] of heard) {
      const channel = known.find(({ pattern }) => pattern.test(topic))
      expect([topic, channel?.check.safeParse(JSON.parse(text)).error]).toEqual([topic, undefined])
      expect([topic, channel]).toEqual([topic, expect.anything()])
      used.add(channel)
    }
    expect(known.filter((channel) => !used.has(channel)).map(({ pattern }) => pattern.source)).toEqual([
      '^coldaisle\\/dc\\/flood\\/[^/]+\\/[^/]+$',
    ])
  })

  test('of what the site has no more are emptied', async () => {
    daemon.reload(siteText('dc'))
    await vi.waitFor(() => expect(heard.get('coldaisle/dc/state/pue/spare/1m')?.text).toBe(''), PATIENCE)
    const left = [...heard].filter(([topic, { text }]) => topic.startsWith('homeassistant/') && text !== '')
    expect(left.filter(([, { text }]) => text.includes('spare'))).toEqual([])
  })

  test('stand under the last will of a daemon that was killed', async () => {
    await daemon.kill()
    await vi.waitFor(() => expect(told('coldaisle/dc/status')['state']).toBe('lost'), PATIENCE)
  })
})
