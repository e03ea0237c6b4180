/**
 * The daemon killed at random moments while rows are on their way to InfluxDB, hours are packed, and InfluxDB itself is
 * killed or stands still: no reading is lost, and both the local history and InfluxDB hold what one undisturbed fold of
 * the journal gives.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { until } from './crash-daemon.ts'
import { databaseRows, differences, foldAnew } from './crash-rows.ts'
import { faultsTold, lostOf, runThrough, type Kill } from './crash-run.ts'
import { messagesOf, siteOf, writeLargeSite } from './crash-site.ts'
import { needs, startInfluxd, startMosquitto, type Server } from '../servers/servers.ts'
import { seedsOf } from '../seeds.ts'

const EVERY_S = 60
/** Minutes of readings before the first kill, so that hours are over and get packed; and for each kill. */
const LEAD = 260
const EACH = 8
/** InfluxDB is away for two rounds of five: killed, and the next time it stands still. */
const ROUNDS = 5

/** The kill of a seed: most of them soon after a start, while hours are packed and a backlog is read. */
function killOf(seed: number): Kill {
  const random = createRandom(seed)
  const load = random.next() < 0.5 ? 'burst' : 'steady'
  const dice = random.next()
  if (dice < 0.15) return ['spawned', 0, 1_500, load]
  if (dice < 0.3) return ['reloaded', 0, 300, load]
  if (dice < 0.4) return ['SIGHUP', 0, 150, load]
  if (dice < 0.8) return ['running', 0, 500, load]
  return ['running', 500, 2_000, load]
}

function disturb(influx: Server): (n: number) => Promise<void> {
  return async (n) => {
    const isKilled = Math.floor(n / ROUNDS) % 2 === 0
    if (n % ROUNDS === 1) await (isKilled ? influx.kill() : void process.kill(influx.pid(), 'SIGSTOP'))
    if (n % ROUNDS === 3) await (isKilled ? influx.restart() : void process.kill(influx.pid(), 'SIGCONT'))
  }
}

const SEEDS = seedsOf('kills of the daemon')

test.skipIf(!needs('mosquitto', 'influxd'))(
  `killed ${SEEDS.length} times (seeds 1 to ${SEEDS.length}): nothing lost, InfluxDB and history as if undisturbed`,
  { timeout: 120_000 + SEEDS.length * 20_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldaisle-kills-'))
    await using broker = await startMosquitto()
    await using influx = await startInfluxd()
    try {
      const file = writeLargeSite({ folder, brokerUrl: broker.url, influxUrl: influx.url }, EVERY_S)
      const site = siteOf(file)
      const messages = messagesOf(site, SEEDS.length, LEAD + SEEDS.length * EACH)
      const story = await runThrough({
        folder,
        file,
        broker,
        messages,
        lead: messagesOf(site, SEEDS.length, LEAD).length,
        kills: SEEDS.map(killOf),
        random: createRandom(SEEDS.length),
        before: disturb(influx),
        done: (daemon) => until('no row waits', async () => (await daemon.metric('outbox_rows')) === 0, 150_000),
      })
      expect(faultsTold(story.starts)).toEqual([])
      expect(lostOf(story)).toEqual([])
      const anew = await foldAnew(site, story.left.journal)
      const readings = messages.reduce((sum, { topic }) => sum + (site.routes.get(topic)?.points.length ?? 0), 0)
      expect(anew.outcomes).toMatchObject({ accepted: readings, conflict: 0, future: 0 })
      expect(anew.outcomes).toMatchObject(story.told)
      expect(anew.rows.size).toBeGreaterThan(10_000)
      expect(differences(story.left.rows, anew.rows)).toEqual([])
      expect(differences(await databaseRows(influx), anew.rows)).toEqual([])
      expect(countChunks(folder), 'hours were packed').toBeGreaterThan(100)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

function countChunks(folder: string): number {
  using db = new DatabaseSync(join(folder, 'data', 'coldaisle.db'), { readOnly: true })
  return Number(db.prepare('SELECT count(*) AS n FROM chunk').get()?.['n'])
}
