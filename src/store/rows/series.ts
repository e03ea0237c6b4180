import type { Measurement } from '../../rows/tables/measurements.ts'
import { tableNamed } from '../../rows/tables/measurements.ts'
import type { Series } from '../../rows/frames/series.ts'
import type { Database } from '../database/database.ts'
import type { SavedSeries } from '../queue-type.ts'

/** The series and the windows of the local history, by their numbers. */
export interface SeriesIndex {
  readonly byNumber: Map<number, Series>
  readonly byMeasurement: Map<string, Series[]>
  readonly windows: string[]
  readonly numberOfWindow: Map<string, number>
}

/** Configured points, boundaries and inlets make series: more than this is a fault of this program. */
const SERIES = 1_000_000

const ALL = 'SELECT number, measurement, tags FROM row_series ORDER BY number'
const PUT = 'INSERT INTO row_series (number, measurement, tags) VALUES (?, ?, ?)'
const PUT_WINDOW = 'INSERT INTO row_window (number, name) VALUES (?, ?)'

export function loadSeries(base: Database): SeriesIndex {
  const index: SeriesIndex = { byNumber: new Map(), byMeasurement: new Map(), windows: [], numberOfWindow: new Map() }
  const load = (): void => {
    for (const known of [index.byNumber, index.byMeasurement, index.numberOfWindow]) known.clear()
    index.windows.length = 0
    for (const row of base.sql(ALL).iterate()) {
      addSeries(index, row['number'] as number, row['measurement'] as string, row['tags'] as string)
    }
    for (const row of base.sql('SELECT name FROM row_window ORDER BY number').iterate()) {
      addWindow(index, row['name'] as string)
    }
  }
  load()
  base.onRollback.push(load)
  return index
}

export function savedSeries(base: Database): SavedSeries[] {
  return base
    .sql(ALL)
    .all()
    .map((row) => ({
      number: row['number'] as number,
      measurement: row['measurement'] as string,
      tags: row['tags'] as string,
    }))
}

/** Saves new series under the numbers that they have been given. */
export function putSeries(base: Database, index: SeriesIndex, all: readonly SavedSeries[]): void {
  for (const { number, measurement, tags } of all) {
    if (tableNamed(measurement) === undefined)
      throw new Error(`series ${number} is of ${measurement}, which is no table`)
    if (index.byNumber.size >= SERIES)
      throw new Error(`the local history has ${SERIES} series, ${measurement} would be one more`)
    base.sql(PUT).run(number, measurement, tags)
    base.ledger.lastSeries = Math.max(base.ledger.lastSeries, number)
    addSeries(index, number, measurement, tags)
  }
}

/** Number of a window; a new one is written down. Windows are numbered as they first come, from 0. */
export function windowNumber(base: Database, index: SeriesIndex, name: string): number {
  const known = index.numberOfWindow.get(name)
  if (known !== undefined) return known
  const number = index.windows.length
  base.sql(PUT_WINDOW).run(number, name)
  addWindow(index, name)
  return number
}

function addSeries(index: SeriesIndex, number: number, measurement: string, tags: string): void {
  const series = { measurement: measurement as Measurement, tags: JSON.parse(tags) as Series['tags'], number }
  index.byNumber.set(number, series)
  const ofMeasurement = index.byMeasurement.get(measurement) ?? []
  index.byMeasurement.set(measurement, ofMeasurement)
  ofMeasurement.push(series)
}

function addWindow({ windows, numberOfWindow }: SeriesIndex, name: string): void {
  numberOfWindow.set(name, windows.length)
  windows.push(name)
}
