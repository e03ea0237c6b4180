/** Rows for the store's tests: written as `point@minute=watts`, given to the store as blocks, read back as words. */
import { decodeBlock } from '../../src/rows/frames/block.ts'
import { rowIn } from '../../src/rows/frames/read.ts'
import type { SeriesBook } from '../../src/rows/frames/series.ts'
import type { Row } from '../../src/rows/rows.ts'
import type { QueuePlace, QueuedBlock } from '../../src/store/queue-type.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import type { HistoryRow, Store } from '../../src/store/types.ts'
import { newRows } from '../rows/new-rows.ts'

export const MINUTE_MS = 60_000

/** Rows of `energy` from words: `a@1=100 b@1=90` are the watts of points a and b in minute 1. */
export function energyRows(words: string): Row[] {
  return words.split(' ').map((word) => {
    const [, point = '', minute, watts] = /^(\w+)@(\d+)=(\d+)$/.exec(word) ?? []
    return energyRow(point, Number(minute) * MINUTE_MS, Number(watts))
  })
}

export function energyRow(point: string, timeMs: number, watts: number): Row {
  return { measurement: 'energy', tags: { site: 's', point, role: 'it' }, fields: { mean_w: watts }, timeMs }
}

/** Rows that a receiver got, as `block:point@minute=watts`. */
export function queuedWords(book: SeriesBook, blocks: readonly QueuedBlock[]): string {
  return rowsIn(book, blocks)
    .map(({ id, row }) => `${id}:${wordOf(row)}`)
    .join(' ')
}

/** The rows of blocks that a receiver got, but for those that are cleared. */
export function rowsIn(book: SeriesBook, blocks: readonly QueuedBlock[]): { id: number; place: number; row: Row }[] {
  return blocks.flatMap(({ id, block, fromRow, toRow, cleared }) => {
    const decoded = decodeBlock(block)
    const places = Array.from({ length: toRow - fromRow }, (_, n) => fromRow + n)
    const kept = places.filter((place) => cleared === undefined || ((cleared[place >> 3]! >> (place & 7)) & 1) === 0)
    return kept.map((place) => ({ id, place, row: rowIn(book, decoded, place) }))
  })
}

export function wordOf({ tags, timeMs, fields }: Row | HistoryRow): string {
  return `${tags['point']}@${timeMs / MINUTE_MS}=${String(fields['mean_w'])}`
}

/** What waits for a receiver at a place. */
export async function waiting(store: Store, receiver: string, place: QueuePlace = 'live'): Promise<string> {
  return queuedWords(bookNow(store), await store.takeBlocks(receiver, place, 10_000))
}

const books = new WeakMap<Store, SeriesBook>()

/** One book for an open store. */
export function bookNow(store: Store): SeriesBook {
  const book = books.get(store) ?? openSeriesBook(store.start())
  books.set(store, book)
  return book
}

/** Commits rows given as words. */
export async function commitWords(store: Store, words: string): Promise<void> {
  const { foldedSeq } = store.start()
  await store.commit({ packets: [], foldedSeq, rows: newRows(bookNow(store), energyRows(words)), notices: [] })
}

/** Gives rows to the next commit, in frames of their own. */
export async function stageWords(store: Store, words: string): Promise<void> {
  await store.stage(newRows(bookNow(store), energyRows(words)))
}

/** The local history of `energy`, as words. */
export async function historyWords(store: Store): Promise<string> {
  const rows = await store.history('energy', { fromMs: 0, toMs: 1e15, limit: 20_000 })
  return rows.map(wordOf).join(' ')
}
