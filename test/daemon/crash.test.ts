/**
 * The whole daemon, killed under load with a real broker before it: what the broker has handed over is there, once, and
 * what was computed is what an undisturbed daemon computes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { OWN_TOPIC } from '../../src/ingest/own-entry.ts'
import type { JournalEntry } from '../../src/store/types.ts'
import { startChild, until } from './crash-daemon.ts'
import { databaseRows, differences, foldAnew, settledRows } from './crash-rows.ts'
import { faultsTold, lostOf, runThrough, told, type Kill, type Story } from './crash-run.ts'
import { messagesOf, siteOf, writeLargeSite } from './crash-site.ts'
import { needs, startInfluxd, startMosquitto } from '../servers/servers.ts'

const SEED = 20_261_123

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'coldaisle-killed-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A reload and a stop take a snapshot: starts before the first one fold the journal alone, those behind it go on from one. */
const TEN_KILLS: Kill[] = [
  ['running', 300, 600, 'burst'],
  ['spawned', 0, 1_000, 'steady'],
  ['running', 300, 800, 'steady'],
  ['running', 30, 120, 'burst'],
  ['SIGHUP', 0, 150, 'burst'],
  ['running', 0, 300, 'steady'],
  ['reloaded', 30, 120, 'burst'],
  ['running', 30, 120, 'burst'],
  ['spawned', 0, 1_000, 'steady'],
  ['stopped and running again', 30, 120, 'burst'],
]

/** The kinds of kill, the moment and the load of each. */
function kindsOf(kills: readonly Kill[]): string[] {
  return [...new Set(kills.map(([after, , , load]) => `${after}, ${load}`))].toSorted((a, b) => a.localeCompare(b))
}

/**
 * Where each start that came so far found the journal, the fold and the snapshot, and the kill behind it if messages were
 * under way then. What a kill makes the broker send again is in the journal twice, so messages are told by what they are.
 */
function foundAt({ starts, left, sent }: Story) {
  const seqOf = new Map<string, number>()
  for (const entry of left.journal.toReversed()) seqOf.set(textOf(entry), entry.seq)
  const seqs = sent.map(({ topic, payload }) => seqOf.get(`${topic} ${payload}`) ?? Infinity)
  return starts.flatMap(({ behind, lines }) => {
    const opened = lines.find(({ msg }) => msg === 'the store is open')
    if (opened === undefined) return []
    const [lastSeq = NaN, foldedSeq = NaN, snapshotSeq = NaN] = ['lastSeq', 'foldedSeq', 'snapshotSeq'].map((name) =>
      Number(opened[name]),
    )
    const underWay = seqs.slice(0, behind?.released ?? 0).some((seq) => seq > lastSeq)
    return [{ loaded: underWay ? behind?.kill : undefined, lastSeq, foldedSeq, snapshotSeq }]
  })
}

/** The entries of a journal, each message of the broker only the first time. */
function withoutCopies(journal: readonly JournalEntry[]): JournalEntry[] {
  const first = new Map<string, JournalEntry>()
  const messages = journal.filter(({ topic }) => topic !== OWN_TOPIC)
  for (const entry of messages.toReversed()) first.set(textOf(entry), entry)
  return journal.filter((entry) => entry.topic === OWN_TOPIC || first.get(textOf(entry)) === entry)
}

function textOf({ topic, payload }: JournalEntry): string {
  return `${topic} ${Buffer.from(payload).toString()}`
}

test.skipIf(!needs('mosquitto'))(
  `killed at ten moments under load (seed ${SEED}): no reading lost, no row too many, all as if undisturbed`,
  { timeout: 300_000 },
  async () => {
    await using broker = await startMosquitto()
    const folder = join(root, 'killed')
    const file = writeLargeSite({ folder, brokerUrl: broker.url })
    const site = siteOf(file)
    const messages = messagesOf(site, SEED, 60)
    const plan = { broker, messages, random: createRandom(SEED) }
    const story = await runThrough({ ...plan, folder, file, kills: TEN_KILLS })
    const { left, told, starts } = story

    expect(faultsTold(starts)).toEqual([])
    expect(lostOf(story)).toEqual([])
    const anew = await foldAnew(site, left.journal)
    const once = await foldAnew(site, withoutCopies(left.journal))
    const readings = messages.reduce((sum, { topic }) => sum + (site.routes.get(topic)?.points.length ?? 0), 0)
    const none = { conflict: 0, future: 0, unknown_topic: 0, no_value: 1 }
    expect(once.outcomes).toMatchObject({ ...none, accepted: readings, duplicate: 0, too_late: 0 })
    // The broker sends again what it has no PUBACK of: a duplicate, or too late if minutes came behind it before the kill.
    expect(anew.outcomes).toMatchObject({ ...none, accepted: readings })
    expect(anew.outcomes).toMatchObject(told)
    expect(differences(once.rows, anew.rows)).toEqual([])
    expect(differences(left.rows, anew.rows)).toEqual([])

    // Messages were under way at a kill of each of the six kinds; at how many of a kind is a matter of the machine's speed.
    // Journals were folded with and without a snapshot, and some for the second time.
    const found = foundAt(story)
    const loaded = found.flatMap((one) => (one.loaded === undefined ? [] : [one.loaded]))
    expect(kindsOf(loaded)).toEqual(kindsOf(TEN_KILLS))
    expect(found.some(({ lastSeq, snapshotSeq }) => lastSeq > 1_000 && snapshotSeq === 0)).toBe(true)
    expect(found.some(({ lastSeq, snapshotSeq }) => snapshotSeq > 0 && lastSeq > snapshotSeq)).toBe(true)
    expect(found.some(({ lastSeq, foldedSeq }) => lastSeq > foldedSeq)).toBe(true)

    const calm = join(root, 'calm')
    const calmFile = writeLargeSite({ folder: calm, brokerUrl: broker.url })
    const undisturbed = await runThrough({ ...plan, folder: calm, file: calmFile, kills: [] })
    const wanted = settledRows(undisturbed.left.rows, anew.settledMs)
    expect(wanted.size).toBeGreaterThan(2_000)
    expect(differences(settledRows(left.rows, anew.settledMs), wanted)).toEqual([])
  },
)

/** A minute after it was accepted, what a kill may have left on its way is written once more (D81). */
const EMPTY_MS = 105_000

const THREE_KILLS: Kill[] = [
  ['running', 200, 800, 'steady'],
  ['running', 0, 200, 'burst'],
  ['reloaded', 0, 300, 'burst'],
]

test.skipIf(!needs('mosquitto', 'influxd'))(
  `killed three times while rows go to InfluxDB (seed ${SEED + 1}): it holds the rows of the local history, no other`,
  { timeout: 260_000 },
  async () => {
    await using broker = await startMosquitto()
    await using influx = await startInfluxd()
    const folder = join(root, 'written')
    const file = writeLargeSite({ folder, brokerUrl: broker.url, influxUrl: influx.url })
    const site = siteOf(file)
    const story = await runThrough({
      folder,
      file,
      broker,
      messages: messagesOf(site, SEED + 1, 25),
      kills: THREE_KILLS,
      random: createRandom(SEED + 1),
      done: (daemon) => until('the outbox is empty', async () => (await daemon.metric('outbox_rows')) === 0, EMPTY_MS),
    })
    expect(faultsTold(story.starts)).toEqual([])
    expect(lostOf(story)).toEqual([])
    const { rows } = await foldAnew(site, story.left.journal)
    expect(rows.size).toBeGreaterThan(1_000)
    expect(differences(story.left.rows, rows)).toEqual([])
    expect(differences(await databaseRows(influx), rows)).toEqual([])
  },
)

test.skipIf(!needs('mosquitto'))(
  'a SIGHUP while it starts is heeded, and a SIGTERM as soon as it says that it runs',
  async () => {
    await using broker = await startMosquitto()
    const daemon = startChild(writeLargeSite({ folder: join(root, 'signalled'), brokerUrl: broker.url }))
    try {
      await until('its store is open', () => told(daemon, 'the store is open'))
      daemon.signal('SIGHUP')
      await daemon.running()
      await daemon.stop()
      expect(told(daemon, 'configuration reloaded')).toBe(true)
      expect(daemon.lines().at(-1)?.msg).toBe('stopped')
    } finally {
      await daemon.kill()
    }
  },
)
