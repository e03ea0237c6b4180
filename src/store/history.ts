import type { Database } from './database.ts'
import { HISTORY_ROWS, KEEP_DAYS, type HistoryQuery, type HistoryRow, type StoredRow } from './types.ts'

/** The series of the local history by their numbers, and the numbers by measurement and tags. */
export interface SeriesIndex {
  idOf: Map<string, number>
  byMeasurement: Map<string, Map<number, Record<string, string>>>
}

/** Boundaries and alarms are few: they are kept for longer. */
const KEEP_DAYS_OF: Readonly<Record<string, number>> = { pue: 400, alarm: 400 }
const DAY_MS = 86_400_000
const CHUNK_ROWS = 5_000
const CHUNK_SERIES = 500
/** Configured points, boundaries and inlets make series: more than this is a fault of this program. */
const SERIES = 1_000_000

const PUT = `
  INSERT INTO history (series, time_ms, fields) VALUES (?, ?, ?)
  ON CONFLICT (series, time_ms) DO UPDATE SET fields = excluded.fields`
const RISING = `
  SELECT time_ms, fields FROM history WHERE series = ? AND time_ms BETWEEN ? AND ? ORDER BY time_ms LIMIT ?`
const FALLING = RISING.replace('ORDER BY time_ms', 'ORDER BY time_ms DESC')
/** Spares rows that wait for a database: the queue holds only their keys. */
const DELETE = `
  DELETE FROM history WHERE series = ?1 AND time_ms IN (
    SELECT time_ms FROM history AS old WHERE series = ?1 AND time_ms < ?2
      AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.series = ?1 AND outbox.time_ms = old.time_ms)
    ORDER BY time_ms LIMIT ?3)`

export function loadSeries(base: Database): SeriesIndex {
  const index: SeriesIndex = { idOf: new Map(), byMeasurement: new Map() }
  const load = (): void => {
    index.idOf.clear()
    index.byMeasurement.clear()
    for (const row of base.sql('SELECT id, measurement, tags FROM series ORDER BY id').iterate()) {
      addSeries(index, row['id'] as number, row['measurement'] as string, row['tags'] as string)
    }
  }
  load()
  base.onRollback.push(load)
  return index
}

/** Number of a row's series; a new one is written down. Tags in another order are another series. */
export function seriesOf(base: Database, index: SeriesIndex, { measurement, tags }: StoredRow): number {
  const known = index.idOf.get(keyOf(measurement, tags))
  if (known !== undefined) return known
  if (index.idOf.size >= SERIES)
    throw new Error(`the local history has ${SERIES} series, ${measurement} would be one more`)
  const added = base.sql('INSERT INTO series (measurement, tags) VALUES (?, ?)').run(measurement, tags)
  const id = Number(added.lastInsertRowid)
  addSeries(index, id, measurement, tags)
  return id
}

export function putHistory(base: Database, series: number, { timeMs, fields }: StoredRow): void {
  base.sql(PUT).run(series, timeMs, fields)
}

export function readHistory(
  base: Database,
  index: SeriesIndex,
  measurement: string,
  { tags = {}, fromMs, toMs, limit, perSeries = limit, newestFirst = false }: HistoryQuery,
): HistoryRow[] {
  const wanted = Object.entries(tags)
  const read = base.sql(newestFirst ? FALLING : RISING)
  const rows: HistoryRow[] = []
  const most = Math.min(limit, HISTORY_ROWS)
  for (const [id, own] of index.byMeasurement.get(measurement) ?? []) {
    if (!wanted.every(([name, value]) => own[name] === value)) continue
    if (rows.length >= most) break
    for (const row of read.iterate(id, fromMs, toMs, Math.min(perSeries, most - rows.length))) {
      const fields = JSON.parse(row['fields'] as string) as HistoryRow['fields']
      rows.push({ measurement, tags: own, fields, timeMs: row['time_ms'] as number })
    }
  }
  return rows
}

/**
 * Deletes one chunk of rows that are past their time, beginning with the series behind `afterSeries`, and series that
 * have no row left. Returns the series behind which the next chunk begins; undefined: that was all.
 */
export function purgeHistory(
  base: Database,
  index: SeriesIndex,
  afterSeries: number,
  nowMs: number,
): { deleted: number; afterSeries: number | undefined } {
  const chunk = base.sql('SELECT id, measurement, tags FROM series WHERE id > ? ORDER BY id LIMIT ?')
  const all = chunk.all(afterSeries, CHUNK_SERIES)
  let deleted = 0
  let done = afterSeries
  for (const row of all) {
    const [id, measurement] = [row['id'] as number, row['measurement'] as string]
    const beforeMs = nowMs - (KEEP_DAYS_OF[measurement] ?? KEEP_DAYS) * DAY_MS
    deleted += Number(base.sql(DELETE).run(id, beforeMs, CHUNK_ROWS - deleted).changes)
    if (deleted >= CHUNK_ROWS) return { deleted, afterSeries: done }
    if (base.sql('SELECT 1 FROM history WHERE series = ? LIMIT 1').get(id) === undefined) {
      base.sql('DELETE FROM series WHERE id = ?').run(id)
      index.idOf.delete(keyOf(measurement, row['tags'] as string))
      index.byMeasurement.get(measurement)?.delete(id)
    }
    done = id
  }
  return { deleted, afterSeries: all.length < CHUNK_SERIES ? undefined : done }
}

function addSeries(index: SeriesIndex, id: number, measurement: string, tags: string): void {
  const ofMeasurement = index.byMeasurement.get(measurement) ?? new Map<number, Record<string, string>>()
  index.byMeasurement.set(measurement, ofMeasurement)
  ofMeasurement.set(id, JSON.parse(tags) as Record<string, string>)
  index.idOf.set(keyOf(measurement, tags), id)
}

function keyOf(measurement: string, tags: string): string {
  return `${measurement}\n${tags}`
}
