/**
 * The daemon behind networks that misbehave: latency, bytes that come one by one, resets inside a packet, ways that stand
 * still. Nothing that was acknowledged is lost, and InfluxDB has each row once, as one undisturbed fold gives it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createRandom, type Random } from '../../simulators/random.ts'
import { until } from '../daemon/crash-daemon.ts'
import { databaseRows, differences, foldAnew } from '../daemon/crash-rows.ts'
import { faultsTold, lostOf, runThrough } from '../daemon/crash-run.ts'
import { messagesOf, siteOf, writeLargeSite } from '../daemon/crash-site.ts'
import { seedsOf } from '../seeds.ts'
import { startChaos, type Chaos, type Trouble } from '../servers/chaos.ts'
import { needs, startInfluxd, startMosquitto } from '../servers/servers.ts'

describe('the network itself', () => {
  const BYTES = Buffer.from(Array.from({ length: 5_000 }, (_, n) => n % 251))

  /** Sends the bytes through it to a server that sends them back, and gives what came, until it ended or was reset. */
  async function echoed(trouble: Trouble, meanwhile: (chaos: Chaos) => Promise<void> = async () => {}) {
    const echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket))
    await new Promise<void>((listening) => echo.listen(0, '127.0.0.1', listening))
    await using chaos = await startChaos((echo.address() as AddressInfo).port)
    chaos.set(trouble)
    const parts: Buffer[] = []
    const client = connect(chaos.port, '127.0.0.1', () => client.end(BYTES))
    const closed = new Promise<string>((done) => {
      client.on('data', (part) => parts.push(part))
      client.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'))
      client.on('end', () => done('end'))
    })
    await meanwhile(chaos)
    const end = await closed
    client.destroy()
    echo.close()
    return { end, came: Buffer.concat(parts), most: Math.max(0, ...parts.map(({ length }) => length)), ...chaos.counts }
  }

  test.each<[string, Trouble]>([
    ['without trouble', {}],
    ['with latency', { latencyMs: 20 }],
    ['in slices of one byte', { slice: 1 }],
    ['in slices on the way back only', { slice: 3, way: 'down' }],
  ])('all bytes come, %s', async (_, trouble) => {
    const { end, came, up, down } = await echoed(trouble)
    expect([end, came.equals(BYTES), up, down]).toEqual(['end', true, BYTES.length, BYTES.length])
  })

  test.each([1, 17, 4_999])('a reset after %d bytes: so many come through, and no more', async (resetAt) => {
    const { end, up, resets } = await echoed({ resetAt, way: 'up' })
    expect([end, up, resets]).toEqual(['ECONNRESET', resetAt, 1])
  })

  test('a way that stands still: nothing comes until it goes on', async () => {
    let still = NaN
    const { end, came } = await echoed({ stalled: true, way: 'down' }, async (chaos) => {
      await sleep(200)
      still = chaos.counts.down
      chaos.set({})
    })
    expect([still, end, came.equals(BYTES)]).toEqual([0, 'end', true])
  })
})

const EVERY_S = 60
const MINUTES = 300
const LEAD = 20
const STORM_MS = 10_000

/** One trouble of a seeded storm, and how long it stays. */
function troubleOf(random: Random): [trouble: Trouble | 'cut', ms: number] {
  const way = random.next() < 0.5 ? 'up' : 'down'
  const dice = random.next()
  if (dice < 0.4) return [{ resetAt: Math.floor(10 ** (1 + 3.5 * random.next())), way }, 600]
  if (dice < 0.5) return ['cut', 50]
  if (dice < 0.6) return [{ slice: random.int(1, 16), way }, 400]
  if (dice < 0.7) return [{ latencyMs: random.int(5, 120) }, 600]
  if (dice < 0.85) return [{ stalled: true, way }, random.int(100, 1_500)]
  return [{}, 300]
}

/** Until its time is over and it has cut more than one connection: a storm that never did would prove nothing. */
async function storm(chaos: Chaos, random: Random): Promise<void> {
  for (const endMs = performance.now() + STORM_MS; performance.now() < endMs || chaos.counts.resets < 2;) {
    const [trouble, ms] = troubleOf(random)
    if (trouble === 'cut') chaos.cut()
    else chaos.set(trouble)
    await sleep(ms)
  }
  chaos.set({})
}

const SEEDS = seedsOf('storms of the network')

describe.skipIf(!needs('mosquitto', 'influxd'))('a daemon in a storm', () => {
  test.each(SEEDS)('seed %d: nothing lost, no row missing, none more', { timeout: 150_000 }, async (seed) => {
    const folder = mkdtempSync(join(tmpdir(), 'coldaisle-chaos-'))
    await using broker = await startMosquitto()
    await using influx = await startInfluxd()
    await using toBroker = await startChaos(broker.port)
    await using toInflux = await startChaos(influx.port)
    try {
      const brokerUrl = `mqtt://127.0.0.1:${toBroker.port}`
      const file = writeLargeSite({ folder, brokerUrl, influxUrl: `http://127.0.0.1:${toInflux.port}` }, EVERY_S)
      const site = siteOf(file)
      const messages = messagesOf(site, seed, MINUTES)
      const storms: Promise<void>[] = []
      const story = await runThrough({
        folder,
        file,
        broker,
        messages,
        lead: messagesOf(site, seed, LEAD).length,
        kills: [],
        random: createRandom(seed),
        async before() {
          storms.push(storm(toBroker, createRandom(seed)), storm(toInflux, createRandom(seed + 1_000)))
        },
        async done(daemon) {
          await Promise.all(storms)
          await until('no row waits', async () => (await daemon.metric('outbox_rows')) === 0, 100_000)
        },
      })
      expect(faultsTold(story.starts)).toEqual([])
      expect(lostOf(story)).toEqual([])
      const anew = await foldAnew(site, story.left.journal)
      const readings = messages.reduce((sum, { topic }) => sum + (site.routes.get(topic)?.points.length ?? 0), 0)
      expect(anew.outcomes).toMatchObject({ accepted: readings, conflict: 0, future: 0 })
      expect(anew.rows.size).toBeGreaterThan(2_000)
      expect(differences(await databaseRows(influx), anew.rows)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
