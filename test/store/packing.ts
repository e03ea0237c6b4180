/**
 * Work on a store that once was of the release before frames: step by step the old rows are brought over and hours are
 * packed; between two steps comes a commit, and a receiver reads on. Commit n holds packet n, and its rows follow from
 * n, so what must be there follows from the last number. For kills.test.ts and packer.ts.
 */
import { openSeriesBook } from '../../src/store/series-book.ts'
import { openStore, type HistoryRow, type Store } from '../../src/store/store.ts'
import type { Row } from '../../src/rows/rows.ts'
import { newRows } from '../rows/new-rows.ts'
import { oldEnergy, oldPue, type OldRow } from './old-store.ts'
import { energyRow, MINUTE_MS, rowsIn } from './rows.ts'

/** On an hour. */
export const NOW_MS = 500_000 * 60 * MINUTE_MS
/** So many steps bring all over, pack it, and pack hours of new rows. */
export const STEPS = 97
/** Before this step nobody reads, so that a backlog comes to be. */
const FIRST_READ = 24
const READ_ROWS = 400

const POINTS = Array.from({ length: 24 }, (_, n) => `p${n}`)

/** Four hours of the points, and of a PUE, minute by minute. */
export const OLD: readonly OldRow[] = Array.from({ length: 240 }, (_, n) => NOW_MS - (239 - n) * MINUTE_MS).flatMap(
  (timeMs, n) => [
    ...POINTS.map((point) => oldEnergy(point, timeMs, n)),
    ...(n % 10 === 9 ? [oldPue('24h', timeMs, 1 + n / 100)] : []),
  ],
)

/** Those of the old rows that wait, by their places. */
export const QUEUED: readonly number[] = OLD.flatMap((_, place) => (place % 13 === 0 ? [] : [place]))

/** New rows, a correction of one that may still wait, and one of a row that came with the commit before. */
export function rowsOf(n: number): Row[] {
  const atMs = NOW_MS + n * 10 * MINUTE_MS
  const watts = 1_000_000 + n
  return [
    ...POINTS.slice(0, 4).map((point) => energyRow(point, atMs, watts)),
    energyRow(POINTS[n % POINTS.length] ?? '', NOW_MS - ((n * 37) % 240) * MINUTE_MS, watts),
    ...(n > 1 ? [energyRow('p1', atMs - 10 * MINUTE_MS, watts)] : []),
  ]
}

/** A row as who it is and what it says. */
export function wordsOf({ measurement, tags, timeMs, fields }: Row | HistoryRow | OldRow): [key: string, form: string] {
  return [JSON.stringify([measurement, tags, timeMs]), JSON.stringify(fields)]
}

/** What the local history holds after commit `lastSeq`. */
export function wantedHistory(lastSeq: number): Map<string, string> {
  const commits = Array.from({ length: lastSeq }, (_, n) => rowsOf(n + 1))
  return new Map([...OLD, ...commits.flat()].map(wordsOf))
}

export function openPacked(path: string): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: ['influx'] })
}

/** What the receiver does: it has written rows, and then they are passed. */
export type Heard = { kind: 'wrote'; rows: [key: string, form: string][] } | { kind: 'passed' }

/** Packs, commits, reads on. `onStep` is called before each step and behind its commit. */
export async function packSteps(
  store: Store,
  steps: number,
  { onStep, onHeard }: { onStep: (step: number) => void; onHeard: (heard: Heard) => void },
): Promise<void> {
  const book = openSeriesBook(store.start())
  let { lastSeq } = store.start()
  for (let step = 1; step <= steps; step += 1) {
    onStep(step - 0.5)
    await packOnce(store)
    const packet = { nowMs: NOW_MS, topic: 't', payload: Buffer.from(String(lastSeq + 1)), retain: false }
    const rows = newRows(book, rowsOf(lastSeq + 1))
    lastSeq = (await store.commit({ packets: [packet], foldedSeq: lastSeq, rows, notices: [] })).lastSeq
    onStep(step)
    if (lastSeq >= FIRST_READ) await readOn(store, READ_ROWS, onHeard)
  }
}

/** One step of what `compact` does. */
async function packOnce(store: Store): Promise<void> {
  let asked = 0
  const signal = new AbortController().signal
  Object.defineProperty(signal, 'aborted', { get: () => asked++ > 0 })
  await store.compact(NOW_MS, signal)
}

/** Reads about so many rows, of the backlog and of the newest ones in turn; returns whether there were any. */
export async function readOn(store: Store, rows: number, onHeard: (heard: Heard) => void): Promise<boolean> {
  let any = false
  for (const place of ['live', 'backlog'] as const) {
    const blocks = await store.takeBlocks('influx', place, rows)
    const last = blocks.at(-1)
    if (last === undefined) continue
    const found = rowsIn(openSeriesBook(store.start()), blocks)
    onHeard({ kind: 'wrote', rows: found.map(({ row }) => wordsOf(row)) })
    await store.passBlocks('influx', place, last)
    onHeard({ kind: 'passed' })
    any = true
  }
  return any
}
