import { decodeBlock, encodeBlock, type Block } from '../../rows/frames/block.ts'
import { cellAt } from '../../rows/frames/cells.ts'
import type { Shape } from '../../rows/frames/shape.ts'
import type { Database } from '../database/database.ts'
import { keepBadBlock, type RowBase } from './base.ts'

/**
 * A chunk holds one series' rows of one window and one hour. Chunks of an hour are written together, so that file and
 * index grow at their ends:
 *
 *     frames    12:01 │ s1 s2 s3      chunks of hour 12   s1 │ 12:01 12:02 … 12:59
 *               12:02 │ s1 s2 s3                          s2 │ 12:01 12:02 … 12:59
 *               …                                         s3 │ 12:01 12:02 … 12:59
 */
interface ChunkKey {
  readonly hour: number
  readonly shape: Shape
  readonly window: number
  readonly series: number
}

/** Rows of a chunk, rising in time; `cells` row by row, texts as places in `words`. */
export interface ChunkRows {
  readonly times: Float64Array
  readonly cells: Float64Array
  readonly words: readonly string[]
}

export const HOUR_MS = 3_600_000

const READ = 'SELECT id, block FROM chunk WHERE hour = ? AND place = ? AND window = ? AND series = ?'
const PUT = `
  INSERT INTO chunk (hour, place, window, series, rows, block) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (hour, place, window, series) DO UPDATE SET rows = excluded.rows, block = excluded.block`
const HOLD = `
  INSERT INTO chunked_series (series, window, first_hour, last_hour) VALUES (?1, ?2, ?3, ?3)
  ON CONFLICT (series, window) DO UPDATE SET first_hour = min(first_hour, ?3), last_hour = max(last_hour, ?3)`
const WAKE = 'UPDATE row_series SET idle = 0 WHERE number = ? AND idle = 1'

export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS)
}

/** What to do with bytes that cannot be read. */
export type OnBad = (bad: { kind: 'frame' | 'chunk'; id: number; block: Uint8Array; error: unknown }) => void

/** Undefined: there is none, or it cannot be read. */
export function readChunk(base: Database, { hour, shape, window, series }: ChunkKey, onBad: OnBad): Block | undefined {
  const found = base.sql(READ).get(hour, shape.place, window, series)
  if (found === undefined) return undefined
  const [id, block] = [found['id'] as number, found['block'] as Uint8Array]
  try {
    return decodeBlock(block)
  } catch (error) {
    onBad({ kind: 'chunk', id, block, error })
    return undefined
  }
}

export function setChunkAside(base: Database, id: number, block: Uint8Array, error: unknown): void {
  keepBadBlock(base, `chunk ${id}`, block, error)
  base.sql('DELETE FROM chunk WHERE id = ?').run(id)
}

/** Adds rows to a chunk. Of two rows of one time the added one stays. */
export function putChunk(base: RowBase, key: ChunkKey, added: ChunkRows): void {
  const { hour, shape, window, series } = key
  const held = readChunk(base, key, ({ id, block, error }) => setChunkAside(base, id, block, error))
  const rows = held === undefined ? added : merge(added, rowsIn(held), shape)
  const kept = Int32Array.from(rows.times.keys())
  const { cells, words } = ownWords(rows, shape)
  const name = base.index.windows[window] ?? ''
  const head = { shape, window: name, varies: 'time', shared: series, keys: rows.times } as const
  base.sql(PUT).run(hour, shape.place, window, series, kept.length, encodeBlock(head, cells, kept, words))
  base.sql(HOLD).run(series, window, hour)
  base.sql(WAKE).run(series)
}

function rowsIn({ shape, keys, columns, words }: Block): ChunkRows {
  const width = shape.columns.length
  const cells = new Float64Array(keys.length * width)
  for (let row = 0; row < keys.length; row++) {
    for (let column = 0; column < width; column++) cells[row * width + column] = cellAt(columns[column], row)
  }
  return { times: Float64Array.from(keys), cells, words }
}

/** Both by rising time; of one time the first one's row stays. Words of `second` go behind those of `first`. */
function merge(first: ChunkRows, second: ChunkRows, shape: Shape): ChunkRows {
  const width = shape.columns.length
  const times: number[] = []
  const cells: number[] = []
  const take = (rows: ChunkRows, row: number, wordsBefore: number): void => {
    times.push(rows.times[row] ?? NaN)
    for (let column = 0; column < width; column++) {
      const cell = rows.cells[row * width + column] ?? NaN
      cells.push(shape.types[column] === 'string' ? cell + wordsBefore : cell)
    }
  }
  for (let a = 0, b = 0; a < first.times.length || b < second.times.length;) {
    const [aMs, bMs] = [first.times[a] ?? Infinity, second.times[b] ?? Infinity]
    if (aMs <= bMs) take(first, a, 0)
    else take(second, b, first.words.length)
    if (aMs <= bMs) a += 1
    if (bMs <= aMs) b += 1
  }
  const words = [...first.words, ...second.words]
  return { times: Float64Array.from(times), cells: Float64Array.from(cells), words }
}

/** The rows with only those words that stand in them. */
function ownWords({ times, cells, words }: ChunkRows, shape: Shape): { cells: Float64Array; words: string[] } {
  const width = shape.columns.length
  const own = cells.slice(0, times.length * width)
  const places = new Map<string, number>()
  for (const [column, type] of shape.types.entries()) {
    if (type !== 'string') continue
    for (let at = column; at < own.length; at += width) {
      const word = words[own[at] ?? NaN]
      if (word === undefined) continue
      if (!places.has(word)) places.set(word, places.size)
      own[at] = places.get(word) ?? NaN
    }
  }
  return { cells: own, words: [...places.keys()] }
}
