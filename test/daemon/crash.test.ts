/**
 * The whole daemon, killed under load with a real broker before it: what the broker has handed over is there, once, and
 * what was computed is what an undisturbed daemon computes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom, type Random } from '../../simulators/random.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { MEASUREMENTS } from '../../src/rows/tables/measurements.ts'
import { startChild, until, type Child, type Line } from './crash-daemon.ts'
import { differences, foldAnew, keyOf, readLeft, settledRows, type Left, type Rows } from './crash-rows.ts'
import { MARKS, messagesOf, SITE, siteOf, writeLargeSite, type Message } from './crash-site.ts'
import { needs, startInfluxd, startMosquitto, type Server } from '../servers/servers.ts'

const SEED = 20_261_123

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'coldaisle-killed-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** When a daemon is killed: so many ms, drawn from a range, after something; there a burst of messages begins, or not. */
type Kill = [after: Moment, fromMs: number, toMs: number, load: 'burst' | 'steady']
type Moment = 'spawned' | 'running' | 'SIGHUP' | 'reloaded' | 'stopped and running again'

/** A reload and a stop take a snapshot: starts before the first one fold the journal alone, those behind it go on from one. */
const TEN_KILLS: Kill[] = [
  ['running', 50, 150, 'burst'],
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

const STEADY_PER_S = 800

interface Flow {
  /** Messages may go out up to this one. */
  gate: number
  perS: number
}

interface Start {
  /** How its forerunner was killed, if it was, and how many messages were or were about to be with the broker then. */
  behind: { kill: Kill; released: number } | undefined
  lines: Line[]
}

interface Story {
  starts: Start[]
  /** The counters as the last daemon told them. */
  told: Record<string, number>
  left: Left
  sent: Message[]
}

/** Publishes with QoS 1, at the flow's pace and never past its gate. */
async function publishAll(broker: Server, messages: readonly Message[], flow: Flow): Promise<void> {
  const publisher = await connectPublisher(broker.url)
  const waiting = new Set<Promise<void>>()
  let failure: { cause: unknown } | undefined
  let dueMs = performance.now()
  for (const [n, { topic, payload }] of messages.entries()) {
    while (n >= flow.gate) await sleep(5)
    dueMs = Math.max(dueMs + 1_000 / flow.perS, performance.now() - 20) // time at the gate is not made up for
    const aheadMs = dueMs - performance.now()
    if (aheadMs > 1) await sleep(aheadMs)
    const one: Promise<void> = publisher
      .publish(topic, payload, { qos: 1, retain: false })
      .catch((cause: unknown) => void (failure ??= { cause }))
      .finally(() => waiting.delete(one))
    waiting.add(one)
    if (waiting.size >= 200) await Promise.race(waiting)
  }
  await Promise.all(waiting)
  await publisher.close()
  if (failure !== undefined) throw new Error('a message could not be published', failure)
}

/** The daemon listens: a first message has come through. */
async function listening(broker: Server, daemon: Child): Promise<void> {
  await daemon.running()
  const publisher = await connectPublisher(broker.url)
  await until('the daemon listens', async () => {
    await publisher.publish(MARKS, 'no number', { qos: 1, retain: false })
    return (await daemon.metric('packets_total')) > 0
  })
  await publisher.close()
}

/** Messages come in order: once the mark behind them is folded, all of them are. */
async function allFolded(broker: Server, daemon: Child): Promise<void> {
  const publisher = await connectPublisher(broker.url)
  await publisher.publish(MARKS, '{"value":null}', { qos: 1, retain: false })
  await publisher.close()
  await until('all is folded', async () => (await daemon.metric('readings_total{outcome="no_value"}')) === 1)
}

/** Kills the daemon, or one started in its place, at its moment; `onMoment` is called when that is near. */
async function killOnce(daemon: Child, [after, fromMs, toMs]: Kill, random: Random, onMoment: () => void) {
  const waitMs = random.int(fromMs, toMs)
  if (after === 'SIGHUP' || after === 'reloaded') {
    await daemon.running()
    daemon.signal('SIGHUP')
  }
  if (after === 'reloaded') await until('it is reloaded', () => told(daemon, 'configuration reloaded'))
  else if (after !== 'spawned') await daemon.running()
  onMoment()
  await sleep(waitMs)
  await daemon.kill()
}

function told(daemon: Child, words: string): boolean {
  return daemon.lines().some(({ msg }) => msg === words)
}

interface Plan {
  folder: string
  file: string
  broker: Server
  messages: Message[]
  kills: Kill[]
  random: Random
  /** Anything else that has to be over before the daemon is stopped. */
  done?: (daemon: Child) => Promise<void>
}

/** Runs a daemon over the messages, killing it and starting it again, and reads what is left in the end. */
async function runThrough({ folder, file, broker, messages, kills, random, done }: Plan): Promise<Story> {
  const flow: Flow = { gate: 0, perS: Infinity }
  const starts: Start[] = []
  let daemon = startChild(file)
  let behind: Start['behind']
  const startAgain = () => {
    starts.push({ behind, lines: daemon.lines() })
    daemon = startChild(file)
  }
  try {
    await listening(broker, daemon)
    const publishing = publishAll(broker, messages, flow)
    publishing.catch(() => flow) // told below
    for (const [n, kill] of kills.entries()) {
      // Half of the round's messages come while the daemon starts, the rest around the kill
      const open = (rounds: number) => Math.floor((messages.length * rounds) / (kills.length + 1))
      Object.assign(flow, { gate: open(n + 0.5), perS: STEADY_PER_S })
      if (kill[0] === 'stopped and running again') {
        await daemon.running()
        await daemon.stop()
        startAgain()
        behind = undefined
      }
      const load = { gate: open(n + 1), perS: kill[3] === 'burst' ? Infinity : STEADY_PER_S }
      await killOnce(daemon, kill, random, () => Object.assign(flow, load))
      startAgain()
      behind = { kill, released: flow.gate }
    }
    Object.assign(flow, { gate: messages.length, perS: Infinity })
    await publishing
    await daemon.running()
    await allFolded(broker, daemon)
    await done?.(daemon)
    const counters: Story['told'] = {}
    for (const outcome of ['accepted', 'duplicate', 'conflict', 'too_late', 'future', 'bad_payload', 'no_value']) {
      counters[outcome] = await daemon.metric(`readings_total{outcome="${outcome}"}`)
    }
    await daemon.stop()
    starts.push({ behind, lines: daemon.lines() })
    const hourMs = 3_600_000
    const left = await readLeft(folder, Date.now() - 48 * hourMs, Date.now() + hourMs)
    return { starts, told: counters, left, sent: messages }
  } finally {
    await daemon.kill()
  }
}

/** What was sent and is not in the journal. */
function lostOf({ sent, left }: Story): Message[] {
  const there = new Set(left.journal.map(({ topic, payload }) => `${topic} ${Buffer.from(payload).toString()}`))
  return sent.filter(({ topic, payload }) => !there.has(`${topic} ${payload}`))
}

/** No start has found damage, and nothing has gone wrong but for the connections that were cut. */
function faultsTold(starts: readonly Start[]): Line[] {
  return starts.flatMap(({ lines }) => lines.filter(({ level }) => level === 'error' || level === 'fatal'))
}

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
  for (const { topic, payload, seq } of left.journal.toReversed()) {
    seqOf.set(`${topic} ${Buffer.from(payload).toString()}`, seq)
  }
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
    const readings = messages.reduce((sum, { topic }) => sum + (site.routes.get(topic)?.points.length ?? 0), 0)
    expect(anew.outcomes.accepted).toBe(readings)
    expect(anew.outcomes).toMatchObject({ conflict: 0, too_late: 0, future: 0, unknown_topic: 0, no_value: 1 })
    expect(anew.outcomes).toMatchObject(told)
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

/** What the database holds of each measurement, as it was written: no field of another row, no health. */
async function databaseRows(influx: Server): Promise<Rows> {
  const rows: Rows = new Map()
  for (const measurement of Object.keys(MEASUREMENTS).filter((name) => name !== 'health')) {
    const question = new URLSearchParams({ db: SITE, epoch: 'ms', q: `SELECT * FROM "${measurement}" GROUP BY *` })
    const answer = (await (await fetch(`${influx.url}/query?${question.toString()}`)).json()) as Answer
    for (const { tags, columns, values } of answer.results[0]?.series ?? []) {
      for (const [timeMs, ...cells] of values) {
        const fields = columns.slice(1).map((name, n): [string, unknown] => [name, cells[n]])
        rows.set(
          keyOf(measurement, tags, Number(timeMs)),
          Object.fromEntries(fields.filter(([, cell]) => cell !== null)),
        )
      }
    }
  }
  return rows
}

interface Answer {
  results: { series?: { tags: Record<string, string>; columns: string[]; values: unknown[][] }[] }[]
}

const THREE_KILLS: Kill[] = [
  ['running', 200, 800, 'steady'],
  ['running', 0, 200, 'burst'],
  ['reloaded', 0, 300, 'burst'],
]

test.skipIf(!needs('mosquitto', 'influxd'))(
  `killed three times while rows go to InfluxDB (seed ${SEED + 1}): it holds the rows of the local history, no other`,
  { timeout: 200_000 },
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
      done: (daemon) => until('the outbox is empty', async () => (await daemon.metric('outbox_rows')) === 0),
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
