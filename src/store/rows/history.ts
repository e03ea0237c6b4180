import { decodeBlock, type Block } from '../../rows/frames/block.ts'
import { fieldsIn, timeIn } from '../../rows/frames/read.ts'
import { rowTags, type Series } from '../../rows/frames/series.ts'
import { SHAPES, type Shape } from '../../rows/frames/shape.ts'
import { tableNamed } from '../../rows/tables/measurements.ts'
import { HISTORY_ROWS, type HistoryQuery, type HistoryRow } from '../types.ts'
import type { RowBase } from './base.ts'
import { HOUR_MS, hourOf, readChunk, type OnBad } from './chunks.ts'
import { frameBlock } from './frames.ts'
import { OLD_READ, oldKey, oldRows } from './old-series.ts'

/** Decoded frames of this size at most stay in memory while a question is answered. */
const HELD_BYTES = 64_000_000
/** Hours with chunks are looked up so many at a time, the first time and later. */
const FIRST_HOURS = 2
const HOURS = 200

const FRAMES = 'SELECT id, time_ms, window FROM frame WHERE time_ms BETWEEN ? AND ? AND place = ?'
const UPTO = 'SELECT upto_id FROM chunked_hour WHERE place = ? AND hour = ? AND window = ?'
const CHUNKED = 'SELECT window, first_hour, last_hour FROM chunked_series WHERE series = ?'
const RISING_HOURS = `
  SELECT hour FROM chunked_hour WHERE place = ? AND window = ? AND hour BETWEEN ? AND ? ORDER BY hour LIMIT ?`
const FALLING_HOURS = RISING_HOURS.replace('ORDER BY hour', 'ORDER BY hour DESC')

/** A row whose fields are not read yet; without `fields` only a bound: the stream has nothing before it. */
interface Found {
  readonly timeMs: number
  readonly fields: (() => HistoryRow['fields']) | undefined
}

/** From which to which hour a series has chunks. */
interface Hours {
  readonly first: number
  readonly last: number
}

/** A question, and what is needed to answer it for one series after the other. */
interface Reading {
  readonly base: RowBase
  readonly shape: Shape
  readonly fromMs: number
  readonly toMs: number
  readonly newestFirst: boolean
  /** By window; of one time the newest comes first. */
  readonly frames: ReadonlyMap<number, FrameRef[]>
  held: { bytes: number; byId: Map<number, Frame | undefined> }
  readonly onBad: OnBad
}

interface FrameRef {
  readonly id: number
  readonly timeMs: number
}

interface Frame {
  readonly block: Block
  readonly rowOf: (series: number) => number
}

/**
 * Answers from frames that are not packed yet, from chunks, and from what an older release left. Of one series, window
 * and time the first of these gives the row. Series by series, window by window, as they were numbered.
 */
export function readHistory(base: RowBase, measurement: string, query: HistoryQuery, onBad: OnBad): HistoryRow[] {
  const { tags = {}, limit, perSeries = limit, newestFirst = false } = query
  const table = tableNamed(measurement)
  const all = base.index.byMeasurement.get(measurement) ?? []
  const shape = SHAPES.find((known) => known.measurement === measurement)
  if (table === undefined || shape === undefined) return []
  const { window: wantedWindow, ...wanted } = tags
  if (wantedWindow !== undefined && !table.tags.includes('window')) return []
  const only = wantedWindow === undefined ? undefined : (base.index.numberOfWindow.get(wantedWindow) ?? -1)
  const reading = createReading(base, shape, query, newestFirst, onBad)
  const rows: HistoryRow[] = []
  const most = Math.min(limit, HISTORY_ROWS)
  for (const series of all) {
    if (!isWanted(series, table.tags, wanted)) continue
    const chunks = chunksOf(reading, series.number)
    for (const window of windowsOf(reading, series.number, chunks)) {
      if (only !== undefined && window !== only) continue
      const streams = [
        fromFrames(reading, series.number, window),
        fromChunks(reading, series.number, window, chunks.get(window)),
        fromOldRows(reading, series.number, window),
      ]
      const tags = rowTags(series, base.index.windows[window] ?? '')
      addRows(merged(streams, newestFirst), measurement, tags, rows, Math.min(most, rows.length + perSeries))
      if (rows.length >= most) return rows
    }
  }
  return rows
}

function isWanted({ tags }: Series, names: readonly string[], wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, text]) => names.includes(name) && (tags[name] ?? '') === text)
}

/** Adds rows until there are `most` in all. */
function addRows(
  found: Iterable<Found>,
  measurement: string,
  tags: Record<string, string>,
  rows: HistoryRow[],
  most: number,
): void {
  for (const { timeMs, fields } of found) {
    if (fields === undefined) continue
    rows.push({ measurement, tags, fields: fields(), timeMs })
    if (rows.length >= most) return
  }
}

/** Merges streams that are in the order of time. Of one time the first stream's row stays. */
function* merged(streams: readonly Generator<Found, void>[], newestFirst: boolean): Generator<Found, void> {
  const heads = streams.map((stream) => stream.next().value)
  for (;;) {
    let next: Found | undefined
    for (const head of heads) {
      if (!head) continue
      const isBefore = next === undefined || (newestFirst ? head.timeMs > next.timeMs : head.timeMs < next.timeMs)
      if (isBefore || (head.fields === undefined && head.timeMs === next?.timeMs)) next = head
    }
    if (next === undefined) return
    if (next.fields !== undefined) yield next
    for (const [n, head] of heads.entries()) {
      const isDone = head === next || (next.fields !== undefined && head?.timeMs === next.timeMs)
      if (isDone) heads[n] = streams[n]?.next().value
    }
  }
}

function createReading(
  base: RowBase,
  shape: Shape,
  { fromMs, toMs }: HistoryQuery,
  newestFirst: boolean,
  onBad: OnBad,
): Reading {
  const frames = new Map<number, FrameRef[]>()
  const uptos = new Map<string, number>()
  for (const row of base.sql(FRAMES).all(fromMs, toMs, shape.place)) {
    const [id, timeMs, window] = [row['id'] as number, row['time_ms'] as number, row['window'] as number]
    const hour = hourOf(timeMs)
    const key = `${hour} ${window}`
    const upto = uptos.get(key) ?? ((base.sql(UPTO).get(shape.place, hour, window)?.['upto_id'] as number) || 0)
    uptos.set(key, upto)
    if (id <= upto) continue // packed, and only kept for a receiver
    const ofWindow = frames.get(window) ?? []
    frames.set(window, ofWindow)
    ofWindow.push({ id, timeMs })
  }
  const sign = newestFirst ? -1 : 1
  for (const refs of frames.values()) refs.sort((a, b) => sign * (a.timeMs - b.timeMs) || b.id - a.id)
  return { base, shape, fromMs, toMs, newestFirst, frames, held: { bytes: 0, byId: new Map() }, onBad }
}

function chunksOf({ base }: Reading, series: number): Map<number, Hours> {
  return new Map(
    base
      .sql(CHUNKED)
      .all(series)
      .map((row) => [
        row['window'] as number,
        { first: row['first_hour'] as number, last: row['last_hour'] as number },
      ]),
  )
}

/** The windows in which a series may have rows, in the order of their numbers. */
function windowsOf({ base, frames }: Reading, series: number, chunks: ReadonlyMap<number, Hours>): number[] {
  const windows = new Set([...frames.keys(), ...chunks.keys()])
  if (base.oldIds !== undefined) {
    for (const window of base.index.windows.keys()) if (base.oldIds.has(oldKey(series, window))) windows.add(window)
  }
  return [...windows].sort((a, b) => a - b)
}

function* fromFrames(reading: Reading, series: number, window: number): Generator<Found, void> {
  let lastMs = NaN
  for (const { id, timeMs } of reading.frames.get(window) ?? []) {
    if (timeMs === lastMs) continue
    const frame = frameOf(reading, id)
    const row = frame?.rowOf(series) ?? -1
    if (frame === undefined || row < 0) continue
    lastMs = timeMs
    yield { timeMs, fields: () => fieldsIn(frame.block, row) }
  }
}

function frameOf({ base, held, onBad }: Reading, id: number): Frame | undefined {
  if (held.byId.has(id)) return held.byId.get(id)
  const bytes = frameBlock(base, id)
  if (held.bytes > HELD_BYTES) {
    held.byId.clear()
    held.bytes = 0
  }
  held.bytes += bytes?.length ?? 0
  const frame = bytes && decodeFrame(id, bytes, onBad)
  held.byId.set(id, frame)
  return frame
}

function decodeFrame(id: number, bytes: Uint8Array, onBad: OnBad): Frame | undefined {
  try {
    const block = decodeBlock(bytes)
    return { block, rowOf: rowFinder(block.keys) }
  } catch (error) {
    onBad({ kind: 'frame', id, block: bytes, error })
    return undefined
  }
}

/** Finds the row of a series, -1: there is none. */
function rowFinder(keys: ArrayLike<number>): (series: number) => number {
  for (let row = 1; row < keys.length; row++) {
    if ((keys[row] ?? 0) > (keys[row - 1] ?? 0)) continue
    const places = new Map(Array.from(keys, (series, place) => [series, place]))
    return (series) => places.get(series) ?? -1
  }
  return (series) => {
    let [low, high] = [0, keys.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((keys[middle] ?? 0) < series) low = middle + 1
      else high = middle
    }
    return keys[low] === series ? low : -1
  }
}

function* fromChunks(
  reading: Reading,
  series: number,
  window: number,
  held: Hours | undefined,
): Generator<Found, void> {
  const { base, shape, fromMs, toMs, newestFirst, onBad } = reading
  if (held === undefined) return
  const boundOf = (hour: number): Found => ({
    timeMs: newestFirst ? (hour + 1) * HOUR_MS : hour * HOUR_MS,
    fields: undefined,
  })
  yield boundOf(newestFirst ? held.last : held.first)
  for (const hour of hoursOf(reading, window, held)) {
    yield boundOf(hour)
    const block = readChunk(base, { hour, shape, window, series }, onBad)
    if (block === undefined) continue
    const rows = block.keys.length
    for (let n = 0; n < rows; n++) {
      const row = newestFirst ? rows - 1 - n : n
      const timeMs = timeIn(block, row)
      if (timeMs >= fromMs && timeMs <= toMs) yield { timeMs, fields: () => fieldsIn(block, row) }
    }
  }
}

/** The hours in which there may be a chunk, in the order of the question. */
function* hoursOf({ base, shape, fromMs, toMs, newestFirst }: Reading, window: number, held: Hours) {
  let first = Math.max(hourOf(fromMs), held.first)
  let last = Math.min(hourOf(toMs), held.last)
  for (let limit = FIRST_HOURS; first <= last; limit = HOURS) {
    const hours = base.sql(newestFirst ? FALLING_HOURS : RISING_HOURS).all(shape.place, window, first, last, limit)
    for (const { hour } of hours) yield hour as number
    const reached = hours.at(-1)?.['hour'] as number | undefined
    if (reached === undefined || hours.length < limit) return
    if (newestFirst) last = reached - 1
    else first = reached + 1
  }
}

function* fromOldRows({ base, fromMs, toMs, newestFirst }: Reading, series: number, window: number) {
  const key = oldKey(series, window)
  const order = newestFirst ? 'DESC' : ''
  let span: [number, number] = [fromMs, toMs]
  for (let rows = oldRows(base, key, span, order); rows.length > 0; rows = oldRows(base, key, span, order)) {
    for (const { timeMs, fields } of rows) yield { timeMs, fields: () => fields }
    const lastMs = rows.at(-1)?.timeMs ?? 0
    if (rows.length < OLD_READ) return
    span = newestFirst ? [fromMs, lastMs - 1] : [lastMs + 1, toMs]
  }
}
