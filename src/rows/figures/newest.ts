import { decodeBlock, fieldAt, tableIn, type Block } from '../frames/block.ts'
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

/**
 * The newest rows of a table and window, side by side: an object a row would be made anew with each interval, and live
 * for as long.
 *
 *     place n     series[n]     cells   | … | time, first kept field, second … | of place n + 1 …
 */
interface RowsOfWindow {
  /** By the number of the series. */
  readonly places: Map<number, number>
  readonly series: number[]
  /** NaN: the row does not have the field. */
  readonly cells: (number | string | boolean)[]
}

type OfTable = Map<string, RowsOfWindow>

/** `book`: the series of the blocks. A row of energy that is not known does not take the place of one that is. */
export function createNewestRows(book: SeriesBook): NewestRows {
  const tables: Record<Kept, OfTable> = { pue: new Map(), energy: new Map(), climate: new Map() }
  const newestMs = { pue: -Infinity, energy: -Infinity, climate: -Infinity }
  const takeBlock = (bytes: Uint8Array): void => {
    const { measurement: table } = tableIn(bytes)
    if (!isKept(table)) return // most blocks: their words and columns are not read
    const block = decodeBlock(bytes)
    const { window, varies, shared: timeMs } = block
    if (varies !== 'series' || timeMs < newestMs[table] - PAST_MS) return
    newestMs[table] = Math.max(newestMs[table], timeMs)
    const rows = tables[table].get(window) ?? { places: new Map<number, number>(), series: [], cells: [] }
    tables[table].set(window, rows)
    takeRows(rows, table, block)
  }
  return {
    take: (blocks) => blocks.forEach(takeBlock),
    *of(table) {
      for (const [window, rows] of tables[table]) yield* rowsOf(rows, table, window, book)
    },
  }
}

function takeRows({ places, series, cells }: RowsOfWindow, table: Kept, block: Block): void {
  const { shape, shared: timeMs, keys } = block
  const columns = KEPT[table].map((name) => shape.columns.indexOf(name))
  const width = 1 + columns.length
  const meanAt = table === 'energy' ? shape.columns.indexOf('mean_w') : undefined
  for (const [row, number] of keys.entries()) {
    const known = places.get(number)
    if (known !== undefined && timeMs < Number(cells[known * width])) continue
    if (meanAt !== undefined && fieldAt(block, meanAt, row) === undefined) continue
    const place = known ?? series.push(number) - 1
    places.set(number, place)
    cells[place * width] = timeMs
    for (const [n, column] of columns.entries()) cells[place * width + 1 + n] = fieldAt(block, column, row) ?? NaN
  }
}

function* rowsOf({ series, cells }: RowsOfWindow, table: Kept, window: string, book: SeriesBook): Generator<NewestRow> {
  const width = 1 + KEPT[table].length
  for (const [place, number] of series.entries()) {
    const fields: Record<string, number | string | boolean> = {}
    for (const [n, name] of KEPT[table].entries()) {
      const cell = cells[place * width + 1 + n]
      if (cell !== undefined && !Number.isNaN(cell)) fields[name] = cell
    }
    yield { tags: seriesAt(book, number).tags, window, timeMs: Number(cells[place * width]), fields }
  }
}

function isKept(table: string): table is Kept {
  return Object.hasOwn(KEPT, table)
}
