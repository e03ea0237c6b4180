/** Alarms of a daemon that is killed while their delays run: in real time, with a real broker. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import type { Publisher } from '../../src/mqtt/source.ts'
import { startChild, until, type Child } from './crash-daemon.ts'
import { foldAnew, readLeft, differences } from './crash-rows.ts'
import { SITE, siteOf, writeSite } from './crash-site.ts'
import { needs, startMosquitto } from '../servers/servers.ts'

const SEED = 7
const ON_MS = 6_000
const OFF_MS = 4_000
const STEP_MS = 500

/** Seconds from the first reading: too warm from `fromS` to `toS`, and nothing is said between `silentS`. */
interface Breach {
  inlet: string
  warmC: number
  fromS: number
  toS: number
  silentS?: [from: number, to: number]
  raises: string[]
}

const BREACHES: Breach[] = [
  { inlet: 'told', warmC: 29, fromS: 2, toS: 14, raises: ['inlet_recommended'] },
  // nobody but the clock is there to raise it
  { inlet: 'silent', warmC: 30, fromS: 2, toS: 14, silentS: [3, 13], raises: ['inlet_recommended'] },
  { inlet: 'hot', warmC: 40, fromS: 4, toS: 15, raises: ['inlet_allowable'] },
  { inlet: 'cool', warmC: 24, fromS: 0, toS: 1, raises: [] },
]

/** Within an on-delay, around the moment at which it ends (8 s; 10 s), within an off-delay, around its end (18 s; 19 s). */
const KILLS_S: [from: number, to: number][] = [
  [3, 4],
  [8, 8.4],
  [10, 10.3],
  [15.2, 16.5],
  [18, 18.5],
]

function alarmSite(folder: string, brokerUrl: string): string {
  const names = BREACHES.map(({ inlet }) => inlet)
  const rule = { onDelayS: ON_MS / 1_000, offDelayS: OFF_MS / 1_000 }
  return writeSite(
    { folder, brokerUrl },
    {
      points: Object.fromEntries(
        names.map((name) => [`${name}-t`, { topic: `${SITE}/${name}`, at: '/t', unit: '°C', everyS: 5 }]),
      ),
      inlets: Object.fromEntries(names.map((name) => [name, { dryBulb: `${name}-t`, class: 'A2' }])),
      alarms: { inlet_recommended: rule, inlet_allowable: rule, stale: { enabled: false } },
    },
  )
}

/** Publishes a reading of each inlet every half second, with the time of its step; gives the time of the first. */
async function publishBreaches(publisher: Publisher, startMs: number, lastS: number): Promise<void> {
  for (let sinceMs = 0; sinceMs <= lastS * 1_000; sinceMs += STEP_MS) {
    await sleep(Math.max(0, startMs + sinceMs - Date.now()))
    for (const { inlet, warmC, fromS, toS, silentS } of BREACHES) {
      const isIn = ([from, to]: [number, number]) => sinceMs >= from * 1_000 && sinceMs < to * 1_000
      if (silentS !== undefined && isIn(silentS)) continue
      const payload = JSON.stringify({ t: isIn([fromS, toS]) ? warmC : 22, ts: startMs + sinceMs })
      await publisher.publish(`${SITE}/${inlet}`, payload, { qos: 1, retain: false })
    }
  }
}

/** What has to happen, once each. */
function expectedAlarms(startMs: number): string[] {
  return BREACHES.flatMap(({ inlet, raises, fromS, toS }) =>
    raises.flatMap((alarm) => [
      `${alarm} ${inlet} raised ${startMs + fromS * 1_000 + ON_MS}`,
      `${alarm} ${inlet} cleared ${startMs + toS * 1_000 + OFF_MS}`,
    ]),
  ).sort()
}

test.skipIf(!needs('mosquitto'))(
  `killed five times within and at the end of delays (seed ${SEED}): each alarm is raised once, at its time, and told`,
  { timeout: 200_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldaisle-alarms-'))
    await using broker = await startMosquitto()
    const random = createRandom(SEED)
    const file = alarmSite(folder, broker.url)
    const told: Record<string, unknown>[] = []
    const listener = await connectAsync(broker.url, { protocolVersion: 5 })
    listener.on('message', (_topic, payload) => told.push(JSON.parse(payload.toString()) as Record<string, unknown>))
    await listener.subscribeAsync(`${SITE}/alarm/#`, { qos: 1 })
    await listener.subscribeAsync(`coldaisle/${SITE}/alarm/#`, { qos: 1 })
    const publisher = await connectPublisher(broker.url)
    let daemon: Child = startChild(file)
    try {
      await daemon.running()
      await until('the daemon listens', async () => {
        await publisher.publish(`${SITE}/cool`, JSON.stringify({ t: 22, ts: Date.now() }), { qos: 1, retain: false })
        return (await daemon.metric('packets_total')) > 0
      })
      const startMs = Date.now() + 500
      const publishing = publishBreaches(publisher, startMs, 21)
      publishing.catch(() => daemon) // told below
      for (const [fromS, toS] of KILLS_S) {
        const atMs = startMs + random.int(fromS * 1_000, toS * 1_000)
        await sleep(Math.max(0, atMs - Date.now()))
        await daemon.kill()
        daemon = startChild(file)
      }
      await publishing
      const expected = expectedAlarms(startMs)
      const wordsTold = () =>
        [...new Set(told.map(({ alarm, source, state, timeMs }) => [alarm, source, state, timeMs].join(' ')))].sort()
      await until('all is told', () => wordsTold().length >= expected.length).catch(() => told)
      expect(wordsTold()).toEqual(expected)
      const ids = Map.groupBy(told, ({ alarm, source }) => `${String(alarm)} ${String(source)}`)
      for (const [name, notices] of ids) expect([name, new Set(notices.map(({ id }) => id)).size]).toEqual([name, 1])
      await daemon.running()
      await until('no notice waits', async () => (await daemon.metric('outbox_notices')) === 0)
      await daemon.stop()

      const left = await readLeft(folder, startMs - 60_000, startMs + 60_000)
      const rows = [...left.rows].filter(([key]) => key.startsWith('alarm '))
      // Of the hot inlet the lesser limit has rows alone: suppressed, and normal again
      expect(rows.length).toBe(expected.length + 2)
      expect(left.notices).toBe(0)
      const anew = await foldAnew(siteOf(file), left.journal)
      expect(differences(left.rows, anew.rows)).toEqual([])
    } finally {
      await daemon.kill()
      await publisher.close()
      await listener.endAsync()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
