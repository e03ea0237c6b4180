import { decodeBlock, peekBlock, type Block } from '../../rows/frames/block.ts'
import { cellAt } from '../../rows/frames/cells.ts'
import { SHAPES, type Shape } from '../../rows/frames/shape.ts'
import { inTransaction } from '../database/database.ts'
import type { RowBase } from './base.ts'
import { HOUR_MS, hourOf, putChunk } from './chunks.ts'
import { frameBlock, setFrameAside } from './frames.ts'
import { convertOldRows } from './old-rows.ts'
import { firstWaitingId } from './receivers.ts'

/** An hour is packed once the newest row is so much later than its end: most corrections are in by then. */
const SETTLE_MS = 2 * HOUR_MS
/** Of frames at a time: so many cells are read, and so many kept in memory until their chunks are written. */
const READ_CELLS = 250_000
const HELD_CELLS = 1_000_000
/** So many chunks, or cells of them, are written at a time. */
const WRITTEN_CHUNKS = 120
const WRITTEN_CELLS = 50_000
/** So many frames, or rows of them, are deleted at a time. */
const DELETED_FRAMES = 60
const DELETED_ROWS = 60_000

const NEWEST = 'SELECT max(time_ms) AS time_ms FROM frame'
const NEXT_TIME = 'SELECT min(time_ms) AS time_ms FROM frame WHERE time_ms >= ? AND time_ms < ?'
const IN_HOUR = 'SELECT id, place, window FROM frame WHERE time_ms >= ? AND time_ms < ? ORDER BY place, window, id'
const UPTO = 'SELECT upto_id FROM chunked_hour WHERE place = ? AND hour = ? AND window = ?'
const SAVE_UPTO = `
  INSERT INTO chunked_hour (place, hour, window, upto_id) VALUES (?, ?, ?, ?)
  ON CONFLICT (place, hour, window) DO UPDATE SET upto_id = excluded.upto_id`
const DELETE = `
  DELETE FROM frame WHERE id = ? AND NOT EXISTS (SELECT 1 FROM echo WHERE echo.frame = frame.id)
    AND NOT EXISTS (SELECT 1 FROM suspect WHERE suspect.frame = frame.id)
  RETURNING rows`

/**
 * Packs the frames of hours that are over into chunks, table by table and window by window, and deletes those that all
 * receivers have passed. Between two steps commits may go on, or the process may end:
 *
 *     frames of an hour ─▶ which series ─▶ for some series at a time: gather rows ─▶ write chunks ─┐
 *                                                      ▲                                           │
 *                                                      └───────────────── until all series are done ┤
 *     delete passed frames ◀── note the last frame that is packed (`chunked_hour`), with the last chunks
 *
 * Until that note frames win over chunks, so nobody sees a half-packed hour; cut short, all of it is done again.
 */
export function* compact(base: RowBase, nowMs: number): Generator<void, void, void> {
  yield* convertOldRows(base, nowMs)
  const newestMs = base.sql(NEWEST).get()?.['time_ms'] as number | null
  if (newestMs === null) return
  const endMs = hourOf(newestMs - SETTLE_MS) * HOUR_MS
  for (let fromMs = -HOUR_MS * 1e6; ;) {
    const timeMs = base.sql(NEXT_TIME).get(fromMs, endMs)?.['time_ms'] as number | null
    if (timeMs === null) return
    yield* compactHour(base, hourOf(timeMs))
    fromMs = (hourOf(timeMs) + 1) * HOUR_MS
  }
}

/** The frames of one hour, table and window. */
interface Group {
  readonly hour: number
  readonly shape: Shape
  readonly window: number
  readonly ids: number[]
}

function* compactHour(base: RowBase, hour: number): Generator<void, void, void> {
  for (const group of groupsIn(base, hour)) {
    const { shape, window, ids } = group
    const upto = (base.sql(UPTO).get(shape.place, hour, window)?.['upto_id'] as number | undefined) ?? 0
    const fresh = ids.filter((id) => id > upto)
    if (fresh.length > 0) yield* pack(base, { ...group, ids: fresh })
    yield* deletePassed(base, ids)
  }
  yield
}

function groupsIn(base: RowBase, hour: number): Group[] {
  const groups: Group[] = []
  for (const row of base.sql(IN_HOUR).all(hour * HOUR_MS, (hour + 1) * HOUR_MS)) {
    const [id, place, window] = [row['id'] as number, row['place'] as number, row['window'] as number]
    const last = groups.at(-1)
    const shape = SHAPES[place]
    if (shape === undefined) continue
    if (last?.shape === shape && last.window === window) last.ids.push(id)
    else groups.push({ hour, shape, window, ids: [id] })
  }
  return groups
}

function* pack(base: RowBase, group: Group): Generator<void, void, void> {
  const { series, times } = yield* surveyOf(base, group)
  const width = group.shape.columns.length
  const atOnce = Math.min(series.length, Math.max(1, Math.floor(HELD_CELLS / (times.length * width))))
  const cells = new Float64Array(atOnce * times.length * width)
  for (let first = 0; first < series.length; first += atOnce) {
    const gathered = createGathered(series.subarray(first, first + atOnce), times, cells)
    yield* gather(base, group, gathered)
    yield* writeChunks(base, group, gathered, first + atOnce >= series.length)
  }
  if (series.length > 0) return
  inTransaction(base, () => noteChunked(base, group)) // none of the frames could be read
  yield
}

function noteChunked(base: RowBase, { shape, hour, window, ids }: Group): void {
  base.sql(SAVE_UPTO).run(shape.place, hour, window, ids.at(-1) ?? 0)
}

/** Which series and times are in the frames, both rising. */
function* surveyOf(base: RowBase, group: Group): Generator<void, { series: Int32Array; times: Float64Array }, void> {
  const series = new Set<number>()
  const times = new Set<number>()
  let cells = 0
  for (const id of group.ids) {
    const bytes = frameBlock(base, id)
    if (bytes === undefined) continue
    const block = readOrSetAside(base, id, bytes, peekBlock)
    if (block === undefined) continue
    for (const key of block.keys) series.add(key)
    times.add(block.shared)
    cells += block.keys.length * group.shape.columns.length
    if (cells >= READ_CELLS) {
      cells = 0
      yield
    }
  }
  yield
  return { series: Int32Array.from(series).sort(), times: Float64Array.from(times).sort() }
}

/** Rows of some series, one place for each series and time. */
interface Gathered {
  readonly series: Int32Array
  readonly times: Float64Array
  /** By series minus the first one: its place in `series`, plus one. */
  readonly slots: Int32Array
  readonly placeOfTime: ReadonlyMap<number, number>
  /** For each slot and time whether there is a row, and as many cells as a row has. */
  readonly has: Uint8Array
  readonly cells: Float64Array
  readonly words: Map<string, number>
}

function createGathered(series: Int32Array, times: Float64Array, cells: Float64Array): Gathered {
  const first = series[0] ?? 0
  const slots = new Int32Array((series.at(-1) ?? first) - first + 1)
  for (const [slot, number] of series.entries()) slots[number - first] = slot + 1
  const placeOfTime = new Map(Array.from(times, (timeMs, place) => [timeMs, place]))
  return {
    series,
    times,
    slots,
    placeOfTime,
    has: new Uint8Array(series.length * times.length),
    cells,
    words: new Map(),
  }
}

function* gather(base: RowBase, group: Group, gathered: Gathered): Generator<void, void, void> {
  let cells = 0
  for (const id of group.ids) {
    const bytes = frameBlock(base, id)
    if (bytes === undefined) continue
    const block = readOrSetAside(base, id, bytes, decodeBlock)
    if (block === undefined) continue
    addBlock(gathered, block)
    cells += block.keys.length * group.shape.columns.length
    if (cells >= READ_CELLS) {
      cells = 0
      yield
    }
  }
  yield
}

/** Puts a frame's rows in their places, over those of older frames. */
function addBlock({ series, times, slots, placeOfTime, cells, has, words }: Gathered, block: Block): void {
  const { shape, shared, keys, columns } = block
  const place = placeOfTime.get(shared)
  if (place === undefined) return
  const width = shape.columns.length
  const first = series[0] ?? 0
  const numbers = block.words.map((word) => numberOf(words, word))
  for (let row = 0; row < keys.length; row++) {
    const slot = slots[(keys[row] ?? -1) - first] ?? 0
    if (slot === 0) continue
    const at = (slot - 1) * times.length + place
    has[at] = 1
    for (let column = 0; column < width; column++) {
      const cell = cellAt(columns[column], row)
      cells[at * width + column] = shape.types[column] === 'string' ? (numbers[cell] ?? NaN) : cell
    }
  }
}

function numberOf(words: Map<string, number>, word: string): number {
  const known = words.get(word)
  if (known !== undefined) return known
  words.set(word, words.size)
  return words.size - 1
}

function* writeChunks(base: RowBase, group: Group, gathered: Gathered, isLast: boolean): Generator<void, void, void> {
  const { series, times } = gathered
  const cellsEach = times.length * group.shape.columns.length
  const atOnce = Math.max(1, Math.min(WRITTEN_CHUNKS, Math.floor(WRITTEN_CELLS / cellsEach)))
  const words = [...gathered.words.keys()]
  for (let first = 0; first < series.length; first += atOnce) {
    const end = Math.min(first + atOnce, series.length)
    inTransaction(base, () => {
      for (let slot = first; slot < end; slot++) writeChunk(base, group, gathered, slot, words)
      if (isLast && end === series.length) noteChunked(base, group)
    })
    yield
  }
}

function writeChunk(base: RowBase, group: Group, gathered: Gathered, slot: number, words: readonly string[]): void {
  const { hour, shape, window } = group
  const { times, cells, has, series } = gathered
  const width = shape.columns.length
  const kept = [...times.keys()].filter((place) => has[slot * times.length + place] === 1)
  if (kept.length === 0) return
  const own = new Float64Array(kept.length * width)
  for (const [row, place] of kept.entries()) {
    const at = (slot * times.length + place) * width
    own.set(cells.subarray(at, at + width), row * width)
  }
  const rows = { times: Float64Array.from(kept, (place) => times[place] ?? NaN), cells: own, words }
  putChunk(base, { hour, shape, window, series: series[slot] ?? -1 }, rows)
}

function readOrSetAside<T>(base: RowBase, id: number, bytes: Uint8Array, read: (bytes: Uint8Array) => T) {
  try {
    return read(bytes)
  } catch (error) {
    inTransaction(base, () => setFrameAside(base, id, bytes, error))
    return undefined
  }
}

/** Deletes packed frames that no receiver needs any more. */
function* deletePassed(base: RowBase, ids: readonly number[]): Generator<void, void, void> {
  const firstId = firstWaitingId(base)
  const passed = ids.filter((id) => id < firstId)
  for (let next = 0; next < passed.length;) {
    inTransaction(base, () => {
      let rows = 0
      for (let n = 0; n < DELETED_FRAMES && rows < DELETED_ROWS && next < passed.length; n++, next++) {
        const deleted = base.sql(DELETE).get(passed[next] ?? 0)
        rows += (deleted?.['rows'] as number | undefined) ?? 0
      }
    })
    yield
  }
}
