import { readLines } from '../../ingest/recording.ts'
import { BadInput } from '../../config/bad-input.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'

/**
 * The rows of a run as a database would hold them: of the same tags and time the last one. By series (measurement and
 * tags, of alarms also the state) and time, the fields as JSON.
 */
export interface KeptRows {
  readonly bySeries: Map<string, Map<number, string>>
  /** How many there are. */
  count: number
  /** What a line begins with, up to its fields, and the series that it stands for. */
  readonly series: Map<string, string>
}

/** A series as its key tells it. */
interface RowSeries {
  readonly measurement: string
  readonly tags: Readonly<Record<string, string>>
  /** Of alarms. */
  readonly state?: string
}

/** So many rows are compared at most: with their texts they take about 1 GB for each run. */
const MOST_ROWS = 2_000_000
const FIELDS = ',"fields":'
const TIME = ',"timeMs":'

export function createKeptRows(): KeptRows {
  return { bySeries: new Map(), count: 0, series: new Map() }
}

/** Keeps a row in the form of `createTextTarget`. Throws `CommandFailed` when there are too many. */
export function keepRow(rows: KeptRows, line: string, most = MOST_ROWS): void {
  const fieldsAt = line.indexOf(FIELDS)
  const timeAt = line.lastIndexOf(TIME)
  const head = line.slice(0, fieldsAt)
  const fields = line.slice(fieldsAt + FIELDS.length, timeAt)
  const timeMs = Number(line.slice(timeAt + TIME.length, -1))
  const times = timesOf(rows, seriesOf(rows, head, fields))
  if (!times.has(timeMs)) rows.count++
  times.set(timeMs, fields)
  if (rows.count <= most) return
  const what = `more than ${most.toLocaleString('en-US')} rows are too many to compare`
  throw new CommandFailed(FAILED, `${what}: narrow them by --from and --until`)
}

/** Keeps the rows of a file that an earlier replay has printed. Throws `BadInput` for a line that is no row. */
export async function readPrintedRows(rows: KeptRows, file: string): Promise<void> {
  let number = 0
  for await (const lines of readLines(file)) {
    for (const line of lines) {
      number++
      if (line.trim() !== '') keepRow(rows, rowText(line, `${file === '-' ? 'standard input' : file}:${number}`))
    }
  }
}

/** Keys are texts, so that two runs have the same ones. */
export function readSeries(key: string): RowSeries {
  return JSON.parse(key) as RowSeries
}

function rowText(line: string, place: string): string {
  const { measurement, tags, fields, timeMs } = parsed(line, place)
  const isRow = typeof measurement === 'string' && isObject(tags) && isObject(fields) && isTime(timeMs)
  if (!isRow) {
    throw new BadInput(
      `${place}: is no row such as {"measurement":…,"tags":{…},"fields":{…},"timeMs":…}; the name of a configuration ends in .yaml, .yml or .json`,
    )
  }
  return JSON.stringify({ measurement, tags, fields, timeMs })
}

function parsed(line: string, place: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(line)
    return isObject(read) ? read : {}
  } catch (error) {
    throw new BadInput(`${place}: is no row: ${messageOf(error)}`)
  }
}

function isObject(it: unknown): it is Record<string, unknown> {
  return typeof it === 'object' && it !== null && !Array.isArray(it)
}

function timesOf({ bySeries }: KeptRows, key: string): Map<number, string> {
  const times = bySeries.get(key) ?? new Map<number, string>()
  bySeries.set(key, times)
  return times
}

/** Tags in the order of their names, as releases may write them in another. */
function seriesOf({ series }: KeptRows, head: string, fields: string): string {
  const isAlarm = head.startsWith('{"measurement":"alarm"')
  const state = isAlarm ? /"state":"(\w*)"/.exec(fields)?.[1] : undefined
  const text = state === undefined ? head : `${head} ${state}`
  const known = series.get(text)
  if (known !== undefined) return known
  const { measurement, tags } = JSON.parse(`${head}}`) as RowSeries
  const sorted = Object.fromEntries(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const key = JSON.stringify({ measurement, tags: sorted, ...(state !== undefined && { state }) } satisfies RowSeries)
  series.set(text, key)
  return key
}

/** Whether a number is a time that a date can have. */
function isTime(timeMs: unknown): timeMs is number {
  return typeof timeMs === 'number' && Math.abs(timeMs) <= 8.64e15
}
