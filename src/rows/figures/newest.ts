import { decodeBlock, fieldAt, peekBlock } from '../frames/block.ts'
import { seriesIn, timeIn } from '../frames/read.ts'
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

/** `book`: the series of the blocks. A row of energy that is not known does not take the place of one that is. */
export function createNewestRows(book: SeriesBook): NewestRows {
  const tables = {
    pue: new Map<string, NewestRow>(),
    energy: new Map<string, NewestRow>(),
    climate: new Map<string, NewestRow>(),
  }
  const newestMs = { pue: -Infinity, energy: -Infinity, climate: -Infinity }
  const takeBlock = (bytes: Uint8Array): void => {
    const { shape, varies, shared } = peekBlock(bytes)
    const table = shape.measurement
    if (!isKept(table) || varies !== 'series' || shared < newestMs[table] - PAST_MS) return
    newestMs[table] = Math.max(newestMs[table], shared)
    const block = decodeBlock(bytes)
    const columns = KEPT[table].map((name) => [name, shape.columns.indexOf(name)] as const)
    for (let row = 0; row < block.keys.length; row++) {
      const number = seriesIn(block, row)
      const key = `${number} ${block.window}`
      const timeMs = timeIn(block, row)
      if (timeMs < (tables[table].get(key)?.timeMs ?? -Infinity)) continue
      const fields: Record<string, number | string | boolean> = {}
      for (const [name, column] of columns) {
        const field = fieldAt(block, column, row)
        if (field !== undefined) fields[name] = field
      }
      if (table === 'energy' && fields['mean_w'] === undefined) continue
      tables[table].set(key, { tags: seriesAt(book, number).tags, window: block.window, timeMs, fields })
    }
  }
  return { take: (blocks) => blocks.forEach(takeBlock), of: (table) => tables[table].values() }
}

function isKept(table: string): table is Kept {
  return Object.hasOwn(KEPT, table)
}
