import { decodeBlock, fieldAt, tableIn } from '../frames/block.ts'
import { seriesAt, type Series, type SeriesBook } from '../frames/series.ts'
import type { Fields } from '../tables/table.ts'

/** Tables of which the newest rows are kept, with the fields that are. */
const KEPT = {
  pue: ['pue', 'coverage', 'uncertainty', 'name', 'state', 'suspect'],
  energy: ['mean_w', 'coverage'],
  climate: ['dry_bulb_c', 'headroom_k', 'band'],
} as const

type Kept = keyof typeof KEPT

/** A block so much older than the newest of its table corrects the past: nothing in it is news. */
const PAST_MS = 86_400_000

/** The newest row of a series and window that says something. */
export interface NewestRow {
  readonly tags: Series['tags']
  /** '': its table has no windows. */
  readonly window: string
  readonly timeMs: number
  readonly fields: Fields
}

/** The newest row of each series of `KEPT`, as they were committed since the start: as many as the site has series. */
export interface NewestRows {
  /** Takes the blocks of a commit. */
  take(blocks: readonly Uint8Array[]): void
  of(table: Kept): Iterable<NewestRow>
}

/** By window, then by the number of the series. */
type OfTable = Map<string, Map<number, NewestRow>>

/** `book`: the series of the blocks. A row of energy that is not known does not take the place of one that is. */
export function createNewestRows(book: SeriesBook): NewestRows {
  const tables: Record<Kept, OfTable> = { pue: new Map(), energy: new Map(), climate: new Map() }
  const newestMs = { pue: -Infinity, energy: -Infinity, climate: -Infinity }
  const takeBlock = (bytes: Uint8Array): void => {
    const { measurement: table } = tableIn(bytes)
    if (!isKept(table)) return // most blocks: their words and columns are not read
    const block = decodeBlock(bytes)
    const { shape, window, varies, shared: timeMs, keys } = block
    if (varies !== 'series' || timeMs < newestMs[table] - PAST_MS) return
    newestMs[table] = Math.max(newestMs[table], timeMs)
    const columns = KEPT[table].map((name) => shape.columns.indexOf(name))
    const rows = tables[table].get(window) ?? new Map<number, NewestRow>()
    tables[table].set(window, rows)
    for (const [row, number] of keys.entries()) {
      if (timeMs < (rows.get(number)?.timeMs ?? -Infinity)) continue
      const fields: Record<string, number | string | boolean> = {}
      for (const [n, name] of KEPT[table].entries()) {
        const field = fieldAt(block, columns[n] ?? -1, row)
        if (field !== undefined) fields[name] = field
      }
      if (table === 'energy' && fields['mean_w'] === undefined) continue
      rows.set(number, { tags: seriesAt(book, number).tags, window, timeMs, fields })
    }
  }
  return {
    take: (blocks) => blocks.forEach(takeBlock),
    *of(table) {
      for (const rows of tables[table].values()) yield* rows.values()
    },
  }
}

function isKept(table: string): table is Kept {
  return Object.hasOwn(KEPT, table)
}
