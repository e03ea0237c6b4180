/**
 * Three sites whose structure can be told: discovered at a real broker, checked, and an hour of each replayed on the
 * file as it was written. Their PUE is within 0.1 % of what their loads come to.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { formatLine } from '../../../src/ingest/recording.ts'
import { connectPublisher } from '../../../src/mqtt/mqtt.ts'
import { DOUBLE, payloadOf, TYPES, type SentMetric } from '../../ingest/sparkplug-bytes.ts'
import { needs, startMosquitto } from '../../servers/servers.ts'

const COLDAISLE = fileURLToPath(new URL('../../../src/coldaisle.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-sites-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ROUND_MS = 200
const LISTEN_S = 6
const HOUR_S = 3600
const STEP_S = 10

/** What is published in a round at a moment; `isKept`: retained. */
interface Sent {
  topic: string
  payload: string | Uint8Array
  isKept?: boolean
}

/** Loads in W at a moment, seconds since the site began: each goes up and down in its own way. */
function loads(
  seconds: number,
  period: number,
): { it1: number; it2: number; cool: number; light: number; whole: number } {
  const turn = (2 * Math.PI * seconds) / period
  const it1 = 61_000 + 4_000 * Math.sin(turn)
  const it2 = 33_000 + 2_500 * Math.cos(turn * 1.3)
  const cool = 24_000 + 2_000 * Math.sin(turn * 0.7 + 1)
  const light = 5_000 + 400 * Math.cos(turn * 2)
  return { it1, it2, cool, light, whole: it1 + it2 + cool + light }
}

interface Site {
  name: string
  /** The messages of round `n`, `tMs` being its moment and `period` that of its loads in seconds. */
  says: (n: number, tMs: number, seconds: number, period: number) => Sent[]
}

function json(topic: string, payload: object, isKept = false): Sent {
  return { topic, payload: JSON.stringify(payload), isKept }
}

/** Shelly, Tasmota and Zigbee2MQTT; what a second topic repeats, and what nobody needs, among them. */
const FAMILIES: Site = {
  name: 'device families',
  says(_n, _tMs, seconds, period) {
    const { it1, it2, cool, light, whole } = loads(seconds, period)
    const t = 23 + Math.sin(seconds / 7)
    return [
      json('dc7/main/status/em:0', {
        id: 0,
        a_act_power: whole / 3,
        b_act_power: whole / 3,
        c_act_power: whole / 3,
        total_act_power: whole,
      }),
      json('dc7/main/events/rpc', {
        src: 'main',
        method: 'NotifyStatus',
        params: { ts: 1, 'em:0': { id: 0, total_act_power: whole } },
      }),
      { topic: 'shellies/it-row-a/emeter/0/power', payload: it1.toFixed(2) },
      { topic: 'shellies/it-row-a/emeter/0/voltage', payload: '230.5' },
      json('tele/it-row-b/SENSOR', {
        Time: '2026-03-02T10:00:00',
        ENERGY: { Power: it2, ApparentPower: it2 * 1.1, Voltage: 231 },
      }),
      json('tele/it-row-b/STATE', { Time: '2026-03-02T10:00:00', Wifi: { RSSI: 70 } }),
      json('zigbee2mqtt/chiller', { power: cool, linkquality: 90, voltage: 230 }),
      json('zigbee2mqtt/lighting', { power: light, linkquality: 90 }),
      json('zigbee2mqtt/rack 1 inlet', { temperature: t, humidity: 45, battery: 90 }),
      json('zigbee2mqtt/bridge/state', { state: 'online' }, true),
    ]
  },
}

/** One node with four devices: units and roles are told by births, data have aliases alone. */
const SPARKPLUG: Site = {
  name: 'Sparkplug births',
  says(n, tMs, seconds, period) {
    const { it1, it2, cool, light, whole } = loads(seconds, period)
    const devices: [device: string, role: string, watts: number][] = [
      ['q1', 'facility', whole],
      ['q2', 'it', it1],
      ['q3', 'it', it2],
      ['q4', 'cooling', cool],
      ['q5', 'lighting', light],
    ]
    const isBirth = n % 10 === 0
    const perRound = isBirth ? devices.length + 1 : devices.length
    // A birth of the node begins its count anew; five devices follow in each round
    const before = isBirth ? 0 : 1 + devices.length + ((n % 10) - 1) * devices.length
    const node = {
      topic: 'spBv1.0/DC8/NBIRTH/edge',
      payload: payloadOf({ tMs, seq: 0, metrics: [{ name: 'bdSeq', datatype: TYPES.UInt64, long: 0n }] }),
    }
    const messages = devices.map(([device, role, watts], index) => {
      const power: SentMetric = isBirth
        ? { name: 'Meter/Power', alias: index + 1, datatype: DOUBLE, double: watts / 1000, texts: { engUnit: 'kW' } }
        : { alias: index + 1, double: watts / 1000 }
      const metrics: SentMetric[] = isBirth ? [power, { name: 'Role', datatype: TYPES.Text, text: role }] : [power]
      const seq = (before + perRound - devices.length + index) % 256
      return {
        topic: `spBv1.0/DC8/${isBirth ? 'DBIRTH' : 'DDATA'}/edge/${device}`,
        payload: payloadOf({ tMs, seq, metrics }),
      }
    })
    return isBirth ? [node, ...messages] : messages
  },
}

/** Metadata are kept by the broker, values come on change; a heartbeat and a leak sensor beside them. */
const DSX: Site = {
  name: 'DSX',
  says(_n, tMs, seconds, period) {
    const { it1, it2, cool, light, whole } = loads(seconds, period)
    const meter = (id: string, watts: number, ...serves: string[]): Sent[] => {
      const path = `PowerMeter/ActivePower/hall/${id}`
      const metadata = {
        objectType: 'PowerMeter',
        pointType: 'ActivePower',
        objectName: id,
        objectId: id,
        servesId: serves,
        engUnit: 'kW',
      }
      return [
        json(`BMS/v1/PUB/Metadata/${path}`, metadata, true),
        json(`BMS/v1/PUB/Value/${path}`, { value: watts / 1000, timestamp: tMs, quality: 1 }),
      ]
    }
    const rack = (id: string, watts: number): Sent[] => {
      const metadata = {
        objectType: 'Rack',
        pointType: 'RackPower',
        rackLocationName: id,
        rackLocationId: id,
        engUnit: 'kW',
      }
      return [
        json(`BMS/v1/PUB/Metadata/Rack/RackPower/hall/${id}`, metadata, true),
        json(`BMS/v1/PUB/Value/Rack/RackPower/hall/${id}`, { value: watts / 1000, timestamp: tMs, quality: 1 }),
      ]
    }
    return [
      ...meter('grid', whole, 'board'),
      ...meter('board', it1 + it2 + cool, 'r1', 'r2', 'ch1'),
      ...meter('lights', light),
      ...rack('r1', it1),
      ...rack('r2', it2),
      json(
        'BMS/v1/PUB/Metadata/Chiller/Status/hall/ch1',
        { objectType: 'Chiller', pointType: 'Status', objectId: 'ch1', objectName: 'ch1', stateText: [] },
        true,
      ),
      json(
        'BMS/v1/PUB/Metadata/PowerMeter/Voltage/hall/grid',
        {
          objectType: 'PowerMeter',
          pointType: 'Voltage',
          objectId: 'grid',
          objectName: 'grid',
          servesId: ['board', 'lights'],
          engUnit: 'V',
        },
        true,
      ),
      json('BMS/v1/PUB/Value/System/HeartbeatTimestampBms/hall', { value: tMs, timestamp: tMs, quality: 1 }),
    ]
  },
}

async function discovered(site: Site, out: string): Promise<string> {
  await using broker = await startMosquitto()
  const publisher = await connectPublisher(broker.url)
  const done = new AbortController()
  const talk = (async () => {
    const beganMs = Date.now()
    for (let n = 0; !done.signal.aborted; n++) {
      const nowMs = Date.now()
      const sent = site.says(n, nowMs, (nowMs - beganMs) / 1000, LISTEN_S)
      await Promise.all(
        sent.map(({ topic, payload, isKept = false }) => publisher.publish(topic, payload, { qos: 0, retain: isKept })),
      )
      await sleep(ROUND_MS)
    }
  })()
  const args = [COLDAISLE, 'discover', '--url', broker.url, '--for', String(LISTEN_S), '--yes', '--out', out]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)))
  const status = await new Promise((resolve) => child.once('close', resolve))
  done.abort()
  await talk
  await publisher.close()
  expect(said).toMatch(/points/)
  expect(status).toBe(0)
  return said
}

/** An hour of the site as a recording, and the PUE that its loads come to over the windows that close within it. */
function hour(site: Site, file: string): { loads: { whole: number; it: number } } {
  const beganMs = Date.UTC(2026, 2, 2, 10)
  const sum = { whole: 0, it: 0 }
  const lines: string[] = []
  for (let n = 0; n <= HOUR_S / STEP_S; n++) {
    const seconds = n * STEP_S
    const nowMs = beganMs + seconds * 1000
    const sent = site.says(n, nowMs, seconds, HOUR_S / 2)
    lines.push(
      ...sent.map(({ topic, payload, isKept = false }) =>
        formatLine({ topic, payload, nowMs, retain: isKept && n > 0 }),
      ),
    )
  }
  for (let second = 0; second < HOUR_S; second++) {
    const { whole, it1, it2 } = loads(second + 0.5, HOUR_S / 2)
    sum.whole += whole
    sum.it += it1 + it2
  }
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { loads: sum }
}

function coldaisle(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COLDAISLE, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  expect(`${status} ${status === 0 ? '' : stderr}`).toBe('0 ')
  return stdout
}

interface Row {
  measurement: string
  tags: { window?: string; boundary?: string }
  fields: { pue?: number; coverage?: number }
}

describe.skipIf(!needs('mosquitto'))('no line edited', () => {
  test.each([FAMILIES, SPARKPLUG, DSX])(
    '$name',
    async (site) => {
      const file = join(folder, `${site.name.replaceAll(' ', '-')}.yaml`)
      await discovered(site, file)
      const text = readFileSync(file, 'utf8')
      expect(coldaisle('check', '--config', file)).toMatch(/^boundaries +1$/m)
      const day = `${file}.ndjson`
      const truth = hour(site, day).loads
      const rows = coldaisle('replay', '--config', file, day)
        .split('\n')
        .filter((line) => line.includes('"pue"'))
        .map((line) => JSON.parse(line) as Row)
      const last = rows.filter(({ measurement, tags }) => measurement === 'pue' && tags.window === '1h').at(-1)
      expect(last?.fields.coverage).toBeGreaterThan(0.98)
      expect(Math.abs((last?.fields.pue ?? NaN) / (truth.whole / truth.it) - 1)).toBeLessThan(0.001)
      expect(readFileSync(file, 'utf8')).toBe(text)
    },
    60_000,
  )
})
