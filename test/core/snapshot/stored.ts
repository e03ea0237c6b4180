/** What release 0.1.0 wrote, and a store that holds a snapshot. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { foldEntry, openFold, type Fold } from '../../../src/fold/fold.ts'
import { parseLine } from '../../../src/ingest/recording.ts'
import type { Row } from '../../../src/rows/rows.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import type { JournalPacket, Section } from '../../../src/store/types.ts'
import { siteOf } from '../../scenarios/scenario.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'

const FOLDER = join(import.meta.dirname, '../../fixtures/snapshot-0.1.0')

/**
 * Today a power far above its rating is refused; without a rating `it` tells what it told release 0.1.0. Nor did changes
 * of temperature wait for a minute.
 */
const UNRATED = readFileSync(join(FOLDER, 'site.yaml'), 'utf8')
  .replace('unit: kW, everyS: 60, maxKw: 500,', 'unit: kW, everyS: 60,')
  .replace('\nalarms:\n', '\nalarms:\n  rate_of_change: { onDelayS: 0 }\n')
export const SITE = siteOf(`${UNRATED}\nrows: { readings: all }`)
export const BEFORE = packetsOf('before.ndjson.gz')
export const AFTER = packetsOf('after.ndjson.gz')
/** Those that are still emitted: rack r2 has one inlet, and to-date windows of inlets and racks come every 15 min. */
export const ROWS = (linesOf('rows.ndjson.gz') as Row[]).filter(({ measurement, tags, timeMs }) => {
  if (measurement !== 'compliance' || (tags['scope'] !== 'inlet' && tags['scope'] !== 'rack')) return true
  return tags['name'] !== 'r2' && (tags['window'] !== 'day_to_date' || timeMs % 900_000 === 0)
})
export const NOTICES = linesOf('notices.ndjson.gz')
export const COUNTS = linesOf('counts.json.gz')[0] as { packets: number; counts: number[]; alarms: object }
export const SECTIONS = linesOf('sections.ndjson.gz').map((line): Section => {
  const { name, bytes } = line as { name: string; bytes: string }
  return { name, bytes: new Uint8Array(Buffer.from(bytes, 'hex')) }
})

/** A folder of a store, removed behind the test. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-snapshot-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a daemon does between its start and its stop: its fold goes on from what the folder holds. */
export async function run<T>(folder: string, work: (store: Store, fold: Fold) => Promise<T> | T): Promise<T> {
  await using store = await openStore({ path: folder, journalDays: 30, journalBytes: 1e9, rowReceivers: [] })
  return await work(store, await openFold(SITE, store))
}

/** Commits packets that come next in the journal, and a snapshot of the fold behind them. */
export async function commitSnapshot(
  store: Store,
  packets: readonly JournalPacket[],
  sections: readonly Section[],
): Promise<void> {
  const seq = store.start().lastSeq + packets.length
  await store.commit({ packets, foldedSeq: seq, rows: NO_ROWS, notices: [], snapshot: { seq, sections } })
}

export function foldAll(fold: Fold, packets: readonly JournalPacket[]): void {
  for (const packet of packets) foldEntry(fold, { ...packet, seq: fold.foldedSeq + 1 })
}

function packetsOf(file: string): JournalPacket[] {
  return linesOf(file).map((line) => {
    const packet = parseLine(JSON.stringify(line))
    if (typeof packet === 'string') throw new Error(`a packet of ${file} ${packet}`)
    return { ...packet, payload: Buffer.from(packet.payload as string) }
  })
}

function linesOf(file: string): unknown[] {
  const text = gunzipSync(readFileSync(join(FOLDER, file))).toString('utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}
