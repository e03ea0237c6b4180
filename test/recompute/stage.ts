/**
 * Stores to recompute in: a table of readings is taken in by the daemon's own intake, with the arrival times of the table.
 *
 *   0:00 to 6:00 every 60 s  main 120  it 80                  readings at event times, heard at those times
 *   2:00 to 3:00 every 60 s  rack 40  heard 5:00              … heard later
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openIntake } from '../../src/fold/intake.ts'
import { recompute, type Difference, type RecomputeOptions } from '../../src/recompute/recompute.ts'
import type { Site } from '../../src/site/site.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { keyOf, type Fields, type Rows } from '../daemon/crash-rows.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { decodeBlock } from '../../src/rows/frames/block.ts'
import type { Row } from '../../src/rows/rows.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import { NO_ROWS, rowsIn } from '../rows/new-rows.ts'
import { clockAt } from '../fold/clock-at.ts'

const MANY = 1e6

export const DAY_MS = Date.UTC(2026, 2, 2)
const HOUR_MS = 3_600_000

/** A site's folder, which outlives the daemons that work in it. */
export interface Place extends AsyncDisposable {
  readonly folder: string
  /** Folds what a table says, as a daemon does that is started for it and stopped behind it. */
  play(yaml: string, table: string, heardFrom?: string, heardBefore?: string): Promise<void>
  /** The same with packets, in the order of their arrival. */
  take(yaml: string, packets: readonly Packet[]): Promise<void>
  /** The same, but its daemon is killed: what it folded last is in no commit, and there is no snapshot. */
  playAndFall(yaml: string, table: string): Promise<void>
  recompute(yaml: string, from: string, to?: string, more?: Partial<RecomputeOptions>): Promise<Difference>
  /** Lets the journal forget what was heard before; gives how many packets. */
  forget(before: string): Promise<number>
  /** The last rows of energy and PUE, or of other measurements, of whole hours from the first day on. */
  rows(hours: number, measurements?: readonly string[]): Promise<Rows>
  /** Rows that wait for InfluxDB. */
  queued(): Promise<Row[]>
  /** As if InfluxDB had taken everything. */
  drained(): Promise<void>
  /** Numbers by which a change of any kind shows. */
  lastSeq(): Promise<number>
}

export interface Packet {
  nowMs: number
  topic: string
  payload: Uint8Array
  retain: boolean
}

/** A new folder, or that of a store which others make; 0:00 is `baseMs`. */
export function createPlace(folder = mkdtempSync(join(tmpdir(), 'coldaisle-recompute-')), baseMs = DAY_MS): Place {
  const atMs = (clock: string): number => baseMs + clockMs(clock) - DAY_MS
  const open = (): Promise<Store> =>
    openStore({ path: folder, journalDays: 3650, journalBytes: 1e12, rowReceivers: ['influx'] })
  return {
    folder,
    async play(yaml, table, heardFrom = '0:00', heardBefore = '9999:00') {
      await using store = await open()
      const isHeard = ({ nowMs }: Packet) => nowMs >= atMs(heardFrom) && nowMs < atMs(heardBefore)
      await deliver(siteOf(yaml), store, packetsOf(siteOf(yaml), table, baseMs).filter(isHeard))
    },
    async take(yaml, packets) {
      await using store = await open()
      await deliver(siteOf(yaml), store, packets)
    },
    async playAndFall(yaml, table) {
      await using store = await open()
      await store.commit({ packets: packetsOf(siteOf(yaml), table, baseMs), foldedSeq: 0, rows: NO_ROWS, notices: [] })
    },
    async recompute(yaml, from, to = '', more = {}) {
      await using store = await open()
      const toMs = to === '' ? Infinity : atMs(to)
      return await recompute(siteOf(yaml), store, {
        fromMs: atMs(from),
        toMs,
        dryRun: false,
        onProgress: () => undefined,
        ...more,
      })
    },
    async forget(before) {
      const options = { path: folder, journalDays: 1 / 24, journalBytes: 1e12, rowReceivers: ['influx'] }
      await using store = await openStore(options)
      return (await store.purge(atMs(before) + HOUR_MS)).journal
    },
    async rows(hours, measurements = ['energy', 'pue']) {
      await using store = await open()
      const rows: Rows = new Map()
      for (let hour = 0; hour < hours; hour++) {
        for (const measurement of measurements) {
          const fromMs = baseMs + hour * HOUR_MS + 1
          const found = await store.history(measurement, { fromMs, toMs: fromMs + HOUR_MS - 1, limit: 20_000 })
          if (found.length === 20_000) throw new Error('an hour has too many rows')
          for (const { tags, timeMs, fields } of found) {
            if (tags['window'] !== 'live') rows.set(keyOf(measurement, tags, timeMs), fields)
          }
        }
      }
      return rows
    },
    async queued() {
      await using store = await open()
      const book = openSeriesBook(store.start())
      const blocks = await store.takeBlocks('influx', 'live', MANY)
      return blocks.map(({ block }) => decodeBlock(block)).flatMap((block) => rowsIn(book, block))
    },
    async drained() {
      await using store = await open()
      for (;;) {
        const last = (await store.takeBlocks('influx', 'live', MANY)).at(-1)
        if (last === undefined) return
        await store.passBlocks('influx', 'live', { id: last.id, toRow: last.toRow })
      }
    },
    async lastSeq() {
      await using store = await open()
      return store.start().lastSeq
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function deliver(site: Site, store: Store, packets: readonly Packet[]): Promise<void> {
  let nowMs = packets[0]?.nowMs ?? 0
  const intake = await openIntake(site, {
    store,
    clock: clockAt(() => nowMs),
    onFull() {},
    onCommit() {},
    onOutputs() {},
  })
  for (const packet of packets) {
    nowMs = packet.nowMs
    intake.deliver(packet, () => packet)
  }
  await intake.close()
}

const LINE = /^(\S+)(?: to (\S+) every (\d+) s)? +(.*?)(?: heard (\S+))?$/

/** The packets of a table, in the order of their arrival. */
export function packetsOf(site: Site, table: string, baseMs = DAY_MS): Packet[] {
  const packets: Packet[] = []
  const atMs = (clock: string): number => baseMs + clockMs(clock) - DAY_MS
  for (const line of table.split('\n').map((it) => it.replace(/#.*/, '').trim())) {
    if (line === '') continue
    const [, from = '', to = from, every = '1', readings = '', heard] = LINE.exec(line) ?? []
    const words = readings.trim().split(/\s+/)
    for (let tMs = atMs(from); tMs <= atMs(to); tMs += Number(every) * 1000) {
      for (let n = 0; n < words.length; n += 2) {
        const topic = site.config.points[words[n] ?? '']?.topic
        if (topic === undefined) throw new Error(`what is "${line}"?`)
        const payload = Buffer.from(`{"ts":${tMs},"value":${numberAt(words[n + 1] ?? '', (tMs - baseMs) / HOUR_MS)}}`)
        packets.push({ nowMs: heard === undefined ? tMs : atMs(heard), topic, payload, retain: false })
      }
    }
  }
  return packets.sort((a, b) => a.nowMs - b.nowMs)
}

/** `100~20`: a hundred, moving by up to twenty. `100+6/h`: a count that rises by six an hour. */
function numberAt(word: string, hours: number): number {
  const [, start = NaN, , swing, , rise] = /^(-?[\d.]+)((?:~)([\d.]+))?((?:\+)([\d.]+)\/h)?$/.exec(word) ?? []
  const moved = Number(swing ?? 0) * Math.sin(hours * 7)
  return Math.round((Number(start) + moved + Number(rise ?? 0) * hours) * 1e6) / 1e6
}

/** `h:mm` or `h:mm:ss` of the first day; hours may pass 24. */
export function clockMs(clock: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number)
  return DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000
}

/** Rows without what tells when, not what. */
export function numbersOf(rows: Rows): Rows {
  return new Map(
    [...rows].map(([key, { revision: _revision, state: _state, ...fields }]): [string, Fields] => [key, fields]),
  )
}
