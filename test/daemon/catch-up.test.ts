/**
 * A daemon that starts with a long journal and no snapshot takes and acknowledges packets while it folds that journal,
 * says how much is left, and says nothing that it cannot know yet. Killed meanwhile, it has lost nothing.
 */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { packetsOfRun } from '../../simulators/run.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import type { Site } from '../../src/site/site.ts'
import { openStore, type JournalPacket } from '../../src/store/store.ts'
import { NO_ROWS } from '../rows/new-rows.ts'
import { readStore, siteOf, siteText, startDaemon, subscribed, until, type TestDaemon } from '../servers/daemon.ts'
import { needs, startMosquitto, type Server } from '../servers/servers.ts'
import { differences, foldAnew, keyOf, type Rows } from './crash-rows.ts'

const PACKETS = 50_000
const GROUP = 500
const HOUR_MS = 3_600_000
const PUBLISH_MS = 20
const NEARLY_ALL = 10_000
const LIMIT_MS = 240_000
const TOPIC = 'dc5/utility/a'
/** Sections of the example that give way to the test's own. */
const NONE = { influx: undefined, store: undefined, http: undefined, notify: undefined }

/** Journals packets as a daemon leaves them that never came to a snapshot. */
async function fillJournal(path: string, packets: readonly JournalPacket[]): Promise<void> {
  await using store = await openStore({ path, journalDays: 30, journalBytes: 1e12, rowReceivers: [] })
  for (let from = 0; from < packets.length; from += GROUP) {
    await store.commit({ packets: packets.slice(from, from + GROUP), foldedSeq: 0, rows: NO_ROWS, notices: [] })
  }
}

function packetsUpTo(site: Site, toMs: number): JournalPacket[] {
  const scenario = { name: 'none', events: [] }
  const run = packetsOfRun({ site, seed: 5, fromMs: toMs - 3 * HOUR_MS, toMs, scenario })
  return [...run].slice(-PACKETS).map(({ nowMs, topic, payload, retain }) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return { nowMs, topic, payload: new TextEncoder().encode(text), retain }
  })
}

interface Published {
  /** When each message was given to the broker, and when the daemon's acknowledgement for it was first seen there. */
  sentMs: number[]
  ackedMs: number[]
  stop(): Promise<void>
}

/** Publishes one message after the other, and counts the daemon's PUBACKs in the broker's log: both are in order. */
async function publishOn(broker: Server): Promise<Published> {
  const publisher = await connectPublisher(broker.url)
  const before = pubacks(broker)
  let open = true
  const published: Omit<Published, 'stop'> = { sentMs: [], ackedMs: [] }
  const look = (): void => {
    for (let n = pubacks(broker) - before - published.ackedMs.length; n > 0; n--) published.ackedMs.push(Date.now())
  }
  const running = (async () => {
    while (open) {
      const ts = Date.now()
      published.sentMs.push(ts)
      await publisher.publish(TOPIC, JSON.stringify({ ts, kw: 400 }), { qos: 1, retain: false })
      look()
      await sleep(PUBLISH_MS)
    }
    await publisher.close()
  })()
  return {
    ...published,
    async stop() {
      open = false
      await running
      look()
    },
  }
}

function pubacks(broker: Server): number {
  return broker.log().split('Received PUBACK from coldaisle-').length - 1
}

async function behind(daemon: TestDaemon): Promise<number> {
  const answer = await daemon.metrics().catch(() => undefined)
  return answer?.get('coldaisle_journal_behind') ?? NaN
}

/** Longest wait from a message, or from the start if that was later, to its acknowledgement; s. */
function slowestS({ sentMs, ackedMs }: Published, startMs: number): number {
  return Math.max(...ackedMs.map((ms, n) => ms - Math.max(startMs, sentMs[n] ?? NaN))) / 1000
}

test.skipIf(!needs('mosquitto', 'mosquitto_sub'))(
  'packets are acknowledged while a journal of 50,000 packets is folded, also by a daemon that is killed meanwhile',
  { timeout: 2 * LIMIT_MS },
  async () => {
    await using broker = await startMosquitto({ config: ['log_type all'] })
    const text = siteText('example', { mqtt: { url: broker.url, clientId: 'coldaisle-dc5' }, ...NONE })
    const site = siteOf(text)
    const startMs = Date.now()
    const packets = packetsUpTo(site, Math.floor(startMs / 60_000) * 60_000)
    expect(packets.length).toBe(PACKETS)
    await using daemon = await startDaemon(text)
    await subscribed(broker, 'dc5')
    expect(await daemon.stop()).toBe(0)
    // Its subscription stays with the broker, its journal is another one
    rmSync(daemon.storePath, { recursive: true })
    await fillJournal(daemon.storePath, packets)
    const published = await publishOn(broker)
    await until('some messages wait', LIMIT_MS, () => published.sentMs.length > 20)

    const starting = async (): Promise<number> => {
      const beganMs = Date.now()
      daemon.start().catch(() => undefined)
      await until('it tells how it is', LIMIT_MS, async () => (await behind(daemon)) >= 0)
      return beganMs
    }
    const acknowledged = async (more: number) => {
      const from = published.ackedMs.length
      await until('they are acknowledged', LIMIT_MS, () => published.ackedMs.length >= from + more)
      return await behind(daemon)
    }
    const firstMs = await starting()
    const left = [await acknowledged(20)] // they waited with the broker, so the fold has only begun
    expect(left[0]).toBeGreaterThan(NEARLY_ALL)
    const ready = await fetch(`${daemon.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.text()).toMatch(/catching up with the journal: \d+ of its entries are left/)
    const metrics = await daemon.metrics()
    const unknown = ['packets_total', 'readings_total{outcome="accepted"}', 'alarms_active', 'lag_seconds']
    expect(unknown.filter((name) => metrics.has(`coldaisle_${name}`))).toEqual([])
    const explained = await fetch(`${daemon.url}/api/v1/explain?boundary=dc5&window=1h`)
    expect([explained.status, explained.headers.get('Retry-After')]).toEqual([503, '2'])
    console.log(`slowest PUBACK from the start: ${slowestS(published, firstMs).toFixed(2)} s, ${left[0]} entries left`)
    await daemon.kill()

    const secondMs = await starting()
    left.push(await acknowledged(20))
    expect(left[1]).toBeGreaterThan(0)
    console.log(`after a kill: ${slowestS(published, secondMs).toFixed(2)} s, ${left[1]} entries left`)
    await until('it has caught up', LIMIT_MS, async () => (await behind(daemon)) === 0)
    console.log(`caught up ${((Date.now() - secondMs) / 1000).toFixed(1)} s after its start`)
    await published.stop()
    await until('all are acknowledged', LIMIT_MS, () => pubacks(broker) >= published.sentMs.length)
    expect(await daemon.stop()).toBe(0)

    const kept = await readStore(daemon.storePath, startMs - 4 * HOUR_MS, Date.now() + HOUR_MS)
    const stamps = new Set(kept.journal.flatMap(({ topic, payload }) => (topic === TOPIC ? [textOf(payload)] : [])))
    expect(published.sentMs.filter((ts) => !stamps.has(JSON.stringify({ ts, kw: 400 })))).toEqual([])
    const rows: Rows = new Map(
      kept.rows.map(({ measurement, tags, fields, timeMs }) => [keyOf(measurement, tags, timeMs), fields]),
    )
    const anew = await foldAnew(site, kept.journal)
    expect(anew.rows.size).toBeGreaterThan(10_000)
    expect(differences(rows, onlyOf(rows, anew.rows))).toEqual([])
  },
)

function textOf(payload: Uint8Array): string {
  return Buffer.from(payload).toString()
}

/** Rows of the measurements that a store was asked for. */
function onlyOf(rows: Rows, anew: Rows): Rows {
  const measurements = new Set([...rows.keys()].map((key) => key.slice(0, key.indexOf(' '))))
  return new Map([...anew].filter(([key]) => measurements.has(key.slice(0, key.indexOf(' ')))))
}
