import { formatLine } from '../../src/ingest/recording.ts'
import { untwine, type DoubledRow } from './doubled.ts'
import type { ColumnRef, ImportMap, ValueMap } from './map.ts'
import { MAP_MISMATCH } from './mismatch.ts'
import { readTable, type TableRow } from './tables.ts'
import { readTime } from './time.ts'

/** Counts of an import: each value of a row is written or refused under one name; a refused row counts once. */
export interface ImportCounts {
  rows: number
  packets: number
  values: number
  refused: Map<Refusal, { count: number; first: string }>
}

/** Why a row (bad_row, bad_time, skipped_hour, bad_hours) or one value of it was left out. */
type Refusal =
  | 'bad_row'
  | 'bad_time'
  | 'skipped_hour'
  | 'bad_hours'
  | 'empty'
  | 'not_a_number'
  | 'below_min'
  | 'above_max'
  | 'same_stamp'

interface Columns {
  cells: number | undefined
  time: readonly number[]
  hours: number | undefined
  values: readonly number[]
}

interface File {
  map: ImportMap
  counts: ImportCounts
  columns: Columns
  topics: readonly { topic: string; values: readonly number[] }[]
  /** The stamp of the row before, and how far it was from the one before it. */
  lastMs: number
  stepMs: number
  stampMs: Float64Array
  /** Rows of a repeated local hour, until it is over: only then it shows how its two passes stand. */
  waiting: DoubledRow[]
}

const HOUR_MS = 3_600_000
/** More than two hours of rows by the second: what repeats itself for longer is no hour. */
const MOST_WAITING = 20_000
/** In place of a column: the map itself gives the number. */
const CONSTANT = -1
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

export function createImportCounts(): ImportCounts {
  return { rows: 0, packets: 0, values: 0, refused: new Map() }
}

/**
 * Turns files into text of a recording: one packet `{"ts":…,"member":…}` for each row and topic, arriving at its
 * event time.
 *
 * Rows must be in order of time. In a repeated local hour (end of daylight saving) rows belong to the first pass until
 * the local time goes back, then to the second. Where the hour was sorted by local time, so that its times stand twice,
 * the second of each is of the second pass. A cell is a plain number with a decimal point.
 *
 * With `kind: mean` a value is a mean over the number of hours in its hours column, else over the whole span. It is
 * written once an hour, at the end of each of those hours. Points of `kind: mean` with `everyS: 3600` then count
 * value × hours.
 *
 * Throws an Error with code MAP_MISMATCH when a file lacks a named column or has it twice. Throws when a file cannot be
 * read.
 */
export async function* importRows(
  map: ImportMap,
  paths: readonly string[],
  counts: ImportCounts,
): AsyncGenerator<string, void, undefined> {
  const topics = [...new Set(map.values.map((value) => value.topic))].map((topic) => {
    return { topic, values: [...map.values.keys()].filter((i) => map.values[i]?.topic === topic) }
  })
  for (const path of paths) {
    let file: File | undefined
    for await (const { names, rows } of readTable(map, path)) {
      file ??= openFile(map, names, path, { counts, topics })
      let text = ''
      for (const row of rows) text += importRow(file, row)
      if (text !== '') yield text
    }
    const rest = file === undefined ? '' : importWaiting(file)
    if (rest !== '') yield rest
  }
}

function openFile(
  map: ImportMap,
  names: readonly string[] | undefined,
  path: string,
  shared: Pick<File, 'counts' | 'topics'>,
): File {
  const columns = findColumns(map, names, path)
  const stampMs = new Float64Array(map.values.length).fill(Number.NaN)
  return { map, ...shared, columns, lastMs: -Infinity, stepMs: 0, stampMs, waiting: [] }
}

function importRow(file: File, { cells, where }: TableRow): string {
  const { map, counts, columns } = file
  counts.rows++
  const width = columns.cells ?? cells?.length ?? 0
  if (cells === undefined || cells.length < width || cells.slice(width).some((cell) => cell !== ''))
    return refuse(counts, 'bad_row', where)
  const found = readTime(map.forms, columns.time.map((at) => cells[at] ?? '').join(' '), map.timezone)
  if (typeof found === 'string') return refuse(counts, found, where)
  const row = { cells, where, found }
  if (found.length > 1 && file.waiting.length < MOST_WAITING) {
    file.waiting.push(row)
    return ''
  }
  return importWaiting(file) + importAt(file, row, chooseTime(file, found))
}

/** The rows of a repeated hour that is over. */
function importWaiting(file: File): string {
  const rows = file.waiting
  if (rows.length === 0) return ''
  file.waiting = []
  const untwined = untwine(rows)
  if (untwined === undefined) return rows.map((row) => importAt(file, row, chooseTime(file, row.found))).join('')
  return untwined.map(({ row, tMs }) => importAt(file, row, chooseTime(file, [tMs]))).join('')
}

function importAt(file: File, { cells, where }: DoubledRow, tMs: number): string {
  const { map, counts, columns } = file
  if (map.mean === undefined) return writePackets(file, readCells(file, cells, tMs, where), tMs)
  const hours = columns.hours === undefined ? map.mean.spanHours : numberOf(cells[columns.hours] ?? '')
  // one hour more than the span: the day on which clocks are set back
  if (!Number.isInteger(hours) || hours < 0 || hours > map.mean.spanHours + 1) return refuse(counts, 'bad_hours', where)
  const read = readCells(file, cells, tMs, where)
  let text = ''
  for (let hour = 1; hour <= hours; hour++) text += writePackets(file, read, tMs + hour * HOUR_MS)
  return text
}

/**
 * Of a repeated local hour, the pass that does not go back in time. In hourly rows the same hour twice is both passes,
 * not a double stamp.
 */
function chooseTime(file: File, found: readonly number[]): number {
  const again = file.stepMs < HOUR_MS
  const tMs = found.find((it) => it > file.lastMs || (again && it === file.lastMs)) ?? found.at(-1) ?? Number.NaN
  if (tMs > file.lastMs) file.stepMs = tMs - file.lastMs
  file.lastMs = tMs
  return tMs
}

/** The row's numbers in the map's order; NaN for a refused one. */
function readCells(file: File, cells: readonly string[], tMs: number, where: string): number[] {
  const { map, counts, columns, stampMs } = file
  return map.values.map((value, i) => {
    const at = columns.values[i] ?? CONSTANT
    const found = at === CONSTANT ? (value.constant ?? Number.NaN) : readCell(value, cells[at] ?? '')
    const refusal = typeof found === 'number' && map.sameStamp === 'first' && stampMs[i] === tMs ? 'same_stamp' : found
    if (typeof refusal === 'string') {
      refuse(counts, refusal, where)
      return Number.NaN
    }
    stampMs[i] = tMs
    counts.values++
    return refusal
  })
}

function readCell(value: ValueMap, cell: string): number | Refusal {
  if (cell === '') return 'empty'
  const written = numberOf(cell)
  if (!Number.isFinite(written)) return 'not_a_number'
  if (written < value.min) return 'below_min'
  if (written > value.max) return 'above_max'
  const scaled = written * value.scale
  return Number.isFinite(scaled) ? scaled : 'not_a_number'
}

function numberOf(cell: string): number {
  return NUMBER.test(cell) ? Number(cell) : Number.NaN
}

function writePackets(file: File, read: readonly number[], tMs: number): string {
  let text = ''
  for (const { topic, values } of file.topics) {
    let members = ''
    for (const i of values) {
      const found = read[i] ?? Number.NaN
      if (!Number.isNaN(found)) members += `,${JSON.stringify(file.map.values[i]?.member)}:${found}`
    }
    if (members === '') continue
    text += formatLine({ nowMs: tMs, topic, payload: `{"ts":${tMs}${members}}`, retain: false }) + '\n'
    file.counts.packets++
  }
  return text
}

function refuse(counts: ImportCounts, refusal: Refusal, where: string): '' {
  const known = counts.refused.get(refusal)
  if (known === undefined) counts.refused.set(refusal, { count: 1, first: where })
  else known.count++
  return ''
}

function findColumns(map: ImportMap, names: readonly string[] | undefined, path: string): Columns {
  return {
    cells: names?.length,
    time: map.time.map((ref) => findColumn(ref, names, path)),
    hours: map.mean?.hours === undefined ? undefined : findColumn(map.mean.hours, names, path),
    values: map.values.map(({ ref }) => (ref === undefined ? CONSTANT : findColumn(ref, names, path))),
  }
}

function findColumn(ref: ColumnRef, names: readonly string[] | undefined, path: string): number {
  const { column, where } = ref
  if (typeof column === 'number') {
    if (names === undefined || column <= names.length) return column - 1
    throw mismatch(`${where}: ${path} has only ${names.length} columns`)
  }
  const places = [...(names ?? []).keys()].filter((i) => names?.[i] === column)
  const [at] = places
  if (at === undefined)
    throw mismatch(`${where}: ${path} has no column ${column}; it has ${(names ?? []).join(' | ').slice(0, 500)}`)
  if (places.length === 1) return at
  const from1 = places.map((i) => i + 1).join(' and ')
  throw mismatch(`${where}: ${path} has ${column} in columns ${from1}; give the column by its place`)
}

function mismatch(message: string): Error {
  return Object.assign(new Error(message), { code: MAP_MISMATCH })
}
