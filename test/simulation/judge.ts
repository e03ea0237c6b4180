/** What a run must leave: all that was acknowledged, once, and all that one undisturbed fold of the journal gives. */
import { join } from 'node:path'
import { foldEntry, openFold } from '../../src/fold/fold.ts'
import { MEASUREMENTS } from '../../src/rows/tables/measurements.ts'
import type { Row } from '../../src/rows/rows.ts'
import type { JournalEntry, Store } from '../../src/store/store.ts'
import { differences, keyOf, type Rows } from '../daemon/crash-rows.ts'
import { linesOf, takeOpenRows } from '../rows/new-rows.ts'
import type { Message } from './broker.ts'
import { SITE } from './day.ts'
import { openStoreAt, PAGER, type Outside } from './life.ts'
import { EPOCH_MS } from './world.ts'

const MOST = 20_000

/** Reads what a stopped daemon left in the folder; gives every fault in words. */
export async function faultsOf(
  folder: string,
  { broker, influx, paged, chronicle }: Outside,
  sent: readonly Message[],
) {
  const journal = [...chronicle.values()].toSorted((a, b) => a.seq - b.seq)
  const { history, waiting } = await readLeft(folder)
  const anew = await foldAnew(join(folder, 'anew'), journal)
  const rows: Rows = new Map()
  for (const { measurement, tags, timeMs, fields } of anew.rows) rows.set(keyOf(measurement, tags, timeMs), fields)
  return [
    ...broker.faults.slice(0, 3),
    ...lostOf(journal, broker.acknowledged, 'acknowledged and not journalled'),
    ...lostOf(journal, sent, 'sent and not journalled'),
    ...orderOf(journal),
    ...differences(history, rows).map((it) => `history: ${it}`),
    ...differences(fieldsBy(influx.rows), linesBy(anew.rows)).map((it) => `database: ${it}`),
    ...noticesFault([...paged, ...waiting], anew.notices),
  ]
}

/**
 * The history, and the notices of the last tick before the stop: they wait for the next start. There is one thread of a
 * store at a time, so all is read before the next store is opened.
 */
async function readLeft(folder: string): Promise<{ history: Rows; waiting: string[] }> {
  await using store = await openStoreAt(folder)
  const notices = await store.takeNotices(PAGER, MOST)
  return { history: await historyOf(store), waiting: notices.map(({ notice }) => `${notice.topic} ${notice.payload}`) }
}

/** Folds a journal from the first entry to the last, in one go. */
async function foldAnew(folder: string, journal: readonly JournalEntry[]) {
  await using store = await openStoreAt(folder)
  const fold = await openFold(SITE, store)
  for (const entry of journal) foldEntry(fold, entry)
  const notices = fold.outputs.notices.map(({ topic, payload }) => `${topic} ${payload}`)
  return { rows: takeOpenRows(fold), notices }
}

function lostOf(journal: readonly JournalEntry[], messages: readonly Message[], what: string): string[] {
  const there = new Set(journal.map(({ topic, payload }) => `${topic} ${Buffer.from(payload).toString()}`))
  const lost = messages.filter(({ topic, payload }) => !there.has(`${topic} ${payload}`))
  return lost.length === 0 ? [] : [`${lost.length} messages ${what}, such as ${lost[0]?.topic} ${lost[0]?.payload}`]
}

function orderOf(journal: readonly JournalEntry[]): string[] {
  const wrong = journal.find(({ seq, nowMs }, n) => {
    const before = journal[n - 1]
    return before !== undefined && (seq <= before.seq || nowMs < before.nowMs)
  })
  return wrong === undefined ? [] : [`entry ${wrong.seq} of the journal is out of order`]
}

async function historyOf(store: Store): Promise<Rows> {
  const rows: Rows = new Map()
  const span = { fromMs: EPOCH_MS - 3_600_000, toMs: EPOCH_MS + 3_600_000, limit: MOST }
  for (const measurement of Object.keys(MEASUREMENTS)) {
    for (const { tags, timeMs, fields } of await store.history(measurement, span)) {
      rows.set(keyOf(measurement, tags, timeMs), fields)
    }
  }
  return rows
}

/** Lines of rows, the last of each key. */
function linesBy(rows: readonly Row[]): Rows {
  const last = new Map(rows.map((row) => [keyOf(row.measurement, row.tags, row.timeMs), row]))
  const lines = linesOf([...last.values()]).map((line): [string, string] => {
    const [head, tail] = [line.indexOf(' '), line.lastIndexOf(' ')]
    return [line.slice(0, head) + line.slice(tail), line.slice(head + 1, tail)]
  })
  return fieldsBy(new Map(lines))
}

function fieldsBy(lines: ReadonlyMap<string, string>): Rows {
  return new Map([...lines].map(([key, text]) => [key, { text }]))
}

/** Each notice reaches its receiver at least once, in the order in which it was given. */
function noticesFault(paged: readonly string[], wanted: readonly string[]): string[] {
  const [first, all] = [[...new Set(paged)], [...new Set(wanted)]]
  const at = all.findIndex((notice, n) => first[n] !== notice)
  if (at >= 0) return [`notice ${at} is ${first[at] ?? 'not there'}, not ${all[at]}`]
  return first.length > all.length ? [`a notice that no fold gives: ${first[all.length]}`] : []
}
